"""Causal graphs as drawings, for pages and for figures.

`draw_causal_graph` draws a list of edges, and `CausalGraph.draw` a graph with what it says about a question. Both check
what they are given, let Graphviz place nodes and arrows, and return a `CausalDrawing`, which shows itself in a notebook
or on a page of the book, and draws itself into Matplotlib axes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from rethinking.causal.edges import check_edge, check_edges, check_name, check_names, node_names
from rethinking.causal.layout import Layout, oval_radii, place, text_size
from rethinking.causal.looks import Look, legend_names, read_looks
from rethinking.causal.paths import Path, paths
from rethinking.causal.shapes import NODE_FONT, SMALL_FONT, Shapes, add_legend, graph_shapes
from rethinking.causal.svg import to_svg

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from rethinking.causal.graph import CausalGraph

__all__ = ["CausalDrawing", "draw", "draw_causal_graph"]

DIRECTIONS = {"UD": "TB", "TD": "TB", "TB": "TB", "BT": "BT", "LR": "LR", "RL": "RL"}
# Readable on light and dark pages and for the colour-blind; width and words say the same as colour.
CAUSAL, BIASING = "#2b87c8", "#d55e00"


@dataclass(frozen=True, repr=False)
class CausalDrawing:
    """A causal graph, drawn.

    The last line of a cell shows it. On an HTML page it takes the ink of the text around it, light or dark.

    Attributes
    ----------
    shapes : Shapes
        The ovals, arrows and words, placed.
    alt : str
        What the drawing says, in words.
    """

    shapes: Shapes
    alt: str

    @property
    def svg(self) -> str:
        """The drawing as the text of an SVG file."""
        return to_svg(self.shapes, self.alt)

    def to_axes(self, ax: "Axes | None" = None) -> dict[str, dict[str | tuple[str, str], "Artist"]]:
        """Return the artists that draw the graph in Matplotlib axes.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; the current axes by default. Letters and lines are scaled to its size at the time of the
            call, and never beyond their size on a page.

        Returns
        -------
        dict
            ``nodes``, ``arrows``, ``heads`` and ``labels``, each a dictionary of artists by node or edge.

        Examples
        --------
        >>> from matplotlib.figure import Figure
        >>> artists = draw_causal_graph([("X", "Y")]).to_axes(Figure().subplots())
        >>> artists["nodes"]["X"].set_edgecolor("C1")
        >>> list(artists["arrows"])
        [('X', 'Y')]
        """
        from rethinking.causal.artists import add_artists

        if ax is None:
            from matplotlib.pyplot import gca

            ax = gca()
        return add_artists(self.shapes, ax)

    def _repr_svg_(self) -> str:
        return self.svg

    # Front ends and MyST-NB prefer HTML to an SVG image, and only SVG within HTML takes the ink of the page.
    def _repr_html_(self) -> str:
        return to_svg(self.shapes, self.alt, inline=True)

    def __repr__(self) -> str:
        return f"<CausalDrawing: {self.alt}>"


def draw_causal_graph(
    edge_list: Iterable[tuple[str, str]],
    node_props: Mapping[str, Mapping] | None = None,
    edge_props: Mapping[tuple[str, str], Mapping] | None = None,
    graph_direction: str = "UD",
    *,
    unobserved: Iterable[str] = (),
    alt: str | None = None,
) -> CausalDrawing:
    """Return a drawing of a causal graph: an oval for each variable, dashed when unobserved, an arrow for each effect.

    Parameters
    ----------
    edge_list : iterable of (str, str)
        Pairs ``(cause, effect)``.
    node_props : mapping, optional
        For a node, a dictionary with any of the Graphviz properties ``label``, ``style`` (solid, dashed, dotted, bold,
        filled, or several with commas), ``color``, ``fillcolor``, ``fontcolor``, ``penwidth``, or with ``unobserved``
        or ``latent``. A dashed node is an unobserved one. A name that no edge has explains a mark and goes below the
        graph: ``"unobserved": {"style": "dashed"}``.
    edge_props : mapping, optional
        The same for an edge: ``label``, ``style``, ``color``, ``fontcolor``, ``penwidth``.
    graph_direction : {"UD", "TD", "TB", "BT", "LR", "RL"}
        The way that arrows point; the first three all mean down.
    unobserved : iterable of str, optional
        Further unobserved nodes.
    alt : str, optional
        What the drawing says, in words. By default every edge is read out.

    Returns
    -------
    CausalDrawing

    Raises
    ------
    ValueError
        If there is no edge, an edge is not a pair, the edges form a cycle, or a name, property, colour or direction is
        unknown.

    Notes
    -----
    Text is shown as it is: Graphviz markup has no meaning. Fills are washes of the colour given, so that words stay
    readable on them.

    Examples
    --------
    >>> draw_causal_graph([("G", "X"), ("G", "Y"), ("X", "Y")], unobserved=["G"])
    <CausalDrawing: Causal graph: G causes X and Y; X causes Y. G is unobserved.>
    >>> draw_causal_graph(
    ...     edge_list=[("T", "S")],
    ...     node_props={"T": {"label": "tank, T"}},
    ...     edge_props={("T", "S"): {"color": "red"}},
    ...     graph_direction="LR",
    ... )
    <CausalDrawing: Causal graph: tank, T causes S.>
    """
    edges = check_edges(edge_list)
    node_props, edge_props = node_props or {}, edge_props or {}
    own = read_looks(node_props, "node")
    legend = {name: own[name] for name in legend_names(node_props, node_names(edges))}
    nodes = {name: own.get(name, Look()) for name in node_names(edges)}
    for name in [unobserved] if isinstance(unobserved, str) else unobserved:
        check_name(name, nodes, "unobserved")
        nodes[name] = replace(nodes[name], dash="dashed")
    return _drawing(nodes, _edge_looks(edges, edge_props), graph_direction, alt, legend=legend)


def draw(
    dag: "CausalGraph",
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
    if (exposure is None) != (outcome is None):
        msg = "exposure and outcome go together: name both or neither"
        raise ValueError(msg)
    found = [] if exposure is None else paths(dag, exposure, outcome, given)
    shown = [each for each in found if each.open or each.kind == "causal"] + ([] if path is None else [_path(dag, path)])
    colors = {edge: CAUSAL for each in shown if each.kind == "causal" for edge in each.edges}
    colors |= {edge: BIASING for each in shown if each.kind != "causal" for edge in each.edges}
    nodes = {name: Look(dash="dashed" if name in dag.unobserved else "solid", filled=name in given) for name in dag.nodes}
    chosen = {edge: {"color": color, "style": "bold"} for edge, color in colors.items()}
    for edge, own in (edge_props or {}).items():
        chosen[edge] = chosen.get(edge, {}) | dict(own)
    nodes |= _node_looks(node_props or {}, nodes)
    notes = [f"Conditioned on: {', '.join(sorted(given))}."] if given else []
    notes += [f"Open {each.kind} path: {each}." for each in found if each.open and each.kind != "causal"]
    notes += [f"Highlighted: {shown[-1]}."] if path is not None else []
    return _drawing(nodes, _edge_looks(dag.edges, chosen), graph_direction, alt, positions=positions, notes=notes)


def _path(dag: "CausalGraph", path: Path | Iterable[str]) -> Path:
    nodes = path.nodes if isinstance(path, Path) else tuple(path)
    for name in nodes:
        check_name(name, dag.nodes, "path")
    for step in pairwise(nodes):
        if step not in dag.edges and step[::-1] not in dag.edges:
            msg = f"path goes from {step[0]} to {step[1]}, but there is no arrow between them"
            raise ValueError(msg)
    steps = type(dag)([step if step in dag.edges else step[::-1] for step in pairwise(nodes)])
    return paths(steps, nodes[0], nodes[-1])[0]


def _node_looks(node_props: Mapping[str, Mapping], nodes: Mapping[str, Look]) -> dict[str, Look]:
    for name in node_props:
        check_name(name, nodes, "node_props")
    marks = {
        name: {"style": ",".join([look.dash, *(["filled"] if look.filled else [])])} | dict(node_props[name])
        for name, look in nodes.items()
        if name in node_props
    }
    return read_looks(marks, "node")


def _edge_looks(edges: tuple[tuple[str, str], ...], edge_props: Mapping) -> dict[tuple[str, str], Look]:
    for edge in edge_props:
        check_edge(edge, edges, "edge_props")
    return {edge: Look() for edge in edges} | read_looks(edge_props, "edge")


def _drawing(
    nodes: Mapping[str, Look],
    arrows: Mapping[tuple[str, str], Look],
    direction: str,
    alt: str | None,
    *,
    legend: Mapping[str, Look] | None = None,
    positions: Mapping[str, tuple[float, float]] | None = None,
    notes: Iterable[str] = (),
) -> CausalDrawing:
    if direction not in tuple(DIRECTIONS):
        msg = f"graph_direction is {direction!r}, but must be one of {', '.join(DIRECTIONS)}"
        raise ValueError(msg)
    nodes = {name: replace(look, label=look.label or name) for name, look in nodes.items()}
    shapes = graph_shapes(_place(nodes, arrows, DIRECTIONS[direction], positions), nodes, arrows)
    words = " ".join([_describe(nodes, arrows), *notes])
    return CausalDrawing(add_legend(shapes, legend or {}), words if alt is None else alt)


def _place(
    nodes: Mapping[str, Look],
    arrows: Mapping[tuple[str, str], Look],
    rankdir: str,
    positions: Mapping[str, tuple[float, float]] | None,
) -> Layout:
    for name in positions or ():
        check_name(name, nodes, "positions")
    for name in nodes if positions is not None else ():
        if name not in positions:
            msg = f"positions has no place for {name!r}: give one to every node, or to none"
            raise ValueError(msg)
    radii = {name: oval_radii(look.label, NODE_FONT) for name, look in nodes.items()}
    rooms = {edge: text_size(f" {look.label} ", SMALL_FONT) if look.label else None for edge, look in arrows.items()}
    return place(radii, rooms, rankdir, positions)


def _describe(nodes: Mapping[str, Look], arrows: Mapping[tuple[str, str], Look]) -> str:
    said = {name: " ".join(look.label.split()) for name, look in nodes.items()}
    effects: dict[str, list[str]] = {}
    for (cause, effect), look in arrows.items():
        note = f" ({' '.join(look.label.split())})" if look.label else ""
        effects.setdefault(said[cause], []).append(said[effect] + note)
    ends = {name for edge in arrows for name in edge}
    clauses = [f"{cause} causes {_listed(names)}" for cause, names in effects.items()]
    clauses += [f"{text} stands alone" for name, text in said.items() if name not in ends]
    text = "; ".join(clauses)
    hidden = [said[name] for name, look in nodes.items() if look.dash == "dashed"]
    verb = "is" if len(hidden) == 1 else "are"
    return f"Causal graph: {text}." + (f" {_listed(hidden)} {verb} unobserved." if hidden else "")


def _listed(names: list[str]) -> str:
    *rest, last = names
    return f"{', '.join(rest)} and {last}" if rest else last
