"""How strong a common cause that nobody observed would have to be, to explain an effect away."""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
import pymc as pm
import xarray as xr

from rethinking._arguments import require_mapping
from rethinking.predictions.contrasts import contrast
from rethinking.sampling import Sampler
from rethinking.sampling.given.inputs import ModelInputs, require_samplable
from rethinking.sampling.sweep import require_grid


def sensitivity(
    model: pm.Model,
    outcome: str,
    do: Mapping[str, object],
    grid: Mapping[str, Sequence[float]],
    *,
    ask: Mapping[str, Any] | None = None,
    **options: Any,
) -> xr.DataArray:
    """Return the draws of a contrast for every strength of an unobserved common cause.

    The model holds the common cause as a latent variable, and how strongly it acts on exposure and outcome as scalar
    ``pm.Data``, a few lines beside those of the model itself: the data cannot say how strong it is, so it is assumed,
    over a grid, and the answer is looked at as a function of what was assumed. The model is compiled once.

    Parameters
    ----------
    model : pymc.Model
        With one ``pm.Data`` for each strength. (With a prior for the strengths instead, the model is one like any
        other, and :func:`contrast` answers.)
    outcome, do
        See :func:`contrast`; two levels. Data that tell units apart and must stay as they are while the exposure is
        set, although they were made from the same column, are set to themselves: ``{"woman": lambda now: now}``.
    grid : mapping of str to sequence of float
        The strengths, by the name of the ``pm.Data``.
    ask : mapping, optional
        Further arguments of :func:`contrast`, such as ``{"compare": "ratio"}``.
    **options
        For :meth:`Sampler.sweep`: `draws`, `seed` and others.

    Returns
    -------
    xarray.DataArray
        With the dims of the grid, then chain and draw; a point whose fit failed is NaN. Over two strengths
        :func:`plot_sensitivity` draws its contours, and where the sign of the effect changes.

    Raises
    ------
    TypeError, ValueError
        As :meth:`Sampler.sweep` and :func:`contrast` do.

    Warns
    -----
    ConvergenceWarning
        Once, naming the worst fit.

    Examples
    --------
    >>> import pymc as pm
    >>> x = np.random.default_rng(1).normal(size=50)
    >>> with pm.Model() as model:
    ...     to_x, to_y = pm.Data("to_x", 0.0), pm.Data("to_y", 0.0)
    ...     U = pm.Normal("U", shape=50)
    ...     X = pm.Normal("X", to_x * U, 1, observed=x)
    ...     _ = pm.Normal("Y", pm.Normal("b") * X + to_y * U, 1, observed=x)
    >>> grid = {"to_x": [0.0, 1.0], "to_y": [0.0, 1.0]}
    >>> found = sensitivity(model, "Y", {"X": [1.0, 0.0]}, grid, seed=1, progress=False)
    >>> effect = found.mean(("chain", "draw"))
    >>> bool(effect.sel(to_x=1, to_y=1) < effect.sel(to_x=0, to_y=0) - 0.2)  # a part of it is the cause's
    True
    """
    if ask is not None:
        require_mapping("ask", ask, "{'by': 'group'}")
    require_samplable(model)
    require_grid(ModelInputs.of(model), grid)
    fits = Sampler(model).sweep(grid, **options)
    reached = {name: fits["posterior"][name].to_numpy() for name in grid}  # after Ctrl-C, as far as it came
    held = fits["constant_data"].to_dataset() if "constant_data" in fits.children else xr.Dataset()
    found = {}
    for place in product(*(range(len(values)) for values in reached.values())):
        at = dict(zip(reached, place, strict=True))
        posterior = fits["posterior"].to_dataset().isel(at).drop_vars(reached)
        posterior.attrs.pop("swept", None)
        if any(values.isnull().any() for values in posterior.values()):
            continue
        data = held.isel(at, missing_dims="ignore").drop_vars(reached, errors="ignore")
        data = data.assign({name: values[i] for (name, values), i in zip(reached.items(), place, strict=True)})
        groups = {"posterior": posterior, "constant_data": data}
        dt = xr.DataTree.from_dict(groups | {"observed_data": fits["observed_data"].to_dataset()})
        found[place] = contrast(model, dt, outcome, do, **(ask or {})).drop_vars(["high", "low"])
    first = next(iter(found.values()))
    missing = xr.full_like(first, np.nan)
    result = np.stack([found.get(place, missing) for place in np.ndindex(*map(len, reached.values()))])
    result = result.reshape(*map(len, reached.values()), *first.shape)
    coords = {name: np.asarray(values, dtype=float) for name, values in reached.items()} | dict(first.coords)
    return xr.DataArray(result, coords, (*reached, *first.dims), name=outcome, attrs=first.attrs)
