"""What the options of a fit are worth: effective draws per CPU second by tuning, adaptation and target_accept.

Four chains of 1000 draws; each model is compiled once and fitted with several seeds by every option in turn. ``bad``
counts the fits that the package would refuse: R-hat above 1.01, an ESS below 400, or a divergence. Radon is left out:
one ``low_rank`` fit of its 175 parameters takes minutes.
"""

from statistics import median

from measure import fresh, run, stopwatch

OPTIONS = {
    "tune 200": {"tune": 200},
    "default (tune 400)": {},
    "tune 1000": {"tune": 1000},
    "target_accept 0.9": {"target_accept": 0.9},
    "low_rank, tune 400": {"adaptation": "low_rank", "tune": 400},
    "low_rank (tune 800)": {"adaptation": "low_rank"},
}
MODELS = ("frogs", "predators", "Mundlak", "latent Mundlak", "dial at 0.1")


def make(name):
    """Return a model by its name here."""
    import models

    import rethinking as rt

    page, frogs = models.PAGE, rt.load_data("reedfrogs")
    return {
        "frogs": lambda: page.partial_pooling(frogs),
        "predators": lambda: page.predators(frogs),
        "Mundlak": lambda: page.mundlak(models.world()),
        "latent Mundlak": lambda: page.latent_mundlak(models.world()),
        "dial at 0.1": lambda: page.fixed_sigma(frogs, 0.1),
    }[name]()


def one(model, repeats, draws):
    """Return CPU seconds, least bulk ESS and whether it is usable, of each fit, by option."""
    import rethinking as rt

    sampler = rt.Sampler(make(model))
    sampler.sample(draws, seed=0)
    results = {name: [] for name in OPTIONS}
    for seed in range(1, 1 + repeats):  # seed by seed, so that a change of load falls on all alike
        for name, options in OPTIONS.items():
            with stopwatch() as cost:
                dt = sampler.sample(draws, seed=seed, **options)
            worst = {statistic: value for statistic, (_, value) in rt.convergence(dt).items()}
            ess = min(worst["bulk ESS"], worst["tail ESS"])
            bad = worst["R-hat"] > 1.01 or ess < 400 or worst["divergences"] > 0
            results[name].append({"cpu": cost["cpu"], "ess": ess, "bad": bool(bad)})
    return results


def report(quick, repeats):
    """Give a table for each model; ``x`` is ESS per CPU second relative to the default."""
    settings = {"repeats": 1, "draws": 100} if quick else {"repeats": 3 * repeats, "draws": 1000}
    for model in MODELS[:1] if quick else MODELS:
        yield model, summary(fresh(__file__, model=model, **settings))


def summary(results):
    """Return a row for each option from its fits."""
    speed = {name: median(fit["ess"] / fit["cpu"] for fit in fits) for name, fits in results.items()}
    return [
        {
            "options": name,
            "least ESS": median(fit["ess"] for fit in fits),
            "CPU s": median(fit["cpu"] for fit in fits),
            "ESS/CPU s": speed[name],
            "x": speed[name] / speed["default (tune 400)"],
            "bad": f"{sum(fit['bad'] for fit in fits)} of {len(fits)}",
        }
        for name, fits in results.items()
    ]


if __name__ == "__main__":
    run(__file__, one, report)
