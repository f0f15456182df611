"""The shapes that a drawing is made of: ovals, arrows and words, placed but not yet drawn.

Lengths are CSS pixels; y points up.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from rethinking.causal.drawing.looks import Look
from rethinking.pictures.layout import Layout, text_size
from rethinking.pictures.svg import Point, arrow_head

__all__ = ["Arrow", "Oval", "Shapes", "Words", "add_legend", "graph_shapes"]

NODE_FONT = 16
SMALL_FONT = 14
LEGEND_OVAL = (13, 8)
LEGEND_GAP = 10
DASHES = {"solid": (), "dashed": (5, 3.5), "dotted": (1.5, 3)}
# A wash of colour keeps words readable on it, whatever the colour and whatever the page.
FILL_OPACITY = 0.22


@dataclass(frozen=True)
class Oval:
    """A node, or the sample of a look in the legend."""

    name: str
    x: float
    y: float
    rx: float
    ry: float
    look: Look


@dataclass(frozen=True)
class Arrow:
    """An edge: joined cubic Bézier curves up to the base of the head, and the tip of the head."""

    edge: tuple[str, str]
    curve: tuple[Point, ...]
    tip: Point
    look: Look

    @property
    def head(self) -> tuple[Point, Point, Point]:
        """The corners of the head, tip first."""
        return arrow_head(self.curve[-1], self.tip)


@dataclass(frozen=True)
class Words:
    """A label, round (x, y) or, with the anchor "start", to the right of it; `of` is the node or edge that it names."""

    of: str | tuple[str, str]
    text: str
    x: float
    y: float
    size: float
    color: str | None
    anchor: str = "middle"


@dataclass(frozen=True)
class Shapes:
    """All shapes of a drawing; x goes from 0 to `width`, y from `bottom` to `top`."""

    width: float
    bottom: float
    top: float
    ovals: tuple[Oval, ...]
    arrows: tuple[Arrow, ...]
    words: tuple[Words, ...]


def graph_shapes(layout: Layout, nodes: Mapping[str, Look], arrows: Mapping[tuple[str, str], Look]) -> Shapes:
    """Return the shapes of a graph, given where things go and how they look."""
    places = {name: (*layout.centres[name], *layout.radii[name]) for name in nodes}
    ovals = [Oval(name, x, y, rx, ry, nodes[name]) for name, (x, y, rx, ry) in places.items()]
    lines = [Arrow(edge, layout.arrows[edge].curve, layout.arrows[edge].tip, look) for edge, look in arrows.items()]
    words = [Words(oval.name, oval.look.label, oval.x, oval.y, NODE_FONT, oval.look.fontcolor) for oval in ovals]
    words += [
        Words(edge, look.label, *at, SMALL_FONT, look.fontcolor)
        for edge, look in arrows.items()
        if look.label and (at := layout.arrows[edge].label) is not None
    ]
    return Shapes(layout.width, 0, layout.height, tuple(ovals), tuple(lines), tuple(words))


def add_legend(shapes: Shapes, legend: Mapping[str, Look]) -> Shapes:
    """Return the shapes with a legend below: a small oval and its meaning for each look, one under the other."""
    bottom, width, ovals, words = shapes.bottom, shapes.width, [], []
    rx, ry = LEGEND_OVAL
    for name, look in legend.items():
        text_width, text_height = text_size(name, SMALL_FONT)
        height = max(text_height, 2 * ry) + LEGEND_GAP
        y, x = bottom - height + (height - LEGEND_GAP) / 2, 2 * rx + 8
        ovals.append(Oval(name, rx, y, rx, ry, look))
        words.append(Words(name, name, x, y, SMALL_FONT, look.fontcolor, anchor="start"))
        bottom, width = bottom - height, max(width, x + text_width)
    return replace(shapes, width=width, bottom=bottom, ovals=(*shapes.ovals, *ovals), words=(*shapes.words, *words))
