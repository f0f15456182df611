"""Products, diagonals and factors of matrices, and equations with them: their lengths and their steps."""

from pytensor.tensor.basic import ExtractDiag
from pytensor.tensor.linalg.decomposition.cholesky import Cholesky
from pytensor.tensor.linalg.solvers.triangular import SolveTriangular
from pytensor.tensor.math import Dot

from rethinking.lowering.languages.language import NotCovered
from rethinking.lowering.loops import Read, Step
from rethinking.lowering.operations.extents import give_lengths
from rethinking.lowering.operations.steps import steps_of
from rethinking.lowering.scene import ARRAY, looped
from rethinking.lowering.views import View

LARGE = 32  # from here on the libraries that PyTensor calls are faster than plain loops


@give_lengths.register(Dot)
def _(op, node, lengths, names):
    a, b = (lengths[variable] for variable in node.inputs)
    a[-1].join(b[0])
    if len(a) == len(b) == 2 and all(map(_is_large, (*a, b[1]))):
        msg = "the product of two large matrices"
        raise NotCovered(msg)
    lengths.give(node.outputs[0], [*a[:-1], *b[1:]])


@steps_of.register(Dot)
def _(op, node, scene):
    a, b = node.inputs
    out = node.outputs[0]
    rows, columns = scene.lengths[a][:-1], scene.lengths[b][1:]
    loop, places = looped([*rows, *columns, scene.lengths[b][0]])
    of_rows, of_columns, inner = places[: len(rows)], places[len(rows) : -1], places[-1:]
    to = scene.new(out)
    target = to.read([*of_rows, *of_columns]).text
    before = [scene.emptied(out, to, scene.language.literal(0.0))]
    reads = [scene.read(a, [*of_rows, *inner]), scene.read(b, [*inner, *of_columns])]
    return [scene.step(out, to, reads, lambda x, y: f"{target} += {x} * {y}", loop, before)]


@give_lengths.register(ExtractDiag)
def _(op, node, lengths, names):
    own = lengths[node.inputs[0]]
    if op.offset:
        msg = "a diagonal beside the main one"
        raise NotCovered(msg)
    own[op.axis1].join(own[op.axis2])
    kept = [length for axis, length in enumerate(own) if axis not in (op.axis1, op.axis2)]
    lengths.give(node.outputs[0], [*kept, own[op.axis1]])


@steps_of.register(ExtractDiag)
def _(op, node, scene):
    view = scene.view(node.inputs[0])
    if view.strides is not None:
        kept = [stride for axis, stride in enumerate(view.strides) if axis not in (op.axis1, op.axis2)]
        along = f"({view.strides[op.axis1]} + {view.strides[op.axis2]})"
        view = View(view.base, view.name, (*kept, along), view.offset)
    return scene.see(node.outputs[0], view)


@give_lengths.register(Cholesky)
def _(op, node, lengths, names):
    own = lengths[node.inputs[0]]
    own[0].join(own[1])
    if not op.lower or _is_large(own[0]):
        msg = "the decomposition of a large matrix"
        raise NotCovered(msg)
    lengths.give(node.outputs[0], own)


@steps_of.register(Cholesky)
def _(op, node, scene):
    return _by_function(f"cholesky({{}}, {{}}, {scene.lengths[node.outputs[0]][0]})", node, scene)


@give_lengths.register(SolveTriangular)
def _(op, node, lengths, names):
    matrix, own = (lengths[variable] for variable in node.inputs)
    matrix[0].join(matrix[1])
    matrix[0].join(own[0])
    if _is_large(own[0]):
        msg = "equations with a large matrix"
        raise NotCovered(msg)
    lengths.give(node.outputs[0], own)


@steps_of.register(SolveTriangular)
def _(op, node, scene):
    rows, *columns = map(str, scene.lengths[node.outputs[0]])
    settings = ", ".join([rows, *(columns or ["1"]), str(int(op.lower)), str(int(op.unit_diagonal))])
    return _by_function(f"solve_triangular({{}}, {{}}, {{}}, {settings})", node, scene)


def _is_large(length):
    return (length.root.number or 0) > LARGE


def _by_function(call, node, scene):
    """Return the steps of a function of whole matrices; its last array is the one that it fills."""
    scene.language.require(call.split("(")[0])
    steps, reads = [], []
    for variable in node.inputs:
        before, view = scene.packed(variable)
        steps += before
        reads.append(Read(view.base, f"{view.name}[{view.offset}:]" if view.offset else view.name))
    out = node.outputs[0]
    to = scene.new(out)
    return [*steps, Step(out, reads, lambda *arrays: call.format(*arrays, to.name), needs=((ARRAY, out),))]
