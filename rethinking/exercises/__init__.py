"""Exercises that answer back: questions that compute their answers, and feedback that names the mistake.

A question has a method ``mark(answer)`` that returns a `Feedback`. `Estimate` and `Interval` mark posteriors, `Number`
a number, `AdjustmentSet`, `GoodControl` and `Independent` what is said of a causal graph, and `Law` whatever must
behave in a certain way. `checker` returns the ``check(question, answer)`` of a sheet, and `graph_quiz` makes graph
exercises that never run out.
"""

from rethinking.exercises.estimates import Estimate, Interval, Number
from rethinking.exercises.feedback import Feedback
from rethinking.exercises.graphs import AdjustmentSet, GoodControl, Independent
from rethinking.exercises.laws import Complaint, Law
from rethinking.exercises.mistakes import Mistake
from rethinking.exercises.quiz import GraphQuiz, graph_quiz
from rethinking.exercises.sheets import checker

__all__ = [
    "AdjustmentSet",
    "Complaint",
    "Estimate",
    "Feedback",
    "GoodControl",
    "GraphQuiz",
    "Independent",
    "Interval",
    "Law",
    "Mistake",
    "Number",
    "checker",
    "graph_quiz",
]
