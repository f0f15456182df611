"""A word to a reader who waits, taken back when the wait is over."""

import sys
from contextlib import contextmanager
from threading import Timer

from rethinking._progress import in_notebook, shows_progress

__all__ = ["working"]

PATIENCE = 0.5  # seconds without a word


@contextmanager
def working(sentence):
    """Show a sentence while the block runs, if that takes more than half a second and someone is looking.

    Parameters
    ----------
    sentence : str

    Examples
    --------
    >>> with working("Counting to three."):
    ...     [1, 2, 3]
    [1, 2, 3]
    """
    if not shows_progress():
        yield
        return
    line = _Line(sentence)
    timer = Timer(PATIENCE, line.show)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        line.clear()


class _Line:
    """A line of a notebook or a terminal that can be taken back."""

    def __init__(self, sentence):
        self.sentence, self.handle, self.shown = sentence, None, False

    def show(self):
        self.shown = True
        if in_notebook():
            from IPython.display import HTML, display

            self.handle = display(HTML(f"<em>{self.sentence}</em>"), display_id=True)
        else:
            sys.stderr.write(f"{self.sentence}\r")
            sys.stderr.flush()

    def clear(self):
        if self.handle is not None:
            from IPython.display import HTML

            self.handle.update(HTML(""))
        elif self.shown:
            sys.stderr.write(" " * len(self.sentence) + "\r")
            sys.stderr.flush()
