"""What a simulation study says about its estimators: the errors in every world, and what they come to."""

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.container import ErrorbarContainer
from matplotlib.lines import Line2D

from rethinking._arguments import require_choice
from rethinking._names import listed, some, told
from rethinking.plots._axes import axes_or_current
from rethinking.studies import study_summary
from rethinking.studies.summary import require_study

if TYPE_CHECKING:
    import xarray as xr

_TRUTH = {"color": "0.15", "linestyle": "--", "linewidth": 1.5, "zorder": 1}
_MARKERS = "osD^vPX"


class Errors(NamedTuple):
    """The artists of :func:`plot_errors`; `bad` is None if no fit is marked."""

    mean: PathCollection
    interval: LineCollection
    bad: PathCollection | None
    zero: Line2D


def plot_errors(found: "xr.Dataset", estimand: str, *, ax: Axes | None = None) -> Errors:
    """Return the error of each estimate, one row for each estimator, with the truth as a vertical line at zero.

    A point is posterior mean minus truth in one simulated world, its bar the interval. It is filled if the interval
    holds the truth and hollow if not; a cross marks fits with bad diagnostics.

    Parameters
    ----------
    found : xarray.Dataset
        What :func:`rethinking.study` returned, with no further dims.
    estimand : str
        Which one.
    ax : matplotlib.axes.Axes, optional
        Where to draw; the current axes by default. Its vertical axis gets the names of the estimators.

    Returns
    -------
    Errors
        A named tuple of artists: `mean`, `interval`, `bad` and `zero`.

    Raises
    ------
    ValueError
        If the study has no such estimand, or more dims.

    Examples
    --------
    >>> import numpy as np
    >>> import xarray as xr
    >>> from matplotlib.figure import Figure
    >>> rng, dims = np.random.default_rng(1), ("estimator", "estimand", "replicate")
    >>> mean = xr.DataArray(rng.normal(size=(2, 1, 9)), dims=dims, coords={"estimator": ["a", "b"], "estimand": ["mu"]})
    >>> found = xr.Dataset({"mean": mean, "lower": mean - 1, "upper": mean + 1, "bad": mean > 2, "truth": 0 * mean[0]})
    >>> marks = plot_errors(found, "mu", ax=Figure().add_subplot())
    >>> len(marks.mean.get_offsets())
    18
    """
    one = _of(found, estimand)
    if set(one["mean"].dims) != {"estimator", "replicate"}:
        msg = f"plot_errors needs the dims estimator and replicate, but got {one['mean'].dims}: select one value."
        raise ValueError(msg)
    one = one.transpose("estimator", "replicate", ...)
    error, lower, upper = ((one[name] - one["truth"]).to_numpy() for name in ("mean", "lower", "upper"))
    rows, n = error.shape
    ys = np.add.outer(np.arange(rows), np.linspace(-0.35, 0.35, n) if n > 1 else np.zeros(1)).ravel()
    colors = [f"C{row}" for row in range(rows) for _ in range(n)]
    covered = ((lower <= 0) & (upper >= 0)).ravel()
    faces, poor = np.where(covered, colors, "white"), one["bad"].to_numpy().ravel()
    ax = axes_or_current(ax)
    ax.set_yticks(range(rows), [str(name) for name in one["estimator"].values])
    ax.set_ylim(rows - 0.5, -0.5)
    size = {"s": float(np.clip(600 / n, 4, 25)), "linewidth": 1}
    cross = {"marker": "x", "color": "0.15", "zorder": 4, "label": "bad diagnostics", **size}
    return Errors(
        mean=ax.scatter(error.ravel(), ys, color=colors, facecolor=faces, zorder=3, **size),
        interval=ax.hlines(ys, lower.ravel(), upper.ravel(), colors=colors, linewidth=1, alpha=0.35, zorder=2),
        bad=ax.scatter(error.ravel()[poor], ys[poor], **cross) if poor.any() else None,
        zero=ax.axvline(0, label="truth", **_TRUTH),
    )


class Performance(NamedTuple):
    """The artists of :func:`plot_performance`: one container for each estimator, and the line of what is right."""

    estimators: list[ErrorbarContainer]
    right: Line2D | None


def plot_performance(
    found: "xr.Dataset",
    estimand: str,
    measure: Literal["bias", "rmse", "coverage"] = "bias",
    *,
    dim: str | None = None,
    ax: Axes | None = None,
) -> Performance:
    """Return a measure of each estimator with its Monte-Carlo error, as rows, or along a further dim of the study.

    Parameters
    ----------
    found : xarray.Dataset
        What :func:`rethinking.study` returned, or several of them concatenated along a further dim, such as the size
        of the groups.
    estimand : str
        Which one.
    measure : {"bias", "rmse", "coverage"}
        As in :func:`rethinking.study_summary`. The bars are one Monte-Carlo standard error to each side; those of the
        coverage end at 0 and 1.
    dim : str, optional
        The further dim, whose values are the horizontal positions; without it, each estimator is a row.
    ax : matplotlib.axes.Axes, optional
        Where to draw; the current axes by default.

    Returns
    -------
    Performance
        A named tuple: `estimators` (error bars, labelled) and `right`: the line at no bias, or at the probability of
        the intervals; None for the root mean squared error, which can only be small.

    Raises
    ------
    ValueError
        If the study has no such estimand or measure, or other dims.

    Examples
    --------
    >>> import numpy as np
    >>> import xarray as xr
    >>> from matplotlib.figure import Figure
    >>> rng, dims = np.random.default_rng(1), ("estimator", "estimand", "replicate")
    >>> mean = xr.DataArray(rng.normal(size=(2, 1, 9)), dims=dims, coords={"estimator": ["a", "b"], "estimand": ["mu"]})
    >>> found = xr.Dataset({"mean": mean, "lower": mean - 1, "upper": mean + 1, "bad": mean > 2, "truth": 0 * mean[0]})
    >>> found = found.assign(sd=1 + 0 * mean).assign_attrs(prob=0.89)
    >>> marks = plot_performance(found, "mu", "coverage", ax=Figure().add_subplot())
    >>> float(marks.right.get_xdata()[0])
    0.89
    """
    require_choice("measure", measure, ("bias", "rmse", "coverage"))
    one = _of(found, estimand)
    if dim is not None and (not isinstance(dim, str) or dim not in one.dims):
        msg = f"dim must name a dim of the study, which has {listed(map(str, one.dims))}, but is {told(dim)}."
        raise ValueError(msg)
    others = set(map(str, one["mean"].dims)) - {"estimator", "replicate", dim}
    if others:
        msg = f"Besides estimator and replicate only dim may be there, but there is {sorted(others)}: select one value."
        raise ValueError(msg)
    table = study_summary(one.expand_dims(estimand=[estimand])).xs(estimand, level="estimand")
    right = {"bias": 0, "coverage": found.attrs.get("prob")}.get(measure)
    ax = axes_or_current(ax)
    look: dict[str, Any] = {"capsize": 2, "markerfacecolor": "white", "markersize": 7, "zorder": 3}
    bars = []
    for row, name in enumerate(one["estimator"].values):
        mine = table.xs(name, level="estimator") if dim else table.loc[[name]]
        style: dict[str, Any] = look | {"color": f"C{row}", "marker": _MARKERS[row % len(_MARKERS)], "label": str(name)}
        value, error = mine[measure], mine[f"{measure}_se"]
        if measure == "coverage":
            error = np.minimum(error, [value, 1 - value])
        if dim:
            bars.append(ax.errorbar(mine.index, value, error, **style))
        else:
            bars.append(ax.errorbar(value, [row], xerr=error, linestyle="none", **style))
    if not dim:
        ax.set_yticks(range(len(bars)), [str(name) for name in one["estimator"].values])
        ax.set_ylim(len(bars) - 0.5, -0.5)
    line = ax.axhline if dim else ax.axvline
    return Performance(bars, None if right is None else line(right, **_TRUTH))


def _of(found, estimand):
    require_study("The picture of a study", found, ("estimand", "mean", "lower", "upper", "truth", "bad"))
    if not isinstance(estimand, str) or estimand not in found["estimand"].values:
        has = some(map(str, found["estimand"].values))
        msg = f"The study has no estimand {told(estimand)}; it has: {has}."
        raise ValueError(msg)
    return found.sel(estimand=estimand, drop=True)
