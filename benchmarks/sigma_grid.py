"""The dial of the lecture: twenty values of sigma, each fitted with its log-likelihood, in a process of its own.

Totals hold everything from the start of the interpreter. ``one more`` is the cost of a further value of sigma in a
process that has fitted some. Each strategy has a compile cache of its own, empty at its first run (``cold``).
"""

import tempfile
from statistics import mean

from measure import fresh, middle, run, since_start, stopwatch

STRATEGIES = {
    "rebuild, pm.sample (nutpie)": {"sampler": None},
    "rebuild, pm.sample (pymc)": {"sampler": "pymc"},
    "Sampler.sweep": {"adaptation": "diag"},
    "Sampler.sweep, low_rank": {"adaptation": "low_rank"},
}


def one(strategy, n_values, draws):
    """Return total cost and the cost of one more value, for one strategy in this process."""
    import numpy as np

    import rethinking as rt

    page, frogs = rt.lecture("12_multilevel_models"), rt.load_data("reedfrogs")
    dial = np.linspace(0.1, 5, n_values)
    options = STRATEGIES[strategy]
    if "adaptation" in options:
        return sweep(rt.Sampler(page.fixed_sigma(frogs)), dial, draws=draws, **options)
    return rebuild(lambda sigma: page.fixed_sigma(frogs, sigma), dial, draws=draws, **options)


def sweep(sampler, dial, **options):
    """Sweep; then sweep again, for what a value costs when all is compiled."""
    sampler.sweep({"sigma": dial}, seed=12, log_likelihood=True, **options)
    total = since_start()
    with stopwatch() as again:
        sampler.sweep({"sigma": dial}, seed=13, log_likelihood=True, **options)
    return {"total": total, "more": {unit: seconds / len(dial) for unit, seconds in again.items()}}


def rebuild(make_model, dial, draws, sampler):
    """Build, compile and sample for each value, as a loop around pm.sample does."""
    import pymc as pm

    costs = []
    for sigma in dial:
        with stopwatch() as cost, make_model(sigma):
            # A forked worker is a child of this process, so its CPU seconds are counted.
            how = {"nuts_sampler": sampler, "mp_ctx": "fork"} if sampler else {}
            dt = pm.sample(draws, chains=4, random_seed=12, progressbar=False, **how)
            pm.compute_log_likelihood(dt, progressbar=False)
        costs.append(cost)
    return {"total": since_start(), "more": {unit: mean(c[unit] for c in costs[1:]) for unit in ("cpu", "wall")}}


def report(quick, repeats):
    """Give the table: medians over processes with a warm cache, after one with a cold one."""
    settings = {"n_values": 3, "draws": 200} if quick else {"n_values": 20, "draws": 1000}
    costs = {}
    for strategy in STRATEGIES:
        with tempfile.TemporaryDirectory() as cache:
            environment = {"PYTENSOR_FLAGS": f"base_compiledir={cache}"}
            runs = range(1 + repeats)
            costs[strategy] = [fresh(__file__, environment, strategy=strategy, **settings) for _ in runs]
    yield f"Sigma grid, {settings['n_values']} values", summary(costs)


def summary(costs, ours="Sampler.sweep"):
    """Return a row for each strategy from its runs, the first of which was cold; ``x`` is CPU relative to ours."""
    ours_total, ours_more = (middle(costs[ours][1:], what, "cpu") for what in ("total", "more"))
    return [
        {
            "strategy": strategy,
            "CPU s": middle(warm, "total", "cpu"),
            "wall s": middle(warm, "total", "wall"),
            "x": middle(warm, "total", "cpu") / ours_total,
            "cold CPU s": cold["total"]["cpu"],
            "one more: CPU s": middle(warm, "more", "cpu"),
            "wall s ": middle(warm, "more", "wall"),
            "x ": middle(warm, "more", "cpu") / ours_more,
        }
        for strategy, (cold, *warm) in costs.items()
    ]


if __name__ == "__main__":
    run(__file__, one, report)
