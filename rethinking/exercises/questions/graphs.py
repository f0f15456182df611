"""Questions about causal graphs, marked by the engine of `rethinking.causal` and explained by the path that decides."""

from collections.abc import Iterable
from typing import Any, Literal

from rethinking.causal.graph import CausalGraph
from rethinking.causal.queries.adjustment import estimand
from rethinking.exercises.marking.feedback import Feedback

__all__ = ["AdjustmentSet", "GoodControl", "Independent"]


class AdjustmentSet:
    """Which variables to adjust for; None is the answer if no set of observed variables does it.

    Parameters
    ----------
    dag : CausalGraph
    exposure, outcome : str
    effect : {"total", "direct"}

    Examples
    --------
    >>> from rethinking.causal import CausalGraph
    >>> dag = CausalGraph("C -> X; C -> Y; X -> M -> Y")
    >>> question = AdjustmentSet(dag, "X", "Y")
    >>> question.mark({"C"})
    ✓ Right. Adjusting for C leaves the total effect: X <- C -> Y is closed, the fork C is conditioned on.
    >>> question.mark(set())
    ✗ Not yet. X <- C -> Y is open: nothing on it is conditioned on.
    >>> question.mark({"C", "M"})
    ✗ Not yet. M lies on X -> M -> Y, a path of the total effect: what passes there is taken away.
    """

    def __init__(self, dag: CausalGraph, exposure: str, outcome: str, effect: Literal["total", "direct"] = "total"):
        self.dag, self.exposure, self.outcome, self.effect = dag, exposure, outcome, effect

    def mark(self, answer: Any, name: str | None = None) -> Feedback:
        """Return the `Feedback` for a set of names, one name, or None."""
        exists = bool(self.dag.adjustment_sets(self.exposure, self.outcome, self.effect, limit=1))
        if answer is None:
            if exists:
                return Feedback("wrong", "There is a set of observed variables that does it.", "none")
            return Feedback(
                "right", f"No set does it: {open_path(self, ()) or 'what was not observed keeps a path open'}"
            )
        given = read_names(answer, self.dag, {self.exposure, self.outcome})
        if isinstance(given, Feedback):
            return given
        if self.dag.is_adjustment_set(given, self.exposure, self.outcome, self.effect):
            return Feedback("right", why_valid(self, given))
        more = "" if exists else " No set of observed variables does it here: the answer is None."
        mistake, sentence = why_invalid(self, given)
        return Feedback("wrong", sentence + more, mistake)


class GoodControl:
    """Whether a variable is a good control: with it in the model, the total effect is left and nothing else.

    Parameters
    ----------
    dag : CausalGraph
    control : str
        The variable that somebody wants to add.
    exposure, outcome : str
    given : iterable of str
        What is adjusted for anyway.

    Examples
    --------
    >>> from rethinking.causal import CausalGraph
    >>> question = GoodControl(CausalGraph("X -> Y; X -> Z <- Y"), "Z", "X", "Y")
    >>> question.mark(False)
    ✓ Right. Z is an effect of Y, which lies on X -> Y, a path of the total effect: adjusting for it biases.
    """

    def __init__(self, dag: CausalGraph, control: str, exposure: str, outcome: str, given: Iterable[str] = ()):
        self.dag, self.exposure, self.outcome, self.effect = dag, exposure, outcome, "total"
        self.given = frozenset(given) | {control}

    @property
    def truth(self) -> bool:
        """Whether it is."""
        return self.dag.is_adjustment_set(self.given, self.exposure, self.outcome)

    def mark(self, answer: Any, name: str | None = None) -> Feedback:
        """Return the `Feedback` for True or False."""
        why = why_valid(self, self.given) if self.truth else why_invalid(self, self.given)[1]
        return judge(answer, self.truth, why)


class Independent:
    """Whether two variables are independent given some others, if the graph is true.

    Parameters
    ----------
    dag : CausalGraph
    x, y : str
    given : iterable of str

    Examples
    --------
    >>> from rethinking.causal import CausalGraph
    >>> Independent(CausalGraph("A -> C <- B"), "A", "B", {"C"}).mark(True)
    ✗ Not yet. A -> C <- B is open: the collider C is conditioned on.
    """

    def __init__(self, dag: CausalGraph, x: str, y: str, given: Iterable[str] = ()):
        self.dag, self.x, self.y, self.given = dag, x, y, frozenset(given)

    @property
    def truth(self) -> bool:
        """Whether they are."""
        return self.dag.d_separated(self.x, self.y, self.given)

    def mark(self, answer: Any, name: str | None = None) -> Feedback:
        """Return the `Feedback` for True or False."""
        found = self.dag.paths(self.x, self.y, self.given)
        deciding = next((path for path in found if path.open), found[0] if found else None)
        return judge(answer, self.truth, _told(deciding) if deciding else f"no path joins {self.x} and {self.y}.")


def judge(answer, truth, why):
    """Return the `Feedback` for True or False, with the reason."""
    import numpy as np

    given = np.asarray(answer)
    if given.ndim or given.dtype != bool:
        return Feedback("wrong", "Answer True or False.", "form")
    return Feedback("right" if bool(given) == truth else "wrong", why[0].upper() + why[1:])


def read_names(answer, dag, without=()):
    """Return a set of names of a graph, or the `Feedback` that says why it is none."""
    if not isinstance(answer, str | set | frozenset | list | tuple):
        return Feedback("wrong", 'Answer with a set of names, such as {"A", "B"}; set() is the empty one.', "form")
    names = {answer} if isinstance(answer, str) else {str(name) for name in answer}
    strangers, asked = sorted(names - set(dag.nodes), key=str), sorted(names & set(without))
    if strangers:
        return Feedback("wrong", f"There is no {strangers[0]!r} in the graph: it has {', '.join(dag.nodes)}.", "form")
    if asked:
        return Feedback("wrong", f"{', '.join(asked)} is in the question itself: name the others.", "form")
    return frozenset(names)


def why_valid(question, given):
    """Return why a set is an adjustment set: the path that it closes."""
    dag, x, y, effect = question.dag, question.exposure, question.outcome, question.effect
    closed = [path for path in _unwanted(question, given) if path.node in given]
    closed += [path for path in _unwanted(question, given) if path.node not in given]
    names = ", ".join(sorted(given)) or "nothing"
    spare = sorted(n for n in given if dag.is_adjustment_set(given - {n}, x, y, effect))
    note = f" {spare[0]} could be left out." if spare else ""
    path = f": {_told(closed[0])}" if closed else ": there is no other path."
    return f"Adjusting for {names} leaves the {effect} effect{path}{note}"


def why_invalid(question, given):
    """Return the name of the mistake and why a set is no adjustment set: a forbidden member, or the path left open."""
    dag, x, y, effect = question.dag, question.exposure, question.outcome, question.effect
    hidden = sorted(given & dag.unobserved)
    if hidden:
        return "unobserved", f"{hidden[0]} was not observed, so nobody can adjust for it."
    parts = estimand(dag, x, y, effect)
    for node in sorted(given & parts.forbidden):
        mediators = [node] if node in parts.carriers else _mediators(dag, parts, node)
        path = next(p for p in dag.paths(x, y) if p.kind == "causal" and mediators[0] in p.nodes
                    and (effect == "total" or len(p.nodes) == 2))  # fmt: skip
        if mediators == [node]:
            return "mediator", f"{node} lies on {path}, a path of the {effect} effect: what passes there is taken away."
        where = f"{mediators[0]}, which lies on {path}, a path of the {effect} effect"
        return "post-treatment", f"{node} is an effect of {where}: adjusting for it biases."
    return "open path", open_path(question, given)


def open_path(question, given):
    """Return the words for the first path besides the effect that a set leaves open, or nothing."""
    left = [path for path in _unwanted(question, given) if path.open]
    return _told(left[0]) if left else ""


def _mediators(dag, parts, node):
    return sorted(c for c in parts.carriers if not dag.do(c).d_separated(c, node))


def _unwanted(question, given):
    """Return the paths between exposure and outcome that are not part of the effect."""
    found = question.dag.paths(question.exposure, question.outcome, given)
    direct = question.effect == "direct"
    return [path for path in found if path.kind != "causal" or (direct and len(path.nodes) > 2)]


def _told(path):
    return f"{path} is {'open' if path.open else 'closed'}{':' if path.open else ','} {path.reason}."
