"""What each prior of a model says, as an 89 % interval: exact where the distribution has a quantile function."""

from typing import Any

import numpy as np
import pandas as pd
import pymc as pm
from pytensor.graph.traversal import ancestors

from rethinking._intervals import equal_tails
from rethinking.sampling.functions.interpreted import interpreted

__all__ = ["prior_intervals"]

DRAWS = 10_000


def prior_intervals(model, prob=0.89, seed=0):
    """Return the equal-tailed prior interval of every free random variable, what its parents do included.

    Parameters
    ----------
    model : pymc.Model
    prob : float
        The probability in the interval.
    seed : int
        For the draws of those variables whose prior depends on other variables.

    Returns
    -------
    pandas.DataFrame
        Indexed by name: ``lower`` and ``upper``, and ``exact``, whether they come from the quantile function or from
        10,000 draws. For a vector the interval covers its elements together.

    Examples
    --------
    >>> import pymc as pm
    >>> with pm.Model() as model:
    ...     alpha_bar = pm.Normal("alpha_bar", 0, 1.5)
    ...     _ = pm.Normal("alpha", alpha_bar, 2, shape=3)
    >>> prior_intervals(model).round(1)
               lower  upper  exact
    alpha_bar   -2.4    2.4   True
    alpha       -4.0    4.0  False
    """
    tails = equal_tails(prob)
    exact = {rv.name: limits for rv in model.free_RVs if (limits := _quantiles(model, rv, tails)) is not None}
    rest = [rv for rv in model.free_RVs if rv.name not in exact]
    draws = pm.draw(rest, DRAWS, random_seed=seed, mode=interpreted(often=True)) if rest else []
    drawn = dict(zip([rv.name for rv in rest], draws, strict=True))
    rows = {
        rv.name: [*(exact.get(rv.name) or np.quantile(drawn[rv.name], tails)), rv.name in exact]
        for rv in model.free_RVs
    }
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["lower", "upper", "exact"])
    return table.astype({"lower": float, "upper": float, "exact": bool})


def _quantiles(model, rv, tails):
    """Return the two quantiles of a variable without random parents and with equal elements, or None."""
    if any(other in model.basic_RVs for other in ancestors([rv]) if other is not rv):
        return None
    try:
        quantiles: list[Any] = [pm.icdf(rv, tail) for tail in tails]
    except NotImplementedError:  # PyMC has no quantile function of this distribution
        return None
    limits = [np.unique(quantile.eval(mode=interpreted())) for quantile in quantiles]
    return tuple(limit.item() for limit in limits) if all(limit.size == 1 for limit in limits) else None
