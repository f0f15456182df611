"""The SVG that all pictures of the package are made of: one frame, one arrow, one way to write words.

What is given no colour takes the ink of the page. Lengths are CSS pixels, and y points down, as in SVG.
"""

import re
from collections.abc import Mapping, Sequence
from html import escape

__all__ = ["FILE_INK", "INK", "LINE_HEIGHT", "Point", "arrow", "arrow_head", "element", "figure", "words"]

INK = "currentColor"
LINE_HEIGHT = 1.2
# The width of an arrow head, relative to its length.
HEAD_WIDTH = 0.8
# A file of its own inherits no ink and does not know its background: this grey reads well on white and on black.
FILE_INK = "#737980"
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# XML makes spaces of these in attributes, unless they are written so.
SPACES = str.maketrans({"\t": "&#9;", "\n": "&#10;", "\r": "&#13;"})

type Point = tuple[float, float]


def element(tag: str, content: str = "", /, **attributes: object) -> str:
    """Return an SVG element; underscores in the names of attributes become hyphens, and None leaves one out.

    Parameters
    ----------
    tag : str
        What kind.
    content : str
        SVG to go inside, as it is; `words` is for text.
    **attributes
        Numbers are rounded to hundredths.

    Examples
    --------
    >>> element("line", x1=1 / 3, stroke_width=2, data_mark='a "b"', fill=None)
    '<line x1="0.33" stroke-width="2" data-mark="a &quot;b&quot;"/>'
    """
    named = {name.replace("_", "-"): _value(value) for name, value in attributes.items() if value is not None}
    start = " ".join([tag, *(f'{name}="{value}"' for name, value in named.items())])
    return f"<{start}>{content}</{tag}>" if content else f"<{start}/>"


def figure(content: str, alt: str, width: float, height: float, margin: float = 0, style: str = "") -> str:
    """Return the ``<svg>`` element of the class ``rethinking-figure`` that frames a picture and shrinks with the page.

    Parameters
    ----------
    content : str
        SVG elements, from (0, 0) to (width, height).
    alt : str
        What the picture says, in words, for those who do not see it.
    width, height, margin : float
        The size, and the room to leave on each side besides.
    style : str
        Further CSS.

    Examples
    --------
    >>> figure(element("circle", r=1), "A dot.", 2, 2).count('aria-label="A dot."')
    1
    """
    width, height = width + 2 * margin, height + 2 * margin
    css = ";".join(["max-width:100%;height:auto", *([style] if style else [])])
    frame = {"xmlns": "http://www.w3.org/2000/svg", "class": "rethinking-figure", "role": "img", "aria-label": alt}
    frame |= {"width": width, "height": height}
    frame |= {"viewBox": " ".join(map(_number, (-margin, -margin, width, height)))}
    frame |= {"font-family": "Helvetica, Arial, sans-serif", "style": css}
    return element("svg", element("title", _text(alt)) + content, **frame)


def arrow(
    curve: Sequence[Point], tip: Point, line: Mapping[str, object], color: str | None = None, **attributes: object
) -> str:
    """Return an arrow: joined cubic Bézier curves up to the base of the head, and the head.

    Parameters
    ----------
    curve : sequence of (float, float)
        Control points.
    tip : (float, float)
        Where the head ends.
    line : mapping
        Attributes of the curve alone.
    color : str, optional
        Of both.
    **attributes
        Of both as well.

    Examples
    --------
    >>> arrow([(0, 0), (0, 1), (0, 2), (0, 3)], (0, 13), {}, "red")
    '<path d="M0,0C0,1 0,2 0,3" fill="none" stroke="red"/><polygon points="0,13 -4,3 4,3" fill="red"/>'
    """
    start, *rest = map(_pair, curve)
    head = " ".join(map(_pair, arrow_head(curve[-1], tip)))
    way = {"d": f"M{start}C{' '.join(rest)}", "fill": "none", "stroke": color or INK, **line}
    return element("path", **way, **attributes) + element("polygon", points=head, fill=color or INK, **attributes)


def arrow_head(base: Point, tip: Point) -> tuple[Point, Point, Point]:
    """Return the corners of an arrow head, tip first, given the middle of its base.

    Examples
    --------
    >>> arrow_head((0, 0), (10, 0))
    ((10, 0), (0.0, 4.0), (0.0, -4.0))
    """
    (x, y), (tip_x, tip_y) = base, tip
    dx, dy = (tip_x - x) * HEAD_WIDTH / 2, (tip_y - y) * HEAD_WIDTH / 2
    return tip, (x - dy, y + dx), (x + dy, y - dx)


def words(
    text: str, x: float, y: float, size: float, anchor: str = "middle", color: str | None = None, **attributes: object
) -> str:
    """Return text, line by line, whose middle is at the height y.

    Parameters
    ----------
    text : str
        Shown as it is; no markup has a meaning.
    x, y, size : float
        Where, and the size of the letters.
    anchor : {"start", "middle", "end"}
        What part of each line is at x.
    color : str, optional
        Of the letters.

    Examples
    --------
    >>> words("a < b", 10, 20, 10)
    '<text text-anchor="middle" font-size="10" fill="currentColor"><tspan x="10" y="23.5">a &lt; b</tspan></text>'
    """
    lines = text.split("\n")
    # 0.35 em below the middle of a line is the baseline of most fonts.
    first = y + (0.35 - LINE_HEIGHT * (len(lines) - 1) / 2) * size
    spans = [element("tspan", _text(line), x=x, y=first + i * LINE_HEIGHT * size) for i, line in enumerate(lines)]
    return element("text", "".join(spans), text_anchor=anchor, font_size=size, fill=color or INK, **attributes)


def _value(value: object) -> str:
    if isinstance(value, float | int):
        return _number(value)
    text = escape(NOT_XML.sub("\N{REPLACEMENT CHARACTER}", str(value)))
    return text.translate(SPACES)


def _text(text: str) -> str:
    return escape(NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text), quote=False)


def _number(value: float) -> str:
    return f"{round(float(value), 2) + 0.0:g}"  # + 0.0 makes 0 of -0


def _pair(point: Point) -> str:
    return ",".join(map(_number, point))
