"""One compiled function for all draws: the draws go through it in blocks, with generators of their own."""

from collections.abc import Iterator

import numpy as np
import pytensor
from pymc.distributions.shape_utils import change_dist_size
from pytensor.compile.mode import get_mode
from pytensor.compile.ops import ViewOp
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.replace import clone_replace, vectorize_graph
from pytensor.graph.traversal import ancestors
from pytensor.tensor import lscalar
from pytensor.tensor.random.type import RandomType
from pytensor.tensor.variable import TensorVariable

from rethinking._names import told_shapes
from rethinking.predictions.worlds.quick import AFTER_ALL, Quicken

CELLS_AT_ONCE = 50_000  # of an array: a core's own cache holds a few of them, and more of them cost twice the time


class Evaluation:
    """Some variables of a model as a function of draws, data and seeds, compiled once.

    The function is run by NumPy, one operation after the other: it compiles in hundredths of a second, it takes a
    block of draws at once, and an index out of range raises an error instead of reading what lies in memory.

    Parameters
    ----------
    targets : list of pytensor variables
        What is to be computed.
    draws : list of pytensor variables
        What has one value for each draw.
    values : list of pytensor variables
        What has one value for all draws: data, lengths of dims, and variables that are set.
    anew : list of pytensor variables
        Random variables in the graphs of the targets that are drawn, causes first.
    """

    def __init__(self, targets, draws, values, anew):
        self._draws, self._values = [v.name for v in draws], [v.name for v in values]
        places = {v: _loose(v.type)(name=v.name) for v in [*draws, *values]}
        graph = FunctionGraph(outputs=clone_replace([*targets, *anew], places), clone=False)
        for node in graph.toposort():
            if isinstance(node.op, ViewOp):  # a pm.Deterministic, which would be copied draw by draw
                graph.replace(node.outputs[0], node.inputs[0], import_missing=True)
        outputs, anew = graph.outputs[: len(targets)], graph.outputs[len(targets) :]
        batched = {places[v]: _batch(places[v].type)(name=v.name) for v in draws}
        self._ndims = [v.ndim for v in outputs]
        count = lscalar("count")
        swap = batched | _one_for_each_draw(anew, set(batched), count)
        sizes = _sizes_apart(graph, anew, set(batched))
        vectorized = clone_replace(vectorize_graph(outputs, swap), sizes)
        rngs = [v for v in ancestors(vectorized) if isinstance(v.type, RandomType) and v.owner is None]
        generators = {v: v.type() for v in rngs}
        self.is_random = bool(rngs)
        self._function = pytensor.function(
            [*batched.values(), *(places[v] for v in values), count, *generators.values()],
            clone_replace(vectorized, generators),
            mode=get_mode("FAST_COMPILE").including("canonicalize", "stabilize").register((Quicken(), AFTER_ALL)),
            on_unused_input="ignore",
            trust_input=True,
        )
        self._types = [v.type for v in [*batched.values(), *(places[v] for v in values)]]
        self._generators = len(rngs)

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


def _one_for_each_draw(anew, batched, count):
    """Return replacements for random variables that depend on no draw: a draw of their own for each.

    Without them one draw would serve all, since their sizes say nothing of the draws. Those that depend on a draw get
    their first axis from it.
    """
    resized = {}
    for rv in anew:
        if not set(ancestors([rv], blockers=batched | resized.keys())) & (batched | resized.keys()) - {rv}:
            resized[rv] = change_dist_size(rv, (count,), expand=True)
    return resized


def _sizes_apart(graph, anew, batched):
    """Put a variable in place of each size that depends on no draw, and return these with what they stand for.

    PyTensor gives a random variable an axis over the draws only if it recognises its size, and it does not recognise
    the length of an array.
    """
    sizes = {}
    for rv in anew:
        size = rv.owner.op.size_param(rv.owner)
        if isinstance(size, TensorVariable) and not set(ancestors([size], blockers=batched)) & batched:
            place = size.type()
            graph.change_node_input(rv.owner, rv.owner.inputs.index(size), place, import_missing=True)
            sizes[place] = size
    return sizes


def _loose(kind):
    """Return a type whose lengths are open, but for axes of length 1, which NumPy stretches."""
    return kind.clone(shape=tuple(1 if n == 1 else None for n in kind.shape))


def _batch(kind):
    return kind.clone(shape=(None, *kind.shape))
