"""What a causal graph is made of, without the questions that can be asked of it.

Whatever answers a question about a graph takes this record; `rethinking.CausalGraph` is this record with all the
answers as its methods.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import lazy_loader

if TYPE_CHECKING:
    import networkx as nx
else:
    nx = lazy_loader.load("networkx")

__all__ = ["Structure"]


@dataclass(frozen=True)
class Structure:
    """Variables, an arrow for each direct effect, and which of the variables nobody observed.

    Nothing is checked here: `rethinking.CausalGraph` does that.

    Attributes
    ----------
    nodes : tuple of str
        All variables, in the order of first appearance.
    edges : tuple of (str, str)
        Pairs (cause, effect).
    unobserved : frozenset of str
        The variables that nobody observed.

    Examples
    --------
    >>> Structure(("U", "X"), (("U", "X"),), frozenset("U")).observed
    ('X',)
    """

    nodes: tuple[str, ...]
    edges: tuple[tuple[str, str], ...]
    unobserved: frozenset[str] = frozenset()

    @property
    def observed(self) -> tuple[str, ...]:
        """The observed variables, in the order of first appearance."""
        return tuple(name for name in self.nodes if name not in self.unobserved)

    def to_networkx(self) -> "nx.DiGraph":
        """Return a new networkx graph; its nodes have the attribute ``unobserved``.

        Examples
        --------
        >>> Structure(("U", "X"), (("U", "X"),), frozenset("U")).to_networkx().nodes(data="unobserved")
        NodeDataView({'U': True, 'X': False}, data='unobserved')
        """
        graph = nx.DiGraph()
        graph.add_nodes_from((name, {"unobserved": name in self.unobserved}) for name in self.nodes)
        graph.add_edges_from(self.edges)
        return graph
