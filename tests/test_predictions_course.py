"""The course's answers, with models as the lectures write them."""

import numpy as np
import pandas as pd
import pymc as pm
import pytest

import rethinking as rt


def agrees(draws, mean, sd):
    """Return whether draws have a mean and an sd, as far as some thousand draws and two decimals can tell."""
    return abs(float(draws.mean()) - mean) < 0.12 * sd and abs(float(draws.std()) / sd - 1) < 0.12


@pytest.fixture(scope="module")
def adults():
    people = rt.load_data("Howell1")
    return people[people["age"] >= 18]


def test_sex_and_weight_directly_and_through_height(adults):
    with pm.Model(coords={"sex": ["female", "male"]}) as only_sex:
        S = pm.Data("S", adults["male"], dims="person")
        a = pm.Normal("a", 60, 10, dims="sex")
        pm.Normal("W", a[S], pm.Uniform("sigma", 0, 10), observed=adults["weight"], dims="person")
    fit = rt.sample(only_sex, seed=4)
    assert agrees(rt.contrast(only_sex, fit, "W", {"sex": ["male", "female"]}), 6.757, 0.579)

    height = adults["height"].to_numpy()
    with pm.Model(coords={"sex": ["female", "male"]}) as whole_graph:
        S = pm.Data("S", adults["male"], dims="person")
        h = pm.Normal("h", 160, 10, dims="sex")
        H = pm.Normal("H", h[S], pm.Uniform("tau", 0, 10), observed=height, dims="person")
        a, b = pm.Normal("a", 60, 10, dims="sex"), pm.LogNormal("b", 0, 1, dims="sex")
        mu = a[S] + b[S] * (H - height.mean())
        pm.Normal("W", mu, pm.Uniform("sigma", 0, 10), observed=adults["weight"], dims="person")
    fit = rt.sample(whole_graph, seed=4)
    dag = rt.CausalGraph("S -> H -> W; S -> W")
    effect = rt.contrast(whole_graph, fit, "W", {"S": ["male", "female"]}, dag=dag, seed=1)
    assert agrees(effect, 6.772, 0.587)
    assert effect.attrs["verdict"] == "causal, given the graph: adjusts for nothing, averages over H"


def test_admissions_in_berkeley():
    table = rt.load_data("UCBadmit")
    gender, department = (pd.Categorical(table[name]) for name in ("applicant.gender", "dept"))
    N = table["applications"].to_numpy()

    def admissions(by_department):
        with pm.Model(coords={"gender": gender.categories, "department": department.categories}) as model:
            G, D = (pm.Data(n, c.codes, dims="row") for n, c in (("G", gender), ("D", department)))
            a = pm.Normal("a", 0, 1, dims=("gender", "department") if by_department else "gender")
            p = pm.Deterministic("p", pm.math.invlogit(a[G, D] if by_department else a[G]), dims="row")
            pm.Binomial("A", pm.Data("N", N, dims="row"), p, observed=table["admit"], dims="row")
        return model, rt.sample(model, seed=9)

    ask = {"do": {"gender": ["female", "male"]}, "weights": N}
    assert agrees(rt.contrast(*admissions(False), "p", **ask), -0.141, 0.015)
    model, fit = admissions(True)
    assert agrees(rt.contrast(model, fit, "p", **ask), 0.036, 0.017)
    # The expected number of admissions, for one application in each row, is the same probability.
    one = rt.contrast(model, fit, "A", ask["do"] | {"N": 1}, weights=N)
    np.testing.assert_allclose(one, rt.contrast(model, fit, "p", **ask))
    each = rt.contrast(model, fit, "p", **ask, by="department")
    for name, mean, sd in (("A", 0.191, 0.040), ("C", -0.030, 0.033), ("D", 0.018, 0.033), ("F", 0.012, 0.019)):
        assert agrees(each.sel(department=name), mean, sd)
    # Their spread is that of departments, not uncertainty about the average.
    assert float(each.std()) > 3 * 0.017


def test_groups_that_share_a_cause():
    rng = np.random.default_rng(2)
    group = rng.integers(0, 30, 2000)
    U = rng.normal(1.5, 1, 30)
    X, Z = rng.normal(U[group]), rng.normal(size=30)
    Y = rng.binomial(1, 1 / (1 + np.exp(-(-2 + Z + U)[group])))
    mean_X = np.bincount(group, X) / np.bincount(group)

    def fitted(with_groups):
        with pm.Model(coords={"group": np.arange(30)}) as model:
            x, g = pm.Data("X", X, dims="id"), pm.Data("g", group, dims="id")
            eta = pm.Normal("a", 0, 1) + pm.Normal("b", 0, 1) * x + pm.Normal("c", 0, 1) * Z[group]
            if with_groups:
                z, tau = pm.Normal("z", dims="group"), pm.Exponential("tau", 1)
                eta = eta + (tau * z + pm.Normal("d", 0, 1) * mean_X)[g]
            pm.Bernoulli("Y", logit_p=eta, observed=Y, dims="id")
        return model, rt.sample(model, draws=1500, seed=3)

    step = {"X": [lambda x: x + 1, lambda x: x]}
    model, fit = fitted(False)
    naive = rt.contrast(model, fit, "Y", step)
    a, b, c = (fit["posterior"][name].to_numpy()[..., None] for name in "abc")
    eta = a + b * X + c * Z[group]
    by_hand = (1 / (1 + np.exp(-eta - b)) - 1 / (1 + np.exp(-eta))).mean(-1)
    np.testing.assert_allclose(naive, by_hand)
    assert float(naive.quantile(0.055)) > 0.05  # the truth is no effect at all
    mundlak = rt.contrast(*fitted(True), "Y", step)
    assert abs(float(mundlak.mean())) < 2.5 * float(mundlak.std())
    assert float(np.abs(mundlak).mean()) < float(np.abs(naive).mean()) / 2


def test_a_district_without_women():
    women = rt.load_data("bangladesh")
    districts = np.sort(women["district"].unique())
    assert 54 not in districts
    with pm.Model(coords={"district": districts}) as model:
        index = pm.Data("D", np.searchsorted(districts, women["district"]), dims="woman")
        a = pm.Normal("a", pm.Normal("mean", 0, 1), pm.Exponential("sigma", 1), dims="district")
        use = women["use.contraception"].to_numpy()
        pm.Bernoulli("C", logit_p=a[index], observed=use, dims="woman")
    fit = rt.sample(model, seed=5)
    table = pd.DataFrame({"district": [54]})
    with pytest.raises(ValueError, match="'new'"):
        rt.predict(model, fit, "C", data=table)
    new = rt.predict(model, fit, "C", data=table, groups={"district": "new"}, seed=6)
    assert agrees(new, 0.376, 0.119)
    typical = rt.predict(model, fit, "C", data=table, groups={"district": "typical"})
    np.testing.assert_allclose(typical[..., 0], 1 / (1 + np.exp(-fit["posterior"]["mean"])))
