"""LLVM's assembly, line by line: values with their kinds, places on the stack, jumps.

Its language is described at https://llvm.org/docs/LangRef.html.
"""

import struct
from collections.abc import Callable
from typing import NamedTuple

from rethinking.lowering.languages.language import NotCovered

__all__ = ["REAL", "REALS", "TRUTH", "TYPES", "WHOLE", "WHOLES", "Value", "Writer", "real_literal", "widest"]

REAL, WHOLE, TRUTH, REALS, WHOLES = "real", "whole", "truth", "reals", "wholes"
TYPES = {REAL: "double", WHOLE: "i64", TRUTH: "i1", REALS: "ptr", WHOLES: "ptr"}
ZEROS = {REAL: "0.0", WHOLE: "0", TRUTH: "false", REALS: "null", WHOLES: "null"}
CASTS = {
    (TRUTH, WHOLE): "zext i1 {} to i64", (TRUTH, REAL): "uitofp i1 {} to double",
    (WHOLE, REAL): "sitofp i64 {} to double", (REAL, WHOLE): "call i64 @llvm.fptosi.sat.i64.f64(double {})",
    (WHOLE, TRUTH): "icmp ne i64 {}, 0", (REAL, TRUTH): "fcmp une double {}, 0.0",
}  # fmt: skip


NUMBERS = (TRUTH, WHOLE, REAL)  # each can be the next without a loss


class Value(NamedTuple):
    """A number, a truth or an array: its kind, and how it stands in a line."""

    kind: str
    text: str

    @property
    def typed(self) -> str:
        """The text with its type, as most instructions want it."""
        return f"{TYPES[self.kind]} {self.text}"


def real_literal(number: float) -> Value:
    """Return a floating-point number, to the last bit.

    Examples
    --------
    >>> real_literal(0.5)
    Value(kind='real', text='0x3FE0000000000000')
    """
    (bits,) = struct.unpack("<Q", struct.pack("<d", number))
    return Value(REAL, f"0x{bits:016X}")


def widest(*kinds: str) -> str:
    """Return the kind in which some numbers can meet."""
    if arrays := [kind for kind in kinds if kind not in NUMBERS]:
        msg = f"{arrays[0]} as a number"
        raise NotCovered(msg)
    return max(kinds, key=NUMBERS.index)


class Writer:
    """The lines of one function.

    Attributes
    ----------
    lines : list of str
        What runs, in blocks that begin with a label and end with a jump.
    places : list of str
        What is reserved on the stack, once a call.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.places: list[str] = []
        self._count = 0

    def name(self, of: str = "t") -> str:
        """Return a name that is not yet taken."""
        self._count += 1
        return f"{of}.{self._count}"

    def do(self, line: str) -> None:
        """Write an instruction that gives nothing."""
        self.lines.append(f"  {line}")

    def give(self, kind: str, instruction: str) -> Value:
        """Write an instruction, and return what it gives."""
        name = f"%{self.name()}"
        self.do(f"{name} = {instruction}")
        return Value(kind, name)

    def place(self, kind: str, count: int = 1) -> str:
        """Return a place on the stack for a value, or for some; a single one holds zero at first."""
        name = f"%{self.name('p')}"
        self.places.append(f"  {name} = alloca {TYPES[kind]}, i64 {count}, align 16")
        if count == 1:
            self.places.append(f"  store {TYPES[kind]} {ZEROS[kind]}, ptr {name}")
        return name

    def load(self, kind: str, place: str) -> Value:
        """Return what is in a place."""
        return self.give(kind, f"load {TYPES[kind]}, ptr {place}")

    def store(self, value: Value, place: str) -> None:
        """Put a value into a place."""
        self.do(f"store {value.typed}, ptr {place}")

    def cast(self, value: Value, kind: str) -> Value:
        """Return a number as another kind: a truth as 0 or 1, a real number as the whole one towards zero."""
        if value.kind == kind:
            return value
        if (value.kind, kind) not in CASTS:
            msg = f"{value.kind} as {kind}"
            raise NotCovered(msg)
        return self.give(kind, CASTS[value.kind, kind].format(value.text))

    def aside(self, function: Callable[[], Value]) -> tuple[Value, list[str]]:
        """Return what a function gives, and the lines that it writes, which are not yet in their place."""
        before, self.lines = self.lines, []
        try:
            return function(), self.lines
        finally:
            self.lines = before

    def widen(self, value: Value, kind: str) -> Value:
        """Return a value as another kind, which loses nothing of it: a real number stays one."""
        if value.kind != kind and widest(value.kind, kind) != kind:
            msg = f"{value.kind} as {kind}"
            raise NotCovered(msg)
        return self.cast(value, kind)

    def label(self, name: str) -> None:
        """Begin a block, into which what is above runs."""
        self.do(f"br label %{name}")
        self.lines.append(f"{name}:")

    def begin(self, name: str) -> None:
        """Begin a block, into which only jumps lead."""
        self.lines.append(f"{name}:")

    def jump(self, name: str) -> None:
        """Go on at a label."""
        self.do(f"br label %{name}")

    def branch(self, condition: Value, then: str, otherwise: str) -> None:
        """Go on at one of two labels."""
        self.do(f"br {self.cast(condition, TRUTH).typed}, label %{then}, label %{otherwise}")
