"""The checks of an exercise sheet."""

from difflib import get_close_matches

from rethinking.exercises.feedback import Feedback
from rethinking.pages import lecture

__all__ = ["checker"]


def checker(name):
    """Return the function ``check(question, answer, variable=None)`` of an exercise sheet.

    The questions are computed by the sheet, ``lectures/exercises/<name>.md``, where the cells that define them are; a
    notebook that calls ``check`` holds no answer.

    Parameters
    ----------
    name : str
        Of the page that the sheet belongs to, ``"12_multilevel_models"``.

    Returns
    -------
    callable
        It returns a `Feedback`. The answer ``...`` is one that is still open.

    Raises
    ------
    FileNotFoundError
        If there is no such sheet; the message lists the nearest names.

    Examples
    --------
    >>> check = checker("05_elemental_confounds")
    >>> check("age", ...)
    … Open. Replace the ... by your answer.
    """
    questions = lecture(f"exercises/{name}").questions

    def check(question, answer, variable=None):
        """Return the feedback for an answer; `variable` names the one of a fit that answers."""
        if question not in questions:
            near = get_close_matches(str(question), questions, n=1) or list(questions)
            msg = f"there is no question {question!r} on this sheet: did you mean {', '.join(map(repr, near))}?"
            raise KeyError(msg)
        if answer is ...:
            return Feedback("open", "Replace the ... by your answer.")
        return questions[question].mark(answer, variable)

    return check
