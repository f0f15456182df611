"""The finished replicates of a study, in memory and as one Dataset."""

import numpy as np
import xarray as xr

from rethinking.sampling.diagnostics import MAX_RHAT, MIN_ESS
from rethinking.studies.design import STATISTICS, Design
from rethinking.studies.fits import Replicate

__all__ = ["Memory", "gathered"]


class Memory:
    """The replicates of a study, finished or waiting.

    Parameters
    ----------
    design : Design
    replicates : int

    Attributes
    ----------
    rows : numpy.ndarray
        Statistics (replicate, estimator, estimand, statistic), NaN where they wait.
    failures : numpy.ndarray of str
        Why fits failed (replicate, estimator).
    waiting : set of int
        Replicates that are not finished.
    damaged : list of int
        Those of them that were finished once.
    """

    def __init__(self, design: Design, replicates: int):
        self.rows = np.stack([design.empty_row()] * replicates)
        self.failures = np.full((replicates, len(design.estimators)), "", dtype=object)
        self.waiting = set(range(replicates))
        self.damaged: list[int] = []
        self._names = list(design.estimators)

    def keep(self, k: int, row: np.ndarray, failures: list[str] | None) -> None:
        """Take the statistics of a replicate, and the reasons of its failures by estimator."""
        self.rows[k] = row
        if failures is not None:
            self.failures[k] = failures
        self.waiting.discard(k)

    def write(self, replicate: Replicate) -> None:
        """Keep a finished replicate."""
        self.keep(replicate.k, replicate.row, self.reasons(replicate))

    def reasons(self, replicate: Replicate) -> list[str]:
        """Return why fits of a replicate failed, by estimator, or empty strings."""
        return [replicate.failures.get(name, "") for name in self._names]

    def close(self) -> None:
        """Do nothing: there is nothing to close."""


def gathered(design: Design, rows: np.ndarray, failures: np.ndarray, stopped: str = "") -> xr.Dataset:
    """Return the Dataset of all replicates, finished or not.

    Parameters
    ----------
    design : Design
    rows, failures : numpy.ndarray
        Of :class:`Memory`.
    stopped : str
        Why some are not finished.
    """
    coords = {"estimator": list(design.estimators), "estimand": list(design.estimands), "replicate": range(len(rows))}
    dims = ("replicate", "estimator", "estimand")
    found = xr.Dataset({name: (dims, rows[..., i]) for i, name in enumerate(STATISTICS)}, coords=coords)
    found = found.transpose("estimator", "estimand", "replicate")
    unfinished = found["failed"].isnull().all(("estimator", "estimand"))
    why = f"not run ({stopped})" if stopped else "not run"
    found["failure"] = xr.DataArray(failures, dims=("replicate", "estimator")).transpose().where(~unfinished, why)
    found["truth"] = found["truth"].isel(estimator=0, drop=True)
    poor = (found["ess_bulk"] < MIN_ESS) | (found["ess_tail"] < MIN_ESS) | (found["rhat"] > MAX_RHAT)
    found["bad"] = poor | (found["divergences"] > 0)
    if "engine" in design.options:
        found["refitted"] = (found["refitted"] == 1).any("estimand")
    else:
        found = found.drop_vars("refitted")
    found.attrs = {"seed": design.seed, "prob": design.options["prob"]}
    return found.drop_vars("failed")
