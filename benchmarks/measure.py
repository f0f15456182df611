"""What every benchmark here does: runs in new processes, counts CPU and wall seconds, and prints a table."""

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import time
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from statistics import median

HERE = Path(__file__).parent
SEEN_BY_ALL = ("rethinking", "pymc", "pytensor", "nutpie", "numba", "arviz", "numpyro", "jax", "bambi")


def cpu_seconds():
    """Return the CPU seconds of this process and of its children that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


@contextmanager
def stopwatch():
    """Give a dict that holds ``cpu`` and ``wall`` in seconds when the block has ended."""
    cost = {}
    cpu, wall = cpu_seconds(), time.perf_counter()
    yield cost
    cost.update(cpu=cpu_seconds() - cpu, wall=time.perf_counter() - wall)


def since_start():
    """Return the cost of this process since :func:`fresh` started it, interpreter and imports included."""
    return {"cpu": cpu_seconds(), "wall": time.time() - float(os.environ["BENCHMARK_STARTED"])}


def difference(larger, smaller):
    """Return what one cost exceeds another by; never below a millisecond, so that it can divide."""
    return {unit: max(larger[unit] - smaller[unit], 1e-3) for unit in ("cpu", "wall")}


def middle(results, *keys):
    """Return the median over results of the number found by following keys, as ``middle(results, "first", "cpu")``."""
    values = []
    for result in results:
        for key in keys:
            result = result[key]
        values.append(result)
    return median(values)


def fresh(script, environment=(), **settings):
    """Return what ``one(**settings)`` of a script returns in a new process."""
    started = {"BENCHMARK_STARTED": repr(time.time()), "RETHINKING_PROGRESS": "0"}
    run = subprocess.run(
        [sys.executable, "-W", "ignore", script, "--one", json.dumps(settings)],
        env={**os.environ, **started, **dict(environment)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if run.returncode:
        msg = f"{Path(script).name} failed with {settings}:\n{run.stderr[-4000:]}"
        raise RuntimeError(msg)
    return json.loads(run.stdout.splitlines()[-1])


def table(rows):
    """Return rows, dicts of one set of keys, as a Markdown table; numbers get three digits."""
    head = list(rows[0])
    cells = [head, *([_cell(row[name]) for name in head] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    numeric = [all(isinstance(row[name], int | float) or row[name] is None for row in rows) for name in head]
    rule = ["-" * (width - 1) + ":" if right else "-" * width for width, right in zip(widths, numeric, strict=True)]
    lines = [
        [
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(line, widths, numeric, strict=True)
        ]
        for line in cells
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in [lines[0], rule, *lines[1:]])


def _cell(value):
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def machine():
    """Return what the numbers depend on: processor, cores, load, versions."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return {
        "processor": names[0] if names else platform.processor(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        **{name: version(name) for name in SEEN_BY_ALL if _installed(name)},
    }


def _installed(name):
    try:
        return bool(version(name))
    except ImportError:
        return False


def run(script, one, report):
    """Run a benchmark from the command line: all of it, quickly (``--quick``), or one of its processes (``--one``)."""
    parser = argparse.ArgumentParser(description=sys.modules["__main__"].__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="tiny settings, to see whether it runs")
    parser.add_argument("--repeats", type=int, default=3, help="how many processes a median is taken of (3)")
    parser.add_argument("--one", type=json.loads, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one is not None:
        print(json.dumps(one(**options.one)))
        return
    file = HERE / "results" / f"{Path(script).stem}.json"
    file.parent.mkdir(exist_ok=True)
    repeats = 1 if options.quick else options.repeats
    record = {"machine": machine(), "quick": options.quick, "repeats": repeats, "tables": {}}
    with stopwatch() as cost:
        for title, rows in report(options.quick, repeats):  # what is done is kept if a later part fails
            print(f"\n{title}\n\n{table(rows)}", flush=True)
            record["tables"][title] = rows
            file.write_text(json.dumps(record, indent=1) + "\n")
    print(f"\n{cost['wall'] / 60:.1f} minutes; load {record['machine']['load']} before, {machine()['load']} after")
