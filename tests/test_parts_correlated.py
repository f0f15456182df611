"""correlated_effects: a multivariate normal by SciPy, the prior of correlations, dims, and what it refuses."""

import numpy as np
import pymc as pm
import pytest
from pymc.model.transform.conditioning import remove_value_transforms
from scipy import stats

import rethinking as rt

FEATURES = ["level", "town", "children"]


def prior(eta=4.0, n=3, sd=None, groups=5):
    """Return a model of effects alone."""
    with pm.Model(coords={"district": range(groups), "feature": FEATURES[:n]}) as model:
        sigma = pm.Exponential("sigma", 1, dims="feature") if sd is None else sd
        rt.correlated_effects("effects", ("district", "feature"), eta=eta, sd=sigma)
    return model


def functions(model):
    """Return the model's correlations and effects as a function of its free variables, and a log-density of some."""
    plain = remove_value_transforms(model)
    shown = plain.replace_rvs_by_values([plain["effects_corr"], plain["effects"]])
    compute = plain.compile_fn(shown, mode="FAST_COMPILE")

    def logp(*names):
        return plain.compile_logp(vars=[plain[name] for name in names], mode="FAST_COMPILE")

    return compute, logp


def test_effects_have_the_density_of_a_multivariate_normal():
    rng = np.random.default_rng(1)
    sigma = np.array([0.5, 0.7, 0.3])
    point = {"sigma": sigma, "effects_partial": rng.uniform(0.1, 0.9, 3), "effects_z": rng.normal(size=(5, 3))}
    compute, logp = functions(prior())
    correlations, effects = compute(point)
    cov = sigma[:, None] * correlations * sigma
    expected = stats.multivariate_normal(cov=cov).logpdf(effects).sum()
    jacobian = 5 * np.linalg.slogdet(cov)[1] / 2
    assert float(logp("effects_z")(point)) - jacobian == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(("eta", "n"), [(1.0, 3), (3.0, 3), (0.5, 2), (2.0, 4)])
def test_the_density_of_a_correlation_matrix_is_a_power_of_its_determinant(eta, n):
    features = [f"f{k}" for k in range(n)]
    with pm.Model(coords={"district": range(2), "feature": features}) as model:
        rt.correlated_effects("effects", ("district", "feature"), eta=eta, sd=1.0)
    compute, logp = functions(model)
    density, below = logp("effects_partial"), np.tril_indices(n, -1)
    z = np.zeros((2, n))

    def matrix(share):
        return np.asarray(compute({"effects_partial": share, "effects_z": z})[0])

    def constant(share):  # log p(share) - log |dR / dshare| - (eta - 1) log |R|
        steps = 1e-5 * np.eye(len(share))
        slopes = [(matrix(share + h)[below] - matrix(share - h)[below]) / 2e-5 for h in steps]
        given = float(density({"effects_partial": share, "effects_z": z}))
        return given - np.linalg.slogdet(np.array(slopes))[1] - (eta - 1) * np.linalg.slogdet(matrix(share))[1]

    rng = np.random.default_rng(n)
    constants = [constant(rng.uniform(0.1, 0.9, n * (n - 1) // 2)) for _ in range(3)]
    np.testing.assert_allclose(constants, constants[0], atol=1e-6)


@pytest.mark.parametrize("n", [2, 3])
def test_every_correlation_has_the_prior_of_lkj(n):
    model = prior(eta=2.0, n=n, sd=1.0)
    found = pm.draw(model["effects_corr"], 4000, random_seed=n, mode="FAST_COMPILE")
    np.testing.assert_allclose(found, found.swapaxes(1, 2), atol=1e-12)
    np.testing.assert_allclose(np.diagonal(found, axis1=1, axis2=2), 1, atol=1e-12)
    marginal = stats.beta(1 + n / 2, 1 + n / 2, loc=-1, scale=2)
    for i, j in zip(*np.tril_indices(n, -1), strict=True):
        assert stats.kstest(found[:, i, j], marginal.cdf).pvalue > 0.001


def test_prior_predictive_effects_have_the_spreads_that_are_said():
    sd = np.array([0.5, 2.0])
    draws = pm.draw(prior(eta=1.0, n=2, sd=sd)["effects"], 3000, random_seed=3, mode="FAST_COMPILE").reshape(-1, 2)
    np.testing.assert_allclose(draws.std(axis=0), sd, rtol=4 / np.sqrt(2 * 3000))
    assert abs(np.corrcoef(draws.T)[0, 1]) < 4 * 0.8 / np.sqrt(3000)  # over all matrices, none


def test_dims_are_labels_and_a_second_set_shares_them():
    with pm.Model(coords={"monk": range(18), "feature": ["giving", "receiving"]}) as model:
        likes = rt.correlated_effects("likes", ("monk", "feature"), eta=2, sd=1.0)
        rt.correlated_effects("dislikes", ("monk", "feature"), eta=2, sd=[1.0, 2.0])
    assert likes is model["likes"]
    assert model.named_vars_to_dims["likes"] == ("monk", "feature")
    assert model.named_vars_to_dims["dislikes_corr"] == ("feature", "feature_other")
    assert model.coords["feature_other"] == ("giving", "receiving")


def test_eta_may_be_data_and_one_spread_may_serve_all_features():
    with pm.Model(coords={"dyad": range(300), "side": ["there", "back"]}) as model:
        eta, sigma = pm.Data("eta", 1.0), pm.Exponential("sigma", 1)
        rt.correlated_effects("ties", ("dyad", "side"), eta=eta, sd=sigma)
    for value in (1.0, 50.0):
        with model:
            pm.set_data({"eta": value})
        found = pm.draw(model["ties_corr"], 2000, random_seed=5, mode="FAST_COMPILE")[:, 0, 1]
        assert stats.kstest(found, stats.beta(value, value, loc=-1, scale=2).cdf).pvalue > 0.001
    ties, spread = pm.draw([model["ties"], model["sigma"]], 50, random_seed=6, mode="FAST_COMPILE")
    scores = ties / spread[:, None, None]
    assert abs(scores.std() - 1) < 4 / np.sqrt(2 * 50 * 300)


def wrong(**changed):
    """Call it in a model of two districts with something wrong."""
    with pm.Model(coords={"district": range(2), "feature": ["a", "b"], "one": ["a"]}) as model:
        sigma = pm.Exponential("sigma", 1, dims="feature")
        pm.Data("taken", 1.0)
        across = pm.Exponential("across", 1, dims="district")
        made = {"model": model, "sigma": sigma, "across": across, "loose": pm.Exponential.dist(1)}
        good = {"name": "effects", "dims": ("district", "feature"), "eta": 2, "sd": sigma}
        changed = {key: made.get(value, value) if isinstance(value, str) else value for key, value in changed.items()}
        rt.correlated_effects(**good | changed)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"name": 3}, "name must be"),
        ({"name": "taken"}, "already"),
        ({"dims": "district"}, "two dims|groups and features"),
        ({"dims": ("feature",)}, "groups and features"),
        ({"dims": ("distrct", "feature")}, "Did you mean 'district'"),
        ({"dims": ("district", "district")}, "twice"),
        ({"dims": ("district", "one")}, "two labels or more"),
        ({"eta": 0}, "above 0"),
        ({"eta": float("nan")}, "above 0"),
        ({"eta": "strong"}, "above 0"),
        ({"eta": True}, "above 0"),
        ({"eta": [1.0, 2.0]}, "above 0"),
        ({"eta": "across"}, "one number"),
        ({"eta": "loose"}, "without a name"),
        ({"sd": "loose"}, "without a name"),
        ({"sd": "across"}, "dims 'district'"),
        ({"sd": -1.0}, "above 0"),
        ({"sd": [1.0, 2.0, 3.0]}, "one number or 2"),
        ({"sd": None}, "above 0"),
        ({"sd": "wide"}, "numbers above 0"),
        ({"sd": "model"}, "numbers above 0"),
    ],
)
def test_what_is_refused(changed, words):
    with pytest.raises((TypeError, ValueError), match=words) as caught:
        wrong(**changed)
    message = str(caught.value)
    assert message.endswith((".", "?"))
    assert len(message) < 300
    assert "\n" not in message


def test_a_model_is_needed_and_nothing_is_added_before_all_is_checked():
    with pytest.raises(TypeError, match="call it in a block"):
        rt.correlated_effects("effects", ("district", "feature"), eta=2, sd=1)
    model = pm.Model(coords={"district": range(2), "feature": ["a", "b"]})
    with model, pytest.raises(ValueError, match="above 0"):
        rt.correlated_effects("effects", ("district", "feature"), eta=2, sd=0)
    assert not model.named_vars
    assert set(model.coords) == {"district", "feature"}
