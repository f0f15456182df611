"""Labels and the index codes that stand for them."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from rethinking._names import told

__all__ = ["index_of"]


def index_of(
    series: pd.Series | np.ndarray | Sequence, levels: Sequence | pd.Index | str | None = None
) -> tuple[np.ndarray, pd.Index]:
    """Return the index code of each value, counted from 0 in the sorted order of the labels, and the labels.

    Codes follow sorted labels as ``as.integer(factor(x))`` does in R (which counts from 1), never the order in which
    labels happen to appear. Use the labels as coordinates of the model, so that code and label cannot drift apart.

    Parameters
    ----------
    series : Series, array or list
        Labels: text or whole numbers.
    levels : sequence, or "present", optional
        All labels in the order wanted, such as ``range(1, 62)`` or levels of education from low to high; those without
        a row keep their slot. ``"present"`` takes the sorted labels that have rows, gaps or not.

    Returns
    -------
    codes : numpy.ndarray
        Integers from 0.
    labels : pandas.Index
        ``labels[codes]`` are the values.

    Raises
    ------
    ValueError
        If this is no column, values are missing, or codes of missing ones (-1), or not among the levels; if levels
        repeat; if the values are whole numbers that leave one out and `levels` does not say what to do about it.

    Examples
    --------
    >>> index_of(["b", "a", "b"])
    (array([1, 0, 1]), Index(['a', 'b'], dtype=...))
    >>> import rethinking as rt
    >>> codes, districts = index_of(rt.load_data("bangladesh")["district"], levels=range(1, 62))
    >>> len(districts), len(set(codes.tolist()))
    (61, 60)
    """
    if not _is_column(series):
        msg = f"series must be one column of labels, but is {told(series)}."
        raise ValueError(msg)
    series = pd.Series(series)
    name = "series" if series.name is None else series.name
    if series.isna().any():
        msg = f"{name} has {series.isna().sum()} missing values, which have no index: drop those rows first."
        raise ValueError(msg)
    if isinstance(levels, str) and levels != "present":
        msg = f"levels must be a sequence of labels or 'present', but {told(levels)} came."
        raise ValueError(msg)
    if levels is not None and not isinstance(levels, str) and not _is_column(levels):
        msg = f"levels must be a sequence of labels or 'present', but {told(levels)} came."
        raise ValueError(msg)
    from_data = levels is None or isinstance(levels, str)
    labels = _sorted(series, name, gaps=levels is not None) if from_data else pd.Index(levels)
    if not labels.is_unique:
        msg = f"levels must not repeat, but {labels[labels.duplicated()].to_list()[0]!r} does."
        raise ValueError(msg)
    if from_data:
        _refuse_codes_of_missing(labels, name)
    codes = labels.get_indexer(series)
    if (codes < 0).any():
        value = series.to_list()[int(np.argmax(codes < 0))]
        msg = f"{name} has the value {value!r}, which is not among the {len(labels)} levels."
        raise ValueError(msg)
    return codes.astype(np.int64), labels


def _refuse_codes_of_missing(labels, name):
    if labels.dtype.kind == "i" and len(labels) and labels.min() == -1:
        msg = f"{name} holds the code -1, which pandas gives to a missing label: drop those rows, or index the labels."
        raise ValueError(msg)


def _sorted(series, name, gaps):
    try:
        labels = pd.Index(sorted(series.unique()))
    except TypeError:
        msg = f"{name} mixes kinds of labels that cannot be sorted: turn them all into text or all into numbers."
        raise ValueError(msg) from None
    if not gaps and pd.api.types.is_numeric_dtype(labels.dtype):
        _refuse_gaps(labels.to_numpy(float), name)
    return labels


def _refuse_gaps(labels, name):
    gaps = np.flatnonzero(np.diff(labels) > 1)
    if not len(gaps) or (labels % 1).any():
        return
    first, last, absent = int(labels[0]), int(labels[-1]), int(labels[gaps[0]]) + 1
    slots, more = last - first + 1, last - first - len(labels)
    who = f"{name} {absent} and {more} more have" if more else f"{name} {absent} has"
    msg = (
        f"{who} no rows: keep the numbering ({slots} slots, levels=range({first}, {last + 1})) or drop what is absent "
        f"({len(labels)} slots, levels='present')?"
    )
    raise ValueError(msg)


def _is_column(values):
    try:
        return np.ndim(values) == 1 and len(values) > 0
    except (TypeError, ValueError):
        return False
