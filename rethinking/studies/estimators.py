"""What an estimator says about its inputs, so that a study need not build its model for every world."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pymc as pm
from numpy.typing import ArrayLike

from rethinking._names import kind_of, nearest, told
from rethinking.sampling.given.inputs import replaceable
from rethinking.studies.sameness.skeleton import Skeleton

__all__ = ["Estimator", "data_of", "estimator", "require_stated", "stated"]


@dataclass(frozen=True)
class Estimator:
    """A function from data to a model, and one from the same data to what goes into the model's ``pm.Data``."""

    build: Callable[[Any], pm.Model]
    inputs: Callable[[Any], Mapping[str, ArrayLike]]

    def __call__(self, data: Any) -> pm.Model:
        """Return the model."""
        return self.build(data)


def estimator(build: Callable[[Any], pm.Model], inputs: Callable[[Any], Mapping[str, ArrayLike]]) -> Estimator:
    """Return an estimator for :func:`study` that says how its inputs come from the data.

    A study builds the model of such an estimator a few times only, which saves most of the work of Python in each
    replicate. It checks what `inputs` says on the first replicate, the last one and eight others, drawn at random: the
    built models must hold exactly these values, and be the same in all else.

    Parameters
    ----------
    build : callable
        A function of the data that returns a ``pm.Model``.
    inputs : callable
        A function of the same data that returns the values of the model's ``pm.Data``, by name. It may leave out what
        is the same in all replicates.

    Raises
    ------
    TypeError
        If either is no function.

    Examples
    --------
    >>> import pymc as pm
    >>> def normal_mean(data):
    ...     with pm.Model() as model:
    ...         pm.Normal("height", pm.Normal("mu", 0, 1), 1, observed=pm.Data("y", data["y"]))
    ...     return model
    >>> quick = estimator(normal_mean, lambda data: {"y": data["y"]})
    >>> quick({"y": [1.0, 2.0]}).named_vars.keys() == normal_mean({"y": [1.0, 2.0]}).named_vars.keys()
    True
    """
    for name, function, returned in [("build", build, "a pm.Model"), ("inputs", inputs, "the values of its pm.Data")]:
        if not callable(function):
            msg = f"{name} must be a function of the data that returns {returned}, but is {told(function)}."
            raise TypeError(msg)
    return Estimator(build, inputs)


def data_of(model: pm.Model) -> dict[str, np.ndarray]:
    """Return the values of a model's ``pm.Data``, by name."""
    return {variable.name: variable.get_value(borrow=True) for variable in replaceable(model)}


def stated(name: str, found: Any, expected: Skeleton) -> dict[str, ArrayLike]:
    """Return what an estimator's ``inputs`` returned, if it can go into the model that is compiled.

    Raises
    ------
    TypeError
        If it is no mapping of names to values.
    ValueError
        If a dim along which the model has free variables would get another length.
    """
    if not isinstance(found, Mapping) or not all(isinstance(key, str) for key in found):
        msg = (
            f"The inputs of estimator {name!r} must be a dictionary, values of pm.Data by name, but are"
            f" {kind_of(found)}."
        )
        raise TypeError(msg)
    for one, value in found.items():
        for dim, n in zip(expected.data.get(one, ()), np.shape(value), strict=False):
            if expected.lengths.get(dim, n) != n:
                msg = (
                    f"The input {one!r} of estimator {name!r} has length {n} along {dim!r}, and the model"
                    f" {expected.lengths[dim]}: keep the number of groups fixed."
                )
                raise ValueError(msg)
    return dict(found)


def require_stated(
    name: str, k: int, said: Mapping[str, ArrayLike], built: Mapping[str, np.ndarray], first: Mapping[str, np.ndarray]
) -> None:
    """Raise ValueError, naming the data and the replicate, unless a built model holds what its estimator says.

    Parameters
    ----------
    name : str
        Of the estimator.
    k : int
        The replicate.
    said : mapping of str to array_like
        What the estimator's ``inputs`` returned.
    built : mapping of str to numpy.ndarray
        The values of the built model.
    first : mapping of str to numpy.ndarray
        The values of the model that is compiled: those of inputs that are not said.
    """
    unknown = [one for one in said if one not in built]
    if unknown:
        near = nearest(unknown[0], built)
        hint = f" Did you mean {near!r}?" if near else ""
        msg = f"The inputs of estimator {name!r} name {unknown[0]!r}, which is no pm.Data of its model.{hint}"
        raise ValueError(msg)
    for one, value in built.items():
        expected = np.asarray(said.get(one, first[one]))
        if expected.shape == value.shape and np.array_equal(expected.astype(value.dtype), value):
            continue
        msg = (
            f"In replicate {k} the model of estimator {name!r} has other values of {one!r} than its inputs say:"
            f" return what goes into pm.Data({one!r})."
        )
        if one not in said:
            msg = f"The inputs of estimator {name!r} leave out {one!r}, which changes by replicate {k}: return it, too."
        raise ValueError(msg)
