"""Exercises that answer back: questions that compute their answers, and feedback that names the mistake.

A question has a method ``mark(answer)`` that returns a `Feedback`. `Estimate` and `Interval` mark posteriors, `Number`
one number, `Numbers` several, `AdjustmentSet`, `GoodControl` and `Independent` what is said of a causal graph, and
`Law` whatever must behave in a certain way. `checker` returns the ``check(question, answer)`` of a sheet, and
`graph_quiz` makes graph exercises that never run out.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
