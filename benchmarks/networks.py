"""Gifts in a network: the form of lecture 15 against the textbook's two Cholesky factors, in nutpie and in numpyro.

One model, giving and receiving with ties, in two forms. ``page`` is that of lecture 15: ties as what both directions
have in common and what they have not, habits centred. ``textbook`` has a Cholesky factor and standard scores for both.
Four chains of 1000 draws; ``sample`` is a call less one of ten draws, so compilation and conversion are out. Effective
draws are those of the parameter that has fewest, among the spreads, the correlations and the level.
"""

from measure import run
from samplers import by_numpyro, by_nutpie, cost, rounds, summary

METHODS = {
    "page, nutpie": {"form": "page", "numpyro": False},
    "textbook, nutpie": {"form": "textbook", "numpyro": False},
    "page, numpyro": {"form": "page", "numpyro": True},
    "textbook, numpyro": {"form": "textbook", "numpyro": True},
}
NAMES = ["a", "sigma_T", "T_corr", "sigma_G", "sigma_R", "rho_GR"]


def textbook(page, gifts):
    """Return the model of `giving_receiving` with matrices, as the course writes it, but one spread for ties."""
    import pymc as pm
    import pytensor.tensor as pt

    with page.network(gifts) as model:
        a = pm.Normal("a", 0, 1)
        sigma_T, sigma_G, sigma_R = (pm.Exponential(f"sigma_{name}", 1) for name in "TGR")
        rho = {}
        for name in ("T", "GR"):
            common = pm.Beta(f"{name}_common", 2, 2)
            rho[name] = pm.Deterministic("T_corr" if name == "T" else "rho_GR", 2 * common - 1)
        scores = pm.Normal("z_T", 0, 1, dims=("dyad", "direction"))
        factor = pt.stacklists([[1.0, 0.0], [rho["T"], pt.sqrt(1 - rho["T"] ** 2)]])
        T = sigma_T * scores @ factor.T
        z = pm.Normal("z_GR", 0, 1, shape=(25, 2))
        factor = pt.stacklists([[1.0, 0.0], [rho["GR"], pt.sqrt(1 - rho["GR"] ** 2)]])
        habits = (z @ factor.T) * pt.stack([sigma_G, sigma_R])
        level = a + T[model["pair"], model["way"]] + habits[model["giver"], 0] + habits[model["receiver"], 1]
        pm.Poisson("gifts", pt.exp(level), observed=model["count"])
    return model


def one(form, numpyro, draws, seed):
    """Return what one method costs and gives."""
    import rethinking as rt

    page, gifts = rt.lecture("15_social_networks"), rt.load_data("KosterLeckie_dyads")
    model = page.giving_receiving(gifts) if form == "page" else textbook(page, gifts)
    return cost(lambda: by_numpyro(model) if numpyro else by_nutpie(model), draws, seed, NAMES, "T_corr")


def report(quick, repeats):
    """Give one table."""
    yield (
        "Gifts between 25 households, with giving and receiving",
        summary(rounds(__file__, METHODS, quick, repeats), "T_corr"),
    )


if __name__ == "__main__":
    run(__file__, one, report)
