"""Models whose answers are known exactly, and fits of them whose draws are chosen instead of sampled."""

import numpy as np
import pymc as pm
import xarray as xr


def fit_of(model, **draws):
    """Return a DataTree with the chosen draws of a model's free variables, in one chain.

    Each array has a first axis over the draws; dims and labels are those of the model.
    """
    variables, coords = {}, {}
    for name, values in draws.items():
        values = np.asarray(values, dtype=float)[None]
        dims = model.named_vars_to_dims.get(name) or [f"{name}_dim_{i}" for i in range(values.ndim - 2)]
        variables[name] = (("chain", "draw", *dims), values)
        for dim, n in zip(dims, values.shape[2:], strict=True):
            labels = model.coords.get(dim)
            coords[dim] = np.arange(n) if labels is None else np.asarray(labels)
    n = next(iter(draws.values())).shape[0]
    coords |= {"chain": [0], "draw": np.arange(n)}
    return xr.DataTree.from_dict({"posterior": xr.Dataset(variables, coords)})


def linear_graph(coefficients, data):
    """Return a model of a whole linear graph: node j is normal around the sum of its causes' values times coefficients.

    `coefficients` is strictly lower triangular, row j for the causes of node j; zeros are no arrows.
    """
    n = len(coefficients)
    with pm.Model() as model:
        nodes = []
        for j in range(n):
            mu = pm.Normal(f"a{j}")
            for i in np.flatnonzero(coefficients[j]):
                mu = mu + pm.Normal(f"b{j}{i}") * nodes[i]
            nodes.append(pm.Normal(f"x{j}", mu, 1, observed=data[:, j]))
    return model


def linear_fit(model, coefficients, rng, n_draws=7):
    """Return a fit whose coefficients vary around those given, and the coefficients, an array (draw, node, node)."""
    drawn = coefficients + (coefficients != 0) * rng.normal(0, 0.3, size=(n_draws, *coefficients.shape))
    draws = {}
    for rv in model.free_RVs:
        kind, *place = rv.name
        draws[rv.name] = drawn[:, int(place[0]), int(place[1])] if kind == "b" else rng.normal(size=n_draws)
    return fit_of(model, **draws), drawn
