"""The effects of groups in another world: those of the fit, new ones from the population, or the typical one."""

from collections.abc import Mapping

import numpy as np

from rethinking._names import listed, nearest, told
from rethinking.predictions.worlds.codes import UnseenGroups
from rethinking.predictions.worlds.dependence import needed, replaced
from rethinking.predictions.worlds.evaluation import Evaluation
from rethinking.predictions.worlds.moments import expected

CHOICES = ("same", "new", "typical")
SAME, NEW, TYPICAL = range(3)


def checked_groups(model, groups):
    """Return the choices by dim, or raise ValueError for an unknown dim or choice."""
    if groups is None:
        return {}
    if not isinstance(groups, Mapping):
        msg = f"groups must name dims, as in {{'tank': 'new'}}, but is {told(groups)}; choices are {listed(CHOICES)}."
        raise ValueError(msg)
    for dim, choice in groups.items():
        if dim not in model.dim_lengths:
            near = nearest(dim, model.dim_lengths)
            hint = f" Did you mean {near!r}?" if near else ""
            msg = f"groups names {dim!r}, but the dims of the model are {listed(model.dim_lengths)}.{hint}"
            raise ValueError(msg)
        for word in choice.values() if isinstance(choice, Mapping) else [choice]:
            if not isinstance(word, str) or word not in CHOICES:
                msg = f"groups says {told(word)} for {dim!r}, but the choices are {listed(CHOICES)}."
                raise ValueError(msg)
    return dict(groups)


def settled(made, groups, used, seed):
    """Return the draws of the free variables in a world, those of its groups as was chosen.

    Parameters
    ----------
    made : World
    groups : dict of str to str or mapping
        The choices, by dim.
    used : list of pytensor variables
        The free variables that the outcome needs as draws.
    seed : numpy.random.SeedSequence

    Returns
    -------
    dict of str to numpy.ndarray
    """
    model, draws = made.fit.model, dict(made.fit.draws)
    dims_of = {rv: model.named_vars_to_dims.get(rv.name) or () for rv in used}
    _require_effects(made, groups, dims_of)
    states = {rv: state for rv in used if (state := _states(made, groups, dims_of[rv])) is not None}
    effects = [rv for rv in model.free_RVs if rv in states]
    if not effects:
        return draws
    fresh = _fresh(made, effects, states, draws, seed)
    for rv in effects:
        _require_separable(rv, states[rv], dims_of[rv])
        new, typical = fresh[rv]
        state = states[rv]
        old = _padded(draws[rv.name], state.shape)
        draws[rv.name] = np.where(state == TYPICAL, typical, np.where(state == NEW, new, old))
    return draws


def _require_effects(made, groups, dims_of):
    with_effects = {dim for dims in dims_of.values() for dim in dims}
    for dim in groups:
        if dim not in with_effects and dim not in {d for rv in made.anew for d in _dims(made, rv)}:
            msg = (
                f"groups names {dim!r}, but {made.outcome.name!r} depends on no parameter with that dim: leave it out."
            )
            raise ValueError(msg)
    for rv, dims in dims_of.items():
        for dim in dims:
            old, new = made.fit.inputs.lengths[dim], made.inputs.lengths[dim]
            if old != new and groups.get(dim, "same") == "same":
                msg = (
                    f"{rv.name!r} has a value for each of {old} {dim!r} in the fit, and the population has {new}: say"
                    f" groups={{{dim!r}: 'new'}} (drawn from the population) or 'typical' (at its mean), not 'same'."
                )
                raise ValueError(msg)


def _dims(made, rv):
    return made.fit.model.named_vars_to_dims.get(rv.name) or ()


def _states(made, groups, dims):
    """Return for each cell of an effect whether it is the same, new or typical; None if all are the same."""
    if not set(dims) & groups.keys():
        return None
    state = np.zeros((), dtype=int)
    for axis, dim in enumerate(dims):
        along = _along(made, dim, groups.get(dim, "same"))
        state = np.maximum(state, along.reshape(-1, *[1] * (len(dims) - axis - 1)))
    return state if state.any() else None


def _along(made, dim, choice):
    labels = made.labels(dim)
    if not isinstance(choice, Mapping):
        return np.full(len(labels), CHOICES.index(choice))
    known = [label.item() if isinstance(label, np.generic) else label for label in labels]
    for label in choice:
        if label not in known:
            raise UnseenGroups(dim, [label], known)
    states = np.array([CHOICES.index(choice.get(label, "same")) for label in known])
    lacking = [label for label in made.unseen.get(dim, ()) if choice.get(label, "same") == "same"]
    if lacking:
        raise UnseenGroups(dim, lacking, known[: -len(made.unseen[dim])])
    return states


def _fresh(made, effects, states, draws, seed):
    """Return for each effect new draws from its population, and its mean there."""
    means = _means(effects, [rv for rv in effects if (states[rv] == TYPICAL).any()])
    model, targets = made.fit.model, [*effects, *means.values()]
    used = needed(targets, {*model.basic_RVs, *model.data_vars} - set(effects))
    free = [v for v in used if v in model.free_RVs and v not in effects]
    rest = [v for v in used if v.name in made.inputs.values or v.name in made.lengths]
    evaluation = Evaluation(targets, free, rest)
    n = len(draws[effects[0].name])
    results = evaluation({v.name: draws[v.name] for v in free}, made.inputs.values | made.lengths, seed, n)
    found = dict(zip(targets, results, strict=True))
    whole = {rv: (n, *states[rv].shape) for rv in effects}
    new = {rv: np.broadcast_to(found[rv], whole[rv]) for rv in effects}
    return {rv: (new[rv], np.broadcast_to(found[means[rv]], whole[rv]) if rv in means else new[rv]) for rv in effects}


def _means(effects, typical):
    """Return the mean of each typical effect, with the means of others in place of those that it depends on."""
    means: dict = {}
    for rv in effects:
        if rv in typical:
            try:
                value = expected(rv)
            except ValueError:  # its distribution has no mean, such as that of a pm.Flat
                value = None
            if value is None:
                msg = f"The population of {rv.name!r} has no mean that PyMC knows: say 'new' instead of 'typical'."
                raise ValueError(msg)
            means[rv] = replaced(value, means)
    return means


def _require_separable(rv, state, dims):
    """Raise ValueError if only some effects of a joint distribution are to be new."""
    core = getattr(rv.owner.op, "ndim_supp", 0)
    together = state.reshape(*state.shape[: len(dims) - core], -1) if core else state[..., None]
    if (together != together[..., :1]).any():
        msg = (
            f"The values of {rv.name!r} have one distribution together: choose the same for all groups of {dims[-1]!r}."
        )
        raise ValueError(msg)


def _padded(draws, shape):
    extra = [(0, 0), *((0, max(0, n - m)) for n, m in zip(shape, draws.shape[1:], strict=True))]
    padded = np.pad(draws, extra)
    return padded[(slice(None), *(slice(n) for n in shape))]
