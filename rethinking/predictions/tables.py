"""Contrasts as a table, with as many digits as the draws are worth."""

from collections.abc import Mapping
from itertools import product
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
from xarray import DataArray

from rethinking._intervals import equal_tails
from rethinking._names import kind_of, told

MOST = 6  # decimals of a number without error


def digits(value: float, error: float) -> str:
    """Return a number with the digits that its Monte-Carlo error allows.

    The last digit that is shown is the last that another run of the sampler would hardly move by more than one: its
    place is the finest that is no smaller than twice the error.

    Parameters
    ----------
    value : float
        An estimate from draws.
    error : float
        Its Monte-Carlo standard error, in the same unit.

    Returns
    -------
    str

    Raises
    ------
    TypeError, ValueError
        If one is no number, or the error is negative or missing.

    Examples
    --------
    >>> digits(6.7571, 0.0092), digits(6.7571, 0.2), digits(1234.5, 20), digits(0.5, 0)
    ('6.8', '7', '1200', '0.500000')
    """
    for name, number in {"value": value, "error": error}.items():
        if isinstance(number, bool) or not isinstance(number, Real):
            msg = f"{name} must be a number, but is {told(number)}."
            raise TypeError(msg)
    if not error >= 0:
        msg = f"The Monte-Carlo error must be a number and not negative, but is {error!r}."
        raise ValueError(msg)
    if not np.isfinite(value) or not np.isfinite(error):
        return str(float(value))
    places = MOST if error == 0 else min(MOST, int(np.floor(-np.log10(2 * error) + 1e-9)))
    rounded = round(float(value), places) + 0.0  # no minus before a zero
    return f"{rounded:.{max(0, places)}f}"


def contrast_table(contrasts: DataArray | Mapping[str, DataArray], *, prob: float = 0.89) -> pd.DataFrame:
    """Return contrasts as a table to be read: mean, sd, interval, and the probability to be positive.

    Each number has the digits that its Monte-Carlo error allows (see :func:`digits`), so the cells are text; to
    compute, take the draws.

    Parameters
    ----------
    contrasts : xarray.DataArray or mapping of str to xarray.DataArray
        Draws with the dims chain and draw, such as :func:`contrast` returns; further dims give a row for each label.
        A mapping names them.
    prob : float, default 0.89
        Probability of the equal-tailed interval.

    Returns
    -------
    pandas.DataFrame
        One row for each quantity.

    Raises
    ------
    TypeError, ValueError
        If these are no draws, draws lack the dims chain and draw, or `prob` is not between 0 and 1.

    Examples
    --------
    >>> import xarray as xr
    >>> draws = xr.DataArray(np.random.default_rng(1).normal(2, 1, (4, 1000)), dims=["chain", "draw"], name="effect")
    >>> print(contrast_table(draws).to_string())
           mean   sd 5.5 % 94.5 % P(> 0)
    effect  2.0  1.0   0.4    3.6   0.98
    """
    equal_tails(prob)
    if isinstance(contrasts, DataArray):
        contrasts = {str(contrasts.name or "contrast"): contrasts}
    if not isinstance(contrasts, Mapping) or not all(isinstance(draws, DataArray) for draws in contrasts.values()):
        msg = f"contrasts must be what contrast returned, or a dictionary of such by name, but is {kind_of(contrasts)}."
        raise TypeError(msg)
    rows: dict[str, dict[str, str]] = {}
    for name, draws in contrasts.items():
        if not {"chain", "draw"} <= set(draws.dims):
            msg = f"{name!r} needs the dims chain and draw, but has {draws.dims}: pass all draws, not their mean."
            raise ValueError(msg)
        dims = [dim for dim in draws.dims if dim not in ("chain", "draw")]
        for place in product(*(range(draws.sizes[dim]) for dim in dims)):
            one = draws.isel(dict(zip(dims, place, strict=True))).transpose("chain", "draw")
            labels = ", ".join(
                str(one[dim].item()) if dim in one.coords else str(i) for dim, i in zip(dims, place, strict=True)
            )
            rows[f"{name}[{labels}]" if dims else name] = _row(one.to_numpy(), prob)
    return pd.DataFrame.from_dict(rows, orient="index")


def _row(draws, prob):
    from arviz_stats.base import array_stats  # takes a second to import

    def shown(value, values=draws, **how):
        if np.ptp(values) == 0 or not np.isfinite(values).all():
            return digits(value, 0.0)
        error: Any = array_stats.mcse(values, chain_axis=0, draw_axis=1, **how)
        return digits(value, float(error))

    low, high = equal_tails(prob)
    positive = (draws > 0).astype(float)
    return {
        "mean": shown(draws.mean(), method="mean"),
        "sd": shown(draws.std(ddof=1), method="sd"),
        f"{100 * low:.3g} %": shown(np.quantile(draws, low), method="quantile", prob=low),
        f"{100 * high:.3g} %": shown(np.quantile(draws, high), method="quantile", prob=high),
        "P(> 0)": _probability(positive, shown),
    }


def _probability(positive, shown):
    """Return a share of draws, which none or all of them reach only as far as there are draws."""
    share, n = positive.mean(), positive.size
    if share in (0, 1):
        places = max(2, int(np.ceil(np.log10(n / 3))))
        most = np.ceil(3 / n * 10**places - 1e-9) / 10**places  # rounded away from none and all
        return f"< {most:.{places}f}" if share == 0 else f"> {1 - most:.{places}f}"
    return shown(share, positive, method="mean")
