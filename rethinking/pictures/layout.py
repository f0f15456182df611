"""Where the nodes and arrows of a graph go.

Graphviz (``dot``, bundled with pygraphviz) places ovals of given size and routes the arrows round them. It never sees
a word: labels are measured here and reach it as empty boxes. So nothing in a label is read as markup, no font is
looked up (fontconfig would print its complaints into the page), and every machine finds the same positions.

Lengths are CSS pixels; y points up, as in Graphviz and Matplotlib.
"""

from collections.abc import Iterable, Mapping
from math import ceil, sqrt
from typing import Any, NamedTuple
from unicodedata import east_asian_width

import pygraphviz

from rethinking.pictures.svg import LINE_HEIGHT, Point

__all__ = ["PLATE_FONT", "ArrowPath", "Layout", "oval_radii", "place", "text_size"]

RADIUS = 22
UNIT = 80
INCH = 72
PLATE_FONT = 13


class ArrowPath(NamedTuple):
    """The way of one arrow.

    Attributes
    ----------
    curve : tuple of (float, float)
        Control points of joined cubic Bézier curves, ``3 k + 1`` of them, from the border of the cause to the base
        of the arrow head.
    tip : (float, float)
        Where the head touches the border of the effect.
    label : (float, float) or None
        Centre of the room kept for the label.
    """

    curve: tuple[Point, ...]
    tip: Point
    label: Point | None


class Layout(NamedTuple):
    """The size of a drawing; of each node centre and radii, of each arrow its path, of each plate two corners."""

    width: float
    height: float
    centres: dict[str, Point]
    radii: dict[str, Point]
    arrows: dict[tuple[str, str], ArrowPath]
    plates: dict[str, tuple[Point, Point]]


def text_size(text: str, font_size: float) -> Point:
    r"""Return the width and height that a text needs, in the units of `font_size`.

    The width is an estimate from the kind of each letter, good to about a tenth for the usual sans-serif fonts.

    Examples
    --------
    >>> text_size("X", 10)
    (7.0, 12.0)
    >>> text_size("tank,\nT", 10)[1]
    24.0
    """
    lines = text.split("\n")
    width = max(sum(map(_em, line)) for line in lines) * font_size
    return round(width, 2), LINE_HEIGHT * font_size * len(lines)


def oval_radii(text: str, font_size: float) -> Point:
    """Return the two radii of an oval that holds a text: a circle when the text is short.

    Examples
    --------
    >>> oval_radii("X", 16)
    (22, 22)
    """
    width, height = text_size(text, font_size)
    # Letters are lower than their line: the first and the last line stand out by half a capital only.
    half = (height - 0.5 * font_size) / 2
    ry = max(RADIUS, 1.4 * half)
    rx = width / 2 / sqrt(1 - (half / ry) ** 2) + 0.4 * font_size
    return max(ry, round(rx, 2)), ry


def place(
    radii: Mapping[str, Point],
    arrows: Mapping[tuple[str, str], Point | None],
    rankdir: str = "TB",
    positions: Mapping[str, Point] | None = None,
    plates: Mapping[str, Iterable[str]] | None = None,
    rows: Mapping[tuple[str, str], int] | None = None,
) -> Layout:
    """Return where Graphviz puts the nodes and arrows of a graph.

    Parameters
    ----------
    radii : mapping of str to (float, float)
        The horizontal and vertical radius of each node.
    arrows : mapping of (str, str) to (float, float) or None
        The edges, each with the width and height of its label or None.
    rankdir : {"TB", "BT", "LR", "RL"}
        The way that arrows point: down, up, right or left.
    positions : mapping of str to (float, float), optional
        Where the nodes go, in units of 80 pixels. Only the arrows are then left to Graphviz.
    plates : mapping of str to iterable of str, optional
        Nodes that stand together in a frame, by the words of the frame, which get room at its foot.
    rows : mapping of (str, str) to int, optional
        Over how many rows an arrow goes at least; one by default.

    Returns
    -------
    Layout

    Examples
    --------
    >>> layout = place({"X": (20, 20), "Y": (20, 20)}, {("X", "Y"): None}, rankdir="LR")
    >>> layout.centres["X"]
    (20.0, 20.0)
    >>> x, y = layout.arrows["X", "Y"].tip
    >>> round(layout.centres["Y"][0] - x), y
    (20, 20.0)
    """
    ids = {name: f"n{i}" for i, name in enumerate(radii)}
    graph: Any = pygraphviz.AGraph(directed=True)
    graph.graph_attr.update(rankdir=rankdir, nodesep=0.5, ranksep=0.55, splines="true")
    graph.node_attr.update(label="", shape="ellipse", fixedsize="true")
    for name, (rx, ry) in radii.items():
        pos = {"pos": ",".join(str(UNIT / INCH * float(at)) for at in positions[name]) + "!"} if positions else {}
        graph.add_node(ids[name], width=2 * rx / INCH, height=2 * ry / INCH, **pos)
    for (cause, effect), size in arrows.items():
        room, least = _room(size) if size else "", (rows or {}).get((cause, effect), 1)
        graph.add_edge(ids[cause], ids[effect], label=room, minlen=least)
    frames = {}
    for i, (words, names) in enumerate((plates or {}).items()):
        room = _room(text_size(words, PLATE_FONT))
        members = [ids[name] for name in names]
        frames[words] = graph.add_subgraph(members, f"cluster{i}", label=room, labelloc="b", labeljust="r", margin="10")
    graph.layout("neato" if positions else "dot")
    *_, width, height = map(float, graph.graph_attr["bb"].split(","))
    centres = {name: _point(graph.get_node(key).attr["pos"]) for name, key in ids.items()}
    paths = {edge: _path(graph.get_edge(ids[edge[0]], ids[edge[1]]).attr) for edge in arrows}
    corners = {words: _corners(frame.graph_attr["bb"]) for words, frame in frames.items()}
    return Layout(width, height, centres, dict(radii), paths, corners)


def _room(size: Point) -> str:
    width, height = map(ceil, size)
    bare = 'BORDER="0" CELLBORDER="0" CELLPADDING="0" CELLSPACING="0"'
    return f'<<TABLE {bare} FIXEDSIZE="TRUE" WIDTH="{width}" HEIGHT="{height}"><TR><TD></TD></TR></TABLE>>'


def _path(attributes: Mapping[str, str]) -> ArrowPath:
    tip, *curve = attributes["pos"].split()
    label = attributes["lp"]
    return ArrowPath(tuple(map(_point, curve)), _point(tip.removeprefix("e,")), _point(label) if label else None)


def _corners(text: str) -> tuple[Point, Point]:
    left, bottom, right, top = map(float, text.split(","))
    return (left, bottom), (right, top)


def _point(text: str) -> Point:
    x, y = map(float, text.split(","))
    return x, y


def _em(letter: str) -> float:
    if east_asian_width(letter) in "WF":
        return 1.0
    if letter in "iIjlt.,;:!'|()[] ":
        return 0.3
    return 0.9 if letter in "mwMW@%" else 0.7 if letter.isupper() else 0.55
