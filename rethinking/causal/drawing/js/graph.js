// Graphs that answer, as rethinking.causal does in Python. A graph is { nodes, edges: [[cause, effect], ...] }.

const parents = (graph, node) => graph.edges.filter(edge => edge[1] === node).map(edge => edge[0]);
const children = (graph, node) => graph.edges.filter(edge => edge[0] === node).map(edge => edge[1]);

/** Return the nodes reached from some, themselves included; a Set also visits what is added on the way. */
function reach(start, next) {
  const found = new Set(start);
  for (const node of found) for (const other of next(node)) found.add(other);
  return found;
}
const ancestors = (graph, nodes) => reach(nodes, node => parents(graph, node));
const descendants = (graph, nodes) => reach(nodes, node => children(graph, node));

/** Return the graph after an intervention on a node. */
export const intervene = (graph, node) => ({ ...graph, edges: graph.edges.filter(edge => edge[1] !== node) });

/** Return whether a Set of nodes d-separates two others: no news from x reaches y (Bayes ball). */
export function dSeparated(graph, x, y, given) {
  const opened = ancestors(graph, given);
  const seen = new Set();
  const visits = [[x, "up"]];
  for (const [node, way] of visits) {
    if (seen.has(way + node)) continue;
    seen.add(way + node);
    if (node === y) return false;
    const free = !given.has(node);
    if (free) for (const child of children(graph, node)) visits.push([child, "down"]);
    if (way === "up" ? free : opened.has(node))
      for (const parent of parents(graph, node)) visits.push([parent, "up"]);
  }
  return true;
}

/** Return the nodes that no adjustment set for the total effect of x on y may have, and the graph without the effect. */
export function estimand(graph, x, y) {
  const before = ancestors(graph, [y]);
  const carriers = [...descendants(graph, [x])].filter(node => node !== x && before.has(node));
  const first = edge => edge[0] === x && carriers.includes(edge[1]);
  return {
    forbidden: descendants(graph, carriers),
    backdoor: { ...graph, edges: graph.edges.filter(edge => !first(edge)) },
  };
}

/** Return every path between two nodes, shortest first, judged for what is conditioned on; at most `limit` of them. */
export function paths(graph, x, y, given, limit = Infinity) {
  const has = new Set(graph.edges.map(edge => edge.join("\n")));
  const near = node => [...parents(graph, node), ...children(graph, node)];
  const found = [];
  (function walk(route) {
    const last = route[route.length - 1];
    if (last === y) found.push(judge(graph, route, given, has));
    else for (const node of near(last)) if (found.length < limit && !route.includes(node)) walk([...route, node]);
  })([x]);
  return found.sort((a, b) => a.nodes.length - b.nodes.length || (a.text < b.text ? -1 : 1));
}

function judge(graph, nodes, given, has) {
  const arrows = nodes.slice(1).map((node, i) => (has.has(`${nodes[i]}\n${node}`) ? "->" : "<-"));
  const roles = nodes.slice(1, -1).map((_, i) => ROLES[arrows[i] + arrows[i + 1]] ?? "pipe");
  const inner = nodes.slice(1, -1);
  const blocks = inner.findIndex((node, i) => (roles[i] === "collider" ? !opener(graph, node, given) : given.has(node)));
  const at = blocks >= 0 ? blocks : roles.indexOf("collider");
  return {
    nodes,
    text: nodes[0] + arrows.map((arrow, i) => ` ${arrow} ${nodes[i + 1]}`).join(""),
    edges: arrows.map((arrow, i) => (arrow === "->" ? [nodes[i], nodes[i + 1]] : [nodes[i + 1], nodes[i]])),
    kind: arrows.every(arrow => arrow === "->") ? "causal" : arrows[0] === "<-" ? "backdoor" : "noncausal",
    open: blocks < 0,
    reason: reason(inner[at], roles[at], blocks < 0, at < 0 || opener(graph, inner[at], given)),
  };
}

const ROLES = { "-><-": "collider", "<-->": "fork" };

function reason(node, role, open, by) {
  if (node === undefined) return "nothing on it is conditioned on";
  if (!open) return `the ${role} ${node} is ${role === "collider" ? "not " : ""}conditioned on`;
  return `the collider ${node} is conditioned on${by === node ? "" : ` through its descendant ${by}`}`;
}

/** Return the node that is given and nearest below `node` (itself first), which opens it as a collider. */
function opener(graph, node, given) {
  for (let level = [node]; level.length; level = [...new Set(level.flatMap(each => children(graph, each)))]) {
    const hits = level.filter(each => given.has(each)).sort();
    if (hits.length) return hits[0];
  }
}
