"""A model that is sampled again in the page, while a reader moves its priors and data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pymc as pm
from numpy.typing import ArrayLike

from rethinking.in_page.asked import (
    fields_of,
    posterior_of,
    quantities_of,
    require_arguments,
    require_density,
    start_of,
    stops_of,
)
from rethinking.in_page.panels import panels_of, picture, require_plots
from rethinking.in_page.scripts import as_data, short, workshop
from rethinking.lowering import density, lowered, quantities
from rethinking.pictures.shell import Explorer
from rethinking.sampling import sample
from rethinking.sampling.given.inputs import replaceable

__all__ = ["LiveModel", "live"]

HERE = Path(__file__).parent
ROOM = 6  # a picture of rows has room for a sixth more of them


@dataclass(frozen=True, repr=False)
class LiveModel(Explorer):
    """An explorer that holds a model as JavaScript.

    Attributes
    ----------
    functions : mapping of str to str
        The log-density with its gradient, and the quantities, as `lowered` gives them.
    """

    functions: Mapping[str, str]

    @property
    def module(self) -> str:
        """The script of all such explorers: the sampler, and what draws."""
        return f"const workshop = {workshop()};\n{short(super().module)}"

    @property
    def expression(self) -> str:
        """The settings with the functions of the model."""
        model = ",\n".join(f"{name}: {text}" for name, text in self.functions.items())
        return f"{{ ...{self.json}, model: {{\n{model}\n}} }}"


def live(
    model: pm.Model,
    sliders: Mapping[str, Sequence[float]] | None = None,
    plots: Sequence[Any] | Mapping[Any, Mapping[str, Any]] = (),
    *,
    edit: Mapping[str, tuple[ArrayLike, ArrayLike]] | None = None,
    fit: Any = None,
    draws: int = 1000,
    tune: int = 500,
    prob: float = 0.89,
    seed: int = 0,
    caption: str = "",
) -> LiveModel:
    """Return a model that the page samples itself, again whenever a reader moves a slider or changes the data.

    The log-density and its gradient are lowered to JavaScript when this is called; in the page a No-U-Turn sampler runs
    four chains, without a kernel and without a network.

    Parameters
    ----------
    model : pymc.Model
        What a reader may change is ``pm.Data``: the data, and numbers in priors. See the notes for what it may contain.
    sliders : mapping of str to sequence of float
        Names of single ``pm.Data``, and where their sliders stop; the value in the model is added.
    plots : iterable of names, or mapping of names to options
        A parameter or ``pm.Deterministic`` that is one number gets a histogram and a trace; a vector, an interval for
        each entry. ``(x, y)`` is a plot of one number against another, with divergences marked, or of a vector along a
        ``pm.Data``. Options: ``label``, ``limits`` and ``xlabel``, ``xlimits`` of the axes; ``points``, a ``pm.Data``
        or a deterministic of data alone that is drawn over intervals.
    edit : mapping of str to (float, float)
        ``pm.Data`` of one dim that a reader may change row by row, each with its limits, which may be one for each row.
        Where the model fixes no length she may add and remove rows. Points of a plot along a ``pm.Data`` can be
        dragged.
    fit : xarray.DataTree, optional
        The fit in the still picture, which is all that a page without scripts shows; by default it is sampled now.
    draws, tune : int
        Draws of each chain, and those before them for adapting.
    prob : float
        The probability in intervals.
    seed : int
        Of the sampler in the page, so that all readers see the same draws.
    caption : str
        What the marks mean.

    Returns
    -------
    LiveModel
        An `rethinking.pictures.Explorer`.

    Raises
    ------
    NotImplementedError
        If the model has an operation that is not covered; the sentence names it.
    TypeError, ValueError
        If a name is not the model's, or the model has no density at a position of a slider.

    Notes
    -----
    Covered: arithmetic and the functions of log-densities, sums and other reductions, indices that are data, slices,
    reshapes, joins, products of matrices, and a `scan` over single numbers for a fixed number of steps; neither other
    loops nor decompositions of matrices.

    Examples
    --------
    >>> with pm.Model() as model:
    ...     mu = pm.Normal("mu", 0, pm.Data("spread", 1.0))
    ...     _ = pm.Normal("y", mu, 1, observed=pm.Data("seen", [1.2, 0.4, 0.8]))
    >>> live(model, {"spread": [0.1, 1, 10]}, ["mu"], edit={"seen": (-5, 5)})
    <Explorer: A model that is sampled in the page. mu: mean 0..., 89 % interval ...>
    """
    sliders, edit = {} if sliders is None else sliders, {} if edit is None else edit
    options = require_plots(plots)
    require_arguments(model, draws, tune, prob, seed, caption)
    data = {variable.name: variable.get_value() for variable in replaceable(model)}
    stops = stops_of(sliders, data)
    names = quantities_of(model, options, data)
    fields = fields_of(model, edit, data)
    posterior = posterior_of(fit)
    density_text, quantities_text = lowered(density(model)), lowered(quantities(model, names))
    require_density(model, stops)
    if posterior is None:
        posterior = sample(model, draws=draws, seed=seed, progress=False)["posterior"]
    editor = _editor(fields, model, data, density_text.fixed | quantities_text.fixed)
    about = SimpleNamespace(
        index=names.index, data=data, edit=edit, length=draws, prob=prob,
        seen=lambda name, n: _seen(model, name, n, data),
        dim=lambda name: (model.named_vars_to_dims.get(name) or ("entry",))[0],
        most=lambda n: n + (0 if editor is None or editor["fixed"] else n // ROOM),
    )  # fmt: skip
    shown = {name: _drawn(posterior, name) for name in names if name in posterior}
    panels = [panel for name, chosen in options.items() for panel in panels_of(name, chosen, shown, about)]
    words = _words(panels, shown, names, prob)
    still, placed = picture(panels, words)
    settings = {
        "data": as_data(data), "starts": [np.ravel(value).tolist() for value in start_of(model)],
        "parameters": len(model.free_RVs), "panels": placed, "draws": draws, "tune": tune, "seed": seed,
        "percent": round(100 * prob, 2), "caption": caption, "edit": editor,
        "sliders": [[name, at, at.index(float(data[name]))] for name, at in stops.items()],
    }  # fmt: skip
    functions = {"density": density_text.text, "quantities": quantities_text.text}
    return LiveModel(still, {"settings": settings}, (HERE / "team.js", HERE / "live.js"), words, functions)


def _editor(fields, model, data, fixed):
    if not fields:
        return None
    name = fields[0][0]
    dim = (model.named_vars_to_dims.get(name) or (None,))[0]
    sharing = [
        other for other in data
        if other == name or (dim is not None and (model.named_vars_to_dims.get(other) or (None,))[0] == dim)
    ]  # fmt: skip
    described = [
        {"name": name, "low": low, "high": high, "whole": data[name].dtype.kind in "iu"} for name, low, high in fields
    ]
    n, labels = len(data[name]), model.coords.get(dim) or ()
    rows = {"dim": dim or "row", "sharing": sharing, "fixed": dim is None or dim in fixed, "most": n + n // ROOM}
    rows["labels"] = [*labels] if labels and all(isinstance(label, str) for label in labels) else None
    return {"fields": described, **rows}


def _drawn(posterior, name):
    return posterior[name].transpose("chain", "draw", ...).to_numpy()


def _seen(model, name, n, data):
    """Return the points that are drawn over intervals."""
    values = data[name] if name in data else model[name].eval()
    if np.shape(values) != (n,):
        msg = f"The points {name!r} have the shape {np.shape(values)}, but there are {n} intervals."
        raise ValueError(msg)
    return np.asarray(values, dtype=float)


def _words(panels, draws, names, prob):
    """Return what the still says."""
    words = ["A model that is sampled in the page."]
    for panel in panels:
        if "label" in panel.settings:
            values = draws[names[panel.settings["quantity"]]]
            low, high = np.quantile(values, panel.settings["tails"])
            label, share = panel.settings["label"], f"{100 * prob:g} %"
            words.append(f"{label}: mean {values.mean():.3g}, {share} interval {low:.3g} to {high:.3g}.")
    return " ".join(words)
