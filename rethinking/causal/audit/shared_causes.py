r"""What the groups in a model say about causes that a group shares.

A cause :math:`U` that is the same for everybody in a group is fixed once the group is fixed. How a model fixes the
group decides how far it conditions on :math:`U`, for an exposure :math:`X` that varies within groups:

- an **unpooled intercept** for each group absorbs all of :math:`U`: the path is closed, whatever the size of the
  groups. With a normal or a Poisson outcome the slope is then right. With a binary outcome it is not, if the groups are
  small: many intercepts, each fitted to a few trials, exaggerate every slope, confounded or not (the incidental
  parameters of Neyman and Scott 1948; Lancaster 2000 on which models have the problem). In the worlds of lecture 12
  (30 groups of about 7, slope 1) the posterior mean is .42 (.01) too large, and still .36 (.01) where :math:`U` has no
  effect on :math:`X`, so that nothing is confounded; where :math:`U` confounds but the slope is 0 it is .00 (.01) off.
  With 20 trials to a group it is .12 (.03) too large, with 100 .03 (.01). The maximum of a Poisson likelihood with 30
  intercepts on 4 counts each is .002 (.002) off;
- a **partially pooled intercept** is pulled to the mean of the groups, and what of :math:`U` it no longer absorbs goes
  to :math:`X`: it closes the path only in part, the less the smaller the groups. So does a fixed prior that is narrow
  for what a group's data tell;
- the **group's mean of X** (Mundlak 1978) beside the intercepts holds the part of :math:`U` that goes along with
  :math:`X`;
- a **latent cause**, a parameter of each group that enters the likelihoods of both :math:`X` and the outcome, is
  :math:`U` itself, known as well as the data on :math:`X` make it known.

None of these helps if the exposure is a trait of the group.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import lazy_loader

from rethinking.causal.audit.columns import are_groups, distance, varies_within
from rethinking.causal.audit.records import Index, Reading, Term

if TYPE_CHECKING:
    import numpy as np
else:
    np = lazy_loader.load("numpy")

__all__ = ["Claim", "absorbing", "claim_of_groups", "claim_of_intercepts", "exaggerating", "is_narrow"]

# Judgements, not theorems: how many trials make a group large when the outcome is binary; how wide, in units of the
# linear model (of the outcome's sd when that is normal), the prior of an intercept is that leaves nothing to a trait of
# the group; the share of a group's deviation that a fixed prior may pull away while the path counts as closed; and how
# much a prior may weigh beside the data on a slope.
LARGE, WIDE, PULLED, WEIGHTY = 20, 5, 0.05, 1
BINARY = ("bernoulli", "binomial", "categorical")
# Outcomes for which the slopes are right however few rows an unpooled intercept rests on.
CLEAN = (
    "normal",
    "t",
    "laplace",
    "logistic",
    "gumbel",
    "cauchy",
    "lognormal",
    "poisson",
    "exponential",
    "truncated_normal",
)


@dataclass(frozen=True)
class Claim:
    """How far a model conditions on what a group shares (full, part or none), why, and whether more can be done."""

    extent: str
    reason: str
    helps: bool = True


def claim_of_groups(reading: Reading, index: Index, exposure: str, companions: Iterable[str]) -> Claim:
    """Return how far the outcome's likelihood conditions on an unobserved cause that groups share.

    Parameters
    ----------
    reading : Reading
        The likelihood of the outcome.
    index : Index
        The group of each row.
    exposure : str
        The exposure.
    companions : iterable of str
        The other variables conditioned on that the cause affects.
    """
    name = index.name
    if not _varies(reading, exposure, index.groups):
        why = f"the exposure is the same throughout each {name}, so nothing about {name} can tell the two apart"
        return Claim("none", why, helps=False)
    terms = [term for terms in reading.components for term in terms if _is_by(term, index)]
    if latent := next((term.parameter for term in terms if term.parameter in reading.causes), None):
        why = f"{latent} is a latent cause of the exposure and the outcome, as good as the model of the exposure"
        return Claim("full", why)
    if exposure in reading.means.get(name, ()):
        return _claim_of_means(reading, index, companions)
    return claim_of_intercepts(reading, index)


def claim_of_intercepts(reading: Reading, index: Index) -> Claim:
    """Return how far the intercepts by group condition on what a group shares."""
    name = index.name
    by_component = [[term for term in terms if _is_by(term, index)] for terms in reading.components]
    if not any(by_component):
        return Claim("none", f"the likelihood has no intercept by {name}")
    if not all(by_component):
        return Claim("part", f"only some components of the mixture have intercepts by {name}")
    sizes = _sizes(index.groups, reading.trials)
    spreads = [_spread(terms) for terms in by_component]
    fixed = [each for each in spreads if each is not None]
    if len(fixed) < len(spreads):
        why = f"the intercepts by {name} are partially pooled, and what they no longer absorb goes to the exposure"
        return Claim("part", f"{why}, the more the smaller the groups ({sizes:.0f} members, median)")
    sd = min(fixed)
    if _noise(reading) > PULLED * (_noise(reading) + sizes * sd**2):
        why = f"the intercepts by {name} have a fixed but narrow prior (sd {sd:.3g}), which pulls them together"
        return Claim("part", why)
    return Claim("full", f"the unpooled intercepts by {name} absorb whatever a group shares")


def absorbing(reading: Reading, exposure: str) -> list[str]:
    """Return the names of the groups whose unpooled intercepts take the place of an exposure that is theirs."""
    wide = WIDE * (float(np.std(reading.data)) if reading.family == "normal" else 1)
    found = [
        term.index
        for terms in reading.components
        for term in terms
        if term.groups is not None and term.spread is not None and term.spread >= wide
        if reading.known[exposure] and not _varies(reading, exposure, term.groups)
        if not any(are_groups(term.groups, held) for held in reading.known[exposure])
    ]
    return list(dict.fromkeys(found))


def exaggerating(reading: Reading, exposure: str) -> Iterator[tuple[str, bool]]:
    """Yield what unpooled intercepts do to the slope if each rests on few data, and whether that is known or feared."""
    for term in (term for terms in reading.components for term in terms):
        if term.groups is None or term.spread is None or not _varies(reading, exposure, term.groups):
            continue
        size = _sizes(term.groups, reading.trials)
        few = size < LARGE and _noise(reading) < PULLED * (_noise(reading) + size * term.spread**2)
        if few and reading.family in BINARY:
            why = f"the unpooled intercepts by {term.index} rest on {size:.0f} trials each (median)"
            yield f"{why[:1].upper()}{why[1:]}, and with so few of them a binary outcome exaggerates every slope.", True
        elif few and reading.family not in CLEAN:
            why = f"The unpooled intercepts by {term.index} rest on {size:.0f} rows each (median)"
            yield f"{why}, and whether the slope is right then is not known for this distribution.", False


def is_narrow(reading: Reading, term: Term, numbers: "np.ndarray") -> bool:
    """Return whether the fixed prior of a slope weighs much beside all that the data can tell about it."""
    if term.spread is None:
        return False
    told = float(np.sum((numbers - numbers.mean()) ** 2)) * term.spread**2
    return _noise(reading) * _left(reading) > WEIGHTY * told


def _left(reading: Reading) -> float:
    """Return the share of a normal outcome's variance that the linear model leaves; 1 for any other."""
    if reading.family != "normal" or reading.latents:
        return 1.0
    columns = [each.numbers for terms in reading.components for term in terms for each in term.columns]
    columns = [each for each in columns if len(each) == len(reading.data)]
    return distance(reading.data, columns) if 0 < len(columns) < len(reading.data) / 2 else 1.0


def _claim_of_means(reading: Reading, index: Index, companions: Iterable[str]) -> Claim:
    for other in companions:
        if _varies(reading, other, index.groups) and other not in reading.means[index.name]:
            why = f"the mean of the exposure by {index.name} is in the model, but not that of {other}"
            return Claim("part", f"{why}, which the cause affects too")
    why = f"the mean of the exposure by {index.name} is a trace of it, taken as exact although of"
    return Claim("full", f"{why} {_sizes(index.groups, np.ones(len(index.groups))):.0f} members (median)")


def _is_by(term: Term, index: Index) -> bool:
    return (
        term.groups is not None
        and not varies_within(term.groups, index.groups)
        and not varies_within(index.groups, term.groups)
    )


def _varies(reading: Reading, name: str, groups: "np.ndarray") -> bool:
    return any(varies_within(held, groups) for held in reading.known[name])


def _sizes(groups: "np.ndarray", trials: "np.ndarray") -> float:
    sizes = np.bincount(groups, trials)
    return float(np.median(sizes[sizes > 0]))


def _spread(terms: Iterable[Term]) -> float | None:
    """Return the fixed sd of a sum of intercepts; None if it is learned. One that is free is enough."""
    fixed = [term.spread for term in terms if term.spread is not None]
    return float(np.sqrt(np.sum(np.square(fixed)))) if fixed else None


def _noise(reading: Reading) -> float:
    """Return the variance of what one row, or trial, tells about the linear model, or more."""
    if reading.family in BINARY:
        return 4.0
    if reading.family == "poisson":
        return 1 / max(float(np.mean(reading.data)), 1e-3)
    return float(np.var(reading.data)) if reading.data.dtype.kind == "f" else 1.0
