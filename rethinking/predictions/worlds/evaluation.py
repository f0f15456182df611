"""One compiled function for all draws: the draws go through it in blocks, with generators of their own."""

from collections.abc import Iterator
from hashlib import blake2b
from threading import Lock
from typing import Any

import numpy as np
import pytensor
from pymc.distributions.distribution import SymbolicRandomVariable
from pytensor.compile.ops import ViewOp
from pytensor.compile.rewriting import inline_ofg_node
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.op import HasInnerGraph
from pytensor.graph.replace import clone_replace, vectorize_graph
from pytensor.graph.traversal import ancestors
from pytensor.tensor import alloc, constant, lscalar
from pytensor.tensor.random.op import RandomVariable
from pytensor.tensor.random.type import RandomType
from pytensor.tensor.variable import TensorConstant, TensorVariable

from rethinking._compiling import compiling
from rethinking._names import told_shapes
from rethinking.predictions.worlds.dependence import needed
from rethinking.predictions.worlds.quick import Quicken
from rethinking.sampling.functions.interpreted import AFTER_ALL, interpreted

CELLS_AT_ONCE = 50_000  # of an array: a core's own cache holds a few of them, and more of them cost twice the time


class Evaluation:
    """Some variables of a model as a function of draws, data and seeds, compiled once.

    The function is run by NumPy, one operation after the other: it compiles in hundredths of a second, it takes a
    block of draws at once, and an index out of range raises an error instead of reading what lies in memory.

    Parameters
    ----------
    targets : list of pytensor variables
        What is to be computed. Random variables in their graphs are drawn, one value for each draw.
    draws : list of pytensor variables
        What has one value for each draw.
    values : list of pytensor variables
        What has one value for all draws: data, lengths of dims, and variables that are set.
    """

    @compiling()
    def __init__(self, targets, draws, values):
        self._draws, self._values = [v.name for v in draws], [v.name for v in values]
        places = {v: _loose(v.type)(name=v.name) for v in [*draws, *values]}
        graph = FunctionGraph(outputs=clone_replace(targets, places), clone=False)
        _unwrap(graph)
        self._written = {v: _digest(v.data) for v in _constants(graph)}
        self._ndims = [v.type.ndim for v in graph.outputs]
        batched, count = {places[v]: _batch(places[v].type)(name=v.name) for v in draws}, lscalar("count")
        sizes, zeros = _axes_of_draws(graph, batched, count)
        try:
            vectorized = clone_replace(vectorize_graph(graph.outputs, batched | zeros), sizes)
        except (NotImplementedError, ValueError) as error:  # a simulator, or a walk whose steps are a loop
            reason = told_shapes(error) or "no reason given"
            msg = (
                f"What follows what is set has no form for many draws at once ({reason}):"
                f" write it with distributions and operations on arrays, or draw it by pm.sample_posterior_predictive."
            )
            raise ValueError(msg) from None
        rngs = [v for v in ancestors(vectorized) if isinstance(v.type, RandomType) and v.owner is None]
        generators = {v: v.type() for v in rngs}
        self._function: Any = pytensor.function(
            [*batched.values(), *(places[v] for v in values), count, *generators.values()],
            clone_replace(vectorized, generators),
            mode=interpreted(often=True).register((Quicken(), AFTER_ALL)),
            on_unused_input="ignore",
            trust_input=True,
        )
        self._types = [v.type for v in [*batched.values(), *(places[v] for v in values)]]
        self._generators, self._lock = len(rngs), Lock()

    def is_current(self) -> bool:
        """Return whether arrays that are written into the graph are what they were: one can change them in place."""
        return all(_digest(v.data) == digest for v, digest in self._written.items())

    def __call__(self, draws, values, seed, n):
        """Return the targets, each with a first axis over the draws.

        Parameters
        ----------
        draws, values : dict of str to numpy.ndarray
            Draws have a first axis more than their variables.
        seed : numpy.random.SeedSequence
            Whoever asks twice with the same seed gets the same answer.
        n : int
            The number of draws, which is not in `draws` if nothing is needed of them.
        """
        arrays = [*(draws[name] for name in self._draws), *(values[name] for name in self._values)]
        arrays = [np.asarray(array, dtype=kind.dtype) for array, kind in zip(arrays, self._types, strict=True)]
        rngs = [np.random.Generator(np.random.PCG64DXSM(each)) for each in seed.spawn(self._generators)]
        try:
            with self._lock:  # PyTensor's functions work in storage of their own
                results = self._function(*arrays, np.asarray(n), *rngs)
        except NotImplementedError as error:  # a pm.Flat, or a distribution of a page's own without a random method
            msg = f"What follows what is set cannot be drawn ({str(error)[:120]}): write it as a proper distribution."
            raise ValueError(msg) from None
        except (ValueError, IndexError, TypeError, AssertionError) as error:
            reason = told_shapes(error)
            msg = f"The model cannot be evaluated with these values ({reason}): check lengths, index codes and ranges."
            raise ValueError(msg) from None
        return [
            result if result.ndim > ndim else np.broadcast_to(result, (n, *result.shape))
            for result, ndim in zip(results, self._ndims, strict=True)
        ]


def blocks(n_draws: int, cells: int) -> Iterator[slice]:
    """Yield slices that cut draws into blocks that fit into memory.

    Parameters
    ----------
    n_draws, cells : int
        The number of draws, and of numbers in the largest array of one draw.

    Examples
    --------
    >>> [block.stop for block in blocks(10, 25_000)]
    [2, 4, 6, 8, 10]
    """
    step = max(1, CELLS_AT_ONCE // max(1, cells))
    for start in range(0, n_draws, step):
        yield slice(start, min(start + step, n_draws))


def _unwrap(graph):
    """Replace each pm.Deterministic and each distribution made of others, in place, by what is in it."""
    while wrapped := [node for node in graph.toposort() if isinstance(node.op, ViewOp | SymbolicRandomVariable)]:
        for node in wrapped:
            inner = node.inputs if isinstance(node.op, ViewOp) else inline_ofg_node(node)
            graph.replace_all(zip(node.outputs, inner, strict=True), import_missing=True)


def _axes_of_draws(graph, batched, count):
    """Give every random variable a first axis over the draws, in place, and return what stands for what.

    PyTensor takes that axis from the first parameter alone. Where this depends on no draw, as a number of trials does
    not, a zero for each draw is added to it; without it one draw would serve all, or the size would not fit. Sizes are
    those of one draw.

    Returns
    -------
    sizes, zeros : dict
        Variables in the graph, with expressions to be put in their place: after vectorizing, and by it.
    """
    one = {place: many[0] for place, many in batched.items()}
    sizes, zeros, follows = {}, {}, set(batched)
    for node in graph.toposort():
        if not isinstance(node.op, RandomVariable):
            continue
        if isinstance(size := node.op.size_param(node), TensorVariable):
            place = size.type()
            sizes[place] = clone_replace([size], one)[0]
            graph.change_node_input(node, node.inputs.index(size), place, import_missing=True)
        first, *_ = node.op.dist_params(node) or [None]
        if first is not None and not {first, *needed([first], follows, through_shapes=False)} & follows:
            zero = first.type.clone(shape=())()
            zeros[zero] = alloc(constant(0, dtype=zero.dtype), count)
            graph.change_node_input(node, node.inputs.index(first), first + zero, import_missing=True)
        follows.update(node.outputs)
    return sizes, zeros


def _constants(graph):
    yield from (v for v in graph.variables if isinstance(v, TensorConstant))
    for node in graph.apply_nodes:
        if isinstance(node.op, HasInnerGraph):
            yield from _constants(node.op.fgraph)


def _digest(array):
    return blake2b(np.ascontiguousarray(array)).digest()


def _loose(kind):
    """Return a type whose lengths are open, but for axes of length 1, which NumPy stretches."""
    return kind.clone(shape=tuple(1 if n == 1 else None for n in kind.shape))


def _batch(kind):
    return kind.clone(shape=(None, *kind.shape))
