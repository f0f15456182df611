"""Estimates of one quantity by several estimators, held against the truth that a simulation knows."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.lines import Line2D

from rethinking._arguments import require_number, require_text
from rethinking._intervals import equal_tails
from rethinking.plots._axes import axes_or_current
from rethinking.plots._draws import draws_by, mean_and_interval, split_dims

if TYPE_CHECKING:
    import xarray as xr


class Estimates(NamedTuple):
    """The artists of :func:`plot_estimates`."""

    mean: PathCollection
    interval: LineCollection
    truth: Line2D | None


def plot_estimates(
    draws: "xr.DataArray",
    truth: float | None = None,
    *,
    dim: str = "estimator",
    prob: float = 0.89,
    ax: Axes | None = None,
) -> Estimates:
    """Return posterior means and intervals, one row for each estimator, and the truth as a vertical line.

    With simulated data sets as a further dim, each row holds one interval for each of them: a cloud beside the line is
    bias, its width is the spread over data sets. A point is filled if its interval covers the truth and hollow if not,
    so that of intervals with probability 0.89 about one in nine should be hollow. (For the parameters of one fit, use
    :func:`arviz.plot_forest`.)

    Parameters
    ----------
    draws : xarray.DataArray
        Posterior draws of one quantity, with sample dims, `dim`, and at most one dim more: the simulated data sets.
    truth : float, optional
        The value that the draws should recover.
    dim : str, default "estimator"
        The dim whose coordinate names the rows, the first on top.
    prob : float, default 0.89
        Probability of the equal-tailed intervals.
    ax : matplotlib.axes.Axes, optional
        Where to draw; the current axes by default. Its vertical axis gets the names of the rows.

    Returns
    -------
    Estimates
        A named tuple: `mean`, `interval` (both in the order of rows, then data sets), and `truth` (None without one).

    Raises
    ------
    TypeError
        If `draws` is not a DataArray.
    ValueError
        If `draws` lacks `dim` or a sample dim, or has more than one dim besides, or `prob` is not between 0 and 1.

    Examples
    --------
    >>> import numpy as np
    >>> import xarray as xr
    >>> from matplotlib.figure import Figure
    >>> ax = Figure().add_subplot()
    >>> draws = xr.DataArray(
    ...     np.random.default_rng(1).normal([[0.5], [0.0]], 0.1, size=(1000, 2, 8)),
    ...     dims=["draw", "estimator", "data_set"],
    ...     coords={"estimator": ["naive", "mundlak"]},
    ... )
    >>> marks = plot_estimates(draws, truth=0.0, ax=ax)
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['naive', 'mundlak']
    >>> len(marks.interval.get_segments())
    16
    """
    equal_tails(prob)
    if truth is not None:
        require_number("truth", truth)
    require_text("dim", dim, "estimator")
    values = _draws_by_row(draws, dim)
    _, n_rows, n_sets = values.shape
    mean, lower, upper = (part.ravel() for part in mean_and_interval(values, prob))
    offsets = np.linspace(-0.3, 0.3, n_sets) if n_sets > 1 else np.zeros(1)
    ys = np.add.outer(np.arange(n_rows), offsets).ravel()
    colors = [f"C{row}" for row in range(n_rows) for _ in range(n_sets)]
    covered = np.full(ys.shape, True) if truth is None else (lower <= truth) & (truth <= upper)
    ax = axes_or_current(ax)
    ax.set_yticks(np.arange(n_rows), [str(name) for name in draws[dim].values])
    ax.set_ylim(n_rows - 0.5, -0.5)
    faces = np.where(covered, colors, "white")
    line = {"color": "0.15", "linestyle": "--", "linewidth": 1.5, "zorder": 1, "label": "truth"}
    return Estimates(
        mean=ax.scatter(mean, ys, s=25, color=colors, facecolor=faces, linewidth=1.5, zorder=3),
        interval=ax.hlines(ys, lower, upper, colors=colors, linewidth=2, alpha=0.6, zorder=2),
        truth=None if truth is None else ax.axvline(truth, **line),
    )


def _draws_by_row(draws, dim):
    _, others = split_dims(draws)
    if dim not in others or len(others) > 2:
        msg = f"draws need the dim {dim!r} and at most one more besides chain and draw, but have {tuple(others)}."
        raise ValueError(msg)
    values = draws_by(draws, dim, *(other for other in others if other != dim))
    return values.reshape(*values.shape[:2], -1)
