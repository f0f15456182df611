import numpy as np
import pandas as pd
import pymc as pm
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from predicted_worlds import fit_of, linear_fit, linear_graph

import rethinking as rt

RNG = np.random.default_rng(17)


def expit(x):
    return 1 / (1 + np.exp(-x))


@given(st.integers(2, 5), st.integers(0, 2**32 - 1))
@settings(max_examples=8, deadline=None, derandomize=True)
def test_effects_in_linear_graphs_are_sums_over_directed_paths(n, seed):
    rng = np.random.default_rng(seed)
    arrows = np.tril(rng.random((n, n)) < 0.6, -1)
    arrows[-1, 0] |= not arrows.any()
    coefficients = np.where(arrows, rng.uniform(0.3, 1.5, (n, n)) * rng.choice([-1, 1], (n, n)), 0.0)
    data = np.vstack([np.full(n, -3), np.full(n, 3), rng.normal(size=(9, n))])
    model = linear_graph(coefficients, data)
    dt, drawn = linear_fit(model, coefficients, rng)
    # The covariance that a graph implies is T T', and column i of T is the effect of node i on all: the inverse of
    # 1 - B, whose entries are the sums over directed paths of the products of their coefficients.
    paths = np.linalg.inv(np.eye(n) - drawn)
    effect, cause = np.argwhere(np.abs(np.linalg.inv(np.eye(n) - coefficients) - np.eye(n)) > 1e-6)[-1]
    found = rt.contrast(model, dt, f"x{effect}", {f"x{cause}": [1.5, 0.5]})
    np.testing.assert_allclose(found.squeeze("chain"), paths[:, effect, cause], atol=1e-9)


def test_mediators_have_the_variance_that_the_graph_implies():
    model = linear_graph(np.array([[0, 0, 0], [0.7, 0, 0], [0, -1.2, 0]]), RNG.normal(size=(4000, 3)))
    dt = fit_of(model, **{v.name: np.array([{"b10": 0.7, "b21": -1.2}.get(v.name, 0.0)]) for v in model.free_RVs})
    means = rt.predict(model, dt, "x2", do={"x0": 2.0}, seed=1).to_numpy()
    outcomes = rt.predict(model, dt, "x2", do={"x0": 2.0}, kind="outcome", seed=1).to_numpy()
    assert means.mean() == pytest.approx(2 * 0.7 * -1.2, abs=4 * 1.2 / 4000**0.5)
    assert means.var() == pytest.approx(1.2**2, rel=4 * (2 / 4000) ** 0.5)
    assert outcomes.var() == pytest.approx(1.2**2 + 1, rel=4 * (2 / 4000) ** 0.5)


@pytest.fixture(scope="module")
def confounded():
    """Return a logistic model with a binary confounder, its fit, and its table."""
    z = np.repeat([0, 1], [30, 70])
    x = np.tile([0, 1, 1, 0, 1], 20)
    with pm.Model(coords={"treatment": ["no", "yes"], "stratum": ["young", "old"]}) as model:
        X = pm.Data("X", x, dims="person")
        Z = pm.Data("Z", z, dims="person")
        a = pm.Normal("a", 0, 1.5, dims=("treatment", "stratum"))
        p = pm.Deterministic("p", pm.math.invlogit(a[X, Z]), dims="person")
        pm.Bernoulli("Y", p, observed=(x + z) % 2, dims="person")
    draws = RNG.normal(size=(50, 2, 2))
    return model, fit_of(model, a=draws), expit(draws), pd.DataFrame({"X": x, "Z": z})


def test_a_logistic_contrast_is_the_g_formula(confounded):
    model, dt, p, _ = confounded
    formula = p @ np.array([0.3, 0.7])  # (draw, treatment)
    high, low = formula[:, 1], formula[:, 0]
    ask = {"X": ["yes", "no"]}
    np.testing.assert_allclose(rt.contrast(model, dt, "Y", ask)[0], high - low)
    np.testing.assert_allclose(rt.contrast(model, dt, "p", ask)[0], high - low)
    np.testing.assert_allclose(rt.contrast(model, dt, "Y", ask, compare="ratio")[0], high / low)
    np.testing.assert_allclose(rt.contrast(model, dt, "Y", ask, compare="lift")[0], high / low - 1)
    odds = rt.contrast(model, dt, "Y", ask, compare="odds ratio")
    np.testing.assert_allclose(odds[0], high / (1 - high) * (1 - low) / low)
    assert odds.attrs["compare"] == "marginal odds ratio"
    np.testing.assert_allclose(rt.contrast(model, dt, "Y", ask, compare=lambda a, b: a - 2 * b)[0], high - 2 * low)


def test_a_contrast_by_group_and_among_the_treated(confounded):
    model, dt, p, table = confounded
    by_stratum = rt.contrast(model, dt, "Y", {"treatment": ["yes", "no"]}, by="stratum")
    np.testing.assert_allclose(by_stratum[0], p[:, 1] - p[:, 0])
    assert by_stratum["stratum"].to_numpy().tolist() == ["young", "old"]
    treated = rt.contrast(model, dt, "Y", {"X": ["yes", "no"]}, by="X")
    share = table.groupby("X")["Z"].mean().to_numpy()
    effects = p[:, 1] - p[:, 0]
    np.testing.assert_allclose(treated[0], effects[:, :1] * (1 - share) + effects[:, 1:] * share)


def test_post_stratification_is_the_same_call(confounded):
    model, dt, p, _ = confounded
    cells = pd.DataFrame({"treatment": ["no", "no"], "stratum": ["old", "young"], "people": [900, 100]})
    found = rt.contrast(model, dt, "Y", {"treatment": ["yes", "no"]}, data=cells, weights="people")
    np.testing.assert_allclose(found[0], (p[:, 1] - p[:, 0]) @ np.array([0.1, 0.9]))
    assert found.attrs["estimand"].endswith("over 2 rows, weighted")


def test_more_levels_are_compared_with_the_last(confounded):
    model, dt, *_ = confounded
    found = rt.contrast(model, dt, "Y", {"X": ["no", "yes", "no"]})
    assert found.dims == ("chain", "draw", "level")
    assert found["level"].to_numpy().tolist() == ["X = no", "X = yes"]
    np.testing.assert_array_equal(found.isel(level=0), 0)
    np.testing.assert_allclose(found["high"].isel(level=1) - found["low"], found.isel(level=1))


def test_a_poisson_rate_with_an_offset():
    exposure, x = np.array([1.0, 2.0, 10.0]), np.array([0.0, 1.0, 2.0])
    with pm.Model() as model:
        days = pm.Data("days", exposure)
        X = pm.Data("X", x)
        a, b = pm.Normal("a"), pm.Normal("b")
        pm.Poisson("visits", pm.math.exp(pm.math.log(days) + a + b * X), observed=[1, 2, 3])
    a, b = RNG.normal(size=(2, 6))
    dt = fit_of(model, a=a, b=b)
    found = rt.predict(model, dt, "visits", do={"X": 1.0})
    np.testing.assert_allclose(found[0], exposure * np.exp(a + b)[:, None])
    rate = rt.predict(model, dt, "visits", do={"X": 1.0, "days": 1.0})
    np.testing.assert_allclose(rate[0], np.exp(a + b)[:, None] * np.ones(3))
    linear = rt.predict(model, dt, "visits", kind="linear")
    np.testing.assert_allclose(linear[0], np.log(exposure) + a[:, None] + b[:, None] * x)
    step = rt.contrast(model, dt, "visits", {"X": [lambda now: now + 1, lambda now: now]}, compare="ratio")
    np.testing.assert_allclose(step[0], np.exp(b))


def test_a_predictive_contrast_has_the_noise_of_two_people():
    with pm.Model() as model:
        X = pm.Data("X", np.arange(2000) % 2.0, dims="person")
        pm.Normal("Y", pm.Normal("a") + X, 3, observed=np.zeros(2000), dims="person")
    dt = fit_of(model, a=np.zeros(3))
    by_person = rt.contrast(model, dt, "Y", {"X": [1.0, 0.0]}, by="person", kind="outcome", seed=4)
    assert float(by_person.std()) == pytest.approx(3 * 2**0.5, rel=4 * (1 / 12000) ** 0.5)
    worlds = [rt.predict(model, dt, "Y", do={"X": x}, kind="outcome", seed=4) for x in (1.0, 0.0)]
    assert float((worlds[0] - worlds[1]).std()) == pytest.approx(3 * 2**0.5, rel=4 * (1 / 12000) ** 0.5)


def test_the_same_seed_gives_the_same_answer(confounded):
    model, dt, *_ = confounded
    ask = {"kind": "outcome", "do": {"X": "yes"}}
    one, two, other = (rt.predict(model, dt, "Y", seed=seed, **ask) for seed in (1, 1, 2))
    xr.testing.assert_identical(one, two)
    assert (one != other).any()
