"""How far a likelihood conditions on an observed variable: by what the linear model holds of it, in any form."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import lazy_loader

from rethinking.causal.audit.columns import distance, group_of_rows, varies_within
from rethinking.causal.audit.records import Index, Reading, Term
from rethinking.causal.audit.shared_causes import Claim, claim_of_intercepts, is_narrow

if TYPE_CHECKING:
    import numpy as np
else:
    np = lazy_loader.load("numpy")

__all__ = ["claim_of_variable"]

# The share of a variable's variance that its columns in the linear model may leave while it counts as held constant.
LEFT = 0.01
ORDER = ("none", "unclear", "part", "full")


def claim_of_variable(reading: Reading, name: str, exposure: str) -> Claim:
    """Return how far a likelihood conditions on a variable: full, part, unclear (that depends on forms) or none."""
    claims = [_claim(reading, terms, name, exposure) for terms in reading.components]
    if not claims:
        return Claim("none", "")
    worst, best = (pick(claims, key=lambda claim: ORDER.index(claim.extent)) for pick in (min, max))
    if worst.extent == best.extent:
        return worst if worst.extent != "none" or worst.reason else Claim("none", _elsewhere(reading, name))
    if worst.extent == "none":
        return Claim("part", f"{name} enters only some components of the mixture")
    return worst


def _claim(reading: Reading, terms: tuple[Term, ...], name: str, exposure: str) -> Claim:
    rows = reading.known[name]
    if any(_learns(term, name) for term in terms if term.groups is None and not _holds(term, exposure)):
        return Claim("full", f"the model learns a function of {name}")
    basis = list(_additive(terms, name, exposure))
    left = min((distance(row, basis) for row in rows if len(row) == len(basis[0])), default=1.0) if basis else 1.0
    if basis and left < LEFT:
        if name in reading.latents:
            return Claim("full", "")
        free = list(_additive(tuple(_free_terms(reading, terms, name)), name, exposure))
        if not free or min(distance(row, free) for row in rows if len(row) == len(free[0])) >= LEFT:
            return Claim("unclear", f"the prior of the coefficient of {name} weighs more than the data")
        return Claim("full", "")
    for term in terms:
        if term.groups is not None and any(not varies_within(row, term.groups) for row in rows):
            groups = group_of_rows(term.groups)
            return claim_of_intercepts(reading, Index(term.index or name, groups, frozenset([name])))
    if basis:
        if not any(column.on == {name} for term in terms for column in term.columns):
            return Claim("unclear", f"{name} enters only together with other variables")
        return _claim_of_form(name, rows, basis, left)
    if name in reading.fixed:
        return Claim("unclear", f"{name} enters with a coefficient that is fixed, not estimated")
    if any(name in column.on and exposure in column.on for term in terms for column in term.columns):
        if _is_spanned(reading, terms, (name, exposure)):
            return Claim("full", "")
        return Claim("none", f"{name} enters only together with {exposure}")
    if any(name in column.on for term in terms for column in term.columns):
        return Claim("unclear", f"{name} enters only together with other variables")
    return Claim("none", "")


def _is_spanned(reading: Reading, terms: tuple[Term, ...], names: Iterable[str]) -> bool:
    """Return whether sums of columns can be each of some variables, as those of rotated predictors can."""
    columns = [each.numbers for term in terms if term.groups is None for each in term.columns if not each.by]
    rows = [[row for row in reading.known[name] if len(row) == len(columns[0])] for name in names] if columns else [[]]
    few = 0 < len(columns) < len(columns[0]) / 2 if columns else False
    return few and all(any(distance(row, columns) < LEFT for row in every) for every in rows)


def _free_terms(reading: Reading, terms: tuple[Term, ...], name: str) -> Iterator[Term]:
    """Yield the terms whose slopes the data can move."""
    for term in terms:
        held = [column.numbers for column in term.columns if name in column.on]
        if held and not all(is_narrow(reading, term, numbers) for numbers in held):
            yield term


def _additive(terms: tuple[Term, ...], name: str, exposure: str) -> Iterator["np.ndarray"]:
    """Yield the columns that a variable adds to the linear model by itself, and those mixed with others than X."""
    for term in terms:
        for column in term.columns if term.groups is None else ():
            if name in column.on and exposure not in column.on and not column.unknown:
                yield column.numbers


def _claim_of_form(name: str, rows: list, basis: list, left: float) -> Claim:
    values = max((len(np.unique(row)) for row in rows), default=0)
    steps = max(len(np.unique(np.round(column / np.abs(column).max(), 9))) for column in basis)
    if len(basis) * (steps - 1) + 1 < values / 2:
        return Claim("part", f"{name} enters only in steps, and {left:.2g} of its variance is left within them")
    why = f"{name} enters only by a function of it, in which no line is: right if its effects have that form"
    return Claim("unclear", why)


def _learns(term: Term, name: str) -> bool:
    """Return whether a term is a function of a variable that has more parameters than anybody counts."""
    return name in term.shaped_by or (
        term.size > len(term.columns) and all(column.on == {name} and not column.by for column in term.columns)
    )


def _holds(term: Term, exposure: str) -> bool:
    return any(exposure in column.on for column in term.columns)


def _elsewhere(reading: Reading, name: str) -> str:
    if name in reading.in_weights:
        return f"{name} enters only the weights of the mixture"
    if name in reading.in_rest:
        return f"{name} enters the spread or shape of the outcome, not its location"
    return ""
