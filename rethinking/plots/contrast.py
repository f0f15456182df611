"""A contrast as a picture: the draws of what is compared, and of the comparison."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import is_color_like
from matplotlib.lines import Line2D
from matplotlib.typing import ColorType

from rethinking._intervals import equal_tails
from rethinking._names import told
from rethinking.plots._axes import axes_or_current
from rethinking.plots._draws import draws_by, mean_and_interval, split_dims
from rethinking.plots.density import Density, plot_density

if TYPE_CHECKING:
    import xarray as xr

NOTHING = {"difference": 0.0, "lift": 0.0, "ratio": 1.0, "marginal odds ratio": 1.0}


class Contrast(NamedTuple):
    """The artists of :func:`plot_contrast`."""

    effect: Density | PathCollection
    interval: LineCollection | None
    levels: tuple[Density, ...]
    nothing: Line2D | None


def plot_contrast(
    effect: "xr.DataArray",
    *,
    levels: Axes | None = None,
    prob: float = 0.89,
    ax: Axes | None = None,
    color: ColorType = "C0",
) -> Contrast:
    """Return the draws of a contrast with their central interval, and beside them those of the levels compared.

    One contrast is drawn as a density. One for each label of a dim is drawn as rows, the first on top: the mean as a
    point, the interval as a line. Intervals of the levels that overlap say nothing about the contrast, because the
    draws of two levels go together; that is why the contrast has axes of its own.

    Parameters
    ----------
    effect : xarray.DataArray
        Draws, as :func:`rethinking.contrast` returns them, with at most one dim besides chain and draw.
    levels : matplotlib.axes.Axes, optional
        Where to draw the densities of the averages that are compared; not drawn by default.
    prob : float, default 0.89
        Probability of the equal-tailed interval.
    ax : matplotlib.axes.Axes, optional
        Where to draw the contrast; the current axes by default.
    color : color, default "C0"

    Returns
    -------
    Contrast
        A named tuple: `effect` (what `plot_density` returns, or the points), `interval` (None with a density, which has
        its own), `levels` (densities), and `nothing`, the line where nothing would change.

    Raises
    ------
    TypeError, ValueError
        If the draws have no sample dim or more than one dim besides, `prob` is not between 0 and 1, or levels are to
        be drawn that the draws do not hold.

    Examples
    --------
    >>> import xarray as xr
    >>> from matplotlib.figure import Figure
    >>> ax = Figure().add_subplot()
    >>> draws = np.random.default_rng(1).normal(2, 1, size=(4, 500))
    >>> effect = xr.DataArray(draws, dims=["chain", "draw"], name="weight", attrs={"compare": "difference"})
    >>> marks = plot_contrast(effect, ax=ax)
    >>> ax.get_xlabel(), marks.nothing.get_xdata()
    ('difference of weight', [0.0, 0.0])
    """
    equal_tails(prob)
    if not is_color_like(color):
        msg = f"color must be one color, such as 'C0', but is {told(color)}."
        raise ValueError(msg)
    _, others = split_dims(effect)
    if len(others) > 1:
        msg = f"effect needs at most one dim besides chain and draw, but has {tuple(others)}: select or average."
        raise ValueError(msg)
    if levels is not None and (others or not {"high", "low"} <= set(effect.coords)):
        msg = "Levels can be drawn for one contrast that holds their draws, as rt.contrast returns it: select one."
        raise ValueError(msg)
    levels = None if levels is None else axes_or_current(levels)
    ax = axes_or_current(ax)
    compare = effect.attrs.get("compare", "contrast")
    if others:
        marks, interval = _rows(effect, others[0], prob, ax, color)
    else:
        marks, interval = plot_density(effect, prob=prob, color=color, ax=ax), None
        ax.set_yticks([])
    if not ax.get_xlabel():
        ax.set_xlabel(f"{compare} of {effect.name}" if effect.name else compare)
    line = {"color": "0.4", "linestyle": "--", "linewidth": 1.5, "zorder": 1}
    nothing = ax.axvline(NOTHING[compare], **line) if compare in NOTHING else None
    return Contrast(marks, interval, _levels(effect, prob, levels) if levels is not None else (), nothing)


def _rows(effect, dim, prob, ax, color):
    mean, lower, upper = mean_and_interval(draws_by(effect, dim), prob)
    rows = np.arange(len(mean))
    names = effect[dim].to_numpy() if dim in effect.coords else rows
    ax.set_yticks(rows, [str(name) for name in names])
    ax.set_ylim(len(rows) - 0.5, -0.5)
    interval = ax.hlines(rows, lower, upper, colors=color, linewidth=2, alpha=0.6, zorder=2)
    return ax.scatter(mean, rows, s=25, color=color, zorder=3), interval


def _levels(effect, prob, ax):
    drawn = [
        plot_density(effect[which], prob=prob, color=color, label=effect.attrs.get(which, which), ax=ax)
        for which, color in (("high", "C1"), ("low", "C2"))
    ]
    ax.set_yticks([])
    if not ax.get_xlabel() and effect.name:
        ax.set_xlabel(f"average of {effect.name}")
    return tuple(drawn)
