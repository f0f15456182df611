"""The same study on a dask cluster: functions are sent once to each worker and compiled there."""

import gc
from collections.abc import Generator, Iterable
from contextlib import suppress
from itertools import batched
from threading import Lock
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import cloudpickle

from rethinking._names import kind_of
from rethinking.studies.clock import Clock
from rethinking.studies.design import Design
from rethinking.studies.fits import Fitter, Replicate
from rethinking.studies.limits import reason
from rethinking.studies.packing import packed

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["ClientLost", "require_client", "require_one_thread", "run_on"]

TASKS_A_THREAD, MOST_IN_A_TASK, MOST_CHUNKS = 8, 32, 4  # few tasks cost little; many keep all threads busy to the end


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


def require_one_thread(client: "Client") -> None:
    """Raise ValueError if a worker has several threads, which would compete for its device."""
    workers: Any = client.nthreads()
    if max(workers.values(), default=1) > 1:
        msg = (
            "With engine='jax' each worker runs one chunk at a time on its own device: start one worker a device, each"
            " with threads_per_worker=1 (dask worker --nthreads 1)."
        )
        raise ValueError(msg)


def run_on(
    client: "Client", design: Design, clock: Clock, replicates: list[int], chunk: int | None = None
) -> Generator[Replicate]:
    """Yield each replicate when a worker has finished it.

    When a worker is lost, dask gives its tasks to others, and they come to the same numbers. A task whose workers died
    again and again is done again in parts, each alone on the cluster: so it turns out which replicate kills.

    Parameters
    ----------
    client : distributed.Client
    design : Design
    clock : Clock
        To which the seconds of all workers are added.
    replicates : list of int
    chunk : int, optional
        Worlds at once on a device; as many as fit the device of the first worker that answers if None.

    Raises
    ------
    TypeError
        If a function cannot be sent.
    ImportError
        If the workers lack what the engine needs.
    ClientLost
        If the client was closed or restarted meanwhile, or lost a connection.
    """
    name, on_device = f"rethinking-study-{uuid4().hex}", "engine" in design.options
    if on_device and replicates:
        suited = _default_chunk(client)
        chunk = chunk or suited
    client.register_plugin(_plugin(packed(design), chunk, name))
    workers: Any = client.nthreads()
    most, unit = (MOST_CHUNKS, chunk or 1) if on_device else (MOST_IN_A_TASK, 1)
    size = unit * min(max(len(replicates) // (unit * TASKS_A_THREAD * (sum(workers.values()) or 1)), 1), most)
    deadly = []
    try:
        for part, found in _outcomes(client, clock, name, list(batched(replicates, size))):
            yield from found or ()
            deadly += () if found else [part]
        while deadly:
            part = deadly.pop(0)
            # A device takes as long for one world as for many, so what kills is found there by halves.
            for some in batched(part, -(-len(part) // 2) if on_device else 1):
                for _, found in _outcomes(client, clock, name, [some]):
                    deadly += [some] if not found and len(some) > 1 else []
                    died = [Replicate.unfitted(design, k, "a dask worker died of it", lost=True) for k in some]
                    yield from found or (died if len(some) == 1 else ())
    finally:
        if client.status == "running":
            with suppress(OSError, KeyError):  # of a worker that is just going, or has just been restarted
                client.unregister_worker_plugin(name)


def _default_chunk(client):
    """Return how many worlds a worker's device takes at once; all workers use this number, so results are the same."""
    from distributed import CancelledError

    from rethinking.studies.device.engine import default_chunk

    try:
        return client.submit(default_chunk, pure=False).result()
    except CancelledError:
        raise
    except Exception as error:
        msg = f"The workers cannot use engine='jax' ({reason(error)[:140]}): install rethinking[jax] on each of them."
        raise ImportError(msg) from error


def _outcomes(client, clock, name, parts):
    """Yield each part with its replicates, or with None if it killed its workers."""
    from distributed import CancelledError, KilledWorker, as_completed
    from distributed.comm import CommClosedError

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
    except (CancelledError, CommClosedError) as error:  # the latter while it fetches a result
        cut = "lost a connection, or was restarted" if isinstance(error, CommClosedError) else "was restarted"
        msg = f"the dask client {cut if client.status == 'running' else f'is {client.status}'}"
        raise ClientLost(msg) from None
    finally:
        if client.status == "running":
            client.cancel(list(tasks))


class _Share:
    """What a worker does of a study: compiled in its process when the first task comes."""

    def __init__(self, design: Design, chunk: int | None):
        self.clock, self._design, self._chunk, self._lock = Clock(), design, chunk, Lock()
        self._fitter, self._device = Fitter(design, self.clock), None

    def finished(self, replicates: Iterable[int]) -> list[Replicate]:
        """Return the replicates; on a device, one task at a time."""
        if "engine" not in self._design.options:
            return [self._fitter.fit(k) for k in replicates]
        from rethinking.studies.device.engine import Device

        with self._lock:
            device, self._device = self._device or Device(self._design, self._chunk, self.clock), None
            found = list(device.run(replicates))
            self._device = device  # only here: one that has raised may hold what is half done
        return found


def _plugin(design, chunk, name):
    """Return a worker plugin that holds a design's compiled estimators, also on workers that come later."""
    from distributed import WorkerPlugin

    class Study(WorkerPlugin):
        def __init__(self):
            self.name = name

        def setup(self, worker):
            self.share = _Share(cloudpickle.loads(design), chunk)

        def teardown(self, worker):
            gc.unfreeze()

    return Study()


def _run(replicates, plugin):
    from distributed import get_worker

    study: Any = get_worker().plugins[plugin]
    return study.share.finished(replicates), study.share.clock.taken()
