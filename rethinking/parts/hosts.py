"""What a part asks of the model that it is added to: that there is one, its dims, free names, its variables."""

from collections.abc import Sequence
from numbers import Real
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from pymc.pytensorf import rvs_in_graph
from pytensor.graph.basic import Variable

from rethinking._names import listed, nearest, told

__all__ = ["host_of", "require_free", "require_of_model", "scalar_of", "two_dims"]

MADE = {"sd": 'pm.Exponential("sigma", 1)', "eta": 'pm.Gamma("eta", 2, 1)'}


def host_of(part: str) -> pm.Model:
    """Return the model whose block we are in, or raise TypeError."""
    model: Any = pm.Model.get_context(error_if_none=False)
    if model is None:
        msg = f"{part} adds to a model: call it in a block that begins with `with pm.Model(coords=...)`."
        raise TypeError(msg)
    return model


def two_dims(model: pm.Model, dims: Any, what: str, example: Sequence[str]) -> tuple[str, str]:
    """Return two different dims of a model, or raise TypeError or ValueError."""
    pair = tuple(dims) if isinstance(dims, tuple | list) else ()
    if len(pair) != 2 or not all(isinstance(dim, str) for dim in pair):
        msg = f"dims must name {what}, as in {tuple(example)}, but is {told(dims)}."
        raise TypeError(msg)
    for dim in pair:
        if dim not in model.dim_lengths:
            near = nearest(dim, model.dim_lengths)
            known = f"only {listed(map(repr, model.dim_lengths))}" if model.dim_lengths else "no coords"
            hint = f" Did you mean {near!r}?" if near else ""
            msg = f"dims names {told(dim)}, but the model has {known}.{hint}"
            raise ValueError(msg)
    if pair[0] == pair[1]:
        msg = f"dims must name {what}, two dims, but names {pair[0]!r} twice."
        raise ValueError(msg)
    return pair


def require_free(model: pm.Model, name: Any, suffixes: Sequence[str], example: str) -> None:
    """Raise TypeError or ValueError unless a model may get variables of a name, alone and with suffixes."""
    if not isinstance(name, str) or not name:
        msg = f"name must be the effects' name, as {example!r}, but is {told(name)}."
        raise TypeError(msg)
    taken = [one for one in (name, *(f"{name}_{suffix}" for suffix in suffixes)) if one in model.named_vars]
    if taken:
        msg = f"The model has a variable {taken[0]!r} already: choose another name than {name!r} for the effects."
        raise ValueError(msg)


def require_of_model(model: pm.Model, value: Variable, argument: str) -> None:
    """Raise ValueError if a variable rests on a distribution that the model does not hold, as one made by .dist()."""
    if set(rvs_in_graph(value)) - set(model.basic_RVs):
        made = MADE[argument]
        msg = f"{argument} is a distribution without a name, which the model does not know: add it, as {made}."
        raise ValueError(msg)


def scalar_of(model: pm.Model, value: Any, argument: str, why: str) -> Any:
    """Return a number above 0 as a constant, or a scalar variable of the model as it is; else raise an error.

    `why` says why there is one number only.
    """
    if isinstance(value, Variable):
        if getattr(value, "ndim", None) != 0:
            msg = f"{argument} is one number, because {why}, but has {getattr(value, 'ndim', 'no')} dimensions."
            raise ValueError(msg)
        require_of_model(model, value, argument)
        return value
    if isinstance(value, bool | np.bool_) or not isinstance(value, Real):
        made = MADE[argument]
        msg = f"{argument} must be one number above 0 or a variable of the model, as {made}, but is {told(value)}."
        raise TypeError(msg)
    if not 0 < float(value) < np.inf:
        msg = f"{argument} must be a number above 0, but is {value}."
        raise ValueError(msg)
    return pt.constant(np.asarray(value, dtype=float))
