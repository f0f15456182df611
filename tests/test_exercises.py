"""Questions that compute their answers: right ones pass in every form, wrong ones fail for their reason."""

import itertools

import numpy as np
import pytest
import xarray as xr
from scipy import special

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
)


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


def test_right_answers_pass_and_tolerance_follows_the_error_of_the_draws():
    """Of a hundred right fits none fails; what 4000 independent draws refuse, 400 effective ones cannot."""
    question = estimate()
    assert all(question.mark(fit(seed)) for seed in range(1, 101))
    assert not question.mark(fit(1, 0.5 + 0.015))
    assert question.mark(fit(1, 0.5 + 0.015).isel(draw=slice(None, None, 8)))
    assert not question.mark(fit(1, 0.5 + 0.08).isel(draw=slice(None, None, 8)))


def test_a_pair_may_be_rounded_to_the_decimals_that_it_has():
    question = Estimate(lambda: fit(0, 0.54, 0.06))
    assert question.mark((0.5, 0.1))
    assert not question.mark((0.501, 0.06))
    assert not question.mark((0.4, 0.1))


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("wrong sign", np.negative),
        ("log-odds for probability", special.logit),
        ("odds for probability", lambda p: p / (1 - p)),
        ("sd for variance", np.sqrt),
        ("variance for sd", np.square),
        ("standardised for natural", lambda x: x / 5),
        ("scaled twice", lambda x: x * 5),
    ],
)
def test_a_slip_is_recognised_from_draws_and_from_a_pair(name, wrong):
    question = Estimate(lambda: fit(0, 0.3, 0.03), scale=5)
    answer = wrong(fit(1, 0.3, 0.03))
    assert question.mark(answer).mistake == name
    assert question.mark((float(answer.mean()), float(answer.std()))).mistake == name


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


@pytest.mark.parametrize("prob", [0.5, 0.68, 0.8, 0.95, 0.99])
def test_the_interval_of_another_probability_is_recognised(prob):
    question = Interval(lambda: fit(0), 0.89)
    for seed in range(1, 21):
        assert question.mark(ends(fit(seed), 0.89))
        assert question.mark(ends(fit(seed), prob)).mistake == f"{prob:.0%} interval"


def test_an_interval_of_another_quantity_is_recognised():
    naive = Mistake("naive", lambda: fit(3, 0.9), "The backdoor is open.")
    question = Interval(lambda: fit(0), 0.89, [naive])
    assert question.mark(ends(fit(1, 0.9), 0.89)).mistake == "naive"
    assert question.mark(-ends(fit(1), 0.89)[::-1]).mistake == "wrong sign"
    assert question.mark(ends(fit(1), 0.89)[::-1]).mistake == "ends swapped"
    assert question.mark(0.3).mistake == "form"
    assert not question.mark((5, 6))


def test_a_number_and_a_law():
    question = Number(lambda: 0.25, 0.01, [Mistake("percent", lambda: 25, "As a share.")])
    assert question.mark(np.float64(0.255))
    assert [question.mark(x).mistake for x in (25, -0.25, "a", 0.3)] == ["percent", "wrong sign", "form", ""]
    law = Law(lambda f: None if f(2) == 4 else Complaint("not square", "Square it."))
    assert law.mark(lambda x: x * x)
    assert law.mark(lambda x: x).mistake == "not square"
    assert "NameError" in law.mark(lambda x: y).sentence  # noqa: F821


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


def test_bad_quizzes_are_refused():
    with pytest.raises(ValueError, match="kind"):
        rt.graph_quiz(np.random.default_rng(1), kind="adjust")
    with pytest.raises(ValueError, match="size"):
        rt.graph_quiz(np.random.default_rng(1), size=40)


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
