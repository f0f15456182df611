"""Simulation studies: exact answers recovered, the same numbers on any number of cores, and nothing lost silently."""

import gc
import inspect
from contextlib import suppress
from threading import Event, Thread

import numpy as np
import pymc as pm
import pytensor
import pytest
import xarray as xr
from matplotlib.figure import Figure
from normal_worlds import NOISE, N, exact, normal_mean, simulate
from scipy import stats

import rethinking as rt
from rethinking._compiling import untraced
from rethinking.studies.fits import Fitter, Replicate
from rethinking.studies.limits import TooSlow, limited
from rethinking.studies.sameness.skeleton import require_same, skeleton


def overconfident(data):
    """Believe that heights are measured four times as exactly as they are."""
    return normal_mean(data, noise=NOISE / 4)


ESTIMATORS = {"right": normal_mean, "overconfident": overconfident}


@pytest.fixture(scope="module")
def found():
    return rt.study(simulate, ESTIMATORS, replicates=400, seed=1)


def worlds(seed, replicates):
    """Return the worlds of a study as its documentation promises them: from the seed and the number alone."""
    rngs = [np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(k, 0))) for k in range(replicates)]
    return [simulate(rng) for rng in rngs]


def test_every_replicate_has_its_exact_posterior(found):
    simulated = worlds(1, 400)
    np.testing.assert_array_equal(found["truth"].sel(estimand="mu"), [truth["mu"] for _, truth in simulated])
    for name, noise in [("right", NOISE), ("overconfident", NOISE / 4)]:
        one = found.sel(estimator=name, estimand="mu")
        mean, sd = np.array([exact(data, noise) for data, _ in simulated]).T
        z = (one["mean"] - mean) / (sd / np.sqrt(one["ess_bulk"]))
        assert abs(z).max() < 5
        assert abs(float(z.mean())) < 5 / 400**0.5
        assert 0.7 < float(z.std()) < 1.3
        np.testing.assert_allclose(one["sd"], sd, rtol=5 / (2 * 400) ** 0.5)
        np.testing.assert_allclose(one["lower"], stats.norm.ppf(0.055, mean, sd), atol=0.6 * sd[0])
        assert abs(float((one["upper"] - stats.norm.ppf(0.945, mean, sd)).mean())) < 0.02 * sd[0]


def test_the_right_model_covers_as_often_as_it_says_and_the_overconfident_one_does_not(found):
    table = rt.study_summary(found).xs("mu")
    assert abs(table["coverage"]["right"] - 0.89) < 3 * (0.89 * 0.11 / 400) ** 0.5
    # By hand: error of the posterior mean given mu ~ N(0, 1), against the interval that it thinks right.
    precision = 1 + N * 16
    weight = N * 16 / precision
    error_sd = ((1 - weight) ** 2 + weight**2 / N) ** 0.5
    expected = 2 * stats.norm.cdf(stats.norm.ppf(0.945) * precision**-0.5 / error_sd) - 1
    assert expected < 0.5
    assert abs(table["coverage"]["overconfident"] - expected) < 3 * (expected * (1 - expected) / 400) ** 0.5


def test_the_summary_is_what_its_columns_say(found):
    one = found.sel(estimator="overconfident", estimand="mu")
    row = rt.study_summary(found).loc["mu", "overconfident"]
    error = (one["mean"] - one["truth"]).to_numpy()
    inside = ((one["lower"] <= one["truth"]) & (one["truth"] <= one["upper"])).to_numpy()
    expected = {
        "replicates": 400,
        "bias": error.mean(),
        "bias_se": stats.sem(error),
        "rmse": np.sqrt(np.mean(error**2)),
        "coverage": inside.mean(),
        "coverage_se": stats.beta(inside.sum() + 0.5, (~inside).sum() + 0.5).std(),
        "width": np.mean(one["upper"] - one["lower"]),
        "bad": one["bad"].mean(),
        "failed": 0,
    }
    for name, value in expected.items():
        assert row[name] == pytest.approx(float(value)), name
    rng = np.random.default_rng(1)
    resampled = [np.sqrt(np.mean(rng.choice(error, 400) ** 2)) for _ in range(2000)]
    assert row["rmse_se"] == pytest.approx(np.std(resampled), rel=0.15)


def test_a_coverage_of_all_or_none_is_not_known_for_certain(found):
    """After 400 hits of 400 a coverage of .99 would be a surprise and .999 would not."""
    one = found.sel(estimator=["right"])
    for lower, coverage in [(-np.inf, 1), (np.inf, 0)]:
        sure = one.assign(lower=0 * one["lower"] + lower, upper=0 * one["upper"] + np.inf)
        row = rt.study_summary(sure).iloc[0]
        assert row["coverage"] == coverage
        assert 0.0005 < row["coverage_se"] < 0.004
        bars = rt.plot_performance(sure, "mu", "coverage", ax=Figure().add_subplot()).estimators[0]
        ends = bars.lines[2][0].get_segments()[0][:, 0]
        assert 0 <= ends.min() < ends.max() <= 1


def test_the_same_numbers_from_one_core_and_from_two_and_for_fewer_replicates(found):
    right = found.sel(estimator=["right"])
    for cores in (1, 2):
        again = rt.study(simulate, {"right": normal_mean}, replicates=25, seed=1, cores=cores)
        xr.testing.assert_identical(again, right.isel(replicate=slice(25)))
    other = rt.study(simulate, {"right": normal_mean}, replicates=3, seed=2)
    assert not np.isin(other["mean"], found["mean"]).any()


def test_fits_get_as_many_chains_as_their_estimands_need(found):
    draws = found["draws"].to_numpy()
    assert set(np.unique(draws) % 1200) <= {0, 600}
    assert draws.max() > draws.min() == 1200
    good = found.where(~found["bad"])
    assert good["ess_bulk"].min() >= 400
    assert good["ess_tail"].min() >= 400
    assert good["rhat"].max() <= 1.01
    assert found["bad"].mean() < 0.02
    fixed = rt.study(simulate, {"right": normal_mean}, replicates=3, seed=1, draws=150, chains=3)
    assert (fixed["draws"] == 450).all()


def poor(data):
    """Return the same model with a funnel beside it, in which transitions diverge."""
    with normal_mean(data) as model:
        v = pm.Normal("v", 0, 3)
        pm.Normal("x", 0, pm.math.exp(v / 2), shape=9)
    return model


def sometimes(rng):
    data, truth = simulate(rng)
    if truth["mu"] > 1.2:
        msg = "the world ended"
        raise RuntimeError(msg)
    return data, truth


def picky(data):
    if data["y"].mean() < 0:
        msg = "only for the tall"
        raise ValueError(msg)
    return normal_mean(data)


def test_failures_are_reported_and_bad_fits_are_kept_and_counted(found):
    with pytest.warns(rt.StudyWarning) as said:
        some = rt.study(sometimes, {"right": normal_mean, "picky": picky, "poor": poor}, replicates=25, seed=1)
    assert len(said) == 1
    assert said[0].filename == __file__
    truth = found["truth"].sel(estimand="mu").isel(replicate=slice(25))
    mean = np.array([data["y"].mean() for data, _ in worlds(1, 25)])
    ended, short = np.flatnonzero(truth > 1.2), np.flatnonzero((truth <= 1.2) & (mean < 0))
    assert len(ended)
    assert len(short)
    assert f"{len(ended)} ({', '.join(map(str, ended[:3]))}" in str(said[0].message)
    assert "by picky: ValueError: only for the tall" in str(said[0].message)
    reasons = some["failure"]
    assert set(np.flatnonzero(reasons.sel(estimator="right") != "")) == set(ended)
    assert (reasons.isel(replicate=ended) == "simulate: RuntimeError: the world ended").all()
    assert (reasons.sel(estimator="picky").isel(replicate=short) == "ValueError: only for the tall").all()
    assert some["mean"].isel(replicate=ended).isnull().all()
    assert some["mean"].sel(estimator="picky").isel(replicate=short).isnull().all()
    kept = some["mean"].sel(estimator="right").dropna("replicate")
    xr.testing.assert_equal(kept, found["mean"].sel(estimator="right", replicate=kept["replicate"]))
    table = rt.study_summary(some).xs("mu")
    assert table["replicates"]["right"] == 25 - len(ended)
    assert table["failed"]["picky"] == pytest.approx((len(ended) + len(short)) / 25)
    assert table["bad"]["poor"] > 0.5
    assert some["mean"].sel(estimator="poor").count() == 25 - len(ended)


def test_an_interrupt_keeps_what_is_finished(found):
    def interrupted(rng, worlds=[]):  # noqa: B006  (counts its calls)
        worlds.append(1)
        if len(worlds) == 12:
            raise KeyboardInterrupt
        return simulate(rng)

    with pytest.warns(rt.StudyWarning, match="not run"):
        some = rt.study(interrupted, {"right": normal_mean}, replicates=20, seed=1, cores=1)
    kept = some["mean"].notnull().squeeze()
    assert 5 < kept.sum() < 12
    xr.testing.assert_equal(
        some["mean"].isel(replicate=kept.to_numpy()),
        found["mean"].sel(estimator=["right"]).isel(replicate=slice(20)).isel(replicate=kept.to_numpy()),
    )


def test_an_interrupt_before_anything_is_finished_says_so():
    def interrupted(rng):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt, match="before any replicate was finished"):
        rt.study(interrupted, {"right": normal_mean}, replicates=20, seed=1)


class Panic(BaseException):
    """What compiled Rust raises: no Exception."""


def panics(data):
    if data["y"].mean() > 0.7:
        msg = "index out of bounds"
        raise Panic(msg)
    return normal_mean(data)


def hangs(rng):
    data, truth = simulate(rng)
    while data["y"].mean() > 0.7:
        pass
    return data, truth


def test_a_panic_or_a_loop_without_end_is_a_failure_of_its_replicate(found):
    ill = np.array([data["y"].mean() > 0.7 for data, _ in worlds(1, 12)])
    assert 0 < ill.sum() < 12
    with pytest.warns(rt.StudyWarning, match="Panic: index out of bounds"):
        some = rt.study(simulate, {"right": normal_mean, "panics": panics}, replicates=12, seed=1)
    np.testing.assert_array_equal(some["mean"].sel(estimator="panics").squeeze().isnull(), ill)
    with pytest.warns(rt.StudyWarning, match="simulate: TooSlow: simulate took more than 2 seconds"):
        late = rt.study(hangs, {"right": normal_mean}, replicates=12, seed=1, seconds=2)
    np.testing.assert_array_equal(late["mean"].squeeze().isnull(), ill)
    kept = late["mean"].isel(replicate=~ill)
    right = found["mean"].sel(estimator=["right"], replicate=kept["replicate"])
    xr.testing.assert_equal(kept, right)


def test_what_takes_too_long_is_stopped_and_not_left_to_run():
    ended = Event()

    def endless():
        try:
            while True:
                pass
        finally:
            ended.set()

    with pytest.raises(TooSlow, match=r"the loop took more than 0\.1 seconds"):
        limited(endless, seconds=0.1, what="the loop")
    assert ended.wait(60)


def test_a_study_whose_replicates_all_take_too_long_says_so_after_three():
    asked = []

    def late(rng):
        asked.append(rng)
        raise TooSlow

    with pytest.raises(ValueError, match="simulate failed for each of the first 3 replicates"):
        rt.study(late, {"right": normal_mean}, replicates=100, seed=1)
    assert len(asked) == 3


@pytest.mark.parametrize(("there", "asked", "expected"), [(6, None, 12), (6, 5, 5), (6, 6, 12), (None, None, 2)])
def test_as_many_fits_as_keep_the_cores_busy_run_at_the_same_time(monkeypatch, there, asked, expected):
    in_flight = []

    def noted(self, replicates, n):
        in_flight.append(n)
        yield from (Replicate.unfitted(self.design, k, "only counted", lost=True) for k in replicates)

    monkeypatch.setattr(Fitter, "run", noted)
    monkeypatch.setattr("os.cpu_count", lambda: there)
    with pytest.raises(ValueError, match="only counted"):
        rt.study(simulate, {"right": normal_mean}, replicates=2, seed=1, cores=asked)
    assert in_flight == [expected]


def test_a_fit_that_takes_too_long_is_given_up():
    with pytest.raises(ValueError, match=r"No fit.*sampling took more than 0\.05 seconds"):
        rt.study(simulate, {"right": normal_mean}, replicates=2, seed=1, draws=2_000_000, chains=1, seconds=0.05)


def test_a_missing_package_is_told_with_the_command_that_installs_it(monkeypatch, tmp_path):
    monkeypatch.setattr("rethinking._arguments.find_spec", lambda _: None)
    arguments = {"simulate": simulate, "estimators": {"right": normal_mean}, "replicates": 2, "seed": 1}
    with pytest.raises(ImportError, match=r"client= needs distributed.*pip install 'rethinking\[cluster\]'\.$"):
        rt.study(**arguments, client=object())
    with pytest.raises(ImportError, match=r"store= needs zarr.*pip install 'rethinking\[cluster\]'\.$"):
        rt.study(**arguments, store=tmp_path / "study.zarr")
    with pytest.raises(ImportError, match=r"calibrate needs simuk.*pip install 'rethinking\[calibration\]'\.$"):
        rt.calibrate(calibration_model(), seed=1)


def test_a_summary_and_a_calibration_want_what_they_can_use(found):
    with pytest.raises(TypeError, match=r"Dataset that study returned, but got a list\."):
        rt.study_summary([1, 2])
    with pytest.raises(ValueError, match=r"this one has no 'truth'\."):
        rt.study_summary(found.drop_vars("truth"))
    with pytest.raises(TypeError, match=r"model must be a pm\.Model, but is a function\."):
        rt.calibrate(calibration_model, seed=1)
    with pytest.raises(ValueError, match="simulations must be a whole number >= 1"):
        rt.calibrate(calibration_model(), simulations=0, seed=1)
    with pytest.raises(TypeError, match="no option 'draw'"):
        rt.calibrate(calibration_model(), seed=1, draw=100)


def constant_data(data):
    with pm.Model() as model:
        pm.Normal("height", pm.Normal("mu", 0, 1), 1, observed=data["y"])
    return model


def constant_prior(data):
    with pm.Model() as model:
        pm.Normal("height", pm.Normal("mu", data["y"].mean(), 1), 1, observed=pm.Data("heights", data["y"]))
    return model


def growing(data):
    with normal_mean(data) as model:
        model.add_coord("group", range(3 + int(data["y"][0] > data["y"][1])))
        pm.Normal("effect", 0, 1, dims="group")
    return model


def array_of_means(data):
    with pm.Model() as model:
        pm.Normal("height", pm.Normal("mu", 0, 1, shape=N), 1, observed=pm.Data("heights", data["y"]))
    return model


@pytest.mark.parametrize(
    ("changes", "error", "says"),
    [
        ({"estimators": {"a": constant_data}}, ValueError, r"'a' built two different models.*wrap.*in pm\.Data"),
        ({"estimators": {"a": constant_prior}}, ValueError, r"'a' built two different models.*wrap.*in pm\.Data"),
        ({"estimators": {"a": growing}}, ValueError, "number of groups fixed"),
        ({"estimators": {"a": array_of_means}}, ValueError, r"'mu' is an array in estimator 'a'.*pm\.Deterministic"),
        ({"estimators": {}}, TypeError, "at least one name"),
        ({"estimators": [normal_mean]}, TypeError, r"at least one name.* but is a list\."),
        ({"simulate": [1, 2]}, TypeError, r"simulate must be a function of an rng.* but is \[1, 2\]\."),
        ({"estimators": {"a": lambda data: data}}, ValueError, r"'a' must return a pm\.Model, but returned a dict\."),
        ({"simulate": lambda rng: 1 / 0}, ValueError, r"simulate failed for every replicate.*ZeroDivisionError"),
        ({"simulate": lambda rng: (simulate(rng)[0], {"mu": "x"})}, ValueError, "must be one finite number"),
        ({"draws": 0}, ValueError, r"draws must be a whole number >= 4, but is 0\."),
        ({"draws": 100.0}, TypeError, r"draws must be a whole number >= 4, but is 100\.0\."),
        ({"draws": True}, TypeError, "draws must be a whole number"),
        ({"tune": 0}, ValueError, r"tune must be a whole number >= 1, but is 0\."),
        ({"chains": 0}, ValueError, r"chains must be a whole number >= 1, but is 0\."),
        ({"cores": 0}, ValueError, "cores must be a whole number >= 1"),
        ({"prob": 2}, ValueError, r"prob must be a number between 0 and 1, such as 0\.89, but is 2\."),
        ({"prob": "0.9"}, TypeError, "prob must be a number between 0 and 1"),
        ({"target_accept": 95}, ValueError, "target_accept must be a number between 0 and 1"),
        ({"adaptation": "full"}, ValueError, "adaptation must be one of 'diag', 'low_rank', but is 'full'"),
        ({"seconds": 0}, ValueError, "seconds must be a number > 0"),
        ({"client": "here"}, TypeError, r"must be a distributed\.Client"),
        ({"store": 3}, TypeError, "store must be the path of a folder"),
        ({"replicates": 2.5}, TypeError, "replicates must be"),
        ({"seed": -1}, ValueError, "seed must be"),
        ({"estimators": {"a": 3}}, TypeError, "a function of the data"),
        ({"estimands": ["nu"]}, ValueError, r"each estimand, \['nu'\], but gives \['mu'\]"),
        ({"simulate": lambda rng: {"y": rng.normal(size=N)}}, ValueError, "mapping of true values"),
        (
            {"simulate": lambda rng: (simulate(rng)[0], {"nu": 1.0})},
            ValueError,
            r"'right' has none of .*'nu'.*: \['mu'",
        ),
        ({"simulate": lambda rng: (simulate(rng)[0], {"mu": [1, 2]})}, ValueError, "must be one finite number"),
        ({"seed": None}, TypeError, "seed must be a whole number"),
        ({"replicates": 0}, ValueError, "replicates must be"),
    ],
)
def test_what_cannot_work_is_refused_in_one_sentence_before_anything_is_compiled(monkeypatch, changes, error, says):
    monkeypatch.setattr("rethinking.studies.fits.CompiledModel", lambda *_, **__: pytest.fail("compiled"))
    arguments = {"simulate": simulate, "estimators": {"right": normal_mean}, "replicates": 9, "seed": 1} | changes
    with pytest.raises(error, match=says) as caught:
        rt.study(**arguments)
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(".")
    assert len(str(caught.value)) < 300


def wide(data, curve=np.exp, swap=False, observed=("y", "z"), factor=1.0, upper=2.0, mean=0.0):
    """Return a model with many ways to be another one."""
    with pm.Model() as model:
        inputs = {name: pm.Data(name, data[name]) for name in "yz"}
        mu, z = pm.CustomDist("mu", mean, dist=_scaled, class_name="scaled"), inputs["z"]
        sigma = pm.HalfNormal("sigma", transform=pm.distributions.transforms.Interval(0, upper))
        pm.Deterministic("line", factor * curve(z) + (z - mu if swap else mu - z))
        for name, source in zip(["first", "second"], observed, strict=True):
            pm.Normal(name, model["line"], sigma, observed=inputs[source])
    return model


def _scaled(mean, size):
    return pm.Normal.dist(mean, 2.0, size=size)


CHANGES = [{"curve": np.sin}, {"swap": True}, {"observed": ("z", "y")}, {"factor": 1.5}, {"upper": 3.0}, {"mean": 1.0}]


def same(one, other):
    try:
        require_same("wide", skeleton(one), skeleton(other))
    except ValueError:
        return False
    return True


def test_models_with_other_data_have_the_same_structure_and_nothing_else_has():
    first, second = ({"y": np.array(values), "z": np.ones(3)} for values in ([1.0, 2.0, 3.0], [4.0, 5.0, 6.5]))
    assert same(wide(first), wide(second))
    for changes in CHANGES:
        assert not same(wide(first), wide(second, **changes)), changes
        assert same(wide(first, **changes), wide(second, **changes)), changes
    assert same(normal_mean(first), normal_mean(second))
    assert not same(normal_mean(first), overconfident(first))
    assert not same(normal_mean(first), poor(first))


def test_densities_that_the_reader_wrote_are_compared_too():
    def model(scale):
        with pm.Model() as built:
            pm.CustomDist("x", logp=lambda value: -scale * value**2)
        return built

    assert same(model(1.0), model(1.0))
    assert not same(model(1.0), model(2.0))


def turning(data):
    """Return another operation where the world is another, with the same numbers, names and data."""
    with pm.Model() as model:
        y = pm.Data("heights", data["y"])
        mu = pm.Normal("mu", 0, 1)
        pm.Normal("height", pm.math.sin(mu) if data["y"].mean() > 0.7 else mu, 1, observed=y)
    return model


def test_a_replicate_whose_model_is_another_is_a_failure_and_not_a_number():
    with pytest.warns(rt.StudyWarning, match="'height' has other numbers or operations"):
        some = rt.study(simulate, {"turning": turning}, replicates=12, seed=1, draws=100, chains=1)
    other = [data["y"].mean() > 0.7 for data, _ in worlds(1, 12)]
    assert 0 < sum(other) < 12
    np.testing.assert_array_equal(some["mean"].squeeze().isnull(), other)


def test_the_public_name_is_the_function():
    import rethinking.studies.run

    assert rt.study is rethinking.studies.run.study
    assert all(name in inspect.signature(rt.study).parameters for name in ("replicates", "seed", "client", "store"))


def calibration_model():
    with pm.Model() as model:
        pm.Normal("height", pm.Normal("mu"), 1, observed=pm.Data("heights", np.zeros(N)))
    return model


def too_noisy(mu, seed):
    return {"height": np.random.default_rng(seed).normal(mu, 4, size=N)}


def test_ranks_are_uniform_if_and_only_if_the_data_come_from_the_model():
    right = rt.calibrate(calibration_model(), simulations=120, seed=1, draws=500, chains=2)["prior_sbc"]["mu"]
    assert right.sizes["draw"] == 120
    p = (right.to_numpy().ravel() + np.random.default_rng(1).uniform(size=120)) / 101
    assert stats.kstest(p, "uniform").pvalue > 0.001


def test_calibration_finds_a_wrong_simulator_and_wants_data_that_can_be_replaced(caplog):
    wrong = rt.calibrate(calibration_model(), simulations=60, seed=1, simulator=too_noisy, draws=500, chains=2)[
        "prior_sbc"
    ]["mu"]
    p = (wrong.to_numpy().ravel() + np.random.default_rng(1).uniform(size=60)) / 101
    assert stats.kstest(p, "uniform").pvalue < 1e-4
    with pytest.raises(ValueError, match=r"\['height'\] are constants.*observed=pm\.Data"):
        rt.calibrate(constant_data({"y": np.zeros(N)}), simulations=5, seed=1)


@pytest.mark.parametrize("seen", [np.zeros(3, dtype=int), np.zeros(3)])
@pytest.mark.parametrize("engine", ["nutpie", "jax"])
def test_counts_can_be_replaced_too_whether_whole_numbers_or_floats_hold_them(seen, engine):
    """Fits to anything but each simulated table would all give one narrow posterior, and ranks at both ends."""
    with pm.Model() as model:
        pm.Binomial("water", 20, pm.Uniform("p", 0, 1), observed=pm.Data("tosses", seen))
    short = {"simulations": 60, "seed": 1, "draws": 300, "chains": 2, "engine": engine}
    ranks = rt.calibrate(model, **short)["prior_sbc"]["p"].to_numpy().ravel()
    p = (ranks + np.random.default_rng(1).uniform(size=60)) / 101
    assert stats.kstest(p, "uniform").pvalue > 0.001


@pytest.mark.parametrize("engine", ["nutpie", "jax"])
def test_outcomes_are_never_rounded_into_whole_numbers(engine):
    with pm.Model() as model:
        pm.Normal("height", pm.Normal("mu"), 1, observed=pm.Data("heights", np.zeros(3, dtype=int)))
    with pytest.raises(ValueError, match=r"pm\.Data of \['height'\] hold whole numbers.*: give them as floats\.$"):
        rt.calibrate(model, simulations=5, seed=1, engine=engine)


def test_calibrations_follow_their_seed():
    ranks = [rt.calibrate(calibration_model(), simulations=6, seed=seed, draws=150) for seed in (1, 1, 2)]
    one, again, other = (found["prior_sbc"]["mu"].to_numpy() for found in ranks)
    np.testing.assert_array_equal(one, again)
    assert (one != other).any()
    assert len(set(one.ravel())) > 2


def test_pytensors_configuration_is_the_users_again_however_models_were_built():
    """Also when several threads build models, one of them fails, and the first is the last one out."""
    limit, first_in, others_out = pytensor.config.traceback__limit, Event(), Event()
    assert limit > 0

    def first():
        with untraced():
            first_in.set()
            others_out.wait()

    thread = Thread(target=first)
    thread.start()
    first_in.wait()
    with suppress(ZeroDivisionError), untraced():
        assert pytensor.config.traceback__limit == 0
        raise ZeroDivisionError
    assert pytensor.config.traceback__limit == 0
    others_out.set()
    thread.join()
    assert pytensor.config.traceback__limit == limit


def test_garbage_is_not_looked_for_in_what_was_there_before_and_all_is_given_back():
    seen = []

    def watched(rng):
        seen.append(gc.get_freeze_count())
        return simulate(rng)

    rt.study(watched, {"right": normal_mean}, replicates=3, seed=1, cores=1)
    assert seen[0] == gc.get_freeze_count() == 0 < seen[-1]
