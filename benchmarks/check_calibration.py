"""How often `check` contradicts a true graph, and how often it finds an arrow that is missing.

Kinds of worlds, each with its true graph, at three sizes. At `prob` = .89 at most .11 of the data sets may
contradict it. Beside it, in linear worlds with normal noise, the chance to find a missing arrow X -> Y: of `check`, and
of Fisher's test of the partial correlation, which takes such worlds for granted.
"""

import numpy as np
import pandas as pd
from measure import fresh, run
from scipy import stats

import rethinking as rt

SIZES = (50, 200, 1000)
FORK, PAIR = "X <- Z -> Y", "X <- Z -> Y; X <- W -> Y; Z; W"


def yes_or_no(rng, z):
    """Return whether something happened, more probably where z is large."""
    return rng.random(len(z)) < 1 / (1 + np.exp(-2 * z))


def labels(rng, *logits):
    """Return one of several labels for each row, by a softmax of the logits."""
    weights = np.exp(np.column_stack(np.broadcast_arrays(*logits)))
    shares = weights.cumsum(axis=1) / weights.sum(axis=1, keepdims=True)
    return np.array(list("abcdef"))[(rng.random((len(shares), 1)) > shares).sum(axis=1)]


def fork(cause, x, y=None, given=None):
    """Return a world in which X and Y are made from Z in the same way, or each in its own."""

    def world(rng, n):
        z = cause(rng, n)
        return {"Z": z if given is None else given(z), "X": x(rng, z), "Y": (y or x)(rng, z)}

    return FORK, world


def normal(rng, n):
    """Return standard normal numbers."""
    return rng.standard_normal(n)


def curve(function, noise=1.0):
    """Return a maker of values around a curve."""
    return lambda rng, z: function(z) + noise * rng.standard_normal(len(z))


def surface(function, w=normal):
    """Return a world in which X and Y follow the same function of Z and W."""

    def world(rng, n):
        z, other = rng.standard_normal(n), w(rng, n)
        mean = function(z, other)
        return {"Z": z, "W": other, "X": mean + rng.standard_normal(n), "Y": mean + rng.standard_normal(n)}

    return PAIR, world


def chain(rng, n):
    """Return four variables in a row, each a curve of the one before."""
    a = rng.standard_normal(n)
    b = a**2 + rng.standard_normal(n)
    c = np.sin(b) + 0.5 * rng.standard_normal(n)
    return {"A": a, "B": b, "C": c, "D": np.exp(c) + rng.standard_normal(n)}


def strata(rng, n):
    """Return X and Y whose means and scales follow a label."""
    k = rng.integers(3, size=n)
    x, y = k + (1 + 2 * k) * rng.standard_normal((2, n))
    return {"Z": np.array(["p", "q", "r"])[k], "X": x, "Y": y}


def three(rng, n):
    """Return X and Y that follow curves of three numbers."""
    z, w, v = rng.standard_normal((3, n))
    x, y = z + np.sin(2 * v) + np.array([[1], [-1]]) * w**2 + rng.standard_normal((2, n))
    return {"Z": z, "W": w, "V": v, "X": x, "Y": y}


WORLDS = {
    "straight lines": fork(normal, curve(lambda z: z)),
    "square": fork(normal, curve(np.square)),
    "square, little noise": fork(normal, curve(np.square, 0.3)),
    "wave": fork(normal, curve(lambda z: np.sin(3 * z), 0.5)),
    "step": fork(normal, curve(lambda z: 2.0 * (z > 0))),
    "absolute value and cube": fork(lambda rng, n: rng.uniform(-2, 2, n), curve(abs, 0.5), curve(lambda z: z**3)),
    "noise of scale exp(Z)": fork(normal, lambda rng, z: np.exp(z) * rng.standard_normal(len(z))),
    "square, noise of scale exp(Z / 2)": fork(normal, lambda rng, z: z**2 + np.exp(z / 2) * normal(rng, len(z))),
    "noise with heavy tails": fork(normal, lambda rng, z: z + rng.standard_t(3, len(z))),
    "skewed noise": fork(normal, lambda rng, z: z + rng.exponential(size=len(z))),
    "skewed Z": fork(normal, curve(lambda z: z), given=np.exp),
    "0 and 1": fork(normal, lambda rng, z: yes_or_no(rng, z).astype(float)),
    "yes or no, and a curve": fork(normal, yes_or_no, curve(lambda z: z + z**2)),
    "three labels, twice": fork(normal, lambda rng, z: labels(rng, 0, z, -z)),
    "counts": fork(normal, lambda rng, z: rng.poisson(np.exp(0.7 * z)).astype(float)),
    "product": surface(lambda z, w: z * w),
    "slope turns with a label": surface(lambda z, w: np.where(w, z, -z), lambda rng, n: rng.random(n) < 0.5),
    "three curves": ("X <- Z -> Y; X <- W -> Y; X <- V -> Y; Z -> {W V}; W -> V", three),
    "labels with their own scales": (FORK, strata),
    "chain of curves, three claims": ("A -> B -> C -> D", chain),
}

# Number of given variables and the coefficient of the missing arrow: Fisher's test finds it in half to four of five.
ARROWS = {50: [(0, 0.3), (1, 0.25), (1, 0.4), (3, 0.35)], 200: [(1, 0.15), (3, 0.2)], 1000: [(1, 0.07), (3, 0.08)]}


def one(what, worlds):
    """Return how many of so many data sets are contradicted."""
    if "name" in what:
        text, world = WORLDS[what["name"]]
        dag, n = rt.CausalGraph(text), what["n"]
        alarms = [
            dag.check(pd.DataFrame(world(np.random.default_rng([n, seed]), n)))["contradicted"].any()
            for seed in range(worlds)
        ]
        return float(np.mean(alarms))
    return np.mean([find_arrow(seed=seed, **what) for seed in range(worlds)], axis=0).tolist()


def find_arrow(n, k, slope, seed):
    """Return whether Fisher's test and `check` find the arrow X -> Y that a graph lacks."""
    given = [f"Z{i}" for i in range(k)]
    arrows = [f"{z} -> {{X Y}}" for z in given] + [f"{a} -> {b}" for i, a in enumerate(given) for b in given[i + 1 :]]
    dag = rt.CausalGraph("; ".join(["X; Y", *arrows]))
    true = rt.CausalGraph("; ".join(["X -> Y", *arrows]))
    data = true.simulate(np.random.default_rng([n, k, seed]), n, effects={"X -> Y": slope})
    P = np.linalg.inv(data.corr().loc[["X", "Y", *given], ["X", "Y", *given]].to_numpy())
    z = np.arctanh(-P[0, 1] / np.sqrt(P[0, 0] * P[1, 1])) * np.sqrt(n - k - 3)
    return 2 * stats.norm.sf(abs(z)) < 0.11, bool(dag.check(data)["contradicted"][0])


def report(quick, repeats):
    """Give the table of error rates and that of power; each row of the first in a process of its own."""
    worlds = 5 if quick else 1000
    errors = []
    for name in WORLDS:
        rates = {f"n = {n}": fresh(__file__, what={"name": name, "n": n}, worlds=worlds) for n in SIZES}
        errors.append({"true graphs contradicted": name, **rates})
    yield f"Error rates, nominal 0.11, {worlds} data sets each", errors
    power = []
    for n, arrows in ARROWS.items():
        for k, slope in arrows:
            fisher, ours = fresh(__file__, what={"n": n, "k": k, "slope": slope}, worlds=worlds)
            power.append({"n": n, "given": k, "slope": slope, "Fisher": fisher, "check": ours})
    yield f"Missing arrows found in linear worlds, {worlds} data sets each", power


if __name__ == "__main__":
    run(__file__, one, report)
