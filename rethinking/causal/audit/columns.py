"""Columns of numbers, one number a row: whether one is another, a function of it, or tells the same groups apart."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

import lazy_loader

if TYPE_CHECKING:
    import numpy as np
else:
    np = lazy_loader.load("numpy")


__all__ = ["distance", "function_of", "group_of_rows", "is_constant", "same_data", "same_groups", "varies_within"]

# Numbers are the same up to rounding. A function is recognised by eye: in the order of its argument it is smooth, so
# that a straight line between the neighbours of a point misses it by less than this share of what chance would miss.
ROUNDING, ROUGH = 1e-8, 0.08
FEWEST = 8


def distance(column: "np.ndarray", basis: Sequence["np.ndarray"]) -> float:
    """Return the share of a column's variance that no line in the columns of a basis takes away.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.array([1.0, 2, 4, 8])
    >>> distance(3 * x + 1, [x]) < 1e-12, distance(x, [])
    (True, 1.0)
    """
    column = np.asarray(column, dtype=float)
    centred = column - column.mean()
    total = centred @ centred
    if total == 0:
        return 0.0
    if not len(basis):
        return 1.0
    frame = np.column_stack(basis).astype(float)
    frame = frame - frame.mean(axis=0)
    frame = frame / np.maximum(np.linalg.norm(frame, axis=0), 1e-300)
    left = centred - frame @ np.linalg.lstsq(frame, centred, rcond=1e-10)[0]
    return float(left @ left / total)


def is_constant(column: "np.ndarray") -> bool:
    """Return whether all numbers of a column are the same, up to rounding."""
    return bool(np.ptp(column) <= ROUNDING * np.max(np.abs(column), initial=0))


def same_data(held: "np.ndarray | None", wanted: object) -> bool:
    """Return whether numbers are the wanted ones, perhaps on another scale.

    Examples
    --------
    >>> import numpy as np
    >>> same_data(np.array([1.0, 2, 4]), [10, 20, 40]), same_data(np.array([1.0, 2, 4]), [1, 2, 3])
    (True, False)
    """
    wanted = np.asarray(wanted)
    if held is None or held.shape != wanted.shape or held.ndim != 1 or held.size < 3 or is_constant(wanted):
        return False
    return not is_constant(held) and distance(held, [wanted]) < ROUNDING


def function_of(column: "np.ndarray", values: "np.ndarray") -> bool:
    """Return whether a column is numerically a function of another: smooth or in steps in the order of its values.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.random.default_rng(1).normal(size=50)
    >>> function_of(x**2, x), function_of(np.digitize(x, [-1, 0, 1]), x), function_of(x[::-1], x)
    (True, True, False)
    """
    if is_constant(column) or is_constant(values):
        return False
    if distance(column, [values]) < ROUNDING:
        return True
    if len(column) < FEWEST:
        return False
    distinct, place = np.unique(values, return_inverse=True)
    if len(distinct) <= len(values) / 2:
        return not varies_within(column, place)
    scaled = (values - values.mean()) / values.std()
    if distance(column, [scaled**power for power in range(1, 5)]) < ROUNDING:
        return True
    ordered = column[np.argsort(values, kind="stable")]
    if _is_monotone(ordered):
        return bool(len(column) - np.unique(column, return_counts=True)[1].max() >= 3)
    if distance(column, [values]) < 0.05:
        return False
    shuffled = np.random.default_rng(0).permutation(len(column))
    chance = _roughness(column[shuffled], scaled[np.argsort(scaled)])
    return len(column) >= 2 * FEWEST and _roughness(ordered, np.sort(scaled)) < ROUGH * chance


def factors_of(column: "np.ndarray", known: Iterable[tuple[str, "np.ndarray"]]) -> frozenset[str]:
    """Return the names of the known columns that a column is a function or a product of; none if it is of neither."""
    known = list(known)
    for name, values in known:
        if function_of(column, values):
            return frozenset([name])
    if len(column) < FEWEST:
        return frozenset()
    for (one, first), (other, second) in combinations(known, 2):
        if one != other and distance(column, [first, second, first * second]) < ROUNDING:
            return frozenset([one, other])
    return frozenset()


def same_groups(one: "np.ndarray", other: "np.ndarray") -> bool:
    """Return whether two columns tell the same groups of rows apart, whatever they call them.

    Examples
    --------
    >>> import numpy as np
    >>> same_groups(np.array([0, 0, 1]), np.array([5, 5, 2])), same_groups(np.array([0, 0, 1]), np.array([5, 2, 2]))
    (True, False)
    """
    if one.shape != other.shape or one.ndim != 1:
        return False
    return not varies_within(one, group_of_rows(other)) and not varies_within(other, group_of_rows(one))


def are_groups(groups: "np.ndarray", held: "np.ndarray") -> bool:
    """Return whether data are the numbers of groups, and not a trait that happens to tell them apart."""
    return held.dtype.kind in "iu" and same_groups(groups, held)


def group_of_rows(column: "np.ndarray") -> "np.ndarray":
    """Return for each row the number of its group, that is, of its value."""
    return np.unique(column, return_inverse=True)[1]


def varies_within(held: "np.ndarray", groups: "np.ndarray") -> bool:
    """Return whether a column differs between the rows of a group.

    Examples
    --------
    >>> import numpy as np
    >>> groups = np.array([0, 0, 1, 1])
    >>> varies_within(np.array([1, 2, 5, 5]), groups), varies_within(np.array([7, 7, 8, 8]), groups)
    (True, False)
    """
    if held.shape != groups.shape:
        return False
    first = np.zeros(int(groups.max()) + 1, dtype=held.dtype)
    first[groups] = held
    return bool((np.abs(first[groups] - held) > ROUNDING * np.max(np.abs(held), initial=0)).any())


def columns_of(array: "np.ndarray") -> Iterator["np.ndarray"]:
    """Yield the columns of a vector or a matrix."""
    if array.ndim == 1:
        yield array
    elif array.ndim == 2:
        yield from array.T


def _is_monotone(ordered: "np.ndarray") -> bool:
    steps = np.diff(ordered)
    return bool((steps >= 0).all() or (steps <= 0).all())


def _roughness(ordered: "np.ndarray", places: "np.ndarray") -> float:
    width = np.maximum(places[2:] - places[:-2], 1e-300)
    share = (places[1:-1] - places[:-2]) / width
    return float(np.abs(ordered[1:-1] - (1 - share) * ordered[:-2] - share * ordered[2:]).mean())
