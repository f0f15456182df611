"""Which axes a mark draws on, and what it asks of its numbers."""

from datetime import date
from numbers import Real
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import is_color_like
from matplotlib.typing import ColorType

from rethinking._names import told


def axes_or_current(ax: Axes | None) -> Axes:
    """Return `ax`, or pyplot's current axes if `ax` is None; raise TypeError if it is something else."""
    if ax is not None and not isinstance(ax, Axes):
        advice = (
            "pick one of them"
            if isinstance(ax, list | tuple | np.ndarray)
            else "the second of fig, ax = plt.subplots() is one"
        )
        msg = f"ax must be one Axes, but is {told(ax)}: {advice}."
        raise TypeError(msg)
    if ax is not None:
        return ax
    # pyplot chooses a window system when it is first imported, so it is left alone until somebody asks for its axes.
    from matplotlib import pyplot

    return pyplot.gca()


def points(name, value):
    """Return positions as an array of at least one dimension: numbers, dates or words.

    Raises
    ------
    TypeError
        If they are something else.
    """
    try:
        array = np.atleast_1d(np.asarray(value))
    except (TypeError, ValueError):
        array = np.array([None])
    mixed = array.dtype.kind in "OT" and all(isinstance(one, Real | str | date) for one in array.flat)
    if not mixed and array.dtype.kind not in "biufMmU":
        msg = f"{name} must be numbers, one for each point, but is {told(value)}."
        raise TypeError(msg)
    return array


def numbers(name, value):
    """Return numbers as an array of floats, or raise TypeError if they are no numbers.

    Examples
    --------
    >>> numbers("raw", ["high", "low"])
    Traceback (most recent call last):
    TypeError: raw must be numbers, but is ['high', 'low'].
    """
    array = points(name, value)
    if array.dtype.kind not in "biuf" and not all(isinstance(one, Real) for one in array.flat):
        msg = f"{name} must be numbers, but is {told(value)}."
        raise TypeError(msg)
    return array.astype(float)


def same_length(**values):
    """Return the values as arrays of one dimension, after checking that they are equally long.

    Parameters
    ----------
    **values : array_like or scalar
        Under the names that the caller of the mark knows them by; a scalar counts as one number.

    Returns
    -------
    list of numpy.ndarray

    Raises
    ------
    TypeError
        If one holds neither numbers, dates nor words.
    ValueError
        If one differs in length from the first, or has more than one dimension.
    """
    arrays = {name: points(name, value) for name, value in values.items()}
    first, *others = arrays
    for name, array in arrays.items():
        if array.ndim > 1:
            msg = f"{name} must have one dimension, but its shape is {array.shape}: pass one number for each point."
            raise ValueError(msg)
    for name in others:
        if len(arrays[name]) != len(arrays[first]):
            msg = (
                f"{first} and {name} must be equally long, but hold {len(arrays[first])} and {len(arrays[name])}: "
                "pass one of each for every point."
            )
            raise ValueError(msg)
    return list(arrays.values())


def one_color_each(colors: Any, n: int) -> ColorType | list[ColorType]:
    """Return `colors` if it is one color, and otherwise a list, after checking that it has `n` colors."""
    if is_color_like(colors):
        return colors
    if not hasattr(colors, "__len__") or not all(map(is_color_like, colors)):
        msg = f"colors must be one color, such as 'C0', or one for each point, but is {told(colors)}."
        raise ValueError(msg)
    if len(colors) != n:
        msg = f"colors must be one color or one for each point, but there are {len(colors)} colors for {n} points."
        raise ValueError(msg)
    return list(colors)
