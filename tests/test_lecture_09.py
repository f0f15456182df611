"""Lecture 9: counts of events and waits that were cut off, against closed forms and the numbers of the course."""

import numpy as np
import pandas as pd
import pymc as pm
import pytest
from scipy import stats

import rethinking as rt

PAGE = rt.lecture("09_modeling_events")
GRANTS = {
    "female": [-1.07, -1.76, -1.43, -1.28, -2.06, -1.20, -1.24, -2.02, -1.32],
    "male": [-1.03, -1.14, -1.77, -1.99, -1.46, -1.43, -1.02, -1.70, -1.66],
}


@pytest.fixture(scope="module")
def cats():
    return PAGE.simulate_cats(np.random.default_rng(9), 3000, wait=(60, 50), other=40)


def logp(model, **values):
    """Return the joint log-density of a model where its free variables, as they are sampled, have some values."""
    free = {rv.name: model.rvs_to_values[rv].name for rv in model.free_RVs}
    point = model.initial_point() | {free[name]: np.asarray(value, dtype=float) for name, value in values.items()}
    return float(model.compile_logp(jacobian=False)(point))


def by_row(cats, wait, distribution):
    """Return the log-likelihood, cat by cat, for the mean waits of black cats and of others."""
    black = (cats["color"] == "Black").to_numpy()
    mean = np.where(black, *wait)
    one = stats.expon(scale=mean) if distribution == "exponential" else stats.geom(1 / mean)
    days, adopted = cats["days_to_event"].to_numpy(), (cats["out_event"] == "Adoption").to_numpy()
    seen = one.logpdf(days) if distribution == "exponential" else one.logpmf(days)
    return np.where(adopted, seen, one.logsf(days)).sum()


WAITS = [(60.0, 50.0), (30.0, 80.0), (200.0, 20.0)]


def test_two_numbers_a_color_have_the_likelihood_of_all_exponential_waits(cats):
    model = PAGE.waiting_time(cats, prior=(3.5, 1))
    prior = stats.norm(3.5, 1)
    apart = [
        logp(model, alpha=np.log(wait)) - prior.logpdf(np.log(wait)).sum() - by_row(cats, wait, "exponential")
        for wait in WAITS
    ]
    assert np.ptp(apart) < 1e-6


def test_two_numbers_a_color_have_the_likelihood_of_all_geometric_waits(cats):
    model, prior = PAGE.adoption_day(cats), stats.beta(1, 10)
    apart = []
    for wait in WAITS:
        daily = 1 / np.array(wait)
        apart.append(logp(model, P=rt.logit(daily)) - prior.logpdf(daily).sum() - by_row(cats, wait, "geometric"))
    assert np.ptp(apart) < 1e-6


def test_censored_rows_of_pymc_have_the_same_likelihood(cats):
    """The same in PyMC's own words, row by row."""
    adopted = cats["out_event"] == "Adoption"
    days = cats["days_to_event"].to_numpy(dtype=float)
    with pm.Model() as rows:
        alpha = pm.Normal("alpha", 3.5, 1, shape=2)
        mean = pm.math.exp(alpha)[np.where(cats["color"] == "Black", 0, 1)]
        exponential = pm.Exponential.dist(lam=1 / mean)
        upper = np.where(adopted, np.inf, days)
        pm.Censored("days", exponential, lower=None, upper=upper, observed=days)
    counts = PAGE.waiting_time(cats, prior=(3.5, 1))
    apart = [logp(counts, alpha=np.log(wait)) - logp(rows, alpha=np.log(wait)) for wait in WAITS]
    assert np.ptp(apart) < 1e-6


def test_only_censoring_is_right_however_many_stays_are_cut_off():
    for other in (10, 60, 500):
        made = PAGE.simulate_cats(np.random.default_rng(other), 40_000, wait=(60, 60), other=other)
        ways, adopted = PAGE.four_ways(made), (made["out_event"] == "Adoption").sum()
        assert abs(ways["censored"] - 60) < 4 * 60 / adopted**0.5
        assert ways["adopted only"] < 57
        assert ways["all as adopted"] < 57
        assert abs(ways["adopted censored"] - other) < 8 * other / (len(made) - adopted) ** 0.5


def test_cats_of_austin_by_label():
    table = pd.DataFrame(
        {"days_to_event": [83_202 - 2964, 479_910 - 19_390], "out_event": "Adoption", "color": ["Black", "Brown Tabby"]}
    )
    fill = [("Black", 1444, 1520), ("Brown Tabby", 9905, 9485)]
    rows = [
        pd.DataFrame({"days_to_event": 1, "out_event": ["Adoption"] * k + ["Transfer"] * rest, "color": color})
        for color, k, rest in fill
    ]
    cats = pd.concat([table, *rows])  # the counts and days of the table, which may not be shipped
    fit = rt.sample(PAGE.waiting_time(cats, prior=(0, 1)), 2000, seed=9)["posterior"]["wait"]
    for row, (mean, sd) in enumerate([(57.5, 1.5), (48.4, 0.48)]):
        assert abs(fit.isel(row=row).mean() - mean) < 0.12 * sd + 0.05
        assert abs(fit.isel(row=row).std() / sd - 1) < 0.1


@pytest.mark.parametrize("world", [{}, {"to_hard": (0.5, 0.5), "easy": (0.52, 0.68), "hard": (0.12, 0.28)}])
def test_two_worlds_have_one_table_by_gender(world):
    table = PAGE.simulate_admissions(np.random.default_rng(1), 100_000, **world)
    sums = table.groupby("applicant.gender")[["admit", "applications"]].sum()
    rates = sums["admit"] / sums["applications"]
    assert abs(rates["female"] - 0.32) < 4 * (0.32 * 0.68 / 50_000) ** 0.5
    assert abs(rates["male"] - 0.48) < 4 * 0.5 / 50_000**0.5


def test_admissions_by_label():
    berkeley = rt.load_data("UCBadmit")
    model = PAGE.direct_effect(berkeley)
    fit = rt.sample(model, 2000, seed=92)
    effect = rt.contrast(model, fit, "p", {"gender": ["female", "male"]}, weights="N")
    assert abs(effect.mean() - 0.036) < 0.003
    assert abs(effect.std() - 0.0175) < 0.0015
    alpha = fit["posterior"]["alpha"].mean(("chain", "draw"))
    published = {("female", "A"): 1.477, ("male", "A"): 0.490, ("female", "F"): -2.491, ("male", "F"): -2.665}
    for (gender, department), mean in published.items():
        assert abs(alpha.sel(gender=gender, department=department) - mean) < 0.04


def test_grants_by_label():
    sheet = rt.lecture("exercises/09_modeling_events")
    alpha = sheet.fitted("direct")[1]["posterior"]["alpha"].mean(("chain", "draw"))
    seen = sheet.grants.set_index(["applicant.gender", "dept"]).eval("admit / applications").to_xarray()
    large = sheet.grants.set_index(["applicant.gender", "dept"])["applications"].to_xarray() > 100
    assert np.abs(rt.invlogit(alpha.to_numpy()) - seen.to_numpy())[large].max() < 0.02
    if not sheet.table.attrs["simulated"]:
        for gender, means in GRANTS.items():
            assert np.abs(alpha.sel(gender=gender) - means).max() < 0.04
