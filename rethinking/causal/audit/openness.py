"""What a likelihood conditions on, compared with a graph: which paths are open, closed in part, or nobody can tell."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import lazy_loader

from rethinking._names import listed
from rethinking.causal.audit.columns import group_of_rows
from rethinking.causal.audit.conditioning import claim_of_variable
from rethinking.causal.audit.instrument import instrument_of
from rethinking.causal.audit.records import Finding, Index, Reading
from rethinking.causal.audit.shared_causes import Claim, claim_of_groups
from rethinking.causal.queries.adjustment import Estimand
from rethinking.causal.queries.paths import Path, paths
from rethinking.causal.structure import Structure

if TYPE_CHECKING:
    import networkx as nx
else:
    nx = lazy_loader.load("networkx")


__all__ = ["Conditions", "conditions_of", "look_at_latents", "look_at_paths", "open_paths"]

SHOWN = 1000


@dataclass(frozen=True)
class Conditions:
    """What a likelihood conditions on.

    Attributes
    ----------
    full, part, unclear : frozenset of str
        The variables that it holds constant, holds constant only in part, and of which that depends on their form.
    claims : dict of str to Claim
        Why, for each variable of the graph of which there is something to say.
    instrument : str, optional
        The instrument by which it estimates the effect, whatever path is open.
    """

    full: frozenset[str]
    part: frozenset[str]
    unclear: frozenset[str]
    claims: dict[str, Claim]
    instrument: str | None = None


def conditions_of(dag: Structure, reading: Reading, parts: Estimand) -> Conditions:
    """Return what a likelihood conditions on, in the words of a graph."""
    others = [name for name in dag.nodes if name not in (parts.exposure, parts.outcome)]
    claims = {name: claim_of_variable(reading, name, parts.exposure) for name in others}
    graph, held = dag.to_networkx(), [name for name in others if claims[name].extent != "none"]
    for name in others:
        for index in _indices(reading, name):
            is_pooled = name in dag.unobserved or claims[name].extent == "part"
            if is_pooled and name not in reading.latents:
                companions = sorted(set(held) & nx.descendants(graph, name))
                claims[name] = claim_of_groups(reading, index, parts.exposure, companions)
    full, part, unclear = (
        frozenset(name for name, claim in claims.items() if claim.extent == extent)
        for extent in ("full", "part", "unclear")
    )
    told = {name: claim for name, claim in claims.items() if claim.reason}
    return Conditions(full, part, unclear, told, instrument_of(dag, reading, full | part | unclear, parts))


def _indices(reading: Reading, name: str) -> list[Index]:
    """Return the groups that share an unobserved cause: looked up by an index, or told apart by indicators."""
    found = [index for index in reading.indices if name in index.stands_for]
    groups = [held for held in reading.known[name] if held.dtype.kind in "iu"]
    return found or [Index(name, group_of_rows(held), frozenset([name])) for held in groups[:1]]


def look_at_paths(dag: Structure, reading: Reading, held: Conditions, parts: Estimand) -> Iterator[Finding]:
    """Yield what is wrong with what is conditioned on: what may not be, and the paths that are open."""
    touched = held.full | held.part | held.unclear
    wrong = list(_wrong(dag, touched, parts))
    yield from (Finding(sentence, "problem") for sentence in wrong)
    if held.instrument or not open_paths(dag, held, parts):
        if not wrong and not held.instrument and not parts.is_met(held.full):
            yield Finding("A path that is no part of the effect is open.", "problem")
        return
    could = _could_close(dag, reading, held, parts)
    for path in open_paths(dag, held, parts):
        shared = [name for name in path.nodes if name in held.claims and path.roles[name] != "collider"]
        in_part = any(held.claims[name].extent == "part" for name in shared)
        unclear = [name for name in shared if name in held.unclear]
        why = next((held.claims[name].reason for name in shared), path.reason if path.node else "")
        state = "closed only in part" if in_part else "closed or not" if unclear else "open"
        text = f"The {path.kind} path {path} is {state}" + (f": {why}." if why else ".")
        if unclear and not in_part:
            advice = f"Let {listed(unclear)} enter as a line or a flexible curve"
            yield Finding(text, "question", f"{advice}, or check by simulation that this form is enough.")
        elif could and not in_part:
            yield Finding(f"{text[:-1]}, as far as the names tell.", "question", could)
        else:
            yield Finding(text, "problem")


def look_at_weights(reading: Reading, held: Conditions, parts: Estimand) -> Iterator[Finding]:
    """Yield the variables that only weigh the rows, by their spread for example, where that selects what it may not."""
    full = held.full | held.part
    for name in sorted((reading.in_rest | reading.in_weights) - full - {parts.exposure}):
        if parts.is_met(held.full) and not parts.is_met(held.full | {name}):
            text = f"{name} enters the spread or the weights, and rows weighed by it are selected by it."
            yield Finding(text, "question", f"Leave {name} out of the spread and the weights, or check by simulation.")


def open_paths(dag: Structure, held: Conditions, parts: Estimand) -> list[Path]:
    """Return the paths that are no part of the effect and are open, with or without what is conditioned on in part."""
    if held.instrument:
        return []
    spoiled = {}
    for given in (held.full, held.full | held.part, held.full | held.part | held.unclear):
        found = [] if parts.is_met(given) else paths(dag, parts.exposure, parts.outcome, given, limit=SHOWN)
        for path in found:
            own = path.kind == "causal" if parts.effect == "total" else len(path.nodes) == 2
            if path.open and not (own and set(path.nodes[1:]) <= parts.carriers):
                spoiled.setdefault(path.nodes, path)
    return sorted(spoiled.values(), key=lambda path: (len(path.nodes), str(path)))


def look_at_latents(dag: Structure, reading: Reading, held: Conditions, parts: Estimand) -> Iterator[Finding]:
    """Yield the latent variables whose model leaves out what the graph says they go along with."""
    together = held.full | held.part | {parts.exposure}
    for name in sorted(dag.unobserved & held.full & reading.latents.keys()):
        text = f"{reading.latents[name]} stands for {name}, which is unobserved, as far as the model knows it."
        yield Finding(text, "proviso")
    for name, variable in reading.latents.items():
        if name not in together:
            continue
        graph = dag.to_networkx()
        lacking = [
            other
            for other in sorted(together - {name} - reading.partners.get(name, frozenset()))
            if not nx.is_d_separator(graph, {name}, {other}, set())
        ]
        if lacking:
            text = f"{variable} stands for {name}, and its model knows nothing of {listed(lacking)}"
            advice = (
                f"Let the prior of {variable} depend on {listed(lacking)}, or add their likelihood given {variable}."
            )
            yield Finding(f"{text}, with which {name} goes.", "question", advice)


def _could_close(dag: Structure, reading: Reading, held: Conditions, parts: Estimand) -> str:
    """Return what to say in names, if something in the likelihood that nobody named may be what closes the paths."""
    free = {
        name
        for name in dag.nodes
        if name not in {parts.exposure, parts.outcome} | held.full | held.part
        and name not in parts.forbidden
        and (not reading.known[name] if reading.has_strangers else name in dag.unobserved)
        and name not in held.claims
    }
    several = [set(some) for size in (1, 2, 3) for some in combinations(sorted(free), size)]
    closing = next((some for some in several if reading.unknown and parts.is_met(held.full | some)), None)
    return f"Say in names what {listed(sorted(closing))} is in the model, if it is there." if closing else ""


def _wrong(dag: Structure, given: frozenset[str], parts: Estimand) -> Iterator[str]:
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
