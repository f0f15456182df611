"""Run a simulation study: here or on a cluster, and go on where an interrupted one was."""

import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from time import perf_counter
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pymc as pm
import xarray as xr

from rethinking._progress import progress_line, shows_progress
from rethinking.studies.choices import chosen, require_arguments, require_engine
from rethinking.studies.clock import Clock, account
from rethinking.studies.cluster import ClientLost, run_on
from rethinking.studies.design import prepare
from rethinking.studies.fits import Fitter
from rethinking.studies.missing import warn_of
from rethinking.studies.storage.memory import Memory, gathered

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["study"]


NOTHING = "The study was interrupted before any replicate was finished, so there is nothing to return."


def study(
    simulate: Callable[[np.random.Generator], tuple[Any, Mapping[str, float]]],
    estimators: Mapping[str, Callable[[Any], pm.Model]],
    *,
    replicates: int,
    seed: int,
    estimands: Iterable[str] | None = None,
    client: "Client | None" = None,
    store: str | os.PathLike | None = None,
    engine: Literal["nutpie", "jax"] = "nutpie",
    draws: int | None = None,
    tune: int | None = None,
    chains: int | None = None,
    target_accept: float = 0.8,
    adaptation: Literal["diag", "low_rank"] = "diag",
    prob: float = 0.89,
    cores: int | None = None,
    chunk: int | None = None,
    precision: Literal["single", "double"] | None = None,
    seconds: float | None = None,
    progress: bool | None = None,
) -> xr.Dataset:
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
        and the model the same for all replicates; this is checked. What :func:`estimator` returns is quicker: its
        models need not be built in every replicate. With JAX, other models are built in processes beside this one if
        that would take more than a minute, and their worlds are simulated there.
    replicates : int
        How many worlds.
    seed : int
        Of the whole study.
    estimands : sequence of str, optional
        Which of the true values; all by default. Each is the name of a scalar in a model, a parameter or
        ``pm.Deterministic``; an estimator that has no such variable says NaN.
    client : distributed.Client, optional
        A dask cluster to run on. The functions are sent to the workers and compiled there, so they may come from a
        notebook or a page; rethinking must be installed on the workers. With JAX start one worker a device, each with
        one thread: ``CUDA_VISIBLE_DEVICES=0 dask worker ADDRESS --nthreads 1``, and so on for 1, 2, ... Give a
        `chunk` of which there are several for each worker.
    store : str or path, optional
        A folder, by custom named ``*.zarr``, into which each replicate is written when it is finished. The same call
        goes on where it was, also for more replicates; ``xarray.open_zarr(store)`` reads it at any time. Replicates
        whose files were damaged are named and done again.
    engine : {"nutpie", "jax"}
        What samples: nutpie, one world on each core, or JAX, many worlds at once on a GPU (or a CPU). JAX takes the
        same estimators and gives the same statistics within Monte-Carlo error; its data must have one shape in all
        replicates. It moves all worlds in step, by Hamiltonian Monte Carlo with trajectories of 1 to 24 steps. The
        numbers of a replicate are the same to the last bit for the same `chunk` and device; on a GPU, if no model has
        more than 128 groups. Where `draws` is not given, fits that 16 chains of JAX would leave with too
        few effective draws or a large R-hat are replaced by those of nutpie, when all others are done, and marked in
        ``refitted``.
    draws, chains : int, optional
        By default, a fit gets two chains of 600 draws, and further such chains (16 at most) until every estimand has
        a bulk and tail ESS of 400 and an R-hat of 1.01. With `draws`, it gets exactly these, in 4 chains.
    tune : int, optional
        Draws of each chain that are spent on adapting: 200, or with `draws` nutpie's own number (JAX: 400).
    target_accept, adaptation
        As in :meth:`Sampler.sample`.
    prob : float
        Probability of the equal-tailed interval.
    cores : int, optional
        Fits at the same time; as many as there are cores if None. A cluster uses all threads of its workers.
    chunk : int, optional
        With JAX: worlds at once on each device, 64 on a CPU and 16,384 on a GPU by default. It is halved where memory
        does not suffice.
    precision : {"single", "double"}, optional
        With JAX: single by default.
    seconds : float, optional
        How long `simulate`, an estimator or a fit may take in a replicate, without compilation. What takes longer
        counts as failed; it is not stored, so the same call tries it again. No limit by default. JAX's fits have none.
    progress : bool, optional
        A line with the time left, removed when all is done; by default where someone looks.

    Returns
    -------
    xarray.Dataset
        ``mean``, ``sd``, ``lower``, ``upper`` (the interval), ``ess_bulk``, ``ess_tail``, ``rhat``, ``divergences``,
        ``draws`` and ``bad`` by estimator, estimand and replicate; ``truth`` by estimand and replicate; ``failure`` by
        estimator and replicate: why there is no fit, or an empty string. ``bad`` marks fits with a divergence, an ESS
        < 400 or an R-hat > 1.01: they are kept, and :func:`study_summary` counts them. With JAX also ``refitted`` by
        estimator and replicate: whether nutpie made the fit. :func:`study_seconds` says where the time of this call
        went.

    Raises
    ------
    TypeError, ValueError
        If an argument does not fit: before anything is compiled. If `store` holds another study: what differs. If
        functions that go with a store reach something that cannot be recognised in another process: what.
    OSError
        If `store` cannot be written, such as on a full disk. What was finished before is in it. BlockingIOError if
        another process is writing to it: which.
    ImportError
        If `client`, `store` or `engine` need a package that is not installed: the command that installs it.
    KeyboardInterrupt
        If Ctrl-C was pressed before any replicate was finished.

    Warns
    -----
    StudyWarning
        Once, naming the replicates without a fit and why: the simulation or a model raised, a worker died of it, or
        Ctrl-C was pressed; and those that were damaged in the store.

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
    require_engine(engine, precision, chunk, adaptation, cores)
    options = chosen(draws, tune, chains, target_accept, adaptation, prob, engine, precision)
    require_arguments(replicates, seed, cores, seconds, client, store, progress, engine)
    progress = shows_progress() if progress is None else progress
    began, clock = perf_counter(), Clock()
    try:
        with clock.step("check"):
            design = prepare(simulate, estimators, estimands, seed, options, replicates, seconds)
        with clock.step("store"):
            finished = _opened(store, design, replicates)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(NOTHING) from None
    with closing(finished):
        stopped = _run(design, finished, clock, client, cores, chunk, progress)
    found = gathered(design, finished.rows, finished.failures, stopped)
    account(found, clock, perf_counter() - began)
    warn_of(found["failure"], finished.damaged)
    return found


def _opened(store, design, replicates):
    if store is None:
        return Memory(design, replicates)
    from rethinking.studies.storage.store import Store

    return Store(store, design, replicates)


def _run(design, finished, clock, client, cores, chunk, progress):
    """Finish the replicates that wait, and return why not all are finished, if so."""
    waiting = sorted(finished.waiting)
    if client is not None:
        running = run_on(client, design, clock, waiting, chunk)
    elif "engine" in design.options:
        running = _on_device(design, clock, waiting, chunk)
    else:
        all_cores = os.cpu_count() or 1
        cores = all_cores if cores is None else cores
        # Twice as many fits as cores, if all cores are ours: none idles while Python prepares the next.
        running = Fitter(design, clock).run(waiting, cores if cores < all_cores else 2 * cores)
    total = len(finished.rows)
    before = total - len(waiting)
    with progress_line(f"{total} replicates", total, before, shown=progress) as reached:
        try:
            for done, replicate in enumerate(running, before + 1):
                with clock.step("store"):
                    finished.write(replicate)
                reached(done)
        except ClientLost as lost:
            return str(lost)
        except KeyboardInterrupt:  # what is finished is returned, with a warning
            if len(finished.waiting) == total:
                raise KeyboardInterrupt(NOTHING) from None
            return "interrupted"
        finally:
            running.close()
    return ""


def _on_device(design, clock, waiting, chunk):
    if not waiting:
        return
    with clock.step("compile"):
        from rethinking.studies.device.engine import Device
    yield from Device(design, chunk, clock).run(waiting)
