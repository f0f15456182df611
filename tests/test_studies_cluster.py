"""Studies on dask whose workers, client or replicates are lost: each is a failure of its own, said in a sentence."""

import gc
import os
import signal
import threading
from contextlib import contextmanager

import dask
import numpy as np
import pytest
import xarray as xr
from distributed import Client, Future, LocalCluster
from distributed.comm import CommClosedError
from normal_worlds import normal_mean, simulate

import rethinking as rt
from rethinking.studies.storage.memory import Memory

RIGHT = {"right": normal_mean}


@contextmanager
def workers(folder, n=2):
    """Give a client of some worker processes, which are new."""
    options = {"n_workers": n, "threads_per_worker": 1, "dashboard_address": ":0", "silence_logs": 50}
    with LocalCluster(**options, local_directory=str(folder)) as cluster, Client(cluster) as client:
        yield client


@pytest.fixture
def client(tmp_path):
    # Without retries, for each death costs a worker's start.
    with dask.config.set({"distributed.scheduler.allowed-failures": 0}), workers(tmp_path) as client:
        yield client


def test_a_replicate_that_kills_its_worker_is_one_failure_and_not_the_end(client):
    here = os.getpid()

    def deadly(rng):
        data, truth = simulate(rng)
        if truth["mu"] > 1.83 and os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)
        return data, truth

    with pytest.warns(rt.StudyWarning, match=r"1 \(30\): a dask worker died of it"):
        some = rt.study(deadly, RIGHT, replicates=40, seed=3, client=client, draws=100, chains=1)
    whole = rt.study(simulate, RIGHT, replicates=40, seed=3, draws=100, chains=1)
    died = some["mean"].isnull().squeeze().to_numpy()
    np.testing.assert_array_equal(died, whole["truth"].squeeze() > 1.83)
    alive = ~died
    xr.testing.assert_identical(some.isel(replicate=alive), whole.isel(replicate=alive))


@pytest.mark.parametrize(("what", "says"), [("restart", "was restarted"), ("close", "is clos")])
def test_a_client_that_is_restarted_or_closed_ends_the_study_with_what_is_finished(client, monkeypatch, what, says):
    written, original, other = [], Memory.write, threading.Thread(target=getattr(client, what))

    def at_the_tenth(self, replicate):
        written.append(replicate.k)
        if len(written) == 10:
            other.start()
        original(self, replicate)

    monkeypatch.setattr(Memory, "write", at_the_tenth)
    with pytest.warns(rt.StudyWarning, match=rf"not run \(the dask client {says}") as said:
        some = rt.study(simulate, RIGHT, replicates=4000, seed=3, client=client, draws=100, chains=1)
    other.join()
    assert len(said) == 1
    assert 10 <= some["mean"].count() < 4000


@pytest.mark.parametrize(("closes", "says"), [(True, "is clos"), (False, "lost a connection, or was restarted")])
def test_a_client_that_is_cut_off_while_a_result_is_fetched_ends_the_study_so_too(client, monkeypatch, closes, says):
    fetched, original = [], Future.result

    def cut_off(self, *arguments, **options):
        fetched.append(self)
        if len(fetched) == 3:
            if closes:
                client.close()
            raise CommClosedError
        return original(self, *arguments, **options)

    monkeypatch.setattr(Future, "result", cut_off)
    with pytest.warns(rt.StudyWarning, match=rf"not run \(the dask client {says}") as said:
        some = rt.study(simulate, RIGHT, replicates=400, seed=3, client=client, draws=100, chains=1)
    assert len(said) == 1
    assert 0 < some["mean"].count() < 400


def test_what_is_no_open_client_is_refused(client):
    with pytest.raises(TypeError, match=r"must be a distributed\.Client, but is a str\."):
        rt.study(simulate, RIGHT, replicates=4, seed=3, client="scheduler:8786")
    client.close()
    with pytest.raises(ValueError, match=r"The dask client is closed: make a new one"):
        rt.study(simulate, RIGHT, replicates=4, seed=3, client=client)


def test_workers_that_compile_and_workers_that_find_a_full_cache_come_to_the_same_numbers(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTENSOR_FLAGS", f"base_compiledir={tmp_path / 'compiled'}")
    arguments, found = {"replicates": 20, "seed": 3, "draws": 100, "chains": 1}, []
    for _ in ("cold", "warm"):
        found.append(len([*tmp_path.rglob("*.o")]))
        with workers(tmp_path, 1) as client:
            found.append(rt.study(simulate, RIGHT, client=client, **arguments))
            assert set(client.run(gc.get_freeze_count).values()) == {0}, "a worker is as it was"
    none, cold, some, warm = found
    assert none == 0 < some, "nothing was cached, so this compares nothing"
    xr.testing.assert_identical(cold, warm)
    xr.testing.assert_identical(cold, rt.study(simulate, RIGHT, **arguments))
