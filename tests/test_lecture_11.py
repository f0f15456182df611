"""Lecture 11: ordered answers as cells, ordered effects, volunteers, and published numbers if the table is there."""

import numpy as np
import pandas as pd
import pymc as pm
import pytest
from pymc.model.transform.conditioning import remove_value_transforms
from scipy import special, stats
from statsmodels.miscmodels.ordinal_model import OrderedModel

import rethinking as rt
from rethinking.sampling.given.inputs import without_starts

PAGE = rt.lecture("11_ordered_categories")
CUTS = np.array([-2.5, -1.5, -0.7, 0.1, 0.9, 1.6])


@pytest.fixture(scope="module")
def trolley():
    return rt.load_data("Trolley", otherwise=lambda: PAGE.simulate_trolley(np.random.default_rng(1)))


def density(model, **values):
    """Return the log-density of the data, given all free variables on their own scale."""
    plain = remove_value_transforms(without_starts(model))
    point = {v.name: np.asarray(values.get(v.name, 0.0), dtype=float) for v in plain.value_vars}
    return float(plain.compile_logp(vars=plain.observed_RVs, mode="FAST_COMPILE")(point))


def multinomial(cells, phi):
    """Return the log-density of the counts, by SciPy."""
    p = np.diff(special.expit(CUTS - np.asarray(phi)[:, None]), axis=1, prepend=0, append=1)
    counts = cells[PAGE.ANSWERS].to_numpy()
    return stats.multinomial(counts.sum(axis=1), p).logpmf(counts).sum()


def test_cells_hold_every_row(trolley):
    cells = PAGE.as_cells(trolley, PAGE.STORY)
    assert cells[PAGE.ANSWERS].to_numpy().sum() == len(trolley)
    kind = cells.loc[2]
    rows = trolley[(trolley[PAGE.STORY] == kind[PAGE.STORY]).all(axis=1)]
    assert (kind[PAGE.ANSWERS] == rows["response"].value_counts().reindex(PAGE.ANSWERS)).all()


def test_an_answer_that_nobody_gave_keeps_its_column():
    rows = pd.DataFrame({"story": [0, 0, 1], "response": [1, 7, 7]})
    assert PAGE.as_cells(rows, ["story"])[PAGE.ANSWERS].to_numpy().tolist() == [[1, 0, 0, 0, 0, 0, 1], [0] * 6 + [1]]


@pytest.mark.parametrize("together", [0.0, 1.0])
def test_the_model_of_the_stories_is_a_multinomial_of_differences(trolley, together):
    cells = PAGE.as_cells(trolley, PAGE.STORY)
    A, I, C = cells[PAGE.STORY].to_numpy().T  # noqa: E741
    phi = -0.5 * A + 0.3 * I - 0.9 * C + together * I * (0.2 * A - 1.1 * C)
    values = {"beta_A": -0.5, "beta_I": 0.3, "beta_C": -0.9, "beta_IA": 0.2, "beta_IC": -1.1, "alpha": CUTS}
    found = density(PAGE.ordered(trolley, together), **values)
    assert found == pytest.approx(multinomial(cells, phi), abs=1e-6)


def test_schooling_starts_at_the_level_that_is_said(trolley):
    rows = PAGE.with_levels(trolley)
    cells = PAGE.as_cells(rows, [*PAGE.STORY, "level"])
    delta = np.arange(1, 8) / 28
    share = np.concatenate([[0], np.cumsum(delta)])[cells["level"]]
    model, values = PAGE.education(trolley), {"beta_E": 0.8, "delta_education": delta, "alpha": CUTS}
    assert density(model, **values) == pytest.approx(multinomial(cells, 0.8 * share), abs=1e-6)
    with model:
        pm.set_data({"start": np.array(5)})
    assert density(model, **values) == pytest.approx(multinomial(cells, 0.8 * (share - 15 / 28)), abs=1e-6)


@pytest.mark.parametrize("offset", [0.0, 1.0])
def test_the_direct_model_has_effects_by_gender_and_an_offset_that_is_a_switch(trolley, offset):
    rows = PAGE.with_levels(trolley)
    cells = PAGE.as_cells(rows, [*PAGE.STORY, "male", "level", "age"])
    G, E = cells["male"].to_numpy(), cells["level"].to_numpy()
    Y = (cells["age"] - rows["age"].mean()) / rows["age"].std()
    pair = {name: np.array([0.1, -0.2]) * k for k, name in enumerate("AICEY", 1)}
    phi = offset * 0.7 * G + pair["E"][G] * E / 7 + pair["Y"][G] * Y
    for name, column in zip("AIC", PAGE.STORY, strict=True):
        phi = phi + pair[name][G] * cells[column]
    model = PAGE.education_direct(trolley)
    with model:
        pm.set_data({"offset": offset})
    values = {f"beta_{name}": value for name, value in pair.items()}
    values |= {"beta_G": 0.7, "delta_education": np.full(7, 1 / 7), "alpha": CUTS}
    assert density(model, **values) == pytest.approx(multinomial(cells, phi), abs=1e-6)


def test_an_ordered_effect_rises_from_0_to_1_and_its_steps_are_a_dirichlet():
    with pm.Model() as model:
        PAGE.ordered_effect("size", ["small", "middle", "large", "huge"], 3.0)
    share = pm.draw(model["share_size"], 4000, random_seed=1, mode="FAST_COMPILE")
    assert (share[:, 0] == 0).all()
    assert np.allclose(share[:, -1], 1)
    assert (np.diff(share, axis=1) > 0).all()
    # The sum of two of three shares is Beta(6, 3).
    assert stats.kstest(share[:, 2], stats.beta(6, 3).cdf).pvalue > 0.001


def test_the_likelihood_by_cells_is_greatest_where_statsmodels_finds_it(trolley):
    fit = OrderedModel(trolley["response"], trolley[PAGE.STORY], distr="logit").fit(disp=0, method="bfgs")
    alpha = np.concatenate([[fit.params.iloc[3]], np.exp(fit.params.iloc[4:])]).cumsum()
    best = dict(zip(["beta_A", "beta_I", "beta_C"], fit.params.iloc[:3], strict=True)) | {"alpha": alpha}
    model = PAGE.ordered(trolley)
    top = density(model, **best)
    for name in best:
        for step in (-0.02, 0.02):
            assert density(model, **best | {name: best[name] + step}) < top
    if not trolley.attrs["simulated"]:  # the course's posterior means, whose priors hardly matter
        known = {"beta_A": -0.693, "beta_I": -0.711, "beta_C": -0.943}
        assert all(abs(best[name] - mean) < 0.02 for name, mean in known.items())


def test_counts_are_simulated_as_the_model_says(trolley):
    cells = PAGE.as_cells(trolley, PAGE.STORY)
    worlds = [PAGE.simulate_counts(np.random.default_rng(k), cells) for k in range(400)]
    n = cells[PAGE.ANSWERS].sum(axis=1).to_numpy()
    beta = [PAGE.TRUTH[f"beta_{x}"] for x in "AIC"]
    phi = cells[PAGE.STORY].to_numpy() @ beta
    p = np.diff(special.expit(PAGE.TRUE_CUTS - phi[:, None]), axis=1, prepend=0, append=1)
    error = np.sqrt(p * (1 - p) / n[:, None] / 400)
    assert (np.abs(np.mean(worlds, axis=0) / n[:, None] - p) < 4.5 * error).all()


def test_the_stand_in_has_the_design_of_the_table():
    table = PAGE.simulate_trolley(np.random.default_rng(2))
    assert len(table) == 9930
    assert (table.groupby("id")[PAGE.STORY].sum() == [13, 14, 6]).all(axis=None)
    assert PAGE.as_cells(table, PAGE.STORY)[PAGE.ANSWERS].sum(axis=1).tolist() == [1655, 993, 1986, 993, 2648, 1655]
    assert set(table["edu"]) == set(PAGE.LEVELS)


def test_only_the_choice_to_take_part_ties_schooling_to_age():
    people = PAGE.simulate_volunteers(np.random.default_rng(3), 100_000)
    r = people[["level", "decade"]].corr().iloc[0, 1]
    joined = people[people["P"]][["level", "decade"]].corr().iloc[0, 1]
    assert abs(r) < 4.5 / 100_000**0.5
    assert joined < -0.1
    same = PAGE.simulate_volunteers(np.random.default_rng(3), 100_000, pull=0.0)
    joined = same[same["P"]]
    assert abs(joined[["level", "decade"]].corr().iloc[0, 1]) < 4.5 / len(joined) ** 0.5


def test_the_town_is_whole():
    rows = PAGE.simulate_trolley(np.random.default_rng(1))
    town = PAGE.make_town(rows)
    assert town["share"].sum() == pytest.approx(1)
    assert town.groupby("G")["share"].sum().tolist() == pytest.approx([0.5, 0.5])
