import numpy as np
import pymc as pm
import pytest
from pytensor.tensor.elemwise import Elemwise

import rethinking as rt
from rethinking.sampling.functions.interpreted import log1mexp, softplus


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
    nodes = sampler._results._log_likelihood._everywhere._function._compiled.maker.fgraph.toposort()
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
