"""Shapes as Matplotlib artists, in the places that the SVG has them."""

from matplotlib import rcParams
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.patches import Ellipse, PathPatch, Polygon
from matplotlib.path import Path
from matplotlib.text import Text

from rethinking.causal.drawing.looks import Look
from rethinking.causal.drawing.shapes import DASHES, FILL_OPACITY, Arrow, Oval, Shapes, Words
from rethinking.pictures.svg import LINE_HEIGHT

__all__ = ["add_artists"]

# One CSS pixel is 0.75 points; a drawing is never blown up beyond that.
POINTS = 0.75
MARGIN = 3


def add_artists(shapes: Shapes, ax: Axes) -> dict[str, dict[str | tuple[str, str], Artist]]:
    """Return the artists that draw the shapes, added to the axes.

    The view is set so that the drawing fits with equal scales, and the frame of the axes is turned off.

    Parameters
    ----------
    shapes : Shapes
        What to draw.
    ax : matplotlib.axes.Axes
        Where to draw it. Set its size first: letters and lines are scaled to it once.

    Returns
    -------
    dict
        ``nodes`` (Ellipse), ``arrows`` (PathPatch) and ``heads`` (Polygon) and ``labels`` (Text), each by the name of
        the node or the edge that it belongs to.
    """
    scale = _fit_view(ax, shapes)
    return {
        "arrows": {arrow.edge: ax.add_patch(_curve(arrow, scale)) for arrow in shapes.arrows},
        "heads": {arrow.edge: ax.add_patch(_head(arrow)) for arrow in shapes.arrows},
        "nodes": {oval.name: ax.add_patch(_ellipse(oval, scale)) for oval in shapes.ovals},
        "labels": {words.of: _text(words, ax, scale) for words in shapes.words},
    }


def _fit_view(ax: Axes, shapes: Shapes) -> float:
    size = ax.bbox.transformed(ax.figure.dpi_scale_trans.inverted())
    room = size.width * 72, size.height * 72
    needed = shapes.width + 2 * MARGIN, shapes.top - shapes.bottom + 2 * MARGIN
    scale = min(room[0] / needed[0], room[1] / needed[1], POINTS)
    x, y = shapes.width / 2, (shapes.top + shapes.bottom) / 2
    half_width, half_height = (length / scale / 2 for length in room)
    ax.set(xlim=(x - half_width, x + half_width), ylim=(y - half_height, y + half_height))
    ax.set_aspect("equal", adjustable="box")
    ax.set_axis_off()
    return scale


def _curve(arrow: Arrow, scale: float) -> PathPatch:
    path = Path(arrow.curve, [Path.MOVETO] + [Path.CURVE4] * (len(arrow.curve) - 1))
    return PathPatch(path, facecolor="none", capstyle="butt", **_line(arrow.look, scale))


def _head(arrow: Arrow) -> Polygon:
    return Polygon(arrow.head, facecolor=_ink(arrow.look.color), edgecolor="none")


def _ellipse(oval: Oval, scale: float) -> Ellipse:
    fill = to_rgba(_ink(oval.look.fill), FILL_OPACITY) if oval.look.filled else "none"
    return Ellipse((oval.x, oval.y), 2 * oval.rx, 2 * oval.ry, facecolor=fill, **_line(oval.look, scale))


def _text(words: Words, ax: Axes, scale: float) -> Text:
    side = {"middle": "center", "start": "left"}[words.anchor]
    return ax.text(
        words.x,
        words.y,
        words.text,
        fontsize=words.size * scale,
        color=_ink(words.color),
        ha=side,
        va="center",
        multialignment=side,
        linespacing=LINE_HEIGHT,
        parse_math=False,
    )


def _line(look: Look, scale: float) -> dict:
    dashes = tuple(length / look.width for length in DASHES[look.dash])
    return {
        "edgecolor": _ink(look.color),
        "linewidth": look.width * scale,
        "linestyle": (0, dashes) if dashes else "solid",
    }


def _ink(color: str | None) -> str:
    return color or rcParams["text.color"]
