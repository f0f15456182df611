"""What exact leave-one-out costs: a refit for each row, by one compiled sampler or by building the model again.

The model is page 7's regression of the divorce rates of 50 states. Each way hides one state after the other, fits to
the rest and scores the hidden one, and has a process of its own. Imports count in neither; the one compilation of the
compiled sampler counts. The shortcut of ArviZ, which needs a single fit, is shown beside them.
"""

import arviz as az
import numpy as np
from measure import fresh, middle, run, stopwatch

import rethinking as rt

ROWS = 50
OPTIONS = {"draws": 1000, "chains": 4, "seed": 9, "progress": False}


def one(way, rows):
    """Return the cost of the leave-one-out of some rows, and its elpd over them."""
    page = rt.lecture("07_overfitting")
    states = page.standardized(rt.load_data("WaffleDivorce"))
    with stopwatch() as cost:
        elpd = WAYS[way](page, states, rows)
    return {"cost": cost, "elpd": elpd}


def compiled(page, states, rows):
    """Refit by a sampler that is compiled once, to the data of the states that are left."""
    sampler = rt.Sampler(page.robust_divorce(states, nu=1000))
    return _elpd(page, states, rows, lambda rest: sampler.sample(**page.state_data(rest), **OPTIONS))


def rebuilt(page, states, rows):
    """Build the model of the states that are left each time, as `rt.sample` compiles it, with its data as constants."""
    return _elpd(page, states, rows, lambda rest: rt.sample(page.robust_divorce(rest, nu=1000), **OPTIONS))


def shortcut(page, states, rows):
    """Fit once, and weigh the draws."""
    fit = rt.sample(page.robust_divorce(states, nu=1000), log_likelihood=True, **OPTIONS)
    return float(az.loo(fit, pointwise=True).elpd_i.values[:rows].sum())


def _elpd(page, states, rows, fit_to):
    total = 0.0
    for i in range(rows):
        hidden = states.iloc[[i]]
        scores = page.score_state(hidden, fit_to(states.drop(hidden.index))["posterior"])
        total += float(np.log(np.exp(scores).mean()))
    return total


WAYS = {"one compiled sampler": compiled, "rebuilt for each state": rebuilt, "PSIS, one fit": shortcut}


def report(quick, repeats):
    """Give one table."""
    count, rows = 2 if quick else ROWS, []
    for way in WAYS:
        found = [fresh(__file__, way=way, rows=count) for _ in range(repeats)]
        cpu, wall = (middle(found, "cost", unit) for unit in ("cpu", "wall"))
        rows.append({"way": way, "fits": 1 if "PSIS" in way else count, "CPU s": cpu, "wall s": wall})
        rows[-1] |= {"x": cpu / rows[0]["CPU s"], "elpd": middle(found, "elpd")}
    yield f"Leave-one-out of {count} of 50 states", rows


if __name__ == "__main__":
    run(__file__, one, report)
