"""How far long work is: one line where someone looks, which is gone when the work is done."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

__all__ = ["in_notebook", "is_interactive", "progress_line", "shows_progress"]

AT_MOST_EVERY = 0.5  # seconds


def shows_progress() -> bool:
    """Return whether someone is looking: a terminal or a notebook, unless ``RETHINKING_PROGRESS`` is 0."""
    if os.environ.get("RETHINKING_PROGRESS") == "0":
        return False
    return sys.stderr.isatty() or in_notebook()


def in_notebook() -> bool:
    """Return whether this process is the kernel of a notebook; that the kernel's package was imported is not enough."""
    app = sys.modules.get("ipykernel.kernelapp")
    return app is not None and app.IPKernelApp.initialized()


def is_interactive() -> bool:
    """Return whether someone works at a prompt or in a notebook, and so can go on after Ctrl-C."""
    return in_notebook() or hasattr(sys, "ps1") or bool(sys.flags.interactive)


@contextmanager
def progress_line(what: str, total: int, done: int = 0, *, shown: bool) -> Iterator[Callable[[float], None]]:
    """Show a line while work is under way, and hand over a function that is told how many steps are done.

    A notebook needs no widgets for it, and shows nothing of work that is done at once; a terminal gets a bar. Neither
    keeps anything of it.

    Parameters
    ----------
    what : str
        Such as "200 replicates".
    total, done : int
        Steps, and how many of them were done before.
    shown : bool
        Whether to show anything.
    """
    if not shown:
        yield lambda finished: None
    elif in_notebook():
        yield from _in_a_notebook(what, total, done)
    else:
        from rich.progress import Progress

        with Progress(transient=True) as bar:
            task = bar.add_task(what, total=total, completed=done)
            yield lambda finished: bar.update(task, completed=finished)


def _in_a_notebook(what, total, done):
    from IPython.display import HTML, DisplayHandle

    begun = last = monotonic()
    line, show = DisplayHandle(), DisplayHandle.display

    def reached(finished):
        nonlocal last, show
        now = monotonic()
        if finished > done and now - last >= AT_MOST_EVERY:
            last, left = now, (now - begun) / (finished - done) * (total - finished)
            show(line, HTML(f"{what}: {finished / total:.0%} done, about {_duration(left)} left"))
            show = DisplayHandle.update

    try:
        yield reached
    finally:
        if show is DisplayHandle.update:
            line.update(HTML(""))


def _duration(seconds):
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
