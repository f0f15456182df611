"""Questions whose answer is one number, or several in their order."""

import math
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any

import numpy as np

from rethinking.exercises.marking.feedback import Feedback
from rethinking.exercises.marking.mistakes import Mistake
from rethinking.exercises.marking.posterior import decimals_of

__all__ = ["Number", "Numbers"]


class Number:
    """A question whose answer is one number.

    Parameters
    ----------
    reference : callable
        Without arguments, it returns the right number.
    tolerance : float
        How far off an answer may be, in the number's own unit: half a unit of the last decimal that is asked for.
    mistakes : sequence of Mistake
        Their `comes_out` return a number.
    praise : str
        What to say to the right answer.

    Examples
    --------
    >>> from rethinking.exercises import Mistake
    >>> question = Number(lambda: 0.254, 0.0005, [Mistake("odds", lambda: 0.34, "As a share, please.")])
    >>> question.mark(0.254), question.mark(0.34)
    (✓ Right. That is the number., ✗ Not yet. As a share, please.)
    >>> question.mark(0.25)
    … Open. As far as it goes, this is right: give 3 decimals.
    """

    def __init__(
        self,
        reference: Callable[[], float],
        tolerance: float,
        mistakes: Iterable[Mistake] = (),
        praise: str = "That is the number.",
    ):
        self.reference, self.tolerance, self.mistakes, self.praise = reference, tolerance, tuple(mistakes), praise

    def mark(self, answer: Any, name: str | None = None) -> Feedback:
        """Return the `Feedback` for a number."""
        try:
            values = np.asarray(answer, dtype=float)
        except (TypeError, ValueError, OverflowError):
            values = np.empty(0)
        if values.size != 1 or not np.isfinite(values).all():
            return _form(answer)
        return self._judged(values.item(), float(self.reference()))

    @cached_property
    def sentences(self) -> dict[str, Feedback]:
        """What may be said of an answer besides the mistakes, by what is the case."""
        decimals = math.ceil(-math.log10(2 * self.tolerance) - 1e-9)
        few = f"As far as it goes, this is right: give {decimals} decimals."
        return {
            "form": _form(""),
            "right": Feedback("right", self.praise),
            "sign": Feedback("wrong", "Right size, wrong sign.", "wrong sign"),
            "percent": Feedback("wrong", "This is a hundred times the answer: percent?", "percent"),
            "few": Feedback("open", few, "too few digits"),
            "large": Feedback("wrong", "This number is too large."),
            "small": Feedback("wrong", "This number is too small."),
        }

    def _judged(self, value, right):
        if self._is(value, right):
            return self.sentences["right"]
        for mistake in self.mistakes:
            if self._is(value, float(mistake.comes_out())):
                return Feedback("wrong", mistake.sentence, mistake.name)
        if self._is(value, -right):
            return self.sentences["sign"]
        if abs(right) < 1 and abs(value / 100 - right) <= self.tolerance:
            return self.sentences["percent"]
        # Half a unit of the last decimal, however the computer rounds the difference.
        if abs(value - right) <= 0.5000001 * 10.0 ** -decimals_of(value) and decimals_of(value) > 0:
            return self.sentences["few"]
        return self.sentences["large" if value > right else "small"]

    def _is(self, value, other):
        return abs(value - other) <= self.tolerance * (1 + 1e-6)


def _form(answer):
    kind = "text" if isinstance(answer, str) else type(answer).__name__
    return Feedback("wrong", f"One finite number is asked for, and this is something else ({kind}).", "form")


class Numbers:
    """A question whose answer is several numbers in their order.

    Parameters
    ----------
    reference : callable
        Without arguments, it returns the right numbers, an array of one dimension.
    tolerance : float
        How far off each may be.
    mistakes : sequence of Mistake
        Their `comes_out` return as many numbers.
    praise : str
        What to say to the right answer.
    total : float, optional
        What the numbers must sum to, to 0.01, as probabilities do to 1.

    Examples
    --------
    >>> from rethinking.exercises import Mistake
    >>> land = Mistake("land for water", lambda: np.array([0.8, 0.2]), "These are those of land.")
    >>> question = Numbers(lambda: np.array([0.2, 0.8]), 0.0015, [land], total=1)
    >>> question.mark([0.2, 0.8]), question.mark([0.8, 0.2])
    (✓ Right. These are the numbers., ✗ Not yet. These are those of land.)
    >>> question.mark([2, 8]), question.mark([1])
    (✗ Not yet. They must sum to 1., ✗ Not yet. 2 numbers are asked for, and these are 1.)
    """

    def __init__(
        self,
        reference: Callable[[], np.ndarray],
        tolerance: float,
        mistakes: Iterable[Mistake] = (),
        praise: str = "These are the numbers.",
        total: float | None = None,
    ):
        self.reference, self.tolerance, self.mistakes = reference, tolerance, tuple(mistakes)
        self.praise, self.total = praise, total

    @cached_property
    def sentences(self) -> dict[str, Feedback]:
        """What may be said of an answer besides the mistakes, by what is the case."""
        return {
            "form": Feedback("wrong", "These are not finite numbers.", "form"),
            "size": self.of_size("{size}"),
            "right": Feedback("right", self.praise),
            "total": Feedback("wrong", f"They must sum to {self.total}.", "not normalised"),
            "other": Feedback("wrong", "These are not the numbers asked for.", "other"),
        }

    def of_size(self, size: str) -> Feedback:
        """Return what to say to another number of numbers."""
        return Feedback("wrong", f"{self.reference().size} numbers are asked for, and these are {size}.", "form")

    def mark(self, answer: Any, name: str | None = None) -> Feedback:
        """Return the `Feedback` for an array or a list of numbers."""
        try:
            values = np.asarray(answer, dtype=float)
        except (TypeError, ValueError, OverflowError):
            return self.sentences["form"]
        if not np.isfinite(values).all():
            return self.sentences["form"]
        if values.shape != self.reference().shape:
            return self.of_size(str(values.size))
        if self._are(values, self.reference()):
            return self.sentences["right"]
        for mistake in self.mistakes:
            if self._are(values, mistake.comes_out()):
                return Feedback("wrong", mistake.sentence, mistake.name)
        if self.total is not None and abs(values.sum() - self.total) > 0.01:
            return self.sentences["total"]
        return self.sentences["other"]

    def _are(self, values, others):
        return bool((np.abs(values - others) <= self.tolerance).all())
