"""A folder of submissions is graded to the end, whatever is in it, and each is said to be what it is."""

import csv

import psutil
import pytest
from submissions import SHEET, SNOOP, answered, answers, write

from rethinking.book.master import master_notebook
from rethinking.commands.autograder import assign
from rethinking.commands.grade import run
from rethinking.commands.parser import main
from rethinking.exercises.sheets import sheet_paths

# Right only if a submission sees nothing of the grader's environment.
PEEK = "import os\nadjust = {'S'} if 'COURSE_TOKEN' not in os.environ else set()"
QUICK = ("age", "bias", "selection")  # without a fit


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    master = master_notebook(sheet_paths()[SHEET], SHEET)
    return assign(master, SHEET, tmp_path_factory.mktemp("archive"))


def test_a_batch_survives_and_says_which_was_what(archive, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COURSE_TOKEN", "secret")
    known = answers(SHEET)
    right = {question: known[question][0] for question in QUICK}
    submissions = {
        "crashing.ipynb": answered(SHEET, right | {"age": "1 / 0"}),
        "empty.ipynb": "",
        "right.ipynb": answered(SHEET, right | {"age": PEEK}),
        "snooping.ipynb": answered(SHEET, {"age": SNOOP}),
        "wrong.ipynb": answered(SHEET, {question: known[question][1] for question in QUICK}),
    }
    (tmp_path / "in").mkdir()
    write(submissions, tmp_path / "in")
    table = tmp_path / "scores.csv"
    assert main(["grade", str(archive), str(tmp_path / "in"), "--table", str(table)]) == 0
    with table.open(encoding="utf-8") as file:
        rows = {row["submission"].removesuffix(".ipynb"): row for row in csv.DictReader(file)}
    assert {name: float(row["points"]) for name, row in rows.items()} == {
        "crashing": 2,
        "empty": 0,
        "right": 3,
        "snooping": 0,
        "wrong": 0,
    }
    assert "ZeroDivisionError" in rows["crashing"]["status"]
    assert rows["empty"]["status"].startswith("not graded")
    assert rows["right"]["status"] == "graded"
    assert rows["right"]["year"] == "open"
    assert rows["snooping"]["selection"] == "open"
    assert "tests" in rows["snooping"]["look at"]
    assert rows["right"]["look at"] == ""
    assert [rows["wrong"][question] for question in QUICK] == ["open path", "estimate for bias", "no collider"]
    assert "1 x bias: estimate for bias" in capsys.readouterr().out
    assert main(["grade", str(archive), str(tmp_path / "in"), "--table", str(table)]) == 1, "a table is overwritten"


def test_an_endless_loop_is_stopped_with_its_kernel(archive, tmp_path):
    write({"endless.ipynb": answered(SHEET, {"age": "while True:\n    pass"})}, tmp_path)
    row = run(archive, tmp_path / "endless.ipynb", 15, tmp_path)
    assert row["status"] == "stopped after 15 s"
    assert row["points"] == 0
    assert not [
        child for child in psutil.Process().children(recursive=True) if "ipykernel" in " ".join(child.cmdline())
    ]


@pytest.mark.parametrize(("made", "says"), [([], "no notebook"), (["a.ipynb"], "is not there")])
def test_what_is_missing_is_said_before_work_begins(tmp_path, capsys, made, says):
    for name in made:
        (tmp_path / name).write_text("")
    archive = tmp_path / "a.zip"
    if not made:
        archive.write_text("")
    assert main(["grade", str(archive), str(tmp_path)]) == 1
    assert says in capsys.readouterr().err


def test_the_command_line_explains_itself(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    said = capsys.readouterr().out
    for name in ("list", "get", "doctor", "autograder", "grade"):
        assert f"  {name} " in said
