"""Small changes of a module's code that a test should notice: another comparison, a number by one, a lost statement.

Text, annotations and docstrings stay: what they say is not held by tests of what the code computes.
"""

import ast
import copy
import hashlib
from collections import Counter
from collections.abc import Iterable
from itertools import count, islice
from pathlib import Path
from typing import NamedTuple

SWAPS = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.And: ast.Or, ast.Or: ast.And,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult, ast.Pow: ast.Mult, ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr, ast.BitXor: ast.BitOr,
}  # fmt: skip
NAMES = {"min": "max", "max": "min", "any": "all", "all": "any"}
KEPT = (ast.JoinedStr, ast.Import, ast.ImportFrom, ast.TypeAlias)
KEPT_FIELDS = {"annotation", "returns", "type_params"}
LOSABLE = (ast.Raise, ast.AugAssign, ast.Delete, ast.Continue, ast.Break)


class Mutation(NamedTuple):
    """One change of a module: its number there, what becomes what, on which lines, and whether in a function.

    `before` and `after` are the first line of the statement that it is in, without and with it.
    """

    number: int
    was: str
    now: str
    lines: range
    in_function: bool
    before: str
    after: str


def mutations(source: str) -> list[Mutation]:
    """Return all mutations of a module."""
    return [mutation for mutation, _ in _mutants(ast.parse(source))]


def sampled(package: Path, rooms: Iterable[str], n: int, seed: int) -> dict[str, tuple[str, Mutation]]:
    """Return mutations of rooms or modules at random, as file and mutation by key.

    Each takes its chance from its own key and the seed, so that a change of the code changes the sample only there.
    """
    found = {}
    files = sorted({file for room in rooms for file in [*(package / room).rglob("*.py"), package / f"{room}.py"]})
    for file in filter(Path.exists, files):
        name, times = file.relative_to(package).as_posix(), Counter()
        for each in mutations(file.read_text(encoding="utf-8")):
            key = f"{name}: {each.before}  ->  {each.after}  ({each.was} -> {each.now})"
            times[key] += 1
            found[f"{key} {times[key]}"] = name, each
    drawn = sorted(found, key=lambda key: hashlib.sha256(f"{seed} {key}".encode()).digest())
    return {key: found[key] for key in drawn[:n]}


def mutated(source: str, number: int) -> str:
    """Return the source of a module after one of its mutations."""
    tree = ast.parse(source)
    next(islice(_mutants(tree), number, None))
    return ast.unparse(tree)


def _mutants(tree):
    """Yield each mutation while the tree has it."""
    numbers = count()
    for parent, field, place, node, statement, in_function in _sites(tree, None, False):
        for changed in _changes(node):
            was, now, lines, before = _short(node), _short(changed), _header(statement), _short(statement)
            _put(parent, field, place, changed)
            after = now if node is statement else _short(statement)
            yield Mutation(next(numbers), was, now, lines, in_function, before, after), tree
            _put(parent, field, place, node)


def _sites(parent, statement, in_function):
    """Yield all nodes that may change: where they stand, themselves, their statement, and whether in a function."""
    for field, value in ast.iter_fields(parent):
        inside = in_function or (isinstance(parent, ast.FunctionDef | ast.Lambda) and field == "body")
        for place, node in enumerate(value if isinstance(value, list) else [value]):
            if not isinstance(node, ast.AST) or isinstance(node, KEPT) or field in KEPT_FIELDS or _is_kept(node):
                continue
            own = node if isinstance(node, ast.stmt) else statement
            yield parent, field, place if isinstance(value, list) else None, node, own, inside
            yield from _sites(node, own, inside)


def _is_kept(node):
    match node:
        case ast.Expr(value=ast.Constant(value=str())):  # a docstring
            return True
        case ast.If(test=ast.Name(id="TYPE_CHECKING")) | ast.Assign(targets=[ast.Name(id="__all__")]):
            return True
        case ast.keyword(arg="strict"):  # of zip, which no test could make fail
            return True
    return False


def _is_none(node):
    return isinstance(node, ast.Constant) and node.value is None


def _header(node):
    """Return the lines of a statement without the statements inside it."""
    body = getattr(node, "body", None)
    last = body[0].lineno - 1 if isinstance(body, list) and body else node.end_lineno
    return range(node.lineno, max(last, node.lineno) + 1)


def _changes(node):
    """Yield what may stand in place of a node."""
    match node:
        case ast.Compare():
            for i, op in enumerate(node.ops):
                yield _with(node, ops=[*node.ops[:i], SWAPS[type(op)](), *node.ops[i + 1 :]])
        case ast.BoolOp() | ast.BinOp() if type(node.op) in SWAPS:
            yield _with(node, op=SWAPS[type(node.op)]())
        case ast.UnaryOp(op=ast.Not() | ast.USub()):
            yield node.operand
        case ast.Constant(value=bool()):
            yield ast.Constant(not node.value)
        case ast.Constant(value=int()):
            yield ast.Constant(node.value + 1)
        case ast.Constant(value=float()):
            yield ast.Constant(2 * node.value if node.value else 1.0)
        case ast.Name(ctx=ast.Load()) if node.id in NAMES:
            yield _with(node, id=NAMES[node.id])
        case ast.Return(value=ast.expr()) if not _is_none(node.value):
            yield ast.Return(ast.Constant(None))
        case ast.Expr() | ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            yield ast.Pass()
        case ast.AST() if isinstance(node, LOSABLE):
            yield ast.Pass()
        case ast.If() | ast.IfExp() | ast.While() if isinstance(node.test, ast.Name | ast.Call | ast.Attribute):
            yield _with(node, test=ast.UnaryOp(ast.Not(), node.test))


def _with(node, **fields):
    changed = copy.copy(node)
    for name, value in fields.items():
        setattr(changed, name, value)
    return changed


def _put(parent, field, place, node):
    if place is None:
        setattr(parent, field, node)
    else:
        getattr(parent, field)[place] = node


def _short(node):
    """Return the first line of the code of a node."""
    lines = ast.unparse(ast.fix_missing_locations(node)).splitlines()
    return lines[0] + (" ..." if len(lines) > 1 else "")
