"""A study on a device: worlds are prepared in chunks, while the device samples the chunk before.

A device gives all worlds short trajectories. For the few worlds that need longer ones, more of its chains would not
help: when it has done its part, they are fitted by the default engine, on the cores of this machine.
"""

import os
from collections import defaultdict, deque
from collections.abc import Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from itertools import islice
from time import perf_counter
from typing import Any

import jax
import numpy as np

from rethinking.studies.clock import Clock
from rethinking.studies.design import STATISTICS, Design
from rethinking.studies.device.batches import Batch, Queue, Task, halved
from rethinking.studies.device.lowered import Lowered, lowered, precise
from rethinking.studies.device.pool import worlds
from rethinking.studies.device.prepared import Form, World
from rethinking.studies.device.program import described, program
from rethinking.studies.estimators import Estimator
from rethinking.studies.fits import MAX_CHAINS, Fitter, Replicate, chains_wanted
from rethinking.studies.limits import PASSED_ON, reason
from rethinking.studies.sameness.skeleton import skeleton

__all__ = ["Device", "default_chunk"]

ON_CPU, ON_GPU = 64, 16_384  # worlds at once: what keeps a device busy
TRUTH, FAILED, REFITTED, DIVERGENCES, DRAWS = map(
    STATISTICS.index, ("truth", "failed", "refitted", "divergences", "draws")
)


def default_chunk() -> int:
    """Return how many worlds at once keep this process's device busy."""
    return ON_CPU if jax.default_backend() == "cpu" else ON_GPU


class Device:
    """The estimators of a design, compiled for this process's device.

    Parameters
    ----------
    design : Design
    chunk : int, optional
        Worlds at once; halved as long as the device has too little memory for them.
    clock : Clock, optional
        Which counts where the time goes.

    Raises
    ------
    ValueError
        If an estimator has no form in JAX: which, and why.
    """

    def __init__(self, design: Design, chunk: int | None = None, clock: Clock | None = None):
        self.design, self.clock = design, clock or Clock()
        self.chunk = chunk or default_chunk()
        self.precision = design.options["precision"]
        self._queue, self._on_device = Queue(), deque[Batch]()
        self._models: dict[str, Lowered] = {}
        self._forms: dict[str, Form] = {}
        self._building = 0.0  # seconds in each world, of the models of estimators that do not say their inputs
        self._programs: dict[str, Any] = {}
        self._whole: dict[str, Future[Any]] = {}  # each for whole chunks, as it is compiled beside the others
        self._size = self.chunk
        self._compiled: set[tuple[str, int, int]] = set()  # estimators, sizes and parts
        self._watching, self._free = ThreadPoolExecutor(1), 0.0  # since when the device has nothing to do
        self._unfinished: dict[int, set[str]] = {}  # estimators by replicate
        self._poor: dict[int, list[str]] = defaultdict(list)  # those whose chains here would never be enough
        self._left: list[Replicate] = []  # with such estimators
        compiling = ThreadPoolExecutor(min(len(design.estimators), os.cpu_count() or 1))
        with self.clock.step("compile"):
            for name in design.estimators:
                self._whole[name] = compiling.submit(self._traced(name).compile)
        compiling.shutdown(wait=False)  # the worlds of the first chunk are simulated meanwhile

    def _traced(self, name):
        """Return a program for whole chunks, ready to be compiled; what has no form in JAX shows here."""
        design = self.design
        data, _ = design.simulated(design.references[name])
        since = perf_counter()
        model = design.built(name, data)
        form = skeleton(model)
        if not isinstance(design.estimators[name], Estimator):
            self._building += perf_counter() - since
        try:
            with precise(self.precision):
                found = lowered(model, self._estimands(name))
                self._programs[name] = program(found, design.options)
                worlds = [np.broadcast_to(value, (self.chunk, *value.shape)) for value in found.values]
                traced = self._programs[name].lower(np.zeros(self.chunk, np.uint32), worlds)
        except PASSED_ON:
            raise
        except Exception as error:
            why = reason(error).removesuffix(".")
            msg = f"Estimator {name!r} cannot run with engine='jax' ({why[:140]}): use the default engine for it."
            raise ValueError(msg) from error
        self._models[name], self._forms[name] = found, Form(found.names, found.values, form)
        return traced

    def _estimands(self, name):
        return [one for one in self.design.estimands if one in self.design.variables[name]]

    def run(self, replicates: Iterable[int]) -> Generator[Replicate]:
        """Yield each :class:`Replicate` when it is finished."""
        replicates = list(replicates)
        work = self._building * len(replicates)
        with closing(worlds(self.design, self._forms, replicates, self.clock, work, self.chunk)) as coming:
            while chunk := list(islice(coming, self.chunk)):
                for world in chunk:
                    yield from self._received(world)
                before = len(self._on_device)
                while batch := self._queue.full(self.chunk):
                    self._begin(batch)
                for _ in range(before):  # while these worlds were simulated, the device was busy with those before
                    yield from self._collected()
        while self._on_device or self._begin_rest():
            yield from self._collected()
        if self._left:
            yield from self.clock.each("refit", self._refitted())

    def _begin_rest(self):
        """Begin what waits in vain for a whole batch, and return whether there is anything on the device then."""
        while batch := self._queue.rest(self.chunk):
            self._begin(batch)
        return bool(self._on_device)

    def _refitted(self):
        """Yield the replicates with poor fits, each when the default engine has replaced them."""
        poor = [(replicate, self._poor[replicate.k]) for replicate in self._left]
        options = {name: value for name, value in self.design.options.items() if name not in ("engine", "precision")}
        fitter = Fitter(replace(self.design, options=options))
        in_flight = 2 * (os.cpu_count() or 1)  # none idles while Python prepares the next
        yield from fitter.run(poor, in_flight, fitter.refit)

    def _received(self, world: World):
        """Let a world wait for the device, and yield it if there is nothing to wait for."""
        design, k = self.design, world.k
        if world.truth is None:
            yield Replicate.unfitted(design, k, next(iter(world.failures.values())), lost=world.lost)
            return
        replicate = Replicate(k, design.empty_row(), lost=world.lost)
        replicate.row[..., [REFITTED, FAILED]] = 0
        replicate.row[..., TRUTH] = [world.truth[name] for name in design.estimands]
        self._unfinished[k] = set(design.estimators)
        for name in design.estimators:
            if name in world.failures:
                yield from self._failed(name, replicate, world.failures[name])
            else:
                self._queue.put(name, Task(replicate, world.inputs[name]))

    def _begin(self, batch: Batch) -> None:
        """Give a batch to the device, which works while Python goes on."""
        with self.clock.step("prepare"):
            tasks = batch.tasks + batch.tasks[:1] * (batch.size - len(batch.tasks))  # each program has one size
            part = len(tasks[0].draws)
            seeds = np.array([self.design.sampling_seed(task.replicate.k, part) for task in tasks], dtype=np.uint32)
            inputs = [np.stack(values) for values in zip(*(task.inputs for task in tasks), strict=True)]
            earlier = [np.stack(parts) for parts in zip(*(task.draws for task in tasks), strict=True)]
        what = batch.estimator, batch.size, part
        try:
            with self.clock.step("prepare" if what in self._compiled else "compile"), precise(self.precision):
                whole = batch.size == self._size
                run = self._whole[batch.estimator].result() if whole else self._programs[batch.estimator]
                batch.outcome = run(seeds, inputs)
                draws = jax.numpy.concatenate([*earlier, batch.outcome.draws], axis=1)
                batch.statistics = described(draws, self.design.options["prob"])
        except jax.errors.JaxRuntimeError as error:
            self._make_smaller(batch, error)
            return
        self._compiled.add(what)
        batch.begun, batch.ready = perf_counter(), self._watching.submit(_ended, batch.outcome, batch.statistics)
        self._on_device.append(batch)

    def _collected(self):
        """Wait for the oldest batch on the device, and yield the replicates that it finishes."""
        batch = self._on_device.popleft()
        try:
            ended = batch.ready.result()
            outcome, statistics = jax.device_get((batch.outcome, batch.statistics))
        except jax.errors.JaxRuntimeError as error:
            self._make_smaller(batch, error)
            return
        self.clock.add({"sample": ended - max(batch.begun, self._free)})
        self._free = ended
        for i, task in enumerate(batch.tasks):
            yield from self._judged(batch.estimator, task, [one[i] for one in outcome], statistics[i])

    def _judged(self, name, task, outcome, statistics):
        """Write a task's statistics into its replicate, or let it wait for more chains."""
        design, model = self.design, self._models[name]
        draws, divergences, density, in_range = outcome
        if not np.isfinite(density):
            why = f"ValueError: the log-density is {density} where sampling starts"
            yield from self._failed(name, task.replicate, why)
            return
        if not in_range.all():
            why = f"IndexError: {model.codes[int(np.argmin(in_range))]!r} has codes outside of what it indexes"
            yield from self._failed(name, task.replicate, why)
            return
        task.draws.append(draws)
        task.divergences += int(divergences)
        chains = sum(map(len, task.draws))
        wanted = self._wanted(statistics, chains)
        if wanted > MAX_CHAINS:
            self._poor[task.replicate.k].append(name)
            yield from self._finished(name, task.replicate)
            return
        if wanted > chains:
            self._queue.put(name, task)
            return
        row = task.replicate.row[list(design.estimators).index(name)]
        columns = [design.estimands.index(one) for one in self._estimands(name)]
        row[columns, 1 : 1 + len(statistics)] = statistics.T
        row[columns, DIVERGENCES], row[columns, DRAWS] = task.divergences, chains * draws.shape[1]
        yield from self._finished(name, task.replicate)

    def _wanted(self, statistics, chains):
        """Return how many chains a fit should have: without end where its numbers left the range of the precision."""
        if not self.design.options["until_enough"]:
            return chains
        return chains_wanted(statistics, chains) if np.isfinite(statistics[0]).all() else np.inf

    def _failed(self, name, replicate, why):
        replicate.failures[name] = why
        replicate.row[list(self.design.estimators).index(name), :, FAILED] = 1
        yield from self._finished(name, replicate)

    def _finished(self, name, replicate):
        left = self._unfinished[replicate.k]
        left.discard(name)
        if not left:
            del self._unfinished[replicate.k]
            if replicate.k in self._poor:
                self._left.append(replicate)
            else:
                yield replicate

    def _make_smaller(self, batch: Batch, error: Exception) -> None:
        """Let the worlds of a batch for which memory did not suffice wait for smaller ones."""
        self.chunk = min(self.chunk, halved(batch.size, error))
        self._queue.put_back(batch)


def _ended(*what: Any) -> float:
    """Wait for the device, and return when it was done."""
    jax.block_until_ready(what)
    return perf_counter()
