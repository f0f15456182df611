"""Values in place of a model's variables: another population, and interventions on it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from pytensor.graph.basic import Variable

from rethinking._compiling import compiling
from rethinking._names import kind_of, listed, nearest
from rethinking.predictions.worlds.codes import coded, unseen_labels
from rethinking.predictions.worlds.dependence import drawn_anew, group_dims, needed
from rethinking.predictions.worlds.fit import Fit, variable
from rethinking.sampling import ModelInputs


@dataclass(frozen=True)
class World:
    """A fit whose population was chosen, with the values that are set in it, level by level.

    Attributes
    ----------
    fit : Fit
    outcome : pytensor variable
    inputs : rethinking.sampling.ModelInputs
        The data of the population.
    settings : dict of str to numpy.ndarray
        What came with the population, data and random variables.
    levels : list of dict of str to numpy.ndarray
        For each level, the values that are set.
    anew : list of pytensor variables
        The random variables that are drawn anew.
    index_dims : dict of str to str
        The dim whose labels each index variable stands for.
    unseen : dict of str to list
        Labels of groups, by dim, that the fit has not seen.
    table : pandas.DataFrame or None
        The population as it came, if it came as a table.
    steps : frozenset of str
        What is set by a function of the present values.
    """

    fit: Fit
    outcome: Variable
    inputs: ModelInputs
    settings: dict
    levels: list
    anew: list
    index_dims: dict
    unseen: dict
    table: Any
    steps: frozenset

    @property
    def given(self):
        """The values of random variables that came with the population."""
        return {name: held for name, held in self.settings.items() if name not in self.fit.inputs.values}

    @property
    def lengths(self):
        """The lengths of dims, those of groups with the unseen ones."""
        return {dim: n + len(self.unseen.get(dim, ())) for dim, n in self.inputs.lengths.items()}

    def column(self, name):
        """Return the values of a variable in the population: data, given or observed; None if it has none there."""
        own = {} if self.table is not None else self.fit.inputs.values  # what the outcome does not need, too
        for source in (self.inputs.values, self.given, own, self.fit.observed):
            if name in source:
                return np.asarray(source[name])
        return None

    def labels(self, dim):
        """Return the labels of a dim, those of unseen groups last; numbers where there are none."""
        labels = self.inputs.coords.get(dim, np.arange(self.inputs.lengths[dim]))
        return np.array([*labels, *self.unseen[dim]]) if self.unseen.get(dim) else np.asarray(labels)


def world(fit, outcome, dos, data, groups, random_parts) -> World:
    """Return the world in which a population meets interventions.

    Parameters
    ----------
    fit : Fit
    outcome : pytensor variable
    dos : list of mapping of str to object
        One for each level, all with the same names.
    data : mapping, pandas.DataFrame or None
    groups : mapping
        Which groups may be new: an unseen label of another dim is refused.
    random_parts : list of pytensor variables
        What the outcome consists of, which cannot be set.
    """
    model = fit.model
    forbidden = {outcome.name, *(each.name for each in random_parts)}
    index_dims = group_dims(model, [outcome])
    aliases = _aliases(index_dims, model)
    columns = _population(fit, data, aliases, forbidden)
    dos = [_renamed(do, aliases) for do in dos]
    for name in dos[0]:
        variable(model, name, "do", aliases)
        if name in forbidden:
            msg = f"do sets {name!r}, which is the outcome itself: set one of its causes."
            raise ValueError(msg)
    unseen = unseen_labels(fit, index_dims, [columns, *dos], groups)
    columns = {name: coded(fit, index_dims, unseen, name, values) for name, values in columns.items()}
    changed = [model[name] for name in {**columns, **dos[0]}]
    anew = drawn_anew(model, outcome, changed, changed)
    cuts = {*model.basic_RVs, *model.data_vars, *changed}
    used = {v.name for v in needed([outcome, *anew], cuts)}
    names = {v.name for v in needed([outcome, *anew], cuts, through_shapes=False)} | {v.name for v in anew}
    table = data if hasattr(data, "columns") else None
    steps = frozenset(name for do in dos for name, value in do.items() if callable(value))
    inputs = _inputs(fit, columns, (names, used), dos[0], is_table=table is not None)
    made = World(fit, outcome, inputs, columns, [], anew, index_dims, unseen, table, steps)
    _require_rows(made, names, columns, dos[0])
    return replace(made, levels=[{name: _set(made, name, value) for name, value in do.items()} for do in dos])


def _aliases(index_dims, model):
    """Return index variables by the dim whose labels they stand for, where there is only one."""
    aliases: dict[str, str] = {}
    for name, dim in index_dims.items():
        aliases[dim] = "" if dim in aliases else name
    return {dim: name for dim, name in aliases.items() if name and dim not in model.named_vars}


def _renamed(values, aliases):
    return {aliases.get(name, name): value for name, value in values.items()}


def _population(fit, data, aliases, forbidden):
    """Return the values of a population by the name of the model's variable."""
    if data is None:
        return {}
    model = fit.model
    if hasattr(data, "columns"):
        if not len(data):
            msg = "The table of the population has no rows: pass at least one."
            raise ValueError(msg)
        known = {*fit.inputs.values, *(rv.name for rv in model.observed_RVs)} - forbidden
        found = {name: column for name, column in _renamed(data, aliases).items() if name in known}
        if not found:
            near = nearest(str(data.columns[0]), known)
            hint = f" Did you mean {near!r} by {data.columns[0]!r}?" if near else ""
            msg = f"No column of the table is data of the model, which has {listed(sorted(known))}.{hint}"
            raise ValueError(msg)
        return found
    if not isinstance(data, Mapping):
        msg = f"data must be a table or a mapping of names to values, but is {kind_of(data)}."
        raise TypeError(msg)
    data = _renamed(data, aliases)
    for name, values in data.items():
        variable(model, name, "data", aliases)
        if name in forbidden:
            msg = f"data gives {name!r}, which is the outcome itself: leave it out."
            raise ValueError(msg)
        if not np.size(values):
            msg = f"data gives no value of {name!r}, an empty population: pass at least one row."
            raise ValueError(msg)
    return data


def _inputs(fit, columns, names, do, *, is_table):
    """Return the data of the population; those that the outcome does not need do not have to fit."""
    inputs, dims_of = fit.inputs, fit.model.named_vars_to_dims
    names, used = names
    lengths = {
        dim: n for name, held in columns.items() for dim, n in zip(dims_of.get(name, ()), np.shape(held), strict=False)
    }
    kept = {name: held for name, held in inputs.values.items() if {name} & (used | do.keys() | columns.keys())}
    for name in kept.keys() - columns.keys():
        shared = [dim for dim in inputs.dims[name] if dim in lengths]
        if (
            shared
            and name in names - do.keys()
            and (is_table or any(lengths[dim] != inputs.lengths[dim] for dim in shared))
        ):
            msg = f"The population has no values of {name!r}, which the outcome depends on: give them in data."
            raise ValueError(msg)
        if shared:
            kept[name] = np.resize(kept[name], [lengths.get(d, inputs.lengths[d]) for d in inputs.dims[name]])
    theirs = {name: column for name, column in columns.items() if name in inputs.values}
    return replace(inputs, values=kept).replace(**theirs)


def _require_rows(made, names, columns, do):
    """Raise ValueError if an observed variable upstream has no value in the population."""
    model, old = made.fit.model, made.fit.inputs.lengths
    theirs = {dim for name in columns for dim in model.named_vars_to_dims.get(name, ())}
    anew = {rv.name for rv in made.anew}
    for rv in model.observed_RVs:
        dims = model.named_vars_to_dims.get(rv.name, ())
        is_needed = rv.name in names and not {rv.name} & (anew | columns.keys() | do.keys())
        changed = [dim for dim in dims if made.inputs.lengths[dim] != old[dim]]
        if is_needed and (changed or (made.table is not None and theirs & set(dims))):
            msg = f"The population has no values of {rv.name!r}, which the outcome depends on: give them in data."
            raise ValueError(msg)


def _set(made, name, value):
    """Return the values that an intervention gives a variable, one for each of its places."""
    shape = shape_of(made, name)
    if callable(value):
        now = made.column(name)
        if now is None:
            msg = f"do computes {name!r} from its values, but it has none here: pass the values themselves."
            raise ValueError(msg)
        value = value(now)
    array = np.asarray(coded(made.fit, made.index_dims, made.unseen, name, value))
    try:
        return np.broadcast_to(array, shape).astype(made.fit.model[name].dtype)
    except ValueError:
        msg = f"do sets {name!r} to values of shape {array.shape}, but its shape is {shape}: pass one value or as many."
        raise ValueError(msg) from None


@compiling()  # to evaluate a shape compiles a function
def shape_of(made, name):
    """Return the shape of a named variable in the population."""
    model = made.fit.model
    if name in made.inputs.values:
        return made.inputs.values[name].shape
    dims = model.named_vars_to_dims.get(name)
    if dims:
        return tuple(made.lengths[dim] for dim in dims)
    now = made.column(name)
    if now is not None:
        return now.shape
    if name in made.fit.draws:
        return made.fit.draws[name].shape[1:]
    return tuple(int(n) for n in model[name].shape.eval(mode="FAST_COMPILE"))
