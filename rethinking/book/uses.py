"""What a page used of the project, as a record that can be compared with the present.

A record maps each use, ``"file rethinking/plots/marks.py"`` or ``"version pymc"``, to its state: a few digits that are
others once the thing is another. An executed page is good for as long as every use has the state it had.
"""

import hashlib
import importlib.metadata
import os
import platform
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from rethinking._resources import resource
from rethinking.book.pages import code_cells

__all__ = ["Present", "uses"]

TABLES = "data/datasets.toml"


def uses(report: Mapping, lectures: Path) -> set[str]:
    """Return the names of all uses in the report of a page's kernel.

    Parameters
    ----------
    report : mapping
        Of :meth:`rethinking.book.recorder.Recorder.report`.
    lectures : pathlib.Path
        The folder of the pages; files are named from the folder in which it lies.

    Examples
    --------
    >>> lectures = resource("lectures")
    >>> report = {"files": [str(lectures / "intro.md")], "tables": ["milk"], "pages": [], "libraries": ["yaml"]}
    >>> sorted(uses(report, lectures))
    ['file lectures/intro.md', 'table milk', 'version PyYAML', 'version Python']
    """
    pages = set(report["pages"])
    files = set(report["files"]) - pages - {str(resource(TABLES))}
    found = {f"file {_relative(path, lectures)}" for path in files}
    found |= {f"definitions {_relative(path, lectures)}" for path in pages}
    found |= {f"table {name}" for name in report["tables"]}
    packages = _distributions()
    found |= {f"version {package}" for name in report["libraries"] for package in packages.get(name, ())}
    # The package itself counts by its files.
    return (found | {"version Python"}) - {"version rethinking"}


class Present:
    """The states of uses as they are now, each looked up once."""

    def __init__(self, lectures: Path):
        self._root = lectures.parent
        self._states: dict[str, str] = {}

    def state(self, use: str) -> str:
        """Return the state of one use; the empty text if there is no such thing any more."""
        if use not in self._states:
            kind, _, name = use.partition(" ")
            self._states[use] = _STATES[kind](name, self._root)
        return self._states[use]

    def changed_since(self, use: str, moment: float) -> bool:
        """Return whether a file was written after a moment, in seconds since the epoch."""
        kind, _, name = use.partition(" ")
        path = self._root / name
        return kind in {"file", "definitions"} and path.is_file() and path.stat().st_mtime > moment

    def agrees(self, record: Mapping[str, str]) -> bool:
        """Return whether everything in a record is still what it was."""
        return all(self.state(use) == state for use, state in record.items())


def _relative(path, lectures):
    return Path(os.path.relpath(path, lectures.parent)).as_posix()


@cache
def _distributions():
    return importlib.metadata.packages_distributions()


def _file(name, root):
    path = root / name
    return _digits(path.read_bytes()) if path.is_file() else ""


def _definitions(name, root):
    path = root / name
    if not path.is_file():
        return ""
    cells = code_cells(path.read_text(encoding="utf-8"))
    return _digits(repr([source for _, tags, source in cells if "define" in tags]).encode())


def _table(name, _):
    """Return the state of a description, and of whether the table is to be had if it is not bundled.

    Of a bundled table the content is a file that was opened; of the others only one content is accepted.
    """
    described = tomllib.loads(resource(TABLES).read_text(encoding="utf-8"))
    if name == "*":
        return _digits(repr(described).encode())
    entry = described.get(name, {})
    entry = described.get(entry.get("same_as"), entry)
    there = [folder.name for folder in table_folders() if (folder / entry.get("file", name)).is_file()]
    return _digits(repr((entry, bool(there) or entry.get("bundled", False))).encode())


def table_folders() -> list[Path]:
    """Return the folders outside the project in which `load_data` looks."""
    import pooch

    named = os.environ.get("RETHINKING_DATA")
    return [pooch.os_cache("rethinking"), *([Path(named)] if named else [])]


def _version(name, _):
    if name == "Python":
        return platform.python_version()
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _digits(content):
    return hashlib.sha256(content).hexdigest()[:16]


_STATES = {"file": _file, "definitions": _definitions, "table": _table, "version": _version}
