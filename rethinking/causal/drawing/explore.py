"""A graph to play with: condition and intervene, and see which paths are open and why."""

from collections.abc import Iterable, Mapping
from itertools import permutations
from pathlib import Path

from rethinking.causal.drawing.highlights import draw
from rethinking.causal.edges import check_names
from rethinking.causal.queries.adjustment import adjustment_sets, check_roles
from rethinking.causal.structure import Structure
from rethinking.pictures import Explorer

__all__ = ["explore"]

JS = Path(__file__).parent / "js"
SCRIPT = (JS / "graph.js", JS / "explorer.js")
MOST_SETS = 12


def explore(
    dag: Structure,
    exposure: str,
    outcome: str,
    given: Iterable[str] = (),
    *,
    positions: Mapping[str, tuple[float, float]] | None = None,
    graph_direction: str = "UD",
    node_props: Mapping[str, Mapping] | None = None,
) -> Explorer:
    """Return the graph as a picture that reacts: click a variable to condition on it.

    Every path between exposure and outcome is listed as open or blocked, causal or biasing, with the reason, as `paths`
    says it. Buttons show the adjustment sets one after the other, and intervene on the exposure. It needs no kernel,
    so it works on the built page too; where scripts are stripped, the drawing of `draw` remains.

    Parameters
    ----------
    exposure, outcome : str
        Two observed variables to begin with; the reader may choose others.
    given : iterable of str, optional
        Observed variables that are conditioned on at the beginning.
    positions, graph_direction, node_props
        As in `draw`.

    Returns
    -------
    Explorer

    Raises
    ------
    ValueError
        If a name is unknown, unobserved or used twice.

    Examples
    --------
    >>> from rethinking.causal import CausalGraph
    >>> CausalGraph("A -> X; A -> M <- B; B -> Y; X -> Y").explore("X", "Y", given={"M"})
    <Explorer: Causal graph: A causes X and M; B causes M and Y; X causes Y. Conditioned on: M. Open backdoor path: ...>
    """
    check_roles(dag, exposure, outcome)
    given = check_names(given, dag.nodes, "given", without={exposure, outcome})
    if given & dag.unobserved:
        hidden = ", ".join(sorted(given & dag.unobserved))
        msg = f"given has {hidden}, which nobody observed: condition on observed variables."
        raise ValueError(msg)
    looks = {"positions": positions, "graph_direction": graph_direction, "node_props": node_props}
    drawing = draw(dag, exposure, outcome, given, **looks)
    sets: dict[str, dict[str, list]] = {}
    for cause, effect in permutations(dag.observed, 2):
        found = adjustment_sets(dag, cause, effect, limit=MOST_SETS)
        sets.setdefault(cause, {})[effect] = [sorted(each) for each in found]
    data = {
        "graph": {"nodes": dag.nodes, "edges": dag.edges, "unobserved": sorted(dag.unobserved)},
        "exposure": exposure,
        "outcome": outcome,
        "given": sorted(given),
        "sets": sets,
    }
    return Explorer(drawing._repr_html_(), data, SCRIPT, drawing.alt)
