"""``grade``: a folder of submissions, each in a process of its own with a time limit, and a table of the scores.

What this isolates, and what it does not, is said in the README. A submission runs with the rights of whoever grades.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

__all__ = ["grade"]

# Variables of the environment that a submission sees; what else is set there, a token say, it does not.
PASSED_ON = ("PATH", "LANG", "LC_ALL", "PYTHONPATH", "RETHINKING_DATA", "SYSTEMROOT", "VIRTUAL_ENV")
# No exercise needs these words.
SUSPICIOUS = re.compile(r"otter|autograder|\btests?/|[\"']tests[\"']|exercises/|\.questions\b|_questions|\.reference\b")
REASON = re.compile(r"^[\w.]*(?:Error|Exception|Died)\w*:? .*", re.MULTILINE)


def grade(archive, folder, seconds, table):
    """Grade every notebook and script in a folder, print the table and what went wrong most, and return 0.

    Parameters
    ----------
    archive : pathlib.Path
        What `autograder` made.
    folder : pathlib.Path
        Submissions: ``*.ipynb`` and ``*.py``.
    seconds : int
        A submission that takes longer is stopped, with every process that it started and did not detach.
    table : pathlib.Path
        Where the table is written, as CSV.

    Returns
    -------
    int

    Raises
    ------
    FileNotFoundError
        If there is no archive or no submission.
    FileExistsError
        If there is such a table.
    """
    submissions = sorted(path for path in folder.glob("*") if path.suffix in {".ipynb", ".py"})
    if not archive.is_file() or not submissions:
        msg = f"{archive} is not there" if not archive.is_file() else f"{folder} holds no notebook (*.ipynb)"
        raise FileNotFoundError(msg)
    if table.exists():
        msg = f"{table} is there already: name another table with --table"
        raise FileExistsError(msg)
    rows = []
    with tempfile.TemporaryDirectory(prefix="rethinking-") as cache:
        for number, path in enumerate(submissions, 1):
            print(f"{number} of {len(submissions)}: {path.name}", file=sys.stderr)
            rows.append({"submission": path.name} | run(archive, path, seconds, cache))
    _tell(rows, table)
    return 0


def run(archive, submission, seconds, cache):
    """Return one row of the table: points, status, mistakes by question, and what to look at by hand.

    Parameters
    ----------
    archive, submission : pathlib.Path
    seconds : int
    cache : path-like
        A folder for what PyTensor compiles, so that the second submission need not compile it again.
    """
    suspicious = sorted(set(SUSPICIOUS.findall(_source(submission))))
    with tempfile.TemporaryDirectory(prefix="rethinking-") as home:
        target = Path(home) / "report.json"
        module = "rethinking.commands.submission"
        command = [sys.executable, "-m", module, archive.resolve(), submission.resolve(), target]
        kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        more = {"HOME": home, "TMPDIR": home, "RETHINKING_PROGRESS": "0", "PYTENSOR_FLAGS": f"base_compiledir={cache}"}
        said = _limited(command, home, kept | more, seconds)
        found = json.loads(target.read_text(encoding="utf-8")) if target.is_file() else {}
    scores, mistakes = found.get("scores", {}), found.get("mistakes", {})
    if said is None:
        status = f"stopped after {seconds} s"
    elif not found:
        status = f"not graded: {(REASON.findall(said) or [said.strip() or 'no reason was given'])[-1][:100]}"
    else:
        status = f"a cell failed: {found['errors'][0][:60]}" if found["errors"] else "graded"
    return {
        "points": sum(scores.values()),
        "status": status,
        **{name: "right" if name not in mistakes else mistakes[name][0] for name in scores},
        "look at": f"mentions {', '.join(suspicious)}" if suspicious else "",
    }


def _limited(command, folder, environment, seconds):
    """Return what a command says on stderr, or None if it had to be stopped."""
    streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=folder, env=environment, **streams) as process:
        try:
            return process.communicate(timeout=seconds)[1]
        except subprocess.TimeoutExpired:
            return None
        finally:
            _stop(process)


def _stop(process):
    """End a process and its descendants: a kernel is the leader of a session of its own, so no signal reaches both."""
    import psutil

    if process.poll() is None:
        parent = psutil.Process(process.pid)
        for each in [*parent.children(recursive=True), parent]:
            each.kill()


def _source(submission):
    """Return the code of a submission, without what was put out; nothing if it cannot be read."""
    text = submission.read_text(encoding="utf-8", errors="replace")
    if submission.suffix == ".py":
        return text
    try:
        cells = json.loads(text)["cells"]
        return "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    except (ValueError, LookupError, TypeError):
        return ""


def _tell(rows, table):
    import pandas as pd

    frame = pd.DataFrame(rows).fillna("")
    frame.to_csv(table, index=False)
    ends = ["submission", "points", "status", "look at"]
    questions = [column for column in frame if column not in ends]
    with pd.option_context("display.width", None, "display.max_columns", None, "display.max_colwidth", 60):
        print(frame[ends].to_string(index=False))
    counts = Counter((q, frame.loc[i, q]) for q in questions for i in frame.index)
    print("\nMistakes, the most common first ('open' is no answer, and not counted):")
    for (question, name), count in counts.most_common():
        if name not in {"", "right", "open"}:
            print(f"  {count} x {question}: {name}")
    print(f"\nThe whole table is in {table}.")
