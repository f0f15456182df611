"""What a graph says about data: which variables are independent, given which others."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

from rethinking.causal.edges import check_limit, check_name, check_names
from rethinking.causal.queries import separators
from rethinking.causal.queries.separators import minimal_separators, ordered
from rethinking.causal.structure import Structure

__all__ = ["Independence", "d_separated", "independencies"]


@dataclass(frozen=True, repr=False)
class Independence:
    """The claim that x and y are independent within strata of `given`.

    It is shown as ``x _||_ y | given``, in the notation of dagitty.
    """

    x: str
    y: str
    given: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        return f"{self.x} _||_ {self.y}" + (f" | {', '.join(sorted(self.given))}" if self.given else "")


def d_separated(dag: Structure, x: str, y: str, given: Iterable[str] = ()) -> bool:
    """Return whether every path between x and y is blocked by `given`, so that the graph implies independence.

    Parameters
    ----------
    x, y : str
        Two variables, observed or not.
    given : iterable of str, optional
        Variables, observed or not.

    Raises
    ------
    ValueError
        If a name is unknown or is used twice.

    Examples
    --------
    >>> from rethinking.causal import CausalGraph
    >>> collider = CausalGraph("X -> Z <- Y")
    >>> collider.d_separated("X", "Y"), collider.d_separated("X", "Y", given={"Z"})
    (True, False)
    """
    check_name(x, dag.nodes, "x")
    check_name(y, dag.nodes, "y")
    if x == y:
        msg = f"x and y are both {x!r}: name two different variables."
        raise ValueError(msg)
    return separators.d_separated(dag.to_networkx(), x, y, check_names(given, dag.nodes, "given", without={x, y}))


def independencies(dag: Structure, limit: int | None = None) -> list[Independence]:
    """Return the conditional independencies among observed variables that data could contradict.

    For every pair of observed variables that can be made independent, each minimal set of observed variables that does
    it: none of its members can be left out. The other independencies that a graph implies follow from these only in
    part, but an arrow too few in the graph shows in one of these.

    Parameters
    ----------
    limit : int, optional
        At most so many sets for a pair.

    Returns
    -------
    list of Independence
        Those that need the smallest sets first.

    Raises
    ------
    ValueError
        If there are more than 10 000 sets for a pair.

    Examples
    --------
    >>> from rethinking.causal import CausalGraph
    >>> CausalGraph("S -> W; S -> A; S -> M; A -> M; A -> D; M -> D; W -> D").independencies()
    [A _||_ W | S, M _||_ W | S, D _||_ S | A, M, W]
    """
    check_limit(limit)
    graph = dag.to_networkx()
    found = []
    for x, y in combinations(sorted(dag.observed), 2):
        sets = minimal_separators(graph, x, y, set(dag.observed) - {x, y})
        what = f"minimal sets that separate {x} and {y}"
        found += [Independence(x, y, given) for given in ordered(sets, limit, what)]
    return sorted(found, key=lambda claim: len(claim.given))
