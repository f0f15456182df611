"""What a prior says about the outcome, under sliders for its hyperparameters."""

from collections.abc import Callable, Mapping, Sequence
from inspect import signature
from itertools import product
from typing import Any

import numpy as np

from rethinking._arguments import require_mapping, require_number, require_whole
from rethinking._intervals import equal_tails
from rethinking._names import told
from rethinking.display.picture import require_picture
from rethinking.pictures.chart import Chart, mark
from rethinking.pictures.frames import Frame, frames_explorer
from rethinking.pictures.shell import Explorer

__all__ = ["prior_explorer"]

BLUE = "#2b87c8"
# Where a prior piles up higher than this many times the even spread, its bar ends at the top of the picture.
CEILING = 5


def prior_explorer(
    simulate: Callable[..., Any],
    sliders: Mapping[str, Sequence],
    start: Mapping[str, Any] | None = None,
    *,
    xlabel: str = "outcome",
    xlim: tuple[float, float] = (0.0, 1.0),
    bins: int = 30,
    prob: float = 0.89,
    seed: int = 0,
) -> Explorer:
    """Return the prior that hyperparameters imply for an outcome, redrawn as their sliders move.

    Parameters
    ----------
    simulate : callable
        ``simulate(rng, **values)`` returns draws of the outcome, for one value of each slider.
    sliders : mapping of str to sequence of float
        The arguments of `simulate` and their positions.
    start : mapping of str to float, optional
        One position of each, for the still; the first ones by default.
    xlabel : str
        The outcome, with its unit.
    xlim : (float, float)
        The limits of the outcome; draws beyond them are counted in words.
    bins : int
        The number of bars.
    prob : float
        The probability in the interval that is put into words.
    seed : int
        Each combination is simulated with this seed, so that the picture moves because of the sliders alone.

    Returns
    -------
    rethinking.pictures.Explorer

    Raises
    ------
    TypeError
        If `simulate` has no argument of a slider's name.
    ValueError
        If a slider has no positions, or `start` is not one of them.

    Examples
    --------
    >>> from rethinking import invlogit
    >>> prior_explorer(lambda rng, sd: invlogit(rng.normal(0, sd, 2000)), {"sd": [0.5, 1.5, 10]}, {"sd": 1.5})
    <Explorer: Histogram of the prior of the outcome. sd = 1.5: 89 % of the prior lies between ...>
    """
    _check(simulate, sliders)
    require_picture({"xlabel": xlabel}, {"xlim": xlim}, seed)
    require_whole("bins", bins, 1, 1000)
    equal_tails(prob)
    low, high = xlim
    chart = Chart((low, high), (0, CEILING / (high - low)), xlabel, "prior density")
    edges = np.linspace(low, high, bins + 1)
    points = [dict(zip(sliders, point, strict=True)) for point in product(*sliders.values())]
    frames = [_frame(chart, edges, point, simulate(np.random.default_rng(seed), **point), prob) for point in points]
    x, width = chart.x(edges[:-1]), chart.x(edges[1]) - chart.x(edges[0])
    return frames_explorer(
        chart,
        lambda frame: "".join(_bars(frame, x, width)),
        sliders,
        frames,
        _position(points, start),
        caption=f"Bars that reach the top are higher than {CEILING} times an even spread.",
        alt=f"Histogram of the prior of the {xlabel}.",
    )


def _check(simulate, sliders):
    if not callable(simulate):
        msg = f"simulate must be a function of an rng and the sliders, but is {told(simulate)}."
        raise TypeError(msg)
    require_mapping("sliders", sliders, "{'sigma': [0.5, 1, 2]}")
    known = signature(simulate).parameters
    for name, values in sliders.items():
        if name not in known and not any(parameter.kind == parameter.VAR_KEYWORD for parameter in known.values()):
            msg = f"simulate has no argument {name!r}, which a slider should set: it has {', '.join(known)}."
            raise TypeError(msg)
        numbers = np.asarray(values) if isinstance(values, list | tuple | range | np.ndarray) else np.array(None)
        if numbers.ndim != 1 or not numbers.size or numbers.dtype.kind not in "biuf":
            msg = f"The slider {name!r} needs a list of one number or more, but got {told(values)}."
            raise ValueError(msg)


def _position(points, start):
    if start is None:
        return 0
    require_mapping("start", start, f"{points[0]}")
    if start.keys() != points[0].keys():
        msg = f"start must name every slider, which are {', '.join(points[0])}, but is {told(start)}."
        raise ValueError(msg)
    for name, value in start.items():
        require_number(f"start of {name!r}", value)
    distances = [sum(abs(point[name] - value) for name, value in start.items()) for point in points]
    if min(distances) > 1e-9:
        near = points[int(np.argmin(distances))]
        msg = f"start is {told(start)}, which is no combination of the sliders' positions: the nearest is {near}."
        raise ValueError(msg)
    return int(np.argmin(distances))


def _frame(chart, edges, point, draws, prob):
    draws = np.ravel(draws)
    counts, _ = np.histogram(draws, edges)
    density = np.minimum(counts / draws.size / np.diff(edges), chart.ylim[1])
    top = np.asarray(chart.y(density))
    low, high = np.quantile(draws, equal_tails(prob))
    beyond = np.mean((draws < edges[0]) | (draws > edges[-1]))
    where = ", ".join(f"{name} = {value:.3g}" for name, value in point.items())
    words = f"{where}: {100 * prob:g} % of the prior lies between {low:.2f} and {high:.2f}."
    words += f" {beyond:.0%} is beyond the picture." if beyond else ""
    marks = {("bar", "y"): top.tolist(), ("bar", "height"): np.round(chart.y(0) - top, 1).tolist()}
    return Frame(marks, words)


def _bars(frame, x, width):
    look = {"fill": BLUE, "fill_opacity": 0.6, "stroke": BLUE}
    for at, y, height in zip(x, frame.marks["bar", "y"], frame.marks["bar", "height"], strict=True):
        yield mark("rect", "bar", x=at, width=round(width, 1), y=y, height=height, **look)
