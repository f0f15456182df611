"""The table of scores: a row on disk for each submission as soon as it is graded, and nothing in it that acts."""

import csv
import hashlib
import io
import os
from contextlib import contextmanager

__all__ = ["Scores", "readable"]

FIRST, LAST = ("submission", "points", "status"), ("look at", "sha256")
LONGEST = 300


class Scores:
    """A CSV file with a row for each submission, by names that are `readable`.

    Parameters
    ----------
    path : pathlib.Path
        If it is there, it is continued.
    questions : list of str

    Attributes
    ----------
    rows : list of dict
        What is on disk.
    changed : list of str
        Submissions that are not what they were when their row was written.

    Raises
    ------
    FileExistsError
        If there is such a file, and it is not a table of these questions.
    """

    def __init__(self, path, questions):
        self.path, self.questions, self.rows, self.changed = path, list(questions), [], []
        self.columns = [*FIRST, *self.questions, *LAST]
        self._note = path.with_name(f"{path.name}.at_work")
        if path.exists():
            self.rows = self._read()
            self._write()  # without a row that was cut off when an earlier batch was killed
        else:
            with path.open("x", encoding="utf-8", newline="") as file:
                file.write(_line(self.columns))
        if self._note.exists():
            name, digest = self._note.read_text(encoding="utf-8").splitlines()
            if name not in {row["submission"] for row in self.rows}:
                self._append(name, digest, {"points": 0, "status": "not graded: the grader was ended while it ran"})
            self._note.unlink()

    def has(self, name, content):
        """Return whether a submission has its row, and note it if it has changed."""
        known = {row["submission"]: row["sha256"] for row in self.rows}
        if name in known and known[name] != _digest(content):
            self.changed.append(name)
        return name in known

    def add(self, name, content, row):
        """Write one row to the disk."""
        self._append(name, _digest(content), row)

    @contextmanager
    def at_work(self, name, content):
        """Note which submission runs, so that one that ends the grader is told by the next batch, and not run again."""
        self._note.write_text(f"{name}\n{_digest(content)}\n", encoding="utf-8")
        try:
            yield
        finally:
            self._note.unlink(missing_ok=True)

    def _append(self, name, digest, row):
        cells = {column: readable(row.get(column, "")) for column in self.columns}
        cells |= {"submission": name, "sha256": digest}
        with self.path.open("a", encoding="utf-8", newline="") as file:
            file.write(_line(cells.values()))
            file.flush()
            os.fsync(file.fileno())
        self.rows.append(cells)

    def _read(self):
        text = self.path.read_bytes().decode("utf-8", errors="replace")
        text = text[: text.rfind("\n") + 1]
        rows = list(csv.reader(io.StringIO(text, newline="")))
        if not rows or rows[0] != self.columns or any(len(row) != len(self.columns) for row in rows):
            msg = f"{self.path} is there already, and is not a table of this sheet: name another with --table."
            raise FileExistsError(msg)
        return [dict(zip(self.columns, row, strict=True)) for row in rows[1:]]

    def _write(self):
        new = self.path.with_name(f"{self.path.name}.new")
        lines = [self.columns, *(row.values() for row in self.rows)]
        with new.open("w", encoding="utf-8", newline="") as file:
            file.write("".join(map(_line, lines)))
        new.replace(self.path)


def readable(value):
    r"""Return a value as one line of text that neither a terminal nor a spreadsheet takes for a command.

    Examples
    --------
    >>> print(readable("=HYPERLINK(1)"), readable("a" + chr(27) + "[2J"), readable(-1))
    '=HYPERLINK(1) a\x1b[2J -1
    """
    if isinstance(value, int | float):
        return str(value)
    text = "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in value)
    text = text.encode("utf-8", "backslashreplace").decode()
    text = text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
    return f"'{text}" if text.lstrip()[:1] in {"=", "+", "-", "@"} else text


def _digest(content):
    return hashlib.sha256(content if isinstance(content, bytes) else content.encode()).hexdigest()[:16]


def _line(cells):
    line = io.StringIO(newline="")
    csv.writer(line, lineterminator="\n").writerow(cells)
    return line.getvalue()
