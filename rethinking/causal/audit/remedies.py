"""The smallest change to a model that makes it answer the question, in words."""

from collections.abc import Iterator
from itertools import combinations
from typing import TYPE_CHECKING

from rethinking._names import listed
from rethinking.causal.audit.translation import Translation
from rethinking.causal.queries.adjustment import Estimand

if TYPE_CHECKING:
    from rethinking.causal.graph import CausalGraph

__all__ = ["smallest_change"]

# Up to so many observed variables every change is looked at; beyond that, changes of up to three.
EVERY = 12


def smallest_change(
    dag: "CausalGraph", read: Translation, full: frozenset[str], parts: Estimand, absorbed: list[str]
) -> str:
    """Return the smallest change to what a model conditions on that leaves the effect, in a sentence.

    Parameters
    ----------
    dag : CausalGraph
        The graph.
    read : Translation
        What enters the likelihood.
    full : frozenset of str
        The variables of the graph that it conditions on.
    parts : Estimand
        What the effect means in the graph.
    absorbed : list of str
        The groups whose intercepts take the place of the exposure.
    """
    latent = full & dag.unobserved
    start = full - latent
    allowed = sorted(set(dag.observed) - {parts.exposure, parts.outcome})
    best = next((wanted for wanted in _flips(start, allowed) if parts.is_met(wanted | latent)), None)
    if best is None:
        return _instead(dag, read, parts.exposure, parts.outcome)
    steps = [f"pool the intercepts by {each} partially" for each in absorbed]
    add = (best - start) | (set() if read.found[parts.exposure] else {parts.exposure})
    steps += [f"add {listed(sorted(add))}"] if add else []
    steps += [f"remove {listed(sorted(start - best))}"] if start - best else []
    text = " and ".join(steps)
    return f"{text[:1].upper()}{text[1:]}."


def _flips(start: frozenset[str], allowed: list[str]) -> Iterator[frozenset[str]]:
    """Yield the sets of allowed variables, those that differ least from `start` first."""
    most = len(allowed) if len(allowed) <= EVERY else 3
    for size in range(most + 1):
        for flip in combinations(allowed, size):
            yield start ^ set(flip)


def _instead(dag: "CausalGraph", read: Translation, exposure: str, outcome: str) -> str:
    """Return what to do when no set of observed variables is enough."""
    shared = [name for name, claim in read.claims.items() if claim.extent != "full" and claim.helps]
    if shared:
        return (
            f"No observed variable stands for {listed(shared)}: add the group's mean of {exposure}, or a model of "
            f"{exposure} that shares a latent cause of the group with {outcome}."
        )
    ways = [f"{each.name} is an instrument" for each in dag.instruments(exposure, outcome)[:1]]
    ways += [f"{listed(sorted(each))} is a front door" for each in dag.front_door_sets(exposure, outcome)[:1]]
    return "No set of observed variables is enough" + (f", but {' and '.join(ways)}." if ways else ".")
