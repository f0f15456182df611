"""What a variable of a model is computed from, and the numbers that data hold.

Everything is asked of the objects in the model itself, so that neither PyMC nor PyTensor is imported here.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import lazy_loader

if TYPE_CHECKING:
    import numpy as np
    from pytensor.graph.basic import Apply, Variable
else:
    np = lazy_loader.load("numpy")

__all__ = ["all_above", "is_a", "numbers", "parents", "source", "values"]


def parents(variable: "Variable") -> list:
    """Return what a variable is computed from; for a random one, its parameters."""
    node = variable.owner
    if node is None:
        return []
    return list(node.op.dist_params(node)) if hasattr(node.op, "dist_params") else list(node.inputs)


def all_above(variable: "Variable", stops: Iterable["Variable"] = ()) -> dict:
    """Return a variable and everything that it is computed from, up to stops, as the keys of a dictionary."""
    waiting, seen, stops = [variable], {}, set(stops)
    while waiting:
        current = waiting.pop()
        if current not in seen:
            seen[current] = None
            waiting += parents(current) if current not in stops else []
    return seen


def source(variable: "Variable") -> "Variable":
    """Return the data below casts and changes of shape."""
    while variable.owner is not None and len(variable.owner.inputs) == 1:
        variable = variable.owner.inputs[0]
    return variable


def values(variable: "Variable") -> "np.ndarray | None":
    """Return the numbers of data, a constant or a shared variable, and None for anything else."""
    held = getattr(variable, "get_value", lambda: getattr(variable, "data", None))()
    return held if isinstance(held, np.ndarray) and held.dtype != object else None


def numbers(variable: "Variable") -> "np.ndarray":
    """Return the numbers of something that is known to hold some."""
    held = values(variable)
    if held is None:
        msg = f"{variable} holds no numbers: data, a constant or a shared variable is needed."
        raise TypeError(msg)
    return held


def is_a(node: "Apply | None", kinds: tuple[str, ...]) -> bool:
    """Return whether a node of the computation is of one of the kinds, elementwise or not."""
    return node is not None and type(getattr(node.op, "scalar_op", node.op)).__name__ in kinds
