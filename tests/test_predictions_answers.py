"""What is said of a contrast: its table, its digits, and its verdict."""

import numpy as np
import pandas as pd
import pymc as pm
import pytest
import xarray as xr
from hypothesis import example, given, settings
from hypothesis import strategies as st
from predicted_worlds import fit_of
from scipy import stats

import rethinking as rt

RNG = np.random.default_rng(29)


@given(st.floats(-1e6, 1e6), st.floats(1e-5, 1e4))
@example(9.99, 0.004)
@example(-0.0004, 0.3)
@example(0.005, 0.00390625)  # half way between 0.00 and 0.01
@settings(deadline=None, derandomize=True)
def test_the_last_digit_is_the_finest_that_is_no_smaller_than_twice_the_error(value, error):
    text = rt.digits(value, error)
    place = next(10.0**k for k in range(-6, 7) if 10.0**k >= 2 * error * (1 - 1e-9))
    shown, close = float(text), 1e-9 + 1e-12 * abs(value)
    assert abs(shown - value) <= place / 2 + close  # of two that are as near, either
    assert shown == pytest.approx(round(shown / place) * place, abs=close)
    decimals = len(text.partition(".")[2])
    assert decimals == max(0, -round(np.log10(place)))
    assert not text.startswith("-0") or float(text) != 0


def test_what_has_no_digits_is_said_as_it_is():
    assert [rt.digits(value, 0.1) for value in (np.nan, np.inf)] == ["nan", "inf"]
    assert rt.digits(2.5, np.inf) == "2.5"
    for error in (-0.1, np.nan):
        with pytest.raises(ValueError, match="must be a number and not negative"):
            rt.digits(1.0, error)


def test_digits_that_are_shown_are_those_that_another_run_gives_again():
    """In 200 runs the shown mean moves by more than one unit of its last place in fewer than one of a hundred."""
    moved = 0
    for seed in range(200):
        first, second = (np.random.default_rng([seed, i]).normal(3, 2, (4, 250)) for i in range(2))
        shown = [rt.digits(draws.mean(), 2 / 1000**0.5) for draws in (first, second)]
        place = 10.0 ** -len(shown[0].partition(".")[2])
        moved += abs(float(shown[0]) - float(shown[1])) > 1.5 * place
    assert moved <= 2


def independent(mean, sd, **sizes):
    draws = RNG.normal(size=(4, 2500, *sizes.values())) * sd + mean
    coords = {dim: [f"{dim}{i}" for i in range(n)] for dim, n in sizes.items()}
    return xr.DataArray(draws, coords, ("chain", "draw", *sizes), name="effect")


def test_a_table_holds_mean_sd_interval_and_the_probability_to_be_positive():
    table = rt.contrast_table(independent(1.0, 2.0), prob=0.5)
    assert table.columns.tolist() == ["mean", "sd", "25 %", "75 %", "P(> 0)"]
    exact = [1.0, 2.0, *stats.norm(1, 2).ppf([0.25, 0.75]), stats.norm.cdf(0.5)]
    for text, number in zip(table.loc["effect"], exact, strict=True):
        place = 10.0 ** -len(text.partition(".")[2])
        assert float(text) == pytest.approx(number, abs=2.5 * place)


def test_rows_are_named_by_mapping_and_labels():
    two = independent(np.arange(2.0), 1, site=2)
    assert rt.contrast_table(two).index.tolist() == ["effect[site0]", "effect[site1]"]
    named = rt.contrast_table({"a": two.isel(site=0), "b": two.drop_vars("site")})
    assert named.index.tolist() == ["a", "b[0]", "b[1]"]
    assert rt.contrast_table(two.isel(site=0).rename(None)).index.tolist() == ["contrast"]


def test_what_all_draws_say_is_as_sure_as_there_are_draws():
    table = rt.contrast_table({"up": independent(9, 1), "down": independent(-9, 1), "still": independent(0, 0)})
    assert table["P(> 0)"].tolist() == ["> 0.9997", "< 0.0003", "< 0.0003"]
    assert table.loc["still", ["mean", "sd"]].tolist() == ["0.000000", "0.000000"]


@pytest.mark.parametrize("ask", [{"prob": 0}, {"prob": 89}, {}])
def test_a_table_needs_draws_and_a_probability(ask):
    draws = independent(0, 1)
    with pytest.raises(ValueError, match=r"^[^\n]{20,300}\.$"):
        rt.contrast_table(draws if ask else draws.mean("draw"), **ask)


def linear(formula, n=40):
    """Return a model of Y on the named columns, linear, with its fit."""
    with pm.Model() as model:
        columns = {name: pm.Data(name, RNG.normal(size=n), dims="row") for name in formula}
        mu = sum(pm.Normal(f"b{name}", 0, 10) * column for name, column in columns.items())
        pm.Normal("Y", pm.Deterministic("mu", mu, dims="row"), 1, observed=RNG.normal(size=n), dims="row")
    return model, fit_of(model, **{f"b{name}": RNG.normal(size=6) for name in formula})


VERDICTS = {
    "an open fork": ("X <- Z -> Y; X -> Y", "X", {}, "associational: The backdoor path X <- Z -> Y is open."),
    "a closed fork": ("X <- Z -> Y; X -> Y", "XZ", {}, "causal, given the graph: adjusts for Z"),
    "nothing to close": ("X -> Y", "X", {}, "causal, given the graph: adjusts for nothing"),
    "a mediator": ("X -> Z -> Y", "XZ", {}, "associational: Z is a mediator"),
    "a collider": ("X -> Z <- Y; X -> Y", "XZ", {}, "associational: Z is an effect of the outcome Y"),
    "no exposure": ("A -> Y", "X", {}, "cannot tell: the graph is asked about one exposure, and none"),
    "two exposures": ("X -> Y; Z -> Y", "XZ", {"do": {"X": [1.0, 0.0], "Z": [1.0, 0.0]}}, "cannot tell: the graph is"),
    "an outcome that the graph lacks": ("X -> B", "X", {}, "cannot tell: the graph has no 'Y'"),
    "a parameter of the outcome": ("X <- Z -> Y; X -> Y", "X", {"outcome": "mu"}, "associational: The backdoor"),
    "one variable for two": ("X <- Z -> Y; X -> Y", "Z", {"do": {"Z": [1.0, 0.0]}, "names": {"X": "Z"}}, "cannot tell"),
    "grouped by an effect": ("X -> Y; X -> Z", "XZ", {"by": "Z"}, "associational: the rows are grouped by Z"),
}


@pytest.mark.parametrize("case", VERDICTS)
def test_a_contrast_says_whether_it_is_an_effect(case):
    graph, formula, ask, words = VERDICTS[case]
    model, dt = linear(formula)
    ask = {"outcome": "Y", "do": {"X": [1.0, 0.0]}} | ask
    found = rt.contrast(model, dt, **ask, dag=rt.CausalGraph(graph))
    assert found.attrs["verdict"].startswith(words)


def test_a_confounder_that_enters_as_a_curve_leaves_the_verdict_open():
    z = RNG.normal(size=60)
    with pm.Model() as model:
        X, Z = pm.Data("X", RNG.normal(size=60)), pm.Data("Z", z)
        pm.Normal("Y", pm.Normal("b") * X + pm.Normal("c") * Z**2, 1, observed=RNG.normal(size=60))
    dt = fit_of(model, b=RNG.normal(size=5), c=RNG.normal(size=5))
    found = rt.contrast(model, dt, "Y", {"X": [1.0, 0.0]}, dag=rt.CausalGraph("X <- Z -> Y; X -> Y"))
    assert found.attrs["verdict"].startswith("cannot tell: ")
    assert "Z enters only by a function of it" in found.attrs["verdict"]


def test_a_mediator_whose_model_leaves_out_a_common_cause_leaves_the_verdict_open():
    columns = pd.DataFrame(RNG.normal(size=(50, 4)), columns=list("XZMY"))
    with pm.Model() as model:
        X, Z = (pm.Data(name, columns[name]) for name in "XZ")
        M = pm.Normal("M", pm.Normal("a") * X, 1, observed=columns["M"])
        mu = pm.Normal("b") * X + pm.Normal("c") * M + pm.Normal("d") * Z
        pm.Normal("Y", mu, 1, observed=columns["Y"])
    dt = fit_of(model, **{name: RNG.normal(size=5) for name in "abcd"})
    dag = rt.CausalGraph("Z -> {X M Y}; X -> M -> Y; X -> Y")
    found = rt.contrast(model, dt, "Y", {"X": [1.0, 0.0]}, dag=dag, seed=1)
    assert found.attrs["verdict"] == "cannot tell: the model of M leaves out Z, which it may depend on"


def test_what_is_drawn_anew_and_unobserved_leaves_the_verdict_open():
    with pm.Model() as model:
        X = pm.Data("X", RNG.normal(size=40))
        M = pm.Normal("M", pm.Normal("a") * X, 1, shape=40)
        pm.Normal("Y", pm.Normal("b") * M, 1, observed=RNG.normal(size=40))
    dt = fit_of(model, a=RNG.normal(size=5), b=RNG.normal(size=5), M=RNG.normal(size=(5, 40)))
    dag = rt.CausalGraph("X -> M -> Y", unobserved="M")
    found = rt.contrast(model, dt, "Y", {"X": [1.0, 0.0]}, dag=dag, seed=1)
    assert found.attrs["verdict"].startswith("cannot tell: the graph cannot judge the model of what is unobserved")


def test_admission_has_a_verdict_for_each_question():
    """The same column is what the committee reads in one model and what applicants are in the other."""
    table = rt.load_data("UCBadmit_long")
    gender, department = (pd.Categorical(table[name]) for name in ("applicant.gender", "dept"))
    dag = rt.CausalGraph("G -> P -> A; G -> D -> A")

    def verdict(name, with_department):
        with pm.Model(coords={"gender": gender.categories, "department": department.categories}) as model:
            dims = ("gender", "department") if with_department else "gender"
            alpha, index = pm.Normal("alpha", dims=dims), pm.Data(name, gender.codes, dims="row")
            where = (index, pm.Data("D", department.codes, dims="row")) if with_department else index
            pm.Bernoulli("A", logit_p=alpha[where], observed=table["admit"], dims="row")
        dt = fit_of(model, alpha=RNG.normal(size=(3, 2, 6) if with_department else (3, 2)))
        return rt.contrast(model, dt, "A", {"gender": ["female", "male"]}, dag=dag).attrs["verdict"]

    assert verdict("G", with_department=False) == "causal, given the graph: adjusts for nothing"
    assert verdict("P", with_department=True) == "causal, given the graph: adjusts for D"
    assert verdict("P", with_department=False) == "associational: The backdoor path P <- G -> D -> A is open."
    assert verdict("G", with_department=True).startswith("associational: D is a mediator")


@pytest.mark.parametrize("draws", [100, 150, 175, 250, 400, 1000, 2500])
def test_a_probability_that_all_draws_agree_on_is_never_claimed_too_well(draws):
    always = xr.DataArray(np.ones((4, draws)), dims=["chain", "draw"])
    table = rt.contrast_table({"always": always, "never": -always})
    above, below = (float(text.split()[1]) for text in table["P(> 0)"])
    assert 0 < 1 - above - 3 / (4 * draws) + 1e-9 < 0.01
    assert below == pytest.approx(1 - above)
