"""What a study consists of, what it draws from its seed, and what is refused before any work begins."""

from dataclasses import dataclass, field

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
        Functions of the data that return a :class:`pymc.Model`.
    estimands : tuple of str
        Names of scalar variables in the models.
    seed : int
        Of the whole study.
    options : dict
        draws, tune, chains, target_accept, adaptation, prob.
    reference : int
        The replicate whose models are compiled; the first that can be simulated.
    structures : dict of str to dict
        What the reference's models have besides their ``pm.Data``, by estimator.
    """

    simulate: object
    estimators: dict
    estimands: tuple
    seed: int
    options: dict
    reference: int = 0
    structures: dict = field(default_factory=dict)

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
    reference, worlds = _first_two(design, replicates)
    estimands = tuple(worlds[0][1]) if estimands is None else tuple(estimands)
    unknown = [name for name in estimands if name not in worlds[0][1]]
    if unknown or not estimands:
        msg = f"simulate must give the true value of each estimand, {list(estimands)}, but gives {list(worlds[0][1])}."
        raise ValueError(msg)
    structures = {name: _structure_of(name, estimators[name], worlds, estimands) for name in estimators}
    return Design(simulate, dict(estimators), estimands, int(seed), options, reference, structures)


def _first_two(design, replicates):
    """Return the first replicate that can be simulated, and the worlds of the first two."""
    reference, worlds, trouble = None, [], None
    for k in range(replicates):
        try:
            worlds.append(design.simulated(k))
        except Exception as error:
            trouble = trouble or error
            continue
        reference = k if reference is None else reference
        if len(worlds) == 2:
            break
    if not worlds:
        msg = f"simulate failed for every replicate; for the first: {type(trouble).__name__}: {trouble}"
        raise ValueError(msg) from trouble
    return reference, worlds


def _structure_of(name, estimator, worlds, estimands):
    first, *others = [structure(estimator(data)) for data, _ in worlds]
    for other in others:
        require_same(name, first, other)
    if not set(estimands) & set(first["names"]):
        msg = f"Estimator {name!r} has none of the estimands {list(estimands)}; its model has: {list(first['names'])}."
        raise ValueError(msg)
    for estimand in estimands:
        if first["names"].get(estimand, 0):
            msg = f"{estimand!r} is an array in estimator {name!r}: give the one number of interest a pm.Deterministic."
            raise ValueError(msg)
    return first


def _scalar(name, value):
    if np.ndim(value) or not np.isfinite(value):
        msg = f"The true value of {name!r} must be one finite number, but is {value!r}: give scalars their own names."
        raise TypeError(msg)
    return float(value)
