"""A derivation of a model as one JavaScript function over typed arrays.

What depends on data alone is computed once for some data; what depends on parameters, at every call.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from rethinking.lowering.derivation import Derivation
from rethinking.lowering.groundwork import (
    by_name,
    data_lengths,
    in_lines,
    length_text,
    results,
    scene_of,
    see_what_is_given,
    size_of,
)
from rethinking.lowering.languages.javascript import JavaScript
from rethinking.lowering.languages.language import NotCovered
from rethinking.lowering.lengths import Length
from rethinking.lowering.loops import Step, groups
from rethinking.lowering.operations import steps_of
from rethinking.lowering.scene import defined
from rethinking.lowering.views import View, contiguous

__all__ = ["Lowered", "lowered"]

FUNCTIONS = ["softplus", "sigmoid", "log1mexp", "gammaln", "digamma", "erf", "erfc", "erfcx", "indices", "span"]


@dataclass(frozen=True)
class Lowered:
    """A function in JavaScript.

    Attributes
    ----------
    text : str
        An expression: a function of the data and of what ``functions.js`` exports. It returns ``size``, the number of
        unconstrained parameters; ``sizes``, of each; ``shapes``, those of the results; and ``run(x, out)``, which
        writes the results, one after the other, into an array.
    fixed : frozenset of str
        Dims whose length the model fixes, so that no row can be added.
    """

    text: str
    fixed: frozenset[str]


def lowered(derivation: Derivation) -> Lowered:
    """Return a derivation as JavaScript.

    Raises
    ------
    NotImplementedError
        If an operation of the model is not covered; the sentence names it.
    """
    try:
        return _lowered(derivation)
    except NotCovered as error:
        msg = f"rt.live cannot write {error} in JavaScript: write the model without it."
        raise NotImplementedError(msg) from None


def _lowered(derivation):
    model = derivation.model
    scene = scene_of(derivation, JavaScript(), _axis, given=False)
    head = _given(model, scene)
    see_what_is_given(derivation, scene)
    offsets, starts = _parameters(model.value_vars, scene)
    body: list[Step] = []
    for node in derivation.order:
        steps = steps_of(node.op, node, scene)
        (body if node.outputs[0] in scene.live else scene.once).extend(steps)
    body += results(derivation.outputs, scene, [f"p{i}" for i in range(len(derivation.outputs))])
    fixed = frozenset(dim for dim, length in scene.lengths.named.items() if length.root.number is not None)
    return Lowered(_function(scene, head, offsets, starts, body, derivation), fixed)


def _axis(scene, variable, axis):
    return f"{_data(variable)}.shape[{axis}]"


def _data(variable):
    return f"data[{json.dumps(variable.name).replace('<', chr(92) + 'u003c')}]"


def _given(model, scene):
    """Return the lines that read the data."""
    lines = []
    for variable in by_name(model):
        name = scene.name(variable)
        strides = contiguous(scene.lengths[variable]) if variable.type.ndim else None
        scene.views[variable] = View(None, name, strides)
        lines.append(f"const {name} = {_data(variable)}.values{'' if variable.type.ndim else '[0]'};")
    return lines


def _parameters(parameters, scene):
    """Return the lines that say where each parameter starts, and those that read single numbers."""
    offsets, starts, after = [], [], "0"
    for i, variable in enumerate(parameters):
        offsets.append(f"const o{i} = {after};")
        after = f"o{i} + {size_of(variable, scene)}"
        if variable.type.ndim:
            scene.views[variable] = View(variable, "x", contiguous(scene.lengths[variable]), f"o{i}")
        else:
            scene.views[variable] = View(variable, scene.name(variable))
            starts.append(f"const {scene.name(variable)} = x[o{i}];")
    return [*offsets, f"const size = {after};"], starts


def _function(scene, head, offsets, starts, body, derivation):
    model, outputs = derivation.model, derivation.outputs
    measured = [_measured(length, scene) for length in scene.lengths.computed()]
    ready: set[Any] = {None}
    once = groups([*measured, *scene.once], ready)
    always = groups(body, ready | set(model.value_vars))
    at_first, at_each_call = in_lines([once, always], scene.language)
    lines = [
        f"{line};" for line in (scene.language.vector(*_literals(item, scene)) for item in scene.constants.items())
    ]
    lines += [*head, *at_first]
    for variable, axis, n in data_lengths(model, scene):
        lines.append(f"if ({_data(variable)}.shape[{axis}] !== {n}) throw new RangeError('lengths differ');")
    lines += [*offsets, *_places(outputs, scene)]
    outer = "\n".join(filter(None, lines))
    inner = "\n".join(f"  {line}" for line in [*starts, *at_each_call] if line)
    used = ", ".join(name for name in FUNCTIONS if re.search(rf"\b{name}\(", outer + inner))
    sizes = ", ".join(size_of(v, scene) for v in model.value_vars)
    shapes = ", ".join(f"[{', '.join(map(str, scene.lengths[v]))}]" for v in outputs)
    return (
        f"(data, {{ {used} }}) => {{\n{outer}\nconst run = (x, out) => {{\n{inner}\n}};\n"
        f"return {{ size, sizes: [{sizes}], run, shapes: [{shapes}] }};\n}}"
    )


def _literals(item, scene):
    name, numbers = item
    return name, map(scene.language.literal, numbers)


def _measured(length, scene):
    """Return the step that computes a length."""
    bases = [scene.view(need).base for need in length.needs if not isinstance(need, Length)]
    known = defined(need for need in length.needs if isinstance(need, Length))
    text = scene.language.constant(length.name, length_text(length, scene))
    return Step(length, [], lambda: text, needs=(*known, *bases))


def _places(outputs, scene):
    """Return the lines that say where in its array each result starts."""
    after = "0"
    for i, variable in enumerate(outputs):
        yield f"const p{i} = {after};"
        after = f"p{i} + {size_of(variable, scene)}"
