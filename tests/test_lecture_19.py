"""Lecture 19: numbers of the course, rules and paths against independent solutions, and what data cannot tell."""

import numpy as np
import pymc as pm
import pytest
from scipy import stats
from scipy.integrate import solve_ivp

import rethinking as rt
from rethinking.sampling.given.inputs import without_starts

PAGE = rt.lecture("19_generalized_linear_madness")
HOWELL = rt.load_data("Howell1")
RATES = [0.55, 0.005, 0.0045, 0.8]


@pytest.fixture(scope="module")
def pelts():
    return rt.load_data("Lynx_Hare", otherwise=lambda: PAGE.simulate_lynx_hare(np.random.default_rng(19)))


@pytest.fixture(scope="module")
def trappers(pelts):
    return rt.Sampler(PAGE.lynx_hare(pelts))


def observed_logp(model, **point):
    """Return the log-density of what is observed, at values of the parameters on their own scale."""
    model = without_starts(model)
    model = pm.model.transform.conditioning.remove_value_transforms(model)
    logp = model.compile_logp(vars=model.observed_RVs)
    return float(logp({name: np.asarray(value, dtype=float) for name, value in point.items()}))


def test_only_the_product_of_shape_and_density_reaches_the_data():
    model, q = PAGE.cylinder(HOWELL), 0.948 / np.pi
    logp = [observed_logp(model, p=p, k=q / p**2, sigma=0.2) for p in (0.2, 0.35, 0.6)]
    W, H = (HOWELL[name] / HOWELL[name].mean() for name in ("weight", "height"))
    exact = stats.lognorm(0.2, scale=0.948 * H**3).logpdf(W).sum()
    np.testing.assert_allclose(logp, exact, rtol=1e-9)


def test_choices_of_children_are_the_sum_over_their_strategies():
    shares = np.array([0.1, 0.2, 0.3, 0.15, 0.25])
    children = PAGE.simulate_boxes(np.random.default_rng(3), shares, n=40)
    expected = 0.0
    for box, majority_first in zip(children["y"], children["majority_first"], strict=True):
        first = 2 if majority_first else 3
        takes = [box == 2, box == 3, box == 1, 1 / 3, box == first]
        expected += np.log(np.dot(shares, takes))
    assert observed_logp(PAGE.boxes(children), p=shares) == pytest.approx(expected, abs=1e-9)


def test_what_random_children_do_is_done_by_a_mixture_of_three_others():
    shares = np.array([0.2, 0.2, 0.2, 0.3, 0.1])
    moved = shares + 0.06 * np.array([1, 1, 1, -3, 0])
    np.testing.assert_allclose(shares @ PAGE.rules(), moved @ PAGE.rules(), atol=1e-12)
    children = PAGE.simulate_boxes(np.random.default_rng(4), shares, n=60_000)
    for order in (0, 1):
        seen = children.loc[children["majority_first"] == order, "y"].value_counts(normalize=True).sort_index()
        np.testing.assert_allclose(seen, (shares @ PAGE.rules())[order], atol=4 * np.sqrt(0.25 / 30_000))


def test_nuts_have_the_numbers_of_the_course():
    chimps = rt.load_data("Panda_nuts", otherwise=lambda: PAGE.simulate_nuts(np.random.default_rng(19)))
    if chimps.attrs["simulated"]:
        pytest.skip("the published table is not here")
    post = rt.sample(PAGE.nuts(chimps), 1500, seed=1)["posterior"]
    for name, mean, sd in [("phi", 0.866, 0.041), ("k", 5.95, 0.55), ("theta", 9.75, 1.98)]:
        assert abs(post[name].mean() - mean) < 0.15 * sd
        assert abs(post[name].std() - sd) < 0.12 * sd


def by_scipy(H0, L0, rates, years):
    """Return both populations at some years, from a solver with an error control, on the scale of animals."""
    b_H, m_H, b_L, m_L = rates

    def change(_, now):
        return [now[0] * (b_H - m_H * now[1]), now[1] * (b_L * now[0] - m_L)]

    return solve_ivp(change, (0, max(years)), [H0, L0], t_eval=years, rtol=1e-9, atol=1e-9).y


def test_a_path_of_short_steps_is_that_of_a_solver_with_error_control():
    exact = np.log(by_scipy(190, 35, RATES, np.arange(21)))
    error = {}
    for steps in (2, 4, 8):
        found = PAGE.trajectory(np.log(190), np.log(35), RATES, 20, steps)
        error[steps] = max(np.abs(one[::steps] - log).max() for one, log in zip(found, exact, strict=True))
    assert error[2] < 0.01
    assert error[4] < error[2] / 8  # a rule of the fourth order: about sixteen
    assert error[8] < error[4] / 8


@pytest.mark.parametrize("first", [1, 2])
def test_the_model_weighs_pelts_by_the_solved_equation(pelts, first):
    """With ``at`` the first gap is two years, as in the program of the R package."""
    years = np.append(0, np.arange(first, 20 + first))
    model = PAGE.lynx_hare(pelts)
    with model:
        pm.set_data({"at": years})
    animals = by_scipy(190, 35, RATES, years)
    expected = 0.0
    for name, one, p, sigma in zip(("Hare", "Lynx"), animals, (0.18, 0.17), (0.3, 0.2), strict=True):
        expected += stats.lognorm(sigma, scale=p * one).logpdf(pelts[name]).sum()
    point = dict(zip(PAGE.RATES, RATES, strict=True)) | {"H0": 190, "L0": 35, "p_H": 0.18, "p_L": 0.17}
    assert observed_logp(model, **point, sigma_H=0.3, sigma_L=0.2) == pytest.approx(expected, abs=0.3)


def test_fewer_trapped_of_more_animals_leave_the_same_pelts(pelts):
    point = {"b_H": 0.55, "m_H": 0.005, "b_L": 0.0045, "m_L": 0.8, "H0": 190, "L0": 35, "p_H": 0.2, "p_L": 0.2}
    other = point | {"m_H": 0.0025, "b_L": 0.00225, "H0": 380, "L0": 70, "p_H": 0.1, "p_L": 0.1}
    model, rest = PAGE.lynx_hare(pelts), {"sigma_H": 0.3, "sigma_L": 0.2}
    one, two = (observed_logp(model, **each, **rest) for each in (point, other))
    assert one == pytest.approx(two, abs=1e-8)


def test_lynx_and_hares_have_the_numbers_of_the_course_with_either_first_gap(pelts, trappers):
    if pelts.attrs["simulated"]:
        pytest.skip("the published table is not here")
    options = {"draws": 1000, "seed": 2, "adaptation": "low_rank"}
    post = trappers.sample(**options)["posterior"]
    for name, mean, sd in [("b_H", 0.544, 0.065), ("m_H", 0.0048, 0.001), ("m_L", 0.808, 0.093), ("b_L", 0.0044, 9e-4)]:
        assert abs(post[name].mean() - mean) < 0.15 * sd
        assert abs(post[name].std() - sd) < 0.12 * sd
    late = trappers.sample(**options, at=np.append(0, np.arange(2, 22)))["posterior"]
    for fit, hares, lynx in [(post, 33.7, 5.87), (late, 25.0, 6.28)]:
        assert abs((fit["H0"] * fit["p_H"]).mean() - hares) < 0.4
        assert abs((fit["L0"] * fit["p_L"]).mean() - lynx) < 0.08


def test_rates_of_a_known_world_come_back(trappers):
    made = PAGE.simulate_lynx_hare(np.random.default_rng(6))
    data = {"H_seen": made["Hare"], "L_seen": made["Lynx"]}
    post = trappers.sample(500, seed=3, adaptation="low_rank", **data)["posterior"]
    for name, true in PAGE.TRUTH.items():
        assert abs(post[name].mean() - true) < 3 * post[name].std()


def test_a_prior_from_the_same_pelts_is_too_sure():
    honest = PAGE.coverage(lambda fitted: (1, 0.5), worlds=200)
    twice = PAGE.coverage(lambda fitted: (fitted, 0.1), worlds=200)
    assert (np.abs(honest - 0.89) < 4 * np.sqrt(0.89 * 0.11 / 200)).all()
    assert (twice < 0.75).all()


def test_scores_of_the_hunters_have_the_published_values():
    """Trips of one age are counted, and left out one by one all the same."""
    sheet = rt.lecture("exercises/19_generalized_linear_madness")
    if sheet.trips.attrs["simulated"]:
        pytest.skip("the published table is not here")
    assert len(sheet.trips) == 14_364
    assert abs(-2 * sheet.score("line") - 19838.6) < 1
    assert abs(-2 * sheet.score("with_skill") - 19590.7) < 1
    assert abs(-2 * sheet.score("without") - 19704.7) < 1
    for name, mean, sd in [("a", -0.091, 0.017), ("b", 0.117, 0.017)]:
        assert abs(sheet.posterior_of("line")[name].mean() - mean) < 0.15 * sd
        assert abs(sheet.posterior_of("line")[name].std() - sd) < 0.12 * sd
    for name, mean, sd in [("a", 0.896, 0.043), ("g", 5.95, 1.01), ("b1", 7.71, 0.60), ("b2", 0.824, 0.066)]:
        assert abs(sheet.posterior_of("with_skill")[name].mean() - mean) < 0.15 * sd
        assert abs(sheet.posterior_of("with_skill")[name].std() - sd) < 0.12 * sd


def hunters_of(sheet, cells, seed):
    """Return a short fit, whose chains need more draws than the comparison with a printed number does."""
    with pytest.warns(rt.ConvergenceWarning, match="ESS"):
        return rt.sample(sheet.hunters(cells), 400, seed=seed, target_accept=0.9)["posterior"]


def in_one(posterior):
    rates = {(x, r): posterior[x].sel(rate=r) for x in ("b", "sigma") for r in ("fading", "growth")}
    return rates | {("a", ""): posterior["a"], ("g", ""): posterior["g"]}


def test_hunters_with_rates_of_their_own_have_the_published_numbers():
    """All hunters of the table: the sheet has the model, and leaves the minute of sampling to its reader."""
    sheet = rt.lecture("exercises/19_generalized_linear_madness")
    if sheet.trips.attrs["simulated"]:
        pytest.skip("the published table is not here")
    assert len(sheet.cells) == 758
    assert sheet.cells["count"].sum() == 14_364
    published = {
        ("a", ""): (0.90, 0.04),
        ("g", ""): (8.11, 2.22),
        ("b", "growth"): (2.23, 0.12),
        ("b", "fading"): (0.05, 0.12),
        ("sigma", "growth"): (0.17, 0.08),
        ("sigma", "fading"): (0.60, 0.09),
    }
    found = in_one(hunters_of(sheet, sheet.cells, seed=9))
    for name, (mean, sd) in published.items():
        assert abs(found[name].mean() - mean) < 0.5 * sd, name
        assert abs(found[name].std() - sd) < 0.35 * sd, name


def test_rates_of_a_known_people_of_hunters_come_back():
    """A smaller people than that of the table, from the simulation that stands in for it."""
    sheet = rt.lecture("exercises/19_generalized_linear_madness")
    trips = sheet.simulate_trips(np.random.default_rng(7), n=8000, hunters=80)
    posterior = hunters_of(sheet, sheet.counted(trips, ["id", "age"]), seed=7)
    rates = {("b", "growth"): 2.2, ("b", "fading"): 0.0, ("sigma", "growth"): 0.2, ("sigma", "fading"): 0.5}
    truth = {("a", ""): 0.9, ("g", ""): 8.0, **rates}
    prior = {"a": 1 / 6, "g": 2.0, "b": 0.5, "sigma": 1.0}
    found = in_one(posterior)
    for name, true in truth.items():
        assert abs(found[name].mean() - true) < 3 * found[name].std(), name
        assert name == ("g", "") or found[name].std() < 0.5 * prior[name[0]], name
    rho = posterior["effects_corr"].sel(rate="fading", rate_other="growth")
    assert abs(rho.mean()) < 3 * rho.std()


def test_a_hunter_succeeds_with_the_probability_of_his_own_rates():
    sheet = rt.lecture("exercises/19_generalized_linear_madness")
    cells = sheet.cells.groupby("id").head(3).head(40)
    model = sheet.hunters(cells)
    a, g, b, effects, p = pm.draw(
        [model[x] for x in ("a", "g", "b", "effects", "p")], random_seed=1, mode="FAST_COMPILE"
    )
    names = list(model.coords["hunter"])
    for (who, age), found in zip(cells[["id", "age"]].to_numpy(), p, strict=True):
        fading, growth = np.exp(b + effects[names.index(who)])
        wanted = a * np.exp(-fading * age / 80) * (1 - np.exp(-growth * age / 80)) ** g
        assert np.isclose(found, wanted, rtol=1e-9)
    assert len({tuple(row) for row in effects}) == len(names) > 5
