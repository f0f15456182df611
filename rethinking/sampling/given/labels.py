"""New data in the order of the model: axes by the names of dims, entries by their labels, never against either."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import xarray as xr


class Label(NamedTuple):
    """The labels of one axis, and whether the array names the dim itself (an index of pandas does not)."""

    entries: pd.Index
    explicit: bool


def in_order(
    data: Mapping[str, Any], kept: Mapping[str, tuple], dims: Mapping[str, tuple], coords: Mapping[str, np.ndarray]
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Return new data with axes and entries as the model has them, and the labels that they bring for dims.

    Parameters
    ----------
    data : mapping of str to array_like
        New values by name. Labels are those of a DataArray, or the index (and columns) of something from pandas.
    kept : mapping of str to tuple of str
        Dims of the data that are not replaced.
    dims : mapping of str to tuple of str
        Dims of the model's data, by name.
    coords : mapping of str to array_like
        Labels of the model's dims.

    Raises
    ------
    ValueError
        If dims or labels contradict those of the model or of each other.
    """
    known = {*coords, *(dim for axes in dims.values() for dim in axes)}
    data = {name: _transposed(name, value, dims[name], known) for name, value in data.items()}
    labels = {name: _labels(value, dims[name]) for name, value in data.items()}
    brought = {}
    for dim in {dim: None for found in labels.values() for dim in found}:
        plain = [name for name in data if dim in dims[name] and dim not in labels[name]]
        given = {name: found[dim] for name, found in labels.items() if dim in found}
        base = _base(dim, given, coords)
        for name, label in given.items():
            order = _order(dim, name, label, base, plain)
            if order is not None:
                data[name] = _taken(data[name], dim, dims[name], order)
        if any(label.explicit for label in given.values()):
            brought[dim] = base.entries.to_numpy()
            _refuse_half_a_table(dim, base, given, kept, coords)
    return data, brought


def _transposed(name, value, dims, known):
    """Return a DataArray with its axes as the model has them; anything else as it is."""
    if not isinstance(value, xr.DataArray) or not any(dims) or value.ndim != len(dims):
        return value
    if set(value.dims) == set(dims):
        return value.transpose(*dims)
    for i, (own, dim) in enumerate(zip(value.dims, dims, strict=True)):
        foreign = own != f"dim_{i}" and (value.ndim > 1 or own in known)
        if own != dim and foreign:
            msg = f"{name!r} came with dims {value.dims}, but the model has {dims}: rename them, or give a plain array."
            raise ValueError(msg)
    return value


def _labels(value, dims):
    """Return a Label for each dim of the model along which a value has labels."""
    if isinstance(value, xr.DataArray):
        own = dict(zip(value.dims, dims, strict=False)) if any(dims) else {dim: dim for dim in value.dims}
        found = {own[dim]: Label(index, own[dim] == dim) for dim, index in value.indexes.items() if dim in own}
    elif isinstance(value, pd.DataFrame):
        found = dict(zip(dims, (Label(value.index, False), Label(value.columns, False)), strict=False))
    elif isinstance(value, pd.Series):
        found = {dims[0] if dims else "rows": Label(value.index, False)}
    else:
        found = {}
    return {dim: label for dim, label in found.items() if dim is not None}


def _base(dim, given, coords):
    """Return the labels whose order counts: the model's if they are the same ones, else the first that came."""
    first = next((label for label in given.values() if label.explicit), next(iter(given.values())))
    if dim in coords and _same_entries(pd.Index(coords[dim]), first.entries):
        return Label(pd.Index(coords[dim]), True)
    return first


def _order(dim, name, label, base, plain):
    """Return which entries of an array to take, in which order; None if they are in order or cannot be compared."""
    if label.entries.equals(base.entries):
        return None
    if not _same_entries(label.entries, base.entries):
        if label.explicit and base.explicit:
            msg = f"{name!r} has other labels for {dim!r} than the data that came with it: give the same ones to all."
            raise ValueError(msg)
        return None
    if not base.entries.is_unique:
        msg = f"{name!r} has its labels for {dim!r} in another order, and they repeat: bring the arrays into one order."
        raise ValueError(msg)
    if plain:
        msg = (
            f"{name!r} has its labels for {dim!r} in another order than the model, and {plain[0]!r} has no labels:"
            f" give both with labels, or both as plain arrays in one order."
        )
        raise ValueError(msg)
    return label.entries.get_indexer(base.entries)


def _taken(value, dim, dims, order):
    if isinstance(value, xr.DataArray):
        return value.isel({value.dims[dims.index(dim)] if dim in dims else dim: order})
    return value.take(order, axis=dims.index(dim) if dim in dims else 0)


def _same_entries(a, b):
    return len(a) == len(b) and Counter(a.tolist()) == Counter(b.tolist())


def _refuse_half_a_table(dim, base, given, kept, coords):
    """Refuse new labels of a dim along which other data stay as they are."""
    old = [name for name, axes in kept.items() if dim in axes]
    if old and dim in coords and not base.entries.equals(pd.Index(coords[dim])):
        name = next(name for name, label in given.items() if label.explicit)
        msg = f"{name!r} brings other labels for {dim!r} than {old[0]!r} has, which stays: pass new values for both."
        raise ValueError(msg)
