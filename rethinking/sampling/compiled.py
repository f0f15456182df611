"""A model compiled by nutpie, and fits of it that run in the background."""

import sys
from collections.abc import Collection, Mapping
from time import perf_counter
from typing import Any, NamedTuple, NoReturn

import numpy as np
import nutpie
import pymc as pm
from numpy.typing import ArrayLike

from rethinking._arguments import require_mapping, require_switch
from rethinking._compiling import compiling
from rethinking.lowering import NotCovered
from rethinking.sampling.functions.compilation import panics_as_errors, repeatable
from rethinking.sampling.functions.densities import StartPoint
from rethinking.sampling.given.inputs import ModelInputs, frozen, require_samplable
from rethinking.sampling.given.options import require_options
from rethinking.sampling.lowered_model import LoweredModel, lowered_model


class Running(NamedTuple):
    """A fit under way: nutpie's sampler, what it was given, and when it began."""

    background: Any
    inputs: ModelInputs
    observed: dict
    seed: int | None
    since: float


class CompiledModel:
    """A model compiled by nutpie: the part of a :class:`Sampler` that studies use alone.

    Parameters
    ----------
    model : pymc.Model
    freeze : bool
        Both as in :class:`Sampler`.
    recorded : collection of str, optional
        The variables that a trace has; the parameters and the deterministics if None.

    Raises
    ------
    ValueError
        As in :class:`Sampler`.
    """

    @compiling()
    def __init__(self, model: pm.Model, *, freeze: bool = False, recorded: Collection[str] | None = None):
        require_switch("freeze", freeze)
        require_samplable(model)
        self.inputs = ModelInputs.of(model)
        self._start = StartPoint(model, self.inputs)
        sys.audit("rethinking.compile", model.name)  # who builds the book listens, to say what a page costs
        with repeatable():
            self._compiled = self._by_nutpie(frozen(model) if freeze else model, recorded)
        self._frozen = freeze

    def _by_nutpie(self, model: pm.Model, recorded: Collection[str] | None) -> Any:
        """Return a model of plain loops where these can be written and say the same, else nutpie's own."""
        try:
            found = lowered_model(model, self.inputs, recorded, self._start.point)
        except NotCovered:
            return nutpie.compile_pymc_model(model, var_names=recorded)
        if found.agrees(lambda values: self._start.density(values, self.inputs)):
            return found
        return nutpie.compile_pymc_model(model, var_names=recorded)

    def __repr__(self) -> str:
        """Say what may be replaced."""
        fixed = " (frozen)" if self._frozen else ""
        return f"<Sampler of {self._compiled.n_dim} parameters; pm.Data{fixed}: {self.inputs}>"

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled, in words: compiled code is of use in its own process only."""
        msg = "A Sampler cannot be sent to another process: send the function that builds its model, and compile there."
        raise TypeError(msg)

    def prepared(self, data: Mapping[str, ArrayLike]) -> tuple[ModelInputs, dict[str, np.ndarray]]:
        """Return the inputs of a fit to some data, checked against the model, and the observed values by name.

        Parameters
        ----------
        data : mapping of str to array_like
            New values for ``pm.Data``; the others keep theirs.

        Raises
        ------
        TypeError, ValueError
            If the data do not fit the model: names, dims, labels, lengths, indices, missing values.
        """
        require_mapping("data", data, "{'x': [1, 2, 3]}")
        if data and self._frozen:
            name, *_ = map(self.inputs.known, data)
            msg = f"{name!r} cannot be replaced, because this Sampler was made with freeze=True: make it without."
            raise TypeError(msg)
        inputs = self.inputs.replace(**data) if data else self.inputs
        return inputs, self._start(inputs)

    def begin(self, data: Mapping[str, ArrayLike], **options: Any) -> Running:
        """Return a fit that runs in the background, for :meth:`finish`: the building block of larger studies.

        Its ``background.wait()`` returns nutpie's raw trace.

        Parameters
        ----------
        data : mapping of str to array_like
            New values for ``pm.Data``, checked before anything runs.
        **options
            Passed to :func:`nutpie.sample`.
        """
        require_options(options)
        inputs, observed = self.prepared(data)
        compiled = _with(self._compiled, inputs)
        sys.audit("rethinking.fit", options.get("seed"))
        with panics_as_errors():
            background = nutpie.sample(compiled, return_raw_trace=True, blocking=False, **options)
        return Running(background, inputs, observed, options.get("seed"), perf_counter())


def _with(compiled: Any, inputs: ModelInputs) -> Any:
    """Return a compiled model with other data."""
    if isinstance(compiled, LoweredModel):
        return compiled.with_inputs(inputs)
    used = {variable.name for variable in compiled.shared_var_keys}
    return compiled.with_data(**{name: value for name, value in inputs.values.items() if name in used})
