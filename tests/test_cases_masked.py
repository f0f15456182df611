"""What the page on masked observations defines."""

import numpy as np
import pymc as pm
import pytest
import xarray as xr
from scipy import special, stats

import rethinking as rt


@pytest.fixture(scope="module")
def page():
    return rt.lecture("cases/masked_observations")


@pytest.fixture(scope="module")
def shop(page):
    return page.simulate_shop(np.random.default_rng(1), n=60)


@pytest.mark.parametrize("name", ["potential", "subset", "distribution", "fast"])
def test_every_spelling_is_the_factorised_density(page, shop, name):
    """Customer by customer: the visit, and the items of those who came."""
    rng = np.random.default_rng(2)
    gamma, beta = rng.normal(size=4), rng.normal(size=(4, 2))
    expected = 0.0
    for x, visit, bought in zip(shop["X"], shop["visit"], shop["bought"], strict=True):
        terms = np.append(1, x)
        expected += special.log_expit((2 * visit - 1) * (terms @ gamma))
        if visit:
            expected += special.log_expit((2 * bought - 1) * (terms @ beta)).sum()
    model, point = page.SPELLINGS[name](shop), {"gamma": gamma, "beta": beta}
    joint, prior = (model.compile_logp(vars=v, mode="FAST_COMPILE") for v in (None, model.free_RVs))
    normal = stats.norm.logpdf(np.append(gamma, beta), 0, 1.5).sum()
    assert float(prior(point)) == pytest.approx(normal, abs=1e-6)  # log(1.5) is computed in single precision
    assert float(joint(point) - prior(point)) == pytest.approx(expected, abs=1e-8)


def test_gradient_of_the_fast_form_is_that_of_the_subset(page, shop):
    rng = np.random.default_rng(3)
    for scale in (0.1, 3.0, 30.0):  # the last one is far in both tails of the logistic
        point = {"gamma": rng.normal(0, scale, 4), "beta": rng.normal(0, scale, (4, 2))}
        gradients = []
        for spelling in (page.by_subset, page.fast):
            model = spelling(shop)
            gradients.append(model.compile_dlogp(model.free_RVs, mode="FAST_COMPILE")(point))
        np.testing.assert_allclose(*gradients, rtol=1e-8, atol=1e-8)


def test_masked_distribution_simulates_behind_the_mask_only(page, shop):
    beta = np.full((4, 2), [[99.0], [0], [0], [0]])  # everybody would buy
    model = pm.do(page.by_distribution(shop), {"gamma": np.zeros(4), "beta": beta})
    draws = pm.draw(model["bought"], mode="FAST_COMPILE")
    np.testing.assert_array_equal(draws, np.broadcast_to(shop["visit"][:, None], (60, 2)))


def test_simulated_shop_has_the_probabilities_asked_for(page):
    shop = page.simulate_shop(np.random.default_rng(4), n=200_000)
    came = shop["visit"] == 1
    p_visit = special.expit(page.design(shop["X"]) @ page.TRUTH["gamma"])
    p_buy = special.expit(page.design(shop["X"][came]) @ page.TRUTH["beta"])
    assert abs((came - p_visit).mean()) < 4 * 0.5 / 200_000**0.5
    assert (np.abs((shop["bought"][came] - p_buy).mean(0)) < 4 * 0.5 / came.sum() ** 0.5).all()
    assert (shop["bought"][~came] == 0).all()


def test_a_mood_of_no_strength_is_no_mood(page):
    data = page.simulate_moods(np.random.default_rng(5), 0.0, n=100_000)
    p_buy = special.expit(page.design(data["X"]) @ page.TRUTH["beta"])
    excess = data["would_buy"] - p_buy
    for came in (0, 1):
        here = data["visit"] == came
        assert (np.abs(excess[here].mean(0)) < 4 * 0.5 / here.sum() ** 0.5).all()
    moody = page.simulate_moods(np.random.default_rng(5), 2.0, n=100_000)
    came = moody["visit"] == 1
    assert (moody["would_buy"][came].mean(0) > moody["would_buy"][~came].mean(0) + 0.1).all()


@pytest.fixture
def certain(page):
    """Return a posterior of one value, the truth, many times."""
    dims = {"gamma": ("term",), "beta": ("term", "item")}
    draws = {
        name: (("chain", "draw", *dims[name]), np.broadcast_to(value, (1, 4000, *value.shape)))
        for name, value in page.TRUTH.items()
    }
    return xr.Dataset(draws)


def test_prediction_simulates_the_visit_and_then_the_items(page, certain):
    X = np.array([[0.0, 0, 0], [1, -1, 2]])
    visit, bought = page.predict(certain, X, np.random.default_rng(6))
    assert visit.shape == (4000, 2)
    assert bought.shape == (4000, 2, 2)
    assert (bought[visit == 0] == 0).all()
    p_visit = special.expit(page.design(X) @ page.TRUTH["gamma"])
    p_buy = special.expit(page.design(X) @ page.TRUTH["beta"])
    np.testing.assert_allclose(visit.mean(0), p_visit, atol=4 * 0.5 / 4000**0.5)
    np.testing.assert_allclose(bought.mean(0), p_visit[:, None] * p_buy, atol=4 * 0.5 / 4000**0.5)
    sales = page.expected_sales(certain, X)
    np.testing.assert_allclose(sales[0], (p_visit[:, None] * p_buy).mean(0))
    held = page.expected_sales(certain, X, X[::-1])
    np.testing.assert_allclose(held[0], (p_visit[:, None] * p_buy[::-1]).mean(0))


def spoiled(shop, name, value, where):
    values = np.array(shop[name], dtype=float)
    values[where] = value
    return {**shop, name: values}


def test_bad_tables_are_refused_by_every_spelling(page, shop):
    came, absent = np.flatnonzero(shop["visit"])[0], np.flatnonzero(shop["visit"] == 0)[0]
    bad = [
        (spoiled(shop, "X", np.nan, (0, 0)), "1 missing or infinite"),
        (spoiled(shop, "visit", np.nan, 0), "visit must hold 0 or 1"),
        (spoiled(shop, "visit", 2, 0), "visit must hold 0 or 1"),
        (spoiled(shop, "bought", np.nan, (absent, 0)), "bought is 0, not missing"),
        (spoiled(shop, "bought", -1, (came, 0)), "bought must hold 0 or 1"),
        (spoiled(shop, "bought", 1, (absent, 1)), "1 customers bought without a visit"),
        ({**shop, "visit": shop["visit"][:-1]}, r"must have shape \(60,\)"),
        ({**shop, "bought": shop["bought"][:, :1]}, r"\(60, 2\): got \(60,\), \(60, 1\)"),
        ({**shop, "X": shop["X"][:, :2]}, "X must have a column for each"),
        ({**shop, "visit": 0 * shop["visit"], "bought": 0 * shop["bought"]}, "Nobody came"),
    ]
    for data, says in bad:
        for spelling in page.SPELLINGS.values():
            with pytest.raises(ValueError, match=says):
                spelling(data)


def test_new_customers_must_have_the_features_of_the_model(page, certain):
    for X, says in [(np.zeros((2, 4)), "column for each"), ([[0, np.inf, 0]], "1 missing or infinite")]:
        with pytest.raises(ValueError, match=says):
            page.predict(certain, X, np.random.default_rng(1))
        with pytest.raises(ValueError, match=says):
            page.expected_sales(certain, X)
