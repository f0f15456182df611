"""How long a reader's function may take, and what counts as its failure."""

import ctypes
from collections.abc import Callable
from threading import Thread
from typing import Any

__all__ = ["PASSED_ON", "TooSlow", "limited", "reason"]

# What ends a study. Everything else that a fit raises is its own failure, also what is no Exception: panics of Rust.
PASSED_ON = (KeyboardInterrupt, SystemExit, GeneratorExit)


class TooSlow(Exception):
    """Something took longer than a study allows."""


def limited(function: Callable[..., Any], *arguments: Any, seconds: float | None, what: str) -> Any:
    """Return what a function returns, unless it takes longer than some seconds.

    With a limit, the function runs in a thread of its own. One that does not end is interrupted where it next executes
    Python code; one that never does, in code of another language, is left alone.

    Raises
    ------
    TooSlow
        If it takes longer; `what` begins the sentence.
    """
    if seconds is None:
        return function(*arguments)
    outcome: dict[str, Any] = {}

    def run():
        try:
            outcome["value"] = function(*arguments)
        except BaseException as error:
            outcome["error"] = error

    thread = Thread(target=run, daemon=True)
    thread.start()
    try:
        thread.join(seconds)
    finally:
        if thread.is_alive() and not outcome:
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident or 0), ctypes.py_object(TooSlow))
    if "error" in outcome:
        raise outcome["error"]
    if "value" not in outcome:
        msg = f"{what} took more than {seconds:g} seconds"
        raise TooSlow(msg)
    return outcome["value"]


def reason(error: BaseException) -> str:
    """Return the type of an error and the first line of what it says."""
    return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
