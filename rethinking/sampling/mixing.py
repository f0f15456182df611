"""R-hat and effective sample size of many series at once.

ArviZ computes them for one series after the other, which costs as much as sampling a small model does. Here the same
statistics are array operations over all series; the tests hold them against ArviZ.
"""

from typing import NamedTuple

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft
from scipy.special import ndtri

SERIES_AT_ONCE = 16  # of 4,000 draws: what fits in a core's cache is done twice as fast


class Mixing(NamedTuple):
    """Statistics of some series, an array of one length each; NaN where a series is constant or has a NaN."""

    rhat: np.ndarray
    ess_bulk: np.ndarray
    ess_tail: np.ndarray


def mixing(draws):
    """Return the rank-normalised split R-hat, bulk ESS and tail ESS of each series.

    Parameters
    ----------
    draws : array_like, shape (chain, draw, series)
        At least four draws; R-hat of one chain is NaN.

    Returns
    -------
    Mixing
        Arrays of shape (series,). R-hat is the larger of those of ranks and folded ranks; tail ESS is the smaller of
        those of the 5 % and 95 % quantiles (Vehtari et al. 2021, Bayesian Analysis 16:667).

    Examples
    --------
    >>> draws = np.random.default_rng(1).normal(size=(4, 1000, 3))
    >>> found = mixing(draws)
    >>> bool((found.rhat < 1.01).all()), bool((found.ess_bulk > 3000).all())
    (True, True)
    """
    draws = np.asarray(draws, dtype=float)
    chains, n, series = draws.shape
    if n < 4:
        msg = f"R-hat and ESS need at least 4 draws of each chain, but got {n}: draw more."
        raise ValueError(msg)
    by_series = np.ascontiguousarray(draws.transpose(2, 0, 1))
    parts = [_mixing(by_series[i : i + SERIES_AT_ONCE]) for i in range(0, series, SERIES_AT_ONCE)]
    found = [np.concatenate(values) for values in zip(*parts, strict=True)] or [np.empty(0)] * 3
    if chains < 2:
        found[0] = np.full(series, np.nan)
    usable = (by_series.max((1, 2)) > by_series.min((1, 2))) & ~np.isnan(by_series).any((1, 2))
    return Mixing(*(np.where(usable, values, np.nan) for values in found))


def _mixing(draws):
    """Return the three statistics of draws of shape (series, chain, draw)."""
    halves = _split(draws)
    z = _normal_scores(halves)
    folded = _normal_scores(np.abs(halves - np.median(halves, axis=(1, 2), keepdims=True)))
    quantiles = np.quantile(draws, [0.05, 0.95], axis=(1, 2), keepdims=True)
    low, high = (_ess(_split((draws <= quantile).astype(float))) for quantile in quantiles)
    return np.maximum(_rhat(z), _rhat(folded)), _ess(z), np.minimum(low, high)


def _split(draws):
    """Return both halves of each chain as chains; the middle draw of an odd number is left out."""
    half = draws.shape[2] // 2
    return np.concatenate([draws[:, :, :half], draws[:, :, -half:]], axis=1)


def _normal_scores(draws):
    """Return normal quantiles of the ranks within each series (Blom 1958)."""
    ranks = _ranks(draws.reshape(len(draws), -1))
    return ndtri((ranks - 3 / 8) / (ranks.shape[1] + 1 / 4)).reshape(draws.shape)


def _ranks(rows):
    """Return ranks from 1 within each row, tied values with their mean rank, as scipy's rankdata does in more time."""
    n = rows.shape[1]
    order = rows.argsort(axis=1)
    ordered = np.take_along_axis(rows, order, axis=1)
    first = np.flatnonzero(np.diff(ordered, axis=1, prepend=np.nan))  # NaN differs from all: a row begins a run
    length = np.diff(first, append=rows.size)
    ranks = np.empty(rows.shape)
    np.put_along_axis(ranks, order, np.repeat(first % n + (length + 1) / 2, length).reshape(rows.shape), axis=1)
    return ranks


def _rhat(draws):
    n = draws.shape[2]
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = n * draws.mean(2).var(1, ddof=1) / draws.var(2, ddof=1).mean(1)
        return np.sqrt((ratio + n - 1) / n)


def _ess(draws):
    """Return the ESS of the mean by Geyer's initial monotone sequence, from autocovariances averaged over chains."""
    _, chains, n = draws.shape
    size = next_fast_len(2 * n, real=True)
    means = draws.mean(2, keepdims=True)
    power = (np.abs(rfft(draws - means, size)) ** 2).mean(1)
    covariance = irfft(power, size)[:, :n] / n
    within = covariance[:, :1] * n / (n - 1)
    total = covariance[:, :1] + (means.var(1, ddof=1) if chains > 1 else 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        rho = 1 - (within - covariance) / total
    rho[:, 0] = 1
    even, odd = rho[:, :-1:2], rho[:, 1::2]
    pairs = even + odd
    # The first pair that is not positive ends the sum, or the last pair that leaves room for another.
    last = min(max((n - 3) // 2, 0), pairs.shape[1] - 1)
    pairs, even = pairs[:, : last + 1], even[:, : last + 1]
    ends = np.where((pairs <= 0).any(1), (pairs <= 0).argmax(1), last)[:, None]
    before = np.arange(last + 1) < ends
    monotone = np.where(before, np.minimum.accumulate(pairs, axis=1), 0).sum(1)
    at_end, pair = np.take_along_axis(even, ends, 1)[:, 0], np.take_along_axis(pairs, ends, 1)[:, 0]
    tau = -1 + 2 * monotone + np.where((at_end > 0) | (pair >= 0), at_end, 0)
    ess = chains * n / np.maximum(tau, 1 / np.log10(chains * n))
    return np.where(draws.max((1, 2)) > draws.min((1, 2)), ess, chains * n)  # an indicator may be 1 at all draws
