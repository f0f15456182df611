"""Sampling: exact answers recovered, data replaced without recompiling, and what bad input is told."""

import warnings

import arviz as az
import numpy as np
import pymc as pm
import pytest
import xarray as xr
from scipy import stats

import rethinking as rt
from rethinking.sampling import ModelInputs
from rethinking.sampling.given.inputs import frozen
from rethinking.sampling.sweep import _without_fit as without_fit

HEIGHTS = np.array([150.0, 152.0, 155.0, 149.0, 158.0])


def normal_mean(y=HEIGHTS, prior_sd=10.0):
    """Return a conjugate model: known sd 2, so the posterior of mu has a closed form."""
    with pm.Model(coords={"person": [f"p{i}" for i in range(len(y))]}) as model:
        scale = pm.Data("prior_sd", prior_sd)
        y = pm.Data("y", y, dims="person")
        mu = pm.Normal("mu", 150, scale)
        pm.Normal("height", mu, 2, observed=y, dims="person")
    return model


def exact_posterior(y, prior_sd):
    precision = 1 / prior_sd**2 + len(y) / 4
    return (150 / prior_sd**2 + np.sum(y) / 4) / precision, precision**-0.5


def assert_posterior(draws, mean, sd):
    """Check mean and sd of the draws within 5 Monte-Carlo standard errors."""
    ess = float(az.ess(draws.to_dataset(name="x"))["x"])
    assert abs(float(draws.mean()) - mean) < 5 * sd / ess**0.5
    assert abs(float(draws.std()) - sd) < 5 * sd / (2 * ess) ** 0.5


@pytest.fixture(scope="module")
def sampler():
    return rt.Sampler(normal_mean())


@pytest.fixture(scope="module")
def grouped():
    """Return a sampler of a model with index codes, a deterministic and group effects."""
    rng = np.random.default_rng(3)
    group = rng.integers(4, size=40)
    with pm.Model(coords={"group": list("abcd"), "obs": np.arange(40)}) as model:
        index = pm.Data("group_of", group, dims="obs")
        y = pm.Data("y", rng.normal(group, 1.0), dims="obs")
        a = pm.Normal("a", 0, 5, dims="group")
        pm.Deterministic("fitted", a[index], dims="obs")
        pm.Normal("outcome", a[index], 1, observed=y, dims="obs")
    return rt.Sampler(model)


def test_exact_posterior_and_groups(sampler):
    dt = sampler.sample(seed=1)
    assert_posterior(dt["posterior"]["mu"], *exact_posterior(HEIGHTS, 10.0))
    assert set(dt.children) == {"posterior", "sample_stats", "observed_data", "constant_data"}
    assert dict(dt["posterior"]["mu"].sizes) == {"chain": 4, "draw": 1000}
    np.testing.assert_array_equal(dt["observed_data"]["height"], HEIGHTS)
    assert dt["constant_data"]["prior_sd"] == 10.0
    assert list(dt["observed_data"]["person"].values) == ["p0", "p1", "p2", "p3", "p4"]


def test_replaced_data_are_fitted_and_recorded(sampler):
    y = HEIGHTS[::-1] + 20
    dt = sampler.sample(seed=1, y=y, prior_sd=0.5)
    assert_posterior(dt["posterior"]["mu"], *exact_posterior(y, 0.5))
    np.testing.assert_array_equal(dt["observed_data"]["height"], y)
    np.testing.assert_array_equal(dt["constant_data"]["y"], y)
    assert dt["constant_data"]["prior_sd"] == 0.5


def test_frozen_data_give_the_same_fit_and_cannot_be_replaced():
    model = normal_mean()
    with model:
        pm.Deterministic("metres", model["mu"] / 100)
        feet = pm.Deterministic("feet", model["mu"] / 30.48)  # PyMC's copy has it first, because more depends on it
        pm.Potential("nothing", 0 * feet)
        pm.Normal("unrelated")
    fixed = rt.Sampler(model, freeze=True)
    assert not fixed._compiled.shared_data
    dt = fixed.sample(seed=1, log_likelihood=True, posterior_predictive=True)
    assert_posterior(dt["posterior"]["mu"], *exact_posterior(HEIGHTS, 10.0))
    assert list(dt["posterior"].data_vars) == ["mu", "unrelated", "metres", "feet"]
    free = rt.Sampler(model).sample(seed=1, log_likelihood=True, posterior_predictive=True)
    for name in ["observed_data", "constant_data"]:
        xr.testing.assert_identical(dt[name].to_dataset(), free[name].to_dataset())
    assert [dict(group.sizes) for group in dt.leaves] == [dict(group.sizes) for group in free.leaves]
    with pytest.raises(TypeError, match="'y' cannot be replaced, because this Sampler was made with freeze=True"):
        fixed.sample(y=HEIGHTS)
    with pytest.raises(TypeError, match="'prior_sd' cannot be replaced"):
        fixed.sweep({"prior_sd": [1.0, 2.0]})


def test_a_model_that_is_fitted_once_is_frozen_unless_data_are_given(monkeypatch):
    made = []
    original = rt.Sampler.__init__

    def spy(self, model, *, freeze=False):
        original(self, model, freeze=freeze)
        made.append(self)

    monkeypatch.setattr(rt.Sampler, "__init__", spy)
    rt.sample(normal_mean(), seed=1)
    dt = rt.sample(normal_mean(), seed=1, prior_sd=0.5)
    assert [sampler._frozen for sampler in made] == [True, False]
    assert_posterior(dt["posterior"]["mu"], *exact_posterior(HEIGHTS, 0.5))


def test_what_pymc_cannot_freeze_is_fitted_all_the_same():
    with pm.Model() as model:
        y = pm.Data("y", HEIGHTS)
        mu = pm.Normal("mu", 150, 10, initval=pm.math.sqrt(22_500.0))
        pm.Normal("height", mu, 2, observed=y)
    assert frozen(model) is model
    dt = rt.sample(model, seed=1)
    assert_posterior(dt["posterior"]["mu"], *exact_posterior(HEIGHTS, 10.0))


def test_a_misspelt_name_is_told_whether_frozen_or_not(sampler):
    for fit in (sampler.sample, lambda **data: rt.sample(normal_mean(), **data)):
        with pytest.raises(TypeError, match=r"no pm.Data named 'prior_ds'.*Did you mean 'prior_sd'\?"):
            fit(prior_ds=0.5)


def test_freezing_gives_way_to_what_pymc_doubts_and_to_models_within_models():
    with pm.Model() as outer:
        pm.Data("y", HEIGHTS)
        pm.Normal("f_hsgp_coeffs_")  # a name that PyMC gives to coefficients of a Gaussian process, and warns of
        with pm.Model(name="inner") as inner:
            pm.Data("x", 1.0)
            pm.Normal("b")
    for action in ("error", "ignore"):
        with warnings.catch_warnings():
            warnings.simplefilter(action)  # of the tests, of a notebook
            assert frozen(outer) is outer
    assert frozen(inner) is inner


def test_freezing_makes_no_error_of_another_warning(monkeypatch):
    def warns(model):
        warnings.warn("changes soon", FutureWarning, stacklevel=1)
        return model

    monkeypatch.setattr("rethinking.sampling.given.inputs.freeze_dims_and_data", warns)
    with pytest.warns(FutureWarning, match="changes soon"):
        frozen(normal_mean())


def test_freezing_keeps_the_choice_of_the_model_to_check_no_bounds():
    with pm.Model(check_bounds=False) as model:
        pm.Normal("y", pm.Normal("mu"), 1, observed=pm.Data("data", HEIGHTS))
    assert frozen(model) is not model
    assert not frozen(model).check_bounds


def test_replacing_does_not_compile_again_and_leaves_no_trace(sampler, monkeypatch):
    import nutpie

    monkeypatch.setattr(nutpie, "compile_pymc_model", lambda *_: pytest.fail("compiled again"))
    before = sampler.sample(seed=5)["posterior"]["mu"]
    sampler.sample(seed=5, prior_sd=0.1)
    xr.testing.assert_equal(sampler.sample(seed=5)["posterior"]["mu"], before)


def test_a_longer_table_gets_its_own_labels(sampler):
    y = np.concatenate([HEIGHTS, HEIGHTS])
    dt = sampler.sample(seed=1, y=y)
    assert_posterior(dt["posterior"]["mu"], *exact_posterior(y, 10.0))
    assert list(dt["observed_data"]["person"].values) == list(range(10))
    labelled = xr.DataArray(y, dims="person", coords={"person": list("abcdefghij")})
    dt = sampler.sample(seed=1, y=labelled, log_likelihood=True)
    assert list(dt["log_likelihood"]["person"].values) == list("abcdefghij")


def test_later_changes_of_the_model_do_not_reach_the_sampler():
    model = normal_mean()
    sampler = rt.Sampler(model)
    with model:
        pm.set_data({"y": HEIGHTS + 100})
    dt = sampler.sample(seed=1, log_likelihood=True)
    assert_posterior(dt["posterior"]["mu"], *exact_posterior(HEIGHTS, 10.0))
    np.testing.assert_array_equal(dt["observed_data"]["height"], HEIGHTS)
    expected = stats.norm.logpdf(HEIGHTS, dt["posterior"]["mu"].values[..., None], 2)
    np.testing.assert_allclose(dt["log_likelihood"]["height"], expected)


def test_same_seed_same_draws_on_any_number_of_cores_swept_or_alone(sampler):
    alone = sampler.sample(seed=7, prior_sd=2.0, cores=1)["posterior"]["mu"]
    xr.testing.assert_equal(sampler.sample(seed=7, prior_sd=2.0, cores=2)["posterior"]["mu"], alone)
    swept = sampler.sweep({"prior_sd": [1.0, 2.0]}, seed=7)["posterior"]["mu"]
    np.testing.assert_array_equal(swept.sel(prior_sd=2.0), alone)
    assert not np.array_equal(sampler.sample(seed=8, prior_sd=2.0)["posterior"]["mu"], alone)


def test_sweep_agrees_with_the_exact_answers_and_is_labelled(sampler):
    grid = [0.2, 1.0, 5.0]
    dt = sampler.sweep({"prior_sd": grid}, seed=1, log_likelihood=True)
    for prior_sd in grid:
        assert_posterior(dt["posterior"]["mu"].sel(prior_sd=prior_sd), *exact_posterior(HEIGHTS, prior_sd))
    assert dict(dt["log_likelihood"]["height"].sizes) == {"prior_sd": 3, "chain": 4, "draw": 1000, "person": 5}
    assert "prior_sd" not in dt["observed_data"].to_dataset()
    assert az.loo(dt.sel(prior_sd=1.0)).elpd < 0


def test_a_failing_point_is_named_and_does_not_lose_the_others(sampler):
    with pytest.warns(rt.SweepWarning, match=r"1 of 3 points.*prior_sd=-1: The model cannot be evaluated") as said:
        dt = sampler.sweep({"prior_sd": [0.5, -1.0, 2.0]}, seed=1, log_likelihood=True)
    assert len(said) == 1
    assert said[0].filename == __file__
    assert dt["posterior"]["mu"].sel(prior_sd=-1.0).isnull().all()
    for prior_sd in [0.5, 2.0]:
        assert_posterior(dt["posterior"]["mu"].sel(prior_sd=prior_sd), *exact_posterior(HEIGHTS, prior_sd))
    with pytest.raises(ValueError, match="cannot be evaluated"):
        sampler.sweep({"prior_sd": [-2.0, -1.0]})


def test_three_reasons_are_told_and_the_others_counted():
    for n, end in [(3, "sd=2: why"), (4, "sd=2: why; and 1 more.")]:
        said = without_fit({f"sd={i}": "why" for i in range(n)}, 9)
        assert said.startswith(f"{n} of 9 points have no fit")
        assert said.endswith(f"sd=0: why; sd=1: why; {end}")


def test_an_interrupt_keeps_the_finished_fits(sampler, monkeypatch):
    import rethinking.sampling.sweep as module

    seen = []

    def interrupted_at_the_third(dt):
        seen.append(dt)
        if len(seen) == 3:
            raise KeyboardInterrupt
        return rt.convergence(dt)

    monkeypatch.setattr(module, "convergence", interrupted_at_the_third)
    monkeypatch.setattr(module, "is_interactive", lambda: False)
    with pytest.raises(KeyboardInterrupt):
        sampler.sweep({"prior_sd": np.linspace(0.5, 5, 10)}, seed=1)
    seen.clear()
    monkeypatch.setattr(module, "is_interactive", lambda: True)
    with pytest.warns(rt.SweepWarning, match="8 of 10 points have no fit and are NaN or left out.*interrupted"):
        dt = sampler.sweep({"prior_sd": np.linspace(0.5, 5, 10)}, seed=1)
    kept = dt["posterior"]["mu"].notnull().all(("chain", "draw"))
    assert kept.sum() == kept.size == 2
    for prior_sd in dt["posterior"]["prior_sd"].values[kept]:
        assert_posterior(dt["posterior"]["mu"].sel(prior_sd=prior_sd), *exact_posterior(HEIGHTS, prior_sd))


def test_posterior_predictive_has_the_exact_moments_for_the_data_that_were_fitted(sampler):
    y = np.concatenate([HEIGHTS, HEIGHTS]) + 7
    dt = sampler.sample(seed=1, y=y, posterior_predictive=True)
    mean, sd = exact_posterior(y, 10.0)
    new = dt["posterior_predictive"]["height"]
    assert dict(new.sizes) == {"chain": 4, "draw": 1000, "person": 10}
    assert_posterior(new.isel(person=3), mean, (sd**2 + 4) ** 0.5)
    again = sampler.sample(seed=1, y=y, posterior_predictive=True)["posterior_predictive"]["height"]
    xr.testing.assert_equal(again, new)
    assert not np.array_equal(new.isel(person=0), new.isel(person=1))


def test_log_likelihood_agrees_with_pymc(monkeypatch):
    # Few elements at once, so that the draws are taken in several parts, the last of them shorter.
    monkeypatch.setattr("rethinking.sampling.functions.everywhere.ELEMENTS_AT_ONCE", 11_000)
    rng = np.random.default_rng(4)
    with pm.Model() as model:
        x = pm.Data("x", rng.normal(size=30))
        b, s = pm.Normal("b"), pm.HalfNormal("s")
        pm.Normal("y", b * x, s, observed=rng.normal(size=30))
        pm.Poisson("count", pm.math.exp(b), observed=[1, 2, 3])
        pm.MvNormal("pair", mu=pm.math.stack([b, s]), cov=np.eye(2), observed=np.ones((5, 2)))
        pm.Normal("apart", 0, 1, observed=[0.5, 1.5])  # depends on no parameter
    dt = rt.sample(model, seed=1, draws=500, log_likelihood=True)
    theirs = pm.compute_log_likelihood(
        dt.copy(), model=model, progressbar=False, extend_inferencedata=False, compile_kwargs={"mode": "FAST_COMPILE"}
    )
    for name in ["y", "count", "pair", "apart"]:
        assert dt["log_likelihood"][name].shape == theirs[name].shape
        np.testing.assert_allclose(dt["log_likelihood"][name], theirs[name])


def test_log_prior_agrees_with_pymc():
    with pm.Model(coords={"group": range(3), "answer": ["no", "yes"]}) as model:
        sd = pm.HalfNormal("sd", pm.Data("width", 2.0))
        effects = pm.Normal("effects", 0, 1, dims="group")
        pm.Deterministic("twice", 2 * effects)
        share = pm.Dirichlet("share", np.ones(2), dims="answer")
        pm.Normal("y", effects[[0, 0, 1, 1, 2, 2]] + share[0], sd, observed=[0.0, 2.0, 1.0, 1.5, 2.0, 3.0])
    sampler = rt.Sampler(model)
    dt = sampler.sample(seed=1, log_prior=True, target_accept=0.95)
    theirs = pm.stats.compute_log_prior(
        dt.copy(), model=model, progressbar=False, extend_inferencedata=False, compile_kwargs={"mode": "FAST_COMPILE"}
    )
    assert {*dt["log_prior"].data_vars} == {*theirs.data_vars} == {"sd", "effects", "share"}
    for name, found in dt["log_prior"].items():
        assert found.dims == theirs[name].dims
        np.testing.assert_allclose(found, theirs[name])
    other = sampler.sample(seed=1, log_prior=True, target_accept=0.95, width=1.0)
    expected = stats.halfnorm(scale=1).logpdf(other["posterior"]["sd"])
    np.testing.assert_allclose(other["log_prior"]["sd"], expected)  # by the data of this fit


def test_a_multinomial_has_one_log_likelihood_for_each_row():
    counts = np.array([[3, 5, 2], [1, 1, 8]])
    with pm.Model(coords={"cell": ["a", "b"], "answer": [1, 2, 3]}) as model:
        p = pm.Dirichlet("p", np.ones(3), dims="answer")
        pm.Multinomial("R", n=10, p=p, observed=counts, dims=("cell", "answer"))
    dt = rt.sample(model, seed=1, draws=500, log_likelihood=True)
    found = dt["log_likelihood"]["R"]
    assert found.dims == ("chain", "draw", "cell")
    assert list(found["cell"].values) == ["a", "b"]
    p = dt["posterior"]["p"].transpose("chain", "draw", "answer").to_numpy()
    for cell, row in zip("ab", counts, strict=True):
        np.testing.assert_allclose(found.sel(cell=cell), stats.multinomial(10, p).logpmf(row), rtol=1e-6)


def test_initial_values_keep_no_model_from_a_log_likelihood_or_from_frozen_data():
    """Ordered cut-points need some, because all zeros are not in order."""
    ordered, start = pm.distributions.transforms.ordered, np.array([-1.0, 1.0])
    with pm.Model() as model:
        x = pm.Data("x", np.array([0.0, 1.0, 2.0]))
        cuts = pm.Normal("cuts", 0, 1, shape=2, transform=ordered, initval=start)
        pm.OrderedLogistic("y", eta=x, cutpoints=cuts, observed=[0, 1, 2], compute_p=False)
    copy = frozen(model)
    assert copy is not model
    np.testing.assert_allclose(copy.initial_point()["cuts_ordered__"], model.initial_point()["cuts_ordered__"])
    dt = rt.sample(model, seed=1, draws=500, log_likelihood=True, target_accept=0.95)
    cuts = dt["posterior"]["cuts"]
    first = 1 / (1 + np.exp(-cuts.isel(cuts_dim_0=0)))
    np.testing.assert_allclose(dt["log_likelihood"]["y"].isel(y_dim_0=0), np.log(first), rtol=1e-6)
    np.testing.assert_array_equal(next(iter(model.rvs_to_initial_values.values())), start)


def test_log_likelihood_is_finite_where_a_probability_rounds_to_one():
    with pm.Model() as model:
        a = pm.Normal("a", 50, 1)
        pm.Bernoulli("y", p=pm.math.invlogit(a), observed=[0])
    dt = rt.sample(model, seed=1, log_likelihood=True)
    np.testing.assert_allclose(dt["log_likelihood"]["y"].isel(y_dim_0=0), -dt["posterior"]["a"])


def test_models_with_a_name_work_too():
    with pm.Model(name="tall") as model:
        scale = pm.Data("scale", 1.0)
        mu = pm.Normal("mu", 0, 10)
        pm.Normal("y", mu, scale, observed=np.ones(4))
    dt = rt.Sampler(model).sample(seed=1, log_likelihood=True, **{"tall::scale": 2.0})
    precision = 4 / 4 + 1 / 100
    assert_posterior(dt["posterior"]["tall::mu"], 1 / precision, precision**-0.5)


def test_sweep_over_two_names_keeps_their_order():
    with pm.Model() as model:
        a, b = pm.Data("a", 0.0), pm.Data("b", 0.0)
        pm.Normal("y", pm.Normal("mu", a + 10 * b, 0.01), 10, observed=0.0)
    dt = rt.Sampler(model).sweep({"a": [1.0, 2.0, 3.0], "b": [4.0, 5.0]}, seed=1)
    expected = np.add.outer([1.0, 2.0, 3.0], [40.0, 50.0])
    np.testing.assert_allclose(dt["posterior"]["mu"].mean(("chain", "draw")), expected, atol=0.02)


@pytest.mark.parametrize(
    ("data", "error", "says"),
    [
        ({"prior_ds": 1.0}, TypeError, r"no pm.Data named 'prior_ds'.*Did you mean 'prior_sd'"),
        ({"weight": 1.0}, TypeError, r"it has: prior_sd \(scalar; float64\), y \(person: 5; float64\)"),
        ({"prior_sd": [1.0, 2.0]}, ValueError, r"'prior_sd' must have 0 axes"),
        ({"prior_sd": np.nan}, ValueError, "missing or infinite"),
        ({"prior_sd": -1.0}, ValueError, "cannot be evaluated"),
        ({"y": ["tall"] * 5}, TypeError, "must hold numbers"),
        ({"y": np.full(5, np.inf)}, ValueError, "5 missing or infinite values"),
    ],
)
def test_bad_data_are_refused_in_one_sentence(sampler, data, error, says):
    with pytest.raises(error, match=says) as caught:
        sampler.sample(**data)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("data", "error", "says"),
    [
        ({"y": np.zeros(39)}, ValueError, "share the dim 'obs'"),
        ({"group_of": np.full(40, 4)}, ValueError, "index 4 is out of bounds"),
        ({"group_of": np.full(40, 0.5)}, TypeError, "whole numbers"),
        ({"y": np.zeros(39), "group_of": np.zeros(39, int)}, ValueError, "'fitted' would have shape"),
    ],
)
def test_lengths_and_indices_are_checked_before_sampling(grouped, data, error, says):
    with pytest.raises(error, match=says):
        grouped.sample(**data)


def test_missing_values_in_the_model_are_named():
    with pytest.raises(ValueError, match="'y' has 1 missing"):
        rt.Sampler(normal_mean(y=np.array([150.0, np.inf])))


def test_index_out_of_range_is_found_before_compiling():
    with pm.Model() as model:
        a = pm.Normal("a", shape=2)
        pm.Normal("y", a[np.array([0, 1, 2])], observed=np.zeros(3))
    with pytest.raises(ValueError, match="index 2 is out of bounds"):
        rt.sample(model)


def test_models_that_cannot_be_sampled_are_refused_by_name():
    with pm.Model() as empty:
        pm.Normal("y", 0, 1, observed=[1.0])
    with pytest.raises(ValueError, match="no free variable"):
        rt.Sampler(empty)
    with pm.Model() as unobserved:
        pm.Normal("mu")
    with pytest.raises(ValueError, match="observes nothing"):
        rt.Sampler(unobserved)
    with pm.Model() as discrete:
        pm.Normal("y", pm.Poisson("count", 3), observed=[1.0])
    with pytest.raises(ValueError, match="'count' is discrete"):
        rt.Sampler(discrete)
    with pm.Model() as impossible:
        pm.Binomial("S", n=3, p=pm.Beta("p", 1, 1), observed=[4])
    with pytest.raises(ValueError, match="log-density of 'S' is -inf"):
        rt.Sampler(impossible)


@pytest.mark.parametrize("grid", [{"y": [1.0]}, {"prior_sd": []}, {"prior_sd": [[1.0]]}, {"sd": [1.0]}])
def test_bad_grids_are_refused(sampler, grid):
    with pytest.raises((TypeError, ValueError), match=r"sweep needs|no pm.Data"):
        sampler.sweep(grid)


def test_a_bad_fit_warns_once_and_names_parameter_statistic_and_remedy():
    with pm.Model() as funnel:
        v = pm.Normal("v", 0, 3)
        x = pm.Normal("x", 0, pm.math.exp(v / 2), shape=9)
        pm.Normal("y", x, 10, observed=np.zeros(9))
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        dt = rt.sample(funnel, seed=2)
    assert [w.category for w in said] == [rt.ConvergenceWarning]
    worst = rt.convergence(dt)
    assert worst["divergences"][1] == int(dt["sample_stats"]["diverging"].sum()) > 0
    assert f"{worst['divergences'][1]} divergences" in str(said[0].message)
    assert "raise target_accept" in str(said[0].message)
    name, ess = worst["bulk ESS"]
    assert f"bulk ESS of {name} is {ess:.0f}" in str(said[0].message)


def test_convergence_finds_the_one_bad_entry():
    rng = np.random.default_rng(2)
    draws = rng.normal(size=(4, 500, 3))
    draws[0, :, 1] += 2
    posterior = {"a": draws, "constant": np.ones((4, 500))}
    dt = az.from_dict({"posterior": posterior}, coords={"k": list("xyz")}, dims={"a": ["k"]})
    varying = dt["posterior"].to_dataset()[["a"]]
    worst = rt.convergence(dt)
    assert worst["R-hat"][0] == "a[k=y]"
    assert worst["R-hat"][1] == pytest.approx(float(az.rhat(varying)["a"].max()))
    assert worst["bulk ESS"] == ("a[k=y]", pytest.approx(float(az.ess(varying)["a"].min())))


def test_inputs_are_not_changed_by_replacing_them():
    inputs = ModelInputs.of(normal_mean())
    replaced = inputs.replace(y=[1.0, 2.0])
    np.testing.assert_array_equal(inputs.values["y"], HEIGHTS)
    np.testing.assert_array_equal(replaced.values["y"], [1.0, 2.0])
    assert len(inputs.coords["person"]) == 5
    assert list(replaced.coords["person"]) == [0, 1]


def test_no_progress_where_nobody_looks(capfd, monkeypatch, sampler):
    monkeypatch.setenv("RETHINKING_PROGRESS", "0")
    sampler.sample(seed=1)
    sampler.sweep({"prior_sd": [1.0]}, seed=1)
    assert capfd.readouterr() == ("", "")
