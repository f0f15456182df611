"""Compile a model once, then fit it to as many data sets as one likes."""

from collections.abc import Mapping
from typing import Any

import pymc as pm
from numpy.typing import ArrayLike
from xarray import DataTree

from rethinking._names import kind_of
from rethinking._progress import progress_line, shows_progress
from rethinking.sampling.compiled import CompiledModel, Running
from rethinking.sampling.diagnostics import convergence, warn_unless_converged
from rethinking.sampling.functions.compilation import panics_as_errors
from rethinking.sampling.given.inputs import ModelInputs, require_samplable
from rethinking.sampling.given.options import GROUPS, OPTIONS, require_options
from rethinking.sampling.results import Results
from rethinking.sampling.sweep import sweep


class Sampler(CompiledModel):
    """A model compiled by nutpie; each fit afterwards costs the sampling only.

    Parameters
    ----------
    model : pymc.Model
        With at least one free, continuous variable and something observed (or a ``pm.Potential``). What is to
        change between fits is ``pm.Data``; the sampler keeps the values of now, later ``pm.set_data`` do not reach it.
    freeze : bool
        Compile the data as constants, which cannot be replaced then. For a model that is fitted to one data set: more
        of it can be lowered to plain loops (see the notes), and what cannot compiles in half the time. What PyMC cannot
        freeze (symbolic initial values, a model within a model, Gaussian processes) is compiled as usual.

    Raises
    ------
    ValueError
        If the model has no free variable, a discrete free variable, nothing observed, an index out of range or an
        infinite log-density where sampling starts. All of this is found before the slow compilation.

    Notes
    -----
    The log-density and its gradient are written as one function of plain loops, which LLVM compiles in tenths of a
    second. It is used if it says the same as PyTensor at two points, and its gradient the same as differences there. A
    model with an operation that is not covered, such as a `scan` over arrays or a large matrix that is decomposed, is
    compiled by nutpie from PyTensor's functions instead.

    Examples
    --------
    >>> import numpy as np, pymc as pm
    >>> with pm.Model() as model:
    ...     y = pm.Data("y", np.array([1.0, 2.0, 3.0]))
    ...     mu = pm.Normal("mu", 0, 10)
    ...     _ = pm.Normal("height", mu, 1, observed=y)
    >>> sampler = Sampler(model)
    >>> dt = sampler.sample(seed=1)
    >>> bool(abs(dt["posterior"]["mu"].mean() - 2.0) < 0.1)
    True
    >>> shifted = sampler.sample(seed=1, y=[11.0, 12.0, 13.0])  # no compilation
    >>> bool(abs(shifted["posterior"]["mu"].mean() - 11.96) < 0.1)
    True
    """

    def __init__(self, model: pm.Model, *, freeze: bool = False):
        require_samplable(model)
        self._results = Results(model)
        super().__init__(model, freeze=freeze, recorded=self._results.recorded)
        self._observes = bool(model.observed_RVs)

    def sample(
        self,
        draws: int = 1000,
        tune: int | None = None,
        chains: int = 4,
        seed: int | None = None,
        progress: bool | None = None,
        log_likelihood: bool = False,
        *,
        log_prior: bool = False,
        posterior_predictive: bool = False,
        target_accept: float = 0.8,
        adaptation: str = "diag",
        cores: int | None = None,
        **data: ArrayLike,
    ) -> DataTree:
        """Return a DataTree: posterior, sample_stats, observed_data, constant_data, and the groups asked for.

        Parameters
        ----------
        draws, chains : int
            Draws that are kept in each chain, and the number of chains.
        tune : int, optional
            Draws of each chain spent on adapting and thrown away; nutpie's own number (400, or 800 for ``"low_rank"``)
            if None. More helps when chains of a hard model disagree.
        seed : int, optional
            The same seed, model and data give the same draws, on any number of cores.
        progress : bool, optional
            A line with the time left, removed when all is done; by default one in a terminal or notebook, none
            elsewhere or if the environment variable ``RETHINKING_PROGRESS`` is 0.
        log_likelihood : bool
            Also compute the log-likelihood of each observation at each draw, as LOO needs it.
        log_prior : bool
            Also compute the log-density of each parameter's prior at each draw, as `az.psense_summary` needs it.
        posterior_predictive : bool
            Also draw the observed variables anew at each draw.
        target_accept : float
            Raise towards 1 when transitions diverge: smaller steps, slower.
        adaptation : {"diag", "low_rank"}
            ``"low_rank"`` also learns correlations between parameters; worth it when ESS stays low without divergences.
        cores : int, optional
            Chains that run at the same time; all cores if None.
        **data : array_like
            New values for ``pm.Data``, by name; the others keep the values they had when the model was compiled.

        Raises
        ------
        TypeError, ValueError
            If the data do not fit the model (names, lengths, indices, missing values); nothing is sampled then.

        Warns
        -----
        ConvergenceWarning
            Once, if R-hat > 1.01, bulk or tail ESS < 400, or a transition diverged.
        UserWarning
            If a group that was asked for, or the deterministics, cannot be computed at some draw: they are left out.
        """
        progress = shows_progress() if progress is None else progress
        more = dict(zip(GROUPS, (log_likelihood, log_prior, posterior_predictive), strict=True))
        options = {"draws": draws, "tune": tune, "chains": chains, "seed": seed, "cores": cores}
        options |= {"target_accept": target_accept, "adaptation": adaptation, "progress_bar": False}
        require_options(options | more | {"progress": progress})
        self._require_observed(more)
        with progress_line(f"{chains} chains", 1, shown=progress) as reached:
            if progress:
                options["progress_callback"] = lambda state: reached(_share_of_draws(state))
            dt = self.finish(self.begin(data, **options), **more)
        warn_unless_converged(convergence(dt))
        return dt

    def sweep(
        self,
        grid: Mapping[str, ArrayLike],
        draws: int = 1000,
        tune: int | None = None,
        chains: int = 4,
        seed: int | None = None,
        progress: bool | None = None,
        log_likelihood: bool = False,
        **options: Any,
    ) -> DataTree:
        """Return one DataTree with a fit for every combination of values, the swept data as labelled dims.

        The fits run at the same time on all cores. Ctrl-C keeps those that are finished in a notebook or at a prompt;
        a script ends, because it could not go on with half of a grid.

        Parameters
        ----------
        grid : mapping of str to sequence of float
            Values for scalar ``pm.Data``, by name: ``{"sigma": np.linspace(0.1, 5, 20)}``.
        draws, tune, chains, seed, progress, log_likelihood, **options
            As in :meth:`sample`; each fit gets the same seed, so it is the fit that :meth:`sample` would give alone.

        Returns
        -------
        xarray.DataTree
            The groups of :meth:`sample`; all but observed_data carry a dim for each swept name, listed in the attribute
            ``swept`` of the posterior. A point whose fit failed or was not reached is NaN; after Ctrl-C, the last
            values of the first name are left out if none of their fits is finished.

        Raises
        ------
        TypeError, ValueError
            If a name is not a scalar ``pm.Data`` of the model, its list of values is empty, or every fit fails.

        Warns
        -----
        ConvergenceWarning
            Once, naming the worst fit.
        SweepWarning
            Once, naming the points that failed or were not reached, and why.
        """
        progress = shows_progress() if progress is None else progress
        options |= {"draws": draws, "tune": tune, "chains": chains, "seed": seed, "log_likelihood": log_likelihood}
        require_options(options | {"progress": progress})
        self._require_observed(options)
        return sweep(self, grid, progress=progress, **options)

    def _require_observed(self, options):
        asked = [name for name in ("log_likelihood", "posterior_predictive") if options.get(name)]
        if asked and not self._observes:
            msg = f"{asked[0]}=True needs an observed variable, but the model has pm.Potential only: leave it out."
            raise ValueError(msg)

    def finish(
        self,
        running: Running,
        *,
        log_likelihood: bool = False,
        log_prior: bool = False,
        posterior_predictive: bool = False,
    ) -> DataTree:
        """Return the DataTree of a fit that was begun, once it is done, without looking at its diagnostics.

        Parameters
        ----------
        running : Running
            What :meth:`begin` returned. Ctrl-C while waiting for it ends it, and no half of a fit is kept.
        log_likelihood, log_prior, posterior_predictive : bool
            As in :meth:`sample`.
        """
        if not isinstance(running, Running):
            msg = f"finish takes what begin returned, but got {kind_of(running)}."
            raise TypeError(msg)
        more: dict[str, bool] = dict(zip(GROUPS, (log_likelihood, log_prior, posterior_predictive), strict=True))
        require_options(more)
        try:
            with panics_as_errors():
                trace = running.background.wait()
        except KeyboardInterrupt:
            running.background.cancel()
            raise
        return self._results.tree(self._compiled, running, trace, more)


def _share_of_draws(chains):
    return sum(chain.finished_draws for chain in chains) / sum(chain.total_draws for chain in chains)


def sample(
    model: pm.Model,
    draws: int = 1000,
    tune: int | None = None,
    chains: int = 4,
    seed: int | None = None,
    progress: bool | None = None,
    log_likelihood: bool = False,
    **options: Any,
) -> DataTree:
    """Return the fit of a model that is fitted once: ``Sampler(model, freeze=True).sample(...)``.

    Parameters
    ----------
    model : pymc.Model
        See :class:`Sampler`.
    draws, tune, chains, seed, progress, log_likelihood, **options
        See :meth:`Sampler.sample`; with new values for ``pm.Data`` nothing is frozen.

    Returns
    -------
    xarray.DataTree
        With the groups posterior, sample_stats, observed_data and constant_data, and those asked for.

    Examples
    --------
    >>> import pymc as pm
    >>> with pm.Model() as globe:
    ...     water = pm.Beta("water", 1, 1)
    ...     _ = pm.Binomial("tosses", n=9, p=water, observed=6)
    >>> dt = sample(globe, seed=1)
    >>> bool(abs(dt["posterior"]["water"].mean() - 7 / 11) < 0.02)
    True
    """
    require_samplable(model)
    asked = {"draws": draws, "tune": tune, "chains": chains, "seed": seed}
    require_options(options | asked | {"progress": progress, "log_likelihood": log_likelihood})
    for name in options.keys() - {*OPTIONS}:
        ModelInputs.of(model).known(name)
    swapped = options.keys() & {variable.name for variable in model.data_vars}
    return Sampler(model, freeze=not swapped).sample(draws, tune, chains, seed, progress, log_likelihood, **options)
