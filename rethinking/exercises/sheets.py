"""The checks of an exercise sheet."""

from difflib import get_close_matches
from functools import cache

from rethinking.book.pages import lecture, page_paths
from rethinking.exercises.feedback import Feedback

__all__ = ["checker", "sheet_paths"]


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
    questions = _questions(name)

    def check(question, answer, variable=None):
        """Return the feedback for an answer; `variable` names the one of a fit that answers."""
        if question not in questions:
            near = get_close_matches(str(question), questions, n=1) or list(questions)
            msg = f"there is no question {question!r} on this sheet: did you mean {', '.join(map(repr, near))}?"
            raise ValueError(msg)
        if answer is ...:
            return Feedback("open", "Replace the ... by your answer.", "open")
        return questions[question].mark(answer, variable)

    return check


@cache
def _questions(name):
    """Return the questions of a sheet; the same ones at each call, because they keep what they have computed."""
    return lecture(f"exercises/{name}").questions


def sheet_paths():
    """Return the text of every exercise sheet, by the name of the page that it belongs to.

    Examples
    --------
    >>> sheet_paths()["05_elemental_confounds"].parent.name
    'exercises'
    """
    prefix = "exercises/"
    return {name.removeprefix(prefix): path for name, path in page_paths().items() if name.startswith(prefix)}
