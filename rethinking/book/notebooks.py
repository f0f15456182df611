"""Notebooks from the text of the book: a lecture as it is, and an exercise sheet without its solutions.

The text is MyST, whose directives and roles Jupyter does not know. They become plain Markdown here, and nothing else is
changed.
"""

import posixpath
import re
from pathlib import Path

import jupytext
from nbformat import v4

from rethinking.book.pages import page_paths

__all__ = ["first_exercise", "gated", "lecture_notebook", "notebook_name", "sheet_notebook", "tags_of"]

# Cells of a sheet that a student does not get.
HIDDEN = {"solution", "wrong", "questions"}
GATE = re.compile(r"^```\{solution-(start|end)\}.*?^```$", re.MULTILINE | re.DOTALL)
DIRECTIVE = re.compile(r"^(`{3,}|:{3,})\{([\w-]+)\}[ ]*(.*?)\n(.*?)^\1$", re.MULTILINE | re.DOTALL)
OPTIONS = re.compile(r"\A(?::[\w-]+:.*\n)+\n?")
ROLE = re.compile(r"\{([\w:-]+)\}`([^`]+)`")
TITLED = re.compile(r"(.*?)<([^<>]+)>", re.DOTALL)
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
    return _notebook([cell for cell, _ in gated(path)], path)


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
    return _notebook(kept, path)


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


def notebook_name(name):
    """Return the file that a page is as a notebook, or nothing for a page that is none, such as the glossary.

    Examples
    --------
    >>> notebook_name("cases/radon"), notebook_name("exercises/cases/radon"), notebook_name("glossary")
    ('radon.ipynb', 'radon_exercises.ipynb', '')
    """
    stem = name.rpartition("/")[2]
    if name.startswith("exercises/"):
        return f"{stem}_exercises.ipynb"
    return f"{stem}.ipynb" if "/" in name or name[0].isdigit() else ""


def first_exercise(path):
    """Return the number of the first exercise of a page: the site counts through all pages, in the order of the book.

    Parameters
    ----------
    path : pathlib.Path
        Of the page; one that is not in the book begins with 1.
    """
    pages = page_paths()
    names = {known: name for name, known in pages.items()}
    if path not in names:
        return 1
    before = 0
    for name in _in_order(pages[names[path]], names[path]):
        if name == names[path]:
            return before + 1
        before += len(re.findall(r"^`{3,}\{exercise\}", pages[name].read_text(encoding="utf-8"), re.MULTILINE))
    return 1


def _in_order(path, name):
    """Return the names of the pages in the order of the table of contents."""
    contents = path.parents[name.count("/")] / "_toc.yml"
    if not contents.is_file():
        return []
    return re.findall(r"^\s*(?:- file|root): *(\S+)$", contents.read_text(encoding="utf-8"), re.MULTILINE)


def _notebook(cells, path):
    made, number = [], first_exercise(path)
    for cell in cells:
        made.append(cell)
        if cell.cell_type == "markdown":
            cell.source, number = _plain(cell.source, number, path)
        elif words := _words_of_figure(cell.metadata.pop("mystnb", {})):
            made.append(v4.new_markdown_cell(_plain(words, number, path)[0]))
    for number, cell in enumerate(made):
        cell.id = f"cell-{number}"  # the same text gives the same notebook
    spec = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return v4.new_notebook(cells=made, metadata={"kernelspec": spec, "language_info": {"name": "python"}})


def _words_of_figure(options):
    """Return the caption of a figure and what it shows, as Markdown."""
    caption, shown = options.get("figure", {}).get("caption"), options.get("image", {}).get("alt")
    words = [f"*{caption.strip()}*"] if caption else []
    if shown:
        words.append(f"<details><summary>The figure in words</summary>\n\n{shown.strip()}\n\n</details>")
    return "\n\n".join(words)


def _plain(text, number, path):
    """Return MyST as Markdown that Jupyter shows, and the number of the next exercise."""

    def directive(match):
        nonlocal number
        _, name, title, body = match.groups()
        options = OPTIONS.match(body)
        if options and ":class: online" in options[0]:
            return ""
        body = DIRECTIVE.sub(directive, OPTIONS.sub("", body)).strip()
        if name == "grid":
            return body
        if name == "exercise":
            number += 1
            return f"### Exercise {number - 1}" + (f": {title}" if title else "") + f"\n\n{body}"
        if name == "dropdown":
            return f"<details><summary>{title}</summary>\n\n{body}\n\n</details>"
        return f"**{title or name.capitalize()}**\n\n{body}"

    text = ROLE.sub(lambda match: _role(match[1], match[2], path), DIRECTIVE.sub(directive, text))
    return re.sub(r"\n{3,}", "\n\n", text), number


def _role(role, content, path):
    if role.startswith("cite"):
        return (
            "(" + "; ".join(KEY.sub(lambda key: f"{key[1].capitalize()} {key[2]}", k) for k in content.split(",")) + ")"
        )
    if role in {"math", "eq"}:
        return f"${content}$"
    titled = TITLED.fullmatch(content)
    title, target = titled.groups() if titled else ("", content)
    if role == "term":
        return title.strip() or target
    if role == "doc" and (link := _link(title.strip(), target, path)):
        return link
    return f"`{target}`"


def _link(title, target, path):
    """Return a page of the book as a link to its notebook, or its title if it is none; nothing for a stranger."""
    pages = page_paths()
    here = next((name for name, known in pages.items() if known == Path(path)), "")
    name = posixpath.normpath(posixpath.join("/", posixpath.dirname(here), target)).lstrip("/")
    if name not in pages:
        return ""
    title = title or next(re.finditer(r"^# (.*)$", pages[name].read_text(encoding="utf-8"), re.MULTILINE))[1]
    return f"[{title}]({notebook_name(name)})" if notebook_name(name) else f"*{title}*"
