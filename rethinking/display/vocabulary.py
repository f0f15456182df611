r"""What the operations between a model's variables are: their names, constants, positions, and minima.

PyTensor wraps, broadcasts and casts; here an operation is what a reader of the model would call it.
"""

import numpy as np
from pytensor.graph.basic import Constant
from pytensor.tensor.elemwise import CAReduce

__all__ = ["SILENT", "bare", "number_tex", "of_minimum", "operation", "places", "position"]

SILENT = (
    "DimShuffle",
    "ExpandDims",
    "Cast",
    "TensorFromScalar",
    "ScalarFromTensor",
    "Reshape",
    "Squeeze",
    "ViewOp",
    "Identity",
)


def operation(variable):
    """Return the name of the operation that a variable comes from; none for a variable that is given."""
    if variable.owner is None:
        return ""
    op = getattr(variable.owner.op, "core_op", variable.owner.op)
    if isinstance(op, CAReduce):  # a sum over a dim, not the sum of two things
        return type(op).__name__
    return type(getattr(op, "scalar_op", op)).__name__


def bare(variable):
    """Return what a variable is without casts, new axes and the like."""
    while operation(variable) in SILENT:
        variable = variable.owner.inputs[0]
    return variable


def number_tex(values):
    r"""Return a constant as TeX: a number if all its values are equal, multiples of pi as such.

    Examples
    --------
    >>> print(number_tex(2 * np.pi), number_tex([1.5, 1.5]), number_tex(1e6), number_tex([1, 2]))
    2 \pi 1.5 10^{6} \text{data}
    """
    values = np.unique(values)
    if values.size != 1 or values.dtype.kind not in "iufb":
        return r"\text{data}"
    times_pi = values.item() / np.pi
    if 1 <= times_pi < 10 and times_pi == round(times_pi):
        return rf"{times_pi:.0f} \pi" if times_pi > 1 else r"\pi"
    text = f"{values.item():g}".replace("inf", r"\infty")
    digits, _, power = text.partition("e")
    if not power:
        return text
    times = "" if digits == "1" else rf"{digits} \times "
    return rf"{times}10^{{{int(power)}}}"


def of_minimum(variable):
    """Return what the minimum is of that was written as minus the maximum of minus, or None."""
    for name in ("Max", "Neg"):
        variable = bare(variable)
        if operation(variable) != name:
            return None
        variable = variable.owner.inputs[0]
    return variable


def places(indices):
    """Return the names of indices, an empty text if they are constants (the dim says enough then), or None."""
    names = []
    for index in indices:
        index = bare(index)
        if not (index.name or isinstance(index, Constant)):
            return None
        names += [index.name] if index.name else []
    return ", ".join(names)


def position(variable):
    """Return the position that is picked from a vector, as text, or None if it is no constant number."""
    _, *picked = variable.owner.inputs
    if len(variable.owner.op.idx_list) != 1 or isinstance(variable.owner.op.idx_list[0], slice) or variable.ndim:
        return None
    if picked and not isinstance(picked[0], Constant):
        return None
    return str(picked[0].data if picked else variable.owner.op.idx_list[0])
