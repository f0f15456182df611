// What one can do to a drawn graph. An edit returns { graph, words, chosen }: another graph, what to say about it, and
// what is then selected; without a graph, the words say why nothing was done.
const GraphEdits = (() => {
  "use strict";

  const MOST_NODES = 24;
  const LETTERS = ["X", "Y", ..."ABCDEFGHIJKLMNOPQRSTUVWZ"];
  const EMPTY = {
    nodes: [], edges: [], unobserved: [], exposure: null, outcome: null, adjusted: [], places: new Map(), byHand: false,
  };

  const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
  const apart = (a, b) => Math.hypot((a[0] - b[0]) / 0.15, (a[1] - b[1]) / 0.18);

  /** Return a graph whose marks fit its variables, all of which have a place. */
  function tidy(graph) {
    const has = name => graph.nodes.includes(name);
    const exposure = has(graph.exposure) ? graph.exposure : null;
    const outcome = has(graph.outcome) && graph.outcome !== exposure ? graph.outcome : null;
    const unobserved = graph.unobserved.filter(has);
    const adjusted = graph.adjusted.filter(name => has(name) && ![exposure, outcome, ...unobserved].includes(name));
    const fitting = { ...graph, exposure, outcome, unobserved, adjusted };
    return { ...fitting, places: placed(fitting) };
  }

  /** Return a place for each variable: all are arranged anew unless somebody has moved one. */
  function placed(graph) {
    const known = graph.nodes.filter(node => graph.places.has(node));
    if ((!graph.byHand && known.length < graph.nodes.length) || !known.length) return GraphLayout.arrange(graph);
    const places = new Map(known.map(node => [node, graph.places.get(node)]));
    for (const node of graph.nodes)
      if (!places.has(node)) places.set(node, GraphLayout.free([...places.values()], [0.5, 0.5], apart));
    return places;
  }

  /** Return the graph that a text describes; an Error says in a sentence why there is none. */
  function read(text, before = EMPTY) {
    const found = GraphText.parse(text);
    const loop = found.edges.find(([cause, effect]) => cause === effect);
    if (loop) throw new Error(`${loop[0]} cannot cause itself: remove the arrow ${loop.join(" -> ")}.`);
    const ring = GraphEngine.cycle(found.edges)?.join(" -> ");
    if (ring) throw new Error(`a causal graph has no cycle, but this one has ${ring}: remove or turn one of these arrows.`);
    if (found.nodes.length > MOST_NODES)
      throw new Error(`a graph on this page has at most ${MOST_NODES} variables, but this one has ${found.nodes.length}.`);
    const byHand = before.byHand || found.places.size > 0;
    const places = new Map([...(byHand ? before.places : []), ...found.places]);
    return tidy({ ...found, ...roles(found), byHand, places });
  }

  /** Return the exposure and the outcome that a text says, or X and Y if it says none and has them. */
  function roles({ exposure, outcome, nodes, unobserved }) {
    const usable = ["X", "Y"].every(name => nodes.includes(name) && !unobserved.includes(name));
    return exposure === null && outcome === null && usable ? { exposure: "X", outcome: "Y" } : { exposure, outcome };
  }

  function add(graph, place) {
    if (graph.nodes.length >= MOST_NODES) return { words: `A graph on this page has at most ${MOST_NODES} variables.` };
    const names = [...LETTERS, ...Array.from({ length: MOST_NODES }, (_, i) => `V${i + 1}`)];
    const name = names.find(each => !graph.nodes.includes(each));
    const where = place ?? GraphLayout.free([...graph.places.values()], [0.3, 0.3], apart);
    const role = { X: "exposure", Y: "outcome" }[name];
    const marked = role && graph[role] === null ? { [role]: name } : {};
    const places = new Map([...graph.places, [name, where]]);
    const next = { ...graph, ...marked, nodes: [...graph.nodes, name], places, byHand: true };
    return { graph: next, words: `Added ${name}.`, chosen: name };
  }

  /** Return why an arrow cannot be in a graph, or nothing. */
  function refusal(graph, cause, effect, done) {
    if (cause === effect) return `${cause} cannot cause itself.`;
    if (graph.edges.some(edge => same(edge, [cause, effect]))) return `The arrow ${cause} -> ${effect} is there already.`;
    const ring = GraphEngine.cycleOf(graph, cause, effect)?.join(" -> ");
    return ring &&
      `A causal graph has no cycle, but with ${cause} -> ${effect} this one would have ${ring}. The arrow was not ${done}.`;
  }

  function connect(graph, cause, effect) {
    const why = refusal(graph, cause, effect, "drawn");
    if (why) return { words: why };
    return { graph: { ...graph, edges: [...graph.edges, [cause, effect]] }, words: `Drawn: ${cause} -> ${effect}.` };
  }

  function turn(graph, [cause, effect]) {
    const rest = { ...graph, edges: graph.edges.filter(edge => !same(edge, [cause, effect])) };
    const why = refusal(rest, effect, cause, "turned");
    if (why) return { words: why };
    const edges = graph.edges.map(edge => (same(edge, [cause, effect]) ? [effect, cause] : edge));
    return { graph: { ...graph, edges }, words: `Turned: ${effect} -> ${cause}.`, chosen: [effect, cause] };
  }

  /** Remove a variable with its arrows, or an arrow. */
  function remove(graph, what) {
    if (Array.isArray(what)) {
      const edges = graph.edges.filter(edge => !same(edge, what));
      return { graph: { ...graph, edges }, words: `Removed ${what.join(" -> ")}.` };
    }
    const nodes = graph.nodes.filter(node => node !== what);
    return { graph: { ...graph, nodes, edges: graph.edges.filter(edge => !edge.includes(what)) }, words: `Removed ${what}.` };
  }

  function rename(graph, old, name) {
    if (name === old) return { words: "" };
    if (!name.trim()) return { words: "A variable needs a name." };
    if (graph.nodes.includes(name)) return { words: `There is a variable ${name} already.` };
    const swap = each => (each === old ? name : each);
    const next = {
      ...graph, nodes: graph.nodes.map(swap), edges: graph.edges.map(edge => edge.map(swap)),
      unobserved: graph.unobserved.map(swap), adjusted: graph.adjusted.map(swap),
      exposure: swap(graph.exposure), outcome: swap(graph.outcome),
      places: new Map([...graph.places].map(([node, place]) => [swap(node), place])),
    };
    return { graph: next, words: `${old} is now called ${name}.`, chosen: name };
  }

  /** Make a variable, or null, the exposure or the outcome. */
  function mark(graph, role, name) {
    const other = role === "exposure" ? "outcome" : "exposure";
    const freed = name !== null && graph[other] === name ? { [other]: null } : {};
    return { graph: { ...graph, ...freed, [role]: name }, words: "" };
  }

  /** Put a variable on the list "unobserved" or "adjusted", or take it off. */
  function toggle(graph, list, name) {
    const rest = graph[list].filter(each => each !== name);
    return { graph: { ...graph, [list]: rest.length < graph[list].length ? rest : [...rest, name] }, words: "" };
  }

  const move = (graph, node, place) =>
    ({ graph: { ...graph, places: new Map([...graph.places, [node, place]]), byHand: true }, words: "" });
  const rearrange = graph => {
    const places = GraphLayout.arrange(graph);
    return { graph: { ...graph, places, byHand: false }, words: "Causes stand above their effects." };
  };

  return { EMPTY, add, connect, mark, move, read, rearrange, remove, rename, same, tidy, toggle, turn };
})();
