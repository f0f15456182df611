"""What a study consists of, what it draws from its seed, and what is refused before any work begins."""

from dataclasses import dataclass, field
from functools import partial

import numpy as np

from rethinking.studies.structure import require_same, structure

STATISTICS = (
    "truth", "mean", "sd", "lower", "upper", "ess_bulk", "ess_tail", "rhat", "divergences", "draws", "failed",
)  # fmt: skip


@dataclass(frozen=True)
class Design:
    """The parts of a study that decide its numbers.

    Attributes
    ----------
    simulate : callable
        ``simulate(rng)`` returns the data and a mapping of true values.
    estimators : dict of str to callable
        Functions of the data that return a ``pm.Model``.
    estimands : tuple of str
        Names of scalar variables in the models.
    seed : int
        Of the whole study.
    options : dict
        draws, tune, chains, target_accept, adaptation, prob.
    references : dict of str to int
        The replicate whose model is compiled, by estimator; the first for which it can be built.
    variables : dict of str to collection of str
        Names of the variables in that model, by estimator.
    """

    simulate: object
    estimators: dict
    estimands: tuple
    seed: int
    options: dict
    references: dict = field(default_factory=dict)
    variables: dict = field(default_factory=dict)

    def simulated(self, k):
        """Return the data and the true values of replicate `k`, which depend on the seed and `k` alone."""
        found = self.simulate(np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=(k, 0))))
        if not (isinstance(found, tuple) and len(found) == 2 and hasattr(found[1], "items")):
            msg = f"simulate(rng) must return data and a mapping of true values, but returned {type(found).__name__}."
            raise TypeError(msg)
        data, truth = found
        return data, {name: _scalar(name, value) for name, value in truth.items()}

    def sampling_seed(self, k, part):
        """Return the seed of the sampler in replicate `k`: other numbers than the simulation's, new for each part."""
        return int(np.random.SeedSequence(self.seed, spawn_key=(k, 1, part)).generate_state(1)[0])

    def empty_row(self):
        """Return the array of one replicate, estimator by estimand by statistic, all NaN."""
        return np.full((len(self.estimators), len(self.estimands), len(STATISTICS)), np.nan)


def prepare(simulate, estimators, estimands, seed, options, replicates):
    """Return the checked :class:`Design`.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind, no replicate can be simulated, an estimator fails on the first data, or its
        models of two replicates differ in more than their ``pm.Data``.
    """
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        msg = f"seed must be a whole number >= 0, so that the study can be repeated, but is {seed!r}."
        raise TypeError(msg)
    if not isinstance(replicates, int | np.integer) or replicates < 1:
        msg = f"replicates must be a whole number >= 1, but is {replicates!r}."
        raise ValueError(msg)
    if not estimators or not all(callable(estimator) for estimator in dict(estimators).values()):
        msg = "estimators must map at least one name to a function of the data that returns a pm.Model."
        raise TypeError(msg)
    design = Design(simulate, dict(estimators), (), int(seed), options)
    _, truth = _first(1, replicates, design.simulated, "simulate")[0][1]
    estimands = tuple(truth if estimands is None else estimands)
    if not estimands or not set(estimands) <= set(truth):
        msg = f"simulate must give the true value of each estimand, {list(estimands)}, but gives {list(truth)}."
        raise ValueError(msg)
    references, variables = {}, {}
    for name, estimator in design.estimators.items():
        (references[name], first), *others = _first(2, replicates, partial(_built, design, estimator), f"{name!r}")
        for _, other in others:
            require_same(name, first, other)
        _require_estimands(name, first.names, estimands)
        variables[name] = frozenset(first.names)
    return Design(simulate, dict(estimators), estimands, int(seed), options, references, variables)


def _first(n, replicates, function, what):
    """Return the first n replicates for which a function does not raise, each with what it returned."""
    found, trouble = [], None
    for k in range(replicates):
        try:
            found.append((k, function(k)))
        except Exception as error:
            trouble = trouble or error
        if len(found) == n:
            break
    if not found:
        msg = f"{what} failed for every replicate; for the first: {type(trouble).__name__}: {trouble}"
        raise ValueError(msg) from trouble
    return found


def _built(design, estimator, k):
    data, _ = design.simulated(k)
    return structure(estimator(data))


def _require_estimands(name, axes, estimands):
    if not set(estimands) & set(axes):
        msg = f"Estimator {name!r} has none of the estimands {list(estimands)}; its model has: {list(axes)}."
        raise ValueError(msg)
    for estimand in estimands:
        if axes.get(estimand, 0):
            msg = f"{estimand!r} is an array in estimator {name!r}: give the one number of interest a pm.Deterministic."
            raise ValueError(msg)


def _scalar(name, value):
    if np.ndim(value) or not np.isfinite(value):
        msg = f"The true value of {name!r} must be one finite number, but is {value!r}: give scalars their own names."
        raise TypeError(msg)
    return float(value)
