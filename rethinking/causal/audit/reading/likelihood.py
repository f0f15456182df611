"""The likelihood of one variable in a PyMC model, and where its location is: what its linear model moves.

A distribution has a location among its parameters, the others make its spread or shape. The location is followed up
through link functions to the linear model. A mixture has a location in each of its components.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import lazy_loader

from rethinking.causal.audit.columns import columns_of, same_data
from rethinking.causal.audit.reading.ancestry import all_above, is_a, parents, source, values

if TYPE_CHECKING:
    import numpy as np
    import pymc as pm
    from pytensor.graph.basic import Variable
else:
    np = lazy_loader.load("numpy")


__all__ = ["LOCATIONS", "Part", "find_likelihood", "parts_of"]

# Where a distribution has its location among its parameters, and where its scale.
LOCATIONS = {
    **dict.fromkeys(["normal", "laplace", "logistic", "gumbel", "cauchy", "halfnormal", "lognormal", "skewnormal"], 0),
    **dict.fromkeys(["truncated_normal", "moyal", "vonmises", "exgaussian", "multivariate_normal", "exponential"], 0),
    **dict.fromkeys(["bernoulli", "poisson", "geometric", "wald", "rice"], 0),
    **dict.fromkeys(["t", "binomial", "negative_binomial", "multivariate_studentt", "weibull", "multinomial"], 1),
    "asymmetriclaplace": 2,
}
# Steps that leave the order of the rows, or turn it round, on the way from a linear model to a location.
MONOTONE = (
    *("Sigmoid", "Exp", "Expm1", "Log", "Log1p", "Softplus", "Erf", "Erfc", "Neg", "Reciprocal", "Tanh", "Identity"),
    *("Cast", "DimShuffle", "SpecifyShape", "ViewOp", "Second", "Clip", "Add", "Sub", "Mul", "TrueDiv", "Alloc"),
)


@dataclass(frozen=True)
class Part:
    """A component of the distribution of an outcome.

    Attributes
    ----------
    family : str
        The name of its distribution.
    location : tuple of TensorVariable
        The parameters that its location is computed from.
    combine : callable
        From their values to what the linear model may be: matrices of rows and columns, one for each way to read it.
    rest : tuple of TensorVariable
        Its other parameters.
    offsets : tuple of TensorVariable
        Data that multiply the location, as an exposure does that counts are proportional to.
    """

    family: str
    location: tuple
    combine: Callable
    rest: tuple
    offsets: tuple = ()


def find_likelihood(model: "pm.Model", name: str, wanted: object) -> "Variable":
    """Return the observed random variable of a model that has the data of a variable of the graph.

    Parameters
    ----------
    model : pymc.Model
        The model.
    name : str
        The variable of the graph.
    wanted : str or array
        The name of the random variable or of the pm.Data that it is observed as, or the data, perhaps one column.

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
        elif (data := values(held)) is not None and any(
            _is_column(data, column, wanted) for column in columns_of(data)
        ):
            return variable
    known = [variable.name for variable in model.observed_RVs]
    advice = f"its likelihoods are {', '.join(known)}: say names={{{name!r}: {known[0]!r}}}" if known else "it has none"
    msg = f"the model has no likelihood for {name!r}; {advice}"
    raise ValueError(msg)


def parts_of(variable: "Variable") -> tuple[list[Part], list, bool]:
    """Return the components of a distribution, their weights, and whether there is one for each category of an outcome.

    No component means that the location of the distribution is unknown.
    """
    op, parameters = variable.owner.op, parents(variable)
    bases = {base.__name__ for base in type(op).__mro__}
    if "CensoredRV" in bases or "PartialObservedRV" in bases:
        return parts_of(parameters[0])
    if "_BaseMixtureRV" in bases:
        weights, *components = parameters
        found = [part for each in components for part in parts_of(each)[0]]
        return found, [weights], False
    if "CustomSymbolicDistRV" in bases:
        inner = _inlined(variable)
        return parts_of(inner) if inner is not None else ([], [], False)
    name = getattr(getattr(op, "base_rv_op", op), "name", None)
    part = _part(name, parameters, str(variable.name or "").endswith("_observed"))
    return ([part] if part else []), [], name == "categorical"


def _part(name: str | None, parameters: list, is_observed_part: bool) -> Part | None:
    if name == "gamma":
        return Part(name, tuple(parameters[:2]), _of_gamma, ())
    if name in ("beta", "beta_binomial"):
        return Part(name, tuple(parameters[-2:]), _of_beta, tuple(parameters[:-2]))
    if name == "categorical":
        return Part(name, tuple(parameters), _of_categories, ())
    if name == "diracdelta":
        return Part(name, (), lambda: [], tuple(parameters))
    if name not in LOCATIONS:
        return None
    at = LOCATIONS[name]
    location, offsets = _linear_model(parameters[at], is_observed_part)
    return Part(
        name,
        (location,),
        lambda held: [held, np.log(held)],
        tuple(parameters[:at] + parameters[at + 1 :]),
        tuple(offsets),
    )


def _linear_model(location: "Variable", is_observed_part: bool) -> tuple["Variable", list]:
    """Return what is below link functions, constants and, for an outcome with missing values, the choice of rows."""
    offsets = []
    while location.owner is not None and not _is_random(location):
        node = location.owner
        moving = [each for each in node.inputs if any(_is_random(above) for above in all_above(each))]
        if is_observed_part and is_a(node, ("AdvancedSubtensor", "AdvancedSubtensor1", "Subtensor")) and moving:
            is_observed_part, location = False, node.inputs[0]
            continue
        if len(moving) != 1 or not is_a(node, MONOTONE):
            break
        still = [each for each in node.inputs if each is not moving[0] and _size(each) > 1]
        if still and is_a(node, ("Mul", "TrueDiv")):
            if _size(moving[0]) == 1 or not is_a(_unwrapped(moving[0]).owner, ("Exp",)):
                break
            offsets += still
        elif still and is_a(node, ("Add", "Sub", "Clip", "Alloc")):
            break
        location = moving[0]
    return location, offsets


def _unwrapped(variable: "Variable") -> "Variable":
    while variable.owner is not None and is_a(variable.owner, ("DimShuffle", "ViewOp", "Cast", "SpecifyShape")):
        variable = variable.owner.inputs[0]
    return variable


def _size(variable: "Variable") -> int:
    return max((np.size(held) for above in all_above(variable) if (held := values(above)) is not None), default=1)


def _is_random(variable: "Variable") -> bool:
    return variable.owner is not None and hasattr(variable.owner.op, "dist_params")


def _of_gamma(shape: "np.ndarray", scale: "np.ndarray") -> list:
    return [np.log(shape) + np.log(scale), shape * scale, 1 / (shape * scale)]


def _of_beta(one: "np.ndarray", other: "np.ndarray") -> list:
    return [np.log(one) - np.log(other), one / (one + other)]


def _of_categories(probabilities: "np.ndarray") -> list:
    """Return the log-odds of an outcome beyond its first category, if those beyond the others are as far everywhere."""
    below = np.cumsum(probabilities, axis=-1)[..., :-1]
    steps = np.log(below) - np.log1p(-below)
    if np.allclose(steps - steps[..., :1], (steps - steps[..., :1]).reshape(-1, steps.shape[-1])[0], atol=1e-6):
        return [-steps[..., :1]]
    return [np.log(probabilities[..., 1:]) - np.log(probabilities[..., :1])]


def _inlined(variable: "Variable") -> "Variable | None":
    """Return what a distribution made by a function is inside, or None if that is no distribution."""
    outputs = variable.owner.op.fgraph.bind(variable.owner.inputs)
    found = [each for each in outputs if _is_random(each) and getattr(each.type, "ndim", None) == variable.type.ndim]
    return found[0] if found else None


def _is_column(data: "np.ndarray", column: "np.ndarray", wanted: object) -> bool:
    wanted = np.asarray(wanted)
    if wanted.ndim == 1 and wanted.dtype.kind == "f" and len(column) == np.isfinite(wanted).sum() != len(wanted):
        wanted = wanted[np.isfinite(wanted)]
    return same_data(column, wanted)
