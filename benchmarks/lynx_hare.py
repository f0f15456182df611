"""Lynx and hares: a differential equation in the model, by the loop of the page, by numpyro, and by PyMC's solver.

The model is the one of lecture 19. Four chains of 1000 draws; ``sample`` is a call less one of ten draws, so
compilation and conversion are out; effective draws are those of the parameter that has fewest. PyMC's solver is too
slow to be sampled here: told is what a gradient costs, beside one of the page by the same compiler and process.
"""

import time

import numpy as np
from measure import fresh, middle, run, stopwatch
from samplers import DEVICES, by_numpyro, by_nutpie, summary, timed, told

METHODS = {"page, low_rank": "low_rank", "page, diag": "diag", "page, numpyro": None}
NAMES = ["b_H", "m_H", "b_L", "m_L", "H0", "L0", "p_H", "p_L", "sigma_H", "sigma_L"]


def one(method, draws=0, seed=0):
    """Return what one method costs and gives, or what gradients cost."""
    import rethinking as rt

    page = rt.lecture("19_generalized_linear_madness")
    pelts = rt.load_data("Lynx_Hare", otherwise=lambda: page.simulate_lynx_hare(np.random.default_rng(19)))
    if method == "gradients":
        return gradients(page, pelts)
    model, adaptation = page.lynx_hare(pelts), METHODS[method]
    with stopwatch() as compiling:
        fit = by_numpyro(model) if adaptation is None else by_nutpie(model, adaptation=adaptation)
    dt, sampling, _ = timed(fit, draws, seed)
    steps = int(dt["sample_stats"]["n_steps"].sum())
    return {"compile": compiling, "sample": sampling, "steps": steps} | told(dt, NAMES, "b_H")


def by_ode(page, pelts):
    """Return the model of the page with ``pm.ode.DifferentialEquation`` in place of its loop."""
    import pymc as pm
    import pytensor.tensor as pt

    def change(y, _, theta):
        b_H, m_H, b_L, m_L = (theta[i] for i in range(4))
        return [y[0] * (b_H - m_H * y[1]), y[1] * (b_L * y[0] - m_L)]

    def solve(H0, L0, rates, years):
        equation = pm.ode.DifferentialEquation(func=change, times=np.arange(1, years + 1), n_states=2, n_theta=4)
        later = equation(y0=[H0, L0], theta=rates)
        animals = pt.concatenate([pt.stack([H0, L0])[None], later])
        return pt.log(animals[:, 0]), pt.log(animals[:, 1])

    loop = page.solve
    page.solve = solve
    try:
        return page.lynx_hare(pelts)
    finally:
        page.solve = loop


def gradients(page, pelts):
    """Return milliseconds of a gradient by the loop and by PyMC's solver, and how far the two are apart."""
    found = {}
    for name, model in {"loop": page.lynx_hare(pelts), "ode": by_ode(page, pelts)}.items():
        gradient = model.compile_dlogp()
        point = model.initial_point(random_seed=1)
        values = gradient(point)
        turns, since = 0, time.process_time()
        while turns < 5 or time.process_time() - since < 1:
            gradient(point)
            turns += 1
        found[name] = {"ms": 1000 * (time.process_time() - since) / turns, "values": values.tolist()}
    return found


def report(quick, repeats):
    """Give two tables; round by round, so that a change of load falls on all methods alike."""
    draws, results = 50 if quick else 1000, {name: [] for name in METHODS}
    for repeat in range(repeats):
        for name, found in results.items():
            environment = DEVICES if METHODS[name] is None else {}
            found.append(fresh(__file__, environment, method=name, draws=draws, seed=10 * repeat))
    yield "Lynx and hares, 21 years", summary(results, "b_H")
    costs = fresh(__file__, method="gradients")
    steps = middle(results["page, low_rank"], "steps")
    loop = np.array(costs["loop"]["values"])
    yield (
        "One gradient by PyMC's compiler",
        [
            {
                "solver": name,
                "CPU ms": cost["ms"],
                "x": cost["ms"] / costs["loop"]["ms"],
                "for the gradients of the first row, CPU s": cost["ms"] * steps / 1000,
                "largest difference, of the norm": float(
                    np.abs(np.array(cost["values"]) - loop).max() / np.linalg.norm(loop)
                ),
            }
            for name, cost in costs.items()
        ],
    )


if __name__ == "__main__":
    run(__file__, one, report)
