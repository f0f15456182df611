"""A study on disk, in zarr: one file for each finished replicate, which is there as a whole or not at all."""

import json
import os
import shutil
from datetime import datetime
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from platform import node
from uuid import uuid4

import numpy as np
from filelock import FileLock, Timeout

from rethinking.studies.design import STATISTICS, Design
from rethinking.studies.fits import Replicate
from rethinking.studies.sameness.identity import fingerprint
from rethinking.studies.storage import chunks
from rethinking.studies.storage.memory import Memory

__all__ = ["Store"]

BY_ENGINE = {"jax": ("jax", "jaxlib", "numpyro")}
VERSIONS = ("rethinking", "nutpie", "numba", "numpy", "pymc", "pytensor")
FORMAT = 3
FAILED = STATISTICS.index("failed")


class Store(Memory):
    """The replicates of one study, in memory and on disk; opened or made.

    The array ``result`` (replicate, estimator, estimand, statistic) has a chunk, hence a file, for each replicate, as
    has ``failure`` for each that failed. A file is written under another name and then renamed, so a process that is
    killed leaves whole replicates only. Each has a checksum, and the statistic ``signature`` says to which study and
    replicate it belongs: a damaged or foreign file is an unfinished replicate. A digest seals all that is not a
    replicate.

    Parameters
    ----------
    path : str or path
    design : Design
    replicates : int
        The arrays are made larger if they hold fewer.

    Attributes
    ----------
    damaged : list of int
        Replicates whose files are not what was written; they wait to be done again.

    Raises
    ------
    ValueError
        If the path holds another study, something else, or a study whose metadata were changed; what differs.
    BlockingIOError
        If another process is writing to it: which.
    OSError
        If nothing can be written there.
    """

    def __init__(self, path: str | os.PathLike, design: Design, replicates: int):
        super().__init__(design, replicates)
        self.path, self._lock = Path(path), None
        identity = identity_of(design)
        self._signature = blake2b(json.dumps(identity, sort_keys=True).encode()).digest()
        with _Explained(self, "open"):
            if not self.path.exists():
                _make(self.path, design, identity)
            self._require_same(identity)
            self._read()
            if self.waiting:
                self._hold()
                self._read()
                self._make_room(replicates)

    def write(self, replicate: Replicate) -> None:
        """Write a finished replicate; only when all of it is written does it count as finished."""
        if not replicate.lost:  # else the next call tries again
            with _Explained(self, "write to"):
                self._to_disk(replicate)
        super().write(replicate)

    def _to_disk(self, replicate):
        failure = self._failure(replicate.k)
        if replicate.failures:
            chunks.write_words(failure, self.reasons(replicate))
        else:
            failure.unlink(missing_ok=True)
        signed = np.full((*replicate.row.shape[:2], 1), self._signed(replicate.k))
        chunks.write(self._row(replicate.k), np.concatenate([replicate.row, signed], axis=-1))

    def close(self) -> None:
        """Let others write."""
        if self._lock is not None:
            self._holder.unlink(missing_ok=True)
            self._lock.release()
            self._lock = None

    def _row(self, k):
        return self.path / "result" / f"c.{k}.0.0.0"

    def _failure(self, k):
        return self.path / "failure" / f"c.{k}.0"

    @property
    def _holder(self):
        return self.path / "result" / "holder.json"  # in an array's folder, where zarr does not look for others

    def _signed(self, k):
        """Return a whole number that no other study or replicate has."""
        return float(int.from_bytes(blake2b(self._signature + f"{k}".encode(), digest_size=6).digest()))

    def _read(self):
        """Read all that is finished; what is damaged is named."""
        there = {entry.name for entry in os.scandir(self.path / "result")}
        self.damaged = []
        shape = (*self.rows.shape[1:3], self.rows.shape[3] + 1)
        for k in sorted(self.waiting):
            if f"c.{k}.0.0.0" not in there:
                continue
            row = chunks.read(self._row(k), shape)
            if row is None or (row[..., -1] != self._signed(k)).any():
                self.damaged.append(k)
                continue
            failed, words = row[..., FAILED].any(axis=1).tolist(), None
            if any(failed):
                words = chunks.read_words(self._failure(k), len(failed))
                if [bool(word) for word in words or ()] != failed:
                    self.damaged.append(k)
                    continue
            self.keep(k, row[..., :-1], words)

    def _require_same(self, identity):
        try:
            theirs = chunks.metadata(self.path)["attributes"]
            study, seal = theirs["study"], theirs.get("seal")
        except (OSError, ValueError, KeyError, TypeError):
            msg = f"{str(self.path)!r} exists and is not the store of a study: give another path; it was left as it is."
            raise ValueError(msg) from None
        if study.get("format") == FORMAT and seal != chunks.sealed(self.path):
            msg = (
                f"The metadata of the store {str(self.path)!r} are not what was written, so its numbers may be another"
                f" study's: give another path, or put the zarr.json files back; it was left as it is."
            )
            raise ValueError(msg)
        differences = [
            f"{what} ({_short(study.get(what))} there, {_short(identity.get(what))} here)"
            for what in sorted({*study, *identity})
            if study.get(what) != identity.get(what)
        ]
        if differences:
            differing = ", ".join(differences)
            msg = f"{str(self.path)!r} holds another study, which differs in {differing}: give another path."
            raise ValueError(msg)

    def _hold(self):
        """Keep others from writing to the store, until :meth:`close` or the end of this process."""
        probe = self.path / f"{uuid4().hex}.partial"
        probe.write_bytes(b"")
        probe.unlink()
        lock = FileLock(self._holder.with_suffix(".lock"), timeout=0)
        try:
            lock.acquire()
        except Timeout:
            msg = f"The store {str(self.path)!r} is in use by {self._held_by()}: wait for it, or give another path."
            raise BlockingIOError(msg) from None
        self._lock = lock
        holder = {"process": os.getpid(), "host": node(), "since": f"{datetime.now():%Y-%m-%d %H:%M:%S}"}
        chunks.replace(self._holder, json.dumps(holder).encode())

    def _held_by(self):
        try:
            return "process {process} on {host} since {since}".format(**json.loads(self._holder.read_text()))
        except (OSError, ValueError, KeyError):
            return "another process"

    def _make_room(self, replicates):
        """Make the arrays larger. The number is sealed first, so a process that is killed here leaves a true store."""
        group = chunks.metadata(self.path)
        replicates = max(replicates, group["attributes"]["replicates"])
        if group["attributes"]["replicates"] < replicates:
            group["attributes"]["replicates"] = replicates
            chunks.seal(self.path, group)
        for name in chunks.BY_REPLICATE:
            array = chunks.metadata(self.path / name)
            if array["shape"][0] != replicates:
                array["shape"][0] = replicates
                chunks.replace(self.path / name / chunks.METADATA, json.dumps(array).encode())


class _Explained:
    """Turn an error of the disk into one that says what is safe; the type and number stay."""

    def __init__(self, store, what):
        self.store, self.what = store, what

    def __enter__(self):
        return self

    def __exit__(self, _, error, traceback):
        if error is not None:
            self.store.close()
        if isinstance(error, OSError) and not isinstance(error, BlockingIOError):
            n = len(self.store.rows) - len(self.store.waiting)
            safe = f"the {n} finished replicates in it stay readable (xarray.open_zarr); " if n else ""
            msg = (
                f"cannot {self.what} the store {str(self.store.path)!r} ({error.strerror or error}): {safe}"
                f"make room or give another path, and call again to go on."
            )
            raise type(error)(error.errno, msg) from error


def _make(path, design, identity):
    """Make an empty store under another name and rename it, so that no half of one is ever found."""
    new = path.with_name(f"{path.name}.{uuid4().hex}.partial")
    labels = {
        "estimator": list(design.estimators),
        "estimand": list(design.estimands),
        "statistic": [*STATISTICS, "signature"],
    }
    try:
        chunks.make(new, labels, {"study": identity, "replicates": 1})
        os.rename(new, path)
    except OSError:
        shutil.rmtree(new, ignore_errors=True)
        if not path.exists():  # else another process was quicker
            raise


def identity_of(design: Design) -> dict:
    """Return all that the numbers of a study depend on, flat, so that differences can be named."""
    versions = (*VERSIONS, *BY_ENGINE.get(design.options.get("engine", ""), ()))
    return {
        "format": FORMAT,
        "seed": design.seed,
        "simulate": fingerprint(design.simulate, "simulate"),
        "estimands": list(design.estimands),
        "estimators": list(design.estimators),
        **{(what := f"estimator {name!r}"): fingerprint(one, what) for name, one in design.estimators.items()},
        **design.options,
        **{f"version of {name}": version(name) for name in versions},
    }


def _short(value):
    return "other code" if isinstance(value, str) and len(value) == 32 else "none" if value is None else repr(value)
