"""Executed pages, kept as notebooks with a record of what they used: ``lectures/_build/executed/NAME/KEY.ipynb``."""

import hashlib
import os
import tempfile
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from rethinking.book.pages import code_cells
from rethinking.book.uses import Present

__all__ = ["Archive", "code_key"]

KEPT = 3  # states of one page: enough to change a page, look, and change it back


class Archive:
    """Executed pages of a folder of lectures; a page is found while all that it used is as it was.

    Parameters
    ----------
    lectures : pathlib.Path
        The folder of the pages.
    """

    def __init__(self, lectures: Path):
        self._lectures = lectures
        self._folder = _folder(lectures) / "executed"
        self._present = Present(lectures)

    def find(self, name: str) -> NotebookNode | None:
        """Return the executed page if it is still what it would be if it were executed now, else None."""
        path = self._path(name, (self._lectures / f"{name}.md").read_text(encoding="utf-8"))
        if path.is_file():
            notebook = nbformat.read(path, as_version=4)
            if self._present.agrees(notebook.metadata["execution"]["uses"]):
                return notebook
        return None

    def keep(self, name: str, text: str, notebook: NotebookNode, uses: set[str], begun: float, **facts: float) -> None:
        """Keep an executed page, with the states of what it used and more facts about its execution.

        Parameters
        ----------
        name, text : str
            Of the page; the text is the one that was executed, whatever the file holds now.
        notebook : nbformat.NotebookNode
        uses : set of str
            See `rethinking.book.uses.uses`.
        begun : float
            When it began, in seconds since the epoch. What was written after that has no state that is known to be the
            one it used.
        **facts
            Numbers to keep with it.
        """
        states = {use: self._present.state(use) for use in sorted(uses)}
        states |= {use: "unknown" for use in uses if self._present.changed_since(use, begun)}
        notebook.metadata["execution"] = {"uses": states, **facts}
        path = self._path(name, text)
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=path.parent, suffix=".new", encoding="utf-8", delete=False) as file:
            nbformat.write(notebook, file)
        os.replace(file.name, path)  # at once: whoever reads meanwhile finds the old or the new page whole
        for old in sorted(path.parent.glob("*.ipynb"), key=_age)[:-KEPT]:
            old.unlink(missing_ok=True)

    def seconds(self, name: str) -> float | None:
        """Return how long the page took when it last ran, in whatever state, or None if it never did."""
        found = sorted((self._folder / name).glob("*.ipynb"), key=_age)
        return nbformat.read(found[-1], as_version=4).metadata["execution"]["seconds"] if found else None

    def _path(self, name, text):
        return self._folder / name / f"{code_key(text)}.ipynb"


def code_key(text: str) -> str:
    r"""Return digits that change with the code of a page, and with nothing else in it.

    Examples
    --------
    >>> page = "One.\n\n```{code-cell}\nx = 1\n```\n"
    >>> code_key(page) == code_key(page.replace("One", "Two"))
    True
    >>> code_key(page) == code_key(page.replace("1", "2"))
    False
    """
    code = [(tags, source) for _, tags, source in code_cells(text)]
    return hashlib.sha256(repr(code).encode()).hexdigest()[:16]


def _folder(lectures):
    """Return where a checkout keeps what is built; for an installed package, its cache."""
    if (lectures / "_config.yml").is_file():
        return lectures / "_build"
    import pooch

    return Path(pooch.os_cache("rethinking"))


def _age(path):
    return path.stat().st_mtime_ns
