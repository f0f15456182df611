"""Functions of parameters and data, made from a model's graph: what nutpie does not compute.

The data are arguments here, not shared variables, so the functions are pure and may run in several threads.
"""

import numpy as np
import pytensor
from pymc.model.transform.conditioning import remove_value_transforms
from pytensor.graph.replace import clone_replace
from pytensor.tensor import as_tensor


def data_function(model, inputs, outputs, **options):
    """Return a function ``f(inputs_values, data_values)`` of a model's value variables and all of its ``pm.Data``.

    Parameters
    ----------
    model : pymc.Model
        The model to whose graph the variables belong.
    inputs, outputs : list of pytensor variables
        What is given, besides the data, and what comes back.
    **options
        Passed to :func:`pytensor.function`.

    Returns
    -------
    callable
        ``f(values, data)`` with a list of arrays and a mapping of data by name; returns a list of arrays.
    """
    shared = list(model.data_vars)
    places = [variable.type(name=variable.name) for variable in shared]
    outputs = clone_replace(outputs, dict(zip(shared, places, strict=True)))
    function = pytensor.function([*inputs, *places], outputs, on_unused_input="ignore", **options)
    return lambda values, data: function(*values, *(data[variable.name] for variable in shared))


class StartPoint:
    """The model evaluated once where sampling starts, in a mode that checks every index and every length.

    Compiled code does not check indices: an index past the end reads whatever lies in memory. This costs a few
    hundredths of a second and is asked before each fit to new data.
    """

    def __init__(self, model):
        self._terms = [*model.free_RVs, *model.observed_RVs, *model.potentials]
        self._observed = list(model.observed_RVs)
        self._deterministics = list(model.deterministics)
        start = model.initial_point()
        self._start = [start[variable.name] for variable in model.value_vars]
        deterministics = model.replace_rvs_by_values(self._deterministics)
        outputs = [
            *(term.sum() for term in model.logp(vars=self._terms, sum=False)),
            *(as_tensor(model.rvs_to_values[rv]) for rv in self._observed),
            *(variable.shape for variable in deterministics),
        ]
        self._function = data_function(model, model.value_vars, outputs, mode="FAST_COMPILE")

    def __call__(self, data):
        """Return the observed values and the shapes of the deterministics, both by name, for some data.

        Raises
        ------
        ValueError
            If the lengths or indices in the data do not fit the model, or a term of the log-density is not finite
            at the start; the sentence names it.
        """
        try:
            results = self._function(self._start, data)
        except (ValueError, IndexError) as error:
            reason = str(error).splitlines()[0]
            msg = f"The model cannot be evaluated with these data ({reason}): check lengths and index codes."
            raise ValueError(msg) from None
        n, m = len(self._terms), len(self._terms) + len(self._observed)
        for term, value in zip(self._terms, results[:n], strict=True):
            if not np.isfinite(value):
                msg = (
                    f"The log-density of {term.name!r} is {value} where sampling starts: its data lie outside what"
                    f" the distribution allows, or its parameters are invalid there."
                )
                raise ValueError(msg)
        observed = dict(zip((rv.name for rv in self._observed), results[n:m], strict=True))
        shapes = {v.name: tuple(map(int, s)) for v, s in zip(self._deterministics, results[m:], strict=True)}
        return observed, shapes


class LogLikelihood:
    """The pointwise log-likelihood of every observed variable, compiled at the first call."""

    def __init__(self, model):
        self.names = [rv.name for rv in model.observed_RVs]
        self._model = model
        self._function = None

    def __call__(self, posterior, data):
        """Return arrays by name, of shape (chain, draw, ...), for a posterior Dataset and data by name."""
        if self._function is None:
            plain = remove_value_transforms(self._model)
            terms = plain.logp(vars=plain.observed_RVs, sum=False)
            self._parameters = [(v.name, v.dtype) for v in plain.value_vars]
            self._function = data_function(plain, plain.value_vars, terms)
        shape = (posterior.sizes["chain"], posterior.sizes["draw"])
        draws = [posterior[name].values.astype(dtype) for name, dtype in self._parameters]
        points = [self._function([d[index] for d in draws], data) for index in np.ndindex(shape)]
        return {
            name: np.stack(values).reshape(shape + values[0].shape)
            for name, values in zip(self.names, zip(*points, strict=True), strict=True)
        }
