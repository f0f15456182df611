"""Functions in a small part of Python, translated into LLVM's assembly.

They know numbers, arrays of one axis, loops over ranges, conditions, and calls of one another. A variable has the kind
of its first value. Arrays that a function makes are its own, and gone when it returns.
"""

import ast
from collections.abc import Mapping

from rethinking.lowering.languages.language import NotCovered
from rethinking.machine_code.expressions import ENTRIES, Expressions, Signature
from rethinking.machine_code.writer import REAL, REALS, TRUTH, TYPES, WHOLE, WHOLES, Value, Writer

__all__ = ["signature", "translated"]

KINDS = {"float": REAL, "int": WHOLE, "np.ndarray": REALS, "reals": REALS, "wholes": WHOLES}
ON_THE_STACK = 64  # numbers in an array: a thread has little stack, and memory asked for costs time at each call
LIBRARY = [
    "declare noalias ptr @calloc(i64, i64) nounwind",
    "declare void @free(ptr) nounwind",
    "declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)",
    "declare i64 @llvm.fptosi.sat.i64.f64(double)",  # 0 for NaN, the largest for what is too large
]


def signature(function: ast.FunctionDef, kinds: Mapping[str, str] | None = None) -> Signature:
    """Return what a function takes and returns, by its annotations, or by the names of its arguments where it has none.

    Examples
    --------
    >>> signature(ast.parse("def half(x: float, n: int) -> float: ...").body[0])
    Signature(takes={'x': 'real', 'n': 'whole'}, returns='real')
    """
    takes = {
        argument.arg: KINDS[ast.unparse(argument.annotation)] if argument.annotation else (kinds or {})[argument.arg]
        for argument in function.args.args
    }
    returned = ast.unparse(function.returns) if function.returns else "None"
    return Signature(takes, None if returned == "None" else KINDS[returned])


def translated(
    function: ast.FunctionDef, functions: Mapping[str, Signature], *, exported: bool = False
) -> tuple[str, dict[str, None]]:
    """Return a function as LLVM's assembly, and what it calls.

    Parameters
    ----------
    function : ast.FunctionDef
    functions : mapping of str to Signature
        Its own, and those that it may call.
    exported : bool
        Whether it is called from outside.

    Returns
    -------
    text : str
    called : dict of str to None
        Names of functions, and ``declare`` lines of those in the C library.

    Raises
    ------
    NotCovered
        If there is something in it that this part of Python does not have.
    """
    return _Function(function, functions).text(exported=exported)


class _Function:
    """One function as it is translated."""

    def __init__(self, node, functions):
        self._node, self._signature = node, functions[node.name]
        self._writer, self._names, self._owned = Writer(), {}, []
        self._values = Expressions(self._writer, self._names, functions)
        self._result = self._writer.place(self._signature.returns or TRUTH)

    def text(self, *, exported):
        """Return it, with what it calls."""
        writer, (takes, returns) = self._writer, self._signature
        for name, kind in takes.items():
            self._set(name, Value(kind, f"%{name}"))
        for statement in self._node.body:
            self._statement(statement)
        writer.label("leave")
        for owner in self._owned:
            writer.do(f"call void @free({writer.load(REALS, owner).typed})")
        writer.do(f"ret {writer.load(returns, self._result).typed}" if returns else "ret void")
        own = ", ".join(f"{TYPES[kind]}{' noalias' * (kind in ENTRIES)} %{name}" for name, kind in takes.items())
        returned = TYPES[returns] if returns else "void"
        head = f"define {'' if exported else 'internal '}{returned} @{self._node.name}({own}) nounwind {{\nentry:"
        lines = [head, *writer.places, "  br label %begin", "begin:", *writer.lines, "}"]
        return "\n".join(lines), self._values.called | dict.fromkeys(LIBRARY)

    def _block(self, statements):
        for statement in statements:
            self._statement(statement)

    def _statement(self, node):
        match node:
            case ast.Expr(value=ast.Constant()):  # its docstring
                pass
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="fill"), args=[number])):
                self._fill(name, self._values(number))
            case ast.Expr(value=ast.Call() as call):
                self._values(call)
            case ast.Assign(targets=[target], value=value):
                self._assign(target, value)
            case ast.AugAssign(target=target, op=op, value=value):
                before = self._values(target)
                self._put(target, self._values.operation(type(op), before, self._values(value)))
            case ast.For(target=ast.Name(id=name), iter=ast.Call(func=ast.Name(id="range"), args=ends), body=body):
                self._loop(name, ends, body)
            case ast.While(test=test, body=body):
                self._while(lambda: self._values(test), lambda: self._block(body))
            case ast.If():
                self._condition(node)
            case ast.Return():
                self._return(node)
            case _:
                msg = f"the statement {ast.unparse(node)}"
                raise NotCovered(msg)

    def _assign(self, target, value):
        match target, value:
            case ast.Name(id=name), ast.Call(func=ast.Attribute(attr="zeros" | "empty"), args=[size]):
                self._array(name, size)
            case _:
                self._put(target, self._values(value))

    def _put(self, target, value):
        match target:
            case ast.Name(id=name):
                self._set(name, value)
            case ast.Subscript(value=array, slice=index):
                array = self._values(array)
                address = self._values.entry(array, self._values(index))
                self._writer.store(self._writer.widen(value, ENTRIES[array.kind]), address)

    def _set(self, name, value):
        if name not in self._names:
            self._names[name] = value.kind, self._writer.place(value.kind)
        kind, place = self._names[name]
        self._writer.store(self._writer.widen(value, kind), place)

    def _array(self, name, size):
        """Give a name to an array of zeros."""
        writer, number = self._writer, _number(size)
        if number is not None and number <= ON_THE_STACK:
            place = writer.place(REAL, max(number, 2))
            writer.do(f"call void @llvm.memset.p0.i64(ptr {place}, i8 0, i64 {8 * number}, i1 false)")
            self._set(f"{name}.length", Value(WHOLE, str(number)))
            self._set(name, Value(REALS, place))
            return
        length, owner = writer.widen(self._values(size), WHOLE), writer.place(REALS)
        self._owned.append(owner)
        writer.do(f"call void @free({writer.load(REALS, owner).typed})")  # in a loop, it is made again and again
        made = writer.give(REALS, f"call noalias ptr @calloc(i64 8, {length.typed})")
        writer.store(made, owner)
        self._set(f"{name}.length", length)
        self._set(name, made)

    def _fill(self, name, number):
        array, length = (self._writer.load(*self._names[each]) for each in (name, f"{name}.length"))
        number = self._writer.widen(number, REAL)
        self._counted(Value(WHOLE, "0"), length, lambda i: self._writer.store(number, self._values.entry(array, i)))

    def _loop(self, name, ends, body):
        first, last = (self._values(end) for end in (ends if len(ends) == 2 else [ast.Constant(0), *ends]))

        def once(i):
            self._set(name, i)
            self._block(body)

        self._counted(first, last, once)

    def _counted(self, first, last, once):
        """Write a loop; `once` is given the counter."""
        writer = self._writer
        last, place = writer.widen(last, WHOLE), writer.place(WHOLE)
        writer.store(writer.widen(first, WHOLE), place)

        def step():
            i = writer.load(WHOLE, place)
            once(i)
            writer.store(writer.give(WHOLE, f"add nsw {i.typed}, 1"), place)

        self._while(lambda: writer.give(TRUTH, f"icmp slt {writer.load(WHOLE, place).typed}, {last.text}"), step)

    def _while(self, test, step):
        writer = self._writer
        again, inside, after = (writer.name(part) for part in ("again", "inside", "after"))
        writer.label(again)
        writer.branch(test(), inside, after)
        writer.begin(inside)
        step()
        writer.jump(again)
        writer.begin(after)

    def _condition(self, node):
        writer = self._writer
        then, otherwise, after = (writer.name(part) for part in ("then", "else", "after"))
        writer.branch(self._values(node.test), then, otherwise)
        for label, statements in ((then, node.body), (otherwise, node.orelse)):
            writer.begin(label)
            self._block(statements)
            writer.jump(after)
        writer.begin(after)

    def _return(self, node):
        if node.value is not None and self._signature.returns:
            value = self._writer.widen(self._values(node.value), self._signature.returns)
            self._writer.store(value, self._result)
        self._writer.jump("leave")
        self._writer.begin(self._writer.name("never"))


def _number(size):
    """Return a whole number that stands as such in the text, or as a product of such, and None otherwise."""
    match size:
        case ast.Constant(value=int(number)):
            return number
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            one, other = _number(left), _number(right)
            return None if one is None or other is None else one * other
    return None
