"""What attacks do to studies, stores, grades and fits, counted: `python tests/attacks.py` takes about ten minutes.

Each attack is also a test, with fewer repetitions; `python tests/attacks.py kills bits` repeats these two alone. The
script ends with an error if a figure is missed.
"""

import io
import os
import random
import shutil
import subprocess
import sys
import time
from contextlib import redirect_stderr, redirect_stdout
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import hostile
import numpy as np
from normal_worlds import normal_mean, simulate, slowly

import rethinking as rt
from rethinking.studies.choices import chosen
from rethinking.studies.design import prepare
from rethinking.studies.fits import Fitter
from rethinking.studies.storage.store import Store

REFITS = Path(__file__).parents[1] / "benchmarks" / "refits.py"
RIGHT = {"right": normal_mean}
KILLS, FLIPS, SWAPS, TRIVIAL, MOST_MS = 20, 1000, 200, 500, 8


def kills(folder):
    """Kill studies at random moments and resume each in another process, every second time from empty caches."""
    whole, chance, same = rt.study(simulate, RIGHT, replicates=200, seed=3), random.Random(1), 0
    longest = _run(folder / "calm.zarr", folder / "warm")
    for i in range(KILLS):
        store, caches = folder / f"{i}.zarr", [folder / (f"cold.{i}.{when}" if i % 2 else "warm") for when in range(2)]
        while _run(store, caches[0], chance.uniform(0, longest)):
            shutil.rmtree(store)  # it was quicker
        _run(store, caches[1])
        same += rt.study(slowly, RIGHT, replicates=200, seed=3, store=store).identical(whole)
    return f"{same} of {KILLS} killed studies resumed to the same numbers", same == KILLS


def _run(store, cache, seconds=None):
    """Return how long a study takes from its first world on, or 0 if it is killed after some seconds."""
    from test_studies_store import begun

    process = begun("slowly", store, PYTENSOR_FLAGS=f"base_compiledir={cache}")
    process.stdout.readline()
    began = time.monotonic()
    try:
        process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return 0
    return time.monotonic() - began


def bits(folder):
    """Flip bits of a store at random, one after the other."""
    from test_studies_damage import filled, flipped

    noticed = flipped(filled(folder / "study.zarr"), FLIPS, seed=1)
    return f"{noticed['silent']} of {FLIPS} flipped bits silent ({dict(noticed)})", not noticed["silent"]


def submissions(folder):
    """Grade submissions that try to end, hold up or deceive the grader, as one batch."""
    from submissions import SHEET
    from test_grading import grade, harmed

    from rethinking.book.master import master_notebook
    from rethinking.commands.autograder import assign
    from rethinking.exercises.sheets import sheet_paths

    given = hostile.QUICK | hostile.HANGS
    for name in ("in", "made"):
        (folder / name).mkdir()
    archive = assign(master_notebook(sheet_paths()[SHEET], SHEET), SHEET, folder / "made")
    hostile.write(given, folder / "in")
    grade(archive, folder / "in", folder / "scores.csv", seconds=20)
    names = harmed(folder / "scores.csv", given)
    return f"{len(names)} of {len(given)} hostile submissions lost, hung or forged {names or ''}", not names


def swaps(_):
    """Give a fitted model data that are not its own."""
    from test_swaps import refusal, regression, wrong_swaps

    sampler, given = rt.Sampler(regression()), wrong_swaps(np.random.default_rng(2))
    silent = [kind for kind, data in islice(given, SWAPS) if refusal(sampler.prepared, data) is None]
    return f"{len(silent)} of {SWAPS} wrong swaps silent {silent or ''}", not silent


def refits(_):
    """Fit a model to other data again and again, and see whether the process grows."""
    run = subprocess.run([sys.executable, REFITS], capture_output=True, text=True, check=False)
    return run.stdout.strip() or run.stderr, run.returncode == 0


def trivial(folder):
    """Time a replicate that has hardly anything to sample: simulated, fitted, judged and stored.

    Once by an estimator that says what goes into its model, as a study of many worlds is written, and once by one whose
    model PyMC builds anew for each world. The quickest hundred of five count, for other programs only make it slower.
    """
    said = rt.estimator(normal_mean, lambda data: {"heights": data["y"]})
    wall, cpu = _milliseconds(folder / "said.zarr", {"right": said})
    built, _ = _milliseconds(folder / "built.zarr", RIGHT)
    words = f"{wall:.1f} ms for a trivial replicate, {cpu:.1f} of a core (at most {MOST_MS})"
    return f"{words}; {built:.1f} ms if each world's model is built", wall <= MOST_MS


def _milliseconds(store, estimators):
    """Return the wall and the processor's milliseconds of one replicate."""
    design = prepare(simulate, estimators, None, 3, chosen(None, None, None, 0.8, "diag", 0.89), TRIVIAL)
    fitter, store = Fitter(design), Store(store, design, 1 + TRIVIAL)
    store.write(fitter.fit(0))  # compiles
    times = [(time.perf_counter(), time.process_time())]
    for k, replicate in enumerate(fitter.run(range(1, 1 + TRIVIAL), 2 * (os.cpu_count() or 1)), start=1):
        store.write(replicate)
        if k % 100 == 0:
            times.append((time.perf_counter(), time.process_time()))
    return np.diff(times, axis=0).min(axis=0) * 10


ATTACKS = {attack.__name__: attack for attack in (kills, bits, submissions, swaps, refits, trivial)}

if __name__ == "__main__":
    os.environ["RETHINKING_PROGRESS"] = "0"
    reached = []
    for name in sys.argv[1:] or ATTACKS:
        words = io.StringIO()
        with TemporaryDirectory() as folder, redirect_stdout(words), redirect_stderr(words):
            found, is_reached = ATTACKS[name](Path(folder))
        sys.stdout.write(f"{'reached' if is_reached else 'MISSED '} {name}: {found}\n")
        sys.stdout.flush()
        reached.append(is_reached)
    raise SystemExit(not all(reached))
