"""What a fit holds: the draws of a model's parameters, the data it was fitted to, and the labels of both."""

from dataclasses import dataclass

import numpy as np
import pymc as pm

from rethinking._compiling import compiling
from rethinking._names import kind_of, listed, nearest, told
from rethinking.predictions.worlds.codes import shortened
from rethinking.sampling import ModelInputs

SAMPLE_DIMS = ("chain", "draw")


@dataclass(frozen=True)
class Fit:
    """The draws and data of a fit, in the names of a model.

    Attributes
    ----------
    model : pymc.Model
    draws : dict of str to numpy.ndarray
        The free variables, each with a first axis over all draws.
    sample : dict of str to numpy.ndarray
        The labels of the dims chain and draw.
    inputs : rethinking.sampling.ModelInputs
        The data that the fit was made with.
    observed : dict of str to numpy.ndarray
        The values of the observed variables.
    """

    model: pm.Model
    draws: dict
    sample: dict
    inputs: ModelInputs
    observed: dict

    @classmethod
    def of(cls, model, dt):
        """Return what a DataTree holds about a model.

        Raises
        ------
        TypeError
            If it is no fit, or no model.
        ValueError
            If the fit is one of another model: names, dims, labels or lengths differ.
        """
        posterior = _posterior(model, dt)
        inputs = _inputs(model, dt)
        known = {rv.name: rv for rv in model.free_RVs}
        strange = [
            str(name) for name in posterior.data_vars if name not in model.named_vars and not str(name).endswith("__")
        ]
        missing = [name for name in known if name not in posterior]
        if strange or missing:
            what = f"has no {missing[0]!r}" if missing else f"has {strange[0]!r}, which the model lacks"
            msg = f"The fit {what}: it is not a fit of this model, so pass the model and the fit that belong together."
            raise ValueError(msg)
        draws = {name: _draws(model, name, posterior[name], inputs) for name in known}
        sample = {dim: posterior[dim].to_numpy() for dim in SAMPLE_DIMS}
        return cls(model, draws, sample, inputs, _observed(model, dt))

    def held(self, name):
        """Return the values of data or of an observed variable, or None for other variables."""
        for source in (self.inputs.values, self.observed):
            if name in source:
                return source[name]
        return None

    @property
    def shape(self):
        """The number of chains, and of draws in each."""
        return tuple(len(labels) for labels in self.sample.values())


def _posterior(model, dt):
    if not hasattr(model, "free_RVs"):
        msg = f"model must be a pymc.Model, but is {kind_of(model)}: pass the model first, then its fit."
        raise TypeError(msg)
    if "posterior" not in getattr(dt, "children", getattr(dt, "groups", ())):
        msg = f"dt must be a fit, a DataTree with a posterior, but is {kind_of(dt)}: pass what sampling returned."
        raise TypeError(msg)
    posterior = dt["posterior"].to_dataset()
    if swept := posterior.attrs.get("swept"):
        msg = f"The fit is a sweep over {listed(swept)}: select one point of it first, with dt.sel(...)."
        raise ValueError(msg)
    if not all(posterior.sizes.get(dim) for dim in SAMPLE_DIMS):
        msg = f"The posterior must have the dims chain and draw, one of each at least, but has {dict(posterior.sizes)}."
        raise ValueError(msg)
    return posterior


def _inputs(model, dt):
    """Return the data of the fit: those that it holds, and where it holds none, those of the model."""
    inputs = ModelInputs.of(model)
    held = dt["constant_data"] if "constant_data" in dt.children else {}
    theirs = {name: held[name] for name in inputs.values if name in held}
    changed = {
        name: values for name, values in theirs.items() if not np.array_equal(values.to_numpy(), inputs.values[name])
    }
    try:
        return inputs.replace(**changed) if changed else inputs
    except (TypeError, ValueError) as error:
        msg = f"The data of the fit are not those of this model ({error})"
        raise ValueError(msg) from None


def _draws(model, name, values, inputs):
    values = values.transpose(*SAMPLE_DIMS, ...)
    dims = model.named_vars_to_dims.get(name)
    if dims is not None and tuple(dims) != values.dims[2:]:
        msg = (
            f"{name!r} has the dims {dims} in the model, but {values.dims[2:]} in the fit: it is one of another model."
        )
        raise ValueError(msg)
    for dim in dims or ():
        labels = inputs.coords.get(dim)
        theirs = values[dim].to_numpy()
        if len(theirs) != inputs.lengths[dim] or (labels is not None and not np.array_equal(theirs, labels)):
            ours = shortened(range(inputs.lengths[dim]) if labels is None else labels)
            msg = f"{dim!r} is {shortened(theirs)} in the fit, but {ours} in the model: they do not belong together."
            raise ValueError(msg)
    array = values.to_numpy()
    static = model[name].type.shape
    if array.ndim - 2 != len(static) or any(n not in (None, m) for n, m in zip(static, array.shape[2:], strict=True)):
        msg = f"{name!r} has the shape {array.shape[2:]} in the fit, but {static} in the model: it is another model's."
        raise ValueError(msg)
    if not np.isfinite(array).all():
        msg = f"The draws of {name!r} are not all finite: a fit must be whole before one can predict from it."
        raise ValueError(msg)
    return array.reshape(-1, *array.shape[2:]).astype(model[name].dtype, copy=False)


@compiling()  # to evaluate a variable compiles a function
def _observed(model, dt):
    held = dt["observed_data"] if "observed_data" in dt.children else {}
    values = {}
    for rv in model.observed_RVs:
        if rv.name in held:
            values[rv.name] = held[rv.name].to_numpy()
        else:
            values[rv.name] = model.rvs_to_values[rv].eval(mode="FAST_COMPILE")
    return values


def variable(model, name, role, more=()):
    """Return a named variable of a model, or raise ValueError with the nearest name."""
    if not isinstance(name, str):
        msg = f"{role} must be the name of a variable of the model, but is {told(name)}."
        raise TypeError(msg)
    if name not in model.named_vars:
        near = nearest(name, [*model.named_vars, *more])
        hint = f" Did you mean {near!r}?" if near else " What a model computes from plain arrays cannot be replaced."
        msg = f"{role} names {name!r}, but the model has {_shown(model)}.{hint}"
        raise ValueError(msg)
    return model[name]


def _shown(model):
    return shortened(model.named_vars)
