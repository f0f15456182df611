"""A pytest plugin for `mutants.py`: which lines of the package each test executes.

Written as JSON into the file that the environment variable EXECUTED_LINES names, with the seconds of the processor that
each takes, its other processes included, for tests that pass.
"""

import json
import os
import sys
from collections import defaultdict
from pathlib import Path

import pytest

TOOL, PACKAGE = sys.monitoring.COVERAGE_ID, f"{Path.cwd() / 'rethinking'}{os.sep}"
now, tests = defaultdict(set), {}


def noted(code, line):
    """Note a line once; Python calls this before the line runs, in every thread."""
    if code.co_filename.startswith(PACKAGE):
        now[code.co_filename.removeprefix(PACKAGE)].add(line)
    return sys.monitoring.DISABLE


def started(code, _):
    """Note the line of a function that stands on one line, as lambdas do: Python calls `noted` for none of these."""
    return noted(code, code.co_firstlineno)


def pytest_configure():
    events = sys.monitoring.events
    sys.monitoring.use_tool_id(TOOL, "executed lines")
    sys.monitoring.register_callback(TOOL, events.LINE, noted)
    sys.monitoring.register_callback(TOOL, events.PY_START, started)
    sys.monitoring.set_events(TOOL, events.LINE | events.PY_START)


def watched(item, phase):
    """Note what a phase of a test executes, while it runs."""
    now.clear()
    sys.monitoring.restart_events()
    began = sum(os.times()[:4])
    result = yield
    found = tests.setdefault(item.nodeid, {"seconds": 0.0})
    found["seconds"] += sum(os.times()[:4]) - began
    found[phase] = {file: sorted(lines) for file, lines in now.items()}
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item):
    return (yield from watched(item, "setup"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    return (yield from watched(item, "call"))


def pytest_sessionfinish():
    passed = {name: test for name, test in tests.items() if "call" in test}
    Path(os.environ["EXECUTED_LINES"]).write_text(json.dumps(passed), encoding="utf-8")
