"""What stands between the brackets of an index: slices and arrays of places, and how long what they take is."""

from typing import Any

from pytensor.graph.basic import Constant, Variable
from pytensor.tensor.subtensor import unflatten_index_variables

from rethinking.lowering.languages.language import NotCovered
from rethinking.lowering.lengths import Length

__all__ = ["entries", "fixed_slice", "index_places", "indexed", "of_slices", "span_of"]


def entries(op: Any, indices: Any, ndim: int) -> list[Any]:
    """Return what stands for each axis between the brackets: slices and index variables."""
    found = list(unflatten_index_variables(indices, op.idx_list))
    return found + [slice(None)] * (ndim - len(found))


def of_slices(found: list[Any], own: Any, lengths: Any, names: Any) -> list[Length]:
    """Return how long the axes are that slices keep."""
    pairs = zip(found, own, strict=True)
    return [_of_slice(entry, length, lengths, names) for entry, length in pairs if isinstance(entry, slice)]


def _of_slice(entry, own, lengths, names):
    fixed = fixed_slice(entry)
    if fixed in (slice(None), slice(None, None, -1)):
        return own
    if fixed is not None and own.root.number is not None:
        return Length(len(range(own.root.number)[fixed]))
    ends = [end for end in (entry.start, entry.stop, entry.step) if end is not None]
    return lengths.new(span_of(entry, names, lengths.nothing) + "[1]", [own, *ends])


def fixed_slice(entry: slice) -> slice | None:
    """Return a slice with its numbers, or None where the model computes one of them."""
    ends = (entry.start, entry.stop, entry.step)
    if any(isinstance(end, Variable) and not isinstance(end, Constant) for end in ends):
        return None
    return slice(*(int(end.data) if isinstance(end, Constant) else end for end in ends))


def span_of(entry: slice, names: Any, nothing: str) -> str:
    """Return the call that says where a slice starts, and how long it is; ``{0}`` stands for the axis's length."""
    start, stop = (nothing if end is None else names(end) for end in (entry.start, entry.stop))
    step = "1" if entry.step is None else names(entry.step)
    return f"span({start}, {stop}, {step}, {{0}})"


def index_places(found: list[Any]) -> tuple[int, int]:
    """Return where the axes of index arrays come in the result, and how many there are.

    NumPy puts them where the first index array stood, or first where something stands between index arrays.
    """
    arrays = [axis for axis, entry in enumerate(found) if not isinstance(entry, slice)]
    together = arrays[-1] - arrays[0] == len(arrays) - 1
    return (arrays[0] if together else 0), max(found[axis].type.ndim for axis in arrays)


def indexed(found: list[Any], own: Any, lengths: Any, names: Any) -> list[Length]:
    """Return how long the axes of an array under index arrays are."""
    first, ndim = index_places(found)
    shared = [Length() for _ in range(ndim)]
    for entry in found:
        if isinstance(entry, slice):
            continue
        if entry.type.dtype == "bool":
            msg = "an index that is true or false (pass whole numbers: np.flatnonzero)"
            raise NotCovered(msg)
        for i, length in enumerate(lengths[entry]):
            if not entry.type.broadcastable[i]:
                shared[ndim - entry.type.ndim + i].join(length)
    for length in shared:
        if length.root.number is None and not length.root.name:
            length.join(Length(1))  # all index arrays have one entry there
    rest = of_slices(found, own, lengths, names)
    return [*rest[:first], *shared, *rest[first:]]
