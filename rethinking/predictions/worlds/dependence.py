"""What a model's graph says: what a variable depends on, what follows an intervention, which labels an index has."""

from collections.abc import Iterable, Mapping

from pytensor.compile.ops import TypeCastingOp
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.graph.basic import Variable
from pytensor.graph.traversal import ancestors
from pytensor.tensor.blockwise import Blockwise
from pytensor.tensor.elemwise import DimShuffle, Elemwise
from pytensor.tensor.math import Dot
from pytensor.tensor.random.type import RandomType
from pytensor.tensor.shape import Shape, Shape_i
from pytensor.tensor.subtensor import AdvancedSubtensor, Subtensor, indices_from_subtensor

LOOKUPS = (Subtensor, AdvancedSubtensor)


def needed(targets: Iterable[Variable], cuts: Iterable[Variable], *, through_shapes: bool = True) -> set[Variable]:
    """Return everything that some variables are computed from, where the graph ends at the cuts.

    Parameters
    ----------
    targets : iterable of pytensor variables
        What is to be computed; a cut among them is computed from its parents nevertheless.
    cuts : iterable of pytensor variables
        What is given: nothing above them is needed.
    through_shapes : bool
        Whether to count what only lends its length.
    """
    cuts, found = set(cuts), set()
    waiting = [parent for target in targets for parent in (target.owner.inputs if target.owner else [target])]
    while waiting:
        variable = waiting.pop()
        if variable in found or isinstance(variable.type, RandomType):
            continue
        found.add(variable)
        node = None if variable in cuts else variable.owner
        if node is not None and (through_shapes or not isinstance(node.op, Shape | Shape_i)):
            waiting += node.inputs
    return found


def replaced(variable: Variable, swap: Mapping[Variable, Variable]) -> Variable:
    """Return an expression with some variables replaced, and all that does not depend on them as it is."""
    made = dict(swap)

    def of(each):
        if each not in made:
            made[each] = each
            if each.owner is not None and (inputs := [of(above) for above in each.owner.inputs]) != each.owner.inputs:
                node = each.owner.clone_with_new_inputs(inputs, strict=False)
                made.update(zip(each.owner.outputs, node.outputs, strict=True))
        return made[each]

    return of(variable)


def drawn_anew(model, outcome: Variable, changed: Iterable[Variable], given: Iterable[Variable]) -> list[Variable]:
    """Return the random variables that an outcome needs and that follow from what was changed, causes first.

    This is the truncated factorisation (Pearl 2009, Causality, section 3.2.3): the factors of the variables that are
    set are left out, the factors downstream of them stay and are drawn from, and what is upstream is left as it was.

    Parameters
    ----------
    model : pymc.Model
    outcome : pytensor variable
    changed, given : iterable of pytensor variables
        What was set, and what has a value although it may be downstream of something that was set.
    """
    changed, given = set(changed), set(given)
    random = [rv for rv in model.basic_RVs if rv is not outcome and rv not in given]
    stops = {*model.basic_RVs, *changed, *given} - {outcome}
    parents = {rv: needed([rv], stops) for rv in random}
    anew: list[Variable] = []
    while more := [rv for rv in random if rv not in anew and parents[rv] & (changed | set(anew))]:
        anew += more
    asked = _reached(outcome, anew, stops)
    return [rv for rv in model.basic_RVs if rv in asked]


def _reached(outcome, anew, stops):
    """Return those of the variables drawn anew that the outcome needs, directly or through others of them."""
    reached, waiting = set(), [outcome]
    while waiting:
        above = needed([waiting.pop()], stops) & set(anew) - reached
        reached |= above
        waiting += above
    return reached


def free_lengths(model) -> list[Variable]:
    """Return the lengths of dims that are variables of their own, not those of an array of data."""
    return [v for v in model.dim_lengths.values() if isinstance(v, SharedVariable)]


def group_dims(model, targets: Iterable[Variable]) -> dict[str, str]:
    """Return the dim whose labels each index variable stands for, by the name of the index.

    An index is recognised by what the model does with it: in ``alpha[district]``, `district` holds positions along
    the dim of `alpha`. The expression that is looked up may be computed from variables with dims, as in
    ``(mean + z * sigma)[district]``.

    Parameters
    ----------
    model : pymc.Model
    targets : iterable of pytensor variables
        The graphs to read.
    """
    found: dict[str, str] = {}
    for variable in ancestors(list(targets)):
        if variable.owner is not None and isinstance(variable.owner.op, LOOKUPS):
            for name, dim in _lookups(model, variable.owner):
                found.setdefault(name, dim)
    return found


def _lookups(model, node):
    base, *positions = node.inputs
    for axis, entry in enumerate(indices_from_subtensor(positions, node.op.idx_list)):
        name = None if isinstance(entry, slice) else _name_of_index(model, entry)
        dim = _dim_of_axis(model, base, axis) if name else None
        if name and dim:
            yield name, dim


def _name_of_index(model, variable):
    """Return the name of the variable that an index is, seen through changes of its type and shape."""
    while variable.name not in model.named_vars:
        if variable.owner is None or len(variable.owner.inputs) != 1:
            return None
        (variable,) = variable.owner.inputs
    return variable.name


def _dim_of_axis(model, variable, axis):
    """Return the dim along an axis of an expression, or None where the model does not say."""
    dims = model.named_vars_to_dims.get(variable.name)
    if dims:
        return dims[axis] if axis < len(dims) else None
    if variable.owner is None:
        return None
    op, inputs = variable.owner.op, variable.owner.inputs
    for source, source_axis in _sources(op, inputs, axis):
        dim = _dim_of_axis(model, source, source_axis)
        if dim:
            return dim
    return None


def _sources(op, inputs, axis):
    """Return inputs of an operation with the axis that becomes an axis of its result."""
    if isinstance(op, TypeCastingOp):
        return [(inputs[0], axis)]
    if isinstance(op, Elemwise):
        return [(each, axis) for each in inputs if each.type.ndim > axis and not each.type.broadcastable[axis]]
    if isinstance(op, DimShuffle):
        old = op.new_order[axis]
        return [] if old == "x" else [(inputs[0], old)]
    if isinstance(op, Blockwise):
        op = op.core_op
    if isinstance(op, Dot):
        first, second = inputs
        last = first.type.ndim - 1
        return [(first, axis)] if axis < last else [(second, second.type.ndim - 1)]
    if isinstance(op, Subtensor):
        kept = [old for old in range(inputs[0].type.ndim) if not _drops(op, old)]
        return [(inputs[0], kept[axis])]
    return []


def _drops(op, axis):
    return axis < len(op.idx_list) and not isinstance(op.idx_list[axis], slice)
