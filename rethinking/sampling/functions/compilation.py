"""How our own code is compiled: so that the same seed gives the same numbers whatever was compiled before."""

from collections.abc import Iterator
from contextlib import contextmanager

from numba.extending import register_jitable
from numba.np import arrayobj
from pytensor.configdefaults import config

from rethinking._compiling import compiling


@contextmanager
def repeatable() -> Iterator[None]:
    """Compile without numba's fastmath, and leave PyTensor's configuration as the user has it.

    With fastmath the compiler may reorder sums, and it does so in another way when a part of the code comes from the
    cache on disk: an empty and a full cache then give different draws for the same seed.
    """
    with compiling(), config.change_flags(numba__fastmath=False), _shape_errors_in_brief():
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
