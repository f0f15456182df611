"""Lecture 13: densities against SciPy, districts by label, the population of districts by quadrature, the funnel."""

import numpy as np
import pandas as pd
import pytest
from pymc.model.transform.conditioning import remove_value_transforms
from scipy import special, stats
from scipy.optimize import approx_fprime

import rethinking as rt

PAGE = rt.lecture("13_multilevel_adventures")


@pytest.fixture(scope="module")
def women():
    return rt.load_data("bangladesh")


def log_density(model, point):
    plain = remove_value_transforms(model)
    return float(plain.compile_logp(mode="FAST_COMPILE")({k: np.asarray(v, dtype=float) for k, v in point.items()}))


def answers_of(women, logit_p):
    """Return the log-probability of every woman's own answer."""
    return stats.bernoulli.logpmf(women["use.contraception"], special.expit(logit_p)).sum()


@pytest.mark.parametrize("centred", [True, False])
def test_the_model_of_the_chimpanzees_has_the_density_of_its_formula(centred):
    data, rng = rt.load_data("chimpanzees"), np.random.default_rng(1)
    point = {"alpha_bar": 0.4, "sigma_A": 1.7, "sigma_B": 0.6, "x": rng.normal(size=(4, 6))}
    alpha = rng.normal(size=7)
    if centred:
        point["alpha"] = alpha
        expected = stats.norm.logpdf(alpha, 0.4, 1.7).sum()
    else:
        point["z"] = (alpha - 0.4) / 1.7
        expected = stats.norm.logpdf(point["z"]).sum()
    expected += (
        stats.norm.logpdf(0.4, 0, 1.5) + stats.expon.logpdf([1.7, 0.6]).sum() + stats.norm.logpdf(point["x"]).sum()
    )
    for row in data.itertuples():
        treatment = row.prosoc_left + 2 * row.condition
        logit_p = alpha[row.actor - 1] + 0.6 * point["x"][treatment, row.block - 1]
        expected += stats.bernoulli.logpmf(row.pulled_left, special.expit(logit_p))
    assert log_density(PAGE.chimpanzees(data, centred=centred), point) == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("name", ["districts", "districts_urban", "districts_partly_centred"])
def test_cells_tell_what_the_women_tell(women, name):
    """The densities of two points differ by what women one by one say, and by what the priors say."""
    rng, place, town = np.random.default_rng(2), women["district"] - 1, women["urban"]

    def of(alpha_bar, sigma, alpha, beta_bar=0.3, tau=0.8, beta=None):
        point = {"alpha_bar": alpha_bar, "sigma": sigma}
        priors = stats.norm.logpdf(alpha_bar) + stats.expon.logpdf(sigma)
        logit_p, z = alpha[place], (alpha - alpha_bar) / sigma
        if name == "districts_urban":
            scores = (beta - beta_bar) / tau
            point |= {"beta_bar": beta_bar, "tau": tau, "z_alpha": z, "z_beta": scores}
            priors += stats.norm.logpdf(beta_bar) + stats.expon.logpdf(tau) + stats.norm.logpdf(scores).sum()
            priors, logit_p = priors + stats.norm.logpdf(z).sum(), logit_p + beta[place] * town
        elif name == "districts":
            point["z"] = z
            priors += stats.norm.logpdf(z).sum()
        else:  # the density of alpha, and of what is between alpha and x
            w = model["w"].get_value()
            point["x"] = (alpha - alpha_bar) / sigma ** (1 - w) + w * alpha_bar
            priors += stats.norm.logpdf(alpha, alpha_bar, sigma).sum() + ((1 - w) * np.log(sigma)).sum()
        return log_density(model, point) - priors - answers_of(women, logit_p)

    model = getattr(PAGE, name)(women)
    pairs = [of(a, s, rng.normal(size=61), beta=rng.normal(size=61)) for a, s in [(-0.5, 0.4), (0.2, 1.3)]]
    assert pairs[0] == pytest.approx(pairs[1], abs=1e-8)


def test_a_cell_holds_the_women_of_its_district_by_label(women):
    table = PAGE.cells(women).set_index(["district", "urban"])
    assert len(table) == 122
    assert table["women"].sum() == len(women)
    assert (table.loc[54] == 0).all(axis=None)
    for (district, town), row in table.sample(15, random_state=1).iterrows():
        there = (women["district"] == district) & (women["urban"] == town)
        asked = women["use.contraception"][there]
        assert (len(asked), asked.sum()) == tuple(row)


def likelihood_of_districts(women, alpha_bar, sigma, nodes=40):
    """Return log p(answers | alpha_bar, sigma), the effects of 61 districts integrated out by quadrature."""
    z, weight = special.roots_hermitenorm(nodes)
    table = PAGE.cells(women).groupby("district").sum()
    level = alpha_bar[..., None] + sigma[..., None] * z
    total = 0
    for n, k in zip(table["women"], table["users"], strict=True):
        terms = k * special.log_expit(level) + (n - k) * special.log_expit(-level)
        total = total + special.logsumexp(terms, b=weight / weight.sum(), axis=-1)
    return total


def test_the_population_of_districts_and_a_district_without_women_have_their_exact_posterior(women):
    """The published numbers are those of the integral over all districts: no sampler is needed to know them."""
    alpha_bar, sigma = np.meshgrid(np.linspace(-1, -0.1, 61), np.linspace(0.15, 1.1, 77), indexing="ij")
    log_p = likelihood_of_districts(women, alpha_bar, sigma) + stats.norm.logpdf(alpha_bar) - sigma
    p = np.exp(log_p - log_p.max())
    p /= p.sum()

    def told(values, squares=None):
        mean = (p * values).sum()
        return mean, np.sqrt((p * (values**2 if squares is None else squares)).sum() - mean**2)

    z, weight = special.roots_hermitenorm(40)
    new = special.expit(alpha_bar[..., None] + sigma[..., None] * z)
    weight = weight / weight.sum()
    for exact, published in [  # which come from draws: a twentieth of an sd is the error of 400 of them
        (told(alpha_bar), (-0.537, 0.089)),
        (told(sigma), (0.521, 0.084)),
        (told(new @ weight, new**2 @ weight), (0.376, 0.119)),
    ]:
        assert exact == pytest.approx(published, abs=0.05 * published[1])


def test_a_simulated_survey_keeps_the_women_and_has_its_spreads(women):
    held = [PAGE.simulate_women(np.random.default_rng(k), women, beta_bar=0.6, tau=0.3) for k in range(60)]
    for survey, _ in held[:3]:
        pd.testing.assert_frame_equal(survey.drop(columns="use.contraception"), women.drop(columns="use.contraception"))
    alpha, beta = (np.stack([truth[name] for _, truth in held]) for name in ("alpha", "beta"))
    error = 1 / np.sqrt(alpha.size)
    assert alpha.mean() == pytest.approx(-0.5, abs=4 * 0.5 * error)
    assert alpha.std() == pytest.approx(0.5, abs=4 * 0.5 * error)
    assert beta.mean() == pytest.approx(0.6, abs=4 * 0.3 * error)
    assert beta.std() == pytest.approx(0.3, abs=4 * 0.3 * error)
    place, town = women["district"].to_numpy() - 1, women["urban"].to_numpy()
    p = special.expit(alpha[:, place] + beta[:, place] * town)
    used = np.stack([survey["use.contraception"] for survey, _ in held])
    assert abs((used - p).sum()) < 4 * np.sqrt((p * (1 - p)).sum())
    for of_town in (town == 0, town == 1):  # not only in total
        assert abs((used - p)[:, of_town].sum()) < 4 * np.sqrt((p * (1 - p))[:, of_town].sum())


def test_simulated_chimpanzees_have_the_design_of_the_real_ones():
    table, truth = PAGE.simulate_chimpanzees(np.random.default_rng(3))
    real = rt.load_data("chimpanzees")
    for design in (["actor", "block"], ["actor", "prosoc_left", "condition"]):
        pd.testing.assert_series_equal(
            table[design].value_counts().sort_index(), real[design].value_counts().sort_index()
        )
    assert truth["alpha"].shape == (7,)
    assert truth["beta"].shape == (4, 6)


@pytest.mark.parametrize("centred", [True, False])
def test_the_ball_rolls_on_the_density_of_the_funnel(centred):
    height, slope = PAGE.landscape(centred)
    model, name = PAGE.funnel(centred), "x" if centred else "z"
    places = np.random.default_rng(4).normal(size=(5, 2))
    apart = [height(v, x) + log_density(model, {"v": v, name: x}) for v, x in places]
    assert apart == pytest.approx([apart[0]] * 5, abs=1e-9)
    for place in places:
        numerically = approx_fprime(place, lambda at: height(*at), 1e-7)
        assert slope(*place) == pytest.approx(numerically, rel=1e-4, abs=1e-5)


def test_small_steps_keep_the_energy_and_large_ones_in_the_neck_lose_it():
    for centred in (True, False):
        assert np.abs(PAGE.roll(centred, 0.0, 0.01)[1]).max() < 1e-3
    assert np.abs(PAGE.roll(True, -4.0, 0.8)[1]).max() > 1000
    assert np.abs(PAGE.roll(False, -4.0, 0.8)[1]).max() < 1
