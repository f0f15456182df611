"""``autograder``: the archives that ``otter run`` and ``grade`` use, one a sheet, made by ``otter assign``."""

import io
import shutil
import tempfile
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import nbformat

from rethinking import _resources
from rethinking._arguments import require_extra
from rethinking.book.execution import PageFailed, execute_pages
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
    pages = execute_pages([f"exercises/{name}" for name in chosen], _resources.resource("lectures"))
    for name, page in zip(chosen, pages, strict=True):
        if isinstance(page, PageFailed):
            raise page
        require_solved(page.notebook, name)
        stem = sheets[name].stem
        nbformat.write(sheet_notebook(sheets[name]), folder / f"{stem}_exercises.ipynb")
        with tempfile.TemporaryDirectory(prefix="rethinking-") as workshop:
            archive = assign(master_notebook(sheets[name], name), stem, Path(workshop))
            shutil.copy(archive, folder / f"{stem}.zip")
        print(f"{name}: the solutions pass; {stem}_exercises.ipynb and {stem}.zip are in {folder}", flush=True)
    return 0


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
    from otter.assign import main

    nbformat.write(master, folder / f"{stem}.ipynb")
    said = io.StringIO()
    try:
        with redirect_stdout(said), redirect_stderr(said):
            main(str(folder / f"{stem}.ipynb"), str(folder / "made"), no_pdfs=True, no_run_tests=True)
        (archive,) = folder.glob("made/autograder/*.zip")
    except Exception as error:
        msg = f"{stem}: otter-grader refuses the sheet: {error}\n{said.getvalue()}"
        raise ValueError(msg) from error
    return archive
