"""What the code of a function refers to by name, and which modules are known by their name alone."""

import dis
import importlib
import sys
import sysconfig
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

__all__ = ["is_installed", "references"]


def is_installed(module_name: str | None) -> bool:
    """Return whether a module is part of Python, of an installed library or of this package: known by its name."""
    module_name = module_name or "__main__"  # code that was executed without a module has None
    if module_name.split(".")[0] == "rethinking":
        return True
    if module_name == "__main__" or module_name not in sys.modules:  # a notebook, or a page of the book
        return False
    file = getattr(sys.modules[module_name], "__file__", None)
    places = {sysconfig.get_path(name) for name in ("purelib", "platlib", "stdlib", "platstdlib")}
    return file is None or any(Path(file).is_relative_to(place) for place in places)


def references(function: types.FunctionType) -> dict[str, Any]:
    """Return what a function takes from outside, by name.

    Globals and variables of functions around it; of modules that are not installed (pages, files beside the notebook)
    the members that its code names, as well if it imports them itself.

    Examples
    --------
    >>> rate, offset = 2, 1
    >>> sorted(references(lambda x: rate * x))
    ['rate']
    """
    codes = [*_codes(function.__code__)]
    instructions = [one for code in codes for one in dis.get_instructions(code)]
    names = {one.argval for one in instructions if one.opname in ("LOAD_GLOBAL", "LOAD_NAME")}
    found = {name: function.__globals__[name] for name in names if name in function.__globals__}
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    # An empty cell belongs to a variable that does not exist yet.
    found |= {name: cell.cell_contents for name, cell in cells if cell != types.CellType()}
    imported = {one.argval for one in instructions if one.opname == "IMPORT_NAME"}
    found |= {name: module for name in imported if (module := _imported(name)) is not None}
    return _without_modules(found, {name for code in codes for name in code.co_names})


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    """Yield a piece of code and those inside it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _codes(constant)


def _imported(name):
    try:
        return importlib.import_module(name)
    except ImportError:  # the function will say so, or has something else to take
        return None


def _without_modules(found: dict[str, Any], names: set[str]) -> dict[str, Any]:
    """Put the members that code names in the place of each module that is not installed."""
    done, seen = {}, set()
    waiting = [*found.items()]
    while waiting:
        name, thing = waiting.pop()
        if isinstance(thing, types.ModuleType) and not is_installed(thing.__name__):
            if thing.__name__ not in seen:
                seen.add(thing.__name__)
                waiting += [(f"{thing.__name__}.{one}", getattr(thing, one)) for one in names if hasattr(thing, one)]
        else:
            done[name] = thing
    return done
