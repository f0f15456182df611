"""The edge list of a causal graph, checked before anything is built on it.

An edge is a pair ``(cause, effect)`` of names. A causal graph is acyclic: nothing causes itself, neither at once nor
by way of others. What breaks that is refused here, in a sentence that names the offender.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from numbers import Integral

from rethinking._names import nearest, some, told

__all__ = ["check_edge", "check_edges", "check_limit", "check_mapping", "check_name", "check_names", "node_names"]


MOST_EDGES = 10_000
MOST_LETTERS = 200


def check_edges(edge_list: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Return the edges in the order given, each once.

    Parameters
    ----------
    edge_list : iterable of (str, str)
        Pairs ``(cause, effect)``.

    Raises
    ------
    ValueError
        If there is no edge, if one is not a pair of names, or if the edges form a cycle, which is then named.

    Examples
    --------
    >>> check_edges([("Z", "X"), ("Z", "Y"), ("Z", "X")])
    (('Z', 'X'), ('Z', 'Y'))
    >>> check_edges([("A", "B"), ("B", "C"), ("C", "A")])
    Traceback (most recent call last):
    ValueError: a causal graph has no cycle, but this one has A -> B -> C -> A: remove or turn one of these edges.
    """
    if isinstance(edge_list, str) or not isinstance(edge_list, Iterable):
        msg = f"edge_list is {told(edge_list)}, but must be a list of pairs such as [('Z', 'X'), ('Z', 'Y')]."
        raise ValueError(msg)
    if hasattr(edge_list, "columns") or isinstance(edge_list, Mapping):
        msg = f"edge_list is {told(edge_list)}, but must be a list of pairs such as [('Z', 'X'), ('Z', 'Y')]."
        raise ValueError(msg)
    edges = tuple(dict.fromkeys(_pair(edge) for edge in edge_list))
    if len(edges) > MOST_EDGES:
        msg = f"a causal graph has at most {MOST_EDGES:,} arrows, but this one has {len(edges):,}: draw a part of it."
        raise ValueError(msg)
    if not edges:
        msg = "edge_list is empty: give at least one pair (cause, effect)."
        raise ValueError(msg)
    _refuse_cycle(edges)
    return edges


def node_names(edges: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Return every name in the edges, in the order of first appearance.

    Examples
    --------
    >>> node_names([("Z", "X"), ("Z", "Y")])
    ('Z', 'X', 'Y')
    """
    return tuple(dict.fromkeys(name for edge in edges for name in edge))


def check_name(name: object, names: Collection[str], where: str) -> None:
    """Raise a ValueError with the nearest name unless `name` is one of `names`.

    Parameters
    ----------
    name : str
        The name to look for.
    names : collection of str
        The names that exist.
    where : str
        What the name was given to, as the message should call it.

    Examples
    --------
    >>> check_name("x", ["X", "Y"], "unobserved")
    Traceback (most recent call last):
    ValueError: unobserved names 'x', which is not in the graph: did you mean 'X'?
    """
    if not isinstance(name, str):
        msg = f"{where} is {told(name)}, but must be the name of a variable: the graph has {some(names)}."
        raise ValueError(msg)
    if name in names:
        return
    near = nearest(name, names)
    advice = f"did you mean {near!r}?" if near else f"the graph has {some(names)}."
    msg = f"{where} names {told(name)}, which is not in the graph: {advice}"
    raise ValueError(msg)


def check_names(
    names: str | Iterable[str], known: Collection[str], where: str, without: Collection[str] = ()
) -> frozenset[str]:
    """Return the names as a set, each of which must be known and none of which may be in `without`.

    Examples
    --------
    >>> sorted(check_names(["A", "B"], ["A", "B", "X"], "given"))
    ['A', 'B']
    >>> check_names("X", ["A", "X"], "given", without={"X"})
    Traceback (most recent call last):
    ValueError: given holds 'X', which the question is about: leave it out.
    """
    if not isinstance(names, Iterable) or isinstance(names, Mapping) or hasattr(names, "columns"):
        msg = f"{where} is {told(names)}, but must be a name or several, such as {set(list(known)[:1])}."
        raise ValueError(msg)
    names = (names,) if isinstance(names, str) else tuple(names)
    for name in names:
        check_name(name, known, where)
        if name in without:
            msg = f"{where} holds {name!r}, which the question is about: leave it out."
            raise ValueError(msg)
    return frozenset(names)


def check_limit(limit: int | None) -> None:
    """Raise a ValueError unless `limit` is None or a whole number above zero.

    Examples
    --------
    >>> check_limit(0)
    Traceback (most recent call last):
    ValueError: limit is 0, but must be a whole number above 0, or None for all.
    """
    if limit is not None and (not isinstance(limit, Integral) or isinstance(limit, bool) or limit < 1):
        msg = f"limit is {told(limit)}, but must be a whole number above 0, or None for all."
        raise ValueError(msg)


def check_mapping(value: object, where: str, example: str) -> None:
    """Raise a ValueError unless something is a mapping or None.

    Examples
    --------
    >>> check_mapping(["X"], "names", "{'X': 'age'}")
    Traceback (most recent call last):
    ValueError: names is ['X'], but must be a dictionary such as {'X': 'age'}.
    """
    if value is not None and not isinstance(value, Mapping):
        msg = f"{where} is {told(value)}, but must be a dictionary such as {example}."
        raise ValueError(msg)


def check_edge(edge: tuple[str, str], edges: Collection[tuple[str, str]], where: str) -> None:
    """Raise a ValueError with the nearest edge unless `edge` is one of `edges`.

    Examples
    --------
    >>> check_edge(("Y", "X"), [("X", "Y")], "edge_props")
    Traceback (most recent call last):
    ValueError: edge_props names Y -> X, which is not in the graph: did you mean X -> Y?
    """
    if isinstance(edge, tuple) and edge in edges:
        return
    shown = [_show(other) for other in edges]
    turned = isinstance(edge, tuple) and edge[::-1] in edges
    near = _show(edge[::-1]) if turned else nearest(_show(edge), shown)
    advice = f"did you mean {near}?" if near else f"the graph has {some(shown)}."
    msg = f"{where} names {_show(edge)}, which is not in the graph: {advice}"
    raise ValueError(msg)


def _show(edge: object) -> str:
    return " -> ".join(map(str, edge)) if isinstance(edge, tuple) else told(edge)


def _pair(edge: Sequence[str]) -> tuple[str, str]:
    is_pair = isinstance(edge, Sequence) and not isinstance(edge, str) and len(edge) == 2
    if not is_pair or not all(isinstance(name, str) and name for name in edge):
        msg = f"an edge is a pair of names (cause, effect), but edge_list holds {told(edge)}."
        raise ValueError(msg)
    cause, effect = edge
    if max(len(cause), len(effect)) > MOST_LETTERS:
        msg = f"a name has at most {MOST_LETTERS} characters, but edge_list holds {told(max(edge, key=len))}."
        raise ValueError(msg)
    if cause == effect:
        msg = f"{cause!r} cannot cause itself: remove the edge {cause} -> {effect}."
        raise ValueError(msg)
    return cause, effect


def _refuse_cycle(edges: tuple[tuple[str, str], ...]) -> None:
    sorter = TopologicalSorter()
    for cause, effect in edges:
        sorter.add(effect, cause)
    try:
        sorter.prepare()
    except CycleError as error:
        ring = error.args[1][:-1]
        first = ring.index(next(name for name in node_names(edges) if name in ring))
        path = " -> ".join([*ring[first:], *ring[:first], ring[first]])
        msg = f"a causal graph has no cycle, but this one has {path}: remove or turn one of these edges."
        raise ValueError(msg) from None
