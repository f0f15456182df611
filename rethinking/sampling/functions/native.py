"""Lowered models as machine code that a sampler calls all the time.

PyTensor's own functions for numba are made of hundreds of small ones, which take fifty times as long to compile.
"""

from pathlib import Path

import numpy as np
from pytensor.configdefaults import config

from rethinking.machine_code import REALS, WHOLES, Native, native

__all__ = ["in_c", "joined", "kept_in"]

# What nutpie calls. Both lead to `run`, whose own text follows.
LOG_DENSITY = """
def log_density(dim: int, x: reals, gradient: reals, density: reals, given: wholes) -> int:
    floats = reals_of(given)
    out = np.empty(dim + 1)
    run(x, out, floats[given[0] :], given[given[1] :])
    density[0] = out[0]
    finite = True
    for i in range(dim):
        gradient[i] = out[i + 1]
        finite &= math.isfinite(out[i + 1])
    return (0 if math.isfinite(out[0]) else 4) if finite else 3  # nutpie's own numbers
"""
EXPANDED = """
def expanded(dim: int, size: int, x: reals, out: reals, given: wholes) -> int:
    floats = reals_of(given)
    for i in range(dim):
        out[i] = x[i]
    run(x, out[dim:], floats[given[2] :], given[given[3] :])
    return 0
"""
TAKEN = {"x": REALS, "out": REALS, "floats": REALS, "wholes": WHOLES}


def in_c(density: str, expansion: str) -> tuple[Native, Native]:
    """Return two functions as nutpie calls them: the log-density with its gradient, and what is recorded of a draw.

    They are kept in PyTensor's cache on disk, so the same texts are compiled once for all processes.

    Parameters
    ----------
    density, expansion : str
        Texts of :func:`rethinking.lowering.plain`. The second gives what is recorded besides the parameters.

    Returns
    -------
    (Native, Native)
        Both take a pointer to one array, which :func:`joined` makes of what is given.

    Raises
    ------
    NotCovered
        If something in a text is not translated.
    """
    return (
        native(LOG_DENSITY + density, "log_density", TAKEN, kept_in()),
        native(EXPANDED + expansion, "expanded", TAKEN, kept_in()),
    )


def kept_in() -> Path | None:
    """Return the folder in PyTensor's cache that holds machine code; None if PyTensor is told to keep none."""
    return Path(config.base_compiledir) / "machine_code" if config.numba__cache else None


def joined(*parts: np.ndarray) -> np.ndarray:
    """Return what is given to both functions as one array: where each part begins, then the parts.

    Parameters
    ----------
    *parts : array of float or of int
        ``floats`` and ``wholes`` of the density, then those of the expansion.
    """
    starts = np.cumsum([len(parts), *map(len, parts)])[:-1].astype(np.int64)
    return np.concatenate([part.astype(part.dtype, copy=False).view(np.float64) for part in (starts, *parts)])
