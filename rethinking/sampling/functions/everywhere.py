"""What a model says at all draws of a fit at once, by NumPy: its deterministics, and log-densities."""

from collections.abc import Sequence
from threading import Lock
from typing import Any

import numpy as np
import pymc as pm
import xarray as xr
from pymc.model.transform.conditioning import remove_value_transforms
from pytensor.graph.traversal import ancestors
from pytensor.tensor import as_tensor
from pytensor.tensor.variable import TensorConstant

from rethinking._compiling import untraced
from rethinking.sampling.functions.densities import data_function, densities
from rethinking.sampling.functions.interpreted import interpreted
from rethinking.sampling.given.inputs import ModelInputs, without_starts

ELEMENTS_AT_ONCE = 1_000_000  # of what is computed, or of data; more would take gigabytes for many observations
DRAWS_AT_ONCE = 250  # what is on the way, a covariance say, can be much larger than what comes out


class Everywhere:
    """Expressions of a model at all draws at once, by NumPy.

    Parameters
    ----------
    model : pymc.Model
    parameters : list of pytensor variables
        Named as in a posterior.
    outputs : dict of str to pytensor variable
        What is computed, by name.
    """

    def __init__(self, model: pm.Model, parameters: Sequence[Any], outputs: dict[str, Any]):
        self._parameters = [(v.name, v.dtype) for v in parameters]
        terms = [as_tensor(term, allow_xtensor_conversion=True) for term in outputs.values()]
        self._axes = {name: term.ndim for name, term in zip(outputs, terms, strict=True)}
        constants = (v.data.size for v in ancestors(terms) if isinstance(v, TensorConstant))
        self._largest = max(constants, default=1)  # such as columns that were given to the model as they are
        self._function = data_function(
            model, parameters, terms, many=True, mode=interpreted(often=True), trust_input=True
        )
        self.is_random = bool(self._function.rngs)

    @classmethod
    def deterministics(cls, model: pm.Model) -> "Everywhere | None":
        """Return those of a model; None if it has none, or one that PyTensor cannot compute at many draws at once.

        What PyTensor cannot do then (a condition, a solver) shows in many ways, and some of them at a call only. So two
        points are tried, and compared with each alone; whatever goes wrong, compiled code computes them draw by draw.
        """
        if not model.deterministics:
            return None
        try:
            made = cls(model, model.free_RVs, {v.name: v for v in model.deterministics})
            with np.errstate(all="ignore"):  # a warning about points that nobody asked for
                return made if not made.is_random and made._agrees(model) else None
        except Exception:
            return None

    def _agrees(self, model):
        """Return whether what comes out at two points together, where sampling starts, comes out at each alone."""
        inputs, start = ModelInputs.of(model), model.initial_point()
        starts = [start[variable.name] for variable in model.value_vars]
        beside = [value + np.cos(np.arange(value.size)).reshape(value.shape) / 4 for value in starts]
        terms: Any = model.replace_rvs_by_values([*model.free_RVs, *model.deterministics])
        terms = [as_tensor(term, allow_xtensor_conversion=True) for term in terms]
        alone = data_function(model, model.value_vars, terms, mode=interpreted())
        pairs = [np.stack(pair) for pair in zip(alone(starts, inputs), alone(beside, inputs), strict=True)]
        n = len(model.free_RVs)
        together = self._function(pairs[:n], inputs)
        return all(np.allclose(a, b, equal_nan=True) for a, b in zip(together, pairs[n:], strict=True))

    def __call__(self, posterior: xr.Dataset, inputs: ModelInputs) -> dict[str, np.ndarray]:
        """Return arrays of shape (chain, draw, ...) by name, at the draws of a posterior Dataset."""
        shape = (posterior.sizes["chain"], posterior.sizes["draw"])
        draws = [posterior[name].to_numpy().astype(dtype) for name, dtype in self._parameters]
        draws = [values.reshape(-1, *values.shape[2:]) for values in draws]
        elements = sum(map(np.size, self._function([values[:1] for values in draws], inputs)))
        elements = max([self._largest, elements, *(values.size for values in inputs.values.values())])
        step = max(1, min(DRAWS_AT_ONCE, ELEMENTS_AT_ONCE // elements))
        parts = [self._function([v[i : i + step] for v in draws], inputs) for i in range(0, len(draws[0]), step)]
        return {
            name: _joined(values, axes, len(draws[0])).reshape(shape + values[0].shape[values[0].ndim - axes :])
            for (name, axes), values in zip(self._axes.items(), zip(*parts, strict=True), strict=True)
        }


class LogDensities:
    """The log-density of each of some variables, element by element, by a function made at the first call.

    Parameters
    ----------
    model : pymc.Model
    of : {"observed_RVs", "free_RVs"}
        Which variables: the observed ones, or the parameters, on their own scale.
    """

    def __init__(self, model: pm.Model, of: str):
        self._model, self._of, self._everywhere, self._lock = model, of, None, Lock()

    @untraced()
    def __call__(self, posterior: xr.Dataset, inputs: ModelInputs) -> dict[str, np.ndarray]:
        """Return arrays of shape (chain, draw, ...) by name, at the draws of a posterior Dataset."""
        with self._lock:
            if self._everywhere is None:
                plain = remove_value_transforms(without_starts(self._model))
                variables = getattr(plain, self._of)
                names, terms = [rv.name for rv in variables], densities(plain, variables)
                self._everywhere = Everywhere(plain, plain.value_vars, dict(zip(names, terms, strict=True)))
        return self._everywhere(posterior, inputs)


def _joined(parts, axes, points):
    """Return values at all points from some; a term without parameters is the same at all of them."""
    if parts[0].ndim == axes:
        return np.broadcast_to(parts[0], (points, *parts[0].shape))
    return np.concatenate(parts)
