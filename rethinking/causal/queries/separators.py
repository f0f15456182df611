"""Sets that d-separate two variables, none of whose members can be spared.

Every minimal separator of x and y lies among the ancestors of x and y. Among them, d-separation is ordinary separation
in the moral graph (parents of a common child joined, arrows made lines) [1]_. A variable that may not be used is taken
out by joining its neighbours, and what remains is the listing of all minimal vertex separators of an undirected graph,
which takes polynomial time for each [2]_. Nothing is enumerated that is not an answer.

References
----------
.. [1] van der Zander, Liskiewicz and Textor (2019). Separators and adjustment sets in causal graphs: complete criteria
   and an algorithmic framework. Artificial Intelligence 270, 1-40.
.. [2] Kloks and Kratsch (1998). Listing all minimal separators of a graph. SIAM Journal on Computing 27, 605-613.
"""

from collections.abc import Collection, Iterator
from itertools import combinations, islice
from typing import TYPE_CHECKING

import lazy_loader

from rethinking.causal.edges import check_limit

if TYPE_CHECKING:
    import networkx as nx
else:
    nx = lazy_loader.load("networkx")


__all__ = ["d_separated", "minimal_separators", "ordered"]

MOST = 10_000


def d_separated(graph: "nx.DiGraph", x: str, y: str, given: Collection[str] = ()) -> bool:
    """Return whether `given` d-separates x from y.

    Examples
    --------
    >>> d_separated(nx.DiGraph([("X", "Z"), ("Y", "Z")]), "X", "Y")
    True
    """
    return nx.is_d_separator(graph, {x}, {y}, set(given))


def minimal_separators(graph: "nx.DiGraph", x: str, y: str, allowed: Collection[str]) -> Iterator[frozenset[str]]:
    """Yield every set of allowed nodes that d-separates x from y and of which no proper subset does.

    Parameters
    ----------
    graph : networkx.DiGraph
        An acyclic graph.
    x, y : str
        Two of its nodes.
    allowed : collection of str
        The nodes that a separator may have.

    Yields
    ------
    frozenset of str
        Nothing, if x and y cannot be separated; one empty set, if they are separate without help.

    Examples
    --------
    >>> graph = nx.DiGraph([("S", "A"), ("S", "M"), ("A", "M"), ("A", "D"), ("M", "D"), ("S", "W"), ("W", "D")])
    >>> sorted(map(sorted, minimal_separators(graph, "D", "S", {"A", "M", "W"})))
    [['A', 'M', 'W']]
    """
    moral = _moral(graph, x, y, allowed)
    if moral.has_edge(x, y):
        return
    waiting = [_close_separator(moral, {x}, y)]
    seen = set(waiting)
    while waiting:
        separator = waiting.pop()
        yield separator
        side = _component(moral, x, separator)
        for node in separator - set(moral[y]):
            found = _close_separator(moral, side | {node}, y)
            if found not in seen:
                seen.add(found)
                waiting.append(found)


def ordered(sets: Iterator[frozenset[str]], limit: int | None, what: str) -> list[frozenset[str]]:
    """Return the sets, smallest first and then by name; at most `limit` of them, whichever are found first.

    Raises
    ------
    ValueError
        If no limit is given and there are more than 10 000.

    Examples
    --------
    >>> ordered(iter([frozenset("BA"), frozenset("C")]), None, "separators")
    [frozenset({'C'}), frozenset({...})]
    """
    check_limit(limit)
    found = list(islice(sets, MOST + 1 if limit is None else limit))
    if limit is None and len(found) > MOST:
        msg = f"there are more than {MOST} {what}: ask for some of them, with limit=1 for example."
        raise ValueError(msg)
    return sorted(found, key=lambda group: (len(group), sorted(group)))


def _moral(graph: "nx.DiGraph", x: str, y: str, allowed: Collection[str]) -> "nx.Graph":
    ancestors = {x, y} | nx.ancestors(graph, x) | nx.ancestors(graph, y)
    moral = nx.moral_graph(graph.subgraph(ancestors))
    for node in ancestors - set(allowed) - {x, y}:
        moral.add_edges_from(combinations(list(moral[node]), 2))
        moral.remove_node(node)
    return moral


def _close_separator(moral: "nx.Graph", side: set[str], y: str) -> frozenset[str]:
    """Return the neighbours of the part that holds y when `side` and the neighbours of `side` are taken away."""
    border = _border(moral, side)
    return _border(moral, _component(moral, y, border))


def _component(moral: "nx.Graph", node: str, without: Collection[str]) -> set[str]:
    return nx.node_connected_component(nx.restricted_view(moral, without, []), node)


def _border(moral: "nx.Graph", nodes: set[str]) -> frozenset[str]:
    return frozenset(neighbour for node in nodes for neighbour in moral[node]) - nodes
