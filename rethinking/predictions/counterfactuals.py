"""What would have happened to one unit, had something been different for it: abduction, action, prediction."""

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pymc as pm
from pytensor import tensor
from pytensor.graph.basic import Variable
from xarray import DataArray, DataTree

from rethinking._arguments import require_mapping, require_seed
from rethinking._names import some, told
from rethinking.predictions.worlds.dependence import free_lengths, needed, replaced
from rethinking.predictions.worlds.doubts import warn_of_unit
from rethinking.predictions.worlds.evaluation import Evaluation, blocks
from rethinking.predictions.worlds.fit import Fit, variable
from rethinking.predictions.worlds.moments import parts
from rethinking.predictions.worlds.settings import world

pt: Any = tensor  # its elementwise functions are declared to return None

# Where distributions whose noise is added have their location and scale among their parameters.
ADDITIVE = {"normal": (0, 1), "laplace": (0, 1), "logistic": (0, 1), "gumbel": (0, 1), "t": (1, 2)}


def counterfactual(
    model: pm.Model,
    dt: DataTree,
    outcome: str,
    *,
    do: Mapping[str, object],
    unit: object,
    seed: int | None = None,
) -> DataArray:
    r"""Return the draws of what the outcome of a unit would have been, had something been set for it.

    What was observed of the unit tells what its noise was (abduction); then something is set (action), and what follows
    is computed with the same noise (prediction). :func:`predict` gives another unit like it, with noise of its own.

    Parameters
    ----------
    model, dt
        See :func:`predict`.
    outcome : str
        An observed variable of the model without missing values.
    do : mapping of str to value
        What is set, as in :func:`predict`.
    unit : label, position or list of these
        The rows: labels of the outcome's dim where the model has labels, positions otherwise.
    seed : int, optional
        Needed where a binary mediator follows what is set; everything else is exact.

    Returns
    -------
    xarray.DataArray
        With the dims chain and draw, and that of the outcome if `unit` is a list. Of a binary outcome it is the
        probability of a 1, given what was observed: the unit's own threshold is known only up to the side on which it
        lies.

    Raises
    ------
    TypeError, ValueError
        If the noise of the outcome, or of a variable between, is not identified: the noise of a count or of a category
        can be tied to the same distribution in many ways, with different counterfactuals. Also as :func:`predict` does.

    Notes
    -----
    For additive noise, :math:`Y = \mu + \sigma \varepsilon`, the counterfactual is
    :math:`\mu' + \sigma' (y - \mu) / \sigma`; a log-normal outcome is treated on the scale of its logarithm. For a
    binary outcome :math:`Y = 1` if a uniform threshold lies below :math:`p`, which is the same for any latent index
    with a monotone link: the probability is :math:`\min(1, p'/p)` if 1 was observed, and
    :math:`\max(0, (p' - p)/(1 - p))` otherwise. Pearl (2009), Causality, section 7.1.

    Examples
    --------
    >>> import rethinking as rt
    >>> with pm.Model() as model:
    ...     X = pm.Data("X", np.array([0.0, 1.0, 2.0]))
    ...     _ = pm.Normal("Y", pm.Normal("b", 2, 0.1) * X, 1, observed=[3.0, 2.0, 4.0])
    >>> dt = rt.sample(model, seed=1)
    >>> found = counterfactual(model, dt, "Y", do={"X": 1.0}, unit=0)
    >>> bool(abs(found.mean() - (3.0 + 2.0)) < 0.1)  # its noise was 3
    True
    """
    require_mapping("do", do, "{'X': 1}")
    require_seed(seed)
    fit = Fit.of(model, dt)
    asked = variable(model, outcome, "outcome")
    if asked not in model.observed_RVs:
        msg = f"{outcome!r} was not observed, or not for every unit, so the noise of a unit is unknown: use rt.predict."
        raise ValueError(msg)
    made = world(fit, asked, [do], None, {}, parts(model, asked))
    warn_of_unit(made, [*made.anew, asked], stacklevel=2)
    rows = _positions(made, asked, unit)
    places = {name: model[name].type(name=f"do({name})") for name in made.levels[0]}
    swap, fresh = {model[name]: place for name, place in places.items()}, []
    for rv in made.anew:
        swap[rv] = _replay(rv, swap, fresh)
    target = _replay(asked, swap, fresh, is_last=True)
    values = fit.observed | made.inputs.values | made.lengths | {places[n].name: v for n, v in made.levels[0].items()}
    used = needed([target], {*model.basic_RVs, *model.data_vars, *places.values()})
    free = [v for v in used if v in model.free_RVs]
    known = {*model.observed_RVs, *model.data_vars, *places.values(), *free_lengths(model)}
    evaluation = Evaluation([target], free, [v for v in used if v in known])
    result = []
    for i, block in enumerate(blocks(int(np.prod(fit.shape)), np.size(values[outcome]))):
        draws = {v.name: fit.draws[v.name][block] for v in free}
        generator = np.random.SeedSequence(seed, spawn_key=(i,))
        result.append(evaluation(draws, values, generator, block.stop - block.start)[0][:, rows])
    drawn = np.concatenate(result).reshape(*fit.shape, *np.shape(rows))
    dims = (model.named_vars_to_dims.get(outcome) or (f"{outcome}_dim_0",)) if np.ndim(rows) else ()
    labels = {
        dim: made.labels(dim) if dim in model.dim_lengths else np.arange(np.size(values[outcome])) for dim in dims
    }
    coords = fit.sample | {dim: each[rows] for dim, each in labels.items()}
    return DataArray(drawn, coords, (*fit.sample, *dims), name=outcome, attrs={"kind": "counterfactual"})


def _positions(made, asked, unit):
    """Return the positions of units, a number or an array."""
    if asked.ndim != 1:
        msg = f"{asked.name!r} must have one dim, along which the units are, but has {asked.ndim}."
        raise ValueError(msg)
    (dim,) = made.fit.model.named_vars_to_dims.get(asked.name) or (None,)
    n = made.fit.observed[asked.name].size
    labels = made.labels(dim).tolist() if dim in made.inputs.coords else list(range(n))
    wanted = unit if isinstance(unit, list | tuple | np.ndarray) else [unit]
    if not all(isinstance(each, Hashable) for each in wanted):
        msg = f"unit must be a label of {asked.name!r}, or a list of labels, but is {told(unit)}."
        raise TypeError(msg)
    unknown = [each for each in np.asarray(wanted).tolist() if each not in labels]
    if unknown or not len(wanted):
        named = some(map(told, unknown)) or "nobody"
        msg = f"unit names {named}, but those of {asked.name!r} go from {labels[0]!r} to {labels[-1]!r}."
        raise ValueError(msg)
    found = np.array([labels.index(each) for each in np.asarray(wanted).tolist()])
    return found if wanted is unit else found[0]


def _replay(rv: Variable, swap: Mapping[Variable, Variable], fresh: list, *, is_last: bool = False) -> Variable:
    """Return a variable in the other world, with the noise that it had in this one."""
    op, node = rv.owner.op, rv.owner
    name, parameters = getattr(op, "name", None), list(op.dist_params(node)) if hasattr(op, "dist_params") else []
    if name in ADDITIVE:
        location, scale = (parameters[place] for place in ADDITIVE[name])
        return replaced(location, swap) + (rv - location) / scale * replaced(scale, swap)
    if name == "lognormal":
        location, scale = parameters
        return pt.exp(replaced(location, swap) + (pt.log(rv) - location) / scale * replaced(scale, swap))
    if name == "bernoulli":
        (p,) = parameters
        return _thresholds(rv, p, replaced(p, swap), fresh, is_last=is_last)
    msg = (
        f"The noise of {rv.name!r} is not identified: its distribution ({name or type(op).__name__}) fits many ways in"
        " which noise makes the value, and they disagree about one unit. Use rt.predict or rt.contrast for averages."
    )
    raise ValueError(msg)


def _thresholds(rv, p, other, fresh, *, is_last):
    """Return a binary variable in the other world: its probability if it comes last, otherwise a draw of it."""
    if is_last:
        return pt.switch(pt.eq(rv, 1), pt.minimum(1.0, other / p), pt.maximum(0.0, (other - p) / (1 - p)))
    share = pm.Uniform.dist(0, 1, shape=rv.shape)
    fresh.append(share)
    threshold = pt.switch(pt.eq(rv, 1), share * p, p + share * (1 - p))
    return pt.lt(threshold, other).astype(rv.dtype)
