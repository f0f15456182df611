"""The tables of the course and the head of each page come from ``course.toml``, by `rethinking.book.course`."""

import re
from pathlib import Path

from rethinking.book.course import course, filled, head

TITLE = re.compile(r"^# .+\n", re.MULTILINE)


def insert(app, docname, source):
    """Put into the text of a page what the table says; the file stays as it is."""
    rows = course(Path(app.srcdir))
    if docname in rows:
        source[0] = TITLE.sub(lambda title: f"{title[0]}\n{head(docname, rows)}\n", source[0], count=1)
    elif rows:
        source[0] = filled(source[0], rows)


def setup(app):
    """Connect to Sphinx."""
    app.connect("source-read", insert)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
