"""What the steps of a computation know: names, lengths, where an entry lies, and what depends on parameters."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from pytensor.graph.basic import Constant

from rethinking.lowering.brackets import fixed_slice, index_places, span_of
from rethinking.lowering.languages.language import Language, NotCovered
from rethinking.lowering.lengths import Length, Lengths
from rethinking.lowering.loops import INDICES, Read, Step
from rethinking.lowering.views import View, contiguous

__all__ = ["ARRAY", "Scene", "looped"]

ARRAY = "array"  # what is ready when an array has been made, beside the array's key


def looped(lengths: Sequence[Length]) -> tuple[tuple[Length, ...], list[str]]:
    """Return which axes are looped over, and the index of each axis; an axis of one entry needs no loop."""
    names = iter(INDICES)
    return (
        tuple(n for n in lengths if n.root.number != 1),
        ["0" if n.root.number == 1 else next(names) for n in lengths],
    )


def defined(lengths: Iterable[Length]) -> tuple[Length, ...]:
    """Return those lengths that a name holds."""
    return tuple(n.root for n in lengths if n.root.number is None)


class Scene:
    """What is known while the steps are written.

    Parameters
    ----------
    language : Language
    lengths : Lengths
    live : set of variables
        Those that depend on parameters; all others are computed once for some data.
    """

    def __init__(self, language: Language, lengths: Lengths, live: set[Any]):
        self.language, self.lengths, self.live = language, lengths, live
        self.views: dict[Any, View] = {}
        self.constants: dict[str, np.ndarray] = {}
        self.once: list[Step] = []
        self._names: dict[Any, str] = {}

    def name(self, variable: Any) -> str:
        """Return the name of a variable, or a single number of the model itself."""
        if isinstance(variable, Constant) and variable.type.ndim == 0:
            return self.language.literal(np.asarray(variable.data)[()])
        letter = "a" if variable.type.ndim == 0 else "v"
        return self._names.setdefault(variable, f"{letter}{len(self._names)}")

    def view(self, variable: Any) -> View:
        """Return where a variable lies."""
        if variable not in self.views:  # a constant: everything else has told where it lies
            numbers = np.ravel(np.asarray(variable.data))
            if numbers.size and (numbers == numbers[0]).all():
                self.views[variable] = View(None, self.language.literal(numbers[0]))
            else:
                name = self.name(variable)
                self.constants[name] = numbers
                self.views[variable] = View(None, name, contiguous(self.lengths[variable]))
        return self.views[variable]

    def read(self, variable: Any, indices: Sequence[str]) -> Read:
        """Return an entry of a variable."""
        return self.view(variable).read(indices)

    def new(self, variable: Any) -> View:
        """Return where a new result lies."""
        if variable.type.ndim:
            self.views[variable] = self._array(variable, self.name(variable), self.lengths[variable])
        else:
            self.views[variable] = View(variable, self.name(variable))
        return self.views[variable]

    def _array(self, key, name, lengths):
        """Return a view of a new array, which is made as soon as its lengths are known."""
        text = self.language.array(name, " * ".join(map(str, lengths)))
        self.once.append(Step((ARRAY, key), [], lambda: text, needs=defined(lengths)))
        return View(key, name, contiguous(lengths))

    def see(self, out: Any, view: View) -> list[Step]:
        """Let a variable look at an array that is there; a single entry gets a name of its own."""
        if out.type.ndim == 0 and view.strides is not None:
            return [self.statement(out, [view.read([])], "{}".format)]
        self.views[out] = view
        return []

    def statement(self, out: Any, reads: Sequence[Read], write: Callable[..., str], needs: Iterable = ()) -> Step:
        """Return a step outside all loops, which makes a constant."""
        name = self.name(out)
        strides = contiguous(self.lengths[out]) if out.type.ndim else None
        self.views[out] = View(out, name, strides)
        made = self.language.constant
        return Step(out, reads, lambda *numbers: made(name, write(*numbers)), needs=tuple(needs))

    def vector(self, out: Any, reads: Sequence[Read], numbers: Sequence[str] = (), needs: Iterable = ()) -> Step:
        """Return a step outside all loops, which makes an array of what is read and of some numbers."""
        name, made = self.name(out), self.language.vector
        self.views[out] = View(out, name, contiguous(self.lengths[out]))
        return Step(out, reads, lambda *read: made(name, [*read, *numbers]), needs=tuple(needs))

    def emptied(self, out: Any, to: View, start: str) -> str:
        """Return the line before a loop that adds to a result."""
        return self.language.variable(to.name, start) if out.type.ndim == 0 else f"{to.name}.fill({start})"

    def each(self, out: Any, inputs: Sequence[Any], write: Callable[..., str]) -> list[Step]:
        """Return the step that computes each entry from the entries at the same place."""
        lengths = self.lengths[out] if out.type.ndim else ()
        _, indices = looped(lengths)
        reads = [self.read(x, indices if x.type.ndim else []) for x in inputs]
        if not lengths:
            return [self.statement(out, reads, write)]
        return [self.value(out, reads, write)]

    def value(self, out: Any, reads: Sequence[Read], write: Callable[..., str], needs: Iterable = ()) -> Step:
        """Return a step that gives one entry at each turn of the loop over the result."""
        loop, indices = looped(self.lengths[out])
        to = self.new(out)
        return Step(out, reads, write, loop, to.name, to.place(indices), ((ARRAY, out), *needs))

    def step(
        self,
        gives: Any,
        to: View,
        reads: Sequence[Read],
        write: Callable[..., str],
        loop: Sequence[Length],
        before: Sequence[str] = (),
        needs: Iterable = (),
    ) -> Step:
        """Return a step into an array, or a sum, that is ready only after the loop."""
        array = () if to.strides is None else ((ARRAY, to.base),)
        return Step(gives, reads, write, tuple(loop), needs=(*defined(loop), *array, *needs), before=before)

    def copied(self, out: Any, x: Any) -> tuple[Step, View]:
        """Return the step that makes a copy which will be changed, and where it lies."""
        to, view = self.new(out), self.view(x)
        loop, indices = looped(self.lengths[out])
        gives = (out, "copy")
        if view.strides is None or set(view.strides) <= {"0"}:
            places = [""] * len(indices) if view.strides is None else ["0"] * len(indices)
            return Step(gives, [view.read(places)], lambda n: f"{to.name}.fill({n})", needs=((ARRAY, out),)), to
        target = to.read(indices).text
        return self.step(gives, to, [view.read(indices)], f"{target} = {{}}".format, loop), to

    def packed(self, x: Any) -> tuple[list[Step], View]:
        """Return a view of a variable whose entries lie one after the other, and the steps that make it so."""
        view = self.view(x)
        if view.strides is None or view.strides == contiguous(self.lengths[x]):
            return [], view
        key = (x, "packed")
        name = self._names.setdefault(key, f"v{len(self._names)}")
        to = self._array(key, name, self.lengths[x])
        loop, indices = looped(self.lengths[x])
        write = f"{to.read(indices).text} = {{}}".format
        return [self.step(key, to, [view.read(indices)], write, loop)], to

    def window(self, x: Any, found: Sequence[Any], view: View) -> View:
        """Return a view of a part of an array, with a stride for each axis that a slice keeps."""
        if view.strides is None:
            return view
        offset, strides = [view.offset] if view.offset else [], []
        for entry, own, stride in zip(found, self.lengths[x], view.strides, strict=True):
            start, step = self._start(entry, own) if entry != slice(None) else ("0", "1")
            if "0" not in (start, stride):
                offset.append(_times(start, stride))
            if isinstance(entry, slice):
                strides.append(stride if stride == "0" else _times(step, stride))
        return View(view.base, view.name, tuple(strides), " + ".join(offset))

    def _start(self, entry, own):
        """Return where a slice or a single index starts, and its step."""
        if not isinstance(entry, slice):
            at = self.name(entry)
            if isinstance(entry, Constant):
                return (f"({own} + {at})" if entry.data < 0 else at), ""
            self.require_data(entry)
            return self.language.chosen(f"{at} < 0", f"{at} + {own}", at), ""
        fixed = fixed_slice(entry)
        if fixed is not None and fixed.start in (None, 0) and (fixed.step or 1) > 0:
            return "0", str(fixed.step or 1)
        if fixed == slice(None, None, -1):
            return f"({own} - 1)", "-1"
        for end in (entry.start, entry.stop, entry.step):
            if end is not None:
                self.require_data(end)
        return (
            f"{span_of(entry, self.name, self.language.nothing).format(own)}[0]",
            "1" if entry.step is None else self.name(entry.step),
        )

    def gathered(self, x: Any, found: Sequence[Any], places: Sequence[str], view: View) -> tuple[Read, list[Any]]:
        """Return an entry of an array under index arrays, and what must be ready for it."""
        first, ndim = index_places(list(found))
        shared, rest = places[first : first + ndim], iter([*places[:first], *places[first + ndim :]])
        whole, needs = [], []
        for entry, own in zip(found, self.lengths[x], strict=True):
            if isinstance(entry, slice):
                if entry != slice(None):
                    msg = "a slice beside index arrays (take the slice first)"
                    raise NotCovered(msg)
                whole.append(next(rest))
            else:
                codes = self._codes(entry, own)
                needs.append(codes.base)
                whole.append(codes.read(shared[ndim - entry.type.ndim :]).text)
        return view.read(whole), needs

    def _codes(self, entry, own):
        """Return a view of the codes of an index array, each checked and counted from 0."""
        self.require_data(entry)
        view, key = self.view(entry), (entry, own.root)
        if view.strides is None:
            of = self.language.listed([view.name])
            view = View(view.base, of, ("0",) * entry.type.ndim)
        if key not in self._names:
            name = self._names[key] = f"k{len(self._names)}"
            text, needs = self.language.constant(name, f"indices({view.name}, {own})"), (*defined([own]),)
            self.once.append(Step(key, [Read(view.base, view.name)], lambda _: text, needs=needs))
        return View(key, self._names[key], view.strides, view.offset)

    def require_data(self, index: Any) -> None:
        """Raise NotCovered if an index depends on parameters."""
        if index in self.live:
            msg = "an index that depends on parameters"
            raise NotCovered(msg)


def _times(one, two):
    return two if one == "1" else one if two == "1" else f"{one} * {two}"
