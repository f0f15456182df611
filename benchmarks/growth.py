"""How cost grows with observations and with groups: Mundlak's machine, two chains of 250 + 250 draws.

An exponent is the slope of a straight line through the logarithms: 1 means that twice the size costs twice as much.
"""

from statistics import median

import numpy as np
from measure import fresh, middle, run, stopwatch

OBSERVATIONS = {"sizes": [200, 1000, 5000, 20_000, 50_000], "n_groups": 30}
GROUPS = {"sizes": [10, 30, 100, 300, 1000, 3000], "n_ids": 6000}


def one(n_ids, n_groups, draws, repeats):
    """Return what compiling, one gradient and one fit (the median of some) cost."""
    import nutpie
    from gradient_floor import compiled_loop, microseconds
    from models import PAGE, world

    import rethinking as rt

    model = PAGE.mundlak(world(n_ids, n_groups))
    with stopwatch() as building:
        sampler = rt.Sampler(model)
    fits, costs = [], []
    for seed in range(repeats):
        with stopwatch() as cost:
            fits.append(sampler.sample(draws, tune=draws, chains=2, seed=seed))
        costs.append(cost)
    compiled = nutpie.compile_pymc_model(model)
    x = np.random.default_rng(1).normal(0, 0.5, compiled.n_dim)
    steps = median(float(dt["sample_stats"]["n_steps"].mean()) for dt in fits)
    gradient = microseconds(compiled_loop(compiled), x, 0.1)
    return {"compile": building["cpu"], "fit": middle(costs, "cpu"), "gradient": gradient, "steps": steps}


def report(quick, repeats):
    """Give both tables and the exponents; a fit is repeated within its process, where nothing is compiled again."""
    draws = 20 if quick else 250
    exponents = []
    for what, fixed, varied in [("observations", "n_groups", "n_ids"), ("groups", "n_ids", "n_groups")]:
        plan = {"n_ids": OBSERVATIONS, "n_groups": GROUPS}[varied]
        sizes = plan["sizes"][:2] if quick else plan["sizes"]
        rows = []
        for size in sizes:
            settings = {fixed: plan[fixed], varied: size, "draws": draws, "repeats": repeats}
            rows.append({what: size, **cells(fresh(__file__, **settings))})
        unit = "groups" if fixed == "n_groups" else "observations"
        yield f"Growth with {what} ({plan[fixed]:,} {unit})", rows
        for column in ("gradient, us", "fit, CPU s", "compile, CPU s"):
            exponents.append({"with": what, "cost": column, **_exponents(rows, what, column)})
    yield "Exponents", exponents


def cells(result):
    """Return the cells of a row."""
    columns = {"gradient, us": "gradient", "steps a draw": "steps", "fit, CPU s": "fit", "compile, CPU s": "compile"}
    return {name: float(result[key]) for name, key in columns.items()}


def _exponents(rows, what, column):
    sizes, costs = ([row[name] for row in rows] for name in (what, column))
    return {"over all sizes": exponent(sizes, costs), "over the last three": exponent(sizes[-3:], costs[-3:])}


def exponent(sizes, costs):
    """Return the slope of log(cost) against log(size)."""
    return float(np.polyfit(np.log(sizes), np.log(costs), 1)[0])


if __name__ == "__main__":
    run(__file__, one, report)
