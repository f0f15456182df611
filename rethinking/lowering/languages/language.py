"""What a language must be able to write, so that a computation can be lowered to it."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

__all__ = ["COMMON", "SIGNS", "Language", "NotCovered"]

# What every language writes alike: signs between arguments, and other operations.
SIGNS = {"Add": "+", "Sub": "-", "Mul": "*", "TrueDiv": "/", "LT": "<", "GT": ">", "LE": "<=", "GE": ">="}
COMMON = {
    "Identity": "{0}", "Second": "{1}", "Neg": "(-{0})", "Sqr": "({0} * {0})", "Sigmoid": "sigmoid({0})",
    "Softplus": "softplus({0})", "Log1mexp": "log1mexp({0})", "GammaLn": "gammaln({0})", "Psi": "digamma({0})",
    "Erfcx": "erfcx({0})",
}  # fmt: skip


class NotCovered(NotImplementedError):
    """Something in a model's graph has no counterpart in the language; the message names it, without a full stop."""

    @classmethod
    def operation(cls, name: str) -> "NotCovered":
        """Return the error about an operation."""
        return cls(f"the operation {name}")


class Language(ABC):
    """A language with numbers, arrays of one axis, and loops.

    Attributes
    ----------
    end : str
        Of a statement.
    between : mapping of str to str
        By the name of a scalar operation, the sign that stands between its arguments.
    written : mapping of str to str
        By the name of another one, how its arguments stand in it; each is an expression that needs no brackets.
    whole, real : str
        How a number is cast to a whole one, and to a floating-point one.
    accumulated : mapping of str to (str, str)
        By the name of a scalar operation, where its reduction over an array starts, and how it takes one more.
    nothing : str
        The end of a slice that is not given.
    functions : frozenset of str
        Those of whole matrices.
    """

    end: str
    between: Mapping[str, str]
    written: Mapping[str, str]
    whole: str
    real: str
    accumulated: Mapping[str, tuple[str, str]]
    nothing: str
    functions: frozenset[str]

    def require(self, name: str) -> None:
        """Raise NotCovered unless the language has a function of whole matrices."""
        if name not in self.functions:
            raise NotCovered.operation(name)

    def expression(self, op: Any, arguments: Sequence[str]) -> str:
        """Return a scalar operation of PyTensor; each argument is an expression that needs no brackets.

        Raises
        ------
        NotCovered
            If the operation is not covered.
        """
        name = type(op).__name__
        if name in self.between:
            return f"({f' {self.between[name]} '.join(arguments)})"
        if name == "Cast":
            return self._cast(op.o_type.dtype).format(*arguments)
        if name == "Composite":
            return self._composed(op, arguments)
        if name not in self.written:
            raise NotCovered.operation(name)
        return self.written[name].format(*arguments)

    def _cast(self, kind):
        if kind == "bool":
            return "({0} != 0)"
        return self.whole if kind.startswith(("int", "uint")) else self.real

    def _composed(self, op, arguments):
        """Return several operations in one as one expression."""
        if len(op.fgraph.outputs) > 1:
            raise NotCovered.operation(type(op).__name__)
        known = dict(zip(op.fgraph.inputs, arguments, strict=True))
        for node in op.fgraph.toposort():
            read = [known[v] if v in known else self.literal(v.data) for v in node.inputs]
            known[node.outputs[0]] = self.expression(node.op, read)
        return known[op.fgraph.outputs[0]]

    @abstractmethod
    def literal(self, number: Any) -> str:
        """Return a number."""

    @abstractmethod
    def chosen(self, condition: str, one: str, other: str) -> str:
        """Return one of two expressions."""

    @abstractmethod
    def all_of(self, conditions: Sequence[str]) -> str:
        """Return whether all of some conditions hold."""

    @abstractmethod
    def constant(self, name: str, text: str) -> str:
        """Return the line that names a value."""

    @abstractmethod
    def variable(self, name: str, text: str) -> str:
        """Return the line that names a value which will change."""

    @abstractmethod
    def array(self, name: str, size: str) -> str:
        """Return the line that makes an array of zeros."""

    @abstractmethod
    def vector(self, name: str, numbers: Iterable[str]) -> str:
        """Return the line that makes an array of some numbers."""

    @abstractmethod
    def listed(self, numbers: Iterable[str]) -> str:
        """Return an array of some numbers, as an expression."""

    @abstractmethod
    def loop(self, indices: Sequence[str], lengths: Sequence[str], body: Sequence[str]) -> list[str]:
        """Return a loop over some lengths, one inside the other, as lines."""
