"""The linear model of an outcome as a function that can be tried: of parameters and of data, at any values.

It is computed as PyTensor wrote it down, without compiling. A parameter with a prior around a mean of its own is
replaced by that mean and its distance from it, so that what the mean holds counts as part of the linear model.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

import lazy_loader

from rethinking.causal.audit.reading.ancestry import all_above, is_a, numbers, parents, source, values
from rethinking.causal.audit.reading.likelihood import LOCATIONS, Part

if TYPE_CHECKING:
    import numpy as np
    import pymc as pm
    from pytensor.graph.basic import Variable
else:
    np = lazy_loader.load("numpy")


__all__ = ["Surface", "rows_of", "surface_of"]

LOOKUPS = ("AdvancedSubtensor", "AdvancedSubtensor1")
SHIFTED = ("normal", "laplace", "cauchy", "logistic", "gumbel", "t", "multivariate_normal")


class Surface:
    """A linear model, its inputs, and where it is tried first.

    Attributes
    ----------
    parameters : tuple of TensorVariable
        The free random variables that it depends on.
    stops : tuple of TensorVariable
        Variables of the model that are taken as known.
    leaves : tuple of TensorVariable
        Arrays of data that it depends on besides.
    indices : tuple of TensorVariable
        Those of them that say which element of a vector belongs to a row.
    start : dict of TensorVariable to array
        A value for each input.
    priors, means : dict of TensorVariable to set
        For each parameter everything that the spread and the shape of its prior depend on, and that its mean does.
    rows : int
        The number of rows of the linear model.
    """

    def __init__(
        self, inputs: Mapping[str, tuple], start: dict, compute: Callable, combine: Callable, priors: tuple, rows: int
    ):
        self.parameters, self.stops, self.leaves, self.indices = inputs.values()
        self.start, (self.priors, self.means) = start, priors
        self._compute, self._combine = compute, combine
        self._way, self.rows = 0, rows

    def ways(self, changed: Mapping["Variable", object] = {}) -> list:
        """Return what the linear model may be, read in each possible way, as matrices of rows and columns."""
        with np.errstate(all="ignore"):
            found = self._combine(*self._compute(self.start | dict(changed)))
        return [self._matrix(each) for each in found]

    def at(self, changed: Mapping["Variable", object] = {}) -> "np.ndarray":
        """Return the linear model at the start, but for what is changed."""
        return self.ways(changed)[self._way]

    def read_as(self, way: int) -> None:
        """Choose how to read it."""
        self._way = way

    def _matrix(self, held: object) -> "np.ndarray":
        held = np.asarray(held, dtype=float)
        held = held.reshape(-1, 1) if held.ndim < 2 else held.reshape(held.shape[0], -1)
        return np.broadcast_to(held, (max(self.rows, len(held)), held.shape[1])) if len(held) == 1 else held


def surface_of(model: "pm.Model", part: Part, stops: Iterable["Variable"], rows: int) -> Surface:
    """Return the linear model of a part of a likelihood, with the known variables as data.

    Parameters
    ----------
    model : pymc.Model
        The model.
    part : Part
        A component of the distribution of the outcome.
    stops : iterable of TensorVariable
        Variables that are known: what they were computed or drawn from does not matter. Other observed random variables
        are known anyhow.
    rows : int
        The number of rows of the outcome.
    """
    stops = {each for each in {*stops, *model.observed_RVs} if values(each) is None}
    above = _above(part.location, stops)
    parameters = [each for each in model.free_RVs if each in above and each not in stops]
    stops = [each for each in above if each in stops]
    lengths = set(model.dim_lengths.values())
    leaves = [each for each in above if _is_array(each) and each not in lengths]
    held = {each: each.type() for each in [*parameters, *stops, *leaves]}
    expressions = _replace_priors(parameters, held)
    outputs = _replaced(part.location, {**held, **expressions})
    inputs = {"parameters": tuple(parameters), "stops": tuple(stops), "leaves": tuple(leaves)}
    start = _start(model, parameters, stops, leaves)
    priors = tuple(
        {each: set().union(*(all_above(one, stops) for one in some(each))) for each in parameters}
        for some in (_rest, _prior_location)
    )
    compute = _function(held, outputs)
    # More rows than the outcome has are those of which the outcome is missing.
    rows = max([rows, *(len(each) for each in compute(start) if each.ndim)])
    inputs["indices"] = tuple(_indices(above, leaves, rows))
    return Surface(inputs, start, compute, part.combine, priors, rows)


def rows_of(leaf_values: "np.ndarray", surface: Surface) -> list["np.ndarray"]:
    """Return an array as it may enter the rows: as it is, or looked up by an index of groups."""
    if leaf_values.ndim and len(leaf_values) == surface.rows:
        return [leaf_values]
    places = [surface.start[index] for index in surface.indices]
    return [leaf_values[place] for place in places if leaf_values.ndim and place.max(initial=0) < len(leaf_values)]


def _above(outputs: Iterable["Variable"], stops: set) -> dict:
    """Return everything that outputs are computed from, the locations of priors included and nothing else of them."""
    waiting, seen = list(outputs), {}
    while waiting:
        current = waiting.pop()
        if current in seen:
            continue
        seen[current] = None
        if current in stops or current.owner is None:
            continue
        is_random = hasattr(current.owner.op, "dist_params")
        waiting += _prior_location(current) if is_random else current.owner.inputs
    return seen


def _prior_location(variable: "Variable") -> list:
    name = getattr(variable.owner.op, "name", None)
    return [parents(variable)[LOCATIONS[name]]] if name in SHIFTED else []


def _rest(variable: "Variable") -> list:
    location = _prior_location(variable)
    return [each for each in parents(variable) if not any(each is one for one in location)]


def _replace_priors(parameters: list, held: dict) -> dict:
    """Return for each parameter with a mean of its own that mean, computed from the inputs, plus the parameter."""
    expressions = {}
    for each in parameters:
        for location in _prior_location(each):
            if any(one in held for one in all_above(location)):
                (mean,) = _replaced([location], {**held, **expressions, each: held[each]})
                expressions[each] = mean + held[each]
    return expressions


def _replaced(outputs: Iterable["Variable"], replacements: dict) -> list:
    from pytensor.graph.replace import clone_replace

    return clone_replace(list(outputs), replacements, rebuild_strict=False)


def _function(held: dict, outputs: list) -> Callable:
    import pytensor
    from pytensor.compile.mode import Mode

    from rethinking._compiling import compiling

    mode = Mode(linker="py", optimizer="None")
    with compiling():
        function = pytensor.function(list(held.values()), outputs, mode=mode, on_unused_input="ignore")
    return lambda given: function(*(given[each] for each in held))


def _is_array(variable: "Variable") -> bool:
    held = values(variable) if variable.owner is None else None
    if held is None or held.ndim == 0 or held.size == 1:
        return False
    # Whole numbers without a name, and few of them, are the shape of something.
    return held.dtype.kind == "f" or (held.dtype.kind in "iu" and (variable.name is not None or held.size > 4))


def _indices(above: Iterable["Variable"], leaves: Iterable["Variable"], rows: int) -> list:
    """Return the data by which vectors are looked up, one whole number a row."""
    found = {}
    for variable in above:
        if is_a(variable.owner, LOOKUPS):
            found |= dict.fromkeys(source(each) for each in variable.owner.inputs[1:])
    return [each for each in leaves if each in found and numbers(each).shape == (rows,)]


def _start(model: "pm.Model", parameters: list, stops: list, leaves: list) -> dict:
    rng = np.random.default_rng(0)
    shapes = _shapes(model, [*parameters, *(each for each in stops if each not in model.observed_RVs)])
    start = {each: np.asarray(rng.uniform(0.5, 1.5, shape)).astype(each.dtype) for each, shape in shapes.items()}
    start |= {each: values(source(model.rvs_to_values[each])) for each in stops if each in model.observed_RVs}
    return start | {each: values(each) for each in leaves}


def _shapes(model: "pm.Model", variables: list) -> dict:
    """Return the shape of each variable: from its type, its dims, or else computed."""
    shapes, unknown = {}, []
    for each in variables:
        found = (model.dim_lengths.get(dim) for dim in model.named_vars_to_dims.get(each.name, ()))
        lengths = [length for length in found if length is not None]
        if None not in each.type.shape:
            shapes[each] = each.type.shape
        elif len(lengths) == each.ndim and all(values(length) is not None for length in lengths):
            shapes[each] = tuple(int(numbers(length)) for length in lengths)
        else:
            unknown.append(each)
    if unknown:
        from pytensor.compile.builders import infer_shape

        sizes = [infer_shape([each], (), ())[0] for each in unknown]
        computed = _function({}, [size for every in sizes for size in every])({})
        for each in unknown:
            shapes[each] = tuple(int(computed.pop(0)) for _ in range(each.ndim))
    return shapes
