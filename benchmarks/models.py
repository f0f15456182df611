"""The models of the benchmarks. What a page of the book defines comes from there; the rest is here.

A :class:`Case` pairs the form in which textbooks write a model with ours, which has the same priors, so both have one
posterior. Effective draws are counted on the textbook's own parameters, whichever form was sampled.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pymc as pm
import xarray as xr

import rethinking as rt

PAGE = rt.lecture("12_multilevel_models")


@dataclass(frozen=True)
class Form:
    """A way to write a model, and how its posterior gives the textbook's parameters."""

    model: Callable  # of the data
    parameters: Callable = lambda posterior, data: {}  # by name, what the posterior lacks
    adaptations: tuple = ("diag", "low_rank")  # to be tried


@dataclass(frozen=True)
class Case:
    """A model with its data, in the textbook's form and in ours."""

    data: object
    textbook: Callable
    names: tuple
    forms: dict

    def parameters(self, posterior, form=None):
        """Return the textbook's parameters as a Dataset."""
        derived = form.parameters(posterior, self.data) if form else {}
        return xr.Dataset({name: derived[name] if name in derived else posterior[name] for name in self.names})


def radon_data():
    """Return the radon table with the rows as they are."""
    return rt.load_data("radon")


def radon_population():
    """Add means and spreads of intercepts and slopes, and the spread of houses, to the model in context."""
    mu_a, mu_b = pm.Normal("mu_a", 0, 10), pm.Normal("mu_b", 0, 10)
    sigma_a, sigma_b = pm.HalfCauchy("sigma_a", 5), pm.HalfCauchy("sigma_b", 5)
    return mu_a, mu_b, sigma_a, sigma_b, pm.HalfCauchy("sigma", 5)


def radon_centred(radon):
    """Return varying intercepts and slopes as textbooks write them."""
    county, floor = radon["county_code"].to_numpy(), radon["floor"].to_numpy()
    with pm.Model(coords={"county": radon["county"].unique()}) as model:
        mu_a, mu_b, sigma_a, sigma_b, sigma = radon_population()
        a = pm.Normal("a", mu_a, sigma_a, dims="county")
        b = pm.Normal("b", mu_b, sigma_b, dims="county")
        pm.Normal("y", a[county] + b[county] * floor, sigma, observed=radon["log_radon"])
    return model


def radon_noncentred(radon):
    """Return the same model with standardised effects."""
    county, floor = radon["county_code"].to_numpy(), radon["floor"].to_numpy()
    with pm.Model(coords={"county": radon["county"].unique()}) as model:
        mu_a, mu_b, sigma_a, sigma_b, sigma = radon_population()
        z_a, z_b = pm.Normal("z_a", dims="county"), pm.Normal("z_b", dims="county")
        a, b = mu_a + sigma_a * z_a, mu_b + sigma_b * z_b
        pm.Normal("y", a[county] + b[county] * floor, sigma, observed=radon["log_radon"])
    return model


def radon_effects(posterior, radon):
    """Return the effects of :func:`radon_noncentred`."""
    return {
        effect: posterior[f"mu_{effect}"] + posterior[f"sigma_{effect}"] * posterior[f"z_{effect}"] for effect in "ab"
    }


def radon_cells(radon):
    """Return houses and mean by county and floor, and the sum of squares within: all that the likelihood needs."""
    cells = radon.groupby(["county_code", "floor"])["log_radon"]
    counts = cells.count().unstack(fill_value=0).to_numpy()
    means = cells.mean().unstack(fill_value=0.0).to_numpy()
    within = float(((radon["log_radon"] - cells.transform("mean")) ** 2).sum())
    return counts, means, within


def radon_integrated(radon):
    """Return the same model with the effects integrated out: five parameters.

    The mean of a county's basements has variance ``sigma_a**2 + sigma**2 / n``, and tells about its intercept with
    the shrinkage factor ``k``; the mean upstairs is then predicted from it.
    """
    n, mean, within = radon_cells(radon)
    below, above = n[:, 0] > 0, n[:, 1] > 0
    dof = len(radon) - int((n > 0).sum())
    with pm.Model() as model:
        mu_a, mu_b, sigma_a, sigma_b, sigma = radon_population()
        sd = pm.math.sqrt(sigma_a**2 + sigma**2 / n[below, 0])
        pm.Normal("basement", mu_a, sd, observed=mean[below, 0])
        k = sigma_a**2 * n[above, 0] / (sigma_a**2 * n[above, 0] + sigma**2)
        expected = mu_a + k * (mean[above, 0] - mu_a) + mu_b
        sd = pm.math.sqrt(sigma_a**2 * (1 - k) + sigma_b**2 + sigma**2 / n[above, 1])
        pm.Normal("first_floor", expected, sd, observed=mean[above, 1])
        pm.Gamma("within", dof / 2, 1 / (2 * sigma**2), observed=within)
    return model


def radon_draw_effects(posterior, radon, seed=0):
    """Return effects drawn from their exact conditional distribution, given each draw of :func:`radon_integrated`."""
    n, mean, _ = radon_cells(radon)
    mu_a, mu_b, sigma_a, sigma_b, sigma = (
        posterior[name].to_numpy()[..., None] for name in ("mu_a", "mu_b", "sigma_a", "sigma_b", "sigma")
    )
    k = sigma_a**2 * n[:, 0] / (sigma_a**2 * n[:, 0] + sigma**2)
    centre, variance = mu_a + k * (mean[:, 0] - mu_a), sigma_a**2 * (1 - k)
    # Matheron's rule: draw effects and data before the first floor is seen, then move them by what it says.
    rng = np.random.default_rng(seed)
    a, b = rng.normal(centre, np.sqrt(variance)), rng.normal(mu_b, sigma_b, centre.shape)
    houses = np.maximum(n[:, 1], 1)
    imagined = a + b + rng.normal(0, sigma / np.sqrt(houses), centre.shape)
    surprise = np.where(n[:, 1] > 0, mean[:, 1] - imagined, 0) / (variance + sigma_b**2 + sigma**2 / houses)
    effects = {"a": a + variance * surprise, "b": b + sigma_b**2 * surprise}
    return {name: (("chain", "draw", "county"), draws) for name, draws in effects.items()}


def mundlak_textbook(data):
    """Return Mundlak's machine as textbooks write it: every term of the log-odds looked up by individual."""
    group, X_bar = data["group"], PAGE.group_means(data)
    with pm.Model() as model:
        beta_XY, beta_ZY, beta_UY = (pm.Normal(name, 0, 1) for name in ("beta_XY", "beta_ZY", "beta_UY"))
        alpha_bar, tau = pm.Normal("alpha_bar", 0, 1), pm.Exponential("tau", 1)
        a = pm.Deterministic("a", alpha_bar + tau * pm.Normal("z", 0, 1, shape=len(data["Z"])))
        logit_p = a[group] + beta_XY * data["X"] + beta_ZY * data["Z"][group] + beta_UY * X_bar[group]
        pm.Bernoulli("outcome", logit_p=logit_p, observed=data["Y"])
    return model


def latent_mundlak_textbook(data):
    """Return the latent form as textbooks write it: a standard normal u in both regressions."""
    group = data["group"]
    with pm.Model() as model:
        u = pm.Normal("u", 0, 1, shape=len(data["Z"]))
        alpha_X, beta_UX = pm.Normal("alpha_X", 0, 1), pm.Exponential("beta_UX", 1)
        pm.Normal("trait", alpha_X + beta_UX * u[group], pm.Exponential("sigma_X", 1), observed=data["X"])
        beta_XY, beta_ZY, beta_UY = (pm.Normal(name, 0, 1) for name in ("beta_XY", "beta_ZY", "beta_UY"))
        alpha_bar, tau = pm.Normal("alpha_bar", 0, 1), pm.Exponential("tau", 1)
        a = pm.Deterministic("a", alpha_bar + tau * pm.Normal("z", 0, 1, shape=len(data["Z"])))
        logit_p = a[group] + beta_XY * data["X"] + beta_ZY * data["Z"][group] + beta_UY * u[group]
        pm.Bernoulli("outcome", logit_p=logit_p, observed=data["Y"])
    return model


def predators_effects(posterior, frogs):
    """Return the textbook's tank effects: the log-odds without the part of the predators."""
    P = xr.DataArray((frogs["pred"] == "pred").to_numpy(), dims="tank")
    return {"a": posterior["alpha"] - posterior["beta_P"] * P}


def group_effects(posterior, data):
    """Return the varying intercepts of the models of groups."""
    return {"a": posterior["alpha_bar"] + posterior["tau"] * posterior["z"]}


def latent_effects(posterior, data):
    """Return intercepts and the standardised hidden cause of the latent form."""
    u = (posterior["mean_X"] - posterior["alpha_X"]) / posterior["beta_UX"]
    return {"u": u, **group_effects(posterior, data)}


def world(n_ids=200, n_groups=30, seed=(12, 0)):
    """Return one simulated world of the page."""
    return PAGE.simulate_group_confound(np.random.default_rng(seed), n_groups=n_groups, n_ids=n_ids)


def cases():
    """Return the cases by name."""
    frogs, of_groups = rt.load_data("reedfrogs"), world()
    betas = ("beta_XY", "beta_ZY", "beta_UY", "alpha_bar", "tau", "a")
    return {
        "radon": Case(
            radon_data(), radon_centred, ("mu_a", "mu_b", "sigma_a", "sigma_b", "sigma", "a", "b"),
            {
                "integrated": Form(radon_integrated, radon_draw_effects),
                "non-centred": Form(radon_noncentred, radon_effects, ("diag",)),
            },
        ),
        "frogs": Case(
            frogs, PAGE.partial_pooling, ("alpha_bar", "sigma", "alpha"), {"page": Form(PAGE.partial_pooling)},
        ),
        "predators": Case(
            frogs, PAGE.predators_textbook, ("alpha_bar", "beta_P", "sigma", "a"),
            {"page": Form(PAGE.predators, predators_effects)},
        ),
        "Mundlak": Case(of_groups, mundlak_textbook, betas, {"page": Form(PAGE.mundlak, group_effects)}),
        "latent Mundlak": Case(
            of_groups, latent_mundlak_textbook, (*betas, "u", "alpha_X", "beta_UX", "sigma_X"),
            {"page": Form(PAGE.latent_mundlak, latent_effects)},
        ),
    }  # fmt: skip
