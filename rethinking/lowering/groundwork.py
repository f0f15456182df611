"""What every lowering of a derivation begins with: names, lengths, and what depends on parameters."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pymc as pm
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.graph.basic import Constant
from pytensor.tensor.shape import Shape, Shape_i

from rethinking.lowering.derivation import Derivation
from rethinking.lowering.languages.language import Language, NotCovered
from rethinking.lowering.lengths import Length, Lengths
from rethinking.lowering.loops import Step, stored, written
from rethinking.lowering.operations import give_lengths
from rethinking.lowering.scene import ARRAY, Scene, defined, looped
from rethinking.lowering.views import View, contiguous

__all__ = [
    "by_name",
    "data_lengths",
    "in_lines",
    "is_array",
    "length_text",
    "results",
    "scene_of",
    "see_what_is_given",
    "size_of",
]


def by_name(model: pm.Model) -> list[Any]:
    """Return the model's ``pm.Data`` in the order of their names."""
    return sorted(model.data_vars, key=lambda variable: variable.name)


def scene_of(
    derivation: Derivation, language: Language, shape: Callable[[Scene, Any, int], str], *, given: bool
) -> Scene:
    """Return the scene of a derivation, with the lengths of all that is in it.

    Parameters
    ----------
    derivation : Derivation
    language : Language
    shape : callable
        From the scene, a variable and the number of an axis to how the language writes the length of that axis.
    given : bool
        Whether all that depends on data alone is given, and not computed in the language.
    """
    model = derivation.model
    live = set(model.value_vars)
    for node in derivation.order:
        if not isinstance(node.op, Shape | Shape_i) and live.intersection(node.inputs):
            live.update(node.outputs)
    scene = Scene(language, Lengths(language.nothing), live)
    for variable in by_name(model):
        dims = model.named_vars_to_dims.get(variable.name) or (None,) * variable.type.ndim
        _give_lengths_by(shape, variable, scene, dims)
    _give_lengths_of_parameters(model, derivation.start, scene.lengths)
    for node in derivation.order:
        try:
            give_lengths(node.op, node, scene.lengths, scene.name)
        except NotCovered:
            if not given or live.intersection(node.outputs):
                raise
            for variable in node.outputs:  # which need not be written, because it depends on data alone
                _give_lengths_by(shape, variable, scene, (None,) * variable.type.ndim)
    return scene


def _give_lengths_by(shape, variable, scene, dims):
    own = []
    for axis, dim in enumerate(dims):
        length = scene.lengths.new(shape(scene, variable, axis).replace("{", "{{").replace("}", "}}"))
        if dim is not None:
            scene.lengths.named.setdefault(dim, length).join(length)
        own.append(length)
    scene.lengths.give(variable, own)


def _give_lengths_of_parameters(model, start, lengths):
    now = {dim: int(length.eval(mode="FAST_COMPILE")) for dim, length in model.dim_lengths.items()}
    for dim, length in now.items():
        lengths.named.setdefault(dim, Length(length))
    for rv, value in model.rvs_to_values.items():
        if value not in model.value_vars:
            continue
        dims = model.named_vars_to_dims.get(rv.name) or (None,) * value.type.ndim
        sizes = start[value.name].shape
        # A transformed parameter may have another length than the parameter: a simplex has one less.
        named = [lengths.named[dim] if now.get(dim) == n else Length(n) for dim, n in zip(dims, sizes, strict=True)]
        lengths.give(value, named)


def data_lengths(model: pm.Model, scene: Scene) -> Iterator[tuple[Any, int, Length]]:
    """Yield each ``pm.Data``, each of its axes, and how long it must be."""
    for variable in by_name(model):
        for axis, length in enumerate(scene.lengths[variable]):
            yield variable, axis, length


def see_what_is_given(derivation: Derivation, scene: Scene) -> None:
    """Let lengths of dims that the graph mentions have their view.

    Raises
    ------
    NotCovered
        If the graph has inputs besides parameters, data, constants and lengths of dims.
    """
    for variable in (v for node in derivation.order for v in node.inputs if v.owner is None):
        if variable in scene.views or isinstance(variable, Constant) or variable in scene.live:
            continue
        if isinstance(variable, SharedVariable) and variable.name in scene.lengths.named:
            scene.views[variable] = View(None, str(scene.lengths.named[variable.name]))
        else:
            msg = f"the input {variable.name or variable} (a model needs pm.Data and constants only)"
            raise NotCovered(msg)


def size_of(variable: Any, scene: Scene) -> str:
    """Return how many entries a variable has, as an expression."""
    return " * ".join(map(str, scene.lengths[variable])) or "1"


def length_text(length: Length, scene: Scene) -> str:
    """Return what gives a length, as an expression."""
    return length.text.format(*(str(need) if isinstance(need, Length) else scene.name(need) for need in length.needs))


def is_array(step: Step) -> bool:
    """Return whether a step only makes an array."""
    return isinstance(step.gives, tuple) and step.gives[0] == ARRAY


def in_lines(parts: Sequence[list[list[Step]]], language: Language) -> list[list[str]]:
    """Return the loops of each part of a function as lines; what never leaves its loop gets no array."""
    found = [group for part in parts for group in part]
    kept = stored(found)
    for_a_moment = {step.gives for group in found for step in group if step.home is not None} - kept

    def is_needed(group):
        return not (is_array(group[0]) and group[0].gives[1] in for_a_moment)

    return [[line for group in filter(is_needed, part) for line in written(group, kept, language)] for part in parts]


def results(outputs: Any, scene: Scene, places: list[str]) -> Iterator[Step]:
    """Yield the steps that write the results, one after the other, into an array, each from its place on."""
    for i, (variable, place) in enumerate(zip(outputs, places, strict=True)):
        loop, indices = looped(scene.lengths[variable])
        target = View(None, "out", contiguous(scene.lengths[variable]), place).read(indices).text
        read = scene.view(variable).read(indices)
        if variable.type.ndim:
            yield Step(("result", i), [read], f"{target} = {{}}".format, loop, needs=defined(loop))
        else:
            yield Step(("result", i), [read], f"{target} = {{}}".format)
