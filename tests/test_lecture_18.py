"""Lecture 18: holes as parameters against the numbers of the course, an integral and PyMC's own imputation; a graph's
word on holes against simulation; relatives against the whole normal distribution; waits that were cut off.
"""

import warnings

import numpy as np
import pandas as pd
import pymc as pm
import pytest
from scipy import special, stats

import rethinking as rt

PAGE = rt.lecture("18_missing_data")
MILK = rt.load_data("milk")


@pytest.fixture(scope="module")
def imputed():
    return PAGE.milk_imputed(MILK)


def logp_of(model, values):
    """Return the log density of a model, with its Potentials, where its variables have these values."""
    inputs = {}
    for free in model.free_RVs:
        value = np.asarray(values[free.name], float)
        transform = model.rvs_to_transforms[free]
        moved = value if transform is None else transform.forward(value, *free.owner.inputs).eval()
        inputs[model.rvs_to_values[free].name] = moved
    return float(model.compile_logp(jacobian=False, mode="FAST_COMPILE")(inputs))


def test_imputed_milk_has_the_numbers_of_the_course(imputed):
    posterior = rt.sample(imputed, 1500, seed=1, target_accept=0.9)["posterior"]
    course = {"b_B": (0.484, 0.239), "b_M": (-0.534, 0.206), "nu": (-0.045, 0.209), "sigma_B": (1.015, 0.172)}
    for name, (mean, sd) in course.items():
        assert abs(posterior[name].mean() - mean) < 0.15 * sd, name
        assert abs(posterior[name].std() - sd) < 0.12 * sd, name
    assert abs(posterior["sigma"].mean() - 0.847) < 0.02


def test_correlated_milk_has_the_numbers_of_the_course():
    posterior = rt.sample(PAGE.milk_together(MILK), 1500, seed=1, target_accept=0.9)["posterior"]
    for name, mean, sd in [("b_B", 0.58, 0.26), ("b_M", -0.64, 0.22), ("rho", 0.61, 0.13)]:
        assert abs(posterior[name].mean() - mean) < 0.15 * sd, name
        assert abs(posterior[name].std() - sd) < 0.12 * sd, name


def test_holes_are_what_pymc_would_make_of_a_masked_array(imputed):
    """PyMC's own imputation has the same density at every point: an independent implementation."""
    scores = PAGE.milk_scores(MILK)
    with pm.Model() as theirs, warnings.catch_warnings():
        warnings.simplefilter("ignore", pm.exceptions.ImputationWarning)
        nu, sigma_B = pm.Normal("nu", 0, 0.5), pm.Exponential("sigma_B", 1)
        B = pm.Normal("B", nu, sigma_B, observed=np.ma.masked_invalid(scores["B"].to_numpy()))
        a, b_B, b_M = pm.Normal("a", 0, 0.5), pm.Normal("b_B", 0, 0.5), pm.Normal("b_M", 0, 0.5)
        mu = a + b_B * B + b_M * scores["M"].to_numpy()
        pm.Normal("K", mu, pm.Exponential("sigma", 1), observed=scores["K"].to_numpy())
    rng = np.random.default_rng(2)
    for _ in range(3):
        values = {name: rng.normal() for name in ("a", "b_B", "b_M", "nu")}
        values |= {name: rng.exponential() for name in ("sigma", "sigma_B")}
        missing = rng.normal(size=scores["B"].isna().sum())
        mine = logp_of(imputed, values | {"B_missing": missing})
        assert mine == pytest.approx(logp_of(theirs, values | {"B_unobserved": missing}), abs=1e-8)


def test_the_correlated_prior_is_a_normal_of_two_variables():
    scores = PAGE.milk_scores(MILK)
    model = PAGE.milk_together(MILK)
    at = {"a": 0.1, "b_B": 0.5, "b_M": -0.4, "nu": 0.2, "nu_M": -0.1, "sigma": 0.8, "sigma_B": 1.2, "sigma_M": 0.9}
    rho, gone = 0.4, scores["B"].isna().to_numpy()
    missing = np.linspace(-1, 1, gone.sum())
    B = scores["B"].to_numpy().copy()
    B[gone] = missing
    both = rho * at["sigma_B"] * at["sigma_M"]
    cov = [[at["sigma_B"] ** 2, both], [both, at["sigma_M"] ** 2]]
    expected = stats.multivariate_normal([at["nu"], at["nu_M"]], cov).logpdf(np.column_stack([B, scores["M"]])).sum()
    mu = at["a"] + at["b_B"] * B + at["b_M"] * scores["M"]
    expected += stats.norm(mu, at["sigma"]).logpdf(scores["K"]).sum()
    expected += sum(stats.norm(0, 0.5).logpdf(at[name]) for name in ("a", "b_B", "b_M", "nu", "nu_M"))
    expected += sum(stats.expon.logpdf(at[name]) for name in ("sigma", "sigma_B", "sigma_M"))
    # LKJ(2) of two variables has the density 3/4 (1 - rho^2); half_rho has half the width.
    expected += np.log(0.75 * (1 - rho**2)) + np.log(2)
    found = logp_of(model, at | {"half_rho": (rho + 1) / 2, "B_missing": missing})
    assert found == pytest.approx(expected, abs=1e-6)


def test_what_the_graph_says_of_a_dog_is_what_a_large_class_shows():
    for name in PAGE.WHY:
        for hidden, columns in [(["H", "X"], ["S"]), (["H"], ["S", "X"])]:
            graph = PAGE.homework(name, hidden)
            made = PAGE.simulate_dogs(np.random.default_rng(3), name, n=200_000)
            left = made.dropna()
            mean, slope = PAGE.from_all(made, columns)
            dropped = left["H_star"].mean(), np.polyfit(left["S"], left["H_star"], 1)[0]
            for given, of_left, of_all, true in [([], dropped[0], mean, 0.0), (["S"], dropped[1], slope, 0.5)]:
                said = PAGE.judge(graph, "H", "D", "H", given, "H_star")
                assert (abs(of_left - true) < 0.015) == said.startswith("drop"), (name, hidden, given)
                assert (abs(of_all - true) < 0.015) == (said != "cannot be helped"), (name, hidden, given)


def test_the_judge_tells_dropping_from_imputing():
    text = "X -> Y; {X R} -> X_star; "
    for arrow, said in [("R", "drop or impute"), ("X -> R", "drop"), ("Y -> R", "impute, by Y")]:
        graph = rt.CausalGraph(text + arrow, unobserved={"X"})
        assert PAGE.judge(graph, "X", "R", "Y", ["X"], "X_star") == said
    hidden = rt.CausalGraph(text + "V -> {R Y}", unobserved={"X", "V"})
    assert PAGE.judge(hidden, "X", "R", "Y", ["X"], "X_star") == "cannot be helped"


def primates_by_hand(scores, distance, at, missing):
    """Return the log density of three traits on a tree, by matrices of all species."""
    near = (distance / distance.to_numpy().max()).loc[scores.index, scores.index].to_numpy()
    full = scores.copy()
    for k in "MG":
        full.loc[full[k].isna(), k] = missing[k]
    M, G, B = (full[k].to_numpy() for k in "MGB")
    here = ~np.isnan(B)
    rest = {
        "M": M - at["a_M"],
        "G": G - at["a_G"] - at["b_MG"] * M,
        "B": (B - at["a_B"] - at["b_M"] * M - at["b_G"] * G)[here],
    }
    total = 0.0
    for k, each in rest.items():
        rows = here if k == "B" else np.ones(len(B), bool)
        K = at[f"eta_sq_{k}"] * np.exp(-3 * near[np.ix_(rows, rows)]) + 0.01 * np.eye(rows.sum())
        total += stats.multivariate_normal(np.zeros(len(each)), K).logpdf(each) + len(each) / 2 * np.log(2 * np.pi)
        total += stats.norm(0, 1).logpdf(at[f"a_{k}"])
        total += stats.truncnorm(-4, np.inf, 1, 0.25).logpdf(at[f"eta_sq_{k}"])
    return total + sum(stats.norm(0, 0.5).logpdf(at[name]) for name in ("b_MG", "b_M", "b_G"))


@pytest.fixture(scope="module")
def primates():
    tree = PAGE.sixteen.simulate_tree(np.random.default_rng(5), species=301)
    return PAGE.simulate_gaps(np.random.default_rng(6), tree), tree


def test_traits_along_axes_are_traits_with_a_covariance(primates):
    table, tree = primates
    scores = PAGE.primate_scores(table)
    model = PAGE.primates_imputed(table, tree)
    rng = np.random.default_rng(7)
    missing = {k: rng.normal(size=scores[k].isna().sum()) for k in "MG"}
    differences = []
    for _ in range(2):
        at = {name: rng.normal(0, 0.4) for name in ("a_M", "a_G", "a_B", "b_MG", "b_M", "b_G")}
        at |= {f"eta_sq_{k}": rng.uniform(0.2, 1.2) for k in "MGB"}
        values = at | {f"{k}_missing": each for k, each in missing.items()}
        differences.append(logp_of(model, values) - primates_by_hand(scores, tree, at, missing))
    assert differences[0] == pytest.approx(differences[1], abs=1e-6)


def test_species_without_any_trait_leave_and_nobody_else(primates):
    table, _ = primates
    scores = PAGE.primate_scores(table)
    nothing = table[list(PAGE.TRAITS)].isna().all(axis=1)
    assert set(table["name"]) - set(scores.index) == set(table["name"][nothing])
    assert scores["G"].isna().any()
    assert scores["B"].isna().any()


def test_days_at_risk_add_up_and_one_period_is_lecture_nine():
    cats = PAGE.nine.simulate_cats(np.random.default_rng(8), n=4000)
    adopted, waited = PAGE.days_at_risk(cats, (0, 3, 30))
    table = PAGE.nine.cat_days(cats)
    np.testing.assert_array_equal(adopted.sum(axis=1), table["adopted"])
    np.testing.assert_array_equal(waited.sum(axis=1), table["days"])
    third_day = pd.DataFrame({"days_to_event": [3, 4], "out_event": ["Adoption"] * 2, "color": ["Black"] * 2})
    adopted, waited = PAGE.days_at_risk(third_day, (0, 3))
    assert adopted.loc["black"].tolist() == [1, 1]
    assert waited.loc["black"].tolist() == [6, 1]


def test_a_chance_in_periods_is_a_product_of_coins():
    cats = PAGE.nine.simulate_cats(np.random.default_rng(9), n=300)
    starts, P = (0, 10, 40), np.array([[0.01, 0.03, 0.02], [0.04, 0.02, 0.05]])
    model = PAGE.censored_adoption(cats, starts)
    by_hand = 0.0
    for days, event, color in zip(cats["days_to_event"], cats["out_event"], cats["color"], strict=True):
        chance = P[0 if color == "Black" else 1]
        for day in range(1, days + 1):
            p = chance[np.searchsorted(starts, day) - 1]
            by_hand += np.log(p if event == "Adoption" and day == days else 1 - p)
    adopted, waited = (each.to_numpy() for each in PAGE.days_at_risk(cats, starts))
    ways = special.gammaln(waited + 1) - special.gammaln(adopted + 1) - special.gammaln(waited - adopted + 1)
    found = logp_of(model, {"P": P}) - stats.beta(1, 10).logpdf(P).sum()
    assert found == pytest.approx(by_hand + ways.sum(), abs=1e-4)


def test_only_the_model_of_censoring_is_right_however_early_one_stops_to_look():
    for cut in (30, 10):
        found = PAGE.censoring_study(np.random.default_rng(10), cut, worlds=150)
        assert found.loc["modelled", "coverage"] > 0.8
        assert abs(found.loc["modelled", "bias"]) < 0.4
        assert found.loc["dropped", "bias"] < -0.8
    assert (found["coverage"][["dropped", "counted as adopted"]] < 0.2).all()
