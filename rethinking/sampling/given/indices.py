"""Index codes in a model: found in its graph, so that a missing label, coded -1, does not fall into the last group."""

from collections.abc import Sequence

import numpy as np
import pymc as pm
from pytensor.graph.basic import Constant, Variable
from pytensor.graph.traversal import ancestors
from pytensor.tensor.basic import ScalarFromTensor
from pytensor.tensor.subtensor import AdvancedIncSubtensor, BaseSubtensor, IncSubtensor
from pytensor.xtensor.indexing import Index, IndexUpdate


class Codes:
    """The variables by which a model indexes; slices and single constants, such as ``x[-1]``, are not among them.

    Parameters
    ----------
    model : pymc.Model

    Attributes
    ----------
    variables : list of pytensor variables
        Integers: vectors, and scalars that are not constant.
    """

    def __init__(self, model: pm.Model):
        observed = [model.rvs_to_values[rv] for rv in model.observed_RVs]
        graph = [*model.basic_RVs, *model.deterministics, *model.potentials, *observed]
        found = {index: of for variable in ancestors(graph) for index, of in _indexed(variable)}
        self.variables = list(found)
        self._names = [_name(index, of) for index, of in found.items()]

    def require_labels(self, values: Sequence[np.ndarray]) -> None:
        """Raise ValueError if one of the variables, which have these values, is negative; the sentence names it."""
        for name, codes in zip(self._names, values, strict=True):
            codes = np.asarray(codes)
            missing = int((codes < 0).sum())
            if missing:
                what = "a negative code" if missing == 1 else f"{missing} negative codes"
                msg = (
                    f"{name} has {what} ({codes.min()}): a missing label, which pandas codes -1, would be taken as the"
                    f" last group; drop those rows."
                )
                raise ValueError(msg)


def _indexed(variable):
    """Yield each index that makes a variable, and what it is taken from."""
    if variable.owner is None:
        return
    op, inputs = variable.owner.op, variable.owner.inputs
    if isinstance(op, BaseSubtensor):
        indices = inputs[2:] if isinstance(op, IncSubtensor | AdvancedIncSubtensor) else inputs[1:]
        entries = [indices[entry] for entry in op.idx_list if isinstance(entry, int)]
    elif isinstance(op, Index | IndexUpdate):
        entries = inputs[2:] if isinstance(op, IndexUpdate) else inputs[1:]
    else:
        return
    for index in entries:
        if index.owner is not None and isinstance(index.owner.op, ScalarFromTensor):
            index = index.owner.inputs[0]
        dtype = getattr(index.type, "dtype", "")
        if dtype.startswith("int") and not (isinstance(index, Constant) and index.type.ndim == 0):
            yield index, inputs[0]


def _name(index: Variable, of: Variable) -> str:
    """Return what to call an index: by its own name, else by that of the data in it, else by what is indexed."""
    inside = next((repr(v.name) for v in [index, *ancestors([index])] if v.name), None)
    return inside or (f"The index of {of.name!r}" if of.name else "An index of the model")
