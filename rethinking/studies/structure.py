"""What a model has besides the values of its ``pm.Data``: a sampler is compiled for that, and it must not change.

A number that a model took from its data without ``pm.Data`` is a constant of the compiled code. Without this check the
first replicate's numbers would be used for all the others, and nobody would see it.
"""

from hashlib import blake2b

import numpy as np
from pytensor.graph.basic import Constant
from pytensor.graph.traversal import ancestors


def structure(model):
    """Return a dict that is equal for two models if one compiled sampler serves both.

    Parameters
    ----------
    model : pymc.Model

    Returns
    -------
    dict
        ``names`` of the variables with their numbers of axes, ``data`` (names of the ``pm.Data``), ``lengths`` of the
        dims of free variables, and ``constants``: a digest of all numbers in the graph that are not ``pm.Data``, and of
        its operations.
    """
    variables = [*model.basic_RVs, *model.deterministics, *model.potentials]
    observed = [model.rvs_to_values[rv] for rv in model.observed_RVs]
    digest = blake2b(digest_size=16)
    for variable in ancestors([*variables, *observed]):
        if isinstance(variable, Constant):
            value = variable.data
            digest.update(value.tobytes() if isinstance(value, np.ndarray | np.generic) else repr(value).encode())
        elif variable.owner is not None:
            digest.update(type(variable.owner.op).__name__.encode())
    used = {dim for rv in model.free_RVs for dim in model.named_vars_to_dims.get(rv.name, ())}
    return {
        "names": {variable.name: variable.ndim for variable in variables},
        "data": sorted(data.name for data in model.data_vars),
        "lengths": {str(dim): len(model.coords[dim]) for dim in sorted(used) if model.coords.get(dim) is not None},
        "constants": digest.hexdigest(),
    }


def require_same(name, expected, found):
    """Raise ValueError, naming the estimator and the remedy, unless two structures are equal."""
    if expected == found:
        return
    (part, *_) = [part for part in expected if expected[part] != found[part]]
    remedy = {
        "names": "its variables differ; a study needs one model with other data.",
        "data": "its pm.Data differ; a study needs one model with other data.",
        "lengths": f"dims have lengths {expected['lengths']} and {found['lengths']}: keep the number of groups fixed.",
        "constants": "numbers in it differ that are not pm.Data: wrap what comes from the data in pm.Data.",
    }[part]
    msg = f"Estimator {name!r} built two different models for two replicates; {remedy}"
    raise ValueError(msg)
