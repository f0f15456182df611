"""In the kernel of a page: what it used of the project while it ran. An extension of IPython, loaded at its start.

Python tells every listener which files are opened (`sys.addaudithook`), and the package tells which tables and which
pages are asked for, and when a model is compiled and fitted. Files that a library opens without Python (the C++ of
Arrow) go unseen; no page reads one.
"""

import importlib.util
import os
import sys
from collections import Counter
from collections.abc import Sequence

__all__ = ["Recorder", "load_ipython_extension"]

# The page opens these without depending on them: what was built, and what tools keep beside the sources.
NO_SOURCES = {"_build", "__pycache__", "site-packages"}
# A module of this type loads when anything of it is looked at, jax for a second. The page has not used it.
WAITING = getattr(importlib.util, "_LazyModule", None)


class Recorder:
    """Listens from its first call of `sys.addaudithook` on; `report` says what it heard."""

    def __init__(self):
        self.opened: set[str] = set()
        self.told: list[tuple[str, str]] = []

    def __call__(self, event: str, arguments: tuple) -> None:
        """Note one event; called by Python for each, so it is short and never raises."""
        if event == "open":
            path, mode, _ = arguments
            if isinstance(path, str | os.PathLike) and (mode is None or not set(mode) & set("wax")):
                self.opened.add(os.path.abspath(path))
        elif event.startswith("rethinking."):
            self.told.append((event.removeprefix("rethinking."), str(arguments[0])))

    def report(self, folders: Sequence[str]) -> dict:
        """Return what can be written as JSON.

        Parameters
        ----------
        folders : sequence of str
            Only files in these count.

        Returns
        -------
        dict
            ``files``, absolute paths of modules and opened files; ``tables`` and ``pages``, as they were asked for;
            ``libraries``, the top-level names of the modules; ``compilations`` and ``fits``, how many.
        """
        loaded = {name: module for name, module in list(sys.modules.items()) if type(module) is not WAITING}
        # Not by getattr of the name: a package that loads its parts when they are asked for would load one.
        files = [getattr(module, "__dict__", {}).get("__file__") for module in loaded.values()]
        modules = {os.path.abspath(path) for path in files if path}
        within = tuple(os.path.join(os.path.abspath(folder), "") for folder in folders)
        counts = Counter(kind for kind, _ in self.told)
        return {
            "files": sorted(path for path in self.opened | modules if _is_source(path, within)),
            "tables": sorted({name for kind, name in self.told if kind == "table"}),
            "pages": sorted({path for kind, path in self.told if kind == "lecture"}),
            "libraries": sorted({name.partition(".")[0] for name in loaded}),
            "compilations": counts["compile"],
            "fits": counts["fit"],
        }


def _is_source(path, within):
    """Return whether a file lies in one of the folders, whose names end with a separator, and is no product there."""
    for folder in within:
        if path.startswith(folder):
            parts = path.removeprefix(folder).split(os.sep)
            return not any(part in NO_SOURCES or part.startswith(".") for part in parts)
    return False


def load_ipython_extension(_shell: object) -> None:
    """Begin to listen; whoever asks for the report finds the listener as ``recorder`` in this module."""
    global recorder
    recorder = Recorder()
    sys.addaudithook(recorder)
