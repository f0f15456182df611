"""Open questions, which many answers meet: a law says what is still wrong with one."""

from collections.abc import Callable
from typing import Any, NamedTuple

from rethinking.exercises.marking.feedback import Feedback

__all__ = ["Complaint", "Law"]


class Complaint(NamedTuple):
    """What is wrong with an answer: the name of the mistake, and what to say."""

    name: str
    sentence: str


class Law:
    """A question whose answer is a function or an object that must behave in a certain way.

    Parameters
    ----------
    law : callable
        It tries the answer and returns None or a `Complaint`.
    praise : str
        What to say to the right answer.

    Examples
    --------
    >>> def positive(scale):
    ...     return None if scale(3) > 0 else Complaint("negative", "A scale is positive.")
    >>> Law(positive, "It is.").mark(abs)
    ✓ Right. It is.
    >>> Law(positive).mark(lambda x: x / 0)
    ✗ Not yet. Your answer stopped with ZeroDivisionError: division by zero.
    """

    def __init__(self, law: Callable[[Any], Complaint | None], praise: str = "It does what was asked."):
        self.law, self.praise = law, praise

    def mark(self, answer: Any, name: str | None = None) -> Feedback:
        """Return the `Feedback` for an answer; an error that it raises is told, not raised."""
        tried = _Tried(answer) if callable(answer) else answer
        try:
            complaint = self.law(tried)
        except Exception as error:
            return self._stopped(tried, answer, error)
        if complaint is None:
            return Feedback("right", self.praise)
        return Feedback("open" if complaint.name == "open" else "wrong", complaint.sentence, complaint.name)

    def _stopped(self, tried, answer, error):
        """Return the feedback for an answer on which the law stopped: in the answer, because of it, or before it."""
        if not isinstance(tried, _Tried) or not tried.calls:
            kind = "function" if callable(answer) else type(answer).__name__
            return Feedback("wrong", f"This is of the type {kind}, and something else is asked for.", "form")
        if tried.error is error:
            return Feedback("wrong", f"Your answer stopped with {_told(error)}", "crash")
        return Feedback("wrong", f"What your answer returns cannot be used: {_told(error)}", "form")


class _Tried:
    """An answer that is called, and remembers how often, and the error that came out of it."""

    def __init__(self, answer):
        self.answer, self.error, self.calls = answer, None, 0

    def __call__(self, *arguments, **options):
        self.calls += 1
        try:
            return self.answer(*arguments, **options)
        except Exception as error:
            self.error = error
            raise


def _told(error):
    text = " ".join(str(error).split()).rstrip(".")[:200]
    return f"{type(error).__name__}: {text}." if text else f"{type(error).__name__}."
