"""Distributions that PyMC does not have.

`StandardNormal` has no parameters. It is what is left of a normal effect when its mean and its scale have been taken
out, ``effect = mean + scale * z``: the non-centred form, written with a name that says so.
"""

# PyMC writes logp and its like as functions of a value inside the class, which no type checker can follow.
# pyright: reportSelfClsParameterName=false, reportArgumentType=false, reportIncompatibleMethodOverride=false

from typing import Any

import pymc as pm
import pytensor.tensor as pt
from pymc.distributions.distribution import Continuous, SymbolicRandomVariable
from pymc.distributions.shape_utils import rv_size_is_none
from pymc.pytensorf import normalize_rng_param
from pytensor.tensor.random.basic import normal
from pytensor.tensor.random.utils import normalize_size_param
from pytensor.tensor.variable import TensorVariable

__all__ = ["StandardNormal"]


class StandardNormalRV(SymbolicRandomVariable):
    """Random draws of `StandardNormal`, as a graph over PyTensor's normal, so that every backend can compile them."""

    name = "standard_normal"
    extended_signature = "[rng],[size]->[rng],()"
    _print_name = ("StandardNormal", "\\operatorname{StandardNormal}")

    @classmethod
    def rv_op(cls, *, size: Any = None, rng: Any = None) -> TensorVariable:
        """Return a draw of some size, scalar for None; no arguments, because the distribution has no parameters."""
        rng, size = normalize_rng_param(rng), normalize_size_param(size)
        drawn: Any = normal(0.0, 1.0, size=size, rng=rng, return_next_rng=True)
        made: Any = cls(inputs=[rng, size], outputs=list(drawn))(rng, size)
        return made


class StandardNormal(Continuous):
    r"""A normal distribution with mean 0 and standard deviation 1, which has no parameters.

    .. math:: f(z) = \frac{1}{\sqrt{2 \pi}} \exp\left(-\frac{z^2}{2}\right)

    ========  ==============================
    Support   :math:`z \in \mathbb{R}`
    Mean      0
    Variance  1
    ========  ==============================

    Parameters
    ----------
    name : str
        The variable's name; left out in ``StandardNormal.dist()``.
    shape, dims, observed, initval, ...
        As for every PyMC distribution. A location or a scale is refused: write ``mean + scale * z``, and PyMC knows the
        density of that too.

    Raises
    ------
    TypeError
        If parameters are given.

    Examples
    --------
    >>> with pm.Model(coords={"tank": range(48)}) as model:
    ...     sigma = pm.Exponential("sigma", 1)
    ...     z = StandardNormal("z", dims="tank")
    ...     alpha = pm.Deterministic("alpha", 1.4 + sigma * z, dims="tank")
    >>> model.initial_point()["z"].shape
    (48,)
    >>> pm.logp(1.4 + 2.0 * StandardNormal.dist(), 1.4).eval().round(4)  # -log(2 sqrt(2 pi))
    np.float64(-1.6121)
    """

    rv_type = StandardNormalRV
    rv_op = StandardNormalRV.rv_op

    @classmethod
    def dist(cls, *args: Any, **kwargs: Any) -> TensorVariable:
        """Return a variable outside any model, of the size or shape given."""
        parameters = [*map(str, args), *(f"{name}=" for name in ("mu", "sigma", "tau") if name in kwargs)]
        if parameters:
            got = ", ".join(parameters)
            msg = f"StandardNormal has no parameters, but got {got}: use pm.Normal, or write mean + scale * z."
            raise TypeError(msg)
        return super().dist([], **kwargs)

    def support_point(rv: Any, size: Any) -> Any:
        """Return 0, the mean, as often as the size says."""
        return pt.zeros(() if rv_size_is_none(size) else size)

    def logp(value: Any) -> Any:
        """Return log f(z)."""
        return pm.logp(pm.Normal.dist(), value)

    def logcdf(value: Any) -> Any:
        """Return the logarithm of the probability of less than z."""
        return pm.logcdf(pm.Normal.dist(), value)

    def logccdf(value: Any) -> Any:
        """Return the logarithm of the probability of more than z."""
        return pm.logccdf(pm.Normal.dist(), value)

    def icdf(value: Any) -> Any:
        """Return the z below which a probability lies; NaN outside 0 to 1."""
        return pm.icdf(pm.Normal.dist(), value)
