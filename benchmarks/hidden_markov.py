"""Hidden states summed over: by day of death, by the forward recursion unrolled, and by the same recursion in a scan.

The sixty days of lecture 21, its animals, and the children of lecture 17, whose test errs. Every form has the priors
and the likelihood of the page, so one posterior. ``sample`` is a call less one of ten draws, so compilation is out.
"""

import numpy as np
from measure import fresh, run, stopwatch
from samplers import by_nutpie, summary, timed, told

import rethinking as rt

PAGE = rt.lecture("21_hidden_markov_models")
ERRORS = rt.lecture("17_measurement_and_misclassification")


def one(world, method, draws, seed):
    """Return what one form of the model of a world costs and gives."""
    forms, names = WORLDS[world]
    with stopwatch() as compiling:
        fit = by_nutpie(forms[method](), target_accept=0.95)
        fit(seed, draws=10, tune=10)
    dt, sampling, _ = timed(fit, draws, seed)
    return {"compile": compiling, "sample": sampling, **told(dt, names, names[0])}


def chain(recursion):
    """Return a function that makes the model of the president with one of the recursions."""
    import pymc as pm
    import pytensor.tensor as pt

    def build():
        with pm.Model() as model:
            phi = pm.Beta("phi", 1, 50)
            alive, dead = pm.Beta("alive", 1, 4), pm.Beta("dead", 1, 100)
            seen = pt.stack([alive, dead])
            emit = [pt.log(seen) if day else pt.log1p(-seen) for day in PAGE.DAYS]
            move = [pt.stack([pt.log1p(-phi), pt.log(phi)]), np.array([-np.inf, 0.0])]
            pm.Potential("seen", pt.logsumexp(recursion(np.array([0.0, -np.inf]), move, emit)))
        return model

    return build


def unrolled(start, move, emit):
    """Return the last row of the page's recursion, of which every step is compiled."""
    import pytensor.tensor as pt

    return PAGE.forward(start, move, emit, at=pt)[-1]


def scanned(start, move, emit):
    """Return the same row from a scan, which compiles one step."""
    from functools import reduce

    import pytensor
    import pytensor.tensor as pt

    def step(seen, now, move):
        return reduce(pt.logaddexp, [now[s] + move[s] for s in range(2)]) + seen

    rows = pytensor.scan(
        step,
        sequences=[pt.stack(emit[1:])],
        outputs_info=[start + emit[0]],
        non_sequences=[pt.stack(move)],
        return_updates=False,
    )
    return rows[-1]


def captures():
    """Return a hundred animals by twenty years."""
    return PAGE.simulate_captures(np.random.default_rng([21, 0]))[0]


def by_row():
    """Return the model of captures with a sum over last years for each animal, alike or not."""
    import pymc as pm
    import pytensor.tensor as pt

    seen = captures().to_numpy()
    n = seen.shape[1]
    upto = np.tri(n)
    before = seen @ upto.T
    possible = np.where(before == seen.sum(axis=1, keepdims=True), 0.0, -np.inf)
    with pm.Model() as model:
        phi, detect = pm.Beta("phi", 1, 10), pm.Beta("detect", 2, 2)
        lived, died = upto.sum(axis=1), np.arange(n) < n - 1
        each = (lived - 1) * pt.log1p(-phi) + died * pt.log(phi) + possible
        each += before * pt.log(detect) + (lived - before) * pt.log1p(-detect)
        pm.Potential("captures", pt.logsumexp(each, axis=1).sum())
    return model


def children():
    """Return the children of many mothers, as the laboratory sees them."""
    return ERRORS.simulate_paternity(np.random.default_rng(17), mothers=200)


def mixture():
    """Return the model of paternity with the sum over two truths left to ``pm.Mixture``."""
    import pymc as pm

    table = children()
    mother, dyad = (table[name].to_numpy() for name in ("mother", "dyad"))
    with pm.Model(coords={"mother": np.unique(mother), "dyad": np.unique(dyad)}) as model:
        a = pm.Normal("a", 0, 1.5)
        sigma, tau = pm.HalfNormal("sigma", 1), pm.HalfNormal("tau", 1)
        z, x = pm.Normal("z", 0, 1, dims="mother"), pm.Normal("x", 0, 1, dims="dyad")
        p = pm.math.invlogit(a + sigma * z[mother] + tau * x[dyad])
        says = [pm.Bernoulli.dist(0.05 + 0 * p), pm.Bernoulli.dist(1 - 1e-12 + 0 * p)]
        weights = pm.math.stack([1 - p, p], axis=-1)
        pm.Mixture("X_star", w=weights, comp_dists=says, observed=table["X_star"].to_numpy())
    return model


WORLDS = {
    "president": (
        {
            "day of death": lambda: PAGE.president(PAGE.DAYS),
            "forward, unrolled": lambda: chain(unrolled)(),
            "forward, scan": lambda: chain(scanned)(),
        },
        ["phi", "alive", "dead"],
    ),
    "captures": (
        {"counts of silences": lambda: PAGE.capture_recapture(captures()), "animal by animal": by_row},
        ["phi", "detect"],
    ),
    "paternity": (
        {"one Bernoulli": lambda: ERRORS.paternity(children()), "pm.Mixture": mixture},
        ["a", "sigma", "tau"],
    ),
}


def report(quick, repeats):
    """Give a table for each world; round by round, so that a change of load falls on all methods alike."""
    for world, (forms, names) in WORLDS.items():
        results = {name: [] for name in forms}
        for repeat in range(repeats):
            for name, found in results.items():
                found.append(fresh(__file__, world=world, method=name, draws=20 if quick else 1000, seed=10 * repeat))
        yield world, summary(results, names[0])


if __name__ == "__main__":
    run(__file__, one, report)
