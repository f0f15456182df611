"""How many small changes of the code the tests notice: `make mutants` takes hours.

A sample of all mutations (`mutations.py`) of four rooms is made, one after the other, in a copy of the tree. For each,
the tests run that execute the changed lines, the quickest files first, until one fails. A first run, without a
mutation, finds out which tests these are. (mutmut forks a process that has compiled code and threads, which may hang;
cosmic-ray changes the checkout itself.)
"""

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from mutations import mutated, mutations

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("sampling", "studies", "causal", "exercises")
TESTS = (
    "sampling", "swaps", "options", "mixing", "trace", "added_chains", "studies*", "causal*", "drawing",
    "explorer_graph", "exercises", "answers",
)  # fmt: skip
LEFT_OUT = shutil.ignore_patterns(".git", ".venv*", "_build", "*.zarr", ".*_cache", "__pycache__", ".hypothesis")
MOST = 120  # seconds of tests for one mutant

# Mutations that change nothing that can be seen, by module, and why.
EQUIVALENT: dict[tuple[str, str, str], str] = {}


def main():
    """Print what became of each mutant, and the score."""
    parser = argparse.ArgumentParser(description="Count how many small changes of the code the tests notice.")
    parser.add_argument("--n", type=int, default=200, help="mutants")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rooms", nargs="+", default=ROOMS, metavar="ROOM", help="rooms or modules: causal/queries")
    parser.add_argument("--map", type=Path, help="file that keeps which tests execute a line, for the next call")
    options = parser.parse_args()
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        tree = shutil.copytree(ROOT, Path(folder) / "tree", ignore=LEFT_OUT)
        executed = options.map or tree / "executed.json"
        if not executed.exists():
            record(tree, executed.absolute())
        tests, outcomes = json.loads(executed.read_text(encoding="utf-8")), {}
        for file, mutation in sampled(tree, options.rooms, options.n, options.seed):
            outcome, seconds = tried(tree, file, mutation, tests)
            outcomes.setdefault(file.split("/")[0], Counter())[outcome] += 1
            where = f"{file}:{mutation.lines.start}"
            say(f"{outcome:10} {seconds:4.0f} s  {where}  {mutation.was}  ->  {mutation.now}")
    say("")
    for room, found in (*outcomes.items(), ("all", sum(outcomes.values(), Counter()))):
        killed, counted = found["killed"] + found["timeout"], found.total() - found["equivalent"]
        say(
            f"{room:10} {killed} of {counted} killed ({killed / max(counted, 1):.0%}), {found['equivalent']} equivalent"
        )


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


def record(tree, executed):
    """Run all tests without a mutation, and write which lines each executes."""
    tests = [str(path.relative_to(tree)) for name in TESTS for path in sorted((tree / "tests").glob(f"test_{name}.py"))]
    rooms = [f"rethinking/{room}" for room in ROOMS]
    outcome, seconds = run_tests(tree, [*rooms, *tests], None, EXECUTED_LINES=str(executed))
    words = (tree / "output.txt").read_text(encoding="utf-8").splitlines()
    failed = [line for line in words if line.startswith(("FAILED", "ERROR"))]
    said = "all tests pass" if outcome == "survived" else "left out, for they fail:\n" + "\n".join(failed)
    say(f"{said}\nwithout a mutation, in {seconds:.0f} s\n")


def tried(tree, file, mutation, tests):
    """Return what became of a mutant (killed, timeout, survived, equivalent, or no test), and how long it took."""
    if (file, mutation.was, mutation.now) in EQUIVALENT:
        return "equivalent", 0
    chosen, seconds = concerned(file, mutation, tests)
    if not chosen:
        return "no test", 0
    path = tree / "rethinking" / file
    original = path.read_text(encoding="utf-8")
    path.write_text(mutated(original, mutation.number), encoding="utf-8")
    try:
        return run_tests(tree, chosen, 60 + 3 * seconds)
    finally:
        path.write_text(original, encoding="utf-8")


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
    given = tree / "arguments.txt"
    given.write_text("\n".join(arguments), encoding="utf-8")
    paths = os.pathsep.join([str(tree), str(tree / "tests")])
    environment |= {"PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1", "RETHINKING_PROGRESS": "0"}
    environment["PYTENSOR_FLAGS"] = f"base_compiledir={tree.parent / 'compiled'}"
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        f"--basetemp={tree.parent / 'temporary'}",
    ]
    command += ["-p", "executed_lines"] if limit is None else ["-x"]
    began = time.monotonic()
    with (tree / "output.txt").open("w") as output:
        process = subprocess.Popen(
            [*command, f"@{given}"],
            cwd=tree,
            env=os.environ | environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            outcome = "killed" if process.wait(limit) else "survived"
        except subprocess.TimeoutExpired:
            outcome = "timeout"
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # and what it has left behind
            process.wait()
    return outcome, time.monotonic() - began


def say(line):
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
