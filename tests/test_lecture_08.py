"""What lecture 8 defines: samplers that leave the target alone, a reversible leapfrog, coordinates of one model."""

import numpy as np
import pytest

import rethinking as rt

PAGE = rt.lecture("08_markov_chain_monte_carlo")


def test_the_king_visits_islands_by_their_people():
    """The share of visits is proportional to the number; errors from the ESS of the indicator, by blocks."""
    visits = PAGE.king_markov(np.random.default_rng(1), 60_000)
    assert set(np.abs(np.diff(visits))) <= {0, 1, 9}
    for island in (1, 5, 10):
        blocks = (visits == island).reshape(60, 1000).mean(1)
        assert abs(blocks.mean() - island / 55) < 4 * blocks.std() / 60**0.5


@pytest.mark.parametrize("step", [0.5, 1.5])
def test_metropolis_draws_from_its_target(step):
    walk, moved = PAGE.metropolis(np.random.default_rng(2), PAGE.log_ridge, [0, 0], step, 40_000)
    assert 0 < moved < 1
    blocks = walk.reshape(40, 1000, 2)
    assert (np.abs(blocks.mean(1).mean(0)) < 4 * blocks.mean(1).std(0) / 40**0.5).all()
    products = (blocks[..., 0] * blocks[..., 1]).mean(1)
    assert abs(products.mean() - PAGE.RHO) < 4 * products.std() / 40**0.5


def test_the_gradient_is_that_of_the_density():
    x, h = np.array([0.3, -0.8]), 1e-6
    for i in range(2):
        up, down = x.copy(), x.copy()
        up[i], down[i] = x[i] + h, x[i] - h
        slope = (PAGE.log_ridge(up) - PAGE.log_ridge(down)) / (2 * h)
        assert PAGE.slope_of_ridge(x)[i] == pytest.approx(slope, rel=1e-6)


def test_the_error_of_energy_falls_with_the_square_of_the_step():
    def worst(size):
        n = round(2 / size)
        step = PAGE.hamiltonian_step
        errors = [
            step(np.random.default_rng(s), PAGE.log_ridge, PAGE.slope_of_ridge, [1, 1.1], size, n)[2] for s in range(40)
        ]
        return np.abs(errors).mean()

    assert worst(0.1) / worst(0.05) == pytest.approx(4, rel=0.25)


def test_a_step_stays_or_goes_to_the_end_of_its_path():
    for seed in range(30):
        end, path, error = PAGE.hamiltonian_step(
            np.random.default_rng(seed), PAGE.log_ridge, PAGE.slope_of_ridge, [0.5, 0.5], 0.42, 7
        )
        assert len(path) == 8
        assert (end == path[0]).all() or (end == path[-1]).all()
        if error < 0:
            assert (end == path[-1]).all()


def test_both_forms_of_the_funnel_are_one_model():
    """Centred and not, the density of theta and tau is the same but for the Jacobian tau**8."""
    y, log_tau = np.arange(8.0) - 3, 0.7
    theta = np.linspace(-2, 2, 8)
    centred, other = PAGE.groups(y, 1.0), PAGE.groups(y, 0.0)
    at_centred = centred.compile_logp(mode="FAST_COMPILE")({"log_tau": np.array(log_tau), "z": theta})
    at_other = other.compile_logp(mode="FAST_COMPILE")({"log_tau": np.array(log_tau), "z": theta / np.exp(log_tau)})
    assert at_centred == pytest.approx(at_other - 8 * log_tau)


def test_scores_have_the_plan_s_rows_and_an_origin_moves_them():
    plan = PAGE.tasting_plan()
    assert (len(plan), plan["wine"].nunique(), plan["judge"].nunique()) == (180, 20, 9)
    more, less = (PAGE.simulate_scores(np.random.default_rng(3), plan, us)[0] for us in (1.0, 0.0))
    american = plan["wine.amer"].to_numpy() == 1
    assert (more[american] > less[american]).all()
    np.testing.assert_allclose(more[~american], less[~american])


def test_models_of_wines_address_by_label():
    wines = PAGE.simulate_wines(np.random.default_rng(4))
    shuffled = wines.sample(frac=1, random_state=1)
    point = PAGE.judges(wines).initial_point()
    rng = np.random.default_rng(5)
    point = {name: rng.normal(size=np.shape(value)) for name, value in point.items()}
    densities = [PAGE.judges(table).compile_logp(mode="FAST_COMPILE")(point) for table in (wines, shuffled)]
    assert densities[0] == pytest.approx(densities[1])
    assert list(PAGE.judges(wines).coords["origin"]) == ["FR", "US"]
