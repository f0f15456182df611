"""How our own code is compiled: so that the same seed gives the same numbers whatever was compiled before."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, RLock

from numba.extending import register_jitable
from numba.np import arrayobj
from pytensor.configdefaults import config

_COMPILING = RLock()  # PyTensor's configuration belongs to the process: two threads would put back each other's values
_COUNTING, _LIMITS = Lock(), []  # who builds models now, by what each found; the first of them found the user's


@contextmanager
def repeatable() -> Iterator[None]:
    """Compile without numba's fastmath, and leave PyTensor's configuration as the user has it.

    With fastmath the compiler may reorder sums, and it does so in another way when a part of the code comes from the
    cache on disk: an empty and a full cache then give different draws for the same seed.
    """
    with _COMPILING, config.change_flags(numba__fastmath=False), _shape_errors_in_brief():
        yield


@contextmanager
def _shape_errors_in_brief():
    """Let numba say that a slice and what is put there differ in shape, but not how.

    To write the numbers it compiles its functions for text, which adds more than a second to a first model.
    """
    theirs = getattr(arrayobj, "raise_with_shape_context", None)  # numba's own place for another message
    if theirs:
        arrayobj.raise_with_shape_context = _refuse_shape
    try:
        yield
    finally:
        if theirs:
            arrayobj.raise_with_shape_context = theirs


@register_jitable
def _refuse_shape(source, target):
    msg = "cannot assign slice from input of different size"
    raise ValueError(msg)


@contextmanager
def untraced() -> Iterator[None]:
    """Build models without noting the line of code that made each variable, which takes half of the time.

    Only PyTensor's own error messages show those lines. Nothing is held while the model is built, because that may take
    long: of several threads, the last one out puts the configuration back. PyTensor changes the same setting while it
    compiles, and each of its threads puts back what it found, which may be another's: so we compile in here only.
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


@contextmanager
def panics_as_errors() -> Iterator[None]:
    """Turn a panic of nutpie into a RuntimeError; Python does not count a panic among exceptions, so it ends studies.

    Raises
    ------
    RuntimeError
        If nutpie panics; the sentence gives its reason.
    """
    try:
        yield
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # its class is not in any module
            raise
        reason = (str(error) or "no reason given").splitlines()[0][:120]
        msg = f"The sampler stopped with an internal error ({reason}): check the model's indices and the options."
        raise RuntimeError(msg) from None
