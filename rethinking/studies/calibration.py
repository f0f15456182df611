"""Simulation-based calibration by simuk, with a sampler that is compiled once."""

import warnings
from collections.abc import Callable, Mapping
from typing import Any, Literal

import numpy as np
import pymc as pm
import xarray as xr
from arviz_base import extract
from pytensor.scalar import Cast
from pytensor.tensor.elemwise import Elemwise

from rethinking._arguments import require_extra, require_switch
from rethinking._names import kind_of
from rethinking._progress import progress_line, shows_progress
from rethinking.sampling import Sampler
from rethinking.sampling.given.options import require_options
from rethinking.studies.choices import TUNE, require_engine, require_whole

__all__ = ["calibrate"]

DEFAULTS = {"draws": 1000, "tune": TUNE, "chains": 4, "target_accept": 0.8}  # on a device, as many as elsewhere
OPTIONS = ("draws", "tune", "chains", "target_accept", "adaptation", "cores")


def calibrate(
    model: pm.Model,
    *,
    simulations: int = 200,
    seed: int,
    kept: int = 100,
    simulator: Callable[..., Mapping[str, Any]] | None = None,
    engine: Literal["nutpie", "jax"] = "nutpie",
    progress: bool | None = None,
    **options: Any,
) -> xr.DataTree:
    """Return where true values from the prior fall among the draws of the fits to their own data.

    For each simulation, parameters are drawn from the prior and data from the parameters, the model is fitted to these
    data, and the rank of each true value among its posterior draws is counted. If model and sampler are right, all
    ranks are equally likely (Talts et al. 2020, arXiv:1804.06788).

    Parameters
    ----------
    model : pymc.Model
        Whose observed values are ``pm.Data``, so that they can be replaced without compiling again.
    simulations : int
        How many.
    seed : int
        Of everything.
    kept : int
        Draws that are kept of each fit, evenly spaced: neighbouring draws of a chain are not independent, and ranks
        among them would not be uniform even if all is right. Ranks run from 0 to `kept`.
    simulator : callable, optional
        Makes the data instead of the model: takes the parameters by name and ``seed``, returns a dict of the observed
        variables.
    engine : {"nutpie", "jax"}
        What samples: nutpie, one data set after the other, or JAX, many at once on a GPU (or a CPU); the model is the
        same.
    progress : bool, optional
        A line with the time left, removed when all is done; by default where someone looks.
    **options
        Of :meth:`Sampler.sample`: draws, tune, chains, target_accept, adaptation, cores.

    Returns
    -------
    xarray.DataTree
        With the group ``prior_sbc``, ready for ``arviz.plot_ecdf_pit(dt, group="prior_sbc")``: ranks by parameter, of
        shape (1, simulations, ...).

    Raises
    ------
    ImportError
        If simuk, or what `engine` needs, is not installed.
    TypeError, ValueError
        If an argument is of the wrong kind, or observed values are not ``pm.Data``: before anything is compiled.

    Examples
    --------
    >>> import pymc as pm
    >>> with pm.Model() as model:
    ...     _ = pm.Normal("y", pm.Normal("mu"), 1, observed=pm.Data("heights", [0.0, 1.0, 2.0]))
    >>> ranks = calibrate(model, simulations=5, seed=1)["prior_sbc"]["mu"]
    >>> ranks.sizes["draw"], bool((ranks >= 0).all() and (ranks <= 100).all())
    (5, True)
    """
    require_extra("simuk", "calibrate", "calibration")
    with warnings.catch_warnings():  # of widgets, which nothing here shows: simuk imports numpyro where it is
        warnings.filterwarnings("ignore", "IProgress not found")
        import simuk

    if not isinstance(model, pm.Model):
        msg = f"model must be a pm.Model, but is {kind_of(model)}."
        raise TypeError(msg)
    for name, value, least in [("simulations", simulations, 1), ("seed", seed, 0), ("kept", kept, 1)]:
        require_whole(name, value, least)
    require_engine(engine, None, None, options.get("adaptation"), options.get("cores"))
    require_options(options)
    if progress is not None:
        require_switch("progress", progress)
    if simulator is not None and not callable(simulator):
        msg = f"simulator must be a function of the parameters and a seed, but is {kind_of(simulator)}."
        raise TypeError(msg)
    unknown = [name for name in options if name not in OPTIONS]
    if unknown:
        msg = f"calibrate has no option {unknown[0]!r}; those of sampling are {', '.join(OPTIONS)}."
        raise TypeError(msg)
    held = {rv.name: _data_of(model.rvs_to_values[rv]) for rv in model.observed_RVs}
    fixed = [name for name, data in held.items() if data not in model.data_vars]
    if fixed:
        msg = f"The observed values of {fixed} are constants in the compiled model: pass observed=pm.Data(...)."
        raise ValueError(msg)
    rounded = [rv.name for rv in model.observed_RVs if not np.can_cast(rv.dtype, held[rv.name].dtype, "same_kind")]
    if rounded:
        msg = f"The pm.Data of {rounded} hold whole numbers, which simulated outcomes are not: give them as floats."
        raise ValueError(msg)
    sampler: Any = Sampler(model) if engine == "nutpie" else None

    class Compiled(simuk.SBC):
        # simuk fits with pm.sample and offers no other way in; this is where it does so.
        def _get_posterior_samples(self, replicated_data) -> Any:
            data = self._data(replicated_data)
            seed = int(self._seeds[self._simulations_complete])
            dt = sampler.finish(sampler.begin(data, seed=seed, progress_bar=False, **options))
            reached(self._simulations_complete + 1)
            draws = extract(dt, group="posterior", keep_dataset=True)
            return draws.isel(sample=np.linspace(0, draws.sizes["sample"] - 1, kept).astype(int))

        def _data(self, made):
            return {held[name].name: np.asarray(values) for name, values in made.items() if name in held}

    class AllAtOnce(Compiled):
        # simuk asks for fits one by one, in another order, and looks at draws one by one. So ranks are counted at once,
        # which also leaves no draws in memory, and each is found by its truth.
        def _get_prior_predictive_samples(self):
            from rethinking.studies.device.posteriors import posteriors

            prior, made = super()._get_prior_predictive_samples()
            truths, worlds = _by_sample(prior), [self._data(one) for one in _by_sample(made)]
            fits = posteriors(model, worlds, map(int, self._seeds), kept, DEFAULTS | options)
            self._ranks = {}
            for done, (truth, fit) in enumerate(zip(truths, fits, strict=True), 1):
                shared = truth.keys() & fit.keys()
                self._ranks[_digest(truth)] = {name: (fit[name] < truth[name]).sum(axis=0) for name in shared}
                reached(done)
            return prior, made

        def _get_posterior_samples(self, replicated_data) -> Any:
            return None

        def _compute_single_rank(self: Any, simulation_idx, posterior, transform):
            truth = self.ref_params.isel(sample=simulation_idx)
            ranks = self._ranks[_digest({name: one.to_numpy() for name, one in truth.data_vars.items()})]
            for name in self.var_names:
                self.simulations[name].append(ranks[name])

    shown = shows_progress() if progress is None else progress
    how: dict[str, Any] = {"keep_fits": False, "progress_bar": False, "simulator": simulator}
    sbc = (Compiled if engine == "nutpie" else AllAtOnce)(model, num_simulations=simulations, seed=seed, **how)
    with progress_line(f"{simulations} simulations", simulations, shown=shown) as reached:
        sbc.run_simulations()
    ranks: Any = sbc.simulations
    return ranks


def _data_of(value):
    """Return what holds an observed value: a model makes whole numbers of counts, and floats of other outcomes."""
    match value.owner_op_and_inputs:
        case Elemwise(Cast()), held:
            return held
    return value


def _by_sample(drawn):
    """Return a dictionary of arrays for each sample."""
    values = {str(name): one.transpose("sample", ...).to_numpy() for name, one in drawn.data_vars.items()}
    return [{name: np.asarray(one[i]) for name, one in values.items()} for i in range(drawn.sizes["sample"])]


def _digest(data):
    return tuple((name, values.tobytes()) for name, values in sorted(data.items()))
