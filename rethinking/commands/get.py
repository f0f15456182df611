"""``list`` and ``get``: lectures and exercises as notebooks in a folder of the student's."""

import nbformat

from rethinking.book.notebooks import lecture_notebook, sheet_notebook
from rethinking.book.pages import find_page, page_paths
from rethinking.exercises.sheets import sheet_paths

__all__ = ["get", "lectures", "list_lectures"]


def lectures():
    """Return the text of every lecture and case study, by its name.

    Examples
    --------
    >>> lectures()["12_multilevel_models"].name
    '12_multilevel_models.md'
    """
    sheets = set(sheet_paths().values())
    # The home page, the glossary and the like have neither a number nor a folder.
    return {
        name: path for name, path in page_paths().items() if path not in sheets and ("/" in name or name[0].isdigit())
    }


def list_lectures():
    """Print the name and title of every lecture; return 0."""
    found = lectures()
    width = max(map(len, found))
    for name, path in found.items():
        title = next(line[2:] for line in _text(path).splitlines() if line.startswith("# "))
        print(f"{name:{width}}  {title}" + ("  (with exercises)" if name in sheet_paths() else ""))
    return 0


def get(names, everything, folder, copy=False):
    """Write lectures and their exercises as notebooks, and say which; never over a file that is there.

    Parameters
    ----------
    names : sequence of str
        Each a number, a name or a part of one.
    everything : bool
        All lectures instead.
    folder : pathlib.Path
        Made if it is not there.
    copy : bool
        If a file is there already, write under the next free name instead of refusing.

    Returns
    -------
    int
        0, or 1 if a file was refused.

    Raises
    ------
    LookupError
        If a name fits no lecture, or several; then nothing is written.
    """
    found = lectures()
    if not names and not everything:
        msg = f"say which lecture, or --all; there are: {', '.join(found)}"
        raise LookupError(msg)
    chosen = list(found) if everything else [find_page(name, found) for name in names]
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name in chosen:
        target = folder / f"{found[name].stem}.ipynb"
        written.append(_write(lecture_notebook(found[name]), target, copy))
        if name in sheet_paths():
            target = target.with_name(f"{target.stem}_exercises.ipynb")
            written.append(_write(sheet_notebook(sheet_paths()[name]), target, copy))
    if all(written):
        print("Open them with: jupyter lab")
    return 0 if all(written) else 1


def _write(notebook, target, copy):
    content = nbformat.writes(notebook) + "\n"
    wanted, number = target, 1
    while True:
        try:
            with target.open("x", encoding="utf-8") as file:  # refuses a file that is there
                file.write(content)
        except FileExistsError:
            if target.read_text(encoding="utf-8") == content:
                print(f"{target} is there already, unchanged")
                return True
            if not copy:
                print(f"{target} is there, with your changes: not touched. With --copy the new one goes beside it.")
                return False
            number += 1
            target = wanted.with_name(f"{wanted.stem}_{number}.ipynb")
        else:
            print(f"{target} written")
            return True


def _text(path):
    return path.read_text(encoding="utf-8")
