"""Labels of a coordinate and positions along it: what a user says, and what an index variable holds."""

import numpy as np

from rethinking._names import nearest

SHOWN = 6  # labels in a message; more would bury it


class UnseenGroups(ValueError):
    """Some labels are not among those of the fit; `labels` are all of them, in order of appearance."""

    def __init__(self, dim, labels, known):
        self.dim, self.labels = dim, labels
        near = nearest(labels[0], map(str, known))
        hint = f" Did you mean {near!r}?" if near else ""
        super().__init__(
            f"{dim!r} has no {labels[0]!r} in this fit, only {shortened(known)}.{hint} For rows of a new group say"
            f" groups={{{dim!r}: 'new'}} (drawn from the population) or 'typical' (at its mean), not 'same'."
        )


def shortened(labels):
    """Return labels as words, the middle left out where there are many.

    Examples
    --------
    >>> shortened(["female", "male"])
    "'female', 'male'"
    """
    words = [repr(label.item() if isinstance(label, np.generic) else label) for label in labels]
    return ", ".join(words if len(words) <= SHOWN else [*words[: SHOWN - 2], "...", words[-1]])


def are_codes(labels):
    """Return whether labels are just the positions 0, 1, 2 and so on, so that both readings agree."""
    labels = np.asarray(labels)
    return labels.dtype.kind in "iu" and np.array_equal(labels, np.arange(len(labels)))


def codes_of(name, values, dim, labels, new=()):
    """Return the positions along a dim that some values stand for.

    Parameters
    ----------
    name : str
        The index variable, for messages.
    values : array_like
        Labels of the dim; positions instead where the dim has no labels, or labels that are words and values that
        are numbers. Where the labels are numbers, a number is a label: district 54 is not the 54th district.
    dim : str
    labels : array_like or None
        Those of the fit.
    new : sequence
        Labels of groups that the fit has not seen, which come after its own.

    Returns
    -------
    numpy.ndarray of int

    Raises
    ------
    UnseenGroups
        If a value is not a label.
    ValueError
        If a value is missing, not a whole number, or no position along the dim.
    """
    values = np.asarray(values)
    are_labels = labels is not None and np.asarray(labels).dtype.kind in "iuf" and not (values == -1).any()
    if values.dtype.kind in "OUS" or are_labels:
        return _positions(name, values, dim, labels, list(new))
    whole = whole_numbers(name, values)
    n = None if labels is None else len(labels) + len(new)
    if whole.size and (whole.min() < 0 or (n is not None and whole.max() >= n)):
        wrong = whole.min() if whole.min() < 0 else whole.max()
        msg = f"{name!r} holds positions along {dim!r}, from 0 to {n - 1 if n else '...'}, but came with {wrong}."
        raise ValueError(msg)
    return whole


def unseen_labels(fit, index_dims, settings, groups):
    """Return the labels of unseen groups by dim; refuse those whose effect nobody said how to get."""
    unseen: dict[str, list] = {}
    for values in settings:
        for name in values.keys() & index_dims.keys():
            dim = index_dims[name]
            if callable(values[name]):
                continue
            try:
                codes_of(name, values[name], dim, fit.inputs.coords.get(dim), unseen.get(dim, ()))
            except UnseenGroups as error:
                if dim not in groups or groups[dim] == "same":
                    raise
                unseen[dim] = unseen.get(dim, []) + error.labels
    return unseen


def coded(fit, index_dims, unseen, name, values):
    """Return values as numbers of the variable's type, labels as positions; refuse what is missing or no number."""
    model = fit.model
    if name in index_dims:
        dim = index_dims[name]
        return _like(values, codes_of(name, values, dim, fit.inputs.coords.get(dim), unseen.get(dim, ())))
    kind = np.dtype(model[name].dtype).kind
    array = np.asarray(values)
    if kind in "iub":
        return _like(values, whole_numbers(name, array))
    if array.dtype.kind not in "biuf":
        msg = f"{name!r} holds numbers, but came with {array.ravel()[0]!r}: only an index variable takes labels."
        raise TypeError(msg)
    if not np.isfinite(array).all():
        msg = f"{name!r} has {(~np.isfinite(array)).sum()} missing or infinite values: drop or fill them first."
        raise ValueError(msg)
    return _like(values, array.astype(float))


def _like(values, array):
    """Return an array with the labels that some values came with, if they came with any."""
    return values.copy(data=array) if hasattr(values, "coords") and hasattr(values, "dims") else array


def whole_numbers(name, values):
    """Return numbers as integers, or raise ValueError if one is missing or has a fraction."""
    values = np.asarray(values)
    if values.dtype.kind == "b":
        return values.astype(int)
    if values.dtype.kind not in "iuf":
        msg = (
            f"{name!r} holds whole numbers, but came with {shortened(values.ravel())}: the model has no labels for it."
        )
        raise ValueError(msg)
    wrong = ~np.isfinite(values) | (values != np.round(values))
    if wrong.any():
        msg = f"{name!r} holds whole numbers, but came with {values[wrong].flat[0]:g}: pass a label or a position."
        raise ValueError(msg)
    return values.astype(int)


def _positions(name, values, dim, labels, new):
    if labels is None:
        return whole_numbers(name, values)
    known = {_plain(label): i for i, label in enumerate([*labels, *new])}
    wanted = [_plain(value) for value in values.ravel()]
    for value in wanted:
        if value is None or value != value:  # NaN is not equal to itself
            msg = f"{name!r} has missing values, where labels of {dim!r} are expected: drop or fill them first."
            raise ValueError(msg)
    unseen = list(dict.fromkeys(value for value in wanted if value not in known))
    if unseen:
        raise UnseenGroups(dim, unseen, labels)
    return np.array([known[value] for value in wanted], dtype=int).reshape(values.shape)


def _plain(label):
    return label.item() if isinstance(label, np.generic) else label
