"""What is asked of `live`: refused in a sentence where it does not fit the model, and put in order."""

from typing import Any

import numpy as np
import pymc as pm
from pytensor.compile.maker import function

from rethinking._arguments import (
    require_mapping,
    require_number,
    require_seed,
    require_share,
    require_text,
    require_whole,
)
from rethinking._names import kind_of, nearest, some, told
from rethinking.in_page.panels import require_limits
from rethinking.sampling.functions.interpreted import interpreted

__all__ = [
    "fields_of", "posterior_of", "quantities_of", "require_arguments", "require_density", "start_of", "stops_of",
]  # fmt: skip


def require_arguments(model, draws, tune, prob, seed, caption):
    """Raise TypeError or ValueError unless the model can be sampled in a page, with numbers that make sense."""
    if not isinstance(model, pm.Model):
        msg = f"rt.live needs a pm.Model, but got {kind_of(model)}: give the model itself."
        raise TypeError(msg)
    discrete = [rv.name for rv in model.free_RVs if rv.dtype.startswith(("int", "uint", "bool"))]
    if discrete or not model.free_RVs:
        what = f"{discrete[0]!r} is discrete" if discrete else "it has no parameter"
        msg = f"rt.live cannot sample the model, because {what}: give it continuous parameters only."
        raise ValueError(msg)
    require_whole("draws", draws, 50, 10_000)
    require_whole("tune", tune, 50, 10_000)
    require_share("prob", prob, "pass 0.89 for an interval that holds 89 % of the draws")
    require_seed(seed)
    require_text("caption", caption, "Dashed line: the mean.")


def _known(name, names, what):
    """Raise ValueError unless a name is among those of the model."""
    if name not in names:
        near = nearest(name, names) if isinstance(name, str) else None
        hint = f" Did you mean {near!r}?" if near else ""
        msg = f"The model has no {what} named {told(name)}; it has {some(names) or 'none'}.{hint}"
        raise ValueError(msg)


def stops_of(sliders, data):
    """Return the positions of each slider, the value of the model among them."""
    require_mapping("sliders", sliders, "{'sigma': [0.5, 1, 2]}")
    stops = {}
    for name, positions in sliders.items():
        _known(name, [other for other, value in data.items() if np.ndim(value) == 0], "pm.Data of one number")
        if not isinstance(positions, list | tuple | range | np.ndarray) or not len(positions):
            msg = f"The slider {name!r} needs a list of one number or more, but got {told(positions)}."
            raise ValueError(msg)
        for position in positions:
            require_number(f"A position of the slider {name!r}", position)
        stops[name] = sorted({float(data[name]), *map(float, positions)})
    return stops


def quantities_of(model, options, data):
    """Return the names of all that the page computes from a draw: parameters first."""
    names = [rv.name for rv in model.free_RVs]
    known = [*names, *(variable.name for variable in model.deterministics)]
    wanted = []
    for name, chosen in options.items():
        x, y = name if isinstance(name, tuple) and len(name) == 2 else (None, name)
        _known(y, known, "parameter or pm.Deterministic")
        if x is not None:
            _known(x, [*known, *data], "variable")
        points = chosen.get("points")
        if points is not None:
            _known(points, [*known, *data], "variable")
        wanted += [other for other in (y, x, points) if other is not None and other not in data]
    return [*dict.fromkeys([*names, *wanted])]


def fields_of(model, edit, data):
    """Return what a reader may change row by row, with the lowest and the highest value of each row."""
    require_mapping("edit", edit, "{'survivors': (0, 35)}")
    dims, fields = {}, []
    for name, limits in edit.items():
        _known(name, [other for other, value in data.items() if np.ndim(value) == 1], "pm.Data of one axis")
        low, high = _row_limits(name, limits, len(data[name]))
        if (data[name] < low).any() or (data[name] > high).any():
            msg = (
                f"edit of {name!r} allows {low.min():g} to {high.max():g}, but some of its data lie beyond their"
                " limits: widen them."
            )
            raise ValueError(msg)
        dims[name] = (model.named_vars_to_dims.get(name) or (None,))[0]
        fields.append((name, low.tolist(), high.tolist()))
    lengths = {len(data[name]) for name in edit}
    if len(set(dims.values())) > 1 or len(lengths) > 1:
        msg = f"All that edit names must have one dim, but {some(edit)} have {some(map(str, dims.values()))}."
        raise ValueError(msg)
    return fields


def _row_limits(name, limits, n):
    """Return the lowest and the highest value of each of `n` rows."""
    pair = limits if isinstance(limits, list | tuple) and len(limits) == 2 else (limits, limits)
    by_row = [end for end in pair if np.ndim(end)]
    if not by_row or pair is not limits:
        require_limits(f"edit of {name!r}", limits)
    elif any(np.shape(end) != (n,) or np.asarray(end).dtype.kind not in "iuf" for end in by_row):
        msg = f"Limits of {name!r} that differ between rows must be one number for each of its {n} rows."
        raise ValueError(msg)
    low, high = (np.broadcast_to(np.asarray(end, dtype=float), n) for end in pair)
    if not (np.isfinite(low) & np.isfinite(high) & (low <= high)).all():
        msg = f"The lower limit of a row of {name!r} is above its upper limit, or one of them is not finite."
        raise ValueError(msg)
    return low, high


def require_density(model, stops):
    """Raise ValueError if the log-density is not finite where sampling starts, at some position of a slider."""
    shared = {variable.name: variable for variable in model.data_vars}
    values, mode = model.value_vars, interpreted()
    for name, positions in stops.items():
        place = shared[name].type()
        log_density: Any = model.logp()
        at = function([*values, place], log_density, givens={shared[name]: place}, mode=mode, on_unused_input="ignore")
        for position in positions:
            try:
                found: Any = at(*start_of(model), np.asarray(position, dtype=place.dtype))
            except Exception as error:  # what PyMC raises for parameters outside their support
                found = f"not there ({str(error).splitlines()[0][:60]})"
            if isinstance(found, str) or not np.isfinite(found):
                msg = (
                    f"At the position {position:g} of the slider {name!r} the model has no density where sampling"
                    " starts: leave the position out."
                )
                raise ValueError(msg)


def start_of(model):
    """Return where sampling starts, an array for each unconstrained parameter."""
    point = model.initial_point()
    return [point[variable.name] for variable in model.value_vars]


def posterior_of(fit):
    """Return the posterior of a fit, or None where none is given."""
    if fit is None:
        return None
    try:
        posterior = fit.get("posterior", fit)
        if {"chain", "draw"} <= set(posterior.dims):
            return posterior
    except (TypeError, AttributeError):
        pass
    msg = f"fit must be a fit of the model, with draws by chain and draw, but is {told(fit)}."
    raise TypeError(msg)
