"""The lengths that each operation of a graph gives its result."""

from functools import singledispatch
from typing import Any

from pytensor.conditional.op import IfElse
from pytensor.graph.basic import Constant
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
from pytensor.tensor.basic import constant as tensor_constant
from pytensor.tensor.elemwise import CAReduce, DimShuffle, Elemwise
from pytensor.tensor.extra_ops import CumOp
from pytensor.tensor.shape import Reshape, Shape, Shape_i, SpecifyShape
from pytensor.tensor.subtensor import AdvancedIncSubtensor, AdvancedSubtensor, IncSubtensor, Subtensor

from rethinking.lowering.brackets import entries, indexed, of_slices
from rethinking.lowering.languages.language import NotCovered
from rethinking.lowering.lengths import Length

__all__ = ["give_lengths"]


@singledispatch
def give_lengths(op: Any, node: Any, lengths: Any, names: Any) -> None:
    """Say how long the axes of a node's results are, and which of its arguments' axes must be equally long.

    Parameters
    ----------
    op : pytensor Op
    node : pytensor Apply
    lengths : Lengths
        Which knows the arguments, and gets the results.
    names : callable
        From a single number in the graph to its expression.

    Raises
    ------
    NotCovered
        If the operation is not.
    """
    raise NotCovered.operation(type(op).__name__)


@give_lengths.register(Elemwise)
@give_lengths.register(CheckAndRaise)
@give_lengths.register(IfElse)
def _(op, node, lengths, names):
    out = [Length() for _ in range(node.outputs[0].type.ndim)]
    for variable in node.inputs:
        if variable.type.ndim == 0:
            continue  # alike for all entries, such as a condition
        for axis, (length, is_one) in enumerate(zip(lengths[variable], variable.type.broadcastable, strict=True)):
            if not is_one:
                out[axis].join(length)
    lengths.give(node.outputs[0], out)


@give_lengths.register(CAReduce)
def _(op, node, lengths, names):
    (x,) = node.inputs
    axes = range(x.type.ndim) if op.axis is None else op.axis
    lengths.give(node.outputs[0], [length for axis, length in enumerate(lengths[x]) if axis not in axes])


@give_lengths.register(DimShuffle)
def _(op, node, lengths, names):
    own = lengths[node.inputs[0]]
    lengths.give(node.outputs[0], [Length(1) if axis == "x" else own[axis] for axis in op.new_order])


@give_lengths.register(ScalarFromTensor)
@give_lengths.register(TensorFromScalar)
@give_lengths.register(Shape_i)
def _(op, node, lengths, names):
    pass  # a single number


@give_lengths.register(SpecifyShape)
@give_lengths.register(CumOp)
def _(op, node, lengths, names):
    lengths.give(node.outputs[0], lengths[node.inputs[0]])


@give_lengths.register(Shape)
@give_lengths.register(MakeVector)
def _(op, node, lengths, names):
    lengths.give(node.outputs[0], [Length(node.outputs[0].type.shape[0] or len(node.inputs))])


@give_lengths.register(Alloc)
def _(op, node, lengths, names):
    value, *sizes = node.inputs
    out = [_sized(size, lengths, names) for size in sizes]
    for length, own in zip(out[::-1], lengths[value][::-1], strict=False):
        if own.root.number != 1:
            length.join(own)
    lengths.give(node.outputs[0], out)


@give_lengths.register(AllocEmpty)
def _(op, node, lengths, names):
    lengths.give(node.outputs[0], [_sized(size, lengths, names) for size in node.inputs])


@give_lengths.register(Reshape)
def _(op, node, lengths, names):
    x, shape = node.inputs
    out = node.outputs[0]
    if isinstance(shape, Constant):
        parts = [None if size < 0 else Length(int(size)) for size in shape.data]
    elif shape.owner is not None and isinstance(shape.owner.op, MakeVector):
        parts = [
            None if isinstance(size, Constant) and size.data < 0 else _sized(size, lengths, names)
            for size in shape.owner.inputs
        ]
    else:
        parts = [lengths.new(f"{names(shape)}[{axis}]", [shape]) for axis in range(out.type.ndim)]
    if None in parts:
        rest = [part for part in parts if part is not None]
        over = "".join(f" / {{{len(lengths[x]) + i}}}" for i in range(len(rest)))
        total = " * ".join(f"{{{i}}}" for i in range(len(lengths[x]))) or "1"
        unknown = lengths.new(total + over, [*lengths[x], *rest])
        if len(lengths[x]) == 1 and all(part.root.number == 1 for part in rest):
            unknown = lengths[x][0]
        parts = [unknown if part is None else part for part in parts]
    lengths.give(out, parts)


@give_lengths.register(Join)
def _(op, node, lengths, names):
    axis, parts = op.axis, node.inputs
    along = [lengths[part][axis] for part in parts]
    out = list(lengths[parts[0]])
    for part in parts[1:]:
        for i, length in enumerate(lengths[part]):
            if i != axis:
                out[i].join(length)
    numbers = [length.root.number for length in along]
    if None in numbers:
        out[axis] = lengths.new(" + ".join(f"{{{i}}}" for i in range(len(along))), along)
    else:  # such as a simplex, made of a parameter that has one entry less
        out[axis] = Length(sum(numbers))
    lengths.give(node.outputs[0], out)


@give_lengths.register(Split)
def _(op, node, lengths, names):
    x, sizes = node.inputs
    for out, size in zip(node.outputs, _split_sizes(sizes), strict=True):
        own = list(lengths[x])
        own[op.axis] = _sized(size, lengths, names)
        lengths.give(out, own)


def _split_sizes(sizes):
    """Return the single numbers that say how an axis is split."""
    if isinstance(sizes, Constant):
        return [tensor_constant(size) for size in sizes.data]
    if sizes.owner is not None and isinstance(sizes.owner.op, MakeVector):
        return sizes.owner.inputs
    msg = "a split at places that the model computes"
    raise NotCovered(msg)


@give_lengths.register(Subtensor)
def _(op, node, lengths, names):
    x, *indices = node.inputs
    lengths.give(node.outputs[0], of_slices(entries(op, indices, x.type.ndim), lengths[x], lengths, names))


@give_lengths.register(IncSubtensor)
@give_lengths.register(AdvancedIncSubtensor)
def _(op, node, lengths, names):
    x, y, *indices = node.inputs
    found = entries(op, indices, x.type.ndim)
    how = indexed if isinstance(op, AdvancedIncSubtensor) else of_slices
    window = how(found, lengths[x], lengths, names)
    for length, own, is_one in zip(window[::-1], lengths[y][::-1], y.type.broadcastable[::-1], strict=False):
        if not is_one:
            length.join(own)
    lengths.windows[node] = window
    lengths.give(node.outputs[0], lengths[x])


@give_lengths.register(AdvancedSubtensor)
def _(op, node, lengths, names):
    x, *indices = node.inputs
    lengths.give(node.outputs[0], indexed(entries(op, indices, x.type.ndim), lengths[x], lengths, names))


def _sized(size, lengths, names):
    """Return the length that a single number of the graph gives."""
    while size.owner is not None and isinstance(size.owner.op, ScalarFromTensor | TensorFromScalar):
        (size,) = size.owner.inputs
    if isinstance(size, Constant):
        return Length(int(size.data))
    if size.owner is not None and isinstance(size.owner.op, Shape_i):
        return lengths[size.owner.inputs[0]][size.owner.op.i]
    if size.name in lengths.named and size.owner is None:
        return lengths.named[size.name]
    return lengths.new(names(size), [size])
