"""The five estimators by both engines of a study, on the same worlds, and whether they say the same.

``largest z`` is the largest difference of two posterior means of one world, in its own Monte-Carlo errors, and ``sd of
z`` their standard deviation, 1 if the errors are right; worlds that are marked as bad by either engine, or that JAX
left to nutpie, are not counted in them. ``bias``, ``squared error`` and ``coverage`` are what JAX's is more than
nutpie's on average over all worlds, in Monte-Carlo errors of paired differences. They agree where no z is beyond 5, and
no average beyond 3. It needs no accelerator.
"""

import numpy as np
from measure import cpu_seconds, fresh, run

DESIGN, WORLDS, QUICK_WORLDS = (10, 8), 200, 8  # groups and their mean size
MOST_APART, MOST_ON_AVERAGE = 5, 3


def one(engine, worlds):
    """Return what one engine says of the worlds of the case study, with the CPU seconds of that."""
    import rethinking as rt

    page = rt.lecture("cases/five_estimators")
    began = cpu_seconds()
    found = page.run_design(*DESIGN, replicates=worlds, engine=engine)
    names = ["truth", "mean", "sd", "lower", "upper", "ess_bulk", "bad", *(["refitted"] if engine == "jax" else [])]
    kept = found[names].assign(failed=found["failure"] != "")
    return {"cpu": cpu_seconds() - began, "found": kept.to_dict()}


def compared(jax, nutpie):
    """Return a row for each estimator and estimand."""
    rows = []
    for name in jax["estimator"].values:
        for estimand in jax["estimand"].values:
            a, b = (each.sel(estimator=name, estimand=estimand) for each in (jax, nutpie))
            counted = ~(a["bad"] | b["bad"] | a["refitted"])
            noise = np.hypot(*(each["sd"] / each["ess_bulk"] ** 0.5 for each in (a, b)))
            z = ((a["mean"] - b["mean"]) / noise).where(counted)
            row = {
                "estimator": str(name), "estimand": str(estimand), "counted": int(counted.sum()),
                "largest z": float(abs(z).max()), "sd of z": float(z.std()),
                "bias": averaged(a["mean"] - b["mean"]),
                "squared error": averaged((a["mean"] - a["truth"]) ** 2 - (b["mean"] - b["truth"]) ** 2),
                "coverage": averaged(inside(a) - inside(b)),
            }  # fmt: skip
            averages = [abs(row[measure]) for measure in ("bias", "squared error", "coverage")]
            agree = row["largest z"] <= MOST_APART and max(averages) <= MOST_ON_AVERAGE
            rows.append({**row, "agree": "yes" if agree else "NO"})
    return rows


def inside(found):
    """Return 1 where an interval holds the truth, and 0 where not."""
    return ((found["lower"] <= found["truth"]) & (found["truth"] <= found["upper"])).astype(float)


def averaged(differences):
    """Return the mean of differences in its own Monte-Carlo errors; 0 if there is no difference at all."""
    error = float(differences.std(ddof=1)) / differences.size**0.5
    return float(differences.mean()) / error if error else 0.0


def report(quick, repeats):
    """Give the tables."""
    import xarray as xr

    worlds = QUICK_WORLDS if quick else WORLDS
    outcomes = {engine: fresh(__file__, engine=engine, worlds=worlds) for engine in ("jax", "nutpie")}
    jax, nutpie = (xr.Dataset.from_dict(outcomes[engine]["found"]) for engine in ("jax", "nutpie"))
    if not np.array_equal(jax["truth"], nutpie["truth"]) or jax["failed"].any() or nutpie["failed"].any():
        msg = "The engines had other worlds, or lack a fit."
        raise RuntimeError(msg)
    costs = [
        {
            "engine": engine, "worlds": worlds, "CPU s": outcomes[engine]["cpu"],
            "marked as bad": float(found["bad"].mean()),
            "left to nutpie": float(found["refitted"].mean()) if engine == "jax" else None,
        }
        for engine, found in (("jax", jax), ("nutpie", nutpie))
    ]  # fmt: skip
    yield "Both engines", costs
    yield "Do they agree?", compared(jax, nutpie)


if __name__ == "__main__":
    run(__file__, one, report)
