"""Ten submissions to one sheet: right, wrong in each typical way, empty, crashing, endless, and one that snoops.

    python tests/submissions.py

writes them, grades them with `python -m rethinking grade`, and prints the table (about three minutes on two cores).
"""

import sys
import tempfile
from pathlib import Path

import nbformat

from rethinking.book.master import master_notebook, read_check
from rethinking.book.notebooks import gated, sheet_notebook, tags_of
from rethinking.commands.autograder import assign
from rethinking.commands.parser import main
from rethinking.exercises.sheets import sheet_paths

SHEET = "05_elemental_confounds"
SNOOP = """
import pathlib
found = {path: path.read_text() for path in pathlib.Path().glob("**/tests/*.py")}
adjust = bias = next((text for text in found.values() if "{'S'}" in text), "no answer in the tests")
print(found)
"""


def answers(name):
    """Return the code of the right answer and of the wrong ones, by question: {question: [right, wrong, ...]}."""
    found, waiting, question = {}, [], None
    for cell, _ in gated(sheet_paths()[name]):
        tags = tags_of(cell)
        if "solution" in tags:
            waiting.append(cell.source)
        elif "check" in tags:
            question = read_check(cell.source)[0]
            found[question], waiting = ["\n".join(waiting)], []
        elif "wrong" in tags:
            lines = cell.source.splitlines()
            kept = lines[: next(i for i, line in enumerate(lines) if "check(" in line)]
            found[question].append("\n".join(kept).rstrip())
    return found


def answered(name, code):
    """Return a student's notebook with code put in where the dots were, by question."""
    notebook = sheet_notebook(sheet_paths()[name])
    for cell in notebook.cells:
        if "check" in tags_of(cell):
            question = read_check(cell.source)[0]
            cell.source = f"{code.get(question, '')}\n{cell.source}"
    return notebook


def ten(name=SHEET):
    """Return the ten submissions by file name, each a notebook or a text."""
    known = answers(name)
    right = {question: codes[0] for question, codes in known.items()}
    made = {"right": answered(name, right)}
    for i in (1, 2, 3):
        made[f"wrong_{i}"] = answered(name, {q: codes[min(i, len(codes) - 1)] for q, codes in known.items()})
    made["half"] = answered(name, dict(list(right.items())[::2]))
    made["unanswered"] = answered(name, {})
    made["empty"] = ""
    made["crashing"] = answered(name, right | {"age": "adjust = {'S'}\n1 / 0"})
    made["endless"] = answered(name, {"age": "while True:\n    pass"})
    made["snooping"] = answered(name, {"age": SNOOP})
    return {f"{stem}.ipynb": made[stem] for stem in made}


def write(submissions, folder):
    """Write submissions into a folder."""
    for name, content in submissions.items():
        (folder / name).write_text(content if isinstance(content, str) else nbformat.writes(content), encoding="utf-8")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        archive = assign(master_notebook(sheet_paths()[SHEET], SHEET), SHEET, folder)
        (folder / "submissions").mkdir()
        write(ten(), folder / "submissions")
        options = ["--seconds", "90", "--table", str(folder / "scores.csv")]
        status = main(["grade", str(archive), str(folder / "submissions"), *options])
        sys.stdout.write((folder / "scores.csv").read_text(encoding="utf-8"))
    sys.exit(status)
