"""What the audit reads off a model, and how it refuses what is no model."""

import numpy as np
import pandas as pd
import pymc as pm
import pytest

import rethinking as rt
from rethinking._names import listed
from rethinking.causal.audit.columns import distance, factors_of, function_of, same_data, same_groups
from rethinking.causal.audit.reading.spreads import spread

FORK = rt.CausalGraph("X <- Z -> Y; X -> Y")


def rows(n=50, seed=0):
    return FORK.simulate(np.random.default_rng(seed), n)


def model_of(add, data):
    with pm.Model() as model:
        pm.Normal("Y", pm.Normal("a") + pm.Normal("b") * pm.Data("X", data["X"]) + add(data), 1, observed=data["Y"])
    return model


# Columns


def test_the_same_data_on_another_scale_are_the_same_and_a_near_copy_is_not():
    rng = np.random.default_rng(0)
    x = rng.normal(size=50)
    near = x + 0.1 * rng.normal(size=50)
    assert np.corrcoef(x, near)[0, 1] > 0.99
    for other, same in [(3 - 2 * x, True), (near, False), (x**3, False), (x[:-1], False), (np.ones(50), False)]:
        assert same_data(x, other) is same
    assert not function_of(near, x)
    assert not function_of(x + 0.01 * rng.normal(size=50), x)


def test_a_near_copy_of_a_confounder_does_not_stand_for_it():
    data = rows(200)
    near = data["Z"] + 0.1 * np.random.default_rng(1).normal(size=200)
    assert np.corrcoef(data["Z"], near)[0, 1] > 0.99
    for held, verdict in [(data["Z"], "valid"), (near, "not valid")]:
        model = model_of(lambda _, held=held: pm.Normal("c") * held.to_numpy(), data)
        assert FORK.audit(model, "X", "Y", names={"Z": data["Z"]}).verdict == verdict


@pytest.mark.parametrize("n", [30, 200])
@pytest.mark.parametrize(
    ("form", "is_function"),
    [
        (lambda x, _: x**2, True),
        (lambda x, _: (x - 1) ** 2, True),
        (lambda x, _: np.exp(x), True),
        (lambda x, _: np.abs(x - 0.3), True),
        (lambda x, _: np.digitize(x, [-1, 0, 1]), True),
        (lambda x, _: np.maximum(0, x), True),
        (lambda _, noise: noise, False),
        (lambda _, noise: (noise > 1.5).astype(float), False),
        (lambda x, noise: x + noise, False),
        (lambda x, noise: x**2 + noise, False),
        (lambda x, noise: x * noise, False),
    ],
)
def test_a_function_of_a_column_is_told_from_what_only_goes_along_with_it(form, is_function, n):
    for seed in range(10):
        x, noise = np.random.default_rng(seed).normal(size=(2, n))
        assert function_of(np.asarray(form(x, noise), dtype=float), x) is is_function


def test_a_polynomial_is_a_function_however_few_rows_there_are():
    x, noise = np.random.default_rng(0).normal(size=(2, 12))
    assert function_of((x - 1) ** 2, x)
    assert function_of(x - x**4, x)
    assert not function_of(noise, x)


def test_a_product_of_two_columns_is_of_both():
    x, z, other = np.random.default_rng(0).normal(size=(3, 40))
    known = [("X", x), ("Z", z)]
    assert factors_of(2 + x * z, known) == {"X", "Z"}
    assert factors_of(x + z, known) == {"X", "Z"}
    assert factors_of(z**2, known) == {"Z"}
    assert factors_of(other, known) == set()
    assert distance(x * z, [x, z]) > 0.5


def test_groups_are_the_same_whatever_they_are_called():
    one = np.array([0, 0, 1, 2, 2])
    assert same_groups(one, np.array([7, 7, 3, 5, 5]))
    for other in ([0, 0, 0, 2, 2], [0, 1, 2, 3, 3], [0, 0, 1, 2]):
        assert not same_groups(one, np.array(other))


def test_what_a_group_shares_is_a_variable_and_no_mean_of_one():
    """A number for each group equals its mean by group, and is held constant all the same."""
    rng, groups = np.random.default_rng(0), np.repeat(np.arange(10), 5)
    data = {"Z": rng.normal(size=10)[groups]}
    data |= {"X": rng.normal(data["Z"]), "Y": rng.normal(data["Z"])}

    def add(d):
        by_group = pm.Normal("by_group", 0, pm.Exponential("s", 1), shape=10)
        return by_group[pm.Data("group", groups)] + pm.Normal("c") * d["Z"]

    assert FORK.audit(model_of(add, data), "X", "Y", names={"Z": data["Z"]}).conditions == {"Z"}


@pytest.mark.parametrize(
    ("mean", "verdict"), [(lambda: pm.Normal("mean"), "valid"), (lambda: 0.0, "cannot tell")], ids=["a mean", "none"]
)
def test_slopes_that_differ_by_group_have_a_mean_or_there_is_no_coefficient(mean, verdict):
    data = rows()
    with pm.Model() as model:
        slopes = pm.Normal("slope", mean(), 1, shape=10)[pm.Data("group", np.repeat(np.arange(10), 5))]
        mu = slopes * pm.Data("X", data["X"]) + pm.Normal("c") * pm.Data("Z", data["Z"])
        pm.Normal("Y", mu, 1, observed=data["Y"])
    audit = FORK.audit(model, "X", "Y")
    assert audit.verdict == verdict
    assert "The effect of X differs by group" in " ".join([*audit.provisos, audit.reasons])
    assert audit.coefficient == (("mean",) if verdict == "valid" else ())


@pytest.mark.parametrize(
    ("likelihood", "verdict"),
    [
        (lambda mu, Y: pm.Normal("Y", mu, 1, observed=Y), "valid"),
        (lambda mu, Y: pm.Bernoulli("Y", logit_p=mu, observed=Y > 0), "not valid"),
        (lambda mu, Y: pm.NegativeBinomial("Y", pm.math.exp(mu), 2, observed=np.floor(np.exp(Y))), "cannot tell"),
    ],
    ids=["normal", "binary", "another"],
)
def test_intercepts_on_few_rows_each_exaggerate_a_slope_or_may_where_that_is_not_known(likelihood, verdict):
    dag = rt.CausalGraph("U -> X; U -> Y; X -> Y", unobserved="U")
    rng, groups = np.random.default_rng(0), np.repeat(np.arange(30), 3)
    X = rng.normal(size=90)
    with pm.Model() as model:
        by_group = pm.Normal("by_group", 0, 20.0, shape=30)[pm.Data("group", groups)]
        likelihood(by_group + pm.Normal("b") * pm.Data("X", X), rng.normal(X))
    assert dag.audit(model, "X", "Y", names={"U": "group"}).verdict == verdict


def test_a_table_may_say_what_a_variable_is():
    data = rows()
    model = model_of(lambda d: pm.Normal("c") * d["Z"], data)
    table = np.column_stack([data["Z"] ** 2, data["Z"]])
    assert FORK.audit(model, "X", "Y", names={"Z": table}).conditions == {"Z"}


def test_a_sum_that_holds_the_exposure_takes_a_part_of_its_effect():
    """With s (X + Z) beside b X the effect is b + s."""
    data = rows()
    model = model_of(lambda d: pm.Normal("s") * (pm.modelcontext(None)["X"] + pm.Data("Z", d["Z"])), data)
    audit = FORK.audit(model, "X", "Y")
    assert (audit.verdict, audit.contrast) == ("not valid", "valid")
    assert "b alone is not the effect" in audit.reasons


def test_what_is_computed_from_data_alone_is_observed():
    data = rows()
    model = model_of(lambda d: pm.Normal("c") * pm.Deterministic("twice", 2 * pm.Data("half", d["Z"])), data)
    audit = FORK.audit(model, "X", "Y", names={"Z": "twice"})
    assert (audit.verdict, audit.conditions, audit.provisos) == ("valid", {"Z"}, ())


# Priors


@pytest.mark.parametrize(
    ("spreads", "closed"),
    [((50.0,), True), ((1.0,), False), ((50.0, 0.1), True), ((0.1, 50.0), True), ((0.5, 0.5), False), ((30, 40), True)],
)
def test_of_several_vectors_of_intercepts_one_that_is_wide_is_enough(spreads, closed):
    dag = rt.CausalGraph("U -> X; U -> Y; X -> Y", unobserved="U")
    rng, groups = np.random.default_rng(0), np.repeat(np.arange(20), 5)
    U = rng.normal(size=20)
    X = rng.normal(U[groups])
    with pm.Model() as model:
        index = pm.Data("group_of", groups)
        by_group = sum(pm.Normal(f"a{k}", 0, float(sd), shape=20)[index] for k, sd in enumerate(spreads))
        pm.Normal("Y", by_group + pm.Normal("b") * pm.Data("X", X), 1, observed=rng.normal(X + 3 * U[groups]))
    audit = dag.audit(model, "X", "Y", names={"U": "group_of"})
    assert audit.valid is closed
    assert (audit.in_part == {"U"}) is not closed


def test_a_fixed_prior_counts_as_narrow_against_what_a_group_tells():
    """The same prior pulls small groups together and lets large ones be."""
    dag = rt.CausalGraph("G -> X; G -> Y; X -> Y")
    for size, closed in [(2, False), (500, True)]:
        rng, groups = np.random.default_rng(0), np.repeat(np.arange(4), size)
        X = rng.normal(groups)
        with pm.Model() as model:
            by_group = pm.Normal("a", 0, 1.0, shape=4)[pm.Data("G", groups)]
            pm.Normal("Y", by_group + pm.Normal("b") * pm.Data("X", X), 1, observed=rng.normal(X + groups))
        assert dag.audit(model, "X", "Y").valid is closed


PRIORS = {
    "the smallest of several": (lambda: pm.Normal("a", 0, [3.0, 2.0]), 2),
    "computed": (lambda: pm.Normal("a", 0, pm.math.sqrt(pm.Data("variance", 4.0))), 2),
    "Laplace": (lambda: pm.Laplace("a", 0, 2), 2),
    "Student": (lambda: pm.StudentT("a", 4, mu=0, sigma=2), 2),
    "uniform": (lambda: pm.Uniform("a", [-3, -9], [3, 9]), 6 / 12**0.5),
    "zero sum": (lambda: pm.ZeroSumNormal("a", 2, shape=3), 2),
    "multivariate": (lambda: pm.MvNormal("a", [0, 0], cov=[[9, 1], [1, 4]]), 2),
    "several multivariate": (lambda: pm.MvNormal("a", [0, 0], cov=[[9, 1], [1, 4]], shape=(5, 2)), 2),
    "flat": (lambda: pm.Flat("a"), np.inf),
    "learned": (lambda: pm.Normal("a", 0, pm.Exponential("sd", 1)), None),
    "another kind": (lambda: pm.Gamma("a", 2, 1), None),
}


@pytest.mark.parametrize("name", PRIORS)
def test_how_far_a_prior_lets_a_parameter_go(name):
    made, expected = PRIORS[name]
    with pm.Model() as model:
        made()
    found = spread(model["a"], model.free_RVs)
    assert found == (expected if expected is None else pytest.approx(expected))


# The record


def test_the_verdict_its_reasons_and_the_coefficient_are_in_the_record():
    data = rows()
    right = FORK.audit(model_of(lambda d: pm.Normal("c") * pm.Data("Z", d["Z"]), data), "X", "Y")
    assert (right.verdict, right.contrast, right.valid, right.reasons) == ("valid", "valid", True, "")
    assert right.coefficient == ("b",)
    assert right.conditions == {"Z"}
    wrong = FORK.audit(model_of(lambda _: 0, data), "X", "Y")
    assert (wrong.verdict, wrong.contrast, wrong.valid) == ("not valid", "not valid", False)
    assert wrong.reasons == "The backdoor path X <- Z -> Y is open."


def test_what_spoils_only_the_coefficient_spares_a_contrast():
    """An interaction: the coefficient is the effect at Z = 0, an average over predictions is the average effect."""
    data = rows()
    data["Z"] += 1

    def interaction(d):
        Z = pm.Data("Z", d["Z"])
        return pm.Normal("c") * Z + pm.Normal("d") * pm.modelcontext(None)["X"] * Z

    audit = FORK.audit(model_of(interaction, data), "X", "Y")
    assert (audit.verdict, audit.contrast) == ("not valid", "valid")
    assert "b is the effect of X where Z is 0, not the average effect" in audit.reasons
    assert "rt.contrast" in audit.change
    curve = FORK.audit(
        model_of(
            lambda d: pm.Normal("c") * pm.Data("Z", d["Z"]) + pm.Normal("e") * pm.modelcontext(None)["X"] ** 2, data
        ),
        "X",
        "Y",
    )
    assert (curve.verdict, curve.contrast) == ("cannot tell", "valid")


@pytest.mark.parametrize("n", [2, 3, 5])
def test_among_more_than_twelve_variables_a_change_of_many_is_found_too(n):
    """With a collider to remove; the other causes of the outcome may stay where they are."""
    causes, others = [f"Z{k}" for k in range(n)], [f"A{k}" for k in range(12)]
    dag = rt.CausalGraph(f"{{{' '.join(causes)}}} -> {{X Y}}; {{{' '.join(others)}}} -> Y; X -> Y -> C")
    data = dag.simulate(np.random.default_rng(0), 50)
    held = {"A3", "C"} if n < 5 else {"A3"}
    audit = dag.audit(model_of(lambda d: sum(pm.Normal(f"b_{v}") * pm.Data(v, d[v]) for v in held), data), "X", "Y")
    assert audit.change == f"Add {listed(causes)}" + (" and remove C." if n < 5 else ".")


def test_an_array_that_the_graph_lacks_leaves_the_verdict_open():
    data = rows()
    other = np.random.default_rng(5).normal(size=50)
    model = model_of(lambda d: pm.Normal("c") * pm.Data("Z", d["Z"]) + pm.Normal("e") * pm.Data("W", other), data)
    audit = FORK.audit(model, "X", "Y")
    assert audit.verdict == "cannot tell"
    assert "W enters the likelihood too, and is not in the graph." in audit.provisos
    assert rt.CausalGraph("X <- Z -> Y; X -> Y; W -> Y").audit(model, "X", "Y").valid


def test_a_verdict_in_words_begins_the_representation():
    data = rows()
    model = model_of(lambda d: pm.Normal("c") * pm.Data("Z", d["Z"]), data)
    with model:
        pm.Potential("pull", -(model["b"] ** 2))
    audit = FORK.audit(model, "X", "Y")
    assert repr(audit).startswith("Reading the model cannot tell whether it estimates the total effect of X on Y.")
    assert "pull" in audit.change
    assert audit._repr_markdown_().startswith("**Reading the model cannot tell")


# Wrong types


@pytest.mark.parametrize(
    "model", [None, 1, "model", rows(), {"X": 1}, [1.0], lambda: None, pd.Series([1.0]), FORK, np.zeros(3)]
)
def test_what_is_no_model_is_refused_in_one_sentence(model):
    with pytest.raises(
        TypeError, match=r"audit reads a PyMC model, but got (an? .*|None): give the pm\.Model"
    ) as error:
        FORK.audit(model, "X", "Y")
    assert "\n" not in str(error.value)
    assert str(error.value).endswith(".")


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        ({"names": "X"}, TypeError, "names is a str, but must be a mapping"),
        ({"names": ["X"]}, TypeError, "names is a list, but must be a mapping"),
        ({"names": {"X": None}}, TypeError, "names says that 'X' is None"),
        ({"names": {"X": 3}}, TypeError, "names says that 'X' is an int"),
        ({"names": {"X": len}}, TypeError, "names says that 'X' is a function"),
        ({"exposure": 3}, ValueError, "exposure is 3, but must be the name of a variable"),
        ({"outcome": None}, ValueError, "outcome is None, but must be the name of a variable"),
        ({"effect": 3}, ValueError, "effect is 3"),
    ],
)
def test_wrong_arguments_are_refused_in_one_sentence(call, kind, message):
    model = model_of(lambda _: 0, rows())
    with pytest.raises(kind, match=message) as error:
        FORK.audit(model, **({"exposure": "X", "outcome": "Y"} | call))
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 300
