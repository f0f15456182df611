"""The table of answers: for each question of a sheet, right ones in every form, and plausible wrong ones.

Each wrong one is (the names that the mistake may have, the answer). A name says which sentence the student reads, so a
wrong name would be a false sentence.
"""

import functools

import arviz as az
import numpy as np
import pandas as pd
import xarray as xr

from rethinking.book.pages import code_cells
from rethinking.exercises import (
    AdjustmentSet,
    Estimate,
    GoodControl,
    Independent,
    Interval,
    Law,
    Number,
    Numbers,
    checker,
)
from rethinking.exercises.marking.posterior import read_posterior
from rethinking.exercises.sheets import sheet_paths

SIGNED = {None, "difference", "logarithm"}
HUNDREDTHS = {"probability", "difference", "share", "ratio"}


class Played:
    """A sheet, run from top to bottom as the site does, wrong answers and their assertions among it.

    Attributes
    ----------
    right : dict
        The answer of the solution, by question, as it was handed in.
    told : dict of list
        The feedback for the wrong answers of the sheet, by question.
    """

    def __init__(self, name):
        self.check, self.right, self.told = checker(name), {}, {}
        namespace = {"__name__": "__main__"}
        for line, tags, source in code_cells(sheet_paths()[name].read_text(encoding="utf-8")):
            if "questions" not in tags:
                self.solving = "check" in tags
                exec(compile("\n" * line + source, sheet_paths()[name], "exec"), namespace)
                if "check" in namespace:
                    namespace["check"] = self
        self.namespace = namespace

    def __call__(self, question, answer, variable=None):
        feedback = self.check(question, answer, variable)
        if self.solving:
            assert feedback, (question, feedback)
            self.right[question] = answer
        else:
            self.told.setdefault(question, []).append(feedback)
        return feedback

    def __getattr__(self, name):
        return getattr(self.check, name)


def right_forms(question, answer):
    """Return right answers in at least five forms."""
    if isinstance(question, Estimate):
        draws = _draws(answer)
        mean, sd = float(draws.mean()), float(draws.std())
        digits = max(2, 1 - int(np.floor(np.log10(sd))))
        tree = xr.DataTree.from_dict({"posterior": draws.to_dataset(name="mine")})
        return [
            *[(draws,), (tree, "mine"), (tree["posterior"].to_dataset(), "mine"), (draws.to_numpy(),)],
            *[(draws.to_numpy().ravel().tolist(),), ((mean, sd),), ((round(mean, digits), round(sd, digits)),)],
            *[(np.array([mean, sd]),), (draws.isel(draw=slice(None, None, 2)),)],
        ]
    if isinstance(question, Interval):
        asked = question._asked
        own = question._estimate.reference.draws.quantile(asked)  # of the draws that the sheet gives
        digits = max(2, 3 - int(np.floor(np.log10(float(own.to_numpy().std())))))
        forms = [own, own.to_dataset(name="x"), own.to_numpy(), tuple(own.to_numpy()), own.to_numpy().tolist()]
        return [(form,) for form in [answer, *forms, own.round(digits).to_numpy()]]
    if isinstance(question, Number):
        value = float(answer)
        digits = int(np.ceil(-np.log10(2 * question.tolerance) - 1e-9))
        forms = [value, np.float64(value), np.array(value), xr.DataArray(value), np.array([value])]
        return [(form,) for form in [*forms, round(value, max(digits, 0))]]
    if isinstance(question, GoodControl | Independent):
        return [(form(answer),) for form in (bool, np.bool_, np.array, np.asarray, xr.DataArray)]
    if isinstance(question, AdjustmentSet):
        return [(form(answer),) for form in (set, frozenset, list, tuple, sorted)]
    if not callable(answer):
        forms = [np.asarray, np.array, xr.DataArray, pd.Series, list]
        return [(answer,), *((form(answer),) for form in forms)]
    doubled = type("Answer", (), {"__call__": staticmethod(answer)})
    return [(f,) for f in (answer, lambda *a: answer(*a), functools.partial(answer), doubled(), functools.wraps(answer)(
        lambda *a: answer(*a)))]  # fmt: skip


def wrong_answers(question, answer):
    """Return at least ten plausible wrong answers: (names that the mistake may have, answer)."""
    kinds = {Estimate: _estimates, Interval: _intervals, Number: _numbers, AdjustmentSet: _sets, Law: _functions}
    kinds |= {Numbers: _functions}
    kinds |= {GoodControl: _yes_or_no, Independent: _yes_or_no}
    return kinds[type(question)](question, answer)


def _draws(answer):
    """Return the draws of an answer with the dims chain and draw, in four chains."""
    draws = read_posterior(answer).draws
    values = draws.to_numpy().reshape(4, -1)
    return draws if draws.sizes["chain"] == 4 else xr.DataArray(values, dims=["chain", "draw"])


def _estimates(question, answer):
    draws = _draws(answer)
    mean, sd = float(draws.mean()), float(draws.std())
    apart = xr.DataArray([0, 0, 0, 3 * sd], dims="chain")
    far = {"", "out of range", "too wide"}
    found = [
        *[({"form"}, mean), ({"form"}, str(mean)), ({"form"}, None), ({"form"}, draws.to_numpy().ravel()[:50])],
        *[({"form"}, np.full(4000, mean)), ({"form"}, (mean, -sd)), ({"form"}, [mean, np.nan])],
        ({"unconverged fit"}, draws + apart),
        ({"too narrow"}, (mean, sd / 4000**0.5)),
        ({"too wide"}, (mean, 2 * sd)),
        ({"too wide"}, mean + 2 * (draws - mean)),
        ({"too narrow", "too wide"}, (mean, sd**2 if abs(sd - 1) > 0.3 else sd / 3)),
        (far, draws + 0.7 * sd + 3 * abs(mean)),
        ({"wrong sign"} if question.kind in SIGNED else far, -draws),
        ({"percent"} if question.kind in HUNDREDTHS else far, 100 * draws),
        ({"percent"} if question.kind in HUNDREDTHS else far, (100 * mean, 100 * sd)),
    ]
    if question.kind == "probability":
        odds = draws / (1 - draws)
        found += [({"odds for probability"}, odds), ({"log-odds for probability"}, np.log(odds))]
    if question.kind == "share":
        found.append(({"rest for total"}, draws / (1 - draws)))
    if question.kind == "ratio":
        found += [({"logarithm for ratio"}, np.log(draws)), ({"ratio upside down"}, 1 / draws)]
    if question.kind == "variance":
        root = np.sqrt(draws)
        found += [({"sd for variance"}, root), ({"sd for variance"}, (float(root.mean()), float(root.std())))]
        m, s = float(root.mean()), float(root.std())
        squared = ({"square of the mean"}, (m**2, sd)), ({"square of the mean"}, (round(m**2, 2), round(2 * m * s, 2)))
        found += squared
    if question.kind == "sd":
        found.append(({"variance for sd"}, draws**2))
    if question.kind == "logarithm":
        found.append(({"level for logarithm"}, np.exp(draws)))
    return found


def _intervals(question, answer):
    draws, prob = question._estimate.reference.draws, question.prob
    mean, sd = float(draws.mean()), float(draws.std())
    low, high = draws.quantile(question._asked).to_numpy()

    def of(percent):
        return draws.quantile([0.5 - percent / 200, 0.5 + percent / 200])

    def near(percent):
        # Of counts, the intervals of two neighbouring percentages may have the same ends.
        same = np.array_equal(of(percent), of(percent - 1))
        return {f"{percent}% interval"} | ({f"{percent - 1}% interval"} if same else set())

    far = {"", "undecided", "ends swapped", "out of range", "another tank", "another county"}
    hundredths = question._estimate.kind in HUNDREDTHS
    signed = question._estimate.kind in SIGNED
    return [
        *[({f"{p}% interval"}, of(p)) for p in (86, 88, 90, 91, 95)],
        *[(near(p), tuple(of(p).to_numpy())) for p in (68, 86, 88, 90, 91, 95)],
        ({"other tails"}, draws.quantile([0, prob])),
        ({"highest density"}, az.hdi(draws, prob=prob).to_numpy()),
        ({"ends swapped"}, (high, low)),
        ({"mean and sd", "", "undecided"} - ({""} if mean > sd else set()), (mean, sd)),
        *[({"form"}, mean), ({"form"}, (low, mean, high)), ({"form"}, draws), ({"form"}, "0.2, 0.8")],
        ({"wrong sign"} if signed else far, (-high, -low)),
        ({"percent"} if hundredths else far, (100 * low, 100 * high)),
        (far, (low - 2 * sd, high + 2 * sd)),
        (far, (low + sd, high + sd)),
    ]


def _numbers(question, value):
    value, tolerance = float(value), question.tolerance
    far = {""} | {
        mistake.name
        for mistake in question.mistakes
        if mistake.name in {"worst case", "coverage for misses", "one side", "one group for both", "cells for rows"}
    }
    small = abs(value) < 1
    return [
        *[({"form"}, wrong) for wrong in (None, "about", [value, value], np.nan, np.inf, {value})],
        *[(far, value + 3 * tolerance), (far, value - 3 * tolerance), (far, 2 * value), (far, value / 2)],
        *[({"wrong sign"}, -value), ({"percent"} if small else far, 100 * value), (far, value + 1.3)],
    ]


def _sets(question, answer):
    names = [name for name in question.dag.nodes if name not in {question.exposure, question.outcome}]
    sets = [set()] + [{a, b} for a in names for b in names] + [set(names)]
    asked = question.exposure, question.outcome, question.effect
    wrong = [each for each in sets if not question.dag.is_adjustment_set(each, *asked)]
    named = {"open path", "mediator", "post-treatment", "unobserved"}
    forms = [3, None, {"Q"}, {question.exposure}, {question.outcome, *answer}, True, {1}]
    return [*((named, each) for each in wrong), *(({"form", "none"}, each) for each in forms)]


def _yes_or_no(question, answer):
    forms = [None, "yes", "no", "True", 1, 0, 0.5, [answer], {answer}, np.array([answer] * 2), ()]
    return [({""}, not answer), *(({"form"}, each) for each in forms)]


def _functions(question, answer):
    def crash(*arguments):
        return 1 / 0

    returned = [None, 3, "text", np.zeros(3), [], {}, np.nan]
    if not callable(answer):
        wrong = [*returned, crash, "0.5", -np.asarray(answer), 1 + np.asarray(answer)]
        return [({"form", "not normalised", "other"}, each) for each in wrong]
    return [
        *[({"form"}, wrong) for wrong in (None, 3, "rng")],
        ({"crash"}, crash),
        ({"crash"}, lambda: 0),
        *[({"form", "negative", "no prior", "count"}, lambda *a, value=value: value) for value in returned],
    ]


def same_distribution(draws, seed):
    """Return independent draws like these, as another fit would give them."""
    rng = np.random.default_rng(seed)
    values = rng.choice(draws.to_numpy().ravel(), size=(4, 1000))
    return xr.DataArray(values, dims=["chain", "draw"])
