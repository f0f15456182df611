"""What is compiled for us, quickly; and that nothing of the settings of numba and PyTensor stays changed."""

import numba
import numpy as np
import pymc as pm
import pytensor
import pytensor.tensor as pt
import pytest
from compiled_functions import ALONE, watched
from numba.np import arrayobj

import rethinking as rt
from rethinking.sampling.functions.compilation import repeatable


def compiled():
    """Return a function that is compiled here and now: whether for us is for the caller to say."""

    @numba.njit("void(float64[:], float64[:])")
    def put(target, source):
        target[...] = source

    return put


def test_our_code_refuses_a_wrong_shape_without_numba_s_text_functions():
    with repeatable():
        ours = compiled()
    target = np.zeros(2)
    ours(target, np.array([1.0, 2.0]))
    assert target.tolist() == [1, 2]
    with pytest.raises(ValueError, match=r"^cannot assign slice from input of different size$"):
        ours(target, np.zeros(3))
    with pytest.raises(ValueError, match=r"slice of shape \(2,\) from input of shape \(3,\)"):
        compiled()(target, np.zeros(3))


def test_numba_s_own_message_is_put_back_also_after_an_error():
    theirs = arrayobj.raise_with_shape_context
    with pytest.raises(ZeroDivisionError), repeatable():
        assert 1 / (arrayobj.raise_with_shape_context is theirs)  # ours: the division fails
    assert arrayobj.raise_with_shape_context is theirs


def test_functions_are_compiled_only_where_threads_cannot_put_back_each_others_configuration(monkeypatch):
    """PyTensor changes its configuration while it compiles; two threads at once would leave it changed for good."""

    def made():
        with pm.Model() as model:
            half = pm.Deterministic("half", 0.5 * pm.Data("x", np.arange(8) % 2.0, dims="row"))
            pm.Normal("y", pm.Normal("a", 0, pt.sqrt(2.0)) + half, 1, observed=np.linspace(-1, 1, 8), dims="row")
        return model

    found, model = watched(monkeypatch), made()
    dt = rt.Sampler(model).sample(seed=1, draws=500, log_likelihood=True, posterior_predictive=True, progress=False)
    rt.predict(model, dt, "y")
    rt.predict(model, dt, "y", do={"half": 1.0})
    rt.counterfactual(model, dt, "y", do={"x": 1.0}, unit=0)
    rt.predict(made(), dt, "y")
    del dt["observed_data"]
    rt.contrast(model, dt, "y", {"x": [1.0, 0.0]})
    rt.CausalGraph("x -> y").audit(model, "x", "y")
    assert len(found) > 10
    assert set(found) == {ALONE}
    assert pytensor.config.traceback__limit > 0
