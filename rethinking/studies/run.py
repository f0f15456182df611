"""Run a simulation study: here or on a cluster, and go on where an interrupted one was."""

import os
import warnings

import numpy as np
import xarray as xr
from rich.progress import Progress

from rethinking._progress import shows_progress
from rethinking.sampling.diagnostics import MAX_RHAT, MIN_ESS
from rethinking.studies.cluster import run_on
from rethinking.studies.design import STATISTICS, prepare
from rethinking.studies.fits import Fitter
from rethinking.studies.store import Store

ENOUGH = {"draws": 600, "tune": 200, "chains": 2}


class StudyWarning(UserWarning):
    """Some fits of a study are missing."""


def study(
    simulate,
    estimators,
    *,
    replicates,
    seed,
    estimands=None,
    client=None,
    store=None,
    draws=None,
    tune=None,
    chains=None,
    target_accept=0.8,
    adaptation="diag",
    prob=0.89,
    cores=None,
    progress=None,
):
    """Return what every estimator says about every simulated world.

    Each estimator is compiled once in each process and then only gets new data. The numbers of replicate `k` depend on
    `seed` and `k` alone: not on the number of cores or workers, and not on how often the study was interrupted.

    Parameters
    ----------
    simulate : callable
        ``simulate(rng)`` returns a pair: the data, in any form that the estimators take, and a mapping of names to true
        values, each one number.
    estimators : mapping of str to callable
        Functions of the data that return a ``pm.Model``. All that they take from the data must be ``pm.Data``,
        and the model the same for all replicates; this is checked.
    replicates : int
        How many worlds.
    seed : int
        Of the whole study.
    estimands : sequence of str, optional
        Which of the true values; all by default. Each is the name of a scalar in a model, a parameter or
        ``pm.Deterministic``; an estimator that has no such variable says NaN.
    client : distributed.Client, optional
        A dask cluster to run on. The functions are sent to the workers and compiled there, so they may come from a
        notebook or a page; rethinking must be installed on the workers.
    store : str or path, optional
        A folder, by custom named ``*.zarr``, into which each replicate is written when it is finished. The same call
        goes on where it was, also for more replicates; ``xarray.open_zarr(store)`` reads it at any time.
    draws, chains : int, optional
        By default, a fit gets two chains of 600 draws, and further such chains (16 at most) until every estimand has
        a bulk and tail ESS of 400 and an R-hat of 1.01. With `draws`, it gets exactly these, in 4 chains.
    tune : int, optional
        Draws of each chain that are spent on adapting: 200, or with `draws` nutpie's own number.
    target_accept, adaptation
        As in :meth:`Sampler.sample`.
    prob : float
        Probability of the equal-tailed interval.
    cores : int, optional
        Fits at the same time; as many as there are cores if None. A cluster uses all threads of its workers.
    progress : bool, optional
        A progress bar with the time left; by default where someone looks.

    Returns
    -------
    xarray.Dataset
        ``mean``, ``sd``, ``lower``, ``upper`` (the interval), ``ess_bulk``, ``ess_tail``, ``rhat``, ``divergences``,
        ``draws`` and ``bad`` by estimator, estimand and replicate; ``truth`` by estimand and replicate; ``failure`` by
        estimator and replicate: why there is no fit, or an empty string. ``bad`` marks fits with a divergence, an ESS
        < 400 or an R-hat > 1.01: they are kept, and :func:`study_summary` counts them.

    Raises
    ------
    TypeError, ValueError
        If an argument does not fit: before anything is compiled. If `store` holds another study: what differs.
    OSError
        If `store` cannot be written, such as on a full disk. What was finished before is in it.

    Warns
    -----
    StudyWarning
        Once, naming the replicates without a fit and why: the simulation or a model raised, or Ctrl-C was pressed.

    Examples
    --------
    >>> import pymc as pm
    >>> def simulate(rng):
    ...     mu = rng.normal(0, 1)
    ...     return {"y": rng.normal(mu, 1, size=5)}, {"mu": mu}
    >>> def normal_mean(data):
    ...     with pm.Model() as model:
    ...         pm.Normal("height", pm.Normal("mu", 0, 1), 1, observed=pm.Data("y", data["y"]))
    ...     return model
    >>> found = study(simulate, {"mean": normal_mean}, replicates=20, seed=1)
    >>> dict(found["mean"].sizes)
    {'estimator': 1, 'estimand': 1, 'replicate': 20}
    """
    fixed = {"draws": draws, "tune": tune, "chains": chains or 4, "until_enough": False}
    until = {"draws": ENOUGH["draws"], "tune": tune or ENOUGH["tune"], "chains": chains or ENOUGH["chains"]}
    options = fixed if draws else until | {"until_enough": True}
    options |= {"target_accept": target_accept, "adaptation": adaptation, "prob": prob}
    design = prepare(simulate, estimators, estimands, seed, options, replicates)
    finished = Store(store, design, replicates) if store is not None else Memory(design, replicates)
    waiting = [k for k in range(replicates) if k not in finished]
    if client is None:
        cores = cores or os.cpu_count()
        # Twice as many fits as cores, if all cores are ours: none idles while Python prepares the next.
        running = Fitter(design).run(waiting, cores if cores < os.cpu_count() else 2 * cores)
    else:
        running = run_on(client, design, waiting)
    progress = shows_progress() if progress is None else progress
    with Progress(disable=not progress) as bar:
        task = bar.add_task(f"{replicates} replicates", total=replicates, completed=replicates - len(waiting))
        try:
            for replicate in running:
                finished.write(replicate)
                bar.advance(task)
        except KeyboardInterrupt:  # what is finished is returned, with a warning
            pass
        finally:
            running.close()
    return _gather(design, *finished.read(replicates))


class Memory:
    """Finished replicates of a study without a store."""

    def __init__(self, design, replicates):
        self._rows = np.stack([design.empty_row()] * replicates)
        self._failures = np.full((replicates, len(design.estimators)), "", dtype=object)
        self._names = list(design.estimators)

    def __contains__(self, k):
        """Return False: nothing was finished before."""
        return False

    def write(self, replicate):
        """Keep a finished replicate."""
        self._rows[replicate.k] = replicate.row
        for name, reason in replicate.failures.items():
            self._failures[replicate.k, self._names.index(name)] = reason

    def read(self, replicates):
        """Return the arrays of all replicates, and the reasons why fits failed, (replicate, estimator)."""
        return self._rows, self._failures


def _gather(design, rows, failures):
    """Return the Dataset of all replicates, finished or not, after a warning if fits are missing."""
    coords = {"estimator": list(design.estimators), "estimand": list(design.estimands), "replicate": range(len(rows))}
    dims = ("replicate", "estimator", "estimand")
    found = xr.Dataset({name: (dims, rows[..., i]) for i, name in enumerate(STATISTICS)}, coords=coords)
    found = found.transpose("estimator", "estimand", "replicate")
    unfinished = found["failed"].isnull().all(("estimator", "estimand"))
    failures = xr.DataArray(failures, dims=("replicate", "estimator")).transpose()
    found["failure"] = failures.where(~unfinished, "not run")
    found["truth"] = found["truth"].isel(estimator=0, drop=True)
    poor = (found["ess_bulk"] < MIN_ESS) | (found["ess_tail"] < MIN_ESS) | (found["rhat"] > MAX_RHAT)
    found["bad"] = poor | (found["divergences"] > 0)
    found.attrs = {"seed": design.seed, "prob": design.options["prob"]}
    _warn_of_missing(found["failure"])
    return found.drop_vars("failed")


def _warn_of_missing(failure):
    """Warn once, naming for each reason how many replicates it took and the first of them."""
    missing = failure.where(failure != "").to_series().dropna()
    if missing.empty:
        return
    if len(missing) == failure.size:
        msg = f"No fit of this study succeeded; the first: {missing.iloc[0]}"
        raise ValueError(msg)
    said = []
    for reason, group in missing.groupby(missing, sort=False):
        which = sorted(set(group.index.get_level_values("replicate")))
        by = sorted(set(group.index.get_level_values("estimator")))
        whose = "" if len(by) == failure.sizes["estimator"] else f" by {', '.join(by)}"
        some = ", ".join([*map(str, which[:3]), *(["..."] if len(which) > 3 else [])])
        said.append(f"{len(which)} ({some}){whose}: {reason}")
    n = missing.index.get_level_values("replicate").nunique()
    msg = f"{n} of {failure.sizes['replicate']} replicates lack a fit, which is NaN. {'; '.join(said)}"
    warnings.warn(msg, StudyWarning, stacklevel=4)
