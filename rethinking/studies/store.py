"""A study on disk, in zarr: one file for each finished replicate, which is there as a whole or not at all."""

import json
import os
import shutil
from importlib.metadata import version
from pathlib import Path
from uuid import uuid4

import numpy as np

from rethinking.studies.design import STATISTICS
from rethinking.studies.identity import fingerprint

VERSIONS = ("rethinking", "nutpie", "numba", "numpy", "pymc", "pytensor")
FORMAT = 1


class Store:
    """The finished replicates of one study, opened or made.

    The array ``result`` (replicate, estimator, estimand, statistic) has a chunk, hence a file, for each replicate. zarr
    writes a file under another name and then renames it, so a process that is killed leaves whole replicates only.

    Parameters
    ----------
    path : str or path
    design : Design
    replicates : int
        The array is made larger if it holds fewer.

    Raises
    ------
    ValueError
        If the path holds another study, or something else; the message says what differs.
    OSError
        If nothing can be written there.
    """

    def __init__(self, path, design, replicates):
        import zarr

        self.path, self._names = Path(path), list(design.estimators)
        identity = _identity(design)
        with _Explained(self, "open"):
            if not self.path.exists():
                _make(self.path, design, identity)
            self._require_same(identity)
            self._group = zarr.open_group(self.path, mode="r+")
            self._result, self._failure = self._group["result"], self._group["failure"]
            self._require_writable()
            if self._result.shape[0] < replicates:
                self._failure.resize((replicates, *self._failure.shape[1:]))
                self._result.resize((replicates, *self._result.shape[1:]))
        failed = np.asarray(self._result[..., STATISTICS.index("failed")])
        self._finished = set(np.flatnonzero(np.isfinite(failed).all((1, 2))).tolist())

    def __contains__(self, k):
        """Return whether replicate `k` is finished."""
        return k in self._finished

    def write(self, replicate):
        """Write a finished replicate; only when all of it is written does it count as finished."""
        with _Explained(self, "write to"):
            if replicate.failures:
                reasons = [replicate.failures.get(name, "") for name in self._names]
                self._failure[replicate.k] = np.array(reasons, dtype=object)
            self._result[replicate.k] = replicate.row
        self._finished.add(replicate.k)

    def read(self, replicates):
        """Return the arrays of the first replicates, and the reasons why fits failed, (replicate, estimator)."""
        return np.asarray(self._result[:replicates]), np.asarray(self._failure[:replicates]).astype(object)

    def _require_same(self, identity):
        try:
            theirs = json.loads((self.path / "zarr.json").read_text())["attributes"]["study"]
        except (OSError, ValueError, KeyError):
            msg = f"{str(self.path)!r} exists and is not the store of a study: give another path; it was left as it is."
            raise ValueError(msg) from None
        differences = [
            f"{what} ({_short(theirs.get(what))} there, {_short(identity.get(what))} here)"
            for what in sorted({*theirs, *identity})
            if theirs.get(what) != identity.get(what)
        ]
        if differences:
            differing = ", ".join(differences)
            msg = f"{str(self.path)!r} holds another study, which differs in {differing}: give another path."
            raise ValueError(msg)

    def _require_writable(self):
        probe = self.path / f"{uuid4().hex}.partial"
        probe.write_bytes(b"")
        probe.unlink()


class _Explained:
    """Turn an error of the disk into one that says what is safe; the type and number stay."""

    def __init__(self, store, what):
        self.store, self.what = store, what

    def __enter__(self):
        return self

    def __exit__(self, _, error, traceback):
        if isinstance(error, OSError):
            n = len(getattr(self.store, "_finished", ()))
            safe = f"the {n} finished replicates in it stay readable (xarray.open_zarr); " if n else ""
            msg = (
                f"cannot {self.what} the store {str(self.store.path)!r} ({error.strerror or error}): {safe}"
                f"make room or give another path, and call again to go on"
            )
            raise type(error)(error.errno, msg) from error


def _make(path, design, identity):
    """Make an empty store under another name and rename it, so that no half of one is ever found."""
    import zarr

    new = path.with_name(f"{path.name}.{uuid4().hex}.partial")
    labels = {"estimator": list(design.estimators), "estimand": list(design.estimands), "statistic": list(STATISTICS)}
    shape = (1, *map(len, labels.values()))
    try:
        group = zarr.open_group(new, mode="w-", zarr_format=3, attributes={"study": identity})
        flat = {"name": "default", "separator": "."}  # one file a chunk, without folders around it
        arrays = {
            "result": {"shape": shape, "dtype": "float64", "fill_value": np.nan},
            "failure": {"shape": shape[:2], "dtype": "str", "fill_value": ""},
        }
        for name, options in arrays.items():
            dims, chunks = ("replicate", *labels)[: len(options["shape"])], (1, *options["shape"][1:])
            group.create_array(name, chunks=chunks, dimension_names=dims, chunk_key_encoding=flat, **options)
        for name, values in labels.items():
            array = group.create_array(name, shape=(len(values),), dtype="str", dimension_names=(name,))
            array[:] = np.array(values, dtype=object)
        os.rename(new, path)
    except OSError:
        shutil.rmtree(new, ignore_errors=True)
        raise


def _identity(design):
    """Return all that the numbers depend on, flat, so that differences can be named."""
    return {
        "format": FORMAT,
        "seed": design.seed,
        "simulate": fingerprint(design.simulate, "simulate"),
        "estimands": list(design.estimands),
        "estimators": list(design.estimators),
        **{
            f"estimator {name!r}": fingerprint(estimator, f"estimator {name!r}")
            for name, estimator in design.estimators.items()
        },
        **design.options,
        **{f"version of {name}": version(name) for name in VERSIONS},
    }


def _short(value):
    return "other code" if isinstance(value, str) and len(value) == 32 else "none" if value is None else repr(value)
