"""Lecture 17: true rates against the numbers of the course and an integral, a test that errs against enumeration."""

import numpy as np
import pytest
from scipy import stats

import rethinking as rt

PAGE = rt.lecture("17_measurement_and_misclassification")
WAFFLES = rt.load_data("WaffleDivorce")


@pytest.fixture(scope="module")
def sampler():
    return rt.Sampler(PAGE.both_errors(WAFFLES))


def test_true_rates_of_both_kinds_have_the_numbers_of_the_course(sampler):
    posterior = sampler.sample(1500, seed=1, target_accept=0.95)["posterior"]
    for name, mean, sd in [("b_A", -0.469, 0.198), ("b_M", 0.298, 0.267), ("b_AM", -0.666, 0.087)]:
        assert abs(posterior[name].mean() - mean) < 0.15 * sd
        assert abs(posterior[name].std() - sd) < 0.12 * sd


def test_an_error_of_the_outcome_alone_has_the_numbers_of_the_course():
    posterior = rt.sample(PAGE.outcome_error(WAFFLES), 1500, seed=1, target_accept=0.95)["posterior"]
    assert abs(posterior["b_A"].mean() + 0.612) < 0.03
    assert abs(posterior["b_M"].mean() - 0.053) < 0.03
    alabama = posterior["D"].sel(state="AL")
    assert abs(alabama.mean() - 1.166) < 0.05
    assert abs(alabama.std() - 0.358) < 0.03


def test_true_rates_integrated_out_leave_a_normal_with_both_variances(sampler):
    """The posterior of D given the rest is that of a normal mean with a normal prior, state by state."""
    dt = sampler.sample(1000, seed=2, target_accept=0.95)
    post, held = dt["posterior"], dt["constant_data"]
    mu = post["a"] + post["b_A"] * held["A"] + post["b_M"] * post["M"]
    weight = post["sigma"] ** 2 / (post["sigma"] ** 2 + held["D_error"] ** 2)
    expected = mu + weight * (held["D_seen"] - mu)
    z = (post["D"] - expected) / np.sqrt(weight * held["D_error"] ** 2)
    assert abs(z.std() - 1) < 0.02
    assert stats.kstest(z.isel(draw=slice(None, None, 25)).to_numpy().ravel(), "norm").pvalue > 1e-4


@pytest.mark.parametrize("error", [0.0, 0.05, 0.4])
def test_a_test_that_errs_is_the_sum_over_two_truths(error):
    children = PAGE.simulate_paternity(np.random.default_rng(3), mothers=3, error=0.2)
    model = PAGE.paternity(children, error)
    rng = np.random.default_rng(4)
    point = {"a": rng.normal(), "sigma": 0.7, "tau": 0.4, "z": rng.normal(size=3), "x": rng.normal(size=6)}
    logit = point["a"] + 0.7 * point["z"][children["mother"]] + 0.4 * point["x"][children["dyad"]]
    chance = 0.0
    for p, seen in zip(rt.invlogit(logit), children["X_star"], strict=True):
        says = [error if seen else 1 - error, 1.0 if seen else 0.0]  # if it is false, if it is true
        chance += np.log((1 - p) * says[0] + p * says[1])
    values = {model.rvs_to_values[model[name]].name: value for name, value in point.items()}
    values |= {f"{name}_log__": np.log(point[name]) for name in ("sigma", "tau")}
    inputs = {each.name: np.asarray(values[each.name]) for each in model.value_vars}
    found = model.compile_logp(vars=model.observed_RVs)(inputs)
    assert float(found) == pytest.approx(chance, abs=1e-9)


def test_a_test_never_calls_a_true_yes_a_no():
    children = PAGE.simulate_paternity(np.random.default_rng(5), mothers=2000, error=0.1)
    assert (children.loc[children["X"] == 1, "X_star"] == 1).all()
    rest = children.loc[children["X"] == 0, "X_star"]
    assert abs(rest.mean() - 0.1) < 4 * np.sqrt(0.09 / len(rest))


def test_memory_alone_makes_up_an_effect():
    for recall, sign in [(-0.4, -1), (0.0, 0), (0.4, 1)]:
        _, C, P_star = PAGE.simulate_recall(np.random.default_rng(6), 0.0, recall, worlds=400)
        found = PAGE.slopes(P_star, C)
        exact = recall / (0.8**2 + recall**2 + 1)
        assert abs(found.mean() - exact) < 4 * found.std() / 20
        assert np.sign(exact) == sign


@pytest.fixture(scope="module")
def sheet():
    return rt.lecture("exercises/17_measurement_and_misclassification")


def test_teeth_of_a_specimen_are_added_up_and_its_facts_are_kept(sheet):
    rows = sheet.simulate_teeth(np.random.default_rng(7))
    specimens = sheet.by_specimen(rows)
    assert len(rows) == 3 * len(specimens) == 3 * 484
    for total in ("num_amtl", "sockets"):
        assert specimens[total].sum() == rows[total].sum()
    for fact in ("genus", "age", "stdev_age", "prob_male"):
        assert (rows[fact].to_numpy() == specimens.loc[rows["specimen"], fact].to_numpy()).all()


@pytest.mark.parametrize("errors", [True, False])
def test_teeth_have_the_density_of_their_ages_true_or_estimated(sheet, errors):
    specimens = sheet.by_specimen(sheet.simulate_teeth(np.random.default_rng(8)))
    model = sheet.true_ages(specimens) if errors else sheet.estimated_ages(specimens)
    rng = np.random.default_rng(9)
    point = {"a": rng.normal(-3, 1, 4), "b": 0.9, "c": -0.3, "theta": 3.0}
    ages = {"mu": rng.normal(20, 5, 4), "tau": rng.gamma(3, 2, 4), "z": rng.normal(size=len(specimens))}
    genus = np.searchsorted(["Homo sapiens", "Pan", "Papio", "Pongo"], specimens["genus"])
    age, expected = specimens["age"], 0.0
    if errors:
        age = ages["mu"][genus] + ages["tau"][genus] * ages["z"]
        expected = stats.norm(age, specimens["stdev_age"]).logpdf(specimens["age"]).sum()
    p = rt.invlogit(point["a"][genus] + 0.9 * (age - 30) / 10 - 0.3 * specimens["prob_male"])
    expected += stats.betabinom(specimens["sockets"], 3 * p, 3 * (1 - p)).logpmf(specimens["num_amtl"]).sum()
    point |= ages if errors else {}
    values = {model.rvs_to_values[model[name]].name: value for name, value in point.items()}
    values |= {f"{name}_log__": np.log(point[name]) for name in ("theta", "tau") if name in point}
    inputs = {each.name: np.asarray(values[each.name]) for each in model.value_vars}
    assert float(model.compile_logp(vars=model.observed_RVs)(inputs)) == pytest.approx(expected, rel=1e-9)


def test_true_ages_of_a_known_world_come_back_and_estimated_ones_flatten_their_effect(sheet):
    """The world has the sizes of the table; its slope per decade is known, and so is the reliability of its ages."""
    specimens = sheet.by_specimen(sheet.simulate_teeth(np.random.default_rng(10)))
    options = {"draws": 1200, "tune": 300, "seed": 10, "target_accept": 0.65}
    post = rt.sample(sheet.true_ages(specimens), **options)["posterior"]
    for name, true in sheet.WORLD.items():
        assert (abs(post[name].mean(("chain", "draw")) - true) < 3 * post[name].std(("chain", "draw"))).all(), name
    exact = rt.sample(sheet.estimated_ages(specimens), 500, tune=300, seed=10)["posterior"]
    assert exact["b"].mean() + 3 * exact["b"].std() < sheet.WORLD["b"]


def test_ten_years_multiply_the_odds_of_a_lost_tooth_as_published(sheet):
    """Gilmore's own model, in the abstract of a talk of 2012: by 3.0, with a 95 % interval from 2.3 to 4.0."""
    if sheet.skulls.attrs["simulated"]:
        pytest.skip("the published table is not here")
    assert len(sheet.specimens) == 484
    b = sheet.with_errors()["posterior"]["b"]
    assert abs(b.mean() - np.log(3)) < b.std()
    assert sheet.exact()["posterior"]["b"].quantile(0.975) < np.log(2.3)
