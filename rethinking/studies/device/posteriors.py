"""The posteriors of one model under many data sets, fitted at once on a device."""

from collections.abc import Generator, Iterable, Mapping, Sequence
from typing import Any

import jax
import numpy as np
import pymc as pm

from rethinking.studies.device.batches import halved
from rethinking.studies.device.engine import default_chunk
from rethinking.studies.device.lowered import lowered, named, precise
from rethinking.studies.device.program import program

__all__ = ["posteriors"]


def posteriors(
    model: pm.Model, data: Sequence[Mapping[str, Any]], seeds: Iterable[int], kept: int, options: Mapping[str, Any]
) -> Generator[dict[str, np.ndarray]]:
    """Yield some draws of every free variable and deterministic, evenly spaced, for each data set.

    Where memory does not suffice, fewer data sets are fitted at once; what was yielded before stays as it is.

    Parameters
    ----------
    model : pymc.Model
    data : sequence of mapping of str to array_like
        Values of ``pm.Data`` by name; the others keep theirs.
    seeds : iterable of int
        One for each data set.
    kept : int
        How many draws of each variable are returned, as the first axis.
    options : mapping
        draws, tune, chains, target_accept.

    Raises
    ------
    ValueError
        If the log-density is not finite where sampling starts: for which data set.
    """
    names = [variable.name for variable in (*model.free_RVs, *model.deterministics)]
    chunk = min(default_chunk(), len(data))
    with precise("single"):
        functions = lowered(model, names)
        run = program(functions, options)
    worlds, done = list(zip(data, seeds, strict=True)), 0
    while done < len(worlds):
        some = worlds[done : done + chunk]
        try:
            found = _found(run, functions, some, chunk)
        except jax.errors.JaxRuntimeError as error:
            chunk = halved(chunk, error)
            continue
        flat = found.draws.reshape(chunk, -1, found.draws.shape[-1])
        taken = flat[:, np.linspace(0, flat.shape[1] - 1, kept).astype(int)]
        for i in range(len(some)):
            if not np.isfinite(found.density[i]) or not found.in_range[i].all():
                msg = f"The log-density of simulation {done + i} is not finite, or its codes are out of range."
                raise ValueError(msg)
            yield named(taken[i], functions.shapes)
        done += len(some)


def _found(run, functions, some, chunk):
    """Return what a program says of some data sets, filled up to the size for which it is compiled."""
    filled = [*some, *some[:1] * (chunk - len(some))]
    inputs = [
        np.stack([np.asarray(one.get(name, value)).astype(value.dtype) for one, _ in filled])
        for name, value in zip(functions.names, functions.values, strict=True)
    ]
    with precise("single"):
        return jax.device_get(run(np.array([seed for _, seed in filled], dtype=np.uint32), inputs))
