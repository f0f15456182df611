"""Hamiltonian Monte Carlo with trajectories that are equally long in all worlds, so that none waits for another.

The No-U-Turn sampler ends each trajectory where it turns back. A device moves all its worlds in step, so all would wait
for the longest trajectory of any. Here the number of steps belongs to the iteration: it is the same in every world and
every chain. One number alone would be too short for some directions of a posterior, and full turns back for others, so
it varies from 1 to 24, evenly, by van der Corput's sequence.

R. M. Neal (2011), MCMC using Hamiltonian dynamics, on trajectories of varying length; M. D. Hoffman, A. Radul and
P. Sountsov (2021), An adaptive-MCMC scheme for setting trajectory lengths in Hamiltonian Monte Carlo, on lengths that
chains share because they run in step.
"""

import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from scipy.stats.qmc import Halton

with warnings.catch_warnings():  # of widgets, which nothing here shows
    warnings.filterwarnings("ignore", "IProgress not found")
    from numpyro.infer.hmc_util import HMCAdaptState, warmup_adapter

__all__ = ["CHAINS", "State", "hamiltonian", "lengths"]

LONGEST = 24  # steps: with 16, many worlds lack effective draws and need more chains; 32 cost more than they spare
DIVERGENT = 1000.0  # error of the energy, as in Stan
CHAINS = "chains"  # name of the axis over which chains share what they adapt


class Point(NamedTuple):
    """A position, and the log-density and its gradient there."""

    position: Any
    density: Any
    gradient: Any


class State(NamedTuple):
    """Where a chain is.

    Attributes
    ----------
    at : Point
    adapted : HMCAdaptState
        Step and masses.
    key : jax.Array
        Of its further random numbers.
    """

    at: Point
    adapted: HMCAdaptState
    key: Any


def lengths(n: int) -> np.ndarray:
    """Return how many steps the trajectories of the first `n` iterations have."""
    return 1 + (LONGEST * Halton(1, scramble=False).random(n)[:, 0]).astype(np.int32)


def hamiltonian(
    log_density: Callable[[Any], Any], tune: int, target_accept: float
) -> tuple[Callable[[Any, Any], State], Callable[[State, Any, Any], tuple[State, Any]]]:
    """Return two functions: one begins a chain, and one moves it by an iteration.

    Both are for one of several chains under ``jax.vmap(..., axis_name=CHAINS)``, which share what they adapt: a step,
    for which they accept with probability `target_accept` on average, and masses, the reciprocals of the variances
    within chains.

    Parameters
    ----------
    log_density : callable
        Of a flat vector.
    tune : int
        How many iterations adapt.
    target_accept : float

    Returns
    -------
    begin : callable
        Of a position and a key.
    move : callable
        Of a state, the iteration's number, and how many steps it takes; returns the next state, and whether the
        trajectory was divergent.
    """
    unadapted, adapt = warmup_adapter(tune, target_accept_prob=target_accept)

    def point(position):
        return Point(position, *jax.value_and_grad(log_density)(position))

    def begin(position, key):
        at = point(position)
        return State(at, unadapted(at, key)._replace(rng_key=None), key)

    def trajectory(at, momentum, adapted, steps):
        """Return position and momentum at its end."""
        step, variances = adapted.step_size, adapted.inverse_mass_matrix

        def leap(_, carried):  # without the density, which costs more than its gradient and is not needed on the way
            position, momentum, gradient = carried
            momentum = momentum + step / 2 * gradient
            position = position + step * variances * momentum
            gradient = jax.grad(log_density)(position)
            return position, momentum + step / 2 * gradient, gradient

        position, momentum, _ = jax.lax.fori_loop(0, steps, leap, (at.position, momentum, at.gradient))
        return position, momentum

    def move(state, i, steps):
        at, adapted = state.at, state.adapted
        key, of_momentum, of_choice = jax.random.split(state.key, 3)
        momentum = adapted.mass_matrix_sqrt * jax.random.normal(of_momentum, at.position.shape, at.position.dtype)
        position, final = trajectory(at, momentum, adapted, steps)
        end = point(position)
        slowed = jnp.sum((momentum**2 - final**2) * adapted.inverse_mass_matrix) / 2
        error = at.density - end.density - slowed
        error = jnp.where(jnp.isnan(error), jnp.inf, error)
        accepted = jnp.exp(-jnp.maximum(error, 0))
        taken = jax.random.uniform(of_choice, accepted.shape, accepted.dtype) < accepted
        after = jax.tree.map(lambda new, old: jnp.where(taken, new, old), end, at)
        adapted = jax.lax.cond(
            i < tune, lambda: _shared(adapt(i, jax.lax.pmean(accepted, CHAINS), after, adapted)), lambda: adapted
        )
        return State(after, adapted, key), error > DIVERGENT

    return begin, move


def _shared(adapted: HMCAdaptState) -> HMCAdaptState:
    """Return what a chain adapted, with the masses that all chains of its world have."""
    variances = jax.lax.pmean(adapted.inverse_mass_matrix, CHAINS)
    roots = jnp.sqrt(variances)
    return adapted._replace(inverse_mass_matrix=variances, mass_matrix_sqrt=1 / roots, mass_matrix_sqrt_inv=roots)
