"""The Datasets made from a raw trace are those that nutpie and ArviZ make, variable by variable."""

import arviz as az
import numpy as np
import nutpie
import pymc as pm
import pytest
import xarray as xr

import rethinking as rt
from rethinking.sampling.trace import dataset

OPTIONS = {"draws": 200, "chains": 3, "seed": 5, "progress_bar": False}
STORED = ["store_divergences", "store_unconstrained", "store_gradient"]


@pytest.fixture(scope="module")
def sampler():
    """Return the sampler of a model with every kind of axes, a transformed variable, and divergences."""
    with pm.Model(coords={"k": list("abc")}) as model:
        a = pm.Normal("a", 0, 10, dims="k")
        b = pm.Normal("b", 0, 1, shape=(2, 3))
        v = pm.Normal("v", 0, 3)
        x = pm.Normal("x", 0, pm.math.exp(v / 2), shape=9)
        pm.Deterministic("double", 2 * a, dims="k")
        pm.Deterministic("total", b.sum())
        pm.Normal("funnel", x, 10, observed=np.zeros(9))
        pm.Normal("y", a, pm.HalfNormal("s"), observed=[1.0, 2.0, 3.0], dims="k")
    return rt.Sampler(model)


@pytest.mark.parametrize("stored", [{}, dict.fromkeys(STORED, True)])
def test_a_fit_is_the_one_that_nutpie_returns(sampler, stored):
    ours = sampler.finish(sampler.begin({}, **OPTIONS, **stored))
    theirs = nutpie.sample(sampler._compiled, **OPTIONS, **stored)
    mine, drawn = (dt["posterior"].to_dataset() for dt in (ours, theirs))
    xr.testing.assert_equal(mine[list(drawn)], drawn)
    assert set(mine) - set(drawn) == {"double", "total"}  # which nutpie does not compute
    xr.testing.assert_equal(mine["double"], 2 * mine["a"])
    expected = theirs["sample_stats"].to_dataset().drop_vars("tuning")
    expected = expected[[name for name, values in expected.items() if values.notnull().any()]]
    assert int(expected["diverging"].sum()) > 0
    assert set(expected) <= set(ours["sample_stats"])
    for name, values in expected.items():
        mine = ours["sample_stats"][name]
        recorded = ~mine.isnull()
        if name == "divergence_message":
            assert mine.values[recorded].tolist() == [text for text in values.values.ravel() if isinstance(text, str)]
        else:
            xr.testing.assert_equal(mine.where(recorded), values.where(recorded))
            assert recorded.all() or name.startswith(("divergence", "transformation"))


def test_datasets_are_named_as_arviz_names_them():
    rng = np.random.default_rng(3)
    arrays = {"a": rng.normal(size=(2, 5, 3)), "b": rng.normal(size=(2, 5, 4, 1)), "c": rng.normal(size=(2, 5))}
    dims, coords = {"a": ["k"]}, {"k": list("xyz"), "unused": [1]}
    theirs = az.dict_to_dataset(arrays, dims=dims, coords={"k": list("xyz")})
    xr.testing.assert_equal(dataset(arrays, dims, coords), theirs)
    plain = az.dict_to_dataset({"a": arrays["a"][0, 0]}, dims=dims, coords={"k": list("xyz")}, sample_dims=[])
    xr.testing.assert_equal(dataset({"a": arrays["a"][0, 0]}, dims, coords, sample_dims=()), plain)
