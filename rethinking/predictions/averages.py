"""Averages of an outcome over the rows of a population, within each draw."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from rethinking._names import listed, nearest
from rethinking.predictions.worlds.answers import Answers

FEW = 16  # groups whose averages are quicker as a product with a full matrix


class Averages:
    """The rows of an outcome averaged with weights, all together or by groups.

    Parameters
    ----------
    answers : rethinking.predictions.worlds.answers.Answers
    weights : str, array_like or None
    by : str, sequence of str or None

    Attributes
    ----------
    dims : tuple of str
        Those that are kept.
    coords : dict of str to numpy.ndarray
        Their labels.
    words : str
        What is averaged over.
    """

    def __init__(self, answers: Answers, weights: Any, by: str | Sequence[str] | None):
        self._answers = answers
        names = [by] if isinstance(by, str) else list(by or ())
        cells = int(np.prod(answers.shape))
        codes, self.coords = [], {}
        for name in names:
            code, self.coords[name] = self._grouping(name)
            codes.append(code)
        self.dims, self._sizes = tuple(names), tuple(len(labels) for labels in self.coords.values())
        group = np.ravel_multi_index(codes, self._sizes) if names else np.zeros(cells, dtype=int)
        weight = self._weights(weights)
        totals = np.bincount(group, weights=weight, minlength=int(np.prod(self._sizes)))
        if weights is not None and (totals[np.unique(group)] == 0).any():
            msg = "The weights of a group of rows are all zero, so it has no average: leave its rows out."
            raise ValueError(msg)
        share = weight / totals[group]
        matrix = csr_array((share, (group, np.arange(cells))), shape=(len(totals), cells))
        self._matrix = matrix.toarray() if len(totals) <= FEW else matrix
        self._empty = totals == 0
        weighted = ", weighted" if weights is not None else ""
        split = f", by {listed(names)}" if names else ""
        self.words = f"over {cells} row{'s' * (cells != 1)}{weighted}{split}"

    def of(self, level):
        """Return the averages at a level, an array (chain, draw, kept dims ...)."""
        n = int(np.prod(self._answers.fit.shape))
        result = np.empty((n, len(self._empty)))
        for block, values in self._answers.blocks(level):
            result[block] = (self._matrix @ values.reshape(len(values), -1).T).T
        result[:, self._empty] = np.nan
        return result.reshape(*self._answers.fit.shape, *self._sizes)

    def _grouping(self, name):
        """Return a code for each cell of the outcome, and the labels of the codes."""
        answers, made = self._answers, self._answers.world
        if name in answers.dims:
            axis = answers.dims.index(name)
            along = np.arange(answers.shape[axis]).reshape(-1, *[1] * (len(answers.shape) - axis - 1))
            return np.broadcast_to(along, answers.shape).ravel(), answers.coords[name]
        values, dim = self._column(name)
        present, codes = np.unique(values, return_inverse=True)
        labels = made.labels(dim)[present] if dim else present
        return self._spread(codes, name), labels

    def _column(self, name):
        """Return the values of a row variable in the population, and the dim whose labels they stand for."""
        made = self._answers.world
        index = next((index for index, dim in made.index_dims.items() if dim == name), name)
        held = made.column(index)
        if held is not None:
            return held, made.index_dims.get(index)
        if made.table is not None and name in made.table:
            return made.table[name].to_numpy(), None
        known = [*self._answers.dims, *made.inputs.values, *made.index_dims.values()]
        near = nearest(name, known)
        hint = f" Did you mean {near!r}?" if near else ""
        msg = f"{name!r} is neither a dim of {self._answers.outcome.name!r} nor a variable of its rows.{hint}"
        raise ValueError(msg)

    def _spread(self, values, name):
        """Return one value for each cell of the outcome from one for each row."""
        answers, values = self._answers, np.asarray(values)
        dims = getattr(values, "dims", answers.fit.model.named_vars_to_dims.get(name, answers.dims[: values.ndim]))
        if not set(dims) <= set(answers.dims) or values.shape != tuple(
            answers.shape[answers.dims.index(dim)] for dim in dims
        ):
            dims = answers.dims[: values.ndim]
        axes = [answers.dims.index(dim) for dim in dims]
        wanted = tuple(answers.shape[axis] for axis in axes)
        if values.shape != wanted:
            shapes = f"the shape {values.shape}, but {answers.outcome.name!r} has {answers.shape}"
            msg = f"{name!r} has {shapes}: pass one for each row."
            raise ValueError(msg)
        shape = [1] * len(answers.shape)
        for axis, n in zip(axes, values.shape, strict=True):
            shape[axis] = n
        return np.broadcast_to(values.reshape(shape), answers.shape).ravel()

    def _weights(self, weights):
        cells = int(np.prod(self._answers.shape))
        if weights is None:
            return np.ones(cells)
        name = weights if isinstance(weights, str) else "weights"
        values = self._column(weights)[0] if isinstance(weights, str) else np.asarray(weights)
        if values.dtype.kind not in "biuf" or not np.isfinite(values).all():
            msg = f"{name!r} must be numbers, one for each row, and none may be missing."
            raise ValueError(msg)
        if (values < 0).any() or not values.any():
            what = "are all zero" if not values.any() else f"go down to {values.min():g}"
            msg = f"Weights cannot be negative, and one must be positive, but {name!r} {what}."
            raise ValueError(msg.replace("'weights' are", "they are").replace("'weights' go", "they go"))
        return self._spread(values.astype(float), name)
