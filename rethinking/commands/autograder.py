"""``autograder``: the archives that ``otter run`` and ``grade`` use, one a sheet, made by ``otter assign``."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat

from rethinking.book.master import master_notebook
from rethinking.book.notebooks import sheet_notebook
from rethinking.book.pages import find_page
from rethinking.exercises.sheets import sheet_paths

__all__ = ["assign", "autograder"]


def autograder(names, folder):
    """Write, for each sheet, ``<name>_exercises.ipynb`` for students and ``<name>.zip`` for grading; return 0.

    The solutions of the sheet are run through its own checks on the way.

    Parameters
    ----------
    names : sequence of str
        The sheets, each by its name or a part of it; all if empty.
    folder : pathlib.Path

    Raises
    ------
    ValueError
        If a solution does not pass its check.
    """
    sheets = sheet_paths()
    chosen = [find_page(name, sheets) for name in names] or list(sheets)
    folder.mkdir(parents=True, exist_ok=True)
    for name in chosen:
        stem = sheets[name].stem
        nbformat.write(sheet_notebook(sheets[name]), folder / f"{stem}_exercises.ipynb")
        with tempfile.TemporaryDirectory(prefix="rethinking-") as workshop:
            archive = assign(master_notebook(sheets[name], name), stem, Path(workshop))
            shutil.copy(archive, folder / f"{stem}.zip")
        print(f"{name}: the solutions pass; {stem}_exercises.ipynb and {stem}.zip are in {folder}")
    return 0


def assign(master, stem, folder, *options):
    """Return the path of the archive that `otter assign` makes of a master notebook, once its solutions have passed.

    Parameters
    ----------
    master : nbformat.NotebookNode
    stem : str
        The name of the notebook.
    folder : pathlib.Path
        To work in.
    *options : str
        More options of `otter assign`.

    Raises
    ------
    ValueError
        If a solution does not pass its check.
    """
    nbformat.write(master, folder / f"{stem}.ipynb")
    command = [sys.executable, "-m", "otter", "assign", "--no-pdfs", *options, f"{stem}.ipynb", "made"]
    environment = {**os.environ, "RETHINKING_PROGRESS": "0"}
    result = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    archives = list(folder.glob("made/autograder/*.zip"))
    if result.returncode or len(archives) != 1:
        msg = f"{stem}: a solution does not pass, or otter-grader is missing:\n{result.stdout}{result.stderr}"
        raise ValueError(msg)
    return archives[0]
