"""The pictures of a model that is sampled in the page: their axes, and how they look before a script draws them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np

from rethinking._arguments import require_text
from rethinking._intervals import equal_tails
from rethinking._names import told
from rethinking.pictures.chart import Chart, mark
from rethinking.pictures.svg import element, figure

__all__ = ["Panel", "panels_of", "picture", "require_limits", "require_plots"]

BLUE, ORANGE = "#2b87c8", "#d55e00"
COLORS = (BLUE, ORANGE, "#009e73", "#8a5ca8")
WIDTH, BARS = 540, 40
OPTIONS = {"label", "limits", "points", "xlabel", "xlimits"}


@dataclass(frozen=True)
class Panel:
    """One pair of axes.

    Attributes
    ----------
    kind : {"histogram", "trace", "intervals", "scatter"}
    chart : Chart
    left : int
        Where it starts in its row.
    settings : dict
        What the script reads besides the axes.
    marks : str
        The marks of the still.
    """

    kind: str
    chart: Chart
    left: int
    settings: dict[str, Any]
    marks: str

    def data(self, top: float) -> dict[str, Any]:
        """Return what the script reads."""
        chart = self.chart
        axes = {"xlim": chart.xlim, "ylim": chart.ylim, "width": chart.width, "height": chart.height}
        return {"kind": self.kind, "left": self.left, "top": top, **axes, **self.settings}


def picture(panels: Sequence[Panel], alt: str) -> tuple[str, list[dict[str, Any]]]:
    """Return all panels as one SVG, row by row, and what the script reads of each."""
    groups, data, top, height = [], [], 0.0, 0.0
    for i, panel in enumerate(panels):
        if panel.left == 0:
            top, height = top + height, panel.chart.height
        place = f"translate({panel.left},{top:g})"
        marks = element("g", panel.marks or " ", data_marks="")
        groups.append(element("g", panel.chart.axes() + marks, transform=place, data_panel=i))
        data.append(panel.data(top))
    return figure("".join(groups), alt, WIDTH, top + height), data


def require_plots(plots: Any) -> dict[Any, dict[str, Any]]:
    """Return the names that are to be plotted, each with its options, or raise TypeError or ValueError."""
    if isinstance(plots, str):
        plots = [plots]
    if not isinstance(plots, list | tuple | Mapping) or not len(plots):
        msg = f"plots must be names such as ['mu'], or a dictionary of names and options, but is {told(plots)}."
        raise TypeError(msg)
    for name in plots:
        pair = name if isinstance(name, tuple) and len(name) == 2 else (name, name)
        if not all(isinstance(part, str) for part in pair):
            msg = f"What plots names must be text, or two names (x, y), but is {told(name)}."
            raise TypeError(msg)
    found = dict(plots) if isinstance(plots, Mapping) else {name: {} for name in plots}
    for name, options in found.items():
        if not isinstance(options, Mapping) or set(options) - OPTIONS:
            known = ", ".join(sorted(OPTIONS))
            msg = f"The options of the plot {told(name)} must be some of {known}, but are {told(options)}."
            raise ValueError(msg)
        labels = {key: options[key] for key in ("label", "xlabel") if key in options}
        limits = {key: options[key] for key in ("limits", "xlimits") if key in options}
        for key, text in labels.items():
            require_text(key, text, "height (cm)")
        for key, pair in limits.items():
            require_limits(key, pair)
    return found


def require_limits(name: str, pair: Any) -> None:
    """Raise ValueError unless a value is two numbers that increase."""
    fine = isinstance(pair, list | tuple) and len(pair) == 2 and all(isinstance(end, Real) for end in pair)
    if not (fine and -np.inf < pair[0] < pair[1] < np.inf):
        msg = f"{name} must be two numbers that increase, such as (0, 1), but is {told(pair)}."
        raise ValueError(msg)


def panels_of(
    name: str | tuple[str, str], options: Mapping[str, Any], draws: Mapping[str, Any], about: Any
) -> list[Panel]:
    """Return the panels of one entry of `plots`.

    Parameters
    ----------
    name : str or (str, str)
        A number: a histogram and a trace. A vector: intervals, along another variable if that is named first. Two
        numbers: one against the other.
    options : mapping
        ``label``, ``limits``, ``points``, ``xlabel``, ``xlimits``.
    draws : mapping of str to numpy.ndarray
        Of shape (chain, draw, ...).
    about : object
        Knows ``index(name)``, the place of a quantity; ``data``, the values of ``pm.Data``; ``seen(name)``, the points;
        ``edit``, what a reader may change; ``length``, of a trace; and ``prob``.
    """
    x, y = name if isinstance(name, tuple) else (None, name)
    shape = draws[y].shape[2:]
    if len(shape) > 1:
        msg = f"{y!r} has {len(shape)} axes: plot numbers and vectors, such as a pm.Deterministic of one of its rows."
        raise ValueError(msg)
    build: Callable[..., list[Panel]]
    if x is not None and not shape and x in draws and draws[x].ndim == 2:
        build = _scatter
    elif shape and (x is None or np.shape(about.data.get(x)) == shape):
        build = _intervals
    elif x is None:
        build = _number
    else:
        msg = f"The plot {told(name)} needs two numbers, or a pm.Data and a quantity of one length."
        raise ValueError(msg)
    return build(x, y, dict(options), draws, about)


def _limits(options, key, values):
    """Return given limits, or those that hold the draws with room on both sides."""
    if key in options:
        low, high = options[key]
        return float(low), float(high)
    low, high = np.quantile(values, [0.005, 0.995])
    room = (high - low) / 2 or 1.0
    step = 10 ** np.floor(np.log10(room))
    return float(np.floor((low - room) / step) * step), float(np.ceil((high + room) / step) * step)


def _number(x, y, options, draws, about):
    values, label = draws[y], options.get("label", y)
    low, high = _limits(options, "limits", values)
    counts, edges = np.histogram(values, np.linspace(low, high, BARS + 1))
    bars = Chart((low, high), (0, 1), label, "draws", 280, 210, yticks=False)
    tops, left = bars.y(0.95 * counts / max(counts.max(), 1)), bars.x(edges)
    look = {"fill": BLUE, "fill_opacity": 0.6}
    marks = [
        mark("rect", x=a, y=top, width=b - a, height=bars.y(0) - top, **look)
        for a, b, top in zip(left, left[1:], tops, strict=False)
    ]
    trace = Chart((0, about.length), (low, high), "draw", y, 246, 210)
    step = max(1, values.shape[1] // 150)
    lines = [
        mark("polyline", points=_points(trace.x(at), trace.y(chain[at])), fill="none", stroke=color, stroke_opacity=0.7)
        for chain, color in zip(values, COLORS, strict=False)
        for at in [np.arange(0, min(values.shape[1], about.length), step)]
    ]
    quantity = {"quantity": about.index(y)}
    settings = quantity | {"label": label, "tails": equal_tails(about.prob)}
    return [Panel("histogram", bars, 0, settings, "".join(marks)), Panel("trace", trace, 280, quantity, "".join(lines))]


def _intervals(x, y, options, draws, about):
    values, n = draws[y].reshape(-1, draws[y].shape[-1]), draws[y].shape[-1]
    points, tails = options.get("points"), equal_tails(about.prob)
    places = np.arange(1.0, n + 1) if x is None else np.asarray(about.data[x], dtype=float)
    seen = None if points is None else about.seen(points, n)
    xlim = (0.0, float(about.most(n) + 1)) if x is None else _limits(options, "xlimits", places)
    ylim = _limits(options, "limits", values if seen is None else np.concatenate([values.ravel(), seen]))
    chart = Chart(xlim, ylim, options.get("xlabel", x or about.dim(y)), options.get("label", y), WIDTH, 320)
    low, high = np.quantile(values, tails, axis=0)
    middle, order = values.mean(axis=0), np.argsort(places, kind="stable")
    across, ends, centre = np.array(chart.x(places)), (np.array(chart.y(low)), np.array(chart.y(high))), chart.y(middle)
    if x is None:
        look = {"stroke": BLUE, "stroke_width": 4, "stroke_opacity": 0.45}
        marks = [
            mark("line", x1=at, x2=at, y1=a, y2=b, **look)
            + mark("circle", cx=at, cy=c, r=4, fill="none", stroke=BLUE, stroke_width=2)
            for at, a, b, c in zip(across, *ends, centre, strict=True)
        ]
    else:
        around = _points([*across[order], *across[order][::-1]], [*ends[0][order], *ends[1][order][::-1]])
        line = _points(across[order], np.array(centre)[order])
        marks = [
            mark("polygon", points=around, fill=BLUE, fill_opacity=0.3),
            mark("polyline", points=line, fill="none", stroke=BLUE, stroke_width=2),
        ]
    drag = "".join(axis for axis, name in [("x", x), ("y", points)] if name in about.edit) if x is not None else ""
    radius = 5 if drag else 3
    dots = [] if seen is None else zip(across, chart.y(seen), strict=True)
    marks += [mark("circle", cx=a, cy=b, r=radius, fill="currentColor") for a, b in dots]
    settings = {
        "quantity": about.index(y), "name": options.get("label", y), "tails": tails,
        "x": x, "points": points, "drag": drag,
        "pointsQuantity": None if points is None or points in about.data else about.index(points),
    }  # fmt: skip
    return [Panel("intervals", chart, 0, settings, "".join(marks))]


def _scatter(x, y, options, draws, about):
    a, b = draws[x].ravel(), draws[y].ravel()
    xlim, ylim = _limits(options, "xlimits", a), _limits(options, "limits", b)
    chart = Chart(xlim, ylim, options.get("xlabel", x), options.get("label", y), WIDTH, 320)
    step = max(1, a.size // 500)
    a, b = a[::step], b[::step]
    shown = (a >= xlim[0]) & (a <= xlim[1]) & (b >= ylim[0]) & (b <= ylim[1])
    dots = zip(chart.x(a[shown]), chart.y(b[shown]), strict=True)
    marks = [mark("circle", cx=p, cy=q, r=2, fill=BLUE, fill_opacity=0.5) for p, q in dots]
    settings = {"quantity": about.index(y), "xQuantity": about.index(x), "label": options.get("label", y)}
    return [Panel("scatter", chart, 0, settings | {"tails": equal_tails(about.prob)}, "".join(marks))]


def _points(across, down):
    return " ".join(f"{x:g},{y:g}" for x, y in zip(across, down, strict=True))
