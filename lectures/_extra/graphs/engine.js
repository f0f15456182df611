// Questions that a causal graph alone answers, as rethinking.causal.queries answers them in Python.
// A graph is { nodes: [name], edges: [[cause, effect]], unobserved: [name] }. It never changes: a new question about
// another graph needs another object. Names are compared and sorted as text, and are never read as anything else.
const GraphEngine = (() => {
  "use strict";

  const neighbours = new WeakMap();

  /** Return { parents, children }, Maps from a node to its neighbours, which are made once for a graph. */
  function links(graph) {
    if (!neighbours.has(graph)) {
      const empty = () => new Map(graph.nodes.map(node => [node, []]));
      const found = { parents: empty(), children: empty() };
      for (const [cause, effect] of graph.edges) {
        found.parents.get(effect).push(cause);
        found.children.get(cause).push(effect);
      }
      neighbours.set(graph, found);
    }
    return neighbours.get(graph);
  }

  /** Return the Set of nodes reached from some, these included; a Set also visits what is added on the way. */
  function reach(start, next) {
    const found = new Set(start);
    for (const node of found) for (const other of next(node)) found.add(other);
    return found;
  }
  const ancestors = (graph, nodes) => reach(nodes, node => links(graph).parents.get(node));
  const descendants = (graph, nodes) => reach(nodes, node => links(graph).children.get(node));

  const observed = graph => graph.nodes.filter(node => !graph.unobserved.includes(node));
  const hasEdge = (graph, cause, effect) => links(graph).children.get(cause)?.includes(effect) ?? false;
  const without = (graph, drop) => ({ ...graph, edges: graph.edges.filter(edge => !drop(edge)) });
  const intervene = (graph, node) => without(graph, edge => edge[1] === node);

  /** Return the nodes of the cycle that an arrow would close, its first node repeated at the end, or null. */
  function cycleOf(graph, cause, effect) {
    const came = new Map([[effect, null]]);
    for (const [node] of came) for (const next of links(graph).children.get(node) ?? [])
      if (!came.has(next)) came.set(next, node);
    if (!came.has(cause)) return null;
    const back = [];
    for (let node = cause; node !== null; node = came.get(node)) back.unshift(node);
    return [cause, ...back];
  }

  /** Return the nodes of a cycle in a list of edges, or null. */
  function cycle(edges) {
    const graph = { nodes: [...new Set(edges.flat())], edges: [], unobserved: [] };
    for (const [cause, effect] of edges) {
      const found = cycleOf(graph, cause, effect);
      if (found) return found;
      graph.edges.push([cause, effect]);
      neighbours.delete(graph);
    }
    return null;
  }

  /** Return whether a Set of nodes d-separates two others: no news from x reaches y (Bayes ball). */
  function dSeparated(graph, x, y, given = new Set()) {
    const { parents, children } = links(graph);
    const seen = { up: new Set(), down: new Set() };
    const visits = [[x, "up"]];
    for (const [node, way] of visits) {
      if (seen[way].has(node)) continue;
      seen[way].add(node);
      if (node === y) return false;
      const free = !given.has(node);
      if (free) for (const child of children.get(node)) visits.push([child, "down"]);
      // What comes down to a given node turns round: that is how a descendant opens a collider.
      if ((way === "up") === free) for (const parent of parents.get(node)) visits.push([parent, "up"]);
    }
    return true;
  }

  const byText = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
  const byList = (a, b) => a.reduce((sign, name, i) => sign || byText(name, b[i] ?? ""), 0) || a.length - b.length;

  /** Return every path between two nodes, shortest first, judged for what is conditioned on; at most `limit`. */
  function paths(graph, x, y, given = new Set(), limit = Infinity) {
    const { parents, children } = links(graph);
    const found = [];
    const around = node => [...parents.get(node), ...children.get(node)];
    // A step is taken only where y can still be reached, so no time goes into dead ends.
    (function walk(route) {
      const last = route.at(-1);
      if (last === y) return void found.push(route);
      const ahead = reach([y], node => around(node).filter(other => !route.includes(other)));
      for (const next of around(last))
        if (found.length < limit && ahead.has(next) && !route.includes(next)) walk([...route, next]);
    })([x]);
    return found.map(route => judge(graph, route, given))
      .sort((a, b) => a.nodes.length - b.nodes.length || byText(a.text, b.text));
  }

  const ROLES = { "-><-": "collider", "<-->": "fork" };

  /** Return a path with its kind, whether it is open, the node that decides, and the reason in words. */
  function judge(graph, nodes, given) {
    const arrows = nodes.slice(1).map((node, i) => (hasEdge(graph, nodes[i], node) ? "->" : "<-"));
    const inner = nodes.slice(1, -1);
    const roles = inner.map((_, i) => ROLES[arrows[i] + arrows[i + 1]] ?? "pipe");
    const blocks = inner.findIndex((node, i) =>
      roles[i] === "collider" ? opener(graph, node, given) === undefined : given.has(node));
    const at = blocks >= 0 ? blocks : roles.indexOf("collider");
    return {
      nodes,
      arrows,
      text: nodes[0] + arrows.map((arrow, i) => ` ${arrow} ${nodes[i + 1]}`).join(""),
      edges: arrows.map((arrow, i) => (arrow === "->" ? [nodes[i], nodes[i + 1]] : [nodes[i + 1], nodes[i]])),
      kind: arrows.every(arrow => arrow === "->") ? "causal" : arrows[0] === "<-" ? "backdoor" : "noncausal",
      open: blocks < 0,
      node: inner[at] ?? null,
      reason: reason(inner[at], roles[at], blocks < 0, at < 0 ? undefined : opener(graph, inner[at], given)),
    };
  }

  function reason(node, role, open, by) {
    if (node === undefined) return "nothing on it is conditioned on";
    if (!open) return `the ${role} ${node} is ${role === "collider" ? "not " : ""}conditioned on`;
    return `the collider ${node} is conditioned on${by === node ? "" : ` through its descendant ${by}`}`;
  }

  /** Return the given node that opens `node` as a collider: itself, or the nearest below it. */
  function opener(graph, node, given) {
    const seen = new Set();
    for (let level = [node]; level.length; level = [...new Set(level.flatMap(each => links(graph).children.get(each)))]) {
      const fresh = level.filter(each => !seen.has(each));
      const hits = fresh.filter(each => given.has(each)).sort(byText);
      if (hits.length) return hits[0];
      fresh.forEach(each => seen.add(each));
    }
  }

  /** Return every minimal Set of allowed nodes that d-separates two others, the smallest first; at most `limit`.
   *  They are the minimal vertex separators of the moral graph of the ancestors (see separators.py). */
  function separators(graph, x, y, allowed, limit = Infinity) {
    const lines = moral(graph, x, y, new Set(allowed));
    if (lines.get(x).has(y)) return [];
    const waiting = [closeTo(lines, new Set([x]), y)];
    const seen = new Set(waiting.map(key));
    const found = [];
    while (waiting.length && found.length < limit) {
      const separator = waiting.pop();
      found.push(separator);
      const side = component(lines, x, separator);
      for (const node of separator) {
        if (lines.get(y).has(node)) continue;
        const next = closeTo(lines, new Set([...side, node]), y);
        if (!seen.has(key(next))) seen.add(key(next)) && waiting.push(next);
      }
    }
    return found.map(set => [...set].sort(byText)).sort((a, b) => a.length - b.length || byList(a, b));
  }

  const key = set => JSON.stringify([...set].sort(byText));

  function moral(graph, x, y, allowed) {
    const kept = ancestors(graph, [x, y]);
    const lines = new Map([...kept].map(node => [node, new Set()]));
    const join = nodes => {
      for (const a of nodes) for (const b of nodes) if (a !== b) lines.get(a).add(b);
    };
    // An ancestor's parents are ancestors.
    for (const node of kept) {
      const parents = links(graph).parents.get(node);
      join(parents);
      for (const parent of parents) join([parent, node]);
    }
    for (const node of kept) {
      if (allowed.has(node) || node === x || node === y) continue;
      const around = [...lines.get(node)];
      join(around);
      for (const other of around) lines.get(other).delete(node);
      lines.delete(node);
    }
    return lines;
  }

  const border = (lines, nodes) => new Set([...nodes].flatMap(node => [...lines.get(node)]).filter(n => !nodes.has(n)));
  const component = (lines, node, cut) => reach([node], each => [...lines.get(each)].filter(n => !cut.has(n)));
  const closeTo = (lines, side, y) => border(lines, component(lines, y, border(lines, side)));

  /** Return the carriers of an effect, what no adjustment set may have, and the graph without the effect. */
  function estimand(graph, x, y, effect = "total") {
    const before = effect === "total" ? ancestors(graph, [y]) : new Set([y].filter(node => hasEdge(graph, x, node)));
    const carriers = [...descendants(graph, [x])].filter(node => node !== x && before.has(node));
    const backdoor = without(graph, edge => edge[0] === x && carriers.includes(edge[1]));
    return { carriers: new Set(carriers), forbidden: descendants(graph, carriers), backdoor };
  }

  function usable(graph, x, y, forbidden) {
    return observed(graph).filter(node => node !== x && node !== y && !forbidden.has(node));
  }

  /** Return the minimal sets of observed variables to adjust for: [[]] for nothing, [] if there is none. */
  function adjustmentSets(graph, x, y, effect = "total", limit = Infinity) {
    const { forbidden, backdoor } = estimand(graph, x, y, effect);
    return separators(backdoor, x, y, usable(graph, x, y, forbidden), limit);
  }

  /** Return whether adjusting for a Set, and nothing else, leaves the effect. */
  function isAdjustmentSet(graph, given, x, y, effect = "total") {
    const { forbidden, backdoor } = estimand(graph, x, y, effect);
    const allowed = [...given].every(node => !forbidden.has(node) && !graph.unobserved.includes(node));
    return allowed && dSeparated(backdoor, x, y, given);
  }

  /** Return what data could contradict: { x, y, given } for each pair and minimal set, the smallest sets first. */
  function independencies(graph, limit = Infinity) {
    const names = observed(graph).sort(byText);
    const pairs = names.flatMap((x, i) => names.slice(i + 1).map(y => [x, y]));
    return pairs
      .flatMap(([x, y]) => separators(graph, x, y, names.filter(n => n !== x && n !== y), limit)
        .map(given => ({ x, y, given })))
      .sort((a, b) => a.given.length - b.given.length);
  }

  /** Return the instruments { name, given }, those that need the smallest sets first. */
  function instruments(graph, x, y, effect = "total", limit = Infinity) {
    const { forbidden, backdoor } = estimand(graph, x, y, effect);
    const affected = descendants(graph, [x]);
    const may = usable(graph, x, y, forbidden);
    return may.filter(name => !affected.has(name)).sort(byText)
      .flatMap(name => separators(backdoor, name, y, may.filter(node => node !== name), limit)
        .filter(given => !dSeparated(backdoor, name, x, new Set(given)))
        .map(given => ({ name, given })))
      .sort((a, b) => a.given.length - b.given.length);
  }

  /** Return whether data can contradict an arrow: without it, observed variables would make its ends independent. */
  function isTestable(graph, [cause, effect]) {
    const names = observed(graph);
    if (!names.includes(cause) || !names.includes(effect)) return false;
    const rest = without(graph, edge => edge[0] === cause && edge[1] === effect);
    return separators(rest, cause, effect, names.filter(n => n !== cause && n !== effect), 1).length > 0;
  }

  return {
    adjustmentSets, ancestors, cycle, cycleOf, dSeparated, descendants, estimand, independencies, instruments,
    intervene, isAdjustmentSet, isTestable, links, observed, paths, separators,
  };
})();
