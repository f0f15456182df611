"""Expressions of numbers and entries of arrays, translated into LLVM's assembly."""

import ast
import math
from collections.abc import Mapping
from typing import NamedTuple

from rethinking.lowering.languages.language import NotCovered
from rethinking.machine_code.writer import REAL, REALS, TRUTH, TYPES, WHOLE, WHOLES, Value, Writer, real_literal, widest

__all__ = ["Expressions", "Signature"]

ENTRIES = {REALS: REAL, WHOLES: WHOLE}
CONSTANTS = {"inf": math.inf, "nan": math.nan, "pi": math.pi}
# LLVM's own functions, and those of the C library, of as many real numbers.
INTRINSICS = {"exp": 1, "log": 1, "log2": 1, "log10": 1, "sqrt": 1, "sin": 1, "cos": 1, "pow": 2, "floor": 1, "ceil": 1,
              "trunc": 1}  # fmt: skip
IN_C = {
    "log1p": 1, "expm1": 1, "erf": 1, "erfc": 1, "lgamma": 1, "tan": 1, "asin": 1, "acos": 1, "atan": 1, "atan2": 2,
    "sinh": 1, "cosh": 1, "tanh": 1,
}  # fmt: skip
OTHER_NAMES = {"gammaln": "lgamma", "abs": "fabs"}
ARITHMETIC = {ast.Add: ("fadd", "add nsw"), ast.Sub: ("fsub", "sub nsw"), ast.Mult: ("fmul", "mul nsw")}
COMPARED = {
    ast.Eq: ("oeq", "eq"), ast.NotEq: ("une", "ne"), ast.Lt: ("olt", "slt"), ast.LtE: ("ole", "sle"),
    ast.Gt: ("ogt", "sgt"), ast.GtE: ("oge", "sge"),
}  # fmt: skip
BITS = {ast.BitAnd: "and", ast.BitOr: "or", ast.BitXor: "xor"}


class Signature(NamedTuple):
    """What a function takes and returns: kinds, by the names of its arguments; None if it returns nothing."""

    takes: Mapping[str, str]
    returns: str | None


class Expressions:
    """Expressions in the function that a writer writes.

    Parameters
    ----------
    writer : Writer
    names : mapping of str to (str, str)
        Kind and place of each variable.
    functions : mapping of str to Signature
        Those that may be called, besides the C library's.

    Attributes
    ----------
    called : dict of str to None
        The functions that are called, and ``declare`` lines of those of the C library.
    """

    def __init__(self, writer: Writer, names: Mapping[str, tuple[str, str]], functions: Mapping[str, Signature]):
        self._writer, self._names, self._functions = writer, names, functions
        self.called: dict[str, None] = {}

    def __call__(self, node: ast.expr) -> Value:
        """Return the value of an expression."""
        match node:
            case ast.Constant(value=bool(truth)):
                return Value(TRUTH, str(truth).lower())
            case ast.Constant(value=int(number)):
                return Value(WHOLE, str(number))
            case ast.Constant(value=float(number)):
                return real_literal(number)
            case ast.Name(id=name) if name in self._names:
                return self._writer.load(*self._names[name])
            case ast.Name(id=name) | ast.Attribute(attr=name) if name in CONSTANTS:
                return real_literal(CONSTANTS[name])
            case ast.BinOp(left=left, op=op, right=right):
                return self.operation(type(op), self(left), self(right))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return self._negative(self(operand))
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return self._compared(type(op), self(left), self(right))
            case ast.BoolOp(op=op, values=values):
                return self._shortcut(isinstance(op, ast.And), values)
            case ast.IfExp():
                return self._chosen(node)
            case ast.Subscript(value=array, slice=ast.Slice(lower=start)):
                array = self(array)
                return array if start is None else Value(array.kind, self.entry(array, self(start)))
            case ast.Subscript(value=array, slice=index):
                array = self(array)
                return self._writer.load(ENTRIES[array.kind], self.entry(array, self(index)))
            case ast.Call(func=ast.Attribute(attr="array"), args=[ast.List(elts=numbers)]):
                return self._listed([self(number) for number in numbers])
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=arguments):
                return self._call(name, [self(argument) for argument in arguments])
        msg = f"the expression {ast.unparse(node)}"
        raise NotCovered(msg)

    def entry(self, array: Value, index: Value) -> str:
        """Return the address of an entry of an array."""
        if array.kind not in ENTRIES or index.kind == REAL:
            msg = f"{index.kind} as an index of {array.kind}"
            raise NotCovered(msg)
        index = self._writer.cast(index, WHOLE)
        kind = TYPES[ENTRIES[array.kind]]
        return self._writer.give(array.kind, f"getelementptr inbounds {kind}, {array.typed}, {index.typed}").text

    def operation(self, op: type[ast.operator], left: Value, right: Value) -> Value:
        """Return the sum of two numbers, or what another operation gives."""
        if op in ARITHMETIC:
            kind, left, right = self._alike(left, right)
            return self._writer.give(kind, f"{ARITHMETIC[op][kind == WHOLE]} {left.typed}, {right.text}")
        if op is ast.Div:
            _, left, right = self._alike(left, right, least=REAL)
            return self._writer.give(REAL, f"fdiv {left.typed}, {right.text}")
        if op in BITS and left.kind == right.kind != REAL:
            return self._writer.give(left.kind, f"{BITS[op]} {left.typed}, {right.text}")
        msg = f"the operation {op.__name__} of {left.kind} and {right.kind}"
        raise NotCovered(msg)

    def _listed(self, numbers):
        """Return an array of some numbers."""
        array = Value(REALS, self._writer.place(REAL, max(len(numbers), 2)))
        for i, number in enumerate(numbers):
            self._writer.store(self._writer.cast(number, REAL), self.entry(array, Value(WHOLE, str(i))))
        return array

    def _alike(self, left, right, *, least=WHOLE):
        """Return two numbers as one kind, and which."""
        kind = widest(left.kind, right.kind, least)
        return kind, self._writer.cast(left, kind), self._writer.cast(right, kind)

    def _negative(self, value):
        if value.kind == REAL:
            return self._writer.give(REAL, f"fneg {value.typed}")
        return self._writer.give(WHOLE, f"sub nsw i64 0, {self._writer.cast(value, WHOLE).text}")

    def _compared(self, op, left, right):
        kind, left, right = self._alike(left, right)
        how = f"fcmp {COMPARED[op][0]}" if kind == REAL else f"icmp {COMPARED[op][1]}"
        return self._writer.give(TRUTH, f"{how} {left.typed}, {right.text}")

    def _shortcut(self, all_of, values):
        """Return whether all, or any, of some conditions hold; none is looked at once that is settled."""
        writer, end = self._writer, self._writer.name("settled")
        place = writer.place(TRUTH)
        for value in values:
            found, further = writer.cast(self(value), TRUTH), writer.name("further")
            writer.store(found, place)
            writer.branch(found, *((further, end) if all_of else (end, further)))
            writer.begin(further)
        writer.label(end)
        return writer.load(TRUTH, place)

    def _chosen(self, node):
        """Return one of two expressions; the other one is not computed, because an index in it may lie outside."""
        writer, end = self._writer, self._writer.name("end")
        labels = writer.name("then"), writer.name("else")
        writer.branch(self(node.test), *labels)
        found = [writer.aside(lambda part=part: self(part)) for part in (node.body, node.orelse)]
        kind = widest(*(value.kind for value, _ in found))
        place = writer.place(kind)
        for label, (value, lines) in zip(labels, found, strict=True):
            writer.begin(label)
            writer.lines += lines
            writer.store(writer.cast(value, kind), place)
            writer.jump(end)
        writer.begin(end)
        return writer.load(kind, place)

    def _call(self, name, values):
        writer, cast = self._writer, self._writer.cast
        if name == "isnan":
            return writer.give(TRUTH, f"fcmp uno {cast(values[0], REAL).typed}, 0.0")
        if name in ("isinf", "isfinite"):
            size = self._call("fabs", values)
            how = "oeq" if name == "isinf" else "olt"
            return writer.give(TRUTH, f"fcmp {how} {size.typed}, {real_literal(math.inf).text}")
        if name in ("int", "float"):
            return cast(values[0], WHOLE if name == "int" else REAL)
        if name == "reals_of":
            return Value(REALS, values[0].text)
        if name in self._functions:
            return self._call_ours(name, values)
        return self._call_in_c(OTHER_NAMES.get(name, name), [cast(value, REAL) for value in values])

    def _call_ours(self, name, values):
        takes, returns = self._functions[name]
        self.called[name] = None
        arguments = ", ".join(self._writer.widen(v, kind).typed for v, kind in zip(values, takes.values(), strict=True))
        if returns is None:
            self._writer.do(f"call void @{name}({arguments})")
            return Value(TRUTH, "true")
        return self._writer.give(returns, f"call {TYPES[returns]} @{name}({arguments})")

    def _call_in_c(self, name, values):
        """Return what a function of the C library gives, which reads and writes nothing else."""
        if (INTRINSICS | IN_C | {"fabs": 1}).get(name) != len(values):
            msg = f"the function {name}"
            raise NotCovered(msg)
        full = name if name in IN_C else f"llvm.{name}.f64"
        kinds = ", ".join("double" for _ in values)
        self.called[f"declare double @{full}({kinds}) nounwind willreturn memory(none)"] = None
        return self._writer.give(REAL, f"call double @{full}({', '.join(value.typed for value in values)})")
