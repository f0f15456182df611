"""What an object consists of, in simpler things, so that two objects can be told apart in two processes."""

import copyreg
import functools
import random
import types
from collections.abc import Iterator
from functools import singledispatch
from typing import Any

import numpy as np
import pandas as pd
import pymc as pm
import xarray as xr
from pandas.api.extensions import ExtensionArray
from pytensor.graph.basic import Variable

from rethinking.studies.sameness.references import is_installed

__all__ = ["members", "parts"]

# What changes while it is used, or has other numbers in each process: its state now says nothing of the next run's.
FLEETING = {
    (np.random.Generator, np.random.RandomState, random.Random): "draw from the rng that simulate is given",
    (pm.Model, Variable): "build the model inside the function",
    (Iterator,): "make a list of it",
}
# Of a class: where it stands, and what Python notes about it.
NOTES = {
    "__module__", "__dict__", "__weakref__", "__doc__", "__firstlineno__", "__static_attributes__", "__slotnames__",
    "__annotations__", "__annotate__", "__annotate_func__", "__annotations_cache__", "__abstractmethods__", "_abc_impl",
}  # fmt: skip


def members(kind: type) -> dict[str, Any]:
    """Return what the body of a class defines, by name."""
    made_by_python = types.GetSetDescriptorType, types.MemberDescriptorType
    return {k: v for k, v in vars(kind).items() if k not in NOTES and not isinstance(v, made_by_python)}


def parts(thing: Any, path: str) -> list:
    """Return simpler things that make up an object: by its kind, or by what pickle would save of it.

    Parameters
    ----------
    thing : object
    path : str
        Its place in the code, which the message names.

    Raises
    ------
    TypeError
        If its parts cannot be known, or would be others in another process.
    """
    if thing is np.random.mtrand._rand:  # what scipy.stats falls back on, so that each frozen distribution has it
        return []
    remedies = [remedy for kinds, remedy in FLEETING.items() if isinstance(thing, kinds)]
    found = None if remedies else _parts(thing)
    if found is None:
        msg = (
            f"{path} is a {type(thing).__qualname__}, and nobody can tell whether it is the same in another process:"
            f" {(remedies or ['make it inside the function'])[0]}, or leave out store=."
        )
        raise TypeError(msg)
    return found


@singledispatch
def _parts(thing) -> list | None:
    """Return what pickle would save of an object, or None if it would not."""
    if hasattr(thing, "py_func"):  # compiled by numba
        return [thing.py_func, getattr(thing, "targetoptions", None)]
    reduce = copyreg.dispatch_table.get(type(thing))
    try:
        reduced: Any = reduce(thing) if reduce else thing.__reduce_ex__(4)
    except Exception:
        return None
    if isinstance(reduced, str):  # a name; functools.lru_cache keeps the function
        return [getattr(thing, "__module__", None), reduced, getattr(thing, "__wrapped__", None)]
    make, arguments, state, items, pairs = (*reduced, None, None, None)[:5]
    if isinstance(state, dict):
        cached = {k for k in state if isinstance(getattr(type(thing), str(k), None), functools.cached_property)}
        state = sorted(((k, v) for k, v in state.items() if k not in cached), key=lambda pair: str(pair[0]))
    return [make, arguments, state, list(items or ()), list(pairs or ())]


@_parts.register
def _(module: types.ModuleType) -> list | None:
    return [module.__name__] if is_installed(module.__name__) else None


@_parts.register(staticmethod)
@_parts.register(classmethod)
def _(method) -> list:
    return [method.__func__]


@_parts.register
def _(mapping: types.MappingProxyType) -> list:
    return [dict(mapping)]


@_parts.register
def _(attribute: property) -> list:
    return [attribute.fget, attribute.fset, attribute.fdel]


@_parts.register
def _(array: np.ndarray) -> list:
    return [str(array.dtype), array.shape, np.asarray(array).ravel().tolist()]


@_parts.register
def _(array: np.ma.MaskedArray) -> list:
    return [np.asarray(array), np.ma.getmaskarray(array)]


@_parts.register
def _(array: ExtensionArray) -> list:
    categories = [array.categories, array.ordered] if isinstance(array, pd.Categorical) else None
    return [str(array.dtype), categories, np.asarray(array, dtype=object)]


@_parts.register
def _(index: pd.Index) -> list:
    return [list(index.names), np.asarray(index) if isinstance(index.dtype, np.dtype) else index.array]


@_parts.register
def _(series: pd.Series) -> list:
    values = np.asarray(series) if isinstance(series.dtype, np.dtype) else series.array
    return [series.name, series.attrs, series.index, values]


@_parts.register
def _(frame: pd.DataFrame) -> list:
    return [frame.attrs, frame.index, frame.columns, [frame.iloc[:, i] for i in range(frame.shape[1])]]


@_parts.register
def _(array: xr.DataArray) -> list:
    return [array.name, array.attrs, array.dims, array.to_numpy(), _variables(array.coords)]


@_parts.register
def _(dataset: xr.Dataset) -> list:
    return [dataset.attrs, _variables(dataset.data_vars), _variables(dataset.coords)]


@_parts.register
def _(tree: xr.DataTree) -> list:
    return [(node.path, node.to_dataset()) for node in tree.subtree]


def _variables(labelled):
    return [(name, one.dims, one.attrs, one.to_numpy()) for name, one in labelled.items()]
