"""Questions whose answer is a posterior: marked by computing the answer, not by holding it."""

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any

import arviz as az
import numpy as np
import xarray as xr

from rethinking.exercises.marking.feedback import Feedback
from rethinking.exercises.marking.mistakes import Mistake, Slip, slips
from rethinking.exercises.marking.posterior import ERRORS, Posterior, Unreadable, read_posterior
from rethinking.sampling.diagnostics import MAX_RHAT, MIN_ESS

__all__ = ["Estimate"]

RANGES = {"probability": (0, 1), "share": (0, 1), "difference": (-1, 1)}
SENTENCES = {
    "few": Feedback("open", "As far as these digits go, this may be right: give one decimal more.", "too few digits"),
    "squared": Feedback(
        "wrong",
        "The mean of this is the square of a mean: square each draw, and then take the mean."
        " The two differ by a variance.",
        "square of the mean",
    ),
    "undecided": Feedback(
        "open",
        "As far as these digits tell, this may be right or something that is near: hand in the draws.",
        "undecided",
    ),
    "shape": Feedback("wrong", "Centre and spread are right, but the draws have another shape.", "another shape"),
    "high": Feedback("wrong", "This is another quantity or another model: too high, by more than chance allows."),
    "low": Feedback("wrong", "This is another quantity or another model: too low, by more than chance allows."),
    "wide": Feedback("wrong", "The centre is right, but the spread is too wide.", "too wide"),
    "narrow": Feedback("wrong", "The centre is right, but the spread is too narrow.", "too narrow"),
}


class Estimate:
    """A question whose answer is the posterior of a quantity.

    Parameters
    ----------
    reference : callable
        Without arguments, it returns the right answer as draws: a DataArray with the dims chain and draw.
    mistakes : sequence of Mistake
        The wrong answers to recognise, besides the ones of `slips`.
    praise : str
        What to say to the right answer.
    scale : float, optional
        Natural units in one standardised unit, if the answer is in natural units.
    kind : str, optional
        What the quantity is, as for `slips`.

    Examples
    --------
    >>> import xarray as xr
    >>> rng = np.random.default_rng(1)
    >>> def world(mean):
    ...     return xr.DataArray(rng.normal(mean, 0.1, (4, 1000)), dims=["chain", "draw"])
    >>> from rethinking.exercises import Mistake
    >>> naive = Mistake("naive", lambda: world(0.9), "The backdoor is open.")
    >>> question = Estimate(lambda: world(0.5), [naive])
    >>> question.mark(world(0.5))
    ✓ Right. That agrees with the answer computed here.
    >>> question.mark(world(0.9))
    ✗ Not yet. The backdoor is open.
    >>> question.mark((-0.5, 0.1))
    ✗ Not yet. Right size, wrong sign: what was subtracted from what?
    """

    def __init__(
        self,
        reference: Callable[[], xr.DataArray],
        mistakes: Iterable[Mistake] = (),
        praise: str = "That agrees with the answer computed here.",
        scale: str | None = None,
        kind: str | None = None,
    ):
        self._reference, self.mistakes, self.praise, self.kind = reference, tuple(mistakes), praise, kind
        self.slips, self._known = slips(kind, scale), {}

    @cached_property
    def reference(self) -> Posterior:
        """The right answer, computed when it is first needed."""
        return Posterior.of_draws(self._reference())

    def comes_out(self, mistake: Mistake | Slip) -> list[Posterior]:
        """Return the answers that a mistake or a slip leads to, each a `Posterior`; computed once."""
        if mistake.name not in self._known:
            if isinstance(mistake, Mistake):
                self._known[mistake.name] = _posteriors(mistake.comes_out(), self.reference.mean.ndim)
            else:
                self._known[mistake.name] = [Posterior.of_draws(mistake.function(self.reference.draws))]
        return self._known[mistake.name]

    def mark(self, answer: Any, name: str | None = None) -> Feedback:
        """Return the `Feedback` for an answer, in any of the forms of `read_posterior`."""
        try:
            posterior = read_posterior(answer, name, self.reference.mean.shape)
        except Unreadable as error:
            return Feedback("wrong", str(error), "form")
        if trouble := _unconverged(posterior):
            return Feedback("wrong", trouble, "unconverged fit")
        gap = posterior.gap(self.reference)
        if gap <= 1:
            return self._near(posterior, gap)
        if self.kind == "variance" and posterior.draws is None and self._squared_mean(posterior):
            return SENTENCES["squared"]
        if found := self._recognised(posterior):
            return Feedback("wrong", found.sentence, found.name)
        if posterior.coarse is not None and posterior.coarse.gap(self.reference) <= 1:
            return SENTENCES["few"]
        return self._unrecognised(posterior)

    def _near(self, posterior, gap):
        """Return the feedback for an answer that is as near as Monte-Carlo error allows."""
        if (np.maximum(*posterior.rounding) > 0.75 * self.reference.sd).any():
            return SENTENCES["few"]
        if gap == 0:
            return Feedback("right", self.praise)
        if self.kind == "variance" and posterior.draws is None and self._squared_mean(posterior):
            return SENTENCES["squared"]
        rivals = [(self._gap(posterior, mistake), mistake) for mistake in self.mistakes if mistake.near]
        fitting = [(far, mistake) for far, mistake in rivals if far <= 1]
        if not fitting:
            return Feedback("right", self.praise)
        far, mistake = min(fitting, key=lambda each: each[0])
        if far == 0:
            return Feedback("wrong", mistake.sentence, mistake.name)
        return SENTENCES["undecided"]

    def _recognised(self, posterior):
        """Return the slip or mistake that an answer comes from, or None."""
        nearest, least = None, 1.0
        for mistake in (*self.slips, *self.mistakes):
            gap = self._gap(posterior, mistake)
            if gap == 0:
                return mistake
            if gap <= least:
                nearest, least = mistake, gap
        return nearest

    def _gap(self, posterior, mistake):
        """Return how far an answer is from what a mistake leads to, where 1 is what Monte-Carlo error allows."""
        if not isinstance(mistake, Mistake) and posterior.draws is not None:
            # Undone, odds have no tail that hides everything.
            with np.errstate(all="ignore"):
                undone = mistake.undo(posterior.draws)
            # Larger numbers, such as the exponential of days, have no finite variance.
            usable = bool((np.abs(undone) < 1e100).all()) and (undone.std(("chain", "draw")) > 0).all()
            return Posterior.of_draws(undone).gap(self.reference) if usable else np.inf
        return min(posterior.gap(other) for other in self.comes_out(mistake))

    def _squared_mean(self, posterior):
        """Return whether a pair has the square of the mean of a standard deviation for the mean of its square."""
        if self.reference.draws is None:
            return False
        right, squared = self.reference.mean, self.squared_mean
        slack = posterior.rounding[0] + 1e-3 * self.reference.sd
        return bool((np.abs(posterior.mean - squared) <= slack).all() and (np.abs(right - squared) > slack).all())

    @cached_property
    def squared_mean(self) -> np.ndarray:
        """The square of the mean of the root of the right answer, a variance."""
        draws: Any = self.reference.draws
        return (draws**0.5).mean(("chain", "draw")).to_numpy() ** 2

    def out_of_range(self, mean: str) -> Feedback:
        """Return what to say to a mean that the kind of quantity cannot have."""
        low, high = RANGES[self.kind or ""]
        sentence = f"A {self.kind} lies between {low} and {high}, and the mean of this is {mean}: on which scale?"
        return Feedback("wrong", sentence, "out of range")

    def _unrecognised(self, posterior):
        low, high = RANGES.get(self.kind or "", (-np.inf, np.inf))
        if (posterior.mean < low).any() or (posterior.mean > high).any():
            mean = posterior.mean.ravel()[np.argmax(np.abs(posterior.mean))]
            return self.out_of_range(f"{mean:.3g}")
        error = ERRORS * np.hypot(posterior.mean_error, self.reference.mean_error)
        off = posterior.mean - self.reference.mean
        if (np.abs(off) > error).any():
            return SENTENCES["high" if np.mean(off) > 0 else "low"]
        ratio = np.mean(posterior.sd) / np.mean(self.reference.sd)
        if 0.98 < ratio < 1.02:
            return SENTENCES["shape"]
        return SENTENCES["wide" if ratio > 1 else "narrow"]


def _posteriors(comes_out, ndim):
    """Return the answers that a mistake leads to: one, or one for each label of a dim that the answer has not."""
    if isinstance(comes_out, tuple):
        return [Posterior.of_pair(*comes_out)]
    draws = comes_out.transpose("chain", "draw", ...)
    if draws.ndim - 2 == ndim:
        return [Posterior.of_draws(draws)]
    return Posterior.of_draws(draws).each()


def _unconverged(posterior):
    if posterior.draws is None:
        return ""
    ess = float(np.min(az.ess(posterior.draws)))
    rhat = float(np.max(az.rhat(posterior.draws))) if posterior.draws.sizes["chain"] > 1 else 1.0
    if rhat > MAX_RHAT:
        return f"The chains disagree (R-hat {rhat:.2f}, should be at most {MAX_RHAT}): mend the fit before reading it."
    if ess < MIN_ESS:
        return f"The fit has only {ess:.0f} effective draws (should be {MIN_ESS}): draw more, or mend the model."
    return ""
