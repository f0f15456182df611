"""What PyTensor compiles, as it does: could another thread begin to compile, too, and are lines of code noted?"""

from concurrent.futures import ThreadPoolExecutor

import pytensor
from pytensor.compile.maker import FunctionMaker

from rethinking._compiling import _COMPILING

ALONE = (False, 0)


def watched(monkeypatch):
    """Return a list that gets a pair for each function: may others compile, and how many lines are noted."""
    found, whole = [], FunctionMaker.__init__

    def noted(self, *args, **kwargs):
        with ThreadPoolExecutor(1) as another:
            found.append((another.submit(_others_may).result(), pytensor.config.traceback__limit))
        whole(self, *args, **kwargs)

    monkeypatch.setattr(FunctionMaker, "__init__", noted)
    return found


def _others_may():
    free = _COMPILING.acquire(blocking=False)
    if free:
        _COMPILING.release()
    return free
