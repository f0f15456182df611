"""Lecture 14: models that are what their formulas say, simulations with the truths they name, estimators by hand."""

import numpy as np
import pandas as pd
import pymc as pm
import pytest
from pymc.model.transform.conditioning import remove_value_transforms
from scipy import special, stats

import rethinking as rt

PAGE = rt.lecture("14_correlated_features")
RNG = np.random.default_rng(14)
Z = RNG.normal(size=(61, 3))


@pytest.fixture(scope="module")
def women():
    return rt.load_data("bangladesh")


def evaluated(model, *names, **values):
    """Return the log-density of the data and some variables, given free variables on their own scale."""
    plain = remove_value_transforms(model)
    point = {}
    for rv in plain.free_RVs:
        value = plain.rvs_to_values[rv]
        point[value.name] = np.asarray(values.pop(rv.name), dtype=float)
    assert not values
    shown = plain.replace_rvs_by_values([plain[name] for name in names])
    logp = plain.compile_logp(vars=plain.observed_RVs, mode="FAST_COMPILE")
    options = {"inputs": plain.value_vars, "mode": "FAST_COMPILE", "on_unused_input": "ignore"}
    found = plain.compile_fn(shown, **options)(point) if names else []
    return float(logp(point)), *found


def bernoulli(y, logit_p):
    """Return the log-density of answers, without the binomial coefficients of cells."""
    return float(np.sum(y * logit_p - np.log1p(np.exp(logit_p))))


def test_levels_and_town_effects_are_pairs_with_the_correlation_that_is_named(women):
    sigma = np.array([0.5, 0.8])
    values = {"alpha_bar": -0.7, "beta_bar": 0.6, "sigma": sigma, "effects_partial": [0.2], "effects_z": Z[:, :2]}
    logp, alpha, beta, rho = evaluated(PAGE.districts_correlated(women), "alpha", "beta", "rho", **values)
    assert float(rho) == pytest.approx(-0.6)
    chol = np.linalg.cholesky([[1, -0.6], [-0.6, 1]])
    effects = Z[:, :2] @ (sigma[:, None] * chol).T
    np.testing.assert_allclose([alpha, beta], [-0.7 + effects[:, 0], 0.6 + effects[:, 1]], rtol=1e-12)
    place = women["district"].to_numpy() - 1
    by_woman = bernoulli(women["use.contraception"], alpha[place] + beta[place] * women["urban"])
    cells = women.groupby(["district", "urban"])["use.contraception"].agg(["size", "sum"])
    coefficients = special.gammaln(cells["size"] + 1) - special.gammaln(cells["sum"] + 1)
    coefficients -= special.gammaln(cells["size"] - cells["sum"] + 1)
    assert logp - coefficients.sum() == pytest.approx(by_woman, abs=1e-6)


def test_ten_thousand_leaves_no_room_for_a_correlation(women):
    model = PAGE.districts_correlated(women, eta=10_000.0)
    assert np.abs(pm.draw(model["rho"], 200, random_seed=1, mode="FAST_COMPILE")).max() < 0.03


def test_the_simulated_districts_have_their_covariance(women):
    worlds = [PAGE.simulate_districts(np.random.default_rng(k), women, rho=-0.4)[1] for k in range(40)]
    pairs = np.concatenate([[world["alpha"], world["beta"]] for world in worlds], axis=1)
    sd, n = np.array([0.6, 1.0]), 40 * 61
    np.testing.assert_allclose(pairs.mean(axis=1), [-0.7, 0.7], atol=4 / n**0.5)
    np.testing.assert_allclose(pairs.std(axis=1), sd, rtol=4 / (2 * n) ** 0.5)
    assert abs(np.corrcoef(pairs)[0, 1] - -0.4) < 4 / n**0.5


@pytest.mark.parametrize("features", [("level", "town"), ("level", "town", "children")])
def test_families_are_answers_of_single_women(women, features):
    n = len(features)
    delta, sigma = np.array([0.5, 0.3, 0.2]), np.array([0.5, 0.7, 0.4])[:n]
    values = {"alpha_bar": -1.5, "beta_bar": 0.7, "beta_K": 1.2, "beta_A": -0.2, "sigma": sigma}
    values |= {"delta_children": delta, "effects_partial": [0.3, 0.6, 0.5][: n * (n - 1) // 2], "effects_z": Z[:, :n]}
    logp, effects = evaluated(PAGE.family_planning(women, features), "effects", **values)
    effects = np.pad(effects, [(0, 0), (0, 3 - n)])[women["district"] - 1].T
    share = np.concatenate([[0], np.cumsum(delta)])[women["living.children"] - 1]
    age = (women["age.centered"] - women["age.centered"].mean()) / women["age.centered"].std()
    logit_p = -1.5 + effects[0] + (0.7 + effects[1]) * women["urban"] + (1.2 + effects[2]) * share - 0.2 * age
    assert logp == pytest.approx(bernoulli(women["use.contraception"], logit_p), abs=1e-6)


def test_the_mean_of_a_district_enters_the_level_and_is_average_where_nobody_was_asked(women):
    model = PAGE.districts_mundlak(women)
    mean = women.groupby("district")["urban"].mean() - women["urban"].mean()
    bar = model["U_bar"].get_value()
    np.testing.assert_allclose(bar[mean.index - 1], mean)
    assert bar[53] == 0
    shifted, _ = (evaluated(model, alpha_bar=-0.7, beta=0.5, gamma=g, sigma=0.4, z=Z[:, 0])[0] for g in (0.6, 0.0))
    level = -0.7 + 0.6 * bar + 0.4 * Z[:, 0]
    p = special.expit(level[model["D"].get_value()] + 0.5 * model["U"].get_value())
    found = stats.binom(model["women"].get_value(), p).logpmf(model["users"].get_value()).sum()
    assert shifted == pytest.approx(found, abs=1e-6)


def test_the_estimate_within_districts_is_that_of_mantel_and_haenszel(women):
    up = down = 0.0
    for _, rows in women.groupby("district"):
        counts = pd.crosstab(rows["urban"], rows["use.contraception"]).reindex(index=[0, 1], columns=[0, 1])
        a, b, c, d = counts.fillna(0).to_numpy().ravel()
        up, down = up + a * d / len(rows), down + b * c / len(rows)
    found = PAGE.stratified(women)
    assert found["within districts"][0] == pytest.approx(np.log(up / down))
    a, b, c, d = pd.crosstab(women["urban"], women["use.contraception"]).to_numpy().ravel()
    assert found["all in one"][0] == pytest.approx(np.log(a * d / (b * c)))


def test_the_instrument_is_a_normal_pair_given_education_and_quarter():
    school, _ = PAGE.simulate_schooling(np.random.default_rng(1), n=40)
    values = {"alpha": [0.1, -0.1], "beta_EW": 0.3, "beta_QE": 0.6, "sigma": [0.9, 0.7], "share": 0.7}
    logp, rho = evaluated(PAGE.instrument(school), "rho", **values)
    assert float(rho) == pytest.approx(0.4)
    cov = [[0.81, 0.4 * 0.63], [0.4 * 0.63, 0.49]]
    rest = school[["W", "E"]].to_numpy() - np.column_stack([0.1 + 0.3 * school["E"], -0.1 + 0.6 * school["Q"]])
    assert logp == pytest.approx(stats.multivariate_normal(cov=cov).logpdf(rest).sum(), abs=1e-6)


@pytest.mark.parametrize("effect", [0.0, 0.5, -1.0])
def test_the_truth_of_a_school_is_what_the_ratio_of_covariances_tends_to(effect):
    school, truth = PAGE.simulate_schooling(np.random.default_rng(2), n=400_000, effect=effect)
    cov = school.cov()
    assert cov.loc["Q", "W"] / cov.loc["Q", "E"] == pytest.approx(truth["beta_EW"], abs=0.01)
    assert PAGE.slope(school, "Q") > PAGE.slope(school) > truth["beta_EW"] + 0.2


def test_a_leak_is_divided_by_the_strength_of_the_instrument():
    for strength in (0.3, 1.0):
        found = PAGE.ratios(strength, leak=0.1)
        assert abs(np.median(found) - 0.1 / strength) < 4 * found.std() * 1.25 / PAGE.WORLDS**0.5


def test_held_intervals_are_counted_by_their_ends():
    draws = rt.lecture("13_multilevel_adventures").xr.DataArray(np.linspace(0, 1, 1001)[None], dims=("chain", "draw"))
    assert [PAGE.holds(draws, true).item() for true in (0.05, 0.06, 0.94, 0.95)] == [False, True, True, False]
