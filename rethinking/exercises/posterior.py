"""A posterior in any of the forms that a student may hand in, with the Monte-Carlo error that it brings along.

Draws know how uncertain their mean and sd are: sd / sqrt(ESS) and its like [1]_. That error, not a number chosen by the
author of an exercise, decides how near an answer must be.

References
----------
.. [1] Vehtari, Gelman, Simpson, Carpenter and Bürkner (2021). Rank-normalization, folding, and localization: an
   improved R-hat for assessing convergence of MCMC. Bayesian Analysis 16, 667-718.
"""

from dataclasses import dataclass

import arviz as az
import numpy as np
import xarray as xr

__all__ = ["ANY", "ERRORS", "Posterior", "Unreadable", "read_posterior"]

# The least number of effective draws that a fit may be used with: what a bare mean and sd are taken to come from.
MIN_ESS = 400
# Standard errors that an answer may be off: a right one fails once in some 100 000 times.
ERRORS = 4.5
ANY = None


class Unreadable(ValueError):
    """The answer has not the form of a posterior; the message says what form it should have."""


@dataclass(frozen=True)
class Posterior:
    """Means and standard deviations, their Monte-Carlo errors, and the draws where there are some.

    Attributes
    ----------
    mean, sd : numpy.ndarray
        Of the shape of the quantity, ``()`` for a scalar.
    mean_error, sd_error : numpy.ndarray
        Monte-Carlo standard errors of the two.
    draws : xarray.DataArray or None
        With the dims chain and draw first.
    """

    mean: np.ndarray
    sd: np.ndarray
    mean_error: np.ndarray
    sd_error: np.ndarray
    draws: xr.DataArray | None = None

    @classmethod
    def of_draws(cls, draws):
        """Return the posterior that a DataArray with the dims chain and draw describes."""
        draws = draws.transpose("chain", "draw", ...)
        sample = ("chain", "draw")
        return cls(
            draws.mean(sample).to_numpy(),
            draws.std(sample, ddof=1).to_numpy(),
            *(np.nan_to_num(np.asarray(az.mcse(draws, method=method))) for method in ("mean", "sd")),
            draws,
        )

    @classmethod
    def of_pair(cls, mean, sd):
        """Return the posterior of which only mean and sd are known, as if from 400 effective draws, and rounded."""
        mean, sd = np.asarray(mean, float), np.asarray(sd, float)
        errors = sd / MIN_ESS**0.5, sd / (2 * MIN_ESS) ** 0.5
        return cls(mean, sd, errors[0] + _rounding(mean) / ERRORS, errors[1] + _rounding(sd) / ERRORS)

    def map(self, function):
        """Return the posterior of a function of the quantity; None if only mean and sd are known."""
        return None if self.draws is None else Posterior.of_draws(function(self.draws))


def read_posterior(answer, name=None, shape=ANY):
    """Return an answer as a `Posterior`.

    Parameters
    ----------
    answer : xarray.DataTree, xarray.Dataset, xarray.DataArray, array_like or pair
        A fit (then `name` says which variable), draws with the dims chain and draw, an array of draws ``(sample,
        *shape)`` or ``(chain, draw, *shape)``, or a pair (mean, sd).
    name : str, optional
        The variable of a fit.
    shape : tuple of int, optional
        The shape of the quantity.

    Raises
    ------
    Unreadable
        If it is none of these, or has another shape, or values that are not finite.

    Examples
    --------
    >>> draws = np.random.default_rng(1).normal(2, 1, 4000)
    >>> read_posterior(draws).mean.round(1)
    np.float64(2.0)
    >>> read_posterior((2.0, 1.0)).mean_error.round(3)
    np.float64(0.061)
    """
    if isinstance(answer, xr.DataTree | xr.Dataset):
        answer = _variable(answer, name)
    if isinstance(answer, tuple | list) and len(answer) == 2:
        posterior = Posterior.of_pair(*map(_numbers, answer))
        if (posterior.sd <= 0).any():
            msg = "The second of the pair should be a standard deviation, and so positive."
            raise Unreadable(msg)
    else:
        draws = _labelled(answer, shape)
        if (draws.max(("chain", "draw")) == draws.min(("chain", "draw"))).any():
            msg = "All draws are the same, but a posterior has a spread: hand in the draws themselves."
            raise Unreadable(msg)
        posterior = Posterior.of_draws(draws)
    if shape is not ANY and posterior.mean.shape != tuple(shape):
        msg = f"The answer has the shape {posterior.mean.shape}, but the question asks for {_described(shape)}."
        raise Unreadable(msg)
    return posterior


def _variable(answer, name):
    posterior = answer["posterior"] if "posterior" in getattr(answer, "children", ()) else answer
    names = [str(each) for each in posterior.data_vars]
    if name not in names:
        wanted = "name the variable that answers" if name is None else f"{name!r} is not in the fit"
        msg = f"Of a fit, {wanted}: check(question, fit, name) with one of {', '.join(names) or 'no variables'}."
        raise Unreadable(msg)
    return posterior[name]


def _labelled(answer, shape):
    if isinstance(answer, xr.DataArray) and {"chain", "draw"} <= set(answer.dims):
        _numbers(answer)
        return answer
    values = _numbers(answer)
    if values.ndim == 0:
        msg = "The answer is one number, but a posterior is asked for: hand in its draws, or the pair (mean, sd)."
        raise Unreadable(msg)
    length = 0 if shape is ANY else len(shape)
    if values.ndim - length not in (1, 2):
        msg = f"The answer has the shape {values.shape}, but the question asks for draws of {_described(shape or ())}."
        raise Unreadable(msg)
    if values.ndim - length == 1:
        values = values[None]
    if values.shape[0] * values.shape[1] < 100:
        msg = f"{values.shape[0] * values.shape[1]} draws are too few to tell: hand in all draws, or a pair (mean, sd)."
        raise Unreadable(msg)
    return xr.DataArray(values, dims=["chain", "draw", *(f"axis_{i}" for i in range(length))])


def _numbers(answer):
    try:
        values = np.asarray(answer, dtype=float)
    except (TypeError, ValueError):
        kind = type(answer).__name__
        msg = f"A {kind} cannot be read as a posterior: hand in draws, a fit and a name, or the pair (mean, sd)."
        raise Unreadable(msg) from None
    if not np.isfinite(values).all():
        msg = "The answer has values that are missing or infinite."
        raise Unreadable(msg)
    return values


def _rounding(values):
    """Return half a unit of the last decimal that was written."""
    decimals = [len(repr(float(value)).partition(".")[2]) for value in values.ravel()]
    return np.reshape([0.5 * 10.0**-d if d < 5 else 0.0 for d in decimals], values.shape)


def _described(shape):
    return f"an array of shape {tuple(shape)}" if shape else "a single quantity"
