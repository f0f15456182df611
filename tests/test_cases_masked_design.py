"""What the page on parameters that do not apply defines: mask, model, predictions, lost values, refused input."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from conftest import ROOT
from pymc.model.transform.conditioning import remove_value_transforms
from scipy import stats

import rethinking as rt

NAN = np.nan


@pytest.fixture(scope="module")
def page():
    return rt.lecture("cases/parameters_that_do_not_apply")


@pytest.fixture
def runs(page):
    return page.simulate_runs(np.random.default_rng(1), n=40)


@pytest.fixture
def lossy(page, runs):
    return page.lose_waits(np.random.default_rng(2), runs, n_lost=15)


def least_squares(table, settings):
    return np.linalg.lstsq(table[settings].to_numpy(), table["speed"], rcond=None)[0]


def test_simulated_runs_have_the_weights_and_the_noise_that_were_asked_for(page):
    runs = page.simulate_runs(np.random.default_rng(3), n=50_000)
    one, two = (runs[runs["group"] == group] for group in (1, 2))
    assert one["wait"].isna().all()
    np.testing.assert_allclose(least_squares(one, ["feed", "pressure"]), [2.5, 3.0], atol=0.02)
    np.testing.assert_allclose(least_squares(two, page.SETTINGS), [1.0, 0.5, 3.0], atol=0.03)
    rest = two["speed"] - two[page.SETTINGS] @ np.array([1.0, 0.5, 3.0])
    assert rest.std() == pytest.approx(0.5, abs=0.01)


def test_masked_design_is_the_table_with_zeros_where_nothing_applies(page):
    X = np.array([[1.0, NAN], [2.0, 3.0]])
    applies = [[True, False], [True, True]]
    np.testing.assert_array_equal(page.masked_design(X, applies), [[1.0, 0.0], [2.0, 3.0]])
    assert np.isnan(X[0, 1]), "the caller's table was changed"


REFUSED = {
    "wrong lengths": ([[1.0, 2.0]], [[True]], r"one shape, but have the shapes \(1, 2\) and \(1, 1\)"),
    "one column": ([1.0, 2.0], [True, True], "tables of one shape"),
    "missing where it applies": ([[1.0, 2.0], [3.0, NAN]], [[1, 1], [1, 1]], "1 values are missing.*row 1, column 1"),
    "given where it does not": ([[1.0, 0.0], [3.0, 2.0]], [[1, 0], [1, 1]], "0 in row 0, column 1: make them NaN"),
    "infinite": ([[np.inf]], [[True]], "1 values of X are infinite"),
}


@pytest.mark.parametrize(("X", "applies", "message"), REFUSED.values(), ids=REFUSED)
def test_masked_design_refuses_what_contradicts_the_indicator(page, X, applies, message):
    with pytest.raises(ValueError, match=message):
        page.masked_design(X, applies)


TABLES = {
    "a column too few": (lambda t: t.drop(columns="pressure"), "lacks the columns {'pressure'}"),
    "a group that nobody knows": (
        lambda t: t.assign(group=t["group"] + 1),
        r"Group 3 is not one of the groups \[1, 2\]",
    ),
    "a group without runs": (lambda t: t[t["group"] == 2], "Group 1 has no runs"),
    "zeros for what does not exist": (lambda t: t.fillna(0), "40 values are given where the setting does not apply"),
    "a missing setting": (lambda t: t.assign(feed=t["feed"].where(t.index > 0)), "1 values are missing"),
    "a missing speed": (lambda t: t.assign(speed=t["speed"].where(t.index > 0)), "1 of 80 speeds are missing"),
}


@pytest.mark.parametrize("model", ["masked_weights", "imputing_weights"])
@pytest.mark.parametrize(("spoil", "message"), TABLES.values(), ids=TABLES)
def test_models_refuse_a_table_that_does_not_fit(page, runs, lossy, model, spoil, message):
    table = {"masked_weights": runs, "imputing_weights": lossy}[model]
    with pytest.raises(ValueError, match=message):
        getattr(page, model)(spoil(table))


def test_losing_waits_loses_as_many_as_asked_and_nothing_else(page, runs):
    lossy = page.lose_waits(np.random.default_rng(1), runs, 15, steepness=3)
    assert lossy["wait"].isna().sum() == 40 + 15
    pd.testing.assert_frame_equal(lossy.drop(columns="wait"), runs.drop(columns="wait"))
    lost = lossy["wait"].isna() & (runs["group"] == 2)
    assert runs["speed"][lost].mean() > runs["speed"][(runs["group"] == 2) & ~lost].mean() + 1
    for n in (0, 40):
        with pytest.raises(ValueError, match=r"between 1 and 39.*40 runs have a wait"):
            page.lose_waits(np.random.default_rng(1), runs, n)


def exact_weights(runs, settings, sigma):
    """Return mean and covariance of one group's weights given sigma: a normal prior and a normal likelihood."""
    X = runs[settings].to_numpy()
    covariance = np.linalg.inv(np.eye(X.shape[1]) / 25 + X.T @ X / sigma**2)
    return covariance @ X.T @ runs["speed"].to_numpy() / sigma**2, covariance


def exact_posterior(groups):
    """Return mean and sd of the weights, a list by group, with sigma averaged out on a grid."""
    grid = np.linspace(0.2, 1.2, 400)
    log_p, moments = stats.expon.logpdf(grid), []
    for runs, settings in groups:
        X, n = runs[settings].to_numpy(), len(runs)
        log_p = log_p + [
            stats.multivariate_normal.logpdf(runs["speed"], np.zeros(n), 25 * X @ X.T + s**2 * np.eye(n)) for s in grid
        ]
        moments.append([exact_weights(runs, settings, s) for s in grid])
    p = np.exp(log_p - log_p.max())
    p /= p.sum()
    results = []
    for group in moments:
        means, second = np.array([m for m, _ in group]), np.array([np.diag(c) + m**2 for m, c in group])
        mean = p @ means
        results.append((mean, np.sqrt(p @ second - mean**2)))
    return results


def test_posterior_is_the_exact_one_and_the_prior_where_nothing_applies(page, runs):
    dt = rt.sample(page.masked_weights(runs), seed=1, adaptation="low_rank")
    weight = dt["posterior"]["weight"]
    settings = {1: ["feed", "pressure"], 2: page.SETTINGS}
    exact = exact_posterior([(runs[runs["group"] == g], names) for g, names in settings.items()])
    for (group, names), (mean, sd) in zip(settings.items(), exact, strict=True):
        draws = weight.sel(group=group, setting=names)
        gap = draws.mean(("chain", "draw")) - mean
        assert (abs(gap) < 4 * sd / np.sqrt(2000)).all()
        np.testing.assert_allclose(draws.std(("chain", "draw")), sd, rtol=4 / np.sqrt(2 * 1500))
    absent = weight.sel(group=1, setting="wait")
    assert (page.quantile_gaps(absent, stats.norm(0, 5), ess=2000) < 4).all()
    assert (page.quantile_gaps(absent + 2, stats.norm(0, 5), ess=2000) > 4).any(), "the check sees no difference"


def test_the_weight_that_does_not_apply_leaves_the_likelihood_alone(page, runs):
    model = remove_value_transforms(page.masked_weights(runs))
    density = model.compile_logp(vars=model.observed_RVs, mode="FAST_COMPILE")
    weight, elsewhere = np.ones((2, 3)), np.ones((2, 3))
    elsewhere[0, 2] = 1e6
    expected = stats.norm.logpdf(runs["speed"], runs[page.SETTINGS].fillna(0).sum(axis=1), 0.7).sum()
    at = density({"weight": weight, "sigma": np.array(0.7)})
    assert float(at) == pytest.approx(expected)
    assert at == density({"weight": elsewhere, "sigma": np.array(0.7)})


def test_the_benchmark_s_loop_over_groups_is_the_same_model(page, runs, monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    import case_sums

    loop, mask = (remove_value_transforms(case_sums.build("mask", form, runs)) for form in ("loop", "mask"))
    rng = np.random.default_rng(6)
    weight, sigma = rng.normal(1, 0.3, (2, 3)), np.array(0.8)
    ours = mask.compile_logp(mode="FAST_COMPILE")({"weight": weight, "sigma": sigma})
    point = {"weight_1": weight[0, :2], "weight_2": weight[1], "sigma": sigma}
    theirs = loop.compile_logp(mode="FAST_COMPILE")(point)
    assert ours - theirs == pytest.approx(
        stats.norm.logpdf(weight[0, 2], 0, 5)
    )  # of the weight that the loop leaves out


def test_imputing_averages_over_the_lost_waits(page, lossy):
    """By quadrature over the lost waits: mean w x + w_wait nu, variance sigma^2 + w_wait^2 tau^2."""
    model = remove_value_transforms(page.imputing_weights(lossy))
    lost = page.imputed_data(lossy)["lost"]
    w, nu, tau, sigma = np.array([[2.5, 3.0, 7.0], [1.0, 0.5, 3.0]]), 1.8, 0.6, 0.9
    density = model.compile_logp(vars=[model["y"], model["wait"]], sum=False, mode="FAST_COMPILE")
    grid = np.linspace(-3, 7, 4001)[::20]
    point = {"weight": w, "nu": np.array(nu), "tau": np.array(tau), "sigma": np.array(sigma)}
    joint = []
    for value in grid:
        of_y, of_wait = density(point | {"wait": np.full(len(lost), value)})
        joint.append(of_y[lost] + of_wait)
    integrated = np.log(np.exp(joint).sum(0) * (grid[1] - grid[0]))
    rows = lossy.iloc[lost]
    mean = rows[["feed", "pressure"]] @ w[1, :2] + w[1, 2] * nu
    np.testing.assert_allclose(integrated, stats.norm.logpdf(rows["speed"], mean, np.hypot(sigma, 3 * tau)), atol=1e-6)


def test_treatments_differ_only_in_what_they_do_with_lost_runs(page, runs, lossy):
    lost = page.imputed_data(lossy)["lost"]
    assert len(lost) == 15
    dropped, masked = page.dropped(lossy), page.masked(lossy)
    assert len(dropped["speed"]) == len(runs) - 15
    assert set(dropped) == set(masked) == {"design", "group_of", "speed"}
    assert (masked["design"][lost, 2] == 0).all()
    np.testing.assert_array_equal(np.delete(masked["design"], lost, axis=0), dropped["design"])
    np.testing.assert_array_equal(page.imputed_data(lossy)["known_waits"], lossy["wait"].dropna())


def test_predictions_are_the_weighted_sums_and_refuse_a_wait_where_there_is_none(page):
    weight = xr.DataArray(
        np.tile(page.WEIGHTS.fillna(99.0), (2, 5, 1, 1)),
        coords={"group": [1, 2], "setting": page.SETTINGS},
        dims=("chain", "draw", "group", "setting"),
    )
    new = pd.DataFrame({"group": [1, 2, 1, 2], "feed": [3.0, 3, 6, 6], "pressure": 2.0, "wait": [NAN, 2, NAN, 2]})
    expected = page.predict(xr.Dataset({"weight": weight}), new)
    np.testing.assert_allclose(expected.mean(("chain", "draw")), [13.5, 10.0, 21.0, 13.0])
    with pytest.raises(ValueError, match="2 values are given where the setting does not apply"):
        page.predict(xr.Dataset({"weight": weight}), new.assign(wait=2.0))


def test_the_report_says_not_applicable_instead_of_a_number(page):
    rng = np.random.default_rng(1)
    weight = xr.DataArray(
        rng.normal(page.WEIGHTS.fillna(0), 0.1, (4, 500, 2, 3)),
        coords={"group": [1, 2], "setting": page.SETTINGS},
        dims=("chain", "draw", "group", "setting"),
    )
    table = page.report(xr.Dataset({"weight": weight}))
    assert table.loc[1, "wait"] == "not applicable"
    assert (table == "not applicable").to_numpy().sum() == 1
    assert table.loc[2, "wait"].startswith("3.0")
