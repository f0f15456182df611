"""A derivation of a model as one Python function of numbers, arrays and loops, ready to become machine code.

What depends on data alone is not in the function: it is given to it, as arrays.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from pytensor.graph.basic import Constant

from rethinking.lowering.derivation import Derivation
from rethinking.lowering.groundwork import by_name, in_lines, is_array, length_text, results, scene_of
from rethinking.lowering.languages.language import NotCovered
from rethinking.lowering.languages.plain_python import PlainPython
from rethinking.lowering.lengths import Length
from rethinking.lowering.loops import Step, groups
from rethinking.lowering.operations import steps_of
from rethinking.lowering.views import View, contiguous

__all__ = ["Plain", "plain"]

NAMES = re.compile(r"\b[avnks]\d+\b")


@dataclass(frozen=True)
class Plain:
    """A function of parameters in plain Python, and what must be given to it besides.

    Attributes
    ----------
    text : str
        ``def run(x, out, floats, wholes)``: it writes the results, one after the other, into ``out``. All that is given
        comes in two arrays.
    given : dict of str to pytensor variable
        What depends on data alone, by its name in the text; :meth:`packed` takes its values.
    shapes : list of tuple of int
        Those of the results.
    """

    text: str
    given: dict[str, Any]
    shapes: list[tuple[int, ...]]
    _constants: dict[str, np.ndarray]
    _texts: dict[str, str]
    _used: list[str]

    def packed(self, values: Mapping[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Return ``floats`` and ``wholes``.

        Parameters
        ----------
        values : mapping of str to array
            Of all that is given.
        """
        known = _Known(self._texts, {**{name: np.asarray(v) for name, v in values.items()}, **self._constants})
        head, floats, wholes = [], [], []
        n_head = 2 * len(self._used)
        for name in self._used:
            value = np.asarray(known[name])
            parts = wholes if name[0] == "k" or (value.ndim == 0 and value.dtype.kind in "iu") else floats
            start = sum(map(np.size, parts)) + (n_head if parts is wholes else 0)
            head += [start, start + value.size]
            parts.append(np.ravel(value))
        return np.concatenate([np.empty(0), *floats]).astype(float), np.concatenate(
            [np.empty(0, dtype=int), head, *wholes]
        ).astype(np.int64)


class _Known(dict):
    """What is given, and what plain Python computes from it when it is first asked for."""

    def __init__(self, texts, values):
        super().__init__(values)
        self._texts = texts
        self._functions = {"np": np, "span": _span, "indices": _indices}

    def __missing__(self, name):
        found = eval(self._texts[name], self._functions, self)  # the texts are this module's own
        self[name] = int(found) if name[0] in "ns" else found
        return self[name]


def _span(start, stop, step, length):
    """Return where a slice starts, and how many entries it takes."""
    found = range(int(length))[slice(*(None if end is None else int(end) for end in (start, stop, step)))]
    return found.start, len(found)


def _indices(codes, length):
    """Return index codes counted from 0."""
    codes = np.ravel(codes).astype(np.int64)
    return np.where(codes < 0, codes + length, codes)


def plain(derivation: Derivation) -> Plain:
    """Return a derivation as a function in plain Python.

    Raises
    ------
    NotCovered
        If something in the model's graph is not.
    """
    model = derivation.model
    scene = scene_of(derivation, PlainPython(), _axis, given=True)
    _fix_parameters(derivation, scene)
    given = [v for node in derivation.order for v in (*node.inputs, *node.outputs)]
    given = dict.fromkeys([*given, *derivation.outputs, *by_name(model)])  # in an order, so that a model has one text
    given = [v for v in given if v not in scene.live and not isinstance(v, Constant)]
    for variable in (v for v in given if v not in scene.views):
        strides = contiguous(scene.lengths[variable]) if variable.type.ndim else None
        scene.views[variable] = View(None, scene.name(variable), strides)
    starts = _parameters(model, scene)
    body: list[Step] = []
    for node in derivation.order:
        if node.outputs[0] in scene.live:
            body += steps_of(node.op, node, scene)
    shapes = [_shape(variable, scene) for variable in derivation.outputs]
    sizes = [int(np.prod(shape, dtype=int)) for shape in shapes]
    body += results(derivation.outputs, scene, [str(sum(sizes[:i])) for i in range(len(sizes))])
    return _function(scene, starts, body, shapes, model.value_vars, {scene.name(v): v for v in given})


def _axis(scene, variable, axis):
    return f"{scene.name(variable)}.shape[{axis}]"


def _fix_parameters(derivation, scene):
    """Give the parameters, and the gradient by each, the lengths that they have now: no data may change them."""
    for variable in derivation.model.value_vars:
        for length, number in zip(scene.lengths[variable], derivation.start[variable.name].shape, strict=True):
            length.join(Length(number))
    for variable, result in derivation.gradients:
        for length, other in zip(scene.lengths[variable], scene.lengths[result], strict=True):
            length.join(other)


def _parameters(model, scene):
    """Return the lines that read single numbers from the parameters."""
    starts, after = [], 0
    for variable in model.value_vars:
        if variable.type.ndim:
            scene.views[variable] = View(variable, "x", contiguous(scene.lengths[variable]), str(after))
        else:
            scene.views[variable] = View(variable, scene.name(variable))
            starts.append(f"{scene.name(variable)} = x[{after}]")
        after += int(np.prod(_shape(variable, scene), dtype=int))
    return starts


def _shape(variable, scene):
    """Return the shape of a parameter or a result, which no data may change."""
    numbers = [length.root.number for length in scene.lengths[variable]]
    known = tuple(number for number in numbers if number is not None)
    if len(known) < len(numbers):
        msg = "a result whose length depends on data"
        raise NotCovered(msg)
    return known


def _function(scene, starts, body, shapes, parameters, given):
    arrays = [step for step in scene.once if is_array(step)]
    codes = [step for step in scene.once if not is_array(step)]
    ready: set[Any] = {None, *(step.gives for step in codes), *scene.lengths.computed(), *parameters}
    (lines,) = in_lines([groups([*arrays, *body], ready)], scene.language)
    texts = dict(step.write(*(read.text for read in step.reads)).split(" = ", 1) for step in codes)
    texts |= {length.name: length_text(length, scene) for length in scene.lengths.computed()}
    lines = _spans_named([*starts, *lines], texts)
    used = sorted({name for line in lines for name in NAMES.findall(line)} & {*given, *texts, *scene.constants})
    head = [_read(i, name, given) for i, name in enumerate(used)]
    inner = "\n".join(f" {line}" for line in [*head, *lines, "return"])
    text = f"def run(x, out, floats, wholes):\n{inner}\n"
    return Plain(text, given, shapes, scene.constants, texts, used)


def _read(i, name, given):
    """Return the line that takes something given out of ``floats`` or ``wholes``."""
    variable = given.get(name)
    single = name[0] in "ns" if variable is None else variable.type.ndim == 0
    whole = name[0] in "kns" if variable is None else single and variable.dtype.startswith(("int", "uint"))
    place = f"wholes[{2 * i}]" if single else f"wholes[{2 * i}] : wholes[{2 * i + 1}]"
    return f"{name} = {'wholes' if whole else 'floats'}[{place}]"


def _spans_named(lines, texts):
    """Return lines in which what says where a slice starts has a name, to be computed once for some data."""
    names: dict[str, str] = {}

    def named(line):
        while (at := line.find("span(")) >= 0:
            depth, end = 1, at + len("span(")
            while depth:
                depth += {"(": 1, ")": -1}.get(line[end], 0)
                end += 1
            call = line[at : end + 3]  # with [0] or [1]
            name = names.setdefault(call, f"s{len(names)}")
            texts[name] = call
            line = line[:at] + name + line[end + 3 :]
        return line

    return [named(line) for line in lines]
