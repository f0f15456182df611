"""Whether a fit can be trusted: R-hat, effective sample size and divergences, said in one warning."""

import warnings
from collections.abc import Mapping

import numpy as np
import xarray as xr

from rethinking._names import kind_of
from rethinking.sampling.mixing import Mixing, mixing

# The worst of each statistic: its name, and which parameter has which value.
type Worst = dict[str, tuple[str | None, float]]

MAX_RHAT = 1.01
MIN_ESS = 400

REMEDIES = {
    "R-hat": f"chains disagree (should be <= {MAX_RHAT}): draw more, or reparametrise",
    "bulk ESS": f"too few effective draws for the mean (should be >= {MIN_ESS}): draw more, or reparametrise",
    "tail ESS": f"too few effective draws for intervals (should be >= {MIN_ESS}): draw more",
    "missing draws": "the variable is not defined there, such as log of a negative number: mend or drop it",
    "divergences": "the sampler misses a region of high curvature: raise target_accept, or reparametrise",
}


class ConvergenceWarning(UserWarning):
    """The draws of a fit should not be used as they are."""


def convergence(dt: xr.DataTree) -> Worst:
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
        Quantities that do not vary are passed over; R-hat is NaN for one chain. Where draws of a variable are NaN
        there is also ``"missing draws": (name, n)``, and its other statistics are passed over.

    Raises
    ------
    TypeError
        If `dt` is not the DataTree of a fit.

    Examples
    --------
    >>> import numpy as np, arviz as az
    >>> draws = np.random.default_rng(1).normal(size=(4, 1000))
    >>> worst = convergence(az.from_dict({"posterior": {"mu": draws}}))
    >>> worst["bulk ESS"][0], bool(worst["bulk ESS"][1] > 3000)
    ('mu', True)
    """
    if not isinstance(dt, xr.DataTree) or "posterior" not in dt.children:
        msg = f"convergence needs a fit, a DataTree with the group posterior, but {_said(dt)} came."
        raise TypeError(msg)
    found = {name: _mixing(draws) for name, draws in dt["posterior"].items()}
    diverging = dt["sample_stats"]["diverging"].to_numpy() if "sample_stats" in dt.children else np.zeros(1)
    worst: Worst = {
        "R-hat": _extreme({name: of.rhat for name, of in found.items()}, np.nanargmax),
        "bulk ESS": _extreme({name: of.ess_bulk for name, of in found.items()}, np.nanargmin),
        "tail ESS": _extreme({name: of.ess_tail for name, of in found.items()}, np.nanargmin),
        "divergences": (None, int(np.sum(diverging))),
    }
    return worst | _missing(dt["posterior"])


def _said(value):
    return "a DataTree without it" if isinstance(value, xr.DataTree) else kind_of(value)


def _missing(posterior):
    """Return the variable with most NaN among its draws, and how many, if there is one."""
    holes = {name: draws for name, draws in posterior.items() if np.isnan(draws.to_numpy()).any()}
    counts = {name: draws.isnull().sum(("chain", "draw")) for name, draws in holes.items()}
    if "swept" in posterior.attrs:  # a point without a fit is NaN altogether, and SweepWarning has said so
        whole = posterior.sizes["chain"] * posterior.sizes["draw"]
        counts = {name: count.where(count < whole, 0) for name, count in counts.items()}
    name, n = _extreme(counts, np.nanargmax) if counts else (None, 0)
    return {"missing draws": (name, int(n))} if n else {}


def _mixing(draws):
    """Return the statistics of a DataArray of draws, each as a DataArray over its other dims."""
    draws = draws.transpose("chain", "draw", ...)
    entry = draws[0, 0].drop_vars(("chain", "draw"), errors="ignore")
    values = draws.to_numpy().reshape(*draws.shape[:2], -1)
    return Mixing(*(entry.copy(data=statistic.reshape(entry.shape)) for statistic in mixing(values)))


def warn_unless_converged(worst: Worst, stacklevel: int = 3) -> None:
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
        or (name in ("divergences", "missing draws") and value > 0)
    ]
    if troubled:
        says = "; ".join(f"{_phrase(name, *worst[name])}: {REMEDIES[name]}" for name in troubled)
        warnings.warn(f"Do not use this fit yet. {says}.", ConvergenceWarning, stacklevel=stacklevel)


def worst_of(fits: Mapping[str, Worst]) -> Worst:
    """Return the worst of several results of :func:`convergence`, by the label of each fit; divergences add up."""
    found = {}
    for statistic, argbest in {"R-hat": np.nanargmax, "bulk ESS": np.nanargmin, "tail ESS": np.nanargmin}.items():
        label, (name, value) = _pick({label: worst[statistic] for label, worst in fits.items()}, argbest)
        found[statistic] = (f"{name} at {label}", value)
    found["divergences"] = (None, sum(worst["divergences"][1] for worst in fits.values()))
    absent = {label: worst["missing draws"] for label, worst in fits.items() if "missing draws" in worst}
    if absent:
        label, (name, value) = _pick(absent, np.nanargmax)
        found["missing draws"] = (f"{name} at {label}", value)
    return found


def _pick(found, argbest):
    """Return the label and the (name, value) pair whose value is the largest or smallest; NaN only if all are."""
    values = [value for _, value in found.values()]
    return list(found.items())[0 if np.isnan(values).all() else argbest(values)]


def _phrase(statistic, parameter, value):
    if parameter is None:
        return f"{value} {statistic}"
    if statistic == "missing draws":
        return f"{parameter} is NaN in {value} draws"
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
