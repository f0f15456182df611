"""What a study says about its estimators."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
import xarray as xr

from rethinking._names import kind_of

__all__ = ["require_study", "study_summary"]

NEEDED = ("mean", "sd", "lower", "upper", "truth", "bad")


def study_summary(found: xr.Dataset) -> pd.DataFrame:
    """Return a table: how far off each estimator is, how sure it is, and how often it is right.

    Parameters
    ----------
    found : xarray.Dataset
        What :func:`study` returned. Further dims, such as one of designs, are welcome: they become levels of the index.

    Returns
    -------
    pandas.DataFrame
        A row for each estimator and estimand, with the columns

        - ``replicates``: how many have a fit, on which all that follows rests;
        - ``bias``: mean of posterior mean minus truth, and ``bias_se``, its Monte-Carlo error;
        - ``rmse``: root of the mean squared error of the posterior mean, and ``rmse_se`` (delta method);
        - ``coverage``: share of intervals that hold the truth; an estimator that is right covers with the probability
          of its interval, ``found.attrs["prob"]``, if the truth is drawn from its prior;
        - ``coverage_se``: its Monte-Carlo error, the standard deviation of Jeffreys' posterior
          Beta(hits + 1/2, misses + 1/2) of the coverage, which is not zero where all intervals hit [1]_;
        - ``width``: mean width of the interval; ``sd``: mean posterior sd;
        - ``bad``: share with a divergence, too few effective draws or disagreeing chains;
        - ``failed``: share of replicates without a fit;
        - ``refitted``, of a study with JAX: share of fits that nutpie made, because those of JAX were poor.

    Raises
    ------
    TypeError, ValueError
        If this is not what a study returned.

    References
    ----------
    .. [1] Brown, Cai and DasGupta (2001). Interval estimation for a binomial proportion. Statistical Science 16,
       101-133.

    Examples
    --------
    >>> import xarray as xr
    >>> dims = ("estimator", "estimand", "replicate")
    >>> one = lambda *values: (dims, [[values]])
    >>> found = xr.Dataset(
    ...     {"mean": one(1.0, 3.0), "sd": one(1.0, 1.0), "lower": one(0.0, 2.5), "upper": one(2.0, 3.5),
    ...      "bad": one(False, False), "truth": (dims[1:], [[1.0, 2.0]])},
    ...     coords={"estimator": ["mean"], "estimand": ["mu"]},
    ... )
    >>> study_summary(found)[["bias", "rmse", "coverage"]].round(2).to_numpy().tolist()
    [[0.5, 0.71, 0.5]]
    """
    require_study("study_summary", found)
    dim = "replicate"
    fitted = ~xr.ufuncs.isnan(found["mean"])
    n = fitted.sum(dim)
    error = found["mean"] - found["truth"]
    covered = ((found["lower"] <= found["truth"]) & (found["truth"] <= found["upper"])).where(fitted)
    coverage, squared = covered.mean(dim), error**2
    rmse = np.sqrt(squared.mean(dim))
    columns = {
        "replicates": n,
        "bias": error.mean(dim),
        "bias_se": error.std(dim, ddof=1) / np.sqrt(n),
        "rmse": rmse,
        "rmse_se": squared.std(dim, ddof=1) / np.sqrt(n) / (2 * rmse),
        "coverage": coverage,
        "coverage_se": _sd_of_share(coverage * n, n),
        "width": (found["upper"] - found["lower"]).mean(dim),
        "sd": found["sd"].mean(dim),
        "bad": found["bad"].where(fitted).mean(dim),
        "failed": (~fitted).mean(dim),
    }
    if "refitted" in found:
        columns["refitted"] = found["refitted"].where(fitted).mean(dim)
    others = [d for d in error.dims if d not in (dim, "estimator", "estimand")]
    order = [*others, "estimand", "estimator"]
    return xr.Dataset(columns).to_dataframe(dim_order=order).loc[:, list(columns)]


def require_study(who: str, found: object, needed: Iterable[str] = NEEDED) -> None:
    """Raise TypeError or ValueError unless something is what :func:`study` returned."""
    if not isinstance(found, xr.Dataset):
        msg = f"{who} takes the Dataset that study returned, but got {kind_of(found)}."
        raise TypeError(msg)
    missing = [name for name in needed if name not in found]
    if missing:
        msg = f"{who} takes the Dataset that study returned, but this one has no {missing[0]!r}."
        raise ValueError(msg)


def _sd_of_share(hits, n):
    """Return the posterior sd of a share under Jeffreys' prior; NaN where nothing was tried."""
    hits, misses = hits + 0.5, n - hits + 0.5
    return np.sqrt(hits * misses / ((n + 1) ** 2 * (n + 2))).where(n > 0)
