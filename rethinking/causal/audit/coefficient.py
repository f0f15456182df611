"""The exposure's coefficient in a linear model: whether there is one number, and which parameter it is."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import lazy_loader

from rethinking._names import listed
from rethinking.causal.audit.columns import are_groups, distance
from rethinking.causal.audit.records import Column, Finding, Reading, Term
from rethinking.causal.audit.shared_causes import is_narrow

if TYPE_CHECKING:
    import numpy as np
else:
    np = lazy_loader.load("numpy")

__all__ = ["coefficient_names", "look_at_exposure"]

CONTRAST = "rt.contrast averages over the model's predictions instead"
ROUNDING, CENTRED = 1e-8, 1e-3


def look_at_exposure(reading: Reading, exposure: str) -> Iterator[Finding]:
    """Yield what is to be said about the exposure's coefficient, if it is more than that there is one."""
    holding = [[term for term in terms if _holds(term, exposure)] for terms in reading.components]
    if not any(holding):
        yield _absent(reading, exposure)
        return
    if exposure in reading.fixed:
        text = (
            f"{exposure} enters with a fixed coefficient too, so that the estimated one is only the difference to it."
        )
        yield Finding(text, "problem", f"{CONTRAST}.", spares_contrast=True)
    if exposure in reading.in_weights:
        text = f"{exposure} enters the weights of the mixture too, so its coefficient is only a part of its effect."
        yield Finding(text, "question", f"{CONTRAST}.", spares_contrast=True)
    if reading.is_categorical:
        text = (
            f"{exposure} has a coefficient for each category of the outcome, which is no effect on a scale of its own."
        )
        yield Finding(text, "question", f"{CONTRAST}.", spares_contrast=True)
    elif not all(holding):
        text = f"{exposure} enters only some components of the mixture, so its coefficient is not its effect on all."
        yield Finding(text, "question", f"{CONTRAST}.", spares_contrast=True)
    elif len(holding) > 1 and not _is_shared(holding):
        text = f"{exposure} has a coefficient of its own in each component of the mixture, none of which is its effect."
        yield Finding(text, "question", f"{CONTRAST}.", spares_contrast=True)
    found = {finding.text: finding for terms in holding if terms for finding in _of_terms(reading, terms, exposure)}
    yield from found.values()


def coefficient_names(reading: Reading, exposure: str) -> tuple[str, ...]:
    """Return the parameters whose sum is the exposure's coefficient."""
    found = {
        piece.parameter: None
        for terms in reading.components
        for term in terms
        for piece in _pieces(term, exposure)
        if piece.columns and _is_line(reading, piece.columns[0], exposure)
    }
    return tuple(found)


def _absent(reading: Reading, exposure: str) -> Finding:
    if reading.unread:
        return Finding(f"{reading.unread[0]}.", "question", f"Look at the location of {reading.name} yourself.")
    if exposure in reading.fixed:
        return Finding(f"{exposure} enters with a coefficient that is fixed: nothing about it is estimated.", "problem")
    if exposure in reading.in_weights:
        text = f"{exposure} enters only the weights of the mixture, so that no coefficient is its effect."
        return Finding(text, "question", f"{CONTRAST}.", spares_contrast=True)
    if exposure in reading.in_rest and reading.family.startswith("multivariate"):
        text = f"{exposure} enters by a covariance, so that the model learns a function of it and no coefficient."
        return Finding(text, "question", f"{CONTRAST}.", spares_contrast=True)
    if exposure in reading.in_rest:
        text = f"{exposure} enters the spread or shape of {reading.name}, but not its location."
        return Finding(text, "problem")
    if reading.has_strangers:
        text = f"Nothing in the likelihood is recognised as {exposure}, and something in it is not in the graph."
        return Finding(text, "question", f"Say in names what {exposure} is in the model.")
    return Finding("", "problem")


def _of_terms(reading: Reading, terms: list[Term], exposure: str) -> Iterator[Finding]:
    pieces = [piece for term in terms for piece in _pieces(term, exposure)]
    lines = [piece for piece in pieces if piece.columns and _is_line(reading, piece.columns[0], exposure)]
    # A mean that slopes share moves several variables at once, in a line: the slopes below it say what it does.
    parameters = {term.parameter for term in terms if any(_is_line(reading, each, exposure) for each in term.columns)}
    means = [piece for piece in pieces if parameters.intersection(piece.mean_of) and _is_sum(reading, piece)]
    bends = [piece for piece in pieces if piece not in lines and piece not in means]
    for piece in bends:
        yield _of_bend(_Bend(reading, piece, exposure, tuple(each.parameter for each in lines)))
    if (
        lines
        and exposure not in reading.latents
        and all(is_narrow(reading, each, each.columns[0].numbers) for each in lines)
    ):
        text = f"The prior of {lines[0].parameter} weighs more than the data, and it is the prior that is read."
        yield Finding(text, "question", f"Widen the prior of {lines[0].parameter}.")
    for term in terms:
        if term.elsewhere:
            text = f"{term.parameter}, on which the effect of {exposure} depends, enters {listed(term.elsewhere)} too."
            yield Finding(text, "question", f"Look at what {listed(term.elsewhere)} says about {term.parameter}.")


@dataclass(frozen=True)
class _Bend:
    """A term that holds the exposure in another form than as a line, beside the parameters that hold it as a line."""

    reading: Reading
    term: Term
    exposure: str
    lines: tuple[str, ...]

    @property
    def others(self) -> list[str]:
        return sorted({name for column in self.term.columns for name in column.on} - {self.exposure})

    def finding(self, text: str, kind: str) -> Finding:
        """Return what is said of the coefficient alone, with the advice to take an average over predictions."""
        return Finding(text, kind, f"{CONTRAST}." if kind != "proviso" else "", spares_contrast=True)


def _of_bend(bend: _Bend) -> Finding:
    """Return what is to be said about a form: the first that it is."""
    return next(
        found for form in (_as_stranger, _as_levels, _by_groups, _as_sum, _as_product, _as_any) if (found := form(bend))
    )


def _as_stranger(bend: _Bend) -> Finding | None:
    if not any(column.unknown for column in bend.term.columns):
        return None
    text = f"{bend.term.parameter} multiplies {bend.exposure} by something that is not in the graph."
    return Finding(text, "question", "Say in names what it is.")


def _as_levels(bend: _Bend) -> Finding | None:
    groups = bend.term.groups
    if groups is None or not any(are_groups(groups, each) for each in bend.reading.known[bend.exposure]):
        return None
    text = f"The effect of {bend.exposure} is the difference between the elements of {bend.term.parameter}."
    return bend.finding(text, "proviso")


def _by_groups(bend: _Bend) -> Finding | None:
    by = sorted({index for column in bend.term.columns for index in column.by})
    if not by or bend.others:
        return None
    text = f"The effect of {bend.exposure} differs by {listed(by)}"
    if bend.lines:
        return bend.finding(f"{text}: {bend.lines[0]} is its mean over the groups.", "proviso")
    return bend.finding(f"{text}, and no coefficient is its mean.", "question")


def _as_sum(bend: _Bend) -> Finding | None:
    if not bend.lines or not bend.others or not _is_sum(bend.reading, bend.term):
        return None
    text = f"{bend.term.parameter} moves {bend.exposure} together with {listed(bend.others)}"
    return bend.finding(f"{text}, so that {bend.lines[0]} alone is not the effect.", "problem")


def _as_product(bend: _Bend) -> Finding | None:
    """Return what an interaction makes of the coefficient of the exposure itself: the effect where the other is 0."""
    if len(bend.others) != 1 or not bend.lines:
        return None
    (other,) = bend.others
    found = [_slope(bend.reading, column, bend.exposure, other) for column in bend.term.columns]
    slopes = [slope for slope in found if slope is not None]
    if len(slopes) < len(found):
        return None
    if all(abs(slope.mean()) <= CENTRED * slope.std() for slope in slopes):
        text = f"The effect of {bend.exposure} differs with {other}: {bend.lines[0]} is the effect at its mean."
        return bend.finding(text, "proviso")
    text = f"{bend.lines[0]} is the effect of {bend.exposure} where {other} is 0, not the average effect"
    return bend.finding(f"{text}, for {bend.term.parameter} lets it differ.", "problem")


def _as_any(bend: _Bend) -> Finding:
    form = f"together with {listed(bend.others)}" if bend.others else "as a curve or in steps"
    parameter = bend.term.parameter.split("[")[0]
    text = f"{bend.exposure} enters {form} ({parameter}), so that no coefficient is its effect."
    return bend.finding(text, "question")


def _pieces(term: Term, exposure: str) -> list[Term]:
    """Return the elements of a parameter that hold the exposure, each by itself unless they belong to groups."""
    held = [(k, column) for k, column in enumerate(term.columns) if exposure in column.on]
    whole = term.groups is not None or any(column.by for _, column in held) or term.size != len(term.columns)
    if whole or len(term.columns) < 2 or not held:
        return [replace(term, columns=tuple(column for _, column in held))]
    return [replace(term, parameter=f"{term.parameter}[{k}]", columns=(column,)) for k, column in held]


def _holds(term: Term, exposure: str) -> bool:
    return exposure in term.shaped_by or any(exposure in column.on for column in term.columns)


def _is_shared(holding: list[list[Term]]) -> bool:
    """Return whether the same parameters move the components in the same way."""
    first = {term.parameter: term for term in holding[0]}
    return all(
        term.parameter in first
        and np.allclose(term.columns[0].numbers, first[term.parameter].columns[0].numbers, rtol=1e-6)
        for terms in holding[1:]
        for term in terms
    )


def _is_line(reading: Reading, column: Column, exposure: str) -> bool:
    if column.on != {exposure} or column.by or column.unknown:
        return False
    rows = [row for row in reading.known[exposure] if len(row) == len(column.numbers)]
    return any(distance(column.numbers, [row]) < ROUNDING for row in rows)


def _is_sum(reading: Reading, term: Term) -> bool:
    """Return whether a term is a sum of lines in the variables that it depends on."""
    basis = [row for column in term.columns for name in column.on for row in reading.known[name]]
    return bool(term.columns) and all(
        not column.by
        and not column.unknown
        and distance(column.numbers, [row for row in basis if len(row) == len(column.numbers)]) < ROUNDING
        for column in term.columns
    )


def _slope(reading: Reading, column: Column, exposure: str, other: str) -> "np.ndarray | None":
    """Return by row how a product of two variables changes with the first."""
    for one in reading.known[exposure]:
        for two in reading.known[other]:
            if len(one) == len(two) == len(column.numbers):
                basis = np.column_stack([np.ones(len(one)), one, two, one * two])
                solution = np.linalg.lstsq(basis, column.numbers, rcond=None)[0]
                if np.allclose(basis @ solution, column.numbers, rtol=1e-6, atol=1e-8):
                    return solution[1] + solution[3] * two
    return None
