"""How many small changes of the code the tests notice: `make mutants` takes an hour or two on quiet cores.

A sample of all mutations (`mutations.py`) of four rooms is made, each in a copy of the tree. For each, the tests run
that execute the changed lines, the quickest files first, until one fails. A first run of every file, without a
mutation, finds out which tests these are. Both are kept in a folder, so that a call that was interrupted goes on; only
what survived, or has no test, is tried again. (mutmut forks a process that has compiled code and threads, which may
hang; cosmic-ray changes the checkout itself.)
"""

import argparse
import hashlib
import json
import multiprocessing
import os
import random
import resource
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory

from mutations import mutated, mutations

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("sampling", "studies", "causal", "exercises")
TESTS = (
    "sampling", "swaps", "options", "mixing", "trace", "added_chains", "studies*", "causal*", "drawing", "explorer*",
    "exercises", "answers", "mistakes",
)  # fmt: skip
LEFT_OUT = shutil.ignore_patterns(".git", ".venv*", "_build", "*.zarr", ".*_cache", "__pycache__", ".hypothesis")
MOST = 60  # seconds of tests for one mutant
MEMORY = 8 * 2**30  # bytes; a mutant may ask for all that there is
EQUIVALENT = Path(__file__).with_name("equivalent_mutants.json")  # those that change nothing to be seen, and why
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


def main():
    """Print what became of each mutant, and the score."""
    parser = argparse.ArgumentParser(description="Count how many small changes of the code the tests notice.")
    parser.add_argument("--n", type=int, default=200, help="mutants")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rooms", nargs="+", default=ROOMS, metavar="ROOM", help="rooms or modules: causal/queries")
    parser.add_argument("--tests", nargs="+", default=TESTS, metavar="TEST", help="which tests; studies* for several")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many at the same time")
    parser.add_argument("--kept", type=Path, default=ROOT / "lectures" / "_build" / "mutants", metavar="FOLDER")
    options = parser.parse_args()
    kept = options.kept.absolute()
    kept.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        os.environ |= {"PYTHONDONTWRITEBYTECODE": "1", "RETHINKING_PROGRESS": "0"}
        os.environ["PYTENSOR_FLAGS"] = f"base_compiledir={kept / 'compiled'}"
        PROCESSES.set_forkserver_preload(PRELOADED)
        trees = [Path(folder) / str(i) for i in range(options.jobs)]
        for tree in trees:
            shutil.copytree(ROOT, tree, ignore=LEFT_OUT)
        for line in at_once(record, trees, [(kept, name) for name in test_files(options.tests)]):
            say(line)
        sample, outcomes = sampled(trees[0], options.rooms, options.n, options.seed), read(kept / "outcomes.json")
        tests = {name: test for file in kept.glob("*.lines.json") for name, test in read(file).items()}
        left = [(*each, tests) for each in sample if outcomes.get(key(*each)) in (None, "survived", "no test")]
        for file, mutation, outcome, line in at_once(tried, trees, left):
            say(line)
            outcomes[key(file, mutation)] = outcome
            (kept / "outcomes.json").write_text(json.dumps(outcomes, indent=1), encoding="utf-8")
    report([(file, outcomes[key(file, mutation)]) for file, mutation in sample])


def at_once(function: Callable, trees: list[Path], calls: Iterable[tuple]):
    """Yield what a function returns for some arguments, as soon as it does; each call has a tree for itself."""
    free = SimpleQueue()
    for tree in trees:
        free.put(tree)

    def with_a_tree(arguments):
        tree = free.get()
        try:
            return function(tree, *arguments)
        finally:
            free.put(tree)

    with ThreadPoolExecutor(len(trees)) as pool:
        futures = [pool.submit(with_a_tree, arguments) for arguments in calls]
        try:
            yield from (future.result() for future in as_completed(futures))
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def report(outcomes: list[tuple[str, str]]):
    """Print the score of each room and of all: the share that was killed of those that are not equivalent."""
    rooms = sorted({file.split("/")[0] for file, _ in outcomes})
    for room in (*rooms, ""):
        found = Counter(outcome for file, outcome in outcomes if file.startswith(room))
        killed, counted = found["killed"] + found["timeout"], found.total() - found["equivalent"]
        said = f"{killed} of {counted} killed ({killed / max(counted, 1):.0%}), {found['equivalent']} equivalent"
        say(f"{room or 'all':10} {said}")


def sampled(tree, rooms, n, seed):
    """Return mutants at random, each with the file that it belongs to."""
    package = tree / "rethinking"
    files = sorted({file for room in rooms for file in [*(package / room).rglob("*.py"), package / f"{room}.py"]})
    found = [
        (file.relative_to(package).as_posix(), mutation)
        for file in files
        if file.exists()
        for mutation in mutations(file.read_text(encoding="utf-8"))
    ]
    return random.Random(seed).sample(found, min(n, len(found)))


def key(file, mutation):
    return f"{file} {mutation.number}: {mutation.was} -> {mutation.now}"


def test_files(names):
    """Return the files of tests, and the rooms, whose examples are tests too."""
    tests = sorted({path for name in names for path in (ROOT / "tests").glob(f"test_{name}.py")})
    return [path.relative_to(ROOT).as_posix() for path in tests] + [f"rethinking/{room}" for room in ROOMS]


def record(tree, kept, name):
    """Run a file of tests without a mutation, and write which lines each executes, unless that is known."""
    sources = sorted(source for room in ROOMS for source in (tree / "rethinking" / room).rglob("*.py"))
    sources += [tree / name] if name.endswith(".py") else []
    digest = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:12]
    stem = name.replace("/", ".")
    executed = kept / f"{stem}.{digest}.lines.json"
    if executed.exists():
        return f"known       {name}"
    for old in kept.glob(f"{stem}.????????????.lines.json"):
        old.unlink()
    outcome, seconds = run_tests(tree, ["-p", "executed_lines", name], None, EXECUTED_LINES=str(executed))
    words = (tree / "output.txt").read_text(encoding="utf-8", errors="replace").splitlines()
    failed = [f"\n    {line}" for line in words if line.startswith(("FAILED", "ERROR"))]
    return f"{'recorded' if outcome == 'survived' else 'FAILED'} {seconds:4.0f} s  {name}{''.join(failed)}"


def tried(tree, file, mutation, tests):
    """Return what became of a mutant (killed, timeout, survived, equivalent, or no test), and a line that says it."""
    seconds, path = 0.0, tree / "rethinking" / file
    chosen, limit = concerned(file, mutation, tests)
    if f"{mutation.before}  ->  {mutation.after}" in read(EQUIVALENT).get(file, ()):
        outcome = "equivalent"
    elif not chosen:
        outcome = "no test"
    else:
        original = path.read_text(encoding="utf-8")
        path.write_text(mutated(original, mutation.number), encoding="utf-8")
        try:
            outcome, seconds = run_tests(tree, ["-x", *chosen], 120 + 5 * limit)
        finally:
            path.write_text(original, encoding="utf-8")
    where = f"{file}:{mutation.lines.start}"
    return file, mutation, outcome, f"{outcome:10} {seconds:4.0f} s  {where}  {mutation.was}  ->  {mutation.now}"


def concerned(file, mutation, tests):
    """Return the tests that execute the lines of a mutation, the quickest files first, and how long they take.

    What a fixture executes concerns all tests of its file, and what a module executes when it is imported all tests of
    the module.
    """

    def hit(phase):
        lines = phase.get(file, ())
        return bool(lines) and (not mutation.in_function or any(line in mutation.lines for line in lines))

    by_file = {}
    for name, test in tests.items():
        by_file.setdefault(name.split("::")[0], []).append((name, test))
    found = {}
    for home, its in by_file.items():
        all_of_it = any(hit(test["setup"]) for _, test in its)
        if names := {name: test["seconds"] for name, test in its if all_of_it or hit(test["call"])}:
            found[home] = names
    chosen, seconds = [], 0.0
    for names in sorted(found.values(), key=lambda names: sum(names.values())):
        for name, more in names.items():
            if seconds + more <= MOST:
                chosen.append(name)
                seconds += more
    return chosen, seconds


def run_tests(tree, arguments, limit, **environment):
    """Return whether a mutant was killed, and the seconds that it took, running tests in a session of its own."""
    began = time.monotonic()
    process = PROCESSES.Process(target=pytest_in, args=(tree, arguments, environment))
    process.start()
    process.join(limit)
    outcome = "timeout" if process.exitcode is None else "killed" if process.exitcode else "survived"
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)  # and what it has left behind
    process.join()
    return outcome, time.monotonic() - began


def pytest_in(tree, arguments, environment):
    """Run tests on the package of a tree, and end this process with the status."""
    import pytest

    os.setsid()
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    os.environ |= environment | {"PYTHONPATH": os.pathsep.join([str(tree), str(tree / "tests")])}
    os.chdir(tree)
    sys.path[:0] = [str(tree), str(tree / "tests")]
    with (tree / "output.txt").open("w") as output:
        for stream in (1, 2):
            os.dup2(output.fileno(), stream)
    already_imported = ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
    room = ["-q", "-p", "no:cacheprovider", f"--basetemp={tree.parent / f'temporary.{tree.name}'}"]
    raise SystemExit(int(pytest.main([*already_imported, *room, *arguments])))


def read(file):
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}


def say(line):
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
