"""One submission, graded in a process of its own: ``python -m rethinking.commands.submission ARCHIVE NOTEBOOK REPORT``.

It runs `otter run` through otter-grader's Python interface and writes the part that a table of scores needs as JSON.
"""

import json
import re
import sys
from pathlib import Path

__all__ = ["report"]

SAID = re.compile(r"AssertionError: \[([^\]\n]+)\] (.*)")
ERROR = re.compile(r"^(\w+(?:Error|Exception|Interrupt)): (.*)", re.MULTILINE)


def report(results):
    """Return what a table needs of otter-grader's results.

    Parameters
    ----------
    results : otter.test_files.GradingResults

    Returns
    -------
    dict
        ``scores``, points by question; ``mistakes``, pairs (name, sentence) by question; ``errors``, of the cells.
    """
    scores, mistakes = {}, {}
    for name, test in results.results.items():
        scores[name] = test.score
        failed = [case.message for case in test.test_case_results if not case.passed]
        if failed:
            mistakes[name] = mistake(failed[0])
    cells = [output for cell in results.notebook.cells for output in cell.get("outputs", ())]
    errors = [f"{o['ename']}: {o['evalue']}" for o in cells if o["output_type"] == "error"]
    return {"scores": scores, "mistakes": mistakes, "errors": errors}


def mistake(message):
    """Return the name of a mistake and the sentence that was said, from the output of a failed test.

    Examples
    --------
    >>> mistake("AssertionError: [wrong sign] Right size, wrong sign.")
    ('wrong sign', 'Right size, wrong sign.')
    >>> mistake("NameError: name 'slope' is not defined")
    ('NameError', "name 'slope' is not defined")
    """
    for pattern in (SAID, ERROR):
        found = pattern.findall(message)
        if found:
            return found[-1]
    return "other", message.strip().rpartition("\n")[2]


if __name__ == "__main__":
    from otter.api import grade_submission

    archive, notebook, target = sys.argv[1:]
    graded = grade_submission(notebook, archive, quiet=True)
    Path(target).write_text(json.dumps(report(graded)), encoding="utf-8")
