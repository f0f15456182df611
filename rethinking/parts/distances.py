"""A matrix of distances, read by the labels of a model, and refused if it is none."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from pymc.model.core import Model
from pytensor.tensor.variable import TensorVariable

from rethinking._arguments import require_text
from rethinking._names import kind_of, nearest

__all__ = ["read_distances"]


def read_distances(distance: Any, dims: str | None) -> tuple[np.ndarray | None, TensorVariable | None]:
    """Return distances as numbers, in the order of the labels of a dim, and as a variable if they came as one.

    Both are None where nothing can be known: the numbers of a variable that is computed, the variable of an array.
    """
    labels = _labels(dims)
    symbol = distance if hasattr(distance, "owner") else None
    if symbol is not None:
        distance = symbol.get_value() if hasattr(symbol, "get_value") else getattr(symbol, "data", None)
        if distance is None:
            return None, symbol
    if isinstance(distance, pd.DataFrame) and distance.shape[0] == distance.shape[1]:
        distance = _by_label(distance, list(distance.index) if labels is None else labels)
    try:
        held = np.asarray(distance, dtype=float)
    except (TypeError, ValueError):
        msg = f"Distances must be a matrix of numbers, things by things: got {kind_of(distance)} with something else."
        raise TypeError(msg) from None
    if held.ndim != 2 or held.shape[0] != held.shape[1]:
        like = ", which looks like coordinates" if held.ndim else ""
        shape = " x ".join(map(str, held.shape)) or "one number"
        msg = f"Distances must be a square matrix, things by things: got {shape}{like}."
        raise ValueError(msg)
    if labels is not None and len(labels) != len(held):
        msg = f"The dim {dims!r} has {len(labels)} labels, and the matrix {len(held)} rows: give a DataFrame."
        raise ValueError(msg)
    _check_distance(held)
    return held, symbol


def _labels(dims: str | None) -> Sequence | None:
    if dims is None:
        return None
    require_text("dims", dims, "species")
    model = Model.get_context(error_if_none=False)
    if model is None:
        msg = f"The labels of the dim {dims!r} are those of a model: write the call within `with pm.Model(coords=...)`."
        raise ValueError(msg)
    found = model.coords.get(dims)
    if found is None:
        msg = f"The model has no labels for the dim {dims!r}: give them as pm.Model(coords={{{dims!r}: ...}})."
        raise ValueError(msg)
    return list(found)


def _by_label(distance: pd.DataFrame, labels: Sequence) -> pd.DataFrame:
    for axis in ("index", "columns"):
        has = getattr(distance, axis)
        if not has.is_unique:
            msg = f"The label {has[has.duplicated()][0]!r} is twice in the {axis} of the distances."
            raise ValueError(msg)
        if lost := [each for each in labels if each not in has]:
            near = nearest(str(lost[0]), map(str, has))
            advice = f"; did you mean {near!r}?" if near else ", whose labels must be those of the things."
            msg = f"{len(lost)} of {len(labels)} labels are not in the {axis} of the distances: {lost[0]!r}{advice}"
            raise ValueError(msg)
    return distance.loc[labels, labels]


def _check_distance(d: np.ndarray) -> None:
    """Refuse what no distance can be, and say how far it is from being one."""
    if not len(d):
        msg = "There are no distances: got a matrix of 0 rows."
    elif not np.isfinite(d).all():
        msg = f"Distances must be finite: {(~np.isfinite(d)).sum()} of {d.size} are missing or infinite."
    elif d.min() < 0:
        msg = f"Distances cannot be negative: {(d < 0).sum()} of {d.size} are, down to {d.min():.3g}."
    elif d.diagonal().max() > 0:
        far = d.diagonal().max()
        msg = f"Everything is at distance 0 from itself, but the diagonal holds {far:.3g}: is this a covariance?"
    elif (gap := np.abs(d - d.T).max()) > 1e-8 * d.max():
        msg = f"Distances must be the same in both directions, and these differ by up to {gap:.3g}."
    else:
        return
    raise ValueError(msg)
