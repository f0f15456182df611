"""A model whose log-density is lowered to plain loops, as nutpie samples it.

Ready in a second or two, most of it for the gradient; nutpie's own way, by PyTensor's functions for numba, takes ten
times as long.
"""

import dataclasses
from collections.abc import Callable, Collection, Mapping
from ctypes import POINTER, c_double
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pymc as pm
from nutpie import compile_pymc as theirs
from pymc.initial_point import make_initial_point_fn

from rethinking.lowering import NotCovered, density, plain, recorded_values
from rethinking.sampling.functions.densities import data_function
from rethinking.sampling.functions.interpreted import interpreted
from rethinking.sampling.functions.native import in_c, joined
from rethinking.sampling.given.inputs import ModelInputs

NUMBERS = POINTER(c_double)
STEP = 1e-5


class Given:
    """What depends on a model's data alone, computed by NumPy for some data.

    Parameters
    ----------
    model : pymc.Model
    functions : sequence of Plain
        The functions to which it is given.
    point : mapping of str to array
        The unconstrained parameters, of which only the shapes matter.
    """

    def __init__(self, model: pm.Model, functions: Any, point: Mapping[str, np.ndarray]):
        self._functions = functions
        self._start = [point[variable.name] for variable in model.value_vars]
        outputs = [variable for function in functions for variable in function.given.values()]
        self._values = data_function(model, model.value_vars, outputs, mode=interpreted())
        if self._values.rngs:
            msg = "a random variable"
            raise NotCovered(msg)

    def __call__(self, inputs: ModelInputs) -> np.ndarray:
        """Return it as one array, for nutpie to hand on."""
        values = iter(self._values(self._start, inputs))
        parts = [part for f in self._functions for part in f.packed(dict(zip(f.given, values, strict=False)))]
        return joined(*parts)


@dataclass(frozen=True)
class LoweredModel(theirs.CompiledPyMCModel):
    """A compiled model for nutpie, with other functions and other data than its own."""

    given: Any = None

    def density_at(self, x: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the log-density and its gradient at some values of the unconstrained parameters."""
        gradient, found = np.empty_like(x), np.empty(1)
        numbers = [array.ctypes.data_as(NUMBERS) for array in (x, gradient, found)]
        self.compiled_logp_func.ctypes(len(x), *numbers, self.user_data.ctypes.data)
        return float(found[0]), gradient

    def by_name(self, x: np.ndarray) -> dict[str, np.ndarray]:
        """Return the unconstrained parameters by their names."""
        inside = (found for found in zip(*self.shape_info, strict=True) if found[1].stop <= len(x))
        return {name: x[part].reshape(shape) for name, part, shape in inside}

    def agrees(self, expected: Callable[[dict[str, np.ndarray]], float]) -> bool:
        """Return whether the log-density is what is expected at two points, and its gradient leads to its differences.

        A second opinion on each model, as cheap as six evaluations. What is expected is a function of the unconstrained
        parameters by name, because a frozen model has them in another order.
        """
        x = self.initial_point_func(0)
        beside = np.cos(np.arange(len(x), dtype=float))
        for point in (x, x + beside / 4):
            density, gradient = self.density_at(point)
            (above, _), (below, _) = (self.density_at(point + step * beside) for step in (STEP, -STEP))
            slope, rounding = (above - below) / (2 * STEP), 1e-12 * (1 + abs(density)) / STEP
            far = np.abs(gradient) @ np.abs(beside)
            if not np.isclose(density, expected(self.by_name(point)), rtol=1e-8, atol=1e-8):
                return False
            if not abs(slope - gradient @ beside) <= 1e-4 * far + rounding:
                return False
        return True

    def with_inputs(self, inputs: ModelInputs) -> "LoweredModel":
        """Return the model with other data."""
        return dataclasses.replace(self, user_data=self.given(inputs))


def lowered_model(
    model: pm.Model, inputs: ModelInputs, recorded: Collection[str] | None, point: Mapping[str, np.ndarray]
) -> LoweredModel:
    """Return a model for nutpie.

    Parameters
    ----------
    model : pymc.Model
    inputs : ModelInputs
    recorded : collection of str, optional
        As in :class:`~rethinking.sampling.compiled.CompiledModel`.
    point : mapping of str to array
        The model's initial point.

    Raises
    ------
    NotCovered
        If something in the model's graph is not covered by :mod:`rethinking.lowering`.
    """
    joined_names = [value.name for value in model.value_vars]
    more = [v for v in model.unobserved_value_vars if v.name not in joined_names]
    more = [v for v in more if recorded is None or v.name in recorded]
    functions = plain(density(model, point)), plain(recorded_values(model, more, point))
    given = Given(model, functions, point)
    names = [*joined_names, *(variable.name for variable in more)]
    shapes = [*(np.shape(point[name]) for name in joined_names), *functions[1].shapes]
    ends = np.cumsum([0, *(int(np.prod(shape)) for shape in shapes)])
    slices = [slice(*map(int, pair)) for pair in pairwise(ends)]
    transformed = [
        value.name for rv, value in model.rvs_to_values.items() if model.rvs_to_transforms.get(rv) is not None
    ]
    transformed = [name for name in joined_names if name in transformed]
    start = make_initial_point_fn(
        model=model, default_strategy="support_point", jitter_rvs=set(model.free_RVs), return_transformed=True
    )
    dims, coords = theirs._prepare_dims_and_coords(model, (names, slices, shapes), transformed)
    compiled: Any = in_c(*(function.text for function in functions))
    return LoweredModel(
        dims=dims, reparameterized_names=transformed, compiled_logp_func=compiled[0], compiled_expand_func=compiled[1],
        initial_point_func=theirs._rv_dict_to_flat_array_wrapper(
            theirs._wrap_with_lock(start), joined_names, shapes[: len(joined_names)]
        ),
        shared_data={}, shared_var_keys={}, user_data=given(inputs), n_expanded=int(ends[-1]),
        shape_info=(names, slices, shapes), logp_func=None, expand_func=None, _n_dim=int(ends[len(joined_names)]),
        _shapes=dict(zip(names, shapes, strict=True)), _coords=coords, given=given,
    )  # fmt: skip
