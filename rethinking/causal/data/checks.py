r"""Whether data agree with what a graph implies.

For two **numbers**, given others, the measure is the partial correlation: the correlation of what flexible regressions
on the others leave. Where a variable has **categories** it becomes a block of indicator columns, and the measure is
Cramér's :math:`V = \sqrt{\sum_i \rho_i^2 / \min(p, q)}` from the canonical correlations :math:`\rho_i` of what is left
of the two blocks, of :math:`p` and :math:`q` columns. Without anything to condition on that is the familiar :math:`V`
of a table. If all that is given has categories, what is left are differences from the mean of each stratum.

The test takes neither straight lines nor normal noise nor noise of one scale for granted. It assumes independent rows,
and that the means of both variables are smooth functions of the numbers that are given. It sees association that points
the same way on average, and is blind to the rest. How often it contradicts a true graph, and how often it finds a
missing arrow, is measured in ``benchmarks/check_calibration.py``.
"""

from collections.abc import Hashable, Mapping
from numbers import Real
from typing import TYPE_CHECKING

import lazy_loader

from rethinking._names import listed, nearest, some, told
from rethinking.causal.data.association import associate
from rethinking.causal.data.residuals import Regression, has_categories, indicators
from rethinking.causal.edges import check_mapping, check_name
from rethinking.causal.queries.independencies import Independence, independencies
from rethinking.causal.structure import Structure

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
else:
    np = lazy_loader.load("numpy")
    pd = lazy_loader.load("pandas")


__all__ = ["check"]

COLUMNS = ["independency", "measure", "estimate", "lower", "upper", "p", "n", "assumes", "contradicted"]


def check(
    dag: Structure, data: "pd.DataFrame", names: Mapping[str, str] | None = None, prob: float = 0.89
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
        estimate, lower, upper, p (of a test that it is zero), n (rows used), assumes (what the test takes for granted)
        and contradicted. The interval is for the measure as it is and the test for zero, so near the edge they may
        differ. Without implied independencies there are no rows, and no data can contradict the graph in this way.

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
    if not isinstance(prob, Real) or not 0 < prob < 1:
        msg = f"prob is {told(prob)}, but must be between 0 and 1."
        raise ValueError(msg)
    if not isinstance(data, pd.DataFrame):
        msg = f"data is {told(data)}, but must be a pandas DataFrame with a column for each observed variable."
        raise ValueError(msg)
    check_mapping(names, "names", "{'X': 'age'}")
    columns = _columns(dag, data, names or {})
    regressions = {}
    rows = [_test(claim, data, columns, prob, regressions) for claim in independencies(dag)]
    table = pd.DataFrame(rows, columns=COLUMNS[:-1])
    table["contradicted"] = _holm(table["p"].to_numpy(dtype=float), 1 - prob)
    return table


def _columns(dag: Structure, data: "pd.DataFrame", names: Mapping[str, str]) -> dict[str, str]:
    for name in names:
        check_name(name, dag.nodes, "names")
    for name, column in names.items():
        if not isinstance(column, Hashable):
            msg = f"names gives {name!r} the column {told(column)}, but must give the name of a column."
            raise ValueError(msg)
    columns = {name: names.get(name, name) for name in dag.observed}
    for name, column in columns.items():
        if column not in data.columns:
            near = nearest(column, map(str, data.columns))
            advice = f"did you mean {near!r}?" if near else f"it has {some(data.columns)}."
            msg = f"the variable {name!r} is observed, but the data have no column {column!r}: {advice}"
            raise ValueError(msg)
        held = data[column]
        if isinstance(held, pd.DataFrame):
            msg = f"the data have more than one column {column!r}: keep the one of the variable {name!r}."
            raise ValueError(msg)
        if not has_categories(held) and np.isinf(held.to_numpy(dtype=float, na_value=np.nan)).any():
            msg = f"the column {column!r} has infinite values: make them missing, or leave those rows out."
            raise ValueError(msg)
    return columns


def _test(
    claim: Independence, data: "pd.DataFrame", columns: Mapping[str, str], prob: float, regressions: dict
) -> tuple:
    given = [columns[name] for name in sorted(claim.given)]
    x, y = columns[claim.x], columns[claim.y]
    complete = data[[x, y, *given]].dropna()
    n, rows = len(complete), {column: pd.Series(complete[column]) for column in (x, y, *given)}
    if n < 4:
        _refuse(claim, n)
    # Claims about the same rows and given variables share their splines.
    key = (frozenset(given), frozenset(complete.index) if n < len(data) else None)
    if key not in regressions:
        regressions[key] = Regression([rows[column] for column in given], n)
    around = regressions[key]
    if n - around.rank < 3:
        _refuse(claim, n)
    numbers = not (has_categories(rows[x]) or has_categories(rows[y]))
    found = associate(indicators(rows[x]), indicators(rows[y]), around, numbers, prob)
    smooth = [name for name in sorted(claim.given) if not has_categories(rows[columns[name]])]
    assumes = "independent rows" + (f", means smooth in {listed(smooth)}" if smooth else "")
    return claim, *found, n, assumes


def _refuse(claim: Independence, n: int) -> None:
    msg = f"{claim} cannot be tested: {n} complete rows are too few."
    raise ValueError(msg)


def _holm(p: "np.ndarray", level: float) -> "np.ndarray":
    order = np.argsort(p)
    small = p[order] < level / np.arange(len(p), 0, -1)
    contradicted = np.zeros(len(p), dtype=bool)
    contradicted[order] = np.logical_and.accumulate(small)
    return contradicted
