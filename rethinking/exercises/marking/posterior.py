"""A posterior in any of the forms that a student may hand in, with the Monte-Carlo error that it brings along.

Draws know how uncertain their mean and sd are: sd / sqrt(ESS) and its like [1]_. That error, not a number chosen by the
author of an exercise, decides how near an answer must be.

References
----------
.. [1] Vehtari, Gelman, Simpson, Carpenter and Bürkner (2021). Rank-normalization, folding, and localization: an
   improved R-hat for assessing convergence of MCMC. Bayesian Analysis 16, 667-718.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import arviz as az
import numpy as np
import xarray as xr

from rethinking.sampling.diagnostics import MIN_ESS

__all__ = ["ANY", "ERRORS", "SAME", "Posterior", "Unreadable", "decimals_of", "read_posterior"]

# Standard errors that an answer may be off: a right one fails once in some 100 000 times.
ERRORS = 4.5
# Standard deviations within which two summaries are those of the same draws, a fraction of any Monte-Carlo error.
SAME = 1e-3
# Quantiles that draws are compared at, besides their mean and sd: a Normal of the same mean and sd is no answer.
QUANTILES = (0.055, 0.5, 0.945)
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
    rounding : tuple of numpy.ndarray
        Half a unit of the last decimal of mean and sd, where only these are known.
    coarse : Posterior or None
        The same, if the pair has not the same number of decimals in both, each with its own: 0.5 may be 0.50 or not.
    """

    mean: np.ndarray
    sd: np.ndarray
    mean_error: np.ndarray
    sd_error: np.ndarray
    draws: xr.DataArray | None = None
    rounding: tuple = (0.0, 0.0)
    coarse: "Posterior | None" = None

    @classmethod
    def of_draws(cls, draws):
        """Return the posterior that a DataArray with the dims chain and draw describes."""
        draws = draws.transpose("chain", "draw", ...)
        sample = ("chain", "draw")
        errors = {method: np.nan_to_num(np.asarray(az.mcse(draws, method=method))) for method in ("mean", "sd")}
        mean, sd = draws.mean(sample).to_numpy(), draws.std(sample, ddof=1).to_numpy()
        return cls(mean, sd, errors["mean"], errors["sd"], draws)

    @classmethod
    def of_pair(cls, mean, sd):
        """Return the posterior of which only mean and sd are known, as if from 400 effective draws, and rounded."""
        mean, sd = np.asarray(mean, float), np.asarray(sd, float)
        rounding = _rounding(mean), _rounding(sd)
        pair = cls._rounded(mean, sd, rounding)
        if np.array_equal(*rounding):
            return pair
        return replace(cls._rounded(mean, sd, (np.minimum(*rounding),) * 2), coarse=pair)

    @classmethod
    def _rounded(cls, mean, sd, rounding):
        mean_error = sd / MIN_ESS**0.5 + rounding[0] / ERRORS
        sd_error = sd / (2 * MIN_ESS) ** 0.5 + rounding[1] / ERRORS
        return cls(mean, sd, mean_error, sd_error, None, rounding)

    def each(self):
        """Return the posteriors of an array of quantities one by one, along its first dim."""
        numbers = zip(self.mean, self.sd, self.mean_error, self.sd_error, strict=True)
        each = [None] * len(self.mean) if self.draws is None else [self.draws[:, :, i] for i in range(len(self.mean))]
        return [Posterior(*four, draws) for four, draws in zip(numbers, each, strict=True)]

    @cached_property
    def quantiles(self):
        """A few quantiles of the draws and their Monte-Carlo errors, each of shape ``(quantile, *shape)``."""
        if self.draws is None:
            msg = "Only draws have quantiles: a mean and a standard deviation have none."
            raise ValueError(msg)
        errors = [np.asarray(az.mcse(self.draws, method="quantile", prob=q)) for q in QUANTILES]
        return self.draws.quantile(QUANTILES, ("chain", "draw")).to_numpy(), np.nan_to_num(errors)

    def gap(self, other):
        """Return how far two posteriors are apart: 1 is what Monte-Carlo error allows, 0 the same draws or their like.

        The first may be rounded.
        """
        off = np.abs(self.mean - other.mean), np.abs(self.sd - other.sd)
        if all((o <= r + SAME * other.sd).all() for o, r in zip(off, self.rounding, strict=True)):
            return 0.0
        errors = np.hypot(self.mean_error, other.mean_error), np.hypot(self.sd_error, other.sd_error)
        with np.errstate(divide="ignore", invalid="ignore"):
            far = [np.max(np.nan_to_num(o / e, nan=np.inf)) for o, e in zip(off, errors, strict=True)]
            if max(far) <= ERRORS and self.draws is not None and other.draws is not None:
                (mine, error), (theirs, their_error) = self.quantiles, other.quantiles
                far.append(np.max(np.nan_to_num(np.abs(mine - theirs) / np.hypot(error, their_error))))
        return max(float(max(far)) / ERRORS, 1e-9)


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
    if (isinstance(answer, tuple | list) and len(answer) == 2) or (
        isinstance(answer, np.ndarray) and answer.shape == (2,)
    ):
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
    if shape is not None and posterior.mean.shape != tuple(shape):
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
    length = 0 if shape is None else len(shape)
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
        kind = "text" if isinstance(answer, str) else type(answer).__name__
        msg = f"A {kind} cannot be read as a posterior: hand in draws, a fit and a name, or the pair (mean, sd)."
        raise Unreadable(msg) from None
    if not np.isfinite(values).all():
        msg = "The answer has values that are missing or infinite."
        raise Unreadable(msg)
    return values


def decimals_of(value):
    """Return the number of decimals that a number was written with, 1 for a whole number.

    Examples
    --------
    >>> decimals_of(0.25), decimals_of(1e-7), decimals_of(2.0)
    (2, 7, 1)
    """
    return len(np.format_float_positional(value, trim="0").partition(".")[2])


def _rounding(values):
    """Return half a unit of the last decimal that was written."""
    decimals = [decimals_of(value) for value in values.ravel()]
    return np.reshape([0.5 * 10.0**-d if d < 5 else 0.0 for d in decimals], values.shape)


def _described(shape):
    return f"an array of shape {tuple(shape)}" if shape else "a single quantity"
