"""What a study consists of, what it draws from its seed, and what is refused before any work begins."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
import pymc as pm

from rethinking._compiling import untraced
from rethinking._names import kind_of, told
from rethinking.studies.estimators import Estimator, data_of, require_stated, stated
from rethinking.studies.limits import PASSED_ON, TooSlow, limited, reason
from rethinking.studies.sameness.skeleton import Skeleton, require_same, skeleton

__all__ = ["STATISTICS", "Design", "prepare"]

STATISTICS = (
    "truth", "mean", "sd", "lower", "upper", "ess_bulk", "ess_tail", "rhat", "divergences", "draws", "refitted",
    "failed",
)  # fmt: skip
PATIENCE = 3  # replicates that may take too long before a study says so
LOOKED_AT = 8  # replicates, besides the first and the last, in which an estimator's inputs are held against its model


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
        draws, tune, chains, until_enough, target_accept, adaptation, prob.
    seconds : float or None
        How long a function of the reader or a fit may take; no number depends on it.
    references : dict of str to int
        The replicate whose model is compiled, by estimator; the first for which it can be built.
    variables : dict of str to collection of str
        Names of the variables in that model, by estimator.
    """

    simulate: Callable[[np.random.Generator], tuple[Any, Mapping[str, float]]]
    estimators: dict[str, Callable[[Any], pm.Model]]
    estimands: tuple[str, ...]
    seed: int
    options: dict[str, Any]
    seconds: float | None = None
    references: dict[str, int] = field(default_factory=dict)
    variables: dict[str, Collection[str]] = field(default_factory=dict)

    def simulated(self, k: int) -> tuple[Any, dict[str, float]]:
        """Return the data and the true values of replicate `k`, which depend on the seed and `k` alone."""
        rng = np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=(k, 0)))
        found = limited(self.simulate, rng, seconds=self.seconds, what="simulate")
        if not (isinstance(found, tuple) and len(found) == 2 and hasattr(found[1], "items")):
            msg = f"simulate(rng) must return data and a mapping of true values, but returned {kind_of(found)}."
            raise TypeError(msg)
        data, truth = found
        return data, {name: _scalar(name, value) for name, value in truth.items()}

    def built(self, name: str, data: Any) -> pm.Model:
        """Return the model that an estimator makes of data."""
        with untraced():
            model = limited(self.estimators[name], data, seconds=self.seconds, what="building the model")
        if not isinstance(model, pm.Model):
            msg = f"Estimator {name!r} must return a pm.Model, but returned {kind_of(model)}."
            raise TypeError(msg)
        return model

    def inputs(self, name: str, data: Any, expected: Skeleton) -> dict[str, Any]:
        """Return what goes into the ``pm.Data`` of an estimator's model: as it says, or else from the built model.

        Raises
        ------
        ValueError
            If the built model has another structure than expected, or lengths of the model's dims would change.
        """
        estimator = self.estimators[name]
        if isinstance(estimator, Estimator):
            said = limited(estimator.inputs, data, seconds=self.seconds, what="inputs")
            return stated(name, said, expected)
        model = self.built(name, data)
        require_same(name, expected, skeleton(model))
        return data_of(model)

    def sampling_seed(self, k: int, part: int) -> int:
        """Return the seed of the sampler in replicate `k`: other numbers than the simulation's, new for each part."""
        return int(np.random.SeedSequence(self.seed, spawn_key=(k, 1, part)).generate_state(1)[0])

    def empty_row(self) -> np.ndarray:
        """Return the array of one replicate, estimator by estimand by statistic, all NaN."""
        return np.full((len(self.estimators), len(self.estimands), len(STATISTICS)), np.nan)


def prepare(
    simulate: Any,
    estimators: Any,
    estimands: Iterable[str] | None,
    seed: int,
    options: dict[str, Any],
    replicates: int,
    seconds: float | None = None,
) -> Design:
    """Return the checked :class:`Design`.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind, no replicate can be simulated, an estimator fails on the first data, or its
        models of two replicates differ in more than their ``pm.Data``.
    """
    if not callable(simulate):
        msg = f"simulate must be a function of an rng that returns data and true values, but is {told(simulate)}."
        raise TypeError(msg)
    if not isinstance(estimators, Mapping) or not estimators or not all(map(callable, estimators.values())):
        msg = (
            f"estimators must map at least one name to a function of the data that returns a pm.Model, but is"
            f" {told(estimators)}."
        )
        raise TypeError(msg)
    if isinstance(estimands, str):
        estimands = (estimands,)
    if estimands is not None:
        estimands = _named(estimands)
    functions: dict[str, Any] = {"simulate": simulate, "estimators": dict(estimators)}
    design = Design(**functions, estimands=(), seed=int(seed), options=options, seconds=seconds)
    _, truth = _first(1, replicates, design.simulated, "simulate")[0][1]
    estimands = tuple(truth if estimands is None else estimands)
    if not estimands or not set(estimands) <= set(truth):
        msg = f"simulate must give the true value of each estimand, {list(estimands)}, but gives {list(truth)}."
        raise ValueError(msg)
    references, variables = {}, {}
    for name in design.estimators:
        (references[name], (first, values)), *others = _first(2, replicates, partial(_built, design, name), f"{name!r}")
        for _, (other, _) in others:
            require_same(name, first, other)
        _require_estimands(name, first.names, estimands)
        if isinstance(design.estimators[name], Estimator):
            _look_at(design, name, replicates, first, values)
        variables[name] = frozenset(first.names)
    return replace(design, estimands=estimands, references=references, variables=variables)


def _named(estimands):
    is_listed = isinstance(estimands, list | tuple | set | frozenset | dict)
    if not is_listed or not all(isinstance(name, str) for name in estimands):
        msg = f"estimands must be a name or a list of names, such as ['effect'], but is {told(estimands)}."
        raise TypeError(msg)
    return tuple(estimands)


def _first(n, replicates, function, what):
    """Return the first n replicates for which a function does not raise, each with what it returned."""
    found, troubles = [], []
    for k in range(replicates):
        try:
            found.append((k, function(k)))
        except PASSED_ON:
            raise
        except BaseException as error:
            troubles.append(error)
        if len(found) == n or sum(isinstance(one, TooSlow) for one in troubles) == PATIENCE:
            break
    if not found:
        tried = "every replicate" if len(troubles) == replicates else f"each of the first {len(troubles)} replicates"
        msg = f"{what} failed for {tried}; for the first: {reason(troubles[0]).removesuffix('.')}."
        raise ValueError(msg) from troubles[0]
    return found


def _built(design, name, k):
    data, _ = design.simulated(k)
    model = design.built(name, data)
    return skeleton(model), data_of(model)


def _look_at(design, name, replicates, first, values):
    """Hold what an estimator says of its inputs against the models that it builds of some replicates."""
    rng = np.random.default_rng(np.random.SeedSequence(design.seed, spawn_key=(replicates,)))
    some = rng.choice(replicates, min(replicates, LOOKED_AT), replace=False)
    for k in sorted({0, replicates - 1, *map(int, some)}):
        try:
            data, _ = design.simulated(k)
            model = design.built(name, data)
        except PASSED_ON:
            raise
        except BaseException:  # a failure of this replicate, which it will report
            continue
        require_same(name, first, skeleton(model))
        require_stated(name, k, design.inputs(name, data, first), data_of(model), values)


def _require_estimands(name, axes, estimands):
    if not set(estimands) & set(axes):
        msg = f"Estimator {name!r} has none of the estimands {list(estimands)}; its model has: {list(axes)}."
        raise ValueError(msg)
    for estimand in estimands:
        if axes.get(estimand, 0):
            msg = f"{estimand!r} is an array in estimator {name!r}: give the one number of interest a pm.Deterministic."
            raise ValueError(msg)


def _scalar(name, value):
    try:
        number = float(value) if not np.ndim(value) else np.nan
    except (TypeError, ValueError):
        number = np.nan
    if not np.isfinite(number):
        msg = f"The true value of {name!r} must be one finite number, but is {value!r}: give scalars their own names."
        raise TypeError(msg)
    return number
