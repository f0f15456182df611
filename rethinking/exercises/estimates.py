"""Questions whose answer is a posterior or a number: marked by computing the answer, not by holding it."""

from functools import cached_property

import arviz as az
import numpy as np

from rethinking.exercises.feedback import Feedback
from rethinking.exercises.mistakes import slips
from rethinking.exercises.posterior import ERRORS, Posterior, Unreadable, read_posterior
from rethinking.sampling.diagnostics import MAX_RHAT, MIN_ESS

__all__ = ["Estimate", "Number"]


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

    def __init__(self, reference, mistakes=(), praise="That agrees with the answer computed here.", scale=None):
        self._reference, self.mistakes, self.praise, self.scale = reference, tuple(mistakes), praise, scale

    @cached_property
    def reference(self):
        """The right answer, computed when it is first needed."""
        return Posterior.of_draws(self._reference())

    @cached_property
    def wrong(self):
        """The answers that mistakes lead to, as (name, Posterior, sentence)."""
        found = [(m.name, _posterior(m.comes_out()), m.sentence) for m in self.mistakes]
        more = slips(self.reference.draws, self.scale)
        return found + [(slip.name, self.reference.map(slip.function), slip.sentence) for slip in more]

    def mark(self, answer, name=None):
        """Return the `Feedback` for an answer, in any of the forms of `read_posterior`."""
        try:
            posterior = read_posterior(answer, name, self.reference.mean.shape)
        except Unreadable as error:
            return Feedback("wrong", str(error), "form")
        if trouble := _unconverged(posterior):
            return Feedback("wrong", trouble, "unconverged fit")
        if _distance(posterior, self.reference) <= 1:
            return Feedback("right", self.praise)
        name, nearest, sentence = min(self.wrong, key=lambda wrong: _distance(posterior, wrong[1]))
        if _distance(posterior, nearest) <= 1:
            return Feedback("wrong", sentence, name)
        return _unrecognised(posterior, self.reference)


class Number:
    """A question whose answer is one number.

    Parameters
    ----------
    reference : callable
        Without arguments, it returns the right number.
    tolerance : float
        How far off an answer may be, in the number's own unit.
    mistakes : sequence of Mistake
        Their `comes_out` return a number.
    praise : str
        What to say to the right answer.

    Examples
    --------
    >>> from rethinking.exercises import Mistake
    >>> question = Number(lambda: 0.25, 0.01, [Mistake("percent", lambda: 25.0, "As a share, please.")])
    >>> question.mark(0.25), question.mark(25)
    (✓ Right. That is the number., ✗ Not yet. As a share, please.)
    """

    def __init__(self, reference, tolerance, mistakes=(), praise="That is the number."):
        self.reference, self.tolerance, self.mistakes, self.praise = reference, tolerance, tuple(mistakes), praise

    def mark(self, answer, name=None):
        """Return the `Feedback` for a number."""
        try:
            value = float(answer)
        except (TypeError, ValueError):
            return Feedback("wrong", f"One number is asked for, and this is a {type(answer).__name__}.", "form")
        right = float(self.reference())
        if abs(value - right) <= self.tolerance:
            return Feedback("right", self.praise)
        for mistake in self.mistakes:
            if abs(value - float(mistake.comes_out())) <= self.tolerance:
                return Feedback("wrong", mistake.sentence, mistake.name)
        if abs(value + right) <= self.tolerance:
            return Feedback("wrong", "Right size, wrong sign.", "wrong sign")
        return Feedback("wrong", f"This number is too {'large' if value > right else 'small'}.")


def _posterior(comes_out):
    return Posterior.of_pair(*comes_out) if isinstance(comes_out, tuple) else Posterior.of_draws(comes_out)


def _distance(one, other):
    """Return how far two posteriors are apart, where 1 is what Monte-Carlo error allows."""
    with np.errstate(divide="ignore", invalid="ignore"):
        centre = np.abs(one.mean - other.mean) / (ERRORS * np.hypot(one.mean_error, other.mean_error))
        spread = np.abs(one.sd - other.sd) / (ERRORS * np.hypot(one.sd_error, other.sd_error))
    return float(np.nan_to_num(np.maximum(centre, spread), nan=np.inf).max())


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


def _unrecognised(posterior, reference):
    error = ERRORS * np.hypot(posterior.mean_error, reference.mean_error)
    off = posterior.mean - reference.mean
    if (np.abs(off) <= error).all():
        wide = "wide" if np.mean(posterior.sd) > np.mean(reference.sd) else "narrow"
        return Feedback("wrong", f"The centre is right, but the spread is too {wide}.", f"too {wide}")
    way = "high" if np.mean(off) > 0 else "low"
    return Feedback("wrong", f"This is another quantity or another model: it is too {way}, by more than chance allows.")
