"""A derivation of a model as one JavaScript function over typed arrays.

What depends on data alone is computed once for some data; what depends on parameters, at every call.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from pytensor.compile.sharedvalue import SharedVariable
from pytensor.graph.basic import Constant
from pytensor.tensor.shape import Shape, Shape_i

from rethinking.in_page.derivation import Derivation
from rethinking.in_page.extents import give_lengths
from rethinking.in_page.lengths import Length, Lengths
from rethinking.in_page.loops import Step, groups, stored, written
from rethinking.in_page.scene import ARRAY, Scene, defined, looped
from rethinking.in_page.steps import steps_of
from rethinking.in_page.views import View, contiguous

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
    model, order = derivation.model, derivation.order
    parameters = model.value_vars
    live = set(parameters)
    for node in order:
        if not isinstance(node.op, Shape | Shape_i) and live.intersection(node.inputs):
            live.update(node.outputs)
    lengths = Lengths()
    scene = Scene(lengths, live)
    data = sorted(model.data_vars, key=lambda variable: variable.name)
    checks = _data_lengths(model, data, lengths)
    _parameter_lengths(model, lengths)
    for node in order:
        give_lengths(node.op, node, lengths, scene.name)
    head = _given(model, data, order, scene)
    offsets, starts = _parameters(parameters, scene)
    body: list[Step] = []
    for node in order:
        steps = steps_of(node.op, node, scene)
        (body if node.outputs[0] in live else scene.once).extend(steps)
    body += _results(derivation.outputs, scene)
    return Lowered(
        _function(scene, head, checks, offsets, starts, body, derivation),
        frozenset(dim for dim, length in lengths.named.items() if length.root.number is not None),
    )


def _data_lengths(model, data, lengths):
    """Give the data their lengths, and return the lines that check them."""
    checks = []
    for variable in data:
        dims = model.named_vars_to_dims.get(variable.name) or (None,) * variable.type.ndim
        own = []
        for axis, dim in enumerate(dims):
            text = f"{_data(variable)}.shape[{axis}]"
            length = lengths.new(text.replace("{", "{{").replace("}", "}}"))
            if dim is not None:
                lengths.named.setdefault(dim, length).join(length)
            own.append(length)
            checks.append((text, length))
        lengths.give(variable, own)
    return checks


def _parameter_lengths(model, lengths):
    now = {dim: int(length.eval(mode="FAST_COMPILE")) for dim, length in model.dim_lengths.items()}
    for dim, length in now.items():
        lengths.named.setdefault(dim, Length(length))
    start = model.initial_point()
    for rv, value in model.rvs_to_values.items():
        if value not in model.value_vars:
            continue
        dims = model.named_vars_to_dims.get(rv.name) or (None,) * value.type.ndim
        sizes = start[value.name].shape
        # A transformed parameter may have another length than the parameter: a simplex has one less.
        named = [lengths.named[dim] if now.get(dim) == n else Length(n) for dim, n in zip(dims, sizes, strict=True)]
        lengths.give(value, named)


def _data(variable):
    return f"data[{json.dumps(variable.name).replace('<', chr(92) + 'u003c')}]"


def _given(model, data, order, scene):
    """Return the lines that read the data, and let everything that is given have its view."""
    lines = []
    for variable in data:
        name = scene.name(variable)
        strides = contiguous(scene.lengths[variable]) if variable.type.ndim else None
        scene.views[variable] = View(None, name, strides)
        lines.append(f"const {name} = {_data(variable)}.values{'' if variable.type.ndim else '[0]'};")
    for variable in {v for node in order for v in node.inputs if v.owner is None}:
        if variable in scene.views or isinstance(variable, Constant) or variable in scene.live:
            continue
        if isinstance(variable, SharedVariable) and variable.name in scene.lengths.named:
            scene.views[variable] = View(None, str(scene.lengths.named[variable.name]))
        else:
            msg = f"rt.live cannot tell what {variable.name or variable} is: a model needs pm.Data and constants only."
            raise NotImplementedError(msg)
    return lines


def _parameters(parameters, scene):
    """Return the lines that say where each parameter starts, and those that read single numbers."""
    offsets, starts, after = [], [], "0"
    for i, variable in enumerate(parameters):
        size = " * ".join(map(str, scene.lengths[variable])) or "1"
        offsets.append(f"const o{i} = {after};")
        after = f"o{i} + {size}"
        if variable.type.ndim:
            scene.views[variable] = View(variable, "x", contiguous(scene.lengths[variable]), f"o{i}")
        else:
            scene.views[variable] = View(variable, scene.name(variable))
            starts.append(f"const {scene.name(variable)} = x[o{i}];")
    return [*offsets, f"const size = {after};"], starts


def _results(outputs, scene):
    for i, variable in enumerate(outputs):
        loop, indices = looped(scene.lengths[variable])
        strides = contiguous(scene.lengths[variable])
        target = View(None, "out", strides, f"p{i}").read(indices).text
        read = scene.view(variable).read(indices)
        if variable.type.ndim:
            yield Step(("result", i), [read], f"{target} = {{}}".format, loop, needs=defined(loop))
        else:
            yield Step(("result", i), [read], f"{target} = {{}};".format)


def _function(scene, head, checks, offsets, starts, body, derivation):
    parameters, outputs = derivation.model.value_vars, derivation.outputs
    measured = [_measured(length, scene) for length in scene.lengths.computed()]
    ready: set[Any] = {None}
    once = groups([*measured, *scene.once], ready)
    always = groups(body, ready | set(parameters))
    kept = stored([*once, *always])
    for_a_moment = {step.gives for group in [*once, *always] for step in group if step.home is not None} - kept
    lines = [*scene.constants, *head]
    for group in once:
        lines += [] if _is_array_of(group[0], for_a_moment) else written(group, kept)
    lines += [f"if ({text} !== {n}) throw new RangeError('lengths differ');" for text, n in checks]
    lines += [*offsets, *_places(outputs, scene)]
    run = [*starts, *(line for group in always for line in written(group, kept))]
    outer, inner = "\n".join(filter(None, lines)), "\n".join(f"  {line}" for line in run if line)
    used = ", ".join(name for name in FUNCTIONS if re.search(rf"\b{name}\(", outer + inner))
    sizes = ", ".join(" * ".join(map(str, scene.lengths[v])) or "1" for v in parameters)
    shapes = ", ".join(f"[{', '.join(map(str, scene.lengths[v]))}]" for v in outputs)
    return (
        f"(data, {{ {used} }}) => {{\n{outer}\nconst run = (x, out) => {{\n{inner}\n}};\n"
        f"return {{ size, sizes: [{sizes}], run, shapes: [{shapes}] }};\n}}"
    )


def _is_array_of(step, keys):
    """Return whether a step only makes an array, of something that never leaves its loop."""
    return isinstance(step.gives, tuple) and step.gives[0] == ARRAY and step.gives[1] in keys


def _measured(length, scene):
    """Return the step that computes a length."""
    names = [str(need) if isinstance(need, Length) else scene.name(need) for need in length.needs]
    bases = [scene.view(need).base for need in length.needs if not isinstance(need, Length)]
    known = defined(need for need in length.needs if isinstance(need, Length))
    text = f"const {length.name} = {length.text.format(*names)};"
    return Step(length, [], lambda: text, needs=(*known, *bases))


def _places(outputs, scene):
    """Return the lines that say where in its array each result starts."""
    after = "0"
    for i, variable in enumerate(outputs):
        yield f"const p{i} = {after};"
        after = f"p{i} + {' * '.join(map(str, scene.lengths[variable])) or '1'}"
