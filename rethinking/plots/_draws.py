"""Draws as a plain array, whichever container they came in."""

import numpy as np

from rethinking._intervals import equal_tails
from rethinking._names import kind_of
from rethinking.plots._axes import numbers

_SAMPLE_DIMS = ("chain", "draw", "sample")


def split_dims(draws):
    """Return the names of the sample dims of a DataArray and of its other dims.

    Raises
    ------
    TypeError
        If it is not a DataArray.
    ValueError
        If it has no dim `chain`, `draw` or `sample`.
    """
    # Loading xarray takes seconds; whoever has a DataArray has loaded it already.
    from xarray import DataArray

    if not isinstance(draws, DataArray):
        msg = f"draws must be a DataArray, one variable of a fit, but are {kind_of(draws)}: select the variable."
        raise TypeError(msg)
    sample = [dim for dim in draws.dims if dim in _SAMPLE_DIMS]
    if not sample:
        msg = f"draws need a dim chain, draw or sample, but have {draws.dims}: pass all draws, not their mean."
        raise ValueError(msg)
    return sample, [dim for dim in draws.dims if dim not in _SAMPLE_DIMS]


def draws_by(draws, *dims):
    """Return an array whose first axis runs over all draws and whose others are `dims`, from a DataArray."""
    sample, _ = split_dims(draws)
    ordered = draws.transpose(*sample, *dims)
    return ordered.values.reshape(-1, *(ordered.sizes[dim] for dim in dims))


def draws_by_group(draws):
    """Return an array of shape (number of draws, number of groups).

    Parameters
    ----------
    draws : xarray.DataArray or array_like
        A DataArray with sample dims and one more; or an array whose last axis is the group.
    """
    if hasattr(draws, "dims"):
        _, others = split_dims(draws)
        if len(others) != 1:
            msg = f"draws need one dim besides chain and draw, the group, but have {tuple(others)}: select or stack."
            raise ValueError(msg)
        return draws_by(draws, *others)
    array = numbers("draws", draws)
    if array.ndim < 2:
        msg = f"draws must have the shape (draws, groups), but theirs is {array.shape}."
        raise ValueError(msg)
    return array.reshape(-1, array.shape[-1])


def mean_and_interval(values, prob):
    """Return mean, lower and upper end of the equal-tailed interval over the first axis of an array."""
    lower, upper = np.quantile(values, equal_tails(prob), axis=0)
    return values.mean(axis=0), lower, upper
