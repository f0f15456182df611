"""What every explorer asks of its labels and limits."""

from collections.abc import Mapping
from numbers import Real
from typing import Any

from rethinking._arguments import require_seed, require_text
from rethinking._names import told

__all__ = ["require_picture"]


def require_picture(labels: Mapping[str, Any], limits: Mapping[str, Any], seed: Any = None) -> None:
    """Raise TypeError or ValueError unless labels are text and limits are two numbers that increase.

    Examples
    --------
    >>> require_picture({"xlabel": "height"}, {"xlim": (200, 100)})
    Traceback (most recent call last):
    ValueError: xlim must be two numbers that increase, such as (0, 1), but is (200, 100).
    """
    for name, text in labels.items():
        require_text(name, text, "height (cm)")
    for name, pair in limits.items():
        is_pair = isinstance(pair, list | tuple) and len(pair) == 2 and all(isinstance(end, Real) for end in pair)
        if not (is_pair and pair[0] < pair[1]):
            msg = f"{name} must be two numbers that increase, such as (0, 1), but is {told(pair)}."
            raise ValueError(msg)
    require_seed(seed)
