"""What one question compiled serves the next, and nothing that has changed since is overlooked."""

from concurrent.futures import ThreadPoolExecutor

import cloudpickle
import numpy as np
import pymc as pm
import pytensor.tensor as pt
import pytest
from predicted_worlds import fit_of
from pytensor.compile.builders import OpFromGraph

import rethinking as rt
from rethinking.predictions.worlds.reuse import KEPT, Compiled

N, DRAWS = 8, 50
X, Z = np.arange(N) % 2.0, np.linspace(-1, 1, N)
MAKER = "rethinking.predictions.worlds.answers.Evaluation"


def logistic(x=X, z=Z, form=lambda b, z: b * z):
    """Return a model of x, which is data, and z, which is written into it, and a fit."""
    with pm.Model(coords={"row": range(len(x))}) as model:
        eta = pm.Normal("a") + pm.Normal("b") * pm.Data("x", x, dims="row")
        p = pm.Deterministic("p", pm.math.invlogit(eta + form(pm.Normal("c"), z)), dims="row")
        pm.Bernoulli("y", p, observed=(np.arange(len(x)) % 3 == 0).astype(int), dims="row")
    rng = np.random.default_rng(1)
    return model, fit_of(model, a=rng.normal(size=DRAWS), b=rng.normal(size=DRAWS), c=rng.normal(size=DRAWS))


def effect(model, dt, kind="expected", outcome="y"):
    return rt.contrast(model, dt, outcome, {"x": [1.0, 0.0]}, kind=kind, seed=1).to_numpy()


@pytest.mark.parametrize("kind", ["expected", "outcome", "linear"])
def test_a_further_question_compiles_nothing_and_has_the_same_answer(monkeypatch, kind):
    model, dt = logistic()
    first = effect(model, dt, kind)
    monkeypatch.setattr(MAKER, None)
    assert np.array_equal(effect(model, dt, kind), first)


def test_one_model_answers_every_question_as_a_new_one_does():
    model, dt = logistic()
    for _ in range(2):
        for outcome, kind in [("y", "expected"), ("y", "outcome"), ("y", "linear"), ("p", "expected")]:
            assert np.array_equal(effect(model, dt, kind, outcome), effect(*logistic(), kind, outcome))
        for do in ({}, {"x": 1.0}, {"p": 0.25}, {"a": 3.0}):
            made = rt.predict(model, dt, "y", do=do)
            assert np.array_equal(made, rt.predict(*logistic(), "y", do=do))


def test_new_values_and_lengths_of_data_are_seen():
    model, dt = logistic(form=lambda c, _: c)
    before = rt.predict(model, dt, "p")
    pm.set_data({"x": X[:5] + 2}, model, coords={"row": range(5)})
    after = rt.predict(model, dt, "p")
    assert after.sizes["row"] == 5
    assert np.array_equal(after, rt.predict(*logistic(X[:5] + 2, form=lambda c, _: c), "p"))
    assert not np.allclose(after, before[..., :5])


def hidden(b, z):
    """Return b * (2 z + 1), where z is written into a graph within the graph."""
    inner = b.type()
    return OpFromGraph([inner], [inner * (2 * pt.as_tensor(z) + 1)])(b)


@pytest.mark.parametrize("form", [lambda b, z: b * z, lambda b, z: b * (2 * pt.as_tensor(z) + 1), hidden])
def test_an_array_in_the_model_that_is_changed_in_place_is_seen(form):
    z = Z.copy()
    model, dt = logistic(z=z, form=form)
    before = rt.predict(model, dt, "p")
    z += 1
    assert np.array_equal(rt.predict(model, dt, "p"), rt.predict(*logistic(z=Z + 1, form=form), "p"))
    z -= 1
    assert np.allclose(rt.predict(model, dt, "p"), before, rtol=1e-12)


def test_threads_that_ask_one_model_do_not_disturb_each_other():
    n = 2000  # NumPy lets other threads run while it works on a row as long as this
    made, levels = (np.arange(n) % 2.0, np.zeros(n)), np.linspace(0, 1, 12)
    model, dt = logistic(*made)
    alone = [rt.predict(*logistic(*made), "p", data={"x": np.full(n, level)}) for level in levels]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda level: rt.predict(model, dt, "p", data={"x": np.full(n, level)}), levels))
    assert all(np.array_equal(a, b) for a, b in zip(alone, together, strict=True))


def test_a_copy_of_a_model_begins_with_nothing_and_answers_alike():
    model, dt = logistic()
    first = effect(model, dt)
    copy = cloudpickle.loads(cloudpickle.dumps(model))
    assert Compiled.of(copy) is not Compiled.of(model)
    assert np.allclose(effect(copy, dt), first)


def test_only_what_was_asked_last_is_kept():
    class Current:
        def is_current(self):
            return True

    compiled = Compiled()
    made = [compiled.function(i, Current) for i in range(KEPT)]
    assert compiled.function(0, Current) is made[0]
    compiled.function(KEPT, Current)
    assert compiled.function(0, Current) is made[0]
    assert compiled.function(1, Current) is not made[1]
