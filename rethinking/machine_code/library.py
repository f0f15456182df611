"""Translated functions as machine code in this process, kept on disk so that no text is compiled twice."""

import ast
import ctypes
import inspect
import os
import re
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import llvmlite
from llvmlite import binding

from rethinking.lowering.languages.language import NotCovered
from rethinking.machine_code import expressions, pieces, statements, writer
from rethinking.machine_code.expressions import Signature
from rethinking.machine_code.statements import signature, translated
from rethinking.machine_code.writer import REAL, REALS, WHOLE, WHOLES

__all__ = ["Native", "native"]

CTYPES: dict[str | None, Any] = {
    REAL: ctypes.c_double, WHOLE: ctypes.c_int64, REALS: ctypes.c_void_p, WHOLES: ctypes.c_void_p, None: None,
}  # fmt: skip
NAME = re.compile(r"@(?:llvm\.)?(\w+)")
INSTRUCTIONS = {"fptosi"}  # of the functions that LLVM gives names to, those that it never asks the C library for
SPEED = 3  # of what LLVM makes, as -O3


class Native:
    """A function as machine code.

    Attributes
    ----------
    address : int
        Where it begins, for whoever calls it from C. It is there as long as this object is.
    ctypes : callable
        The same function for Python.
    """

    def __init__(self, code: bytes, name: str, kinds: Signature):
        self._engine = _engine()
        self._engine.add_object_file(binding.ObjectFileRef.from_data(code))
        self._engine.finalize_object()
        self.address = self._engine.get_function_address(name)
        types = [CTYPES[kind] for kind in (kinds.returns, *kinds.takes.values())]
        self.ctypes: Any = ctypes.CFUNCTYPE(*types)(self.address)
        self.ctypes.engine = self._engine  # a function that outlived its code would end the process


def native(text: str, name: str, kinds: Mapping[str, str], folder: Path | None = None) -> Native:
    """Return a function as machine code.

    Parameters
    ----------
    text : str
        Definitions of it and of what it calls, besides :mod:`pieces`.
    name : str
    kinds : mapping of str to str
        The kinds of arguments without annotation, by name.
    folder : pathlib.Path, optional
        Where machine code is kept; nowhere if None.

    Raises
    ------
    NotCovered
        If there is something in the text that is not translated.
    """
    functions = _pieces() | {node.name: node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)}
    signatures = {each: signature(node, kinds) for each, node in functions.items()}
    key = sha256("\n".join([_ours(), llvmlite.__version__, *_machine(), name, text]).encode()).hexdigest()
    file = folder and folder / f"{key}.o"
    code = _kept(file) if file else None
    if code is None:
        code = _compiled(_module(functions, signatures, name))
        if file:
            _keep(file, code)
    return Native(code, name, signatures[name])


def _module(functions, signatures, name):
    """Return a function and all that it calls, as LLVM's assembly."""
    texts, declared, left = {}, {}, [name]
    while left:
        each = left.pop()
        if each not in texts:
            texts[each], called = translated(functions[each], signatures, exported=each == name)
            left += [other for other in called if other in functions]
            declared |= dict.fromkeys(other for other in called if other not in functions)
    _require(set(NAME.findall("\n".join(declared))) - INSTRUCTIONS)
    return "\n".join([*declared, *texts.values()])


def _require(names):
    """Raise NotCovered unless the C library has some functions; LLVM would end the process if one is missing."""
    _engine()  # from the first one on, this process's own functions are found
    missing = [name for name in sorted(names) if not binding.address_of_symbol(name)]
    if missing:
        raise NotCovered.operation(missing[0])


def _compiled(assembly):
    """Return the machine code of a module."""
    machine = _target_machine()
    module = binding.parse_assembly(assembly)
    module.triple, module.data_layout = machine.triple, str(machine.target_data)
    options = binding.create_pipeline_tuning_options(speed_level=SPEED)
    options.loop_vectorization = True
    builder = binding.create_pass_builder(machine, options)
    builder.getModulePassManager().run(module, builder)
    return machine.emit_object(module)


def _engine():
    return binding.create_mcjit_compiler(binding.parse_assembly(""), _target_machine())


def _target_machine():
    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    cpu, features = _machine()
    target = binding.Target.from_triple(binding.get_process_triple())
    return target.create_target_machine(cpu, features, opt=SPEED, codemodel="jitdefault", jit=True)


@cache
def _machine():
    """Return the name of this processor, and what it can do: machine code for another one would not run."""
    with suppress(RuntimeError):  # LLVM does not know what every processor can do
        return binding.get_host_cpu_name(), binding.get_host_cpu_features().flatten()
    return binding.get_host_cpu_name(), ""


@cache
def _pieces():
    return {node.name: node for node in ast.parse(inspect.getsource(pieces)).body if isinstance(node, ast.FunctionDef)}


@cache
def _ours():
    """Return the text of all that settles what a function becomes: with another one nothing kept is the same."""
    modules = (pieces, expressions, statements, writer, sys.modules[__name__])
    return "\n".join(inspect.getsource(module) for module in modules)


def _kept(file):
    """Return what was kept, or None if it is not there or not whole."""
    with suppress(OSError):
        digest, code = (found := file.read_bytes())[:32], found[32:]
        if sha256(code).digest() == digest:
            return code
    return None


def _keep(file, code):
    """Keep machine code, unless the disk is full or may not be written: then it is compiled again next time."""
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=file.parent, suffix=".new", delete=False) as new:
            new.write(sha256(code).digest() + code)
        os.replace(new.name, file)  # at once, because other processes read and write it too
