"""A graph drawn with an answer: what is open between two variables, what is conditioned on, or one path."""

from collections.abc import Iterable, Mapping
from itertools import pairwise

from rethinking._names import told
from rethinking.causal.drawing.composition import CausalDrawing, compose, edge_looks
from rethinking.causal.drawing.looks import Look, read_looks
from rethinking.causal.edges import check_edge, check_mapping, check_name, check_names
from rethinking.causal.queries.paths import Path, paths
from rethinking.causal.structure import Structure

__all__ = ["draw"]

# Readable on light and dark pages and for the colour-blind; width and words say the same as colour.
CAUSAL, BIASING = "#2b87c8", "#d55e00"


def draw(
    dag: Structure,
    exposure: str | None = None,
    outcome: str | None = None,
    given: Iterable[str] = (),
    *,
    path: Path | Iterable[str] | None = None,
    positions: Mapping[str, tuple[float, float]] | None = None,
    graph_direction: str = "UD",
    node_props: Mapping[str, Mapping] | None = None,
    edge_props: Mapping[tuple[str, str], Mapping] | None = None,
    alt: str | None = None,
) -> CausalDrawing:
    """Return a drawing of the graph that can answer a question: what is open between an exposure and an outcome.

    Parameters
    ----------
    exposure, outcome : str, optional
        Two variables. The causal paths between them are blue; what else is open between them is orange and bold.
    given : iterable of str, optional
        The variables conditioned on, drawn filled.
    path : Path or iterable of str, optional
        A path to show: orange and bold, or blue if it is causal.
    positions : mapping of str to (float, float), optional
        The place of every node, x to the right and y up; neighbours are about one unit apart. Graphviz chooses them
        otherwise.
    graph_direction : {"UD", "TD", "TB", "BT", "LR", "RL"}
        The way that arrows point when Graphviz chooses.
    node_props, edge_props : mapping, optional
        Looks and labels, as in `draw_causal_graph`, which win over the ones chosen here.
    alt : str, optional
        What the drawing says, in words. By default every edge is read out, and what is open.

    Returns
    -------
    CausalDrawing

    Raises
    ------
    ValueError
        If a name, property, colour or direction is unknown, `path` is no path of the graph, only one of exposure and
        outcome is given, or a node has no position.

    Examples
    --------
    >>> from rethinking.causal import CausalGraph
    >>> CausalGraph("X <- G -> Y <- X").draw("X", "Y")
    <CausalDrawing: Causal graph: G causes X and Y; X causes Y. Open backdoor path: X <- G -> Y.>
    >>> CausalGraph("X <- G -> Y <- X").draw("X", "Y", given={"G"})
    <CausalDrawing: Causal graph: G causes X and Y; X causes Y. Conditioned on: G.>
    """
    given = check_names(given, dag.nodes, "given")
    check_mapping(node_props, "node_props", "{'X': {'style': 'dashed'}}")
    check_mapping(edge_props, "edge_props", "{('X', 'Y'): {'label': 'b'}}")
    if (exposure is None) != (outcome is None):
        msg = "exposure and outcome go together: name both or neither."
        raise ValueError(msg)
    found = [] if exposure is None or outcome is None else paths(dag, exposure, outcome, given)
    shown = [each for each in found if each.open or each.kind == "causal"]
    shown += [] if path is None else [_path(dag, path)]
    colors = {edge: CAUSAL for each in shown if each.kind == "causal" for edge in each.edges}
    colors |= {edge: BIASING for each in shown if each.kind != "causal" for edge in each.edges}
    dash = {True: "dashed", False: "solid"}
    nodes = {name: Look(dash=dash[name in dag.unobserved], filled=name in given) for name in dag.nodes}
    chosen = {edge: {"color": color, "style": "bold"} for edge, color in colors.items()}
    for edge, own in (edge_props or {}).items():
        check_edge(edge, dag.edges, "edge_props")
        check_mapping(own, f"edge_props of {edge!r}", "{'label': 'b'}")
        chosen[edge] = chosen.get(edge, {}) | dict(own)
    nodes |= _node_looks(node_props or {}, nodes)
    notes = [f"Conditioned on: {', '.join(sorted(given))}."] if given else []
    notes += [f"Open {each.kind} path: {each}." for each in found if each.open and each.kind != "causal"]
    notes += [f"Highlighted: {shown[-1]}."] if path is not None else []
    return compose(nodes, edge_looks(dag.edges, chosen), graph_direction, alt, positions=positions, notes=notes)


def _path(dag: Structure, path: Path | Iterable[str]) -> Path:
    if not isinstance(path, Path) and not isinstance(path, Iterable):
        msg = f"path is {told(path)}, but must be one of what paths returns, or names such as ['X', 'Z', 'Y']."
        raise ValueError(msg)
    nodes = path.nodes if isinstance(path, Path) else tuple(path)
    for name in nodes:
        check_name(name, dag.nodes, "path")
    if len(nodes) < 2 or len(set(nodes)) < len(nodes):
        msg = f"path is {told(list(nodes))}, but must have two or more variables, each once."
        raise ValueError(msg)
    for step in pairwise(nodes):
        if step not in dag.edges and step[::-1] not in dag.edges:
            msg = f"path goes from {step[0]} to {step[1]}, but there is no arrow between them."
            raise ValueError(msg)
    steps = tuple((a, b) if (a, b) in dag.edges else (b, a) for a, b in pairwise(nodes))
    return paths(Structure(nodes, steps), nodes[0], nodes[-1])[0]


def _node_looks(node_props: Mapping[str, Mapping], nodes: Mapping[str, Look]) -> dict[str, Look]:
    for name in node_props:
        check_name(name, nodes, "node_props")
        check_mapping(node_props[name], f"node_props of {name!r}", "{'style': 'dashed'}")
    marks = {
        name: {"style": ",".join([look.dash, *(["filled"] if look.filled else [])])} | dict(node_props[name])
        for name, look in nodes.items()
        if name in node_props
    }
    return read_looks(marks, "node")
