"""Lecture 10: hidden ability against brute-force integration, tools against the numbers of the course."""

import numpy as np
import pymc as pm
import pytest
from scipy import integrate, stats

import rethinking as rt

PAGE = rt.lecture("10_counts_and_hidden_confounds")
KLINE = rt.load_data("Kline")


def test_abilities_of_those_who_chose_are_averaged_as_by_brute_force():
    """The probabilities of the model's counts, by quadrature of 21 points, against adaptive integration."""
    world = PAGE.count(PAGE.simulate_hidden_ability(np.random.default_rng(1), 500))
    model = PAGE.hidden_ability(world, b=1.3, g=0.7, special="hard")
    alpha, delta = np.array([[-1.0, 0.5], [0.2, -0.4]]), np.array([0.3, -0.8])
    counts = PAGE.admission_table(world, "applications")[0], PAGE.admission_table(world, "admit")[0]
    expected = stats.norm(0, 1).logpdf(np.append(alpha, delta)).sum()
    for gender in (0, 1):
        moved = 0.7 * (gender == 0)

        def q(u, gender=gender, moved=moved):
            return rt.invlogit(delta[gender] + moved * u)

        def over_ability(f):
            return integrate.quad(lambda u: f(u) * stats.norm.pdf(u), -9, 9)[0]

        chose = over_ability(q)
        N, A = counts[0][gender], counts[1][gender]
        expected += stats.binom(N.sum(), chose).logpmf(N[1])
        for department, chosen in enumerate([lambda u, q=q: 1 - q(u), q]):
            a = alpha[gender, department]
            both = over_ability(lambda u, a=a, chosen=chosen: chosen(u) * rt.invlogit(a + 1.3 * u))
            p = both / over_ability(chosen)
            expected += stats.binom(N[department], p).logpmf(A[department])
    point = {"alpha": alpha, "delta": delta}
    assert float(model.compile_logp(mode="FAST_COMPILE")(point)) == pytest.approx(expected, abs=1e-5)


def test_the_true_strengths_find_the_truth_and_none_at_all_hides_it():
    world = PAGE.count(PAGE.simulate_hidden_ability(np.random.default_rng(3), 100_000))
    sampler = rt.Sampler(PAGE.hidden_ability(world, special="hard"))
    for b, g, is_right in [(1.0, 2.0, True), (0.0, 0.0, False)]:
        p = sampler.sample(500, tune=600, seed=1, b=b, g=g, adaptation="low_rank")["posterior"]["p"]
        gap = p.sel(gender="female") - p.sel(gender="male")
        for department in ("easy", "hard"):
            z = (gap.sel(department=department).mean() - PAGE.truth_in(department)) / gap.sel(
                department=department
            ).std()
            assert (abs(z) < 3.5) == is_right


def test_men_choose_without_regard_to_ability():
    people = PAGE.simulate_hidden_ability(np.random.default_rng(5), 50_000)
    by_choice = people.groupby(["G", "D"])["U"].mean()
    assert abs(by_choice[1, 0]) < 0.05
    assert abs(by_choice[1, 1]) < 0.05
    assert by_choice[0, 1] > 0.7 > by_choice[0, 0]
    assert abs(np.corrcoef(people["T1"], people["U"])[0, 1] - 0.5**0.5) < 0.01


def test_tools_by_label():
    fit = rt.sample(PAGE.tools_by_contact(KLINE), 2000, seed=107)["posterior"]
    published = {("a", "low"): (3.321, 0.086), ("b", "low"): (0.377, 0.052)}
    published |= {("a", "high"): (3.610, 0.072), ("b", "high"): (0.194, 0.155)}
    for (name, contact), (mean, sd) in published.items():
        draws = fit[name].sel(contact=contact)
        assert abs(draws.mean() - mean) < 0.15 * sd
        assert abs(draws.std() / sd - 1) < 0.1


def test_an_island_that_is_not_watched_teaches_nothing():
    """Leaving Hawaii out by the trick of the page, and by taking its row away."""
    others = (KLINE["culture"] != "Hawaii").to_numpy()
    model = PAGE.tools_by_contact(KLINE)
    tools = KLINE["total_tools"].to_numpy()
    sampler = rt.Sampler(model)
    trick = sampler.sample(2000, seed=1, seen=np.where(others, tools, 0), watched=np.where(others, 1.0, 1e-9))
    log_population = np.log(KLINE["population"])
    P = ((log_population - log_population.mean()) / log_population.std())[others]
    with pm.Model() as nine:
        C = (KLINE["contact"][others] == "high").to_numpy().astype(int)
        a, b = pm.Normal("a", 3, 0.5, shape=2), pm.Normal("b", 0, 0.2, shape=2)
        pm.Poisson("T", pm.math.exp(a[C] + b[C] * P.to_numpy()), observed=tools[others])
    without = rt.sample(nine, 2000, seed=2)["posterior"]
    for name in "ab":
        left, right = trick["posterior"][name], without[name]
        sd = right.std(("chain", "draw")).to_numpy()
        off = left.mean(("chain", "draw")).to_numpy() - right.mean(("chain", "draw")).to_numpy()
        assert (np.abs(off) < 0.12 * sd).all()
