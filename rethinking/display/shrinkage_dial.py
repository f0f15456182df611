"""Shrinkage under a slider: estimates move between what each group says and what all groups say."""

import numpy as np
from numpy.typing import ArrayLike
from xarray import DataArray

from rethinking._arguments import require_text, require_whole
from rethinking._intervals import equal_tails
from rethinking._names import told
from rethinking.display.picture import require_picture
from rethinking.pictures.chart import Chart, mark
from rethinking.pictures.frames import Frame, frames_explorer
from rethinking.pictures.shell import Explorer

__all__ = ["shrinkage_explorer"]

BLUE, ORANGE = "#2b87c8", "#d55e00"


def shrinkage_explorer(
    raw: ArrayLike,
    draws: DataArray,
    over: str = "sigma",
    population: DataArray | None = None,
    *,
    xlabel: str = "group",
    ylabel: str = "estimate",
    ylim: tuple[float, float] = (0.0, 1.0),
    start: int = 0,
    prob: float = 0.89,
) -> Explorer:
    """Return raw estimates of groups and their posteriors, which a slider moves through the fits of a sweep.

    Parameters
    ----------
    raw : array_like
        The estimate from each group's own data, shape (group,).
    draws : xarray.DataArray
        Posterior draws on the scale of `raw`, with the dims ``chain``, ``draw``, `over` and one more, the group.
    over : str
        The dim that the slider moves through.
    population : xarray.DataArray, optional
        Draws of the population's centre, with the dims ``chain``, ``draw`` and `over`.
    xlabel, ylabel : str
        The labels of the axes, with units.
    ylim : (float, float)
        The limits of the vertical axis.
    start : int
        The position of the slider in the still.
    prob : float
        The probability in the equal-tailed intervals.

    Returns
    -------
    rethinking.pictures.Explorer

    Raises
    ------
    ValueError
        If a dim is missing, or the numbers of groups differ.

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> draws = np.random.default_rng(1).beta(5, 5, size=(3, 2, 50, 4))
    >>> fits = xr.DataArray(draws, dims=["sigma", "chain", "draw", "tank"], coords={"sigma": [0.1, 1, 5]})
    >>> shrinkage_explorer([0.2, 0.4, 0.6, 0.8], fits)
    <Explorer: Raw estimates of 4 groups and their posterior means. sigma = 0.1: ...>
    """
    require_picture({"xlabel": xlabel, "ylabel": ylabel}, {"ylim": ylim})
    raw = _array(raw)
    _check(raw, draws, over)
    if population is not None and (not isinstance(population, DataArray) or population.ndim != 3):
        msg = f"population must be draws with the dims chain, draw and {over}, but is {told(population)}."
        raise TypeError(msg)
    require_whole("start", start, 0, draws.sizes[over] - 1)
    bottom, top = ylim
    chart = Chart((0, raw.size + 1), (bottom, top), xlabel, ylabel)
    sample = ("chain", "draw")
    tails = equal_tails(prob)
    mean = draws.mean(sample).transpose(over, ...).to_numpy()
    low, high = draws.quantile(tails, sample).transpose("quantile", over, ...).to_numpy()
    centre = None if population is None else population.mean(sample).transpose(over).to_numpy()
    positions = draws[over].to_numpy()
    frames = [
        _frame(chart, f"{over} = {value:.3g}", raw, mean[i], low[i], high[i], None if centre is None else centre[i])
        for i, value in enumerate(positions)
    ]
    x = chart.x(np.arange(1, raw.size + 1))
    dots = [mark("circle", cx=at, cy=chart.y(y), r=3, fill="currentColor") for at, y in zip(x, raw, strict=True)]
    return frames_explorer(
        chart,
        lambda frame: "".join([*dots, *_marks(chart, frame, x, chart.y(raw))]),
        {over: positions.tolist()},
        frames,
        start,
        caption=_caption(prob, centre is not None),
        alt=f"Raw estimates of {raw.size} groups and their posterior means.",
    )


def _array(raw):
    try:
        return np.asarray(raw, dtype=float)
    except (TypeError, ValueError):
        msg = f"raw must be numbers, one for each group, but is {told(raw)}."
        raise TypeError(msg) from None


def _check(raw, draws, over):
    if not isinstance(draws, DataArray):
        msg = f"draws must be a DataArray, one variable of a fit, but is {told(draws)}: select the variable."
        raise TypeError(msg)
    require_text("over", over, "sigma")
    missing = {"chain", "draw", over} - set(draws.dims)
    if missing or draws.ndim != 4:
        has = ", ".join(map(str, draws.dims))
        msg = f"draws needs the dims chain, draw, {over} and that of the groups, but has {has}."
        raise ValueError(msg)
    (group,) = set(draws.dims) - {"chain", "draw", over}
    if raw.shape != (draws.sizes[group],):
        msg = f"raw has the shape {raw.shape}, but draws has {draws.sizes[group]} groups along {group!r}."
        raise ValueError(msg)


def _frame(chart, where, raw, mean, low, high, centre):
    marks = {
        ("estimate", "cy"): chart.y(mean),
        ("move", "y2"): chart.y(mean),
        ("interval", "y1"): chart.y(low),
        ("interval", "y2"): chart.y(high),
    }
    if centre is not None:
        marks |= {("population", "y1"): [chart.y(centre)], ("population", "y2"): [chart.y(centre)]}
    moved, spread = np.abs(mean - raw).mean(), mean.std()
    words = (
        f"{where}: on average the posterior means lie {moved:.2f} from the raw estimates; their own sd is {spread:.2f}."
    )
    return Frame(marks, words)


def _marks(chart, frame, x, raw):
    look = {"stroke": BLUE, "stroke_width": 1.5}
    low, high, mean = (frame.marks[key] for key in [("interval", "y1"), ("interval", "y2"), ("estimate", "cy")])
    for at, y1, y2 in zip(x, low, high, strict=True):
        yield mark("line", "interval", x1=at, x2=at, y1=y1, y2=y2, stroke_opacity=0.45, **look | {"stroke_width": 4})
    for at, y, y2 in zip(x, raw, mean, strict=True):
        yield mark("line", "move", x1=at, x2=at, y1=y, y2=y2, stroke="currentColor")
    for at, y in zip(x, mean, strict=True):
        yield mark("circle", "estimate", cx=at, cy=y, r=4.5, fill="none", **look | {"stroke_width": 2})
    for y in frame.marks.get(("population", "y1"), []):
        ends = {"x1": chart.x(chart.xlim[0]), "x2": chart.x(chart.xlim[1]), "y1": y, "y2": y}
        yield mark("line", "population", **ends, stroke=ORANGE, stroke_width=2, stroke_dasharray="7 4")


def _caption(prob, has_population):
    line = " Dashed line: centre of the population." if has_population else ""
    return f"Dots: raw estimates. Circles: posterior means, with {100 * prob:g} % intervals.{line}"
