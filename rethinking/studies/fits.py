"""One process's share of a study: estimators compiled once, replicates fitted in nutpie's threads."""

from collections import deque
from dataclasses import dataclass, field
from threading import Lock

import numpy as np
import pyarrow

from rethinking._intervals import equal_tails
from rethinking.sampling import Sampler
from rethinking.sampling.diagnostics import MAX_RHAT, MIN_ESS
from rethinking.sampling.mixing import mixing
from rethinking.studies.design import STATISTICS
from rethinking.studies.structure import require_same, structure

MAX_CHAINS = 16
_TRUTH, _FAILED = STATISTICS.index("truth"), STATISTICS.index("failed")


@dataclass
class Replicate:
    """A replicate: its number, array (estimator, estimand, statistic), reasons of failed fits, and fits to come."""

    k: int
    row: np.ndarray
    failures: dict = field(default_factory=dict)
    data: object = None
    left: int = 0


class Fitter:
    """The estimators of a design, compiled in this process when they are first used.

    Compiled functions and Python's warnings do not bear two threads, nutpie's samplers do: all that happens in Python
    holds a lock, and waiting for nutpie does not.

    Parameters
    ----------
    design : Design
    """

    def __init__(self, design):
        self.design, self._samplers, self._lock = design, {}, Lock()

    def run(self, replicates, in_flight=1):
        """Yield each :class:`Replicate` when it is finished.

        Parameters
        ----------
        replicates : iterable of int
        in_flight : int
            How many fits nutpie has at the same time, each on one core.
        """
        fits = ((replicate, i) for k in replicates for replicate in [self._begun(k)] for i in range(replicate.left))
        active = deque()
        try:
            while True:
                while len(active) < in_flight and (new := next(fits, None)):
                    steps = self._fit(*new)
                    active.append((new[0], steps, self._advance(steps)))
                if not active:
                    return
                replicate, steps, background = active[0]
                background = background and self._advance(steps, _outcome(background))
                active.popleft()
                if background:
                    active.append((replicate, steps, background))
                    continue
                replicate.left -= 1
                if not replicate.left:
                    yield replicate
        finally:
            for _, _, background in active:
                if background:
                    background.cancel()

    def _begun(self, k):
        replicate = Replicate(k, self.design.empty_row(), left=len(self.design.estimators))
        replicate.row[..., _FAILED] = 0
        with self._lock:
            try:
                replicate.data, truth = self.design.simulated(k)
                replicate.row[..., _TRUTH] = [truth[name] for name in self.design.estimands]
            except Exception as error:
                replicate.failures = dict.fromkeys(self.design.estimators, f"simulate: {_reason(error)}")
                replicate.row[..., _FAILED] = 1
        return replicate

    def _advance(self, steps, outcome=None):
        """Return nutpie's next run of a fit, or None if the fit is done."""
        with self._lock:
            try:
                return steps.send(outcome)
            except StopIteration:
                return None

    def _fit(self, replicate, i):
        """Yield nutpie's runs of one estimator and take their outcomes; write the statistics into the replicate."""
        name = list(self.design.estimators)[i]
        if name in replicate.failures:
            return
        try:
            yield from self._until_enough(replicate, i, name)
        except Exception as error:
            replicate.failures[name] = _reason(error)
            replicate.row[i, :, 1:_FAILED], replicate.row[i, :, _FAILED] = np.nan, 1

    def _until_enough(self, replicate, i, name):
        design, options = self.design, dict(self.design.options)
        prob, chains = options.pop("prob"), options.pop("chains")
        until_enough, parts = options.pop("until_enough"), []
        (sampler, expected), model = self._sampler(name), design.estimators[name](replicate.data)
        require_same(name, expected, structure(model))
        data = {variable.name: variable.get_value(borrow=True) for variable in model.data_vars}
        columns = [p for p, estimand in enumerate(design.estimands) if estimand in design.variables[name]]
        options |= {"cores": 1, "progress_bar": False}
        while chains:
            seed = design.sampling_seed(replicate.k, len(parts))
            outcome = yield sampler.begin(data, seed=seed, chains=chains, **options).background
            if isinstance(outcome, Exception):
                raise outcome
            parts.append(_read(outcome, [design.estimands[p] for p in columns]))
            draws = np.concatenate([part[0] for part in parts], axis=1)
            found = _statistics(draws, prob)
            chains = _chains_missing(found, draws.shape[1]) if until_enough else 0
        replicate.row[i, columns, 1 : 1 + len(found)] = found.T
        replicate.row[i, columns, STATISTICS.index("divergences")] = sum(diverging for _, diverging in parts)
        replicate.row[i, columns, STATISTICS.index("draws")] = draws[0].size

    def _sampler(self, name):
        # From the same data in every process, so that no number can depend on which process came to it.
        if name not in self._samplers:
            data, _ = self.design.simulated(self.design.references[name])
            model = self.design.estimators[name](data)
            self._samplers[name] = Sampler(model), structure(model)
        return self._samplers[name]


def _outcome(background):
    """Return nutpie's trace, or the error that ended it; Ctrl-C passes through."""
    try:
        return background.wait()
    except Exception as error:
        return error


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


def _chains_missing(found, chains):
    """Return how many chains more are likely to be enough, given the statistics of those so far; 0 if they are."""
    ess, rhat = found[-3:-1].min(), found[-1].max()
    if not (ess < MIN_ESS or rhat > MAX_RHAT):
        return 0
    wanted = int(np.ceil(1.1 * chains * MIN_ESS / ess)) if ess < MIN_ESS else 2 * chains
    return max(0, min(max(wanted - chains, 2), MAX_CHAINS - chains))


def _reason(error):
    return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
