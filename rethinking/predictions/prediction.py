"""An outcome in the population of the data, in another one, or under an intervention."""

from collections.abc import Mapping
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
from xarray import DataArray, DataTree

from rethinking._arguments import require_mapping
from rethinking.predictions.worlds.answers import Answers
from rethinking.predictions.worlds.doubts import warn_of_doubts

if TYPE_CHECKING:
    import pandas as pd
    import pymc as pm


def predict(
    model: "pm.Model",
    dt: DataTree,
    outcome: str,
    *,
    do: Mapping[str, object] | None = None,
    data: "Mapping[str, object] | pd.DataFrame | None" = None,
    groups: Mapping[str, object] | None = None,
    kind: str = "expected",
    seed: int | None = None,
) -> DataArray:
    """Return the draws of an outcome, one for each draw of the fit and each row.

    Parameters
    ----------
    model : pymc.Model
        The model that was fitted.
    dt : xarray.DataTree
        Its fit: the draws of all its free variables are used, and the data that it holds. Nothing else is read from
        it; a ``pm.Deterministic`` is computed anew.
    outcome : str
        A variable of the model.
    do : mapping of str to value, optional
        An intervention: values for ``pm.Data`` or any other named variable, as a number, an array, a function of the
        present values, or a label of a coordinate. An index variable may be called by the dim that it looks up:
        ``{"sex": "male"}`` where the model has ``alpha[S]`` and `alpha` has the dim sex. What depends on what is set
        is drawn anew (a mediator too); everything else stays as observed.
    data : mapping or pandas.DataFrame, optional
        Another population: new values of ``pm.Data``, and of observed variables that the outcome depends on. By
        default the rows that the model was fitted to.
    groups : mapping of str to str, optional
        For each dim with varying effects: ``"same"`` (those of the fit, the default), ``"new"`` (drawn from the
        population of groups, once for each draw and group) or ``"typical"`` (at the population's mean). A mapping of
        labels says it for some groups: ``{"district": {"54": "new"}}``.
    kind : {"expected", "outcome", "linear"}
        The mean of the outcome given its parents (exact where PyMC knows it, otherwise the mean of 100 simulations),
        a simulated outcome, or the linear predictor. The mean of categories is that of their codes 0, 1, 2 and so on.
    seed : int, optional
        What is drawn anew depends on it; the same seed gives the same answer.

    Returns
    -------
    xarray.DataArray
        With the dims chain, draw and those of the outcome.

    Raises
    ------
    TypeError, ValueError
        If a name, label, length or number does not fit, the fit is one of another model, or a group is unseen and
        `groups` does not say what its effect is. Nothing is computed then.

    Warns
    -----
    PredictionWarning
        If what is set lies outside the range of the data, has a copy made outside the model that cannot follow, or
        changes nothing; and if a ``pm.Potential`` weighs the outcome, or what is drawn anew: both are taken from their
        distributions alone. A Potential on parameters is in the posterior, and needs no warning.

    Notes
    -----
    Where numbers are the labels of a coordinate, a number in `do` and `data` is a label, not a position: district 54
    is the one called 54. The posterior is that of the model as it was fitted; to set an observed variable takes its
    likelihood from no fit.

    Examples
    --------
    >>> import numpy as np, pymc as pm, rethinking as rt
    >>> with pm.Model(coords={"sex": ["female", "male"]}) as model:
    ...     S = pm.Data("S", np.array([0, 0, 1, 1]))
    ...     alpha = pm.Normal("alpha", 50, 10, dims="sex")
    ...     _ = pm.Normal("weight", alpha[S], 5, observed=[40.0, 44.0, 50.0, 46.0])
    >>> dt = rt.sample(model, seed=1)
    >>> men = predict(model, dt, "weight", do={"sex": "male"})
    >>> dict(men.sizes), bool(abs(men.mean() - 48.2) < 0.3)
    ({'chain': 4, 'draw': 1000, 'weight_dim_0': 4}, True)
    """
    if do is not None:
        require_mapping("do", do, "{'sex': 'male'}")
    answers = Answers(model, dt, outcome, [do or {}], data, groups, kind, seed)
    warn_of_doubts(answers, stacklevel=2)
    blocks = answers.blocks(0)
    first = next(blocks)
    result = np.empty((int(np.prod(answers.fit.shape)), *answers.shape), dtype=first[1].dtype)
    for block, values in chain([first], blocks):
        result[block] = values
    dims, coords = answers.dims, answers.coords
    return DataArray(
        result.reshape(*answers.fit.shape, *answers.shape),
        dims=(*answers.fit.sample, *dims),
        coords=answers.fit.sample | coords,
        name=outcome,
        attrs={"kind": kind, "drawn_anew": ", ".join(rv.name for rv in answers.anew)},
    )
