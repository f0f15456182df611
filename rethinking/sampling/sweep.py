"""One fit for every point of a grid, all cores at work, gathered in one DataTree with labelled dims."""

import os
import warnings
from collections import deque
from itertools import product
from time import perf_counter

import numpy as np
import xarray as xr
from rich.progress import Progress

from rethinking.sampling.diagnostics import convergence, warn_unless_converged, worst_of


class SweepWarning(UserWarning):
    """Some points of a sweep have no fit."""


def sweep(sampler, grid, progress, **options):
    """Return the fits of a sampler over the product of a grid's values: see :meth:`Sampler.sweep`."""
    grid = {name: _values(sampler.inputs, name, values) for name, values in grid.items()}
    points = [dict(zip(grid, point, strict=True)) for point in product(*grid.values())]
    since = perf_counter()
    fits, failures = _fit_all(sampler, points, progress, options)
    if not fits:
        raise next(iter(failures.values()), KeyboardInterrupt)
    missing = {_label(point): failures.get(i, "interrupted") for i, point in enumerate(points) if i not in fits}
    if missing:
        reasons = "; ".join(f"{label}: {reason}" for label, reason in missing.items())
        msg = f"{len(missing)} of {len(points)} points have no fit and are NaN. {reasons}"
        warnings.warn(msg, SweepWarning, stacklevel=3)
    diagnosed = {_label(points[i]): worst for i, (_, worst) in fits.items()}
    warn_unless_converged(worst_of(diagnosed), stacklevel=4)
    gathered = _gather([fits[i][0] if i in fits else None for i in range(len(points))], grid)
    gathered["posterior"].attrs |= {"sampling_time": perf_counter() - since, "swept": list(grid)}
    return gathered


def _fit_all(sampler, points, progress, options):
    """Return the finished fits with their diagnostics, and the errors, both by position.

    nutpie samples in threads of its own, so all cores work although everything here happens in one thread; Python's
    warnings and compiled functions would not bear more.
    """
    cores = options.pop("cores", None) or os.cpu_count()
    more = {name: options.pop(name) for name in ("log_likelihood", "posterior_predictive") if name in options}
    options |= {"cores": max(1, cores // len(points)), "progress_bar": False}
    waiting, running, fits, failures = deque(range(len(points))), deque(), {}, {}

    def attempt(i, function, *args, **kwargs):
        try:
            return function(*args, **kwargs)
        except (RuntimeError, ValueError) as error:
            failures[i] = error
            return None

    with Progress(disable=not progress) as bar:
        task = bar.add_task(f"{len(points)} fits", total=len(points))
        try:
            while waiting or running:
                while waiting and len(running) <= cores:
                    i = waiting.popleft()
                    running.append((i, attempt(i, sampler.begin, points[i], **options)))
                i, fit = running.popleft()
                if fit is not None and (dt := attempt(i, sampler.finish, fit, **more)) is not None:
                    fits[i] = dt, convergence(dt)
                bar.advance(task)
        except KeyboardInterrupt:
            for _, fit in running:
                if fit is not None:
                    fit.background.cancel()
    return fits, failures


def _label(point):
    return ", ".join(f"{name}={value:g}" for name, value in point.items())


def _gather(fits, grid):
    """Return one DataTree from fits (or None) in the order of ``itertools.product`` of the grid's values."""
    first = next(fit for fit in fits if fit is not None)
    groups = {}
    for name in first.children:
        done = first[name].to_dataset()
        absent = done.map(lambda values: xr.full_like(values, np.nan, dtype=float))
        groups[name] = [absent if fit is None else fit[name].to_dataset() for fit in fits]
    gathered = {name: _stack(datasets, grid) for name, datasets in groups.items() if name != "observed_data"}
    if "observed_data" in groups:
        gathered["observed_data"] = first["observed_data"].to_dataset()
    return xr.DataTree.from_dict(gathered)


def _stack(datasets, grid):
    # A swept scalar is the label of its dim, so it is no longer a variable of constant_data.
    datasets = [dataset.drop_vars(grid, errors="ignore") for dataset in datasets]
    for name, values in reversed(grid.items()):
        dim, n = xr.IndexVariable(name, values), len(values)
        rows = [datasets[i : i + n] for i in range(0, len(datasets), n)]
        datasets = [xr.concat(row, dim, data_vars="all", combine_attrs="override") for row in rows]
    return datasets[0]


def _values(inputs, name, values):
    values = np.asarray(values)
    if inputs.values[inputs.known(name)].ndim != 0:
        msg = f"sweep needs scalar pm.Data, but {name!r} is an array: call sample({name}=...) for each of its values."
        raise ValueError(msg)
    if values.ndim != 1 or not len(values):
        msg = f"sweep needs a list of at least one value for {name!r}, but got shape {values.shape}."
        raise ValueError(msg)
    return values
