"""How long the axes of a graph's variables are: which lengths are one, and what gives each of them.

A reader may add rows to the data, so a length is a number only where the model fixes it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from pytensor.graph.basic import Variable

__all__ = ["Length", "Lengths"]


@dataclass(eq=False)
class Length:
    """The length of an axis; two that must be equal are joined, and are one from then on.

    Attributes
    ----------
    number : int or None
        The length, where the model fixes it.
    text : str
        What gives it otherwise, in the language.
    needs : tuple
        Variables and lengths that the text mentions.
    """

    number: int | None = None
    text: str = ""
    needs: tuple = ()
    name: str = ""
    _same: "Length | None" = field(default=None, repr=False)

    @property
    def root(self) -> "Length":
        """The one that all joined lengths share."""
        return self if self._same is None else self._same.root

    def join(self, other: "Length") -> None:
        """Make two lengths one: a number wins, then what the data give, then the older one.

        Raises
        ------
        ValueError
            If both are numbers that differ.
        """
        one, two = self.root, other.root
        if one is two:
            return
        if one.number is not None and two.number is not None and one.number != two.number:
            msg = f"The model needs two axes of one length, but they have {one.number} and {two.number}."
            raise ValueError(msg)
        winner, loser = sorted((one, two), key=lambda n: (n.number is None, not n.name, bool(n.needs)))
        loser._same = winner

    def __str__(self) -> str:
        """Return the number, or the name of the constant that holds it."""
        root = self.root
        return root.name if root.number is None else str(root.number)


class Lengths:
    """The lengths of the axes of variables.

    Parameters
    ----------
    nothing : str
        How the language writes the end of a slice that is not given.

    Attributes
    ----------
    named : dict of str to Length
        Those of the model's dims.
    windows : dict of node to list of Length
        Of nodes that change a part of an array, the lengths of that part.
    """

    def __init__(self, nothing: str) -> None:
        self.nothing = nothing
        self.named: dict[str, Length] = {}
        self.windows: dict[Any, list[Length]] = {}
        self._of: dict[Variable, tuple[Length, ...]] = {}
        self._made: list[Length] = []
        self._numbers = count(1)

    def new(self, text: str, needs: Iterable[Any] = ()) -> Length:
        """Return a length that is computed."""
        made = Length(text=text, needs=tuple(needs), name=f"n{next(self._numbers)}")
        self._made.append(made)
        return made

    def give(self, variable: Any, lengths: Iterable[Length]) -> None:
        """Say how long the axes of a variable are; what its type fixes is joined."""
        own = tuple(lengths)
        for length, number in zip(own, variable.type.shape, strict=True):
            if number is not None:
                length.join(Length(number))
        self._of[variable] = own

    def __getitem__(self, variable: Any) -> tuple[Length, ...]:
        """Return the lengths of a variable's axes."""
        if variable in self._of or variable.type.ndim == 0:
            return self._of.get(variable, ())
        return tuple(map(Length, variable.data.shape))

    def __contains__(self, variable: Any) -> bool:
        return variable in self._of

    def computed(self) -> Iterator[Length]:
        """Yield every length that a name holds."""
        yield from (length for length in self._made if length.root is length and length.number is None)
