"""The paths between two variables, which of them are open, and which node decides."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import TYPE_CHECKING

import lazy_loader

from rethinking.causal.edges import check_limit, check_name, check_names
from rethinking.causal.structure import Structure

if TYPE_CHECKING:
    import networkx as nx
else:
    nx = lazy_loader.load("networkx")


__all__ = ["Path", "paths"]

MOST = 10_000


@dataclass(frozen=True, repr=False)
class Path:
    """A path between two variables, judged for what is conditioned on.

    Attributes
    ----------
    nodes : tuple of str
        The variables along the path, both ends included.
    arrows : tuple of str
        ``"->"`` or ``"<-"`` between each two neighbours.
    roles : dict of str to str
        For each node between the ends: fork (both arrows leave it), pipe (one enters, one leaves) or collider (both
        enter).
    kind : {"causal", "backdoor", "noncausal"}
        Causal if all arrows point from the first node to the last; backdoor if the first arrow points into the first
        node; noncausal if the path leaves the first node as a cause but turns at a collider.
    open : bool
        Whether association flows along it.
    node : str or None
        The node that decides: of a blocked path, the first that blocks it; of an open one, the first collider that is
        held open. None for an open path without colliders.
    reason : str
        Why, in words.
    """

    nodes: tuple[str, ...]
    arrows: tuple[str, ...]
    roles: dict[str, str]
    kind: str
    open: bool
    node: str | None
    reason: str

    @property
    def edges(self) -> tuple[tuple[str, str], ...]:
        """The edges of the path, each as (cause, effect)."""
        steps = zip(pairwise(self.nodes), self.arrows, strict=True)
        return tuple((a, b) if arrow == "->" else (b, a) for (a, b), arrow in steps)

    def __hash__(self) -> int:
        return hash((self.nodes, self.arrows, self.open))

    def __str__(self) -> str:
        steps = (f" {arrow} {node}" for arrow, node in zip(self.arrows, self.nodes[1:], strict=True))
        return self.nodes[0] + "".join(steps)

    def __repr__(self) -> str:
        return f"<{'open' if self.open else 'blocked'} {self.kind} path {self}: {self.reason}>"


def paths(
    dag: Structure, exposure: str, outcome: str, given: Iterable[str] = (), limit: int | None = None
) -> list[Path]:
    """Return every path between two variables, shortest first, with whether it is open and the node that decides.

    Parameters
    ----------
    exposure, outcome : str
        Two variables, observed or not.
    given : iterable of str, optional
        The variables conditioned on, observed or not.
    limit : int, optional
        Stop after so many paths.

    Returns
    -------
    list of Path

    Raises
    ------
    ValueError
        If a name is unknown or is used twice, or if there are more than 10 000 paths.

    Examples
    --------
    >>> from rethinking.causal import CausalGraph
    >>> dag = CausalGraph("X <- G -> Y; X -> Y; X -> C <- Y")
    >>> dag.paths("X", "Y", given={"C"})
    [<open causal path X -> Y: nothing on it is conditioned on>,
     <open noncausal path X -> C <- Y: the collider C is conditioned on>,
     <open backdoor path X <- G -> Y: nothing on it is conditioned on>]
    >>> dag.paths("X", "Y", given={"G"})[1:]
    [<blocked noncausal path X -> C <- Y: the collider C is not conditioned on>,
     <blocked backdoor path X <- G -> Y: the fork G is conditioned on>]
    """
    for where, name in [("exposure", exposure), ("outcome", outcome)]:
        check_name(name, dag.nodes, where)
    if exposure == outcome:
        msg = f"exposure and outcome are both {exposure!r}: name two different variables."
        raise ValueError(msg)
    given = check_names(given, dag.nodes, "given", without={exposure, outcome})
    check_limit(limit)
    graph = dag.to_networkx()
    routes = nx.all_simple_paths(graph.to_undirected(as_view=True), exposure, outcome)
    found = list(islice(routes, MOST + 1 if limit is None else limit))
    if limit is None and len(found) > MOST:
        msg = f"there are more than {MOST} paths from {exposure} to {outcome}: ask for some, as with limit=100."
        raise ValueError(msg)
    openers = {node: _opener(graph, node, given) for node in graph}
    judged = (_judge(graph, route, given, openers) for route in found)
    return sorted(judged, key=lambda path: (len(path.nodes), str(path)))


def _opener(graph: "nx.DiGraph", node: str, given: frozenset[str]) -> str | None:
    """Return the variable in `given` that opens `node` as a collider: the node itself or its nearest descendant."""
    reached = nx.single_source_shortest_path_length(graph, node)
    return min(given & set(reached), key=lambda name: (reached[name], name), default=None)


def _judge(graph: "nx.DiGraph", route: list[str], given: frozenset[str], openers: dict[str, str | None]) -> Path:
    arrows = tuple("->" if graph.has_edge(*step) else "<-" for step in pairwise(route))
    inner = dict(zip(route[1:-1], map(_role, pairwise(arrows)), strict=True))
    blocks = [node for node, role in inner.items() if (openers[node] is None if role == "collider" else node in given)]
    opened = [node for node, role in inner.items() if role == "collider"]
    node = next(iter(blocks or opened), None)
    kind = "causal" if set(arrows) == {"->"} else "backdoor" if arrows[0] == "<-" else "noncausal"
    reason = _reason(node, inner, not blocks, openers)
    return Path(tuple(route), arrows, inner, kind, not blocks, node, reason)


def _role(arrows: tuple[str, str]) -> str:
    return {("->", "<-"): "collider", ("<-", "->"): "fork"}.get(arrows, "pipe")


def _reason(node: str | None, roles: dict[str, str], is_open: bool, openers: dict[str, str | None]) -> str:
    if node is None:
        return "nothing on it is conditioned on"
    if not is_open:
        return f"the {roles[node]} {node} is {'not ' if roles[node] == 'collider' else ''}conditioned on"
    opener = openers[node]
    return f"the collider {node} is conditioned on" + ("" if opener == node else f" through its descendant {opener}")
