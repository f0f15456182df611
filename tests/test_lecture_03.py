"""Lecture 3: the people of the table, and every model of the page by label against the published numbers."""

import pytest
from published import assert_interval, assert_means, assert_mode

import rethinking as rt

PAGE = rt.lecture("03_linear_models")
HOWELL = rt.load_data("Howell1")
ADULTS = HOWELL[HOWELL["age"] >= 18].reset_index(drop=True)


def test_the_adults_are_those_of_the_course():
    assert (len(ADULTS), (ADULTS["male"] == 0).sum(), (ADULTS["male"] == 1).sum()) == (352, 187, 165)
    assert round(ADULTS["height"].mean(), 4) == 154.5971
    assert round(ADULTS["weight"].mean(), 4) == 44.9905


def test_the_centred_line_of_weight_on_height():
    fit = rt.sample(PAGE.weight_by_height(ADULTS), seed=1)
    assert_means(fit, {"alpha": (45.00, 0.225), "beta": (0.629, 0.029), "sigma": (4.255, 0.160)})
    assert_interval(fit["posterior"]["beta"], 0.582, 0.676, 0.029)


def test_the_uncentred_line_is_pulled_to_the_slope_of_the_port():
    fit = rt.sample(PAGE.uncentred(ADULTS), seed=5, draws=2000)
    assert_means(fit, {"alpha": (-43.10, 4.1), "beta": (0.570, 0.027), "sigma": (4.284, 0.16)})


@pytest.mark.parametrize(("sd", "mu", "sigma"), [(20, 154.61, 7.73), (0.1, 177.86, 24.52)])
def test_height_with_an_open_and_with_a_stubborn_prior(sd, mu, sigma):
    assert_mode(PAGE.height_only(ADULTS, sd=sd), {"mu": mu, "sigma": sigma})


def test_the_spread_of_the_posterior_of_height():
    assert_means(rt.sample(PAGE.height_only(ADULTS), seed=2), {"mu": (154.60, 0.41), "sigma": (7.77, 0.29)})


def test_the_line_of_height_on_weight_in_kilograms():
    """The page standardises weight: a slope in standard deviations, divided by theirs, is one in kilograms."""
    fit = rt.sample(PAGE.polynomial(ADULTS, 1), seed=3)
    per_kg = fit["posterior"]["beta_1"] / ADULTS["weight"].std()
    assert_means(fit, {"alpha": (154.60, 0.27), "sigma": (5.09, 0.19)})
    assert abs(per_kg.mean() - 0.90) < 0.01
    assert_interval(per_kg, 0.84, 0.97, 0.04)


def test_the_parabola_of_all_ages():
    published = {"alpha": 146.06, "beta_1": 21.73, "beta_2": -7.80, "sigma": 5.77}
    assert_mode(PAGE.polynomial(HOWELL, 2), published)


def test_children_by_year():
    fit = rt.sample(PAGE.children(HOWELL), seed=4)
    assert fit["observed_data"]["W"].size == 146
    assert_means(fit, {"alpha": (7.166, 0.34), "beta": (1.376, 0.05), "sigma": (2.548, 0.15)})
    assert_interval(fit["posterior"]["alpha"], 6.62, 7.71, 0.34)
    assert_interval(fit["posterior"]["beta"], 1.29, 1.46, 0.05)
    assert_mode(PAGE.children(HOWELL), {"sigma": 2.51}, within=0.02)
