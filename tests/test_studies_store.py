"""Studies on disk and on a cluster: killed, filled up, refused, resumed; the numbers stay the same."""

import copy
import os
import pickle
import random
import signal
import subprocess
import sys
import threading
from pathlib import Path

import cloudpickle
import numpy as np
import pytest
import xarray as xr
import zarr
from normal_worlds import normal_mean, simulate, slowly

import rethinking as rt
from rethinking.studies.choices import ENOUGH
from rethinking.studies.design import prepare
from rethinking.studies.packing import packed

SCRIPT = Path(__file__).with_name("normal_worlds.py")
RIGHT = {"right": normal_mean}


@pytest.fixture(scope="module")
def whole():
    """Return the study that nobody interrupted."""
    return rt.study(simulate, RIGHT, replicates=200, seed=3)


def finished(store):
    """Return the numbers of the replicates that anyone can read in a store."""
    failed = xr.open_zarr(store, chunks=None, consolidated=False)["result"].sel(statistic="failed")
    return np.flatnonzero(failed.notnull().all(("estimator", "estimand")))


def begun(how, store, **environment):
    return subprocess.Popen(
        [sys.executable, SCRIPT, how, store],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | environment,
    )


def test_killed_at_random_moments_and_resumed(whole, tmp_path):
    store, random_moment, before = tmp_path / "study.zarr", random.Random(5), set()
    for _ in range(5):
        process = begun("slowly", store)
        for _ in range(6):  # the first are simulated before anything is compiled
            process.stdout.readline()
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(random_moment.uniform(0, 0.6))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        now = set(finished(store))
        assert before <= now < set(range(200))
        before = now
    assert before
    resumed = rt.study(slowly, RIGHT, replicates=200, seed=3, store=store)
    xr.testing.assert_identical(resumed, whole)


def test_a_store_goes_on_where_it_was_for_more_replicates_and_is_read_by_xarray(whole, tmp_path, monkeypatch):
    store = tmp_path / "study.zarr"
    first = rt.study(simulate, RIGHT, replicates=20, seed=3, store=store)
    xr.testing.assert_identical(first, whole.isel(replicate=slice(20)))
    fitted = []
    run = "rethinking.studies.run.Fitter.run"
    original = rt.studies.fits.Fitter.run
    monkeypatch.setattr(run, lambda self, ks, n: original(self, fitted.extend(ks) or ks, n))
    more = rt.study(simulate, RIGHT, replicates=30, seed=3, store=str(store))
    assert fitted == list(range(20, 30))
    xr.testing.assert_identical(more, whole.isel(replicate=slice(30)))
    fewer = rt.study(simulate, RIGHT, replicates=10, seed=3, store=store)
    xr.testing.assert_identical(fewer, whole.isel(replicate=slice(10)))
    assert list(finished(store)) == list(range(30))
    shown = xr.open_zarr(store, chunks=None, consolidated=False)["result"].to_dataset("statistic")
    np.testing.assert_array_equal(shown["mean"].squeeze(), whole["mean"].squeeze()[:30])


def fails_at_two(rng):
    data, truth = simulate(rng)
    if rng.uniform() < 0.5:
        msg = "no such world"
        raise RuntimeError(msg)
    return data, truth


def test_failures_and_interrupts_are_remembered_rightly(tmp_path):
    store = tmp_path / "study.zarr"
    with pytest.warns(rt.StudyWarning, match="no such world"):
        first = rt.study(fails_at_two, RIGHT, replicates=8, seed=3, store=store)
    with pytest.warns(rt.StudyWarning, match="no such world"):
        again = rt.study(fails_at_two, RIGHT, replicates=8, seed=3, store=store)
    xr.testing.assert_identical(again, first)
    assert (first["failure"] != "").any()


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    store = tmp_path_factory.mktemp("stores") / "study.zarr"
    rt.study(simulate, RIGHT, replicates=2, seed=3, store=store)
    return store


def other_worlds(rng):
    return simulate(rng)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"seed": 4}, r"differs in seed \(3 there, 4 here\)"),
        ({"simulate": other_worlds}, r"differs in simulate \(other code"),
        ({"estimators": {"right": lambda data: normal_mean(data)}}, r"differs in estimator 'right' \(other code"),
        (
            {"estimators": RIGHT | {"second": normal_mean}},
            r"estimators \(\['right'\] there, \['right', 'second'\] here",
        ),
        ({"target_accept": 0.9}, r"target_accept \(0.8 there, 0.9 here\)"),
        ({"draws": 100}, r"draws \(600 there, 100 here\)"),
    ],
)
def test_the_store_of_another_study_is_refused_with_what_differs(stored, changes, says):
    before = {path: path.read_bytes() for path in stored.rglob("*") if path.is_file()}
    arguments = {"simulate": simulate, "estimators": RIGHT, "replicates": 4, "seed": 3} | changes
    with pytest.raises(ValueError, match=says):
        rt.study(**arguments, store=stored)
    assert before == {path: path.read_bytes() for path in stored.rglob("*") if path.is_file()}


def test_what_is_not_a_study_is_left_alone(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    zarr.open_group(tmp_path / "other.zarr", mode="w-")
    for path in (tmp_path, tmp_path / "notes.txt", tmp_path / "other.zarr"):
        with pytest.raises(ValueError, match="is not the store of a study"):
            rt.study(simulate, RIGHT, replicates=2, seed=3, store=path)
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_a_full_disk_stops_the_study_with_one_sentence_and_keeps_what_was_finished(whole, tmp_path):
    """A limit on the size of files fails a write as a full disk does, for root too."""
    pytest.importorskip("resource", reason="no limits on this system")
    store = tmp_path / "study.zarr"
    process = begun("on_a_disk_that_fills_up", store)
    _, said = process.communicate(timeout=200)
    assert process.returncode == 1
    last = said.strip().splitlines()[-1]
    kept = finished(store)
    assert 2 <= len(kept) < 10
    assert f"cannot write to the store {str(store)!r}" in last
    assert f"the {len(kept)} finished replicates in it stay readable" in last
    result = xr.open_zarr(store, chunks=None, consolidated=False)["result"].sel(statistic="mean").squeeze()
    np.testing.assert_array_equal(result[kept], whole["mean"].squeeze()[kept])


def test_a_disk_that_cannot_be_written_is_told_before_anything_is_compiled(stored, tmp_path, monkeypatch):
    monkeypatch.setattr("rethinking.studies.fits.CompiledModel", lambda *_, **__: pytest.fail("compiled"))

    def read_only(path, *_):
        raise OSError(30, "Read-only file system", str(path))

    stored.chmod(0o500)
    if os.access(stored, os.W_OK):  # root writes everywhere
        monkeypatch.setattr(Path, "write_bytes", read_only)
    try:
        with pytest.raises(OSError, match=r"cannot open the store .*(Read-only|denied)") as caught:
            rt.study(simulate, RIGHT, replicates=4, seed=3, store=stored)
    finally:
        stored.chmod(0o700)
    assert caught.value.errno in (13, 30)
    assert list(finished(stored)) == [0, 1]
    with pytest.raises(OSError, match="cannot open the store"):
        rt.study(simulate, RIGHT, replicates=4, seed=3, store=tmp_path / "no" / "folder")


def test_two_worker_processes_give_the_same_numbers_and_one_may_be_killed(whole, tmp_path, monkeypatch):
    from distributed import Client, LocalCluster

    store, written = tmp_path / "study.zarr", []
    original = rt.studies.storage.store.Store.write

    def kill_one_at_the_tenth(self, replicate):
        written.append(replicate.k)
        if len(written) == 10:
            os.kill(next(iter(workers)), signal.SIGKILL)
        original(self, replicate)

    monkeypatch.setattr(rt.studies.storage.store.Store, "write", kill_one_at_the_tenth)
    options = {"n_workers": 2, "threads_per_worker": 2, "dashboard_address": ":0", "silence_logs": 50}
    with (
        LocalCluster(**options, local_directory=str(tmp_path)) as cluster,
        Client(cluster) as client,
    ):
        workers = client.run(os.getpid).values()
        spread = rt.study(simulate, RIGHT, replicates=200, seed=3, client=client, store=store)
        assert set(workers) != set(client.run(os.getpid).values())
        assert not [name for info in client.run(_plugins).values() for name in info if name.startswith("rethinking")]
    assert sorted(written) == list(range(200))
    xr.testing.assert_identical(spread, whole)


def _plugins(dask_worker):
    return list(dask_worker.plugins)


def test_functions_of_notebooks_pages_and_modules_travel(tmp_path):
    """Unpacked in a process that has neither this module nor the page: both are sent as code."""
    page = rt.lecture("12_multilevel_models")

    def of_a_page(rng):
        return page.simulate_group_confound(rng), {"beta_XY": 1.0}

    options = ENOUGH | {"until_enough": True, "target_accept": 0.8, "adaptation": "diag", "prob": 0.89}
    designs = [
        prepare(simulate, RIGHT | {"lambda": lambda data: normal_mean(data)}, None, 3, options, 2),
        prepare(of_a_page, {"mundlak": page.mundlak}, None, 3, options, 2),
    ]
    (tmp_path / "designs").write_bytes(cloudpickle.dumps([packed(design) for design in designs]))
    code = """
import sys, cloudpickle
from rethinking.studies.sameness.skeleton import skeleton
for packed in cloudpickle.loads(open("designs", "rb").read()):
    design = cloudpickle.loads(packed)
    data, _ = design.simulated(0)
    for name, estimator in design.estimators.items():
        assert {*skeleton(estimator(data)).names} == design.variables[name]
        print(name)
assert "normal_worlds" not in sys.modules
"""
    command = [sys.executable, "-c", code]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.stdout.split() == ["right", "lambda", "mundlak"], run.stderr
    assert "normal_worlds" not in cloudpickle.list_registry_pickle_by_value()


def test_what_cannot_be_sent_is_told():
    lock, before = threading.Lock(), cloudpickle.list_registry_pickle_by_value()
    options = ENOUGH | {"until_enough": True, "target_accept": 0.8, "adaptation": "diag", "prob": 0.89}
    design = prepare(lambda rng: (lock, simulate(rng))[1], RIGHT, None, 3, options, 2)
    with pytest.raises(TypeError, match="cannot be sent to workers"):
        packed(design)
    assert cloudpickle.list_registry_pickle_by_value() == before


@pytest.fixture(scope="module")
def sampler():
    return rt.Sampler(normal_mean({"y": np.zeros(3)}))


@pytest.mark.parametrize("dumps", [pickle.dumps, cloudpickle.dumps, copy.deepcopy])
def test_a_sampler_says_to_send_the_function_instead(sampler, dumps):
    with pytest.raises(TypeError, match=r"^A Sampler cannot .*: send the function that builds its model.*there\.$"):
        dumps([sampler])


def test_a_study_that_reaches_a_sampler_says_so_too(sampler):
    options = ENOUGH | {"until_enough": True, "target_accept": 0.8, "adaptation": "diag", "prob": 0.89}
    design = prepare(lambda rng: (sampler, simulate(rng))[1], RIGHT, None, 3, options, 2)
    with pytest.raises(TypeError, match=r"cannot be sent to workers \(A Sampler cannot .* compile there\): let them"):
        packed(design)
