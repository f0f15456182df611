"""What goes wrong when a fit is turned into an answer by hand: each trap is a test."""

import warnings

import numpy as np
import pandas as pd
import pymc as pm
import pytensor.tensor as pt
import pytest
import xarray as xr
from predicted_worlds import fit_of

import rethinking as rt

RNG = np.random.default_rng(23)


@pytest.fixture(scope="module")
def mediated():
    """Return a model in which S acts on H and W, and H on W, with its fit and draws."""
    S = np.array([0, 1, 0, 1, 1])
    with pm.Model(coords={"sex": ["female", "male"], "person": np.arange(5)}) as model:
        sex = pm.Data("S", S, dims="person")
        h = pm.Normal("h", 160, 10, dims="sex")
        H = pm.Normal("H", h[sex], 5, observed=[150.0, 171, 158, 169, 180], dims="person")
        H_std = pm.Deterministic("H_std", (H - 160) / 10, dims="person")
        a = pm.Normal("a", 50, 10, dims="sex")
        b = pm.Normal("b", 5, 1)
        pm.Normal("W", a[sex] + b * H_std, 2, observed=[50.0, 60, 52, 61, 66], dims="person")
    draws = {"h": RNG.normal(160, 5, (40, 2)), "a": RNG.normal(50, 2, (40, 2)), "b": RNG.normal(5, 1, 40)}
    return model, fit_of(model, **draws), draws


def test_an_observed_variable_is_set_without_another_fit(mediated):
    model, dt, draws = mediated
    found = rt.predict(model, dt, "W", do={"H": 170.0})
    S = [0, 1, 0, 1, 1]
    np.testing.assert_allclose(found[0], draws["a"][:, S] + draws["b"][:, None])
    assert found.dims == ("chain", "draw", "person")
    assert model["H"] in model.observed_RVs  # the model is as it was


def test_the_mediator_is_drawn_at_its_new_mean_not_fixed(mediated):
    model, dt, draws = mediated
    total = rt.contrast(model, dt, "W", {"sex": ["male", "female"]})
    expected = draws["a"][:, 1] - draws["a"][:, 0] + draws["b"] * (draws["h"][:, 1] - draws["h"][:, 0]) / 10
    np.testing.assert_allclose(total[0], expected)
    assert total.attrs["drawn_anew"] == "H"
    spread = rt.predict(model, dt, "H_std", do={"S": "male"}, seed=1)
    assert float(spread.std("person").mean()) > 0.2


def test_a_stale_deterministic_in_the_trace_is_not_read(mediated):
    model, dt, draws = mediated
    stale = dt["posterior"].to_dataset().assign(H_std=(("chain", "draw", "person"), np.full((1, 40, 5), 1e6)))
    found = rt.predict(model, xr.DataTree.from_dict({"posterior": stale}), "W")
    H = (np.array([150.0, 171, 158, 169, 180]) - 160) / 10
    np.testing.assert_allclose(found[0], draws["a"][:, [0, 1, 0, 1, 1]] + draws["b"][:, None] * H)


@pytest.mark.parametrize("value", [0.5, "mail", 2, -1, np.nan, [0, 1]])
def test_an_index_takes_labels_and_positions_only(mediated, value):
    model, dt, _ = mediated
    with pytest.raises(ValueError, match=r"^[^\n]{20,300}\.$"):
        rt.predict(model, dt, "W", do={"S": value})


def test_labels_positions_and_whole_floats_say_the_same(mediated):
    model, dt, _ = mediated
    answers = [
        rt.predict(model, dt, "W", do={"S": value}, seed=1) for value in ("male", 1, 1.0, np.array(["male"] * 5))
    ]
    for other in answers[1:]:
        xr.testing.assert_identical(answers[0], other)


@pytest.fixture(scope="module")
def districts():
    """Return a logistic model of districts whose labels are numbers with a gap, its fit and its draws."""
    labels = np.array([51, 52, 53, 55])
    with pm.Model(coords={"district": labels}) as model:
        index = pm.Data("D", np.repeat(np.arange(4), 3), dims="woman")
        mean, sigma = pm.Normal("mean", 0, 1), pm.Exponential("sigma", 1)
        z = pm.Normal("z", dims="district")
        pm.Bernoulli("C", logit_p=(mean + sigma * z)[index], observed=np.tile([0, 1, 1], 4), dims="woman")
    n = 4000
    draws = {"mean": RNG.normal(size=n), "sigma": RNG.exponential(size=n), "z": RNG.normal(size=(n, 4))}
    return model, fit_of(model, **draws), draws


def test_a_number_is_the_label_of_a_district_not_its_position(districts):
    model, dt, draws = districts
    found = rt.predict(model, dt, "C", do={"D": 53}, kind="linear")
    np.testing.assert_allclose(found[0, :, 0], draws["mean"] + draws["sigma"] * draws["z"][:, 2])
    for absent in (54, 3):
        with pytest.raises(ValueError, match=r"'new'.*'typical'.*'same'"):
            rt.predict(model, dt, "C", do={"D": absent})


def test_a_new_group_is_drawn_from_the_population(districts):
    model, dt, draws = districts
    table = pd.DataFrame({"district": [54, 54, 51]})
    mixed = rt.predict(model, dt, "C", data=table, groups={"district": {54: "new"}}, kind="linear", seed=1)
    np.testing.assert_array_equal(mixed[0, :, 0], mixed[0, :, 1])  # one effect for all rows of the group
    np.testing.assert_allclose(mixed[0, :, 2], draws["mean"] + draws["sigma"] * draws["z"][:, 0])
    z = (mixed[0, :, 0] - draws["mean"]) / draws["sigma"]
    assert abs(float(z.mean())) < 4 / 4000**0.5
    assert float(z.std()) == pytest.approx(1, abs=4 / 8000**0.5)
    np.testing.assert_allclose(np.corrcoef(z, draws["z"][:, 0])[0, 1], 0, atol=4 / 4000**0.5)


def test_typical_groups_and_all_groups_new(districts):
    model, dt, draws = districts
    typical = rt.predict(model, dt, "C", groups={"district": "typical"}, kind="linear")
    np.testing.assert_allclose(typical[0], draws["mean"][:, None] * np.ones(12))
    new = rt.predict(model, dt, "C", groups={"district": "new"}, kind="linear", seed=2)
    old = rt.predict(model, dt, "C", kind="linear")
    assert np.isclose(new, old, rtol=1e-3).mean() < 0.05
    # Averaging probabilities is not the probability at the average: the typical district is no average of districts.
    probability = rt.contrast(model, dt, "C", {"D": [51, 52]}, groups={"district": "new"}, seed=2)
    assert abs(float(probability.mean())) < 4 * float(probability.std()) / 4000**0.5


def test_new_groups_are_the_same_at_both_levels():
    with pm.Model(coords={"group": list("abc")}) as model:
        x, index = pm.Data("x", [0.0, 1, 0, 1, 0, 1], dims="row"), pm.Data("g", [0, 0, 1, 1, 2, 2], dims="row")
        effect = pm.Normal("effect", 0, 10, dims="group")
        pm.Normal("y", effect[index] + pm.Normal("b") * x, observed=np.zeros(6), dims="row")
    dt = fit_of(model, effect=np.zeros((50, 3)), b=np.full(50, 2.0))
    by_row = rt.contrast(model, dt, "y", {"x": [1.0, 0.0]}, groups={"group": "new"}, by="row", seed=1)
    np.testing.assert_allclose(by_row, 2.0)


def test_correlated_effects_of_new_groups_keep_their_correlation():
    with pm.Model(coords={"group": list("ab"), "effect": ["intercept", "slope"]}) as model:
        index, x = pm.Data("g", [0, 1, 1], dims="row"), pm.Data("x", [0.0, 1.0, 1.0], dims="row")
        v = pm.MvNormal("v", np.zeros(2), cov=[[1.0, 0.8], [0.8, 1.0]], dims=("group", "effect"))
        pm.Normal("y", v[index, 0] + v[index, 1] * x, observed=np.zeros(3), dims="row")
    dt = fit_of(model, v=np.zeros((4000, 2, 2)))
    table = pd.DataFrame({"group": ["new", "new"], "x": [0.0, 1.0]})
    found = rt.predict(model, dt, "y", data=table, groups={"group": {"new": "new"}}, seed=3)[0].to_numpy()
    intercept, slope = found[:, 0], found[:, 1] - found[:, 0]
    assert np.corrcoef(intercept, slope)[0, 1] == pytest.approx(0.8, abs=4 * 0.36 / 4000**0.5)


def test_an_exposure_that_enters_many_times_is_replaced_everywhere():
    x, z = RNG.uniform(1, 3, 30), RNG.normal(size=30)
    with pm.Model() as model:
        X, Z = pm.Data("X", x), pm.Data("Z", z)
        scaled = pm.Deterministic("scaled", (X - 2) / 0.5)
        b = pm.Normal("b", shape=4)
        basis = pm.math.concatenate([X[:, None], X[:, None] ** 2, pm.math.maximum(X - 2, 0)[:, None]], axis=1)
        pm.Normal("Y", pm.math.dot(basis, b[:3]) + b[3] * scaled * Z, observed=np.zeros(30))
    b = RNG.normal(size=(5, 4))
    dt = fit_of(model, b=b)
    found = rt.predict(model, dt, "Y", do={"X": 2.5})
    formula = b[:, [0]] * 2.5 + b[:, [1]] * 6.25 + b[:, [2]] * 0.5 + b[:, [3]] * z
    np.testing.assert_allclose(found[0], formula)
    with pytest.raises(ValueError, match="set 'X'"):
        rt.predict(model, dt, "Y", do={"scaled": 1.0})


def test_a_copy_made_outside_the_model_is_named():
    x = RNG.normal(size=40)
    with pm.Model() as model:
        X, squared = pm.Data("X", x), pm.Data("squared", x**2)
        pm.Normal("Y", pm.Normal("a") * X + pm.Normal("b") * squared + x**3, observed=np.zeros(40))
        pm.Normal("Y2", pm.Normal("c") * X + pm.Data("other", RNG.normal(size=40)), observed=np.zeros(40))
    dt = fit_of(model, a=np.ones(3), b=np.ones(3), c=np.ones(3))
    with pytest.warns(rt.PredictionWarning, match="'squared' and an array without a name are a function of 'X'"):
        rt.contrast(model, dt, "Y", {"X": [1.0, 0.0]})
    rt.contrast(model, dt, "Y2", {"X": [1.0, 0.0]})  # nothing to warn of


def test_ordered_predictors():
    with pm.Model(coords={"education": ["none", "school", "college"], "step": ["school", "college"]}) as model:
        E = pm.Data("E", [0, 1, 2, 2], dims="person")
        delta = pm.Dirichlet("delta", [2.0, 2.0], dims="step")
        so_far = pm.math.concatenate([[0.0], pm.math.cumsum(delta)])
        pm.Normal("Y", pm.Normal("b") * so_far[E], observed=np.zeros(4), dims="person")
    delta = RNG.dirichlet([2, 2], size=6)
    dt = fit_of(model, delta=delta, b=np.full(6, 3.0))
    found = rt.contrast(model, dt, "Y", {"E": [2, 1]})
    np.testing.assert_allclose(found[0], 3 * delta[:, 1])
    with pytest.raises(ValueError, match="evaluated"):  # never what lies in memory behind the array
        rt.predict(model, dt, "Y", do={"E": 3})


def test_ordered_outcomes_have_the_mean_of_their_codes():
    with pm.Model() as model:
        X = pm.Data("X", [0.0, 1.0, 2.0])
        pm.OrderedLogistic("R", pm.Normal("b") * X, cutpoints=[-1.0, 0.5], compute_p=False, observed=[0, 1, 2])
    b = RNG.normal(size=5)
    dt = fit_of(model, b=b)
    found = rt.predict(model, dt, "R", do={"X": 1.0})
    below = 1 / (1 + np.exp(-(np.array([-1.0, 0.5]) - b[:, None])))  # P(R <= 0), P(R <= 1)
    np.testing.assert_allclose(found[0, :, 0], 2 - below.sum(1))


def test_imputed_predictors_are_those_of_the_fit_until_they_are_set():
    x = np.ma.masked_invalid([1.0, np.nan, 3.0])
    with pm.Model() as model:
        Z = pm.Data("Z", [0.0, 1.0, 1.0])
        with pytest.warns(pm.exceptions.ImputationWarning):
            X = pm.Normal("X", pm.Normal("g") * Z, 1, observed=x)
        pm.Normal("Y", pm.Normal("b") * X + Z, observed=np.zeros(3))
    missing = RNG.normal(size=(8, 1))
    dt = fit_of(model, X_unobserved=missing, b=np.full(8, 2.0), g=np.full(8, 5.0))
    np.testing.assert_allclose(rt.predict(model, dt, "Y")[0, :, 1], 2 * missing[:, 0] + 1)
    np.testing.assert_allclose(rt.predict(model, dt, "Y", do={"X": 2.5})[0], 5 + np.array([0, 1, 1]) * np.ones((8, 3)))
    # Z is a cause of X, so all of X is drawn anew when Z is set, whether it was observed or not.
    again = rt.contrast(model, dt, "Y", {"Z": [1.0, 0.0]})
    np.testing.assert_allclose(again[0], 2 * 5 + 1)
    np.testing.assert_allclose(rt.contrast(model, dt, "X", {"Z": [1.0, 0.0]})[0], 5)


def test_two_outcomes_and_a_variable_without_part_in_one():
    with pm.Model() as model:
        X, Z = pm.Data("X", [0.0, 1.0], dims="row"), pm.Data("Z", [0.0, 1.0], dims="row")
        pm.Normal("Y1", pm.Normal("a") * X, observed=[0.0, 0.0], dims="row")
        pm.Normal("Y2", pm.Normal("b") * Z, observed=[0.0, 0.0], dims="row")
    dt = fit_of(model, a=np.full(3, 2.0), b=np.full(3, 7.0))
    np.testing.assert_allclose(rt.contrast(model, dt, "Y1", {"X": [1.0, 0.0]})[0], 2)
    new = rt.predict(model, dt, "Y2", data={"Z": np.array([1.0, 0.5, 0.0])})  # X need not be given
    np.testing.assert_allclose(new[0, 0], [7, 3.5, 0])
    with pytest.warns(rt.PredictionWarning, match="'Y2' does not depend on 'X'"):
        rt.contrast(model, dt, "Y2", {"X": [1.0, 0.0]})


def shares(*each):
    return pm.math.concatenate([pt.atleast_1d(one) for one in each])


TRIALS, STEPS = np.array([1, 5, 20]), np.diff([0, *(1 / (1 + np.exp(0.4 + np.array([1.0, -1.0])))), 1])
FAMILIES = {  # distributions of which a parameter p has draws, and not always the first; and their draws at p = 0.4
    "binomial": (lambda p: pm.Binomial.dist(10, p, shape=3), lambda rng, n: rng.binomial(10, 0.4, (n, 3))),
    "trials by row": (lambda p: pm.Binomial.dist(TRIALS, p, shape=3), lambda rng, n: rng.binomial(TRIALS, 0.4, (n, 3))),
    "beta-binomial": (
        lambda p: pm.BetaBinomial.dist(n=8, alpha=2.0, beta=p, shape=3),
        lambda rng, n: rng.binomial(8, rng.beta(2, 0.4, (n, 3))),
    ),
    "normal": (lambda p: pm.Normal.dist(0, p, shape=3), lambda rng, n: rng.normal(0, 0.4, (n, 3))),
    "censored": (
        lambda p: pm.Censored.dist(pm.Normal.dist(0, p), lower=0, upper=None, shape=3),
        lambda rng, n: np.maximum(0, rng.normal(0, 0.4, (n, 3))),
    ),
    "zero-inflated": (
        lambda p: pm.ZeroInflatedPoisson.dist(p, 2.0, shape=3),
        lambda rng, n: (rng.random((n, 3)) < 0.4) * rng.poisson(2, (n, 3)),
    ),
    "mixture": (
        lambda p: pm.Mixture.dist([0.3, 0.7], [pm.Normal.dist(-5, 1), pm.Normal.dist(5, p)], shape=3),
        lambda rng, n: np.where(rng.random((n, 3)) < 0.3, rng.normal(-5, 1, (n, 3)), rng.normal(5, 0.4, (n, 3))),
    ),
    "multinomial": (
        lambda p: pm.Multinomial.dist(10, shares(p, 1 - p), shape=2),
        lambda rng, n: rng.multinomial(10, [0.4, 0.6], n),
    ),
    "counts by row": (
        lambda p: pm.Multinomial.dist(TRIALS, shares(p, 1 - p), shape=(3, 2)),
        lambda rng, n: rng.multinomial(np.tile(TRIALS, (n, 1)), [0.4, 0.6]),
    ),
    "ordered multinomial": (
        lambda p: pm.OrderedMultinomial.dist(n=10, eta=p, cutpoints=np.array([-1.0, 1.0]), shape=3),
        lambda rng, n: rng.multinomial(10, STEPS, n),
    ),
    "dirichlet-multinomial": (
        lambda p: pm.DirichletMultinomial.dist(n=10, a=shares(p, 1.0), shape=2),
        lambda rng, n: rng.multinomial(10, rng.dirichlet([0.4, 1], n)),
    ),
}


@pytest.mark.parametrize("family", FAMILIES)
def test_outcomes_have_their_distribution_apart_for_each_draw_and_row(family):
    n, (distribution, by_numpy) = 6000, FAMILIES[family]
    theirs = by_numpy(np.random.default_rng(1), n)
    with pm.Model() as model:
        model.register_rv(distribution(pm.Beta("p", 1, 1)), "y", observed=theirs[0])
    ours = rt.predict(model, fit_of(model, p=np.full(n, 0.4)), "y", kind="outcome", seed=2)[0].to_numpy()
    assert ours.shape == theirs.shape
    ours, theirs = (each.reshape(n, -1).astype(float) for each in (ours, theirs))
    np.testing.assert_array_less(np.abs(ours.mean(0) - theirs.mean(0)), 4.5 * theirs.std(0) * (2 / n) ** 0.5)
    np.testing.assert_allclose(np.cov(ours.T), np.cov(theirs.T), atol=0.12 * theirs.var(0).max())
    centred = ours - ours.mean(0)
    np.testing.assert_array_less(np.abs((centred[1:] * centred[:-1]).mean(0) / ours.var(0)), 4.5 / n**0.5)


def test_what_has_no_form_for_many_draws_is_refused_in_words():
    with pm.Model() as model:
        walk = pm.AR("walk", [pm.Normal("rho")], init_dist=pm.Normal.dist(0, 1), steps=4, observed=np.zeros(5))
    with pytest.raises(ValueError, match=r"no form for many draws at once.*\.$") as caught:
        rt.predict(model, fit_of(model, rho=np.zeros(5)), walk.name, kind="outcome")
    assert len(str(caught.value)) < 300


def test_indices_are_checked_where_the_model_does_not():
    with pm.Model(coords={"g": [0, 1]}, check_bounds=False) as model:
        index = pm.Data("i", [0, 1, 1])
        pm.Normal("y", pm.Normal("a", dims="g")[index], observed=np.zeros(3))
    dt = fit_of(model, a=np.zeros((4, 2)))
    for wrong, words in ((7, "'g' has no 7 in this fit"), (-1, "positions along 'g', from 0 to 1")):
        with pytest.raises(ValueError, match=words):
            rt.predict(model, dt, "y", do={"i": wrong})


def test_fits_of_a_sampler_with_other_data_and_of_a_frozen_one():
    with pm.Model() as model:
        x, y = pm.Data("x", np.arange(4.0)), pm.Data("y_data", np.arange(4.0))
        pm.Normal("y", pm.Normal("b") * x, 0.1, observed=y)
    options = {"draws": 100, "chains": 1, "seed": 1}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", rt.ConvergenceWarning)
        frozen = rt.Sampler(model, freeze=True).sample(**options)
        other = rt.Sampler(model).sample(x=[10.0, 11.0, 12.0, 13.0], y_data=[20.0, 22.0, 24.0, 26.0], **options)
    np.testing.assert_allclose(rt.predict(model, frozen, "y").mean(("chain", "draw")), np.arange(4.0), atol=0.2)
    np.testing.assert_allclose(rt.predict(model, other, "y").mean(("chain", "draw")), [20, 22, 24, 26], atol=0.5)


def test_a_fit_of_another_model_is_refused(mediated, districts):
    model, dt, _ = mediated
    _, other_dt, _ = districts
    with pytest.raises(ValueError, match="not a fit of this model"):
        rt.predict(model, other_dt, "W")
    swapped = dt["posterior"].to_dataset().assign_coords(sex=["male", "female"])
    with pytest.raises(ValueError, match="do not belong together"):
        rt.predict(model, xr.DataTree.from_dict({"posterior": swapped}), "W")
    renamed = dt["posterior"].to_dataset().rename({"sex": "gender"})
    with pytest.raises(ValueError, match="another model"):
        rt.predict(model, xr.DataTree.from_dict({"posterior": renamed}), "W")
    with pytest.raises(TypeError, match="model first"):
        rt.predict(dt, model, "W")


def test_nothing_of_the_model_is_changed(mediated):
    model, dt, _ = mediated
    before = {v.name: v.get_value() for v in model.data_vars}
    states = [str(v.get_value().bit_generator.state) for rv in model.basic_RVs for v in rv.owner.inputs[:1]]
    rt.contrast(model, dt, "W", {"S": ["male", "female"]}, kind="outcome", seed=1)
    assert all((v.get_value() == before[v.name]).all() for v in model.data_vars)
    assert states == [str(v.get_value().bit_generator.state) for rv in model.basic_RVs for v in rv.owner.inputs[:1]]


def test_a_mean_without_a_formula_is_simulated():
    with pm.Model() as model:
        pm.Truncated("Y", pm.Normal.dist(pm.Normal("mu"), 1), lower=0, observed=np.ones(200))
    dt = fit_of(model, mu=np.zeros(20))
    found = float(rt.predict(model, dt, "Y", seed=1).mean())
    assert found == pytest.approx((2 / np.pi) ** 0.5, abs=4 * 0.6 / (20 * 200 * 100) ** 0.5)


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        ({"do": {"H": 250.0}}, "'H' goes 70 beyond the largest value of the data, 180"),
        ({"do": {"H": 100.0}}, "'H' goes 50 beyond the least value of the data, 150"),
    ],
)
def test_outside_the_data_a_warning_says_how_far(mediated, ask, words):
    model, dt, _ = mediated
    with pytest.warns(rt.PredictionWarning, match=words):
        rt.predict(model, dt, "W", **ask)


@pytest.fixture(scope="module")
def weighed():
    """Return a model with a Potential on a parameter, one on a mediator and one on the outcome, and its fit."""
    with pm.Model(coords={"sex": ["female", "male"]}) as model:
        S = pm.Data("S", [0, 1, 0, 1], dims="person")
        h = pm.Normal("h", 0, 1, dims="sex")
        pm.Potential("prior", -(h**2).sum())
        H = pm.Normal("H", h[S], 1, observed=[0.1, 0.5, 0.2, 0.9], dims="person")
        pm.Potential("positive", pm.math.switch(H > 0, 0.0, -np.inf).sum())
        W = pm.Normal("W", pm.Normal("b") * H, 1, observed=np.zeros(4), dims="person")
        V = pm.Normal("V", W, 1, observed=np.zeros(4), dims="person")
        pm.Potential("survey", 0.5 * pm.logp(pm.Normal.dist(W, 1), V).sum())
    return model, fit_of(model, h=RNG.normal(size=(9, 2)), b=RNG.normal(size=9))


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        ({"outcome": "W", "do": {"sex": "male"}}, r"'positive' weighs 'H'.*'survey' weighs 'W'"),
        ({"outcome": "H"}, "'positive' weighs 'H', but here only the distribution that the model names for it"),
        ({"outcome": "V", "do": {"H": 0.5}}, "'survey' weighs 'V' and 'W'"),
        ({"outcome": "H", "groups": {"sex": "new"}}, "'prior' weighs 'h'"),
    ],
)
def test_a_potential_on_what_is_drawn_is_named(weighed, ask, words):
    model, dt = weighed
    with pytest.warns(rt.PredictionWarning, match=words):
        rt.predict(model, dt, **ask)
    if "do" in ask:
        with pytest.warns(rt.PredictionWarning, match=words):
            rt.counterfactual(model, dt, ask["outcome"], do=ask["do"], unit=0)


def test_a_potential_on_parameters_is_in_the_posterior_already():
    h = RNG.normal(size=(9, 2))
    with pm.Model(coords={"sex": ["female", "male"]}) as same:
        S = pm.Data("S", [0, 1, 0, 1], dims="person")
        effect = pm.Normal("h", 0, 1, dims="sex")
        pm.Potential("prior", -(effect**2).sum())
        pm.Potential("likelihood", pm.logp(pm.Normal.dist(effect[S], 1), np.zeros(4)).sum())
        pm.Normal("Y", effect[S], 1, observed=np.zeros(4), dims="person")
    answer = rt.contrast(same, fit_of(same, h=h), "Y", {"sex": ["male", "female"]})  # a warning would be an error
    np.testing.assert_allclose(answer[0], h[:, 1] - h[:, 0])


@pytest.mark.parametrize(("choice", "words"), [("typical", "no mean that PyMC knows"), ("new", "cannot be drawn")])
def test_groups_without_a_population_are_refused_in_words(choice, words):
    with pm.Model(coords={"g": ["a", "b"]}) as model:
        index = pm.Data("i", [0, 1], dims="row")
        pm.Normal("y", pm.Flat("a", dims="g")[index], 1, observed=np.zeros(2), dims="row")
    dt = fit_of(model, a=np.zeros((5, 2)))
    with pytest.raises(ValueError, match=words) as caught:
        rt.predict(model, dt, "y", groups={"g": choice})
    assert len(str(caught.value)) < 300


BAD = {
    "unknown outcome": ({"outcome": "w"}, "Did you mean 'W'"),
    "unknown do": ({"do": {"SS": 1}}, "Did you mean 'S'"),
    "unknown data": ({"data": {"sx": [1]}}, "Did you mean 'S'|Did you mean 'sex'"),
    "the outcome set": ({"do": {"W": 1.0}}, "the outcome itself"),
    "the outcome given": ({"data": {"W": [1.0]}}, "the outcome itself"),
    "no such level": ({"do": {"sex": "mal"}}, "Did you mean 'male'"),
    "empty population": ({"data": {"S": []}}, "empty population"),
    "empty table": ({"data": pd.DataFrame({"S": []})}, "no rows"),
    "a table of nothing": ({"data": pd.DataFrame({"sx": [1]})}, "No column"),
    "no table": ({"data": [1, 2]}, "mapping"),
    "missing": ({"do": {"H": np.nan}}, "missing or infinite"),
    "infinite": ({"do": {"H": np.inf}}, "missing or infinite"),
    "a word for a number": ({"do": {"H": "tall"}}, "only an index variable takes labels"),
    "wrong length": ({"do": {"H": [1.0, 2.0]}}, "its shape is"),
    "half a population": ({"data": {"H": [160.0, 170.0]}}, "has no values of 'S'"),
    "unknown kind": ({"kind": "mean"}, "kind must be one of 'expected', 'outcome', 'linear'"),
    "unknown group": ({"groups": {"sx": "new"}}, "Did you mean 'sex'"),
    "unknown choice": ({"groups": {"sex": "other"}}, "same, new and typical"),
    "no mapping of groups": ({"groups": "new"}, "must name dims"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_sentence(mediated, monkeypatch, case):
    model, dt, _ = mediated
    ask, words = BAD[case]
    monkeypatch.setattr("rethinking.predictions.worlds.answers.Evaluation", None)  # nothing may be computed
    with pytest.raises((TypeError, ValueError), match=words) as caught:
        rt.predict(model, dt, **({"outcome": "W"} | ask))
    message = str(caught.value)
    assert message.endswith((".", "?"))
    assert len(message) < 300
    assert "\n" not in message


BAD_CONTRASTS = {
    "one level": ({"do": {"S": "male"}}, "two or more levels"),
    "unequal lists": ({"do": {"S": ["male", "female"], "H": [1.0, 2.0, 3.0]}}, "two or more levels"),
    "nothing set": ({"do": {}}, "what is set to what"),
    "negative weights": ({"weights": [1, 1, 1, 1, -1]}, "negative"),
    "zero weights": ({"weights": np.zeros(5)}, "all zero"),
    "missing weights": ({"weights": [1, 1, 1, 1, np.nan]}, "missing"),
    "few weights": ({"weights": [1, 1]}, "one for each row"),
    "unknown weights": ({"weights": "peple"}, "neither a dim"),
    "unknown groups of rows": ({"by": "sx"}, "Did you mean 'sex'"),
    "unknown comparison": ({"compare": "minus"}, "difference, ratio, odds ratio and lift"),
    "odds of weights": ({"compare": "odds ratio"}, "between 0 and 1"),
}


@pytest.mark.parametrize("case", BAD_CONTRASTS)
def test_a_bad_contrast_is_one_sentence(mediated, case):
    model, dt, _ = mediated
    ask, words = BAD_CONTRASTS[case]
    with pytest.raises((TypeError, ValueError), match=words) as caught:
        rt.contrast(model, dt, "W", **({"do": {"S": ["male", "female"]}} | ask))
    assert len(str(caught.value)) < 300
    assert "\n" not in str(caught.value)
