"""A model compared with a graph: what it conditions on, what is then open, and whether a coefficient is the effect."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rethinking._names import kind_of, listed
from rethinking.causal.audit.coefficient import coefficient_names, look_at_exposure
from rethinking.causal.audit.openness import (
    Conditions,
    conditions_of,
    look_at_latents,
    look_at_paths,
    look_at_weights,
    open_paths,
)
from rethinking.causal.audit.reading.dictionary import wanted_names
from rethinking.causal.audit.reading.translation import resolve
from rethinking.causal.audit.records import Finding, Reading
from rethinking.causal.audit.remedies import smallest_change
from rethinking.causal.audit.shared_causes import absorbing, exaggerating
from rethinking.causal.edges import check_name
from rethinking.causal.queries.adjustment import Estimand, estimand
from rethinking.causal.queries.paths import Path
from rethinking.causal.structure import Structure

if TYPE_CHECKING:
    import pymc as pm


__all__ = ["Audit", "audit"]

MARKS = re.compile(r"([\\`*_{}\[\]<>$|#~^])")
VERDICTS = {
    "valid": "The model estimates {}.",
    "not valid": "The model does not estimate {}.",
    "cannot tell": "Reading the model cannot tell whether it estimates {}.",
}


@dataclass(frozen=True, repr=False)
class Audit:
    """What a model conditions on, compared with a graph. It shows itself as sentences.

    Attributes
    ----------
    exposure, outcome, effect : str
        The question.
    verdict : {"valid", "not valid", "cannot tell"}
        Whether the model's coefficient of the exposure is the effect, as far as the graph and the variables tell.
    contrast : {"valid", "not valid", "cannot tell"}
        The same of an average over the model's predictions at two values of the exposure, which needs no coefficient.
    conditions : frozenset of str
        The variables of the graph that the outcome's likelihood conditions on, besides the exposure: the set that it
        adjusts for.
    in_part : frozenset of str
        Variables that it conditions on only in part: by way of groups, in steps, or in some components of a mixture.
    coefficient : tuple of str
        The parameter that multiplies the exposure, or several whose sum does. Empty if there is none.
    open_paths : tuple of Path
        The paths that are no part of the effect and are open, or closed only in part.
    problems : tuple of str
        What speaks against the verdict "valid", a sentence each: what is wrong, or what nobody can tell.
    change : str
        The smallest change that would make it valid, or what there is instead; if nobody can tell, what to look at.
    provisos : tuple of str
        What the verdict rests on, and what reading the model could not tell.
    """

    exposure: str
    outcome: str
    effect: str
    verdict: str
    contrast: str
    conditions: frozenset[str]
    in_part: frozenset[str]
    coefficient: tuple[str, ...]
    open_paths: tuple[Path, ...]
    problems: tuple[str, ...]
    change: str
    provisos: tuple[str, ...]

    @property
    def valid(self) -> bool:
        """Whether the verdict is "valid"."""
        return self.verdict == "valid"

    @property
    def reasons(self) -> str:
        """What speaks against the verdict "valid", in sentences; empty if it is valid."""
        return " ".join(self.problems)

    def __repr__(self) -> str:
        return "\n".join(self._sentences())

    def _repr_markdown_(self) -> str:
        verdict, *rest = (MARKS.sub(r"\\\1", sentence) for sentence in self._sentences())
        return "\n".join([f"**{verdict}**\n", *(f"- {sentence}" for sentence in rest)])

    def _sentences(self) -> list[str]:
        verdict = VERDICTS[self.verdict].format(f"the {self.effect} effect of {self.exposure} on {self.outcome}")
        held = f"Besides {self.exposure} it conditions on {listed(sorted(self.conditions)) or 'nothing'}"
        held += f", and in part on {listed(sorted(self.in_part))}." if self.in_part else "."
        return [verdict, held, *self.problems, *([self.change] if self.change else []), *self.provisos]


def audit(
    dag: Structure,
    model: "pm.Model",
    exposure: str,
    outcome: str,
    names: Mapping[str, object] | None = None,
    effect: str = "total",
) -> Audit:
    """Return what a PyMC model conditions on, compared with the graph: what is open, and what to change.

    The likelihood of the outcome is followed upwards to data, and to the random variables that the graph knows. What it
    finds there the model conditions on. Then the adjustment criterion decides, as in `is_adjustment_set`.

    Parameters
    ----------
    model : pymc.Model
        A model with a likelihood for the outcome.
    exposure, outcome : str
        Two observed variables of the graph.
    names : mapping, optional
        For a variable of the graph, what it is in the model, if not called the same there: a name (of a random
        variable, a Deterministic or a pm.Data), or the data themselves, for arrays that went into the model without a
        name (standardized or not), or a list of these. For an unobserved cause that a group shares, the name of the
        data that say to which group a row belongs: ``{"U": "group_of"}``.
    effect : {"total", "direct"}
        As in `adjustment_sets`.

    Returns
    -------
    Audit

    Raises
    ------
    ValueError
        If a name is unknown to the graph or to the model, or the model has no likelihood for the outcome.

    Notes
    -----
    How far an intercept for each group conditions on a cause that the group shares depends on the intercept; see
    `rethinking.causal.audit.shared_causes` for what is claimed. An audit reads which variables enter a likelihood. It
    cannot know whether the graph is true, whether the form of the model is right (a line where the world is curved
    leaves part of a confounder behind), which rows were left out, or what an array without a name is.

    Examples
    --------
    >>> import pymc as pm
    >>> from rethinking.causal import CausalGraph
    >>> with pm.Model() as model:
    ...     X = pm.Data("X", [1.0, 2.0, 3.0])
    ...     pm.Normal("Y", pm.Normal("b") * X, observed=[1.0, 2.0, 2.0])
    Y
    >>> CausalGraph("X <- Z -> Y; X -> Y").audit(model, "X", "Y")
    The model does not estimate the total effect of X on Y.
    Besides X it conditions on nothing.
    The backdoor path X <- Z -> Y is open.
    Add Z.
    """
    _refuse_wrong_types(model, names)
    parts, names = estimand(dag, exposure, outcome, effect), names or {}
    for name in names:
        check_name(name, dag.nodes, "names")
    readings = resolve(dag, model, exposure, outcome, wanted_names(names, dag.nodes), names)
    audits = [_audit(dag, reading, parts) for reading in readings]
    return max(audits, key=lambda each: ("valid", "cannot tell", "not valid").index(each.verdict))


def _audit(dag: Structure, reading: Reading, parts: Estimand) -> Audit:
    """Return the audit of one likelihood."""
    held = conditions_of(dag, reading, parts)
    found = list(dict.fromkeys(_findings(dag, reading, held, parts)))
    problems = [each for each in found if each.kind == "problem"]
    questions = [each for each in found if each.kind == "question"]
    against = problems or questions
    if problems:
        change = smallest_change(dag, held, parts, found)
    else:
        change = " ".join(dict.fromkeys(each.advice for each in questions))
    rests = [
        f"It counts as conditioning on {name}: {claim.reason}."
        for name, claim in held.claims.items()
        if name in held.full
    ]
    return Audit(
        *parts[:3],
        verdict=_verdict(found),
        contrast=_verdict([each for each in found if not each.spares_contrast]),
        conditions=held.full,
        in_part=held.part,
        coefficient=coefficient_names(reading, parts.exposure),
        open_paths=tuple(open_paths(dag, held, parts)),
        problems=tuple(each.text for each in against),
        change=change,
        provisos=(*rests, *(each.text for each in found if each.kind == "proviso"), *reading.unknown),
    )


def _findings(dag: Structure, reading: Reading, held: Conditions, parts: Estimand) -> Iterator[Finding]:
    """Yield everything that there is to say about a likelihood."""
    if reading.unread:
        yield Finding(f"{reading.unread[0]}.", "question", f"Look at the location of {reading.name} yourself.")
        return
    for each in look_at_exposure(reading, parts.exposure):
        absent = f"{parts.exposure} does not enter the likelihood of {parts.outcome}."
        yield each if each.text else Finding(absent, "problem", f"Add {parts.exposure}.")
    for index in absorbing(reading, parts.exposure):
        text = f"{parts.exposure} is the same throughout each {index}, and unpooled intercepts take its place."
        yield Finding(text, "problem", f"Pool the intercepts by {index} partially.")
    yield from look_at_paths(dag, reading, held, parts)
    yield from look_at_latents(dag, reading, held, parts)
    yield from look_at_weights(reading, held, parts)
    for text, is_known in exaggerating(reading, parts.exposure):
        advice = f"Pool the intercepts partially and add the group's mean of {parts.exposure}."
        yield Finding(text, "problem" if is_known else "question", advice)
    yield from _shared(reading, parts.exposure)
    if reading.has_strangers:
        advice = "Add to the graph what enters the likelihood, or say in names what it is."
        yield Finding("Not everything in the likelihood is in the graph.", "question", advice)
    if held.instrument:
        text = f"It rests on the instrument {held.instrument}, by the learned correlation of {parts.exposure} and"
        yield Finding(f"{text} {parts.outcome}.", "proviso")


def _shared(reading: Reading, exposure: str) -> Iterator[Finding]:
    """Yield the coefficients of other variables that another likelihood or a potential has a say in."""
    for term in (term for terms in reading.components for term in terms):
        named = {name for column in term.columns for name in column.on}
        if term.elsewhere and term.groups is None and named and exposure not in named:
            text = f"{term.parameter}, the coefficient of {listed(sorted(named))}, enters {listed(term.elsewhere)} too."
            yield Finding(text, "question", f"Look at what {listed(term.elsewhere)} says about {term.parameter}.")


def _verdict(found: list[Finding]) -> str:
    kinds = {each.kind for each in found}
    return "not valid" if "problem" in kinds else "cannot tell" if "question" in kinds else "valid"


def _refuse_wrong_types(model: object, names: object) -> None:
    if not hasattr(model, "rvs_to_values"):
        msg = f"audit reads a PyMC model, but got {kind_of(model)}: give the pm.Model, not data or a fit."
        raise TypeError(msg)
    if names is not None and not isinstance(names, Mapping):
        msg = f"names is {kind_of(names)}, but must be a mapping such as {{'X': 'income'}}."
        raise TypeError(msg)
