"""Ordered answers: 9,930 rows against the cells that hold the same posterior, and numpyro on the rows.

The model is the one of lecture 11, three properties of a story and six cut-points, and both forms come from its page.
Four chains of 1000 draws. ``sample`` is a call less one of ten draws, so compilation and conversion are out; effective
draws are those of the parameter that has fewest. A row-wise fit takes a minute or more, so it is fitted once a round.
"""

import numpy as np
from measure import difference, fresh, middle, run, stopwatch

METHODS = {
    "cells, low_rank": {"form": "ordered", "adaptation": "low_rank"},
    "cells, diag": {"form": "ordered", "adaptation": "diag"},
    "rows, nutpie": {"form": "ordered_rows", "adaptation": "diag"},
    "rows, numpyro": {"form": "ordered_rows", "adaptation": None},
}
DEVICES = {"XLA_FLAGS": "--xla_force_host_platform_device_count=4"}
NAMES = ["beta_A", "beta_I", "beta_C", "alpha"]


def one(form, adaptation, draws, seed):
    """Return what one method costs and gives."""
    import arviz as az

    import rethinking as rt

    page = rt.lecture("11_ordered_categories")
    trolley = rt.load_data("Trolley", otherwise=lambda: page.simulate_trolley(np.random.default_rng(1)))
    model = getattr(page, form)(trolley)
    with stopwatch() as compiling:
        fit = by_numpyro(model) if adaptation is None else by_nutpie(model, adaptation)
    size = {} if draws == 1000 else {"tune": draws}
    fit(seed, draws=10, tune=10)  # starts threads and loads code
    with stopwatch() as overhead:
        fit(seed, draws=10, tune=10)
    with stopwatch() as call:
        dt = fit(seed + 1, draws=draws, **size)
    posterior = dt["posterior"].to_dataset()[NAMES]
    flat = {
        name: np.concatenate([values.to_numpy().ravel() for values in of.values()])
        for name, of in {"ess": az.ess(posterior), "rhat": az.rhat(posterior)}.items()
    }
    mean, sd = posterior.mean(("chain", "draw")), posterior.std(("chain", "draw"))
    return {
        "compile": compiling, "sample": difference(call, overhead),
        "ess": float(flat["ess"].min()), "rhat": float(flat["rhat"].max()),
        "diverging": int(dt["sample_stats"]["diverging"].sum()),
        "beta_C": float(mean["beta_C"]), "error": float(sd["beta_C"]) / float(flat["ess"].min()) ** 0.5,
    }  # fmt: skip


def by_nutpie(model, adaptation):
    """Return ``fit(seed, **size)`` of a model compiled once, with the data as constants."""
    import rethinking as rt

    sampler = rt.Sampler(model, freeze=True)
    return lambda seed, **size: sampler.sample(seed=seed, adaptation=adaptation, progress=False, **size)


def by_numpyro(model):
    """Return ``fit(seed, **size)`` that runs numpyro's chains in parallel; it compiles at each call."""
    import pymc as pm

    options = {"nuts_sampler": "numpyro", "progressbar": False, "compute_convergence_checks": False, "chains": 4}
    return lambda seed, **size: pm.sample(model=model, random_seed=seed, **options, **size)


def report(quick, repeats):
    """Give one table; round by round, so that a change of load falls on all methods alike."""
    draws, results = 50 if quick else 1000, {name: [] for name in METHODS}
    for repeat in range(repeats):
        for name, method in METHODS.items():
            environment = DEVICES if method["adaptation"] is None else {}
            results[name].append(fresh(__file__, environment, draws=draws, seed=10 * repeat, **method))
    yield "Ordered answers, 9,930 rows in 6 cells", summary(results)


def summary(results):
    """Return a row for each method; ``x`` says how many times the first is ahead of it in ESS per CPU second."""
    for found in results.values():
        for result in found:
            result["speed"] = result["ess"] / result["sample"]["cpu"]
    best = next(iter(results.values()))
    return [
        {
            "method": name,
            "compile, CPU s": middle(found, "compile", "cpu"),
            "sample, CPU s": middle(found, "sample", "cpu"),
            "sample, wall s": middle(found, "sample", "wall"),
            "min ESS": middle(found, "ess"),
            "R-hat": f"{middle(found, 'rhat'):.3f}",
            "divergences": middle(found, "diverging"),
            "ESS/CPU s": middle(found, "speed"),
            "x": middle(best, "speed") / middle(found, "speed"),
            "apart": abs(found[-1]["beta_C"] - best[-1]["beta_C"]) / np.hypot(found[-1]["error"], best[-1]["error"]),
        }
        for name, found in results.items()
    ]


if __name__ == "__main__":
    run(__file__, one, report)
