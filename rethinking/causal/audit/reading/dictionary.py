"""Which variables of a model are which of a graph's: by name, by the data, or by being a function of them."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import lazy_loader

from rethinking._names import kind_of, nearest
from rethinking.causal.audit.columns import are_groups, columns_of, factors_of, is_constant, same_data
from rethinking.causal.audit.reading.ancestry import numbers, values
from rethinking.causal.audit.reading.surface import Surface, rows_of

if TYPE_CHECKING:
    import numpy as np
    import pymc as pm
    from pytensor.graph.basic import Variable
else:
    np = lazy_loader.load("numpy")


__all__ = ["Dictionary", "wanted_names"]


class Dictionary:
    """The words of a graph for the variables of a model.

    Attributes
    ----------
    stands_for : dict of TensorVariable to str
        Variables of the model with a name that the graph has, or that `names` gives.
    arrays : dict of str to list of array
        For the variables of the graph, all data that are known to be theirs.
    groups : frozenset of str
        Variables of the graph that nobody observed: data that stand for one say who shares it.
    """

    def __init__(self, model: "pm.Model", wanted: Mapping[str, list], given: Iterable[str], unobserved: Iterable[str]):
        self.groups = frozenset(unobserved)
        self.stands_for, self.arrays = {}, {name: [] for name in wanted}
        for name, each in ((name, each) for name, every in wanted.items() for each in every):
            if not isinstance(each, str):
                self.arrays[name].append(np.asarray(each))
            elif each in model.named_vars:
                variable = model.named_vars[each]
                self.stands_for[variable] = name
                held = values(model.rvs_to_values[variable]) if variable in model.observed_RVs else values(variable)
                self.arrays[name] += [held] if held is not None else []
            elif name in given:
                raise _unknown_name(model, name, each)

    def rows(self, surface: Surface) -> dict[str, list]:
        """Return how the variables of the graph may look by row."""
        found = {name: [] for name in self.arrays}
        for name, arrays in self.arrays.items():
            found[name] += [column for array in arrays for each in _rows(array, surface) for column in columns_of(each)]
        for stop in surface.stops:
            name = self.stands_for.get(stop)
            if name and not self.arrays[name]:
                found[name] += [column for each in _rows(surface.start[stop], surface) for column in columns_of(each)]
        return found

    def labels(self, leaf: "Variable", surface: Surface) -> list[frozenset[str] | None]:
        """Return for each column of an array of data the variables it is made of; None if the graph has none such."""
        held = numbers(leaf)
        if leaf in self.stands_for:
            return [frozenset([self.stands_for[leaf]])] * (held.shape[1] if held.ndim == 2 else 1)
        if held.ndim == 2 and (np.sort(held, axis=1)[:, :-1] == 0).all() and (held.sum(axis=1) == 1).all():
            return [self._of_groups(held.argmax(axis=1))] * held.shape[1]
        labels = [self._label(column, surface) for column in columns_of(held)]
        return [
            label if label is not None else _of_basis(column, labels)
            for column, label in zip(columns_of(held), labels, strict=True)
        ]

    def of_data(self, held: "np.ndarray | None") -> str | None:
        """Return the variable of the graph that has some data, or None."""
        pairs = ((name, each) for name, arrays in self.arrays.items() for each in arrays)
        return next((name for name, each in pairs if same_data(held, each)), None)

    def of_groups(self, leaf: "Variable") -> frozenset[str] | None:
        """Return the variable whose values an index of groups tells apart, or None."""
        if leaf in self.stands_for:
            return frozenset([self.stands_for[leaf]])
        return self._of_groups(numbers(leaf))

    def name_of(self, leaf: "Variable") -> str:
        """Return what to call an index of groups: its name in the model, or in the graph, or just a group."""
        return leaf.name or next(iter(self.of_groups(leaf) or ()), "group")

    def _of_groups(self, groups: "np.ndarray") -> frozenset[str] | None:
        pairs = ((name, each) for name, arrays in self.arrays.items() for each in arrays)
        return next((frozenset([name]) for name, each in pairs if are_groups(groups, each)), None)

    def named(self, variables: Iterable["Variable"], surface: Surface) -> frozenset[str]:
        """Return the variables of the graph that variables of the model depend on."""
        found = {self.stands_for[each] for each in variables if each in self.stands_for}
        data = (each for each in variables if each.owner is None and each not in self.stands_for)
        leaves = [each for each in data if _is_data(values(each))]
        return frozenset(found.union(*(label or () for leaf in leaves for label in self.labels(leaf, surface))))

    def _label(self, column: "np.ndarray", surface: Surface) -> frozenset[str] | None:
        if is_constant(column):
            return frozenset()
        pairs = [
            (name, each)
            for name, arrays in self.arrays.items()
            for array in arrays
            for each in columns_of(array)
            if name not in self.groups or array.dtype.kind == "f" or column.dtype.kind in "iu"
        ]
        for name, array in pairs:
            if same_data(column, array) or are_groups(column, array):
                return frozenset([name])
        known = [
            (name, each) for name, every in self.rows(surface).items() for each in every if name not in self.groups
        ]
        for each in _rows(column, surface):
            if found := factors_of(each, known):
                return found
        return None


def wanted_names(names: Mapping[str, object], graph: Iterable[str]) -> dict[str, list]:
    """Return for each variable of the graph a list of names in the model or of data, checked.

    Raises
    ------
    TypeError
        If something else stands there.
    """
    given = {
        name: list(each) if isinstance(each, list | tuple) and not _is_numbers(each) else [each]
        for name, each in names.items()
    }
    for name, one in ((name, one) for name, every in given.items() for one in every):
        if not isinstance(one, str) and not _is_numbers(one):
            msg = f"names says that {name!r} is {kind_of(one)}: give a name in the model, or data."
            raise TypeError(msg)
    taken = {one for every in given.values() for one in every if isinstance(one, str)}  # what is P is not G as well
    return {name: [] if name in taken else [name] for name in graph} | given


def _of_basis(column: "np.ndarray", labels: list) -> frozenset[str] | None:
    """Return what the other columns of a basis are a function of, for one that is zero in all rows but two or fewer."""
    names = {label for label in labels if label}
    is_basis = len(names) == 1 and sum(label is None for label in labels) <= len(labels) / 4
    return names.pop() if is_basis and np.count_nonzero(column) <= 2 else None


def _is_numbers(held: object) -> bool:
    try:
        array = np.asarray(held)
    except (TypeError, ValueError):
        return False
    return array.ndim in (1, 2) and array.dtype.kind in "fiub"


def _rows(array: "np.ndarray", surface: Surface) -> list["np.ndarray"]:
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        return []
    return rows_of(array, surface)


def _is_data(held: "np.ndarray | None") -> bool:
    return held is not None and held.size > 1 and held.dtype.kind in "fiu"


def _unknown_name(model: "pm.Model", name: str, wanted: str) -> ValueError:
    """Return the error for a name that the model does not have."""
    known = [each for each in model.named_vars if not each.startswith("_")]
    near = nearest(wanted, known)
    advice = f"did you mean {near!r}?" if near else f"it has {', '.join(known)}"
    return ValueError(f"names says that {name!r} is {wanted!r} in the model, which has no such variable: {advice}")
