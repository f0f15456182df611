"""The options of a fit, checked before anything runs: nutpie answers a wrong one with a panic or not at all."""

from collections.abc import Mapping
from operator import index
from typing import Any

import numpy as np

from rethinking._names import told

GROUPS = ("log_likelihood", "log_prior", "posterior_predictive")  # what a fit can have besides its draws
OPTIONS = ("draws", "tune", "chains", "seed", "progress", *GROUPS, "target_accept", "adaptation", "cores")
# What the same options are called elsewhere.
SYNONYMS = {"random_seed": "seed", "rng": "seed", "warmup": "tune", "progressbar": "progress"}
ADAPTATIONS = ("diag", "draw_diag", "low_rank", "flow")

# The least and the first number too large; R-hat needs four draws, nutpie's adaptation one.
COUNTS = {"draws": (4, 2**31), "tune": (1, 2**31), "chains": (1, 2**16), "cores": (1, 2**16), "seed": (0, 2**64)}
MAY_BE_NONE = {"tune", "seed", "cores"}


def require_options(options: Mapping[str, Any]) -> None:
    """Raise TypeError or ValueError if an option of a fit has a wrong type or range; the sentence names it.

    Parameters
    ----------
    options : mapping of str to object
        Some of the options of :meth:`Sampler.sample`; others are passed over.

    Examples
    --------
    >>> require_options({"draws": 1000, "seed": None})
    >>> require_options({"target_accept": 95})
    Traceback (most recent call last):
    ValueError: target_accept must lie between 0 and 1, such as 0.95, but 95 came.
    """
    for name, value in options.items():
        if name in COUNTS and not (value is None and name in MAY_BE_NONE):
            _require_count(name, value)
        elif name in (*GROUPS, "progress") and not (
            isinstance(value, bool | np.bool_) or (name == "progress" and value is None)
        ):
            msg = f"{name} must be True or False, but {told(value)} came."
            raise TypeError(msg)
    if "target_accept" in options:
        _require_share(options["target_accept"])
    adaptation = options.get("adaptation", "diag")
    if not isinstance(adaptation, str) or adaptation not in ADAPTATIONS:
        msg = f"adaptation must be one of {', '.join(map(repr, ADAPTATIONS))}, but {told(adaptation)} came."
        raise ValueError(msg)


def _require_count(name, value):
    least, end = COUNTS[name]
    try:
        number = index(value)
    except TypeError:
        number = None
    if number is None or isinstance(value, bool):
        msg = f"{name} must be a whole number, such as {max(least, 4)}, but {told(value)} came."
        raise TypeError(msg)
    if not least <= number < end:
        msg = f"{name} must be at least {least} and below {end}, but {number} came."
        raise ValueError(msg)


def _require_share(value):
    try:
        inside = 0 < value < 1
    except (TypeError, ValueError):
        inside = None
    if inside is None:
        msg = f"target_accept must be a number between 0 and 1, such as 0.95, but {told(value)} came."
        raise TypeError(msg)
    if not inside:
        msg = f"target_accept must lie between 0 and 1, such as 0.95, but {told(value)} came."
        raise ValueError(msg)
