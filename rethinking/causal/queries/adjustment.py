"""What to adjust for.

A set of variables is an **adjustment set** for the effect of an exposure on an outcome if, within its strata, what is
left of their association is the effect and nothing else. For the total effect that is so exactly when [1]_ [2]_

1. no member is an effect of a variable on a causal path (a mediator, the outcome, or a descendant of one), and
2. the set d-separates exposure and outcome once the first arrow of every causal path is taken away.

For the direct effect the only causal path is the arrow from exposure to outcome [3]_, which mediators then do not lie
on: they may, and mostly must, be in the set. A direct effect that differs between the levels of other variables is not
one number, and the criterion promises one number only for linear models without such interactions.

References
----------
.. [1] Shpitser, VanderWeele and Robins (2010). On the validity of covariate adjustment for estimating causal effects.
   Proceedings of UAI 2010, 527-536.
.. [2] Perkovic, Textor, Kalisch and Maathuis (2018). Complete graphical characterization and construction of adjustment
   sets in Markov equivalence classes of ancestral graphs. Journal of Machine Learning Research 18 (220), 1-62.
.. [3] Pearl (2009). Causality, 2nd edition, theorem 5.3.1. Cambridge University Press.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

import lazy_loader

from rethinking._names import told
from rethinking.causal.edges import check_name, check_names
from rethinking.causal.queries.separators import d_separated, minimal_separators, ordered
from rethinking.causal.structure import Structure

if TYPE_CHECKING:
    import networkx as nx
else:
    nx = lazy_loader.load("networkx")


__all__ = ["Estimand", "adjustment_sets", "estimand", "is_adjustment_set"]

EFFECTS = ("total", "direct")


class Estimand(NamedTuple):
    """What an effect means in a graph.

    Attributes
    ----------
    exposure, outcome, effect : str
        The question.
    backdoor : networkx.DiGraph
        The graph without the first arrow of each causal path that the effect consists of.
    carriers : frozenset of str
        The nodes on those paths, without the exposure.
    forbidden : frozenset of str
        The carriers and their descendants, which no adjustment set may have.
    """

    exposure: str
    outcome: str
    effect: str
    backdoor: "nx.DiGraph"
    carriers: frozenset[str]
    forbidden: frozenset[str]

    def is_met(self, given: frozenset[str]) -> bool:
        """Return whether conditioning on `given` leaves the effect and nothing else, observed or not."""
        return not given & self.forbidden and d_separated(self.backdoor, self.exposure, self.outcome, given)


def estimand(dag: Structure, exposure: str, outcome: str, effect: str = "total") -> Estimand:
    """Return what the total or direct effect means in a graph.

    Raises
    ------
    ValueError
        If exposure and outcome are not two observed variables of the graph, or the effect is neither total nor direct.

    Examples
    --------
    >>> from rethinking.causal import CausalGraph
    >>> parts = estimand(CausalGraph("X -> M -> Y -> D"), "X", "Y")
    >>> sorted(parts.carriers), sorted(parts.forbidden), list(parts.backdoor.edges)
    (['M', 'Y'], ['D', 'M', 'Y'], [('M', 'Y'), ('Y', 'D')])
    """
    check_roles(dag, exposure, outcome)
    if not isinstance(effect, str) or effect not in EFFECTS:
        msg = f"effect is {told(effect)}, but must be 'total' or 'direct'."
        raise ValueError(msg)
    graph = dag.to_networkx()
    if effect == "total":
        carriers = nx.descendants(graph, exposure) & (nx.ancestors(graph, outcome) | {outcome})
    else:
        carriers = {outcome} & set(graph[exposure])
    forbidden = carriers.union(*(nx.descendants(graph, node) for node in carriers))
    graph.remove_edges_from([(exposure, node) for node in carriers])
    return Estimand(exposure, outcome, effect, graph, frozenset(carriers), frozenset(forbidden))


def check_roles(dag: Structure, exposure: str, outcome: str) -> None:
    """Raise a ValueError unless exposure and outcome are two observed variables of the graph."""
    for role, name in [("exposure", exposure), ("outcome", outcome)]:
        check_name(name, dag.nodes, role)
        if name in dag.unobserved:
            msg = f"the {role} {name!r} is unobserved: an effect can be estimated only between observed variables."
            raise ValueError(msg)
    if exposure == outcome:
        msg = f"exposure and outcome are both {exposure!r}: name two different variables."
        raise ValueError(msg)


def adjustment_sets(
    dag: Structure, exposure: str, outcome: str, effect: str = "total", limit: int | None = None
) -> list[frozenset[str]]:
    """Return the minimal sets of observed variables to adjust for, smallest first.

    ``[frozenset()]`` means: adjust for nothing, the association is the effect. ``[]`` means: there is no such set, and
    no choice of observed variables makes a regression return the effect.

    Parameters
    ----------
    exposure, outcome : str
        Two observed variables.
    effect : {"total", "direct"}
        All causal paths from exposure to outcome, or only the arrow between them.
    limit : int, optional
        Stop after so many sets. Each takes polynomial time, so one set of a large graph is found at once.

    Returns
    -------
    list of frozenset of str
        Sets that are valid and of which no proper subset is.

    Raises
    ------
    ValueError
        If a name is unknown or unobserved, exposure and outcome are the same, or there are more than 10 000 sets.

    Examples
    --------
    >>> from rethinking.causal import CausalGraph
    >>> waffle = CausalGraph("S -> W; S -> A; S -> M; A -> M; A -> D; M -> D; W -> D")
    >>> [sorted(group) for group in waffle.adjustment_sets("W", "D")]
    [['S'], ['A', 'M']]
    >>> CausalGraph("U -> X; U -> Y; X -> Y", unobserved="U").adjustment_sets("X", "Y")
    []
    >>> CausalGraph("X -> M -> Y").adjustment_sets("X", "Y")
    [frozenset()]
    """
    parts = estimand(dag, exposure, outcome, effect)
    allowed = set(dag.observed) - parts.forbidden - {exposure, outcome}
    return ordered(minimal_separators(parts.backdoor, exposure, outcome, allowed), limit, "minimal adjustment sets")


def is_adjustment_set(dag: Structure, given: Iterable[str], exposure: str, outcome: str, effect: str = "total") -> bool:
    """Return whether adjusting for `given`, and nothing else, leaves the effect; the set need not be minimal.

    Parameters
    ----------
    given : iterable of str
        The variables in the model besides exposure and outcome. A set with an unobserved one is never valid.
    exposure, outcome, effect
        As in `adjustment_sets`.

    Raises
    ------
    ValueError
        As `adjustment_sets`, or if exposure or outcome is in `given`.

    Examples
    --------
    >>> from rethinking.causal import CausalGraph
    >>> dag = CausalGraph("X -> M -> Y; C -> X; C -> Y")
    >>> dag.is_adjustment_set({"C"}, "X", "Y"), dag.is_adjustment_set({"C", "M"}, "X", "Y")
    (True, False)
    >>> dag.is_adjustment_set({"C", "M"}, "X", "Y", effect="direct")
    True
    """
    parts = estimand(dag, exposure, outcome, effect)
    given = check_names(given, dag.nodes, "given", without={exposure, outcome})
    return not given & dag.unobserved and parts.is_met(given)
