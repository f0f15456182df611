"""A model in the words of a graph: which of its variables are which of the graph's."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import lazy_loader

from rethinking.causal.audit.groups import Claim, claim_of_groups, group_lookups
from rethinking.causal.audit.likelihood import Likelihood, find_likelihood, read, same_data, unknown_name, values
from rethinking.causal.edges import check_name

if TYPE_CHECKING:
    import pymc as pm

    from rethinking.causal.graph import CausalGraph

nx = lazy_loader.load("networkx")

__all__ = ["Translation", "translate"]


@dataclass(frozen=True)
class Translation:
    """What enters the likelihood of an outcome, in the words of a graph.

    Attributes
    ----------
    likelihood : Likelihood
        What enters it, in the words of the model.
    found : dict of str to list of TensorVariable
        For every variable of the graph but the outcome, what stands for it there; nothing, if it does not enter.
    claims : dict of str to Claim
        For unobserved causes that are named by the groups that share them, how far the likelihood conditions on them.
    unknown : tuple of str
        A sentence about everything in the likelihood that the graph does not have, or that is taken at its word.
    """

    likelihood: Likelihood
    found: dict[str, list]
    claims: dict[str, Claim]
    unknown: tuple[str, ...]


def translate(
    dag: "CausalGraph", model: "pm.Model", exposure: str, outcome: str, names: Mapping[str, object]
) -> Translation:
    """Return what enters the likelihood of the outcome, in the words of the graph.

    Parameters
    ----------
    dag, model, exposure, outcome, names
        As in `rethinking.causal.audit.verdict.audit`.

    Raises
    ------
    ValueError
        If a name is unknown to the graph or to the model, or the model has no likelihood for the outcome.
    """
    for name in names:
        check_name(name, dag.nodes, "names")
    names = {name: list(wanted) if isinstance(wanted, list | tuple) else [wanted] for name, wanted in names.items()}
    likelihood = _likelihood(dag, model, outcome, names)
    found = {name: _find(likelihood, model, name, names) for name in dag.nodes if name != outcome}
    claims = _claims(dag, model, likelihood, exposure, found)
    taken = [
        f"{each.name or 'An array'} stands for {name}, which is unobserved, as far as the model knows it."
        for name in sorted(dag.unobserved - claims.keys())
        for each in found[name]
    ]
    return Translation(likelihood, found, claims, (*taken, *_unknown(model, likelihood, found)))


def _likelihood(dag: "CausalGraph", model: "pm.Model", outcome: str, names: Mapping[str, list]) -> Likelihood:
    variable = find_likelihood(model, outcome, names.get(outcome, [outcome])[0])
    known = {}
    for name in set(dag.nodes) - {outcome}:
        for wanted in names.get(name, [name]):
            if isinstance(wanted, str):
                if name in names and wanted not in model.named_vars:
                    raise unknown_name(model, name, wanted)
                known[wanted] = name
    return read(model, variable, [model.named_vars[each] for each in known if each in model.named_vars])


def _find(likelihood: Likelihood, model: "pm.Model", name: str, names: Mapping[str, list]) -> list:
    """Return the variables in a likelihood that are a variable of the graph."""
    found = []
    for wanted in names.get(name, [name]):
        if isinstance(wanted, str):
            found += [each for each in likelihood.reached if each is model.named_vars.get(wanted)]
        else:
            found += [each for each in likelihood.reached if same_data(values(each), wanted)]
    return found


def _claims(
    dag: "CausalGraph", model: "pm.Model", likelihood: Likelihood, exposure: str, found: Mapping[str, list]
) -> dict[str, Claim]:
    indices = {lookup.index for lookup in likelihood.lookups}
    graph, claims = dag.to_networkx(), {}
    for name in dag.unobserved:
        for index in indices.intersection(found[name]):
            affected = nx.descendants(graph, name) & set(dag.observed) - {exposure}
            companions = [each for other in sorted(affected) for each in found.get(other, [])]
            claims[name] = claim_of_groups(model, likelihood, index, found[exposure], companions)
    return claims


def _unknown(model: "pm.Model", likelihood: Likelihood, found: Mapping[str, list]) -> Iterator[str]:
    """Yield a sentence for everything in the likelihood that the graph does not have."""
    known = {each for every in found.values() for each in every}
    for index in dict.fromkeys(lookup.index for lookup in group_lookups(model, likelihood)):
        if index not in known:
            name = index.name or "group"
            ask = f"if it is an unobserved cause U, pass names={{'U': {name!r}}}"
            yield f"There are intercepts by {name}, and the graph does not say what its groups share: {ask}."
    passed = known.union(model.dim_lengths.values(), (lookup.index for lookup in likelihood.lookups))
    for each in likelihood.reached:
        held = values(each)
        is_vector = held is not None and held.ndim > 0
        if each in passed or not (is_vector or each in model.observed_RVs):
            continue
        if each.name:
            yield f"{each.name} enters the likelihood too, and is not in the graph."
        elif len(held) == len(likelihood.data):
            yield "An array without a name enters the likelihood too: if the graph has it, pass it in names."
