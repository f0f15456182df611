"""Run tests in a forked process that has the libraries already, within limits of processor time and memory.

A limit in seconds of a clock would stop a process that waits for a busy processor, too. What waits for ever, and so
needs no processor, is given up after a long time, and nothing is concluded from that.
"""

import multiprocessing
import os
import re
import resource
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

MEMORY = 8 * 2**30  # bytes; a mutant may ask for all that there is
PATIENCE = 20  # seconds of a clock for each of the processor
# Importing these takes most of the time of a test; a process that is forked from one that has them starts at once.
PRELOADED = [
    "pytest",
    "pymc",
    "nutpie",
    "arviz",
    "statsmodels.api",
    "distributed",
    "zarr",
    "IPython",
    "matplotlib.pyplot",
]
PROCESSES = multiprocessing.get_context("forkserver")
PASSED, FAILED, INTERRUPTED = range(3)  # how pytest ends: all tests passed, one failed, one could not be read


class Ended(NamedTuple):
    """How tests ended: passed, failed, endless or unknown; after how many seconds of the processor; which failed."""

    how: str
    seconds: float
    failed: list[str]


def run_tests(tree: Path, arguments: list[str], limit: int, **environment: str) -> Ended:
    """Return how tests end on the package of a tree, in a session of their own, with seconds of the processor."""
    process = PROCESSES.Process(target=_pytest_in, args=(tree, arguments, limit, environment))
    (tree / "seconds.txt").unlink(missing_ok=True)
    process.start()
    process.join(PATIENCE * limit)
    how = ended(process.exitcode)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)  # and what it has left behind
    process.join()
    words = (tree / "output.txt").read_text(encoding="utf-8", errors="replace")
    seconds = (tree / "seconds.txt").read_text() if (tree / "seconds.txt").exists() else limit
    return Ended(how, float(seconds), re.findall(r"^(?:FAILED|ERROR) (\S+)", words, re.MULTILINE))


def ended(code: int | None) -> str:
    """Return what the exit code of a process of tests says; None is that of a process that still runs.

    A process that somebody killed, or that has found no test, says nothing about what was tested.
    """
    if code == PASSED:
        return "passed"
    if code == -signal.SIGXCPU:
        return "endless"
    if code in (FAILED, INTERRUPTED) or (code is not None and code < 0 and code != -signal.SIGKILL):
        return "failed"
    return "unknown"


def _pytest_in(tree, arguments, limit, environment):
    """Run tests, and end this process with their status."""
    import pytest

    os.setsid()
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 60))
    os.environ |= environment | {"PYTHONPATH": os.pathsep.join([str(tree), str(tree / "tests")])}
    os.chdir(tree)
    sys.path[:0] = [str(tree), str(tree / "tests")]
    with (tree / "output.txt").open("w") as output:
        for stream in (1, 2):
            os.dup2(output.fileno(), stream)
    already_imported = ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
    room = ["-q", "-p", "no:cacheprovider", f"--basetemp={tree.parent / f'temporary.{tree.name}'}"]
    status = int(pytest.main([*already_imported, *room, *arguments]))
    (tree / "seconds.txt").write_text(str(sum(os.times()[:4])))
    raise SystemExit(status)
