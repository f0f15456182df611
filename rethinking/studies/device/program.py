"""What a device runs for one estimator: Hamiltonian Monte Carlo over many worlds and their chains, in one go."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from rethinking.studies.device.hamiltonian import CHAINS, hamiltonian, lengths
from rethinking.studies.device.lowered import Lowered
from rethinking.studies.device.mixed import summaries

__all__ = ["Outcome", "described", "program"]

JITTER = 1.0  # to each side, as PyMC and nutpie start their chains


class Outcome(NamedTuple):
    """What a program returns, by world.

    Attributes
    ----------
    draws : jax.Array, shape (world, chain, draw, estimand)
    divergences : jax.Array, shape (world,)
    density : jax.Array, shape (world,)
        Log-density where sampling starts.
    in_range : jax.Array, shape (world, code)
        Of :class:`Lowered`.
    """

    draws: Any
    divergences: Any
    density: Any
    in_range: Any


def program(model: Lowered, options: Mapping[str, Any]) -> Callable[[Any, Any], Outcome]:
    """Return a compiled function of the worlds' seeds and of their data, which are arrays with worlds first.

    Each chain has its own random numbers, from its world's seed. Tuning and drawing are one loop, so the sampler is
    compiled once.

    Parameters
    ----------
    model : Lowered
    options : mapping
        draws, tune, chains, target_accept.
    """
    tune, draws = options["tune"], options["draws"]

    def chain(key, data):
        begin, move = hamiltonian(lambda x: model.log_density(x, data), tune, options["target_accept"])
        there, onward = jax.random.split(key)
        start = jnp.asarray(model.start, dtype=jnp.result_type(float))
        near = start + jax.random.uniform(there, start.shape, start.dtype, -JITTER, JITTER)
        first = jnp.where(jnp.isfinite(model.log_density(near, data)), near, start)

        def iteration(state, now):
            state, diverging = move(state, *now)
            return state, (model.estimands(state.at.position, data), diverging)

        n = tune + draws
        _, (values, diverging) = jax.lax.scan(iteration, begin(first, onward), (jnp.arange(n), jnp.array(lengths(n))))
        return values[tune:], diverging[tune:].sum()

    def world(seed, data):
        keys = jax.vmap(partial(jax.random.fold_in, jax.random.key(seed)))(jnp.arange(options["chains"]))
        values, diverging = jax.vmap(chain, in_axes=(0, None), axis_name=CHAINS)(keys, data)
        start = jnp.asarray(model.start, dtype=jnp.result_type(float))
        return Outcome(values, diverging.sum(), model.log_density(start, data), model.in_range(start, data))

    # On a CPU, LLVM's lower level makes code that is as fast, in half of the time.
    quickly = {"xla_backend_optimization_level": 1} if jax.default_backend() == "cpu" else None
    return jax.jit(jax.vmap(world), compiler_options=quickly)


@partial(jax.jit, static_argnames="prob")
def described(draws: Any, prob: float) -> Any:
    """Return the statistics of :func:`summaries`, of shape (world, statistic, estimand), for draws of a program."""
    worlds, chains, n, estimands = draws.shape
    series = draws.transpose(0, 3, 1, 2).reshape(worlds * estimands, chains, n)
    return summaries(series, prob).reshape(-1, worlds, estimands).transpose(1, 0, 2)
