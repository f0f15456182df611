"""Worlds that wait for the device, by estimator and by how many chains they have already."""

from collections import defaultdict
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rethinking.studies.fits import Replicate

__all__ = ["Batch", "Queue", "Task", "halved"]


@dataclass
class Task:
    """One world of one estimator: its inputs, and what its chains so far have drawn.

    Attributes
    ----------
    replicate : Replicate
        Into which the result goes.
    inputs : list of numpy.ndarray
    draws : list of numpy.ndarray
        Of each part, of shape (chain, draw, estimand).
    divergences : int
    """

    replicate: Replicate
    inputs: list[np.ndarray]
    draws: list[np.ndarray] = field(default_factory=list)
    divergences: int = 0


@dataclass
class Batch:
    """Worlds of one estimator that are on the device, and what it will return.

    Attributes
    ----------
    begun : float
        When the device could begin, by ``perf_counter``.
    ready : Future of float
        When it was done.
    """

    estimator: str
    tasks: list[Task]
    size: int
    outcome: Any = None
    statistics: Any = None
    begun: float = 0.0
    ready: Future[float] = field(default_factory=Future)


class Queue:
    """Tasks that wait, in the order in which they came."""

    def __init__(self):
        self._tasks: dict[tuple[int, str], list[Task]] = defaultdict(list)

    def put(self, estimator: str, task: Task) -> None:
        """Let a task wait for its next part."""
        self._tasks[len(task.draws), estimator].append(task)

    def put_back(self, batch: Batch) -> None:
        """Let the tasks of a batch that could not be run wait again, before all others."""
        if batch.tasks:
            self._tasks[len(batch.tasks[0].draws), batch.estimator][:0] = batch.tasks

    def full(self, size: int) -> Batch | None:
        """Return a batch of the given size, or None if there are too few tasks for one."""
        ready = [key for key, tasks in self._tasks.items() if len(tasks) >= size]
        return self._taken(min(ready), size) if ready else None

    def rest(self, size: int) -> Batch | None:
        """Return the largest batch of those with the fewest chains, or None if nobody waits."""
        waiting = [key for key, tasks in self._tasks.items() if tasks]
        return self._taken(min(waiting), size) if waiting else None

    def _taken(self, key, size):
        tasks = self._tasks[key]
        taken, self._tasks[key] = tasks[:size], tasks[size:]
        return Batch(key[1], taken, size)


def halved(size: int, error: Exception) -> int:
    """Return half of a batch's size if an error of the device says that its memory did not suffice; else raise it."""
    if "RESOURCE_EXHAUSTED" not in str(error) or size == 1:
        raise error
    return size // 2
