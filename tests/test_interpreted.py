import math

import numpy as np
import pymc as pm
import pytensor
import pytest
from pytensor.link.c.cmodule import GCC_compiler
from pytensor.tensor.elemwise import Elemwise
from scipy.special import softmax
from scipy.stats import norm

import rethinking as rt
from rethinking.sampling.functions.interpreted import interpreted, log1mexp, softplus


def test_softplus_and_log1mexp_are_exact_far_out():
    x = np.array([-700.0, -40.0, -1.0, -1e-3, -1e-12])
    # By their series where these are exact to all digits, by Python's own integers where not: log(1 - exp(-1)).
    assert log1mexp(x) == pytest.approx(
        [-np.exp(-700), -np.exp(-40), -0.4586751453870819, -6.908255282149095, np.log(1e-12)]
    )
    assert log1mexp(np.array([0.0])) == -np.inf
    y = np.array([-700.0, -40.0, 0.0, 40.0, 700.0])
    assert softplus(y) == pytest.approx([np.exp(-700), np.exp(-40), np.log(2), 40, 700], rel=1e-14, abs=0)
    assert np.exp(softplus(x)) == pytest.approx(1 + np.exp(x), rel=1e-14)


@pytest.mark.parametrize("clipped", [True, False])
def test_a_log_likelihood_runs_on_whole_arrays(clipped):
    # Number by number in Python would take a thousand times as long.
    with pm.Model() as model:
        mu = pm.Normal("mu", 0, 1)
        if clipped:
            pm.Censored("waits", pm.Weibull.dist(1.5, pm.math.exp(mu)), lower=None, upper=2.0, observed=[0.5, 2.0])
        else:
            pm.Bernoulli("yes", logit_p=mu, observed=[0, 1, 1])
    sampler = rt.Sampler(model)
    sampler.sample(seed=1, log_likelihood=True)
    nodes = sampler._results._log_densities["log_likelihood"]._everywhere._function._compiled.maker.fgraph.toposort()
    slow = {type(n.op.scalar_op).__name__ for n in nodes if isinstance(n.op, Elemwise) and getattr(n.op, "ufunc", None)}
    assert not slow


def test_a_branch_that_is_not_taken_raises_no_warning():
    # exp(-800) is 0, whose logarithm PyMC computes and then passes over, because none were counted.
    with pm.Model() as model:
        rate = pm.Normal("rate", -800, 0.1)
        pm.Poisson("none", pm.math.exp(rate), observed=[0, 0])
    dt = rt.sample(model, seed=1, log_likelihood=True, posterior_predictive=True)
    assert (dt["log_likelihood"]["none"] == 0).all()
    assert (dt["posterior_predictive"]["none"] == 0).all()


@pytest.fixture
def no_compiler(monkeypatch):
    """Let whoever starts a C compiler fail."""

    def called(*_args, **_options):
        msg = "a C compiler was called"
        raise AssertionError(msg)

    pytensor.function([], [], mode="FAST_COMPILE")  # PyTensor's own loop, which it compiles once for all functions
    monkeypatch.setattr(GCC_compiler, "compile_str", called)


@pytest.mark.usefixtures("no_compiler")
def test_no_operation_is_handed_to_a_c_compiler():
    # A softmax is a graph of its own, which PyTensor would run in C although the mode says Python.
    with pm.Model() as model:
        scores = pm.Normal("scores", 0, 1, shape=3)
        shares = pm.Deterministic("shares", pm.math.softmax(scores))
        pm.Deterministic("all", pm.math.logsumexp(scores))
        pm.Categorical("answer", p=shares, observed=[0, 1, 1, 2])
    asked = [model.logp(), *model.replace_rvs_by_values([shares])]
    alone = model.compile_fn(asked, inputs=model.value_vars, point_fn=False, mode=interpreted())
    x = np.array([0.2, -1.0, 0.5])
    log_density, found = alone(x)
    assert found == pytest.approx(softmax(x), rel=1e-14)
    assert log_density == pytest.approx(norm.logpdf(x).sum() + np.log(softmax(x)[[0, 1, 1, 2]]).sum(), rel=1e-13)


@pytest.mark.usefixtures("no_compiler")
def test_no_turn_of_a_scan_is_handed_to_a_c_compiler():
    with pm.Model() as model:
        a = pm.Normal("a", 0, 1)
        path = pytensor.scan(lambda last: pm.math.sin(1.7 * last), outputs_info=[a], n_steps=3, return_updates=False)
    alone = model.compile_fn(
        model.replace_rvs_by_values([path]), inputs=model.value_vars, point_fn=False, mode=interpreted()
    )
    first = math.sin(1.7 * 0.4)
    expected = [first, math.sin(1.7 * first), math.sin(1.7 * math.sin(1.7 * first))]
    assert alone(np.array(0.4))[0] == pytest.approx(expected, rel=1e-14)
