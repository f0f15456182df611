"""The statistics of many series at once agree with ArviZ's of one series after the other, and with the truth."""

import warnings

import arviz as az
import numpy as np
import pytest
from scipy.signal import lfilter
from scipy.special import ndtri
from scipy.stats import rankdata

from rethinking.sampling.mixing import _normal_scores, mixing


def autoregressive(rng, shape, phi):
    """Return series with autocorrelation phi**lag, variance 1, from their stationary distribution."""
    noise = rng.normal(size=(2000 + shape[1], shape[0], *shape[2:])) * np.sqrt(1 - phi**2)
    return lfilter([1], [1, -phi], noise, axis=0)[2000:].swapaxes(0, 1)


DISTORTIONS = {
    "plain": lambda x: x,
    "a chain elsewhere": lambda x: x + np.arange(len(x))[:, None, None],
    "ties": np.round,
    "skewed": np.exp,
    "random walk": lambda x: x.cumsum(1),
    "repeated draws": lambda x: x.repeat(3, axis=1)[:, : x.shape[1]],
    "an indicator": lambda x: (x > 1.5).astype(float),
}


@pytest.mark.parametrize(
    "shape", [(4, 1000, 20), (4, 251, 3), (2, 100, 3), (1, 100, 3), (3, 7, 9), (3, 9, 9), (4, 5, 9), (4, 4, 9)]
)
@pytest.mark.parametrize("distortion", DISTORTIONS)
def test_agrees_with_arviz(shape, distortion):
    rng = np.random.default_rng(list(shape))
    draws = DISTORTIONS[distortion](autoregressive(rng, shape, 0.5))
    found = mixing(draws)
    varies = np.ptp(draws, axis=(0, 1)) > 0
    axes = {"chain_axis": 0, "draw_axis": 1}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # ArviZ divides by zero where a half of each chain is constant
        theirs = {
            "rhat": az.rhat(draws, **axes),
            "ess_bulk": az.ess(draws, method="bulk", **axes),
            "ess_tail": az.ess(draws, method="tail", prob=(0.05, 0.95), **axes),
        }
    for name, values in theirs.items():
        expected = np.where(varies, values, np.nan)
        np.testing.assert_allclose(getattr(found, name), expected, rtol=1e-9, err_msg=name)


@pytest.mark.parametrize("phi", [-0.5, 0.0, 0.8])
def test_ess_of_an_autoregression_is_the_known_one(phi):
    draws = autoregressive(np.random.default_rng(8), (4, 4000, 40), phi)
    exact = 16_000 * (1 - phi) / (1 + phi)
    ess = mixing(draws).ess_bulk
    assert ess.mean() == pytest.approx(exact, rel=0.05)
    assert ess.std() < 0.15 * exact


def test_scores_are_those_of_scipys_ranks():
    rng = np.random.default_rng(3)
    rows = np.stack([rng.normal(size=200), rng.integers(0, 5, 200), np.zeros(200), np.repeat(rng.normal(size=50), 4)])
    for some in (rows, rows[:1]):  # with and without ties
        scores, ordered = _normal_scores(some[:, None])
        expected = ndtri((rankdata(some, axis=1) - 3 / 8) / (200 + 1 / 4))
        np.testing.assert_array_equal(scores[:, 0], expected)
        np.testing.assert_array_equal(ordered, np.sort(some, axis=1))


def test_what_cannot_be_judged_is_nan_and_spoils_no_other():
    draws = np.random.default_rng(5).normal(size=(4, 100, 40))
    alone = mixing(draws[:, :, 2:])
    draws[:, :, 0], draws[1, 5, 1] = 3.0, np.nan
    for statistic, expected in zip(mixing(draws), alone, strict=True):
        assert np.isnan(statistic[:2]).all()
        np.testing.assert_array_equal(statistic[2:], expected)
    assert np.isnan(mixing(draws[:1]).rhat).all()


def test_too_few_draws_are_refused():
    with pytest.raises(ValueError, match="at least 4 draws of each chain, but got 3: draw more"):
        mixing(np.zeros((4, 3, 1)))
