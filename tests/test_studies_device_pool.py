"""Worlds prepared in other processes are those that are prepared here, in the same order, with the same failures."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from threading import Lock

import numpy as np
import pytest
from normal_worlds import N, normal_mean, simulate

import rethinking as rt
from rethinking.studies.choices import chosen
from rethinking.studies.clock import Clock
from rethinking.studies.design import prepare
from rethinking.studies.device import pool
from rethinking.studies.device.prepared import Form, made
from rethinking.studies.estimators import data_of
from rethinking.studies.sameness.skeleton import skeleton

HERE = os.getpid()


def troubled(rng):
    """Return a world of which some have their own trouble."""
    k = rng.bit_generator.seed_seq.spawn_key[0]
    data, truth = simulate(rng)
    if k == 13:
        msg = "the world ended"
        raise RuntimeError(msg)
    return {"y": np.resize(data["y"], N + (k == 5)), "k": k}, truth


def fails_in_the_seventh(data):
    if data["k"] == 7:
        msg = "no model of the seventh"
        raise ValueError(msg)
    return normal_mean(data)


ESTIMATORS = {"built": fails_in_the_seventh, "said": rt.estimator(normal_mean, lambda data: {"heights": data["y"]})}
WORLDS = 40


def parts(simulate, estimators=ESTIMATORS):
    """Return what :func:`made` and :func:`worlds` take."""
    design = prepare(simulate, estimators, None, 3, chosen(60, 60, 2, 0.8, "diag", 0.89, "jax"), 3)
    data = {}
    for name in estimators:
        model = design.built(name, design.simulated(0)[0])
        values = data_of(model)
        data[name] = Form(tuple(values), tuple(values.values()), skeleton(model))
    return design, data, list(range(WORLDS))


def require_equal(found, expected):
    assert [one.k for one in found] == list(range(WORLDS))
    for one, other in zip(found, expected, strict=True):
        assert (one.truth, one.failures, one.lost) == (other.truth, other.failures, other.lost)
        assert {*one.inputs} == {*other.inputs}
        for name, values in one.inputs.items():
            for value, same in zip(values, other.inputs[name], strict=True):
                assert value.dtype == same.dtype
                np.testing.assert_array_equal(value, same)


def test_other_processes_prepare_the_same_worlds_and_the_same_failures(monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    arguments, clock = parts(troubled), Clock()
    expected = list(made(*arguments, Clock()))
    assert [one.k for one in expected if one.failures] == [5, 7, 13]
    found = list(pool.worlds(*arguments, clock, pool.WORTH, 32))
    require_equal(found, expected)
    spent = clock.taken()
    assert min(spent["simulate"], spent["prepare"]) > 0


def test_where_another_process_is_killed_the_rest_is_prepared_here(monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    here = HERE

    def deadly(rng):
        if rng.bit_generator.seed_seq.spawn_key[0] == 20 and os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)
        return troubled(rng)

    arguments = parts(deadly)
    require_equal(list(pool.worlds(*arguments, Clock(), pool.WORTH, 16)), list(made(*arguments, Clock())))


@pytest.mark.parametrize("why", ["little work", "one core", "a worker of dask", "what cannot be sent"])
def test_no_process_is_begun_in_vain(monkeypatch, why):
    def never(*_):
        pytest.fail("a process was begun")

    monkeypatch.setattr(pool, "_elsewhere", never)
    monkeypatch.setattr(os, "cpu_count", lambda: 1 if why == "one core" else 2)
    if why == "a worker of dask":
        monkeypatch.setattr(pool.current_process(), "_config", {"daemon": True})
    lock = Lock()
    alone = {"built": lambda data: normal_mean(data, 1.0 + lock.locked())}
    arguments = parts(troubled, alone if why == "what cannot be sent" else ESTIMATORS)
    work = 0.5 * pool.WORTH if why == "little work" else 2 * pool.WORTH
    require_equal(list(pool.worlds(*arguments, Clock(), work, 32)), list(made(*arguments, Clock())))


def test_the_engine_asks_for_other_processes_by_the_time_that_its_models_take(monkeypatch):
    import rethinking.studies.device.engine as engine

    asked = {}

    def noted(design, forms, replicates, clock, work, ahead):
        asked[(*forms,)] = work / len(replicates)
        return made(design, forms, replicates, clock)

    monkeypatch.setattr(engine, "worlds", noted)
    # Nothing need be compiled or sampled for this.
    monkeypatch.setattr(engine.Device, "_received", lambda *_: ())
    for estimators in (ESTIMATORS, {"said": ESTIMATORS["said"]}):
        design, _, replicates = parts(simulate_with_k, estimators)
        assert list(engine.Device(design, 4).run(replicates)) == []
    assert 1e-4 < asked["built", "said"] < 1
    assert asked[("said",)] == 0


def simulate_with_k(rng):
    data, truth = simulate(rng)
    return data | {"k": 0}, truth


SCRIPT = """
import sys
sys.stdout.write("run\\n")
sys.path.insert(0, {tests!r})
from test_studies_device_pool import *
def mine(rng):
    return troubled(rng)
arguments = parts(mine)
os.cpu_count = lambda: 2
require_equal(list(pool.worlds(*arguments, Clock(), pool.WORTH, 32)), list(made(*arguments, Clock())))
"""


def test_a_script_that_runs_a_study_at_its_top_is_not_run_again(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.format(tests=str(Path(__file__).parent)))
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-500:]
    assert done.stdout == "run\n"
    assert done.stderr == ""
