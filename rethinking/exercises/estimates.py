"""Questions whose answer is a posterior, an interval or a number: marked by computing the answer, not by holding it."""

from functools import cached_property

import arviz as az
import numpy as np

from rethinking.exercises.answers import Posterior, Unreadable, read_posterior
from rethinking.exercises.feedback import Feedback
from rethinking.exercises.mistakes import slips
from rethinking.sampling.diagnostics import MAX_RHAT, MIN_ESS

__all__ = ["Estimate", "Interval", "Number"]

# Standard errors that an answer may be off: a right one fails once in some 100 000 times.
ERRORS = 4.5
# Effective draws that an interval, which brings no draws along, is taken to come from.
USUAL_ESS = 1000
OTHER_PROBS = (0.5, 0.68, 0.8, 0.95, 0.97, 0.99)


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
        right = _quantiles(self._estimate.reference.draws, self.prob)
        error = ERRORS * self._errors
        _, rival, _ = min(self._other_probs, key=lambda other: np.abs(ends - other[1]).max())
        if (np.abs(ends - right) <= error).all() and np.abs(ends - right).max() <= np.abs(ends - rival).max():
            return Feedback("right", self.praise)
        others = [*self._other_probs, *self._mistakes]
        name, nearest, sentence = min(others, key=lambda other: np.abs(ends - other[1]).max())
        if (np.abs(ends - nearest) <= error).all():
            return Feedback("wrong", sentence, name)
        return Feedback("wrong", "This is another interval, by more than Monte-Carlo error: of which quantity is it?")

    @cached_property
    def _errors(self):
        """Monte-Carlo errors of the two ends of an interval that comes from the usual number of effective draws."""
        draws, tail = self._estimate.reference.draws, (1 - self.prob) / 2
        scale = (float(az.ess(draws)) / USUAL_ESS) ** 0.5
        return scale * np.array([float(az.mcse(draws, method="quantile", prob=p)) for p in (tail, 1 - tail)])

    @cached_property
    def _other_probs(self):
        draws, asked = self._estimate.reference.draws, f"the question asks for {100 * self.prob:.0f} %"
        found = [
            (f"{p:.0%} interval", _quantiles(draws, p), f"This is the {100 * p:.0f} % interval, {asked}.")
            for p in OTHER_PROBS
            if abs(p - self.prob) > 0.02
        ]
        mean, sd = float(draws.mean()), float(draws.std())
        narrow = f"This is mean ± one standard deviation, some 68 %; {asked}."
        return [("mean ± sd", np.array([mean - sd, mean + sd]), narrow), *found]

    @cached_property
    def _mistakes(self):
        wrong = ((name, posterior.draws, sentence) for name, posterior, sentence in self._estimate.wrong)
        return [(name, _quantiles(d, self.prob), sentence) for name, d, sentence in wrong if d is not None]


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


def _quantiles(draws, prob):
    return draws.quantile([(1 - prob) / 2, (1 + prob) / 2], ("chain", "draw")).to_numpy()


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
