// Where the variables of a graph stand when nobody has placed them: causes above effects, in rows.
// Places are fractions of the field, [to the right, down].
const GraphLayout = (() => {
  "use strict";

  const SWEEPS = 12;

  /** Return a Map from each node to its place. */
  function arrange(graph) {
    const { rows, near } = slots(graph);
    const along = new Map();
    const settle = row => row.forEach((slot, i) => along.set(slot, (i + 1) / (row.length + 1)));
    rows.forEach(settle);
    for (let sweep = 0; sweep < SWEEPS; sweep++) {
      for (const row of sweep % 2 ? [...rows].reverse() : rows) {
        const middle = slot => mean(near.get(slot).map(other => along.get(other))) ?? along.get(slot);
        const wanted = new Map(row.map(slot => [slot, middle(slot)]));
        row.sort((a, b) => wanted.get(a) - wanted.get(b));
        settle(row);
      }
    }
    const down = i => (rows.length === 1 ? 0.5 : 0.12 + 0.76 * i / (rows.length - 1));
    return new Map(rows.flatMap((row, i) => row.filter(slot => graph.nodes.includes(slot)).map(slot =>
      [slot, [along.get(slot), down(i)]])));
  }

  /** Return rows of slots, one for each node and one in each row that an arrow passes, and each slot's neighbours. */
  function slots(graph) {
    const depth = depths(graph);
    const rows = Array.from({ length: 1 + Math.max(0, ...depth.values()) }, () => []);
    const near = new Map(graph.nodes.map(node => [node, []]));
    for (const node of graph.nodes) rows[depth.get(node)].push(node);
    const join = (a, b) => {
      near.get(a).push(b);
      near.get(b).push(a);
    };
    for (const [cause, effect] of graph.edges) {
      let last = cause;
      for (let row = depth.get(cause) + 1; row < depth.get(effect); row++) {
        const passing = Symbol("an arrow passes");
        rows[row].push(passing);
        near.set(passing, []);
        join(last, passing);
        last = passing;
      }
      join(last, effect);
    }
    return { rows, near };
  }

  /** Return the row of each node: below all its causes; one without causes stands right above its first effect. */
  function depths(graph) {
    const { parents, children } = GraphEngine.links(graph);
    const depth = new Map();
    const below = node => {
      if (!depth.has(node)) depth.set(node, Math.max(-1, ...parents.get(node).map(below)) + 1);
      return depth.get(node);
    };
    graph.nodes.forEach(below);
    for (const node of graph.nodes)
      if (!parents.get(node).length && children.get(node).length)
        depth.set(node, Math.min(...children.get(node).map(child => depth.get(child))) - 1);
    return depth;
  }

  const mean = numbers => (numbers.length ? numbers.reduce((sum, each) => sum + each, 0) / numbers.length : undefined);

  /** Return the free place nearest to a wished one; `far` tells how far apart two places are. */
  function free(taken, wish, far) {
    const steps = Array.from({ length: 9 }, (_, i) => 0.1 + 0.1 * i);
    const candidates = [wish, ...steps.flatMap(x => steps.map(y => [x, y]))];
    const room = place => Math.min(1, ...taken.map(other => far(place, other)));
    const best = candidates.filter(place => room(place) >= 1).sort((a, b) => far(a, wish) - far(b, wish));
    return best[0] ?? candidates.sort((a, b) => room(b) - room(a))[0];
  }

  return { arrange, free };
})();
