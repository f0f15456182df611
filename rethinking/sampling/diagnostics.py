"""Whether a fit can be trusted: R-hat, effective sample size and divergences, said in one warning."""

import warnings

import numpy as np

from rethinking.sampling.mixing import Mixing, mixing

MAX_RHAT = 1.01
MIN_ESS = 400

REMEDIES = {
    "R-hat": f"chains disagree (should be <= {MAX_RHAT}): draw more, or reparametrise",
    "bulk ESS": f"too few effective draws for the mean (should be >= {MIN_ESS}): draw more, or reparametrise",
    "tail ESS": f"too few effective draws for intervals (should be >= {MIN_ESS}): draw more",
    "divergences": "the sampler misses a region of high curvature: raise target_accept, or reparametrise",
}


class ConvergenceWarning(UserWarning):
    """The draws of a fit should not be used as they are."""


def convergence(dt):
    """Return the worst diagnostics of a fit.

    Parameters
    ----------
    dt : xarray.DataTree
        With the group ``posterior`` and, for the divergences, ``sample_stats``. More dims than chain and draw,
        such as that of a sweep, are welcome: the worst over all is returned.

    Returns
    -------
    dict
        ``{"R-hat": (name, value), "bulk ESS": (name, value), "tail ESS": (name, value), "divergences": (None, n)}``
        where ``name`` is a parameter with its labels, ``"alpha[tank=3]"``. R-hat is rank-normalised and split, ESS
        of the bulk and of the 5 % and 95 % quantiles, as in Vehtari et al. (2021), Bayesian Analysis 16:667.
        Quantities that do not vary are passed over; R-hat is NaN for one chain.

    Examples
    --------
    >>> import numpy as np, arviz as az
    >>> draws = np.random.default_rng(1).normal(size=(4, 1000))
    >>> worst = convergence(az.from_dict({"posterior": {"mu": draws}}))
    >>> worst["bulk ESS"][0], bool(worst["bulk ESS"][1] > 3000)
    ('mu', True)
    """
    found = {name: _mixing(draws) for name, draws in dt["posterior"].items()}
    diverging = dt["sample_stats"]["diverging"] if "sample_stats" in dt.children else np.zeros(1)
    return {
        "R-hat": _extreme({name: of.rhat for name, of in found.items()}, np.nanargmax),
        "bulk ESS": _extreme({name: of.ess_bulk for name, of in found.items()}, np.nanargmin),
        "tail ESS": _extreme({name: of.ess_tail for name, of in found.items()}, np.nanargmin),
        "divergences": (None, int(diverging.sum())),
    }


def _mixing(draws):
    """Return the statistics of a DataArray of draws, each as a DataArray over its other dims."""
    draws = draws.transpose("chain", "draw", ...)
    entry = draws[0, 0].drop_vars(("chain", "draw"), errors="ignore")
    values = draws.to_numpy().reshape(*draws.shape[:2], -1)
    return Mixing(*(entry.copy(data=statistic.reshape(entry.shape)) for statistic in mixing(values)))


def warn_unless_converged(worst, stacklevel=3):
    """Warn once, naming parameter, statistic and remedy, if R-hat > 1.01, an ESS < 400 or a transition diverged.

    Parameters
    ----------
    worst : dict
        What :func:`convergence` returned.
    stacklevel : int
        Whose line the warning shows; the caller's caller by default.
    """
    troubled = [
        name
        for name, (_, value) in worst.items()
        if (name == "R-hat" and value > MAX_RHAT)
        or (name.endswith("ESS") and value < MIN_ESS)
        or (name == "divergences" and value > 0)
    ]
    if troubled:
        says = "; ".join(f"{_phrase(name, *worst[name])}: {REMEDIES[name]}" for name in troubled)
        warnings.warn(f"Do not use this fit yet. {says}.", ConvergenceWarning, stacklevel=stacklevel)


def worst_of(fits):
    """Return the worst of several results of :func:`convergence`, by the label of each fit; divergences add up."""
    found = {}
    for statistic, argbest in {"R-hat": np.nanargmax, "bulk ESS": np.nanargmin, "tail ESS": np.nanargmin}.items():
        label, (name, value) = _pick({label: worst[statistic] for label, worst in fits.items()}, argbest)
        found[statistic] = (f"{name} at {label}", value)
    return found | {"divergences": (None, sum(worst["divergences"][1] for worst in fits.values()))}


def _pick(found, argbest):
    """Return the label and the (name, value) pair whose value is the largest or smallest; NaN only if all are."""
    values = [value for _, value in found.values()]
    return list(found.items())[0 if np.isnan(values).all() else argbest(values)]


def _phrase(statistic, parameter, value):
    if parameter is None:
        return f"{value} {statistic}"
    return f"{statistic} of {parameter} is {value:.{3 if statistic == 'R-hat' else 0}f}"


def _extreme(statistic, argbest):
    """Return the label and the value of the largest or smallest entry of DataArrays by name; NaN is passed over."""
    found = []
    for name, values in statistic.items():
        if np.isfinite(values).any():
            where = np.unravel_index(argbest(values.values), values.shape)
            entry = values[where]
            labels = ", ".join(f"{dim}={entry.coords[dim].item() if dim in entry.coords else i}"
                               for dim, i in zip(values.dims, where, strict=True))  # fmt: skip
            found.append((f"{name}[{labels}]" if labels else name, entry.item()))
    return found[argbest([value for _, value in found])] if found else (None, np.nan)
