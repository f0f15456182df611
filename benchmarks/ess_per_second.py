"""Effective draws per second of the parameter that has fewest, four chains of 1000 draws, target_accept 0.8.

Ours against PyMC's own NUTS, numpyro with parallel chains and nutpie, each with its defaults on the textbook's form.
Ours is compiled as ``rt.sample`` does it, with frozen data, and judges each fit, which the others do not.
``sampling`` is a call less a call of ten draws, so compilation and conversion are out; ``first fit`` is everything
after the imports: model, compilation (from a warm cache where there is one) and sampling.
"""

from measure import difference, fresh, middle, run, stopwatch

PEERS = {"pymc": "pymc", "numpyro": "numpyro, parallel", "nutpie": "nutpie"}
DEVICES = {"XLA_FLAGS": "--xla_force_host_platform_device_count=4"}


def prepare(case, form, peer):
    """Compile what can be; return ``fit(seed, **size)``, which gives the textbook's parameters and the divergences."""
    if form:
        import rethinking as rt

        sampler = rt.Sampler(case.forms[form].model(case.data), freeze=True)
        return lambda seed, **size: gather(case, sampler.sample(seed=seed, **size), case.forms[form])
    model = case.textbook(case.data)
    if peer == "nutpie":
        import nutpie

        compiled = nutpie.compile_pymc_model(model)
        return lambda seed, **size: gather(
            case, nutpie.sample(compiled, chains=4, seed=seed, progress_bar=False, **size)
        )
    import pymc as pm

    # A forked worker is a child of this process, so its CPU seconds are counted.
    options = {"nuts_sampler": peer, "progressbar": False, "compute_convergence_checks": False, "mp_ctx": "fork"}
    return lambda seed, **size: gather(case, pm.sample(chains=4, random_seed=seed, model=model, **options, **size))


def gather(case, dt, form=None):
    """Return the parameters of a fit and its number of divergences."""
    return case.parameters(dt["posterior"].to_dataset(), form), int(dt["sample_stats"]["diverging"].sum())


def one(case, draws, seed, form=None, peer=None):
    """Return what one method costs and gives, by its name; ours with each adaptation after one compilation."""
    from models import cases

    if peer == "numpyro":
        import numpyro  # noqa: F401  (imports are not part of the first fit)
    case, size = cases()[case], {} if draws == 1000 else {"tune": draws}
    with stopwatch() as preparation:
        fit = prepare(case, form, peer)
    if not form:
        return {PEERS[peer]: measured(fit, preparation, seed, draws=draws, **size)}
    return {
        f"ours, {form}, {adaptation}": measured(fit, preparation, seed, draws=draws, adaptation=adaptation, **size)
        for adaptation in case.forms[form].adaptations
    }


def measured(fit, preparation, seed, **size):
    """Return the costs of a first fit and of sampling alone, with effective draws, R-hat and means of the latter."""
    import arviz as az
    import numpy as np

    with stopwatch() as first:
        fit(seed, **size)
    with stopwatch() as overhead:
        fit(seed + 1, **{**size, "draws": 10, "tune": 10})
    with stopwatch() as call:
        parameters, diverging = fit(seed + 2, **size)
    statistics = {
        "ess": az.ess(parameters), "rhat": az.rhat(parameters),
        "mean": parameters.mean(("chain", "draw")), "sd": parameters.std(("chain", "draw")),
    }  # fmt: skip
    flat = {name: np.concatenate([v.to_numpy().ravel() for v in of.values()]) for name, of in statistics.items()}
    return {
        "first": {unit: preparation[unit] + first[unit] for unit in first}, "sampling": difference(call, overhead),
        "ess": flat["ess"].min(), "rhat": flat["rhat"].max(), "diverging": diverging,
        "mean": flat["mean"].tolist(), "error": (flat["sd"] / flat["ess"] ** 0.5).tolist(),
    }  # fmt: skip


def report(quick, repeats):
    """Give a table for each case."""
    from models import cases

    draws = 100 if quick else 1000
    for name, case in cases().items():
        methods = [{"form": form} for form in case.forms] + [{"peer": peer} for peer in PEERS]
        results = {}
        for repeat in range(repeats):  # round by round, so that a change of load falls on all alike
            for method in methods:
                environment = DEVICES if method.get("peer") == "numpyro" else {}
                found = fresh(__file__, environment, case=name, draws=draws, seed=100 * repeat, **method)
                for label, result in found.items():
                    results.setdefault(label, []).append(result)
        yield name, summary(results)


def summary(results):
    """Return a row for each method; ``x`` says how many times the best of ours is ahead of it in ESS/s."""
    for found in results.values():
        for result in found:
            for what in ("sampling", "first"):
                result[f"ESS/{what}"] = {unit: result["ess"] / seconds for unit, seconds in result[what].items()}
    speed = {method: middle(found, "ESS/sampling", "cpu") for method, found in results.items()}
    best = max((method for method in results if method.startswith("ours")), key=speed.get)
    return [
        {
            "method": method,
            "min ESS": middle(found, "ess"),
            "R-hat": f"{middle(found, 'rhat'):.3f}",
            "divergences": middle(found, "diverging"),
            "CPU s": middle(found, "sampling", "cpu"),
            "ESS/CPU s": speed[method],
            "x": speed[best] / speed[method],
            "ESS/wall s": middle(found, "ESS/sampling", "wall"),
            "first fit: CPU s": middle(found, "first", "cpu"),
            "ESS/CPU s ": middle(found, "ESS/first", "cpu"),
            "apart": disagreement(found[-1], results[best][-1]),
        }
        for method, found in results.items()
    ]


def disagreement(result, other):
    """Return the largest difference of two posterior means, in Monte-Carlo standard errors."""
    both = zip(result["mean"], other["mean"], result["error"], other["error"], strict=True)
    return max(abs(a - b) / (e**2 + f**2) ** 0.5 for a, b, e, f in both)


if __name__ == "__main__":
    run(__file__, one, report)
