"""Where the time of a study went: said of this call, and no part of what it found."""

import time

import numpy as np
import pytest
import xarray as xr
from distributed import Client, LocalCluster
from normal_worlds import normal_mean, simulate

import rethinking as rt
from rethinking.studies.clock import STEPS, Clock

RIGHT = {"right": rt.estimator(normal_mean, lambda data: {"heights": data["y"]})}
NAP, WHY = 0.05, "broken"


def napping(rng):
    """Be the same world, after a while."""
    time.sleep(NAP)
    return simulate(rng)


def slowly(data):
    time.sleep(2 * NAP)
    return {"heights": data["y"]}


SLOW = {"right": rt.estimator(normal_mean, slowly)}


@pytest.mark.parametrize("how", [{}, {"engine": "jax", "chunk": 5}])
def test_each_step_has_its_seconds_and_a_resumed_study_those_of_its_own_call(how, tmp_path):
    options = {"seed": 3, "draws": 60, "tune": 60, "chains": 1, "store": tmp_path / "study.zarr"} | how
    found = rt.study(napping, SLOW, replicates=10, **options)
    spent = rt.study_seconds(found)
    assert list(spent.index) == [*STEPS, "total"]
    # A nap takes as long as it should, or longer on a busy machine; the check's own worlds are counted elsewhere.
    assert 10 * NAP <= spent["simulate"] < spent["total"]
    assert 20 * NAP <= spent["prepare"] < spent["total"]
    assert 12 * NAP <= spent["check"] < spent["total"]
    assert (spent.drop("refit") > 0).all()
    assert spent["refit"] == 0
    assert spent[["check", "simulate", "prepare", "compile", "store"]].sum() < spent["total"]
    again = rt.study(napping, SLOW, replicates=10, **options)
    xr.testing.assert_identical(again, found)
    assert (rt.study_seconds(again)[["simulate", "prepare", "compile", "sample", "refit"]] == 0).all()
    if "engine" not in how:  # to compile once more takes long
        more = rt.study(napping, SLOW, replicates=11, **options)
        assert NAP <= rt.study_seconds(more)["simulate"] < 10 * NAP


def test_fits_that_nutpie_makes_in_place_of_the_devices_are_counted_as_such(monkeypatch):
    import rethinking.studies.device.engine as engine

    monkeypatch.setattr(engine, "chains_wanted", lambda found, chains: 99)
    found = rt.study(simulate, RIGHT, replicates=2, seed=3, engine="jax", chunk=2, tune=60, chains=1)
    spent = rt.study_seconds(found)
    assert found["refitted"].all()
    assert 0 < spent["refit"] < spent["total"]
    assert spent["sample"] < spent["total"]


def test_the_workers_of_a_cluster_say_what_they_spent(tmp_path):
    options = {"n_workers": 1, "threads_per_worker": 2, "dashboard_address": ":0", "silence_logs": 50}
    with LocalCluster(**options, local_directory=str(tmp_path)) as cluster, Client(cluster) as client:
        found = rt.study(napping, SLOW, replicates=10, seed=3, client=client, draws=60, chains=1)
    spent = rt.study_seconds(found)
    assert spent["simulate"] >= 10 * NAP
    assert spent["prepare"] >= 20 * NAP
    assert spent[["compile", "sample"]].min() > 0


def test_what_is_done_with_a_thing_does_not_count_as_its_making():
    clock = Clock()
    for _ in clock.each("simulate", (time.sleep(NAP) for _ in range(3))):
        time.sleep(5 * NAP)
    with pytest.raises(RuntimeError, match=WHY), clock.step("store"):
        raise RuntimeError(WHY)
    spent = clock.taken()
    assert 3 * NAP <= spent["simulate"] < 15 * NAP
    assert spent["store"] > 0
    assert not any(clock.taken().values())


def test_a_dataset_that_was_read_from_a_file_does_not_know_and_says_so(tmp_path):
    found = rt.study(simulate, RIGHT, replicates=4, seed=3, draws=60, chains=1, cores=1)
    found.to_zarr(tmp_path / "study.zarr", consolidated=False)
    read = xr.open_zarr(tmp_path / "study.zarr", consolidated=False, chunks=None)
    np.testing.assert_array_equal(read["mean"], found["mean"])
    with pytest.raises(ValueError, match=r"does not say how long it took: ask before it is written"):
        rt.study_seconds(read)
    with pytest.raises(TypeError, match="takes the Dataset that study returned, but got a float"):
        rt.study_seconds(2.5)
