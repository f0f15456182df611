"""Ways to an effect that no adjustment opens: instruments and front doors."""

from dataclasses import dataclass
from itertools import chain, combinations
from typing import TYPE_CHECKING

import lazy_loader

from rethinking.causal.edges import check_limit
from rethinking.causal.queries.adjustment import check_roles, estimand
from rethinking.causal.queries.separators import d_separated, minimal_separators, ordered
from rethinking.causal.structure import Structure

if TYPE_CHECKING:
    import networkx as nx
else:
    nx = lazy_loader.load("networkx")


__all__ = ["Instrument", "front_door_sets", "instruments"]

MOST_CANDIDATES = 16


@dataclass(frozen=True, repr=False)
class Instrument:
    """A variable that moves the exposure and has no other way to the outcome, within strata of `given`."""

    name: str
    given: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        return f"<instrument {self.name}" + (f" given {', '.join(sorted(self.given))}>" if self.given else ">")


def instruments(
    dag: Structure, exposure: str, outcome: str, effect: str = "total", limit: int | None = None
) -> list[Instrument]:
    """Return the observed variables that are instruments, and what to condition on for each.

    Z is an instrument given W if, once the arrows that make the effect are taken away, W d-separates Z from the outcome
    but not from the exposure. Neither Z nor W may be affected by the exposure; only for the direct effect W may have
    mediators. In a linear model the effect is then the ratio of two partial covariances, of Z with the outcome and of Z
    with the exposure, given W.

    Parameters
    ----------
    exposure, outcome : str
        Two observed variables.
    effect : {"total", "direct"}
        All causal paths from exposure to outcome, or only the arrow between them.
    limit : int, optional
        Try at most so many sets W for each Z.

    Returns
    -------
    list of Instrument
        Each with a set W of ancestors of Z or the outcome, none of whose members can be spared for d-separation; the
        smallest sets first. These are all such Z and W. Without `limit` the list is empty only if there is no
        instrument [1]_. What it leaves out are instruments that work only given a variable that is an ancestor of
        neither, where that opens a collider: another instrument exists then, and is listed.

    Raises
    ------
    ValueError
        As `adjustment_sets`.

    References
    ----------
    .. [1] van der Zander, Textor and Liskiewicz (2015). Efficiently finding conditional instruments for causal
       inference. Proceedings of IJCAI 2015, 3243-3249.

    Examples
    --------
    >>> from rethinking.causal import CausalGraph
    >>> CausalGraph("Z -> X -> Y; X <- U -> Y; Z <- W -> Y", unobserved="U").instruments("X", "Y")
    [<instrument Z given W>]
    """
    check_limit(limit)
    parts = estimand(dag, exposure, outcome, effect)
    affected = nx.descendants(dag.to_networkx(), exposure)
    usable = set(dag.observed) - parts.forbidden - {exposure, outcome}
    found = []
    for name in sorted(usable - affected):
        sets = ordered(minimal_separators(parts.backdoor, name, outcome, usable - {name}), limit, f"sets for {name}")
        found += [Instrument(name, given) for given in sets if not d_separated(parts.backdoor, name, exposure, given)]
    return sorted(found, key=lambda instrument: len(instrument.given))


def front_door_sets(dag: Structure, exposure: str, outcome: str) -> list[frozenset[str]]:
    """Return the minimal sets of observed variables that make a front door, smallest first.

    A front door intercepts every causal path from exposure to outcome, has no open backdoor path from the exposure, and
    only such backdoor paths to the outcome as the exposure blocks (Pearl 2009, definition 3.3.3).

    Parameters
    ----------
    exposure, outcome : str
        Two observed variables.

    Returns
    -------
    list of frozenset of str
        ``[]`` if there is none. ``[frozenset()]`` if the exposure has no effect on the outcome.

    Raises
    ------
    ValueError
        If a name is unknown or unobserved, exposure and outcome are the same, or more than 16 variables are candidates.

    Examples
    --------
    >>> from rethinking.causal import CausalGraph
    >>> CausalGraph("X -> M -> Y; X <- U -> Y", unobserved="U").front_door_sets("X", "Y")
    [frozenset({'M'})]
    """
    check_roles(dag, exposure, outcome)
    graph = dag.to_networkx()
    behind = _without_arrows_out(graph, {exposure})
    candidates = [
        name for name in sorted(set(dag.observed) - {exposure, outcome}) if d_separated(behind, exposure, name)
    ]
    if len(candidates) > MOST_CANDIDATES:
        msg = (
            f"a front door is searched among {MOST_CANDIDATES} variables at most, but this graph has {len(candidates)}."
        )
        raise ValueError(msg)
    found = []
    sizes = range(len(candidates) + 1)
    for group in map(frozenset, chain.from_iterable(combinations(candidates, size) for size in sizes)):
        if not any(smaller <= group for smaller in found) and _is_front_door(graph, group, exposure, outcome):
            found.append(group)
    return found


def _is_front_door(graph: "nx.DiGraph", group: frozenset[str], exposure: str, outcome: str) -> bool:
    if nx.has_path(nx.restricted_view(graph, group, []), exposure, outcome):
        return False
    behind = _without_arrows_out(graph, group)
    return not group or nx.is_d_separator(behind, set(group), {outcome}, {exposure})


def _without_arrows_out(graph: "nx.DiGraph", nodes: set[str] | frozenset[str]) -> "nx.DiGraph":
    return nx.restricted_view(graph, [], list(graph.out_edges(nodes)))
