"""What a model has besides the values of its ``pm.Data``: a sampler is compiled for that, and it must not change.

A number that a model took from its data without ``pm.Data`` is a constant of the compiled code. Without this check the
first replicate's numbers would be used for all the others, and nobody would see it.
"""

from typing import Any, NamedTuple

import pymc as pm
from pymc.distributions.custom import CustomDistRV, CustomSymbolicDistRV
from pytensor.graph.basic import Variable, equal_computations
from pytensor.graph.traversal import ancestors
from pytensor.tensor.random.type import RandomType

__all__ = ["Skeleton", "require_same", "skeleton"]


class Skeleton(NamedTuple):
    """What two models must share so that one compiled sampler serves both; compared by :func:`require_same`.

    Attributes
    ----------
    names : dict of str to int
        The variables with their numbers of axes.
    data : dict of str to tuple of str
        The ``pm.Data`` with their dims.
    lengths : dict of str to int
        Lengths of the dims of free variables.
    inputs : list of pytensor variables
        Where graphs begin and may differ: data, lengths of dims, values of free variables, random number generators.
    outputs : dict of str to list of pytensor variables
        The graphs of each variable: itself, what was observed of it, and its way to the scale of the sampler.
    """

    names: dict[str, int]
    data: dict[str, tuple]
    lengths: dict[str, int]
    inputs: list[Variable]
    outputs: dict[str, list[Variable]]


def skeleton(model: pm.Model) -> Skeleton:
    """Return the :class:`Skeleton` of a model."""
    variables = [*model.basic_RVs, *model.deterministics, *model.potentials]
    outputs = {variable.name: [variable] for variable in variables}
    custom = [rv for rv in model.basic_RVs if isinstance(rv.owner.op, CustomDistRV | CustomSymbolicDistRV)]
    points = [rv.type() for rv in custom]
    for rv, point in zip(custom, points, strict=True):  # its operation is a new class each time, its density is not
        outputs[rv.name] = [pm.logp(rv, point, warn_rvs=False), *rv.owner.inputs]
    for rv in model.observed_RVs:
        outputs[rv.name].append(model.rvs_to_values[rv])
    for rv in model.free_RVs:
        transform = model.rvs_to_transforms[rv]
        if transform is not None:
            outputs[rv.name].append(transform.backward(model.rvs_to_values[rv], *rv.owner.inputs))
    by_name = sorted(model.data_vars, key=lambda data: data.name)
    lengths = [model.dim_lengths[dim] for dim in sorted(model.dim_lengths)]
    generators = [v for v in ancestors([one for some in outputs.values() for one in some]) if _draws(v)]
    used = {dim for rv in model.free_RVs for dim in model.named_vars_to_dims.get(rv.name, ())}
    return Skeleton(
        names={variable.name: variable.ndim for variable in variables},
        data={data.name: tuple(model.named_vars_to_dims.get(data.name, ())) for data in by_name},
        lengths={str(dim): len(labels) for dim in sorted(used) if (labels := model.coords.get(dim)) is not None},
        inputs=[*by_name, *lengths, *(model.rvs_to_values[rv] for rv in model.free_RVs), *custom, *points, *generators],
        outputs=outputs,
    )


def require_same(name: str, expected: Skeleton, found: Skeleton) -> None:
    """Raise ValueError, naming the estimator and the remedy, unless two models have the same structure.

    Graphs are compared as PyTensor compares them: operations, the order of their inputs, and constants.
    """
    if expected.names != found.names:
        remedy = "its variables differ; a study needs one model with other data."
    elif expected.data != found.data:
        remedy = "its pm.Data differ; a study needs one model with other data."
    elif expected.lengths != found.lengths:
        remedy = f"dims have lengths {expected.lengths} and {found.lengths}: keep the number of groups fixed."
    elif not _same(expected, found, [*expected.outputs]):
        which = next((one for one in expected.outputs if not _same(expected, found, [one])), "of them")
        remedy = f"{which!r} has other numbers or operations: wrap what comes from the data in pm.Data."
    else:
        return
    msg = f"Estimator {name!r} built two different models for two replicates; {remedy}"
    raise ValueError(msg)


def _same(one: Skeleton, other: Skeleton, names: list[str]) -> bool:
    """Return whether the graphs of some variables are the same computations of the inputs."""
    graphs: list[Any] = [[graph for name in names for graph in model.outputs[name]] for model in (one, other)]
    lengths_agree = len(one.inputs) == len(other.inputs) and len(graphs[0]) == len(graphs[1])
    return lengths_agree and equal_computations(graphs[0], graphs[1], one.inputs, other.inputs)


def _draws(variable: Variable) -> bool:
    return variable.owner is None and isinstance(variable.type, RandomType)
