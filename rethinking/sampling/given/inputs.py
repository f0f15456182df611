"""What a model takes from outside: its ``pm.Data``, checked before a sampler sees them."""

import warnings
from dataclasses import dataclass, replace
from inspect import isfunction
from textwrap import shorten
from typing import Any

import numpy as np
import pymc as pm
from numpy.typing import ArrayLike
from pymc.model.transform.optimization import freeze_dims_and_data
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.graph.basic import Variable

from rethinking._compiling import compiling
from rethinking._names import kind_of, nearest, told
from rethinking.sampling.given.labels import in_order
from rethinking.sampling.given.options import OPTIONS, SYNONYMS


@dataclass(frozen=True)
class ModelInputs:
    """The values, dims and labels of a model's ``pm.Data``, which are replaced by making new ones.

    Attributes
    ----------
    values : dict of str to numpy.ndarray
        One array for each ``pm.Data``, by name.
    dims : dict of str to tuple of str
        The dims of each; empty where the model gives none.
    shapes : dict of str to tuple of (int or None)
        The lengths that the model's graph fixes; None where any length will do.
    coords : dict of str to numpy.ndarray
        Labels of the model's dims, where it has some.
    lengths : dict of str to int
        Lengths of the model's dims.
    """

    values: dict[str, np.ndarray]
    dims: dict[str, tuple[str, ...]]
    shapes: dict[str, tuple[int | None, ...]]
    coords: dict[str, np.ndarray]
    lengths: dict[str, int]

    @classmethod
    def of(cls, model: pm.Model) -> "ModelInputs":
        """Return the inputs that a :class:`pymc.Model` holds now; later changes of the model do not reach them.

        Raises
        ------
        ValueError
            If one of them has missing or infinite values, or was made a constant.
        """
        variables = replaceable(model)
        for variable in variables:
            _require_finite(variable.name, variable.get_value(borrow=True))
        return cls(
            values={v.name: np.array(v.get_value()) for v in variables},
            dims={v.name: tuple(model.named_vars_to_dims.get(v.name, ())) for v in variables},
            shapes={v.name: v.type.shape for v in variables},
            coords={dim: np.asarray(labels) for dim, labels in model.coords.items() if labels is not None},
            lengths={dim: _length(variable) for dim, variable in model.dim_lengths.items()},
        )

    def replace(self, **data: ArrayLike) -> "ModelInputs":
        """Return new inputs with some values replaced; labels follow where a length changes.

        Parameters
        ----------
        **data : array_like
            New values by the name of the ``pm.Data``. A :class:`xarray.DataArray` brings its labels along; its axes
            are put in the order of the model's dims, and entries whose labels are those of the model, or of the array
            before it, in their order (so with the index of pandas). Where a length changes without new labels, the
            dim is numbered from 0.

        Raises
        ------
        TypeError
            For a name that the model does not have, or values of another kind.
        ValueError
            For a wrong number of axes, a length that the model fixes, a missing value, or two inputs that share
            a dim and disagree about its length or its labels.
        """
        kept = {name: dims for name, dims in self.dims.items() if name not in data}
        ordered, labels = in_order({self.known(name): v for name, v in data.items()}, kept, self.dims, self.coords)
        values = self.values | {name: self._checked(name, value) for name, value in ordered.items()}
        lengths = self._dim_lengths(values, changed=data)
        coords = dict(self.coords)
        for dim, length in lengths.items():
            if dim in labels:
                coords[dim] = labels[dim]
            elif dim in coords and len(coords[dim]) != length:
                coords[dim] = np.arange(length)
        return replace(self, values=values, coords=coords, lengths=self.lengths | lengths)

    def __str__(self) -> str:
        """List the inputs as ``name (dim: length, ...; dtype)``."""
        return ", ".join(self._described(name) for name in self.values) or "none"

    def _described(self, name):
        value, dims = self.values[name], self.dims[name]
        axes = map("{}: {}".format, dims, value.shape) if dims else map(str, value.shape)
        return f"{name} ({', '.join(axes) or 'scalar'}; {value.dtype})"

    def known(self, name: str) -> str:
        """Return the name if the model has a ``pm.Data`` of that name; raise TypeError otherwise."""
        if name not in self.values:
            near = SYNONYMS.get(name) or nearest(name, [*self.values, *OPTIONS])
            hint = f" Did you mean {'the option ' if near in OPTIONS else ''}{near!r}?" if near else ""
            has = shorten(str(self), 140, placeholder=" ...")
            msg = f"The model has no pm.Data named {name!r}; it has: {has}.{hint}"
            raise TypeError(msg)
        return name

    def _checked(self, name, value):
        if np.ma.is_masked(value):
            msg = f"{name!r} has {np.ma.count_masked(value)} masked values: drop or impute them first."
            raise ValueError(msg)
        old, new = self.values[name], _array(name, value)
        if new.dtype.kind not in "biuf":
            msg = f"{name!r} must hold numbers, but holds {told(new.flat[0])}: turn labels into index codes."
            raise TypeError(msg)
        if new.ndim != old.ndim:
            msg = f"{name!r} must have {old.ndim} axes as in {self._described(name)}, but came with shape {new.shape}."
            raise ValueError(msg)
        fixed = [(n, m) for n, m in zip(self.shapes[name], new.shape, strict=True) if n is not None and n != m]
        if fixed:
            msg = f"{name!r} came with shape {new.shape}, but the model fixes it: {self._described(name)}."
            raise ValueError(msg)
        _require_finite(name, new)
        cast = new.astype(old.dtype)
        if old.dtype.kind in "iub" and not np.array_equal(cast, new):
            msg = f"{name!r} must hold whole numbers that fit {old.dtype}, but came with others ({new.dtype})."
            raise TypeError(msg)
        return cast

    def _dim_lengths(self, values, changed):
        lengths, giver = {}, {}
        for name in sorted(values, key=lambda name: name not in changed):
            for dim, n in zip(self.dims[name], values[name].shape, strict=False):  # no dims: nothing to compare
                if lengths.setdefault(dim, n) != n:
                    msg = (
                        f"{giver[dim]!r} and {name!r} share the dim {dim!r}, but have lengths {lengths[dim]} and {n}:"
                        f" pass new values for both."
                    )
                    raise ValueError(msg)
                giver.setdefault(dim, name)
        return lengths


def _length(variable):
    # Evaluating a shared variable would compile a function first.
    if isinstance(variable, SharedVariable):
        return int(variable.get_value())
    with compiling():
        return int(variable.eval(mode="FAST_COMPILE"))


def _array(name, value):
    try:
        return np.asarray(value)
    except TypeError:
        msg = f"{name!r} must be an array of numbers, but is {kind_of(value)}."
        raise TypeError(msg) from None
    except ValueError:  # rows of different lengths
        msg = f"{name!r} must be an array of numbers, but its rows have different lengths."
        raise ValueError(msg) from None


def _require_finite(name, values):
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        msg = f"{name!r} has {(~np.isfinite(values)).sum()} missing or infinite values: drop or impute them first."
        raise ValueError(msg)


def replaceable(model: pm.Model) -> list[Any]:
    """Return a model's ``pm.Data`` in the order of their names, or raise ValueError if one was made a constant."""
    variables = sorted(model.data_vars, key=lambda variable: variable.name)
    for variable in variables:
        if not isinstance(variable, SharedVariable):
            msg = (
                f"The pm.Data {variable.name!r} must be replaceable, but is a constant in this model:"
                f" give the model itself, not what freeze_dims_and_data returns."
            )
            raise ValueError(msg)
    return variables


def frozen(model: pm.Model) -> pm.Model:
    """Return a copy of a model with its data and lengths as constants; the model itself where PyMC makes no such copy.

    It makes none of a model within another one, nor of symbolic initial values, and warns of Gaussian processes.
    """
    starts = {rv: start for rv, start in model.rvs_to_initial_values.items() if start is not None}
    if not model.data_vars or model.parent is not None or any(isinstance(start, Variable) for start in starts.values()):
        return model
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)  # what PyMC has doubts about; other warnings stay warnings
            copy = freeze_dims_and_data(without_starts(model))
    except (NotImplementedError, UserWarning):
        return model
    copy.check_bounds = model.check_bounds
    for rv, start in starts.items():
        copy.set_initval(copy[rv.name], start)
    return copy


def without_starts(model: pm.Model) -> pm.Model:
    """Return a view of a model without the initial values that it gives its variables.

    PyMC copies no model that has some, such as one of ordered cut-points, and a density does not depend on them.
    """
    view = object.__new__(type(model))
    vars(view).update(vars(model), rvs_to_initial_values=dict.fromkeys(model.rvs_to_initial_values))
    return view


def require_samplable(model: pm.Model) -> None:
    """Raise TypeError or ValueError if NUTS cannot sample a model: the sentence names the variable and the remedy."""
    if not isinstance(model, pm.Model):
        called = " a function: call it, and give the model that it returns" if isfunction(model) else ""
        msg = f"A pm.Model is needed here, but{called or f' {kind_of(model)} came: give the model itself'}."
        raise TypeError(msg)
    taken = sorted({*OPTIONS, "model", "self"} & {variable.name for variable in model.data_vars})
    if taken:
        msg = f"A pm.Data must not be named like an option of sample, but {taken[0]!r} is: give it another name."
        raise ValueError(msg)
    if not model.free_RVs:
        msg = "The model has no free variable, so there is nothing to sample: give it a prior, such as pm.Normal."
        raise ValueError(msg)
    discrete = [rv.name for rv in model.free_RVs if rv.dtype.startswith(("int", "uint", "bool"))]
    if discrete:
        msg = f"{discrete[0]!r} is discrete, and NUTS needs continuous variables: sum over its values in the model."
        raise ValueError(msg)
    if not (model.observed_RVs or model.potentials):
        msg = "The model observes nothing: pass observed= to the outcome, or use pm.sample_prior_predictive."
        raise ValueError(msg)
