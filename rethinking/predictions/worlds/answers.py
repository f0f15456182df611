"""The draws of an outcome in one world after the other, block by block."""

from collections.abc import Iterator
from zlib import crc32

import numpy as np

from rethinking._arguments import require_choice, require_seed
from rethinking.predictions.worlds.dependence import free_lengths, needed
from rethinking.predictions.worlds.doubts import require_whole
from rethinking.predictions.worlds.evaluation import Evaluation, blocks
from rethinking.predictions.worlds.fit import Fit, variable
from rethinking.predictions.worlds.groups import checked_groups, settled
from rethinking.predictions.worlds.moments import KINDS, parts
from rethinking.predictions.worlds.reuse import Compiled
from rethinking.predictions.worlds.settings import world

SIMULATIONS = 100  # of each outcome at each draw, where its mean has no formula


class Answers:
    """An outcome in several worlds that differ in what is set: checked, compiled once, then evaluated for each.

    Parameters
    ----------
    model : pymc.Model
    dt : xarray.DataTree
    outcome : str
    dos : list of mapping
        What is set, for each world; the same names in all.
    data, groups, kind, seed
        See :func:`rethinking.predict`.
    """

    def __init__(self, model, dt, outcome, dos, data, groups, kind, seed):
        require_choice("kind", kind, KINDS)
        require_seed(seed)
        self.fit = fit = Fit.of(model, dt)
        self.outcome = variable(model, outcome, "outcome")
        self.kind, self._groups = kind, checked_groups(model, groups)
        of = parts(model, self.outcome)
        self.world = made = world(fit, self.outcome, dos, data, self._groups, of)
        compiled = Compiled.of(model)
        asked = compiled.target(model, self.outcome, kind)
        self.is_simulated = asked is None or kind == "outcome"
        self._times = SIMULATIONS if asked is None else 1
        asked = self.outcome if asked is None else asked
        self.anew = [*made.anew, *(rv for rv in of if self.is_simulated)]
        cuts = {*model.basic_RVs, *model.data_vars, *(model[name] for name in made.levels[0])}
        used = needed([asked, *self.anew], cuts - set(self.anew)) & {*cuts, *free_lengths(model)}
        used -= set(self.anew)
        set_or_given = made.levels[0].keys() | made.given.keys()
        self._free = [v for v in used if v in model.free_RVs and v.name not in set_or_given]
        self._rest = [v for v in used if v not in self._free]
        self.above = needed([asked, *self.anew], cuts - set(self.anew), through_shapes=False)
        require_whole(made, self.above)
        self.follows = {v.name for v in self.above} & made.levels[0].keys()
        self._seed = np.random.SeedSequence(seed)
        (group_seed,) = self._seed.spawn(1)
        self._draws = settled(made, self._groups, self._free, group_seed)
        regrouped = [v for v in self._free if self._draws[v.name] is not fit.draws[v.name]]
        self.from_distributions = {*self.anew, *of, *regrouped}
        question = (asked, frozenset(self._free), frozenset(self._rest))
        self._evaluation = compiled.function(question, lambda: Evaluation([asked], self._free, self._rest))
        self.shape = self._at(0, slice(0, 1), 0)[0].shape

    def blocks(self, level: int) -> Iterator[tuple[slice, np.ndarray]]:
        """Yield slices of all draws, each with the outcome there, an array whose first axis is the draw."""
        n, cells = int(np.prod(self.fit.shape)), int(np.prod(self.shape))
        for i, block in enumerate(blocks(n, max(cells, self._widest()))):
            yield block, self._at(level, block, i)

    @property
    def dims(self):
        """The dims of the outcome, named as ArviZ does where the model names none."""
        dims = self.fit.model.named_vars_to_dims.get(self.outcome.name) or ()
        return tuple(dims) or tuple(f"{self.outcome.name}_dim_{i}" for i in range(len(self.shape)))

    @property
    def coords(self):
        """The labels of the dims of the outcome."""
        known = self.fit.model.dim_lengths
        return {
            d: self.world.labels(d) if d in known else np.arange(n) for d, n in zip(self.dims, self.shape, strict=True)
        }

    def _widest(self):
        return max((np.size(self._values(0)[v.name]) for v in self._rest), default=1)

    def _values(self, level):
        made = self.world
        return made.fit.observed | made.inputs.values | made.lengths | made.given | made.levels[level]

    def _at(self, level, block, i):
        """Return the outcome at some draws.

        The worlds share the noise of what is drawn anew if a mean is asked for, which then cancels in a contrast, and
        have noise of their own if outcomes are: two people who differ in the exposure differ in their noise too.
        """
        draws = {v.name: self._draws[v.name][block] for v in self._free}
        stream = (level + 1, _fingerprint(self.world.levels[level])) if self.kind == "outcome" else (0, 0)
        values, total = self._values(level), 0.0
        for time in range(self._times):
            key = (*self._seed.spawn_key, 1, *stream, i, time)
            seed = np.random.SeedSequence(self._seed.entropy, spawn_key=key)
            (result,) = self._evaluation(draws, values, seed, block.stop - block.start)
            total = total + result if self._times > 1 else result
        result = np.asarray(total / self._times if self._times > 1 else total)
        if not np.isfinite(result.sum()) and not np.isfinite(result).all():  # the sum is the quicker of the two
            msg = f"{self.outcome.name!r} is not finite in this world: what is set leaves the range of the model."
            raise ValueError(msg)
        return result


def _fingerprint(values):
    """Return a number that tells what is set from what is set elsewhere."""
    return crc32(b"".join(name.encode() + np.ascontiguousarray(values[name]).tobytes() for name in sorted(values)))
