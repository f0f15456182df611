"""What was compiled to answer questions about a model: the model holds it, and a further question finds it there."""

from rethinking.predictions.worlds.moments import target

KEPT = 16  # functions for one model: a few hundred kilobytes each


class Compiled:
    """Expressions and functions for the questions that a model has been asked.

    What depends on the model's graph is kept, for nobody can change a graph. Values, lengths and labels are read anew
    at each question, and a function is compiled again if an array that is written into the graph has changed. Copies
    of the model, and those in another process, begin with nothing.
    """

    def __init__(self):
        self._targets, self._functions = {}, {}

    @classmethod
    def of(cls, model) -> "Compiled":
        """Return what a model holds."""
        return vars(model).setdefault("_rethinking_compiled", cls())

    def __reduce__(self):
        return Compiled, ()

    def target(self, model, outcome, kind):
        """Return what :func:`~rethinking.predictions.worlds.moments.target` does, the same expression each time."""
        found = self._targets.get((outcome, kind))
        if found is None and (found := target(model, outcome, kind)) is not None:
            self._targets[outcome, kind] = found
        return found

    def function(self, question, make):
        """Return what was made for a question, any hashable value, or what a function makes now."""
        found = self._functions.pop(question, None)
        if found is None or not found.is_current():
            found = make()
        self._functions[question] = found  # the last: it will be needed again soonest
        for old in list(self._functions)[:-KEPT]:
            self._functions.pop(old, None)
        return found
