"""Ordered answers: 9,930 rows against the cells that hold the same posterior, and numpyro on the rows.

The model is the one of lecture 11, three properties of a story and six cut-points, and both forms come from its page.
Four chains of 1000 draws. ``sample`` is a call less one of ten draws, so compilation and conversion are out; effective
draws are those of the parameter that has fewest. A row-wise fit takes a minute or more, so it is fitted once a round.
"""

import numpy as np
from measure import run
from samplers import by_numpyro, by_nutpie, cost, rounds, summary

METHODS = {
    "cells, low_rank": {"form": "ordered", "adaptation": "low_rank"},
    "cells, diag": {"form": "ordered"},
    "rows, nutpie": {"form": "ordered_rows"},
    "rows, numpyro": {"form": "ordered_rows", "numpyro": True},
}
NAMES = ["beta_A", "beta_I", "beta_C", "alpha"]


def one(form, draws, seed, numpyro=False, adaptation="diag"):
    """Return what one method costs and gives."""
    import rethinking as rt

    page = rt.lecture("11_ordered_categories")
    trolley = rt.load_data("Trolley", otherwise=lambda: page.simulate_trolley(np.random.default_rng(1)))
    model = getattr(page, form)(trolley)
    prepared = (lambda: by_numpyro(model)) if numpyro else (lambda: by_nutpie(model, adaptation=adaptation))
    return cost(prepared, draws, seed, NAMES, "beta_C")


def report(quick, repeats):
    """Give one table."""
    results = rounds(__file__, METHODS, quick, repeats)
    yield "Ordered answers, 9,930 rows in 6 cells", summary(results, "beta_C")


if __name__ == "__main__":
    run(__file__, one, report)
