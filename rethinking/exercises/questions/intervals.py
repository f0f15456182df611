"""Questions whose answer is an interval: of the right quantity, and of the right probability.

Two ends alone say little of their probability: the ends of 89 % and of 90 % lie nearer to each other than those of two
fits of 4,000 draws. So what distinguishes is asked for: ends with enough digits of draws that the sheet has given, or
what `xarray.DataArray.quantile` returns, which carries its probabilities along.
"""

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any

import arviz as az
import numpy as np
import xarray as xr

from rethinking._intervals import equal_tails
from rethinking.exercises.marking.ends import ASKED, Candidate, candidate, read_ends
from rethinking.exercises.marking.feedback import Feedback
from rethinking.exercises.marking.mistakes import Mistake, Slip
from rethinking.exercises.marking.posterior import SAME
from rethinking.exercises.questions.estimates import Estimate

__all__ = ["Interval"]

OTHER_PERCENTS = (*range(50, 99), 99)
USUAL_PERCENTS = (50, 68, 80, 95, 97, 99)


class Interval:
    """A question whose answer is an equal-tailed interval: its two ends.

    Parameters
    ----------
    reference : callable
        As for `Estimate`.
    prob : float
        The probability that the interval holds.
    mistakes, praise, scale, kind
        As for `Estimate`.

    Examples
    --------
    >>> draws = xr.DataArray(np.random.default_rng(1).normal(size=(4, 1000)), dims=["chain", "draw"])
    >>> question = Interval(lambda: draws, 0.89)
    >>> question.mark(draws.quantile([0.055, 0.945]))
    ✓ Right. That is the interval.
    >>> question.mark(draws.quantile([0.05, 0.95]))
    ✗ Not yet. These are the quantiles 0.05 and 0.95, and so the 90 % interval; the question asks for 0.055 and 0.945.
    """

    def __init__(
        self,
        reference: Callable[[], xr.DataArray],
        prob: float = 0.89,
        mistakes: Iterable[Mistake] = (),
        praise: str = "That is the interval.",
        scale: str | None = None,
        kind: str | None = None,
    ):
        self._estimate = Estimate(reference, mistakes, scale=scale, kind=kind)
        self.slips, self.mistakes, self.prob, self.praise = self._estimate.slips, tuple(mistakes), prob, praise
        self._asked = np.array(equal_tails(prob))

    def mark(self, answer: Any, name: str | None = None) -> Feedback:
        """Return the `Feedback` for an answer: two numbers, the lower end first."""
        given = read_ends(answer, name)
        if isinstance(given, Feedback):
            return given
        if given.tails is not None and np.abs(given.tails - self._asked).max() > SAME:
            return self._other_tails(*given.tails)
        if given.ends[0] > given.ends[1]:
            return self._falling(given)
        if self.right.is_same(given, self.sd):
            return self._same(given)
        if given.tails is None and (other := self._other_interval(given)):
            return Feedback("wrong", other.sentence, other.name)
        if found := self._recognised(given, same=True):
            return Feedback("wrong", found.sentence, found.name)
        if self.right.gap(given) <= 1:
            return self._near(given)
        if found := self._recognised(given):
            return Feedback("wrong", found.sentence, found.name)
        return self.sentences["other"]

    @cached_property
    def sentences(self) -> dict[str, Feedback]:
        """What may be said of two ends, besides the mistakes and other intervals, by what is the case."""
        low, high = self._asked
        near = f"Near, but two ends of draws of your own do not tell {100 * self.prob:.0f} % from its neighbours: "
        near += f"hand in what draws.quantile([{low:.3g}, {high:.3g}]) returns, which says what it is."
        few = "As far as these digits go, this is right, and so would its neighbours be: give one digit more."
        pair = "These are a mean and a standard deviation: an interval is its lower and its upper end."
        swapped = "The first number is larger than the second: the lower end comes first."
        other = "This is another interval, by more than Monte-Carlo error: of which quantity is it?"
        return {
            "right": Feedback("right", self.praise),
            "form": Feedback("wrong", ASKED, "form"),
            "few": Feedback("open", few, "too few digits"),
            "undecided": Feedback("open", near, "undecided"),
            "pair": Feedback("wrong", pair, "mean and sd"),
            "swapped": Feedback("wrong", swapped, "ends swapped"),
            "other": Feedback("wrong", other),
        }

    def _other_tails(self, low, high):
        asked = f"the question asks for {self._asked[0]:.3g} and {self._asked[1]:.3g}."
        if abs(high - low - self.prob) < 2 * SAME:
            return Feedback("wrong", f"These are the quantiles {low:g} and {high:g}: {asked}", "other tails")
        percent = f"{100 * (high - low):.3g}"
        sentence = f"These are the quantiles {low:g} and {high:g}, and so the {percent} % interval; {asked}"
        return Feedback("wrong", sentence, f"{percent}% interval")

    def _falling(self, given):
        """Return the feedback for ends of which the first is the larger."""
        mean, sd = self.mean, self.sd
        if (np.abs(given.ends - [mean, sd]) <= given.rounding + 0.1 * sd).all():
            return self.sentences["pair"]
        return self.sentences["swapped"]

    def _same(self, given):
        """Return the feedback for ends of the right draws: right, if they have digits enough."""
        if given.tails is None and any(other.is_same(given, self.sd) for other in self.beside):
            return self.sentences["few"]
        return self.sentences["right"]

    def _near(self, given):
        return self.sentences["right" if given.tails is not None else "undecided"]

    def _other_interval(self, given):
        """Return the interval of the right draws that has another probability or other tails, or None."""
        same = [each for each in self.others if each.is_same(given, self.sd)]
        if same:
            return min(same, key=lambda each: np.abs(each.ends - given.ends).max())
        usual = [each for each in self.others if each.name in {f"{p}% interval" for p in USUAL_PERCENTS}]
        nearest = min(usual, key=lambda each: each.gap(given))
        return nearest if nearest.gap(given) <= 1 < self.right.gap(given) else None

    def _recognised(self, given, same=False):
        """Return the candidate of the slip or mistake that the answer comes from, or None.

        `same` asks for the same draws, and so for what needs no fit.
        """
        found = []
        for mistake in (*self.slips, *self.mistakes):
            candidates = self.comes_out(mistake)
            if any(each.is_same(given, self._sd_of(each)) for each in candidates):
                return candidates[0]
            found += candidates
        if same or not found:
            return None
        nearest = min(found, key=lambda each: each.gap(given))
        return nearest if nearest.gap(given) <= 1 else None

    @cached_property
    def _draws(self) -> Any:
        return self._estimate.reference.draws

    @cached_property
    def mean(self) -> float:
        """The mean of the right draws."""
        return float(self._estimate.reference.mean)

    @cached_property
    def sd(self) -> float:
        """The standard deviation of the right draws."""
        return float(self._estimate.reference.sd)

    def _sd_of(self, candidate):
        """Return the sd that a Normal with such an interval would have."""
        return float(np.ptp(candidate.ends)) / 3.2

    @cached_property
    def right(self) -> Candidate:
        """The right answer."""
        return self._of(self.prob, self.praise)

    @cached_property
    def beside(self) -> list[Candidate]:
        """The intervals of one percent less and more."""
        return [self._of(p, "") for p in (self.prob - 0.01, self.prob + 0.01)]

    @cached_property
    def others(self) -> list[Candidate]:
        """The intervals of the right draws that have another probability, and the narrowest one."""
        asked = f"the question asks for {100 * self.prob:.0f} %"
        found = [
            self._of(p / 100, f"{p}% interval", f"This is the {p} % interval, {asked}.")
            for p in OTHER_PERCENTS
            if abs(p / 100 - self.prob) > 0.005
        ]
        ends = az.hdi(self._draws, prob=self.prob).to_numpy()
        sentence = "This is the narrowest interval (highest density): the question asks for equal tails."
        return [*found, Candidate("highest density", ends, np.zeros(2), sentence)]

    def _of(self, prob, name, sentence=""):
        return candidate(name, self._draws, prob, sentence)

    def comes_out(self, mistake: Mistake | Slip) -> list[Candidate]:
        """Return the intervals that a mistake or a slip leads to; computed once."""
        if mistake.name not in self._candidates:
            posteriors = self._estimate.comes_out(mistake)
            draws = [posterior.draws for posterior in posteriors if posterior.draws is not None]
            made = [candidate(mistake.name, each, self.prob, mistake.sentence) for each in draws]
            self._candidates[mistake.name] = made
        return self._candidates[mistake.name]

    @cached_property
    def _candidates(self):
        return {}
