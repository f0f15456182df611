"""The case studies of the book: each model in our form against the naive form of the same model.

Four chains of 1000 draws with nutpie. A form is compiled in a process of its own, with a warm compile cache; then a
first fit warms up what is left, and the second one is measured. Both forms have one posterior (the pages assert it),
and effective draws are counted on the same parameters, group effects among them, whichever form was sampled.
A further case is one more entry in ``cases``.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from measure import fresh, middle, run, stopwatch


@dataclass(frozen=True)
class Study:
    """A model with its data in several forms, of which the first is the naive one."""

    data: object
    forms: dict  # name: function from the data to a model
    parameters: Callable  # (posterior, form, data) -> Dataset of the parameters to be compared


def radon():
    """Return the radon page: as textbooks write it, non-centred, and integrated."""
    from models import cases

    case = cases()["radon"]

    def parameters(posterior, form, _):
        return case.parameters(posterior, case.forms.get(form))

    forms = {"centred": case.textbook, **{name: form.model for name, form in case.forms.items()}}
    return Study(case.data, forms, parameters)


def masked():
    """Return the page on masked observations: naive, its three spellings, and the fast one."""
    import pymc as pm

    import rethinking as rt

    page = rt.lecture("cases/masked_observations")
    data = page.simulate_shop(np.random.default_rng(7))

    def naive(data):
        """Mask by multiplying probabilities with constants, as a first version would."""
        D, V, B = page.checked(data)
        with pm.Model() as model:
            gamma = pm.Normal("gamma", 0, 1.5, shape=D.shape[1])
            beta = pm.Normal("beta", 0, 1.5, shape=(D.shape[1], B.shape[1]))
            pm.Bernoulli("visit", p=pm.math.invlogit(D @ gamma), observed=V)
            cell = pm.logp(pm.Bernoulli.dist(p=pm.math.invlogit(D @ beta)), B)
            pm.Potential("bought", pm.math.switch(V[:, None] == 1, cell, 0.0).sum())
        return model

    return Study(data, {"naive": naive, **page.SPELLINGS}, lambda posterior, form, data: posterior[["gamma", "beta"]])


STUDIES = {"radon": radon, "masked observations": masked}
TIMES = {"radon": 5}  # as many repeats: the centred form's effective draws differ by a factor of three between seeds


def one(study, form, draws, seed):
    """Return what one form costs, and what its draws are worth."""
    import arviz as az
    from gradient_floor import compiled_loop, microseconds

    import rethinking as rt

    study = STUDIES[study]()
    with stopwatch() as compiling:
        sampler = rt.Sampler(study.forms[form](study.data), freeze=True)
    size = {} if draws == 1000 else {"tune": draws}
    sampler.sample(10, tune=10, seed=seed)  # starts threads and loads code
    with stopwatch() as sampling:
        dt = sampler.sample(draws, seed=seed + 1, **size)
    parameters = study.parameters(dt["posterior"].to_dataset(), form, study.data)
    compiled = sampler._compiled  # a second compilation of the naive form would take a minute
    x = np.random.default_rng(1).normal(0, 0.1, compiled.n_dim)
    return {
        "compile": compiling,
        "call": sampling,
        "sampling": dt["posterior"].attrs["sampling_time"],
        "ess": min(float(v.min()) for v in az.ess(parameters).data_vars.values()),
        "rhat": max(float(v.max()) for v in az.rhat(parameters).data_vars.values()),
        "diverging": int(dt["sample_stats"]["diverging"].sum()),
        "steps": float(dt["sample_stats"]["n_steps"].mean()),
        "gradient": microseconds(compiled_loop(compiled), x, 0.1),
    }


def report(quick, repeats):
    """Give a table for each study; round by round, so that a change of load falls on all forms alike."""
    draws = 20 if quick else 1000
    for name, study in STUDIES.items():
        results = {form: [] for form in study().forms}
        for repeat in range(1 if quick else TIMES.get(name, 1) * repeats):
            for form, found in results.items():
                found.append(fresh(__file__, study=name, form=form, draws=draws, seed=100 * repeat))
        yield name, summary(results)


def summary(results):
    """Return a row for each form; ``x`` is how many times the effective draws a second of the first, naive one."""
    for found in results.values():
        for result in found:
            result["speed"] = result["ess"] / result["sampling"]
    naive = middle(next(iter(results.values())), "speed")
    return [
        {
            "form": form,
            "min ESS": middle(found, "ess"),
            "R-hat": f"{middle(found, 'rhat'):.3f}",
            "divergences": middle(found, "diverging"),
            "steps a draw": middle(found, "steps"),
            "gradient, us": middle(found, "gradient"),
            "compile, CPU s": middle(found, "compile", "cpu"),
            "fit, CPU s": middle(found, "call", "cpu"),
            "sampling, wall s": middle(found, "sampling"),
            "ESS/wall s": middle(found, "speed"),
            "x": middle(found, "speed") / naive,
        }
        for form, found in results.items()
    ]


if __name__ == "__main__":
    run(__file__, one, report)
