"""``grade``: a folder of submissions, each in a process of its own with a time limit, and a table of the scores.

The answers are marked here, in the process of the grader; `rethinking.commands.encoding` says how they come. What
this isolates, and what it does not, is said in the README. A submission runs with the rights of the person who grades.
"""

import ast
import builtins
import json
import re
import sys
import tempfile
import zipfile
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from rethinking.commands.sandbox import Sandbox, Stopped
from rethinking.commands.scores import Scores, readable

__all__ = ["Marker", "grade", "questions_of"]

LARGEST = 20 * 2**20  # bytes of a submission
# No exercise needs these words.
SUSPICIOUS = re.compile(r"otter|autograder|\btests?/|[\"']tests[\"']|exercises/|\.questions\b|_questions|\.reference\b")


class Question(NamedTuple):
    """One question of an archive: its name, and the call of its check as a tree."""

    name: str
    sheet: str
    arguments: list


def grade(archive, folder, seconds, table):
    """Grade every notebook and script in a folder, print the table and what went wrong most, and return 0.

    Each row is written when it is done. If the table is there already, those of its submissions that have not changed
    are kept, and the others are graded.

    Parameters
    ----------
    archive : pathlib.Path
        What `autograder` made.
    folder : pathlib.Path
        Submissions: ``*.ipynb`` and ``*.py``.
    seconds : int
        A submission that takes longer is stopped, with every process that it started.
    table : pathlib.Path
        Where the table is written, as CSV.

    Returns
    -------
    int
        1 if a submission changed after its row was written, 130 after Ctrl-C, 0 otherwise.

    Raises
    ------
    FileNotFoundError
        If there is no archive or no submission.
    FileExistsError
        If the table is there and is not one of this sheet.
    ValueError
        If the archive is not one of `autograder`, or the time is no positive number.
    """
    if seconds <= 0:
        msg = f"A submission needs some time: --seconds is {seconds}, and should be positive."
        raise ValueError(msg)
    if not archive.is_file():
        msg = f"{archive} is not there."
        raise FileNotFoundError(msg)
    submissions = sorted(path for path in folder.glob("*") if path.suffix in {".ipynb", ".py"})
    if not submissions:
        msg = f"{folder} holds no notebook (*.ipynb)."
        raise FileNotFoundError(msg)
    marker = Marker(questions_of(archive))
    scores = Scores(table, [question.name for question in marker.questions])
    try:
        with tempfile.TemporaryDirectory(prefix="rethinking-") as cache:
            for number, (name, path) in enumerate(named(submissions).items(), 1):
                content = contents(path)
                if scores.has(name, content):
                    continue
                print(f"{number} of {len(submissions)}: {name}", file=sys.stderr)
                with scores.at_work(name, content):
                    scores.add(name, content, marker.row(path.suffix, content, seconds, cache))
    except KeyboardInterrupt:
        print(f"Stopped; {len(scores.rows)} rows are in {table}, and the same command goes on.", file=sys.stderr)
        return 130
    _tell(scores)
    return int(bool(scores.changed))


def named(paths):
    """Return paths by their names as the table can hold them, each another one.

    Examples
    --------
    >>> list(named([Path("=a.py"), Path("'=a.py")]))
    ["'=a.py", "'=a.py (2)"]
    """
    found = {}
    for path in paths:
        name, number = readable(path.name), 1
        while name in found:
            number += 1
            name = f"{readable(path.name)} ({number})"
        found[name] = path
    return found


def questions_of(archive):
    """Return the questions of an archive, as its tests name them.

    Parameters
    ----------
    archive : pathlib.Path

    Returns
    -------
    list of Question

    Raises
    ------
    ValueError
        If it is not an archive of `autograder`.
    """
    try:
        with zipfile.ZipFile(archive) as files:
            tests = [name for name in files.namelist() if re.fullmatch(r"tests/\w+\.py", name)]
            found = [_question(Path(name).stem, files.read(name).decode()) for name in sorted(tests)]
    except (zipfile.BadZipFile, ValueError, SyntaxError, LookupError, AttributeError):
        found = []
    if not found:
        msg = f"{archive} is not an archive that `python -m rethinking autograder` made: make it again."
        raise ValueError(msg)
    return found


def _question(name, text):
    test = next(ast.literal_eval(line.value) for line in ast.parse(text).body if ast.unparse(line).startswith("test"))
    code = test["suites"][0]["cases"][0]["code"]
    nodes = ast.walk(ast.parse(re.sub(r"^(>>>|\.\.\.) ?", "", code, flags=re.MULTILINE)))
    calls = ((node, node.func) for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Call))
    call, made = next(calls)
    return Question(name, ast.literal_eval(made.args[0]), call.args[1:])


def contents(path):
    """Return what a submission holds, or a sentence about why it is not read: only files of a moderate size are.

    A link, a folder, a pipe or a device is none.

    Parameters
    ----------
    path : pathlib.Path

    Returns
    -------
    bytes or str
    """
    try:
        if path.is_symlink() or not path.is_file():
            return "it is a link, a folder or the like, and not a file"
        if path.stat().st_size > LARGEST:
            return f"it is larger than {LARGEST // 2**20} MB"
        return path.read_bytes()
    except OSError as error:
        return f"it cannot be read ({type(error).__name__})"


class Marker:
    """What marks submissions: the questions of an archive, and the checks of their sheet.

    Parameters
    ----------
    questions : list of Question
    """

    def __init__(self, questions):
        from rethinking.exercises import checker

        self.questions, self.check = questions, checker(questions[0].sheet)

    def row(self, suffix, content, seconds, cache):
        """Return one row of the table: points, status, mistakes by question, and what to look at by hand.

        Parameters
        ----------
        suffix : str
            ``".ipynb"`` or ``".py"``.
        content : bytes or str
            As `contents` returns it.
        seconds : float
        cache : path-like
            A folder for what PyTensor compiles, so that the second submission need not compile it again.
        """
        if isinstance(content, str):
            return {"points": 0, "status": f"not graded: {content}"}
        words = sorted(set(SUSPICIOUS.findall(_source(suffix, content))))
        more, marks = {"look at": f"mentions {', '.join(words)}" if words else ""}, {}
        try:
            with Sandbox(suffix, content, self.check.shared(), seconds, cache) as sandbox:
                for question in self.questions:
                    marks[question.name] = self._mark(question, sandbox)
                status = f"a cell failed: {sandbox.error}" if sandbox.error else "graded"
        except Stopped as reason:
            status = str(reason)
        return {"points": sum(mark == "right" for mark in marks.values()), "status": status, **marks, **more}

    def _mark(self, question, sandbox):
        """Return "right" or the name of the mistake."""
        answers = []
        for argument in question.arguments:
            found, value = sandbox.value(ast.unparse(argument))
            if not found:
                return value if isinstance(getattr(builtins, value, None), type) else "other"
            answers.append(value)
        try:
            feedback = self.check(question.name, *answers)
        except Exception as error:
            return f"not marked: {type(error).__name__}"
        return "right" if feedback.verdict == "right" else feedback.mistake or "other"


def _source(suffix, content):
    """Return the code of a submission, without what was put out; nothing if it cannot be read."""
    text = content.decode("utf-8", errors="replace")
    if suffix == ".py":
        return text
    try:
        cells = json.loads(text)["cells"]
        return "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    except (ValueError, LookupError, TypeError, RecursionError):
        return ""


def _tell(scores):
    rows = scores.rows
    width = max(len(row["submission"]) for row in rows)
    for row in rows:
        print(f"{row['submission']:{width}}  {row['points']:>2}  {row['status']}  {row['look at']}".rstrip())
    counts = Counter((name, row[name]) for name in scores.questions for row in rows)
    print("\nMistakes, the most common first ('open' is no answer, and not counted):")
    for (question, name), count in counts.most_common():
        if name not in {"", "right", "open"}:
            print(f"  {count} x {question}: {name}")
    if scores.changed:
        print(f"\nChanged after they were graded, and not graded again: {', '.join(scores.changed)}.")
        print("To grade them, name another table with --table.")
    print(f"\nThe whole table is in {scores.path}.")
