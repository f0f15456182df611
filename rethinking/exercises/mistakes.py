"""The mistakes that people make, each as what would come out, and what to say about it.

A mistake is judged as an answer is: the wrong answer is computed, and if the student's is as near to it as Monte-Carlo
error allows, that was the mistake.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy import special

__all__ = ["Mistake", "slips"]


SAYS = {
    "wrong sign": "Right size, wrong sign: what was subtracted from what?",
    "log-odds for probability": "This is on the log-odds scale, the question asks for a probability.",
    "odds for probability": "These are odds, the question asks for a probability.",
    "sd for variance": "This is the square root of the answer: a standard deviation where a variance is asked for?",
    "variance for sd": "This is the square of the answer: a variance where a standard deviation is asked for?",
    "standardised for natural": "This is in standard deviations, the question asks for natural units.",
    "scaled twice": "The scale went in twice: the natural units were multiplied once too often.",
}


class Mistake(NamedTuple):
    """A way to go wrong.

    Attributes
    ----------
    name : str
        Two or three words, by which mistakes are counted.
    comes_out : callable
        Without arguments, it returns the answer that this mistake leads to: draws, or a pair (mean, sd).
    sentence : str
        What to say to the student.
    """

    name: str
    comes_out: Callable
    sentence: str


class Slip(NamedTuple):
    """A mistake that is made with the right posterior in hand: a function of its draws."""

    name: str
    function: Callable
    sentence: str


def slips(draws, scale=None):
    """Return the slips that are possible with a posterior: sign, log-odds, odds, variance, standardised units.

    Parameters
    ----------
    draws : xarray.DataArray
        The right answer.
    scale : float, optional
        Natural units in one standardised unit, for a question that has both.

    Returns
    -------
    list of Slip

    Examples
    --------
    >>> import xarray as xr
    >>> p = xr.DataArray(np.full((4, 100), 0.3), dims=["chain", "draw"])
    >>> [slip.name for slip in slips(p)]
    ['wrong sign', 'log-odds for probability', 'odds for probability', 'sd for variance', 'variance for sd']
    """
    functions = {"wrong sign": np.negative}
    low, high = float(draws.min()), float(draws.max())
    if low > 0 and high < 1:
        functions |= {"log-odds for probability": special.logit, "odds for probability": lambda p: p / (1 - p)}
    if low > 0:
        functions |= {"sd for variance": np.sqrt, "variance for sd": np.square}
    if scale is not None:
        functions |= {"standardised for natural": lambda x: x / scale, "scaled twice": lambda x: x * scale}
    return [Slip(name, function, SAYS[name]) for name, function in functions.items()]
