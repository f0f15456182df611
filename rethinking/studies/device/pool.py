"""Worlds that are prepared in processes beside this one, where models must be built in every world.

A model takes 5 to 20 ms of Python to build, which threads do not share: a device would wait for it.
"""

import os
import pickle
import signal
import sys
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import cache
from itertools import batched, chain, islice
from multiprocessing import current_process, get_context
from types import ModuleType

import cloudpickle

from rethinking.studies.clock import Clock
from rethinking.studies.design import Design
from rethinking.studies.device.prepared import Form, World, made
from rethinking.studies.packing import packed
from rethinking.studies.sameness.skeleton import skeleton

__all__ = ["worlds"]

# Seconds of work. With less, other processes, each of which loads PyMC first, save nothing: on two cores, work of 25
# seconds takes as long with them.
WORTH = 60.0
IN_A_TASK = 16  # worlds


def worlds(
    design: Design, forms: Mapping[str, Form], replicates: list[int], clock: Clock, work: float, ahead: int
) -> Generator[World]:
    """Yield what :func:`made` yields, in the same order; from other processes, if that saves time.

    Parameters
    ----------
    design : Design
    forms : mapping of str to Form
    replicates : list of int
    clock : Clock
        To which the seconds of all processes are added.
    work : float
        How many seconds it would take here.
    ahead : int
        How many worlds may be ready before they are asked for.
    """
    # A process of dask must not have others of its own.
    here = work < WORTH or (os.cpu_count() or 1) == 1 or current_process().daemon
    try:
        functions = b"" if here else packed(design)
    except TypeError:  # of something that cannot be sent; here it can be used
        here, functions = True, b""
    if here:
        yield from made(design, forms, replicates, clock)
        return
    left = yield from _elsewhere(functions, forms, replicates, clock, ahead)
    yield from made(design, forms, left, clock)


def _elsewhere(
    functions: bytes, forms: Mapping[str, Form], replicates: list[int], clock: Clock, ahead: int
) -> Generator[World, None, Iterable[int]]:
    """Yield worlds from other processes, and return the replicates that are left if one of these was killed."""
    cores, parts = os.cpu_count() or 1, batched(replicates, IN_A_TASK)
    given = {name: (form.names, form.values) for name, form in forms.items()}
    study = pickle.dumps((functions, given))
    # Forked processes would have JAX's locks, but not the threads that release them.
    pool = ProcessPoolExecutor(cores, get_context("spawn"), _begin)
    coming: deque[tuple[tuple[int, ...], Future]] = deque()

    def submit(n):
        with _without_script():
            coming.extend((part, pool.submit(_made, study, part)) for part in islice(parts, n))

    try:
        submit(max(2 * cores, ahead // IN_A_TASK))
        while coming:
            found, seconds = coming[0][1].result()
            coming.popleft()
            clock.add(seconds)
            submit(1)
            yield from found
    except BrokenProcessPool:
        return chain(*(part for part, _ in coming), *parts)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return ()


@contextmanager
def _without_script() -> Iterator[None]:
    """Begin no process by running the user's script again: it gets the functions as code."""
    script = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = script


def _begin() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that has the study


@cache
def _loaded(study: bytes) -> tuple[Design, dict[str, Form]]:
    """Return what a process needs for all its worlds, loaded once, because all tasks bring the same bytes."""
    functions, given = pickle.loads(study)
    design: Design = cloudpickle.loads(functions)
    built = {name: design.built(name, design.simulated(design.references[name])[0]) for name in given}
    return design, {name: Form(*given[name], expected=skeleton(model)) for name, model in built.items()}


def _made(study: bytes, replicates: tuple[int, ...]) -> tuple[list[World], dict[str, float]]:
    clock, (design, forms) = Clock(), _loaded(study)
    return list(made(design, forms, replicates, clock)), clock.taken()
