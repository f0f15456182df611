import numpy as np
import pymc as pm
import pytest
from predicted_worlds import fit_of, linear_fit, linear_graph

import rethinking as rt

RNG = np.random.default_rng(5)


def test_in_linear_graphs_a_unit_keeps_its_noise():
    coefficients = np.array([[0, 0, 0], [0.8, 0, 0], [-0.5, 1.5, 0]])
    data = RNG.normal(size=(6, 3)) * 2
    model = linear_graph(coefficients, data)
    dt, drawn = linear_fit(model, coefficients, RNG)
    total = drawn[:, 2, 0] + drawn[:, 2, 1] * drawn[:, 1, 0]
    x0 = float(data[:, 0].mean())
    found = rt.counterfactual(model, dt, "x2", do={"x0": x0}, unit=[1, 4])
    assert found.dims == ("chain", "draw", "x2_dim_0")
    for place, unit in enumerate((1, 4)):
        np.testing.assert_allclose(found[0, :, place], data[unit, 2] + total * (x0 - data[unit, 0]))


@pytest.mark.parametrize("family", ["normal", "lognormal", "scaled"])
def test_what_did_happen_is_what_would_have_happened(family):
    x, y = np.array([0.5, 1.0, 2.0]), np.array([1.0, 2.0, 5.0])
    with pm.Model(coords={"person": ["Ada", "Ben", "Cem"]}) as model:
        X, b = pm.Data("X", x, dims="person"), pm.Normal("b")
        if family == "lognormal":
            pm.LogNormal("Y", b * X, 0.7, observed=y, dims="person")
        else:
            pm.Normal("Y", b * X, pm.math.exp(X) if family == "scaled" else 1, observed=y, dims="person")
    b = RNG.normal(size=9)
    dt = fit_of(model, b=b)
    same = rt.counterfactual(model, dt, "Y", do={"X": x}, unit=["Ada", "Cem"])
    np.testing.assert_allclose(same[0], np.ones((9, 1)) * [1.0, 5.0])
    other = rt.counterfactual(model, dt, "Y", do={"X": 1.5}, unit="Ben")
    formula = {
        "normal": 2.0 + 0.5 * b,
        "lognormal": 2.0 * np.exp(0.5 * b),
        "scaled": 1.5 * b + np.exp(0.5) * (2.0 - b),
    }
    np.testing.assert_allclose(other[0], formula[family])


def test_a_binary_outcome_is_known_up_to_its_side_of_the_threshold():
    x, y = np.array([0.0, 0.0, 1.0, 1.0]), np.array([0, 1, 0, 1])
    with pm.Model() as model:
        X = pm.Data("X", x)
        pm.Bernoulli("Y", logit_p=pm.Normal("a") + pm.Normal("b") * X, observed=y)
    dt = fit_of(model, a=np.array([-0.4]), b=np.array([1.1]))
    found = rt.counterfactual(model, dt, "Y", do={"X": 1 - x}, unit=[0, 1, 2, 3])[0, 0]
    # By brute force: units with thresholds of their own, of whom those are kept that give what was observed.
    threshold = RNG.logistic(size=1_000_000)
    for unit in range(4):
        kept = threshold[(-0.4 + 1.1 * x[unit] > threshold) == y[unit]]
        share = (-0.4 + 1.1 * (1 - x[unit]) > kept).mean()
        assert float(found[unit]) == pytest.approx(share, abs=4 * 0.5 / len(kept) ** 0.5)
    assert float(found[1]) == 1  # it happened without the exposure, and the exposure only helps


def test_a_binary_mediator_keeps_its_threshold():
    n = 4000
    with pm.Model() as model:
        X = pm.Data("X", np.arange(n) % 2.0)
        M = pm.Bernoulli("M", p=0.3 + 0.4 * X, observed=np.zeros(n, dtype=int))
        pm.Normal("Y", pm.Normal("b") * M + X, 1, observed=np.zeros(n))
    dt = fit_of(model, b=np.array([2.0]))
    found = rt.counterfactual(model, dt, "Y", do={"X": 1.0}, unit=list(range(n)), seed=1)[0, 0].to_numpy()
    without = found[::2] - 1  # units at X = 0: a threshold above 0.3, so M comes up with (0.7 - 0.3) / 0.7
    assert set(np.round(without, 9)) == {0.0, 2.0}
    assert (without / 2).mean() == pytest.approx(4 / 7, abs=4 * 0.5 / (n / 2) ** 0.5)
    np.testing.assert_allclose(found[1::2], 0)  # and units at X = 1 stay as they are


@pytest.mark.parametrize(
    ("outcome", "unit", "words"),
    [
        ("count", 0, "not identified"),
        ("late", 0, "noise of 'count' is not identified"),
        ("p", 0, "use rt.predict"),
        ("late", 7, "go from 0 to 1"),
        ("late", [], "nobody"),
        ("early", 0, "Did you mean"),
    ],
)
def test_where_the_noise_is_not_identified_the_answer_is_refused(outcome, unit, words):
    with pm.Model() as model:
        X = pm.Data("X", [0.0, 1.0])
        count = pm.Poisson("count", pm.Deterministic("p", pm.math.exp(pm.Normal("b") * X)), observed=[1, 2])
        pm.Normal("late", count, 1, observed=[1.0, 2.0])
    dt = fit_of(model, b=np.zeros(2))
    if outcome == "early":
        outcome, words = "lat", words + " 'late'"
    with pytest.raises(ValueError, match=words) as caught:
        rt.counterfactual(model, dt, outcome, do={"X": 1.0}, unit=unit)
    assert len(str(caught.value)) < 300


def test_sensitivity_takes_the_share_of_the_common_cause_out():
    n = 150
    rng = np.random.default_rng(3)
    x = rng.normal(size=n) * 2
    y = x + rng.normal(size=n)
    with pm.Model() as model:
        to_x, to_y = pm.Data("to_x", 0.0), pm.Data("to_y", 0.0)
        U = pm.Normal("U", shape=n)
        X = pm.Normal("X", to_x * U, 2.0, observed=x)
        pm.Normal("Y", pm.Normal("b", 0, 10) * X + to_y * U, 1.0, observed=y)
    grid = {"to_x": [0.0, 1.0], "to_y": [0.0, 1.5]}
    found = rt.sensitivity(model, "Y", {"X": [1.0, 0.0]}, grid, draws=1500, seed=2)
    assert found.dims == ("to_x", "to_y", "chain", "draw")
    mean = found.mean(("chain", "draw"))
    ols = (x @ y) / (x @ x)
    # With U integrated out, Y given X is normal around (b + to_y to_x / (to_x^2 + 4)) X.
    share = 1.5 * 1.0 / (1.0 + 4.0)
    for to_x, to_y, bias in [(0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (0.0, 1.5, 0.0), (1.0, 1.5, share)]:
        assert float(mean.sel(to_x=to_x, to_y=to_y)) == pytest.approx(ols - bias, abs=0.04)
