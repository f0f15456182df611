"""The table of answers: no right one is refused and no wrong one passes, on any sheet, in any form.

A sheet is run once, and its questions and answers share the fits: about ten seconds of CPU each.
"""

import functools
import json

import numpy as np
import pytest
from answer_table import Played, right_forms, same_distribution, wrong_answers
from conftest import ROOT
from page_answers import typed

from rethinking.exercises import Estimate, Law
from rethinking.exercises.boxes import boxes
from rethinking.exercises.sheets import sheet_paths

SHEETS = list(sheet_paths())


@pytest.fixture(scope="module")
def play():
    return functools.cache(Played)


@pytest.mark.parametrize("name", SHEETS)
def test_right_answers_pass_in_every_form(play, name):
    sheet = play(name)
    for question, answer in sheet.right.items():
        forms = right_forms(sheet.check.sheet.questions[question], answer)
        assert len(forms) >= 5
        refused = [(form, told) for form in forms if not (told := sheet.check(question, *form))]
        assert not refused, (question, refused[0])


@pytest.mark.parametrize("name", SHEETS)
def test_wrong_answers_fail_and_hear_what_is_true(play, name):
    sheet = play(name)
    for question, answer in sheet.right.items():
        wrong = wrong_answers(sheet.check.sheet.questions[question], answer)
        assert len(wrong) + len(sheet.told[question]) >= 10
        for names, given in wrong:
            told = sheet.check(question, given)
            assert not told, (question, names, given)
            assert told.mistake in names, (question, names, told)
            assert 10 < len(told.sentence) < 300
            assert "\n" not in told.sentence
        assert not [told for told in sheet.told[question] if told]


@pytest.mark.parametrize("name", SHEETS)
def test_the_same_posterior_from_another_fit_passes(play, name):
    sheet = play(name)
    for question in sheet.right:
        marker = sheet.check.sheet.questions[question]
        if isinstance(marker, Estimate):
            for seed in range(3):
                assert sheet.check(question, same_distribution(marker.reference.draws, seed)), question


@pytest.fixture(scope="module")
def page(browser):
    """Return an empty page with the script that judges answers on the site."""
    with browser.new_context() as context:
        tab = context.new_page()
        tab.add_script_tag(path=ROOT / "lectures" / "_static" / "questions.js")
        yield tab


@pytest.mark.parametrize("name", SHEETS)
def test_the_page_says_what_python_says(play, page, name):
    """To every answer, right or wrong, nonsense or none: the same verdict, sentence and mistake."""
    check = play(name).check
    data = json.loads(json.dumps(boxes(check), allow_nan=False))
    for question, box in data["questions"].items():
        if box["kind"] == "python":
            assert isinstance(check.sheet.questions[question], Law)
            continue
        answers = typed(box, np.random.default_rng(1))
        call = "([box, answers, nothing]) => answers.map(answer => rethinkingJudge(box, answer, nothing))"
        said = page.evaluate(call, [box, [texts for texts, _ in answers], data["nothing"]])
        verdicts = set()
        for (texts, answer), words in zip(answers, said, strict=True):
            told = check(question, answer)
            assert words == [told.verdict, told.sentence, told.mistake], (question, texts)
            verdicts.add(told.verdict)
        assert {"right", "wrong"} <= verdicts, question
