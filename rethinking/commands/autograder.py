"""``autograder``: the archives that ``otter run`` and ``grade`` use, one a sheet, made by ``otter assign``."""

import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat

from rethinking._arguments import require_extra
from rethinking.book.execution import cores, executed_page
from rethinking.book.master import master_notebook
from rethinking.book.notebooks import sheet_notebook, tags_of
from rethinking.book.pages import find_page
from rethinking.exercises.sheets import sheet_paths

__all__ = ["assign", "autograder", "require_solved"]


def autograder(names, folder):
    """Write, for each sheet, ``<name>_exercises.ipynb`` for students and ``<name>.zip`` for grading; return 0.

    The solutions of the sheet must pass its own checks: on the executed page, or they are executed for that now.

    Parameters
    ----------
    names : sequence of str
        The sheets, each by its name or a part of it; all if empty.
    folder : pathlib.Path

    Raises
    ------
    ModuleNotFoundError
        If otter-grader is not installed.
    ValueError
        If a solution does not pass its check.
    """
    require_extra("otter", "autograder", "exercises")
    sheets = sheet_paths()
    chosen = [find_page(name, sheets) for name in names] or list(sheets)
    folder.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(cores()) as pool:  # otter-grader runs in processes of its own
        for name in pool.map(lambda name: _made(sheets[name], name, folder), chosen):
            stem = sheets[name].stem
            print(f"{name}: the solutions pass; {stem}_exercises.ipynb and {stem}.zip are in {folder}", flush=True)
    return 0


def _made(sheet, name, folder):
    """Write both files of a sheet; return its name."""
    nbformat.write(sheet_notebook(sheet), folder / f"{sheet.stem}_exercises.ipynb")
    require_solved(executed_page(f"exercises/{name}"), name)
    with tempfile.TemporaryDirectory(prefix="rethinking-") as workshop:
        archive = assign(master_notebook(sheet, name), sheet.stem, Path(workshop))
        shutil.copy(archive, folder / f"{sheet.stem}.zip")
    return name


def require_solved(page, name):
    """Raise an error unless every check on an executed sheet says that the solution above it is right.

    Parameters
    ----------
    page : nbformat.NotebookNode
    name : str
        For the message.

    Raises
    ------
    ValueError
        If a solution does not pass its check.
    """
    for cell in page.cells:
        if "check" in tags_of(cell):
            said = "".join(output.get("data", {}).get("text/plain", "") for output in cell.outputs)
            if not said.startswith("✓"):
                msg = f"{name}: a solution does not pass {cell.source.strip()}: {said or 'it says nothing'}"
                raise ValueError(msg)


def assign(master, stem, folder):
    """Return the path of the archive that `otter assign` makes of a master notebook; it runs nothing in it.

    Parameters
    ----------
    master : nbformat.NotebookNode
    stem : str
        The name of the notebook.
    folder : pathlib.Path
        To work in.

    Raises
    ------
    ValueError
        If otter-grader refuses the notebook.
    """
    nbformat.write(master, folder / f"{stem}.ipynb")
    command = [sys.executable, "-m", "otter", "assign", "--no-pdfs", "--no-run-tests", f"{stem}.ipynb", "made"]
    environment = {**os.environ, "RETHINKING_PROGRESS": "0"}
    result = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    archives = list(folder.glob("made/autograder/*.zip"))
    if result.returncode or len(archives) != 1:
        msg = f"{stem}: otter-grader refuses the sheet:\n{result.stdout}{result.stderr}"
        raise ValueError(msg)
    return archives[0]
