// What a drawn graph answers at once: adjustment sets, paths, independencies, instruments; and the graph to take along.
const GraphAnswers = (() => {
  "use strict";

  const { bar, button, choice, copy, h, pathItem, pretty } = GraphPage;
  const MOST = { paths: 60, sets: 12, claims: 40, each: 4 };
  const braces = names => (names.length ? `{${names.join(", ")}}` : "nothing");
  const given = names => (names.length ? ` given ${braces(names)}` : "");
  const same = (a, b) => a.length === b.length && a.every(name => b.includes(name));
  const ready = graph => graph.exposure !== null && graph.outcome !== null &&
    ![graph.exposure, graph.outcome].some(name => graph.unobserved.includes(name));

  /** Return what keeps the questions about an effect from being asked, or nothing. */
  function missing({ exposure, outcome, unobserved }) {
    if (exposure === null || outcome === null) return "Mark an exposure and an outcome, and this will be answered.";
    const hidden = [exposure, outcome].find(name => unobserved.includes(name));
    if (hidden === undefined) return "";
    return `${hidden} is unobserved: an effect can be estimated only between observed variables.`;
  }

  /** Return whether the adjusted set is right for the effect, as a sentence. */
  function verdict(graph, effect) {
    const { exposure: x, outcome: y } = graph;
    const set = new Set(graph.adjusted);
    const question = { graph, x, y, effect };
    const valid = GraphEngine.isAdjustmentSet(graph, set, x, y, effect);
    const [why] = valid ? GraphFeedback.whyValid(question, set) : GraphFeedback.whyInvalid(question, set);
    const none = ` In this graph ${x} has no ${effect} effect on ${y}, so the two should then be independent.`;
    if (valid) return [true, why + (GraphEngine.estimand(graph, x, y, effect).carriers.size ? "" : none)];
    return [false, `Adjusting for ${braces(graph.adjusted)} does not leave the ${effect} effect. ${why}`];
  }

  function setButtons(graph, effect, act) {
    const sets = GraphEngine.adjustmentSets(graph, graph.exposure, graph.outcome, effect, MOST.sets);
    const buttons = sets.map(set =>
      button(braces(set), () => act.adjust(set, effect), { "aria-pressed": same(set, graph.adjusted) }));
    const none = "no set of observed variables leaves it.";
    return bar(`For the ${effect} effect, adjust for: `, ...(sets.length ? buttons : [none]),
      ...(sets.length === MOST.sets ? [`(the first ${MOST.sets} sets)`] : []));
  }

  function adjustment(graph, effect, act) {
    const names = GraphEngine.observed(graph);
    const role = (words, key, other) => {
      const options = names.filter(name => name !== graph[other]).map(name => [name, name]);
      return choice(words, [[null, "none"], ...options], graph[key], name => act.mark(key, name));
    };
    const effects = choice("Effect", [["total", "total"], ["direct", "direct"]], effect, act.effect);
    const chosen = bar(role("Exposure", "exposure", "outcome"), role("Outcome", "outcome", "exposure"), effects);
    if (missing(graph)) return [chosen, h("p", {}, missing(graph))];
    const others = names.filter(name => name !== graph.exposure && name !== graph.outcome);
    const [valid, words] = verdict(graph, effect);
    return [
      chosen, setButtons(graph, "total", act), setButtons(graph, "direct", act),
      ...(others.length ? [bar("Now adjusted for: ", ...others.map(name =>
        button(name, () => act.toggle("adjusted", name), { "aria-pressed": graph.adjusted.includes(name) })))] : []),
      h("p", { class: `verdict ${valid ? "valid" : "invalid"}` }, h("b", {}, valid ? "\u2713 " : "\u2717 "), pretty(words)),
    ];
  }

  function pathList(graph, act) {
    if (missing(graph)) return [h("p", {}, missing(graph))];
    const found = GraphEngine.paths(graph, graph.exposure, graph.outcome, new Set(graph.adjusted), MOST.paths);
    if (!found.length) return [h("p", {}, `There is no path from ${graph.exposure} to ${graph.outcome}.`)];
    return [h("p", {}, "Blue, solid: causal. Orange, dashed: biasing. Point at a path to see it in the field."),
      h("ol", {}, ...found.map(path => pathItem(path, act.item(path)))),
      ...(found.length === MOST.paths ? [h("p", {}, `Only ${MOST.paths} of the paths are listed.`)] : [])];
  }

  function contradictions(graph) {
    const claims = GraphEngine.independencies(graph, MOST.each);
    const testable = graph.edges.filter(edge => GraphEngine.isTestable(graph, edge));
    const claim = ({ x, y, given: set }) => `${x} and ${y}${set.length ? `, given ${GraphDrawing.listed(set)}` : ""}`;
    const list = claims.slice(0, MOST.claims).map(each => h("li", {}, claim(each)));
    const more = claims.length > list.length ? [h("p", {}, `and ${claims.length - list.length} more.`)] : [];
    return [
      h("p", {}, claims.length ? "If the graph is right, these are independent:" :
        "The graph claims no independence among observed variables, so no data can contradict it in this way."),
      h("ul", { class: "claims" }, ...list), ...more,
      h("p", {}, arrowsInWords(graph.edges, testable)),
    ];
  }

  function arrowsInWords(edges, testable) {
    if (!edges.length) return "There is no arrow yet.";
    if (!testable.length) return "There is no arrow that data could contradict.";
    const some = testable.map(edge => pretty(edge.join(" -> "))).join(", ");
    const which = testable.length === edges.length ? "each arrow" : `these arrows: ${some}`;
    return `Data can also speak against ${which}. Without the arrow its two ends would be independent, ` +
      "given some observed variables.";
  }

  function instruments(graph) {
    if (missing(graph)) return [h("p", {}, missing(graph))];
    const found = GraphEngine.instruments(graph, graph.exposure, graph.outcome, "total", MOST.sets);
    const effect = `the total effect of ${graph.exposure} on ${graph.outcome}`;
    if (!found.length) return [h("p", {}, `No observed variable is an instrument for ${effect}.`)];
    return [h("p", {}, `For ${effect}:`),
      h("ul", { class: "claims" }, ...found.map(({ name, given: set }) => h("li", {}, `${name}${given(set)}`)))];
  }

  /** Return the elements of all answers for a graph; `act` says what its buttons do. */
  function answers(graph, effect, act) {
    if (!graph.nodes.length) return [];
    return [
      h("h3", {}, "What to adjust for"), ...adjustment(graph, effect, act),
      h("h3", {}, "Paths"), ...pathList(graph, act),
      h("h3", {}, "What data can contradict"), ...contradictions(graph),
      h("h3", {}, "Instruments"), ...instruments(graph),
    ];
  }

  const FORMS = [
    ["text", "text for CausalGraph", "graph.py"], ["simulation", "a simulation in NumPy", "simulate.py"],
    ["model", "a model in PyMC", "model.py"], ["dagitty", "text for dagitty", "graph.txt"],
    ["svg", "a picture (SVG)", "graph.svg"], ["address", "an address to send", "address.txt"],
  ];

  /** Return the address of this page with a graph in it. */
  const address = graph => `${location.href.split("#")[0]}#graph=${encodeURIComponent(GraphText.write(graph, true))}`;

  function written(graph, form, effect, size) {
    if (form === "model") return missing(graph) || GraphCode.model(graph, verdict(graph, effect)[1]);
    const forms = { text: GraphCode.causalGraph, simulation: GraphCode.simulation, dagitty: GraphCode.dagitty, address };
    return form === "svg" ? GraphDrawing.file({ ...graph, ...size }) : forms[form](graph);
  }

  /** Return the elements that hand the graph over in one of several forms. */
  function takeAlong(graph, form, effect, size, act) {
    if (!graph.nodes.length) return [];
    const text = written(graph, form, effect, size);
    const pre = h("pre", { tabindex: 0, "aria-label": "The graph in the chosen form" }, text);
    const type = form === "svg" ? "image/svg+xml" : "text/plain";
    const file = FORMS.find(([key]) => key === form)[2];
    const save = h("a", { href: `data:${type};charset=utf-8,${encodeURIComponent(text)}`, download: file }, "Save as a file");
    const refused = "This browser does not let the page copy: select the text.";
    const copied = async () => act.say((await copy(text, pre)) ? "Copied." : refused);
    return [h("h3", {}, "Take it along"),
      bar(choice("As", FORMS.map(([key, words]) => [key, words]), form, act.form), button("Copy", copied), save,
        ...(form === "address" ? [button("Put it in the address", () => act.address(address(graph)))] : [])), pre];
  }

  return { answers, ready, takeAlong };
})();
