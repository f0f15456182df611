"""Effects of pairs whose two directions have one spread: from A to B, and from B to A.

Which of two households is called A is nobody's choice, so both directions have the same standard deviation, and one
correlation says how much is returned. Then the sum and the difference of the two are independent, and a pair can be
written with a square root or two instead of a Cholesky factor.
"""

from collections.abc import Sequence
from typing import Any

import pymc as pm
import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from rethinking.parts.hosts import host_of, require_free, scalar_of, two_dims

__all__ = ["dyad_pair"]


def dyad_pair(name: str, dims: Sequence[str], eta: Any, sd: Any) -> TensorVariable:
    r"""Return effects of pairs in both directions, pairs by directions with mean 0, added to the model.

    .. math::

        T_{AB} &= \sigma (\sqrt{s}\, x + \sqrt{1 - s}\, y), \qquad x, y \sim \text{Normal}(0, 1) \\
        T_{BA} &= \sigma (\sqrt{s}\, x - \sqrt{1 - s}\, y)

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
    model = host_of("dyad_pair")
    dyad, direction = two_dims(model, dims, "pairs and directions", ("dyad", "direction"))
    labels = model.coords.get(direction)
    if labels is None or len(labels) != 2:
        got = "no labels" if labels is None else f"{len(labels)}"
        msg = f"{direction!r} must have two labels, one for each direction, as ['AB', 'BA'], but has {got}."
        raise ValueError(msg)
    require_free(model, name, ["z", "common", "corr"], "ties")
    eta = scalar_of(model, eta, "eta", "there is one correlation")
    sd = scalar_of(model, sd, "sd", "both directions share it")
    common: Any = pm.Beta(f"{name}_common", eta, eta)
    pm.Deterministic(f"{name}_corr", 2 * common - 1)
    z: Any = pm.Normal(f"{name}_z", 0, 1, dims=(dyad, direction))
    x, y = pt.sqrt(common) * z[:, 0], pt.sqrt(1 - common) * z[:, 1]
    effects: Any = pm.Deterministic(name, sd * pt.stack([x + y, x - y], axis=1), dims=(dyad, direction))
    return effects
