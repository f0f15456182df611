"""What a world costs when many are moved in step: trajectories of lengths that all share, or the No-U-Turn sampler.

The five estimators on the worlds of ``study_gpu.py``, 2 chains of 200 and 600 draws. ``steps`` is how many steps all
worlds take: with shared lengths their sum, for numpyro's No-U-Turn sampler all that its trees may have (31 at depth 5),
because among many worlds there is one that has them. ``short`` is the share of worlds with an ESS below 400 or an R-hat
above 1.01, which get more chains; ``steps for all`` counts these in, as if each took as many again. It needs no
accelerator; ``ms`` is wall time on this device, where a step of a tree costs more than one of a trajectory.
"""

import time

from measure import fresh, run
from study_gpu import prepared

DEPTH, LENGTHS = 5, (12, 16, 24, 32)
WORLDS, QUICK_WORLDS = 256, 8
NAMES = ("naive", "fixed effects", "multilevel", "Mundlak", "latent Mundlak")


def one(name, worlds, longest=None):
    """Return the cost of one batch of an estimator, and how well it mixed."""
    from dataclasses import replace

    import jax
    import numpy as np

    from rethinking.studies.clock import Clock
    from rethinking.studies.device import hamiltonian
    from rethinking.studies.device.lowered import lowered, precise
    from rethinking.studies.device.prepared import Form, made
    from rethinking.studies.device.program import described, program
    from rethinking.studies.sameness.skeleton import skeleton

    design = prepared("jax")
    design = replace(design, estimators={name: design.estimators[name]})
    data, _ = design.simulated(design.references[name])
    model = design.built(name, data)
    with precise("single"):
        found = lowered(model, [one for one in design.estimands if one in design.variables[name]])
        form = Form(found.names, found.values, skeleton(model))
        coming = [world.inputs[name] for world in made(design, {name: form}, range(worlds), Clock())]
        inputs = [np.stack(values) for values in zip(*coming, strict=True)]
        seeds = np.array([design.sampling_seed(k, 0) for k in range(worlds)], dtype=np.uint32)
        iterations = design.options["tune"] + design.options["draws"]
        if longest:
            hamiltonian.LONGEST = longest
            sample, steps = program(found, design.options), int(hamiltonian.lengths(iterations).sum())
        else:
            sample, steps = no_u_turn(found, design.options), iterations * (2**DEPTH - 1)
        jax.block_until_ready(sample(seeds, inputs))
        began = time.perf_counter()
        outcome = jax.block_until_ready(sample(seeds, inputs))
        wall = time.perf_counter() - began
        statistics = np.asarray(described(outcome[0], design.options["prob"]))
    ess, rhat = statistics[:, 4:6].min((1, 2)), statistics[:, 6].max(1)
    short = float(((ess < 400) | (rhat > 1.01)).mean())
    return {
        "steps": steps, "ms": 1000 * wall / worlds, "median ESS": float(np.median(ess)), "short": short,
        "steps for all": round(steps * (1 + short)), "divergent": float((np.asarray(outcome[1]) > 0).mean()),
    }  # fmt: skip


def no_u_turn(model, options):
    """Return a program like the package's, with numpyro's No-U-Turn sampler, each chain for itself."""
    import jax
    import jax.numpy as jnp
    from numpyro.infer.hmc import hmc

    def chain(key, data):
        begin, move = hmc(lambda x: -model.log_density(x, data), algo="NUTS")
        there, onward = jax.random.split(key)
        start = jnp.asarray(model.start, dtype=jnp.float32)
        near = start + jax.random.uniform(there, start.shape, start.dtype, -1, 1)
        settings = {"target_accept_prob": options["target_accept"], "max_tree_depth": DEPTH}
        state = begin(near, options["tune"], rng_key=onward, **settings)

        def iteration(state, _):
            state = move(state)
            return state, (model.estimands(state.z, data), state.diverging)

        _, (values, diverging) = jax.lax.scan(iteration, state, length=options["tune"] + options["draws"])
        return values[options["tune"] :], diverging[options["tune"] :].sum()

    def world(seed, data):
        keys = jax.random.split(jax.random.key(seed), options["chains"])
        values, diverging = jax.vmap(chain, in_axes=(0, None))(keys, data)
        return values, diverging.sum()

    return jax.jit(jax.vmap(world))


def report(quick, repeats):
    """Give the table."""
    names, worlds = (NAMES[3:4], QUICK_WORLDS) if quick else (NAMES, WORLDS)
    rows = []
    for name in names:
        for longest in (None, *LENGTHS):
            sampler = f"1 to {longest} steps" if longest else f"No-U-Turn, depth {DEPTH}"
            rows.append(
                {"estimator": name, "sampler": sampler, **fresh(__file__, name=name, worlds=worlds, longest=longest)}
            )
    yield f"One batch of {worlds} worlds", rows


if __name__ == "__main__":
    run(__file__, one, report)
