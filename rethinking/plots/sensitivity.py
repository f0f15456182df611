"""An effect as a function of what is assumed about an unobserved cause: contours, and where its sign changes."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.contour import QuadContourSet
from matplotlib.text import Text
from matplotlib.typing import ColorType

from rethinking._intervals import equal_tails
from rethinking.plots._axes import axes_or_current
from rethinking.plots._draws import draws_by, mean_and_interval, split_dims
from rethinking.plots.contrast import NOTHING

if TYPE_CHECKING:
    import xarray as xr


class Sensitivity(NamedTuple):
    """The artists of :func:`plot_sensitivity`."""

    mean: QuadContourSet | None
    labels: tuple[Text, ...]
    sign: QuadContourSet | None
    unsure: tuple[QuadContourSet, ...]


def plot_sensitivity(
    effect: "xr.DataArray", *, prob: float = 0.89, ax: Axes | None = None, color: ColorType = "C0"
) -> Sensitivity:
    """Return the contours of an effect over two strengths of an unobserved cause, and where its sign changes.

    Thin lines are contours of the mean. On the thick line the mean says "no effect": beyond it the answer has the other
    sign. On the dashed lines an end of the interval says so: between the dashed and the thick line the sign is unsure.
    A line that the grid does not reach is not drawn.

    Parameters
    ----------
    effect : xarray.DataArray
        Draws, as :func:`rethinking.sensitivity` returns them: the dims of two strengths, and chain and draw. The first
        strength goes along the horizontal axis. A point of the grid without draws (NaN) is left white.
    prob : float, default 0.89
        Probability of the equal-tailed interval.
    ax : matplotlib.axes.Axes, optional
        Where to draw; the current axes by default.
    color : color, default "C0"
        Of the thin contours.

    Returns
    -------
    Sensitivity
        A named tuple of artists: `mean` (contours, None if the mean is the same everywhere), its `labels`, `sign` (the
        thick line or None), and `unsure` (the dashed lines).

    Raises
    ------
    TypeError, ValueError
        If there are not just two strengths with two values or more each, or `prob` is not between 0 and 1.

    Examples
    --------
    >>> import xarray as xr
    >>> from matplotlib.figure import Figure
    >>> ax = Figure().add_subplot()
    >>> gap = xr.DataArray([0.0, 1.0, 2.0], dims="gap", coords={"gap": [0.0, 1.0, 2.0]})
    >>> boost = xr.DataArray([0.0, 1.0], dims="boost", coords={"boost": [0.0, 1.0]})
    >>> noise = xr.DataArray(np.linspace(-0.1, 0.1, 100), dims="draw")
    >>> effect = (1 - gap * boost + noise).assign_attrs(compare="difference")
    >>> marks = plot_sensitivity(effect, ax=ax)
    >>> marks.sign.levels.tolist(), ax.get_xlabel(), ax.get_ylabel()
    ([0.0], 'gap', 'boost')
    """
    equal_tails(prob)
    _, strengths = split_dims(effect)
    if len(strengths) != 2 or min(effect.sizes[dim] for dim in strengths) < 2:
        sizes = {dim: effect.sizes[dim] for dim in strengths}
        msg = f"Contours need two strengths with two values or more each, but effect has {sizes}: select or add some."
        raise ValueError(msg)
    ax = axes_or_current(ax)
    across, up = strengths
    x, y = (effect[dim].to_numpy() if dim in effect.coords else np.arange(effect.sizes[dim]) for dim in strengths)
    mean, lower, upper = mean_and_interval(draws_by(effect, up, across), prob)
    nothing = NOTHING.get(effect.attrs.get("compare", "difference"))
    thin, labels = None, ()
    if np.nanmin(mean) < np.nanmax(mean):
        thin = ax.contour(x, y, mean, colors=[color], linewidths=1, linestyles="-")
        labels = tuple(ax.clabel(thin, levels=[level for level in thin.levels if level != nothing], fontsize="small"))
    sign = _where(ax, x, y, mean, nothing, linewidths=3, linestyles="-")
    unsure = [_where(ax, x, y, end, nothing, linewidths=1.5, linestyles="--") for end in (lower, upper)]
    ax.set(xlabel=ax.get_xlabel() or across, ylabel=ax.get_ylabel() or up)
    return Sensitivity(thin, labels, sign, tuple(line for line in unsure if line is not None))


def _where(ax, x, y, values, level, **look):
    """Return the line on which values pass a level, or None if they do not."""
    if level is None or not np.nanmin(values) < level < np.nanmax(values):
        return None
    return ax.contour(x, y, values, levels=[level], colors=["0.3"], **look)
