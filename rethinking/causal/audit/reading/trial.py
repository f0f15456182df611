"""Reads a linear model: every parameter is moved, every array shuffled, and what happens is written down."""

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING

import lazy_loader

from rethinking.causal.audit.columns import (
    are_groups,
    distance,
    group_of_rows,
    is_constant,
    varies_within,
)
from rethinking.causal.audit.reading.ancestry import all_above
from rethinking.causal.audit.reading.dictionary import Dictionary
from rethinking.causal.audit.reading.shuffles import shuffles
from rethinking.causal.audit.reading.spreads import spread
from rethinking.causal.audit.reading.surface import Surface
from rethinking.causal.audit.records import Column, Index, Term

if TYPE_CHECKING:
    import numpy as np
    import pymc as pm
    from pytensor.graph.basic import Variable
else:
    np = lazy_loader.load("numpy")


__all__ = ["Trial", "choose_way"]

# A parameter with at most so many elements is moved element by element, a larger one in a few random directions.
FEW, DIRECTIONS, REMEMBERED = 40, 3, 64
SAME, ROUNDING = 1e-7, 1e-8


class Trial:
    """A linear model that is tried: its parameters moved, the variables of the graph and unknown arrays shuffled."""

    def __init__(self, model: "pm.Model", surface: Surface, words: Dictionary, number: int, own: Iterable["Variable"]):
        self.model, self.surface, self.words, self.number, self.own = model, surface, words, number, set(own)
        self.rows = words.rows(surface)
        self._seen = {}
        self.on, self.unknown, self.by, self.means = shuffles(surface, words, self.rows)

    @cached_property
    def indices(self) -> tuple[Index, ...]:
        """The groups by which anything is looked up, those with the fewest first."""
        found = []
        for leaf in self.surface.indices:
            groups = group_of_rows(self.surface.start[leaf])
            names = {self.words.stands_for[leaf]} if leaf in self.words.stands_for else set()
            names |= {name for name, every in self.rows.items() for each in every if are_groups(groups, each)}
            found.append(Index(self.words.name_of(leaf), groups, frozenset(names)))
        return tuple(sorted(found, key=lambda each: each.groups.max()))

    @cached_property
    def terms(self) -> tuple[Term, ...]:
        """What each parameter adds to the linear model."""
        terms = (self._term(parameter) for parameter in self.surface.parameters)
        return tuple(term for term in terms if term is not None)

    def touched(self, changes: dict) -> frozenset[str]:
        """Return the names of the shuffles that change the linear model at all."""
        base, moved = self._at({}), {name: self._at(change) for name, change in changes.items()}
        return frozenset(name for name, each in moved.items() if not _same(each - each.mean(), base - base.mean()))

    def fixed(self) -> frozenset[str]:
        """Return the variables that move the linear model even where every parameter that they have is zero."""
        start, found = self.surface.start, set()
        for name, change in self.on.items():
            own = {term.parameter for term in self.terms if any(name in column.on for column in term.columns)}
            held = [each for each in self.surface.parameters if each.name in own]
            if all(self._is_straight(each) for each in held):
                zero = {each: np.zeros_like(start[each]) for each in held}
                without, shuffled = self._at(zero), self._at({**change, **zero})
                if np.isfinite(without + shuffled).all() and not _same(without, shuffled):
                    found.add(name)
        return frozenset(found)

    def _is_straight(self, parameter: "Variable") -> bool:
        start = self.surface.start[parameter]
        one, two, three = (self._at({parameter: start * factor}) for factor in (1, 1.5, 2))
        return _same(two - one, three - two)

    def _term(self, parameter: "Variable") -> Term | None:
        start = self.surface.start[parameter]
        rng = np.random.default_rng(1)
        random = [rng.uniform(0.5, 1.5, start.shape) for _ in range(DIRECTIONS)]
        moved = self._move(parameter, random[0])
        if not np.abs(moved).max() > 0:
            return None
        index = self._index(parameter, random[0], moved) if start.size > 1 else None
        if index is not None or start.size > FEW:
            directions = random
        else:
            directions = [np.eye(1, start.size, k).reshape(start.shape) for k in range(start.size)]
        columns = tuple(self._column(parameter, each) for each in directions)
        groups = index.groups if index else None
        if index is None and start.size > 1:
            groups, index = self._sloped(columns)
        shaped = self.words.named(self.surface.priors[parameter], self.surface)
        return Term(
            parameter=str(parameter.name),
            columns=tuple(each for each in columns if np.abs(each.numbers).max() > 0),
            size=start.size,
            groups=groups,
            index=index.name if index else "",
            spread=self._spread(parameter, random[0], moved) if groups is not None else self._fixed_sd(parameter),
            shaped_by=shaped,
            mean_of=tuple(each.name for each, means in self.surface.means.items() if parameter in means),
            elsewhere=tuple(self._elsewhere(parameter)),
        )

    def _index(self, parameter: "Variable", direction: "np.ndarray", moved: "np.ndarray") -> Index | None:
        """Return the index by which a parameter has an intercept for each group."""
        if is_constant(moved):
            return None
        column = self._column(parameter, direction)
        for index in self.indices:
            others = column.on - index.stands_for
            if not varies_within(moved, index.groups) and not others and not column.unknown:
                return index
        distinct = group_of_rows(np.round(moved / np.abs(moved).max(), 10))
        if self.surface.start[parameter].size <= FEW and distinct.max() < len(distinct) - 1:
            eye = np.eye(self.surface.start[parameter].size)
            shape = self.surface.start[parameter].shape
            each = np.array([self._move(parameter, one.reshape(shape)) for one in eye])
            apart = ((np.abs(each) > 0).sum(axis=0) <= 1).all()
            flat = all(is_constant(one[one != 0]) for one in each if (one != 0).any())
            if apart and flat and len(each) > 1 and (np.abs(each).max(axis=1) > 0).all():
                names = {name for name, every in self.rows.items() for one in every if are_groups(distinct, one)}
                return Index("group", distinct, frozenset(names))
        return None

    def _sloped(self, columns: Iterable[Column]) -> tuple:
        """Return the groups of intercepts that come along with slopes by group, in one parameter."""
        for index in self.indices:
            for column in columns:
                for name in column.on:
                    for values_ in self.rows[name] if index.name in column.by else []:
                        intercepts = _within(column.numbers, values_, index.groups)
                        if intercepts is not None and np.abs(intercepts).max() > ROUNDING:
                            return index.groups, index
        return None, None

    def _column(self, parameter: "Variable", direction: "np.ndarray") -> Column:
        numbers = self._move(parameter, direction)
        depends = [
            {name for name, change in changes.items() if not _same(self._move(parameter, direction, change), numbers)}
            for changes in (self.on, self.unknown, self.by)
        ]
        on, unknown, by = (frozenset(each) for each in depends)
        groups = {index.name: index.groups for index in self.indices}
        if len(on) > 1 or (on and by):
            for name in sorted(on):
                if any(len(each) == len(numbers) and distance(numbers, [each]) < ROUNDING for each in self.rows[name]):
                    return Column(numbers, frozenset([name]), unknown)
        if on or unknown:
            by = frozenset(name for name in by if name not in groups or varies_within(numbers, groups[name]))
        for index in self.indices:
            rest = on - index.stands_for
            if rest and not varies_within(numbers, index.groups):
                on = rest
        return Column(numbers, on, unknown, by)

    def _fixed_sd(self, parameter: "Variable") -> float | None:
        return spread(parameter, set(self.model.free_RVs))

    def _spread(self, parameter: "Variable", direction: "np.ndarray", moved: "np.ndarray") -> float | None:
        """Return the fixed sd of a prior on the scale of the linear model; None if it is learned or scaled."""
        fixed = self._fixed_sd(parameter)
        others = {
            each: self.surface.start[each] * 1.5
            for each in self.surface.parameters
            if each is not parameter and self.surface.start[each].dtype.kind == "f"
        }
        if fixed is None or not _same(self._move(parameter, direction, others), moved):
            return None
        return fixed * float(np.abs(moved).max() / np.abs(direction).max())

    def _elsewhere(self, parameter: "Variable") -> Iterator[str]:
        others = [each for each in self.model.observed_RVs if each not in self.own]
        for each in [*others, *self.model.potentials]:
            if parameter in all_above(each, set(self.model.observed_RVs) - {each}):
                yield each.name

    def _move(self, parameter: "Variable", direction: "np.ndarray", change: dict = {}) -> "np.ndarray":  # noqa: B006
        start = (self.surface.start | change)[parameter]
        direction = direction if start.dtype.kind == "f" else np.ceil(direction)
        moved = {parameter: (start + direction).astype(start.dtype)}
        difference = self._at(change | moved) - self._at(change)
        size = max(1.0, np.abs(self._at(change)).max())
        return np.where(np.abs(difference) < 1e-11 * size, 0.0, difference)

    def _at(self, change: dict) -> "np.ndarray":
        """Return the linear model at the start, but for a change; what only shuffles is remembered."""
        key = tuple(sorted((id(each), id(held)) for each, held in change.items()))
        if key not in self._seen:
            if len(self._seen) > REMEMBERED:
                self._seen.clear()
            self._seen[key] = change, self.surface.at(change)[:, self.number]
        return self._seen[key][1]


def choose_way(surface: Surface) -> None:
    """Read a linear model in the way in which it is straight in most of its parameters."""
    ways = len(surface.ways())
    if ways < 2:
        return
    bent = np.zeros(ways)
    base = surface.ways()
    for each in surface.parameters:
        one, two = (surface.ways({each: surface.start[each] + step}) for step in (0.1, 0.2))
        for way in range(ways):
            bent[way] += not np.allclose(two[way] - one[way], one[way] - base[way], rtol=1e-6, atol=1e-9)
    surface.read_as(int(np.argmin(bent)))


def _same(one: "np.ndarray", other: "np.ndarray") -> bool:
    size = max(np.abs(one).max(), np.abs(other).max())
    return bool((np.abs(one - other) <= SAME * size).all())


def _within(column: "np.ndarray", values_: "np.ndarray", groups: "np.ndarray") -> "np.ndarray | None":
    """Return the intercepts by group of a column that is a line in other values within each group, or None."""
    sizes = np.bincount(groups)
    if len(column) <= 2 * len(sizes):
        return None
    mean, centre = (np.bincount(groups, each) / np.maximum(sizes, 1) for each in (column, values_))
    away, height = values_ - centre[groups], column - mean[groups]
    slopes = np.bincount(groups, away * height) / np.maximum(np.bincount(groups, away**2), 1e-300)
    left = height - slopes[groups] * away
    return mean - slopes * centre if left @ left <= ROUNDING * (column @ column) else None
