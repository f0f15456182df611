"""Effects of groups that have a population together: several features of each group, and how these go together.

A district has a level and a difference between town and country, a teacher a strictness and a patience. Each feature
has a spread over the groups, and each pair of features a correlation. What is written here is the non-centred form with
a Cholesky factor, which samples well where groups are small.
"""

from collections.abc import Sequence
from numbers import Real
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from pymc.pytensorf import rvs_in_graph
from pytensor.graph.basic import Variable
from pytensor.tensor.variable import TensorVariable

from rethinking._names import listed, nearest, told

__all__ = ["correlated_effects"]


def correlated_effects(name: str, dims: Sequence[str], eta: Any, sd: Any) -> TensorVariable:
    r"""Return effects of groups whose features may be correlated, groups by features with mean 0, added to the model.

    .. math::

        \beta_j = S L z_j, \qquad z_j \sim \text{Normal}(0, I), \qquad
        L L^\top = R \sim \text{LKJ}(\eta), \qquad S = \text{diag}(\sigma)

    so :math:`\beta_j \sim \text{MVNormal}(0, S R S)`, in the non-centred form. The density of :math:`R` is proportional
    to :math:`|R|^{\eta - 1}`: every correlation is as likely as another for two features and an ``eta`` of 1, and
    strong correlations get less likely as ``eta`` grows. It is written by partial correlations, which are independent
    betas [1]_: the same posterior as with ``pm.LKJCorr`` or ``pm.LKJCholeskyCov``, and compiled in a fraction of the
    time.

    Parameters
    ----------
    name : str
        The effects become a Deterministic of this name. Beside it stand ``name_z`` (standard scores, groups by
        features), ``name_corr`` (the correlation matrix :math:`R`) and ``name_partial`` (what it is computed from, a
        number from 0 to 1 for each pair).
    dims : (str, str)
        The dim of the groups and that of the features, as in ``("district", "feature")``. Both are coords of the model;
        there are two features or more. The second side of ``name_corr`` gets the dim ``"feature_other"``, with the same
        labels.
    eta : float or scalar variable of the model
        The parameter of the LKJ distribution, above 0; a ``pm.Data`` may be changed between fits.
    sd : float, array or variable of the model
        The standard deviation of each feature over the groups, or one number for all. Give a prior to it in the model:
        ``pm.Exponential("sigma", 1, dims="feature")``.

    Returns
    -------
    pytensor variable
        The effects, to which a mean by feature may be added; ``[:, 0]`` is the first feature.

    Raises
    ------
    TypeError
        If there is no model, or an argument is not of the kind above.
    ValueError
        If a dim is unknown or has too few labels, a name is taken, ``eta`` or ``sd`` is not above 0, ``sd`` does not
        fit the features, or is a distribution that the model does not hold.

    References
    ----------
    .. [1] Lewandowski, D., Kurowicka, D., and Joe, H. (2009). Generating random correlation matrices based on vines and
       extended onion method. Journal of Multivariate Analysis, 100(9), 1989-2001.

    Examples
    --------
    >>> with pm.Model(coords={"district": range(61), "feature": ["level", "town"]}) as model:
    ...     mean = pm.Normal("mean", 0, 1, dims="feature")
    ...     sigma = pm.Exponential("sigma", 1, dims="feature")
    ...     effects = mean + correlated_effects("effects", ("district", "feature"), eta=4, sd=sigma)
    >>> effects.eval().shape
    (61, 2)
    >>> model.named_vars_to_dims["effects_corr"]
    ('feature', 'feature_other')
    """
    model = _model()
    group, feature, labels = _checked_dims(model, dims)
    _check_names(model, name)
    eta, sd = _checked_eta(model, eta), _checked_sd(model, sd, feature, labels)
    other = f"{feature}_other"
    model.add_coord(other, labels)
    rows = _cholesky(_partial_correlations(name, eta, len(labels)), len(labels))
    both = [[_product(one, two) for two in rows] for one in rows]
    pm.Deterministic(f"{name}_corr", pt.stack([pt.stack(row) for row in both]), dims=(feature, other))
    z: Any = pm.Normal(f"{name}_z", 0, 1, dims=(group, feature))
    columns = [sum(z[:, j] * factor for j, factor in enumerate(row)) for row in rows]
    return pm.Deterministic(name, pt.stack(columns, axis=1) * sd, dims=(group, feature))


def _partial_correlations(name: str, eta: Any, n: int) -> dict[tuple[int, int], Any]:
    """Return a correlation for each pair of features, given the features before both: independent, each a beta."""
    pairs = [(i, j) for i in range(n) for j in range(i)]
    shape = eta + np.array([(n - 2 - j) / 2 for _, j in pairs])
    share: Any = pm.Beta(f"{name}_partial", shape, shape, shape=len(pairs))
    return {pair: 2 * share[k] - 1 for k, pair in enumerate(pairs)}


def _cholesky(partial: dict[tuple[int, int], Any], n: int) -> list[list[Any]]:
    """Return the rows of the Cholesky factor of a correlation matrix, each as long as its number."""
    rows = []
    for i in range(n):
        row, left = [], 1.0  # what is left of the length of 1 that every row has
        for j in range(i):
            row.append(partial[i, j] * left)
            left = left * pt.sqrt(1 - partial[i, j] ** 2)
        rows.append([*row, pt.as_tensor(left)])
    return rows


def _product(one: list[Any], two: list[Any]) -> Any:
    """Return the product of two rows of a triangular matrix: 1 of a row with itself."""
    return pt.as_tensor(1.0) if one is two else sum(a * b for a, b in zip(one, two, strict=False))


def _model() -> pm.Model:
    try:
        return pm.modelcontext(None)
    except TypeError:
        msg = "correlated_effects adds to a model: call it in a block that begins with `with pm.Model(coords=...)`."
        raise TypeError(msg) from None


def _checked_dims(model: pm.Model, dims: Any) -> tuple[str, str, list[Any]]:
    """Return the dims of groups and features, and the labels of the features."""
    pair = tuple(dims) if isinstance(dims, tuple | list) else ()
    if len(pair) != 2 or not all(isinstance(dim, str) for dim in pair):
        msg = f"dims must name groups and features, as in ('district', 'feature'), but is {told(dims)}."
        raise TypeError(msg)
    for dim in pair:
        if dim not in model.dim_lengths:
            near = nearest(dim, model.dim_lengths)
            known = f"only {listed(map(repr, model.dim_lengths))}" if model.dim_lengths else "no coords"
            hint = f" Did you mean {near!r}?" if near else ""
            msg = f"dims names {told(dim)}, but the model has {known}.{hint}"
            raise ValueError(msg)
    group, feature = pair
    if group == feature:
        msg = f"dims must name groups and features, two dims, but names {group!r} twice."
        raise ValueError(msg)
    labels = model.coords.get(feature)
    if labels is None or len(labels) < 2:
        got = "no labels" if labels is None else f"{len(labels)}"
        msg = f"{feature!r} must have two labels or more, one for each feature, but has {got}: say them in coords."
        raise ValueError(msg)
    other = model.coords.get(f"{feature}_other")
    if other is not None and list(other) != list(labels):
        msg = f"The dim {feature + '_other'!r} is for the other side of the correlations: rename yours."
        raise ValueError(msg)
    return group, feature, list(labels)


def _check_names(model: pm.Model, name: Any) -> None:
    if not isinstance(name, str) or not name:
        msg = f"name must be the effects' name, as 'effects', but is {told(name)}."
        raise TypeError(msg)
    taken = [one for one in (name, f"{name}_z", f"{name}_partial", f"{name}_corr") if one in model.named_vars]
    if taken:
        msg = f"The model has a variable {taken[0]!r} already: choose another name than {name!r} for the effects."
        raise ValueError(msg)


def _checked_eta(model: pm.Model, eta: Any) -> Any:
    if isinstance(eta, Variable):
        _require_of_model(model, eta, "eta")
        if getattr(eta, "ndim", None) != 0:
            msg = f"eta is one number for all features, but has {getattr(eta, 'ndim', 'no')} dimensions."
            raise ValueError(msg)
        return eta
    if isinstance(eta, bool | np.bool_) or not isinstance(eta, Real):
        msg = f"eta must be a number above 0, as 2, or a variable of the model, but is {told(eta)}."
        raise TypeError(msg)
    if not 0 < eta < np.inf:
        msg = f"eta must be a number above 0, as 2, but is {eta}."
        raise ValueError(msg)
    return float(eta)


def _checked_sd(model: pm.Model, sd: Any, feature: str, labels: list[Any]) -> Any:
    n = len(labels)
    if isinstance(sd, Variable):
        _require_of_model(model, sd, "sd")
        dims = model.named_vars_to_dims.get(sd.name or "", ())
        length = sd.type.shape[0] if isinstance(sd, TensorVariable) and sd.ndim == 1 else None
        if getattr(sd, "ndim", None) not in (0, 1) or (dims and dims != (feature,)) or length not in (None, 1, n):
            of = f"the dims {listed(map(repr, dims))}" if dims else f"the shape {tuple(sd.type.shape)}"
            msg = f"sd must be one number, or one for each {feature!r} (dims={feature!r}), but {sd.name!r} has {of}."
            raise ValueError(msg)
        return sd
    try:
        values = np.asarray(sd, dtype=float)
    except (TypeError, ValueError):
        values = None
    if values is None or isinstance(sd, bool | str) or values.ndim > 1:
        msg = f"sd must be numbers above 0, or a variable of the model such as pm.Exponential, but is {told(sd)}."
        raise TypeError(msg)
    if values.shape not in ((), (n,)) or not ((values > 0) & np.isfinite(values)).all():
        msg = f"sd must be above 0, and one number or {n}, one for each {feature!r}, but is {told(sd)}."
        raise ValueError(msg)
    return pt.as_tensor(values)


def _require_of_model(model: pm.Model, value: Variable, argument: str) -> None:
    """Raise ValueError if a variable rests on a distribution that the model does not hold, as one made by .dist()."""
    if set(rvs_in_graph(value)) - set(model.basic_RVs):
        made = 'pm.Exponential("sigma", 1)' if argument == "sd" else 'pm.Gamma("eta", 2, 1)'
        msg = f"{argument} is a distribution without a name, which the model does not know: add it, as {made}."
        raise ValueError(msg)
