"""Functions that NumPy runs, one operation after the other: ready in hundredths of a second, for what runs once."""

from typing import Any

import numpy as np
from pytensor.compile.mode import Mode, get_mode
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.rewriting.basic import GraphRewriter
from pytensor.scalar.math import Log1mexp, Softplus
from pytensor.scan.op import Scan
from pytensor.tensor.elemwise import Elemwise

from rethinking.lowering.derivation import open_boxes

AFTER_ALL = 49.0  # position among PyTensor's rewrites: what is stable numerically has been found by then


def interpreted(*, often: bool = False) -> Mode:
    """Return a mode that compiles nothing, keeps log(1 - p) finite where p rounds to 1, and checks every index.

    Parameters
    ----------
    often : bool
        Whether the function will be called thousands of times: then a scan, which is slow in Python and runs draw by
        draw, may be run in C.
    """
    mode = get_mode("FAST_COMPILE").including("canonicalize", "stabilize")
    return mode.register((_WholeArrays(often), AFTER_ALL))


def softplus(x: np.ndarray) -> np.ndarray:
    """Return log(1 + exp(x)).

    Examples
    --------
    >>> softplus(np.array([-800.0, 0.0, 800.0])).round(3).tolist()
    [0.0, 0.693, 800.0]
    """
    return np.logaddexp(0.0, x)


def log1mexp(x: np.ndarray) -> np.ndarray:
    """Return log(1 - exp(x)) for x < 0, precise near 0 and far below it."""
    with np.errstate(divide="ignore"):
        return np.where(x < -np.log(2), np.log1p(-np.exp(x)), np.log(-np.expm1(x)))


class _Softplus(Softplus):
    nfunc_spec = (f"{__name__}.softplus", 1, 1)


class _Log1mexp(Log1mexp):
    nfunc_spec = (f"{__name__}.log1mexp", 1, 1)


class _WholeArrays(GraphRewriter):
    """Computes on whole arrays what PyTensor would otherwise compute number by number, or hand to a C compiler."""

    def __init__(self, often: bool):
        super().__init__()
        self._often = often

    def apply(self, fgraph: FunctionGraph) -> None:
        """Replace it, in place."""
        # PyTensor runs an inner graph in C where it finds a compiler, which it starts once for each operation in there:
        # .7 s each time, whatever the mode says.
        open_boxes(fgraph)
        for node in fgraph.toposort():
            if isinstance(node.op, Scan) and not self._often:
                op: Any = node.op.clone_with_inner_graph(node.op.fgraph)
                op.mode = "FAST_COMPILE"  # which a scan takes, by this name, as pure Python
                fgraph.replace_all(list(zip(node.outputs, op.make_node(*node.inputs).outputs, strict=True)))
            for kind, ours in ((Softplus, _Softplus), (Log1mexp, _Log1mexp)):
                if isinstance(node.op, Elemwise) and type(node.op.scalar_op) is kind:
                    made = Elemwise(ours(node.op.scalar_op.output_types_preference)).make_node(*node.inputs)
                    fgraph.replace(node.outputs[0], made.outputs[0])
