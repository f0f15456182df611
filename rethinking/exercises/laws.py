"""Open questions, which many answers meet: a law says what is still wrong with one."""

from typing import NamedTuple

from rethinking.exercises.feedback import Feedback

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

    def __init__(self, law, praise="It does what was asked."):
        self.law, self.praise = law, praise

    def mark(self, answer, name=None):
        """Return the `Feedback` for an answer; an error that it raises is told, not raised."""
        try:
            complaint = self.law(answer)
        except Exception as error:
            sentence = f"Your answer stopped with {type(error).__name__}: {str(error).rstrip('.')}."
            return Feedback("wrong", sentence, "crash")
        return Feedback("wrong", complaint.sentence, complaint.name) if complaint else Feedback("right", self.praise)
