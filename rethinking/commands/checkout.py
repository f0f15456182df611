"""``site``, ``page`` and ``test``: what `make` does in a checkout of the project, for systems without `make` too."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import yaml

from rethinking._arguments import require_extra
from rethinking._resources import resource
from rethinking.book.execution import ONE_THREAD
from rethinking.book.pages import find_page, lecture, page_paths
from rethinking.exercises.sheets import sheet_paths

__all__ = ["build_command", "page", "run_tests", "site"]

# Stored results of long studies, by the page whose `rebuild` makes them again (minutes, or an hour) if missing.
STUDIES = {
    "_static/five_estimators.zarr": "cases/five_estimators",
    "_static/five_strengths.zarr": "cases/five_estimators",
    "_static/radon.zarr": "cases/radon",
}
STRICT = ("-W", "-n", "--keep-going")
# What one page is built with, because it points there.
LOOKED_UP = ("glossary", "bibliography")
# Warnings about what the other pages have.
ELSEWHERE = ("[myst.xref_missing]", "unknown document", "toctree contains")


def site(jobs: int | None = None) -> int:
    """Build the book, executing the pages that changed, into ``lectures/_build/html``; return the status.

    Parameters
    ----------
    jobs : int, optional
        Pages executed at the same time; one for each core if None.

    Raises
    ------
    FileNotFoundError
        If this is no checkout.
    """
    lectures = _lectures()
    command = build_command(lectures, lectures)
    for study, name in STUDIES.items():
        if not (lectures / study).exists():
            lecture(name).rebuild(str(lectures / "_build" / "studies"))
    return subprocess.run(command, env=_environment(jobs), check=False).returncode


def build_command(lectures: Path, output: Path) -> list[str]:
    """Return the command that builds a book of a folder into ``_build`` of another, where every warning is an error."""
    return [_jupyter_book(), "build", str(lectures), "--path-output", str(output), "--all", *STRICT]


def page(name: str, jobs: int | None = None) -> int:
    """Execute one page and its exercises if they changed, build them, and print where they are; return the status.

    The other pages are not read, so what points to them stays plain text; `site` is what checks links.

    Parameters
    ----------
    name : str
        A number, a name or a part of one.
    jobs : int, optional
        As in `site`.

    Raises
    ------
    LookupError
        If the name fits no page, or several.
    FileNotFoundError
        If this is no checkout.
    """
    lectures = _lectures()
    name = find_page(name, [each for each in page_paths() if not each.startswith("exercises/")])
    folder = lectures / "_build" / "page" / name
    folder.mkdir(parents=True, exist_ok=True)
    more = [f"exercises/{name}"] if name in sheet_paths() else []
    chapters = [{"file": each} for each in [*more, *LOOKED_UP] if each != name]
    toc = folder / "_toc.yml"
    toc.write_text(yaml.safe_dump({"format": "jb-book", "root": name, "chapters": chapters}), encoding="utf-8")
    command = [_jupyter_book(), "build", lectures, "--toc", toc, "--path-output", folder, "--all", "--quiet"]
    streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True, "encoding": "utf-8"}
    with subprocess.Popen(command, env=_environment(jobs), **streams) as building:
        for line in building.stderr or ():
            if not any(kind in line for kind in ELSEWHERE):
                print(line, end="", file=sys.stderr)
    if building.returncode == 0:
        print((folder / "_build" / "html" / f"{name}.html").as_uri())
    return building.returncode


def run_tests(jobs: int | None = None, more: tuple[str, ...] = ()) -> int:
    """Run the tests, one file at a time in each of `jobs` processes, in their own order; return the status.

    Parameters
    ----------
    jobs : int, optional
        As in `site`.
    more : tuple of str
        Arguments of pytest.

    Raises
    ------
    FileNotFoundError
        If this is no checkout.
    """
    files = ["--dist", "loadfile", "--no-loadscope-reorder"]
    command = [sys.executable, "-m", "pytest", "-n", str(jobs or "auto"), *files, *more]
    return subprocess.run(command, cwd=_lectures().parent, env={**os.environ, **ONE_THREAD}, check=False).returncode


def _lectures():
    lectures = resource("lectures")
    if not (lectures / "_config.yml").is_file():
        msg = f"{lectures} is no checkout of the project, so nothing can be built or tested there: clone it first."
        raise FileNotFoundError(msg)
    return lectures


def _jupyter_book():
    require_extra("jupyter_book", "the book", "book")
    return str(Path(sysconfig.get_path("scripts"), "jupyter-book"))


def _environment(jobs):
    return {**os.environ, "JOBS": str(jobs or os.environ.get("JOBS", ""))}
