"""What lecture 7 defines: the same model in two sets of coordinates, leave-one-out by hand, worlds with a known gap."""

import numpy as np
import pytest
import xarray as xr
from scipy import stats

import rethinking as rt

PAGE = rt.lecture("07_overfitting")


def test_turned_coordinates_are_the_same_model():
    """The log density in z is that of the coefficients plus the logarithm of the Jacobian, which z's own law undoes."""
    turned, plain = PAGE.round_polynomial(PAGE.brains, 4), PAGE.brain_polynomial(PAGE.brains, 4)
    in_z, in_coefficients = (model.compile_logp(mode="FAST_COMPILE") for model in (turned, plain))
    data = PAGE.round_data(PAGE.brains, 4)
    rng = np.random.default_rng(1)
    for _ in range(3):
        z, log_sigma = rng.normal(size=7), rng.normal()
        square = (data["x"] ** 2).sum(0)
        variance = 1 / (1 + square / np.exp(2 * log_sigma))
        c = variance * (data["x"].T @ (data["y"] - 0.5)) / np.exp(2 * log_sigma) + variance**0.5 * z
        coefficients = data["turn"] @ c
        at = {"alpha": 0.5 + coefficients[0], "beta": 10 * coefficients[1:], "log_sigma": np.array(log_sigma)}
        jacobian = np.log(variance).sum() / 2 + 6 * np.log(10)
        found = in_z({"z": z, "log_sigma": np.array(log_sigma)})
        assert found == pytest.approx(in_coefficients(at) + jacobian)


def test_columns_are_orthogonal_and_a_turn_keeps_lengths():
    for degree in range(1, 7):
        data = PAGE.round_data(PAGE.brains, degree)
        square = data["x"].T @ data["x"]
        np.testing.assert_allclose(square - np.diag(np.diag(square)), 0, atol=1e-7 * np.diag(square).max())
        np.testing.assert_allclose(data["turn"] @ data["turn"].T, np.eye(7), atol=1e-12)


def test_mean_density_and_penalty_by_hand():
    log_p = np.random.default_rng(2).normal(-1, 0.3, (2, 500, 5))
    fit = {"log_likelihood": xr.Dataset({"y": (("chain", "draw", "row"), log_p)})}
    np.testing.assert_allclose(PAGE.lppd(fit), np.log(np.exp(log_p).mean((0, 1))))
    found = PAGE.waic(fit)
    penalty = log_p.var((0, 1))
    assert found["penalty"] == pytest.approx(penalty.sum())
    assert found["WAIC"] == pytest.approx(-2 * (np.log(np.exp(log_p).mean((0, 1))) - penalty).sum())


def test_normal_density_is_that_of_scipy():
    y, mu, sigma = np.random.default_rng(3).uniform(0.5, 2, (3, 10))
    np.testing.assert_allclose(PAGE.log_normal_density(y, mu, sigma), stats.norm.logpdf(y, mu, sigma))


@pytest.mark.parametrize("k", [1, 3, 5])
def test_a_parameter_with_a_flat_prior_costs_two_units_of_deviance(k):
    """Akaike's penalty: with the variance known and many rows the gap between new and seen rows is 2 k."""
    train, test = PAGE.simulate_train_test(np.random.default_rng(k), 400, k, 1500)
    assert train[0].shape == (1500, 400, k)
    seen, new = PAGE.deviances(train, test, 100)
    gap = new - seen
    assert abs(gap.mean() - 2 * k) < 4 * gap.std() / 1500**0.5


def test_deviances_are_those_of_the_posterior_predictive():
    """One world, by adding up draws of the posterior."""
    rng = np.random.default_rng(4)
    train, test = PAGE.simulate_train_test(rng, 12, 3)
    precision = np.diag([1e-4, 4, 4]) + train[0][0].T @ train[0][0]
    mean = np.linalg.solve(precision, train[0][0].T @ train[1][0])
    draws = rng.multivariate_normal(mean, np.linalg.inv(precision), 200_000)
    for (x, y), found in zip((train, test), PAGE.deviances(train, test, 0.5), strict=True):
        density = stats.norm.pdf(y[0], draws @ x[0].T).mean(0)
        assert found[0] == pytest.approx(-2 * np.log(density).sum(), abs=0.05)
