"""What an argument must be, said in one sentence before any work begins."""

from collections.abc import Collection, Mapping
from importlib.util import find_spec
from numbers import Real
from operator import index
from typing import Any

from rethinking._names import nearest, told

__all__ = [
    "require_choice",
    "require_extra",
    "require_mapping",
    "require_number",
    "require_seed",
    "require_share",
    "require_switch",
    "require_text",
    "require_whole",
]


def require_whole(name: str, value: Any, least: int, most: int | None = None) -> None:
    """Raise TypeError or ValueError unless a value is a whole number within limits.

    Examples
    --------
    >>> require_whole("bins", 2.5, 1)
    Traceback (most recent call last):
    TypeError: bins must be a whole number >= 1, but is 2.5.
    """
    limits = f">= {least}" if most is None else f"from {least} to {most}"
    try:
        number = None if isinstance(value, bool) else index(value)
    except TypeError:
        number = None
    if number is None:
        msg = f"{name} must be a whole number {limits}, but is {told(value)}."
        raise TypeError(msg)
    if number < least or (most is not None and number > most):
        msg = f"{name} must be a whole number {limits}, but is {told(value)}."
        raise ValueError(msg)


def require_seed(seed: Any, name: str = "seed") -> None:
    """Raise TypeError or ValueError unless a seed is a whole number from 0, or None."""
    if seed is not None:
        require_whole(name, seed, 0)


def require_number(name: str, value: Any) -> None:
    """Raise TypeError or ValueError unless a value is one finite number.

    Examples
    --------
    >>> require_number("population", "high")
    Traceback (most recent call last):
    TypeError: population must be a number, but is 'high'.
    """
    if not _is_number(value):
        msg = f"{name} must be a number, but is {told(value)}."
        raise TypeError(msg)
    if not float("-inf") < value < float("inf"):
        msg = f"{name} must be a finite number, but is {told(value)}."
        raise ValueError(msg)


def require_share(name: str, value: Any, advice: str) -> None:
    """Raise TypeError or ValueError unless a value is one number strictly between 0 and 1.

    Examples
    --------
    >>> require_share("prob", 89, "pass 0.89")
    Traceback (most recent call last):
    ValueError: prob must lie between 0 and 1, but is 89: pass 0.89.
    """
    if not _is_number(value):
        msg = f"{name} must be one number between 0 and 1, but is {told(value)}: {advice}."
        raise TypeError(msg)
    if not 0 < value < 1:
        msg = f"{name} must lie between 0 and 1, but is {told(value)}: {advice}."
        raise ValueError(msg)


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def require_switch(name: str, value: Any) -> None:
    """Raise TypeError unless a value is True or False.

    Examples
    --------
    >>> require_switch("freeze", "yes")
    Traceback (most recent call last):
    TypeError: freeze must be True or False, but is 'yes'.
    """
    if type(value).__name__ not in ("bool", "bool_"):  # Python's or NumPy's, which need not be loaded
        msg = f"{name} must be True or False, but is {told(value)}."
        raise TypeError(msg)


def require_choice(name: str, value: Any, choices: Collection[str]) -> None:
    """Raise ValueError, with the nearest word, unless a value is one of some words.

    Examples
    --------
    >>> require_choice("measure", "covrage", ["bias", "coverage"])
    Traceback (most recent call last):
    ValueError: measure must be one of 'bias', 'coverage', but is 'covrage'. Did you mean 'coverage'?
    """
    if not isinstance(value, str) or value not in choices:
        near = nearest(value, choices) if isinstance(value, str) else None
        hint = f" Did you mean {near!r}?" if near else ""
        msg = f"{name} must be one of {', '.join(map(repr, choices))}, but is {told(value)}.{hint}"
        raise ValueError(msg)


def require_text(name: str, value: Any, example: str) -> None:
    """Raise TypeError unless a value is text."""
    if not isinstance(value, str):
        msg = f"{name} must be text, such as {example!r}, but is {told(value)}."
        raise TypeError(msg)


def require_mapping(name: str, value: Any, example: str) -> None:
    """Raise TypeError unless a value is a mapping.

    Examples
    --------
    >>> require_mapping("do", ["X"], "{'X': 1}")
    Traceback (most recent call last):
    TypeError: do must be a dictionary such as {'X': 1}, but is ['X'].
    """
    if not isinstance(value, Mapping) or hasattr(value, "data_vars") or hasattr(value, "children"):
        msg = f"{name} must be a dictionary such as {example}, but is {told(value)}."
        raise TypeError(msg)


def require_extra(module: str, what: str, extra: str) -> None:
    """Raise ModuleNotFoundError, with the command that helps, unless a module can be imported.

    Examples
    --------
    >>> require_extra("no_such_module", "grade", "exercises")
    Traceback (most recent call last):
    ModuleNotFoundError: grade needs no_such_module, which is not installed: pip install 'rethinking[exercises]'.
    """
    if find_spec(module) is None:
        msg = f"{what} needs {module}, which is not installed: pip install 'rethinking[{extra}]'."
        raise ModuleNotFoundError(msg)
