"""The five estimators on an accelerator: what a world costs by estimator and chunk, beside one core and nutpie.

``compile`` is the first call with a chunk's shape, less a second call. ``ms`` is for one world at the study's default
rule in its first round (2 chains of 600 draws); ``x one core`` is CPU time of nutpie's fit with the same draws, in the
same run on the same machine, over it. ``host`` is what Python needs for a world besides: simulate, check and stack.
On a machine without an accelerator, ``--quick`` runs it on the CPU with few worlds.
"""

import time

from measure import fresh, run

TRUTH = {"beta_XY": 1.0, "beta_ZY": -0.5}
SIZES, QUICK_SIZES = (1024, 4096, 16_384, 65_536), (16,)
ALL, QUICK_ALL = 100_000, 32


def prepared(engine, target_accept=0.8):
    """Return the design of the lecture's five estimators on its 200 individuals in 30 groups."""
    import rethinking as rt
    from rethinking.studies.choices import chosen
    from rethinking.studies.design import prepare

    page, case = rt.lecture("12_multilevel_models"), rt.lecture("cases/five_estimators")

    def simulate(rng):
        return page.simulate_group_confound(rng, **TRUTH), TRUTH

    options = chosen(None, None, None, target_accept, "diag", 0.89, engine)
    return prepare(simulate, case.estimators, None, 1, options, 1000)


def one(task, **settings):
    """Return what one process measures."""
    return {"device": device, "core": core, "whole": whole}[task](**settings)


def device(name, size):
    """Return the cost of one batch of an estimator on the device, and how well it mixed."""
    from dataclasses import replace

    import jax
    import numpy as np

    from rethinking.studies.device.batches import Batch, Task
    from rethinking.studies.device.engine import Device
    from rethinking.studies.device.prepared import made
    from rethinking.studies.fits import Replicate

    design = prepared("jax")
    design = replace(design, estimators={name: design.estimators[name]})
    engine = Device(design, size)
    began, tasks = time.perf_counter(), []
    for world in made(design, engine._forms, range(size), engine.clock):
        tasks.append(Task(Replicate(world.k, design.empty_row()), world.inputs[name]))
    host, walls = time.perf_counter() - began, []
    for _ in range(3):
        began = time.perf_counter()
        batch = Batch(name, tasks, size)
        engine._begin(batch)
        if not engine._on_device:
            return {"out of memory": True}
        engine._on_device.clear()
        statistics = jax.device_get((batch.outcome, batch.statistics))
        walls.append(time.perf_counter() - began)
    outcome, found = statistics
    ess = found[:, 4:6].min(axis=(1, 2))
    sent = sum(value.nbytes for task in tasks for value in task.inputs)
    used = (jax.devices()[0].memory_stats() or {}).get("peak_bytes_in_use")
    best = min(walls[1:])
    return {
        "device": jax.devices()[0].device_kind, "compile": walls[0] - best, "ms": 1000 * best / size,
        "median ESS": float(np.nanmedian(ess)), "short": float((ess < 400).mean()),
        "ESS/s": float(np.nansum(ess) / best), "host": 1000 * host / size,
        "bias": float(found[:, 0, 0].mean() - TRUTH["beta_XY"]), "divergent": float((outcome.divergences > 0).mean()),
        "MB in": sent / 1e6, "MB out": outcome.draws.nbytes / 1e6, "MB at peak": used / 1e6 if used else None,
    }  # fmt: skip


def core(n):
    """Return the CPU milliseconds of nutpie's fit of 2 x 600 draws, by estimator, with one fit at a time."""
    from dataclasses import replace

    from rethinking.studies.fits import Fitter

    design, found = prepared("nutpie"), {}
    for name, build in design.estimators.items():
        options = design.options | {"until_enough": False}
        fitter = Fitter(replace(design, estimators={name: build}, options=options))
        fitter.fit(0)
        began = time.process_time()
        for k in range(1, 1 + n):
            fitter.fit(k)
        found[name] = 1000 * (time.process_time() - began) / n
    return found


def whole(n, size):
    """Return the wall time of a study of all estimators at the default rule, and how much of it the device worked.

    That share counts from the first batch, for which a program had to be compiled and its worlds simulated.
    """
    import numpy as np

    from rethinking.studies.device.engine import Device

    design, begun = prepared("jax"), []
    began = time.perf_counter()
    engine = Device(design, size)
    begin = engine._begin

    def noted(batch):
        begin(batch)
        begun.append(time.perf_counter())

    engine._begin = noted
    rows = np.stack([replicate.row for replicate in engine.run(range(n))])
    ended, spent = time.perf_counter(), engine.clock.taken()
    wall = ended - began
    short = ((rows[..., 5:7] < 400) | (rows[..., 7:8] > 1.01)).any((-1, -2))
    return {
        "worlds": n, "chunk": engine.chunk, "minutes": wall / 60, "ms a world": 1000 * wall / n,
        "until the first batch, s": begun[0] - began, "device busy": spent["sample"] / (ended - begun[0]),
        "compile, s": spent["compile"], "refit, s": spent["refit"],
        "host, s": spent["simulate"] + spent["prepare"], "marked": float(short.mean()),
    }  # fmt: skip


def report(quick, repeats):
    """Give the tables."""
    sizes, n = (QUICK_SIZES, QUICK_ALL) if quick else (SIZES, ALL)
    cores = fresh(__file__, task="core", n=2 if quick else 20)
    rows = []
    for name, milliseconds in cores.items():
        for size in sizes:
            found = fresh(__file__, task="device", name=name, size=size)
            if "out of memory" in found:
                continue
            rows.append({"estimator": name, "worlds": size, **found, "one core, ms": milliseconds,
                         "x one core": milliseconds / found["ms"]})  # fmt: skip
    where = rows[0]["device"]
    yield f"One batch on {where}", [{key: value for key, value in row.items() if key != "device"} for row in rows]
    yield (
        f"A study of the five estimators on {where}",
        [fresh(__file__, task="whole", n=n, size=sizes[0] if quick else None)],
    )


if __name__ == "__main__":
    run(__file__, one, report)
