"""What a device is given of a world: the true values, and the inputs of each estimator's program, or why not."""

from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from rethinking.studies.clock import Clock
from rethinking.studies.design import Design
from rethinking.studies.limits import PASSED_ON, TooSlow, reason
from rethinking.studies.sameness.skeleton import Skeleton

__all__ = ["Form", "World", "made"]


class Form(NamedTuple):
    """What the program of an estimator takes.

    Attributes
    ----------
    names : tuple of str
        The ``pm.Data``, in order.
    values : tuple of numpy.ndarray
        Those of the model that is compiled, whose shapes and types all others must have.
    expected : Skeleton
        Of that model.
    """

    names: tuple[str, ...]
    values: tuple[np.ndarray, ...]
    expected: Skeleton


@dataclass
class World:
    """One simulated world, ready for the device.

    Attributes
    ----------
    k : int
        The replicate.
    truth : dict of str to float or None
        None if it could not be simulated.
    inputs : dict of str to list of numpy.ndarray
        By estimator.
    failures : dict of str to str
        By estimator: why it has no inputs.
    lost : bool
        As in :class:`Replicate`.
    """

    k: int
    truth: dict[str, float] | None = None
    inputs: dict[str, list[np.ndarray]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    lost: bool = False


def made(design: Design, forms: Mapping[str, Form], replicates: Iterable[int], clock: Clock) -> Generator[World]:
    """Yield the world of each replicate."""
    for k in replicates:
        yield _world(design, forms, k, clock)


def _world(design, forms, k, clock):
    world = World(k)
    try:
        with clock.step("simulate"):
            data, world.truth = design.simulated(k)
    except PASSED_ON:
        raise
    except BaseException as error:
        world.failures = dict.fromkeys(forms, f"simulate: {reason(error)}")
        world.lost = isinstance(error, TooSlow)
        return world
    with clock.step("prepare"):
        for name, form in forms.items():
            try:
                world.inputs[name] = _inputs(design, name, form, data)
            except PASSED_ON:
                raise
            except BaseException as error:
                world.failures[name] = reason(error)
                world.lost |= isinstance(error, TooSlow)
    return world


def _inputs(design: Design, name: str, form: Form, data: Any) -> list[np.ndarray]:
    """Return the arrays that a program takes, as a model of these data would hold them."""
    said = design.inputs(name, data, form.expected)
    found = []
    for one, value in zip(form.names, form.values, strict=True):
        given = np.asarray(said.get(one, value))
        if given.shape != value.shape:
            msg = (
                f"{one!r} has shape {given.shape}, and {value.shape} in the first replicate: a device takes worlds"
                f" of one size; use the default engine for others."
            )
            raise ValueError(msg)
        cast = given.astype(value.dtype)
        if given.dtype.kind not in "biuf" or not np.array_equal(cast, given):
            msg = f"{one!r} must hold finite numbers that fit {value.dtype}."
            raise TypeError(msg)
        found.append(cast)
    return found
