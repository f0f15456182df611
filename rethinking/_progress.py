"""Whether long work should show how far it is."""

import os
import sys


def shows_progress():
    """Return whether someone is looking: a terminal or a notebook, unless ``RETHINKING_PROGRESS`` is 0."""
    if os.environ.get("RETHINKING_PROGRESS") == "0":
        return False
    return sys.stderr.isatty() or "ipykernel" in sys.modules
