"""Which axes a mark draws on, and what it asks of its numbers."""

import numpy as np
from matplotlib.colors import is_color_like


def axes_or_current(ax):
    """Return `ax`, or pyplot's current axes if `ax` is None."""
    if ax is not None:
        return ax
    # pyplot chooses a window system when it is first imported, so it is left alone until somebody asks for its axes.
    from matplotlib import pyplot

    return pyplot.gca()


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
    ValueError
        If one differs in length from the first, or has more than one dimension.
    """
    arrays = {name: np.atleast_1d(np.asarray(value)) for name, value in values.items()}
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


def one_color_each(colors, n):
    """Return `colors` if it is one color, and otherwise a list, after checking that it has `n` colors."""
    if is_color_like(colors):
        return colors
    if len(colors) != n:
        msg = f"colors must be one color or one for each point, but there are {len(colors)} colors for {n} points."
        raise ValueError(msg)
    return list(colors)


def check_prob(prob):
    """Raise ValueError unless `prob` is a probability strictly between 0 and 1."""
    if not 0 < prob < 1:
        msg = f"prob must lie between 0 and 1, but is {prob!r}: pass 0.89 for an interval that holds 89 % of the draws."
        raise ValueError(msg)
