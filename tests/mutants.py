"""How many small changes of the code the tests notice: `make mutants` takes an hour or two on quiet cores.

A sample of all mutations (`mutations.py`) of four rooms is made, each in a copy of the tree. For each, the tests run
that execute the changed lines, the quickest files first, until one fails. A first run of every file, without a
mutation, finds out which tests these are. Both are kept in a folder, so that a call that was interrupted goes on; only
what was not killed is tried again, and what a test executes is found again when that code has changed. The sample
changes only where the code does. (mutmut forks a process that has compiled code and threads, which may hang;
cosmic-ray changes the checkout itself.)
"""

import argparse
import hashlib
import json
import os
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory

from forked_tests import PRELOADED, PROCESSES, run_tests
from mutations import mutated, sampled

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("sampling", "studies", "causal", "exercises")
TESTS = (
    "sampling", "swaps", "options", "mixing", "trace", "added_chains", "studies*", "causal*", "drawing", "explorer*",
    "exercises", "answers", "mistakes", "everywhere", "interpreted",
)  # fmt: skip
LEFT_OUT = shutil.ignore_patterns(".git", ".venv*", "_build", ".*_cache", "__pycache__", ".hypothesis")
MOST = 60  # seconds of tests for one mutant, of the processor
SLOWEST = 1800  # and for all tests of a file
EQUIVALENT = Path(__file__).with_name("equivalent_mutants.json")  # those that change nothing to be seen, and why


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
        sample, outcomes = (
            sampled(trees[0] / "rethinking", options.rooms, options.n, options.seed),
            read(kept / "outcomes.json"),
        )
        tests = {name: test for file in kept.glob("*.lines.json") for name, test in read(file)["tests"].items()}
        left = [(key, *each, tests) for key, each in sample.items() if outcomes.get(key) not in ("killed", "endless")]
        for key, outcome, line in at_once(tried, trees, left):
            say(line)
            outcomes[key] = outcome
            (kept / "outcomes.json").write_text(json.dumps(outcomes, indent=1), encoding="utf-8")
    report([(file, outcomes[key]) for key, (file, _) in sample.items()])


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
        killed, counted = found["killed"] + found["endless"], found.total() - found["equivalent"]
        said = f"{killed} of {counted} killed ({killed / max(counted, 1):.0%})"
        say(f"{room or 'all':10} {said}, {found['equivalent']} equivalent, {found['unknown']} unknown")


def test_files(names):
    """Return the files of tests, and the rooms, whose examples are tests too."""
    tests = sorted({path for name in names for path in (ROOT / "tests").glob(f"test_{name}.py")})
    return [path.relative_to(ROOT).as_posix() for path in tests] + [f"rethinking/{room}" for room in ROOMS]


def record(tree, kept, name):
    """Run a file of tests without a mutation, and write which lines each executes, unless that is known.

    It is known as long as neither the file nor a module that its tests execute has changed.
    """
    record = kept / f"{name.replace('/', '.')}.lines.json"
    if (digests := read(record).get("digests")) and digests == digested(tree, digests):
        return f"known       {name}"
    executed = tree / "executed_lines.json"
    executed.unlink(missing_ok=True)
    ended = run_tests(tree, ["-p", "executed_lines", name], SLOWEST, EXECUTED_LINES=str(executed))
    tests = read(executed)
    used = {f"rethinking/{file}" for test in tests.values() for phase in ("setup", "call") for file in test[phase]}
    of_file = {"digests": digested(tree, used | {name}), "tests": tests}
    record.write_text(json.dumps(of_file), encoding="utf-8")
    said = "recorded" if ended.how == "passed" else ended.how.upper()
    return "\n    ".join([f"{said:10} {ended.seconds:4.0f} s  {name}", *ended.failed])


def digested(tree, files):
    """Return a digest of each file that is there, of the package or of its tests."""
    there = sorted(file for file in files if (tree / file).is_file())
    return {file: hashlib.sha256((tree / file).read_bytes()).hexdigest()[:12] for file in there}


def tried(tree, key, file, mutation, tests):
    """Return a key and what became of its mutant, and a line that says it.

    It was killed by a test that failed, endless, survived, is equivalent, unknown, or there is no test.
    """
    path, words = tree / "rethinking" / file, ""
    chosen, limit = concerned(file, mutation, tests)
    if f"{mutation.before}  ->  {mutation.after}" in read(EQUIVALENT).get(file, ()):
        outcome = "equivalent"
    elif not chosen:
        outcome = "no test"
    else:
        original = path.read_text(encoding="utf-8")
        path.write_text(mutated(original, mutation.number), encoding="utf-8")
        try:
            ended = run_tests(tree, ["-x", *chosen], int(60 + 5 * limit))
        finally:
            path.write_text(original, encoding="utf-8")
        outcome = {"failed": "killed", "passed": "survived"}.get(ended.how, ended.how)
        words = f"  after {ended.seconds:.0f} s, {', '.join(ended.failed) or len(chosen)}"
    return key, outcome, f"{outcome:10} {file}:{mutation.lines.start}  {mutation.was}  ->  {mutation.now}{words}"


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


def read(file):
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}


def say(line):
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
