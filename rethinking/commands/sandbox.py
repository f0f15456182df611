"""A submission that runs in a process of its own, and answers what it is asked."""

import base64
import json
import os
import pickle
import queue
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path
from threading import Thread
from time import monotonic

from rethinking.commands.encoding import RemoteError, decode

__all__ = ["Sandbox", "Stopped"]

# Variables of the environment that a submission sees; what else is set there, a token say, it does not.
PASSED_ON = ("PATH", "LANG", "LC_ALL", "PYTHONPATH", "RETHINKING_DATA", "SYSTEMROOT", "VIRTUAL_ENV")
LONGEST_REPLY = 32 * 2**20  # characters
MOST_MEMORY = 4 * 2**30  # bytes
WORD = re.compile(r"\W")
# Where Linux allows it, a submission sees no process but its own, and all of them end with it.
OWN_PROCESSES = ("unshare", "--pid", "--fork", "--mount-proc", "--kill-child")
# Elsewhere somebody stands between: who kills its parent kills only that.
BETWEEN = (sys.executable, "-c", "import subprocess, sys; sys.exit(subprocess.call(sys.argv[1:]))")


class Stopped(BaseException):
    """The submission was stopped, or ended by itself; the message says why. No `except Exception` catches it."""


class Sandbox:
    """A context manager in which a submission has run.

    Parameters
    ----------
    suffix : str
    content : bytes
        The notebook or script.
    given : dict
        What its checks give without computing it again; see `Check.shared`.
    seconds : float
        For the cells and all answers together.
    cache : path-like

    Attributes
    ----------
    error : str
        The first error of a cell; empty if there was none.

    Raises
    ------
    Stopped
        If it takes too long, ends itself or cannot be read, here or later.
    """

    def __init__(self, suffix, content, given, seconds, cache):
        self._parts, self._seconds, self._cache = (suffix, content, given), seconds, cache
        self._requests, self._replies, self.error = queue.Queue(), queue.Queue(maxsize=1), ""

    def __enter__(self):
        self._until = monotonic() + self._seconds
        self._home = tempfile.TemporaryDirectory(prefix="rethinking-", ignore_cleanup_errors=True)
        try:
            self._process = self._start()
            kind, text = self._reply(2)
            if kind == "unreadable":
                msg = f"not graded: {text}"
                raise Stopped(msg)
            self.error = str(text)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if hasattr(self, "_process"):
            _stop(self._process)
            self._requests.put(None)
            for _ in range(40):  # two seconds at most: a process that has got away may hold the stream open
                with suppress(queue.Empty):
                    self._replies.get_nowait()  # what the listener may wait to hand on
                self._listener.join(0.05)
                if not self._listener.is_alive():
                    break
        self._home.cleanup()

    def value(self, expression):
        """Return whether an expression has a value there, and the value, or else the name of the error."""
        kind, *rest = self._ask("value", expression)
        return (True, self._decoded(rest[0])) if kind == "found" else (False, str(rest[0]))

    def _call(self, number, *arguments):
        kind, *rest = self._ask("call", number, base64.b64encode(pickle.dumps(arguments)).decode())
        if kind == "found":
            return self._decoded(rest[0])
        raise type(WORD.sub("", str(rest[0]))[:60] or "Error", (RemoteError,), {})(str(rest[1])[:500])

    def _decoded(self, sent):
        try:
            return decode(sent, lambda number: lambda *arguments: self._call(number, *arguments))
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError, MemoryError) as error:
            msg = f"not graded: an answer cannot be read ({type(error).__name__})"
            raise Stopped(msg) from None

    def _start(self):
        suffix, content, given = self._parts
        home = Path(self._home.name)
        notebook, shared = home / f"submission{suffix}", home / "given.pickle"
        notebook.write_bytes(content)
        shared.write_bytes(pickle.dumps(given))
        kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        kept |= {"HOME": str(home), "TMPDIR": str(home), "PYTENSOR_FLAGS": f"base_compiledir={self._cache}"}
        kept |= {"RETHINKING_PROGRESS": "0", "MPLBACKEND": "agg", "IPYTHONDIR": str(home / "ipython")}
        process = subprocess.Popen(
            [*_between(), sys.executable, "-m", "rethinking.commands.submission", notebook, shared],
            cwd=home, env=kept, start_new_session=True, encoding="utf-8", errors="replace",
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        # Threads, because a submission that neither reads nor writes must not hold the grader up.
        Thread(target=_speak, args=(self._requests, process.stdin), daemon=True).start()
        self._listener = Thread(target=_listen, args=(process.stdout, self._replies), daemon=True)
        self._listener.start()
        return process

    def _ask(self, *request):
        self._requests.put(json.dumps(request) + "\n")
        return self._reply()

    def _reply(self, length=None):
        """Return the next reply, a list of that length, while time and memory last."""
        while True:
            left = self._until - monotonic()
            if left <= 0:
                msg = f"stopped after {self._seconds:g} s"
                raise Stopped(msg)
            if _memory(self._process) > MOST_MEMORY:
                msg = f"stopped: it used more than {MOST_MEMORY // 2**30} GB of memory"
                raise Stopped(msg)
            try:
                line = self._replies.get(timeout=min(left, 0.5))
                break
            except queue.Empty:
                continue
        if line is None:
            msg = "not graded: its process ended"
            raise Stopped(msg)
        try:
            reply = json.loads(line)
            kind, *_ = reply
            if kind not in {"ran", "unreadable", "found", "raised"} or len(reply) != (length or len(reply)):
                raise ValueError
            reply[1]
        except (ValueError, TypeError, LookupError, RecursionError):
            msg = "not graded: its process sent what nobody asked for"
            raise Stopped(msg) from None
        return reply


def _speak(requests, stream):
    """Write requests to a stream, until there is None or nobody reads."""
    with suppress(OSError, ValueError):
        for request in iter(requests.get, None):
            stream.write(request)
            stream.flush()
    with suppress(OSError, ValueError):
        stream.close()


def _listen(stream, replies):
    """Hand on each line of a stream, and None when it ends or a line is too long."""
    line = "\n"
    with suppress(OSError, ValueError):
        while line.endswith("\n"):
            line = stream.readline(LONGEST_REPLY)
            if line.endswith("\n"):
                replies.put(line)
    stream.close()
    replies.put(None)


@cache
def _between():
    """Return what a submission is started by: in a world of processes of its own, where the system allows that."""
    for prefix in (OWN_PROCESSES, (*OWN_PROCESSES, "--user", "--map-root-user")):
        if shutil.which("unshare") and not subprocess.call(
            [*prefix, "true"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ):
            return prefix
    return BETWEEN


def _processes(process):
    import psutil

    try:
        parent = psutil.Process(process.pid)
        return [*parent.children(recursive=True), parent]
    except psutil.Error:
        return []


def _memory(process):
    import psutil

    total = 0
    for each in _processes(process):
        with suppress(psutil.Error):
            total += each.memory_info().rss
    return total


def _stop(process):
    """End a process, its descendants, and what has left their family but not their session."""
    import psutil

    for each in _processes(process):
        with suppress(psutil.Error):
            each.kill()
    with suppress(AttributeError, OSError):  # Windows has no groups of processes
        os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()
