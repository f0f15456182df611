"""`python -m rethinking new`: a whole project or none, which runs as it is."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rethinking.book.pages import code_cells
from rethinking.commands import new as command
from rethinking.commands.parser import main


def test_the_new_folder_passes_its_own_tests_and_its_report_runs(tmp_path, capsys):
    assert main(["new", "a-study", "--into", str(tmp_path / "made")]) == 0
    said = capsys.readouterr().out
    project = tmp_path / "made" / "a-study"
    assert {path.name for path in project.iterdir()} == set(command.WHAT)
    assert all(path.name in said for path in project.iterdir())
    assert [path.name for path in project.parent.iterdir()] == ["a-study"]
    run = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    result = subprocess.run(run, cwd=project, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout
    assert "5 passed" in result.stdout
    texts = {path.name: path.read_text(encoding="utf-8") for path in project.iterdir() if path.is_file()}
    assert "a-study" in texts["README.md"]
    assert not [name for name, text in texts.items() if command.PLACE in text]
    assert len(texts["README.md"].splitlines()) <= 10


def test_the_report_leaves_out_few_incomplete_rows_and_says_so_and_refuses_many(tmp_path, capsys, monkeypatch):
    assert main(["new", "study", "--into", str(tmp_path)]) == 0
    text = (tmp_path / "study" / "report.md").read_text(encoding="utf-8")
    (reading,) = (source for _, _, source in code_cells(text) if "data.csv" in source)
    monkeypatch.chdir(tmp_path)
    table = pd.DataFrame({"walk": [0, 1] * 10, "workload": 1.0, "sleep": 7.0, "mood": np.nan})
    for incomplete in (1, 3):
        table.loc[: incomplete - 1, "sleep"] = np.nan
        table.to_csv("data.csv", index=False)
        names = {"Path": Path, "pd": pd, "np": np}
        if incomplete == 3:
            with pytest.raises(ValueError, match="part of the graph"):
                exec(reading, names)
        else:
            exec(reading, names)
            assert "20 people, 1 of them left out" in capsys.readouterr().out
            assert len(names["data"]) == 19


def test_the_lock_pins_everything_and_names_no_address():
    lines = command.lock().splitlines()
    assert not [line for line in lines if not re.fullmatch(r"[\w.-]+==[\w.!+-]+", line)]
    names = [line.split("==")[0] for line in lines]
    assert names == sorted(set(names))
    assert {"rethinking", "pymc", "nutpie", "arviz", "numpy", "numba", "pytest", "jupytext", "ipykernel"} <= set(names)
    assert "sphinx" not in names  # of an extra that no project asked for


def test_a_needed_package_that_is_not_installed_is_said_to_be_so(monkeypatch):
    monkeypatch.setattr(command, "NEEDED", ("numpy", "no-such-package"))
    assert command.lock().splitlines()[1:] == ["no-such-package  # not installed here"]


@pytest.mark.parametrize("name", ["", " ", "a b", "../up", "/abs", "a/b", "é", "1st", "-x", "con:", "a" * 61, "a\n"])
def test_a_bad_name_is_refused_in_one_sentence_and_nothing_is_written(tmp_path, capsys, name):
    assert main(["new", "--into", str(tmp_path / "made"), "--", name]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert said.endswith(".\n")
    assert "walk-and-sleep" in said
    assert len(said) < 300
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("kind", ["folder", "empty", "file", "dangling"])
def test_what_is_there_stays(tmp_path, capsys, kind):
    there = tmp_path / "mine"
    if kind == "file":
        there.write_text("mine")
    elif kind == "dangling":
        there.symlink_to(tmp_path / "nowhere")
    else:
        there.mkdir()
        if kind == "folder":
            (there / "plan.md").write_text("mine")
    assert main(["new", "mine", "--into", str(tmp_path)]) == 1
    assert "is there already and stays as it is" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    assert kind != "folder" or (there / "plan.md").read_text() == "mine"
    assert kind != "empty" or not list(there.iterdir())


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_no_half_of_a_project_is_left(tmp_path, capsys, monkeypatch, error):
    wrote = []

    def fails(path, *arguments, **options):
        wrote.append(path.name)
        if len(wrote) == 4:
            raise error
        path.touch()

    monkeypatch.setattr("pathlib.Path.write_text", fails)
    if isinstance(error, OSError):
        assert main(["new", "study", "--into", str(tmp_path)]) == 1
        assert "No space left on device." in capsys.readouterr().err
    else:
        with pytest.raises(KeyboardInterrupt):
            main(["new", "study", "--into", str(tmp_path)])
    assert len(wrote) == 4
    assert not list(tmp_path.iterdir())


def test_a_file_in_place_of_a_folder_is_told(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert main(["new", "study", "--into", str(tmp_path / "file")]) == 1
    said = capsys.readouterr().err
    assert "nothing was written" in said
    assert said.count("\n") == 1


def test_it_is_listed_and_explained():
    run = [sys.executable, "-m", "rethinking", "new", "--help"]
    said = subprocess.run(run, capture_output=True, text=True, check=True, env=os.environ | {"COLUMNS": "120"}).stdout
    assert "NAME" in said
    assert "--into FOLDER" in said
