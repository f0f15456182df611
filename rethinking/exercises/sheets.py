"""The checks of an exercise sheet."""

from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, Any

from rethinking._names import alike, kind_of
from rethinking.book.pages import lecture, page_paths
from rethinking.exercises.marking.feedback import Feedback
from rethinking.exercises.waiting import working

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["NOTHING", "Check", "checker", "sheet_paths"]

NOTHING = Feedback("open", "Nothing is filled in yet: give your answer.", "open")


class Check:
    """The checks of one sheet: call it with the name of a question and an answer.

    Attributes
    ----------
    questions : tuple of str
        The names of the questions.
    sheet : types.ModuleType
        What the sheet defines, its questions with their answers among it.
    """

    def __init__(self, sheet: ModuleType):
        self.sheet, self.questions = sheet, tuple(sheet.questions)

    def __call__(self, question: str, answer: Any, variable: str | None = None) -> Feedback:
        """Return the `Feedback` for an answer; `variable` names the one of a fit that answers.

        Raises
        ------
        ValueError
            If the sheet has no such question; the message names the nearest.
        """
        if question not in self.questions:
            near = alike(question, self.questions, most=1) or self.questions
            msg = f"There is no question {_short(question)} on this sheet: did you mean {', '.join(map(repr, near))}?"
            raise ValueError(msg)
        if answer is ...:
            return Feedback("open", "Replace the ... by your answer.", "open")
        if isinstance(answer, str) and not answer.strip():
            return NOTHING
        with working("Computing the answer, to compare yours with it; the first time this takes some seconds."):
            return self.sheet.questions[question].mark(answer, variable)

    def shared(self) -> "dict[str, xr.Dataset | xr.DataTree]":
        """Return what the sheet gives and another process can take over: its fits, by name."""
        import xarray as xr

        things = {name: thing() for name, thing in vars(self.sheet).get("given", {}).items()}
        return {name: thing for name, thing in things.items() if isinstance(thing, xr.Dataset | xr.DataTree)}

    def given(self, name: str) -> Any:
        """Return something that the sheet gives to its readers, such as a fit: what its questions use themselves.

        So nothing is computed twice, and an answer made of it can be compared to the last digit.

        Parameters
        ----------
        name : str

        Raises
        ------
        ValueError
            If the sheet gives nothing of that name; the message says what it gives.
        """
        things = vars(self.sheet).get("given", {})
        if name not in things:
            msg = f"This sheet does not give {_short(name)}; it gives {', '.join(map(repr, things)) or 'nothing'}."
            raise ValueError(msg)
        thing = things[name]()
        return thing.copy(deep=True) if hasattr(thing, "copy") else thing


def checker(name: str) -> Check:
    """Return the function ``check(question, answer, variable=None)`` of an exercise sheet.

    The questions are computed by the sheet, ``lectures/exercises/<name>.md``, where the cells that define them are; a
    notebook that calls ``check`` holds no answer.

    Parameters
    ----------
    name : str
        Of the page that the sheet belongs to, ``"12_multilevel_models"``.

    Returns
    -------
    Check
        It returns a `Feedback`. The answer ``...`` is one that is still open.

    Raises
    ------
    TypeError
        If the name is not a string.
    FileNotFoundError
        If there is no such sheet; the message lists the nearest names.

    Examples
    --------
    >>> check = checker("05_elemental_confounds")
    >>> check("age", ...)
    … Open. Replace the ... by your answer.
    """
    if not isinstance(name, str):
        msg = f"A sheet is named by a string such as '12_multilevel_models', and not by {kind_of(name)}."
        raise TypeError(msg)
    if name not in sheet_paths():
        near = alike(name, sheet_paths(), most=2, cutoff=0.3) or list(sheet_paths())[:3]
        msg = f"There is no exercise sheet named {_short(name)}; the nearest are: {', '.join(near)}."
        raise FileNotFoundError(msg)
    return _check(name)


@cache
def _check(name):
    """Return the checks of a sheet; the same ones at each call, because they keep what they have computed."""
    return Check(lecture(f"exercises/{name}"))


def sheet_paths():
    """Return the text of every exercise sheet, by the name of the page that it belongs to.

    Examples
    --------
    >>> sheet_paths()["05_elemental_confounds"].parent.name
    'exercises'
    """
    prefix = "exercises/"
    return {name.removeprefix(prefix): path for name, path in page_paths().items() if name.startswith(prefix)}


def _short(value):
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
