"""Moments, intervals, R-hat and effective sample size of many fits at once, in JAX.

The same statistics as in :mod:`rethinking.sampling.mixing`, which says where they come from; the tests hold them
against each other.
"""

from typing import Any

import jax
import jax.numpy as jnp
from jax.scipy.special import ndtri
from scipy.fft import next_fast_len

from rethinking._intervals import equal_tails

__all__ = ["summaries"]


def summaries(draws: Any, prob: float) -> Any:
    """Return mean, sd, lower, upper, bulk ESS, tail ESS and R-hat of each series.

    Parameters
    ----------
    draws : jax.Array, shape (series, chain, draw)
    prob : float
        Probability of the equal-tailed interval.

    Returns
    -------
    jax.Array, shape (7, series)
        The last three are NaN where a series is constant or has a NaN.
    """
    pooled = draws.reshape(len(draws), -1)
    lower, upper = jnp.quantile(pooled, jnp.asarray(equal_tails(prob), draws.dtype), axis=1)
    halves = _split(draws)
    z = _normal_scores(halves)
    medians = jnp.median(halves.reshape(len(draws), -1), axis=1)
    folded = _normal_scores(jnp.abs(halves - medians[:, None, None]))
    marks = jnp.quantile(pooled, jnp.asarray([0.05, 0.95], draws.dtype), axis=1)
    tails = [_ess(_split((draws <= mark[:, None, None]).astype(draws.dtype))) for mark in marks]
    rhat = jnp.fmax(_rhat(z), _rhat(folded)) if draws.shape[1] > 1 else jnp.full(len(draws), jnp.nan)
    usable = (pooled.max(1) > pooled.min(1)) & ~jnp.isnan(pooled).any(1)
    mixing = (jnp.where(usable, one, jnp.nan) for one in (_ess(z), jnp.minimum(*tails), rhat))
    return jnp.stack([pooled.mean(1), pooled.std(1, ddof=1), lower, upper, *mixing])


def _split(draws):
    half = draws.shape[2] // 2
    return jnp.concatenate([draws[:, :, :half], draws[:, :, -half:]], axis=1)


def _normal_scores(draws):
    """Return normal quantiles of the ranks within each series; ties get that of their mean rank."""
    rows = draws.reshape(len(draws), -1)
    n = rows.shape[1]
    order = jnp.argsort(rows, axis=1)
    ordered = jnp.take_along_axis(rows, order, axis=1)
    new = jnp.concatenate([jnp.ones((len(rows), 1), bool), ordered[:, 1:] != ordered[:, :-1]], axis=1)
    place = jnp.broadcast_to(jnp.arange(n), rows.shape)
    first = jax.lax.cummax(jnp.where(new, place, 0), axis=1)
    ends = jnp.concatenate([new[:, 1:], jnp.ones((len(rows), 1), bool)], axis=1)
    last = jax.lax.cummin(jnp.where(ends, place, n), axis=1, reverse=True)
    rank = (first + last).astype(draws.dtype) / 2 + 1
    scores = ndtri((rank - 3 / 8) / (n + 1 / 4))
    back = jnp.zeros_like(rows).at[jnp.arange(len(rows))[:, None], order].set(scores)
    return back.reshape(draws.shape)


def _rhat(draws):
    n = draws.shape[2]
    ratio = n * draws.mean(2).var(1, ddof=1) / draws.var(2, ddof=1).mean(1)
    return jnp.sqrt((ratio + n - 1) / n)


def _ess(draws):
    """Return the ESS of the mean by Geyer's initial monotone sequence, from autocovariances averaged over chains."""
    _, chains, n = draws.shape
    size = next_fast_len(2 * n, real=True)
    means = draws.mean(2, keepdims=True)
    power = (jnp.abs(jnp.fft.rfft(draws - means, size)) ** 2).mean(1)
    covariance = jnp.fft.irfft(power, size)[:, :n] / n
    within = covariance[:, :1] * n / (n - 1)
    total = covariance[:, :1] + (means.var(1, ddof=1) if chains > 1 else 0)
    rho = (1 - (within - covariance) / total).at[:, 0].set(1)
    pairs = rho[:, : n // 2 * 2 : 2] + rho[:, 1::2]
    last = min(max((n - 3) // 2, 0), pairs.shape[1] - 1)
    pairs, even = pairs[:, : last + 1], rho[:, : 2 * (last + 1) : 2]
    ends = jnp.where((pairs <= 0).any(1), (pairs <= 0).argmax(1), last)[:, None]
    before = jnp.arange(last + 1) < ends
    monotone = jnp.where(before, jax.lax.cummin(pairs, axis=1), 0).sum(1)
    at_end, pair = (jnp.take_along_axis(one, ends, 1)[:, 0] for one in (even, pairs))
    tau = -1 + 2 * monotone + jnp.where((at_end > 0) | (pair >= 0), at_end, 0)
    ess = chains * n / jnp.maximum(tau, 1 / jnp.log10(chains * n))
    return jnp.where(draws.max((1, 2)) > draws.min((1, 2)), ess, chains * n)
