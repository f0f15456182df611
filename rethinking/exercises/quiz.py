"""Graph exercises that never run out: a random causal graph, a question about it, and the engine to mark the answer."""

from typing import Any, Literal, get_args

import numpy as np

from rethinking._arguments import require_choice, require_whole
from rethinking._names import kind_of
from rethinking.causal.graph import CausalGraph
from rethinking.exercises.marking.feedback import Feedback
from rethinking.exercises.questions.graphs import AdjustmentSet, GoodControl, Independent

__all__ = ["GraphQuiz", "graph_quiz"]

Kind = Literal["adjustment", "good control", "independence"]
KINDS = get_args(Kind)
LETTERS = "ABCDEFGHIJ"
TRIES = 10_000


class GraphQuiz:
    """A question about a graph. The last line of a cell shows both.

    Attributes
    ----------
    dag : CausalGraph
    question : str
        In words.
    """

    def __init__(self, dag: CausalGraph, question: str, marker: Any, drawing: Any):
        self.dag, self.question, self._marker, self._drawing = dag, question, marker, drawing

    def check(self, answer: Any) -> Feedback:
        """Return the `Feedback` for an answer, with the path that decides."""
        return self._marker.mark(answer)

    def __repr__(self) -> str:
        return f"{self.dag}\n{self.question}"

    def _repr_html_(self) -> str:
        return f"{self._drawing._repr_html_()}<p>{self.question}</p>"


def graph_quiz(rng: np.random.Generator, kind: Kind = "adjustment", size: int = 5) -> GraphQuiz:
    """Return a new question about a random causal graph, which marks its answers itself.

    Parameters
    ----------
    rng : numpy.random.Generator
        The same state gives the same question.
    kind : {"adjustment", "good control", "independence"}
        Give a set to adjust for (None if there is none); say whether a variable is a good control, or whether two
        variables are independent given others (True or False).
    size : int
        Variables in the graph, 4 to 10.

    Returns
    -------
    GraphQuiz
        Its `check` takes the answer.

    Raises
    ------
    TypeError
        If the generator is none, such as a seed.
    ValueError
        If the kind is unknown or the size is not 4 to 10.

    Examples
    --------
    >>> from typing import Any, Literal, get_args

    import numpy as np
    >>> quiz = graph_quiz(np.random.default_rng(7), kind="independence", size=4)
    >>> print(quiz)
    CausalGraph('...')
    Is ... independent of ...? Answer True or False.
    >>> bool(quiz.check(True)) != bool(quiz.check(False))
    True
    """
    if not (hasattr(rng, "random") and hasattr(rng, "permutation") and hasattr(rng, "choice")):
        msg = f"rng is {kind_of(rng)}, but should be a generator of random numbers: np.random.default_rng(1)."
        raise TypeError(msg)
    require_choice("kind", kind, KINDS)
    require_whole("size", size, 4, 10)
    ask = {"adjustment": _adjustment, "good control": _good_control, "independence": _independence}[kind]
    wanted = rng.random()
    for _ in range(TRIES):
        quiz = ask(rng, _random_graph(rng, size, hide=kind != "independence"), wanted)
        if quiz is not None:
            return quiz
    msg = f"no graph of size {size} was found for a question about {kind}; try another state of the generator."
    raise RuntimeError(msg)


def _random_graph(rng: np.random.Generator, size: int, hide: bool) -> CausalGraph | None:
    """Return a random graph with X before Y, or None if an arrow is missing at one of its variables."""
    names = [*LETTERS[: size - 2]]
    rng.shuffle(names)
    first, second = sorted(rng.choice(size, 2, replace=False))
    names.insert(first, "X")
    names.insert(second, "Y")
    density = min(0.9, 2.6 / size)
    edges = [(a, b) for i, a in enumerate(names) for b in names[i + 1 :] if rng.random() < density]
    roots = sorted(set(LETTERS) & {a for a, _ in edges} - {b for _, b in edges})
    hidden = roots[:1] if hide and roots and rng.random() < 0.4 else []
    return CausalGraph(edges, unobserved=hidden) if len({node for edge in edges for node in edge}) == size else None


def _adjustment(rng: np.random.Generator, dag: CausalGraph | None, wanted: float) -> GraphQuiz | None:
    """Return a question whose answer is mostly a set, at times nothing, and at times that there is none."""
    if dag is None or len(dag.paths("X", "Y")) < 2:
        return None
    sets = dag.adjustment_sets("X", "Y")
    kind = "none" if not sets else "empty" if sets == [frozenset()] else "set"
    if kind != ("set" if wanted < 0.7 else "empty" if wanted < 0.85 else "none"):
        return None
    words = "Which variables would you adjust for, to learn the total effect of X on Y?"
    words += ' Answer with a set of names, such as {"A"}, or with None if no set does it.'
    return GraphQuiz(dag, _unseen(dag) + words, AdjustmentSet(dag, "X", "Y"), dag.draw())


def _good_control(rng: np.random.Generator, dag: CausalGraph | None, wanted: float) -> GraphQuiz | None:
    others = [name for name in dag.observed if name not in "XY"] if dag is not None else []
    if dag is None or len(others) < 2:
        return None
    control, beside = rng.choice(others, 2, replace=False).tolist()
    given = {beside} if rng.random() < 0.5 else set()
    marker = GoodControl(dag, control, "X", "Y", given)
    # Where nothing but the effect joins the two, every variable that is no effect is good: no question worth asking.
    if marker.truth != (wanted < 0.5) or len(dag.paths("X", "Y")) < 2:
        return None
    words = f"You adjust for {beside}. " if given else ""
    also = f"together with {beside}" if given else "alone"
    words += f"Is {control} a good control: does adjusting for it, {also}, leave the total effect of X on Y?"
    return GraphQuiz(dag, f"{_unseen(dag)}{words} Answer True or False.", marker, dag.draw())


def _independence(rng: np.random.Generator, dag: CausalGraph | None, wanted: float) -> GraphQuiz | None:
    if dag is None:
        return None
    x, y, *rest = rng.permutation(list(dag.nodes)).tolist()
    given = set(rest[: rng.integers(0, 3)])
    marker = Independent(dag, x, y, given)
    # An arrow between the two is seen at a glance, and so is that no path joins them.
    if marker.truth != (wanted < 0.5) or {(x, y), (y, x)} & set(dag.edges) or not dag.paths(x, y):
        return None
    words = f"Is {x} independent of {y}" + (f" given {' and '.join(sorted(given))}" if given else "")
    return GraphQuiz(dag, f"{words}? Answer True or False.", marker, dag.draw(given=given))


def _unseen(dag):
    return f"{', '.join(sorted(dag.unobserved))} was not observed. " if dag.unobserved else ""
