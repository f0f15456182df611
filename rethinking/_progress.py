"""Whether long work should show how far it is."""

import os
import sys


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
