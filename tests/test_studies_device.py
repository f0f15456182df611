"""Studies on a device, here on the CPU: exact answers, the same numbers however they came about, nothing lost."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pymc as pm
import pytensor.tensor as pt
import pytest
import xarray as xr
from compiled_functions import ALONE, watched
from normal_worlds import N, exact, normal_mean, simulate
from pytensor import wrap_py
from scipy import stats

import rethinking as rt
from rethinking.sampling.mixing import mixing

SCRIPT = Path(__file__).with_name("device_worlds.py")
QUIET = os.environ | {"RETHINKING_PROGRESS": "0"}
SHORT = {"seed": 3, "engine": "jax", "chunk": 16, "draws": 100, "tune": 100, "chains": 2}
RIGHT = {"right": rt.estimator(normal_mean, lambda data: {"heights": data["y"]})}


def world(seed, k):
    return simulate(np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(k, 0))))


@pytest.fixture(scope="module")
def whole():
    """Return the study that nobody interrupted: two and a half chunks."""
    return rt.study(simulate, RIGHT, replicates=40, **SHORT)


def test_every_replicate_has_its_exact_posterior_at_the_default_rule():
    found = rt.study(simulate, RIGHT, replicates=48, seed=1, engine="jax", chunk=48, chains=4)
    one = found.sel(estimator="right", estimand="mu")
    mean, sd = np.array([exact(world(1, k)[0]) for k in range(48)]).T
    z = (one["mean"] - mean) / (sd / np.sqrt(one["ess_bulk"]))
    assert abs(z).max() < 5
    assert abs(float(z.mean())) < 5 / 48**0.5
    assert 0.7 < float(z.std()) < 1.35
    np.testing.assert_allclose(one["sd"], sd, rtol=5 / (2 * 400) ** 0.5)
    np.testing.assert_array_equal(one["truth"], [world(1, k)[1]["mu"] for k in range(48)])
    np.testing.assert_allclose(one["upper"] - one["lower"], 2 * 1.598 * sd, rtol=0.3)
    good = one.where(~one["bad"], drop=True)
    assert good["ess_bulk"].min() >= 400
    assert good["rhat"].max() <= 1.01
    assert one["draws"].min() == 2400
    assert one["bad"].mean() < 0.05


def test_while_a_model_is_written_in_jax_no_other_thread_compiles(monkeypatch):
    from rethinking.studies.device.lowered import lowered

    found, model = watched(monkeypatch), normal_mean(simulate(np.random.default_rng(1))[0])
    lowered(model, ["mu"])
    assert found
    assert set(found) == {ALONE}


@pytest.mark.parametrize(
    ("chains", "draws", "precision"), [(4, 600, "single"), (3, 77, "single"), (1, 100, "double"), (2, 301, "double")]
)
def test_diagnostics_are_those_of_the_other_engine(chains, draws, precision):
    import jax

    from rethinking.studies.device.lowered import precise
    from rethinking.studies.device.mixed import summaries

    rng = np.random.default_rng(chains)
    series = 0.05 * rng.normal(size=(7, chains, draws)).cumsum(axis=2) + rng.normal(size=(7, chains, draws))
    series[1] = series[1].round(1)  # ties
    series[2] = series[2] > 0.3
    series[3] += np.arange(chains)[:, None]  # chains that disagree
    series[4, :, 1::2] = series[4, :, : draws // 2 * 2 : 2][:, : len(range(1, draws, 2))]  # moves refused
    series[5] = 1
    series[6, 0, 3] = np.nan
    series = series.astype("float32")
    with precise(precision):
        found = np.asarray(jax.jit(summaries, static_argnums=1)(series, 0.89))
    expected = mixing(series.transpose(1, 2, 0))
    close = {"rtol": 1e-4, "atol": 0}
    np.testing.assert_allclose(found[4], expected.ess_bulk, **close)
    np.testing.assert_allclose(found[5], expected.ess_tail, **close)
    np.testing.assert_allclose(found[6], expected.rhat, **close)
    pooled = series[:6].reshape(6, -1).astype(float)
    np.testing.assert_allclose(found[0, :6], pooled.mean(1), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found[1, :6], pooled.std(1, ddof=1), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found[2:4, :6], np.quantile(pooled, [0.055, 0.945], axis=1), rtol=1e-4, atol=1e-5)


def test_killed_and_resumed(whole, tmp_path):
    store = tmp_path / "study.zarr"
    process = subprocess.run(
        [sys.executable, SCRIPT, store], env=os.environ | {"RETHINKING_PROGRESS": "0"}, check=False
    )
    assert process.returncode == -signal.SIGKILL
    failed = xr.open_zarr(store, chunks=None, consolidated=False)["result"].sel(statistic="failed")
    kept = int(failed.notnull().all(("estimator", "estimand")).sum())
    assert 16 <= kept < 40
    from device_worlds import RIGHT as THEIRS

    asked = []

    def noted(self, replicates):
        asked.extend(replicates)
        yield from original(self, replicates)

    import rethinking.studies.device.engine as engine

    original = engine.Device.run
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine.Device, "run", noted)
        resumed = rt.study(simulate, THEIRS, replicates=40, store=store, **SHORT)
    assert len(asked) == 40 - kept
    # In other batches than before: a replicate depends on its number and on nothing of its batch.
    assert asked[:16] != list(range(0, 16))
    assert len(np.unique(whole["mean"])) == 40
    xr.testing.assert_identical(resumed, whole)
    with pytest.raises(ValueError, match=r"differs in engine \('jax' there, none here\)"):
        rt.study(simulate, THEIRS, replicates=40, seed=3, draws=100, tune=100, chains=2, store=store)


def grouped(data):
    """Return a model of two groups, for positive outcomes."""
    with pm.Model(coords={"group": range(2)}) as model:
        group = pm.Data("group_of", data["group"])
        mu, effect = pm.Normal("mu", 0, 1), pm.Normal("effect", 0, 1, dims="group")
        rate = pm.math.exp(mu + effect[group])
        pm.Exponential("height", rate, observed=pm.Data("heights", data["y"]))
    return model


def troubled(rng):
    """Return a world of which every fourth has its own trouble."""
    k = rng.bit_generator.seed_seq.spawn_key[0]
    data, truth = simulate(rng)
    n = N + 1 if k == 5 else N
    found = {"y": np.resize(np.exp(data["y"]), n), "group": np.arange(n) % 2}
    if k == 6:
        found["y"][0] = -1.0
    if k == 9:
        found["group"][1] = 2
    if k == 10:
        found["group"][1] = -1
    if k == 13:
        msg = "the world ended"
        raise RuntimeError(msg)
    return found, truth


def test_a_world_in_trouble_fails_alone_and_says_why(monkeypatch):
    inputs = {"heights": "y", "group_of": "group"}
    estimators = {"grouped": rt.estimator(grouped, lambda data: {name: data[of] for name, of in inputs.items()})}
    monkeypatch.setattr("rethinking.studies.design.LOOKED_AT", 1)
    with pytest.warns(rt.StudyWarning) as said:
        found = rt.study(troubled, estimators, replicates=20, **SHORT)
    failure = found["failure"].sel(estimator="grouped")
    assert list(np.flatnonzero(failure != "")) == [5, 6, 9, 10, 13]
    assert "has shape (6,), and (5,) in the first replicate" in failure[5].item()
    assert failure[6] == "ValueError: the log-density is -inf where sampling starts"
    assert failure[9] == failure[10] == "IndexError: 'group_of' has codes outside of what it indexes"
    assert failure[13] == "simulate: RuntimeError: the world ended"
    assert found["mean"].isnull().squeeze().to_numpy().nonzero()[0].tolist() == [5, 6, 9, 10, 13]
    assert len(said) == 1


def failing(monkeypatch, message, most):
    """Let the device fail with more worlds at once than some, and return the sizes that were asked of it."""
    import jax

    import rethinking.studies.device.engine as engine

    original, sizes = engine.described, []

    def limited(draws, prob):
        sizes.append(len(draws))
        if len(draws) > most:
            raise jax.errors.JaxRuntimeError(message)
        return original(draws, prob)

    monkeypatch.setattr(engine, "described", limited)
    return sizes, jax.errors.JaxRuntimeError


def test_where_memory_does_not_suffice_the_chunk_is_halved_and_the_study_goes_on(monkeypatch, whole):
    sizes, _ = failing(monkeypatch, "RESOURCE_EXHAUSTED: Out of memory while trying to allocate", most=9)
    found = rt.study(simulate, RIGHT, replicates=40, **SHORT)
    assert sizes == [16, *[8] * 5]
    assert (found["failure"] == "").all()
    # Another chunk may round otherwise, and both are draws from one posterior then.
    noise = np.hypot(*(one["sd"] / one["ess_bulk"] ** 0.5 for one in (found, whole)))
    assert (abs(found["mean"] - whole["mean"]) < 5 * noise).all()


def test_another_error_of_the_device_is_not_taken_for_a_lack_of_memory(monkeypatch):
    import jax
    import jax.numpy as jnp

    import rethinking.studies.device.engine as engine
    from rethinking.studies.device.program import Outcome

    sizes, error = failing(monkeypatch, "INTERNAL: broken", most=0)
    # Nothing that takes long need be compiled for this.
    nothing = jax.jit(lambda seeds, _: Outcome(jnp.zeros((len(seeds), 2, 9, 1)), 0, 0.0, True))
    monkeypatch.setattr(engine, "program", lambda *_: nothing)
    with pytest.raises(error, match="INTERNAL"):
        rt.study(simulate, RIGHT, replicates=40, **SHORT)
    assert sizes == [16]


def test_double_precision_on_request(whole):
    double = rt.study(simulate, RIGHT, replicates=7, precision="double", **SHORT)
    apart = (double["mean"] - whole["mean"].isel(replicate=slice(7))).to_numpy()
    assert (apart != 0).all()
    assert (double["mean"] != double["mean"].astype("float32")).any()
    assert (whole["mean"] == whole["mean"].astype("float32")).all()


@wrap_py(itypes=[pt.dscalar], otypes=[pt.dscalar])
def twice(x):
    return np.asarray(2 * x)


def python_only(data):
    with pm.Model() as model:
        mu = pm.Normal("mu", 0, 1)
        pm.Normal("height", twice(mu), 1, observed=pm.Data("heights", data["y"]))
    return model


@pytest.mark.parametrize(
    ("changes", "error", "says"),
    [
        (
            {"engine": "jaxx"},
            ValueError,
            r"engine must be one of 'nutpie', 'jax', but is 'jaxx'\. Did you mean 'jax'\?",
        ),
        ({"precision": "half"}, ValueError, "precision must be one of 'single', 'double'"),
        ({"chunk": 0}, ValueError, "chunk must be a whole number >= 1, but is 0"),
        ({"adaptation": "low_rank"}, ValueError, "adaptation='low_rank' belongs to the default engine"),
        ({"cores": 2}, ValueError, "cores= belongs to the default engine"),
        ({"engine": "nutpie", "chunk": 3}, ValueError, "chunk= belongs to engine='jax'"),
        ({"engine": "nutpie", "precision": "single"}, ValueError, "precision= belongs to engine='jax'"),
        ({"estimators": {"a": python_only}}, ValueError, r"'a' cannot run with engine='jax' \(.*\): use the default"),
    ],
)
def test_what_a_device_cannot_do_is_refused_in_one_sentence(changes, error, says):
    arguments = {"simulate": simulate, "estimators": RIGHT, "replicates": 4, "seed": 1, "engine": "jax"} | changes
    with pytest.raises(error, match=says) as caught:
        rt.study(**arguments)
    message = str(caught.value)
    assert "\n" not in message
    assert message.endswith((".", "?"))
    assert len(message) < 300


def test_without_the_extra_it_says_what_to_install_and_nothing_else_imports_it(monkeypatch):
    monkeypatch.setattr("rethinking._arguments.find_spec", lambda _: None)
    with pytest.raises(ImportError, match=r"engine='jax' needs jax.*pip install 'rethinking\[jax\]'\.$"):
        rt.study(simulate, RIGHT, replicates=2, seed=1, engine="jax")
    code = (
        "import sys; import rethinking as rt\n"
        "names = [getattr(rt, name) for name in rt.__all__]; import rethinking.studies.fits\n"
        "sys.exit(', '.join({'jaxlib', 'numpyro.infer'} & {*sys.modules}) or 0)"  # ArviZ has stubs of both
    )
    where = [sys.executable, "-c", code, str(SCRIPT.parent)]
    done = subprocess.run(
        where, capture_output=True, text=True, env=os.environ | {"RETHINKING_PROGRESS": "0"}, check=False
    )
    assert done.returncode == 0, done.stderr[-500:]


def test_calibration_ranks_each_truth_as_the_other_engine_does_and_uniformly():
    with pm.Model() as model:
        spread = pm.Normal("effect", 0, 1, shape=2)
        pm.Normal("height", pm.Normal("mu") + spread[0], 1, observed=pm.Data("heights", np.zeros(N)))
    short = {"seed": 1, "draws": 200, "tune": 150, "chains": 2}
    ranks = rt.calibrate(model, simulations=200, engine="jax", **short)["prior_sbc"]
    assert ranks["effect"].shape == (1, 200, 2)
    p = (ranks["effect"].to_numpy()[0, :, 0] + np.random.default_rng(1).uniform(size=200)) / 101
    assert stats.kstest(p, "uniform").pvalue > 0.001
    others = rt.calibrate(model, simulations=20, **short)["prior_sbc"]["mu"].to_numpy().ravel()
    again = rt.calibrate(model, simulations=20, engine="jax", **short)["prior_sbc"]["mu"].to_numpy().ravel()
    # Each is a share of 100 draws, of which 50 or more are independent: its error is 7 at most.
    assert abs(others - again).max() < 5 * 7 * 2**0.5
    assert np.corrcoef(others, again)[0, 1] > 0.9


def test_each_simulation_has_the_ranks_of_its_own_truth(monkeypatch):
    import rethinking.studies.calibration as calibration
    import rethinking.studies.device.posteriors as device

    with pm.Model() as model:
        effect = pm.Normal("effect", 0, 1, shape=2)
        p = pm.Deterministic("p", pm.Normal("mu") + effect[0])
        pm.Normal("height", p, 1, observed=pm.Data("heights", np.zeros(1)))
    grid = np.linspace(-2, 2, 50)
    draws = {"mu": grid, "effect": np.stack([grid, -grid], axis=1), "p": grid}

    class Fixed:
        """Fits that are the same for all data, in the form of the other engine."""

        def __init__(self, model):
            self.found = xr.Dataset(
                {name: (("chain", "draw", "two")[: 1 + v.ndim], v[None]) for name, v in draws.items()}
            )

        def begin(self, data, **_):
            return data

        def finish(self, data):
            return xr.DataTree.from_dict({"posterior": self.found})

    monkeypatch.setattr(calibration, "Sampler", Fixed)
    monkeypatch.setattr(device, "posteriors", lambda model, worlds, *_: iter([draws] * len(worlds)))
    short = {"simulations": 60, "seed": 1, "kept": 50}
    expected = rt.calibrate(model, **short)["prior_sbc"].to_dataset()
    found = rt.calibrate(model, engine="jax", **short)["prior_sbc"].to_dataset()
    assert {*found} == {"mu", "effect"}
    assert len(np.unique(found["mu"])) > 20
    xr.testing.assert_equal(found, expected)


@pytest.mark.parametrize("most", [13, 12, 5, 1])
def test_calibration_goes_on_with_fewer_data_sets_at_once_where_memory_does_not_suffice(monkeypatch, most):
    import jax

    import rethinking.studies.device.posteriors as device
    from rethinking.studies.device.program import Outcome

    sizes = []

    def program(*_):
        """Return what needs no compilation, and says which data and which seed it was given."""

        def run(seeds, inputs):
            sizes.append(len(seeds))
            if len(seeds) > most:
                msg = "RESOURCE_EXHAUSTED: Out of memory while trying to allocate"
                raise jax.errors.JaxRuntimeError(msg)
            said = seeds[:, None] + 1000 * inputs[0][:, :1]
            return Outcome(np.broadcast_to(said[:, None, None], (len(seeds), 2, 9, 1)), 0, 0 * said[:, 0], said > 0)

        return run

    monkeypatch.setattr(device, "program", program)
    worlds = [{"heights": np.full(N, k)} for k in range(1, 14)]
    found = device.posteriors(normal_mean({"y": np.zeros(N)}), worlds, range(50, 63), 4, {})
    expected = [np.full(4, 1000 * k + 49 + k) for k in range(1, 14)]
    np.testing.assert_array_equal([one["mu"] for one in found], expected)
    refused = [size for size in (13, 6, 3) if size > most]
    assert sizes[: len(refused)] == refused
    assert max(sizes[len(refused) :]) <= most
    assert len(set(sizes[len(refused) :])) == 1


def test_calibration_takes_no_other_error_of_the_device_for_a_lack_of_memory(monkeypatch):
    import jax

    import rethinking.studies.device.posteriors as device

    def broken(*_):
        msg = "INTERNAL: broken"
        raise jax.errors.JaxRuntimeError(msg)

    monkeypatch.setattr(device, "program", lambda *_: broken)
    with pytest.raises(jax.errors.JaxRuntimeError, match="INTERNAL"):
        next(device.posteriors(normal_mean({"y": np.zeros(N)}), [{"heights": np.zeros(N)}] * 3, range(3), 4, {}))


def test_the_gradient_is_pymcs_and_finite_where_odds_are_too_large_for_single_precision():
    """JAX's own gradient of a softplus is NaN there, and a trajectory that passes would count as divergent."""
    import jax

    from rethinking.studies.device.lowered import lowered, precise

    with pm.Model() as model:
        sigma, slope = pm.Exponential("sigma", 1), pm.Normal("slope", 0, 10, shape=2)
        sold = pm.Data("sold", np.array([1, 0, 1]))
        pm.Bernoulli("sale", logit_p=pt.stack([slope[0], slope[1], sigma]), observed=sold)
    expected = model.compile_dlogp(mode="FAST_COMPILE")
    for x in ([0.3, -1.0, 2.0], [0.3, -120.0, 95.0], [4.7, 300.0, -300.0]):
        point = {"sigma_log__": np.array(x[0]), "slope": np.array(x[1:])}
        with precise("single"):
            functions = lowered(model, ["sigma"])
            found = jax.grad(functions.log_density)(np.array(x, dtype="float32"), list(functions.values))
        np.testing.assert_allclose(found, expected(point), rtol=1e-4, atol=1e-4)


def narrow(data):
    """Return a model with a ridge that is two hundred times as long as wide: the device's short paths do not do."""
    with pm.Model() as model:
        mu = pm.Normal("mu", 0, 1)
        offset = pm.Normal("offset", 0, 1)
        pm.Normal("height", mu + offset, 0.01 * N**0.5, observed=pm.Data("heights", data["y"]))
    return model


BOTH = RIGHT | {"narrow": rt.estimator(narrow, lambda data: {"heights": data["y"]})}


def test_worlds_that_the_device_cannot_sample_get_the_fits_of_the_default_engine_and_are_marked(monkeypatch, tmp_path):
    arguments = {"simulate": simulate, "estimators": BOTH, "replicates": 2, "seed": 2, "store": tmp_path / "study.zarr"}
    found = rt.study(engine="jax", chunk=2, chains=4, **arguments)
    assert found["refitted"].dtype == bool
    np.testing.assert_array_equal(found["refitted"].sel(estimator="narrow"), True)
    default = rt.study(simulate, {"narrow": BOTH["narrow"]}, replicates=2, seed=2, chains=4)
    assert "refitted" not in default
    xr.testing.assert_identical(found.sel(estimator=["narrow"]).drop_vars("refitted"), default)
    assert not found["refitted"].sel(estimator="right").any()
    assert found[["ess_bulk", "ess_tail"]].to_array().min() >= 400
    of = {"right": [exact(world(2, k)[0])[0] for k in range(2)]}
    of["narrow"] = [world(2, k)[0]["y"].mean() / (2 + 1e-4) for k in range(2)]
    for name, mean in of.items():
        one = found.sel(estimator=name, estimand="mu")
        assert (abs(one["mean"] - mean) < 5 * one["sd"] / one["ess_bulk"] ** 0.5).all()
    shares = rt.study_summary(found)["refitted"].xs("mu", level="estimand")
    assert dict(shares) == {"right": 0, "narrow": 1}
    monkeypatch.setattr("rethinking.studies.run._on_device", lambda *_: (one for one in ()))  # all is in the store
    xr.testing.assert_identical(rt.study(engine="jax", chunk=2, chains=4, **arguments), found)


def test_a_world_that_neither_engine_can_fit_says_why_and_keeps_its_other_fits(monkeypatch):
    import rethinking.studies.device.engine as engine

    class Broken(engine.Fitter):
        def _fit(self, name, k, *_):
            msg = f"no fit of {name} in {k}"
            raise RuntimeError(msg)

    monkeypatch.setattr(engine, "Fitter", Broken)
    monkeypatch.setattr(engine, "chains_wanted", lambda found, chains: 99 if found[0] > 0 else chains)
    with pytest.warns(rt.StudyWarning, match="no fit of right in"):
        found = rt.study(simulate, RIGHT, replicates=6, seed=3, engine="jax", chunk=6, chains=4)
    one = found.sel(estimator="right", estimand="mu")
    poor = [exact(world(3, k)[0])[0] > 0 for k in range(6)]
    assert {*poor} == {True, False}
    np.testing.assert_array_equal(one["refitted"], poor)
    np.testing.assert_array_equal(one["mean"].isnull(), poor)
    assert [f"RuntimeError: no fit of right in {k}" if poor[k] else "" for k in range(6)] == list(one["failure"].values)
    np.testing.assert_array_equal(one["truth"], [world(3, k)[1]["mu"] for k in range(6)])


@pytest.mark.parametrize(
    ("ess", "rhat", "chains", "wanted"),
    [
        ([400, 400], [1.01, 1.0], 2, 2),
        ([399, 500], [1.0, 1.0], 2, 4),  # never one chain alone
        ([100, 500], [1.0, 1.0], 2, 9),
        ([50, 500], [1.0, 1.0], 2, 18),
        ([500, 500], [1.0, 1.02], 2, 4),
        ([np.nan, 500], [np.nan, 1.0], 2, 2),  # a constant
        ([np.nan, 100], [np.nan, 1.0], 2, 9),  # beside another that lacks draws
        ([np.nan, 500], [np.nan, 1.02], 4, 8),
    ],
)
def test_how_many_chains_are_likely_to_be_enough(ess, rhat, chains, wanted):
    from rethinking.studies.fits import chains_wanted

    for bulk, tail in [(ess, [1000, 1000]), ([1000, 1000], ess)]:
        assert chains_wanted(np.array([[0, 0], bulk, tail, rhat]), chains) == wanted


def test_each_world_and_each_further_pair_of_chains_has_its_own_random_numbers(monkeypatch):
    from rethinking.studies.design import Design

    asked, original = [], Design.sampling_seed

    def noted(self, k, part):
        asked.append((k, part))
        return original(self, k, part)

    monkeypatch.setattr(Design, "sampling_seed", noted)
    options = {"seed": 3, "engine": "jax", "chunk": 8, "tune": 100}
    found = rt.study(lambda rng: ({"y": np.zeros(N)}, {"mu": 0.0}), RIGHT, replicates=8, **options)
    assert len(np.unique(found["mean"])) == 8
    parts = (found["draws"].squeeze() / 1200).astype(int).to_numpy()
    assert parts.max() > 1
    assert {(k, part) for k in range(8) for part in range(parts[k])} == set(asked)
