"""Whether two functions are the same: by their code, and by the functions and values that the code refers to."""

import functools
import sys
import sysconfig
import types
from hashlib import blake2b
from pathlib import Path

import numpy as np


def fingerprint(function):
    """Return 32 hexadecimal digits that stay the same in another process and change when the function's code does.

    Comments, line numbers and the place of the file do not count. Functions, numbers, strings, arrays and containers
    that the code reaches (globals, closures, defaults) do; functions of installed libraries count by name.

    Parameters
    ----------
    function : callable

    Examples
    --------
    >>> def double(x):
    ...     return 2 * x
    >>> def triple(x):
    ...     return 3 * x
    >>> fingerprint(double) == fingerprint(triple)
    False
    """
    digest = blake2b(digest_size=16)
    _describe(function, digest.update, set())
    return digest.hexdigest()


def is_installed(module_name):
    """Return whether a module is part of Python, of an installed library or of this package: known by its name."""
    module_name = module_name or "__main__"  # code that was executed without a module has None
    if module_name.split(".")[0] == "rethinking":
        return True
    if module_name == "__main__" or module_name not in sys.modules:  # a notebook, or a page of the book
        return False
    file = getattr(sys.modules[module_name], "__file__", None)
    places = {sysconfig.get_path(name) for name in ("purelib", "platlib", "stdlib", "platstdlib")}
    return file is None or any(Path(file).is_relative_to(place) for place in places)


def _describe(thing, say, seen):
    """Feed a description of a thing to `say`; `seen` holds the functions that were described before."""
    if isinstance(thing, types.FunctionType):
        if thing in seen or is_installed(thing.__module__):
            say(f"{thing.__module__}.{thing.__qualname__}".encode())
            return
        seen.add(thing)
        _describe_code(thing.__code__, say, seen)
        for part in (_reached(thing), thing.__defaults__, thing.__kwdefaults__):
            _describe(part, say, seen)
    elif isinstance(thing, functools.partial):
        _describe((thing.func, thing.args, thing.keywords), say, seen)
    elif isinstance(thing, types.MethodType):
        _describe((thing.__func__, thing.__self__), say, seen)
    elif isinstance(thing, dict):
        for key in sorted(thing, key=repr):
            say(repr(key).encode())
            _describe(thing[key], say, seen)
    elif isinstance(thing, list | tuple):
        say(f"{type(thing).__name__} {len(thing)}".encode())
        for part in thing:
            _describe(part, say, seen)
    elif isinstance(thing, np.ndarray) and thing.dtype != object:
        say(f"{thing.dtype} {thing.shape}".encode() + thing.tobytes())
    elif thing is None or isinstance(thing, str | bytes | int | float | complex | np.generic | range):
        say(repr(thing).encode())
    elif isinstance(thing, frozenset | set):
        say(repr(sorted(thing, key=repr)).encode())
    else:
        say(getattr(thing, "__qualname__", getattr(thing, "__name__", type(thing).__qualname__)).encode())


def _reached(function):
    """Return what the code of a function refers to, by name: globals, closures, and members of modules of pages."""
    names = _names(function.__code__)
    found = {name: function.__globals__[name] for name in names if name in function.__globals__}
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    found |= {name: cell.cell_contents for name, cell in cells}
    modules = [part for part in found.values() if isinstance(part, types.ModuleType)]
    pages = [module for module in modules if not is_installed(module.__name__)]
    return found | {f"{m.__name__}.{name}": getattr(m, name) for m in pages for name in names if hasattr(m, name)}


def _describe_code(code, say, seen):
    say(code.co_code)
    say(repr((code.co_names, code.co_varnames, code.co_freevars)).encode())
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            _describe_code(constant, say, seen)
        else:
            _describe(constant, say, seen)


def _names(code):
    """Return the global names in a piece of code and in those inside it."""
    inner = (_names(constant) for constant in code.co_consts if isinstance(constant, types.CodeType))
    return {*code.co_names}.union(*inner)
