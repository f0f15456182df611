"""How the steps of a computation are written in JavaScript."""

from collections.abc import Iterable, Sequence
from typing import Any

from rethinking.lowering.languages.language import COMMON, SIGNS, Language

__all__ = ["JavaScript"]

BETWEEN = SIGNS | {"EQ": "===", "NEQ": "!=="}
# Truth is true, false, 1 or 0; `+` makes numbers of it where the two must be compared.
WRITTEN = COMMON | {
    "AND": "({0} && {1})", "OR": "({0} || {1})", "Invert": "!{0}", "XOR": "(+{0} !== +{1})",
    "Reciprocal": "(1 / {0})", "Pow": "Math.pow({0}, {1})",
    "Switch": "({0} ? {1} : {2})", "Clip": "Math.min(Math.max({0}, {1}), {2})",
    "IntDiv": "Math.floor({0} / {1})", "Mod": "({0} - Math.floor({0} / {1}) * {1})", "Abs": "Math.abs({0})",
    "Sign": "Math.sign({0})", "Maximum": "Math.max({0}, {1})", "Minimum": "Math.min({0}, {1})",
    "Sqrt": "Math.sqrt({0})", "Exp": "Math.exp({0})", "Expm1": "Math.expm1({0})", "Log": "Math.log({0})",
    "Log1p": "Math.log1p({0})", "Log2": "Math.log2({0})", "Log10": "Math.log10({0})", "Floor": "Math.floor({0})",
    "Ceil": "Math.ceil({0})", "Trunc": "Math.trunc({0})", "Sin": "Math.sin({0})", "Cos": "Math.cos({0})",
    "Tan": "Math.tan({0})", "ArcSin": "Math.asin({0})", "ArcCos": "Math.acos({0})", "ArcTan": "Math.atan({0})",
    "ArcTan2": "Math.atan2({0}, {1})", "Sinh": "Math.sinh({0})", "Cosh": "Math.cosh({0})", "Tanh": "Math.tanh({0})",
    "Erf": "erf({0})", "Erfc": "erfc({0})", "IsNan": "Number.isNaN({0})", "IsInf": "(Math.abs({0}) === Infinity)",
}  # fmt: skip
# The reduction of an operation: where it starts, and how it takes one more.
ACCUMULATED = {
    "Add": ("0", "{0} += {1}"), "Mul": ("1", "{0} *= {1}"),
    "AND": ("true", "{0} = {0} && !!{1}"), "OR": ("false", "{0} = {0} || !!{1}"),
    "Maximum": ("-Infinity", "{0} = Math.max({0}, {1})"),
    "Minimum": ("Infinity", "{0} = Math.min({0}, {1})"),
}  # fmt: skip


class JavaScript(Language):
    """JavaScript, where every array holds floating-point numbers, and truth is true, false, 1 or 0.

    Examples
    --------
    >>> from pytensor.scalar import mul, switch
    >>> js = JavaScript()
    >>> js.expression(mul, ["a", "b", "2"]), js.expression(switch, ["c", "x", "0"])
    ('(a * b * 2)', '(c ? x : 0)')
    """

    end = ";"
    between = BETWEEN
    written = WRITTEN
    whole = "Math.trunc({0})"
    real = "(+{0})"
    accumulated = ACCUMULATED
    nothing = "null"
    functions = frozenset()

    def literal(self, number: Any) -> str:
        """Return a number as JavaScript writes it.

        Examples
        --------
        >>> js = JavaScript()
        >>> js.literal(0.1), js.literal(-2), js.literal(float("-inf")), js.literal(True)
        ('0.1', '(-2)', '(-Infinity)', 'true')
        """
        if str(getattr(number, "dtype", type(number).__name__)) == "bool":
            return str(bool(number)).lower()
        value = float(number)
        text = str(int(value)) if value == value and abs(value) < 1e15 and value == int(value) else repr(value)
        text = text.replace("inf", "Infinity").replace("nan", "NaN")
        return f"({text})" if text.startswith("-") else text

    def chosen(self, condition: str, one: str, other: str) -> str:
        """Return one of two expressions."""
        return f"({condition} ? {one} : {other})"

    def all_of(self, conditions: Sequence[str]) -> str:
        """Return whether all of some conditions hold."""
        return " && ".join(conditions) or "true"

    def constant(self, name: str, text: str) -> str:
        """Return the line that names a value."""
        return f"const {name} = {text}"

    def variable(self, name: str, text: str) -> str:
        """Return the line that names a value which will change."""
        return f"let {name} = {text}"

    def array(self, name: str, size: str) -> str:
        """Return the line that makes an array of zeros."""
        return f"const {name} = new Float64Array({size})"

    def vector(self, name: str, numbers: Iterable[str]) -> str:
        """Return the line that makes an array of some numbers."""
        return f"const {name} = {self.listed(numbers)}"

    def listed(self, numbers: Iterable[str]) -> str:
        """Return an array of some numbers."""
        return f"Float64Array.of({', '.join(numbers)})"

    def loop(self, indices: Sequence[str], lengths: Sequence[str], body: Sequence[str]) -> list[str]:
        """Return a loop over some lengths, one inside the other, as lines."""
        heads = [f"for (let {i} = 0; {i} < {n}; {i}++)" for i, n in zip(indices, lengths, strict=True)]
        return [*heads, "{", *(f"  {line}" for line in body), "}"]
