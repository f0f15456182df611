"""Every exercise sheet: what its text must have, so that the site, the notebooks and the graders can be made from it.

The wrong answers of a sheet are cells of its page, each with an assertion about the mistake that is recognised; the
build of the site runs them. `make exercises` runs the solutions through the checks.
"""

import re

import pytest
from submissions import answers

import rethinking as rt
from rethinking.book.master import master_notebook, read_check
from rethinking.book.notebooks import gated, sheet_notebook, tags_of
from rethinking.exercises.sheets import checker, sheet_paths

SHEETS = sheet_paths()


@pytest.mark.parametrize("name", SHEETS)
class TestSheet:
    def test_every_question_is_asked_solved_and_answered_wrongly(self, name):
        questions = rt.lecture(f"exercises/{name}").questions
        found = answers(name)
        assert set(found) == set(questions)
        for question, (right, *wrong) in found.items():
            assert right, question
            assert len(wrong) >= 2, question
            assert right not in wrong, question

    def test_every_wrong_answer_says_which_mistake_it_is(self, name):
        wrong = [cell.source for cell, _ in gated(SHEETS[name]) if "wrong" in tags_of(cell)]
        assert wrong
        for source in wrong:
            assert re.search(r"^(assert|found = ) ?check\(.*\)\.mistake", source, re.MULTILINE), source

    def test_wrong_answers_and_questions_are_not_shown_on_the_site(self, name):
        for cell, _ in gated(SHEETS[name]):
            assert not tags_of(cell) & {"wrong", "questions"} or "remove-cell" in tags_of(cell)

    def test_the_graders_have_a_hidden_test_for_every_check_and_no_answer(self, name):
        master = master_notebook(SHEETS[name], name)
        tests = [cell.source for cell in master.cells if "BEGIN TEST CONFIG" in cell.source]
        checks = [read_check(cell.source)[0] for cell, _ in gated(SHEETS[name]) if "check" in tags_of(cell)]
        assert len(tests) == len(checks)
        assert all("hidden: true" in test and "checker(" in test for test in tests)
        assert not [line for right, *_ in answers(name).values() for line in right.splitlines() if line in tests]

    def test_open_and_unknown_questions_are_told(self, name):
        check = checker(name)
        first = next(iter(answers(name)))
        assert check(first, ...).mistake == "open"
        with pytest.raises(ValueError, match=first):
            check(f"{first}x", 1)

    def test_what_is_said_of_the_site_is_not_said_in_the_notebook(self, name):
        assert re.search(
            r":class: online\n\n.*`python -m rethinking get \w+`", SHEETS[name].read_text(encoding="utf-8")
        )
        given = "\n".join(cell.source for cell in sheet_notebook(SHEETS[name]).cells)
        assert "On this page" not in given
        assert "Answer in the cell with the dots" in given

    def test_the_student_s_notebook_asks_what_it_checks(self, name):
        cells = [cell.source for cell in sheet_notebook(SHEETS[name]).cells if cell.cell_type == "code"]
        given = "\n".join(cells)
        for cell, _ in gated(SHEETS[name]):
            if "check" in tags_of(cell):
                variable = re.findall(r"\w+", read_check(cell.source)[1])[1]
                assert re.search(rf"^(def {variable}\(|{variable} = \.\.\.)", given, re.MULTILINE), variable
