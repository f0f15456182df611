"""One submission in a process of its own: ``python -m rethinking.commands.submission NOTEBOOK GIVEN``.

It runs the cells and then answers the grader's requests, a line of JSON each: what an expression holds, and what a
function returns. It marks nothing and knows no answer, so that there is nothing here to be forged.
"""

import base64
import contextlib
import json
import os
import pickle
import sys
from pathlib import Path
from typing import Any

from rethinking.commands.encoding import encode

__all__ = ["run_cells", "serve"]

LARGEST_FILE = 2**30  # bytes that a submission may write into one file


def run_cells(path, namespace):
    """Run a notebook or script in a namespace, and return the first error as text, empty if there was none.

    A cell that fails does not keep the next ones from running.

    Parameters
    ----------
    path : pathlib.Path
    namespace : dict
    """
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell.instance(user_ns=namespace, history_length=0)
    if shell.history_manager is not None:
        shell.history_manager.enabled = False
    first = ""
    for source in _cells(path):
        result = shell.run_cell(source)
        error = result.error_before_exec or result.error_in_exec
        if error is not None and not first:
            first = f"{type(error).__name__}: {str(error)[:200]}"
    return first


def serve(requests, replies, namespace):
    """Answer requests until they end: ``["value", expression]`` or ``["call", number, arguments]``.

    Parameters
    ----------
    requests, replies : file
        Of lines.
    namespace : dict
    """
    functions = []

    def keep(function):
        functions.append(function)
        return len(functions) - 1

    for line in requests:
        kind, what, *rest = json.loads(line)
        try:
            if kind == "value":
                found = eval(what, namespace)
            else:
                found = functions[what](*pickle.loads(base64.b64decode(rest[0])))
            reply = ["found", encode(found, keep)]
        except BaseException as error:
            reply = ["raised", type(error).__name__, str(error)[:500]]
        replies.write(json.dumps(reply) + "\n")
        replies.flush()


def _cells(path):
    if path.suffix == ".py":
        return [path.read_text(encoding="utf-8")]
    import nbformat

    return [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


def _prepare(given):
    """Let the checks of the notebook wait for the grader, which makes them with the right answers at hand."""
    from rethinking.exercises import sheets

    waiting: Any = sheets.Check
    computed = waiting.given

    def give(check, name):
        shared = pickle.loads(given.read_bytes())
        return shared[name] if name in shared else computed(check, name)

    waiting.given = give
    waiting.__call__ = lambda *_: sheets.Feedback("open", "The grader checks.", "open")


def _limit_files():
    with contextlib.suppress(ImportError, ValueError, OSError):  # Windows has no such limits
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _channel():
    """Return files for requests and replies, and point what students read and print at nothing."""
    requests = os.fdopen(os.dup(0), encoding="utf-8")
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    return requests, replies


if __name__ == "__main__":
    notebook, shared_fits = map(Path, sys.argv[1:])
    requests, replies = _channel()
    _limit_files()
    _prepare(shared_fits)
    names = {"__name__": "__main__"}
    try:
        said = ["ran", run_cells(notebook, names)]
    except BaseException as error:
        said = ["unreadable", f"{type(error).__name__}: {str(error)[:200]}"]
    replies.write(json.dumps(said) + "\n")
    replies.flush()
    serve(requests, replies, names)
    os._exit(0)  # threads that a student left behind end too
