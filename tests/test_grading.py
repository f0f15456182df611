"""A folder of submissions is graded to the end, whatever is in it, and each is said to be what it is."""

import csv
from itertools import count

import hostile
import numpy as np
import pandas as pd
import psutil
import pytest
import xarray as xr
from submissions import SHEET, SNOOP, answered, answers, write

from rethinking.book.master import master_notebook
from rethinking.commands.autograder import assign
from rethinking.commands.encoding import Foreign, decode, encode
from rethinking.commands.grade import Marker, contents, questions_of
from rethinking.commands.parser import main
from rethinking.commands.scores import Scores
from rethinking.exercises.sheets import sheet_paths

# What otter-grader's own imports say when they are loaded.
pytestmark = pytest.mark.filterwarnings("ignore:Traits should be given as instances:DeprecationWarning")

# Right only if a submission sees nothing of the grader's environment.
PEEK = "import os\nadjust = {'S'} if 'COURSE_TOKEN' not in os.environ else set()"
QUICK = ("age", "bias", "selection")  # without a fit


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    master = master_notebook(sheet_paths()[SHEET], SHEET)
    return assign(master, SHEET, tmp_path_factory.mktemp("archive"))


@pytest.fixture(scope="module")
def marker(archive):
    return Marker(questions_of(archive))


def read(table):
    with table.open(encoding="utf-8", newline="") as file:
        return {row["submission"]: row for row in csv.DictReader(file)}


def grade(archive, folder, table, seconds=100):
    return main(["grade", str(archive), str(folder), "--table", str(table), "--seconds", str(seconds)])


def test_a_batch_survives_and_says_which_was_what(archive, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COURSE_TOKEN", "secret")
    known = answers(SHEET)
    right = {question: known[question][0] for question in QUICK}
    submissions = {
        "crashing.ipynb": answered(SHEET, right | {"age": "1 / 0"}),
        "right.ipynb": answered(SHEET, right | {"age": PEEK}),
        "snooping.ipynb": answered(SHEET, {"age": SNOOP}),
        "wrong.ipynb": answered(SHEET, {question: known[question][1] for question in QUICK}),
    }
    (tmp_path / "in").mkdir()
    write(submissions, tmp_path / "in")
    table = tmp_path / "scores.csv"
    assert grade(archive, tmp_path / "in", table) == 0
    rows = {name.removesuffix(".ipynb"): row for name, row in read(table).items()}
    assert {name: row["points"] for name, row in rows.items()} == {
        "crashing": "2",
        "right": "3",
        "snooping": "0",
        "wrong": "0",
    }
    assert "ZeroDivisionError" in rows["crashing"]["status"]
    assert rows["right"]["status"] == "graded"
    assert rows["right"]["year"] == "open"
    assert rows["snooping"]["selection"] == "open"
    assert "tests" in rows["snooping"]["look at"]
    assert rows["right"]["look at"] == ""
    assert [rows["wrong"][question] for question in QUICK] == ["open path", "estimate for bias", "no collider"]
    assert "1 x bias: estimate for bias" in capsys.readouterr().out


def harmed(table, submissions):
    """Return the names of hostile submissions that are lost, have a point too many, or put a formula or code there."""
    rows = list(read(table).values())
    assert len(rows) == len(submissions), "the table has another number of rows"
    assert all(each.isprintable() or each == "\n" for each in table.read_text(encoding="utf-8"))
    return [
        name
        for row, (name, (_, most)) in zip(rows, sorted(submissions.items()), strict=True)
        if not row["status"]
        or int(row["points"]) > most
        or any(cell.strip()[:1] in {"=", "+", "-", "@"} for cell in row.values())
    ]


def test_no_hostile_submission_is_lost_or_gets_a_point_too_many(archive, tmp_path):
    (tmp_path / "in").mkdir()
    hostile.write(hostile.QUICK, tmp_path / "in")
    table = tmp_path / "scores.csv"
    assert grade(archive, tmp_path / "in", table) == 0
    assert len(hostile.QUICK) >= 40
    assert harmed(table, hostile.QUICK) == []
    rows = list(read(table).values())
    honest = {"polite_exit.py", "interrupt.py", "circle.py", "language.ipynb", "flood.py", "kills_late.py"}
    assert [row["points"] for row in rows if row["submission"] in honest] == ["1"] * len(honest)


@pytest.mark.parametrize("name", hostile.HANGS)
def test_what_hangs_is_stopped_and_leaves_no_process(marker, tmp_path, name):
    make, most = hostile.HANGS[name]
    make(tmp_path / name)
    row = marker.row(".py", contents(tmp_path / name), 5, tmp_path / "cache")
    assert row["points"] <= most
    assert row["status"] == ("stopped after 5 s" if name != "detached.py" or row["points"] == 0 else "graded")
    left = [process.info["cmdline"] or [] for process in psutil.process_iter(["cmdline"])]
    assert not [line for line in left if "rethinking.commands.submission" in line and str(tmp_path) in line[-1]]


def test_a_batch_that_was_killed_goes_on_without_the_one_that_killed_it(marker, tmp_path):
    names, path = [question.name for question in marker.questions], tmp_path / "scores.csv"
    first = Scores(path, names)
    first.add("a.py", b"1", {"points": 1, "status": "graded", "age": "right"})
    working = first.at_work("b.py", b"2")
    working.__enter__()
    with path.open("a", encoding="utf-8") as file:
        file.write('b.py,1,"gra')  # the power fails
    second = Scores(path, names)
    assert second.has("a.py", b"1")
    assert second.has("b.py", b"2")
    assert not second.has("c.py", b"3")
    assert not second.changed
    rows = read(path)
    assert rows["a.py"]["age"] == "right"
    assert rows["b.py"]["status"] == "not graded: the grader was ended while it ran"
    assert second.has("a.py", b"another")
    assert second.changed == ["a.py"]
    working.gen.close()


def test_ctrl_c_keeps_the_rows_and_the_next_batch_goes_on(archive, tmp_path, monkeypatch):
    (tmp_path / "in").mkdir()
    for name in "abc":
        (tmp_path / "in" / f"{name}.py").write_text("adjust = {'S'}")
    turn, table = count(1), tmp_path / "scores.csv"

    def row(*_):
        if next(turn) == 2:
            raise KeyboardInterrupt
        return {"points": 1, "status": "graded"}

    monkeypatch.setattr(Marker, "row", row)
    assert grade(archive, tmp_path / "in", table) == 130
    assert list(read(table)) == ["a.py"]
    assert grade(archive, tmp_path / "in", table) == 0
    assert list(read(table)) == ["a.py", "b.py", "c.py"]
    (tmp_path / "in" / "a.py").write_text("adjust = set()")
    assert grade(archive, tmp_path / "in", table) == 1, "a changed submission keeps its old row without a word"


def test_another_table_is_never_touched(archive, tmp_path, capsys):
    (tmp_path / "a.py").write_text("")
    table = tmp_path / "scores.csv"
    table.write_text("name,mark\nAnna,1\n")
    assert grade(archive, tmp_path, table) == 1
    assert "name another" in capsys.readouterr().err
    assert table.read_text() == "name,mark\nAnna,1\n"


ARRAY = np.arange(6.0).reshape(2, 3)
LABELLED = xr.DataArray(ARRAY, {"chain": [0, 1], "tank": list("abc"), "prob": 0.89}, ["chain", "tank"], name="x")


@pytest.mark.parametrize(
    "value",
    [
        *[..., None, True, 3, -2.5, "é", {"S", "M"}, frozenset({"S"}), (1, [2.0, {"a": None}]), ARRAY, ARRAY > 2],
        *[LABELLED, LABELLED.to_dataset(), xr.DataTree.from_dict({"posterior": LABELLED.to_dataset()})],
        *[pd.DataFrame({"x": [1, 2], "y": ["a", "b"]}, index=[3, 4]), pd.Series([True, False], ["a", "b"])],
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_answer_arrives_as_it_was_sent(value):
    arrived = decode(encode(value))
    if isinstance(value, np.ndarray):
        np.testing.assert_array_equal(arrived, value)
        assert arrived.dtype == value.dtype
    elif isinstance(value, pd.DataFrame | pd.Series):
        assert arrived.equals(value)
        assert list(arrived.index) == list(value.index)
    elif isinstance(value, xr.DataArray | xr.Dataset | xr.DataTree):
        assert arrived.equals(value)
    else:
        assert arrived == value
    assert type(arrived) is type(value)


def test_a_function_stays_where_it_is_and_a_stranger_is_named():
    kept = []
    assert decode(encode(np.sin, lambda function: kept.append(function) or 7), lambda number: number) == 7
    assert kept == [np.sin]
    stranger = decode(encode(object()))
    assert isinstance(stranger, Foreign)
    assert type(stranger).__name__ == "object"


@pytest.mark.parametrize(
    ("made", "says"), [([], "no notebook"), (["a.ipynb"], "is not there"), (["a.ipynb", "a.zip"], "not an archive")]
)
def test_what_is_missing_is_said_before_work_begins(tmp_path, capsys, made, says):
    for name in made:
        (tmp_path / name).write_text("")
    archive = tmp_path / "a.zip"
    if not made:
        archive.write_text("")
    assert main(["grade", str(archive), str(tmp_path), "--table", str(tmp_path / "t.csv")]) == 1
    assert says in capsys.readouterr().err
    assert not (tmp_path / "t.csv").exists()


def test_the_command_line_explains_itself(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    said = capsys.readouterr().out
    for name in ("list", "get", "doctor", "autograder", "grade"):
        assert f"  {name} " in said
