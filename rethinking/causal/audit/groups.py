r"""What the groups in a model say about causes that nobody observed.

A cause :math:`U` that is the same for everybody in a group is fixed once the group is fixed. How a model fixes the
group decides how far it conditions on :math:`U`, for an exposure :math:`X` that varies within groups:

- an **unpooled intercept** for each group absorbs all of :math:`U`, as far as the groups are large. With a normal
  outcome any size will do; with counts and probabilities, many intercepts that are each fitted to little data are
  themselves off, and the slope with them (the incidental parameters of Neyman and Scott 1948);
- a **partially pooled intercept** is pulled to the mean of the groups, and what of :math:`U` it no longer absorbs goes
  to :math:`X`: it closes the path only in part, the less the smaller the groups;
- the **group's mean of X** (Mundlak 1978) beside the intercepts holds the part of :math:`U` that goes along with
  :math:`X`;
- a **latent cause**, a parameter of each group that enters the likelihoods of both :math:`X` and the outcome, is
  :math:`U` itself, known as well as the data on :math:`X` make it known.

None of these helps if the exposure is a trait of the group.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import lazy_loader

from rethinking.causal.audit.likelihood import (
    PRODUCTS,
    Likelihood,
    Lookup,
    all_above,
    is_a,
    parents,
    random_above,
    same_data,
    source,
    values,
)

if TYPE_CHECKING:
    import pymc as pm

np = lazy_loader.load("numpy")

__all__ = ["Claim", "absorbing", "claim_of_groups", "group_lookups", "varies_within"]

# How many members make a group large when the outcome is not normal, and how wide, in units of the linear model (of the
# outcome's sd when that is normal), the prior of an unpooled intercept has to be. Both are judgements, not theorems.
LARGE, WIDE = 20, 5
# Where a distribution has its location among its parameters; the others make its spread, and the last is its scale.
LOCATIONS = {"normal": 0, "laplace": 0, "cauchy": 0, "logistic": 0, "gumbel": 0, "t": 1}


@dataclass(frozen=True)
class Claim:
    """How far a model conditions on what a group shares (full, part or none), why, and whether more can be done."""

    extent: str
    reason: str
    helps: bool = True


def claim_of_groups(
    model: "pm.Model", likelihood: Likelihood, index: object, exposure: Iterable[object], companions: Iterable[object]
) -> Claim:
    """Return how far the outcome's likelihood conditions on the unobserved causes that groups share.

    Parameters
    ----------
    model : pymc.Model
        The model.
    likelihood : Likelihood
        What enters the outcome's likelihood.
    index : TensorVariable
        The data that hold the group of each row.
    exposure : iterable of TensorVariable
        The data that hold the exposure.
    companions : iterable of TensorVariable
        The data of the other variables conditioned on that the unobserved cause affects.

    Returns
    -------
    Claim
    """
    groups, name = values(index), index.name or "group"
    data = [held for each in exposure if (held := values(each)) is not None]
    lookups = group_lookups(model, likelihood, index)
    if not any(varies_within(held, groups) for held in data):
        why = f"the exposure is the same throughout each {name}, so nothing about {name} can tell the two apart"
        return Claim("none", why, helps=False)
    if latent := _latent_cause(model, likelihood, lookups, data):
        why = f"{latent} is a latent cause of the exposure and the outcome, as good as the model of the exposure"
        return Claim("full", why)
    if any(_holds_means(likelihood, held, groups) for held in data):
        return _claim_of_means(likelihood, groups, name, companions)
    if not lookups:
        return Claim("none", f"the likelihood has no intercept by {name}")
    return _claim_of_intercepts(model, likelihood, groups, name, lookups)


def group_lookups(model: "pm.Model", likelihood: Likelihood, index: object | None = None) -> list[Lookup]:
    """Return the intercepts by group in a likelihood: lookups, by one index or any, of vectors of free parameters."""
    free = set(model.free_RVs)
    return [
        lookup
        for lookup in likelihood.lookups
        if lookup.is_added
        and (index is None or lookup.index is index)
        and any(above.ndim for above in random_above(lookup.vector, free))
    ]


def absorbing(model: "pm.Model", likelihood: Likelihood, exposure: Iterable[object]) -> list[str]:
    """Return the names of the groups whose unpooled intercepts take the place of an exposure that is theirs."""
    data = [held for each in exposure if (held := values(each)) is not None]
    return [
        lookup.index.name or "group"
        for lookup in group_lookups(model, likelihood)
        if any(spread is not None and spread >= _wide(likelihood) for spread in _spreads(model, lookup))
        and data
        and not any(varies_within(held, values(lookup.index)) for held in data)
    ]


def varies_within(held: "np.ndarray", groups: "np.ndarray") -> bool:
    """Return whether a variable with a value for each row differs between the rows of a group.

    Examples
    --------
    >>> import numpy as np
    >>> groups = np.array([0, 0, 1, 1])
    >>> varies_within(np.array([1, 2, 5, 5]), groups), varies_within(np.array([7, 7, 8, 8]), groups)
    (True, False)
    """
    if held.shape != groups.shape:
        return False
    first = np.zeros(int(groups.max()) + 1, dtype=held.dtype)
    first[groups] = held
    return bool((first[groups] != held).any())


def _claim_of_means(likelihood: Likelihood, groups: "np.ndarray", name: str, companions: Iterable[object]) -> Claim:
    for other in companions:
        held = values(other)
        if held is not None and varies_within(held, groups) and not _holds_means(likelihood, held, groups):
            why = f"the mean of the exposure by {name} is in the model, but not that of {other.name or 'an array'}"
            return Claim("part", f"{why}, which the cause affects too")
    why = f"the mean of the exposure by {name} is a trace of it, taken as exact although of {_size(groups)} members"
    return Claim("full", f"{why} (median)")


def _claim_of_intercepts(
    model: "pm.Model", likelihood: Likelihood, groups: "np.ndarray", name: str, lookups: list[Lookup]
) -> Claim:
    fixed = [spread for lookup in lookups for spread in _spreads(model, lookup) if spread is not None]
    if not fixed:
        why = f"the intercepts by {name} are partially pooled, and what they no longer absorb goes to the exposure"
        return Claim("part", f"{why}, the more the smaller the groups ({_size(groups)} members, median)")
    if max(fixed) < _wide(likelihood):
        why = f"the intercepts by {name} have a fixed but narrow prior (sd {max(fixed):.3g}), which pulls them together"
        return Claim("part", why)
    if not _is_normal(likelihood) and _size(groups) < LARGE:
        why = f"the unpooled intercepts by {name} rest on {_size(groups)} members each (median), and so few overfit"
        return Claim("part", why)
    return Claim("full", f"the unpooled intercepts by {name} absorb whatever a group shares")


def _size(groups: "np.ndarray") -> int:
    sizes = np.bincount(groups)
    return int(np.median(sizes[sizes > 0]))


def _is_normal(likelihood: Likelihood) -> bool:
    return getattr(likelihood.variable.owner.op, "name", None) == "normal"


def _wide(likelihood: Likelihood) -> float:
    return WIDE * (float(np.std(likelihood.data)) if _is_normal(likelihood) else 1)


def _holds_means(likelihood: Likelihood, held: "np.ndarray", groups: "np.ndarray") -> bool:
    """Return whether the means of a variable in the groups enter a likelihood, by group or by row."""
    if held.shape != groups.shape:
        return False
    sizes = np.bincount(groups)
    means = np.bincount(groups, held) / np.maximum(sizes, 1)
    candidates = [numbers for above in likelihood.reached if (numbers := values(above)) is not None]
    return any(
        same_data(numbers, means[groups])
        or (numbers.shape == means.shape and same_data(numbers[sizes > 0], means[sizes > 0]))
        for numbers in candidates
    )


def _latent_cause(model: "pm.Model", likelihood: Likelihood, lookups: list[Lookup], data: list) -> str | None:
    """Return the name of a parameter by group that enters the likelihoods of both exposure and outcome."""
    others = [
        all_above(variable)
        for variable in model.observed_RVs
        if variable is not likelihood.variable
        and any(same_data(values(source(model.rvs_to_values[variable])), held) for held in data)
    ]
    vectors = [above for lookup in lookups for above in random_above(lookup.vector, set(model.free_RVs)) if above.ndim]
    return next((vector.name for vector in vectors if any(vector in above for above in others)), None)


def _spreads(model: "pm.Model", lookup: Lookup) -> list[float | None]:
    """Return, for each vector of parameters in a lookup, the fixed sd of its prior, or None if the sd is learned."""
    free = set(model.free_RVs)
    vectors = [above for above in random_above(lookup.vector, free) if above.ndim]
    return [None if _is_scaled(lookup.vector, vector, free) else _prior_sd(vector, free) for vector in vectors]


def _prior_sd(vector: object, free: set) -> float | None:
    name, parameters = getattr(vector.owner.op, "name", None), parents(vector)
    if name == "flat":
        return float("inf")
    location = LOCATIONS.get(name)
    if any(True for i, each in enumerate(parameters) if i != location for _ in random_above(each, free)):
        return None
    sd = values(source(parameters[-1])) if location is not None else None
    return 0.0 if sd is None else float(np.max(sd))


def _is_scaled(current: object, vector: object, free: set) -> bool:
    """Return whether `vector` is multiplied by something random on the way to `current`."""
    if current is vector or current.owner is None or vector not in all_above(current):
        return False
    factors = [each for each in current.owner.inputs if vector not in all_above(each)]
    scaled = is_a(current.owner, PRODUCTS) and any(True for each in factors for _ in random_above(each, free))
    return scaled or any(_is_scaled(each, vector, free) for each in parents(current))
