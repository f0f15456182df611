"""Questions whose answer is an interval: of the right quantity, and of the right probability."""

from functools import cached_property
from typing import NamedTuple

import arviz as az
import numpy as np

from rethinking.exercises.estimates import Estimate
from rethinking.exercises.feedback import Feedback
from rethinking.exercises.posterior import ERRORS

__all__ = ["Interval"]

# Effective draws that an interval, which brings no draws along, is taken to come from.
USUAL_ESS = 1000
OTHER_PROBS = (0.5, 0.68, 0.8, 0.95, 0.97, 0.99)


class Candidate(NamedTuple):
    """An interval that the answer may be: its two ends, their Monte-Carlo errors, and what to say then."""

    name: str
    ends: np.ndarray
    errors: np.ndarray
    sentence: str

    def gap(self, ends):
        """Return how far away other ends are."""
        return np.abs(ends - self.ends).max()

    def fits(self, ends):
        """Return whether other ends are as near as Monte-Carlo error allows."""
        return bool((np.abs(ends - self.ends) <= ERRORS * self.errors).all())


class Interval:
    """A question whose answer is an equal-tailed interval: its two ends.

    Parameters
    ----------
    reference : callable
        As for `Estimate`.
    prob : float
        The probability that the interval holds.
    mistakes, praise, scale
        As for `Estimate`.

    Examples
    --------
    >>> import xarray as xr
    >>> draws = xr.DataArray(np.random.default_rng(1).normal(size=(4, 1000)), dims=["chain", "draw"])
    >>> question = Interval(lambda: draws, 0.89)
    >>> question.mark((-1.6, 1.6))
    ✓ Right. That is the interval.
    >>> question.mark((-1.96, 1.96))
    ✗ Not yet. This is the 95 % interval, the question asks for 89 %.
    """

    def __init__(self, reference, prob=0.89, mistakes=(), praise="That is the interval.", scale=None):
        self._estimate, self.prob, self.praise = Estimate(reference, mistakes, scale=scale), prob, praise

    def mark(self, answer, name=None):
        """Return the `Feedback` for an answer: two numbers, the lower end first."""
        ends = _ends(answer)
        if isinstance(ends, Feedback):
            return ends
        rival = min(self._other_probs, key=lambda other: other.gap(ends))
        if self._right.fits(ends) and self._right.gap(ends) <= rival.gap(ends):
            return Feedback("right", self.praise)
        fitting = [other for other in [*self._other_probs, *self._mistakes] if other.fits(ends)]
        if fitting:
            nearest = min(fitting, key=lambda other: other.gap(ends))
            return Feedback("wrong", nearest.sentence, nearest.name)
        return Feedback("wrong", "This is another interval, by more than Monte-Carlo error: of which quantity is it?")

    @cached_property
    def _right(self):
        return _candidate("", self._estimate.reference.draws, self.prob, self.praise)

    @cached_property
    def _other_probs(self):
        draws, asked = self._estimate.reference.draws, f"the question asks for {100 * self.prob:.0f} %"
        return [
            _candidate(f"{p:.0%} interval", draws, p, f"This is the {100 * p:.0f} % interval, {asked}.")
            for p in OTHER_PROBS
            if abs(p - self.prob) > 0.02
        ]

    @cached_property
    def _mistakes(self):
        wrong = ((name, posterior.draws, sentence) for name, posterior, sentence in self._estimate.wrong)
        return [_candidate(name, draws, self.prob, sentence) for name, draws, sentence in wrong if draws is not None]


def _candidate(name, draws, prob, sentence):
    """Return an interval of draws, with the errors that it has when it comes from the usual effective draws."""
    tails = [(1 - prob) / 2, (1 + prob) / 2]
    scale = (float(az.ess(draws)) / USUAL_ESS) ** 0.5
    errors = scale * np.array([float(az.mcse(draws, method="quantile", prob=p)) for p in tails])
    return Candidate(name, draws.quantile(tails, ("chain", "draw")).to_numpy(), errors, sentence)


def _ends(answer):
    try:
        ends = np.asarray(answer, dtype=float).ravel()
    except (TypeError, ValueError):
        ends = np.empty(0)
    if len(ends) != 2 or not np.isfinite(ends).all():
        return Feedback("wrong", "An interval is two numbers: its lower and its upper end.", "form")
    if ends[0] > ends[1]:
        return Feedback("wrong", "The ends are the wrong way round: the lower one comes first.", "ends swapped")
    return ends
