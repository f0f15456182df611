r"""Whether data agree with what a graph implies.

For two **numbers**, given others, the measure is the partial correlation: the correlation of what regressions on the
others leave. Its interval is Fisher's. Where a variable has **categories** it becomes a block of indicator columns, and
the measure is Cramér's :math:`V = \sqrt{\sum_i \rho_i^2 / \min(p, q)}` from the canonical correlations :math:`\rho_i`
of what is left of the two blocks, of :math:`p` and :math:`q` columns. Without anything to condition on that is the
familiar :math:`V` of a table, since :math:`n \sum_i \rho_i^2` is Pearson's :math:`\chi^2`, and the interval inverts the
noncentral :math:`\chi^2` distribution with :math:`pq` degrees of freedom. If all that is given has categories, what is
left are differences from the mean of each stratum; otherwise the given variables enter a linear regression.

Both see linear association that points the same way in all strata, and are blind to the rest.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import lazy_loader

from rethinking._names import nearest
from rethinking.causal.edges import check_name
from rethinking.causal.queries.independencies import Independence, independencies

if TYPE_CHECKING:
    from rethinking.causal.graph import CausalGraph

np = lazy_loader.load("numpy")
pd = lazy_loader.load("pandas")

__all__ = ["check"]

COLUMNS = ["independency", "measure", "estimate", "lower", "upper", "p", "n", "contradicted"]


def check(
    dag: "CausalGraph", data: "pd.DataFrame", names: Mapping[str, str] | None = None, prob: float = 0.89
) -> "pd.DataFrame":
    """Return a table with a test of every independency that the graph implies for the observed variables.

    Parameters
    ----------
    data : pandas.DataFrame
        A row for each observation. Text, booleans and categoricals have categories; all else are numbers. Rows with a
        missing value are left out of the tests that need it.
    names : mapping of str to str, optional
        For a variable of the graph, its column, if not called the same.
    prob : float
        Mass of the intervals. Also the chance that a true graph passes the whole table without a contradiction, or
        more: the p values are compared by Holm's method with ``1 - prob``.

    Returns
    -------
    pandas.DataFrame
        Columns: independency (a record, shown as ``A _||_ W | S``), measure ("partial correlation" or "Cramér's V"),
        estimate, lower, upper, p (of a test that it is zero), n (rows used) and contradicted. Without implied
        independencies there are no rows, and no data can contradict the graph in this way.

    Raises
    ------
    ValueError
        If a variable has no column, or there are too few rows for a test.

    Examples
    --------
    >>> import numpy as np
    >>> from rethinking.causal import CausalGraph
    >>> data = CausalGraph("X <- Z -> Y").simulate(np.random.default_rng(0), 500)
    >>> CausalGraph("X <- Z -> Y").check(data)[["independency", "contradicted"]]
      independency  contradicted
    0 X _||_ Y | Z         False
    >>> CausalGraph("X -> Z <- Y").check(data)[["independency", "contradicted"]]
      independency  contradicted
    0     X _||_ Y          True
    """
    if not 0 < prob < 1:
        msg = f"prob is {prob!r}, but must be between 0 and 1"
        raise ValueError(msg)
    columns = _columns(dag, data, names or {})
    rows = [_test(claim, data, columns, prob) for claim in independencies(dag)]
    table = pd.DataFrame(rows, columns=COLUMNS[:-1])
    table["contradicted"] = _holm(table["p"].to_numpy(dtype=float), 1 - prob)
    return table


def _columns(dag: "CausalGraph", data: "pd.DataFrame", names: Mapping[str, str]) -> dict[str, str]:
    for name in names:
        check_name(name, dag.nodes, "names")
    columns = {name: names.get(name, name) for name in dag.observed}
    for name, column in columns.items():
        if column not in data.columns:
            near = nearest(column, map(str, data.columns))
            advice = f"did you mean {near!r}?" if near else f"it has {', '.join(map(str, data.columns))}"
            msg = f"the variable {name!r} is observed, but the data have no column {column!r}: {advice}"
            raise ValueError(msg)
    return columns


def _test(claim: Independence, data: "pd.DataFrame", columns: Mapping[str, str], prob: float) -> tuple:
    given = [columns[name] for name in sorted(claim.given)]
    x, y = columns[claim.x], columns[claim.y]
    rows = data[[x, y, *given]].dropna()
    around = _around(rows, given)
    rank = np.linalg.matrix_rank(around) if len(rows) else 0
    if len(rows) - rank < 3:
        msg = f"{claim} cannot be tested: {len(rows)} complete rows are too few"
        raise ValueError(msg)
    one, other = (_left(_block(rows[column]), around) for column in (x, y))
    if 0 in (one.shape[1], other.shape[1]):
        return claim, "none: no variation is left", np.nan, np.nan, np.nan, np.nan, len(rows)
    numbers = not (_has_categories(rows[x]) or _has_categories(rows[y]))
    measure = _partial_correlation if numbers else _cramers_v
    return claim, *measure(one, other, len(rows) - rank + 1, prob), len(rows)


def _partial_correlation(one: "np.ndarray", other: "np.ndarray", n: int, prob: float) -> tuple:
    from scipy import stats

    r = float(np.clip(one[:, 0] @ other[:, 0], -1, 1))
    z, sd = np.arctanh(r), 1 / np.sqrt(n - 3)
    lower, upper = np.tanh(stats.norm.interval(prob, z, sd))
    return "partial correlation", r, lower, upper, 2 * stats.norm.sf(abs(z) / sd)


def _cramers_v(one: "np.ndarray", other: "np.ndarray", n: int, prob: float) -> tuple:
    from scipy import optimize, stats

    freedom, most = one.shape[1] * other.shape[1], n * min(one.shape[1], other.shape[1])
    chi2 = n * float((np.linalg.svd(one.T @ other, compute_uv=False) ** 2).sum())

    def bound(mass: float) -> float:
        if stats.chi2.cdf(chi2, freedom) <= mass:
            return 0.0
        far = 4 * (chi2 + freedom + 10)
        return optimize.brentq(lambda noncentral: stats.ncx2.cdf(chi2, freedom, noncentral) - mass, 0, far)

    lower, upper = (min(1.0, np.sqrt(bound(mass) / most)) for mass in ((1 + prob) / 2, (1 - prob) / 2))
    return "Cramér's V", np.sqrt(chi2 / most), lower, upper, stats.chi2.sf(chi2, freedom)


def _has_categories(column: "pd.Series") -> bool:
    return pd.api.types.is_bool_dtype(column) or not pd.api.types.is_numeric_dtype(column)


def _block(column: "pd.Series") -> "np.ndarray":
    """Return a column of numbers, or an indicator for each category but the first."""
    if _has_categories(column):
        return pd.get_dummies(column.astype(object), drop_first=True).to_numpy(dtype=float)
    return column.to_numpy(dtype=float)[:, None]


def _around(rows: "pd.DataFrame", given: list[str]) -> "np.ndarray":
    """Return the columns to regress on: an indicator of each stratum if all have categories, else all blocks."""
    if given and all(_has_categories(rows[column]) for column in given):
        strata = rows.groupby(given, observed=True).ngroup()
        return pd.get_dummies(strata).to_numpy(dtype=float)
    return np.hstack([np.ones((len(rows), 1)), *(_block(rows[column]) for column in given)])


def _left(block: "np.ndarray", around: "np.ndarray") -> "np.ndarray":
    """Return orthonormal columns that span what a regression leaves of a block; a single one keeps its sign."""
    residual = block - around @ np.linalg.lstsq(around, block, rcond=None)[0]
    U, sizes, _ = np.linalg.svd(residual, full_matrices=False)
    kept = sizes > 1e-9 * max(np.linalg.norm(block), 1e-300)
    return residual[:, kept] / sizes if block.shape[1] == 1 else U[:, kept]


def _holm(p: Iterable[float], level: float) -> "np.ndarray":
    order = np.argsort(p)
    small = p[order] < level / np.arange(len(p), 0, -1)
    contradicted = np.zeros(len(p), dtype=bool)
    contradicted[order] = np.logical_and.accumulate(small)
    return contradicted
