"""PyTensor's configuration, which belongs to the process, while models are built and compiled in several threads."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, RLock

from pytensor.configdefaults import config

_COMPILING = RLock()
_COUNTING, _LIMITS = Lock(), []  # who builds models now, by what each found; the first of them found the user's


@contextmanager
def compiling() -> Iterator[None]:
    """Compile while no other thread does, and without noting lines of code.

    PyTensor changes its configuration while it compiles (``mode``, for one), and then puts back what it found. Of two
    threads at once, one finds what the other has changed, and leaves that for good.
    """
    with _COMPILING, untraced():
        yield


@contextmanager
def untraced() -> Iterator[None]:
    """Build models without noting the line of code that made each variable, which takes half of the time.

    Only PyTensor's own error messages show those lines. Nothing is held while the model is built, because that may take
    long: of several threads, the last one out puts the configuration back.
    """
    with _COUNTING:
        _LIMITS.append(config.traceback__limit)
        config.traceback__limit = 0
    try:
        yield
    finally:
        with _COUNTING:
            if len(_LIMITS) == 1:
                config.traceback__limit = _LIMITS[0]
            _LIMITS.pop()
