"""How steps are written in the Python that becomes machine code: numbers, arrays of one axis, loops."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from rethinking.lowering.languages.language import COMMON, SIGNS, Language

__all__ = ["PlainPython"]

BETWEEN = SIGNS | {"EQ": "==", "NEQ": "!="}
# Truth is True, False, or a number in an array; what stands alone is compared with 0 where truth is asked for.
WRITTEN = COMMON | {
    "AND": "(({0} != 0) & ({1} != 0))", "OR": "(({0} != 0) | ({1} != 0))", "Invert": "({0} == 0)",
    "XOR": "(({0} != 0) != ({1} != 0))", "Reciprocal": "(1.0 / {0})", "Pow": "math.pow({0}, {1})",
    "Switch": "({1} if {0} != 0 else {2})", "Clip": "minimum(maximum({0}, {1}), {2})",
    "IntDiv": "np.floor({0} / {1})", "Mod": "({0} - np.floor({0} / {1}) * {1})", "Abs": "abs({0})",
    "Sign": "sign({0})", "Maximum": "maximum({0}, {1})", "Minimum": "minimum({0}, {1})",
    "Sqrt": "math.sqrt({0})", "Exp": "math.exp({0})", "Expm1": "math.expm1({0})", "Log": "math.log({0})",
    "Log1p": "math.log1p({0})", "Log2": "np.log2({0})", "Log10": "math.log10({0})", "Floor": "np.floor({0})",
    "Ceil": "np.ceil({0})", "Trunc": "np.trunc({0})", "Sin": "math.sin({0})", "Cos": "math.cos({0})",
    "Tan": "math.tan({0})", "ArcSin": "math.asin({0})", "ArcCos": "math.acos({0})", "ArcTan": "math.atan({0})",
    "ArcTan2": "math.atan2({0}, {1})", "Sinh": "math.sinh({0})", "Cosh": "math.cosh({0})", "Tanh": "math.tanh({0})",
    "Erf": "math.erf({0})", "Erfc": "math.erfc({0})", "IsNan": "math.isnan({0})", "IsInf": "math.isinf({0})",
}  # fmt: skip
# The reduction of an operation: where it starts, and how it takes one more.
ACCUMULATED = {
    "Add": ("0.0", "{0} += {1}"), "Mul": ("1.0", "{0} *= {1}"),
    "AND": ("True", "{0} = ({0} != 0) & ({1} != 0)"), "OR": ("False", "{0} = ({0} != 0) | ({1} != 0)"),
    "Maximum": ("-inf", "{0} = maximum({0}, {1})"), "Minimum": ("inf", "{0} = minimum({0}, {1})"),
}  # fmt: skip


class PlainPython(Language):
    """Python as :mod:`rethinking.machine_code` translates it, where every array holds floating-point numbers.

    Examples
    --------
    >>> from pytensor.scalar import mul, switch
    >>> python = PlainPython()
    >>> python.expression(mul, ["a", "b", "2.0"]), python.expression(switch, ["c", "x", "0.0"])
    ('(a * b * 2.0)', '(x if c != 0 else 0.0)')
    """

    end = ""
    between = BETWEEN
    written = WRITTEN
    whole = "int({0})"
    real = "float({0})"
    accumulated = ACCUMULATED
    nothing = "None"
    functions = frozenset({"cholesky", "solve_triangular"})

    def literal(self, number: Any) -> str:
        """Return a number as Python writes it, a whole number only where it has such a type.

        Examples
        --------
        >>> python = PlainPython()
        >>> python.literal(np.float64(2)), python.literal(np.int8(-2)), python.literal(float("-inf"))
        ('2.0', '(-2)', '(-inf)')
        """
        value = np.asarray(number)[()].item()
        text = repr(value)
        return f"({text})" if text.startswith("-") else text

    def chosen(self, condition: str, one: str, other: str) -> str:
        """Return one of two expressions."""
        return f"({one} if {condition} else {other})"

    def all_of(self, conditions: Sequence[str]) -> str:
        """Return whether all of some conditions hold."""
        return " and ".join(f"{condition} != 0" for condition in conditions) or "True"

    def constant(self, name: str, text: str) -> str:
        """Return the line that names a value."""
        return f"{name} = {text}"

    variable = constant

    def array(self, name: str, size: str) -> str:
        """Return the line that makes an array of zeros."""
        return f"{name} = np.zeros({size})"

    def vector(self, name: str, numbers: Iterable[str]) -> str:
        """Return the line that makes an array of some numbers."""
        found = list(numbers)
        filled = "; ".join(f"{name}[{i}] = {number}" for i, number in enumerate(found))
        return f"{name} = np.empty({len(found)}); {filled}"

    def listed(self, numbers: Iterable[str]) -> str:
        """Return an array of some numbers."""
        return f"np.array([{', '.join(numbers)}])"

    def loop(self, indices: Sequence[str], lengths: Sequence[str], body: Sequence[str]) -> list[str]:
        """Return a loop over some lengths, one inside the other, as lines."""
        heads = [f"{' ' * d}for {i} in range({n}):" for d, (i, n) in enumerate(zip(indices, lengths, strict=True))]
        return [*heads, *(" " * len(heads) + line for line in body)]
