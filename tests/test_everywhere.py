"""Deterministics are computed by NumPy at all draws at once: held against arithmetic on the draws of the parameters."""

import tracemalloc

import numpy as np
import pymc as pm
import pytensor
import pytensor.tensor as pt
import pytest
import xarray as xr
from pytensor.conditional.op import ifelse
from pytensor.raise_op import Assert

import rethinking as rt
from rethinking.sampling import ModelInputs
from rethinking.sampling.functions.everywhere import Everywhere


def test_deterministics_follow_from_the_parameters_also_with_new_data():
    x = np.array([0.5, -1.0, 2.0])
    with pm.Model(coords={"row": ["a", "b", "c"], "k": [7, 8]}) as model:
        data = pm.Data("x", x, dims="row")
        b, s = pm.Normal("b", 0, 1, dims="k"), pm.Exponential("s", 1)
        table = pm.Deterministic("table", data[:, None] * b, dims=("row", "k"))
        pm.Deterministic("above", table.sum(axis=1) > s, dims="row")
        pm.Deterministic("ratio", b[0] / s)
        pm.Deterministic("total", data.sum())
        pm.Normal("y", table.sum(axis=1), s, observed=[1.0, 0.0, 2.0])
    sampler = rt.Sampler(model)
    for values in (x, x[::-1]):
        running = sampler.begin({"x": values}, seed=1, chains=2, draws=100, progress_bar=False)
        posterior = sampler.finish(running)["posterior"]
        b, s, table = posterior["b"], posterior["s"], posterior["table"]
        assert list(posterior) == ["b", "s", "table", "above", "ratio", "total"]
        assert all(posterior[name].dtype == float for name in posterior)
        rows = xr.DataArray(values, dims="row", coords={"row": ["a", "b", "c"]})
        xr.testing.assert_allclose(table, (rows * b).transpose(*table.dims), rtol=1e-13)
        assert (posterior["above"] == (table.sum("k") > s)).all()
        xr.testing.assert_allclose(posterior["ratio"], (b.sel(k=7) / s).drop_vars("k"), rtol=1e-13)
        assert posterior["total"].to_numpy() == pytest.approx(np.full((2, 100), values.sum()))


@pytest.mark.parametrize("kind", ["a condition", "what is above 0", "a system of equations"])
def test_a_fit_has_also_those_that_cannot_be_computed_at_many_draws_at_once(kind):
    with pm.Model() as model:
        b, c = pm.Normal("b", 0, 1, shape=2), pm.Normal("c", 0, 1)
        matrix = pt.stacklists([[3.0 + pt.tanh(c), 1.0], [0.5, 2.0]])
        expression, expected = {
            "a condition": (ifelse(c > 0, c, -2 * c), lambda b, c: c if c > 0 else -2 * c),
            "what is above 0": (b[(b > 0).nonzero()].sum(), lambda b, c: b[b > 0].sum()),
            "a system of equations": (
                pt.linalg.solve(matrix, b),
                lambda b, c: np.linalg.solve([[3 + np.tanh(c), 1], [0.5, 2]], b),
            ),
        }[kind]
        pm.Deterministic("d", expression)
        pm.Normal("y", b, 1, observed=[0.0, 1.0])
    sampler = rt.Sampler(model)
    posterior = sampler.finish(sampler.begin({}, seed=1, chains=2, draws=20, progress_bar=False))["posterior"]
    for chain, draw in np.ndindex(2, 20):
        at = posterior.isel(chain=chain, draw=draw)
        assert at["d"].to_numpy() == pytest.approx(expected(at["b"].to_numpy(), float(at["c"])), rel=1e-9)


def test_a_fit_is_kept_when_some_draw_stops_what_is_computed_from_it():
    with pm.Model() as model:
        c = pm.Normal("c", 0, 1)
        pm.Deterministic("d", Assert("c is far")(c, abs(c) < 1))
        pm.Normal("y", c, 1, observed=[0.0, 1.0])
    sampler = rt.Sampler(model)
    running = sampler.begin({}, seed=1, chains=2, draws=200, progress_bar=False)
    with pytest.warns(UserWarning, match=r"kept, but without its pm\.Deterministic, .*\(c is far\)\.$"):
        dt = sampler.finish(running)
    assert list(dt["posterior"]) == ["c"]
    assert dt["posterior"].sizes == {"chain": 2, "draw": 200}


def test_a_deterministic_that_is_random_or_refused_at_the_start_is_said_in_a_sentence():
    for make, reason in (
        (lambda c: c + pm.Normal.dist(0, 1), "^'d' would be random in a fit"),
        (lambda c: Assert("c is small")(c, c > 1), r"cannot be evaluated with these data \(c is small\)"),
    ):
        with pm.Model() as model:
            c = pm.Normal("c", 0, 1)
            pm.Deterministic("d", make(c))
            pm.Normal("y", c, 1, observed=[0.0, 1.0])
        with pytest.raises(ValueError, match=reason):
            rt.Sampler(model)


def test_deterministics_need_little_memory_at_once(monkeypatch):
    with pm.Model() as model:
        b = pm.Normal("b", 0, 1, shape=2)
        pm.Deterministic("double", 2 * b)
    draws = np.random.default_rng(1).normal(size=(2, 5, 2))
    posterior = xr.Dataset({"b": (("chain", "draw", "i"), draws)})
    monkeypatch.setattr("rethinking.sampling.functions.everywhere.ELEMENTS_AT_ONCE", 6)
    made = Everywhere.deterministics(model)(posterior, ModelInputs.of(model))
    assert made["double"].tolist() == (2 * draws).tolist()


@pytest.mark.parametrize("as_data", [True, False])
def test_what_is_on_the_way_to_a_number_needs_little_memory_too(as_data):
    x = np.linspace(0, 1, 200_000)
    with pm.Model() as model:
        b = pm.Normal("b", 0, 1)
        pm.Deterministic("total", ((pm.Data("x", x) if as_data else x) * b).sum())
    draws = np.random.default_rng(2).normal(size=(2, 500))
    posterior = xr.Dataset({"b": (("chain", "draw"), draws)})
    made, inputs = Everywhere.deterministics(model), ModelInputs.of(model)
    tracemalloc.start()
    found = made(posterior, inputs)["total"]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    np.testing.assert_allclose(found, x.sum() * draws)
    assert peak < 1e8  # all draws at once would take 1.6e9


def test_what_has_no_form_for_many_draws_is_left_to_the_sampler():
    with pm.Model() as model:
        b = pm.Normal("b", 0, 1)
        pm.Deterministic("noise", b + pm.Normal.dist(0, 1))
    assert Everywhere.deterministics(model) is None
    with pm.Model() as model:
        b = pm.Normal("b", 0, 1)
        steps = pytensor.scan(lambda before: before * b, outputs_info=pt.ones(()), n_steps=3, return_updates=False)
        pm.Deterministic("powers", steps)
    made = Everywhere.deterministics(model)
    draws = np.array([[0.5, 2.0]])
    if made is not None:
        found = made(xr.Dataset({"b": (("chain", "draw"), draws)}), ModelInputs.of(model))["powers"]
        assert found.tolist() == [[[0.5, 0.25, 0.125], [2.0, 4.0, 8.0]]]
