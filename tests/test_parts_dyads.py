"""The dyad pair: its density against SciPy, its prior, its symmetry, its fit and what it refuses."""

import numpy as np
import pymc as pm
import pytest
from pymc.model.transform.conditioning import remove_value_transforms
from scipy import stats

import rethinking as rt
from rethinking.parts import dyad_pair

COORDS = {"dyad": range(4), "direction": ["AB", "BA"]}
DIMS = ("dyad", "direction")
BAD = {
    "dims of one name": ({"dims": "dyad"}, TypeError, r"dims must name pairs and directions"),
    "unknown dim": ({"dims": ("dyads", "direction")}, ValueError, r"'dyads', .*Did you mean 'dyad'\?"),
    "same dim": ({"dims": ("dyad", "dyad")}, ValueError, r"names 'dyad' twice"),
    "four directions": ({"dims": ("direction", "dyad")}, ValueError, r"'dyad' must have two labels.*has 4"),
    "negative spread": ({"sd": -1}, ValueError, r"sd must be a number above 0, but is -1"),
    "a spread each": ({"sd": [1.0, 2.0]}, TypeError, r"sd must be one number above 0 .*\[1.0, 2.0\]"),
    "no number": ({"eta": "two"}, TypeError, r"eta must be one number above 0 .*'two'"),
    "eta of zero": ({"eta": 0}, ValueError, r"eta must be a number above 0, but is 0"),
    "nameless": ({"sd": pm.Exponential.dist(1)}, ValueError, r"distribution without a name"),
    "name": ({"name": 3}, TypeError, r"name must be the effects' name"),
}


def model(eta=2, sd=1.5):
    with pm.Model(coords=COORDS) as one:
        dyad_pair("T", DIMS, eta, sd)
    return one


def effects_of(plain):
    return plain.compile_fn(plain.replace_rvs_by_values([plain["T"]])[0], inputs=plain.value_vars, mode="FAST_COMPILE")


def test_given_spread_and_correlation_the_pairs_are_a_bivariate_normal():
    """The density of the effects, from that of the scores and the determinant of the map, is SciPy's."""
    rho, sigma = 0.6, 1.5
    plain = remove_value_transforms(model(sd=sigma))
    z = np.random.default_rng(1).normal(size=(4, 2))
    point = {"T_common": np.array((1 + rho) / 2), "T_z": z}
    effects = effects_of(plain)(point)
    covariance = sigma**2 * np.array([[1, rho], [rho, 1]])
    expected = stats.multivariate_normal([0, 0], covariance).logpdf(effects).sum()
    scores = stats.norm.logpdf(z).sum()
    assert float(plain.compile_logp(mode="FAST_COMPILE")(point)) == pytest.approx(scores + stats.beta(2, 2).logpdf(0.8))
    assert scores - 4 * np.log(np.linalg.det(covariance)) / 2 == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("eta", [0.7, 1, 4])
def test_the_correlation_has_the_prior_of_lkj(eta):
    """A correlation of LKJ(eta) in two rows is Beta(eta, eta) on -1 to 1; the Jacobian of rho = 2 s - 1 is 2."""
    density = remove_value_transforms(model(eta=eta)).compile_logp(mode="FAST_COMPILE")
    for rho in (-0.8, 0.1, 0.9):
        ours = density({"T_common": np.array((1 + rho) / 2), "T_z": np.zeros((4, 2))}) - 8 * stats.norm.logpdf(0)
        assert ours - np.log(2) == pytest.approx(stats.beta(eta, eta, -1, 2).logpdf(rho))


def test_the_prior_predictive_has_one_spread_one_correlation_and_dims():
    prior = pm.sample_prior_predictive(4000, model=model(eta=3, sd=2.0), random_seed=1)["prior"]
    assert prior["T"].dims == ("chain", "draw", *DIMS)
    assert prior["T_corr"].dims == ("chain", "draw")
    assert stats.kstest(prior["T_corr"].to_numpy().ravel(), stats.beta(3, 3, -1, 2).cdf).pvalue > 0.001
    ties = prior["T"].to_numpy().reshape(-1, 2)
    assert np.abs(ties.std(axis=0) - 2).max() < 4 * 2 / np.sqrt(2 * 16_000)
    given = ties / 2 * [1, 1]
    product = given.prod(axis=1).reshape(-1, 4).mean(axis=1) - prior["T_corr"].to_numpy().ravel()
    assert abs(product.mean()) < 4 * product.std() / np.sqrt(4000)


def test_exchanging_a_and_b_leaves_the_density_alone():
    plain = remove_value_transforms(model())
    z = np.random.default_rng(2).normal(size=(4, 2))
    ties = effects_of(plain)
    density = plain.compile_logp(mode="FAST_COMPILE")
    point = {"T_common": np.array(0.3), "T_z": z}
    swapped = point | {"T_z": z * [1, -1]}
    np.testing.assert_allclose(ties(point), ties(swapped)[:, ::-1])
    assert density(point) == pytest.approx(density(swapped))


def test_a_fit_recovers_spread_and_correlation():
    rng = np.random.default_rng(5)
    true = rng.multivariate_normal([0, 0], 1.2**2 * np.array([[1, 0.7], [0.7, 1]]), 200)
    with pm.Model(coords={"dyad": range(200), "direction": ["AB", "BA"]}) as one:
        sigma = pm.Exponential("sigma", 1)
        ties = dyad_pair("T", DIMS, eta=pm.Data("eta", 2.0), sd=sigma)
        pm.Poisson("gifts", pm.math.exp(ties), observed=rng.poisson(np.exp(true)))
    posterior = rt.sample(one, seed=1)["posterior"]
    for name, truth in [("sigma", 1.2), ("T_corr", 0.7)]:
        assert abs(posterior[name].mean() - truth) < 3 * posterior[name].std()
    assert posterior["T_corr"].std() < 0.15


@pytest.mark.parametrize("bad", BAD)
def test_what_it_refuses_in_one_sentence(bad):
    changed, error, words = BAD[bad]
    arguments = {"name": "T", "dims": DIMS, "eta": 2, "sd": 1.0} | changed
    with pm.Model(coords=COORDS) as one, pytest.raises(error, match=words) as caught:
        dyad_pair(**arguments)
    message = str(caught.value)
    assert len(message) < 300
    assert message.endswith((".", "?"))
    assert not one.named_vars, "it left something in the model"


def test_it_needs_a_model_a_name_of_its_own_and_one_spread():
    with pytest.raises(TypeError, match="adds to a model"):
        dyad_pair("T", DIMS, 2, 1.0)
    with model(), pytest.raises(ValueError, match="has a variable 'T' already"):
        dyad_pair("T", DIMS, 2, 1.0)
    with pm.Model(coords=COORDS), pytest.raises(ValueError, match="both directions share it, but has 1"):
        dyad_pair("T", DIMS, 2, pm.Exponential("sigma", 1, dims="direction"))
