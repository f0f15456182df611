r"""How two blocks of residuals go together: a measure, its interval, and a test of none.

The residuals of two variables, both independent of each other given :math:`S`, have products whose mean is zero,
whatever the shape of the noise and however its scale follows :math:`S` (the generalised covariance measure [1]_). The
test is the one-sample t test of the products, or Hotelling's :math:`T^2` where categories make several, with products
enlarged by leverage as in HC3 [2]_. If all that is given has categories, or nothing is given, the products have a
known variance, that of all permutations within strata, and the test is the Mantel-Haenszel test of that [3]_.

References
----------
.. [1] Shah and Peters (2020). The hardness of conditional independence testing and the generalised covariance measure.
   Annals of Statistics 48, 1514-1538.
.. [2] Long and Ervin (2000). Using heteroscedasticity consistent standard errors in the linear regression model.
   American Statistician 54, 217-224.
.. [3] Landis, Heyman and Koch (1978). Average partial association in three-way contingency tables: a review and
   discussion of alternative tests. International Statistical Review 46, 237-254.
"""

from typing import TYPE_CHECKING, NamedTuple

import lazy_loader

from rethinking._intervals import equal_tails
from rethinking.causal.data.residuals import Left, Regression

if TYPE_CHECKING:
    import numpy as np
else:
    np = lazy_loader.load("numpy")

__all__ = ["Association", "associate"]


class Association(NamedTuple):
    """A measure, its estimate and interval, and p of the test that it is zero."""

    measure: str
    estimate: float
    lower: float
    upper: float
    p: float


def associate(one: "np.ndarray", other: "np.ndarray", around: Regression, is_number: bool, prob: float) -> Association:
    """Return how two blocks go together within what is given.

    Parameters
    ----------
    one, other : numpy.ndarray
        A column of numbers, or indicators (row, category but the first).
    around : Regression
        On what is given.
    is_number : bool
        Whether both are numbers.
    prob : float
        Mass of the interval.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> x, y = rng.normal(size=(2, 100, 1))
    >>> associate(x, x, Regression([], 100), True, 0.89).estimate
    1.0
    """
    from scipy import stats

    x, y = (_clean(around.left(block), block) for block in (one, other))
    if 0 in (x.residuals.shape[1], y.residuals.shape[1]):
        return Association("none: no variation is left", *4 * (np.nan,))
    n, freedom = len(one), x.residuals.shape[1] * y.residuals.shape[1]
    left = n - max(x.freedom, y.freedom)
    products = (x.residuals[:, :, None] * y.residuals[:, None, :]).reshape(n, freedom)
    spread = _robust(products, x, y) if around.strata is None else _permuted(x, y, around.strata)
    total = products.sum(axis=0)
    chi2 = float(total @ np.linalg.pinv(spread, hermitian=True) @ total)
    if around.strata is not None:
        p = stats.chi2.sf(chi2, freedom)
    elif left - freedom < 1:
        p = np.nan
    else:
        p = stats.f.sf(chi2 * (left - freedom + 1) / (left * freedom), freedom, left - freedom + 1)
    if is_number:
        return Association("partial correlation", *_correlation(x, y, left, prob), float(p))
    return Association("Cramér's V", *_cramers_v(x, y, chi2, freedom, prob), float(p))


def _clean(left: Left, block: "np.ndarray") -> Left:
    """Return orthonormal residuals of the same span; a single column keeps its sign."""
    residuals = left.residuals
    U, sizes, _ = np.linalg.svd(residuals, full_matrices=False)
    kept = sizes > 1e-9 * max(np.linalg.norm(block), 1e-300)
    return left._replace(residuals=residuals[:, kept] / sizes if block.shape[1] == 1 else U[:, kept])


def _robust(products: "np.ndarray", x: Left, y: Left) -> "np.ndarray":
    """Return the covariance matrix of the sum of the products, from the products themselves."""
    enlarged = products / np.sqrt((1 - x.leverage) * (1 - y.leverage))[:, None]
    enlarged = enlarged - enlarged.mean(axis=0)
    return enlarged.T @ enlarged


def _permuted(x: Left, y: Left, strata: "np.ndarray") -> "np.ndarray":
    """Return the covariance matrix of the sum of the products over all permutations within strata."""
    sizes = np.bincount(strata)
    squares = []
    for block in (x.residuals, y.residuals):
        pairs = block[:, :, None] * block[:, None, :]
        sums = np.zeros((len(sizes), *pairs.shape[1:]))
        np.add.at(sums, strata, pairs)
        squares.append(sums)
    within = np.einsum("sij,skl,s->ikjl", *squares, 1 / np.maximum(sizes - 1, 1))
    return within.reshape(2 * (x.residuals.shape[1] * y.residuals.shape[1],))


def _correlation(x: Left, y: Left, left: float, prob: float) -> tuple[float, float, float]:
    """Return the correlation and an interval on Fisher's scale that does not take the noise for normal."""
    from scipy import stats

    u, v = x.residuals[:, 0], y.residuals[:, 0]
    r = float(np.clip(u @ v, -1, 1))
    if 1 - r**2 < 1e-12:
        return r, r, r
    pull = (u * v - r / 2 * (u**2 + v**2)) / (1 - r**2) / np.sqrt((1 - x.leverage) * (1 - y.leverage))
    half = stats.t.ppf(equal_tails(prob)[1], max(left - 1, 1)) * np.sqrt((pull**2).sum())
    return r, *np.tanh(np.arctanh(r) + np.array([-half, half]))


def _cramers_v(x: Left, y: Left, chi2: float, freedom: int, prob: float) -> tuple[float, float, float]:
    """Return Cramér's V, and the noncentralities that make the test's chi squared plausible, on its scale."""
    from scipy import optimize, stats

    together = x.residuals.T @ y.residuals
    estimate = float(np.sqrt((together**2).sum() / min(together.shape)))

    def bound(mass: float) -> float:
        if stats.chi2.cdf(chi2, freedom) <= mass:
            return 0.0
        far = 4 * (chi2 + freedom + 10)
        at = optimize.root_scalar(lambda noncentral: stats.ncx2.cdf(chi2, freedom, noncentral) - mass, bracket=(0, far))
        return float(at.root)

    if chi2 <= 0:
        return estimate, 0.0, 1.0
    unit = estimate / np.sqrt(chi2)
    lower, upper = (float(min(1.0, unit * np.sqrt(bound(mass)))) for mass in reversed(equal_tails(prob)))
    return estimate, lower, upper
