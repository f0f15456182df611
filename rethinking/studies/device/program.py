"""What a device runs for one estimator: the No-U-Turn sampler over many worlds and their chains, in one go."""

import warnings
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from rethinking.studies.device.lowered import Lowered
from rethinking.studies.device.mixed import summaries

with warnings.catch_warnings():  # of widgets, which nothing here shows
    warnings.filterwarnings("ignore", "IProgress not found")
    from numpyro.infer.hmc import hmc

__all__ = ["Outcome", "described", "program"]

TREE_DEPTH = 5  # all worlds wait for the longest trajectory of any: 32 steps, and a world that needs more gets chains
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
        # What adapts (a step, a mass for each parameter) belongs to the chain.
        begin, move = hmc(lambda x: -model.log_density(x, data), algo="NUTS")
        there, onward = jax.random.split(key)
        start = jnp.asarray(model.start, dtype=jnp.result_type(float))
        near = start + jax.random.uniform(there, start.shape, start.dtype, -JITTER, JITTER)
        first = jnp.where(jnp.isfinite(model.log_density(near, data)), near, start)
        state = begin(
            first, tune, target_accept_prob=options["target_accept"], max_tree_depth=TREE_DEPTH, rng_key=onward
        )

        def step(state, _):
            state = move(state)
            return state, (model.estimands(state.z, data), state.diverging)

        _, (values, diverging) = jax.lax.scan(step, state, length=tune + draws)
        return values[tune:], diverging[tune:].sum()

    def world(seed, data):
        keys = jax.vmap(partial(jax.random.fold_in, jax.random.key(seed)))(jnp.arange(options["chains"]))
        values, diverging = jax.vmap(chain, in_axes=(0, None))(keys, data)
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
