"""What an intervention cannot do in silence: leave the data, a copy of what it sets, or a Potential behind."""

import warnings

import numpy as np
from pytensor.graph.traversal import ancestors
from pytensor.tensor.variable import TensorConstant

from rethinking._names import listed
from rethinking.predictions.worlds.dependence import needed

TURNS = 4  # a function of the exposure goes up and down its range at most so often; noise does many times
STEP = 0.5  # of the range: how far a step from the present values may lead beyond it
ENOUGH = 16  # rows that tell one from the other


class PredictionWarning(UserWarning):
    """An answer rests on something that the model or the data do not hold."""


def warn_of_doubts(answers, stacklevel):
    """Warn once of everything that makes an answer doubtful."""
    model = answers.fit.model
    found = [*_outside(answers.world), *_stay_behind(answers), *_without_effect(answers)]
    found += _left_out(model, answers.from_distributions)
    if found:
        warnings.warn(" ".join(found), PredictionWarning, stacklevel=stacklevel + 1)


def warn_of_unit(made, replayed, stacklevel):
    """Warn once of what makes a counterfactual doubtful: values outside the data, or Potentials on what is replayed."""
    if found := [*_outside(made), *_left_out(made.fit.model, replayed)]:
        warnings.warn(" ".join(found), PredictionWarning, stacklevel=stacklevel + 1)


def require_whole(made, used):
    """Raise ValueError if a computed copy of data is set, and the data enter elsewhere too."""
    model = made.fit.model
    for name in made.levels[0]:
        if model[name] not in model.deterministics:
            continue
        sources = {v for v in ancestors([model[name]]) if v.name in made.fit.inputs.values}
        if not set(model.basic_RVs) & set(ancestors([model[name]])) and (left := sources & used):
            source = sorted(v.name for v in left)[0]
            msg = (
                f"do sets {name!r}, which the model computes from {source!r}, and {source!r} enters elsewhere too: set"
                f" {source!r}, which everything computed from it follows."
            )
            raise ValueError(msg)


def _outside(made):
    """Yield a sentence for each number that lies outside the range of the data of the fit."""
    settings = [{name: values for name, values in made.settings.items() if name not in made.levels[0]}, *made.levels]
    said = set()
    for values in settings:
        for name, value in values.items():
            held = made.fit.held(name)
            if held is None or name in made.index_dims or not np.size(value) or _is_total(made, name):
                continue
            low, high = held.min(), held.max()
            below, above = low - np.min(value), np.max(value) - high
            room = STEP * (high - low) if name in made.steps else 0
            if max(below, above) > room and name not in said:
                said.add(name)
                end, far = ("least", below) if below > above else ("largest", above)
                edge = low if below > above else high
                yield (
                    f"{name!r} goes {far:.4g} beyond the {end} value of the data, {edge:.4g}: there the answer rests on"
                    " the form of the model alone."
                )


def _is_total(made, name):
    """Return whether data are only the number of trials of the outcome, for which any value will do."""
    node = made.outcome.owner
    if getattr(node.op, "name", None) not in ("binomial", "beta_binomial"):
        return False
    total, *others = node.op.dist_params(node)
    data = made.fit.model[name]
    return data in needed([total], [data]) | {total} and data not in needed(others, [data], through_shapes=False)


def _stay_behind(answers):
    """Yield a sentence for each variable that is set and has a copy, made outside the model, which is not."""
    made = answers.world
    for name in made.levels[0]:
        exposure = made.fit.held(name)
        if exposure is None or exposure.ndim != 1:
            continue
        left = [
            repr(v.name) if v.name else "an array without a name"
            for v, held in _other_data(answers)
            if held.shape[:1] == exposure.shape and v.name not in made.levels[0] and _is_function(held, exposure)
        ]
        left.sort()
        if left:
            yield (
                f"{listed(left)} {'is' if len(left) == 1 else 'are'} a function of {name!r} in the data, made outside"
                f" the model, and cannot follow when {name!r} is set: compute it in the model from pm.Data."
            )


def _other_data(answers):
    for variable in answers.above:
        if isinstance(variable, TensorConstant) and variable.ndim:
            yield variable, np.asarray(variable.data)
        elif variable.name in answers.world.fit.inputs.values and variable.ndim:
            yield variable, answers.world.fit.inputs.values[variable.name]


def _is_function(values, exposure):
    """Return whether values are a function of an exposure, as far as the rows can tell."""
    return any(_column_is_function(column, exposure) for column in values.reshape(len(values), -1).T)


def _column_is_function(column, exposure):
    span = np.ptp(column.astype(float))
    if not span:
        return False
    levels, codes = np.unique(exposure, return_inverse=True)
    if 1 < len(levels) <= len(exposure) / 2:
        spread = [np.ptp(column[codes == code].astype(float)) for code in range(len(levels))]
        return max(spread) <= 1e-9 * span
    if len(exposure) < ENOUGH:
        return bool(abs(np.corrcoef(column, exposure)[0, 1]) > 1 - 1e-9)
    in_order = column[np.argsort(exposure, kind="stable")].astype(float)
    return bool(np.abs(np.diff(in_order)).sum() <= TURNS * span)


def _without_effect(answers):
    for name in answers.world.levels[0].keys() - answers.follows:
        yield f"{answers.outcome.name!r} does not depend on {name!r} in this model, so to set it changes nothing."


def _left_out(model, taken):
    """Yield a sentence for each Potential on variables whose distributions alone say what they are in this world.

    A Potential on parameters is in the posterior already. One on an outcome or a mediator is a part of its
    distribution that nobody can draw from.
    """
    for potential in model.potentials:
        above = needed([potential], model.basic_RVs)
        if names := sorted(rv.name for rv in taken if rv in above):
            yield (
                f"The Potential {potential.name!r} weighs {listed(map(repr, names))}, but here only the distribution"
                f" that the model names for {'it' if len(names) == 1 else 'them'} is used: write a distribution that"
                " includes the weight, such as pm.Truncated or pm.CustomDist."
            )
