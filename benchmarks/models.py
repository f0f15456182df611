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
RADON = rt.lecture("cases/radon")


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
            radon_data(), RADON.centred, (*RADON.POPULATION, "a", "b"),
            {
                "integrated": Form(RADON.integrated, RADON.draw_effects),
                "non-centred": Form(RADON.non_centred, RADON.effects, ("diag",)),
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
