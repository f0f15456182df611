"""Causal graphs as drawings, for pages and for figures.

`draw_causal_graph` checks what it is given, lets Graphviz place nodes and arrows, and returns a `CausalDrawing`, which
shows itself in a notebook or on a page of the book, and draws itself into Matplotlib axes.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from rethinking._names import listed, told
from rethinking.causal.drawing.looks import Look, legend_names, read_looks
from rethinking.causal.drawing.markup import to_svg
from rethinking.causal.drawing.shapes import NODE_FONT, SMALL_FONT, Shapes, add_legend, graph_shapes
from rethinking.causal.edges import check_edge, check_edges, check_mapping, check_name, check_names, node_names
from rethinking.pictures.layout import Layout, oval_radii, place, text_size

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

__all__ = ["CausalDrawing", "compose", "draw_causal_graph", "edge_looks"]

DIRECTIONS = {"UD": "TB", "TD": "TB", "TB": "TB", "BT": "BT", "LR": "LR", "RL": "RL"}


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
        from rethinking.causal.drawing.artists import add_artists

        if ax is None:
            from matplotlib.pyplot import gca

            ax = gca()
        if not hasattr(ax, "add_patch"):
            msg = f"ax is {told(ax)}, but must be Matplotlib axes, such as plt.gca() or one of those of plt.subplots()."
            raise ValueError(msg)
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
    check_mapping(node_props, "node_props", "{'X': {'style': 'dashed'}}")
    check_mapping(edge_props, "edge_props", "{('X', 'Y'): {'label': 'b'}}")
    node_props, edge_props = node_props or {}, edge_props or {}
    own = read_looks(node_props, "node")
    legend = {name: own[name] for name in legend_names(node_props, node_names(edges))}
    nodes = {name: own.get(name, Look()) for name in node_names(edges)}
    for name in check_names(unobserved, nodes, "unobserved"):
        nodes[name] = replace(nodes[name], dash="dashed")
    return compose(nodes, edge_looks(edges, edge_props), graph_direction, alt, legend=legend)


def edge_looks(edges: tuple[tuple[str, str], ...], edge_props: Mapping) -> dict[tuple[str, str], Look]:
    """Return the look of every edge, whether it has properties or not."""
    for edge in edge_props:
        check_edge(edge, edges, "edge_props")
    return {edge: Look() for edge in edges} | read_looks(edge_props, "edge")


def compose(
    nodes: Mapping[str, Look],
    arrows: Mapping[tuple[str, str], Look],
    direction: str,
    alt: str | None,
    *,
    legend: Mapping[str, Look] | None = None,
    positions: Mapping[str, tuple[float, float]] | None = None,
    notes: Iterable[str] = (),
) -> CausalDrawing:
    """Return the drawing of nodes and arrows that look as given, with a legend below and notes after the words."""
    if not isinstance(direction, str) or direction not in DIRECTIONS:
        msg = f"graph_direction is {told(direction)}, but must be one of {', '.join(DIRECTIONS)}."
        raise ValueError(msg)
    if not isinstance(alt, str | None):
        msg = f"alt is {told(alt)}, but must be what the drawing says, in words."
        raise ValueError(msg)
    check_mapping(positions, "positions", "{'X': (0, 0), 'Y': (1, 0)}")
    for name, place_ in (positions or {}).items():
        if not _is_point(place_):
            msg = f"the position of {told(name)} is {told(place_)}, but must be two numbers such as (0, 1)."
            raise ValueError(msg)
    nodes = {name: replace(look, label=look.label or name) for name, look in nodes.items()}
    shapes = graph_shapes(_place(nodes, arrows, DIRECTIONS[direction], positions), nodes, arrows)
    words = " ".join([_describe(nodes, arrows), *notes])
    return CausalDrawing(add_legend(shapes, legend or {}), words if alt is None else alt)


def _is_point(value: Any) -> bool:
    try:
        x, y = value
        return math.isfinite(x) and math.isfinite(y)
    except (TypeError, ValueError):
        return False


def _place(
    nodes: Mapping[str, Look],
    arrows: Mapping[tuple[str, str], Look],
    rankdir: str,
    positions: Mapping[str, tuple[float, float]] | None,
) -> Layout:
    for name in positions or ():
        check_name(name, nodes, "positions")
    left = [name for name in nodes if name not in positions] if positions is not None else []
    if left:
        msg = f"positions has no place for {left[0]!r}: give one to every node, or to none."
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
    clauses = [f"{cause} causes {listed(names)}" for cause, names in effects.items()]
    clauses += [f"{text} stands alone" for name, text in said.items() if name not in ends]
    text = "; ".join(clauses)
    hidden = [said[name] for name, look in nodes.items() if look.dash == "dashed"]
    verb = "is" if len(hidden) == 1 else "are"
    return f"Causal graph: {text}." + (f" {listed(hidden)} {verb} unobserved." if hidden else "")
