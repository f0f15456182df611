"""Lecture 20: a filter against integrals, estimators against statsmodels, the page against its project."""

import importlib.util
import inspect
import re

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import integrate, stats

import rethinking as rt
from rethinking._resources import resource

PAGE = rt.lecture("20_horoscopes")
PROJECT = resource("lectures") / "_project"


def module(name):
    spec = importlib.util.spec_from_file_location(f"project_{name}", PROJECT / f"{name}.py")
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


SIMULATION = module("simulation")


@pytest.mark.parametrize("lam", [0.05, 0.5, 1.0, 2.8, 6.0])
def test_what_a_filter_does_is_what_an_integral_over_the_printed_results_says(lam):
    def over(f):
        tails = [(-np.inf, -PAGE.CUT), (PAGE.CUT, np.inf)]
        return [integrate.quad(lambda z: f(z) * stats.norm.pdf(z, lam), *tail)[0] for tail in tails]

    below, above = over(lambda z: 1.0)
    assert PAGE.printed(lam) == pytest.approx(below + above, rel=1e-6)
    assert PAGE.wrong_sign(lam) == pytest.approx(below / (below + above), rel=1e-5)
    assert PAGE.exaggeration(lam) == pytest.approx(sum(over(abs)) / (lam * (below + above)), rel=1e-6)


def test_without_an_effect_one_in_twenty_is_printed_and_half_of_them_have_either_sign():
    assert PAGE.printed(0.0) == pytest.approx(0.05)
    assert PAGE.wrong_sign(1e-9) == pytest.approx(0.5)
    assert PAGE.exaggeration(40.0) == pytest.approx(1.0)


@pytest.mark.parametrize("causes", [["walk"], ["walk", "workload"], ["walk", "workload", "mood"]])
def test_slopes_are_those_of_least_squares(causes):
    table = SIMULATION.simulate(np.random.default_rng(1), n=60)
    fit = sm.OLS(table["sleep"], sm.add_constant(table[causes])).fit()
    b, t = PAGE.slopes(table, causes)
    np.testing.assert_allclose(b, fit.params[causes])
    np.testing.assert_allclose(t, fit.tvalues[causes])


def test_the_rule_of_significance_drops_what_is_weak_and_keeps_what_is_strong():
    rng = np.random.default_rng(2)
    table = SIMULATION.simulate(rng, n=400)
    assert PAGE.significant(table) == pytest.approx(PAGE.slopes(table, ["walk", "workload", "mood"])[0][0])
    noise = rng.normal(size=400)
    others = np.column_stack([np.ones(400), table[["walk", "workload", "sleep"]]])
    table["mood"] = noise - others @ np.linalg.lstsq(others, noise)[0]
    assert PAGE.significant(table) == pytest.approx(PAGE.slopes(table, ["walk", "workload"])[0][0])


def test_with_flat_priors_the_width_is_that_of_least_squares(monkeypatch):
    table = SIMULATION.simulate(np.random.default_rng(3), n=80)
    fit = sm.OLS(table["sleep"], sm.add_constant(table[["walk", "workload"]])).fit()
    flat = 2 * stats.norm.ppf(0.945) * fit.bse["walk"]
    assert PAGE.width(table) < flat
    monkeypatch.setattr(PAGE, "PRIOR", dict.fromkeys(PAGE.PRIOR, (0, 10000.0)))
    assert PAGE.width(table) == pytest.approx(flat, rel=1e-6)


def test_the_page_and_the_plan_say_what_the_project_has():
    model = module("model").sleep_model(SIMULATION.simulate(np.random.default_rng(4)))
    for variable in model.free_RVs:
        if variable.name in PAGE.PRIOR:
            parameters = [float(each.eval()) for each in variable.owner.op.dist_params(variable.owner)]
            assert parameters == list(map(float, PAGE.PRIOR[variable.name]))
    n = inspect.signature(SIMULATION.simulate).parameters["n"].default
    plan = (PROJECT / "plan.md").read_text(encoding="utf-8")
    assert re.findall(r"(\d+) people", plan) == [str(n)]
    shares = [np.mean(np.array(PAGE.widths(SIMULATION.simulate, size, 400)) <= 0.5) for size in (n - 10, n)]
    assert shares[0] < 0.84  # less than 0.8, and two Monte-Carlo errors
    assert shares[1] > 0.84


def test_a_filter_that_is_known_can_be_undone_and_one_that_is_ignored_cannot():
    effects = np.linspace(-1, 1.5, 1001)
    scores = {True: [], False: []}
    for k in range(60):
        result, se, shown = PAGE.literature(np.random.default_rng([5, k]), 0.25, tried=150)
        for filtered, found in scores.items():
            p = PAGE.posterior_on_grid(result[shown], se[shown], effects, filtered)
            mean = p @ effects
            found.append((mean - 0.25) / np.sqrt(p @ (effects - mean) ** 2))
    table = pd.DataFrame(scores)
    assert table[False].min() > 1
    assert abs(table[True].mean()) < 4 / np.sqrt(60)
    assert 0.75 < table[True].std() < 1.3
