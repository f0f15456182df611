"""The three marks of every page: unfilled points, outlined lines, and thick translucent error bars.

Call signatures are those of the PyMC ports of the course, with `ax` added, so that their notebooks run unchanged.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.cbook import normalize_kwargs
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.lines import Line2D
from matplotlib.markers import MarkerStyle
from matplotlib.typing import ColorType
from numpy.typing import ArrayLike

from rethinking._arguments import require_number
from rethinking.plots._axes import axes_or_current, numbers, one_color_each, points, same_length
from rethinking.plots._caps import FittingCaps


def plot_scatter(xs: ArrayLike, ys: ArrayLike, *, ax: Axes | None = None, **kwargs: Any) -> PathCollection:
    """Return unfilled points, through which overlapping points and lines stay visible.

    Parameters
    ----------
    xs, ys : array_like or scalar
        Positions, equally many; lists, arrays, Series and DataArrays all do.
    ax : matplotlib.axes.Axes, optional
        Where to draw; the current axes by default.
    **kwargs
        For :meth:`matplotlib.axes.Axes.scatter`; they win over the defaults ``s=80``, ``linewidths=2.5``,
        ``alpha=0.7``, ``color="C0"``, ``facecolors="none"``. Points on a color scale, `c`, are filled.

    Returns
    -------
    matplotlib.collections.PathCollection

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> ax = Figure().add_subplot()
    >>> points = plot_scatter([1, 2, 3], [2, 4, 8], color="C1", label="observed", ax=ax)
    >>> points.get_offsets().tolist()
    [[1.0, 2.0], [2.0, 4.0], [3.0, 8.0]]
    """
    defaults = {"s": 80, "linewidth": 2.5, "alpha": 0.7}
    if "c" not in kwargs:
        defaults["color"] = "C0"
        # A marker without an area, such as "x", takes its colour from its face and would vanish without one.
        if MarkerStyle(kwargs.get("marker") or "o").is_filled():
            defaults["facecolor"] = "none"
    options = defaults | normalize_kwargs(kwargs, PathCollection)
    xs, ys = same_length(xs=np.ravel(points("xs", xs)), ys=np.ravel(points("ys", ys)))
    return axes_or_current(ax).scatter(xs, ys, **options)


def plot_line(xs: ArrayLike, ys: ArrayLike, *, ax: Axes | None = None, **kwargs: Any) -> list[Line2D]:
    """Return lines with a white outline, which lifts them off the points and lines below.

    The outline is a path effect of the line itself, so that one line makes one entry in the legend.

    Parameters
    ----------
    xs : array_like, shape (n,)
        Horizontal positions.
    ys : array_like, shape (n,) or (n, n_lines)
        Heights; a table draws one line for each column.
    ax : matplotlib.axes.Axes, optional
        Where to draw; the current axes by default.
    **kwargs
        For :meth:`matplotlib.axes.Axes.plot`; they win over the defaults ``linewidth=3``, ``zorder=2.4`` (above points,
        below the frame and the legend) and ``path_effects`` (the outline).

    Returns
    -------
    list of matplotlib.lines.Line2D

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> ax = Figure().add_subplot()
    >>> (line,) = plot_line([0, 1], [1, 3], color="C1", label="trend", ax=ax)
    >>> len(ax.lines), line.get_label()
    (1, 'trend')
    """
    options: dict[str, Any] = {"linewidth": 3, "zorder": 2.4} | normalize_kwargs(kwargs, Line2D)
    outline = patheffects.withStroke(linewidth=options["linewidth"] + 2, foreground="white")
    xs, ys = points("xs", xs), points("ys", ys)
    if len(xs) != len(ys):
        msg = f"xs and ys must be equally long, but hold {len(xs)} and {len(ys)}: pass one of each for every point."
        raise ValueError(msg)
    options = {"path_effects": [outline]} | options
    return axes_or_current(ax).plot(xs, ys, **options)


def plot_errorbar(
    xs: ArrayLike,
    ys: ArrayLike,
    error_lower: ArrayLike,
    error_upper: ArrayLike,
    colors: ColorType | Sequence[ColorType] = "C0",
    error_width: float = 12,
    alpha: float | None = 0.3,
    *,
    ax: Axes | None = None,
    **kwargs: Any,
) -> LineCollection:
    """Return thick, rounded, translucent vertical bars from ``ys - error_lower`` to ``ys + error_upper``.

    The errors are *lengths* below and above `ys`, as matplotlib's `yerr` has them, not the ends of an interval. The
    rounded caps lie within the bar, so that a bar is exactly as long as its interval whatever its width.

    Parameters
    ----------
    xs, ys : array_like, shape (n,)
        Positions of the points that the bars belong to.
    error_lower, error_upper : array_like, shape (n,)
        Lengths below and above, in the unit of `ys`, not negative. A NaN draws no bar.
    colors : color or sequence of n colors, default "C0"
        One for all bars or one for each.
    error_width : float, default 12
        Thickness in points.
    alpha : float, default 0.3
        Opacity, from 0 to 1.
    ax : matplotlib.axes.Axes, optional
        Where to draw; the current axes by default.
    **kwargs
        For :meth:`matplotlib.axes.Axes.vlines`: `label`, `zorder` (1 by default) and others.

    Returns
    -------
    matplotlib.collections.LineCollection
        One segment for each point.

    Raises
    ------
    ValueError
        If the lengths of the arguments differ, an error is negative, or there is not one color for each point.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> ax = Figure().add_subplot()
    >>> bars = plot_errorbar([1, 2], [5.0, 6.0], [1.0, 2.0], [0.5, 0.5], ax=ax)
    >>> [segment[:, 1].tolist() for segment in bars.get_segments()]
    [[4.0, 5.5], [4.0, 6.5]]
    """
    xs, ys, error_lower, error_upper = same_length(xs=xs, ys=ys, error_lower=error_lower, error_upper=error_upper)
    ys = numbers("ys", ys)
    error_lower, error_upper = numbers("error_lower", error_lower), numbers("error_upper", error_upper)
    for name, error in {"error_lower": error_lower, "error_upper": error_upper}.items():
        if np.any(error < 0):
            msg = (
                f"{name} is a length and cannot be negative, but contains {np.nanmin(error):g}: pass the distance from "
                "the point to the end of its interval."
            )
            raise ValueError(msg)
    for name, value in {"error_width": error_width, "alpha": alpha}.items():
        if value is not None:
            require_number(name, value)
    colors = one_color_each(colors, len(xs))
    defaults = {"linewidth": error_width, "alpha": alpha, "zorder": 1}
    caps = {"capstyle": "round", "path_effects": [FittingCaps()]}
    options = defaults | caps | normalize_kwargs(kwargs, LineCollection)
    return axes_or_current(ax).vlines(xs, ys - error_lower, ys + error_upper, colors=colors, **options)
