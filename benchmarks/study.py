"""The five estimators of the lecture on simulated worlds: what one replicate costs, and 100,000 on a cluster.

``CPU s`` is for one replicate more in a process that has fitted one before (so compiled models exist where a strategy
keeps them): simulate, build, sample and summarise five models. ``overhead`` is the share of it that Python takes: all
of it happens in one thread, nutpie samples in others. ``speed-up`` is wall time with one fit at a time over that with
all cores, one after the other in one process.
"""

import time
from statistics import mean

from measure import fresh, middle, run, stopwatch

REBUILD = {"rebuild, pm.sample (nutpie)": None, "rebuild, pm.sample (pymc)": "pymc"}
STUDY = {"study, 4 x 1000": {"draws": 1000, "chains": 4}, "study, until ESS is 400": {}}
TRUTH = {"beta_XY": 1.0, "beta_ZY": -0.5}


def designs():
    """Return the lecture's estimators and a function that simulates a world for them."""
    import rethinking as rt

    page = rt.lecture("12_multilevel_models")
    return page.estimators, lambda rng: (page.simulate_group_confound(rng, **TRUTH), TRUTH)


def prepared(strategy):
    """Return the design of a study, as :func:`rethinking.study` makes it."""
    from rethinking.studies.choices import ENOUGH
    from rethinking.studies.design import prepare

    estimators, simulate = designs()
    options = (
        {"tune": None, "until_enough": False, **STUDY[strategy]}
        if STUDY[strategy]
        else {**ENOUGH, "until_enough": True}
    )
    options |= {"target_accept": 0.8, "adaptation": "diag", "prob": 0.89}
    return prepare(simulate, estimators, None, 1, options, 2)


def one(task, **settings):
    """Return what one process measures."""
    return {"rebuild": rebuild, "study": ours, "agree": agree, "dask": tasks}[task](**settings)


def rebuild(strategy, n):
    """Return CPU and wall seconds of a replicate, as a loop around pm.sample runs it, and the posterior means."""
    import arviz as az
    import pymc as pm

    # A forked worker is a child of this process, so its CPU seconds are counted.
    how = {"nuts_sampler": REBUILD[strategy], "mp_ctx": "fork"} if REBUILD[strategy] else {}
    design, costs, means = prepared("study, 4 x 1000"), [], []
    for k in range(1 + n):
        with stopwatch() as cost:
            data, _ = design.simulated(k)
            for estimator in design.estimators.values():
                with estimator(data):
                    dt = pm.sample(1000, chains=4, random_seed=k, progressbar=False, **how)
                table = az.summary(dt, var_names=list(TRUTH), round_to="none")
                means.append(table["mean"].tolist())
        costs.append(cost)
    return {unit: mean(cost[unit] for cost in costs[1:]) for unit in ("cpu", "wall")} | {"means": means}


def ours(strategy, n):
    """Return CPU and wall seconds of a replicate of a study, with one fit at a time and with all cores."""
    import os
    import tempfile

    from rethinking.studies.fits import Fitter
    from rethinking.studies.storage.store import Store

    design, means = prepared(strategy), []
    fitter = Fitter(design)
    with stopwatch() as compilation:
        list(fitter.run([0]))
    with tempfile.TemporaryDirectory() as folder:
        store, python = Store(f"{folder}/study.zarr", design, 1 + n), time.thread_time()
        with stopwatch() as alone:
            for replicate in fitter.run(range(1, 1 + n)):
                store.write(replicate)
                means.append(replicate.row[..., 1].tolist())
        python = time.thread_time() - python
    with stopwatch() as together:
        list(fitter.run(range(1, 1 + n), 2 * os.cpu_count()))
    return {
        "compilation": compilation, "cpu": alone["cpu"] / n, "wall": alone["wall"] / n, "means": means,
        "overhead": python / alone["cpu"], "together": together["wall"] / n,
        "speed-up": alone["wall"] / together["wall"],
    }  # fmt: skip


def agree(n):
    """Return bias, RMSE and coverage of both kinds of study on the same worlds, and how far they are apart."""
    import numpy as np

    import rethinking as rt

    estimators, simulate = designs()
    both = [rt.study(simulate, estimators, replicates=n, seed=1, **options) for options in STUDY.values()]
    rows = []
    for name in estimators:
        for estimand in TRUTH:
            long, short = (found.sel(estimator=name, estimand=estimand) for found in both)
            table = [rt.study_summary(found).loc[estimand, name] for found in both]
            inside = [
                ((f["lower"] <= f["truth"]) & (f["truth"] <= f["upper"])).to_numpy().astype(float)
                for f in (long, short)
            ]
            paired = {"bias": (short["mean"] - long["mean"]).to_numpy(), "coverage": inside[1] - inside[0]}
            paired["mse"] = ((short["mean"] - short["truth"]) ** 2 - (long["mean"] - long["truth"]) ** 2).to_numpy()
            apart = {what: abs(d.mean()) / max(d.std(ddof=1) / n**0.5, 1e-12) for what, d in paired.items()}
            row = {"estimator": name, "estimand": estimand}
            for what in ("bias", "rmse", "coverage"):
                row |= {f"{what}, 4 x 1000": float(table[0][what]), f"{what}, ESS 400": float(table[1][what])}
            rows.append(row | {"apart": float(np.max(list(apart.values())))})
    return rows


def tasks(n):
    """Return what dask adds to a replicate: seconds of the scheduler for a task, and bytes that travel."""
    import cloudpickle
    from distributed import Client, LocalCluster

    from rethinking.studies.cluster import packed
    from rethinking.studies.fits import Replicate

    design = prepared("study, until ESS is 400")
    result = Replicate(0, design.empty_row())
    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": ":0", "silence_logs": 50}
    with LocalCluster(**options) as cluster, Client(cluster) as client:
        client.gather(client.map(empty, range(100), result=result, pure=False))
        with stopwatch() as cost:
            client.gather(client.map(empty, range(n), result=result, pure=False))
    sizes = {"functions": len(packed(design)), "result": len(cloudpickle.dumps(result))}
    return {"wall": cost["wall"] / n, "cpu": cost["cpu"] / n, **sizes}


def empty(_, result):
    """Return a result at once."""
    return result


def report(quick, repeats):
    """Give the tables."""
    few, more, worlds = (1, 2, 3) if quick else (3, 20, 60)
    results = {}
    for _ in range(repeats):
        for strategy in REBUILD:
            results.setdefault(strategy, []).append(fresh(__file__, task="rebuild", strategy=strategy, n=few))
        for strategy in STUDY:
            results.setdefault(strategy, []).append(fresh(__file__, task="study", strategy=strategy, n=more))
    yield "One replicate of five estimators", costs(results)
    yield "A study's default against 4 x 1000 draws on the same worlds", fresh(__file__, task="agree", n=worlds)
    overhead = fresh(__file__, task="dask", n=200 if quick else 2000)
    yield "What a task costs besides its replicate", [
        {"scheduler, ms": 1000 * overhead["wall"], "client and scheduler, CPU ms": 1000 * overhead["cpu"],
         "functions, once a worker, kB": overhead["functions"] / 1000, "result, kB": overhead["result"] / 1000}
    ]  # fmt: skip
    yield "100,000 replicates, projected", projected(results["study, until ESS is 400"], overhead)


def costs(results):
    """Return a row for each strategy; ``x`` is CPU relative to the study with the same draws, and with its default."""
    cpu = {strategy: middle(found, "cpu") for strategy, found in results.items()}
    same, default = (cpu[strategy] for strategy in STUDY)
    return [
        {
            "strategy": strategy,
            "CPU s": cpu[strategy],
            "x, like for like": cpu[strategy] / same,
            "x, default": cpu[strategy] / default,
            "overhead": middle(found, "overhead") if strategy in STUDY else None,
            "speed-up": middle(found, "speed-up") if strategy in STUDY else None,
        }
        for strategy, found in results.items()
    ]


def projected(found, overhead, n=100_000):
    """Return wall time and CPU time of many replicates, if nothing else stands in the way of the cores.

    Each core compiles once; its replicates follow; the scheduler hands out tasks one by one, so it sets a floor.
    """
    compilation, replicate = middle(found, "compilation", "cpu"), middle(found, "cpu")
    rows = []
    for cores in (1, 16, 1000):
        working, floor = compilation + n * replicate / cores, n * overhead["wall"] if cores > 1 else 0.0
        rows.append({
            "cores": cores,
            "hours": max(working, floor) / 3600,
            "scheduler alone, hours": floor / 3600,
            "CPU hours": (cores * compilation + n * replicate) / 3600,
            "MB moved": (cores * overhead["functions"] + n * overhead["result"]) / 1e6 if cores > 1 else 0.0,
        })  # fmt: skip
    return rows


if __name__ == "__main__":
    run(__file__, one, report)
