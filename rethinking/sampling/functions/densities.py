"""Functions of parameters and data, made from a model's graph: what nutpie does not compute.

The data are arguments here, not shared variables, so one compiled function serves every data set.
"""

from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import Any

import numpy as np
import pymc as pm
import xarray as xr
from pymc.pytensorf import compile as compile_random
from pymc.pytensorf import reseed_rngs
from pytensor.compile.maker import function
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.graph.basic import Variable
from pytensor.graph.replace import clone_replace, vectorize_graph
from pytensor.graph.traversal import ancestors
from pytensor.tensor import as_tensor
from pytensor.tensor.random.type import RandomType

from rethinking._names import listed, told_shapes
from rethinking.sampling.functions.compilation import repeatable
from rethinking.sampling.functions.interpreted import interpreted
from rethinking.sampling.given.indices import Codes
from rethinking.sampling.given.inputs import ModelInputs


def data_function(
    model: pm.Model,
    parameters: Sequence[Variable],
    outputs: Sequence[Variable],
    compiler: Callable = function,
    *,
    many: bool = False,
    **options: Any,
) -> "DataFunction":
    """Return ``f(values, inputs)``: the outputs at some values of the parameters, for some :class:`ModelInputs`.

    Parameters
    ----------
    model : pymc.Model
        The model to whose graph the variables belong.
    parameters, outputs : list of pytensor variables
        What is given, besides the data, and what comes back.
    compiler : callable
        :func:`pytensor.function`, or PyMC's own, which advances the generators of random variables at each call.
    many : bool
        Whether parameters come with a first axis of several points, which the outputs then have too.
    **options
        Passed to the compiler.

    Returns
    -------
    DataFunction
        Takes a list of arrays and a :class:`ModelInputs`, returns a list of arrays.
    """
    lengths: dict[str, Any] = {dim: v for dim, v in model.dim_lengths.items() if isinstance(v, SharedVariable)}
    data = {v.name: v for v in model.data_vars}
    types = [v.type.clone(shape=(None, *v.type.shape)) if many else v.type for v in parameters]
    free = [kind(name=v.name) for kind, v in zip(types, parameters, strict=True)]
    places = [v.type(name=v.name) for v in [*data.values(), *lengths.values()]]
    swap = dict(zip([*parameters, *data.values(), *lengths.values()], [*free, *places], strict=True))
    graph = vectorize_graph(outputs, swap) if many else clone_replace(outputs, swap)
    with repeatable():
        compiled = compiler([*free, *places], graph, on_unused_input="ignore", **options)

    return DataFunction(compiled, list(data), lengths)


class DataFunction:
    """A compiled function of parameters and data, for one thread at a time.

    Attributes
    ----------
    rngs : list of shared variables
        The random number generators in its graph.
    """

    def __init__(self, compiled: Any, data: list[str], lengths: dict[str, Any]):
        self._compiled, self._data, self._lengths, self._lock = compiled, data, lengths, Lock()
        shared = compiled.get_shared()
        self.rngs = [v for v in shared if isinstance(v.get_value(borrow=True), np.random.Generator)]

    def __call__(self, values: Sequence[np.ndarray], inputs: ModelInputs) -> list[np.ndarray]:
        """Return the outputs at some values of the parameters, for some inputs."""
        sizes = [np.asarray(inputs.lengths[dim], dtype=v.dtype) for dim, v in self._lengths.items()]
        with self._lock:  # a compiled function keeps its arguments in storage of its own: two threads would mix them up
            return self._compiled(*values, *(inputs.values[name] for name in self._data), *sizes)


def densities(model: pm.Model, variables: Sequence[Variable]) -> list[Any]:
    """Return the log-density of each variable, element by element."""
    found: Any = model.logp(vars=variables, sum=False)  # a list, because variables are
    return found


class StartPoint:
    """The model evaluated once where sampling starts, in a mode that checks every index and every length.

    Compiled code does not check indices: an index past the end reads whatever lies in memory, and one below 0 counts
    from the end. So all that the compiled code will evaluate is evaluated here first. This costs a few hundredths of a
    second and is asked before each fit to new data.

    Parameters
    ----------
    model : pymc.Model
    inputs : ModelInputs
        Those that the model is compiled with, which settle the shapes of its deterministics.

    Attributes
    ----------
    point : dict of str to array
        Where sampling starts: the unconstrained parameters by their names.
    """

    def __init__(self, model: pm.Model, inputs: ModelInputs):
        self._terms = [*model.free_RVs, *model.observed_RVs, *model.potentials]
        self._observed = list(model.observed_RVs)
        self._deterministics = list(model.deterministics)
        self._codes = Codes(model)
        self.point = model.initial_point()
        self._names = [variable.name for variable in model.value_vars]
        self._start = [self.point[name] for name in self._names]
        # Deterministics by their values, not only their shapes: a shape is known without looking at a single index.
        evaluated: list[Any] = [*self._deterministics, *self._codes.variables]
        outputs = [
            *(term.sum() for term in densities(model, self._terms)),
            *(model.rvs_to_values[rv] for rv in self._observed),
            *model.replace_rvs_by_values(evaluated),
        ]
        outputs = [as_tensor(variable, allow_xtensor_conversion=True) for variable in outputs]
        self._function = data_function(model, model.value_vars, outputs, mode=interpreted())
        if self._function.rngs:
            terms = zip(evaluated, model.replace_rvs_by_values(evaluated), strict=True)
            drawn = [v.name for v, term in terms if any(isinstance(a.type, RandomType) for a in ancestors([term]))]
            names = listed(map(repr, drawn))
            msg = f"{names} would be random in a fit: leave it out of the model, and simulate with predict."
            raise ValueError(msg)
        _, self._shapes = self._evaluated(inputs)

    def __call__(self, inputs: ModelInputs) -> dict[str, np.ndarray]:
        """Return the observed values by name, for some inputs.

        Raises
        ------
        ValueError
            If the lengths or indices in the data do not fit the model, an index is negative, a term of the log-density
            is not finite at the start, or a deterministic would get another shape than is compiled in; the sentence
            names it.
        """
        observed, shapes = self._evaluated(inputs)
        for name, shape in shapes.items():
            if shape != self._shapes[name]:
                msg = (
                    f"With these data the pm.Deterministic {name!r} would have shape {shape} instead of"
                    f" {self._shapes[name]}, which is compiled in: leave it out of the model, or make a new Sampler."
                )
                raise ValueError(msg)
        return observed

    def density(self, values: Mapping[str, np.ndarray], inputs: ModelInputs) -> float:
        """Return the log-density at some values of the unconstrained parameters, by name; NaN if there is none."""
        try:
            results = self._function([values[name] for name in self._names], inputs)
        except Exception:  # what a model may ask of its parameters need not hold here
            return np.nan
        return float(sum(results[: len(self._terms)]))

    def _evaluated(self, inputs):
        """Return the observed values and the shapes of the deterministics, both by name."""
        try:
            results = iter(self._function(self._start, inputs))
        except (ValueError, IndexError, AssertionError) as error:
            reason = told_shapes(error)
            msg = f"The model cannot be evaluated with these data ({reason}): check lengths and index codes."
            raise ValueError(msg) from None
        logp, observed, deterministics = (
            dict(zip((variable.name for variable in variables), results, strict=False))
            for variables in (self._terms, self._observed, self._deterministics)
        )
        self._codes.require_labels(list(results))
        for name, value in logp.items():
            if not np.isfinite(value):
                msg = (
                    f"The log-density of {name!r} is {value} where sampling starts: its data lie outside what"
                    f" the distribution allows, or its parameters are invalid there."
                )
                raise ValueError(msg)
        return observed, {name: np.shape(value) for name, value in deterministics.items()}


class PosteriorPredictive:
    """Draws of every observed variable, by a function made at the first call."""

    def __init__(self, model: pm.Model):
        self._names = [rv.name for rv in model.observed_RVs]
        self._model, self._function, self._lock = model, None, Lock()

    def __call__(self, posterior: xr.Dataset, inputs: ModelInputs, seed: int | None) -> dict[str, np.ndarray]:
        """Return arrays by name, of shape (chain, draw, ...), for a posterior Dataset and an integer seed or None."""
        with self._lock:  # the generators belong to the function, so one call at a time
            if self._function is None:
                model = self._model
                self._parameters = [(rv.name, rv.dtype) for rv in model.free_RVs]
                self._function = data_function(
                    model,
                    model.free_RVs,
                    model.observed_RVs,
                    compile_random,
                    mode=interpreted(often=True),
                    trust_input=True,
                )
            reseed_rngs(self._function.rngs, seed)
            return _for_each_draw(self._function, self._parameters, posterior, inputs, self._names)


def _for_each_draw(function, parameters, posterior, inputs, names):
    shape = (posterior.sizes["chain"], posterior.sizes["draw"])
    draws = [posterior[name].values.astype(dtype) for name, dtype in parameters]
    points = [function([np.asarray(d[index]) for d in draws], inputs) for index in np.ndindex(shape)]
    stacked = (np.stack(values) for values in zip(*points, strict=True))
    return {name: values.reshape(shape + values.shape[1:]) for name, values in zip(names, stacked, strict=True)}
