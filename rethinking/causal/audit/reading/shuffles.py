"""What to change to see whether a linear model depends on something: a variable of the graph, an array, an index."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import lazy_loader

from rethinking.causal.audit.columns import columns_of, same_data, varies_within
from rethinking.causal.audit.reading.dictionary import Dictionary
from rethinking.causal.audit.reading.surface import Surface

if TYPE_CHECKING:
    import numpy as np
else:
    np = lazy_loader.load("numpy")


__all__ = ["shuffles"]


def shuffles(surface: Surface, words: Dictionary, rows: dict) -> tuple[dict, dict, dict, dict]:
    """Return what to change to shuffle a variable of the graph, an unknown array or an index; and the means."""
    on, unknown, by, means = {}, {}, {}, {}
    known = {*words.stands_for, *surface.indices}
    for leaf in surface.leaves:
        held = surface.start[leaf]
        labels = words.labels(leaf, surface) if leaf not in surface.indices else [words.of_groups(leaf)]
        for place, column in enumerate(columns_of(held) if leaf not in known else ()):
            for index, name in _mean_of(column, surface, words, rows):
                means.setdefault(index, set()).add(name)
                labels[place] = frozenset()
        if leaf in surface.indices:
            by.setdefault(words.name_of(leaf), {})[leaf] = _shuffled(held, [True])
        for name in sorted({name for label in labels if label for name in label} - words.groups):
            chosen = [label is not None and name in label for label in labels]
            on.setdefault(name, {})[leaf] = _shuffled(held, chosen)
        if leaf in surface.indices:
            continue
        left = [label is None for label in labels]
        if any(left):
            unknown.setdefault(leaf.name or "", {})[leaf] = _shuffled(held, left)
    for stop in surface.stops:
        held = surface.start[stop]
        name = words.stands_for.get(stop) or words.of_data(held)
        target = on.setdefault(name, {}) if name else unknown.setdefault(stop.name or "", {})
        target[stop] = _shuffled(held, [True] * (held.shape[1] if held.ndim == 2 else 1))
    return on, unknown, by, means


def _mean_of(column: "np.ndarray", surface: Surface, words: Dictionary, rows: dict) -> Iterator[tuple[str, str]]:
    """Yield the indices and variables whose means by group a column holds, by group or by row."""
    for leaf in surface.indices:
        groups = surface.start[leaf]
        sizes = np.bincount(groups)
        for name, every in rows.items():
            for each in every:
                if each.dtype.kind == "f" and varies_within(each, groups):
                    mean = np.bincount(groups, each) / np.maximum(sizes, 1)
                    by_group = len(column) == len(mean) and same_data(column[sizes > 0], mean[sizes > 0])
                    if by_group or (len(column) == len(groups) and same_data(column, mean[groups])):
                        yield words.name_of(leaf), name


def _shuffled(held: "np.ndarray", chosen: list[bool]) -> "np.ndarray":
    if held.ndim == 0:
        return (held + 1).astype(held.dtype)
    rng = np.random.default_rng(len(held))
    order = rng.permutation(len(held))
    if len(held) < 8:
        order = np.roll(np.arange(len(held)), 1)
    if held.ndim == 1:
        return held[order]
    changed = held.copy()
    for place, each in enumerate(chosen):
        if each:
            changed[:, place] = held[order, place]
    return changed
