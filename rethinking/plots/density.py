"""The density of prior or posterior draws on an Axes."""

from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import FillBetweenPolyCollection
from matplotlib.lines import Line2D
from numpy.typing import ArrayLike

from rethinking._intervals import equal_tails
from rethinking.plots._axes import axes_or_current, numbers
from rethinking.plots.marks import plot_line

# The estimate has 512 points: beyond this ratio of range to middle half fewer than four of them lie in the middle half.
_WIDEST = 128


class Density(NamedTuple):
    """The artists of :func:`plot_density`."""

    line: Line2D
    interval: FillBetweenPolyCollection | None


def plot_density(draws: ArrayLike, *, prob: float | None = 0.89, ax: Axes | None = None, **kwargs: Any) -> Density:
    """Return the density curve of some draws, with the area over their central interval shaded.

    ArviZ's kernel density estimate: its bandwidth copes with several modes, and it loses no mass at the ends of the
    draws, so that a scale stays positive and a probability between 0 and 1. Draws of a count deserve a bar chart.

    Parameters
    ----------
    draws : array_like
        Prior or posterior draws of one quantity, of any shape (chains are put together), all finite.
    prob : float or None, default 0.89
        Probability of the equal-tailed interval to shade; None, best where several curves overlap, shades nothing.
    ax : matplotlib.axes.Axes, optional
        Where to draw; the current axes by default.
    **kwargs
        For :func:`plot_line`: `color`, `label` and others. The shade takes the color of the line.

    Returns
    -------
    Density
        A named tuple: `line`, and `interval` (None if `prob` is None).

    Raises
    ------
    ValueError
        If there are fewer than two different draws, one is not finite, `prob` is not between 0 and 1, or the tails are
        so heavy (Cauchy, say) that the range is over 128 times the middle half.

    Examples
    --------
    >>> import numpy as np
    >>> from matplotlib.figure import Figure
    >>> ax = Figure().add_subplot()
    >>> draws = np.random.default_rng(1).normal(1.5, 0.2, size=(4, 1000))
    >>> curve = plot_density(draws, color="C1", label="sigma", ax=ax)
    >>> x, density = curve.line.get_data()
    >>> bool(abs(x[density.argmax()] - 1.5) < 0.05)
    True
    """
    if prob is not None:
        equal_tails(prob)
    values = _fit_for_a_curve(draws)
    # arviz_stats takes seconds to import, and points and lines do not need it.
    from arviz_stats.base import array_stats

    # Evenly spaced draws divide by zero in ArviZ's search for a bandwidth, which then takes Silverman's.
    with np.errstate(divide="ignore"):
        x, density, _ = array_stats.kde(values)
    ax = axes_or_current(ax)
    (line,) = plot_line(x, density, ax=ax, **kwargs)
    if prob is None:
        return Density(line, None)
    ends = np.quantile(values, equal_tails(prob))
    inside = np.concatenate([ends[:1], x[(x > ends[0]) & (x < ends[1])], ends[1:]])
    shade = ax.fill_between(inside, np.interp(inside, x, density), color=line.get_color(), alpha=0.2, linewidth=0)
    return Density(line, shade)


def _fit_for_a_curve(draws):
    values = numbers("draws", draws).ravel()
    if not np.isfinite(values).all():
        msg = f"draws must be finite, but {np.count_nonzero(~np.isfinite(values))} of {values.size} are not."
        raise ValueError(msg)
    if np.unique(values).size < 2:
        msg = f"a density needs at least two different draws, but all {values.size} are equal."
        raise ValueError(msg)
    lowest, low, high, highest = np.quantile(values, [0, 0.25, 0.75, 1])
    if highest - lowest > _WIDEST * (high - low):
        msg = (
            f"draws from {lowest:g} to {highest:g}, with their middle half from {low:g} to {high:g}, leave too little "
            "of a curve to see: pass only the draws within the range to be shown, or draw a histogram."
        )
        raise ValueError(msg)
    return values
