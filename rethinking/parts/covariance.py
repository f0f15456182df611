"""The covariance of things that are a known distance apart: islands by sea, species by the tree that they grew on.

PyMC's Gaussian processes take coordinates and compute distances themselves. Where only the distances are known, and no
coordinates, the kernel has to be a function of the matrix.
"""

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from rethinking._arguments import require_choice
from rethinking._names import kind_of, listed
from rethinking.parts.distances import read_distances

__all__ = ["covariance_from_distance"]

Kind = Literal["l2", "l1", "ou", "brownian", "pagel"]

# The correlation of two things at a distance d, and the number that each kind needs besides.
CORRELATIONS: dict[str, tuple[str, Callable]] = {
    "l2": ("rate", lambda d, rate: pt.exp(-rate * d**2)),
    "l1": ("rate", lambda d, rate: pt.exp(-rate * d)),
    "ou": ("rate", lambda d, rate: pt.exp(-rate * d)),
    "brownian": ("height", lambda d, height: 1 - d / height),
    "pagel": ("height", lambda d, height: 1 - d / height),
}
# How far below zero an eigenvalue may be by rounding, for each row of the matrix.
ROUNDING = 1e-12


def covariance_from_distance(
    distance: Any,
    kind: Kind,
    *,
    variance: Any = 1.0,
    rate: Any = None,
    strength: Any = None,
    height: float | None = None,
    nugget: Any = 0.0,
    dims: str | None = None,
) -> TensorVariable:
    r"""Return the covariance matrix of things whose distances are known.

    With :math:`d_{ij}` the distance of two things, :math:`\eta^2` the variance, :math:`\rho` the rate, :math:`h` the
    height, :math:`\lambda` the strength and :math:`\nu` the nugget:

    ==============  ======================================================================
    ``"l2"``        :math:`\eta^2 \exp(-\rho\, d_{ij}^2) + \nu\, [i = j]`, squared exponential
    ``"l1"``        :math:`\eta^2 \exp(-\rho\, d_{ij}) + \nu\, [i = j]`, also called ``"ou"``, Ornstein-Uhlenbeck
    ``"brownian"``  :math:`\eta^2 (1 - d_{ij} / h) + \nu\, [i = j]`
    ``"pagel"``     :math:`\eta^2 \lambda\, (1 - d_{ij} / h)` off the diagonal, :math:`\eta^2 + \nu` on it
    ==============  ======================================================================

    Parameters
    ----------
    distance : DataFrame, array or pm.Data
        Distances, things by things. A DataFrame is read by its labels, its columns in the order of its
        rows.
    kind : {"l2", "l1", "ou", "brownian", "pagel"}
        How the covariance falls with distance.
    variance : scalar
        :math:`\eta^2`, a number or a variable of a model, as all of the following but `height`.
    rate : scalar
        For "l2", "l1" and "ou": how fast it falls; in units of 1 / distance\ :sup:`2` for "l2", where the course writes
        it :math:`\rho^2`, and of 1 / distance otherwise.
    strength : scalar
        For "pagel": :math:`\lambda`, from 0 (no inheritance) to 1 (Brownian).
    height : float, optional
        For "brownian" and "pagel": the distance of two species that share nothing but the root of the tree. By default
        the largest distance; say it where the species of the matrix do not reach down to the root.
    nugget : scalar
        Added to the diagonal: variance of each thing alone. It also keeps the matrix away from being singular.
    dims : str, optional
        The dim of the model whose labels the things have. The rows of a DataFrame are chosen and put in order by them.

    Returns
    -------
    TensorVariable
        The matrix, to be given to ``pm.MvNormal`` as `cov`.

    Raises
    ------
    ValueError
        If the matrix is not one of distances, if labels or parameters are missing, or if the covariance is not positive
        definite. With a `rate` that is a variable this is tried at rates from slow to fast; there a variance that is a
        variable counts as 1, and a nugget as 0.01.
    TypeError
        If the distances are not numbers.

    Notes
    -----
    "l1" is positive definite for distances in space, around a globe and along trees. "l2" is so for straight lines in
    space only: around a globe it can have a negative eigenvalue at low rates, and a nugget makes up for a small one.
    The kinds along trees are those of Martins and Hansen (1997) [1]_ and Pagel (1999) [2]_.

    References
    ----------
    .. [1] Martins and Hansen (1997), American Naturalist 149:646-667.
    .. [2] Pagel (1999), Nature 401:877-884.

    Examples
    --------
    >>> import pandas as pd
    >>> import pymc as pm
    >>> miles = pd.DataFrame([[0, 1, 3], [1, 0, 2], [3, 2, 0.0]], list("abc"), list("abc"))
    >>> covariance_from_distance(miles, "ou", variance=2, rate=0.5).eval().round(2)
    array([[2.  , 1.21, 0.45],
           [1.21, 2.  , 0.74],
           [0.45, 0.74, 2.  ]])
    >>> with pm.Model(coords={"island": ["c", "a", "b"]}) as model:
    ...     rho = pm.Exponential("rho", 1)
    ...     K = covariance_from_distance(miles, "l2", rate=rho, nugget=0.01, dims="island")
    ...     effect = pm.MvNormal("effect", 0, cov=K, dims="island")
    >>> model.named_vars_to_dims["effect"]
    ('island',)
    """
    parameters = {"variance": variance, "rate": rate, "strength": strength, "height": height, "nugget": nugget}
    _check_parameters(kind, parameters)
    known = {name: _constant(name, each) for name, each in parameters.items()}
    held, symbol = read_distances(distance, dims)
    if kind in ("brownian", "pagel"):
        parameters["height"] = known["height"] = _height(held, known["height"])
    if held is not None:
        _check_definite(held, kind, known)
    needed, correlation = CORRELATIONS[kind]
    d: Any = held if symbol is None else symbol
    shared = correlation(pt.as_tensor_variable(d), parameters[needed])
    # From here on the diagonal is known, so rounding in d cannot move it.
    eye: Any = pt.eye(shared.shape[0])
    if kind == "pagel":
        shared = strength * shared * (1 - eye) + eye
    return variance * shared + nugget * eye


def _check_parameters(kind: str, parameters: dict[str, Any]) -> None:
    require_choice("kind", kind, CORRELATIONS)
    needed = {"pagel": ["strength"], "brownian": []}.get(kind, ["rate"])
    allowed = {*needed, CORRELATIONS[kind][0], "variance", "nugget"}
    for name, value in parameters.items():
        if value is None and name in needed:
            msg = f"A covariance of kind {kind!r} needs {name}=, a number or a variable of the model."
            raise ValueError(msg)
        if value is not None and name not in allowed:
            msg = f"A covariance of kind {kind!r} has no {name}: it has {listed(sorted(allowed))}."
            raise ValueError(msg)


def _height(d: np.ndarray | None, height: float | None) -> float:
    largest = None if d is None else d.max()
    if height is None and largest is None:
        msg = "The largest distance cannot be read from a variable that is computed: say height=."
    elif height is None and largest == 0:
        msg = "All distances are 0, so the tree has no height: say height=."
    elif height is not None and not height > 0:
        msg = f"The height must be above 0, in the unit of the distances: got {height:.6g}."
    elif height is not None and largest is not None and largest > height * (1 + 1e-9):
        msg = f"The largest distance, {largest:.6g}, is above height={height:.6g}: are both in one unit?"
    else:
        return float(height or largest or 0)
    raise ValueError(msg)


def _check_definite(d: np.ndarray, kind: str, known: dict[str, float | None]) -> None:
    """Refuse a covariance that is not positive definite, at its rate or, if that is a variable, from slow to fast."""
    default = {"variance": 1.0, "nugget": 0.01, "strength": 1.0}
    given = {name: value for name, value in known.items() if value is not None}
    scale, extra, strength = (given.get(name, least) for name, least in default.items())
    power = 2 if kind == "l2" else 1
    far = float(d.max()) ** power or 1.0
    needed = CORRELATIONS[kind][0]
    tried = [given[needed]] if needed in given else np.geomspace(1e-4, 1e3, 15) / far
    # The last, the fastest, has to be positive definite. A slow one is singular but for rounding.
    for rate, last in zip(tried, [*[False] * (len(tried) - 1), True], strict=True):
        with np.errstate(under="ignore"):
            shared = 1 - d / rate if needed == "height" else np.exp(-rate * d**power)
        if kind == "pagel":
            shared = strength * shared + (1 - strength) * np.eye(len(d))
        least = scale * np.linalg.eigvalsh(shared)[0] + extra
        if not least > (ROUNDING if last else -ROUNDING) * len(d) * (scale + extra):
            at = f" at rate {rate:.3g}" if needed == "rate" else ""
            cure = f"add a nugget above {max(extra - least, 1e-6):.1g}" + (", or use 'l1'." if kind == "l2" else ".")
            msg = f"The covariance is not positive definite{at}: its smallest eigenvalue is {least:.2g}; {cure}"
            raise ValueError(msg)


def _constant(name: str, value: Any) -> float | None:
    """Return a parameter that is a number, and None for a variable; refuse anything else."""
    if value is None or hasattr(value, "owner"):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        msg = f"{name} must be one number or a variable of the model, but is {kind_of(value)}."
        raise TypeError(msg) from None
    most = 1 if name == "strength" else np.inf
    if not 0 <= number <= most or number == np.inf:
        msg = f"{name} must be {'from 0 to 1' if most == 1 else '0 or more, and finite'}: got {number:.6g}."
        raise ValueError(msg)
    return number
