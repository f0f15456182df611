"""Effects of pairs whose two directions have one spread: from A to B, and from B to A.

Which of two households is called A is nobody's choice, so both directions have the same standard deviation, and one
correlation says how much is returned. Then the sum and the difference of the two are independent, and a pair can be
written with a square root or two instead of a Cholesky factor.
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

from rethinking._names import nearest, told

__all__ = ["dyad_pair"]


def dyad_pair(name: str, dims: Sequence[str], eta: Any, sd: Any) -> TensorVariable:
    r"""Return effects of pairs in both directions, pairs by directions with mean 0, added to the model.

    .. math::

        T_{AB} = \sigma (\sqrt{s}\, x + \sqrt{1 - s}\, y), \qquad T_{BA} = \sigma (\sqrt{s}\, x - \sqrt{1 - s}\, y),
        \qquad x, y \sim \text{Normal}(0, 1)

    so :math:`(T_{AB}, T_{BA})` is normal, with the standard deviation :math:`\sigma` in both directions and the
    correlation :math:`\rho = 2s - 1`. The share :math:`s` of the variance that the directions have in common has the
    prior :math:`\text{Beta}(\eta, \eta)`, and :math:`\rho` therefore the prior :math:`\text{LKJ}(\eta)` of a matrix
    of two rows [1]_. Nothing changes when A and B change places, but for the sign of :math:`y`.

    Parameters
    ----------
    name : str
        The effects become a Deterministic of this name. Beside it stand ``name_z`` (standard scores :math:`x, y` by
        pair), ``name_common`` (the share :math:`s`) and ``name_corr`` (the correlation :math:`\rho`, one number).
    dims : (str, str)
        The dim of the pairs and that of the two directions, as in ``("dyad", "direction")``. Both are coords of the
        model.
    eta : float or scalar variable of the model
        The parameter of the LKJ distribution, above 0: at 1 every correlation is as likely as another, and strong
        ones get less likely as it grows. A ``pm.Data`` may be changed between fits.
    sd : float or scalar variable of the model
        The standard deviation :math:`\sigma`. Give a prior to it in the model: ``pm.Exponential("sigma", 1)``.

    Returns
    -------
    pytensor variable
        The effects; ``[:, 0]`` is from A to B.

    Raises
    ------
    TypeError
        If there is no model, or an argument is not of the kind above.
    ValueError
        If a dim is unknown, the directions are not two, a name is taken, ``eta`` or ``sd`` is not above 0, has
        dimensions, or is a distribution that the model does not hold.

    References
    ----------
    .. [1] Lewandowski, D., Kurowicka, D., and Joe, H. (2009). Generating random correlation matrices based on vines and
       extended onion method. Journal of Multivariate Analysis, 100(9), 1989-2001.

    Examples
    --------
    >>> with pm.Model(coords={"dyad": range(300), "direction": ["AB", "BA"]}) as model:
    ...     sigma = pm.Exponential("sigma", 1)
    ...     ties = dyad_pair("ties", ("dyad", "direction"), eta=2, sd=sigma)
    >>> ties.eval().shape
    (300, 2)
    >>> [variable.name for variable in model.free_RVs]
    ['sigma', 'ties_common', 'ties_z']
    """
    model = _model()
    dyad, direction = _checked_dims(model, dims)
    _check_names(model, name)
    eta, sd = _checked(model, eta, "eta"), _checked(model, sd, "sd")
    common: Any = pm.Beta(f"{name}_common", eta, eta)
    pm.Deterministic(f"{name}_corr", 2 * common - 1)
    z: Any = pm.Normal(f"{name}_z", 0, 1, dims=(dyad, direction))
    x, y = pt.sqrt(common) * z[:, 0], pt.sqrt(1 - common) * z[:, 1]
    return pm.Deterministic(name, sd * pt.stack([x + y, x - y], axis=1), dims=(dyad, direction))


def _model() -> pm.Model:
    try:
        return pm.modelcontext(None)
    except TypeError:
        msg = "dyad_pair adds to a model: call it in a block that begins with `with pm.Model(coords=...)`."
        raise TypeError(msg) from None


def _checked_dims(model: pm.Model, dims: Any) -> tuple[str, str]:
    pair = tuple(dims) if isinstance(dims, tuple | list) else ()
    if len(pair) != 2 or not all(isinstance(dim, str) for dim in pair):
        msg = f"dims must name pairs and directions, as in ('dyad', 'direction'), but is {told(dims)}."
        raise TypeError(msg)
    for dim in pair:
        if dim not in model.dim_lengths:
            near = nearest(dim, model.dim_lengths)
            hint = f"did you mean {near!r}?" if near else "add it to the coords of the model."
            msg = f"dims names {told(dim)}, which the model does not have: {hint}"
            raise ValueError(msg)
    dyad, direction = pair
    if dyad == direction:
        msg = f"dims must name pairs and directions, two dims, but names {dyad!r} twice."
        raise ValueError(msg)
    labels = model.coords.get(direction)
    if labels is None or len(labels) != 2:
        got = "no labels" if labels is None else f"{len(labels)}"
        msg = f"{direction!r} must have two labels, one for each direction, as ['AB', 'BA'], but has {got}."
        raise ValueError(msg)
    return dyad, direction


def _check_names(model: pm.Model, name: Any) -> None:
    if not isinstance(name, str) or not name:
        msg = f"name must be the effects' name, as 'ties', but is {told(name)}."
        raise TypeError(msg)
    taken = [one for one in (name, f"{name}_z", f"{name}_common", f"{name}_corr") if one in model.named_vars]
    if taken:
        msg = f"The model has a variable {taken[0]!r} already: choose another name than {name!r} for the effects."
        raise ValueError(msg)


def _checked(model: pm.Model, value: Any, argument: str) -> Any:
    """Return eta or sd: a number above 0, or a scalar variable that the model holds."""
    example = 'pm.Exponential("sigma", 1)' if argument == "sd" else 'pm.Gamma("eta", 2, 1)'
    if isinstance(value, Variable):
        if getattr(value, "ndim", None) != 0:
            why = "both directions share it" if argument == "sd" else "there is one correlation"
            msg = f"{argument} is one number, because {why}, but has {getattr(value, 'ndim', 'no')} dimensions."
            raise ValueError(msg)
        if set(rvs_in_graph(value)) - set(model.basic_RVs):
            msg = f"{argument} is a distribution without a name, which the model does not know: add it, as {example}."
            raise ValueError(msg)
        return value
    if isinstance(value, bool | np.bool_) or not isinstance(value, Real):
        msg = f"{argument} must be one number above 0 or a variable of the model, as {example}, but is {told(value)}."
        raise TypeError(msg)
    if not 0 < value < np.inf:
        msg = f"{argument} must be a number above 0, but is {value}."
        raise ValueError(msg)
    return pt.constant(np.asarray(value, dtype=float))
