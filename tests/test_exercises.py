"""Questions that compute their answers: right ones pass in every form, wrong ones fail for their reason."""

import itertools
import sys
import time

import arviz as az
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy import special, stats

import rethinking as rt
from rethinking.causal.queries.adjustment import estimand
from rethinking.exercises import (
    AdjustmentSet,
    Complaint,
    Estimate,
    Feedback,
    GoodControl,
    Independent,
    Interval,
    Law,
    Mistake,
    Number,
    checker,
    elsewhere,
)
from rethinking.exercises.marking.ends import USUAL_ESS, candidate
from rethinking.exercises.marking.posterior import Posterior
from rethinking.exercises.waiting import working


def fit(seed, mean=0.5, sd=0.1, shape=(), correlation=0.0, draws=1000):
    """Return draws of a Normal, as an autoregressive chain would give them."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(4, draws, *shape))
    for i in range(1, draws):
        z[:, i] = correlation * z[:, i - 1] + (1 - correlation**2) ** 0.5 * z[:, i]
    return xr.DataArray(mean + sd * z, dims=["chain", "draw", *(f"k{i}" for i in range(len(shape)))])


def estimate(mean=0.5, **options):
    return Estimate(lambda: fit(0, mean), **options)


def tree(draws):
    return xr.DataTree.from_dict({"posterior": draws.to_dataset(name="beta")})


FORMS = {
    "DataArray": lambda x: (x, None),
    "fit and name": lambda x: (tree(x), "beta"),
    "posterior and name": lambda x: (tree(x)["posterior"], "beta"),
    "chains by draws": lambda x: (x.to_numpy(), None),
    "one array": lambda x: (x.to_numpy().ravel(), None),
    "list": lambda x: (x.to_numpy().ravel().tolist(), None),
    "pair": lambda x: ((float(x.mean()), float(x.std())), None),
    "rounded pair": lambda x: ([round(float(x.mean()), 2), round(float(x.std()), 2)], None),
}


@pytest.mark.parametrize("form", FORMS)
def test_an_answer_is_read_in_every_form(form):
    question = estimate(mistakes=[Mistake("naive", lambda: fit(1, 0.9), "The backdoor is open.")])
    assert question.mark(*FORMS[form](fit(2)))
    assert question.mark(*FORMS[form](fit(2, 0.9))).mistake == "naive"


def test_draws_are_described_by_their_mean_and_sample_sd():
    draws = fit(1, draws=5)
    assert Posterior.of_draws(draws).mean == pytest.approx(np.mean(draws))
    assert Posterior.of_draws(draws).sd == pytest.approx(np.std(draws.to_numpy(), ddof=1))


def test_right_answers_pass_and_tolerance_follows_the_error_of_the_draws():
    """Of a hundred right fits none fails; what 4000 independent draws refuse, 400 effective ones cannot."""
    question = estimate()
    assert all(question.mark(fit(seed)) for seed in range(1, 101))
    assert not question.mark(fit(1, 0.5 + 0.015))
    assert question.mark(fit(1, 0.5 + 0.015).isel(draw=slice(None, None, 8)))
    assert not question.mark(fit(1, 0.5 + 0.08).isel(draw=slice(None, None, 8)))


def test_a_pair_may_be_rounded_but_not_until_it_says_nothing():
    question = Estimate(lambda: fit(0, 0.54, 0.06))
    assert question.mark((0.54, 0.06))
    assert question.mark((0.5, 0.1)).mistake == "too few digits"
    assert question.mark((0.5, 0.1)).verdict == "open"
    assert question.mark((0.5, 0.06)).mistake == "too few digits"
    assert not question.mark((0.501, 0.06))
    assert not question.mark((0.4, 0.1))


SLIPS = {
    "wrong sign": (None, np.negative),
    "log-odds for probability": ("probability", special.logit),
    "odds for probability": ("probability", lambda p: p / (1 - p)),
    "percent": ("difference", lambda p: 100 * p),
    "logarithm for ratio": ("ratio", np.log),
    "ratio upside down": ("ratio", np.reciprocal),
    "sd for variance": ("variance", np.sqrt),
    "variance for sd": ("sd", np.square),
    "logarithm for level": ("level", np.log),
    "level for logarithm": ("logarithm", np.exp),
    "standardised for natural": (None, lambda x: x / 5),
    "scaled twice": (None, lambda x: x * 5),
}


@pytest.mark.parametrize("name", SLIPS)
def test_a_slip_is_recognised_from_draws_and_from_a_pair(name):
    kind, wrong = SLIPS[name]
    question = Estimate(lambda: fit(0, 0.3, 0.03), scale=5, kind=kind)
    answer = wrong(fit(1, 0.3, 0.03))
    assert question.mark(answer).mistake == name
    assert question.mark((float(answer.mean()), float(answer.std()))).mistake == name


@pytest.mark.parametrize("name", SLIPS)
def test_what_a_quantity_cannot_be_is_not_said_of_it(name):
    """A slope of 1 and an answer of its square root: nobody has taken a standard deviation for a variance."""
    kind, wrong = SLIPS[name]
    if kind is not None:
        feedback = Estimate(lambda: fit(0, 0.3, 0.03)).mark(wrong(fit(1, 0.3, 0.03)))
        assert not feedback
        assert feedback.mistake != name


@pytest.mark.parametrize(
    ("kind", "mean", "says"),
    [
        ("probability", 1.5, "between 0 and 1"),
        ("probability", -0.5, "between 0 and 1"),
        ("share", 1.5, "between 0 and 1"),
        ("share", -0.5, "between 0 and 1"),
        ("difference", 1.5, "between -1 and 1"),
        ("difference", -1.5, "between -1 and 1"),
    ],
)
def test_what_a_kind_of_quantity_cannot_be_is_said(kind, mean, says):
    feedback = Estimate(lambda: fit(0, 0.3, 0.03), kind=kind).mark(fit(1, mean, 0.03))
    assert feedback.mistake == "out of range"
    assert says in feedback.sentence


def test_odds_are_known_by_their_inverse_even_where_their_tail_hides_all_else():
    p = xr.apply_ufunc(special.expit, fit(0, 1.5, 1.6))
    question = Estimate(lambda: p, kind="probability")
    other = xr.apply_ufunc(special.expit, fit(1, 1.5, 1.6))
    assert question.mark(other / (1 - other)).mistake == "odds for probability"
    assert question.mark(1 + other).mistake == "out of range"


def test_the_square_of_a_mean_is_no_mean_of_squares():
    sigma = fit(0, 1.6, 0.2)
    question = Estimate(lambda: sigma**2, kind="variance", praise="The square of each draw.")
    mean, sd = float(sigma.mean()), float(sigma.std())
    for pair in ((mean**2, 2 * mean * sd), (round(mean**2, 2), round(2 * mean * sd, 2))):
        assert question.mark(pair).mistake == "square of the mean"
    assert question.mark((float((sigma**2).mean()), float((sigma**2).std())))


def test_a_shape_is_compared_besides_mean_and_sd():
    skewed = np.exp(fit(0, 0, 0.8))
    mean, sd = float(skewed.mean()), float(skewed.std())
    question = Estimate(lambda: skewed)
    assert question.mark(np.exp(fit(1, 0, 0.8)))
    assert question.mark(fit(2, mean, sd)).mistake in {"another shape", "too wide", "too narrow"}


def test_a_mistake_that_is_near_is_told_from_the_right_answer_or_draws_are_asked_for():
    right, other = fit(0, 0.5, 0.1), fit(0, 0.505, 0.1)
    question = Estimate(lambda: right, [Mistake("near", lambda: other, "Another one.", near=True)])
    assert question.mark(right)
    assert question.mark(other).mistake == "near"
    assert question.mark(fit(3, 0.503, 0.1)).verdict == "open"


def test_another_label_is_known_and_so_is_a_position_in_its_place():
    draws = fit(0, np.array([0.2, 0.5, 0.8]), 0.03, shape=(3,)).rename(k0="tank").assign_coords(tank=[1, 2, 3])
    options = {"mistakes": elsewhere(lambda: draws, "tank", 1)}
    for question in (Estimate(lambda: draws.sel(tank=1), **options), Interval(lambda: draws.sel(tank=1), **options)):
        take = (lambda x: x) if isinstance(question, Estimate) else (lambda x: x.quantile([0.055, 0.945]))
        assert question.mark(take(draws.sel(tank=1)))
        assert question.mark(take(draws.isel(tank=1))).mistake == "position for label"
        assert question.mark(take(draws.sel(tank=3))).mistake == "another tank"


def test_an_array_of_quantities_is_marked_whole():
    truth = np.array([0.2, 0.5, 0.8])
    question = Estimate(lambda: fit(0, truth, shape=(3,)))
    assert question.mark(fit(1, truth, shape=(3,)))
    assert question.mark(fit(1, truth, shape=(3,)).to_numpy().reshape(-1, 3))
    assert not question.mark(fit(1, truth[::-1], shape=(3,)))
    assert question.mark(fit(1, 0.2)).mistake == "form"
    assert "shape" in question.mark(fit(1, shape=(2,))).sentence


def test_a_fit_that_has_not_converged_is_no_answer():
    disagreeing = fit(1) + xr.DataArray([0, 0, 0, 0.2], dims="chain")
    assert "R-hat" in estimate().mark(disagreeing).sentence
    assert "effective draws" in estimate().mark(fit(1, correlation=0.97, draws=1000)[:1]).sentence
    assert estimate().mark(disagreeing).mistake == "unconverged fit"


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (0.5, "one number"),
        ("half", "cannot be read"),
        ([np.nan, 0.1], "missing"),
        ([0.5, -0.1], "positive"),
        (np.zeros((3, 4, 5)), "shape"),
        (np.zeros(7), "too few"),
        (tree(fit(1)), "beta"),
    ],
)
def test_what_is_no_posterior_is_said_in_one_sentence(answer, says):
    feedback = estimate().mark(answer)
    assert feedback.mistake == "form"
    assert says in feedback.sentence


def test_an_unknown_mistake_still_says_which_way():
    assert "too high" in estimate().mark(fit(1, 1.7)).sentence
    assert estimate().mark(fit(1, sd=0.2)).mistake == "too wide"
    assert estimate().mark(fit(1, sd=0.05)).mistake == "too narrow"
    assert "same" in estimate().mark(np.full(4000, 0.5)).sentence


def ends(draws, prob):
    return np.quantile(draws, [(1 - prob) / 2, (1 + prob) / 2])


@pytest.mark.parametrize("percent", [50, 68, 80, 86, 88, 90, 91, 95, 99])
def test_the_interval_of_another_probability_is_recognised(percent):
    """Neighbours too: from the same draws, and from what says its probabilities; from other draws they are no right."""
    question, asked = Interval(lambda: fit(0), 0.89), [0.5 - percent / 200, 0.5 + percent / 200]
    assert question.mark(ends(fit(0), percent / 100)).mistake == f"{percent}% interval"
    assert question.mark(ends(fit(0), percent / 100).round(4)).mistake == f"{percent}% interval"
    for seed in range(1, 6):
        assert question.mark(fit(seed).quantile(asked)).mistake == f"{percent}% interval"
        assert not question.mark(ends(fit(seed), percent / 100))


@pytest.mark.parametrize("percent", [50, 68, 80, 95, 97, 99])
def test_a_usual_interval_is_named_from_other_draws_too(percent):
    """Unless their Monte-Carlo error leaves it open."""
    question = Interval(lambda: fit(0), 0.89)
    named = {question.mark(ends(fit(seed), percent / 100)).mistake for seed in range(1, 9)}
    assert f"{percent}% interval" in named
    assert named <= {f"{percent}% interval", "undecided"}


def test_the_interval_that_is_asked_for_is_no_other_one():
    for percent in (50, 89):
        names = {each.name for each in Interval(lambda: fit(0), percent / 100).others}
        assert f"{percent}% interval" not in names
        assert {f"{p}% interval" for p in range(50, 100) if p != percent} <= names


def test_a_hundred_draws_are_enough_to_be_read_and_fewer_are_not():
    few = fit(1).to_numpy().ravel()[:99]
    assert "99 draws are too few" in estimate().mark(few).sentence
    assert "too few" not in estimate().mark(fit(1).to_numpy().ravel()[:100]).sentence


@pytest.mark.parametrize("percent", [63, 68, 77, 84, 91])
def test_of_the_intervals_that_rounded_ends_may_be_the_nearest_is_named(percent):
    given = ends(fit(0), percent / 100).round(2)
    away = {p: np.abs(ends(fit(0), p / 100) - given).max() for p in range(50, 100)}
    assert sum(each < 0.005 for each in away.values()) > 1
    nearest = min(away, key=away.get)
    assert Interval(lambda: fit(0), 0.89).mark(given).mistake == f"{nearest}% interval"


def test_the_error_of_an_end_is_that_of_a_quantile():
    """sqrt(p (1 - p) / ESS) / density, of a Normal; from the usual effective draws in the answer, and our own."""
    draws = fit(3, draws=25_000)
    found = candidate("", draws, 0.89, "")
    exact = np.sqrt(0.055 * 0.945 * (1 / USUAL_ESS + 1 / az.ess(draws).item())) * 0.1
    assert found.errors == pytest.approx(exact / stats.norm.pdf(stats.norm.ppf(0.055)), rel=0.1)


def test_the_right_interval_passes_and_two_ends_of_other_draws_are_left_open():
    question = Interval(lambda: fit(0), 0.89)
    own = ends(fit(0), 0.89)
    for right in (
        own,
        own.round(3),
        list(own),
        xr.DataArray(own),
        fit(0).quantile([0.055, 0.945]).to_dataset(name="x"),
    ):
        assert question.mark(right)
    assert question.mark(own.round(1)).mistake == "too few digits"
    for seed in range(1, 21):
        assert question.mark(fit(seed).quantile([0.055, 0.945]))
        assert question.mark(ends(fit(seed), 0.89)).verdict == "open"


def test_an_interval_of_other_tails_or_of_highest_density_is_recognised():
    draws = np.exp(fit(0, 0, 0.5))
    question = Interval(lambda: draws, 0.89)
    assert question.mark(az.hdi(draws, prob=0.89).to_numpy()).mistake == "highest density"
    assert question.mark(draws.quantile([0.0, 0.89])).mistake == "other tails"
    assert question.mark((float(draws.mean()), float(draws.std()))).mistake == "mean and sd"


def test_an_interval_of_another_quantity_is_recognised():
    naive = Mistake("naive", lambda: fit(3, 0.9), "The backdoor is open.")
    question = Interval(lambda: fit(0), 0.89, [naive])
    assert question.mark(ends(fit(1, 0.9), 0.89)).mistake == "naive"
    assert question.mark(ends(fit(3, 0.9), 0.89)).mistake == "naive"
    assert question.mark(-ends(fit(1), 0.89)[::-1]).mistake == "wrong sign"
    assert question.mark(ends(fit(1), 0.89)[::-1]).mistake == "ends swapped"
    assert question.mark(0.3).mistake == "form"
    assert not question.mark((5, 6))


def test_a_number_and_a_law():
    question = Number(lambda: 0.254, 0.0005, [Mistake("odds", lambda: 0.34, "As a share.")])
    assert question.mark(np.float64(0.254))
    assert question.mark(xr.DataArray([0.2543]))
    assert question.mark(0.2545)
    assert not question.mark(0.2551)
    assert not question.mark(0.2529)
    wrong = [0.34, 25.4, -0.254, "a", 0.31, 0.25, np.nan, 10**400, [0.254, 0.254], True]
    names = ["odds", "percent", "wrong sign", "form", "", "too few digits", "form", "form", "form", ""]
    assert [question.mark(x).mistake for x in wrong] == names
    assert question.mark(0.25).verdict == "open"
    assert [Number(lambda: 0.55, 0.0005).mark(x).mistake for x in (0.5, 0.6)] == ["too few digits"] * 2
    law = Law(lambda f: None if f(2) == 4 else Complaint("not square", "Square it."))
    assert law.mark(lambda x: x * x)
    assert law.mark(lambda x: x).mistake == "not square"
    assert "Your answer stopped with NameError" in law.mark(lambda x: y).sentence  # noqa: F821
    assert law.mark(lambda x: x / 0).mistake == "crash"
    broken = Law(lambda f: None if len(f(2)) == 2 else Complaint("short", "Two, please."))
    assert broken.mark(lambda x: [x, x])
    assert "returns cannot be used" in broken.mark(lambda x: x).sentence
    assert "of the type int, and something else" in broken.mark(3).sentence
    assert "of the type function" in Law(lambda x: None if float(x) > 0 else 1).mark(lambda x: x).sentence
    assert Law(lambda f: Complaint("open", "Replace the ...")).mark(lambda x: ...).verdict == "open"


def graphs(n=40):
    rng = np.random.default_rng(11)
    for i in range(n):
        yield rt.graph_quiz(rng, kind=["adjustment", "good control"][i % 2], size=4 + i % 3).dag


def unwanted(dag, given, effect):
    """Return the paths that are no part of the effect."""
    found = dag.paths("X", "Y", given)
    return [path for path in found if path.kind != "causal" or (effect == "direct" and len(path.nodes) > 2)]


def test_marks_of_graph_questions_are_those_of_the_engine_and_name_what_decides():
    for dag, effect in itertools.product(graphs(), ["total", "direct"]):
        question = AdjustmentSet(dag, "X", "Y", effect)
        others = [name for name in dag.nodes if name not in "XY"]
        parts = estimand(dag, "X", "Y", effect)
        for size in range(len(others) + 1):
            for given in map(set, itertools.combinations(others, size)):
                feedback = question.mark(given)
                assert bool(feedback) == dag.is_adjustment_set(given, "X", "Y", effect)
                if feedback.mistake == "open path":
                    named = feedback.sentence.partition(" is open")[0]
                    assert named in {str(path) for path in unwanted(dag, given, effect) if path.open}
                elif feedback and " is closed" in feedback.sentence:
                    named = feedback.sentence.partition(" effect: ")[2].partition(" is closed")[0]
                    assert named in {str(path) for path in unwanted(dag, given, effect) if not path.open}
                elif feedback.mistake == "unobserved":
                    assert given & dag.unobserved
                elif feedback:
                    assert "there is no other path" in feedback.sentence
                    assert not unwanted(dag, given, effect)
                else:
                    assert feedback.sentence[0] in given & parts.forbidden
        assert bool(question.mark(None)) == (dag.adjustment_sets("X", "Y", effect) == [])


def test_answers_that_are_no_sets_of_the_graph_are_told_what_to_give():
    question = AdjustmentSet(rt.CausalGraph("C -> X; C -> Y; X -> Y"), "X", "Y")
    assert question.mark("C")
    assert question.mark(["C"])
    assert [question.mark(answer).mistake for answer in ({"Q"}, {"X", "C"}, 3)] == ["form"] * 3


@pytest.mark.parametrize("kind", ["adjustment", "good control", "independence"])
def test_a_quiz_can_be_answered_and_repeats_with_its_seed(kind):
    truths = []
    for seed in range(30):
        quiz, again = (rt.graph_quiz(np.random.default_rng(seed), kind, size=4 + seed % 4) for _ in range(2))
        assert str(quiz) == str(again)
        assert len(quiz.dag.nodes) == 4 + seed % 4
        if kind == "adjustment":
            sets = quiz.dag.adjustment_sets("X", "Y")
            assert quiz.check(sets[0] if sets else None)
            truths.append("none" if not sets else "some" if sets[0] else "empty")
        else:
            assert bool(quiz.check(True)) != bool(quiz.check(False))
            truths.append(bool(quiz.check(True)))
            assert quiz.check("perhaps").mistake == "form"
    assert all(truths.count(each) >= 2 for each in set(truths))
    assert len(set(truths)) == (3 if kind == "adjustment" else 2)
    assert quiz.question in quiz._repr_html_()


@pytest.mark.parametrize("kind", ["adjustment", "good control", "independence"])
def test_a_quiz_asks_what_can_be_asked(kind):
    """X comes before Y, or there would be no effect to ask for; two that an arrow joins are not asked about."""
    for seed in range(40):
        quiz = rt.graph_quiz(np.random.default_rng(seed), kind, size=5)
        marker = quiz._marker
        if kind != "independence":
            unseen = f"{', '.join(sorted(quiz.dag.unobserved))} was not observed."
            assert (unseen in quiz.question) is ("was not observed" in quiz.question) is bool(quiz.dag.unobserved)
        if kind == "independence":
            assert not {(marker.x, marker.y), (marker.y, marker.x)} & set(quiz.dag.edges)
        else:
            assert not nx.has_path(nx.DiGraph(quiz.dag.edges), "Y", "X")


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        ((1,), TypeError, "default_rng"),
        (([1, 2],), TypeError, "default_rng"),
        ((np.random.default_rng(1), "adjust"), ValueError, "kind"),
        ((np.random.default_rng(1), ["adjustment"]), ValueError, "kind"),
        ((np.random.default_rng(1), "adjustment", 40), ValueError, "size"),
        ((np.random.default_rng(1), "adjustment", 5.5), TypeError, "size"),
        ((np.random.default_rng(1), "adjustment", np.arange(3)), TypeError, "size"),
    ],
)
def test_bad_quizzes_are_refused_in_a_sentence(arguments, error, says):
    with pytest.raises(error, match=says) as caught:
        rt.graph_quiz(*arguments)
    assert str(caught.value).endswith((".", "?"))
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("name", [pd.DataFrame({"a": [1]}), 5, ["05"], None, "05", "12_multilevel", "radon"])
def test_a_sheet_that_does_not_exist_is_told_in_a_sentence(name):
    with pytest.raises(FileNotFoundError if isinstance(name, str) else TypeError) as caught:
        checker(name)
    assert str(caught.value).endswith(".")
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("answer", [np.arange(3), {"a": 1}, [True], "yes", None, 1.0, pd.DataFrame({"a": [1]})])
def test_yes_or_no_is_asked_for_in_a_sentence(answer):
    dag = rt.CausalGraph("X -> Y; X -> Z <- Y")
    for question in (GoodControl(dag, "Z", "X", "Y"), Independent(dag, "X", "Y")):
        assert question.mark(answer).mistake == "form"
    assert GoodControl(dag, "Z", "X", "Y").mark(np.bool_(False))


def test_a_wait_is_told_and_taken_back(monkeypatch, capsys):
    monkeypatch.setattr("rethinking.exercises.waiting.shows_progress", lambda: True)
    monkeypatch.setattr("rethinking.exercises.waiting.PATIENCE", 0.01)
    monkeypatch.delitem(sys.modules, "ipykernel", raising=False)
    with working("A while."):
        time.sleep(0.1)
    assert capsys.readouterr().err == "A while.\r        \r"
    monkeypatch.setattr("rethinking.exercises.waiting.PATIENCE", 60)
    with working("A while."):
        pass
    assert capsys.readouterr().err == ""


def test_truth_of_a_control_and_of_an_independence_is_that_of_the_definition():
    dag = rt.CausalGraph("A -> X; A -> Z; B -> Z; B -> Y; X -> Y")  # M-bias
    assert GoodControl(dag, "Z", "X", "Y").mark(False)
    assert GoodControl(dag, "Z", "X", "Y", {"A"}).mark(True)
    assert Independent(dag, "A", "B").mark(True)
    assert Independent(dag, "A", "B", {"Z"}).mark(False)


@pytest.mark.parametrize("verdict", ["right", "wrong", "open"])
def test_the_box_says_in_words_what_its_colour_says(verdict):
    box, text = Feedback(verdict, "a < b")._repr_html_(), repr(Feedback(verdict, "a < b"))
    word = {"right": "✓ Right.", "wrong": "✗ Not yet.", "open": "… Open."}[verdict]
    assert f"<strong>{word}</strong> a &lt; b" in box
    assert text == f"{word} a < b"
    assert "color: inherit" in box
