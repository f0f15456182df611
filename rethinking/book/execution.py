"""Pages are executed, several at a time, each in a kernel of its own, and only those that are not in the archive.

A kernel gets the IPython profile of the book instead of the reader's own: figures as SVG, no bars of progress, and the
recorder of what the page uses.
"""

import asyncio
import json
import os
import re
import signal
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter, time
from typing import Any, NamedTuple

import jupytext
from nbformat import NotebookNode, v4

from rethinking import _resources
from rethinking.book.archive import Archive
from rethinking.book.uses import uses

__all__ = ["ONE_THREAD", "Executed", "PageFailed", "cores", "execute_pages", "executed_page"]

KERNEL_CONFIG = """
c.Application.log_level = "ERROR"
c.InlineBackend.figure_formats = {"svg"}
c.InteractiveShellApp.extensions = ["rethinking.book.recorder"]
"""
ASK = "import json, rethinking.book.recorder as _; print(json.dumps(_.recorder.report({folders})))"
# Asks an exercise sheet for its questions as data: the boxes on its page are made of them.
QUESTIONS = "import json; from rethinking.exercises.boxes import boxes as _; print(json.dumps(_(check)))"
# Several pages at a time, each with as many threads of linear algebra as cores, wait for one another: an
# eigendecomposition then takes fifty times as long. And one thread gives the same digits on any number of cores.
ONE_THREAD = {
    "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "VECLIB_MAXIMUM_THREADS": "1",
}  # fmt: skip
SECONDS_PER_CELL = 600
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class PageFailed(RuntimeError):
    """A cell of a page raised an error, ran too long or ended its kernel; the message is the traceback."""


class Executed(NamedTuple):
    """An executed page: its notebook, whether it came from the archive, and what its execution cost."""

    name: str
    notebook: NotebookNode
    stored: bool

    @property
    def cost(self) -> dict[str, float]:
        """Seconds, compilations and fits of the execution, whenever it was."""
        return {key: self.notebook.metadata["execution"][key] for key in ("seconds", "compilations", "fits")}


def executed_page(name: str) -> NotebookNode:
    """Return a page of the book as an executed notebook: from the archive if it is still good, else executed now.

    Parameters
    ----------
    name : str
        As `lecture` takes it: ``"12_multilevel_models"``, ``"exercises/cases/radon"``.

    Raises
    ------
    PageFailed
        If a cell fails.
    """
    (page,) = execute_pages([name], _resources.resource("lectures"), 1)
    if isinstance(page, PageFailed):
        raise page
    return page.notebook


def execute_pages(
    names: Iterable[str], lectures: Path, jobs: int | None = None, tell: Callable[[str], None] = lambda line: None
) -> list[Executed | PageFailed]:
    """Return the executed pages, those that failed as errors, in the order of the names.

    Parameters
    ----------
    names : iterable of str
        Pages in the folder, without their ending.
    lectures : pathlib.Path
        The folder.
    jobs : int, optional
        Pages executed at the same time; one for each core if None. What comes out does not depend on it.
    tell : callable
        Is given a line whenever a page is done: which of how many, how long it took, and about how long still.
    """
    archive, names = Archive(lectures), list(names)
    done: dict[str, Executed | PageFailed] = {}
    for name in names:
        notebook = archive.find(name)
        if notebook is not None:
            done[name] = Executed(name, notebook, True)
    left = {name: _expected(name, archive, lectures) for name in names if name not in done}
    if left:
        tell(f"{len(done)} of {len(names)} pages are as they were; {len(left)} to execute")
    begun, total = perf_counter(), sum(left.values())
    with _kernels() as (environment, running), ThreadPoolExecutor(min(jobs or cores(), len(left) or 1)) as pool:
        longest_first = sorted(left, key=lambda name: left[name], reverse=True)
        futures = {pool.submit(_execute, name, lectures, archive, environment, running): name for name in longest_first}
        try:
            for future in as_completed(futures):
                name = futures[future]
                done[name] = future.result()
                share = 1 - sum(weight for other, weight in left.items() if other not in done) / total
                still = (perf_counter() - begun) * (1 / share - 1)
                tell(f"{len(done)} of {len(names)}: {_said(name, done[name])}" + _about(still))
        except BaseException:  # Ctrl-C: the pool would wait for the pages that run
            pool.shutdown(wait=False, cancel_futures=True)
            for process in running.values():
                os.kill(process, signal.SIGTERM)
            raise
    return [done[name] for name in names]


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def _kernels() -> Iterator[tuple[dict[str, str], dict[str, int]]]:
    """Yield the environment of kernels, and a place for the process of each that runs."""
    with tempfile.TemporaryDirectory(prefix="rethinking-") as folder:
        profile = Path(folder, "profile_default")
        profile.mkdir()
        (profile / "ipython_kernel_config.py").write_text(f"c = get_config()\n{KERNEL_CONFIG}", encoding="utf-8")
        yield {**os.environ, **ONE_THREAD, "IPYTHONDIR": folder, "RETHINKING_PROGRESS": "0"}, {}


def _execute(name, lectures, archive, environment, running):
    """Return one page, executed and kept; the error if it fails."""
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    path = lectures / f"{name}.md"
    text = path.read_text(encoding="utf-8")
    notebook = jupytext.reads(text, fmt="md:myst")
    # Files are the project's, wherever the lectures lie.
    folders = [str(lectures.parent), str(_resources.resource("lectures").parent)]
    is_sheet = name.startswith("exercises/")
    asked = [*([QUESTIONS] if is_sheet else []), ASK.format(folders=folders)]
    notebook.cells += [v4.new_code_cell(source) for source in asked]
    client: Any = NotebookClient(  # only provisioners of local kernels have a pid
        notebook,
        timeout=SECONDS_PER_CELL,
        kernel_name="python3",
        record_timing=False,
        resources={"metadata": {"path": str(path.parent)}},
    )
    client.on_notebook_start = lambda notebook: running.update({name: client.km.provisioner.pid})
    begun = time()
    try:
        asyncio.run(client.async_execute(env=environment))
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        return PageFailed(f"{path}:\n{COLOURS.sub('', str(error))}")
    finally:
        running.pop(name, None)
    seconds = time() - begun
    report = _printed(notebook.cells.pop())
    if is_sheet:
        notebook.metadata["questions"] = _printed(notebook.cells.pop())
    counts = {key: report[key] for key in ("compilations", "fits")}
    archive.keep(name, text, notebook, uses(report, lectures), begun, seconds=round(seconds, 2), **counts)
    return Executed(name, notebook, False)


def _printed(cell):
    """Return the JSON that a cell printed, in however many messages it came."""
    return json.loads("".join(output["text"] for output in cell.outputs if output.get("name") == "stdout"))


def _expected(name, archive, lectures):
    """Return about how long a page will take: as last time, or by its length."""
    length = len((lectures / f"{name}.md").read_text(encoding="utf-8"))
    return archive.seconds(name) or 1 + length / 1000


def _said(name, page):
    return f"{name} FAILED" if isinstance(page, PageFailed) else f"{name}, {page.cost['seconds']:.0f} s"


def _about(seconds):
    if seconds < 1:
        return ""
    return f"; about {seconds:.0f} s still" if seconds < 90 else f"; about {seconds / 60:.0f} min still"
