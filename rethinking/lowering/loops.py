"""Steps of a computation, put together in as few loops as their order allows."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from rethinking.lowering.languages.language import Language
from rethinking.lowering.lengths import Length

__all__ = ["Read", "Step", "groups", "stored", "written"]

INDICES = "ijklmn"


@dataclass(frozen=True)
class Read:
    """A number that a step reads: which array, and where in it; a single number has no place."""

    base: Any
    name: str
    place: str | None = None

    @property
    def text(self) -> str:
        """The number as an expression, read from the array."""
        return self.name if self.place is None else f"{self.name}[{self.place}]"


@dataclass(frozen=True, eq=False)
class Step:
    """One operation.

    Attributes
    ----------
    gives : hashable
        What is ready after it.
    reads : sequence of Read
    write : callable
        From the expressions of what is read to the right side of an assignment, or to a statement without its end.
    loop : tuple of Length, or None
        What is looped over; None for a statement of its own.
    name : str
        The constant that holds the result.
    home : str or None
        Where the loop puts the entry that it makes at each turn; later steps of the same loop may read it there.
        None for a result that is ready only after the loop.
    needs : tuple
        What must be ready besides.
    before : sequence of str
        Statements before the loop.
    """

    gives: Any
    reads: Sequence[Read]
    write: Callable[..., str]
    loop: tuple[Length, ...] | None = None
    name: str = ""
    home: str | None = None
    needs: tuple = ()
    before: Sequence[str] = ()
    wanted: set = field(default_factory=set, init=False)

    def fits(self, ready: set, inside: dict) -> bool:
        """Return whether the step can stand in a loop whose earlier steps give `inside`, each with its home."""
        return all(need in ready for need in self.needs) and all(
            read.base in ready or (read.place is not None and inside.get(read.base) == read.place)
            for read in self.reads
        )


def groups(steps: Iterable[Step], ready: set) -> list[list[Step]]:
    """Return the steps in loops: each loop takes all steps over the same lengths that can be done by then.

    Parameters
    ----------
    steps : iterable of Step
        Each after those that it needs.
    ready : set
        What is given; what the steps give is added.
    """
    waiting, found = list(steps), []
    while waiting:
        # Without a loop first: the more is ready, the more fits into the next loop.
        group = [step for step in waiting if not step.loop and step.fits(ready, {})][:1] or _loop(waiting, ready)
        ready.update(step.gives for step in group)
        taken = set(map(id, group))
        waiting = [step for step in waiting if id(step) not in taken]
        found.append(group)
    return found


def _loop(waiting, ready):
    first = next(step for step in waiting if step.fits(ready, {}))
    lengths = [length.root for length in first.loop]
    group, inside = [], {}
    for step in waiting:
        if step.loop is not None and [length.root for length in step.loop] == lengths and step.fits(ready, inside):
            group.append(step)
            if step.home is not None:
                inside[step.gives] = step.home
    return group


def stored(found: Iterable[Sequence[Step]]) -> set:
    """Return results that are read outside the loop that makes them, which therefore need an array."""
    read_elsewhere = set()
    for group in found:
        own = {step.gives: step.home for step in group if step.home is not None}
        read_elsewhere |= {read.base for step in group for read in step.reads if own.get(read.base) != read.place}
        read_elsewhere |= {read.base for step in group for read in step.reads if read.base not in own}
    return read_elsewhere


def written(group: Sequence[Step], kept: set, language: Language) -> list[str]:
    """Return a group of steps as lines of a language."""
    end = language.end
    if group[0].loop is None:
        (step,) = group
        text = step.write(*(read.text for read in step.reads))
        return [text + end] if text else []
    inside = {step.gives: step for step in group if step.home is not None}
    lines = [line + end for step in group for line in step.before]
    lengths = [str(length) for length in group[0].loop]
    body = []
    for step in group:
        text = step.write(*(_inside(read, inside) for read in step.reads))
        if step.home is None:
            body.append(text + end)
        else:
            body.append(language.constant(f"{step.name}_", text) + end)
            if step.gives in kept:
                body.append(f"{step.name}[{step.home}] = {step.name}_{end}")
    return [*lines, *language.loop(INDICES[: len(lengths)], lengths, body)]


def _inside(read, inside):
    return f"{read.name}_" if read.base in inside else read.text
