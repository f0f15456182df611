"""Submissions that try to end, hold up or deceive the grader, or that only look as if they did.

Each is a name, what makes the file, and the most points that it may get: of the answers that it gives, none more.
"""

import json
import os
from pathlib import Path

HONEST = "adjust = {'S'}\n"  # one right answer
FORGED = '["ran", ""]\\n["right"]\\n'


def code(*lines, answer=HONEST):
    return lambda path: path.write_text(answer + "\n".join(lines), encoding="utf-8")


def text(content):
    return lambda path: path.write_bytes(content if isinstance(content, bytes) else content.encode())


def link(target):
    return lambda path: path.symlink_to(target if target != "." else path.name)


def notebook(cells, **more):
    return text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5} | more))


def cell(source):
    return {"cell_type": "code", "source": source, "metadata": {}, "outputs": [], "execution_count": None, "id": "a"}


FILES = {
    "empty.ipynb": (text(""), 0),
    "nested.ipynb": (text('{"cells":' + "[" * 200_000 + "]" * 200_000 + "}"), 0),
    "no_list.ipynb": (notebook({"a": 1}), 0),
    "folder.ipynb": (Path.mkdir, 0),
    "dangling.ipynb": (link("nowhere"), 0),
    "looping.ipynb": (link("."), 0),
    "endless_device.ipynb": (link("/dev/zero"), 0),
    "other_file.py": (link("/etc/hostname"), 0),
    "pipe.ipynb": (os.mkfifo, 0),
    os.fsdecode(b"no_text_\xff.py"): (code(), 1),
    "escape\x1b[2J.py": (code(), 1),
    '=HYPERLINK("x").py': (code(), 1),
    "sparse.py": (lambda path: os.truncate(os.open(path, os.O_CREAT | os.O_WRONLY), 2**40), 0),
    "zeros.py": (text(b"\0" * 1000), 0),
    "latin.py": (text("adjust = {'S'} # \xe9".encode("latin-1")), 0),
    "language.ipynb": (notebook([cell(HONEST)], metadata={"kernelspec": {"name": "cobol", "display_name": "c"}}), 1),
}
ENDS = {
    "exit.py": (code("import os; os._exit(0)"), 0),
    "polite_exit.py": (code("raise SystemExit"), 1),
    "interrupt.py": (code("raise KeyboardInterrupt"), 1),
    "parent.py": (code("import os; os.kill(os.getppid(), 9)"), 1),
    "group.py": (code("import os; os.killpg(0, 9)"), 1),
    "segfault.py": (code("import ctypes; ctypes.string_at(0)"), 0),
    "big_file.py": (code("open('big', 'wb').truncate(2**31)"), 1),
    "flood.py": (code("for _ in range(300): print('x' * 2**20)"), 1),
}
FORGES = {
    "replies.py": (code("import os", "for fd in range(3, 20):", "    try: os.write(fd, b'''" + FORGED + "''')",
                        "    except OSError: pass"), 0),
    "report.py": (code("open('report.json', 'w').write('{\"scores\": {\"age\": 99}}')", answer="adjust = set()\n"), 0),
    "checker.py": (code("import rethinking.exercises as e", "e.checker = lambda name: lambda *answer: True",
                        "e.Feedback.__bool__ = lambda self: True", answer="adjust = set()\n"), 0),
    "encode.py": (code("import rethinking.commands.encoding, sys", "for name in list(sys.modules):",
                       "    if hasattr(sys.modules[name], 'encode'): sys.modules[name].encode = print"), 1),
    "dumps.py": (code("import json", "json.dumps = lambda *a: '[\"found\", true, 1, 2]'"), 0),
    "equal.py": (code("class Equal(float):", "    def __eq__(self, other): return True", "    __hash__ = None",
                      "    def __rsub__(self, other): return 0", "bias = Equal(7)", answer=""), 0),
    "liar.py": (code("class All(set):", "    def __contains__(self, other): return True", "adjust = All()"), 0),
    "reduce.py": (code("class R:", "    def __reduce__(self): return exec, ('1 / 0',)", "adjust = R()"), 0),
    "named.py": (code("class _(Exception): pass", "_.__name__ = '=CMD()'", "class Adjust(set):",
                      "    def __iter__(self): raise _", "adjust = Adjust()"), 0),
}  # fmt: skip
ANSWERS = {
    "deep.py": (code("bias = []", "for _ in range(100_000): bias = [bias]"), 1),
    "circle.py": (code("bias = []", "bias.append(bias)"), 1),
    "huge_number.py": (code("bias = 10**400"), 1),
    "huge_array.py": (code("import numpy as np", "bias = np.zeros(10**7)"), 1),
    "no_number.py": (code("bias = float('nan')"), 1),
    "no_set.py": (code("adjust = {'S': 1}, {1: {2}}"), 0),
    "kills_late.py": (code("import os", "def select(rng, X, Y): os._exit(1)"), 1),
    "raises.py": (code("def select(rng, X, Y): raise type('\\x1b[2J' * 999, (BaseException,), {})"), 1),
    "returns.py": (code("def select(rng, X, Y): return select"), 1),
}
HANGS = {
    "endless.py": (code("while True: pass"), 0),
    "sleeps.py": (code("import time; time.sleep(1000)"), 0),
    "silent.py": (code("import os, time", "for fd in range(3, 20):", "    try: os.close(fd)",
                       "    except OSError: pass", "time.sleep(1000)"), 0),
    "law.py": (code("def select(rng, X, Y):", "    while True: pass"), 1),
    "detached.py": (code("import os, time", "if os.fork() == 0:", "    os.setsid()", "    if os.fork() == 0:",
                         "        while True: time.sleep(1)", "    os._exit(0)"), 1),
}  # fmt: skip
QUICK = FILES | ENDS | FORGES | ANSWERS


def write(hostile, folder):
    """Write hostile submissions into a folder."""
    for name, (make, _) in hostile.items():
        make(folder / name)
