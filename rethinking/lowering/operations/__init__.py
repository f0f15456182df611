"""The operations of PyTensor that are covered: the lengths that each gives its result, and the steps that it takes.

Each kind of operation is registered with `give_lengths` and `steps_of`, those of whole matrices and of scans in
modules of their own. Python reads this file before any module of the folder, so whoever has one of the two functions
has them all.
"""

from rethinking.lowering.operations import matrices, scans
from rethinking.lowering.operations.extents import give_lengths
from rethinking.lowering.operations.steps import steps_of

__all__ = ["give_lengths", "matrices", "scans", "steps_of"]
