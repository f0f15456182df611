"""Blocks behind the points that say which groups belong together."""

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from rethinking.plots._axes import axes_or_current, numbers, points, same_length

if TYPE_CHECKING:
    from matplotlib.axes._secondary_axes import SecondaryAxis


class Bands(NamedTuple):
    """The artists of :func:`plot_bands`."""

    blocks: list[Rectangle]
    names: "SecondaryAxis"


def plot_bands(labels: ArrayLike, *, xs: ArrayLike | None = None, ax: Axes | None = None) -> Bands:
    """Return shaded blocks behind runs of neighbouring groups that share a label, with the label above each.

    Parameters
    ----------
    labels : array_like, shape (n_groups,)
        Label of each group in the order of `xs`; equal neighbours form one block.
    xs : array_like, shape (n_groups,), optional
        Horizontal positions, increasing; 0, 1, 2, ... by default. A block ends halfway to the next group.
    ax : matplotlib.axes.Axes, optional
        Where to draw; the current axes by default.

    Returns
    -------
    Bands
        A named tuple: `blocks`, from left to right, and `names`, a second horizontal axis on top whose ticks are the
        labels, so that a title finds its place above them.

    Raises
    ------
    ValueError
        If there is no label, the lengths differ, or `xs` does not increase.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> ax = Figure().add_subplot()
    >>> bands = plot_bands(["10 tadpoles"] * 2 + ["25 tadpoles"] * 3, ax=ax)
    >>> [float(block.get_width()) for block in bands.blocks]
    [2.0, 3.0]
    >>> [name.get_text() for name in bands.names.get_xticklabels()]
    ['10 tadpoles', '25 tadpoles']
    """
    labels = points("labels", labels)
    labels, xs = same_length(labels=labels, xs=np.arange(np.size(labels)) if xs is None else numbers("xs", xs))
    if len(xs) == 0 or np.any(np.diff(xs) <= 0):
        msg = "xs must hold at least one position and increase from group to group: sort the groups first."
        raise ValueError(msg)
    starts = np.flatnonzero(np.append(True, labels[1:] != labels[:-1]))
    edges = _edges(xs)[np.append(starts, len(xs))]
    ax = axes_or_current(ax)
    blocks = [
        ax.axvspan(left, right, color=("0.95", "0.90")[number % 2], linewidth=0, zorder=0)
        for number, (left, right) in enumerate(pairwise(edges))
    ]
    return Bands(blocks, _names_on_top(ax, (edges[1:] + edges[:-1]) / 2, labels[starts]))


def _edges(xs):
    """Return the points halfway between neighbours, and half a step before the first and after the last."""
    steps = np.diff(xs) if len(xs) > 1 else np.ones(1)
    return np.concatenate([[xs[0] - steps[0] / 2], xs[:-1] + np.diff(xs) / 2, [xs[-1] + steps[-1] / 2]])


def _names_on_top(ax, centres, names):
    top = ax.secondary_xaxis("top")
    top.set_xticks(centres, [str(name) for name in names])
    top.tick_params(length=0)
    top.spines["top"].set_visible(False)
    return top
