"""Plain Python functions of numbers, arrays and loops, compiled by numba, which a sampler calls all the time.

PyTensor's own functions for numba are made of hundreds of small ones, which take ten times as long to compile.
"""

import inspect
import math
import sys
from hashlib import sha256
from typing import Any

import numba
import numpy as np
from pytensor.configdefaults import config
from pytensor.link.numba.cache import compile_numba_function_src

__all__ = ["in_c", "joined"]


@numba.njit(error_model="numpy")
def softplus(x: float) -> float:
    """Return log(1 + exp(x)), precise for all x."""
    return x + math.log1p(math.exp(-x)) if x > 0 else math.log1p(math.exp(x))


@numba.njit(error_model="numpy")
def sigmoid(x: float) -> float:
    """Return 1 / (1 + exp(-x))."""
    return 1.0 / (1.0 + math.exp(-x))


@numba.njit(error_model="numpy")
def log1mexp(x: float) -> float:
    """Return log(1 - exp(x)) for x < 0."""
    return math.log1p(-math.exp(x)) if x < -0.6931471805599453 else math.log(-math.expm1(x))


@numba.njit(error_model="numpy")
def digamma(x: float) -> float:
    """Return the derivative of the logarithm of the gamma function (DLMF 5.11.2, after steps up to 10)."""
    if x <= 0:
        return math.nan if x == math.floor(x) else digamma(1 - x) - math.pi / math.tan(math.pi * x)
    total = 0.0
    while x < 10:
        total -= 1 / x
        x += 1
    y = 1 / (x * x)
    rest = (((((y * 691 / 32760 - 1 / 132) * y + 1 / 240) * y - 1 / 252) * y + 1 / 120) * y - 1 / 12) * y
    return total + math.log(x) - 0.5 / x + rest


@numba.njit(error_model="numpy")
def erfcx(x: float) -> float:
    """Return exp(x^2) erfc(x), for large x by its asymptotic series (DLMF 7.12.1)."""
    if x < 20:
        return math.exp(x * x) * math.erfc(x)
    y = 1 / (2 * x * x)
    return (1 - y * (1 - 3 * y * (1 - 5 * y * (1 - 7 * y)))) / (x * math.sqrt(math.pi))


@numba.njit(error_model="numpy")
def cholesky(matrix: np.ndarray, lower: np.ndarray, n: int) -> None:
    """Fill the lower triangle of the matrix that gives a matrix as its product with its transpose; NaN if none does."""
    for i in range(n):
        for j in range(i + 1):
            rest = matrix[i * n + j]
            for k in range(j):
                rest -= lower[i * n + k] * lower[j * n + k]
            lower[i * n + j] = rest / lower[j * n + j] if i > j else math.sqrt(rest)
        for j in range(i + 1, n):
            lower[i * n + j] = 0.0


@numba.njit(error_model="numpy")
def solve_triangular(
    matrix: np.ndarray, right: np.ndarray, out: np.ndarray, n: int, columns: int, lower: int, unit: int
) -> None:
    """Fill the solution of equations whose matrix is triangular, for each column of the right side."""
    for step in range(n):
        i = step if lower else n - 1 - step
        first, last = (0, i) if lower else (i + 1, n)
        for c in range(columns):
            rest = right[i * columns + c]
            for k in range(first, last):
                rest -= matrix[i * n + k] * out[k * columns + c]
            out[i * columns + c] = rest if unit else rest / matrix[i * n + i]


FUNCTIONS = {
    "math": math, "np": np, "inf": math.inf, "nan": math.nan, "softplus": softplus, "sigmoid": sigmoid,
    "log1mexp": log1mexp, "gammaln": math.lgamma, "digamma": digamma, "erfcx": erfcx,
    "cholesky": cholesky, "solve_triangular": solve_triangular,
}  # fmt: skip


OUR_SOURCE = inspect.getsource(sys.modules[__name__])  # what the texts call is compiled into what is kept

# What nutpie calls. `run` and `expand` are the two functions that it leads to.
AS_CALLED = """
def log_density(dim, x_, gradient_, density_, given_):
    head = carray(given_, (6,), np.int64)
    wholes = carray(given_, (head[5],), np.int64)
    floats = carray(given_, (head[5],), np.float64)
    x, gradient = carray(x_, (dim,)), carray(gradient_, (dim,))
    out = np.empty(dim + 1)
    run(x, out, floats[head[0] : head[1]], wholes[head[1] : head[2]])
    carray(density_, (1,))[0] = out[0]
    finite = True
    for i in range(dim):
        gradient[i] = out[i + 1]
        finite &= math.isfinite(out[i + 1])
    return (0 if math.isfinite(out[0]) else 4) if finite else 3  # nutpie's own numbers

def expanded(dim, size, x_, out_, given_):
    head = carray(given_, (6,), np.int64)
    wholes = carray(given_, (head[5],), np.int64)
    floats = carray(given_, (head[5],), np.float64)
    x, out = carray(x_, (dim,)), carray(out_, (size,))
    for i in range(dim):
        out[i] = x[i]
    expand(x, out[dim:], floats[head[2] : head[3]], wholes[head[3] : head[4]])
    return 0
"""
INT, SIZE, NUMBERS, GIVEN = numba.int64, numba.uint64, numba.types.CPointer(numba.float64), numba.types.voidptr


def in_c(density: str, expansion: str) -> tuple[Any, Any]:
    """Return two functions as nutpie calls them: the log-density with its gradient, and what is recorded of a draw.

    They are kept in PyTensor's cache on disk, so the same texts are compiled once for all processes.

    Parameters
    ----------
    density, expansion : str
        Texts of :func:`rethinking.lowering.plain`. The second gives what is recorded besides the parameters.

    Returns
    -------
    (numba CFunc, numba CFunc)
        Both take a pointer to one array, which :func:`joined` makes of what is given.
    """
    return (
        _kept("log_density", INT(SIZE, NUMBERS, NUMBERS, NUMBERS, GIVEN), "run", density),
        _kept("expanded", INT(SIZE, SIZE, NUMBERS, NUMBERS, GIVEN), "expand", expansion),
    )


def _kept(name, signature, leads_to, text):
    """Return one of the functions that nutpie calls, from the cache on disk if it is there."""
    names, found = FUNCTIONS | {"carray": numba.carray, "__name__": __name__}, {}
    exec(text, names)  # the text is `rethinking.lowering`'s own
    names[leads_to] = numba.njit(error_model="numpy")(names["run"])  # compiled with what calls it, and only then
    key = sha256("\n".join([OUR_SOURCE, name, text]).encode()).hexdigest()
    function = compile_numba_function_src(AS_CALLED, name, names, found, cache_key=key)
    try:
        return numba.cfunc(signature, cache=config.numba__cache)(function)
    except Exception:  # the disk is full, the folder may not be written, a file in it is damaged
        return numba.cfunc(signature)(function)


def joined(*parts: np.ndarray) -> np.ndarray:
    """Return what is given to both functions as one array: where each part ends, then the parts.

    Parameters
    ----------
    *parts : array of float or of int
        ``floats`` and ``wholes`` of the density, then those of the expansion.
    """
    ends = np.cumsum([6, *map(len, parts)])
    head = np.array([*ends, ends[-1]], dtype=np.int64)
    return np.concatenate([part.astype(part.dtype, copy=False).view(np.float64) for part in (head, *parts)])
