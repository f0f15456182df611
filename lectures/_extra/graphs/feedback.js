// What is said about an answer to a question about a graph: the sentences of rethinking.exercises.questions.graphs.
// A question is { graph, x, y, effect, given }. Feedback is { right, sentence, path }: the path that decides, if one does.
const GraphFeedback = (() => {
  "use strict";

  const MOST = 500; // paths that are looked at

  const told = path => `${path.text} is ${path.open ? "open:" : "closed,"} ${path.reason}.`;
  const named = set => [...set].sort().join(", ") || "nothing";
  const plus = (set, node) => new Set([...set, node]);

  /** Return the paths between exposure and outcome that are not part of the effect. */
  function unwanted({ graph, x, y, effect }, given) {
    const isEffect = path => path.kind === "causal" && (effect === "total" || path.nodes.length === 2);
    return GraphEngine.paths(graph, x, y, given, MOST).filter(path => !isEffect(path));
  }

  /** Return [sentence, path]: why a set is an adjustment set. */
  function whyValid(question, given) {
    const { graph, x, y, effect } = question;
    const others = unwanted(question, given);
    const closed = others.find(path => given.has(path.node)) ?? others[0];
    const spare = [...given].sort().find(node =>
      GraphEngine.isAdjustmentSet(graph, new Set([...given].filter(other => other !== node)), x, y, effect));
    const note = spare === undefined ? "" : ` ${spare} could be left out.`;
    const why = closed ? `: ${told(closed)}` : ": there is no other path.";
    return [`Adjusting for ${named(given)} leaves the ${effect} effect${why}${note}`, closed];
  }

  /** Return [sentence, path]: why a set is none, because of a forbidden member or a path that is left open. */
  function whyInvalid(question, given) {
    const { graph, x, y, effect } = question;
    const sorted = [...given].sort();
    const hidden = sorted.find(node => graph.unobserved.includes(node));
    if (hidden !== undefined) return [`${hidden} was not observed, so nobody can adjust for it.`];
    const { carriers, forbidden } = GraphEngine.estimand(graph, x, y, effect);
    for (const node of sorted.filter(node => forbidden.has(node))) {
      const above = each => GraphEngine.descendants(graph, [each]).has(node);
      const mediator = carriers.has(node) ? node : [...carriers].sort().find(above);
      const path = GraphEngine.paths(graph, x, y, new Set(), MOST).find(path => path.kind === "causal" &&
        path.nodes.includes(mediator) && (effect === "total" || path.nodes.length === 2));
      const where = path ? `lies on ${path.text}, a path of the ${effect} effect` : `lies on a path of the ${effect} effect`;
      return node === mediator
        ? [`${node} ${where}: what passes there is taken away.`, path]
        : [`${node} is an effect of ${mediator}, which ${where}: adjusting for it biases.`, path];
    }
    const open = unwanted(question, given).find(path => path.open);
    // Of a graph with very many paths, not all are looked at.
    return [open ? told(open) : "A path besides the effect is open.", open];
  }

  const capital = text => text[0].toUpperCase() + text.slice(1);
  const feedback = (right, [sentence, path]) => ({ right, sentence: capital(sentence), path: path ?? null });

  /** Return the Feedback for a Set to adjust for, or null for "there is none". */
  function adjustmentSet(question, answer) {
    const { graph, x, y, effect } = question;
    const exists = GraphEngine.adjustmentSets(graph, x, y, effect, 1).length > 0;
    if (answer === null) {
      if (exists) return feedback(false, ["There is a set of observed variables that does it."]);
      const open = unwanted(question, new Set()).find(path => path.open);
      return feedback(true, [`No set does it: ${open ? told(open) : "what was not observed keeps a path open"}`, open]);
    }
    if (GraphEngine.isAdjustmentSet(graph, answer, x, y, effect)) return feedback(true, whyValid(question, answer));
    const more = exists ? "" : " No set of observed variables does it here: the answer is None.";
    const [sentence, path] = whyInvalid(question, answer);
    return feedback(false, [sentence + more, path]);
  }

  /** Return the Feedback for whether a variable, with what is given anyway, is a good control. */
  function goodControl(question, control, answer) {
    const set = plus(question.given, control);
    const truth = GraphEngine.isAdjustmentSet(question.graph, set, question.x, question.y);
    return feedback(answer === truth, (truth ? whyValid : whyInvalid)(question, set));
  }

  /** Return the Feedback for whether two variables are independent given some others. */
  function independent({ graph, x, y, given }, answer) {
    const truth = GraphEngine.dSeparated(graph, x, y, given);
    const found = GraphEngine.paths(graph, x, y, given, MOST);
    const deciding = found.find(path => path.open) ?? found[0];
    return feedback(answer === truth, deciding ? [told(deciding), deciding] : [`no path joins ${x} and ${y}.`]);
  }

  /** Return the Feedback for the arrow that data can contradict; null for "none of them", which `exists` decides. */
  function contradicted(graph, edge, exists) {
    if (edge === null) return feedback(!exists, [exists ? "Data can contradict one of them." :
      "Each of them has an end that nobody observed, or ends that would be dependent without it, too."]);
    const hidden = edge.find(node => graph.unobserved.includes(node));
    const name = edge.join(" -> ");
    if (hidden !== undefined) return feedback(false, [`${hidden} was not observed, so no data say whether ${name} is there.`]);
    const rest = { ...graph, edges: graph.edges.filter(other => other.join("\n") !== edge.join("\n")) };
    const names = GraphEngine.observed(graph).filter(node => !edge.includes(node));
    const [set] = GraphEngine.separators(rest, ...edge, names, 1);
    if (!set) return unopposed(rest, edge, names);
    const given = set.length ? ` given ${set.join(", ")}` : "";
    const [arrow] = GraphEngine.paths({ ...graph, edges: [edge] }, ...edge);
    return feedback(true, [`Without ${name} the two would be independent${given}. If they are so in the data, ` +
      "the data speak against the arrow.", arrow]);
  }

  /** Return the Feedback for an arrow without which its ends would be dependent as well. */
  function unopposed(rest, edge, names) {
    // If any set closes all paths, the observed ancestors do.
    const ancestors = GraphEngine.ancestors(rest, edge);
    const given = new Set(names.filter(node => ancestors.has(node)));
    const path = GraphEngine.paths(rest, ...edge, given, MOST).find(each => each.open);
    return feedback(false, [`Without ${edge.join(" -> ")} the two would still be dependent, whatever one conditions on: ` +
      `${path.text} cannot be closed, or only by opening another path.`, path]);
  }

  return { MOST, adjustmentSet, contradicted, goodControl, independent, told, whyInvalid, whyValid };
})();
