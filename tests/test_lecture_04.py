"""Lecture 4: every model of the page by label against the published numbers, and the truth of what it simulates."""

import arviz as az
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from published import assert_interval, assert_means, assert_mode, draws
from r_random import R

import rethinking as rt

PAGE = rt.lecture("04_categories_and_curves")
SHEET = rt.lecture("exercises/04_categories_and_curves")
HOWELL = rt.load_data("Howell1")
ADULTS = HOWELL[HOWELL["age"] >= 18].reset_index(drop=True)
MAN_WOMAN = {"S": ["male", "female"]}


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


def test_weight_by_sex_and_its_contrast():
    model = PAGE.weight_by_sex(ADULTS)
    fit = rt.sample(model, seed=1)
    assert_means(fit, {"alpha female": (41.85, 0.40), "alpha male": (48.61, 0.42), "sigma": (5.52, 0.21)})
    contrast = rt.contrast(model, fit, "W", do=MAN_WOMAN)
    assert abs(contrast.mean() - 6.757) < 0.15 * 0.579
    assert abs(contrast.std() - 0.579) < 0.05
    assert_interval(contrast, 5.828, 7.670, 0.579)


def test_the_whole_body_and_sex_set_in_it():
    model = PAGE.whole_body(ADULTS)
    fit = rt.sample(model, seed=2)
    rows = {"alpha female": 45.17, "alpha male": 45.09, "h female": 149.53, "h male": 160.37, "sigma": 4.265}
    sds = {"alpha female": 0.45, "alpha male": 0.46, "h female": 0.41, "h male": 0.43, "sigma": 0.16}
    for name, value in rows.items():
        assert abs(draws(fit, name).mean() - value) < 0.15 * sds[name], name
    contrast = rt.contrast(model, fit, "W", do=MAN_WOMAN, seed=3)
    assert abs(contrast.mean() - 6.772) < 0.15 * 0.587
    assert abs(contrast.std() - 0.587) < 0.05


def test_height_by_sex_at_all_ages():
    sex = HOWELL["male"].map({0: "female", 1: "male"})
    model = PAGE.group_means(HOWELL["height"], pd.DataFrame({"sex": sex}), prior=(178, 20), scale=50)
    assert_mode(model, {"alpha_sex female": 134.91, "alpha_sex male": 142.58, "sigma": 27.31}, within=0.02)
    fit = rt.sample(model, seed=4)
    gap = draws(fit, "alpha_sex female") - draws(fit, "alpha_sex male")
    assert abs(gap.mean() - -7.54) < 0.15 * 2.38 + 0.1  # the published mean has the error of its own draws
    assert abs(gap.std() - 2.38) < 0.2


def milk_by(*, house):
    """Return the model of milk by clade, with the houses that R draws by lot for the book."""
    milk = rt.load_data("milk")
    groups = milk[["clade"]]
    if house:
        groups = groups.assign(house=R(63).sample(np.repeat([1, 2, 3, 4], 8), len(milk)))
    return PAGE.group_means(rt.standardize(milk["kcal.per.g"]), groups)


def test_milk_by_clade():
    clades = ["Ape", "New World Monkey", "Old World Monkey", "Strepsirrhine"]
    rows = dict(zip([f"alpha_clade {clade}" for clade in clades], [-0.48, 0.37, 0.68, -0.59], strict=True))
    assert_mode(milk_by(house=False), rows | {"sigma": 0.72})
    rows = dict(zip(rows, [-0.42, 0.38, 0.57, -0.51], strict=True))
    rows |= dict(zip([f"alpha_house {k}" for k in (1, 2, 3, 4)], [-0.10, -0.20, -0.16, 0.49], strict=True))
    assert_mode(milk_by(house=True), rows | {"sigma": 0.66})


def cherries():
    """Return the real table, or skip: its licence forbids to ship it."""
    table = rt.load_data("cherry_blossoms", otherwise=lambda: PAGE.simulate_blossoms(np.random.default_rng(1)))
    if table.attrs["simulated"]:
        pytest.skip("The published numbers are those of the real table: set RETHINKING_DATA.")
    return table


def test_the_weights_of_the_spline_of_temperature():
    published = "10 24 120 -82 10 -140 116 -192 235 -232 94 -161 18 -124 3 100 204"
    rows = {f"w {hump}": int(weight) / 100 for hump, weight in enumerate(published.split())}
    assert_mode(PAGE.spline(cherries(), 15, "temp"), rows | {"alpha": 6.32, "sigma": 0.34})


def test_a_degree_less_in_simulated_trees():
    """The truth of the stand-in: a degree more in March, three days less."""
    table = pd.concat([PAGE.simulate_blossoms(np.random.default_rng(seed)) for seed in range(20)]).dropna()
    day, warm = (table[name] - fit(table["year"]) for name, fit in (("doy", PAGE.true_day), ("temp", true_temp)))
    assert abs(np.polyfit(warm, day, 1)[0] - -3) < 4 * 5.7 / 0.6 / len(table) ** 0.5
    assert 0.35 < len(table) / (20 * 1215) < 0.55


def true_temp(year):
    """Return the mean temperature of the simulated trees."""
    return 6 - (PAGE.true_day(year) - 104) / 3


def test_the_scores_of_three_curves_of_bloom_in_temperature():
    """Published for standardised days, which shifts a deviance by two logarithms of their sd for each year."""
    table, scores = cherries(), []
    known = table.dropna(subset=["doy", "temp"])
    assert len(known) == 787
    T = xr.DataArray(known["temp"].to_numpy() - 6, dims="year")
    D = xr.DataArray(known["doy"].to_numpy(), dims="year")
    for degree in (0, 1, 2):
        fit = rt.sample(SHEET.bloom_by_temperature(table, degree), 1000, seed=5)
        post = fit["posterior"]
        mu = post["alpha"] + sum(post[f"beta_{power}"] * T**power for power in range(1, degree + 1))
        log_p = -np.log(2 * np.pi) / 2 - np.log(post["sigma"]) - ((D - mu) / post["sigma"]) ** 2 / 2
        fit["log_likelihood"] = xr.Dataset({"D": log_p.transpose("chain", "draw", "year")})
        scores.append(az.loo(fit, pointwise=True))
    shift = 2 * len(known) * np.log(table["doy"].std())
    deviances = [-2 * score.elpd - shift for score in scores]
    assert deviances == pytest.approx([2199.5, 2112.3, 2114.1], abs=0.6)
    assert [2 * score.se for score in scores] == pytest.approx([39.6, 41.0, 40.9], abs=0.6)
    for score, error in ((scores[0], 16.89), (scores[2], 0.26)):
        gap = 2 * (score.elpd_i - scores[1].elpd_i)
        assert float(gap.std() * len(known) ** 0.5) == pytest.approx(error, abs=0.3 if error > 1 else 0.15)
