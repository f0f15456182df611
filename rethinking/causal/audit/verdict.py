"""A model held against a graph: what it conditions on, and what is then open between exposure and outcome."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import lazy_loader

from rethinking._names import listed
from rethinking.causal.audit.groups import Claim, absorbing
from rethinking.causal.audit.remedies import smallest_change
from rethinking.causal.audit.translation import translate
from rethinking.causal.queries.adjustment import Estimand, estimand
from rethinking.causal.queries.paths import Path, paths

if TYPE_CHECKING:
    import pymc as pm

    from rethinking.causal.graph import CausalGraph

nx = lazy_loader.load("networkx")

__all__ = ["Audit", "audit"]

SHOWN = 1000
MARKS = re.compile(r"([\\`*_{}\[\]<>$|#~^])")


@dataclass(frozen=True, repr=False)
class Audit:
    """What a model conditions on, held against a graph. It shows itself as sentences.

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
        Unobserved causes that it conditions on only in part, by way of groups.
    open_paths : tuple of Path
        The paths that are no part of the effect and are open, or closed only in part.
    problems : tuple of str
        What is wrong, a sentence each. Empty if and only if valid.
    change : str
        The smallest change that would make it valid, or what there is instead. Empty if valid.
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
        question = f"the {self.effect} effect of {self.exposure} on {self.outcome}"
        verdict = f"The model estimates {question}." if self.valid else f"The model does not estimate {question}."
        held = f"Besides {self.exposure} it conditions on {listed(sorted(self.conditions)) or 'nothing'}"
        held += f", and in part on {listed(sorted(self.in_part))}." if self.in_part else "."
        return [verdict, held, *self.problems, *([self.change] if self.change else []), *self.provisos]


def audit(
    dag: "CausalGraph",
    model: "pm.Model",
    exposure: str,
    outcome: str,
    names: Mapping[str, object] | None = None,
    effect: str = "total",
) -> Audit:
    """Return what a PyMC model conditions on, held against the graph: what is open, and what to change.

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
    `rethinking.causal.audit.groups` for what is claimed. An audit reads which variables enter a likelihood. It cannot
    know whether the graph is true, whether the form of the model is right (a line where the world is curved leaves part
    of a confounder behind), which rows were left out, or what an array without a name is.

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
    parts = estimand(dag, exposure, outcome, effect)
    read = translate(dag, model, exposure, outcome, names or {})
    claims = read.claims
    full = frozenset(name for name, stands in read.found.items() if stands and name not in {*claims, exposure})
    full |= {name for name, claim in claims.items() if claim.extent == "full"}
    part = frozenset(name for name, claim in claims.items() if claim.extent == "part")
    absorbed = absorbing(model, read.likelihood, read.found[exposure])
    spoiled = _spoiled(dag, full, part, parts)
    problems = [
        *([] if read.found[exposure] else [f"{exposure} does not enter the likelihood of {outcome}."]),
        *(f"{exposure} is the same throughout each {by}, and unpooled intercepts take its place." for by in absorbed),
        *_wrong(dag, full | part, parts),
        *(_open_sentence(path, claims) for path in spoiled),
    ]
    if not problems and not (parts.is_met(full) and parts.is_met(full | part)):
        problems = [f"A path that is no part of the effect is open, beyond the first {SHOWN} that were looked at."]
    change = smallest_change(dag, read, full, parts, absorbed) if problems else ""
    rests = [f"It counts as conditioning on {name}: {claims[name].reason}." for name in claims if name in full]
    provisos = (*rests, *read.unknown)
    verdict = "not valid" if problems else "valid"
    return Audit(*parts[:3], verdict, verdict, full, part, tuple(spoiled), tuple(problems), change, provisos)


def _wrong(dag: "CausalGraph", given: frozenset[str], parts: Estimand) -> Iterator[str]:
    """Yield a sentence for everything conditioned on that the effect passes through or reaches."""
    graph = dag.to_networkx()
    for name in sorted(given & parts.forbidden):
        if name in parts.carriers:
            yield f"{name} is a mediator: conditioning on it takes away what of the effect passes through it."
        elif name in nx.descendants(graph, parts.outcome):
            yield f"{name} is an effect of the outcome {parts.outcome}: conditioning on it selects by the outcome."
        else:
            via = min(each for each in parts.carriers if name in nx.descendants(graph, each))
            yield f"{name} is a descendant of the mediator {via}: conditioning on it takes away a part of the effect."


def _spoiled(dag: "CausalGraph", full: frozenset, part: frozenset, parts: Estimand) -> list[Path]:
    """Return the paths that are no part of the effect and are open, with or without what is conditioned on in part."""
    spoiled = {}
    for given in (full, full | part):
        found = [] if parts.is_met(given) else paths(dag, parts.exposure, parts.outcome, given, limit=SHOWN)
        for path in found:
            own = path.kind == "causal" if parts.effect == "total" else len(path.nodes) == 2
            if path.open and not (own and set(path.nodes[1:]) <= parts.carriers):
                spoiled.setdefault(path.nodes, path)
    return sorted(spoiled.values(), key=lambda path: (len(path.nodes), str(path)))


def _open_sentence(path: Path, claims: Mapping[str, Claim]) -> str:
    shared = [claims[name] for name in path.nodes if name in claims and path.roles[name] != "collider"]
    state = "closed only in part" if any(claim.extent == "part" for claim in shared) else "open"
    why = next((claim.reason for claim in shared), path.reason if path.node else "")
    return f"The {path.kind} path {path} is {state}" + (f": {why}." if why else ".")
