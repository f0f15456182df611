"""What enters the likelihood of one variable in a PyMC model, read from the graph of the computation.

Everything is asked of the objects in the model itself, so that neither PyMC nor PyTensor is imported here.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import lazy_loader

from rethinking._names import nearest

if TYPE_CHECKING:
    import pymc as pm

np = lazy_loader.load("numpy")

__all__ = [
    "PRODUCTS",
    "Likelihood",
    "Lookup",
    "all_above",
    "find_likelihood",
    "is_a",
    "parents",
    "random_above",
    "read",
    "same_data",
    "source",
    "unknown_name",
    "values",
]

PRODUCTS = ("Mul", "TrueDiv", "Dot", "Matmul", "BatchedDot")
LOOKUPS = ("AdvancedSubtensor", "AdvancedSubtensor1")


@dataclass(frozen=True)
class Lookup:
    """A value that is looked up, ``vector[index]``, and whether it is added to the linear model as it is."""

    vector: object
    index: object
    is_added: bool


@dataclass(frozen=True)
class Likelihood:
    """The observed random variable, its data, the variables above it up to data or a stop, and its lookups."""

    variable: object
    data: object
    reached: tuple
    lookups: tuple[Lookup, ...]


def find_likelihood(model: "pm.Model", name: str, wanted: object) -> object:
    """Return the observed random variable of a model that has the data of a variable of the graph.

    Parameters
    ----------
    model : pymc.Model
        The model.
    name : str
        The variable of the graph.
    wanted : str or array
        The name of the random variable or of the pm.Data that it is observed as, or the data.

    Raises
    ------
    ValueError
        If there is none.
    """
    for variable in model.observed_RVs:
        held = source(model.rvs_to_values[variable])
        if isinstance(wanted, str):
            if wanted in (variable.name, held.name) or f"{wanted}_observed" == variable.name:
                return variable
        elif same_data(values(held), wanted):
            return variable
    known = [variable.name for variable in model.observed_RVs]
    advice = f"its likelihoods are {', '.join(known)}: say names={{{name!r}: {known[0]!r}}}" if known else "it has none"
    msg = f"the model has no likelihood for {name!r}; {advice}"
    raise ValueError(msg)


def read(model: "pm.Model", variable: object, stops: Iterable[object] = ()) -> Likelihood:
    """Return what enters the likelihood of a random variable of a model.

    Parameters
    ----------
    model : pymc.Model
        The model.
    variable : TensorVariable
        One of its observed random variables.
    stops : iterable of TensorVariable
        Variables that are known: what they were computed or drawn from does not matter. Other observed random
        variables are known anyhow.

    Returns
    -------
    Likelihood
    """
    known = {*stops, *model.observed_RVs} - {variable}
    unread = set(model.dim_lengths.values())
    waiting, seen, lookups = [(above, True) for above in parents(variable)], {}, {}
    while waiting:
        state = current, additive = waiting.pop()
        if state in seen or current in unread:
            continue
        seen[state] = None
        if current in known or current.owner is None:
            continue
        if is_a(current.owner, LOOKUPS):
            vector, *indices = current.owner.inputs
            lookups |= {Lookup(vector, source(index), additive): None for index in indices if index.ndim}
        for above in parents(current):
            waiting.append((above, additive and not _scaled_by_data(current.owner, above, unread)))
    data = values(source(model.rvs_to_values[variable]))
    return Likelihood(variable, data, tuple(dict.fromkeys(current for current, _ in seen)), tuple(lookups))


def parents(variable: object) -> list:
    """Return what a variable is computed from; for a random one, its parameters."""
    node = variable.owner
    if node is None:
        return []
    return list(node.op.dist_params(node)) if hasattr(node.op, "dist_params") else list(node.inputs)


def random_above(variable: object, free: set) -> Iterator[object]:
    """Yield the free random variables that a variable depends on, itself included."""
    return (above for above in all_above(variable) if above in free)


def source(variable: object) -> object:
    """Return the data below casts and changes of shape."""
    while variable.owner is not None and len(variable.owner.inputs) == 1:
        variable = variable.owner.inputs[0]
    return variable


def all_above(variable: object) -> dict:
    """Return a variable and everything that it is computed from, as the keys of a dictionary."""
    waiting, seen = [variable], {}
    while waiting:
        current = waiting.pop()
        if current not in seen:
            seen[current] = None
            waiting += parents(current)
    return seen


def values(variable: object) -> "np.ndarray | None":
    """Return the numbers of data, a constant or a shared variable, and None for anything else."""
    held = variable.get_value() if hasattr(variable, "get_value") else getattr(variable, "data", None)
    return held if isinstance(held, np.ndarray) and held.dtype != object else None


def same_data(held: "np.ndarray | None", wanted: object) -> bool:
    """Return whether numbers are the wanted ones, perhaps on another scale.

    Examples
    --------
    >>> import numpy as np
    >>> same_data(np.array([1.0, 2, 4]), [10, 20, 40]), same_data(np.array([1.0, 2, 4]), [1, 2, 3])
    (True, False)
    """
    wanted = np.asarray(wanted)
    if held is None or held.shape != wanted.shape or held.ndim != 1 or held.size < 3:
        return False
    one, other = held - held.mean(), wanted - wanted.mean()
    size = np.sqrt((one @ one) * (other @ other))
    return bool(size > 0 and abs(abs(one @ other) / size - 1) < 1e-9)


def unknown_name(model: "pm.Model", name: str, wanted: str) -> ValueError:
    """Return the error for a name that the model does not have."""
    known = [each for each in model.named_vars if not each.startswith("_")]
    near = nearest(wanted, known)
    advice = f"did you mean {near!r}?" if near else f"it has {', '.join(known)}"
    return ValueError(f"names says that {name!r} is {wanted!r} in the model, which has no such variable: {advice}")


def _scaled_by_data(node: object, one: object, unread: set) -> bool:
    return is_a(node, PRODUCTS) and any(
        (held := values(above)) is not None and held.size > 1 and above not in unread
        for factor in node.inputs
        if factor is not one
        for above in all_above(factor)
    )


def is_a(node: object, kinds: tuple[str, ...]) -> bool:
    """Return whether a node of the computation is of one of the kinds, elementwise or not."""
    return type(getattr(node.op, "scalar_op", node.op)).__name__ in kinds
