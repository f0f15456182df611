"""The pages of the book as modules: one definition of each model, the one on the page."""

from difflib import get_close_matches
from types import ModuleType

from rethinking._resources import resource


def lecture(name):
    """Return a page's definitions as a module: imports, constants and functions, without running its analyses.

    Parameters
    ----------
    name : str
        File name of the page without its ending, ``"12_multilevel_models"``, with its folder for the pages in one
        (``"cases/radon"``).

    Returns
    -------
    types.ModuleType
        Made from the cells tagged ``define``, run in their order; new at each call.

    Raises
    ------
    FileNotFoundError
        If there is no such page; the message lists the nearest names.

    Examples
    --------
    >>> import numpy as np
    >>> page = lecture("12_multilevel_models")
    >>> sorted(page.simulate_group_confound(np.random.default_rng(1)))
    ['U', 'X', 'Y', 'Z', 'group']
    """
    import jupytext

    path = _page(name)
    module = ModuleType(f"lectures.{name}", doc=f"The definitions of {path.name}.")
    module.__file__ = str(path)
    for cell in jupytext.read(path).cells:
        if cell.cell_type == "code" and "define" in cell.metadata.get("tags", ()):
            exec(compile(cell.source, path, "exec"), module.__dict__)
    return module


def page_paths():
    """Return the text of every page of the book, by the name that `lecture` takes.

    Examples
    --------
    >>> page_paths()["12_multilevel_models"].name
    '12_multilevel_models.md'
    """
    folder = resource("lectures")
    return {
        path.relative_to(folder).with_suffix("").as_posix(): path
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


def _page(name):
    pages = page_paths()
    if name not in pages:
        msg = f"There is no page named {name!r}; the nearest are: {_nearest(name, pages)}."
        raise FileNotFoundError(msg)
    return pages[name]


def _nearest(name, among):
    return ", ".join(get_close_matches(str(name), among, n=3, cutoff=0.3) or sorted(among))
