"""Data against a graph: the numbers of each test, its error rates, and what it cannot be asked."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.contingency_tables import StratifiedTable
from statsmodels.stats.multitest import multipletests

import rethinking as rt
from rethinking.causal.data.checks import _holm
from rethinking.causal.data.residuals import Regression, _bend, _break

DIVORCE = {"A": "MedianAgeMarriage", "M": "Marriage", "D": "Divorce", "S": "South", "W": "WaffleHouses"}


def one(graph, data, **options):
    (row,) = rt.CausalGraph(graph).check(data, **options).to_dict("records")
    return row


# The numbers


@pytest.mark.parametrize(("kernel", "derivative", "scale"), [(_break, 1, 1), (_bend, 2, 40)])
def test_the_kernels_of_splines_reproduce(kernel, derivative, scale):
    """The inner product of two slices, by their derivatives, is the kernel; no slice has a constant part."""
    n = 500
    places = (np.arange(n) + 0.5) / n
    slices = kernel(places[:, None], places)
    most = np.abs(slices).max()
    assert np.abs(slices.mean(axis=1)).max() < 1e-4 * most
    derived = np.diff(slices, derivative, axis=1) * n**derivative
    assert np.abs(derived @ derived.T / n - scale * slices).max() < 0.02 * scale * most


def test_the_leverages_of_a_regression_add_up_to_its_degrees_of_freedom():
    """Both are the trace of the matrix that makes fitted values of an outcome."""
    rng = np.random.default_rng(1)
    z, w, e = (pd.Series(rng.uniform(-1, 1, size=200), name=name) for name in "zwe")
    group = pd.Series(pd.Categorical(rng.integers(4, size=200)), name="group")
    for given, outcome, least in [
        ([z], z + e, 2),
        ([z], z**2 + e / 10, 3),
        ([z, w], z * w + e / 10, 4),
        ([group], e, 4),
    ]:
        left = Regression(given, 200).left(outcome.to_numpy()[:, None])
        assert left.leverage.sum() == pytest.approx(left.freedom)
        assert least <= left.freedom + 1e-9
        assert left.leverage.min() > 0


def test_where_there_is_no_curve_hardly_any_freedom_is_used():
    """For most outcomes of a straight line and noise the criterion prefers the plane, which uses 2, to every curve."""
    rng = np.random.default_rng(1)
    z, *outcomes = rng.normal(size=(41, 100))
    regression = Regression([pd.Series(z, name="z")], 100)
    freedom = [regression.left((z + outcome)[:, None]).freedom for outcome in outcomes]
    assert np.median(freedom) == pytest.approx(2)
    assert np.mean(freedom) < 5


def test_residuals_are_measured_in_the_units_of_their_column_and_the_same_in_all_units():
    rng = np.random.default_rng(2)
    z, *e = rng.normal(size=(3, 100))
    block = np.column_stack([z**2 + e[0], z + e[1]])
    regression, units = Regression([pd.Series(z, name="z")], 100), np.array([1000, 1])
    one, other = regression.left(block), regression.left(block * units)
    assert other.freedom == pytest.approx(one.freedom)
    np.testing.assert_allclose(other.residuals, one.residuals * units)


def test_two_numbers_alone_get_their_correlation():
    data = rt.CausalGraph("X -> Y").simulate(np.random.default_rng(1), 60, {"X -> Y": 0.2})
    row = one("X; Y", data)
    r = np.corrcoef(data["X"], data["Y"])[0, 1]
    assert (row["measure"], row["n"], str(row["independency"])) == ("partial correlation", 60, "X _||_ Y")
    assert row["estimate"] == pytest.approx(r)
    assert row["p"] == pytest.approx(2 * stats.norm.sf(abs(r) * np.sqrt(59)))
    assert row["assumes"] == "independent rows"


def test_numbers_get_the_correlation_of_what_curves_leave():
    """The curves are large, the noise is small, and what is found is the correlation of the noise."""
    rng = np.random.default_rng(1)
    z, w, *noise = rng.normal(size=(4, 2000))
    noise[1] += 0.4 * noise[0]
    x, y = 3 * np.array([z**2 + z * w, np.sin(2 * z) + np.abs(w)]) + noise
    row = one("X <- Z -> Y; X <- W -> Y; Z -> W", pd.DataFrame({"Z": z, "W": w, "X": x, "Y": y}))
    truth = np.corrcoef(noise)[0, 1]
    assert (row["measure"], str(row["independency"])) == ("partial correlation", "X _||_ Y | W, Z")
    assert row["estimate"] == pytest.approx(truth, abs=0.02)
    assert row["lower"] < truth < row["upper"]
    assert row["assumes"] == "independent rows, means smooth in W and Z"


def test_categories_get_cramers_v_and_pearsons_chi_squared():
    rng = np.random.default_rng(2)
    a = rng.integers(3, size=400)
    b = np.where(rng.random(400) < 0.25, a, rng.integers(4, size=400))
    data = pd.DataFrame({"A": np.array(["x", "y", "z"])[a], "B": pd.Categorical(b)})
    row = one("A; B", data)
    table = pd.crosstab(data["A"], data["B"])
    # Over all permutations of the rows the variance is a little larger than Pearson's.
    chi2 = stats.chi2_contingency(table, correction=False).statistic * 399 / 400
    p = stats.chi2.sf(chi2, 6)
    assert row["estimate"] == pytest.approx(stats.contingency.association(table, method="cramer"))
    assert row["p"] == pytest.approx(p)
    nc_low, nc_high = (row[end] ** 2 * 399 * 2 for end in ("lower", "upper"))
    assert stats.ncx2.cdf(chi2, 6, [nc_low, nc_high]) == pytest.approx([0.945, 0.055], abs=1e-6)


def test_strata_of_categories_get_the_mantel_haenszel_test():
    rng = np.random.default_rng(3)
    z = rng.integers(3, size=3000)
    data = pd.DataFrame({"Z": z, "X": rng.random(3000) < 0.2 + 0.3 * z, "Y": rng.random(3000) < 0.8 - 0.3 * z})
    data = data.astype({"Z": str, "X": str})
    row = one("X <- Z -> Y", data)
    tables = [pd.crosstab(part["X"], part["Y"]).to_numpy() for _, part in data.groupby("Z")]
    expected = StratifiedTable(tables).test_null_odds()
    assert row["p"] == pytest.approx(expected.pvalue, rel=1e-6)


def test_strata_are_of_all_categories_together():
    """X and Y both follow whether Z and W agree: a regression on Z plus W, labels or numbers, would leave that in."""
    rng = np.random.default_rng(10)
    z, w = rng.integers(2, size=(2, 2000))
    same = z == w
    data = pd.DataFrame({"Z": z == 1, "W": w == 1, "X": rng.normal(same), "Y": rng.normal(same)})
    assert not one("{Z W} -> {X Y}; Z -> W", data)["contradicted"]
    assert not one("{Z W} -> {X Y}; Z -> W", data.astype({"Z": int, "W": int}))["contradicted"]


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
    for seed in range(150):
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
    p = pd.concat(tables)["p"].to_numpy().reshape(150, 3)
    assert all(stats.kstest(each, "uniform").pvalue > 0.001 for each in p.T)
    false_alarms = np.mean([table["contradicted"].any() for table in tables])
    assert false_alarms < 0.11 + 3 * np.sqrt(0.11 * 0.89 / 150)


def square(rng, n):
    z, x, y = rng.normal(size=(3, n))
    return {"Z": z, "X": z**2 + x, "Y": z**2 + y}


def growing_noise(rng, n):
    z, x, y = rng.normal(size=(3, n))
    return {"Z": z, "X": np.exp(z) * x, "Y": np.exp(z) * y}


def zeros_and_ones(rng, n):
    z = rng.normal(size=n)
    x, y = rng.random((2, n)) < 1 / (1 + np.exp(-2 * z))
    return {"Z": z, "X": x.astype(float), "Y": y}


def product(rng, n):
    z, x, y = rng.normal(size=(3, n))
    w = rng.choice([-1, 1], size=n)
    return {"Z": z, "W": np.array(["no", "yes"])[(w + 1) // 2], "X": w * z + x, "Y": w * z + y}


@pytest.mark.parametrize(
    ("world", "n", "worlds"),
    [(square, 50, 250), (growing_noise, 200, 200), (zeros_and_ones, 1000, 100), (product, 200, 100)],
)
def test_a_true_graph_is_contradicted_as_rarely_without_straight_lines_and_even_noise(world, n, worlds):
    """A small part of `benchmarks/check_calibration.py`. With straight lines .99, .61, .40 and 1 are contradicted."""
    dag = rt.CausalGraph("{Z W} -> {X Y}; Z -> W" if world is product else "X <- Z -> Y")
    alarms = [
        dag.check(pd.DataFrame(world(np.random.default_rng([11, seed]), n)))["contradicted"].any()
        for seed in range(worlds)
    ]
    assert np.mean(alarms) < 0.11 + 3 * np.sqrt(0.11 * 0.89 / worlds)


def test_a_missing_arrow_is_found_nearly_as_often_as_by_who_knows_that_lines_are_straight():
    """The world is one in which Fisher's test finds the arrow in four of five."""
    dag, found = rt.CausalGraph("X <- Z -> Y"), []
    for seed in range(200):
        data = rt.CausalGraph("X <- Z -> Y <- X").simulate(np.random.default_rng([12, seed]), 50, {"X -> Y": 0.4})
        P = np.linalg.inv(data[["X", "Y", "Z"]].corr())
        fisher = 2 * stats.norm.sf(abs(np.arctanh(P[0, 1] / np.sqrt(P[0, 0] * P[1, 1]))) * np.sqrt(46))
        found.append((fisher < 0.11, dag.check(data)["contradicted"][0]))
    theirs, ours = np.mean(found, axis=0)
    assert ours > 0.8 * theirs


@pytest.mark.parametrize("weight", [0.15, 0.6])
def test_intervals_hold_the_truth_as_often_as_promised(weight):
    dag = rt.CausalGraph("X <- Z -> Y; X -> Y")
    S = dag.implied_covariance({"X -> Y": weight})
    P = np.linalg.inv(S.loc[list("XYZ"), list("XYZ")])
    truth = -P[0, 1] / np.sqrt(P[0, 0] * P[1, 1])
    held = []
    for seed in range(200):
        data = dag.simulate(np.random.default_rng([8, seed]), 80, {"X -> Y": weight})
        row = one("X <- Z -> Y", data)
        held.append(row["lower"] < truth < row["upper"])
    assert np.mean(held) == pytest.approx(0.89, abs=3.5 * np.sqrt(0.89 * 0.11 / 200))


def test_holm_keeps_one_false_claim_among_many_true_ones_in_sight():
    rng = np.random.default_rng(9)
    data = pd.DataFrame(rng.normal(size=(500, 6)), columns=list("ABCDEF")).assign(B=lambda d: d["B"] + 0.5 * d["A"])
    table = rt.CausalGraph("; ".join("ABCDEF")).check(data)
    assert list(map(str, table.loc[table["contradicted"], "independency"])) == ["A _||_ B"]
    p = np.sort(table["p"])
    assert (p[1:] < 0.11).any(), "without Holm's method there would be a false alarm here"


@pytest.mark.parametrize("p", [[0.06, 0.07], [0.04, 0.07], [0.04, 0.2, 0.03], [0.5], [], [0.03, 0.03, 0.03, 0.09]])
def test_holm_compares_each_p_with_its_own_level(p):
    """The smallest of two must pass half of the level: .06 and .07 at .1 are none."""
    expected = multipletests(p, alpha=0.1, method="holm")[0] if p else []
    assert _holm(np.array(p), 0.1).tolist() == list(expected)
    assert not _holm(np.array([0.06, 0.07]), 0.1).any()


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
