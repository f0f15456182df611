"""What a finished fit is made into: its draws by name, and what the model computes from them."""

import warnings
from collections.abc import Mapping
from contextlib import contextmanager
from time import perf_counter
from typing import Any

import numpy as np
import nutpie
import pymc as pm
from xarray import DataTree

from rethinking._compiling import compiling
from rethinking.sampling.compiled import Running
from rethinking.sampling.functions.densities import PosteriorPredictive
from rethinking.sampling.functions.everywhere import Everywhere, LogDensities
from rethinking.sampling.trace import dataset, posterior_and_stats

__all__ = ["Results"]

DENSITIES = {"log_likelihood": "observed_RVs", "log_prior": "free_RVs"}


class Results:
    """The groups of a model's fits.

    Parameters
    ----------
    model : pymc.Model

    Attributes
    ----------
    recorded : list of str or None
        The variables that a trace must have, as `CompiledModel` takes them.
    """

    @compiling()
    def __init__(self, model: pm.Model):
        # NumPy has the deterministics of all draws in a moment, without anything to compile.
        self._deterministics = Everywhere.deterministics(model)
        self.recorded = [variable.name for variable in model.free_RVs] if self._deterministics else None
        self._names = [variable.name for variable in (*model.free_RVs, *model.deterministics)]
        self._dims = {name: list(dims) for name, dims in model.named_vars_to_dims.items()}
        self._log_densities = {kind: LogDensities(model, of) for kind, of in DENSITIES.items()}
        self._posterior_predictive = PosteriorPredictive(model)

    def tree(self, compiled: Any, running: Running, trace: Any, more: Mapping[str, bool]) -> DataTree:
        """Return the DataTree of a fit: nutpie's model, the fit that was begun, its trace, and the groups asked for."""
        inputs = running.inputs
        posterior, sample_stats = self._recorded(compiled, inputs, trace)
        posterior.attrs["sampling_time"] = perf_counter() - running.since
        groups = {"posterior": posterior, "sample_stats": sample_stats}
        for kind in DENSITIES:
            if more[kind]:
                with _kept_without(kind):
                    groups[kind] = self._densities(kind, posterior, inputs)
        if more["posterior_predictive"]:
            with _kept_without("posterior_predictive"):
                new = self._posterior_predictive(posterior, inputs, running.seed)
                groups["posterior_predictive"] = dataset(new, self._dims, inputs.coords)
        for name, values in (("observed_data", running.observed), ("constant_data", inputs.values)):
            groups[name] = dataset(values, self._dims, inputs.coords, sample_dims=())
        return DataTree.from_dict({name: group for name, group in groups.items() if group.data_vars})

    def _recorded(self, compiled, inputs, trace):
        """Return the Datasets posterior, in the model's order and with its deterministics, and sample_stats."""
        left_out = compiled.reparameterized_names or ()
        posterior, sample_stats = posterior_and_stats(trace, {**compiled.coords, **inputs.coords}, left_out)
        sample_stats.attrs |= {"inference_library": "nutpie", "inference_library_version": nutpie.__version__}
        if self._deterministics:
            with _kept_without("pm.Deterministic"):
                more = {name: np.asarray(v, dtype=float) for name, v in self._deterministics(posterior, inputs).items()}
                posterior = posterior.assign(dataset(more, self._dims, inputs.coords).data_vars)
        return posterior[[name for name in self._names if name in posterior]], sample_stats

    def _densities(self, kind, posterior, inputs):
        found = self._log_densities[kind](posterior, inputs)
        # One density for a whole vector, as of a multinomial: the last dims of what is observed are gone.
        dims = {name: self._dims.get(name, [])[: values.ndim - 2] for name, values in found.items()}
        return dataset(found, dims, inputs.coords)


@contextmanager
def _kept_without(what):
    """Keep a fit of which some draw stops what is computed from it: only that is left out, with a warning."""
    try:
        yield
    except Exception as error:
        reason = (str(error) or type(error).__name__).splitlines()[0][:120]
        msg = f"The fit is kept, but without its {what}, which cannot be computed at every draw ({reason})."
        warnings.warn(msg, stacklevel=2)
