"""A scan over single numbers, such as the steps of a differential equation: a loop whose turns hand numbers on."""

import sys
from itertools import chain
from typing import Any

from pytensor.graph.basic import Constant
from pytensor.scan.op import Scan
from pytensor.tensor.elemwise import Elemwise

from rethinking.lowering.languages.language import NotCovered
from rethinking.lowering.lengths import Length
from rethinking.lowering.loops import Step
from rethinking.lowering.operations.extents import give_lengths
from rethinking.lowering.operations.steps import steps_of
from rethinking.lowering.scene import ARRAY, looped

__all__: list[str] = []


@give_lengths.register(Scan)
def _(op, node, lengths, names):
    n_steps, info = node.inputs[0], op.info
    numbers = all(variable.type.ndim == 0 for variable in (*op.inner_inputs, *op.inner_outputs))
    if not numbers or info.as_while or info.n_untraced_sit_sot or not isinstance(n_steps, Constant):
        msg = "a scan that is not over single numbers for a fixed number of steps"
        raise NotCovered(msg)
    for out, trace in zip(node.outputs, _traces(op, node), strict=False):
        lengths.give(out, lengths[trace])
    for out in op.outer_nitsot_outs(node.outputs):
        lengths.give(out, [Length(int(n_steps.data))])


def _traces(op, node):
    """Return the arrays in which each number that is handed on begins; its later values go behind."""
    return (*op.outer_mitmot(node.inputs), *op.outer_mitsot(node.inputs), *op.outer_sitsot(node.inputs))


@steps_of.register(Scan)
def _(op, node, scene):
    steps = int(node.inputs[0].data)
    loop, (i,) = looped([Length(steps)])
    before, tapped, targets, needs = [], [], [], []
    for out, trace, (taps, put) in zip(node.outputs, _traces(op, node), _taps(op.info), strict=False):
        copied, to = scene.copied(out, trace)
        first = -min(0, *taps)
        whole = steps + first + max(put)
        _require_length(scene.lengths[trace][0], range(whole, whole + 1))
        before.append(copied)
        needs += [(ARRAY, out), (out, "copy")]
        tapped += [to.read([f"({i} + {first + tap})"]).text for tap in taps]
        targets += [to.read([f"({i} + {first + tap})"]).text for tap in put]
    for out in op.outer_nitsot_outs(node.outputs):
        targets.append(scene.new(out).read([i]).text)
        needs.append((ARRAY, out))
    sequences = op.outer_seqs(node.inputs)
    for sequence in sequences:
        _require_length(scene.lengths[sequence][0], range(steps, sys.maxsize))
    reads = [scene.read(sequence, [i]) for sequence in sequences]
    reads += [scene.read(number, []) for number in op.outer_non_seqs(node.inputs)]
    n = len(sequences)

    def write(*numbers):
        return _turn(op.fgraph, [*numbers[:n], *tapped, *numbers[n:]], targets, scene)

    turns = Step(node, reads, write, loop, needs=tuple(needs))
    return [*before, turns, *(Step(out, [], lambda: "", needs=(node,)) for out in node.outputs)]


def _taps(info):
    """Return, for each number that is handed on, which turns' values a turn reads, and for which it puts values."""
    single = [(taps, (0,)) for taps in chain(info.mit_sot_in_slices, info.sit_sot_in_slices)]
    return [*zip(info.mit_mot_in_slices, info.mit_mot_out_slices, strict=True), *single]


def _require_length(length: Length, allowed: range) -> None:
    """Raise NotCovered unless the length of an array is known and right: nobody would notice a read beyond its end."""
    if length.root.number not in allowed:
        msg = "a scan over arrays whose lengths depend on data, or that begin anew at their end"
        raise NotCovered(msg)


def _turn(graph: Any, numbers: list[str], targets: list[str], scene: Any) -> str:
    """Return one turn: all is read before anything is put."""
    language, lines, known = scene.language, [], {}
    for variable, number in zip(graph.inputs, numbers, strict=True):
        known[variable] = scene.name(variable)
        lines.append(language.constant(known[variable], number))
    for node in graph.toposort():
        if not isinstance(node.op, Elemwise):
            msg = f"{type(node.op).__name__} in a scan"
            raise NotCovered.operation(msg)
        arguments = [known.get(variable) or scene.name(variable) for variable in node.inputs]
        (out,) = node.outputs
        known[out] = scene.name(out)
        lines.append(language.constant(known[out], language.expression(node.op.scalar_op, arguments)))
    outputs = [known.get(variable) or scene.name(variable) for variable in graph.outputs]
    lines += [f"{target} = {number}" for target, number in zip(targets, outputs, strict=True)]
    return "; ".join(lines)
