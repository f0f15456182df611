"""A model in the words of a graph: resolved once into records of numbers and names."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

import lazy_loader

from rethinking.causal.audit.reading.ancestry import all_above, is_a, numbers, parents, source, values
from rethinking.causal.audit.reading.dictionary import Dictionary
from rethinking.causal.audit.reading.likelihood import Part, find_likelihood, parts_of
from rethinking.causal.audit.reading.surface import surface_of
from rethinking.causal.audit.reading.trial import Trial, choose_way
from rethinking.causal.audit.records import Index, Reading
from rethinking.causal.structure import Structure

if TYPE_CHECKING:
    import numpy as np
    import pymc as pm
    from pytensor.graph.basic import Variable
else:
    np = lazy_loader.load("numpy")


__all__ = ["resolve"]

# Link functions in one step.
LINKS = ("Exp", "Sigmoid", "Softplus")


def resolve(
    dag: Structure, model: "pm.Model", exposure: str, outcome: str, wanted: Mapping[str, list], given: Iterable[str]
) -> list[Reading]:
    """Return what the likelihoods of an outcome are made of: several, if it was measured in several ways.

    Parameters
    ----------
    dag, model, exposure, outcome
        As in `rethinking.causal.audit.verdict.audit`.
    wanted : mapping of str to list
        For each variable of the graph the names or the data that it may have in the model.
    given : collection of str
        The variables for which `names` said so.

    Raises
    ------
    ValueError
        If a name is unknown to the model, or the model has no likelihood for the outcome.
    """
    others = {name: every for name, every in wanted.items() if name != outcome}
    words = Dictionary(model, others, given, dag.unobserved)
    variables = list(dict.fromkeys(find_likelihood(model, outcome, each) for each in wanted[outcome] or [outcome]))
    own = [*variables, *(_before_error(model, variable) for variable in variables)]
    return [_read(model, variable, words, exposure, own) for variable in variables]


def _before_error(model: "pm.Model", variable: "Variable") -> "Variable":
    """Return the random variable that an outcome measures with an error, row by row, or the outcome if it is none.

    What enters the likelihood of the outcome is then what enters the distribution of its true value.
    """
    parts, _, _ = parts_of(variable)
    true = parts[0].location[0] if len(parts) == 1 and len(parts[0].location) == 1 else None
    if true is None or true not in model.free_RVs or parts[0].offsets:
        return variable
    if true.type.ndim != variable.type.ndim or true.type.ndim != 1:
        return variable
    links = [each.owner.inputs[0] for each in parents(variable) if is_a(each.owner, LINKS)]
    is_as_it_is = any(each is true for each in (*parents(variable), *links))
    return _before_error(model, true) if is_as_it_is else variable


def _read(model: "pm.Model", outcome: "Variable", words: Dictionary, exposure: str, own: list) -> Reading:
    """Return what one likelihood of a model is made of, in the words of a graph."""
    data, (seen, _, _) = numbers(source(model.rvs_to_values[outcome])), parts_of(outcome)
    variable = _before_error(model, outcome)
    parts, weights, is_categorical = parts_of(variable)
    is_joint = data.ndim == 2 and bool(parts) and parts[0].family.startswith("multivariate")
    surfaces = [surface_of(model, part, words.stands_for, len(data)) for part in parts if part.location]
    for surface in surfaces:
        choose_way(surface)
    if is_joint:
        parts_of_exposure = [k for k in range(data.shape[1]) if words.of_data(data[:, k]) == exposure]
        others = [k for k in range(data.shape[1]) if words.of_data(data[:, k]) is None]
    else:
        parts_of_exposure, others = [], range(max((each.at().shape[1] for each in surfaces), default=0))
    trials = [Trial(model, surface, words, k, own) for surface in surfaces for k in others if k < surface.at().shape[1]]
    moving = [terms for trial in trials if (terms := trial.terms)]
    instruments = set()
    if parts_of_exposure and _is_correlated(model, parts[0], words):
        for k in parts_of_exposure:
            columns = [each for term in Trial(model, surfaces[0], words, k, own).terms for each in term.columns]
            instruments |= {name for each in columns for name in each.on}
    named = [
        words.named(_above(every), surface)
        for surface in surfaces[:1]
        for every in (
            [each for part in parts for each in part.rest],
            weights,
            [each for part in parts for each in part.offsets],
        )
    ]
    in_rest, in_weights, offsets = named or [frozenset()] * 3
    known = {name: [] for name in words.arrays}
    for trial in trials:
        for name, every in trial.rows.items():
            known[name] += every
    latents = {name: each for each, name in words.stands_for.items() if _is_latent(model, each)}
    return Reading(
        name=str(variable.name),
        family=seen[0].family if seen else "",
        data=data,
        trials=_trials(outcome, max((each.rows for each in surfaces), default=len(data))),
        components=tuple(moving),
        is_mixture=bool(weights),
        is_categorical=is_categorical and len(moving) > 1,
        is_joint=is_joint,
        known=known,
        fixed=frozenset().union(*(trial.fixed() for trial in trials)) | offsets,
        in_rest=in_rest,
        in_weights=in_weights,
        indices=_indices(trials),
        means={
            index: {name for trial in trials for name in trial.means.get(index, ())}
            for trial in trials
            for index in trial.means
        },
        latents={
            name: each.name for name, each in latents.items() if any(each in surface.stops for surface in surfaces)
        },
        partners={name: frozenset(_partners(model, each, words, surfaces, own)) for name, each in latents.items()},
        causes=tuple(_shared_causes(model, trials, words, exposure, own)),
        instruments=frozenset(instruments),
        unknown=tuple(dict.fromkeys(_unknown(trials))),
        unread=() if parts else (f"{variable.name} has a density of its own, and where its location is nothing tells",),
    )


def _above(variables: Iterable["Variable"]) -> dict:
    return {above: None for each in variables for above in all_above(each)}


def _indices(trials: list[Trial]) -> tuple[Index, ...]:
    return tuple({index.name: index for trial in trials for index in trial.indices}.values())


def _is_latent(model: "pm.Model", variable: "Variable") -> bool:
    """Return whether a variable is made of free random variables, as that is of a variable with missing values."""
    free = set(model.free_RVs)
    return (
        values(variable) is None
        and variable not in model.observed_RVs
        and any(each in free for each in all_above(variable, set(model.observed_RVs)))
    )


def _partners(model: "pm.Model", variable: "Variable", words: Dictionary, surfaces: list, own: list) -> Iterator[str]:
    """Yield the variables of the graph that a model of a latent variable knows: above it, and below it."""
    free = set(model.free_RVs)
    parts = [each for each in all_above(variable) if each in free]
    if surfaces:
        yield from words.named(all_above(variable), surfaces[0])
    for other in model.observed_RVs:
        if other in own:
            continue
        above = all_above(other)
        if other in all_above(variable) or not any(part in above for part in parts):
            continue
        held = words.of_data(values(source(model.rvs_to_values[other])))
        yield from {words.stands_for.get(other), held} - {None}


def _shared_causes(
    model: "pm.Model", trials: list[Trial], words: Dictionary, exposure: str, own: list
) -> Iterator[str]:
    """Yield the parameters that enter the likelihood of the exposure too."""
    for other in model.observed_RVs:
        held = values(source(model.rvs_to_values[other]))
        if other in own or exposure not in (words.stands_for.get(other), words.of_data(held)):
            continue
        above = all_above(other)
        for trial in trials:
            yield from (each.name for each in trial.surface.parameters if each in above)


def _is_correlated(model: "pm.Model", part: Part, words: Dictionary) -> bool:
    """Return whether the covariance of a joint likelihood is learned, off its diagonal too."""
    covariance = next(iter(part.rest), None)
    free = set(model.free_RVs)
    if covariance is None or not any(each in free for each in all_above(covariance)):
        return False
    whole = Part("", (covariance,), lambda held: [held], ())
    matrix = surface_of(model, whole, words.stands_for, 1).ways()[0]
    size = round(matrix.size**0.5)
    matrix = matrix.reshape(size, size)
    return bool(np.abs(matrix - np.diag(np.diag(matrix))).max() > 0)


def _trials(variable: "Variable", rows: int) -> "np.ndarray":
    """Return how many trials a row is: one, but for binomial counts."""
    name = getattr(variable.owner.op, "name", None)
    held = values(source(parents(variable)[0])) if name in ("binomial", "beta_binomial") else None
    return (
        np.broadcast_to(1 if held is None else held, (rows,))
        if held is None or held.size in (1, rows)
        else np.ones(rows)
    )


def _unknown(trials: list[Trial]) -> Iterator[str]:
    """Yield a sentence for everything in the likelihood that the graph does not have."""
    for trial in trials:
        for term in trial.terms:
            index = next((each for each in trial.indices if each.name == term.index), None)
            if index and not index.stands_for:
                ask = f"if it is an unobserved cause U, pass names={{'U': {index.name!r}}}"
                yield f"There are intercepts by {index.name}, and the graph does not say what its groups share: {ask}."
        for name in sorted(trial.touched(trial.unknown)):
            if name:
                yield f"{name} enters the likelihood too, and is not in the graph."
            else:
                yield "An array without a name enters the likelihood too: if the graph has it, pass it in names."
