"""What is asked of an outcome: its mean given its parents, its linear predictor, or a draw of it."""

from typing import Any

import pymc as pm
from pymc.distributions.moments.means import mean
from pymc.distributions.shape_utils import maybe_resize
from pymc.exceptions import UndefinedMomentException
from pytensor import tensor as pt
from pytensor.compile.ops import ViewOp
from pytensor.graph.basic import Variable
from pytensor.scalar import Exp
from pytensor.scalar.math import Sigmoid
from pytensor.tensor.elemwise import Elemwise
from pytensor.tensor.random.basic import CategoricalRV
from pytensor.tensor.variable import TensorVariable

from rethinking.predictions.worlds.dependence import replaced

KINDS = ("expected", "outcome", "linear")
# Where a distribution has its location among its parameters, and the inverse links that may have made it.
LINKS = {"bernoulli": (0, Sigmoid), "binomial": (1, Sigmoid), "poisson": (0, Exp)}
IDENTITY = {"normal": 0, "laplace": 0, "logistic": 0, "lognormal": 0, "gumbel": 0, "t": 1}


def parts(model: pm.Model, outcome: Any) -> list[TensorVariable]:
    """Return the random variables that an outcome consists of.

    That is the outcome itself; with missing values PyMC splits it into an observed and an unobserved part. A
    ``pm.Deterministic`` has none: it is a function of its parents.
    """
    if outcome in model.basic_RVs:
        return [outcome]
    names = (f"{outcome.name}_observed", f"{outcome.name}_unobserved")
    return [model[name] for name in names if name in model.named_vars and model[name] in model.basic_RVs]


def target(model, outcome: Variable, kind: str) -> Variable | None:
    """Return what is to be computed, as an expression of the outcome's parents; None if the mean has no formula.

    Parameters
    ----------
    model : pymc.Model
    outcome : pytensor variable
    kind : {"expected", "outcome", "linear"}

    Raises
    ------
    ValueError
        If the mean does not exist, or the model shows no linear predictor.
    """
    of = parts(model, outcome)
    if kind == "outcome" or not of:
        return outcome
    if kind == "linear":
        return replaced(outcome, {rv: _linear(rv) for rv in of})
    means: dict[Variable, Variable] = {rv: formula for rv in of if (formula := expected(rv)) is not None}
    return replaced(outcome, means) if len(means) == len(of) else None


def expected(rv: TensorVariable) -> Variable | None:
    """Return the mean of a random variable given its parents, or None where no formula is known."""
    if isinstance(rv.owner.op, CategoricalRV):
        p: Any
        (p,) = rv.owner.op.dist_params(rv.owner)
        return maybe_resize((p * pt.arange(p.shape[-1])).sum(-1), rv.owner.op.size_param(rv.owner))
    try:
        return mean(rv)
    except UndefinedMomentException:
        msg = f"{rv.name!r} has no mean, since its distribution has none: ask for kind='outcome' or kind='linear'."
        raise ValueError(msg) from None
    except NotImplementedError:  # PyMC has no formula of this mean: whoever asks simulates
        return None


def _linear(rv):
    op, node = rv.owner.op, rv.owner
    name = getattr(op, "name", None)
    if name in IDENTITY:
        return maybe_resize(op.dist_params(node)[IDENTITY[name]], op.size_param(node))
    if name in LINKS:
        place, link = LINKS[name]
        p = op.dist_params(node)[place]
        while p.owner is not None and isinstance(p.owner.op, ViewOp):
            (p,) = p.owner.inputs
        if p.owner is not None and isinstance(p.owner.op, Elemwise) and isinstance(p.owner.op.scalar_op, link):
            return maybe_resize(p.owner.inputs[0], op.size_param(node))
    msg = (
        f"The model shows no linear predictor of {rv.name!r}: name it with pm.Deterministic, and pass that name as the"
        " outcome."
    )
    raise ValueError(msg)
