"""One fit for every point of a grid, gathered in one DataTree with labelled dims."""

from itertools import product

import numpy as np
import xarray as xr
from rich.progress import Progress


def sweep(sampler, grid, progress, log_likelihood, **options):
    """Return the fits of a sampler over the product of a grid's values: see :meth:`Sampler.sweep`."""
    grid = {name: _values(sampler.inputs, name, values) for name, values in grid.items()}
    points = [dict(zip(grid, point, strict=True)) for point in product(*grid.values())]
    with Progress(disable=not progress) as bar:
        fits = [
            sampler.fit(point, log_likelihood, progress_bar=False, **options)
            for point in bar.track(points, description=f"{len(points)} fits")
        ]
    return gather(fits, grid)


def gather(fits, grid):
    """Return one DataTree from fits in the order of ``itertools.product`` of the grid's values."""
    groups = {name: [fit[name].to_dataset() for fit in fits] for name in fits[0].children}
    observed = groups.pop("observed_data", None)
    gathered = {name: _stack(datasets, grid) for name, datasets in groups.items()}
    if observed:
        gathered["observed_data"] = observed[0]
    return xr.DataTree.from_dict(gathered)


def _stack(datasets, grid):
    # A swept scalar is the label of its dim, so it is no longer a variable of constant_data.
    datasets = [dataset.drop_vars(grid, errors="ignore") for dataset in datasets]
    for name, values in reversed(grid.items()):
        dim = xr.IndexVariable(name, values)
        n = len(values)
        datasets = [
            xr.concat(datasets[i : i + n], dim, data_vars="all", combine_attrs="override")
            for i in range(0, len(datasets), n)
        ]
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
