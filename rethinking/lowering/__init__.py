"""A model's graph lowered to one function in a language with numbers, arrays and loops.

A model goes through modules of their own: `derivation` takes its log-density and gradient as PyTensor's graph,
`operations` finds which lengths are one and writes the steps of each operation, and `loops` puts the steps together.
One of the `languages` says how each piece is written; `in_javascript` makes a function for a page, `in_python` one that
becomes machine code for a sampler.
"""

from rethinking.lowering.derivation import Derivation, density, quantities, recorded_values
from rethinking.lowering.in_javascript import Lowered, lowered
from rethinking.lowering.in_python import Plain, plain
from rethinking.lowering.languages.language import NotCovered

__all__ = [
    "Derivation",
    "Lowered",
    "NotCovered",
    "Plain",
    "density",
    "lowered",
    "plain",
    "quantities",
    "recorded_values",
]
