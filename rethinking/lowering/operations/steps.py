"""The steps that each operation of a graph takes."""

import math
from functools import singledispatch
from typing import Any

from pytensor.conditional.op import IfElse
from pytensor.raise_op import CheckAndRaise
from pytensor.tensor.basic import (
    Alloc,
    AllocEmpty,
    Join,
    MakeVector,
    ScalarFromTensor,
    Split,
    TensorFromScalar,
)
from pytensor.tensor.elemwise import CAReduce, DimShuffle, Elemwise
from pytensor.tensor.extra_ops import CumOp
from pytensor.tensor.shape import Reshape, Shape, Shape_i, SpecifyShape
from pytensor.tensor.subtensor import AdvancedIncSubtensor, AdvancedSubtensor, IncSubtensor, Subtensor

from rethinking.lowering.brackets import entries
from rethinking.lowering.languages.language import NotCovered
from rethinking.lowering.loops import Step
from rethinking.lowering.scene import Scene, defined, looped
from rethinking.lowering.views import View, contiguous

__all__ = ["steps_of"]


@singledispatch
def steps_of(op: Any, node: Any, scene: Scene) -> list[Step]:
    """Return the steps of a node, and tell the scene where its results lie.

    Parameters
    ----------
    op : pytensor Op
    node : pytensor Apply
    scene : Scene
        Knows names, lengths and views.
    """
    raise NotCovered.operation(type(op).__name__)


@steps_of.register(Elemwise)
def _(op, node, scene):
    return scene.each(node.outputs[0], node.inputs, lambda *numbers: scene.language.expression(op.scalar_op, numbers))


@steps_of.register(IfElse)
def _(op, node, scene):
    return scene.each(node.outputs[0], node.inputs, scene.language.chosen)


@steps_of.register(CheckAndRaise)
def _(op, node, scene):
    # Outside what a distribution allows there is no density: the sampler turns back from a NaN.
    def write(value, *held):
        return scene.language.chosen(scene.language.all_of(held), value, scene.language.literal(math.nan))

    return scene.each(node.outputs[0], node.inputs, write)


@steps_of.register(ScalarFromTensor)
@steps_of.register(TensorFromScalar)
def _(op, node, scene):
    return scene.each(node.outputs[0], node.inputs, "{}".format)


@steps_of.register(Shape_i)
def _(op, node, scene):
    length = scene.lengths[node.inputs[0]][op.i]
    return [scene.statement(node.outputs[0], [], lambda: str(length), defined([length]))]


@steps_of.register(Shape)
def _(op, node, scene):
    own = scene.lengths[node.inputs[0]]
    return [scene.vector(node.outputs[0], [], list(map(str, own)), defined(own))]


@steps_of.register(MakeVector)
def _(op, node, scene):
    reads = [scene.read(number, []) for number in node.inputs]
    return [scene.vector(node.outputs[0], reads)]


@steps_of.register(CAReduce)
def _(op, node, scene):
    (x,), (out,) = node.inputs, node.outputs
    kind = type(op.scalar_op).__name__
    if kind not in scene.language.accumulated:
        raise NotCovered.operation(kind)
    start, more = scene.language.accumulated[kind]
    loop, indices = looped(scene.lengths[x])
    axes = range(x.type.ndim) if op.axis is None else op.axis
    to = scene.new(out)
    target = to.read([i for axis, i in enumerate(indices) if axis not in axes]).text
    before = [scene.emptied(out, to, start)]
    return [scene.step(out, to, [scene.read(x, indices)], lambda number: more.format(target, number), loop, before)]


@steps_of.register(CumOp)
def _(op, node, scene):
    (x,), (out,) = node.inputs, node.outputs
    if x.type.ndim != 1:
        msg = "a cumulative sum of what is no vector"
        raise NotCovered(msg)
    loop, indices = looped(scene.lengths[x])
    to = scene.new(out)
    target, total = to.read(indices).text, f"c{to.name}"
    start, sign = (scene.language.literal(0.0), "+=") if op.mode == "add" else (scene.language.literal(1.0), "*=")

    def write(number):
        return f"{total} {sign} {number}; {target} = {total}"

    return [scene.step(out, to, [scene.read(x, indices)], write, loop, [scene.language.variable(total, start)])]


@steps_of.register(DimShuffle)
def _(op, node, scene):
    (x,), (out,) = node.inputs, node.outputs
    view = scene.view(x)
    if view.strides is not None:
        strides = tuple("0" if axis == "x" else view.strides[axis] for axis in op.new_order)
        view = View(view.base, view.name, strides, view.offset)
    return scene.see(out, view)


@steps_of.register(SpecifyShape)
def _(op, node, scene):
    return scene.see(node.outputs[0], scene.view(node.inputs[0]))


@steps_of.register(Alloc)
def _(op, node, scene):
    value, out = node.inputs[0], node.outputs[0]
    view = scene.view(value)
    if view.strides is not None:
        strides = ("0",) * (out.type.ndim - value.type.ndim) + view.strides
        view = View(view.base, view.name, strides, view.offset)
    return scene.see(out, view)


@steps_of.register(AllocEmpty)
def _(op, node, scene):
    return scene.see(node.outputs[0], View(None, scene.language.literal(0.0)))


@steps_of.register(Reshape)
def _(op, node, scene):
    x, out = node.inputs[0], node.outputs[0]
    steps, view = scene.packed(x)
    if view.strides is not None:
        view = View(view.base, view.name, contiguous(scene.lengths[out]), view.offset)
    return [*steps, *scene.see(out, view)]


@steps_of.register(Subtensor)
def _(op, node, scene):
    x, *indices = node.inputs
    return scene.see(node.outputs[0], scene.window(x, entries(op, indices, x.type.ndim), scene.view(x)))


@steps_of.register(AdvancedSubtensor)
def _(op, node, scene):
    x, *indices = node.inputs
    _, places = looped(scene.lengths[node.outputs[0]])
    read, needs = scene.gathered(x, entries(op, indices, x.type.ndim), places, scene.view(x))
    return [scene.value(node.outputs[0], [read], "{}".format, needs)]


@steps_of.register(IncSubtensor)
@steps_of.register(AdvancedIncSubtensor)
def _(op, node, scene):
    x, y, *indices = node.inputs
    out, found = node.outputs[0], entries(op, indices, x.type.ndim)
    copied, to = scene.copied(out, x)
    loop, places = looped(scene.lengths.windows[node])
    if isinstance(op, IncSubtensor):
        target, needs = scene.window(x, found, to).read(places), []
    else:
        target, needs = scene.gathered(x, found, places, to)
    sign = "=" if op.set_instead_of_inc else "+="
    number = scene.read(y, places[len(places) - y.type.ndim :])
    write = f"{target.text} {sign} {{}}".format
    return [copied, scene.step(out, to, [number], write, loop, needs=[(out, "copy"), *needs])]


@steps_of.register(Join)
def _(op, node, scene):
    axis, parts, out = op.axis, node.inputs, node.outputs[0]
    to, steps, before = scene.new(out), [], []
    for i, part in enumerate(parts):
        loop, places = looped(scene.lengths[part])
        number = scene.read(part, places)
        if before:
            places[axis] = f"({' + '.join([*before, places[axis]])})"
        steps.append(scene.step((out, i), to, [number], f"{to.read(places).text} = {{}}".format, loop))
        before.append(str(scene.lengths[part][axis]))
    return [*steps, Step(out, [], lambda: "", needs=tuple((out, i) for i in range(len(parts))))]


@steps_of.register(Split)
def _(op, node, scene):
    view, steps = scene.view(node.inputs[0]), []
    before = [view.offset] if view.offset else []
    for out in node.outputs:
        steps += scene.see(out, View(view.base, view.name, view.strides, " + ".join(before)))
        if view.strides is not None:
            before.append(f"{scene.lengths[out][op.axis]} * {view.strides[op.axis]}")
    return steps
