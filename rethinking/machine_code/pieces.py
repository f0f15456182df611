"""Functions of numbers and of small matrices that lowered models call, in the Python that is translated with them."""

import math

import numpy as np

__all__ = [
    "cholesky", "digamma", "erfcx", "log1mexp", "maximum", "minimum", "sigmoid", "sign", "softplus", "solve_triangular",
]  # fmt: skip


def softplus(x: float) -> float:
    """Return log(1 + exp(x)), precise for all x."""
    return x + math.log1p(math.exp(-x)) if x > 0 else math.log1p(math.exp(x))


def sigmoid(x: float) -> float:
    """Return 1 / (1 + exp(-x))."""
    return 1.0 / (1.0 + math.exp(-x))


def log1mexp(x: float) -> float:
    """Return log(1 - exp(x)) for x < 0."""
    return math.log1p(-math.exp(x)) if x < -0.6931471805599453 else math.log(-math.expm1(x))


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


def erfcx(x: float) -> float:
    """Return exp(x^2) erfc(x), for large x by its asymptotic series (DLMF 7.12.1)."""
    if x < 20:
        return math.exp(x * x) * math.erfc(x)
    y = 1 / (2 * x * x)
    return (1 - y * (1 - 3 * y * (1 - 5 * y * (1 - 7 * y)))) / (x * math.sqrt(math.pi))


def maximum(a: float, b: float) -> float:
    """Return the larger of two numbers; NaN if one of them is."""
    return a if a >= b or math.isnan(a) else b


def minimum(a: float, b: float) -> float:
    """Return the smaller of two numbers; NaN if one of them is."""
    return a if a <= b or math.isnan(a) else b


def sign(x: float) -> float:
    """Return -1, 0 or 1; NaN for NaN."""
    return 1.0 if x > 0 else -1.0 if x < 0 else x


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


def solve_triangular(
    matrix: np.ndarray, right: np.ndarray, out: np.ndarray, n: int, columns: int, lower: int, unit: int
) -> None:
    """Fill the solution of equations whose matrix is triangular, for each column of the right side."""
    for step in range(n):
        i = step if lower else n - 1 - step
        first = 0 if lower else i + 1
        last = i if lower else n
        for c in range(columns):
            rest = right[i * columns + c]
            for k in range(first, last):
                rest -= matrix[i * n + k] * out[k * columns + c]
            out[i * columns + c] = rest if unit else rest / matrix[i * n + i]
