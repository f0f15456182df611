"""What benchmarks of one model by several samplers share: how it is fitted, timed and told in a table."""

import numpy as np
from measure import difference, fresh, middle, stopwatch

DEVICES = {"XLA_FLAGS": "--xla_force_host_platform_device_count=4"}


def by_nutpie(model, **options):
    """Return ``fit(seed, **size)`` of a model compiled once, with the data as constants."""
    import rethinking as rt

    sampler = rt.Sampler(model, freeze=True)
    return lambda seed, **size: sampler.sample(seed=seed, progress=False, **options, **size)


def by_numpyro(model):
    """Return ``fit(seed, **size)`` that runs numpyro's chains in parallel; it compiles at each call."""
    import pymc as pm

    options = {"nuts_sampler": "numpyro", "progressbar": False, "compute_convergence_checks": False, "chains": 4}
    return lambda seed, **size: pm.sample(model=model, random_seed=seed, **options, **size)


def rounds(script, methods, quick, repeats):
    """Return what each method of a script gave, a list by name; round by round, so that load falls on all alike."""
    results = {name: [] for name in methods}
    for repeat in range(repeats):
        for name, method in methods.items():
            environment = DEVICES if method.get("numpyro") else {}
            found = fresh(script, environment, draws=50 if quick else 1000, seed=10 * repeat, **method)
            results[name].append(found)
    return results


def cost(prepare, draws, seed, names, parameter):
    """Return what it costs to prepare a fit and to fit, and the diagnostics of some parameters, one with its error."""
    with stopwatch() as compiling:
        fit = prepare()
    dt, sampling, _ = timed(fit, draws, seed)
    return {"compile": compiling, "sample": sampling} | told(dt, names, parameter)


def timed(fit, draws, seed):
    """Return a fit, what it cost beyond one of ten draws, and what it cost in all."""
    size = {} if draws == 1000 else {"tune": draws}
    fit(seed, draws=10, tune=10)  # starts threads and loads code
    with stopwatch() as overhead:
        fit(seed, draws=10, tune=10)
    with stopwatch() as call:
        dt = fit(seed + 1, draws=draws, **size)
    return dt, difference(call, overhead), call


def told(dt, names, parameter):
    """Return the worst diagnostics of some parameters, and one of these with its Monte-Carlo error."""
    import arviz as az

    posterior = dt["posterior"].to_dataset()[names]
    ess, rhat = (
        np.concatenate([values.to_numpy().ravel() for values in of(posterior).values()]) for of in (az.ess, az.rhat)
    )
    return {
        "ess": float(ess.min()), "rhat": float(rhat.max()), "diverging": int(dt["sample_stats"]["diverging"].sum()),
        parameter: float(posterior[parameter].mean()),
        "error": float(posterior[parameter].std()) / float(ess.min()) ** 0.5,
    }  # fmt: skip


def summary(results, parameter):
    """Return a row for each method; ``x`` says how many times the first is ahead of it in ESS per CPU second."""
    for found in results.values():
        for result in found:
            result["speed"] = result["ess"] / result["sample"]["cpu"]
    best = next(iter(results.values()))
    return [
        {
            "method": name,
            "compile, CPU s": middle(found, "compile", "cpu"),
            "sample, CPU s": middle(found, "sample", "cpu"),
            "sample, wall s": middle(found, "sample", "wall"),
            "min ESS": middle(found, "ess"),
            "R-hat": f"{middle(found, 'rhat'):.3f}",
            "divergences": middle(found, "diverging"),
            "ESS/CPU s": middle(found, "speed"),
            "x": middle(best, "speed") / middle(found, "speed"),
            "apart": abs(found[-1][parameter] - best[-1][parameter]) / np.hypot(found[-1]["error"], best[-1]["error"]),
        }
        for name, found in results.items()
    ]
