"""The covariance from distances: its formulas, densities by SciPy, labels, and matrices that are no distances."""

import itertools

import numpy as np
import pandas as pd
import pymc as pm
import pytest
from scipy import stats
from scipy.spatial import distance as spatial

from rethinking.parts import covariance_from_distance

NAMES = list("abcdef")
POINTS = np.random.default_rng(16).normal(size=(6, 2))
BETWEEN = pd.DataFrame(spatial.squareform(spatial.pdist(POINTS)), NAMES, NAMES)
# A tree of six species: three pairs, whose ancestors split at two heights.
TREE = pd.DataFrame(
    [
        [0, 2, 6, 6, 9, 9],
        [2, 0, 6, 6, 9, 9],
        [6, 6, 0, 4, 9, 9],
        [6, 6, 4, 0, 9, 9],
        [9, 9, 9, 9, 0, 1],
        [9, 9, 9, 9, 1, 0.0],
    ],
    NAMES,
    NAMES,
)
KINDS = {
    "l2": ({"rate": 0.7}, lambda d: np.exp(-0.7 * d**2)),
    "l1": ({"rate": 0.7}, lambda d: np.exp(-0.7 * d)),
    "ou": ({"rate": 0.7}, lambda d: np.exp(-0.7 * d)),
    "brownian": ({"height": 12.0}, lambda d: 1 - d / 12),
    "pagel": ({"height": 12.0, "strength": 0.4}, lambda d: np.where(d == 0, 1, 0.4 * (1 - d / 12))),
}


def covariance(distance, kind, **more):
    return covariance_from_distance(distance, kind, **more).eval()


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_its_formula_with_variance_and_nugget(kind):
    parameters, formula = KINDS[kind]
    found = covariance(TREE, kind, variance=2.5, nugget=0.3, **parameters)
    np.testing.assert_allclose(found, 2.5 * formula(TREE.to_numpy()) + 0.3 * np.eye(6), rtol=1e-13)


@pytest.mark.parametrize("kind", KINDS)
def test_the_density_of_effects_is_that_of_scipy_with_parameters_that_are_variables(kind):
    parameters, formula = KINDS[kind]
    values = {"variance": 1.7, "nugget": 0.2} | {name: each for name, each in parameters.items() if name != "height"}
    effect = np.random.default_rng(1).normal(size=6)
    with pm.Model(coords={"species": NAMES}) as model:
        held = {name: pm.Flat(name) for name in values}
        fixed = {"height": 12.0} if "height" in parameters else {}
        K = covariance_from_distance(TREE, kind, dims="species", **held, **fixed)
        pm.MvNormal("effect", np.zeros(6), cov=K, dims="species")
    found = model.compile_logp(vars=[model["effect"]], mode="FAST_COMPILE")({**values, "effect": effect})
    cov = 1.7 * formula(TREE.to_numpy()) + 0.2 * np.eye(6)
    assert found == pytest.approx(stats.multivariate_normal(np.zeros(6), cov).logpdf(effect), abs=1e-9)


def test_brownian_motion_along_a_tree_has_the_covariance_of_the_shared_path():
    """Sum the steps along the branches of the tree: what two species share of them is their covariance."""
    rng, n, half = np.random.default_rng(2), 200_000, TREE.to_numpy() / 2
    ends = np.zeros((6, n))
    # Above each height every species belongs to one branch; below the lowest split it is alone.
    steps = np.unique(np.concatenate([half.ravel(), [4.5]]))
    for low, high in itertools.pairwise(steps):
        branch = np.array([np.flatnonzero(row <= low)[0] for row in half])
        ends += rng.normal(0, np.sqrt((high - low) / 4.5), (6, n))[branch]
    expected = covariance(TREE, "brownian")
    assert abs(np.cov(ends) - expected).max() < 5 * np.sqrt(2 / n)


def test_pagel_goes_from_independence_to_brownian_motion():
    np.testing.assert_allclose(covariance(TREE, "pagel", strength=0), np.eye(6), atol=1e-15)
    np.testing.assert_allclose(covariance(TREE, "pagel", strength=1), covariance(TREE, "brownian"), atol=1e-15)


def test_the_kernels_of_coordinates_are_those_of_pymc():
    squared = pm.gp.cov.ExpQuad(2, ls=1.3)(POINTS).eval()
    np.testing.assert_allclose(covariance(BETWEEN, "l2", rate=1 / (2 * 1.3**2)), squared, atol=1e-7)
    straight = pm.gp.cov.Exponential(2, ls=1.3)(POINTS).eval()  # PyMC's has a factor 2
    np.testing.assert_allclose(covariance(BETWEEN, "l1", rate=1 / (2 * 1.3)), straight, atol=1e-6)


def test_rows_follow_the_labels_of_the_dim_whatever_their_order_in_the_matrix():
    order = list("fbd")
    shuffled = TREE.loc[list("caebfd"), list("bdface")]
    with pm.Model(coords={"species": order}):
        found = covariance_from_distance(shuffled, "l1", rate=0.5, dims="species").eval()
    np.testing.assert_allclose(found, np.exp(-0.5 * TREE.loc[order, order].to_numpy()), rtol=1e-13)
    # Without a dim the order is that of the rows.
    rows = covariance(shuffled, "l1", rate=0.5)
    np.testing.assert_allclose(rows, np.exp(-0.5 * TREE.loc[list("caebfd"), list("caebfd")].to_numpy()), rtol=1e-13)


def test_prior_draws_have_the_covariance_and_keep_their_labels():
    with pm.Model(coords={"species": NAMES}):
        pm.MvNormal("effect", 0, cov=covariance_from_distance(TREE, "brownian", dims="species"), dims="species")
        drawn = pm.sample_prior_predictive(20_000, random_seed=3, compile_kwargs={"mode": "FAST_COMPILE"}).prior[
            "effect"
        ]
    assert list(drawn["species"].to_numpy()) == NAMES
    assert abs(np.cov(drawn[0].to_numpy().T) - (1 - TREE / 9)).max().max() < 5 * np.sqrt(2 / 20_000)


def test_distances_as_data_of_the_model_may_change():
    with pm.Model():
        held = pm.Data("distance", TREE.to_numpy())
        K = covariance_from_distance(held, "l1", rate=0.5)
        np.testing.assert_allclose(K.eval(), np.exp(-TREE / 2))
        pm.set_data({"distance": 2 * TREE.to_numpy()})
        np.testing.assert_allclose(K.eval(), np.exp(-TREE))


WRONG = {
    "not symmetric": (TREE + np.triu(np.ones((6, 6)), 1) / 4, "differ by up to 0.25"),
    "negative": (TREE - 1.5 * (TREE == 1), "2 of 36 are, down to -0.5"),
    "a covariance": (1 - TREE / 9, "diagonal holds 1: is this a covariance"),
    "missing": (TREE.where(TREE != 2), "2 of 36 are missing"),
    "coordinates": (POINTS, "got 6 x 2, which looks like coordinates"),
    "one column": (POINTS[:, 0], "got 6, which looks like"),
    "empty": (np.zeros((0, 0)), "matrix of 0 rows"),
    "twice": (TREE.set_axis(list("aacdef")).set_axis(list("aacdef"), axis=1), "'a' is twice"),
    "other columns": (TREE.set_axis(list("abcdeg"), axis=1), "1 of 6 labels are not in the columns"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_distance_is_refused_and_how_far_it_is_from_one(name):
    matrix, says = WRONG[name]
    with pytest.raises(ValueError, match=says) as caught:
        covariance_from_distance(matrix, "l1", rate=1)
    assert str(caught.value).endswith((".", "?"))
    assert len(str(caught.value)) < 300


def circle(n):
    """Return the distances of n places around a circle of length 1, the short way: no points on a line or a plane."""
    around = np.abs(np.subtract.outer(np.arange(n), np.arange(n))) / n
    return np.minimum(around, 1 - around)


def test_a_kernel_that_is_not_positive_definite_is_refused_with_its_smallest_eigenvalue():
    least = np.linalg.eigvalsh(np.exp(-4 * circle(12) ** 2))[0]
    assert least < -0.001
    with pytest.raises(ValueError, match=f"at rate 4: its smallest eigenvalue is {least:.2g}; add a nugget above"):
        covariance_from_distance(circle(12), "l2", rate=4)
    nugget = 1.01 * -least
    assert np.linalg.eigvalsh(covariance(circle(12), "l2", rate=4, nugget=nugget))[0] > 0
    # The other kernel is positive definite on a circle.
    assert np.linalg.eigvalsh(covariance(circle(12), "l1", rate=4))[0] > 0


def test_a_rate_that_is_a_variable_is_tried_from_slow_to_fast():
    with pm.Model():
        rate = pm.Exponential("rate", 1)
        with pytest.raises(ValueError, match=r"not positive definite at rate .* or use 'l1'\.$"):
            covariance_from_distance(circle(12), "l2", rate=rate)
        covariance_from_distance(circle(12), "l2", rate=rate, nugget=0.3)
        covariance_from_distance(circle(12), "l1", rate=rate)
        covariance_from_distance(BETWEEN, "l2", rate=rate)
        same = np.zeros((3, 3))
        with pytest.raises(ValueError, match="not positive definite"):
            covariance_from_distance(same, "l1", rate=rate)
        covariance_from_distance(same, "l1", rate=rate, nugget=0.1)


def test_a_tree_that_is_none_is_refused_by_the_covariance_along_it():
    broken = TREE.astype(float)
    broken.loc["a", "e"] = broken.loc["e", "a"] = 0.5
    with pytest.raises(ValueError, match="not positive definite: its smallest eigenvalue is -"):
        covariance_from_distance(broken, "brownian")


@pytest.mark.parametrize(
    ("kind", "more", "error", "says"),
    [
        ("brown", {}, ValueError, r"but is 'brown'\. Did you mean 'brownian'\?"),
        ("matern", {}, ValueError, "one of 'l2', 'l1', 'ou', 'brownian', 'pagel', but is 'matern'"),
        ("l2", {}, ValueError, "needs rate="),
        ("pagel", {}, ValueError, "needs strength="),
        ("brownian", {"rate": 1}, ValueError, "has no rate: it has height, nugget and variance"),
        ("l1", {"rate": 1, "height": 9}, ValueError, "has no height"),
        ("l1", {"rate": -1}, ValueError, "rate must be 0 or more, and finite: got -1"),
        ("l1", {"rate": 1, "variance": float("nan")}, ValueError, "variance must be 0 or more"),
        ("l1", {"rate": 1, "nugget": "small"}, TypeError, "nugget must be one number or a variable .* is a str"),
        ("l1", {"rate": [1, 2]}, TypeError, "is a list"),
        ("pagel", {"strength": 1.5}, ValueError, "strength must be from 0 to 1: got 1.5"),
        ("brownian", {"height": 5}, ValueError, "largest distance, 9, is above height=5"),
        ("brownian", {"height": 0}, ValueError, "height must be above 0"),
        ("l1", {"rate": 1, "dims": "species"}, ValueError, "6 labels, and the matrix 5 rows"),
        ("l1", {"rate": 1, "dims": "island"}, ValueError, "no labels for the dim 'island'"),
    ],
)
def test_wrong_arguments_are_named_in_one_sentence(kind, more, error, says):
    matrix = TREE.to_numpy()[:5, :5] if more.get("dims") == "species" else TREE
    with pm.Model(coords={"species": NAMES}), pytest.raises(error, match=says) as caught:
        covariance_from_distance(matrix, kind, **more)
    assert str(caught.value).endswith(".") or str(caught.value).endswith("?")
    assert len(str(caught.value)) < 300
    assert "\n" not in str(caught.value)


def test_a_label_that_the_matrix_lacks_is_named_with_the_one_that_was_meant():
    names = [*NAMES[:5], "Homo sapien"]
    held = TREE.set_axis([*NAMES[:5], "Homo_sapiens"]).set_axis([*NAMES[:5], "Homo_sapiens"], axis=1)
    with pm.Model(coords={"species": names}), pytest.raises(ValueError, match="did you mean 'Homo_sapiens'"):
        covariance_from_distance(held, "l1", rate=1, dims="species")
