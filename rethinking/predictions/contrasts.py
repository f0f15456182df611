"""What would happen to an outcome if something were set to one value instead of another."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from xarray import DataArray, DataTree

from rethinking._names import listed, told
from rethinking.causal.edges import check_mapping
from rethinking.causal.structure import Structure
from rethinking.predictions.averages import Averages
from rethinking.predictions.verdicts import verdict
from rethinking.predictions.worlds.answers import Answers
from rethinking.predictions.worlds.doubts import warn_of_doubts

if TYPE_CHECKING:
    import pandas as pd
    import pymc as pm

    from rethinking.causal import CausalGraph

COMPARISONS = ("difference", "ratio", "odds ratio", "lift")


def contrast(
    model: "pm.Model",
    dt: DataTree,
    outcome: str,
    do: Mapping[str, object],
    *,
    data: "Mapping[str, object] | pd.DataFrame | None" = None,
    weights: object = None,
    by: str | Sequence[str] | None = None,
    compare: str | Callable = "difference",
    groups: Mapping[str, object] | None = None,
    kind: str = "expected",
    dag: "CausalGraph | None" = None,
    names: Mapping[str, object] | None = None,
    seed: int | None = None,
) -> DataArray:
    """Return the draws of a contrast: an outcome under one intervention compared with that under another.

    Every row of the population is copied under each intervention, the outcome is averaged over the rows within each
    draw, and the averages are compared. So the draws hold the uncertainty of the average effect, and not the spread of
    effects between rows; and the effect is that of the population, not that of a row at the mean of all covariates.

    Parameters
    ----------
    model, dt, outcome
        See :func:`predict`.
    do : mapping of str to list
        What is set to what: ``{"sex": ["male", "female"]}`` compares male with female, the first with the last. More
        than two levels are each compared with the last. Several lists go in step; what is no list is set at all
        levels. A level may be a number, a label, an array with one value for each row, or a function of the present
        values, as in ``{"age": [lambda age: age + 1, lambda age: age]}``.
    data : mapping or pandas.DataFrame, optional
        Another population, as in :func:`predict`: post-stratification is a table of cells with `weights`.
    weights : str or array_like, optional
        The weight of each row: the name of data or of a column of `data`, or as many numbers as rows.
    by : str or list of str, optional
        Dims to keep instead of averaging over them, or names of data, columns or dims of labels whose values group
        the rows, as they are in the population before anything is set.
    compare : {"difference", "ratio", "odds ratio", "lift"} or callable
        ``high - low``, ``high / low``, the ratio of the odds of the averages (the marginal odds ratio, which is not
        the ``exp`` of a coefficient), ``high / low - 1``, or a function ``(high, low)`` of arrays of draws.
    dag : CausalGraph, optional
        Compares the model with a graph: the attribute ``verdict`` then says "causal, given the graph" and what the
        answer adjusts for, or "associational" and why, or "cannot tell". What is drawn anew is not adjusted for. Where
        the outcome is a parameter of an observed variable, as p is of ``pm.Binomial("A", n, p)``, the graph is asked
        about that one.
    names : mapping, optional
        What variables of the graph are called in the model, as in :meth:`CausalGraph.audit`.
    groups, kind, seed
        See :func:`predict`. With ``kind="outcome"`` two outcomes are compared whose noise is independent.

    Returns
    -------
    xarray.DataArray
        With the dims chain, draw and those of `by`, and the dim level if there are more than two levels. The
        coordinates ``high`` and ``low`` hold the draws of the averages that are compared, and the attributes say in
        words what the numbers mean.

    Warns
    -----
    PredictionWarning
        As :func:`predict` does.

    Raises
    ------
    TypeError, ValueError
        As :func:`predict` does; also if there are no two levels, weights are negative, missing or all zero, or
        averages do not allow the comparison, such as the odds of a number outside 0 to 1.

    Examples
    --------
    >>> import numpy as np, pymc as pm, rethinking as rt
    >>> with pm.Model(coords={"sex": ["female", "male"]}) as model:
    ...     S = pm.Data("S", np.array([0, 0, 1, 1]))
    ...     alpha = pm.Normal("alpha", 50, 10, dims="sex")
    ...     _ = pm.Normal("weight", alpha[S], 5, observed=[40.0, 44.0, 50.0, 46.0])
    >>> dt = rt.sample(model, seed=1)
    >>> effect = contrast(model, dt, "weight", {"sex": ["male", "female"]})
    >>> dict(effect.sizes), bool(abs(effect.mean() - 5.3) < 0.4)
    ({'chain': 4, 'draw': 1000}, True)
    >>> effect.attrs["estimand"]
    'difference of the mean of expected weight, sex = male compared with sex = female, over 4 rows'
    """
    compared = _comparison(compare)
    _require_kinds(by, weights, dag, names)
    dos = _levels(do)
    answers = Answers(model, dt, outcome, dos, data, groups, kind, seed)
    averages = Averages(answers, weights, by)
    judged = None if dag is None else verdict(dag, answers, names, averages.dims)
    warn_of_doubts(answers, stacklevel=2)
    draws = np.stack([averages.of(level) for level in range(len(dos))])
    _require_allowed(compare, draws, outcome)
    high, low = draws[:-1], draws[-1]
    said = [_name(each, do) for each in dos]
    dims = (*answers.fit.sample, *averages.dims)
    coords = answers.fit.sample | averages.coords
    result = np.stack([np.asarray(compared(each, low)) for each in high])
    if len(dos) == 2:
        result, high, levels = result[0], high[0], ()
    else:
        levels = ("level",)
        coords = {"level": said[:-1]} | coords
    made = DataArray(result, dims=(*levels, *dims), coords=coords, name=outcome)
    made = made.assign_coords(high=((*levels, *dims), high), low=(dims, low))
    made.attrs |= _words(compare, kind, outcome, said, averages, answers)
    if judged is not None:
        made.attrs["verdict"] = judged
    return made.transpose(*answers.fit.sample, ...)


def _require_kinds(by, weights, dag, names):
    several = isinstance(by, list | tuple | set | frozenset) and all(isinstance(name, str) for name in by)
    if by is not None and not isinstance(by, str) and not several:
        msg = f"by must be the name of a dim or of data, or a list of names, but is {told(by)}."
        raise TypeError(msg)
    if weights is not None and not isinstance(weights, str) and (isinstance(weights, Mapping) or np.ndim(weights) == 0):
        msg = f"weights must be a name, or numbers, one for each row, but is {told(weights)}."
        raise TypeError(msg)
    if dag is not None and not isinstance(dag, Structure):
        msg = f"dag must be an rt.CausalGraph, such as rt.CausalGraph('X -> Y'), but is {told(dag)}."
        raise TypeError(msg)
    check_mapping(names, "names", "{'X': 'income'}")


def _levels(do):
    """Return one mapping for each level, from lists that go in step and values for all levels."""
    if not isinstance(do, Mapping) or not do:
        msg = f"do must say what is set to what, as in {{'sex': ['male', 'female']}}, but is {told(do)}."
        raise TypeError(msg)
    lengths = {name: len(values) for name, values in do.items() if isinstance(values, list | tuple)}
    if not lengths or set(lengths.values()) - {max(lengths.values())} or max(lengths.values()) < 2:
        msg = (
            f"do must list two or more levels, as many for each name, but is {told(do)}: each is compared to the last."
        )
        raise ValueError(msg)
    n = max(lengths.values())
    return [{name: values[i] if name in lengths else values for name, values in do.items()} for i in range(n)]


def _comparison(compare) -> Callable:
    if callable(compare):
        return compare
    if not isinstance(compare, str) or compare not in COMPARISONS:
        msg = f"compare must be a function or one of {listed(COMPARISONS)}, but is {told(compare)}."
        raise ValueError(msg)
    return {
        "difference": lambda high, low: high - low,
        "ratio": lambda high, low: high / low,
        "odds ratio": lambda high, low: high / (1 - high) / (low / (1 - low)),
        "lift": lambda high, low: high / low - 1,
    }[compare]


def _require_allowed(compare, draws, outcome):
    lowest, highest = draws.min(), draws.max()
    if compare in ("ratio", "lift") and not lowest > 0:
        msg = (
            f"A {compare} needs positive averages, but those of {outcome!r} go down to {lowest:.3g}: use 'difference'."
        )
        raise ValueError(msg)
    if compare == "odds ratio" and not 0 < lowest <= highest < 1:
        msg = (
            f"An odds ratio needs averages between 0 and 1, but those of {outcome!r} go from {lowest:.3g} to"
            f" {highest:.3g}: name the probability as the outcome, or take the difference."
        )
        raise ValueError(msg)


def _name(level, do):
    """Return what is set at a level in words; what is the same at all levels goes without saying."""
    words = [f"{name} = {_value(value)}" for name, value in level.items() if isinstance(do[name], list | tuple)]
    return ", ".join(words)


def _value(value):
    if callable(value):
        return getattr(value, "__name__", "a function").replace("<lambda>", "a function")
    return f"{np.asarray(value).item()}" if np.size(value) == 1 else "an array"


def _words(compare, kind, outcome, names, averages, answers):
    what = compare if isinstance(compare, str) else getattr(compare, "__name__", "function")
    what = "marginal odds ratio" if what == "odds ratio" else what
    levels = " and ".join(names[:-1]) if len(names) > 2 else names[0]
    return {
        "estimand": f"{what} of the mean of {kind} {outcome}, {levels} compared with {names[-1]}, {averages.words}",
        "high": levels,
        "low": names[-1],
        "compare": what,
        "kind": kind,
        "drawn_anew": ", ".join(rv.name for rv in answers.anew),
    }
