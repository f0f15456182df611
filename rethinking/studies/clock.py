"""Where the time of a study went: seconds by step, added up wherever the work was done."""

from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from threading import Lock
from time import perf_counter
from typing import Any, TypeVar

import pandas as pd
import xarray as xr

from rethinking.studies.summary import require_study

__all__ = ["STEPS", "Clock", "account", "study_seconds"]

STEPS: tuple[str, ...] = ("check", "simulate", "prepare", "compile", "sample", "refit", "store")
WHERE = "seconds"  # in a Dataset's encoding: what is compared, stored or shown of a study must not depend on the hour
T = TypeVar("T")


class Clock:
    """Seconds by step. Several threads may add to it."""

    def __init__(self):
        self._seconds, self._lock = dict.fromkeys(STEPS, 0.0), Lock()

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Count what is done meanwhile."""
        since = perf_counter()
        try:
            yield
        finally:
            self.add({name: perf_counter() - since})

    def each(self, name: str, work: Iterable[T]) -> Generator[T]:
        """Yield what is iterated over, and count how long each takes to come, but not what is done with it."""
        coming, nothing = iter(work), object()
        while True:
            with self.step(name):
                one: Any = next(coming, nothing)
            if one is nothing:
                return
            yield one

    def add(self, seconds: Mapping[str, float]) -> None:
        """Add what was spent, here or in another process."""
        with self._lock:
            for name, spent in seconds.items():
                self._seconds[name] += spent

    def taken(self) -> dict[str, float]:
        """Return the seconds so far, and begin again at zero."""
        with self._lock:
            found, self._seconds = self._seconds, dict.fromkeys(STEPS, 0.0)
        return found


def account(found: xr.Dataset, clock: Clock, total: float) -> None:
    """Let a study's Dataset know where its time went."""
    found.encoding[WHERE] = clock.taken() | {"total": total}


def study_seconds(found: xr.Dataset) -> pd.Series:
    """Return where the time of a study went, in seconds.

    The times are those of the call that returned `found`: a study that went on from its store counts what was left to
    do. They are no part of the results, so two runs of one study are identical, and a file does not keep them.

    Parameters
    ----------
    found : xarray.Dataset
        What :func:`study` returned.

    Returns
    -------
    pandas.Series
        By step:

        - ``check``: the first worlds and models, before anything is compiled;
        - ``simulate``: worlds;
        - ``prepare``: a model's inputs from a world, or the model itself where its estimator does not say them;
        - ``compile``: functions for the sampler, or programs for a device;
        - ``sample``: how long fits took, or with JAX how long the device was busy;
        - ``refit``: fits by nutpie in place of poor ones by JAX;
        - ``store``: opening, reading and writing it;
        - ``total``: from call to return. Steps overlap, and run on several cores and workers: each is the sum over
          all of them, so they may come to more.

    Raises
    ------
    TypeError, ValueError
        If this is not what a study returned, but was read from a file or computed from it.

    Examples
    --------
    >>> import pymc as pm
    >>> from rethinking.studies import study
    >>> def simulate(rng):
    ...     mu = rng.normal(0, 1)
    ...     return {"y": rng.normal(mu, 1, size=5)}, {"mu": mu}
    >>> def normal_mean(data):
    ...     with pm.Model() as model:
    ...         pm.Normal("height", pm.Normal("mu", 0, 1), 1, observed=pm.Data("y", data["y"]))
    ...     return model
    >>> spent = study_seconds(study(simulate, {"mean": normal_mean}, replicates=20, seed=1))
    >>> bool(spent["compile"] > spent["simulate"] > 0)
    True
    """
    require_study("study_seconds", found, ("truth",))
    if WHERE not in found.encoding:
        msg = (
            "study_seconds takes the Dataset that study returned, and this one does not say how long it took: ask"
            " before it is written to a file or combined with others."
        )
        raise ValueError(msg)
    return pd.Series(found.encoding[WHERE], name="seconds").rename_axis("step")
