"""From nutpie's Arrow trace and plain arrays to labelled Datasets, named as ArviZ names them.

ArviZ builds one DataArray after the other, some milliseconds each: for a small model that is a tenth of a fit.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow
import xarray as xr
from numpy.typing import ArrayLike

OF_THE_TRACE = {"tuning", "chain", "draw"}  # columns that say where a row belongs


def posterior_and_stats(
    trace: Any, coords: Mapping[str, ArrayLike], left_out: Collection[str] = ()
) -> tuple[xr.Dataset, xr.Dataset]:
    """Return the Datasets posterior and sample_stats of the draws after tuning.

    Parameters
    ----------
    trace : nutpie's raw trace
        One Arrow batch of draws and one of statistics for each chain.
    coords : mapping of str to array_like
        Labels of dims.
    left_out : collection of str
        Variables that the posterior is not to have: those on a scale of the sampler's own.

    Returns
    -------
    tuple of xarray.Dataset
        A vector that was never recorded is left out; what was recorded at some draws only is missing at the others.
    """
    draws, stats = trace.get_arrow_trace()
    tuning = [int(np.sum(pyarrow.array(batch.column("tuning")).to_numpy(False))) for batch in stats]
    return (
        dataset(*_columns(draws, tuning, left_out), coords),
        dataset(*_columns(stats, tuning, OF_THE_TRACE), coords),
    )


def dataset(
    arrays: Mapping[str, ArrayLike],
    dims: Mapping[str, Sequence[str]],
    coords: Mapping[str, ArrayLike],
    sample_dims: tuple[str, ...] = ("chain", "draw"),
) -> xr.Dataset:
    """Return a Dataset of arrays by name, whose first axes are the sample dims.

    Parameters
    ----------
    arrays : mapping of str to array_like
    dims : mapping of str to list of str
        Names of the other axes; ``name_dim_0`` and so on where there are none.
    coords : mapping of str to array_like
        Labels; an axis without any is numbered.
    sample_dims : tuple of str
    """
    variables, lengths = {}, {}
    for name, values in arrays.items():
        values = np.asarray(values)
        inner = values.ndim - len(sample_dims)
        axes = (*sample_dims, *(dims.get(name) or [f"{name}_dim_{i}" for i in range(inner)]))
        variables[name] = (axes, values)
        lengths |= dict(zip(axes, values.shape, strict=True))
    return xr.Dataset(variables, {dim: coords.get(dim, np.arange(n)) for dim, n in lengths.items()})


def _columns(batches, tuning, left_out):
    """Return an array (chain, draw, ...) for each column that has values, and the dims of each."""
    arrays, dims = {}, {}
    for name in batches[0].column_names:
        fields = [batch.column(name) for batch in batches]
        shape, dims[name] = (_words(fields[0], key) for key in (b"shape", b"dims"))
        columns = [pyarrow.array(field).slice(n) for field, n in zip(fields, tuning, strict=True)]
        if name not in left_out and not (shape and all(column.null_count == len(column) for column in columns)):
            arrays[name] = np.stack([_values(column, [int(n) for n in shape]) for column in columns])
    return arrays, dims


def _words(column, key):
    return [word for word in column.field.metadata.get(key, b"").decode().split(",") if word]


def _values(column, shape):
    if not shape:
        return column.to_numpy(zero_copy_only=False)
    flat = column.flatten().to_numpy(zero_copy_only=False)  # without the missing rows
    if not column.null_count:
        return flat.reshape(len(column), *shape)
    values = np.full((len(column), *shape), np.nan)
    values[~column.is_null().to_numpy(zero_copy_only=False)] = flat.reshape(-1, *shape)
    return values
