"""The brains of 151 species: the textbook's multivariate normal, coefficients integrated out, and an exact grid.

The model is that of lecture 16, with body mass and group size. The grid draws 4,000 times, independently; a sampler
makes four chains of 1000. ``sample`` is a call less one of ten draws, so compilation and conversion are out; effective
draws are those of the parameter that has fewest.
"""

import numpy as np
from measure import fresh, middle, run, stopwatch
from samplers import by_nutpie, timed

PREDICTORS = ["body", "group_size"]
NAMES = ["a", "b_M", "b_G", "eta_sq", "rho"]


def one(method, draws, seed):
    """Return what one method costs and gives."""
    import arviz as az

    import rethinking as rt

    page = rt.lecture("16_gaussian_processes")
    tree = rt.load_data("Primates301_distance_matrix", otherwise=lambda: page.simulate_tree(np.random.default_rng(301)))
    primates = rt.load_data(
        "Primates301", otherwise=lambda: page.simulate_primates(np.random.default_rng(302), tree)[0]
    )
    with stopwatch() as compiling:
        fit = METHODS_OF[method](page, primates, tree)
    dt, sampling, whole = timed(fit, draws, seed)
    posterior = dt["posterior"].to_dataset()[NAMES]
    ess, rhat = az.ess(posterior), az.rhat(posterior)
    mean, sd = posterior.mean(), posterior.std()
    return {
        "compile": compiling, "sample": sampling if method != "grid" else whole,
        "ess": min(float(ess[name]) for name in NAMES), "rhat": max(float(rhat[name]) for name in NAMES),
        "steps": int(dt["sample_stats"]["n_steps"].sum()) if "sample_stats" in dt.children else 0,
        "b_G": float(mean["b_G"]), "error": float(sd["b_G"]) / float(ess["b_G"]) ** 0.5,
    }  # fmt: skip


def by_grid(page, primates, tree):
    """Return ``fit(seed, draws)`` on the grid, the table's preparation included."""

    def fit(seed, draws, **_):
        brain, X = page.in_scores(primates, PREDICTORS)
        return page.ou_exactly(brain, X, page.scaled(tree, brain.index), seed=seed, draws=4 * draws)

    return fit


def by_sampler(build):
    """Return a method that compiles a model once."""

    def method(page, primates, tree):
        return by_nutpie(build(page, primates, tree))

    return method


def textbook(page, primates, tree):
    """Return the model as it is usually written, with a covariance given to ``pm.MvNormal``."""
    import pymc as pm

    brain, X = page.in_scores(primates, PREDICTORS)
    near = page.scaled(tree, brain.index).to_numpy()
    with pm.Model() as model:
        eta_sq = pm.TruncatedNormal("eta_sq", 1, 0.25, lower=0)
        rho = pm.TruncatedNormal("rho", 3, 0.25, lower=0)
        mu = pm.Normal("a", 0, 1) + pm.Normal("b_M", 0, 0.5) * X["b_M"].to_numpy()
        mu += pm.Normal("b_G", 0, 0.5) * X["b_G"].to_numpy()
        cov = eta_sq * pm.math.exp(-rho * near) + 0.01 * np.eye(len(near))
        pm.MvNormal("brain", mu, cov=cov, observed=brain.to_numpy())
    return model


METHODS_OF = {
    "grid": by_grid,
    "integrated": by_sampler(lambda page, *tables: page.primates_ou(*tables, PREDICTORS)),
    "textbook": by_sampler(textbook),
}


def report(quick, repeats):
    """Give one table; round by round, so that a change of load falls on all methods alike."""
    draws, results = 20 if quick else 1000, {name: [] for name in METHODS_OF}
    for repeat in range(repeats):
        for name, found in results.items():
            found.append(fresh(__file__, method=name, draws=draws, seed=10 * repeat))
    yield "151 species, Ornstein-Uhlenbeck", summary(results)


def summary(results):
    """Return a row for each method; ``x`` says how many times it is ahead of the textbook in ESS per CPU second."""
    for found in results.values():
        for result in found:
            result["speed"] = result["ess"] / result["sample"]["cpu"]
    exact, slow = results["grid"], results["textbook"]
    return [
        {
            "method": name,
            "compile, CPU s": middle(found, "compile", "cpu"),
            "sample, CPU s": middle(found, "sample", "cpu"),
            "sample, wall s": middle(found, "sample", "wall"),
            "gradients": middle(found, "steps"),
            "min ESS": middle(found, "ess"),
            "R-hat": f"{middle(found, 'rhat'):.3f}",
            "ESS/CPU s": middle(found, "speed"),
            "x": middle(found, "speed") / middle(slow, "speed"),
            "b_G": f"{middle(found, 'b_G'):.4f}",
            "apart": abs(found[-1]["b_G"] - exact[-1]["b_G"]) / np.hypot(found[-1]["error"], exact[-1]["error"]),
        }
        for name, found in results.items()
    ]


if __name__ == "__main__":
    run(__file__, one, report)
