"""What ``python -m rethinking`` gives to students: notebooks that are the pages, and nothing of theirs overwritten."""

import re

import jupytext
import nbformat
import pytest

from rethinking.book.notebooks import first_exercise, gated, lecture_notebook, sheet_notebook, tags_of
from rethinking.book.pages import find_page
from rethinking.commands.get import lectures
from rethinking.commands.parser import main
from rethinking.exercises.sheets import sheet_paths

LECTURES, SHEETS = lectures(), sheet_paths()
MYST = re.compile(r"^(```+|:::+)\{|\{[\w:]+\}`", re.MULTILINE)


def code(notebook):
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def prose(notebook):
    return "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


@pytest.mark.parametrize("name", LECTURES)
def test_a_lecture_notebook_has_all_code_of_the_page_and_no_markup_that_jupyter_does_not_know(name):
    notebook = lecture_notebook(LECTURES[name])
    nbformat.validate(notebook)
    assert code(notebook) == code(jupytext.read(LECTURES[name]))
    assert not MYST.findall(prose(notebook))


@pytest.mark.parametrize("name", SHEETS)
def test_a_student_s_sheet_has_questions_and_checks_and_no_solution(name):
    notebook = sheet_notebook(SHEETS[name])
    nbformat.validate(notebook)
    assert not MYST.findall(prose(notebook))
    cells = [cell for cell, _ in gated(SHEETS[name])]
    kept = set(code(notebook))
    for tag, is_kept in {"starter": True, "check": True, "solution": False, "wrong": False, "questions": False}.items():
        sources = {cell.source for cell in cells if tag in tags_of(cell)}
        assert sources, tag
        assert sources <= kept if is_kept else not sources & kept, tag
    solutions = [cell.source for cell, inside in gated(SHEETS[name]) if inside and cell.cell_type == "markdown"]
    assert not [text for text in solutions if text in prose(notebook)]
    exercises = re.findall(r"^### Exercise (\d+): ", prose(notebook), re.MULTILINE)
    first = first_exercise(SHEETS[name])
    assert exercises == [str(first + i) for i in range(len(exercises))]
    assert 4 <= len(exercises) <= 8


def test_nothing_of_a_student_s_is_overwritten(tmp_path, capsys):
    assert main(["get", "12", "--into", str(tmp_path)]) == 0
    mine = tmp_path / "12_multilevel_models.ipynb"
    assert main(["get", "12", "--into", str(tmp_path)]) == 0
    mine.write_text("my work")
    assert main(["get", "12", "--into", str(tmp_path)]) == 1
    assert "not touched" in capsys.readouterr().out
    for copy in ("12_multilevel_models_2.ipynb", "12_multilevel_models_2.ipynb"):
        assert main(["get", "12", "--into", str(tmp_path), "--copy"]) == 0
        nbformat.read(tmp_path / copy, as_version=4)
    assert mine.read_text() == "my work"
    assert len(list(tmp_path.glob("12_multilevel_models_*.ipynb"))) == 1 + ("12_multilevel_models" in SHEETS)


def test_all_lectures_come_at_once(tmp_path):
    assert main(["get", "--all", "--into", str(tmp_path / "new")]) == 0
    assert len(list((tmp_path / "new").iterdir())) == len(LECTURES) + len(SHEETS)


@pytest.mark.parametrize(("asked", "says"), [([], "say which"), (["99"], "no lecture"), (["e"], "could be")])
def test_an_unclear_wish_is_answered_and_nothing_is_written(tmp_path, capsys, asked, says):
    assert main(["get", *asked, "--into", str(tmp_path / "new")]) == 1
    assert says in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


def test_a_page_is_found_by_number_part_and_whole_name():
    pages = ["05_elemental_confounds", "15_missing", "cases/radon", "cases/radon_cities"]
    assert [find_page(name, pages) for name in ("5", "05", "elem", "15", "cases/radon")] == [
        *["05_elemental_confounds"] * 3,
        "15_missing",
        "cases/radon",
    ]
    with pytest.raises(LookupError, match="radon_cities"):
        find_page("radon", pages)


def test_doctor_finds_this_installation_well(capsys):
    assert main(["doctor"]) == 0
    assert "All is well." in capsys.readouterr().out


def test_directives_within_directives_become_plain_too(tmp_path):
    page = tmp_path / "page.md"
    header = "---\njupytext: {text_representation: {extension: .md, format_name: myst}}\n---\n\n"
    page.write_text(header + "::::{grid} 1 2\n:gutter: 2\n\n:::{grid-item-card} Right\nIt is.\n:::\n::::\n\n{doc}`x`\n")
    (cell,) = lecture_notebook(page).cells
    assert cell.source == "**Right**\n\nIt is.\n\n`x`"


@pytest.mark.parametrize(
    ("command", "module", "extra"), [("autograder", "otter", "exercises"), ("site", "jupyter_book", "book")]
)
def test_a_missing_package_is_told_with_the_command_that_installs_it(
    monkeypatch, tmp_path, capsys, command, module, extra
):
    monkeypatch.setattr("rethinking._arguments.find_spec", lambda _: None)
    monkeypatch.chdir(tmp_path)
    assert main([command]) == 1
    said = capsys.readouterr().err
    assert said.endswith(f" needs {module}, which is not installed: pip install 'rethinking[{extra}]'.\n")
    assert said.count("\n") == 1
    assert not list(tmp_path.iterdir())
