"""Notebooks from the text of the book: a lecture as it is, and an exercise sheet without its solutions.

The text is MyST, whose directives and roles Jupyter does not know. They become plain Markdown here, and nothing else is
changed.
"""

import re

import jupytext
from nbformat import v4

__all__ = ["gated", "lecture_notebook", "sheet_notebook", "tags_of"]

# Cells of a sheet that a student does not get.
HIDDEN = {"solution", "wrong", "questions"}
GATE = re.compile(r"^```\{solution-(start|end)\}.*?^```$", re.MULTILINE | re.DOTALL)
DIRECTIVE = re.compile(r"^(`{3,}|:{3,})\{([\w-]+)\}[ ]*(.*?)\n(.*?)^\1$", re.MULTILINE | re.DOTALL)
OPTIONS = re.compile(r"\A(?::[\w-]+:.*\n)+\n?")
ROLE = re.compile(r"\{([\w:-]+)\}`([^`]+)`")
KEY = re.compile(r"([a-z]+)(\d{4})\w*")


def lecture_notebook(path):
    """Return a lecture as a notebook, with its solutions.

    Parameters
    ----------
    path : pathlib.Path
        Of the page, a MyST text.

    Returns
    -------
    nbformat.NotebookNode
    """
    return _notebook([cell for cell, _ in gated(path)])


def sheet_notebook(path):
    """Return an exercise sheet as a notebook for students: questions, starter code, hints and checks.

    Parameters
    ----------
    path : pathlib.Path
        Of the sheet, ``lectures/exercises/<name>.md``.

    Returns
    -------
    nbformat.NotebookNode
    """
    kept = []
    for cell, inside in gated(path):
        tags = tags_of(cell)
        if not tags & HIDDEN and not (inside and "check" not in tags):
            kept.append(cell)
    return _notebook(kept)


def gated(path):
    """Yield the cells of a page, each with whether it stands inside a solution, without the marks of solutions."""
    inside = False
    for cell in jupytext.read(path).cells:
        if cell.cell_type != "markdown":
            yield cell, inside
            continue
        start = 0
        for gate in [*GATE.finditer(cell.source), None]:
            text = cell.source[start : gate.start() if gate else None].strip()
            if text:
                yield v4.new_markdown_cell(text), inside
            if gate:
                inside, start = gate[1] == "start", gate.end()


def tags_of(cell):
    """Return the tags of a cell as a set."""
    return set(cell.metadata.get("tags", ()))


def _notebook(cells):
    count = 0
    for number, cell in enumerate(cells):
        if cell.cell_type == "markdown":
            cell.source, count = _plain(cell.source, count)
        cell.metadata.pop("mystnb", None)
        cell.id = f"cell-{number}"  # the same text gives the same notebook
    spec = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return v4.new_notebook(cells=cells, metadata={"kernelspec": spec, "language_info": {"name": "python"}})


def _plain(text, count):
    """Return MyST as Markdown that Jupyter shows, and the number of exercises so far."""

    def directive(match):
        nonlocal count
        _, name, title, body = match.groups()
        body = DIRECTIVE.sub(directive, OPTIONS.sub("", body)).strip()
        if name == "grid":
            return body
        if name == "exercise":
            count += 1
            return f"### Exercise {count}" + (f": {title}" if title else "") + f"\n\n{body}"
        if name == "dropdown":
            return f"<details><summary>{title}</summary>\n\n{body}\n\n</details>"
        return f"**{title or name.capitalize()}**\n\n{body}"

    return ROLE.sub(_role, DIRECTIVE.sub(directive, text)), count


def _role(match):
    role, content = match.groups()
    if role.startswith("cite"):
        return (
            "(" + "; ".join(KEY.sub(lambda key: f"{key[1].capitalize()} {key[2]}", k) for k in content.split(",")) + ")"
        )
    if role in {"math", "eq"}:
        return f"${content}$"
    return f"`{content}`"
