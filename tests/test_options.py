"""What a fit is asked for is checked before work begins, in one sentence; what came out is judged without gaps."""

import inspect
import os
import signal
import subprocess
import sys

import arviz as az
import numpy as np
import nutpie
import pandas as pd
import pymc as pm
import pytest

import rethinking as rt
from rethinking.sampling.diagnostics import warn_unless_converged, worst_of
from rethinking.sampling.given.options import OPTIONS, require_options
from rethinking.sampling.mixing import mixing


def mean_of(y):
    with pm.Model() as model:
        sd = pm.Data("sd", 1.0)
        pm.Normal("height", pm.Normal("mu", 0, 10), sd, observed=pm.Data("y", y))
    return model


@pytest.fixture(scope="module")
def sampler():
    return rt.Sampler(mean_of(np.array([1.0, 2.0, 3.0])))


NUMBERS = ["draws", "tune", "chains", "seed", "cores"]
WRONG = [
    *[({name: value}, TypeError) for name in NUMBERS for value in (2.5, "many", [7])],
    *[({name: -1}, ValueError) for name in NUMBERS],
    *[({name: 0}, ValueError) for name in ("draws", "tune", "chains", "cores")],
    *[({name: None}, TypeError) for name in ("draws", "chains")],
    *[({name: True}, TypeError) for name in ("draws", "seed")],
    *[({name: "yes"}, TypeError) for name in ("log_likelihood", "posterior_predictive", "progress")],
    ({"draws": 3}, ValueError),
    *[({name: n}, ValueError) for name, n in {"draws": 2**31, "tune": 2**31, "chains": 2**16, "cores": 2**16}.items()],
    ({"seed": 2**64}, ValueError),
    ({"seed": np.random.default_rng(1)}, TypeError),
    ({"target_accept": 95}, ValueError),
    ({"target_accept": "high"}, TypeError),
    ({"target_accept": np.array([0.8, 0.9])}, TypeError),
    ({"adaptation": "low rank"}, ValueError),
    ({"adaptation": None}, ValueError),
]


@pytest.mark.parametrize(("options", "error"), WRONG)
def test_wrong_options_are_refused_before_work(sampler, monkeypatch, options, error):
    monkeypatch.setattr(nutpie, "sample", lambda *_, **__: pytest.fail("sampled"))
    (name,) = options
    for fit in (sampler.sample, lambda **given: sampler.sweep({"sd": [1.0, 2.0]}, **given)):
        with pytest.raises(error, match=f"^{name} must ") as caught:
            fit(**options)
        assert "\n" not in str(caught.value)
        assert str(caught.value).endswith("came.")
        assert len(str(caught.value)) < 200


def test_right_options_are_taken():
    require_options({"draws": np.int64(4), "tune": None, "chains": 1, "seed": 0, "cores": None, "target_accept": 0.99})
    require_options({"draws": 4, "tune": 1, "chains": 1, "seed": None, "cores": 1})
    most = 2**16 - 1
    require_options({"draws": 2**31 - 1, "tune": 2**31 - 1, "chains": most, "seed": 2**64 - 1, "cores": most})


def test_the_options_are_those_of_sample():
    assert {*OPTIONS} == {*inspect.signature(rt.Sampler.sample).parameters} - {"self", "data"}


MISSPELT = {"random_seed": "seed", "draw": "draws", "tunes": "tune", "target_acept": "target_accept"}


@pytest.mark.parametrize(("wrong", "right"), MISSPELT.items())
def test_a_misspelt_option_gets_the_right_one(sampler, wrong, right):
    with pytest.raises(TypeError, match=rf"Did you mean the option '{right}'\?"):
        sampler.sample(**{wrong: 1})
    with pytest.raises(TypeError, match=rf"Did you mean the option '{right}'\?"):
        rt.sample(mean_of(np.zeros(3)), **{wrong: 1})


@pytest.mark.parametrize("wrong", [mean_of, pd.DataFrame(), None, "model", [], 3])
def test_what_is_no_model_is_refused(wrong):
    for function in (rt.Sampler, rt.sample):
        with pytest.raises(TypeError, match=r"A pm\.Model is needed here, but .*\.$"):
            function(wrong)


@pytest.mark.parametrize("wrong", [[("sd", [1.0])], pd.DataFrame({"sd": [1.0]}), {}, None, "sd", 3])
def test_what_is_no_grid_is_refused(sampler, wrong):
    with pytest.raises(TypeError, match="sweep needs a dict of values by the name of a"):
        sampler.sweep(wrong)


@pytest.mark.parametrize("wrong", [["one", "two"], [None], [[1.0], [2.0, 3.0]], "1"])
def test_values_of_a_grid_that_are_no_numbers_are_refused(sampler, wrong):
    with pytest.raises((TypeError, ValueError), match=r"sweep needs (numbers|a list of at least one value) for 'sd'"):
        sampler.sweep({"sd": wrong})


def fit_of(**draws):
    return az.from_dict({"posterior": draws})


@pytest.mark.parametrize("what", ["dataset", "node", "array", "frame", "text", "none"])
def test_what_is_no_fit_is_refused(what):
    dt = fit_of(mu=np.random.default_rng(1).normal(size=(4, 100)))
    wrong = {"dataset": dt["posterior"].to_dataset(), "node": dt["posterior"], "array": dt["posterior"]["mu"]}
    wrong |= {"frame": pd.DataFrame(), "text": "fit", "none": None}
    with pytest.raises(TypeError, match=r"needs a fit, a DataTree with the group posterior, but .* came\."):
        rt.convergence(wrong[what])


def test_draws_that_are_nan_are_counted_and_warned_of():
    rng = np.random.default_rng(1)
    some = rng.normal(size=(4, 1000, 2))
    some[..., 1][some[..., 1] < 0.1] = np.nan
    worst = rt.convergence(fit_of(mu=rng.normal(size=(4, 1000)), log_mu=some))
    expected = int(np.isnan(some).sum())
    assert worst["missing draws"] == ("log_mu[log_mu_dim_0=1]", expected)
    with pytest.warns(rt.ConvergenceWarning, match=rf"log_mu\[log_mu_dim_0=1\] is NaN in {expected} draws: "):
        warn_unless_converged(worst)
    assert "missing draws" not in rt.convergence(fit_of(mu=rng.normal(size=(4, 1000))))


def test_a_fit_with_an_undefined_deterministic_warns():
    with pm.Model() as model:
        mu = pm.Normal("mu", 0, 1)
        pm.Deterministic("log_mu", pm.math.log(mu))
        pm.Normal("y", mu, 1, observed=[0.1, -0.1])
    with pytest.warns(rt.ConvergenceWarning, match=r"log_mu is NaN in \d+ draws") as said:
        rt.sample(model, seed=1)
    assert len(said) == 1


def test_of_several_fits_divergences_are_added_and_the_rest_is_the_worst():
    good = {"R-hat": ("a", 1.0), "bulk ESS": ("a", 900.0), "tail ESS": ("a", 800.0), "divergences": (None, 3)}
    bad = {"R-hat": ("b", 1.5), "bulk ESS": ("b", 50.0), "tail ESS": ("b", np.nan), "divergences": (None, 4)}
    worst = worst_of({"one": good, "two": bad | {"missing draws": ("c", 9)}})
    assert worst["divergences"] == (None, 7)
    assert worst["R-hat"] == ("b at two", 1.5)
    assert worst["bulk ESS"] == ("b at two", 50.0)
    assert worst["tail ESS"] == ("a at one", 800.0)
    assert worst["missing draws"] == ("c at two", 9)


def test_rhat_of_a_balanced_two_valued_series_is_a_number():
    rng = np.random.default_rng(2)
    mixed = rng.permuted(np.tile([0.0, 1.0], (4, 500)), axis=1)
    apart = np.repeat([[0.0, 1.0]], 1000, axis=0).T.repeat(2, axis=0)
    apart[:, 0] = 1 - apart[:, 0]  # not constant within any chain
    balanced = np.stack([mixed, apart], axis=2)
    rhat = mixing(balanced).rhat
    assert (balanced.mean((0, 1)) == 0.5).all()
    assert 0.99 < rhat[0] < 1.01
    assert rhat[1] > 2


def test_a_model_of_potentials_has_no_log_likelihood_and_is_told():
    with pm.Model() as model:
        pm.Potential("height", pm.logp(pm.Normal.dist(pm.Normal("mu"), pm.Data("sd", 1.0)), np.zeros(4)))
    made = rt.Sampler(model)
    for option in ("log_likelihood", "posterior_predictive"):
        with pytest.raises(ValueError, match=f"{option}=True needs an observed variable, but"):
            made.sample(**{option: True})
        with pytest.raises(ValueError, match=f"{option}=True needs an observed variable, but"):
            made.sweep({"sd": [1, 2]}, **{option: True})
    assert {"posterior", "log_prior"} <= made.sample(seed=1, log_prior=True).children.keys()


def test_an_interrupt_cancels_the_fit_that_runs(sampler, monkeypatch):
    running, cancelled = sampler.begin({}, seed=1, progress_bar=False), []

    def interrupted():
        raise KeyboardInterrupt

    cancel = running.background.cancel
    monkeypatch.setattr(running.background, "wait", interrupted)
    monkeypatch.setattr(running.background, "cancel", lambda: (cancelled.append(True), cancel()))
    with pytest.raises(KeyboardInterrupt):
        sampler.finish(running)
    assert cancelled == [True]


SWEEP = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # the tests may run in the background, where it is ignored
import numpy as np, pymc as pm
import rethinking as rt
if "interactive" in sys.argv:
    sys.ps1 = ">>> "
with pm.Model() as model:
    sd = pm.Data("sd", 1.0)
    pm.Normal("height", pm.Normal("mu", 0, 10), sd, observed=np.arange(50.0))
finish = rt.Sampler.finish

def told(*args, **kwargs):
    dt = finish(*args, **kwargs)
    print("fit", flush=True)
    return dt

rt.Sampler.finish = told
sampler = rt.Sampler(model)
dt = sampler.sweep({"sd": np.linspace(1, 9, 2000)}, seed=1)
print("went on", int(dt["posterior"]["mu"].notnull().all(("chain", "draw")).sum()), flush=True)
"""


@pytest.mark.parametrize("kind", ["script", "interactive"])
def test_ctrl_c_in_a_sweep_of_2000_ends_a_script_and_keeps_the_finished_at_a_prompt(kind):
    command, pipe = [sys.executable, "-c", SWEEP, kind], subprocess.PIPE
    environment = os.environ | {"RETHINKING_PROGRESS": "0"}
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env=environment) as process:
        assert [process.stdout.readline() for _ in range(5)] == ["fit\n"] * 5
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=300)
    if kind == "script":
        assert process.returncode != 0
        assert "went on" not in out
        assert err.splitlines()[-1].startswith("KeyboardInterrupt")
    else:
        assert process.returncode == 0, err
        assert 0 < int(out.split()[-1]) < 2000
        (said,) = [line for line in err.splitlines() if "SweepWarning" in line]
        assert len(said) < 400
        assert " more." in said
