"""The same study on a dask cluster: functions are sent once to each worker and compiled there."""

import gc
import sys
from collections.abc import Generator
from contextlib import suppress
from itertools import batched
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import cloudpickle

from rethinking._names import kind_of
from rethinking.studies.clock import Clock
from rethinking.studies.design import Design
from rethinking.studies.estimators import Estimator
from rethinking.studies.fits import Fitter, Replicate
from rethinking.studies.sameness.references import is_installed

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["ClientLost", "packed", "require_client", "run_on"]

TASKS_A_THREAD, MOST_IN_A_TASK = 8, 32  # few tasks cost little; many keep all threads busy to the end


class ClientLost(Exception):
    """The dask cluster ended a study: why."""


def require_client(client: Any) -> None:
    """Raise TypeError or ValueError unless something is a dask client that can run a study."""
    from distributed import Client

    if not isinstance(client, Client):
        msg = f"client must be a distributed.Client, but is {kind_of(client)}."
        raise TypeError(msg)
    if client.asynchronous:
        msg = "client is asynchronous, and a study waits for its results: make it with Client(...) without await."
        raise ValueError(msg)
    if client.status != "running":
        msg = f"The dask client is {client.status}: make a new one, distributed.Client(...), and pass it as client=."
        raise ValueError(msg)


def run_on(client: "Client", design: Design, clock: Clock, replicates: list[int]) -> Generator[Replicate]:
    """Yield each replicate when a worker has finished it.

    When a worker is lost, dask gives its tasks to others, and they come to the same numbers. A task whose workers died
    again and again is done again replicate by replicate, alone on the cluster: so it turns out which one kills.

    Parameters
    ----------
    client : distributed.Client
    design : Design
    clock : Clock
        To which the seconds of all workers are added.
    replicates : list of int

    Raises
    ------
    TypeError
        If a function cannot be sent.
    ClientLost
        If the client was closed or restarted meanwhile.
    """
    name = f"rethinking-study-{uuid4().hex}"
    client.register_plugin(_plugin(packed(design), name))
    workers: Any = client.nthreads()
    threads = sum(workers.values()) or 1
    size = min(max(len(replicates) // (TASKS_A_THREAD * threads), 1), MOST_IN_A_TASK)
    deadly = []
    try:
        for part, found in _outcomes(client, clock, name, list(batched(replicates, size))):
            yield from found or ()
            deadly += () if found else part
        for k in sorted(deadly):
            for _, found in _outcomes(client, clock, name, [(k,)]):
                yield from found or [Replicate.unfitted(design, k, "a dask worker died of it", lost=True)]
    finally:
        if client.status == "running":
            with suppress(OSError, KeyError):  # of a worker that is just going, or has just been restarted
                client.unregister_worker_plugin(name)


def _outcomes(client, clock, name, parts):
    """Yield each part with its replicates, or with None if it killed its workers."""
    from distributed import CancelledError, KilledWorker, as_completed

    tasks = {client.submit(_run, part, name, key=f"{name}-{uuid4().hex}", pure=False): part for part in parts}
    try:
        for future in as_completed(list(tasks)):
            try:
                found, seconds = future.result()
                clock.add(seconds)
            except KilledWorker:
                found = None
            future.release()
            yield tasks[future], found
    except CancelledError:
        status = "was restarted" if client.status == "running" else f"is {client.status}"
        msg = f"the dask client {status}"
        raise ClientLost(msg) from None
    finally:
        if client.status == "running":
            client.cancel(list(tasks))


def _plugin(design, name):
    """Return a worker plugin that holds a design's compiled estimators, also on workers that come later."""
    from distributed import WorkerPlugin

    class Study(WorkerPlugin):
        def __init__(self):
            self.name = name

        def setup(self, worker):
            self.fitter = Fitter(cloudpickle.loads(design))

        def teardown(self, worker):
            gc.unfreeze()

    return Study()


def _run(replicates, plugin):
    from distributed import get_worker

    study: Any = get_worker().plugins[plugin]
    return [study.fitter.fit(k) for k in replicates], study.fitter.clock.taken()


def packed(design: Design) -> bytes:
    """Return a design as bytes that can be loaded where only rethinking is installed.

    Functions of a notebook or a page are sent as code anyway; so are those of a module that is not installed, such as
    a script beside the notebook, which the workers may not find.

    Raises
    ------
    TypeError
        If something that the functions use cannot be sent.
    """
    functions = [design.simulate]
    for one in design.estimators.values():
        functions += [one.build, one.inputs] if isinstance(one, Estimator) else [one]
    names = {getattr(f, "__module__", None) or "__main__" for f in functions}
    already = cloudpickle.list_registry_pickle_by_value()
    sent = [sys.modules[name] for name in names - {"__main__"} - already if name in sys.modules]
    sent = [module for module in sent if not is_installed(module.__name__)]
    for module in sent:
        cloudpickle.register_pickle_by_value(module)
    try:
        return cloudpickle.dumps(design)
    except Exception as error:
        why = str(error).removesuffix(".")
        msg = (
            f"The functions of this study cannot be sent to workers ({why}): let them make what they need from the"
            f" data, instead of using a compiled model or an open file from outside."
        )
        raise TypeError(msg) from error
    finally:
        for module in sent:
            cloudpickle.unregister_pickle_by_value(module)
