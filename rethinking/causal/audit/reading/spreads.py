"""How far the prior of a parameter lets it go: a fixed standard deviation, or one that is learned."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import lazy_loader

from rethinking.causal.audit.reading.ancestry import all_above, numbers, parents

if TYPE_CHECKING:
    import numpy as np
    from pytensor.graph.basic import Variable
else:
    np = lazy_loader.load("numpy")


__all__ = ["spread"]

# Where a distribution has its scale among its parameters.
SCALES = {**dict.fromkeys(["normal", "laplace", "cauchy", "logistic", "gumbel", "multivariate_normal"], 1), "t": 2}
SCALES["ZeroSumNormal"] = 0


def spread(variable: "Variable", free: Iterable["Variable"]) -> float | None:
    """Return the sd of a prior (its scale, where it has no sd), the smallest of several; None if it is learned.

    Parameters
    ----------
    variable : TensorVariable
        A free random variable of a model.
    free : iterable of TensorVariable
        All of them.
    """
    name, parameters = getattr(variable.owner.op, "name", None) or "", parents(variable)
    if name in ("flat", "halfflat"):
        return float("inf")
    scales = parameters if name == "uniform" else parameters[SCALES[name] : SCALES[name] + 1] if name in SCALES else []
    if not scales or any(above in free for each in scales for above in all_above(each)):
        return None
    held = [numbers(each) if each.owner is None else _computed(each) for each in scales]
    if name == "uniform":
        return float(np.min(held[1] - held[0])) / 12**0.5
    return float(np.min(np.sqrt(np.diagonal(held[0], axis1=-2, axis2=-1)) if name.startswith("multi") else held[0]))


def _computed(variable: "Variable") -> "np.ndarray":
    import pytensor
    from pytensor.compile.mode import Mode

    from rethinking._compiling import compiling

    with compiling():
        function = pytensor.function([], variable, mode=Mode(linker="py", optimizer="None"))
    return np.asarray(function())
