"""The mistakes that people make, each as what would come out, and what to say about it.

A mistake is judged as an answer is: the wrong answer is computed, and if the student's is as near to it as Monte-Carlo
error allows, that was the mistake.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["KINDS", "Mistake", "Slip", "elsewhere", "slips"]


class Mistake(NamedTuple):
    """A way to go wrong.

    Attributes
    ----------
    name : str
        Two or three words, by which mistakes are counted.
    comes_out : callable
        Without arguments, it returns the answer that this mistake leads to: draws, or a pair (mean, sd). Draws with one
        more dim than the answer are many such answers, one for each label.
    sentence : str
        What to say to the student.
    near : bool
        Whether this comes so near to the right answer that another fit could be taken for either.
    """

    name: str
    comes_out: Callable
    sentence: str
    near: bool = False


class Slip(NamedTuple):
    """A mistake that is made with the right posterior in hand: a function of its draws, and what undoes it."""

    name: str
    function: Callable
    undo: Callable
    sentence: str


def _odds(p):
    return p / (1 - p)


def _logit(p):
    with np.errstate(divide="ignore", invalid="ignore"):
        return special.logit(p)


SIGN = Slip("wrong sign", np.negative, np.negative, "Right size, wrong sign: what was subtracted from what?")
LOG_ODDS = Slip(
    "log-odds for probability", _logit, special.expit,
    "This is on the log-odds scale, the question asks for a probability.",
)  # fmt: skip
ODDS = Slip(
    "odds for probability", _odds, lambda odds: odds / (1 + odds),
    "These are odds, p / (1 - p): the question asks for the probability p.",
)  # fmt: skip
PERCENT = Slip(
    "percent", lambda p: 100 * p, lambda percent: percent / 100,
    "This is in percent: the question asks for a number between 0 and 1.",
)  # fmt: skip
POINTS = Slip(
    "percent", lambda p: 100 * p, lambda percent: percent / 100,
    "This is in percentage points: the question asks for a difference of probabilities, between -1 and 1.",
)  # fmt: skip
LOG_RATIO = Slip(
    "logarithm for ratio",
    np.log,
    np.exp,
    "This is the logarithm of the answer: the question asks for the ratio itself.",
)
INVERSE = Slip("ratio upside down", np.reciprocal, np.reciprocal, "Upside down: what is to be divided by what?")
ROOT = Slip(
    "sd for variance", np.sqrt, np.square,
    "This is the square root of the answer: a standard deviation, and a variance is asked for.",
)  # fmt: skip
SQUARE = Slip(
    "variance for sd", np.square, np.sqrt,
    "This is the square of the answer: a variance, and a standard deviation is asked for.",
)  # fmt: skip
LOG_LEVEL = Slip(
    "logarithm for level",
    np.log,
    np.exp,
    "This is the logarithm of the answer: the question asks for the level itself.",
)
LEVEL = Slip(
    "level for logarithm", np.exp, np.log, "This is the exponential of the answer: the question asks for the logarithm."
)

# What a quantity is says which slips there are: nobody takes a root of a slope.
KINDS = {
    None: (SIGN,),
    "probability": (LOG_ODDS, ODDS, PERCENT),
    "difference": (SIGN, POINTS),
    "share": (PERCENT,),
    "ratio": (LOG_RATIO, PERCENT, INVERSE),
    "variance": (ROOT,),
    "sd": (SQUARE,),
    "level": (LOG_LEVEL,),
    "logarithm": (LEVEL, SIGN),
}


def slips(kind=None, scale=None):
    """Return the slips that are possible with a quantity of a kind.

    Parameters
    ----------
    kind : {None, "probability", "difference", "share", "ratio", "variance", "sd", "level", "logarithm"}
        A difference is one of probabilities. None is any other quantity.
    scale : float, optional
        Natural units in one standardised unit, for a question that has both.

    Returns
    -------
    list of Slip

    Raises
    ------
    ValueError
        If there is no such kind.

    Examples
    --------
    >>> [slip.name for slip in slips("probability")]
    ['log-odds for probability', 'odds for probability', 'percent']
    """
    if kind not in KINDS:
        msg = f"kind is {kind!r}, but should be one of {', '.join(map(repr, KINDS))}."
        raise ValueError(msg)
    found = list(KINDS[kind])
    if scale is not None:
        found += [
            Slip("standardised for natural", lambda x: x / scale, lambda x: x * scale,
                 "This is in standard deviations, the question asks for natural units."),
            Slip("scaled twice", lambda x: x * scale, lambda x: x / scale,
                 "The scale went in twice: the natural units were multiplied once too often."),
        ]  # fmt: skip
    return found


def elsewhere(
    quantity: Callable[[], "xr.DataArray"], dim: str, label: str | int, what: str | None = None
) -> list[Mistake]:
    """Return the mistakes of taking another label along a dim: the position for the label, and any other one.

    Parameters
    ----------
    quantity : callable
        Without arguments, it returns draws for all labels.
    dim : str
    label : str or int
        The right one.
    what : str, optional
        What to call one label; the dim by default.

    Returns
    -------
    list of Mistake

    Examples
    --------
    >>> import xarray as xr
    >>> draws = xr.DataArray(np.zeros((4, 100, 3)), {"tank": [1, 2, 3]}, ["chain", "draw", "tank"])
    >>> [mistake.name for mistake in elsewhere(lambda: draws, "tank", 2)]
    ['position for label', 'another tank']
    """
    what = what or dim
    other = Mistake(
        f"another {what}",
        lambda: quantity().drop_sel({dim: label}),
        f"This looks like another {what}: the question asks for {what} {label}.",
    )
    if not isinstance(label, int):
        return [other]
    position = Mistake(
        "position for label",
        lambda: quantity().isel({dim: label}),
        f"This is another {what}: isel counts from 0, and sel({dim}={label}) goes by the label.",
    )
    return [position, other]
