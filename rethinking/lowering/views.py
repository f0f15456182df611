"""Where the entries of a variable lie: several variables may look at one array."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rethinking.lowering.lengths import Length
from rethinking.lowering.loops import Read

__all__ = ["View", "contiguous"]


@dataclass(frozen=True)
class View:
    """Where the entries of a variable lie: in which array, from where, and how far apart along each axis.

    Several variables may look at one array, such as a matrix and its transpose.

    Attributes
    ----------
    base : variable or None
        What must be ready before an entry is read; None for a number of the model.
    name : str
        The array, or the number.
    strides : tuple of str, or None
        None where all entries are one number.
    offset : str
        Where the first entry is.
    """

    base: Any
    name: str
    strides: tuple[str, ...] | None = None
    offset: str = ""

    def place(self, indices: Sequence[str]) -> str | None:
        """Return where in the array an entry is."""
        if self.strides is None:
            return None
        pairs = zip(indices, self.strides, strict=True)
        terms = [i if stride == "1" else f"{i} * {stride}" for i, stride in pairs if stride != "0" and i != "0"]
        return " + ".join([*([self.offset] if self.offset else []), *terms]) or "0"

    def read(self, indices: Sequence[str]) -> Read:
        """Return an entry, to be read."""
        return Read(self.base, self.name, self.place(indices))


def contiguous(lengths: Sequence[Length]) -> tuple[str, ...]:
    """Return how far apart the entries of a new array are; those of an axis of one entry do not move."""
    after = [[str(n) for n in lengths[axis + 1 :] if n.root.number != 1] for axis in range(len(lengths))]
    pairs = zip(lengths, after, strict=True)
    return tuple("0" if n.root.number == 1 else " * ".join(rest) or "1" for n, rest in pairs)
