"""Data against a graph: the numbers of each test, its error rates, and what it cannot be asked."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.contingency_tables import StratifiedTable

import rethinking as rt

DIVORCE = {"A": "MedianAgeMarriage", "M": "Marriage", "D": "Divorce", "S": "South", "W": "WaffleHouses"}


def one(graph, data, **options):
    (row,) = rt.CausalGraph(graph).check(data, **options).to_dict("records")
    return row


# The numbers


def test_numbers_get_the_partial_correlation_of_two_regressions():
    rng = np.random.default_rng(1)
    data = rt.CausalGraph("Z -> X -> Y; W -> Y; Z -> Y; W -> X").simulate(rng, 60)
    row = one("X <- Z -> Y; X <- W -> Y; Z -> W", data)
    around = np.column_stack([np.ones(60), data["Z"], data["W"]])
    left = [data[name] - around @ np.linalg.lstsq(around, data[name], rcond=None)[0] for name in "XY"]
    r = np.corrcoef(*left)[0, 1]
    assert (row["measure"], row["n"], str(row["independency"])) == ("partial correlation", 60, "X _||_ Y | W, Z")
    assert row["estimate"] == pytest.approx(r)
    half = stats.norm.ppf(0.945) / np.sqrt(60 - 2 - 3)
    assert np.arctanh([row["lower"], row["upper"]]) == pytest.approx([np.arctanh(r) - half, np.arctanh(r) + half])


def test_categories_get_cramers_v_and_pearsons_chi_squared():
    rng = np.random.default_rng(2)
    a = rng.integers(3, size=400)
    b = np.where(rng.random(400) < 0.25, a, rng.integers(4, size=400))
    data = pd.DataFrame({"A": np.array(["x", "y", "z"])[a], "B": pd.Categorical(b)})
    row = one("A; B", data)
    table = pd.crosstab(data["A"], data["B"])
    chi2, p, _, _ = stats.chi2_contingency(table, correction=False)
    assert row["estimate"] == pytest.approx(stats.contingency.association(table, method="cramer"))
    assert row["p"] == pytest.approx(p)
    nc_low, nc_high = (row[end] ** 2 * 400 * 2 for end in ("lower", "upper"))
    assert stats.ncx2.cdf(chi2, 6, [nc_low, nc_high]) == pytest.approx([0.945, 0.055], abs=1e-6)


def test_strata_of_categories_get_the_mantel_haenszel_test():
    rng = np.random.default_rng(3)
    z = rng.integers(3, size=3000)
    data = pd.DataFrame({"Z": z, "X": rng.random(3000) < 0.2 + 0.3 * z, "Y": rng.random(3000) < 0.8 - 0.3 * z})
    data = data.astype({"Z": str, "X": str})
    row = one("X <- Z -> Y", data)
    tables = [pd.crosstab(part["X"], part["Y"]).to_numpy() for _, part in data.groupby("Z")]
    expected = StratifiedTable(tables).test_null_odds()
    assert row["p"] == pytest.approx(expected.pvalue, rel=0.02)


def test_strata_are_of_all_categories_together():
    """X and Y both follow whether Z and W agree: a regression on Z plus W would leave that in."""
    rng = np.random.default_rng(10)
    z, w = rng.integers(2, size=(2, 2000))
    same = z == w
    data = pd.DataFrame({"Z": z == 1, "W": w == 1, "X": rng.normal(same), "Y": rng.normal(same)})
    assert not one("{Z W} -> {X Y}; Z -> W", data)["contradicted"]
    assert one("{Z W} -> {X Y}; Z -> W", data.astype({"Z": int, "W": int}))["contradicted"]


def test_mixed_kinds_find_what_is_there():
    rng = np.random.default_rng(4)
    kind = rng.choice(["a", "b", "c"], size=500)
    data = pd.DataFrame({"K": kind, "X": rng.normal(size=500) + (kind == "b")})
    row = one("K; X", data)
    assert row["contradicted"]
    assert row["estimate"] == pytest.approx(np.sqrt(1 - _within(data) / data["X"].var(ddof=0)))


def _within(data):
    return (data["X"] - data.groupby("K")["X"].transform("mean")).var(ddof=0)


def test_missing_values_are_left_out_of_the_tests_that_need_them():
    data = rt.CausalGraph("A -> B; C").simulate(np.random.default_rng(5), 50)
    data.loc[:9, "C"] = np.nan
    table = rt.CausalGraph("A; B; C").check(data)
    assert dict(zip(map(str, table["independency"]), table["n"], strict=True)) == {
        "A _||_ B": 50,
        "A _||_ C": 40,
        "B _||_ C": 40,
    }


# Error rates


@pytest.mark.parametrize("kind", ["numbers", "categories", "given categories"])
def test_a_true_graph_is_contradicted_as_rarely_as_promised(kind):
    dag = rt.CausalGraph("Z -> {A B C}")
    tables = []
    for seed in range(400):
        data = dag.simulate(np.random.default_rng([6, seed]), 150)
        if kind == "categories":
            data = data.assign(A=pd.cut(data["A"], [-9, -1, 1, 9]).astype(str))
        if kind == "given categories":
            low = data["Z"] < 0
            noise = np.random.default_rng([7, seed]).normal(size=(150, 3))
            data = pd.DataFrame(noise + low.to_numpy()[:, None], columns=list("ABC")).assign(
                Z=low, B=lambda d: d["B"] > 0
            )
        tables.append(dag.check(data))
    p = pd.concat(tables)["p"].to_numpy().reshape(400, 3)
    assert all(stats.kstest(each, "uniform").pvalue > 0.001 for each in p.T)
    false_alarms = np.mean([table["contradicted"].any() for table in tables])
    assert false_alarms < 0.11 + 3 * np.sqrt(0.11 * 0.89 / 400)


@pytest.mark.parametrize("weight", [0.15, 0.6])
def test_intervals_hold_the_truth_as_often_as_promised(weight):
    dag = rt.CausalGraph("X <- Z -> Y; X -> Y")
    S = dag.implied_covariance({"X -> Y": weight})
    P = np.linalg.inv(S.loc[list("XYZ"), list("XYZ")])
    truth = -P[0, 1] / np.sqrt(P[0, 0] * P[1, 1])
    held = []
    for seed in range(400):
        data = dag.simulate(np.random.default_rng([8, seed]), 80, {"X -> Y": weight})
        row = one("X <- Z -> Y", data)
        held.append(row["lower"] < truth < row["upper"])
    assert np.mean(held) == pytest.approx(0.89, abs=3.5 * np.sqrt(0.89 * 0.11 / 400))


def test_holm_keeps_one_false_claim_among_many_true_ones_in_sight():
    rng = np.random.default_rng(9)
    data = pd.DataFrame(rng.normal(size=(500, 6)), columns=list("ABCDEF")).assign(B=lambda d: d["B"] + 0.5 * d["A"])
    table = rt.CausalGraph("; ".join("ABCDEF")).check(data)
    assert list(map(str, table.loc[table["contradicted"], "independency"])) == ["A _||_ B"]
    p = np.sort(table["p"])
    assert (p[1:] < 0.11).any(), "without Holm's method there would be a false alarm here"


# The divorce example


def test_waffle_divorce():
    data = rt.load_data("WaffleDivorce")

    def check(graph):
        dag = rt.CausalGraph(graph)
        return dag.check(data, names={name: DIVORCE[name] for name in dag.nodes})

    assert check("A -> M; A -> D; M -> D").empty
    (fork,) = check("A -> M; A -> D").to_dict("records")
    assert not fork["contradicted"]
    assert fork["estimate"] == pytest.approx(-0.10, abs=0.01)
    assert check("A -> M -> D")["contradicted"].all()
    assert not check("S -> W; S -> A; S -> M; A -> M; A -> D; M -> D; W -> D")["contradicted"].any()


# Bad input


@pytest.mark.parametrize(
    ("graph", "options", "message"),
    [
        ("A; b", {}, "the variable 'b' is observed, but the data have no column 'b': did you mean 'B'"),
        ("A; Q", {}, "no column 'Q': it has A, B"),
        ("A; Q", {"names": {"q": "B"}}, "names names 'q', .* did you mean 'Q'"),
        ("A; Q", {"names": {"Q": "C"}}, "no column 'C'"),
        ("A; B", {"prob": 89}, "prob is 89, but must be between 0 and 1"),
        ("A; B", {"rows": 3}, "A _||_ B cannot be tested: 3 complete rows are too few"),
        ("A; B", {"rows": 0}, "0 complete rows are too few"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(graph, options, message):
    options = dict(options)
    data = pd.DataFrame(np.random.default_rng(1).normal(size=(9, 2)), columns=["A", "B"])[: options.pop("rows", 9)]
    with pytest.raises(ValueError, match=message.replace("|", r"\|")) as error:
        rt.CausalGraph(graph).check(data, **options)
    assert "\n" not in str(error.value)
    assert error.value.__cause__ is None


def test_unobserved_variables_need_no_column_and_constants_are_not_judged():
    data = pd.DataFrame({"X": np.arange(9.0), "Y": 1.0})
    (row,) = rt.CausalGraph("U -> X; Y", unobserved="U").check(data).to_dict("records")
    assert row["measure"] == "none: no variation is left"
    assert not row["contradicted"]
