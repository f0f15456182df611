"""The picture of partial pooling: each group's raw summary, and where the model has moved it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.lines import Line2D
from matplotlib.typing import ColorType
from numpy.typing import ArrayLike

from rethinking._intervals import equal_tails
from rethinking.plots._axes import axes_or_current, numbers, one_color_each, same_length
from rethinking.plots._draws import draws_by_group, mean_and_interval
from rethinking.plots.marks import plot_errorbar, plot_scatter

if TYPE_CHECKING:
    import xarray as xr

_INK = "0.15"


class Shrinkage(NamedTuple):
    """The artists of :func:`plot_shrinkage`."""

    raw: PathCollection
    posterior: PathCollection
    interval: LineCollection
    shift: LineCollection
    population: Line2D | None


def plot_shrinkage(
    raw: ArrayLike,
    draws: "xr.DataArray | ArrayLike",
    *,
    xs: ArrayLike | None = None,
    sizes: ArrayLike | None = None,
    population: ArrayLike | None = None,
    prob: float = 0.89,
    color: ColorType | Sequence[ColorType] = "C0",
    label: str = "posterior mean and interval",
    raw_label: str = "raw",
    ax: Axes | None = None,
) -> Shrinkage:
    """Return each group's raw summary, its posterior mean and interval, and the way from the one to the other.

    Groups stand in the order in which they come; to see that small groups move most, sort them by size first, as in
    the example. Groups of several kinds are drawn by one call for each kind, with its own `xs`, `color` and `label`.

    Parameters
    ----------
    raw : array_like, shape (n_groups,)
        What the data alone say of each group, such as the proportion that survived. NaN for a group without data.
    draws : xarray.DataArray with dims chain, draw and a group dim, or array_like, shape (..., n_groups)
        Posterior draws of the same quantity, groups in the same order as `raw`.
    xs : array_like, shape (n_groups,), optional
        Horizontal positions; 0, 1, 2, ... by default.
    sizes : array_like, shape (n_groups,), optional
        Number of observations in each group; the area of a raw point is proportional to it. All alike by default.
    population : float or array_like, optional
        The mean of the population of groups, or its draws, whose mean is taken: a dashed line.
    prob : float, default 0.89
        Probability of the equal-tailed interval.
    color : color or sequence of n_groups colors, default "C0"
        Of posterior means and intervals.
    label, raw_label : str or None
        Legend entries of the posteriors and the raw points; None for no entry.
    ax : matplotlib.axes.Axes, optional
        Where to draw; the current axes by default.

    Returns
    -------
    Shrinkage
        A named tuple: `raw`, `posterior`, `interval`, `shift` (from raw to posterior mean), and `population` (None
        without one).

    Raises
    ------
    ValueError
        If the numbers of groups differ, `draws` has no sample dim or several others, or `prob` is not between 0 and 1.

    Examples
    --------
    >>> import numpy as np
    >>> from matplotlib.figure import Figure
    >>> ax = Figure().add_subplot()
    >>> rng = np.random.default_rng(1)
    >>> trials, survived = np.array([35, 10, 25]), np.array([21, 10, 10])
    >>> draws = rng.beta(2 + survived, 2 + trials - survived, size=(4000, 3))
    >>> order = np.argsort(trials)
    >>> marks = plot_shrinkage((survived / trials)[order], draws[:, order], sizes=trials[order], population=0.5, ax=ax)
    >>> marks.raw.get_offsets()[:, 1].tolist()
    [1.0, 0.4, 0.6]
    """
    equal_tails(prob)
    mean, lower, upper = mean_and_interval(draws_by_group(draws), prob)
    xs = np.arange(len(mean)) if xs is None else xs
    sizes = np.ones(len(mean)) if sizes is None else sizes
    raw, mean, xs, sizes = same_length(raw=numbers("raw", raw), draws=mean, xs=xs, sizes=numbers("sizes", sizes))
    color = one_color_each(color, len(mean))
    population = None if population is None else numbers("population", population).mean()
    ax = axes_or_current(ax)
    return Shrinkage(
        raw=ax.scatter(xs, raw, s=45 * sizes / sizes.max(), color=_INK, linewidth=0, zorder=3, label=raw_label),
        posterior=plot_scatter(xs, mean, color=color, s=60, linewidth=2, alpha=1, zorder=3.5, label=label, ax=ax),
        interval=plot_errorbar(xs, mean, mean - lower, upper - mean, colors=color, error_width=8, ax=ax),
        shift=ax.vlines(xs, raw, mean, color=_INK, linewidth=1, zorder=2),
        population=None if population is None else _population_line(ax, population),
    )


def _population_line(ax, population):
    style = {"color": _INK, "linestyle": "--", "linewidth": 1.5, "zorder": 1.5}
    return ax.axhline(population, label="population mean", **style)
