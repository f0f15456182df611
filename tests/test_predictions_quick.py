"""What is put in the place of slow parts computes the same, and large populations stay small in memory."""

import tracemalloc

import numpy as np
import pymc as pm
import pytest
from predicted_worlds import fit_of
from scipy import special

import rethinking as rt
from rethinking.predictions.worlds import quick
from rethinking.predictions.worlds.evaluation import Evaluation

RNG = np.random.default_rng(31)
N = 30
X = {name: RNG.normal(size=N) for name in "xzw"}
B = {name: RNG.normal(size=7) for name in ("a", "b", "c", "d", "s")}


def eta(formula, columns, slopes):
    """Return a linear predictor, of arrays or of a model's variables."""
    a, b, c, d = (slopes[name] for name in "abcd")
    x, z, w = (columns[name] for name in "xzw")
    return {
        "intercept and slopes": lambda: a + b * x + c * z + d * w,
        "slopes alone": lambda: b * x + z * c,
        "two intercepts": lambda: b * x + a + c * z + d,
        "a difference": lambda: a - b * x - c * z,
        "an interaction": lambda: a + b * x + c * z + d * x * z,
        "centred": lambda: a + b * (x - 2) + c * z / 3,
        "one slope": lambda: a + b * x,
        "no slope": lambda: a + x + z,
        "whole numbers": lambda: a + b * x.round().astype("int64") + c * z + d * w,
    }[formula]()


FORMULAS = [
    "intercept and slopes", "slopes alone", "two intercepts", "a difference", "an interaction", "centred", "one slope",
    "no slope", "whole numbers",
]  # fmt: skip


def model_of(formula):
    with pm.Model() as model:
        slopes = {name: pm.Normal(name) for name in "abcd"}
        columns = {name: pm.Data(name, values, dims="row") for name, values in X.items()}
        pm.Normal("y", eta(formula, columns, slopes), pm.Exponential("s"), observed=np.zeros(N), dims="row")
    return model


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_linear_predictor_is_the_same_as_one_product_of_matrices(formula, monkeypatch):
    made = []
    perform = quick.LinearPredictor.perform
    monkeypatch.setattr(quick.LinearPredictor, "perform", lambda *args: made.append(1) or perform(*args))
    dt = fit_of(model_of(formula), **B)
    found = rt.predict(model_of(formula), dt, "y")[0]
    formula_of_arrays = eta(formula, X, {name: values[:, None] for name, values in B.items()})
    np.testing.assert_allclose(found, formula_of_arrays, rtol=1e-12, atol=1e-12)
    if formula in ("intercept and slopes", "slopes alone", "two intercepts"):
        assert made, "the slow way was taken"


def test_the_logistic_function_is_scipys():
    x = np.concatenate([np.linspace(-700, 700, 1001), RNG.normal(size=1000), [-np.inf, np.inf]])
    with np.errstate(over="ignore"):
        np.testing.assert_allclose(quick.logistic(x), special.expit(x), rtol=1e-14)


def test_draws_of_0_and_1_have_their_probability_and_need_one():
    p = RNG.uniform(size=(5, 1))
    draws = quick.QuickBernoulli.rng_fn(np.random.default_rng(1), p, (5, 40_000))
    assert set(np.unique(draws)) == {0, 1}
    np.testing.assert_allclose(draws.mean(1), p[:, 0], atol=4 * 0.5 / 40_000**0.5)
    assert quick.QuickBernoulli.rng_fn(np.random.default_rng(1), p).shape == (5, 1)
    certain = quick.QuickBernoulli.rng_fn(np.random.default_rng(1), np.array([0.0, 1.0]), (1000, 2))
    assert certain.mean(0).tolist() == [0, 1]
    for wrong in (-0.1, 1.1, np.nan):
        with pytest.raises(ValueError, match="outside 0 to 1"):
            quick.QuickBernoulli.rng_fn(np.random.default_rng(1), np.array([0.5, wrong]))


def test_a_model_uses_them():
    with pm.Model() as model:
        x = pm.Data("x", X["x"])
        pm.Bernoulli("y", p=pm.math.invlogit(pm.Normal("a") + x), observed=np.zeros(N, dtype=int))
    evaluation = Evaluation([model["y"]], [model["a"]], [model["x"]])
    kinds = {type(getattr(node.op, "scalar_op", node.op)) for node in evaluation._function.maker.fgraph.toposort()}
    assert {quick.QuickBernoulli, quick.QuickSigmoid} <= kinds
    (draws,) = evaluation({"a": np.zeros(20_000)}, {"x": X["x"]}, np.random.SeedSequence(1), 20_000)
    np.testing.assert_allclose(draws.mean(0), special.expit(X["x"]), atol=4.5 * 0.5 / 20_000**0.5)


def test_a_contrast_of_20000_rows_and_4000_draws_needs_a_fraction_of_its_numbers():
    n = 20_000
    with pm.Model() as model:
        x, z = pm.Data("x", np.arange(n) % 2.0), pm.Data("z", RNG.normal(size=n))
        logit_p = pm.Normal("a") + pm.Normal("b") * x + pm.Normal("c") * z
        pm.Bernoulli("y", p=pm.math.invlogit(logit_p), observed=np.zeros(n, dtype=int))
    dt = fit_of(model, **{name: RNG.normal(size=4000) for name in "abc"})
    tracemalloc.start()
    rt.contrast(model, dt, "y", {"x": [1.0, 0.0]})
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5e7  # one array of all rows and draws has 640 megabytes
