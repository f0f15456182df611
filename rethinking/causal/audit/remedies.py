"""The smallest change to a model that makes it answer the question, in words."""

from collections.abc import Iterable, Iterator
from itertools import chain, combinations

from rethinking._names import listed
from rethinking.causal.audit.openness import Conditions
from rethinking.causal.audit.records import Finding
from rethinking.causal.queries.adjustment import Estimand, adjustment_sets
from rethinking.causal.queries.instruments import front_door_sets, instruments
from rethinking.causal.structure import Structure

__all__ = ["smallest_change"]

# Up to so many observed variables every change is looked at; beyond that, changes of up to three, and then those that
# lead to one of so many minimal adjustment sets.
EVERY, SETS = 12, 100


def smallest_change(dag: Structure, held: Conditions, parts: Estimand, found: Iterable[Finding]) -> str:
    """Return the smallest change to what a model conditions on that leaves the effect, in a sentence or more.

    Parameters
    ----------
    dag : Structure
        The graph.
    held : Conditions
        What the likelihood conditions on.
    parts : Estimand
        What the effect means in the graph.
    found : iterable of Finding
        What else is wrong, with its own advice.
    """
    advice = list(dict.fromkeys(each.advice for each in found if each.kind == "problem" and each.advice))
    if held.instrument:
        return " ".join(advice)
    touched = held.full | held.part | held.unclear
    latent, start = held.full & dag.unobserved, touched - dag.unobserved
    allowed = sorted(set(dag.observed) - {parts.exposure, parts.outcome})
    farther = _farther(dag, start, parts) if len(allowed) > EVERY else ()
    best = next((wanted for wanted in chain(_flips(start, allowed), farther) if parts.is_met(wanted | latent)), None)
    if best is None:
        return " ".join([*advice, _instead(dag, held, parts.exposure, parts.outcome)])
    added = best - start
    if f"Add {parts.exposure}." in advice:
        advice.remove(f"Add {parts.exposure}.")
        added |= {parts.exposure}
    steps = [f"add {listed(sorted(added))}"] if added else []
    steps += [f"remove {listed(sorted(start - best))}"] if start - best else []
    half = sorted(best & (held.part | held.unclear))
    steps += [f"hold {listed(half)} constant in full, unpooled or as a line"] if half else []
    text = " and ".join(steps)
    return " ".join([*([f"{text[:1].upper()}{text[1:]}."] if text else []), *advice])


def _flips(start: frozenset[str], allowed: list[str]) -> Iterator[frozenset[str]]:
    """Yield the sets of allowed variables, those that differ least from `start` first."""
    most = len(allowed) if len(allowed) <= EVERY else 3
    for size in range(most + 1):
        for flip in combinations(allowed, size):
            yield start ^ set(flip)


def _farther(dag: Structure, start: frozenset[str], parts: Estimand) -> Iterator[frozenset[str]]:
    """Yield minimal adjustment sets, each also with what `start` may keep, those that differ least from it first."""
    minimal = adjustment_sets(dag, parts.exposure, parts.outcome, parts.effect, limit=SETS)
    kept = [group | (start - parts.forbidden) for group in minimal]
    yield from sorted([*kept, *minimal], key=lambda group: (len(group ^ start), sorted(group)))


def _instead(dag: Structure, held: Conditions, exposure: str, outcome: str) -> str:
    """Return what to do when no set of observed variables is enough."""
    shared = [
        name
        for name, claim in held.claims.items()
        if name in dag.unobserved - held.full and claim.helps and claim.reason
    ]
    if shared:
        return (
            f"No observed variable stands for {listed(shared)}: add the group's mean of {exposure}, or a model of "
            f"{exposure} that shares a latent cause of the group with {outcome}."
        )
    ways = [f"{each.name} is an instrument" for each in instruments(dag, exposure, outcome)[:1]]
    ways += [f"{listed(sorted(each))} is a front door" for each in front_door_sets(dag, exposure, outcome)[:1]]
    return "No set of observed variables is enough" + (f", but {' and '.join(ways)}." if ways else ".")
