"""Whether a contrast is an effect: the model that answers, held against a causal graph."""

from rethinking._names import listed
from rethinking.causal.queries.adjustment import estimand


def verdict(dag, answers, names, by):
    """Return in words whether a contrast is causal, given a graph, and what it adjusts for.

    A variable that is drawn anew is not conditioned on but averaged over, a mediator for instance. The model of it has
    to hold all that it depends on among the exposure and what is adjusted for; the graph says whether it does.

    Parameters
    ----------
    dag : rethinking.CausalGraph
    answers : Answers
    names : mapping
        What the graph's variables are in the model, as in :meth:`rethinking.CausalGraph.audit`.
    by : sequence of str
        What groups the rows.
    """
    model = answers.fit.model
    names = {dim: index for index, dim in answers.world.index_dims.items() if dim in dag.nodes} | dict(names or {})
    called = {each: name for name, of in names.items() for each in (of if isinstance(of, list | tuple) else [of])}
    for name, node in called.items():
        if name in dag.nodes and name != node and name not in names:
            return f"cannot tell: {name!r} of the model stands for {node}, and the graph has a {name} of its own"
    in_graph = {name: called.get(name, name) for name in model.named_vars}
    exposures = [in_graph[name] for name in answers.world.levels[0] if in_graph[name] in dag.nodes]
    outcome = in_graph[_likelihood(model, answers.outcome).name]
    if outcome not in dag.nodes:
        return f"cannot tell: the graph has no {outcome!r}, say in names what it is called there"
    if len(exposures) != 1:
        return f"cannot tell: the graph is asked about one exposure, and {listed(exposures) or 'none of its'} are set"
    (exposure,) = exposures
    found = dag.audit(model, exposure, outcome, names=names)
    anew = [in_graph[rv.name] for rv in answers.world.anew]
    anew = [name for name in anew if name in dag.nodes and name not in (exposure, outcome)]
    if grouped := _groups_downstream(dag, exposure, by, called):
        return f"associational: the rows are grouped by {grouped}, an effect of {exposure}"
    if not anew:
        if found.contrast == "valid":
            return _causal(found.conditions)
        word = "associational" if found.contrast == "not valid" else "cannot tell"
        return f"{word}: {found.reasons}"
    if hidden := [name for name in anew if name in dag.unobserved]:
        return f"cannot tell: the graph cannot judge the model of what is unobserved and drawn anew, {listed(hidden)}"
    adjusts = found.conditions - set(anew)
    if not estimand(dag, exposure, outcome).is_met(adjusts) or found.in_part:
        return f"associational: {listed(sorted(adjusts)) or 'nothing'} does not close all paths that mislead"
    for i, name in enumerate(anew):
        causes = _conditions(dag, model, exposure, name, names)
        others = ({exposure, *adjusts, *anew[:i]} - causes) - {name}
        if left := [each for each in sorted(others) if not dag.d_separated(name, each, causes)]:
            return f"cannot tell: the model of {name} leaves out {listed(left)}, which it may depend on"
    return f"{_causal(adjusts)}, averages over {listed(anew)}"


def _likelihood(model, outcome):
    """Return the observed variable whose parameter an outcome is, as p is one of Binomial(n, p); else the outcome."""
    if outcome not in model.deterministics:
        return outcome
    found = [rv for rv in model.observed_RVs if outcome in getattr(rv.owner.op, "dist_params", _none)(rv.owner)]
    return found[0] if len(found) == 1 else outcome


def _none(_):
    return ()


def _causal(adjusts):
    return f"causal, given the graph: adjusts for {listed(sorted(adjusts)) or 'nothing'}"


def _conditions(dag, model, exposure, outcome, names):
    """Return what the model of a variable conditions on, the exposure included if it has a coefficient there."""
    found = dag.audit(model, exposure, outcome, names=names)
    return found.conditions | ({exposure} if found.coefficient else frozenset())


def _groups_downstream(dag, exposure, by, called):
    graph = dag.to_networkx()
    groups = [called.get(name, name) for name in by]
    return listed([name for name in groups if name in graph and name != exposure and _reaches(graph, exposure, name)])


def _reaches(graph, start, end):
    waiting, seen = [start], set()
    while waiting:
        node = waiting.pop()
        if node == end:
            return True
        waiting += set(graph[node]) - seen
        seen |= set(graph[node])
    return False
