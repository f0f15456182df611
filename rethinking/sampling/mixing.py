"""R-hat and effective sample size of many series at once.

ArviZ computes them for one series after the other, which costs as much as sampling a small model does. Here the same
statistics are array operations over all series; the tests hold them against ArviZ.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.fft import irfft, next_fast_len, rfft
from scipy.special import ndtri

SERIES_AT_ONCE = 16  # of 4,000 draws: what fits in a core's cache is done twice as fast


class Mixing(NamedTuple):
    """Statistics of some series, an array of one length each; NaN where a series is constant or has a NaN."""

    rhat: np.ndarray
    ess_bulk: np.ndarray
    ess_tail: np.ndarray


def mixing(draws: ArrayLike) -> Mixing:
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
    blocks = [by_series[i : i + SERIES_AT_ONCE] for i in range(0, series, SERIES_AT_ONCE)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # NumPy sorts and transforms beside other threads
        parts = list(pool.map(_mixing, blocks)) if len(blocks) > 1 else list(map(_mixing, blocks))
    found = [np.concatenate(values) for values in zip(*parts, strict=True)] or [np.empty(0)] * 3
    if chains < 2:
        found[0] = np.full(series, np.nan)
    usable = (by_series.max((1, 2)) > by_series.min((1, 2))) & ~np.isnan(by_series).any((1, 2))
    return Mixing(*(np.where(usable, values, np.nan) for values in found))


def _mixing(draws):
    """Return the three statistics of draws of shape (series, chain, draw)."""
    halves = _split(draws)
    z, ordered = _normal_scores(halves)
    middle = ordered.shape[1] // 2
    medians = ordered[:, middle - 1 : middle + 1].sum(1) / 2
    folded, _ = _normal_scores(np.abs(halves - medians[:, None, None]))
    if draws.shape[2] % 2:  # the halves leave a draw of each chain out
        ordered = np.sort(draws.reshape(len(draws), -1), axis=1)
    tails = (_ess(_split((draws <= _quantile(ordered, prob)[:, None, None]).astype(float))) for prob in (0.05, 0.95))
    # Folded ranks of a balanced two-valued series are all alike and say nothing, so the plain ones count alone.
    return np.fmax(_rhat(z), _rhat(folded)), _ess(z), np.minimum(*tails)


def _split(draws):
    """Return both halves of each chain as chains; the middle draw of an odd number is left out."""
    half = draws.shape[2] // 2
    return np.concatenate([draws[:, :, :half], draws[:, :, -half:]], axis=1)


def _normal_scores(draws):
    """Return normal quantiles of the ranks within each series, and each series in ascending order."""
    rows = draws.reshape(len(draws), -1)
    order = rows.argsort(axis=1)
    ordered = np.take_along_axis(rows, order, axis=1)
    scores = np.empty(rows.shape)
    np.put_along_axis(scores, order, _ascending_scores(ordered), axis=1)
    return scores.reshape(draws.shape), ordered


def _ascending_scores(ordered):
    """Return the scores of ascending rows: alike for all but ties, which get that of their mean rank."""
    series, n = ordered.shape
    scores = np.empty(ordered.shape)
    scores[:] = _blom(np.arange(1, n + 1), n)
    joined = np.zeros((series, n + 1), dtype=bool)  # whether an entry equals the one before; room on both sides
    joined[:, 1:-1] = ordered[:, 1:] == ordered[:, :-1]
    first, last = np.flatnonzero(np.diff(joined.ravel())).reshape(-1, 2).T
    length = last - first + 1
    tied = np.repeat(first - length.cumsum() + length, length) + np.arange(length.sum())
    mean_rank = first % (n + 1) + (length + 1) / 2
    scores[tied // (n + 1), tied % (n + 1)] = np.repeat(_blom(mean_rank, n), length)
    return scores


def _blom(rank, n):
    return ndtri((rank - 3 / 8) / (n + 1 / 4))  # Blom 1958


def _quantile(ordered, prob):
    """Return a quantile of each ascending row, interpolated as NumPy does."""
    below, share = divmod(prob * (ordered.shape[1] - 1), 1)
    low, high = ordered[:, int(below)], ordered[:, int(below) + 1]
    return low + share * (high - low)


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
    power = (np.abs(np.asarray(rfft(draws - means, size))) ** 2).mean(1)
    covariance = np.asarray(irfft(power, size))[:, :n] / n
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
