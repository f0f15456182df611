"""``new``: a folder with a whole small analysis, to be turned into one's own, file by file."""

import re
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from tempfile import TemporaryDirectory

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from rethinking._names import told
from rethinking._resources import resource

__all__ = ["lock", "new"]

LONGEST = 60
PLACE = "PROJECT"  # in the template, where the name goes
NEEDED = ("rethinking", "ipykernel", "jupytext", "pytest")
WHAT = {
    "README.md": "what is what",
    "estimand.md": "what is asked, of whom",
    "graph.py": "what is assumed about causes",
    "simulation.py": "a world with a known answer",
    "model.py": "the model, as a function of the data",
    "plan.md": "what is decided before the data",
    "report.md": "the analysis, as a notebook",
    "test_analysis.py": "what must hold of it",
    "pytest.ini": "warnings are errors",
    "requirements.lock": "the versions that are installed here",
}


def new(name: str, folder: Path) -> int:
    """Write a project folder, all of it or nothing, and say what is in it; return 0.

    Nothing is asked of the network. The files are those of ``lectures/_project``, with the project's name in them, and
    a lock of the versions that are installed.

    Parameters
    ----------
    name : str
        Of the project and its folder: letters, digits, ``-`` and ``_``, beginning with a letter.
    folder : pathlib.Path
        Where the project's folder goes; made if it is not there.

    Raises
    ------
    ValueError
        If the name is none that a folder can have everywhere.
    FileExistsError
        If there is a file or folder of that name.
    OSError
        If nothing can be written there.
    """
    if not re.fullmatch(rf"[A-Za-z][A-Za-z0-9_-]{{0,{LONGEST - 1}}}", name):
        msg = (
            f"the name of a project is up to {LONGEST} letters, digits, - and _, such as walk-and-sleep, with a letter "
        )
        raise ValueError(msg + f"first, and not {told(name)}; --into says where it goes.")
    target = folder / name
    if target.exists() or target.is_symlink():
        msg = f"{target} is there already and stays as it is: choose another name, or another folder by --into."
        raise FileExistsError(msg)
    files = {path: (resource("lectures") / "_project" / path) for path in WHAT if path != "requirements.lock"}
    texts = {path: source.read_text(encoding="utf-8").replace(PLACE, name) for path, source in files.items()}
    _write(texts | {"requirements.lock": lock()}, target)
    print(f"{target} written:")
    for path, meaning in WHAT.items():
        print(f"  {path:18} {meaning}")
    print(f"See that it works: cd {target}, then python -m pytest")
    return 0


def _write(texts, target):
    """Write files beside their folder and rename it at the end, so that there is never a part of it."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as beside:
            whole = Path(beside) / target.name
            whole.mkdir()
            for path, text in texts.items():
                (whole / path).write_text(text, encoding="utf-8", newline="\n")
            whole.rename(target)
    except OSError as error:
        msg = f"nothing was written into {target.parent}: {error.strerror or error}."
        raise OSError(msg) from error


def lock() -> str:
    """Return a line ``name==version`` for each package that a project needs, as installed here; no address of an index.

    What those packages need is in it, too, where it is installed.

    Examples
    --------
    >>> [line for line in lock().splitlines() if line.startswith("pymc==")]
    ['pymc==6...']
    """
    found, waiting = {}, [(name, frozenset()) for name in NEEDED]
    seen = set(waiting)
    while waiting:
        name, extras = waiting.pop()
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # for another system, or none of ours
            continue
        for needed in map(Requirement, requires(name) or ()):
            asked = any(needed.marker.evaluate({"extra": each}) for each in extras or {""}) if needed.marker else True
            one = canonicalize_name(needed.name), frozenset(needed.extras)
            if asked and one not in seen:
                seen.add(one)
                waiting.append(one)
    missing = [name for name in NEEDED if name not in found]
    lines = [f"{name}=={found[name]}" for name in sorted(found)] + [f"{name}  # not installed here" for name in missing]
    return "\n".join(lines) + "\n"
