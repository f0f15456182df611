"""The pages of the book as modules: one definition of each model, the one on the page."""

import re
import sys
from types import ModuleType

from rethinking._names import alike, kind_of, some
from rethinking._resources import resource

# The options of a cell come first: YAML between two rules, or a line for each with a colon before it.
OPTIONS = re.compile(r"---\n((?:.*\n)*?)---\n|((?::.*\n)+)")


def lecture(name: str) -> ModuleType:
    """Return a page's definitions as a module: imports, constants and functions, without running its analyses.

    Parameters
    ----------
    name : str
        File name of the page without its ending, ``"12_multilevel_models"``, with its folder for the pages in one
        (``"cases/radon"``); or what `python -m rethinking get` takes: the number or a part of the name.

    Returns
    -------
    types.ModuleType
        Made from the cells tagged ``define``, run in their order; new at each call. Errors show the page's lines.

    Raises
    ------
    FileNotFoundError
        If there is no such page, or several; the message lists the nearest names, or the several.
    TypeError
        If the name is no text.

    Examples
    --------
    >>> import numpy as np
    >>> page = lecture("12_multilevel_models")
    >>> sorted(page.simulate_group_confound(np.random.default_rng(1)))
    ['U', 'X', 'Y', 'Z', 'group']
    """
    path = _page(name)
    sys.audit("rethinking.lecture", path)  # who builds the book listens, to run a page again when these change
    module = ModuleType(f"lectures.{_name(path)}", doc=f"The definitions of {path.name}.")
    module.__file__ = str(path)
    for line, tags, source in code_cells(path.read_text(encoding="utf-8")):
        if "define" in tags:
            exec(compile("\n" * line + source, path, "exec"), module.__dict__)
    return module


def code_cells(text):
    r'''Return the code cells of a page, each as the number of lines before its code, its tags and its code.

    Jupytext reads the same cells, but to import it takes a second, for Jupyter's schemas; a page is to cost less.

    Parameters
    ----------
    text : str
        In MyST Markdown.

    Examples
    --------
    >>> code_cells("""# Title
    ...
    ... ```{code-cell} ipython3
    ... :tags: [define]
    ...
    ... x = 1
    ... ```
    ... """)
    [(5, ['define'], 'x = 1\n')]
    '''
    import yaml
    from markdown_it import MarkdownIt

    cells = []
    for token in MarkdownIt().parse(text):
        if token.type == "fence" and token.info.startswith("{code-cell}"):
            found = OPTIONS.match(token.content)
            written = re.sub("^:", "", found[found.lastindex or 0], flags=re.MULTILINE) if found else ""
            options = yaml.safe_load(written) or {}
            source = token.content[found.end() if found else 0 :].lstrip("\n")
            first, _ = token.map or (0, 0)
            before = first + 1 + token.content.removesuffix(source).count("\n")
            cells.append((before, options.get("tags", []), source))
    return cells


def page_paths():
    """Return the text of every page of the book, by the name that `lecture` takes.

    Examples
    --------
    >>> page_paths()["12_multilevel_models"].name
    '12_multilevel_models.md'
    """
    folder = resource("lectures")
    return {
        _name(path): path
        for path in sorted(folder.glob("**/*.md"))
        if not any(part.startswith("_") for part in path.relative_to(folder).parts)
    }


def find_page(name, among):
    """Return the one page that a number, a name or a part of a name means.

    Parameters
    ----------
    name : str
        ``"12"``, ``"5"``, ``"radon"`` or the whole name.
    among : iterable of str
        Names of pages.

    Raises
    ------
    LookupError
        If no page is meant, or several; the message lists the nearest or the several.

    Examples
    --------
    >>> find_page("5", ["05_elemental_confounds", "15_missing_data"])
    '05_elemental_confounds'
    """
    among = list(among)
    if name in among:
        return name
    if name.isdecimal():
        fitting = [page for page in among if page.split("_")[0].isdecimal() and int(page.split("_")[0]) == int(name)]
    else:
        fitting = [page for page in among if name.casefold() in page]
    if len(fitting) == 1:
        return fitting[0]
    what = f"could be {', '.join(fitting)}" if fitting else f"is no lecture; the nearest are: {_nearest(name, among)}"
    msg = f"{name!r} {what}."
    raise LookupError(msg)


def _name(path):
    return path.relative_to(resource("lectures")).with_suffix("").as_posix()


def _page(name):
    if not isinstance(name, str):
        msg = f"lecture takes the name of a page as text, such as '12' or 'cases/radon', not {kind_of(name)}."
        raise TypeError(msg)
    pages = page_paths()
    sheets = name.startswith("exercises/")
    try:
        return pages[find_page(name, [page for page in pages if page.startswith("exercises/") is sheets])]
    except LookupError as error:
        raise FileNotFoundError(*error.args) from None


def _nearest(name, among):
    return some(alike(name, among, most=3, cutoff=0.3) or sorted(among))
