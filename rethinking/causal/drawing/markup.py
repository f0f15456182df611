"""Shapes as SVG: `currentColor` for ink, nothing behind it, and one sentence for those who do not see it."""

from rethinking.causal.drawing.looks import Look
from rethinking.causal.drawing.shapes import DASHES, FILL_OPACITY, Arrow, Oval, Shapes, Words
from rethinking.pictures.svg import FILE_INK, INK, Point, arrow, element, figure, words

__all__ = ["to_svg"]

MARGIN = 3


def to_svg(shapes: Shapes, alt: str, inline: bool = False) -> str:
    """Return SVG text.

    Parameters
    ----------
    shapes : Shapes
        What to draw.
    alt : str
        What the drawing says, in words, for screen readers.
    inline : bool, default False
        Whether the text becomes part of an HTML page, from which it then takes its ink. Otherwise it is a file of its
        own, in a grey that reads well on light and on dark.

    Returns
    -------
    str
        An ``<svg>`` element of the class ``rethinking-figure`` that shrinks with the page.
    """
    parts = [_arrow(each, shapes.top) for each in shapes.arrows]
    parts += [_oval(each, shapes.top) for each in shapes.ovals]
    parts += [_words(each, shapes.top) for each in shapes.words]
    style = "overflow:visible" + ("" if inline else f";color:{FILE_INK}")
    return figure("".join(parts), alt, shapes.width, shapes.top - shapes.bottom, MARGIN, style)


def _arrow(shape: Arrow, top: float) -> str:
    def down(point: Point) -> Point:
        return point[0], top - point[1]

    # What a script finds them by: see js/explorer.js.
    edge = {"data_cause": shape.edge[0], "data_effect": shape.edge[1]}
    return arrow([*map(down, shape.curve)], down(shape.tip), _line(shape.look), shape.look.color, **edge)


def _oval(shape: Oval, top: float) -> str:
    look = shape.look
    fill = {"fill": look.fill or INK, "fill_opacity": FILL_OPACITY} if look.filled else {"fill": "none"}
    place = {"cx": shape.x, "cy": top - shape.y, "rx": shape.rx, "ry": shape.ry}
    return element("ellipse", **place, **fill, stroke=look.color or INK, **_line(look), data_node=shape.name)


def _words(shape: Words, top: float) -> str:
    return words(shape.text, shape.x, top - shape.y, shape.size, shape.anchor, shape.color)


def _line(look: Look) -> dict[str, object]:
    return {"stroke_width": look.width, "stroke_dasharray": " ".join(map(str, DASHES[look.dash])) or None}
