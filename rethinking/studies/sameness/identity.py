"""Whether two functions are the same: by their code, and by the functions and values that the code refers to."""

import types
from collections.abc import Callable, Collection
from hashlib import blake2b
from typing import Any

import numpy as np

from rethinking.studies.sameness.components import members, parts
from rethinking.studies.sameness.references import is_installed, references

__all__ = ["fingerprint"]

ATOMS = (types.NoneType, bool, int, float, complex, str, bytes, range, types.EllipsisType, types.NotImplementedType)


def fingerprint(function: Callable, name: str = "the function") -> str:
    """Return 32 hexadecimal digits that stay the same in another process and change when the function's code does.

    Comments, the words of docstrings, line numbers and the place of the file do not count. What the code reaches
    (globals, closures, defaults) does, whatever it is: functions and classes by their own code, other objects by what
    pickle would save of them. Functions, classes and modules of installed libraries count by name.

    Parameters
    ----------
    function : callable
    name : str
        What a message calls it.

    Raises
    ------
    TypeError
        If it reaches something of which nobody can tell whether it is the same in another process: a random number
        generator, an open file, a lock, a compiled model. The message says what, and how the code comes to it.

    Examples
    --------
    >>> def double(x):
    ...     return 2 * x
    >>> def triple(x):
    ...     return 3 * x
    >>> fingerprint(double) == fingerprint(triple)
    False
    """
    description = _Description()
    description.add(function, name)
    return description.digest.hexdigest()


class _Description:
    """A digest of things, each described by its type and its parts, down to numbers and text."""

    def __init__(self):
        self.digest = blake2b(digest_size=16)
        self._seen: dict[int, tuple[int, Any]] = {}  # by id: its number, and the thing, so that no other gets the id

    def add(self, thing: Any, path: str) -> None:
        """Describe a thing; `path` is how the code comes to it, for messages."""
        if type(thing) in ATOMS or isinstance(thing, np.generic):
            self._say(f"{type(thing).__name__} {thing!r}")
        elif type(thing) is tuple:
            self._add_all("tuple", thing, path)
        elif id(thing) in self._seen:
            self._say(f"again {self._seen[id(thing)][0]}")
        else:
            self._seen[id(thing)] = len(self._seen), thing
            self._add_new(thing, path)

    def _add_new(self, thing, path):
        kind = type(thing).__qualname__
        if isinstance(thing, types.FunctionType):
            self._add_function(thing, path)
        elif isinstance(thing, types.CodeType):
            self._add_code(thing, path)
        elif isinstance(thing, type):
            self._add_class(thing, path)
        elif isinstance(thing, types.CellType):
            self.add(thing.cell_contents, path)
        elif type(thing) in (set, frozenset):
            self._add_all(kind, sorted(_digest(one, path) for one in thing), path)
        elif type(thing) in (list, dict):
            self._add_all(kind, thing.items() if type(thing) is dict else thing, path)
        elif type(thing) is np.ndarray and not thing.dtype.hasobject:
            self._say(f"{kind} {thing.dtype.descr} {thing.shape}")
            self.digest.update(thing.tobytes())
        else:
            self._add_all(f"{type(thing).__module__}.{kind}", parts(thing, path), path)

    def _add_all(self, kind: str, things: Collection, path: str):
        self._say(f"{kind} {len(things)}")
        for thing in things:
            self.add(thing, path)

    def _add_function(self, function, path):
        home, name = function.__globals__.get("__name__"), function.__code__.co_qualname  # not what `wraps` says
        if is_installed(home):
            self._say(f"function {home}.{name}")
            if "<locals>" in name:  # made by a library from what it was given
                self._add_all("made of", [function.__closure__, function.__defaults__, function.__kwdefaults__], path)
            return
        self._add_code(function.__code__, path, function.__doc__)
        self._add_all("defaults", [function.__defaults__, function.__kwdefaults__, function.__dict__], path)
        for name, thing in sorted(references(function).items()):
            self._say(name)
            self.add(thing, f"{path}: {name}")

    def _add_code(self, code, path, doc=None):
        arguments = code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount
        names = code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars
        constants = tuple(one for i, one in enumerate(code.co_consts) if i or doc is None or one != doc)
        self._add_all("code", [code.co_code, code.co_exceptiontable, code.co_flags, arguments, names, constants], path)

    def _add_class(self, kind, path):
        self._say(f"class {kind.__module__ if is_installed(kind.__module__) else ''}.{kind.__qualname__}")
        if not is_installed(kind.__module__):
            self._add_all("bases", [type(kind), kind.__bases__], path)
            for name, member in sorted(members(kind).items()):
                self._say(name)
                self.add(member, f"{path}.{name}")

    def _say(self, words):
        self.digest.update(f"{words}\0".encode("utf-8", "surrogatepass"))


def _digest(thing, path):
    description = _Description()
    description.add(thing, path)
    return description.digest.digest()
