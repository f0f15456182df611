"""A model's functions in JAX, of the sampler's flat vector and of the values of ``pm.Data``."""

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pymc as pm
import pymc.sampling.jax  # (teaches PyTensor the JAX form of what PyMC adds to it)
import pytensor.tensor as pt
from pytensor.compile.mode import JAX
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.replace import clone_replace
from pytensor.graph.traversal import graph_inputs
from pytensor.link.jax.dispatch import jax_funcify

from rethinking._compiling import compiling
from rethinking.studies.device.by_code import indexed, put_in_order

__all__ = ["Lowered", "lowered", "named", "precise"]


class Lowered(NamedTuple):
    """What a sampler needs of a model; each function takes a flat vector and a list of arrays, one for each input.

    Attributes
    ----------
    names : tuple of str
        The ``pm.Data`` that it takes, in order.
    values : tuple of numpy.ndarray
        Those of the model that was given.
    start : numpy.ndarray
        The flat vector where sampling starts.
    log_density : callable
        A number.
    estimands : callable
        The values of all of them, a vector.
    shapes : dict of str to tuple of int
        Of the estimands, in the order in which the vector has them.
    codes : tuple of str
        What the model indexes by.
    in_range : callable
        Whether each of the codes lies where it may, a vector. JAX itself takes the nearest entry instead.
    """

    names: tuple[str, ...]
    values: tuple[np.ndarray, ...]
    start: np.ndarray
    log_density: Callable[[Any, Sequence[Any]], Any]
    estimands: Callable[[Any, Sequence[Any]], Any]
    shapes: dict[str, tuple[int, ...]]
    codes: tuple[str, ...]
    in_range: Callable[[Any, Sequence[Any]], Any]


@contextmanager
def precise(precision: str) -> Iterator[None]:
    """Trace and compile in ``"single"`` or ``"double"`` precision, whatever the process does otherwise."""
    with jax.enable_x64(precision == "double"), warnings.catch_warnings():
        # PyTensor asks for the types of its graph, double ones; single precision is what was asked for here.
        warnings.filterwarnings("ignore", "Explicitly requested dtype", UserWarning)
        yield


@compiling()
def lowered(model: pm.Model, estimands: Sequence[str]) -> Lowered:
    """Return the functions of a model in JAX, by PyMC's own backend.

    Parameters
    ----------
    model : pymc.Model
    estimands : sequence of str
        Names of variables.

    Raises
    ------
    NotImplementedError, TypeError, ValueError
        If an operation of the model has no form in JAX.
    """
    wanted = model.replace_rvs_by_values([model[name] for name in estimands])
    outputs, data, values = _without_shared([model.logp(), model.dlogp(), *wanted], model)
    points, start = model.value_vars, model.initial_point()
    shapes = [start[point.name].shape for point in points]
    flat = np.concatenate([np.ravel(start[point.name]) for point in points])
    indices = [*indexed(outputs)]
    inside = [pt.and_(pt.ge(pt.min(index), 0), pt.lt(pt.max(index), length)) for _, index, length in indices]

    def function(graphs):
        found = _in_jax([*points, *data], graphs)
        return lambda x, inputs: found(*_split(x, shapes), *inputs)

    both, others, within = function(outputs[:2]), function(outputs[2:]), function(inside)
    return Lowered(
        tuple(one.name for one in data),
        tuple(values),
        flat,
        _differentiated(function(outputs[:1]), both),
        lambda x, inputs: jnp.concatenate([jnp.ravel(one) for one in others(x, inputs)]),
        {name: one.shape for name, one in zip(estimands, jax.eval_shape(others, flat, values), strict=True)},
        tuple(name for name, _, _ in indices),
        lambda x, inputs: jnp.array([jnp.reshape(one, ()) for one in within(x, inputs)], dtype=bool),
    )


def _differentiated(density: Callable[..., Any], both: Callable[..., Any]) -> Callable[..., Any]:
    """Return a density whose gradient is PyTensor's; JAX's own of a softplus is NaN from 89 on in single precision."""

    @jax.custom_vjp
    def log_density(x, inputs):
        return density(x, inputs)[0]

    def forward(x, inputs):
        value, gradient = both(x, inputs)
        return value, (gradient, inputs)

    def backward(kept, weight):
        gradient, inputs = kept
        nothing = [np.zeros(one.shape, jax.dtypes.float0) if one.dtype.kind in "biu" else 0 * one for one in inputs]
        return (weight * gradient).astype(gradient.dtype), nothing

    log_density.defvjp(forward, backward)
    return log_density


def _without_shared(graphs: list[Any], model: pm.Model) -> tuple[list[Any], list[Any], list[np.ndarray]]:
    """Return graphs with ``pm.Data`` as inputs and lengths of dims as constants, these inputs, and their values."""
    shared = [one for one in graph_inputs(graphs) if isinstance(one, SharedVariable)]
    data: list[Any] = [one for one in shared if one in model.data_vars]
    inputs: list[Any] = [one.type(name=one.name) for one in data]
    fixed: dict[Any, Any] = {one: pt.constant(one.get_value()) for one in shared if one not in data}
    fixed |= dict(zip(data, inputs, strict=True))
    replaced = clone_replace(graphs, replace=fixed)
    return replaced, inputs, [one.get_value() for one in data]


def named(values: np.ndarray, shapes: dict[str, tuple[int, ...]]) -> dict[str, np.ndarray]:
    """Return arrays by name, of which the last axis of `values` holds one after the other."""
    found, begin = {}, 0
    for name, shape in shapes.items():
        end = begin + int(np.prod(shape))
        found[name], begin = values[..., begin:end].reshape(*values.shape[:-1], *shape), end
    return found


def _in_jax(inputs: list[Any], graphs: list[Any]) -> Callable[..., Any]:
    """Return a JAX function of the inputs that returns the values of graphs."""
    if not graphs:
        return lambda *_: ()
    whole = FunctionGraph(inputs=inputs, outputs=graphs, clone=True)
    JAX.optimizer.rewrite(whole)
    put_in_order(whole)
    return jax_funcify(whole)


def _split(x, shapes):
    """Return the parts of a flat vector in their shapes."""
    ends = np.cumsum([int(np.prod(shape)) for shape in shapes])
    return [jnp.reshape(x[end - int(np.prod(s)) : end], s) for end, s in zip(ends, shapes, strict=True)]
