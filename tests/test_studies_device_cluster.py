"""Studies on the devices of a cluster: the numbers of one device, whoever dies; each worker has one, and one thread."""

import os
import signal
from types import SimpleNamespace

import pytest
import xarray as xr
from distributed import Client, LocalCluster
from normal_worlds import normal_mean, simulate

import rethinking as rt
import rethinking.studies.cluster as on_cluster
from rethinking.studies.choices import chosen
from rethinking.studies.clock import Clock
from rethinking.studies.design import prepare
from rethinking.studies.fits import Replicate

RIGHT = {"right": rt.estimator(normal_mean, lambda data: {"heights": data["y"]})}
SHORT = {"seed": 3, "engine": "jax", "chunk": 4, "draws": 60, "tune": 60, "chains": 2}


def test_a_worker_and_the_one_that_comes_when_it_dies_give_the_numbers_of_this_process(tmp_path):
    here, died = os.getpid(), tmp_path / "died"

    def deadly_once(rng):
        if os.getpid() != here and not died.exists():
            died.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return simulate(rng)

    options = {"n_workers": 1, "threads_per_worker": 1, "dashboard_address": ":0", "silence_logs": 50}
    store = tmp_path / "study.zarr"
    with LocalCluster(**options, local_directory=str(tmp_path)) as cluster, Client(cluster) as client:
        found = rt.study(deadly_once, RIGHT, replicates=10, client=client, store=store, **SHORT)
    assert died.exists()
    assert rt.study_seconds(found)[["simulate", "compile", "sample"]].min() > 0
    xr.testing.assert_identical(found, rt.study(simulate, RIGHT, replicates=10, **SHORT))
    xr.testing.assert_identical(found, rt.study(deadly_once, RIGHT, replicates=10, store=store, **SHORT))


@pytest.mark.parametrize(("killers", "most"), [({5}, 14), ({0, 9}, 22), (set(range(10)), 24)])
def test_what_kills_the_workers_of_devices_is_found_by_halves(monkeypatch, killers, most):
    asked = []

    def outcomes(client, clock, name, parts):
        for part in parts:
            asked.append(part)
            rows = [Replicate(k, design.empty_row()) for k in part]
            yield part, None if killers & {*part} else rows

    options = chosen(60, 60, 2, 0.8, "diag", 0.89, "jax")
    design = prepare(simulate, RIGHT, None, 3, options, 10)
    client: dict = dict.fromkeys(("register_plugin", "unregister_worker_plugin"), lambda *_: None)
    client = SimpleNamespace(**client, nthreads=lambda: {"one": 1, "other": 1}, status="running")
    monkeypatch.setattr(on_cluster, "_outcomes", outcomes)
    monkeypatch.setattr(on_cluster, "_default_chunk", lambda _: 64)
    found = list(on_cluster.run_on(client, design, Clock(), list(range(10)), 8))
    assert sorted(one.k for one in found) == list(range(10))
    assert {one.k for one in found if one.failures == {"right": "a dask worker died of it"}} == killers
    assert all(one.lost == (one.k in killers) for one in found)
    assert asked[:2] == [tuple(range(8)), (8, 9)]
    assert len(asked) <= most


def test_workers_that_cannot_are_refused_before_any_work(tmp_path):
    options = {"n_workers": 1, "processes": False, "dashboard_address": None, "local_directory": str(tmp_path)}

    def never(rng):
        pytest.fail("a world was simulated")

    says = pytest.raises(ValueError, match=r"start one worker a device, each with threads_per_worker=1")
    with LocalCluster(threads_per_worker=2, **options) as cluster, Client(cluster) as client, says as caught:
        rt.study(never, RIGHT, replicates=10, client=client, **SHORT)
    assert "\n" not in str(caught.value)


def test_workers_without_jax_are_told_what_they_need(monkeypatch):
    def result():
        msg = "No module named 'jax'"
        raise ModuleNotFoundError(msg)

    client = SimpleNamespace(submit=lambda *_, **__: SimpleNamespace(result=result))
    with pytest.raises(ImportError, match=r"cannot use engine='jax' \(.*'jax'\): install rethinking\[jax\] on each"):
        on_cluster._default_chunk(client)
