"""StandardNormal by PyMC's own checks of distributions, against SciPy, and where models use it."""

import numpy as np
import pymc as pm
import pytest
from pymc import testing
from scipy import stats

import rethinking as rt
from rethinking.distributions import StandardNormal


class TestRandom(testing.BaseTestDistributionRandom):
    """PyMC's checks of random draws: those of NumPy with the same generator, no parameters, and every size."""

    pymc_dist = StandardNormal
    pymc_dist_params = {}  # noqa: RUF012 (PyMC's class wants it so)
    expected_rv_op_params = {}  # noqa: RUF012
    reference_dist_params = {}  # noqa: RUF012
    reference_dist = testing.seeded_numpy_distribution_builder("standard_normal")
    checks_to_run = (
        "check_pymc_params_match_rv_op",
        "check_pymc_draws_match_reference",
        "check_rv_size",
    )


def test_density_is_that_of_scipy():
    testing.check_logp(StandardNormal, testing.R, {}, lambda value: stats.norm.logpdf(value))


def test_distribution_function_is_that_of_scipy_even_far_out():
    far = testing.Domain([-np.inf, -30.0, -5.0, -1.0, 0.0, 0.5, 2.0, 8.0, np.inf])
    testing.check_logcdf(StandardNormal, far, {}, lambda value: stats.norm.logcdf(value))
    testing.check_logccdf(StandardNormal, far, {}, lambda value: stats.norm.logsf(value))


def test_quantile_function_is_that_of_scipy_and_inverts_the_distribution_function():
    testing.check_icdf(StandardNormal, {}, lambda q: stats.norm.ppf(q))
    testing.check_selfconsistency_icdf(StandardNormal, {})


@pytest.mark.parametrize("size", [None, (), 5, (2, 3)])
def test_support_point_is_zero_in_every_shape(size):
    with pm.Model() as model:
        StandardNormal("x", size=size)
    testing.assert_support_point_is_expected(model, np.zeros(() if size is None else size))


def test_draws_have_the_moments_and_the_shape_of_a_standard_normal():
    """Mean, variance and the fourth moment, within four Monte-Carlo errors of 0, 1 and 3."""
    n = 200_000
    z = pm.draw(StandardNormal.dist(shape=(2, n // 2)), random_seed=1)
    assert z.shape == (2, n // 2)
    for power, moment, variance in [(1, 0, 1), (2, 1, 2), (4, 3, 96)]:
        assert abs((z**power).mean() - moment) < 4 * np.sqrt(variance / n)
    assert stats.kstest(z.ravel(), "norm").pvalue > 0.001


def test_dims_batches_and_the_prior_predictive_take_it_as_any_other_distribution():
    with pm.Model(coords={"tank": list("abc")}) as model:
        z = StandardNormal("z", dims="tank")
        pm.Deterministic("alpha", 1 + 2 * z, dims="tank")
        StandardNormal("y", shape=(4, 3), observed=np.zeros((4, 3)))
    prior = pm.sample_prior_predictive(500, model=model, random_seed=1)
    assert prior["prior"]["z"].dims == ("chain", "draw", "tank")
    assert len(np.unique(prior["prior"]["z"])) == 1500, "the generator did not advance"
    assert prior["prior_predictive"]["y"].shape == (1, 500, 4, 3)
    assert abs(float(prior["prior"]["alpha"].std()) - 2) < 0.15


def test_intervening_and_observing_leave_its_density_alone():
    with pm.Model() as model:
        StandardNormal("z", shape=3)
    observed = pm.observe(model, {"z": np.array([0.0, 1.0, -2.0])})
    expected = stats.norm.logpdf([0.0, 1.0, -2.0]).sum()
    assert observed.point_logps()["z"] == pytest.approx(expected, abs=0.01)  # point_logps rounds


def test_an_affine_transformation_has_the_density_of_a_normal():
    value = np.array([-1.0, 0.3, 4.0])
    shifted = pm.logp(1.5 + 0.5 * StandardNormal.dist(shape=3), value).eval()
    np.testing.assert_allclose(shifted, stats.norm.logpdf(value, 1.5, 0.5), rtol=1e-10)


def test_truncated_and_as_a_component_of_a_mixture():
    """PyMC's own combinators need logcdf, icdf and a size that can change."""
    half = pm.Truncated.dist(StandardNormal.dist(), lower=0)
    assert pm.logp(half, 1.0).eval() == pytest.approx(stats.halfnorm.logpdf(1.0))
    assert (pm.draw(half, 200, random_seed=1) >= 0).all()
    mixture = pm.Mixture.dist([0.5, 0.5], [StandardNormal.dist(), pm.Normal.dist(4, 1)], shape=7)
    assert pm.draw(mixture, random_seed=1).shape == (7,)
    expected = np.logaddexp(stats.norm.logpdf(1.0), stats.norm.logpdf(1.0, 4, 1)) - np.log(2)
    np.testing.assert_allclose(pm.logp(mixture, np.ones(7)).eval(), expected)


def test_a_fit_samples_it_and_predicts_with_it():
    """With one observation, the posterior of the non-centred effect is known: normal, precision 1 + 1."""
    with pm.Model() as model:
        z = StandardNormal("z")
        pm.CustomDist("y", z, dist=lambda z, size: z + StandardNormal.dist(size=size), observed=np.array([2.0]))
    dt = rt.sample(model, draws=2000, seed=1, posterior_predictive=True)
    z = dt["posterior"]["z"]
    assert abs(float(z.mean()) - 1) < 0.05
    assert abs(float(z.std()) - np.sqrt(0.5)) < 0.05
    assert abs(float(dt["posterior_predictive"]["y"].std()) - np.sqrt(1.5)) < 0.06


@pytest.mark.parametrize("bad", [{"mu": 1}, {"sigma": 2}])
def test_parameters_are_refused_in_one_sentence(bad):
    with pytest.raises(TypeError, match=r"StandardNormal has no parameters, but got .*: use pm.Normal"):
        StandardNormal.dist(**bad)
    with pytest.raises(TypeError, match="has no parameters"), pm.Model():
        StandardNormal("z", **bad)
    with pytest.raises(TypeError, match="has no parameters"):
        StandardNormal.dist(0, 1)


def test_it_prints_its_name():
    with pm.Model() as model:
        z = StandardNormal("z")
    assert z.str_repr() == "z ~ StandardNormal()"
    assert "StandardNormal" in model.str_repr()
