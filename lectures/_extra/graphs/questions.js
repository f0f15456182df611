// Questions about random graphs, as rethinking.exercises.quiz asks them. The same seed, number and level ask the same.
const GraphQuestions = (() => {
  "use strict";

  const LETTERS = [..."ABCDEFGHIJ"];
  const KINDS = {
    independence: "independence", control: "good controls", adjustment: "adjustment sets",
    arrow: "arrows that data can contradict",
  };
  const TRIES = 5000;
  const TOP = 8; // the highest level

  /** Return a generator of random numbers in [0, 1) that several whole numbers determine (mulberry32). */
  function random(...seeds) {
    let state = seeds.reduce((sum, seed) => Math.imul(sum ^ (seed + 0x9e3779b9), 0x85ebca6b) ^ (sum >>> 13), 0x12345678);
    const next = () => {
      state = (state + 0x6d2b79f5) | 0;
      let t = Math.imul(state ^ (state >>> 15), 1 | state);
      t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
      return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    };
    const below = n => Math.floor(next() * n);
    const shuffled = items => {
      const all = [...items];
      for (let i = all.length - 1; i > 0; i--) {
        const j = below(i + 1);
        [all[i], all[j]] = [all[j], all[i]];
      }
      return all;
    };
    return { next, below, shuffled };
  }

  /** Return a random graph with X before Y, or null if an arrow is missing at one of its variables. */
  function randomGraph(rng, size, hide) {
    const names = rng.shuffled(LETTERS.slice(0, size - 2));
    const [first, second] = rng.shuffled(Array.from({ length: size }, (_, i) => i)).slice(0, 2).sort((a, b) => a - b);
    names.splice(first, 0, "X");
    names.splice(second, 0, "Y");
    const density = Math.min(0.9, 2.6 / size);
    const edges = names.flatMap((a, i) => names.slice(i + 1).filter(() => rng.next() < density).map(b => [a, b]));
    const effects = new Set(edges.map(edge => edge[1]));
    const isRoot = name => LETTERS.includes(name) && !effects.has(name) && edges.some(edge => edge[0] === name);
    const roots = names.filter(isRoot);
    const unobserved = rng.shuffled(roots).slice(0, rng.next() < 0.4 ? hide : 0);
    return new Set(edges.flat()).size === size ? { nodes: names, edges, unobserved } : null;
  }

  const unseen = ({ unobserved }) => (unobserved.length ?
    `${GraphDrawing.listed([...unobserved].sort())} ${unobserved.length > 1 ? "were" : "was"} not observed. ` : "");
  const XY = { x: "X", y: "Y", effect: "total" };
  const joined = graph => GraphEngine.paths(graph, "X", "Y", new Set(), 2).length === 2;

  /** Return a question whose answer is mostly a set, at times nothing, and at times that there is none. */
  function adjustment(rng, graph, wanted) {
    if (!joined(graph)) return null;
    const sets = GraphEngine.adjustmentSets(graph, "X", "Y");
    const found = !sets.length ? "none" : sets[0].length ? "set" : "empty";
    if (found !== (wanted < 0.7 ? "set" : wanted < 0.85 ? "empty" : "none")) return null;
    const question = { graph, ...XY };
    const choose = GraphEngine.observed(graph).filter(name => name !== "X" && name !== "Y").sort();
    return { question, choose, shaded: [],
      words: `${unseen(graph)}Which variables would you adjust for, to learn the total effect of X on Y?`,
      mark: answer => GraphFeedback.adjustmentSet(question, answer && new Set(answer)) };
  }

  function control(rng, graph, wanted) {
    const others = rng.shuffled(GraphEngine.observed(graph).filter(name => name !== "X" && name !== "Y"));
    if (others.length < 2 || !joined(graph)) return null;
    const [name, beside] = others;
    const given = new Set(rng.next() < 0.5 ? [beside] : []);
    const question = { graph, ...XY, given };
    if (GraphEngine.isAdjustmentSet(graph, new Set([...given, name]), "X", "Y") !== (wanted < 0.5)) return null;
    const [first, also] = given.size ? [`You adjust for ${beside}. `, `together with ${beside}`] : ["", "alone"];
    return { question, name, shaded: [...given],
      words: `${unseen(graph)}${first}Is ${name} a good control: does adjusting for it, ${also}, ` +
        "leave the total effect of X on Y?",
      mark: answer => GraphFeedback.goodControl(question, name, answer) };
  }

  function independence(rng, graph, wanted, level) {
    const [x, y, ...rest] = rng.shuffled(graph.nodes);
    const given = rest.slice(0, rng.below(level < 2 ? 2 : 3)).sort();
    const question = { graph, x, y, given: new Set(given) };
    const near = graph.edges.some(edge => edge.includes(x) && edge.includes(y));
    // An arrow between the two is seen at a glance, and so is that no path joins them.
    if (near || !GraphEngine.paths(graph, x, y, new Set(), 1).length) return null;
    if (GraphEngine.dSeparated(graph, x, y, question.given) !== (wanted < 0.5)) return null;
    return { question, shaded: given, words: `Is ${x} independent of ${y}${given.length ? ` given ${given.join(" and ")}` : ""}?`,
      mark: answer => GraphFeedback.independent(question, answer) };
  }

  /** Return a question about three arrows, of which data can contradict one, or at times none. */
  function arrow(rng, graph, wanted) {
    if (!graph.unobserved.length) return null;
    const which = is => rng.shuffled(graph.edges.filter(edge => GraphEngine.isTestable(graph, edge) === is));
    const [yes, no] = [which(true), which(false)];
    const isSeen = edge => !edge.some(name => graph.unobserved.includes(name));
    const exists = wanted < 0.8;
    if (no.length < 3 || !no.some(isSeen) || !yes.length) return null;
    const arrows = rng.shuffled([...(exists ? yes.slice(0, 1) : []), ...no.slice(0, exists ? 2 : 3)]);
    return { question: { graph, x: "X", y: "Y" }, arrows, exists, shaded: [],
      words: `${unseen(graph)}Which of these arrows can data contradict? Without it, its two ends would be ` +
        "independent, given some observed variables.",
      mark: answer => GraphFeedback.contradicted(graph, answer, exists) };
  }

  const MAKERS = { adjustment, control, independence, arrow };

  /** Return the question of a number in a series: { kind, question, words, mark, shaded, ... }; kind "any" takes turns. */
  function ask(seed, number, level, wish = "any") {
    const rng = random(seed, number, level);
    const kinds = Object.keys(KINDS).slice(0, level < 1 ? 2 : 4);
    const kind = wish in MAKERS ? wish : kinds[rng.below(kinds.length)];
    const wanted = rng.next();
    const least = kind === "arrow" ? 5 : 4;
    for (let i = 0; i < TRIES; i++) {
      const size = Math.min(least + Math.ceil(level / 2), 8);
      const hide = kind === "independence" ? 0 : kind === "arrow" ? 2 : level < 5 ? 1 : 2;
      const graph = randomGraph(rng, size, hide);
      const made = graph && MAKERS[kind](rng, graph, wanted, level);
      if (made) return { kind, ...made };
    }
    throw new Error(`No graph was found for question ${number} of the series ${seed}: choose another number.`);
  }

  return { KINDS, TOP, ask };
})();
