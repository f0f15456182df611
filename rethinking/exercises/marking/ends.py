"""Two ends as an answer, and the intervals that they may be, with the Monte-Carlo errors of their ends."""

from typing import Any, NamedTuple

import arviz as az
import numpy as np
import xarray as xr

from rethinking._intervals import equal_tails
from rethinking.exercises.marking.feedback import Feedback
from rethinking.exercises.marking.posterior import ERRORS, SAME, decimals_of

__all__ = ["ASKED", "Candidate", "candidate", "read_ends"]

# Effective draws that an interval, which brings no draws along, is taken to come from.
USUAL_ESS = 1000
ASKED = "An interval is two numbers: its lower and its upper end."


class Ends(NamedTuple):
    """An answer: two ends, half a unit of their last decimals, and the probabilities below them, where they say so."""

    ends: np.ndarray
    rounding: np.ndarray
    tails: np.ndarray | None


class Candidate(NamedTuple):
    """An interval that the answer may be: its two ends, their Monte-Carlo errors, and what to say then."""

    name: str
    ends: np.ndarray
    errors: np.ndarray
    sentence: str

    def is_same(self, answer, sd):
        """Return whether the answer is of the same draws, as far as its digits go."""
        return bool((np.abs(answer.ends - self.ends) <= answer.rounding + SAME * sd).all())

    def gap(self, answer):
        """Return how far the answer is away, where 1 is what Monte-Carlo error allows."""
        with np.errstate(divide="ignore", invalid="ignore"):
            far = (np.abs(answer.ends - self.ends) - answer.rounding).clip(0) / (ERRORS * self.errors)
        return float(np.nan_to_num(far, nan=0.0).max())


def candidate(name: str, draws: xr.DataArray, prob: float, sentence: str) -> Candidate:
    """Return an interval of draws, with the errors that it has when it comes from the usual effective draws."""
    tails = equal_tails(prob)
    ends = draws.quantile(tails, ("chain", "draw")).to_numpy()
    # The density at the ends, from how far the quantiles beside them are apart: the error of a quantile needs it.
    beside = np.clip([[t - 0.02, t + 0.02] for t in tails], 0.001, 0.999)
    apart = np.ptp(draws.quantile(beside.ravel(), ("chain", "draw")).to_numpy().reshape(2, 2), axis=1)
    spread = np.sqrt(np.multiply(tails, np.subtract(1, tails)) / USUAL_ESS)
    ess = float(np.min(az.ess(draws)))
    return Candidate(
        name, ends, spread * apart / np.ptp(beside, axis=1) * np.hypot(1, (USUAL_ESS / ess) ** 0.5), sentence
    )


def read_ends(answer: Any, name: str | None) -> Ends | Feedback:
    """Return an answer as `Ends`, or the `Feedback` that says what is missing."""
    tails = None
    if isinstance(answer, xr.DataTree):
        answer = answer.to_dataset()
    if isinstance(answer, xr.Dataset):
        names = [str(each) for each in answer.data_vars]
        if name not in names and len(names) != 1:
            return Feedback("wrong", f"{ASKED} Of which of these variables: {', '.join(names)}?"[:290], "form")
        answer = answer[name if name in names else names[0]]
    if isinstance(answer, xr.DataArray) and "quantile" in answer.coords and answer["quantile"].size == 2:
        tails = answer["quantile"].to_numpy()
    try:
        ends = np.asarray(answer, dtype=float).ravel()
    except (TypeError, ValueError, OverflowError):
        ends = np.empty(0)
    if len(ends) != 2 or not np.isfinite(ends).all():
        more = " Take the quantiles of the draws first." if ends.size > 2 else ""
        return Feedback("wrong", ASKED + more, "form")
    decimals = np.array([decimals_of(each) for each in ends])
    return Ends(ends, np.where(decimals < 7, 0.5 * 10.0**-decimals, 0.0), tails)
