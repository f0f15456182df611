r"""What flexible regressions on the same variables leave of others.

Two variables may be independent within strata of a third although both follow it along curves. A straight line leaves a
part of the curve in both, and the two parts agree. So each variable is regressed here on a smooth function of what is
given: a plane, plus a penalised smoothing spline [1]_. Three splines are tried: a sum of one cubic curve for each
number, the same of broken lines, which can follow a step, and a surface in which all given variables may interact,
categories too. Which of them, and how smooth, is chosen by the corrected information criterion of Akaike [2]_. The fit
is then applied once more to its own residuals (twicing), which leaves far less of the curve than what is best for
prediction [3]_.

References
----------
.. [1] Gu (2013). Smoothing spline ANOVA models, 2nd edition. Springer.
.. [2] Hurvich, Simonoff and Tsai (1998). Smoothing parameter selection in nonparametric regression using an improved
   Akaike information criterion. Journal of the Royal Statistical Society B 60, 271-293.
.. [3] Newey, Hsieh and Robins (2004). Twicing kernels and a small bias property of semiparametric estimators.
   Econometrica 72, 947-962.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import lazy_loader

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
else:
    np = lazy_loader.load("numpy")
    pd = lazy_loader.load("pandas")

__all__ = ["Left", "Regression", "has_categories", "indicators"]

MOST_COLUMNS = 100
MOST_LEVERAGE = 0.95


class Left(NamedTuple):
    """What a regression leaves: residuals (row, column), the leverage of each row, and the degrees of freedom used."""

    residuals: "np.ndarray"
    leverage: "np.ndarray"
    freedom: float


class Regression:
    """Regressions of anything on the same given variables.

    Parameters
    ----------
    given : sequence of pandas.Series
        The variables, without missing values. Text, booleans and categoricals have categories; all else are numbers.
    n : int
        Number of rows.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> z = pd.Series(rng.normal(size=200))
    >>> left = Regression([z], 200).left((z**2 + 0.1 * rng.normal(size=200)).to_numpy()[:, None])
    >>> left.residuals.std().round(1)
    np.float64(0.1)
    """

    def __init__(self, given: Sequence["pd.Series"], n: int):
        self.n = n
        self.strata = _strata(given, n) if all(has_categories(column) for column in given) else None
        known = _plane(given) if self.strata is None else pd.get_dummies(self.strata).to_numpy(dtype=float)
        self.plane = _orthonormal(known)
        self.splines = list(_splines(given, self.plane)) if self.strata is None else []

    @property
    def rank(self) -> int:
        """Degrees of freedom that every regression uses."""
        return self.plane.shape[1]

    def left(self, block: "np.ndarray") -> Left:
        """Return what is left of the columns of a block (row, column), all of which get the same smoothness."""
        rest = block - self.plane @ (self.plane.T @ block)
        scale = (rest**2).sum(axis=0)
        scale[scale == 0] = 1
        best, shrunk = self._score((rest**2 / scale).sum(), 0.0), None
        for basis, sizes in self.splines:
            weights = basis.T @ rest
            for penalty in self.n * np.logspace(-6, 3, 28):
                shrink = sizes / (sizes + penalty)
                gone = (shrink * (2 - shrink))[:, None] * weights**2
                score = self._score(((rest**2).sum(axis=0) - gone.sum(axis=0)) @ (1 / scale), shrink.sum())
                if score < best:
                    best, shrunk = score, (basis, weights, shrink)
        leverage, freedom = (self.plane**2).sum(axis=1), float(self.rank)
        if shrunk is not None:
            basis, weights, shrink = shrunk
            twice = shrink * (2 - shrink)
            rest = rest - basis @ (twice[:, None] * weights)
            leverage, freedom = leverage + basis**2 @ twice, freedom + twice.sum()
        return Left(rest, np.minimum(leverage, MOST_LEVERAGE), freedom)

    def _score(self, squares: float, freedom: float) -> float:
        """Return the corrected information criterion of Akaike, infinite where nothing would be left."""
        left = self.n - (self.rank + freedom) - 2
        if left <= 0:
            return np.inf
        return np.log(max(squares, 1e-300)) + 2 * (self.rank + freedom + 1) / left


def has_categories(column: "pd.Series") -> bool:
    """Return whether a column has categories; all others are numbers."""
    return pd.api.types.is_bool_dtype(column) or not pd.api.types.is_numeric_dtype(column)


def indicators(column: "pd.Series") -> "np.ndarray":
    """Return a column of numbers, or an indicator for each category but the first.

    Examples
    --------
    >>> indicators(pd.Series(["a", "b", "c"]))
    array([[0., 0.],
           [1., 0.],
           [0., 1.]])
    """
    if has_categories(column):
        return pd.get_dummies(column.astype(object), drop_first=True).to_numpy(dtype=float)
    return column.to_numpy(dtype=float)[:, None]


def _strata(given: Sequence["pd.Series"], n: int) -> "np.ndarray":
    """Return the stratum of each row, of all combinations of categories that there are."""
    if not given:
        return np.zeros(n, dtype=int)
    return pd.concat(given, axis=1).groupby([column.name for column in given], observed=True).ngroup().to_numpy()


def _plane(given: Sequence["pd.Series"]) -> "np.ndarray":
    blocks = np.hstack([indicators(column) for column in given])
    spread = blocks.std(axis=0)
    return np.column_stack([np.ones(len(blocks)), (blocks - blocks.mean(axis=0)) / np.where(spread > 0, spread, 1)])


def _orthonormal(columns: "np.ndarray") -> "np.ndarray":
    U, sizes, _ = np.linalg.svd(columns, full_matrices=False)
    return U[:, sizes > 1e-9 * sizes.max(initial=1e-300)]


def _splines(given: Sequence["pd.Series"], plane: "np.ndarray"):
    """Yield for each kernel orthonormal columns apart from the plane, and how much the kernel makes of each."""
    codes = np.vstack([pd.factorize(z)[0] if has_categories(z) else _scores(z.to_numpy(dtype=float)) for z in given])
    number = np.array([not has_categories(z) for z in given])

    def curves(s, t):
        return _bend(s[number], t[number]).sum(axis=0)

    def broken(s, t):
        return _break(s[number], t[number]).sum(axis=0)

    def surface(s, t):
        parts = np.where(number[:, None], (s - 0.5) * (t - 0.5) + _bend(s, t), s == t)
        return (1 + parts).prod(axis=0) - 1

    for kernel in [curves, broken] if len(given) == 1 else [curves, broken, surface]:
        root = _root(kernel, codes, min(MOST_COLUMNS, codes.shape[1] // 2))
        root = root - plane @ (plane.T @ root)
        sizes, V = np.linalg.eigh(root.T @ root)
        kept = sizes > 1e-9 * sizes.max(initial=1e-300)
        if kept.any():
            sizes = sizes[kept]
            yield root @ V[:, kept] / np.sqrt(sizes), sizes / sizes.sum() * codes.shape[1]


def _scores(z: "np.ndarray") -> "np.ndarray":
    """Return normal scores of the ranks, moved to [0, 1]: no value is far from all others."""
    from scipy import special, stats

    scores = special.ndtri(stats.rankdata(z) / (len(z) + 1))
    return (scores - scores.min()) / (np.ptp(scores) or 1)


def _bend(s: "np.ndarray", t: "np.ndarray") -> "np.ndarray":
    """Return the kernel of cubic smoothing splines on [0, 1], times 40: of all that is no straight line."""
    far = np.abs(s - t) - 0.5
    second = ((s - 0.5) ** 2 - 1 / 12) * ((t - 0.5) ** 2 - 1 / 12) / 4
    return 40 * (second - (far**4 - far**2 / 2 + 7 / 240) / 24)


def _break(s: "np.ndarray", t: "np.ndarray") -> "np.ndarray":
    """Return the kernel of linear smoothing splines on [0, 1], which bend at once wherever they need to."""
    return (s - 0.5) * (t - 0.5) + ((np.abs(s - t) - 0.5) ** 2 - 1 / 12) / 2


def _root(kernel: Callable, codes: "np.ndarray", most: int) -> "np.ndarray":
    """Return columns L with L L' close to the matrix of the kernel (pivoted Cholesky), which is never built."""
    L = np.zeros((codes.shape[1], most))
    left = kernel(codes, codes)
    enough = 1e-6 * left.sum()
    for k in range(most):
        pivot = int(left.argmax())
        if left.sum() <= enough:
            return L[:, :k]
        L[:, k] = (kernel(codes, codes[:, [pivot]]) - L[:, :k] @ L[pivot, :k]) / np.sqrt(left[pivot])
        left = np.maximum(left - L[:, k] ** 2, 0)
    return L
