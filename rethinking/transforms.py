"""Scales: standardize and back, probabilities and log-odds."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit as _expit
from scipy.special import logit as _logit

from rethinking._names import kind_of, told

__all__ = ["Standardized", "center", "invlogit", "logit", "standardize", "unstandardize"]


# One column of a table, in any of the forms that it comes in.
Column = pd.Series | np.ndarray | Sequence


class Standardized(np.ndarray):
    """A NumPy array whose ``attrs`` remember the mean and the sd taken out of it; ``numpy.asarray`` drops them."""

    def __array_finalize__(self, source):
        self.attrs = dict(getattr(source, "attrs", {}))

    def __array_wrap__(self, array, context=None, return_scalar=False):
        return array[()] if return_scalar else super().__array_wrap__(array, context, return_scalar)


def standardize(x: Column) -> pd.Series | Standardized:
    """Return x minus its mean, divided by its standard deviation, which has the denominator n - 1 as in the book.

    Missing values are left out of mean and sd and stay missing. The result remembers both, as ``attrs["mean"]`` and
    ``attrs["sd"]``, for `unstandardize`. A column of a DataFrame forgets its attrs: keep the result itself.

    Parameters
    ----------
    x : Series, array or list
        One-dimensional numbers.

    Returns
    -------
    Series or array
        A Series for a Series, an array for an array or list.

    Raises
    ------
    TypeError, ValueError
        If `x` is not one column of two or more finite numbers that vary.

    Examples
    --------
    >>> import rethinking as rt
    >>> H = rt.standardize(rt.load_data("Howell1")["height"])
    >>> float(H.std().round(12)), float(H.attrs["mean"].round(2))
    (1.0, 138.26)
    >>> unstandardize([-1, 0, 1], H).round(1)
    array([110.7, 138.3, 165.9])
    """
    x = _column(x)
    if np.nanmin(x) == np.nanmax(x):
        msg = f"x must vary to be standardized, but its {x.size} values are all {np.nanmin(x)} or missing."
        raise ValueError(msg)
    return _remember(x, np.nanmean(x), np.nanstd(x, ddof=1))


def center(x: Column) -> pd.Series | Standardized:
    """Return x minus its mean, which the result remembers, as a Series or array like the result of `standardize`.

    Parameters
    ----------
    x : Series, array or list
        One-dimensional numbers.

    Raises
    ------
    TypeError, ValueError
        As `standardize`, but equal values are fine here.

    Examples
    --------
    >>> center([30, 40, 56])
    Standardized([-12.,  -2.,  14.])
    """
    x = _column(x)
    return _remember(x, np.nanmean(x), np.float64(1.0))


def unstandardize(z: Any, like: pd.Series | Standardized | None = None) -> Any:
    """Return values of a standardized (or centered) scale in the original units, ``z * sd + mean``, shaped like z.

    Parameters
    ----------
    z : number, Series, DataArray, array or list
        Values on the standardized scale, such as axis ticks or posterior draws, of any shape.
    like : result of `standardize` or `center`, optional
        What remembers mean and sd; `z` itself if it is not given.

    Raises
    ------
    TypeError
        If nothing remembers a mean and sd.

    Examples
    --------
    >>> z = standardize([10.0, 20.0, 60.0])
    >>> unstandardize(z)
    array([10., 20., 60.])
    """
    mean, sd = _memory(z if like is None else like)
    values = _numbers(z) * sd + mean
    if isinstance(values, Standardized):
        return np.asarray(values)
    if hasattr(values, "attrs"):
        values.attrs = {}
    return values


def logit(p: Any) -> Any:
    """Return the log-odds of probabilities, ``log(p / (1 - p))``; 0 and 1 become minus and plus infinity.

    The way back is :func:`invlogit`.

    Parameters
    ----------
    p : number, Series, array or list
        Probabilities; missing ones stay missing.

    Raises
    ------
    TypeError, ValueError
        If a value is no number, or lies outside 0 to 1.

    Examples
    --------
    >>> logit([0.5, 0.9]).round(3)
    array([0.   , 2.197])
    >>> invlogit([0, 2.197]).round(3)
    array([0.5, 0.9])
    """
    _require_numbers("p", p)
    outside = np.extract((np.asarray(p) < 0) | (np.asarray(p) > 1), p)
    if outside.size:
        msg = f"logit needs probabilities between 0 and 1, but found {outside[0]}: was that a percentage or a log-odds?"
        raise ValueError(msg)
    return _logit(p)


def invlogit(x: Any) -> Any:
    """Return the probabilities of log-odds, ``1 / (1 + exp(-x))``, of the kind that came: SciPy's ``expit``.

    Parameters
    ----------
    x : number, Series, DataArray, array or list
        Log-odds; missing ones stay missing.

    Raises
    ------
    TypeError
        If a value is no number.

    Examples
    --------
    >>> invlogit(0.0), invlogit([-np.inf, 2.0]).round(2)
    (np.float64(0.5), array([0.  , 0.88]))
    """
    _require_numbers("x", x)
    return _expit(x)


def _require_numbers(name, x):
    """Raise TypeError unless something is a real number, or several."""
    try:
        array = np.asarray(x)
    except (TypeError, ValueError):
        array = np.array(None)
    if array.dtype.kind not in "biuf":
        msg = f"{name} must hold numbers, but is {told(x)}."
        raise TypeError(msg)


def _numbers(x):
    if not hasattr(x, "dtype"):
        _require_numbers("x", x)
        x = np.asarray(x)
    if not pd.api.types.is_numeric_dtype(x.dtype):
        msg = f"x must hold numbers, but its type is {x.dtype}."
        raise TypeError(msg)
    return x.astype(float)


def _column(x):
    x = _numbers(x)
    if x.ndim != 1 or np.isinf(x).any() or np.isfinite(x).sum() < 2:
        msg = f"x must be one column of two or more finite numbers (missing ones aside), but its shape is {x.shape}"
        msg += f" with {int(np.isinf(x).sum())} infinite and {int(np.isnan(x).sum())} missing values."
        raise ValueError(msg)
    return x


def _memory(z):
    attrs = getattr(z, "attrs", {})
    if not {"mean", "sd"} <= set(attrs):
        msg = f"What came, {kind_of(z)}, remembers no mean and sd (a column of a DataFrame forgets them): pass the "
        msg += "result of standardize or center itself as like."
        raise TypeError(msg)
    return attrs["mean"], attrs["sd"]


def _remember(x, mean, sd):
    z = (x - mean) / sd
    z = z.view(Standardized) if isinstance(z, np.ndarray) else z
    z.attrs = {"mean": mean, "sd": sd}
    return z
