"""One process's share of a study: estimators compiled once, replicates fitted in threads."""

import gc
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from itertools import islice
from threading import Event, Lock
from time import monotonic
from typing import Any

import numpy as np
import pyarrow

from rethinking._intervals import equal_tails
from rethinking.sampling.compiled import CompiledModel
from rethinking.sampling.diagnostics import MAX_RHAT, MIN_ESS
from rethinking.sampling.mixing import mixing
from rethinking.studies.clock import Clock
from rethinking.studies.design import STATISTICS, Design
from rethinking.studies.limits import PASSED_ON, TooSlow, reason
from rethinking.studies.sameness.skeleton import Skeleton, skeleton

__all__ = ["MAX_CHAINS", "Fitter", "Replicate", "chains_wanted"]

MAX_CHAINS = 16
LOOK_UP = 0.1  # seconds of waiting for nutpie, after which a thread asks whether it should stop
_TRUTH, _REFITTED, _FAILED = map(STATISTICS.index, ("truth", "refitted", "failed"))


@dataclass
class Replicate:
    """A replicate: its number, array (estimator, estimand, statistic), and reasons of failed fits by estimator.

    `lost` is true if something failed by no fault of the replicate, such as a limit of time; it may succeed elsewhere.
    """

    k: int
    row: np.ndarray
    failures: dict[str, str] = field(default_factory=dict)
    lost: bool = False

    @classmethod
    def unfitted(cls, design: Design, k: int, why: str, *, lost: bool) -> "Replicate":
        """Return a replicate of which nothing is known but why."""
        replicate = cls(k, design.empty_row(), dict.fromkeys(design.estimators, why), lost)
        replicate.row[..., _FAILED] = 1
        return replicate


class Fitter:
    """The estimators of a design, compiled in this process when they are first used.

    Compiled functions and Python's warnings do not bear two threads, nutpie's samplers do: all that happens in Python
    holds a lock, and waiting for nutpie does not.

    Parameters
    ----------
    design : Design
    clock : Clock, optional
        Which counts where the time goes.
    """

    def __init__(self, design: Design, clock: Clock | None = None):
        self.design, self.clock, self._lock = design, clock or Clock(), Lock()
        self._samplers: dict[str, tuple[CompiledModel, Skeleton]] = {}

    def run(
        self, replicates: Iterable[Any], in_flight: int = 1, fit: Callable[[Any, Event], Replicate] | None = None
    ) -> Generator[Replicate]:
        """Yield each :class:`Replicate` when it is finished.

        Parameters
        ----------
        replicates : iterable of int, or of what `fit` takes
        in_flight : int
            How many are fitted at the same time, each on one core.
        fit : callable, optional
            What finishes one of them; :meth:`fit` by default.
        """
        fit, waiting, stopped = fit or self.fit, iter(replicates), Event()
        with ThreadPoolExecutor(in_flight) as pool:
            try:
                running = {pool.submit(fit, k, stopped) for k in islice(waiting, in_flight)}
                while running:
                    done, running = wait(running, return_when=FIRST_COMPLETED)
                    for future in done:
                        running |= {pool.submit(fit, k, stopped) for k in islice(waiting, 1)}
                        yield future.result()
            finally:
                stopped.set()
                gc.unfreeze()

    def fit(self, k: int, stopped: Event | None = None) -> Replicate:
        """Return replicate `k`, simulated and fitted by each estimator; until `stopped` is set, if it is given."""
        replicate = Replicate(k, self.design.empty_row())
        replicate.row[..., [_REFITTED, _FAILED]] = 0
        return self._finished(replicate, self.design.estimators, stopped or Event())

    def refit(self, poor: tuple[Replicate, Iterable[str]], stopped: Event) -> Replicate:
        """Return a replicate in which the fits of some estimators, made elsewhere, are replaced by new ones."""
        replicate, names = poor
        for name in names:
            row = replicate.row[list(self.design.estimators).index(name)]
            row[:, _TRUTH + 1 : _REFITTED] = np.nan
            row[:, _REFITTED] = 1
        return self._finished(replicate, names, stopped)

    def _finished(self, replicate: Replicate, names: Iterable[str], stopped: Event) -> Replicate:
        try:
            with self._lock, self.clock.step("simulate"):
                data, truth = self.design.simulated(replicate.k)
            replicate.row[..., _TRUTH] = [truth[name] for name in self.design.estimands]
        except PASSED_ON:
            raise
        except BaseException as error:
            why, lost = f"simulate: {reason(error)}", isinstance(error, TooSlow)
            return Replicate.unfitted(self.design, replicate.k, why, lost=lost)
        for name in names:
            self._tried(name, data, replicate, stopped)
        return replicate

    def _tried(self, name: str, data: Any, replicate: Replicate, stopped: Event) -> None:
        """Write the fit of one estimator into a replicate, or why there is none."""
        row = replicate.row[list(self.design.estimators).index(name)]
        try:
            self._fit(name, replicate.k, data, row, stopped)
        except PASSED_ON:
            raise
        except BaseException as error:
            replicate.failures[name] = reason(error)
            replicate.lost |= isinstance(error, TooSlow)
            row[:, _FAILED] = 1

    def _fit(self, name: str, k: int, data: Any, row: np.ndarray, stopped: Event) -> None:
        """Write the statistics of one estimator into its row (estimand, statistic)."""
        design, options, parts = self.design, dict(self.design.options), []
        prob, chains, until_enough = (options.pop(one) for one in ("prob", "chains", "until_enough"))
        with self._lock:
            with self.clock.step("compile"):
                sampler, expected = self._sampler(name)
            with self.clock.step("prepare"):
                inputs = design.inputs(name, data, expected)
        columns = [p for p, estimand in enumerate(design.estimands) if estimand in design.variables[name]]
        names, found, draws = [design.estimands[p] for p in columns], np.empty((0, 0)), np.empty((0, 0, 0))
        while chains:
            with self._lock, self.clock.step("sample"):
                seed = design.sampling_seed(k, len(parts))
                running = sampler.begin(inputs, seed=seed, chains=chains, cores=1, progress_bar=False, **options)
            with self.clock.step("sample"):
                trace = _outcome(running.background, stopped, design.seconds)
            with self._lock, self.clock.step("sample"):
                parts.append(_read(trace, names))
                draws = np.concatenate([part[0] for part in parts], axis=1)
                found = _statistics(draws, prob)
            chains = _chains_missing(found, draws.shape[1]) if until_enough else 0
        row[columns, 1 : 1 + len(found)] = found.T
        row[columns, STATISTICS.index("divergences")] = sum(diverging for _, diverging in parts)
        row[columns, STATISTICS.index("draws")] = draws[0].size

    def _sampler(self, name: str) -> tuple[CompiledModel, Skeleton]:
        # From the same data in every process, so that no number can depend on which process came to it.
        if name not in self._samplers:
            data, _ = self.design.simulated(self.design.references[name])
            model = self.design.built(name, data)
            recorded = [estimand for estimand in self.design.estimands if estimand in self.design.variables[name]]
            self._samplers[name] = CompiledModel(model, recorded=recorded), skeleton(model)
            gc.freeze()  # what is there now stays: to look through it for garbage takes a third of all Python time
        return self._samplers[name]


def _outcome(background, stopped, seconds):
    """Return nutpie's trace; give the fit up if it is to stop or takes too long."""
    end = monotonic() + seconds if seconds else np.inf
    while True:
        try:
            return background.wait(timeout=LOOK_UP)
        except TimeoutError:
            late = monotonic() >= end
            if late or stopped.is_set():
                background.cancel()
                raise TooSlow(f"sampling took more than {seconds:g} seconds" if late else "stopped") from None


def _read(trace, names):
    """Return draws after tuning, of shape (estimand, chain, draw), and the number of divergent transitions.

    Reading the columns that are needed takes a twentieth of the time of making a DataTree of everything.
    """
    draws, diverging = [], 0
    for batch, stats in zip(*trace.get_arrow_trace(), strict=True):
        kept = ~_column(stats, "tuning")
        draws.append([_column(batch, name)[kept] for name in names])
        diverging += int(_column(stats, "diverging")[kept].sum())
    return np.array(draws).swapaxes(0, 1), diverging


def _column(batch, name):
    return pyarrow.array(batch.column(name)).to_numpy(zero_copy_only=False)


def _statistics(draws, prob):
    """Return mean, sd, lower, upper, ess_bulk, ess_tail and rhat, a row each, of draws (estimand, chain, draw)."""
    lower, upper = np.quantile(draws, equal_tails(prob), axis=(1, 2))
    found = mixing(draws.transpose(1, 2, 0))
    moments = draws.mean((1, 2)), draws.std((1, 2), ddof=1)
    return np.stack([*moments, lower, upper, found.ess_bulk, found.ess_tail, found.rhat])


def chains_wanted(found: np.ndarray, chains: int) -> int:
    """Return how many chains are likely to be enough, given the statistics of those so far: as many, if they are."""
    ess, rhat = np.fmin.reduce(found[-3:-1], axis=None), np.fmax.reduce(found[-1])  # NaN where a variable is constant
    if ess < MIN_ESS:
        return max(int(np.ceil(1.1 * chains * MIN_ESS / ess)), chains + 2)
    return 2 * chains if rhat > MAX_RHAT else chains


def _chains_missing(found, chains):
    """Return how many chains a fit gets further: 0 if those so far are enough, or as many as there may be."""
    wanted = chains_wanted(found, chains)
    return max(0, min(max(wanted, chains + 2), MAX_CHAINS) - chains) if wanted > chains else 0
