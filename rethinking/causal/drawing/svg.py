"""Shapes as SVG: `currentColor` for ink, nothing behind it, and one sentence for those who do not see it."""

import re
from xml.etree.ElementTree import Element, SubElement, tostring

from rethinking.causal.drawing.looks import Look
from rethinking.causal.drawing.shapes import DASHES, FILL_OPACITY, Arrow, Oval, Shapes, Words
from rethinking.pictures.layout import LINE_HEIGHT, Point

__all__ = ["to_svg"]

INK = "currentColor"
MARGIN = 3
# A file of its own inherits no ink and does not know its background: this grey reads well on white and on black.
FILE_INK = "#737980"
NOT_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


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
    alt = _xml_text(alt)
    svg = Element("svg", _frame(shapes, alt, "" if inline else f";color:{FILE_INK}"))
    SubElement(svg, "title").text = alt
    for arrow in shapes.arrows:
        _draw_arrow(svg, arrow, shapes.top)
    for oval in shapes.ovals:
        _draw_oval(svg, oval, shapes.top)
    for words in shapes.words:
        _draw_words(svg, words, shapes.top)
    return tostring(svg, encoding="unicode")


def _frame(shapes: Shapes, alt: str, style: str) -> dict[str, str]:
    width, height = shapes.width + 2 * MARGIN, shapes.top - shapes.bottom + 2 * MARGIN
    return {
        "xmlns": "http://www.w3.org/2000/svg",
        "class": "rethinking-figure",
        "role": "img",
        "aria-label": alt,
        "width": _number(width),
        "height": _number(height),
        "viewBox": f"{-MARGIN} {-MARGIN} {_number(width)} {_number(height)}",
        "font-family": "Helvetica, Arial, sans-serif",
        "style": f"max-width:100%;height:auto;overflow:visible{style}",
    }


def _draw_arrow(svg: Element, arrow: Arrow, top: float) -> None:
    start, *rest = (_pair(point, top) for point in arrow.curve)
    head = " ".join(_pair(point, top) for point in arrow.head)
    color = arrow.look.color or INK
    # What a script finds them by: see js/explorer.js.
    edge = {"data-cause": _xml_text(arrow.edge[0]), "data-effect": _xml_text(arrow.edge[1])}
    SubElement(svg, "path", {"d": f"M{start}C{' '.join(rest)}", "fill": "none", **_stroke(arrow.look), **edge})
    SubElement(svg, "polygon", {"points": head, "fill": color, **edge})


def _draw_oval(svg: Element, oval: Oval, top: float) -> None:
    place = {"cx": oval.x, "cy": top - oval.y, "rx": oval.rx, "ry": oval.ry}
    fill = {"fill": oval.look.fill or INK, "fill-opacity": str(FILL_OPACITY)} if oval.look.filled else {"fill": "none"}
    name = {"data-node": _xml_text(oval.name)}
    SubElement(svg, "ellipse", {key: _number(value) for key, value in place.items()} | fill | _stroke(oval.look) | name)


def _draw_words(svg: Element, words: Words, top: float) -> None:
    lines = _xml_text(words.text).split("\n")
    # 0.35 em below the middle of a line is the baseline of most fonts.
    first = top - words.y + (0.35 - LINE_HEIGHT * (len(lines) - 1) / 2) * words.size
    color = words.color or INK
    text = SubElement(svg, "text", {"text-anchor": words.anchor, "font-size": _number(words.size), "fill": color})
    for i, line in enumerate(lines):
        place = {"x": _number(words.x), "y": _number(first + i * LINE_HEIGHT * words.size)}
        SubElement(text, "tspan", place).text = line


def _stroke(look: Look) -> dict[str, str]:
    stroke = {"stroke": look.color or INK, "stroke-width": _number(look.width)}
    return stroke | ({"stroke-dasharray": " ".join(map(str, DASHES[look.dash]))} if DASHES[look.dash] else {})


def _pair(point: Point, top: float) -> str:
    return f"{_number(point[0])},{_number(top - point[1])}"


def _number(value: float) -> str:
    return f"{round(value, 2):g}"


def _xml_text(text: str) -> str:
    return NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
