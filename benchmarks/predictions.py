"""What an answer costs: one contrast of a logistic model, by rt.contrast, by PyMC's own prediction, and by bambi.

Every way gets the same model and the same 4,000 draws, and computes the effect of x on y, averaged over the rows.
(What bambi's comparisons return is an effect for each row; their average is taken afterwards and does not count.)
Each way has a process of its own. Its first call compiles; a further one is what one more question costs. Imports
do not count.
"""

import gc
import resource
import threading
import time

import numpy as np
import pymc as pm
import pytensor
import xarray as xr
from measure import fresh, middle, run, stopwatch

import rethinking as rt

DRAWS = (4, 1000)
WAYS = ("rt.contrast", "pm.sample_posterior_predictive", "bambi.interpret.comparisons")
SIZES = (12, 2_000, 20_000)
LARGE = 2e9  # bytes: what 20,000 rows and 4,000 draws may take


def world(n):
    """Return columns of a logistic regression and draws of its coefficients, as if it had been fitted."""
    rng = np.random.default_rng(n)
    columns = {"x": np.arange(n) % 2.0, "z": rng.normal(size=n), "w": rng.normal(size=n)}
    p = rt.invlogit(columns["x"] + 0.5 * columns["z"] - columns["w"])
    columns["y"] = rng.binomial(1, p)
    truth = {"Intercept": 0.0, "x": 1.0, "z": 0.5, "w": -1.0}
    draws = {name: (("chain", "draw"), rng.normal(value, 0.1, DRAWS)) for name, value in truth.items()}
    return columns, draws


def logistic(columns):
    """Return the model, whose data are called as its columns, and its coefficients b_Intercept, b_x and so on."""
    with pm.Model() as model:
        eta = pm.Normal("b_Intercept", 0, 2)
        for name in ("x", "z", "w"):
            eta = eta + pm.Normal(f"b_{name}", 0, 2) * pm.Data(name, columns[name], dims="row")
        p = pm.Deterministic("p", pm.math.invlogit(eta), dims="row")
        pm.Bernoulli("y", p=p, observed=columns["y"], dims="row")
    return model


def asker(way, n, kind):
    """Return a function that computes the draws of the average effect in one way."""
    columns, draws = world(n)
    if way == "bambi.interpret.comparisons":
        return _bambi(columns, draws, kind)
    model = logistic(columns)
    posterior = xr.Dataset({f"b_{name}": values for name, values in draws.items()})
    posterior = posterior.assign_coords(chain=range(4), draw=range(1000))
    seen = xr.Dataset({"y": ("row", columns["y"])})
    dt = xr.DataTree.from_dict({"posterior": posterior, "observed_data": seen})
    contrast = rt.contrast  # imported here, as bambi is: whoever asks has fitted a model, and imported all of it
    pytensor.shared(0.0).eval(mode="FAST_COMPILE")  # the same holds for what PyTensor imports at its first function
    if way == "rt.contrast":
        return lambda: contrast(model, dt, "y", {"x": [1.0, 0.0]}, kind=kind, seed=1)
    name = "p" if kind == "expected" else "y"

    def predicted():
        found = []
        for level in (1.0, 0.0):
            with model:
                pm.set_data({"x": np.full(n, level)})
                made = pm.sample_posterior_predictive(dt, var_names=[name], progressbar=False, random_seed=1)
            found.append(made["posterior_predictive"][name].mean("row"))
        return found[0] - found[1]

    return predicted


def _bambi(columns, draws, kind):
    import bambi
    import pandas as pd

    model = bambi.Model("y ~ x + z + w", pd.DataFrame(columns), family="bernoulli")
    model.build()
    posterior = xr.Dataset(draws).assign_coords(chain=range(4), draw=range(1000))
    seen = xr.Dataset({"y": ("__obs__", columns["y"])}, {"__obs__": np.arange(len(columns["y"]))})
    dt = xr.DataTree.from_dict({"posterior": posterior, "observed_data": seen})
    target = "mean" if kind == "expected" else "y"
    ask = {"contrast": {"x": [0.0, 1.0]}, "target": target}
    return lambda: bambi.interpret.comparisons(model, dt, **ask)


def one(way, n, kind="expected", watch=False):
    """Return the cost of a first and of a further call, the mean effect, and the memory that the first added."""
    ask = asker(way, n, kind)
    gc.collect()
    before, peak, stop = _resident(), [0], threading.Event()
    watcher = threading.Thread(target=_watch, args=(peak, stop), daemon=True)
    if watch:
        watcher.start()
    with stopwatch() as first:
        found = ask()
    stop.set()
    more = []
    for _ in range(1 if watch else 3):
        with stopwatch() as cost:
            ask()
        more.append(cost)
    effect = found.summary["estimate"].mean() if hasattr(found, "summary") else found.mean()
    again = min(more, key=lambda cost: cost["cpu"])
    return {"first": first, "more": again, "effect": float(effect), "bytes": max(peak[0] - before, 0)}


def _resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


def _watch(peak, stop):
    while not stop.is_set():
        peak[0] = max(peak[0], _resident())
        time.sleep(0.002)


def report(quick, repeats):
    """Yield a table for each kind of answer, and the memory of a large one."""
    for kind in ("expected", "outcome"):
        rows = []
        for n in SIZES[: 1 if quick else 2]:
            results = {way: [fresh(__file__, way=way, n=n, kind=kind) for _ in range(repeats)] for way in WAYS}
            ours = {call: middle(results["rt.contrast"], call, "cpu") for call in ("first", "more")}
            for way, found in results.items():
                first, more = (middle(found, call, "cpu") for call in ("first", "more"))
                ratios = {"first, x": first / ours["first"], "further, x": more / ours["more"]}
                costs = {"first: CPU s": first, "further: CPU s": more, **ratios}
                rows.append({"rows": n, "way": way, **costs, "effect": middle(found, "effect")})
        yield f"One average effect, kind={kind!r}, 4,000 draws", rows
    n = SIZES[1 if quick else 2]
    found = fresh(__file__, way="rt.contrast", n=n, watch=True)
    row = {"rows": n, "draws": int(np.prod(DRAWS)), "first: CPU s": found["first"]["cpu"], "MB": found["bytes"] / 1e6}
    if found["bytes"] > LARGE:
        msg = f"A contrast of {n} rows and 4,000 draws took {found['bytes'] / 1e9:.1f} GB, and may take 2."
        raise RuntimeError(msg)
    yield "Memory of one contrast", [row]


if __name__ == "__main__":
    run(__file__, one, report)
