"""Ordered answers: 9,930 rows against the cells that hold the same posterior, and numpyro on the rows.

The model is the one of lecture 11, three properties of a story and six cut-points, and both forms come from its page.
Four chains of 1000 draws. ``sample`` is a call less one of ten draws, so compilation and conversion are out; effective
draws are those of the parameter that has fewest. A row-wise fit takes a minute or more, so it is fitted once a round.
"""

import numpy as np
from measure import fresh, run, stopwatch
from samplers import DEVICES, by_numpyro, by_nutpie, summary, timed, told

METHODS = {
    "cells, low_rank": {"form": "ordered", "adaptation": "low_rank"},
    "cells, diag": {"form": "ordered", "adaptation": "diag"},
    "rows, nutpie": {"form": "ordered_rows", "adaptation": "diag"},
    "rows, numpyro": {"form": "ordered_rows", "adaptation": None},
}
NAMES = ["beta_A", "beta_I", "beta_C", "alpha"]


def one(form, adaptation, draws, seed):
    """Return what one method costs and gives."""
    import rethinking as rt

    page = rt.lecture("11_ordered_categories")
    trolley = rt.load_data("Trolley", otherwise=lambda: page.simulate_trolley(np.random.default_rng(1)))
    model = getattr(page, form)(trolley)
    with stopwatch() as compiling:
        fit = by_numpyro(model) if adaptation is None else by_nutpie(model, adaptation=adaptation)
    dt, sampling, _ = timed(fit, draws, seed)
    return {"compile": compiling, "sample": sampling} | told(dt, NAMES, "beta_C")


def report(quick, repeats):
    """Give one table; round by round, so that a change of load falls on all methods alike."""
    draws, results = 50 if quick else 1000, {name: [] for name in METHODS}
    for repeat in range(repeats):
        for name, method in METHODS.items():
            environment = DEVICES if method["adaptation"] is None else {}
            results[name].append(fresh(__file__, environment, draws=draws, seed=10 * repeat, **method))
    yield "Ordered answers, 9,930 rows in 6 cells", summary(results, "beta_C")


if __name__ == "__main__":
    run(__file__, one, report)
