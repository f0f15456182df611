"""What a study lacks when it returns: said once, and in one warning."""

import warnings

import xarray as xr

__all__ = ["StudyWarning", "warn_of"]


class StudyWarning(UserWarning):
    """Some fits of a study are missing."""


def warn_of(failure: xr.DataArray, damaged: list[int]) -> None:
    """Warn once, naming for each reason how many replicates it took and the first of them.

    Parameters
    ----------
    failure : xarray.DataArray
        Why there is no fit, or an empty string, by estimator and replicate.
    damaged : list of int
        Replicates that were damaged in the store.

    Raises
    ------
    ValueError
        If there is no fit at all.
    """
    said = []
    if damaged:
        said.append(f"{len(damaged)} replicates in the store were damaged and done again ({_some(damaged)}).")
    missing = failure.where(failure != "").to_series().dropna()
    if len(missing) == failure.size:
        msg = f"No fit of this study succeeded; the first: {missing.iloc[0].removesuffix('.')}."
        raise ValueError(msg)
    if not missing.empty:
        n = missing.index.get_level_values("replicate").nunique()
        reasons = "; ".join(_reasons(missing, failure.sizes["estimator"]))
        said.append(f"{n} of {failure.sizes['replicate']} replicates lack a fit, which is NaN. {reasons}")
    if said:
        warnings.warn(" ".join(said), StudyWarning, stacklevel=3)


def _reasons(missing, estimators):
    for why, group in missing.groupby(missing, sort=False):
        which = sorted(set(group.index.get_level_values("replicate")))
        by = sorted(set(group.index.get_level_values("estimator")))
        whose = "" if len(by) == estimators else f" by {', '.join(by)}"
        yield f"{len(which)} ({_some(which)}){whose}: {why}"


def _some(numbers):
    """Return the first of some numbers as words."""
    return ", ".join([*map(str, numbers[:3]), *(["..."] if len(numbers) > 3 else [])])
