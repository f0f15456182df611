"""Causal graphs: what is assumed about what causes what."""

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import lazy_loader

from rethinking._names import told
from rethinking.causal.audit.verdict import audit
from rethinking.causal.data.checks import check
from rethinking.causal.data.simulation import implied_covariance, simulate
from rethinking.causal.drawing.explore import explore
from rethinking.causal.drawing.highlights import draw
from rethinking.causal.edges import check_edges, check_names, node_names
from rethinking.causal.queries.adjustment import adjustment_sets, is_adjustment_set
from rethinking.causal.queries.independencies import d_separated, independencies
from rethinking.causal.queries.instruments import front_door_sets, instruments
from rethinking.causal.queries.paths import paths
from rethinking.causal.structure import Structure
from rethinking.causal.text import parse, quoted

if TYPE_CHECKING:
    import networkx as nx
else:
    nx = lazy_loader.load("networkx")

__all__ = ["CausalGraph"]

type Edges = Iterable[tuple[str, str]]


class CausalGraph(Structure):
    """A causal graph: variables, an arrow for each direct effect, and which of the variables nobody observed.

    A graph never changes; `do` returns another one. Two graphs are equal if they have the same variables, arrows and
    unobserved variables. The last line of a cell draws it.

    Parameters
    ----------
    graph : str, iterable of (str, str), networkx.DiGraph or CausalGraph
        Text such as ``"A -> B <- C; C -> D"`` or dagitty's ``"dag { U [latent] U -> X }"`` (see
        `rethinking.causal.text`), pairs (cause, effect), or a graph.
    unobserved : str or iterable of str, optional
        The unobserved variables, besides those that the text marks.

    Attributes
    ----------
    nodes : tuple of str
        All variables, in the order of first appearance.
    edges : tuple of (str, str)
        Pairs (cause, effect).
    unobserved : frozenset of str
        The variables that nobody observed.

    Raises
    ------
    ValueError
        If the text cannot be read, the edges form a cycle, or an unobserved variable is not in the graph.

    Examples
    --------
    >>> dag = CausalGraph("G -> X; G -> Y; X -> Y", unobserved="G")
    >>> dag
    CausalGraph('G -> X; G -> Y; X -> Y', unobserved=['G'])
    >>> dag == CausalGraph("dag { G [latent] X <- G -> Y <- X }")
    True
    >>> dag.adjustment_sets("X", "Y")
    []
    """

    def __init__(self, graph: "str | Edges | nx.DiGraph | CausalGraph", unobserved: Iterable[str] = ()):
        nodes, edges, hidden = _read(graph)
        edges = check_edges(edges) if edges else ()
        nodes = tuple(dict.fromkeys([*nodes, *node_names(edges)]))
        if not nodes:
            msg = "the graph is empty: give it at least one variable, as in 'X -> Y'."
            raise ValueError(msg)
        hidden = frozenset(hidden) | check_names(unobserved, nodes, "unobserved")
        self.__dict__.update(nodes=nodes, edges=edges, unobserved=hidden)

    def __setattr__(self, name: str, value: object) -> None:
        msg = f"a causal graph does not change: make a new one instead of setting {name!r}."
        raise AttributeError(msg)

    def __delattr__(self, name: str) -> None:
        self.__setattr__(name, None)

    def __eq__(self, other: object) -> bool:
        return self._identity == other._identity if isinstance(other, CausalGraph) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._identity)

    def __repr__(self) -> str:
        joined = set(node_names(self.edges))
        lone = [name for name in self.nodes if name not in joined]
        arrows = [f"{quoted(cause)} -> {quoted(effect)}" for cause, effect in self.edges]
        hidden = sorted(self.unobserved)
        text = "; ".join([*arrows, *map(quoted, lone)])
        return f"CausalGraph({text!r}" + (f", unobserved={hidden!r})" if hidden else ")")

    def _repr_svg_(self) -> str:
        return self.draw()._repr_svg_()

    def _repr_html_(self) -> str:
        return self.draw()._repr_html_()

    @cached_property
    def _identity(self) -> tuple[frozenset, frozenset, frozenset]:
        return frozenset(self.nodes), frozenset(self.edges), self.unobserved

    def do(self, *names: str) -> "CausalGraph":
        """Return the graph after an intervention on the named variables, which then listen to no cause.

        Parameters
        ----------
        *names : str
            One or more variables.

        Raises
        ------
        ValueError
            If a name is not in the graph.

        Examples
        --------
        >>> CausalGraph("G -> X; G -> Y; X -> Y", unobserved="G").do("X")
        CausalGraph('G -> Y; X -> Y', unobserved=['G'])
        """
        graph = self.to_networkx()
        graph.remove_edges_from(list(graph.in_edges(check_names(names, self.nodes, "do"))))
        return CausalGraph(graph)

    adjustment_sets = adjustment_sets
    is_adjustment_set = is_adjustment_set
    d_separated = d_separated
    independencies = independencies
    paths = paths
    instruments = instruments
    front_door_sets = front_door_sets
    simulate = simulate
    implied_covariance = implied_covariance
    draw = draw
    explore = explore
    check = check
    audit = audit


def _read(graph: Any) -> tuple[Iterable[str], Iterable[tuple[str, str]], Iterable[str]]:
    if isinstance(graph, str):
        return parse(graph)
    if isinstance(graph, CausalGraph):
        return graph.nodes, graph.edges, graph.unobserved
    if not isinstance(graph, Mapping) and hasattr(graph, "is_directed"):
        return _read_networkx(graph)
    if not isinstance(graph, Iterable) or isinstance(graph, Mapping) or hasattr(graph, "columns"):
        msg = (
            f"a causal graph is made of text such as 'X -> Y; Z -> Y', of pairs or of a DiGraph, not of {told(graph)}."
        )
        raise ValueError(msg)
    return (), tuple(graph), ()


def _read_networkx(graph: "nx.DiGraph") -> tuple[Iterable[str], Iterable[tuple[str, str]], Iterable[str]]:
    if not graph.is_directed():
        msg = "a causal graph has arrows, but this networkx graph has none: give a DiGraph."
        raise ValueError(msg)
    for name in graph:
        if not isinstance(name, str) or not name:
            msg = f"a causal graph names its variables by text, but this networkx graph has the node {told(name)}."
            raise ValueError(msg)
    return tuple(graph), tuple(graph.edges()), tuple(name for name, is_ in graph.nodes(data="unobserved") if is_)
