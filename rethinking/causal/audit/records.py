"""What is known of a model once it has been read, in numbers and in the words of the graph, and what is found in it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Column", "Finding", "Index", "Reading", "Term"]


@dataclass(frozen=True)
class Column:
    """How the linear model moves, row by row, when a parameter does, and what that depends on.

    Attributes
    ----------
    numbers : array, shape (rows,)
        The change.
    on : frozenset of str
        The variables of the graph that it depends on.
    unknown : frozenset of str
        The arrays that it depends on and that are nothing the graph has.
    by : frozenset of str
        The indices of groups that it depends on, if it differs within the groups.
    """

    numbers: "np.ndarray"
    on: frozenset[str]
    unknown: frozenset[str] = frozenset()
    by: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Term:
    """What one random variable of the model adds to the linear model.

    Attributes
    ----------
    parameter : str
        Its name.
    columns : tuple of Column
        One for each of its elements, or for a few directions if there are many.
    size : int
        How many elements it has.
    groups : array, shape (rows,), optional
        The group of each row, if it has an element for each group that is added to the linear model as it is.
    index : str
        The name of the data that hold the group.
    spread : float, optional
        The fixed sd of its prior, of intercepts by group on the scale of the linear model; None if it is learned.
    shaped_by : frozenset of str
        The variables of the graph that the shape of its prior depends on, as that of a Gaussian process does.
    mean_of : tuple of str
        The parameters whose prior has a mean that depends on it.
    elsewhere : tuple of str
        Other likelihoods and the potentials that it enters.
    """

    parameter: str
    columns: tuple[Column, ...]
    size: int = 1
    groups: "np.ndarray | None" = None
    index: str = ""
    spread: float | None = None
    shaped_by: frozenset[str] = frozenset()
    mean_of: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()


@dataclass(frozen=True)
class Index:
    """Data that say which element of a vector belongs to a row, and the variables of the graph they stand for."""

    name: str
    groups: "np.ndarray"
    stands_for: frozenset[str]


@dataclass(frozen=True)
class Reading:
    """The likelihood of an outcome.

    Attributes
    ----------
    name, family : str
        The random variable and its distribution.
    data, trials : array
        The outcome, and how many trials a row is, 1 but for binomial counts.
    components : tuple of tuple of Term
        The terms of the linear model; of each, if there are several.
    is_mixture, is_categorical, is_joint : bool
        Whether the components are those of a mixture or the categories of an outcome; whether the exposure has its
        likelihood together with the outcome.
    known : dict of str to list of array
        For each variable of the graph how it may look by row, where that is known.
    fixed, in_rest, in_weights : frozenset of str
        Variables that enter the linear model without a parameter; other parameters; the weights of a mixture.
    indices : tuple of Index
        The groups by which anything is looked up.
    means : dict of str to set of str
        For each index, the variables whose means in the groups enter the linear model.
    latents : dict of str to str
        For variables of the graph, the random variable that stands for them.
    partners : dict of str to frozenset of str
        For each of these, the variables of the graph that its prior knows, or that have a likelihood which knows it.
    causes : tuple of str
        The parameters that enter the likelihood of the exposure too.
    instruments : frozenset of str
        Variables in the likelihood of the exposure, if that is correlated with the one of the outcome.
    unknown : tuple of str
        A sentence for everything in the linear model that the graph does not have.
    unread : tuple of str
        What of the likelihood could not be read at all.
    """

    name: str
    family: str
    data: "np.ndarray"
    trials: "np.ndarray"
    components: tuple[tuple[Term, ...], ...]
    is_mixture: bool
    is_categorical: bool
    is_joint: bool
    known: dict[str, list]
    fixed: frozenset[str]
    in_rest: frozenset[str]
    in_weights: frozenset[str]
    indices: tuple[Index, ...]
    means: dict[str, set]
    latents: dict[str, str]
    partners: dict[str, frozenset]
    causes: tuple[str, ...]
    instruments: frozenset[str]
    unknown: tuple[str, ...]
    unread: tuple[str, ...]

    @property
    def has_strangers(self) -> bool:
        """Whether anything but intercepts by group is in the linear model that the graph does not have."""
        return any(not sentence.startswith("There are intercepts") for sentence in self.unknown)


@dataclass(frozen=True)
class Finding:
    """A sentence, and what it says: that something is wrong, that nobody can tell, or only what a number means.

    Attributes
    ----------
    text : str
        The sentence.
    kind : {"problem", "question", "proviso"}
        What it does to the verdict.
    advice : str
        What to look at.
    spares_contrast : bool
        Whether it concerns the coefficient alone, and not what the model predicts.
    """

    text: str
    kind: str
    advice: str = ""
    spares_contrast: bool = False
