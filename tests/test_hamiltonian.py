"""The sampler of a device: it draws from densities with known moments, and its chains adapt together."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pymc as pm
import pytest
from scipy import special

from rethinking.studies.device import by_code
from rethinking.studies.device.hamiltonian import CHAINS, LONGEST, hamiltonian, lengths
from rethinking.studies.device.lowered import Lowered, lowered, precise
from rethinking.studies.device.program import described, program

OPTIONS = {"tune": 300, "draws": 600, "chains": 2, "target_accept": 0.8}
SCALES, SHAPES = np.array([0.05, 1.0, 30.0]), np.array([0.7, 5.0])
ROOT = np.array([[1, 0, 0], [0.6, 0.8, 0], [-0.3, 0.4, 0.75**0.5]]) * SCALES[:, None]


def log_density(x, data):
    """Return that of a correlated normal vector, whose mean is given, and of logarithms of gamma variables."""
    mean, shapes = data
    z = jnp.linalg.solve(jnp.asarray(ROOT, x.dtype), x[:3] - mean)
    return -(z**2).sum() / 2 + (shapes * x[3:] - jnp.exp(x[3:])).sum()


KNOWN = Lowered(
    names=("mean", "shapes"),
    values=(np.zeros(3, "float32"), SHAPES.astype("float32")),
    start=np.zeros(5),
    log_density=log_density,
    estimands=lambda x, data: x,
    shapes={"x": (5,)},
    codes=(),
    in_range=lambda x, data: jnp.zeros(0, bool),
)


def test_draws_have_the_moments_of_their_density():
    worlds = 64
    means = np.random.default_rng(1).normal(size=(worlds, 3)) * SCALES
    with precise("single"):
        inputs = [means.astype("float32"), np.tile(SHAPES, (worlds, 1)).astype("float32")]
        found = program(KNOWN, OPTIONS)(np.arange(worlds, dtype=np.uint32), inputs)
        statistics = np.asarray(described(found.draws, 0.89), dtype=float)
    draws = np.asarray(found.draws, dtype=float).reshape(worlds, -1, 5)
    expected = np.concatenate([means, np.tile(special.digamma(SHAPES), (worlds, 1))], axis=1)
    variances = np.concatenate([SCALES**2, special.polygamma(1, SHAPES)])
    z = (draws.mean(1) - expected) / np.sqrt(variances / statistics[:, 4])
    assert np.median(statistics[:, 4]) > 400
    assert abs(z).max() < 5
    assert (abs(z.mean(0)) < 4 / worlds**0.5).all()
    # The mean of 64 variances, each of about 500 effective draws; the heaviest tail has a kurtosis of 6.
    np.testing.assert_allclose(draws.var(1).mean(0) / variances, 1, atol=4 * (5 / (500 * worlds)) ** 0.5)
    correlations = np.mean([np.corrcoef(one[:, :3].T) for one in draws], axis=0)
    np.testing.assert_allclose(correlations, _correlation(), atol=0.02)
    assert np.mean(np.asarray(found.divergences) > 0) < 0.1


def _correlation():
    covariance = ROOT @ ROOT.T
    return covariance / np.outer(SCALES, SCALES)


def test_every_length_comes_equally_often_and_does_not_depend_on_how_many_follow():
    many = lengths(960)
    counts = np.bincount(many, minlength=LONGEST + 1)[1:]
    assert len(counts) == LONGEST
    assert abs(counts - 960 / LONGEST).max() <= 2
    np.testing.assert_array_equal(lengths(77), many[:77])
    assert abs(np.diff(many)).max() > LONGEST / 2  # short ones and long ones take turns


@pytest.fixture(scope="module")
def adapted():
    """Return what three chains adapted, by the probability to accept that they were asked for."""
    data = [np.zeros(3, "float32"), SHAPES.astype("float32")]

    def chain(key, target):
        begin, move = hamiltonian(lambda x: log_density(x, data), 300, target)

        def iteration(state, now):
            state, diverging = move(state, *now)
            return state, diverging

        state, _ = jax.lax.scan(iteration, begin(jnp.zeros(5), key), (jnp.arange(300), jnp.asarray(lengths(300))))
        return state

    with precise("single"):
        keys = jax.random.split(jax.random.key(1), 3)
        run = jax.jit(jax.vmap(chain, in_axes=(0, None), axis_name=CHAINS))
        return {target: run(keys, target) for target in (0.6, 0.95)}


def test_chains_share_a_step_and_masses_which_are_those_of_the_density(adapted):
    for state in adapted.values():
        step, variances = (np.asarray(one) for one in (state.adapted.step_size, state.adapted.inverse_mass_matrix))
        assert (step == step[0]).all()
        assert (variances == variances[0]).all()
        true = np.concatenate([SCALES**2, special.polygamma(1, SHAPES)])
        assert (abs(np.log(variances[0] / true)) < 1.2).all()  # from 200 draws, over six powers of ten
        assert len({tuple(one) for one in np.asarray(state.at.position)}) == 3
    assert adapted[0.95].adapted.step_size[0] < 0.8 * adapted[0.6].adapted.step_size[0]


def test_a_trajectory_that_leaves_the_density_is_divergent_and_is_not_taken(adapted):
    state = adapted[0.6]
    far = state._replace(adapted=state.adapted._replace(step_size=50 + 0 * state.adapted.step_size))
    data = [np.zeros(3, "float32"), SHAPES.astype("float32")]
    with precise("single"):
        _, move = hamiltonian(lambda x: log_density(x, data), 0, 0.8)
        after, diverging = jax.vmap(partial(move, i=5, steps=9), axis_name=CHAINS)(far)
    assert diverging.all()
    np.testing.assert_array_equal(after.at.position, state.at.position)
    assert np.isfinite(after.at.density).all()


@pytest.mark.parametrize(("step", "expected"), [(3.0, False), (8.0, True)])
def test_only_a_large_error_of_the_energy_is_divergent(step, expected):
    with precise("single"):
        begin, move = hamiltonian(lambda x: -(x**2).sum() / 2, 0, 0.8)
        state = jax.vmap(begin)(jnp.full((5, 1), 3.0), jax.random.split(jax.random.key(1), 5))
        state = state._replace(adapted=state.adapted._replace(step_size=jnp.full(5, step)))
        _, diverging = jax.vmap(partial(move, i=1, steps=1), axis_name=CHAINS)(state)
    assert (np.asarray(diverging) == expected).all()  # one step away from 3: an error of about 100, or of thousands


FORMS = {
    "a vector": ((), lambda effects, group: effects[group]),
    "rows": ((2,), lambda effects, group: (effects[group] * np.array([1.0, 2.0])).sum(1)),
    "columns": ((2,), lambda effects, group: effects[group, 0] + 2 * effects[group, 1]),
    "pairs": ((3,), lambda effects, group: effects[group, group % 3]),
    "a matrix of codes": ((), lambda effects, group: effects[group.reshape((-1, 2))].sum(1).repeat(2)),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("groups", "ordered"), [(5, True), (by_code.IN_ORDER + 1, False)])
def test_sums_by_code_are_the_same_row_by_row_and_then_need_no_scatter(monkeypatch, form, groups, ordered):
    rng, (columns, mean) = np.random.default_rng(2), FORMS[form]
    with pm.Model() as model:
        group = pm.Data("group", rng.integers(0, groups, 40))
        effects = pm.Normal("effects", 0, 1, shape=(groups, *columns))
        pm.Normal("y", mean(effects, group), 1, observed=pm.Data("outcome", rng.normal(size=40)))
    position = rng.normal(size=groups * (*columns, 1)[0])

    def gradient():
        with precise("double"):
            found = lowered(model, ["effects"])
            function = jax.jit(jax.value_and_grad(found.log_density))
            text = function.lower(position, list(found.values)).as_text()
            return function(position, list(found.values)), text.count("stablehlo.scatter")

    (density, any_order), scatters = gradient()
    assert scatters
    monkeypatch.setattr(by_code, "one_after_another", lambda: False)
    (same, in_order), left = gradient()
    assert density == same
    np.testing.assert_allclose(in_order, any_order, rtol=1e-12, atol=1e-14)
    assert (left == 0) == ordered
