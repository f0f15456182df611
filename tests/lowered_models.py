"""Models of many kinds of operations, which both languages of `rethinking.lowering` must write rightly."""

import numpy as np
import pymc as pm
import pytensor
import pytensor.tensor as pt

import rethinking as rt


def page(name):
    """Return a page of the book."""
    return rt.lecture(name)


def of_groups(name, **options):
    """Return one of lecture 12's estimators of a simulated world."""
    lecture = page("12_multilevel_models")
    return getattr(lecture, name)(lecture.simulate_group_confound(np.random.default_rng(1), **options))


def linear():
    """Return lecture 3's shape of model: a straight line through points that may be moved."""
    rng = np.random.default_rng(3)
    x = rng.normal(size=20)
    with pm.Model(coords={"person": range(20)}) as model:
        height, weight = pm.Data("height", x, dims="person"), pm.Data("weight", 2 * x + rng.normal(size=20))
        alpha, beta, sigma = pm.Normal("alpha", 0, 10), pm.LogNormal("beta", 0, 1), pm.Uniform("sigma", 0, 10)
        mu = pm.Deterministic("mu", alpha + beta * (height - height.mean()), dims="person")
        pm.Normal("W", mu, sigma, observed=weight)
    return model


def poisson():
    """Return a regression of counts on two kinds of islands."""
    rng = np.random.default_rng(4)
    kind, log_population = np.arange(10) % 2, rng.normal(size=10)
    with pm.Model() as model:
        alpha = pm.Normal("alpha", 3, 0.5, shape=2)
        beta = pm.Normal("beta", 0, 0.2, shape=2)
        tools = pm.Data("tools", rng.poisson(np.exp(3 + 0.3 * log_population)))
        rate = pt.exp(alpha[kind] + beta[kind] * pm.Data("P", log_population))
        pm.Poisson("T", rate, observed=tools)
    return model


def matrices():
    """Return a regression with a design matrix, joined coefficients and correlated outcomes' scales."""
    X = np.random.default_rng(5).normal(size=(12, 3))
    with pm.Model() as model:
        beta = pt.concatenate([pm.Normal("first", 0, 1, shape=1), pm.StudentT("rest", nu=3, mu=0, sigma=1, shape=2)])
        effects = pm.Normal("effects", 0, 1, shape=(3, 2))
        mu = X @ beta + (X @ effects).sum(axis=1) + effects.T[1, 2] * effects.max(axis=0)[0]
        pm.Normal("Y", mu, pm.HalfNormal("sigma", 1), observed=pm.Data("Y_seen", X.sum(1)))
    return model


def constrained():
    """Return parameters of many kinds: ordered cut-points, probabilities, and parts that are replaced."""
    with pm.Model() as model:
        share = pm.Beta("share", np.array([2.0, 3.0, 4.0]), 2)
        cuts = pm.Normal("cuts", 0, 1.5, shape=4, transform=pm.distributions.transforms.ordered, initval=np.arange(4.0))
        p, rate = pm.Beta("p", 2, 3), pm.Gamma("rate", 2, 1)
        effect = pt.set_subtensor(pt.zeros(5)[1:4], share) + pt.cumsum(pt.stack([p, rate, p * rate, rate, p]))
        effect = pt.inc_subtensor(effect[::2], share)[::-1]
        pm.OrderedLogistic("R", effect.sum(), cuts, observed=[0, 2, 4, 1, 3])
        pm.NegativeBinomial("N", mu=pt.exp(effect - 2), alpha=rate + 0.1, observed=[0, 3, 1, 5, 2])
        pm.Potential("tail", pt.log(pm.math.invprobit(effect[:2] - 1)).sum() + pt.erf(p) + pt.log1mexp(-rate))
        pm.TruncatedNormal("cut", effect[1], 1, lower=0, observed=[0.2, 1.5])
    return model


def steps():
    """Return scans: of two numbers that change each other, and of one that remembers two turns and hears of forces."""

    def turn(force, before, last, size, pull):
        now = size * last - pull * pt.tanh(before) + force
        return now, last**2 * force

    with pm.Model() as model:
        size, pull = pm.Normal("size", 0.5, 0.2), pm.Beta("pull", 2, 2)
        start = pm.Normal("start", 0, 1, shape=2)
        of_two = pytensor.scan(
            lambda one, two, size, pull: (one + 0.1 * (size - pt.exp(two)), two + 0.1 * pull * one),
            outputs_info=[start[0], start[1]], non_sequences=[size, pull], n_steps=6, return_updates=False,
        )  # fmt: skip
        of_one = pytensor.scan(
            turn, sequences=[pt.as_tensor(np.sin(np.arange(5.0)))], n_steps=5, return_updates=False,
            outputs_info=[{"initial": start, "taps": [-2, -1]}, None], non_sequences=[size, pull],
        )  # fmt: skip
        seen = pm.Data("seen", np.cos(np.arange(5)))
        pm.Normal("y", pt.stack(of_two)[:, 1:].sum(0) + of_one[0], 1, observed=seen)
        pm.Normal("z", of_one[1][::-1] - of_one[0][-1], 2, observed=-seen)
    return model


def masked():
    """Return a model that takes some parameters by a mask."""
    chosen = np.array([True, False, True, True])
    with pm.Model() as model:
        a, b = pm.Normal("a", 0, 1, shape=4), pm.Normal("b", 0, 1, shape=3)
        pm.Normal("y", a[chosen] * b + pt.set_subtensor(a[~chosen], b[:1]).sum(), 1, observed=[0.5, -1.0, 2.0])
    return model


MODELS = {
    "frogs": lambda: page("12_multilevel_models").partial_pooling(rt.load_data("reedfrogs")),
    "the dial": lambda: page("12_multilevel_models").fixed_sigma(rt.load_data("reedfrogs")),
    "predators": lambda: page("12_multilevel_models").predators(rt.load_data("reedfrogs")),
    "Mundlak": lambda: of_groups("mundlak"),
    "latent Mundlak": lambda: of_groups("latent_mundlak"),
    "radon": lambda: page("cases/radon").integrated(rt.load_data("radon")),
    "linear": linear,
    "Poisson": poisson,
    "matrices": matrices,
    "masked": masked,
    "steps": steps,
    "constrained": constrained,
}
