"""Effects of groups that have a population together: several features of each group, and how these go together.

A district has a level and a difference between town and country, a teacher a strictness and a patience. Each feature
has a spread over the groups, and each pair of features a correlation. What is written here is the non-centred form with
a Cholesky factor, which samples well where groups are small.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from pytensor.graph.basic import Variable
from pytensor.tensor.variable import TensorVariable

from rethinking._names import listed, told
from rethinking.parts.hosts import host_of, require_free, require_of_model, scalar_of, two_dims

__all__ = ["correlated_effects"]


def correlated_effects(name: str, dims: Sequence[str], eta: Any, sd: Any) -> TensorVariable:
    r"""Return effects of groups whose features may be correlated, groups by features with mean 0, added to the model.

    .. math::

        \beta_j &= S L z_j, \qquad z_j \sim \text{Normal}(0, I) \\
        L L^\top &= R \sim \text{LKJ}(\eta), \qquad S = \text{diag}(\sigma)

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
    model = host_of("correlated_effects")
    group, feature = two_dims(model, dims, "groups and features", ("district", "feature"))
    labels, other = _labels(model, feature), f"{feature}_other"
    require_free(model, name, ["z", "partial", "corr"], "effects")
    eta = scalar_of(model, eta, "eta", "all correlations share it")
    sd = _checked_sd(model, sd, feature, labels)
    model.add_coord(other, labels)
    rows = _cholesky(_partial_correlations(name, eta, len(labels)), len(labels))
    both = [[_product(one, two) for two in rows] for one in rows]
    pm.Deterministic(f"{name}_corr", pt.stack([pt.stack(row) for row in both]), dims=(feature, other))
    z: Any = pm.Normal(f"{name}_z", 0, 1, dims=(group, feature))
    columns = [sum(z[:, j] * factor for j, factor in enumerate(row)) for row in rows]
    effects: Any = pm.Deterministic(name, pt.stack(columns, axis=1) * sd, dims=(group, feature))
    return effects


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
        row: list[Any] = []
        left: Any = 1.0  # what is left of the length of 1 that every row has
        for j in range(i):
            row.append(partial[i, j] * left)
            left = left * pt.sqrt(1 - partial[i, j] ** 2)
        rows.append([*row, pt.as_tensor(left)])
    return rows


def _product(one: list[Any], two: list[Any]) -> Any:
    """Return the product of two rows of a triangular matrix: 1 of a row with itself."""
    return pt.as_tensor(1.0) if one is two else sum(a * b for a, b in zip(one, two, strict=False))


def _labels(model: pm.Model, feature: str) -> list[Any]:
    """Return the labels of the features, which the other side of the correlations will have, too."""
    labels = model.coords.get(feature)
    if labels is None or len(labels) < 2:
        got = "no labels" if labels is None else f"{len(labels)}"
        msg = f"{feature!r} must have two labels or more, one for each feature, but has {got}: say them in coords."
        raise ValueError(msg)
    other = model.coords.get(f"{feature}_other")
    if other is not None and list(other) != list(labels):
        msg = f"The dim {feature + '_other'!r} is for the other side of the correlations: rename yours."
        raise ValueError(msg)
    return list(labels)


def _checked_sd(model: pm.Model, sd: Any, feature: str, labels: list[Any]) -> Any:
    n = len(labels)
    if isinstance(sd, Variable):
        require_of_model(model, sd, "sd")
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
