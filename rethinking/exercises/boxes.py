"""What a page needs to judge answers without Python: right answers, mistakes, tolerances and sentences, as data.

The site has a box at each question of a sheet, and ``lectures/_static/questions.js`` judges what is typed into it, as
the questions here do, in the same words. Nothing of this is in the notebooks of students.
"""

from functools import singledispatch
from typing import Any

import numpy as np

from rethinking.exercises.marking.feedback import LOOKS, Feedback
from rethinking.exercises.questions.estimates import RANGES, SENTENCES, Estimate
from rethinking.exercises.questions.graphs import AdjustmentSet, GoodControl, Independent
from rethinking.exercises.questions.intervals import USUAL_PERCENTS, Interval
from rethinking.exercises.questions.numbers import Number, Numbers
from rethinking.exercises.sheets import NOTHING, Check

__all__ = ["box", "boxes"]

# A set of more variables has too many subsets for a table.
MOST_VARIABLES = 10


def boxes(check: Check) -> dict[str, Any]:
    """Return the questions of a sheet as data that JSON can say.

    Parameters
    ----------
    check : Check
        Of the sheet; what its questions have computed already is not computed again.

    Examples
    --------
    >>> from rethinking.exercises import checker
    >>> found = boxes(checker("01_science_before_statistics"))
    >>> found["questions"]["visit"]["kind"], found["questions"]["harmful"]
    ('choice', {'kind': 'python'})
    """
    questions = {name: box(check.sheet.questions[name]) for name in check.questions}
    looks = {verdict: look[:2] for verdict, look in LOOKS.items()}
    return {"looks": looks, "nothing": _said(NOTHING), "questions": questions}


@singledispatch
def box(question: Any) -> dict[str, Any]:
    """Return one question as data: each `Feedback` as [verdict, sentence, mistake], None for a number not finite.

    Whatever takes Python to judge, such as a `Law`, has nothing but its kind, ``"python"``.

    Examples
    --------
    >>> box(Number(lambda: 0.25, 0.005))["right"], box(None)
    (0.25, {'kind': 'python'})
    """
    return {"kind": "python"}


@box.register
def _number(question: Number) -> dict[str, Any]:
    mistakes = [[float(each.comes_out()), _wrong(each)] for each in question.mistakes]
    return {
        "kind": "number",
        "right": float(question.reference()),
        "tolerance": question.tolerance,
        "mistakes": mistakes,
        "say": _all_said(question.sentences),
    }


@box.register
def _numbers(question: Numbers) -> dict[str, Any]:
    return {
        "kind": "numbers",
        "right": question.reference().tolist(),
        "tolerance": question.tolerance,
        "total": question.total,
        "mistakes": [[each.comes_out().tolist(), _wrong(each)] for each in question.mistakes],
        "say": _all_said(question.sentences),
    }


@box.register
def _estimate(question: Estimate) -> dict[str, Any]:
    right = question.reference
    if right.mean.ndim:
        return {"kind": "python"}
    say = SENTENCES | {
        "right": Feedback("right", question.praise),
        "text": question.mark(("text", 1)),
        "missing": question.mark((np.nan, 1)),
        "sd": question.mark((0, 0)),
    }
    if question.kind in RANGES:
        say["range"] = question.out_of_range("{mean}")
    mistakes = [
        [_wrong(each), getattr(each, "near", False), [_moments(one) for one in question.comes_out(each)]]
        for each in (*question.slips, *question.mistakes)
    ]
    return {
        "kind": "estimate",
        "right": _moments(right),
        "squared": _finite(question.squared_mean) if question.kind == "variance" else None,
        "range": RANGES.get(question.kind or ""),
        "mistakes": mistakes,
        "say": _all_said(say),
    }


@box.register
def _interval(question: Interval) -> dict[str, Any]:
    usual = {f"{percent}% interval" for percent in USUAL_PERCENTS}
    wrong = [question.comes_out(each) for each in (*question.slips, *question.mistakes)]
    return {
        "kind": "interval",
        "right": _ends(question.right),
        "moments": [_finite(question.mean), _finite(question.sd)],
        "beside": [_ends(each) for each in question.beside],
        "others": [[_wrong(each), each.name in usual, _ends(each)] for each in question.others],
        "mistakes": [[_wrong(each[0]), [_ends(one) for one in each]] for each in wrong if each],
        "say": _all_said(question.sentences),
    }


@box.register
def _set(question: AdjustmentSet) -> dict[str, Any]:
    names = [name for name in question.dag.nodes if name not in {question.exposure, question.outcome}]
    if len(names) > MOST_VARIABLES:
        return {"kind": "python"}
    # The place of a set: one for the first name, two for the second, four for the third ... that is in it.
    sets = [{name for bit, name in enumerate(names) if place >> bit & 1} for place in range(2 ** len(names))]
    answers = [_said(question.mark(each)) for each in sets]
    return {"kind": "set", "names": names, "answers": answers, "none": _said(question.mark(None))}


@box.register(GoodControl)
@box.register(Independent)
def _choice(question) -> dict[str, Any]:
    return {"kind": "choice", "options": [[str(each), _said(question.mark(each))] for each in (True, False)]}


def _said(feedback):
    return [feedback.verdict, feedback.sentence, feedback.mistake]


def _all_said(sentences):
    return {case: _said(feedback) for case, feedback in sentences.items()}


def _wrong(mistake):
    return ["wrong", mistake.sentence, mistake.name]


def _moments(posterior):
    """Return mean and sd, and the Monte-Carlo errors of both."""
    return [_finite(each) for each in (posterior.mean, posterior.sd, posterior.mean_error, posterior.sd_error)]


def _ends(candidate):
    """Return both ends, and the Monte-Carlo errors of both."""
    return [_finite(each) for each in (*candidate.ends, *candidate.errors)]


def _finite(value):
    return float(value) if np.isfinite(value) else None
