"""Lecture 6: the models of the page by label against the published numbers, on the tables that R simulates."""

import arviz as az
import numpy as np
import pandas as pd
import pymc as pm
import pytest
from published import assert_interval, assert_means, assert_mode, draws
from r_random import R

import rethinking as rt

PAGE = rt.lecture("06_good_and_bad_controls")
SHEET = rt.lecture("exercises/06_good_and_bad_controls")


def families():
    """Return the two hundred families of the book, with grandparents who do nothing."""
    r = R(1)
    U = 2 * r.rbern(np.full(200, 0.5)) - 1
    G = r.rnorm(200)
    P = r.rnorm(200, G + 2 * U)
    return pd.DataFrame({"G": G, "P": P, "C": r.rnorm(200, P + 2 * U), "U": U})


def people():
    """Return the adults of the book after a thousand years: the rules of the page in the order in which R draws."""
    r = R(1977)
    age, happiness, married = np.zeros((3, 0))
    for _ in range(1000):
        age = np.append(age + 1, np.ones(20))
        happiness = np.append(happiness, np.linspace(-2, 2, 20))
        married = np.append(married, np.zeros(20))
        single = np.flatnonzero((age >= 18) & (married == 0))
        married[single] = r.rbern(rt.invlogit(happiness[single] - 4))
        age, happiness, married = (column[age <= 65] for column in (age, happiness, married))
    table = pd.DataFrame({"age": age, "married": married == 1, "happiness": happiness})
    return table[table["age"] >= 18].reset_index(drop=True)


@pytest.mark.parametrize(
    ("predictors", "rows"),
    [
        ("PG", {"alpha": -0.12, "beta_P": 1.79, "beta_G": -0.84, "sigma": 1.41}),
        ("PGU", {"alpha": -0.12, "beta_P": 1.01, "beta_G": -0.04, "beta_U": 2.00, "sigma": 1.02}),
    ],
)
def test_grandparents(predictors, rows):
    assert_mode(PAGE.grandparents(families(), predictors), rows)


def test_happiness_with_and_without_marriage_and_that_the_wrong_model_scores_better():
    adults, fits, scores = people(), {}, {}
    assert len(adults) == 960
    for name, table in {"married": adults, "ignored": adults.assign(married=False)}.items():
        model = PAGE.happiness(table)
        fits[name] = rt.sample(model, seed=3)
        pm.compute_log_likelihood(fits[name], model=model, progressbar=False)
        scores[name] = az.loo(fits[name], pointwise=True)
    rows = {"alpha single": (-0.24, 0.06), "alpha married": (1.26, 0.08), "beta_A": (-0.75, 0.11)}
    assert_means(fits["married"], rows | {"sigma": (0.99, 0.02)})
    assert_interval(fits["married"]["posterior"]["beta_A"], -0.93, -0.57, 0.11)
    assert abs(draws(fits["ignored"], "alpha single").mean()) < 0.01
    assert abs(fits["ignored"]["posterior"]["beta_A"].mean()) < 0.01
    assert abs(fits["ignored"]["posterior"]["sigma"].mean() - 1.21) < 0.01
    for name, deviance, error in (("married", 2714.0, 37.57), ("ignored", 3101.9, 27.76)):
        assert -2 * scores[name].elpd == pytest.approx(deviance, abs=0.7), name
        assert 2 * scores[name].se == pytest.approx(error, abs=0.6), name
    gap = -2 * (scores["ignored"].elpd_i - scores["married"].elpd_i)
    assert float(gap.sum()) == pytest.approx(387.9, abs=1)
    assert float(gap.std() * 960**0.5) == pytest.approx(35.4, abs=0.5)


@pytest.mark.parametrize(
    ("left_out", "rows"),
    [
        ("sugar", {"beta_fat": 0.86, "sigma": 0.45}),
        ("fat", {"beta_sugar": -0.90, "sigma": 0.38}),
        (None, {"beta_fat": 0.24, "beta_sugar": -0.68, "sigma": 0.38}),
    ],
)
def test_fat_and_sugar_of_milk(left_out, rows):
    milk = rt.load_data("milk")
    model = PAGE.milk_energy(milk)
    if left_out:
        pm.set_data({left_out: np.zeros(len(milk))}, model=model)
    assert_mode(model, rows)


FORMS = {
    "mediator": (1, -1 / 2),
    "mediator of nothing": (0, -1 / 2),
    "case-control": (1, 1 / 2),
    "precision parasite": (1, 1),
    "bias amplifier": (1 / 3, 1 / 2),
    "bias amplifier, 0 or 1": (1 / 14.25, 1 / 2),
}


@pytest.mark.parametrize("name", FORMS)
def test_the_slopes_of_bad_controls_are_their_closed_forms(name):
    """Two million rows of each world: the error of a slope is about a thousandth."""
    world = PAGE.bad_controls[name][1](np.random.default_rng(1), 2_000_000)
    assert np.allclose(PAGE.slopes(world, len(world)).to_numpy()[0], FORMS[name], atol=0.004)
    assert np.allclose(PAGE.bad_controls[name][3:], FORMS[name])


def test_the_parasite_costs_precision_in_samples_of_fifty():
    world = PAGE.bad_controls["precision parasite"][1](np.random.default_rng(2), 10_000 * 50)
    found = PAGE.slopes(world, 50)
    assert np.allclose(found.mean(), 1, atol=0.006)
    assert found.std().round(2).to_list() == pytest.approx([0.10, 0.145], abs=0.006)


@pytest.mark.parametrize(
    ("predictors", "outcome", "rows"),
    [
        ("A", "F", {"beta_A": (0.877, 0.045), "sigma": (0.48, 0.03)}),
        ("F", "W", {"beta_F": (-0.025, 0.093)}),
        ("FG", "W", {"beta_F": (0.466, 0.182), "beta_G": (-0.562, 0.181)}),
        ("F", "G", {"beta_F": (0.896, 0.040)}),
        (
            "FGA",
            "W",
            {"beta_F": (0.292, 0.21), "beta_G": (-0.631, 0.18), "beta_A": (0.275, 0.17), "sigma": (0.956, 0.064)},
        ),
    ],
)
def test_foxes(predictors, outcome, rows):
    if SHEET.table.attrs["simulated"]:
        pytest.skip("The published numbers are those of the real table: set RETHINKING_DATA.")
    assert_means({"posterior": SHEET.fitted(predictors, outcome)}, rows)
