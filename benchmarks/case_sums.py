"""Two case studies against naive forms: sums row by row or by cell, groups in a loop or masked.

`by cell, spreads` has a prior on the spreads themselves instead of on what sums identify, so it is another model; the
other forms of a case have one density, which the tests check. 4 chains x 1000 draws, after nutpie's own tuning.
"""

import numpy as np
from measure import fresh, middle, run, stopwatch

SIZES = (1, 3, 4)
MEANS = [[20.0], [-2.0, 0.5, 1.5], [-1.5, -0.5, 0.5, 1.5]]
SPREADS = [[1.0], [0.5, 1.0, 1.5], [0.6, 0.9, 1.2, 1.5]]
ROWS = (1_000, 10_000, 100_000, 1_000_000)
GROUPS = (2, 8, 32)
LARGEST_BY_ROW = 10_000  # fits of more rows take minutes to hours; their gradient is timed all the same


def one(case, form, size, draws, repeats):
    """Return the cost of building the model, compiling it, a gradient and a fit, and how far the fit can be trusted."""
    import nutpie
    from gradient_floor import compiled_loop, microseconds

    import rethinking as rt

    data = simulated(case, size)
    with stopwatch() as building:
        model = build(case, form, data)
    with stopwatch() as compiling:
        sampler = rt.Sampler(model)
    compiled = nutpie.compile_pymc_model(model)
    x = np.random.default_rng(1).normal(0, 0.1, compiled.n_dim)
    result = {"build": building, "compile": compiling, "gradient": microseconds(compiled_loop(compiled), x, 0.1)}
    if form != "by row" or size <= LARGEST_BY_ROW:
        result |= _fits(sampler, draws, repeats)
    return result


def _fits(sampler, draws, repeats):
    """Return the median cost of sampling, its DataTree included, and the worst diagnostics over the seeds."""
    import rethinking as rt

    costs, worst = [], []
    for seed in range(repeats):
        with stopwatch() as cost:
            dt = sampler.finish(sampler.begin({}, draws=draws, chains=4, seed=seed, progress_bar=False))
        costs.append(cost)
        worst.append({name: value for name, (_, value) in rt.convergence(dt).items()})
    found = {"ESS": min(w["bulk ESS"] for w in worst), "R-hat": max(w["R-hat"] for w in worst)}
    return {"sample": middle(costs, "cpu"), "diverging": sum(w["divergences"] for w in worst), **found}


def simulated(case, size):
    """Return `size` sums, or 50 runs of each of `size` groups; in every second group the last setting is absent."""
    import pandas as pd

    import rethinking as rt

    rng = np.random.default_rng(size)
    if case == "sums":
        return rt.lecture("cases/sums_of_contributions").simulate_sums(rng, MEANS, SPREADS, n=size)
    page = rt.lecture("cases/parameters_that_do_not_apply")
    weights = page.WEIGHTS.iloc[np.arange(size) % 2].set_index(pd.RangeIndex(1, size + 1, name="group"))
    return page.simulate_runs(rng, n=50, weights=weights)


def build(case, form, data):
    """Return the model of a case in one of its forms."""
    import rethinking as rt

    if case == "sums":
        page = rt.lecture("cases/sums_of_contributions")
        forms = {"by row": page.by_row, "by cell, spreads": spreads_by_cell, "by cell": page.by_cell}
        return forms[form](data, SIZES)
    page = rt.lecture("cases/parameters_that_do_not_apply")
    applies = data.groupby("group")[page.SETTINGS].count() > 0
    return {"loop": loop_over_groups, "mask": page.masked_weights}[form](data, applies)


def spreads_by_cell(sums, sizes):
    """Return the model by cell as one would write it at first, with a prior on each of the eight spreads."""
    import pymc as pm

    import rethinking as rt

    page = rt.lecture("cases/sums_of_contributions")
    table = page.summarise(sums, sizes)
    with pm.Model() as model:
        mu, variance = pm.Normal("mean_0", 24, 12), pm.HalfNormal("spread_0", 2) ** 2
        for k, size in enumerate(sizes[1:], 1):
            code = table[f"layer_{k}"].to_numpy()
            mu = mu + pm.ZeroSumNormal(f"mean_{k}", 3, shape=size)[code]
            variance = variance + pm.HalfNormal(f"spread_{k}", 2, shape=size)[code] ** 2
        n, mean, s2 = (table[name].to_numpy(float) for name in page.SUFFICIENT)
        pm.Potential("sums", -n / 2 * (pm.math.log(2 * np.pi * variance) + (s2 + (mean - mu) ** 2) / variance))
    return model


def loop_over_groups(runs, applies):
    """Return the model as it is written when each group is thought of alone: weights and a likelihood for each."""
    import pymc as pm

    with pm.Model() as model:
        sigma = pm.Exponential("sigma", 1)
        for group, own in runs.groupby("group"):
            settings = list(applies.columns[applies.loc[group]])
            weight = pm.Normal(f"weight_{group}", 0, 5, shape=len(settings))
            mu = pm.math.dot(own[settings].to_numpy(), weight)
            pm.Normal(f"y_{group}", mu, sigma, observed=own["speed"].to_numpy())
    return model


def report(quick, repeats):
    """Give a table for each pair, over sizes."""
    draws = 20 if quick else 1000
    plans = {
        "Sums of contributions, 12 cells": ("sums", "rows", ("by row", "by cell, spreads", "by cell"), ROWS),
        "Parameters that do not apply, 50 runs a group": ("mask", "groups", ("loop", "mask"), GROUPS),
    }
    for title, (case, unit, forms, sizes) in plans.items():
        rows = []
        for size in sizes[:1] if quick else sizes:
            settings = {"case": case, "size": size, "draws": draws, "repeats": repeats}
            results = {form: fresh(__file__, form=form, **settings) for form in forms}
            rows += [
                {unit: size, "form": form, **cells(result, results[forms[-1]])} for form, result in results.items()
            ]
        yield title, rows


def cells(result, ours):
    """Return the cells of a row; `x` is relative to our form. Where nothing was fitted, the cells are empty."""
    sample = result.get("sample")
    return {
        "build, CPU s": result["build"]["cpu"],
        "compile, CPU s": result["compile"]["cpu"],
        "gradient, us": result["gradient"],
        "x": result["gradient"] / ours["gradient"],
        "sample, CPU s": sample,
        "x ": sample and sample / ours["sample"],
        "min ESS": result.get("ESS"),
        "R-hat": result.get("R-hat"),
        "divergences": result.get("diverging"),
    }


if __name__ == "__main__":
    run(__file__, one, report)
