"""Laws of models as plain loops: PyTensor's log-density and gradient, whatever the data; else PyTensor's own way."""

import math

import numpy as np
import pymc as pm
import pytensor
import pytensor.tensor as pt
import pytest
from lowered_models import MODELS
from pytensor.scan.utils import until

import rethinking as rt
from rethinking.lowering import NotCovered, plain, recorded_values
from rethinking.lowering import density as density_of
from rethinking.lowering.languages.plain_python import PlainPython
from rethinking.lowering.operations import give_lengths, steps_of
from rethinking.machine_code import library, pieces
from rethinking.sampling.functions import native
from rethinking.sampling.functions.interpreted import interpreted
from rethinking.sampling.given.inputs import frozen
from rethinking.sampling.lowered_model import LoweredModel


def gaussian_process():
    """Return a process at a few places: distances, a Cholesky factor, equations with a triangular matrix."""
    place = np.linspace(0, 3, 6)
    with pm.Model() as model:
        rate, z = pm.Exponential("rate", 1), pm.Normal("z", 0, 1, shape=6)
        K = pt.exp(-rate * pm.Data("distance", (place[:, None] - place) ** 2)) + 0.1 * pt.eye(6)
        pm.Normal("y", pt.linalg.cholesky(K) @ z, 1, observed=np.sin(place))
        pm.MvNormal("at_once", np.zeros(6), cov=K, observed=np.cos(place))
    return model


def correlated():
    """Return two correlated effects of each of five groups."""
    with pm.Model(coords={"group": range(5), "effect": ["a", "b"]}) as model:
        s, r = pm.Exponential("s", 1, shape=2), pm.Uniform("r", -1, 1)
        chol = pt.set_subtensor(pt.diag(s * pt.stack([1, pt.sqrt(1 - r**2)]))[1, 0], r * s[1])
        effects = pm.MvNormal("effects", np.zeros(2), chol=chol, dims=("group", "effect"))
        group = pm.Data("of", np.arange(15) % 5)
        pm.Bernoulli("Y", logit_p=effects[group, 0] + effects[group, 1], observed=np.arange(15) % 2)
    return model


def shares():
    """Return shares that sum to 1, a mixture, waiting times that are cut off, and categories."""
    with pm.Model() as model:
        share = pm.Dirichlet("share", pm.Data("a", np.ones(3)))
        cuts = pm.Normal("cuts", 0, 1, shape=(2, 3))
        pm.Multinomial("n", 10, share, observed=[2, 3, 5])
        pm.Categorical("kind", p=pm.math.softmax(cuts, axis=1), observed=[0, 2])
        pm.Mixture("y", share, pm.Normal.dist([-1, 0, 1], 0.5), observed=[0.1, -0.7, 2.0])
        pm.Censored("wait", pm.Weibull.dist(1.5, share[0] + 1), lower=None, upper=2.0, observed=[0.5, 2.0])
        pm.ZeroInflatedPoisson("none", 0.3, share[1] * 4 + 0.1, observed=[0, 2, 0])
    return model


ALL = MODELS | {"gaussian process": gaussian_process, "correlated": correlated, "shares": shares}


def compiled(model):
    """Return a model of plain loops."""
    found = rt.Sampler(model)._compiled
    assert isinstance(found, LoweredModel)
    return found


def by_pytensor(model, points):
    """Return PyTensor's log-density and its gradient at some points."""
    start = [model.initial_point()[value.name] for value in model.value_vars]
    logp = model.logp()
    gradient = pt.grad(logp, model.value_vars)
    function = model.compile_fn([logp, *gradient], inputs=model.value_vars, point_fn=False, mode=interpreted())
    ends = np.cumsum([value.size for value in start])[:-1]
    for x in points:
        parts = [part.reshape(value.shape) for part, value in zip(np.split(x, ends), start, strict=True)]
        density, *gradient = function(*parts)
        yield float(density), np.concatenate([np.ravel(part) for part in gradient])


def points_of(model, n=20):
    size = sum(value.size for value in model.initial_point().values())
    return np.random.default_rng(1).normal(size=(n, size))


def assert_same(found, model):
    points = points_of(model)
    for x, (density, gradient) in zip(points, by_pytensor(model, points), strict=True):
        ours, slope = found.density_at(x)
        assert ours == pytest.approx(density, rel=1e-9, abs=1e-9)
        np.testing.assert_allclose(slope, gradient, rtol=1e-7, atol=1e-7 * np.abs(gradient).max())


@pytest.mark.parametrize("name", ALL)
def test_density_and_gradient_are_those_of_pytensor(name):
    model = ALL[name]()
    assert_same(compiled(model), model)


def test_new_data_of_another_length_give_what_a_model_of_these_data_gives():
    def model_of(x, group):
        with pm.Model() as model:
            a, b = pm.Normal("a", 0, 1, shape=3), pm.Normal("b", 0, 1)
            x, group = pm.Data("x", x), pm.Data("group", group)
            pm.Potential("fit", -pt.sqr(a[group] + b * (x - x.mean()) - 1).sum() / x.shape[0])
        return model

    rng = np.random.default_rng(2)
    sampler = rt.Sampler(model_of(rng.normal(size=7), np.arange(7) % 3))
    x, group = rng.normal(size=11), np.arange(11) % 2
    inputs, _ = sampler.prepared({"x": x, "group": group})
    assert_same(sampler._compiled.with_inputs(inputs), model_of(x, group))


def test_a_recorded_parameter_is_its_transform_undone():
    with pm.Model() as model:
        pm.HalfNormal("sigma", 1)
        pm.Uniform("share", 2, 3, shape=2)
        pm.Dirichlet("parts", np.ones(3))
        pm.Potential("nothing", pt.constant(0.0))
    draws = rt.sample(model, seed=1, target_accept=0.95)["posterior"]
    assert float(draws["sigma"].min()) > 0
    assert 2 < float(draws["share"].min()) < 2.05 < 2.95 < float(draws["share"].max()) < 3
    np.testing.assert_allclose(draws["parts"].sum(draws["parts"].dims[-1]), 1)
    assert float(draws["share"].mean()) == pytest.approx(2.5, abs=0.03)


def test_a_model_with_an_operation_that_is_not_covered_is_fitted_all_the_same():
    with pm.Model() as model:
        a = pm.Normal("a", 0, 1, shape=2)
        pm.Normal("y", pt.linalg.solve([[1.0, 1.0], [1.0, -1.0]], a), 1, observed=[1.0, 0.0])
    sampler = rt.Sampler(model)
    assert not isinstance(sampler._compiled, LoweredModel)
    # y is ((a1 + a2) / 2, (a1 - a2) / 2), so the precision of both is 1 + 1/2 and their mean (1/2) / (1 + 1/2).
    mean = sampler.sample(seed=1)["posterior"]["a"].mean(("chain", "draw"))
    np.testing.assert_allclose(mean, [1 / 3, 1 / 3], atol=0.08)


@pytest.mark.parametrize("how", ["until", "of vectors", "by data"])
def test_a_scan_that_is_no_plain_loop_over_numbers_is_left_to_nutpie(how):
    def turn(last):
        now = last / 2
        return (now, until(now < 0.1)) if how == "until" else now

    with pm.Model() as model:
        a = pm.Normal("a", 0, 1, shape=2 if how == "of vectors" else None)
        seen = pm.Data("seen", np.zeros(3))
        steps = seen.shape[0] if how == "by data" else 3
        path = pytensor.scan(turn, outputs_info=[a], n_steps=steps, return_updates=False)
        pm.Normal("y", path[-1].sum(), 1, observed=seen)
    with pytest.raises(NotCovered, match="a scan"):
        plain(density_of(model))


def test_an_operation_has_lengths_if_and_only_if_it_has_steps():
    assert give_lengths.registry.keys() == steps_of.registry.keys()


@pytest.mark.parametrize("wrong", ["(math.exp({0}) + 1e-6)", "math.exp(1.00001 * {0})"])
def test_a_lowering_that_says_something_else_than_pytensor_is_not_used(monkeypatch, wrong):
    def model():
        with pm.Model() as model:
            log_rate = pm.Normal("log_rate", 0, 1)
            pm.Poisson("n", pt.exp(log_rate), observed=[3, 4])
        return model

    assert isinstance(rt.Sampler(model())._compiled, LoweredModel)
    monkeypatch.setitem(PlainPython.written, "Exp", wrong)
    assert not isinstance(rt.Sampler(model())._compiled, LoweredModel)


def test_a_gradient_that_does_not_lead_to_the_differences_is_not_used(monkeypatch):
    with pm.Model() as model:
        pm.Normal("y", pm.Normal("a", 0, 1), 1, observed=[0.5])
    found = compiled(model)
    assert found.agrees(lambda values: found.density_at(np.ravel(values["a"]))[0])
    original = LoweredModel.density_at
    monkeypatch.setattr(LoweredModel, "density_at", lambda self, x: (original(self, x)[0], 1.01 * original(self, x)[1]))
    assert not found.agrees(lambda values: found.density_at(np.ravel(values["a"]))[0])


def test_a_frozen_model_is_lowered_though_its_parameters_come_in_another_order():
    with pm.Model(coords={"group": range(3)}) as model:
        b, a = pm.Normal("b", 0, 1), pm.Normal("a", 2, 1, dims="group")
        sigma = pm.Exponential("sigma", 1)
        mu = a[pm.Data("of", np.arange(9) % 3)] + b * pm.Data("x", np.linspace(-1, 1, 9))
        pm.Normal("y", mu, sigma, observed=pm.Data("seen", np.linspace(0, 5, 9)))
    copy = frozen(model)
    assert [value.name for value in copy.value_vars] != [value.name for value in model.value_vars]
    found = rt.Sampler(model, freeze=True)._compiled
    assert isinstance(found, LoweredModel)
    assert_same(found, copy)


@pytest.mark.parametrize("name", ALL)
def test_the_same_model_built_twice_is_the_same_text_which_the_cache_knows_it_by(name):
    one, other = (plain(density_of(ALL[name]())).text for _ in range(2))
    assert one == other


@pytest.mark.parametrize("name", ALL)
def test_nothing_is_computed_twice(name):
    done = [(node.op, *node.inputs) for node in density_of(ALL[name]()).order]
    assert len(done) == len(set(done))


def test_a_softmax_takes_the_largest_entry_once():
    with pm.Model() as of_shares:
        pm.Categorical("kind", pm.Dirichlet("share", np.ones(3)), observed=[0, 1])
    with pm.Model() as of_scores:
        pm.Categorical("kind", pm.math.softmax(pm.Normal("score", 0, 1, shape=3)), observed=[0, 1])
    # Shares have a second sum of exponentials, in the Jacobian of their transform.
    for model, times in [(of_shares, 2), (of_scores, 1)]:
        assert plain(density_of(model)).text.count("maximum(") == times
        assert_same(compiled(model), model)


def test_what_only_looks_like_the_largest_entry_counts():
    score = np.array([[1.0, 3.0], [2.0, 0.5]])
    with pm.Model() as model:
        x = pm.Normal("x", 0, 1, shape=(2, 2)) + score
        for axis, other in [(1, x.max(0)[None]), (1, x.max(0)[:, None]), (0, x.max(1, keepdims=True)), (1, x.max())]:
            pm.Potential(f"{len(model.potentials)}", pt.log(pm.math.softmax(x - other, axis=axis))[0, 1])
    assert_same(compiled(model), model)


def test_what_is_recorded_is_stable_too():
    with pm.Model() as model:
        a = pm.Normal("a", 800, 1, shape=2)
        pm.Deterministic("together", pt.log(pt.exp(a).sum()))
    written = plain(recorded_values(model, model.unobserved_value_vars[1:]))
    names, out = {"math": math, "np": np, "inf": math.inf, **vars(pieces)}, np.empty(1)
    exec(written.text, names)
    names["run"](np.array([800.0, 801.0]), out, *written.packed({}))
    assert out[0] == pytest.approx(np.logaddexp(800, 801), rel=1e-12)


def two_means():
    """Return three parameters, one of which is recorded on another scale."""
    with pm.Model() as model:
        s = pm.Exponential("s", 1)
        pm.Normal("y", pm.Normal("a", 0, s, shape=2), 1, observed=pm.Data("seen", [0.5, 1.5]))
    return model


def test_a_model_is_compiled_once_for_all_processes(tmp_path, monkeypatch):
    monkeypatch.setattr(native, "kept_in", lambda: tmp_path)
    x = np.full(3, 0.25)
    fresh = compiled(two_means()).density_at(x)
    assert len([*tmp_path.iterdir()]) == 2, "the density, and what is recorded"
    with monkeypatch.context() as patch:
        patch.delattr(library, "_compiled")
        again = compiled(two_means()).density_at(x)
    assert again[0] == fresh[0]
    np.testing.assert_array_equal(again[1], fresh[1])
