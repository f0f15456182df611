"""One fit for every point of a grid, all cores at work, gathered in one DataTree with labelled dims."""

import os
import warnings
from collections import deque
from collections.abc import Mapping
from itertools import product
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from rethinking._names import kind_of
from rethinking._progress import is_interactive, progress_line
from rethinking.sampling.diagnostics import convergence, warn_unless_converged, worst_of
from rethinking.sampling.given.inputs import ModelInputs
from rethinking.sampling.given.options import GROUPS

if TYPE_CHECKING:
    from rethinking.sampling.sampler import Sampler

REASONS_SHOWN = 3


class SweepWarning(UserWarning):
    """Some points of a sweep have no fit."""


def sweep(sampler: "Sampler", grid: Mapping[str, ArrayLike], progress: bool, **options: Any) -> xr.DataTree:
    """Return the fits of a sampler over the product of a grid's values: see :meth:`Sampler.sweep`."""
    grid = require_grid(sampler.inputs, grid)
    points = [dict(zip(grid, point, strict=True)) for point in product(*grid.values())]
    since = perf_counter()
    fits, failures, interrupted = _fit_all(sampler, points, progress, options)
    if not fits:
        raise KeyboardInterrupt if interrupted else next(iter(failures.values()))
    missing = {_label(point): failures.get(i, "interrupted") for i, point in enumerate(points) if i not in fits}
    if missing:
        warnings.warn(_without_fit(missing, len(points)), SweepWarning, stacklevel=3)
    diagnosed = {_label(points[i]): worst for i, (_, worst) in fits.items()}
    warn_unless_converged(worst_of(diagnosed), stacklevel=4)
    reached = _reached(grid, fits, len(points)) if interrupted else grid
    within = int(np.prod([len(values) for values in reached.values()]))
    gathered = _gather([fits[i][0] if i in fits else None for i in range(within)], reached)
    gathered["posterior"].attrs |= {"sampling_time": perf_counter() - since, "swept": list(grid)}
    return gathered


def require_grid(inputs: ModelInputs, grid: Any) -> dict[str, np.ndarray]:
    """Return the values of a grid as arrays, or raise TypeError or ValueError if it is none of a model's scalars."""
    if not isinstance(grid, Mapping) or not grid:
        came = "an empty one" if isinstance(grid, Mapping) else kind_of(grid)
        msg = f"sweep needs a dict of values by the name of a pm.Data, such as {{'sigma': [0.1, 1]}}, but {came} came."
        raise TypeError(msg)
    return {name: _values(inputs, name, values) for name, values in grid.items()}


def _reached(grid, fits, points):
    """Return the grid without the last values of its first name that Ctrl-C came before: a gigabyte of NaN, say."""
    name, *_ = grid
    whole = points // len(grid[name])  # points of each value
    return grid | {name: grid[name][: max(fits) // whole + 1]}


def _without_fit(missing, points):
    shown = "; ".join(f"{label}: {reason}" for label, reason in list(missing.items())[:REASONS_SHOWN])
    more = f"; and {len(missing) - REASONS_SHOWN} more." if len(missing) > REASONS_SHOWN else ""
    return f"{len(missing)} of {points} points have no fit and are NaN or left out. {shown}{more}"


def _fit_all(sampler, points, progress, options):
    """Return the finished fits with their diagnostics, the errors, both by position, and whether Ctrl-C ended it.

    nutpie samples in threads of its own, so all cores work although everything here happens in one thread; Python's
    warnings and compiled functions would not bear more.
    """
    cores = options.pop("cores", None) or os.cpu_count() or 1
    more = {name: options.pop(name) for name in GROUPS if name in options}
    options |= {"cores": max(1, cores // len(points)), "progress_bar": False}
    waiting, running, fits, failures = deque(range(len(points))), deque(), {}, {}

    def attempt(i, function, *args, **kwargs):
        try:
            return function(*args, **kwargs)
        except (RuntimeError, TypeError, ValueError) as error:
            failures[i] = error
            return None

    with progress_line(f"{len(points)} fits", len(points), shown=progress) as reached:
        try:
            while waiting or running:
                while waiting and len(running) <= cores:
                    i = waiting.popleft()
                    running.append((i, attempt(i, sampler.begin, points[i], **options)))
                i, fit = running.popleft()
                if fit is not None and (dt := attempt(i, sampler.finish, fit, **more)) is not None:
                    fits[i] = dt, convergence(dt)
                reached(i + 1)
        except KeyboardInterrupt:
            # Who sits before a notebook wants what is finished; a script must not go on with half of a grid.
            if not is_interactive():
                raise
            return fits, failures, True
        finally:
            for _, fit in running:
                if fit is not None:
                    fit.background.cancel()
    return fits, failures, False


def _label(point):
    return ", ".join(f"{name}={value:g}" for name, value in point.items())


def _gather(fits, grid):
    """Return one DataTree from fits (or None) in the order of ``itertools.product`` of the grid's values."""
    done = [fit for fit in fits if fit is not None]
    gathered = {}
    for name in dict.fromkeys(name for fit in done for name in fit.children):
        datasets = [fit[name].to_dataset() if fit is not None and name in fit.children else None for fit in fits]
        first = next(dataset for dataset in datasets if dataset is not None)
        gathered[name] = first if name == "observed_data" else _stacked(first, datasets, grid)
    return xr.DataTree.from_dict(gathered)


def _stacked(first, datasets, grid):
    """Return one Dataset with the swept names as first dims; one array at once, as there may be thousands of points.

    A swept scalar is the label of its dim, so it is no longer a variable of constant_data.
    """
    shape = tuple(map(len, grid.values()))
    names = dict.fromkeys(name for dataset in datasets if dataset is not None for name in dataset.data_vars)
    variables, coords = {}, {}
    for name in (name for name in names if name not in grid):
        found = [None if dataset is None else dataset.variables.get(name) for dataset in datasets]
        one = next(dataset for dataset in datasets if dataset is not None and name in dataset)[name]
        block = _block(one, found)
        variables[name] = ((*grid, *one.dims), block.reshape(shape + one.shape), one.attrs)
        coords |= dict(one.coords)
    return xr.Dataset(variables, coords | grid, first.attrs)


def _block(like, found):
    """Return one array of some variables, NaN where there is none; flags become numbers then."""
    if all(variable is not None for variable in found):
        return np.stack([variable.to_numpy() for variable in found])
    dtype = float if like.dtype.kind in "biuf" else object
    block = np.full((len(found), *like.shape), np.nan, dtype)
    for i, variable in enumerate(found):
        if variable is not None:
            block[i] = variable.to_numpy()
    return block


def _values(inputs, name, values):
    if inputs.values[inputs.known(name)].ndim != 0:
        msg = f"sweep needs scalar pm.Data, but {name!r} is an array: call sample({name}=...) for each of its values."
        raise ValueError(msg)
    try:
        values = np.asarray(values)
    except ValueError:
        values = np.empty((0, 0))
    if values.ndim != 1 or not len(values):
        msg = f"sweep needs a list of at least one value for {name!r}, but got shape {values.shape}."
        raise ValueError(msg)
    if values.dtype.kind not in "biuf":
        msg = f"sweep needs numbers for {name!r}, but got values of dtype {values.dtype}."
        raise TypeError(msg)
    return values
