"""Lecture 4: children's growth by label against the published numbers, humps of a spline, the truth of its people."""

import numpy as np
import pytest

import rethinking as rt

PAGE = rt.lecture("04_categories_and_curves")


@pytest.mark.parametrize(
    ("height", "published"),
    [
        (False, {("alpha", "female"): (-0.13, 0.11), ("alpha", "male"): (0.14, 0.12)}),
        (
            True,
            {
                ("alpha", "female"): (-0.043, 0.03),
                ("alpha", "male"): (0.032, 0.03),
                ("beta", "female"): (0.904, 0.03),
                ("beta", "male"): (1.018, 0.03),
            },
        ),
    ],
)
def test_children_by_label(height, published):
    post = rt.sample(PAGE.children_growth(rt.load_data("Howell1"), height=height), seed=1)["posterior"]
    for (name, sex), (mean, sd) in published.items():
        draws = post[name].sel(sex=sex)
        assert abs(draws.mean() - mean) < max(0.015, 0.15 * sd)
        assert abs(draws.std() - sd) < 0.012
    assert abs(post["sigma"].mean() - (0.256 if height else 0.98)) < (0.005 if height else 0.02)
    gap = post["alpha"].sel(sex="male") - post["alpha"].sel(sex="female")
    low, high = (0.01, 0.14) if height else (0.02, 0.53)
    assert np.allclose(gap.quantile([0.055, 0.945]), [low, high], atol=0.04)


@pytest.mark.parametrize("n_knots", [5, 15])
def test_humps_are_local_and_add_up_to_one(n_knots):
    year = np.arange(800.0, 2001.0)
    humps = PAGE.basis(year, n_knots)
    assert humps.shape == (len(year), n_knots + 2)
    assert np.allclose(humps.sum(axis=1), 1)
    assert ((humps > 0).sum(axis=1) <= 4).all()


def test_a_spline_of_cubic_humps_holds_every_cubic():
    year = np.linspace(0, 1, 200)
    humps = PAGE.basis(year, 6)
    cubic = 1 + year - 3 * year**2 + 2 * year**3
    weights = np.linalg.lstsq(humps, cubic, rcond=None)[0]
    assert np.allclose(humps @ weights, cubic, atol=1e-10)


def test_the_total_effect_of_the_simulated_people_is_six_more_than_the_direct_one():
    ones = np.ones(1000, dtype=int)
    men, women = (PAGE.simulate_bodies(np.random.default_rng(1), sex * ones, 3)["weight"] for sex in (1, 0))
    assert np.allclose(men - women, 9)
