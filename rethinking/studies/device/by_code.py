"""Where a model takes entries by codes, such as the effect of each row's group: are they in range, and their sums.

The gradient adds up what rows with the same code give. On a GPU they are added in the order in which its threads happen
to come, so that the last bits would differ from run to run; here their order is always the same.
"""

from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from pytensor.graph.basic import Constant
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.traversal import ancestors
from pytensor.link.jax.dispatch import jax_funcify
from pytensor.link.jax.dispatch.subtensor import jax_funcify_IncSubtensor
from pytensor.tensor.subtensor import AdvancedIncSubtensor, BaseSubtensor, IncSubtensor

__all__ = ["indexed", "put_in_order"]

IN_ORDER = 128  # entries: each row is compared with each of them, which takes too long for many more


class AddInOrder(AdvancedIncSubtensor):
    """Add rows to the entries that their codes name, in an order that is always the same."""


def put_in_order(graph: FunctionGraph) -> None:
    """Let a graph that goes to a device add by codes in one order."""
    for node in graph.toposort():
        op, codes = node.op, node.inputs[2:]
        if type(op) is AdvancedIncSubtensor and not op.set_instead_of_inc and _all_codes(op.idx_list, codes):
            graph.replace(node.outputs[0], AddInOrder(op.idx_list).make_node(*node.inputs).outputs[0])


def _all_codes(entries, codes):
    return all(isinstance(entry, int) for entry in entries) and all("int" in code.dtype for code in codes)


@jax_funcify.register(AddInOrder)
def _(op, node, **options):
    in_any_order = jax_funcify_IncSubtensor(op, node, **options)

    def add(x, y, *codes):
        axes = len(op.idx_list)
        cells, rest = int(np.prod(x.shape[:axes])), x.shape[axes:]
        if cells > IN_ORDER or one_after_another():
            return in_any_order(x, y, *codes)
        each = jnp.broadcast_arrays(*(codes[entry] for entry in op.idx_list))
        rows = jnp.broadcast_to(y, (*each[0].shape, *rest)).reshape(-1, *rest)
        cell = jnp.ravel_multi_index(each, x.shape[:axes], mode="wrap").ravel()
        named = (jnp.arange(cells)[:, None] == cell).reshape(cells, *cell.shape, *(1 for _ in rest))
        added = jnp.where(named, rows, jnp.zeros((), rows.dtype)).sum(1)  # never in memory: one loop does both
        return x + added.reshape(x.shape)

    return add


def one_after_another() -> bool:
    """Return whether the device of this process adds one row after another, so that nothing needs to be done."""
    return jax.default_backend() == "cpu"


def indexed(graphs: list[Any]) -> Iterator[tuple[str, Any, Any]]:
    """Yield name, index and length of the indexed axis, for each place where a graph takes entries by codes."""
    for variable in ancestors(graphs):
        op = getattr(variable.owner, "op", None)
        if not isinstance(op, BaseSubtensor):
            continue
        of, *others = variable.owner.inputs
        given = others[1:] if isinstance(op, IncSubtensor | AdvancedIncSubtensor) else others
        for axis, entry in enumerate(op.idx_list):
            index: Any = given[entry] if isinstance(entry, int) else None
            if getattr(index, "ndim", 0) and "int" in index.dtype and not isinstance(index, Constant):
                name = next((one.name for one in (index, *ancestors([index])) if one.name), None)
                yield (name or "an index"), index, of.shape[axis]
