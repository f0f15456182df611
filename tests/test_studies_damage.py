"""Stores that were damaged, edited, mixed up or opened twice: nothing is silent, nothing that is whole is lost."""

import json
import random
import shutil
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np
import pytest
import xarray as xr
import zarr
from normal_worlds import normal_mean, simulate

import rethinking as rt
from rethinking.studies.choices import chosen
from rethinking.studies.design import STATISTICS, Design
from rethinking.studies.fits import Replicate
from rethinking.studies.storage import chunks
from rethinking.studies.storage.store import Store

N = 12


def design(seed=3, options=None):
    options = chosen(None, None, None, 0.8, "diag", 0.89) | (options or {})
    return Design(simulate, {"right": normal_mean, "other": normal_mean}, ("mu",), seed, options)


def replicate(of, k):
    """Return a replicate with numbers of its own; every third lacks a fit."""
    found = Replicate(k, of.empty_row())
    found.row[:] = np.random.default_rng(k).normal(size=found.row.shape)
    found.row[..., STATISTICS.index("failed")] = 0
    if k % 3 == 0:
        found.failures["other"] = f"ValueError: world {k}"
        found.row[1, :, STATISTICS.index("failed")] = 1
    return found


def filled(path, of=None, n=N):
    of = of or design()
    store = Store(path, of, n)
    for k in sorted(store.waiting):
        store.write(replicate(of, k))
    store.close()
    return store


@pytest.fixture
def whole(tmp_path):
    return filled(tmp_path / "study.zarr")


def opened(path, n=N, of=None):
    store = Store(path, of or design(), n)
    store.close()
    return store


def is_true(store, whole):
    """Return whether all that counts as finished is what was written."""
    done = sorted(set(range(N)) - store.waiting)
    same = np.array_equal(store.rows[done], whole.rows[done], equal_nan=True)
    return same and (store.failures[done] == whole.failures[done]).all() and set(store.damaged) <= store.waiting


def test_what_is_written_is_read_back_by_us_and_by_zarr(whole):
    again = opened(whole.path)
    assert not again.waiting
    assert is_true(again, whole)
    shown = xr.open_zarr(whole.path, chunks=None, consolidated=False)
    np.testing.assert_array_equal(shown["result"].sel(statistic=list(STATISTICS)), whole.rows)
    assert (shown["failure"].to_numpy() == whole.failures).all()
    assert shown["estimator"].to_numpy().tolist() == ["right", "other"]


def flipped(whole, n, seed=7):
    """Return what became of so many bits flipped at random, one after the other, by how it was noticed.

    A replicate is named and waits, the store is refused, or, where only how far the arrays have grown is concerned, it
    is mended from the sealed number.
    """
    files = [file for file in sorted(whole.path.rglob("*")) if file.is_file() and file.suffix != ".lock"]
    chance, noticed = random.Random(seed), Counter()
    for _ in range(n):
        file = chance.choice(files)
        before = file.read_bytes()
        changed = bytearray(before)
        bit = chance.randrange(8 * len(before))
        changed[bit // 8] ^= 1 << bit % 8
        file.write_bytes(changed)
        try:
            store = opened(whole.path)
        except ValueError:
            noticed["refused"] += 1
        else:
            mended = "mended" if "shape" in before.decode(errors="replace") else "silent"
            noticed["named" if store.damaged else mended] += 1
            noticed["silent"] += not is_true(store, whole)
        file.write_bytes(before)
    return noticed


def test_no_flipped_bit_is_silent(whole):
    noticed = flipped(whole, 250)
    assert noticed["silent"] == 0
    assert noticed["named"] > 50
    assert noticed["refused"] > 50


def test_truncated_missing_and_foreign_chunks_wait_to_be_done_again(whole, tmp_path):
    other = filled(tmp_path / "other.zarr", design(seed=4))
    row = {k: whole.path / "result" / f"c.{k}.0.0.0" for k in range(N)}
    row[1].write_bytes(row[1].read_bytes()[:-9])
    row[2].write_bytes(b"")
    shutil.copy(row[5], row[4])
    shutil.copy(other.path / "result" / "c.7.0.0.0", row[7])
    row[8].write_bytes(b"mine")
    (whole.path / "failure" / "c.9.0").unlink()
    row[10].unlink()
    store = opened(whole.path)
    assert store.damaged == [1, 2, 4, 7, 8, 9]
    assert store.waiting == {1, 2, 4, 7, 8, 9, 10}
    assert is_true(store, whole)
    again = filled(whole.path)
    assert not again.waiting
    assert is_true(opened(whole.path), whole)


def test_killed_between_the_two_writes_of_a_replicate(whole, monkeypatch):
    """The reason of a failure is there, its numbers are not: the replicate waits, and may end otherwise."""
    (whole.path / "result" / "c.3.0.0.0").unlink()
    store = opened(whole.path)
    assert store.waiting == {3}
    assert not store.damaged
    assert store.failures[3].tolist() == ["", ""]
    good = Replicate(3, np.zeros_like(store.rows[3]))
    store = Store(whole.path, design(), N)
    store.write(good)
    store.close()
    assert opened(whole.path).failures[3].tolist() == ["", ""]
    shown = xr.open_zarr(whole.path, chunks=None, consolidated=False)
    assert shown["failure"][3].to_numpy().tolist() == ["", ""]
    monkeypatch.setattr(chunks, "write", lambda *_: pytest.fail("killed"))
    (whole.path / "result" / "c.6.0.0.0").unlink()
    store = Store(whole.path, design(), N)
    with pytest.raises(pytest.fail.Exception):
        store.write(replicate(design(), 6))
    assert 6 in store.waiting
    store.close()
    assert opened(whole.path).waiting == {6}


def test_metadata_edited_by_hand_are_refused_and_left_alone(whole):
    def edit(array, change):
        file = whole.path / array / "zarr.json"
        before, content = file.read_bytes(), json.loads(file.read_bytes())
        change(content)
        file.write_text(json.dumps(content))
        with pytest.raises(ValueError, match=r"not what was written.*left as it is"):
            opened(whole.path)
        file.write_bytes(before)

    edit("", lambda group: group["attributes"]["study"].update(seed=4))
    edit("", lambda group: group["attributes"].update(replicates=5))
    edit("result", lambda array: array.update(fill_value=0.0))
    edit("result", lambda array: array.update(shape=[N + 1, *array["shape"][1:]]))
    edit("estimator", lambda array: array["attributes"].update(note="mine"))
    label = whole.path / "estimator" / "c" / "0"
    before = label.read_bytes()
    zarr.open_group(whole.path)["estimator"][:] = np.array(["other", "right"], dtype=object)
    with pytest.raises(ValueError, match="not what was written"):
        opened(whole.path)
    label.write_bytes(before)
    for file in whole.path.glob("**/zarr.json"):  # the same in another order, as another program may write it
        file.write_text(json.dumps(dict(reversed(json.loads(file.read_bytes()).items())), indent=2))
    assert is_true(opened(whole.path), whole)


def test_a_store_grows_also_if_it_was_killed_while_it_grew(whole, monkeypatch):
    original = chunks.replace

    def killed(file, content):
        if file.parent.name == "result" and file.name == chunks.METADATA:
            raise KeyboardInterrupt
        original(file, content)

    monkeypatch.setattr(chunks, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        Store(whole.path, design(), 2 * N)
    monkeypatch.undo()
    assert is_true(opened(whole.path), whole)
    assert not opened(whole.path).waiting
    assert opened(whole.path, 2 * N).waiting == set(range(N, 2 * N))
    assert zarr.open_group(whole.path)["result"].shape[0] == 2 * N
    assert zarr.open_group(whole.path)["failure"].shape[0] == 2 * N


def test_who_writes_to_a_store_is_told_to_others_and_who_only_reads_may_read(whole):
    first = Store(whole.path, design(), N + 1)
    with pytest.raises(BlockingIOError, match=r"in use by process \d+ on .* since .*: wait for it"):
        Store(whole.path, design(), N + 2)
    assert is_true(opened(whole.path), whole)
    first.close()
    assert opened(whole.path, N + 2).waiting == {N, N + 1}


def test_eight_that_start_together_end_with_the_store_or_the_sentence(tmp_path):
    together, path = Barrier(8), tmp_path / "study.zarr"

    def begun(_):
        together.wait()
        try:
            return Store(path, design(), N)
        except BlockingIOError as refusal:
            return str(refusal)

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(begun, range(8)))
    (store,) = (one for one in found if isinstance(one, Store))
    assert all("is in use by" in one for one in found if one is not store)
    assert not list(tmp_path.glob("*.partial"))
    store.close()
    filled(path)


def test_a_study_names_what_was_damaged_and_does_it_again(tmp_path):
    arguments = {"simulate": simulate, "estimators": {"right": normal_mean}, "replicates": 4, "seed": 3, "draws": 100}
    found = rt.study(**arguments, store=tmp_path / "study.zarr")
    (tmp_path / "study.zarr" / "result" / "c.2.0.0.0").write_bytes(b"mine")
    with pytest.warns(rt.StudyWarning, match=r"^1 replicates in the store were damaged and done again \(2\)\.$"):
        again = rt.study(**arguments, store=tmp_path / "study.zarr")
    xr.testing.assert_identical(again, found)
    xr.testing.assert_identical(rt.study(**arguments, store=tmp_path / "study.zarr"), found)


def test_the_lost_are_not_stored(tmp_path):
    store = Store(tmp_path / "study.zarr", design(), 2)
    store.write(Replicate.unfitted(design(), 0, "a dask worker died of it", lost=True))
    store.write(Replicate.unfitted(design(), 1, "ValueError: never", lost=False))
    store.close()
    assert not store.waiting
    assert opened(store.path, 2).waiting == {0}
