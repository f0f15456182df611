"""A model's graph lowered to one function in a language with numbers, arrays and loops.

A model goes through modules of their own: `derivation` takes its log-density and gradient as PyTensor's graph,
`extents` finds which lengths are one, `steps` writes each operation, and `loops` puts the steps together. A `Language`
says how each piece is written; `in_javascript` makes a function for a page, `in_numba` one for a sampler.
"""

from rethinking.lowering.derivation import Derivation, density, quantities, recorded_values
from rethinking.lowering.in_javascript import Lowered, lowered
from rethinking.lowering.in_numba import Plain, plain

__all__ = ["Derivation", "Lowered", "Plain", "density", "lowered", "plain", "quantities", "recorded_values"]
