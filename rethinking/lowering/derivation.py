"""A model's log-density with its gradient, and what a reader wants to see of a draw, as graphs of operations.

The graphs are PyTensor's own, after its rewrites, but before operations are fused or overwrite their arguments.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pymc as pm
from pytensor.compile.builders import OpFromGraph
from pytensor.compile.mode import get_mode
from pytensor.compile.rewriting import inline_ofg_node
from pytensor.gradient import grad
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.rewriting.basic import MergeOptimizer, in2out, node_rewriter
from pytensor.graph.rewriting.utils import rewrite_graph
from pytensor.scalar import Sub
from pytensor.tensor import constant
from pytensor.tensor.elemwise import DimShuffle, Elemwise
from pytensor.tensor.math import Max
from pytensor.tensor.special import LogSoftmax, Softmax
from pytensor.tensor.subtensor import BaseSubtensor
from pytensor.tensor.variable import TensorConstant

from rethinking._names import nearest, some

__all__ = ["Derivation", "density", "open_boxes", "quantities", "recorded_values"]

LEFT_OUT = ("fusion", "inplace", "BlasOpt", "cxx_only", "numba", "jax", "scan")
FOUND_BEFORE = ("symbolic_op_recognition",)  # else a softmax that was opened is found again, and written twice


@dataclass(frozen=True)
class Derivation:
    """A graph of a model.

    Attributes
    ----------
    model : pymc.Model
    outputs : tuple of pytensor variables
        What it computes from ``model.value_vars``, the unconstrained parameters, and the model's ``pm.Data``.
    order : tuple of pytensor nodes
        Its operations, each after those that it needs.
    start : dict of str to array
        Unconstrained parameters by their names, of which only the shapes matter.
    gradients : tuple of pairs
        Parameters, and which of the outputs is the gradient by it.
    """

    model: pm.Model
    outputs: tuple[Any, ...]
    order: tuple[Any, ...]
    start: Mapping[str, np.ndarray]
    gradients: tuple[tuple[Any, Any], ...] = ()


def density(model: pm.Model, start: Mapping[str, np.ndarray] | None = None) -> Derivation:
    """Return the log-density with respect to the unconstrained parameters, and its gradient by each of them.

    Parameters
    ----------
    model : pymc.Model
    start : mapping of str to array, optional
        ``model.initial_point()``, which compiles a function: give it if it is known.
    """
    # Made stable before it is derived: the gradient of a stable expression is stable, too.
    stable = ["canonicalize", "stabilize", *([] if model.check_bounds else ["local_remove_check_parameter"])]
    logp: Any = rewrite_graph(model.logp(jacobian=True), include=stable, custom_rewrite=in2out(_from_the_largest))
    gradient: Any = grad(logp, model.value_vars, disconnected_inputs="ignore")
    found = _rewritten(model, [logp, *gradient], start, (*LEFT_OUT, *FOUND_BEFORE))
    return replace(found, gradients=tuple(zip(model.value_vars, found.outputs[1:], strict=True)))


def quantities(model: pm.Model, names: Sequence[str]) -> Derivation:
    """Return parameters and deterministics by their names, as functions of the unconstrained parameters.

    Raises
    ------
    ValueError
        If the model has none of such a name; the nearest one is suggested.
    """
    known = {variable.name: variable for variable in [*model.free_RVs, *model.deterministics]}
    for name in names:
        if name not in known:
            near = nearest(name, known)
            hint = f" Did you mean {near!r}?" if near else ""
            msg = f"The model has no parameter or pm.Deterministic named {name!r}; it has {some(known)}.{hint}"
            raise ValueError(msg)
    return _rewritten(model, model.replace_rvs_by_values([known[name] for name in names]))


def recorded_values(
    model: pm.Model, variables: Sequence[Any], start: Mapping[str, np.ndarray] | None = None
) -> Derivation:
    """Return functions of the unconstrained parameters, such as a standard deviation of its logarithm."""
    return _rewritten(model, variables, start)


def _rewritten(model, outputs, start=None, left_out=LEFT_OUT):
    graph: Any = FunctionGraph(outputs=list(outputs), clone=True, copy_inputs=False)
    open_boxes(graph)
    get_mode("FAST_RUN").excluding(*left_out).optimizer.rewrite(graph)
    open_boxes(graph)  # the rewrites find a softmax, too, where a model has written it out
    MergeOptimizer().rewrite(graph)  # what a softmax and its logarithm have in common is computed once
    _number_the_places(graph)
    start = model.initial_point() if start is None else start
    return Derivation(model, tuple(graph.outputs), tuple(graph.toposort()), start)


@node_rewriter([Softmax, LogSoftmax])
def _from_the_largest(_fgraph, node):
    """Write softmax(x - max(x)), which transforms contain, as softmax(x): it subtracts the largest entry itself."""
    match node.inputs[0].owner_op_and_inputs:
        case Elemwise(Sub()), x, largest if all(largest.type.broadcastable[axis] for axis in node.op.axis):
            whole = largest.owner.inputs[0] if isinstance(largest.owner_op, DimShuffle) else largest
        case _:
            return None
    match whole.owner_op_and_inputs:
        case Max(axis=tuple(axis)), of if of is x and set(axis) == set(node.op.axis):
            return [node.op(x)]
    return None


def open_boxes(graph: FunctionGraph) -> None:
    """Put in place of each operation that is a graph of others, such as a softmax, that graph."""
    while boxes := [node for node in graph.toposort() if isinstance(node.op, OpFromGraph)]:
        for node in boxes:
            graph.replace_all(zip(node.outputs, inline_ofg_node(node), strict=True), import_missing=True)


def _number_the_places(graph):
    """Give each index of the model that is true or false as the places where it is true."""
    for node in graph.toposort():
        for i, entry in enumerate(node.inputs):
            is_mask = isinstance(entry, TensorConstant) and entry.type.dtype == "bool" and entry.type.ndim == 1
            if is_mask and isinstance(node.op, BaseSubtensor):
                graph.change_node_input(node, i, constant(np.flatnonzero(entry.data)), check=False)
