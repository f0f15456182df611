"""Correlated effects: the page's form against PyMC's LKJCholeskyCov, and the page's model in numpyro.

The model is the one of lecture 14, a level and a town effect for each of 61 districts, with LKJ(4). Four chains of 1000
draws. ``sample`` is a call less one of ten draws, so compilation and conversion are out; effective draws are those of
the parameter of the population that has fewest.
"""

from measure import run
from samplers import by_numpyro, by_nutpie, cost, rounds, summary

METHODS = {
    "correlated_effects, nutpie": {"form": "page", "numpyro": False},
    "LKJCholeskyCov, nutpie": {"form": "packed", "numpyro": False},
    "correlated_effects, numpyro": {"form": "page", "numpyro": True},
}
NAMES = ["alpha_bar", "beta_bar", "sigma", "rho"]


def packed(women):
    """Return the model of the page with PyMC's own distribution of a Cholesky factor."""
    import pymc as pm

    import rethinking as rt

    page = rt.lecture("13_multilevel_adventures")
    with page.survey_data(women) as model:
        mean = [pm.Normal("alpha_bar", 0, 1), pm.Normal("beta_bar", 0, 1)]
        chol, corr, sd = pm.LKJCholeskyCov("cov", eta=4, n=2, sd_dist=pm.Exponential.dist(1), store_in_trace=False)
        pm.Deterministic("sigma", sd)
        pm.Deterministic("rho", corr[0, 1])
        effects = pm.Normal("z", 0, 1, shape=(61, 2)) @ chol.T
        alpha, beta = (pm.Deterministic(name, mean[k] + effects[:, k]) for k, name in enumerate(["alpha", "beta"]))
        page.use_of(model, alpha[model["D"]] + beta[model["D"]] * model["U"])
    return model


def one(form, numpyro, draws, seed):
    """Return what one method costs and gives."""
    import rethinking as rt

    women = rt.load_data("bangladesh")
    model = packed(women) if form == "packed" else rt.lecture("14_correlated_features").districts_correlated(women)
    return cost(lambda: by_numpyro(model) if numpyro else by_nutpie(model), draws, seed, NAMES, "rho")


def report(quick, repeats):
    """Give one table."""
    yield (
        "Correlated effects, 61 districts with two features",
        summary(rounds(__file__, METHODS, quick, repeats), "rho"),
    )


if __name__ == "__main__":
    run(__file__, one, report)
