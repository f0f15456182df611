"""What a model conditions on, read from the model and held against a graph."""

from itertools import combinations

import numpy as np
import pandas as pd
import pymc as pm
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rethinking as rt
from rethinking.causal.audit.reading.dictionary import wanted_names
from rethinking.causal.audit.reading.translation import resolve

SHARED = rt.CausalGraph("U -> X; U -> Y; X -> Y; Z -> Y", unobserved="U")


def regression(dag, predictors, outcome="Y", n=20, seed=0):
    """A linear regression on the named variables, each a pm.Data."""
    data = dag.simulate(np.random.default_rng(seed), n)
    with pm.Model() as model:
        mu = pm.Normal("a")
        for name in predictors:
            mu += pm.Normal(f"b_{name}") * pm.Data(name, data[name])
        pm.Normal(outcome, mu, pm.Exponential("sigma", 1), observed=data[outcome])
    return model


# The verdict is that of the adjustment criterion


@settings(deadline=None, derandomize=True, max_examples=100)
@given(data=st.data())
def test_a_regression_is_valid_exactly_when_its_predictors_are_an_adjustment_set(data):
    names = data.draw(st.permutations(["X", "Y", "A", "B", "C"]))
    edges = [pair for pair in combinations(names, 2) if data.draw(st.booleans())]
    hidden = [name for name in "ABC" if data.draw(st.integers(0, 3)) == 0]
    text = "; ".join([*(f"{a} -> {b}" for a, b in edges), *names])
    dag = rt.CausalGraph(text, unobserved=hidden)
    others = data.draw(st.sets(st.sampled_from("ABC"))) - set(hidden)
    effect = data.draw(st.sampled_from(["total", "direct"]))
    audit = dag.audit(regression(dag, ["X", *others], n=200), "X", "Y", effect=effect)
    assert audit.conditions == others
    assert audit.valid is dag.is_adjustment_set(others, "X", "Y", effect)
    assert audit.valid is (audit.problems == ())
    assert audit.valid is (audit.change == "")
    if audit.valid:
        assert audit.open_paths == ()
    elif "enough" in audit.change:
        assert dag.adjustment_sets("X", "Y", effect) == []
    else:
        assert dag.is_adjustment_set(changed(others, audit.change), "X", "Y", effect)
        fewest = min(len(others ^ group) for group in valid_sets(dag, effect))
        assert len(others ^ changed(others, audit.change)) == fewest


def changed(group, change):
    """The set after what a sentence such as "Add A and remove B and C." says."""
    action, result = None, set(group)
    for word in change.rstrip(".").replace(",", "").lower().split():
        if word in ("add", "remove"):
            action = word
        elif word != "and":
            result = result | {word.upper()} if action == "add" else result - {word.upper()}
    return frozenset(result)


def valid_sets(dag, effect):
    others = sorted(set(dag.observed) - {"X", "Y"})
    groups = (set(group) for size in range(4) for group in combinations(others, size))
    return [group for group in groups if dag.is_adjustment_set(group, "X", "Y", effect)]


@pytest.mark.parametrize(
    ("graph", "predictors", "effect", "text"),
    [
        ("X <- Z -> Y", "X", "total", ["Besides X it conditions on nothing", "path X <- Z -> Y is open.", "Add Z."]),
        ("X -> Z -> Y", "XZ", "total", ["Z is a mediator", "Remove Z."]),
        ("X -> Z -> Y", "X", "direct", ["The causal path X -> Z -> Y is open.", "Add Z."]),
        (
            "X -> Z <- Y; X -> Y",
            "XZ",
            "total",
            ["Z is an effect of the outcome Y", "X -> Z <- Y is open: the collider Z is conditioned on.", "Remove Z."],
        ),
        ("X -> Z -> Y; Z -> D", "XD", "total", ["D is a descendant of the mediator Z", "Remove D."]),
        (
            "X <- U -> Z <- V -> Y; X -> Y",
            "XZ",
            "total",
            ["path X <- U -> Z <- V -> Y is open: the collider Z is conditioned on.", "Remove Z."],
        ),
        ("X -> Y; X <- U -> Y; Z -> X", "X", "total", ["X <- U -> Y is open", "is enough, but Z is an instrument."]),
        ("X -> M -> Y; X <- U -> Y", "X", "total", ["X <- U -> Y is open", "is enough, but M is a front door."]),
        ("X -> Y; Z -> Y", "Z", "total", ["X does not enter the likelihood of Y.", "Add X."]),
        ("X <- Z -> Y; X -> M -> Y", "XM", "total", ["M is a mediator", "Add Z and remove M."]),
        ("X <- Z -> Y; X -> Y", "XZ", "total", ["The model estimates the total effect of X on Y."]),
    ],
)
def test_the_textbook_mistakes_in_words(graph, predictors, effect, text):
    dag = rt.CausalGraph(graph, unobserved=[name for name in "UV" if name in graph])
    audit = dag.audit(regression(dag, predictors), "X", "Y", effect=effect)
    assert audit.valid is ("The model estimates" in text[0])
    assert f"The model {'estimates' if audit.valid else 'does not estimate'} the {effect} effect" in repr(audit)
    for sentence in text:
        assert sentence in repr(audit)


# What enters a likelihood


def test_arrays_without_names_are_recognised_by_their_values():
    data = rt.load_data("WaffleDivorce")
    A, M, D = (rt.standardize(data[name]) for name in ["MedianAgeMarriage", "Marriage", "Divorce"])
    with pm.Model() as model:
        mu = pm.Normal("a") + pm.Normal("bA") * A.to_numpy() + pm.Normal("bM") * M.to_numpy()
        pm.Normal("divorce", mu, pm.Exponential("sigma", 1), observed=D.to_numpy())
    dag = rt.CausalGraph("A -> M; A -> D; M -> D")
    names = {"A": data["MedianAgeMarriage"], "M": data["Marriage"], "D": data["Divorce"]}
    assert dag.audit(model, "M", "D", names).valid
    assert "M is a mediator" in repr(dag.audit(model, "A", "D", names))
    assert dag.audit(model, "A", "D", names, effect="direct").valid
    unknown = dag.audit(model, "M", "D", names={"M": data["Marriage"], "D": "divorce"})
    assert not unknown.valid
    assert any("An array without a name enters the likelihood too" in each for each in unknown.provisos)


def test_the_likelihoods_of_other_variables_condition_on_nothing():
    """One model of the whole graph: the outcome's likelihood is what counts."""
    dag = rt.CausalGraph("A -> M -> D; A -> D")
    data = dag.simulate(np.random.default_rng(1), 20)
    with pm.Model() as model:
        A = pm.Data("A", data["A"])
        M = pm.Normal("M", pm.Normal("bAM") * A, observed=data["M"])
        pm.Normal("D", pm.Normal("bM") * M, observed=data["D"])
    assert dag.audit(model, "M", "D").conditions == set(), "A enters the likelihood of M only"
    assert "Add A." in repr(dag.audit(model, "M", "D"))
    assert "A does not enter the likelihood of D" in repr(dag.audit(model, "A", "D"))
    assert dag.audit(model, "A", "M").valid
    short = rt.CausalGraph("A -> D").audit(model, "A", "D")
    assert short.verdict == "cannot tell"
    assert "Nothing in the likelihood is recognised as A" in repr(short)
    assert short.provisos == ("M enters the likelihood too, and is not in the graph.",)


def test_a_predictor_of_parameters_and_a_deterministic_count():
    dag = rt.CausalGraph("X <- Z -> Y; X -> Y")
    data = dag.simulate(np.random.default_rng(1), 20)
    with pm.Model() as model:
        X, Z = pm.Data("X", data["X"]), pm.Data("zed", data["Z"])
        mean = pm.Deterministic("mean", pm.Normal("bZ") * Z)
        own = pm.Normal("own", mean, 1, shape=20)
        pm.Normal("outcome", own + pm.Normal("bX") * X, observed=pm.Data("Y", data["Y"]))
    assert dag.audit(model, "X", "Y", names={"Z": "zed"}).valid
    without = dag.audit(model, "X", "Y")
    assert not without.valid
    assert "zed enters the likelihood too, and is not in the graph." in without.provisos


@pytest.mark.parametrize("knows", ["above", "below", "not at all"])
def test_a_latent_variable_stands_for_one_measured_with_error_if_its_model_knows_what_goes_with_it(knows):
    dag = rt.CausalGraph("A -> M -> D; A -> D; A -> S; S", unobserved="A")
    data = dag.simulate(np.random.default_rng(1), 20)
    with pm.Model() as model:
        M = pm.Data("M", data["M"])
        true_A = pm.Normal("true_A", pm.Normal("mean_A") + (pm.Normal("g") * M if knows == "above" else 0), shape=20)
        pm.Normal("S", true_A, 0.3, observed=data["S"])
        if knows == "below":
            pm.Normal("rate", pm.Normal("bAM") * true_A, observed=data["M"])
        mu = pm.Normal("bA") * true_A + pm.Normal("bM") * M
        pm.Normal("D", mu, observed=data["D"])
    audit = dag.audit(model, "M", "D", names={"A": "true_A"})
    if knows != "not at all":
        assert audit.valid
        assert "true_A stands for A, which is unobserved, as far as the model knows it." in audit.provisos
        return
    assert audit.verdict == "cannot tell"
    assert "true_A stands for A, and its model knows nothing of M, with which A goes." in audit.problems
    assert not dag.audit(model, "M", "D").valid


@pytest.mark.parametrize("family", ["normal", "poisson", "bernoulli"])
@pytest.mark.parametrize("closed", [True, False])
def test_an_outcome_measured_with_error_is_read_through_to_what_its_true_value_depends_on(family, closed):
    """Below the identity or a link: the same verdict as without the error, and the family stays that of the outcome."""
    dag = rt.CausalGraph("X <- Z -> Y; X -> Y")
    data = dag.simulate(np.random.default_rng(1), 40)
    seen = np.arange(40) % 2 if family != "normal" else data["Y"]
    audits = []
    for error in (True, False):
        with pm.Model() as model:
            X, Z = pm.Data("X", data["X"]), pm.Data("Z", data["Z"])
            eta = pm.Normal("a") + pm.Normal("bX") * X + (pm.Normal("bZ") * Z if closed else 0)
            eta = pm.Normal("true_Y", eta, pm.Exponential("t", 1), shape=40) if error else eta
            if family == "normal":
                pm.Normal("Y", eta, 0.5, observed=seen)
            elif family == "poisson":
                pm.Poisson("Y", pm.math.exp(eta), observed=seen)
            else:
                pm.Bernoulli("Y", p=pm.math.invlogit(eta), observed=seen)
        audits.append(dag.audit(model, "X", "Y"))
        (reading,) = resolve(dag, model, "X", "Y", wanted_names({}, dag.nodes), {})
        assert reading.family == family
    assert repr(audits[0]) == repr(audits[1])
    assert audits[0].valid == closed


def test_missing_values_that_a_model_fills_in_count_as_the_variable():
    dag = rt.CausalGraph("X <- Z -> Y; X -> Y")
    data = dag.simulate(np.random.default_rng(1), 20)
    data.loc[3, ["Z", "Y"]] = np.nan

    def make(given_x):
        with pm.Model() as model:
            X = pm.Data("X", data["X"])
            Z = pm.Normal("Z", pm.Normal("mean_Z") + (pm.Normal("g") * X if given_x else 0), observed=data["Z"])
            pm.Normal("Y", pm.Normal("bZ") * Z + pm.Normal("bX") * X, observed=data["Y"])
        return model

    for given_x, verdict in [(True, "valid"), (False, "cannot tell")]:
        with pytest.warns(pm.exceptions.ImputationWarning):
            model = make(given_x)
        assert dag.audit(model, "X", "Y").verdict == verdict


# Groups


@pytest.fixture(scope="module")
def page():
    return rt.lecture("12_multilevel_models")


def audits(page, exposure, n_ids, names=None):
    data = page.simulate_group_confound(np.random.default_rng(1), n_ids=n_ids)
    names = {"U": "group_of"} if names is None else names
    return {name: SHARED.audit(make(data), exposure, "Y", names) for name, make in page.estimators.items()}


@pytest.mark.parametrize(("n_ids", "fixed_effects"), [(200, False), (6000, True)])
def test_the_five_estimators_and_an_individual_trait(page, n_ids, fixed_effects):
    """As the lecture finds: Mundlak's two are right, pooled intercepts in part.

    Unpooled ones close the path whatever the size of the groups, but with few binary outcomes each they exaggerate.
    """
    found = audits(page, "X", n_ids)
    assert {name: audit.valid for name, audit in found.items()} == {
        "naive": False,
        "fixed effects": fixed_effects,
        "multilevel": False,
        "Mundlak": True,
        "latent Mundlak": True,
    }
    assert {name: audit.in_part == {"U"} for name, audit in found.items()} == {
        "naive": False,
        "fixed effects": False,
        "multilevel": True,
        "Mundlak": False,
        "latent Mundlak": False,
    }
    assert "U" in found["fixed effects"].conditions
    assert found["fixed effects"].open_paths == ()
    assert ("a binary outcome exaggerates every slope" in repr(found["fixed effects"])) is not fixed_effects
    assert all("Z" in audit.conditions for audit in found.values())
    assert [str(path) for path in found["naive"].open_paths] == ["X <- U -> Y"]
    assert "X <- U -> Y is open: the likelihood has no intercept by group_of." in repr(found["naive"])
    assert "X <- U -> Y is closed only in part: the intercepts by group_of are partially" in repr(found["multilevel"])
    for name in ("naive", "multilevel"):
        assert "add the group's mean of X, or a model of X that shares a latent cause" in found[name].change
    assert "the mean of the exposure by group_of is a trace of it" in repr(found["Mundlak"])
    assert "mean_X is a latent cause of the exposure and the outcome" in repr(found["latent Mundlak"])


def test_the_five_estimators_and_a_trait_of_the_group(page):
    found = audits(page, "Z", 6000)
    assert {name for name, audit in found.items() if not audit.valid} == {"fixed effects"}
    assert "Z is the same throughout each group_of, and unpooled" in repr(found["fixed effects"])
    assert found["fixed effects"].change == "Pool the intercepts by group_of partially."


def test_without_being_told_an_audit_asks_what_the_groups_share(page):
    found = audits(page, "X", 6000, names={})
    assert not any(audit.valid for audit in found.values())
    asks = {name for name, audit in found.items() if "pass names={'U': 'group_of'}" in repr(audit)}
    assert asks == {*found} - {"naive"}


def grouped(intercepts, n=400, n_groups=20, mean_of_w=False, likelihood="normal", w=False):
    """A model with intercepts by group, made by a function of the model, and perhaps W, another effect of U."""
    rng = np.random.default_rng(1)
    group = np.arange(n) % n_groups
    U = rng.normal(size=n_groups)
    X, W = rng.normal(U[group]), rng.normal(U[group])
    with pm.Model() as model:
        index = pm.Data("group_of", group)
        mu = pm.Normal("b") * pm.Data("X", X)
        mu += intercepts(index, pd.Series(X).groupby(group).mean().to_numpy())
        if w:
            mu += pm.Normal("c") * pm.Data("W", W)
        if mean_of_w:
            mu += pm.Normal("d") * pm.Data("W_bar", pd.Series(W).groupby(group).mean().to_numpy())[index]
        if likelihood == "normal":
            pm.Normal("Y", mu, 1, observed=rng.normal(X + U[group]))
        elif likelihood == "bernoulli":
            pm.Bernoulli("Y", logit_p=mu, observed=rng.integers(0, 2, n))
        else:
            pm.Poisson("Y", pm.math.exp(mu), observed=rng.poisson(2, n))
    return model


def vector(sigma, name="a", mu=0.0):
    return lambda index, _: pm.Normal(name, mu, sigma() if callable(sigma) else sigma, shape=20)[index]


LEARNED = {
    "centred": vector(lambda: pm.Exponential("tau", 1)),
    "standardised": lambda index, _: (pm.Normal("m") + pm.Exponential("tau", 1) * pm.Normal("z", shape=20))[index],
    "scaled after lookup": lambda index, _: pm.Exponential("tau", 1) * pm.Normal("z", shape=20)[index],
    "narrow": vector(1.0),
    "zero-sum": lambda index, _: pm.ZeroSumNormal("a", pm.Exponential("tau", 1), shape=20)[index],
}
FREE = {
    "wide": vector(50.0),
    "flat": lambda index, _: pm.Flat("a", shape=20)[index],
    "learned mean, wide": lambda index, _: pm.Normal("a", pm.Normal("m"), 50.0, shape=20)[index],
    "wide, numbers as index": lambda index, _: pm.Normal("a", 0, 50.0, shape=20)[index.get_value()],
}


@pytest.mark.parametrize("name", LEARNED)
def test_pooled_intercepts_close_a_path_in_part(name):
    audit = SHARED.audit(grouped(LEARNED[name]), "X", "Y", names={"U": "group_of"})
    assert audit.in_part == {"U"}
    assert not audit.valid


@pytest.mark.parametrize("name", FREE)
@pytest.mark.parametrize(
    ("n", "likelihood", "valid"),
    [(60, "normal", True), (60, "poisson", True), (60, "bernoulli", False), (600, "bernoulli", True)],
)
def test_unpooled_intercepts_close_a_path_and_exaggerate_only_if_few_outcomes_are_binary(name, n, likelihood, valid):
    model = grouped(FREE[name], n=n, likelihood=likelihood)
    names = {"U": np.arange(n) % 20 if "numbers" in name else "group_of"}
    audit = SHARED.audit(model, "X", "Y", names=names)
    assert audit.valid is valid
    assert "U" in audit.conditions
    assert audit.open_paths == ()
    assert audit.contrast == audit.verdict


def test_varying_slopes_are_no_intercepts():
    model = grouped(
        lambda index, _: pm.Normal("a") + pm.Normal("s", 0, 50.0, shape=20)[index] * pm.modelcontext(None)["X"]
    )
    audit = SHARED.audit(model, "X", "Y", names={"U": "group_of"})
    assert not audit.valid
    assert audit.in_part == set()


def test_a_group_mean_is_recognised_by_row_and_by_group_and_only_the_right_one():
    def means(by_row, wrong=False):
        def intercepts(index, mean):
            mean = np.roll(mean, 1) if wrong else mean
            held = pm.Data("X_bar", mean[index.get_value()] if by_row else mean)
            return LEARNED["standardised"](index, None) + pm.Normal("e") * (held if by_row else held[index])

        return intercepts

    for by_row in (True, False):
        assert SHARED.audit(grouped(means(by_row)), "X", "Y", names={"U": "group_of"}).valid
        assert not SHARED.audit(grouped(means(by_row, wrong=True)), "X", "Y", names={"U": "group_of"}).valid


def test_other_effects_of_the_shared_cause_need_their_means_too():
    dag = rt.CausalGraph("U -> X; U -> Y; U -> W; X -> Y; W -> Y", unobserved="U")

    def mundlak(index, mean):
        return LEARNED["standardised"](index, None) + pm.Normal("e") * pm.Data("X_bar", mean)[index]

    lacking, complete = (
        dag.audit(grouped(mundlak, w=True, mean_of_w=has), "X", "Y", names={"U": "group_of"}) for has in (False, True)
    )
    assert not lacking.valid
    assert "but not that of W, which the cause affects too" in repr(lacking)
    assert complete.valid


def test_a_group_that_is_a_collider_does_harm():
    """The groups are chosen: the same intercepts that close a fork open a collider, pooled or not."""
    dag = rt.CausalGraph("X -> Y; X -> G; V -> G; V -> Y", unobserved=["G", "V"])
    for intercepts in (LEARNED["centred"], FREE["wide"]):
        audit = dag.audit(grouped(intercepts), "X", "Y", names={"G": "group_of"})
        assert not audit.valid
        assert "X -> G <- V -> Y is open: the collider G is conditioned on" in repr(audit)


# Bad input


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ({"names": {"Q": "X"}}, "names names 'Q', which is not in the graph"),
        ({"names": {"U": "group_off"}}, "'U' is 'group_off' in the model, which has no .*: did you mean 'group_of'"),
        ({"names": {"Y": "result"}}, r"no likelihood for 'Y'; its likelihoods are Y: say names={'Y': 'Y'}"),
        ({"names": {"Y": np.zeros(3)}}, "no likelihood for 'Y'"),
        ({"exposure": "U"}, "the exposure 'U' is unobserved"),
        ({"exposure": "Y"}, "exposure and outcome are both 'Y'"),
        ({"effect": "causal"}, "effect is 'causal'"),
        ({"outcome": "Z"}, r"the model has no likelihood for 'Z'; its likelihoods are Y: say names={'Z': 'Y'}"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(call, message):
    with pytest.raises(ValueError, match=message) as error:
        SHARED.audit(grouped(FREE["wide"]), **({"exposure": "X", "outcome": "Y"} | call))
    assert "\n" not in str(error.value)
    assert error.value.__cause__ is None


def test_a_model_without_a_likelihood():
    with pm.Model() as model:
        pm.Normal("Y")
    with pytest.raises(ValueError, match="the model has no likelihood for 'Y'; it has none"):
        SHARED.audit(model, "X", "Y")
