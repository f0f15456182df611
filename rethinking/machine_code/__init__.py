"""Functions in a small part of Python as machine code, by LLVM: what a sampler calls all the time.

numba compiles all of Python; most of what it spends on a lowered model goes into finding out what may happen in it. In
`statements` and `expressions` a function is translated into LLVM's assembly line by line, with the functions of
`pieces` that it calls, and `library` makes a shared piece of machine code of them, kept on disk.
"""

from rethinking.machine_code.library import Native, native
from rethinking.machine_code.writer import REALS, WHOLES

__all__ = ["REALS", "WHOLES", "Native", "native"]
