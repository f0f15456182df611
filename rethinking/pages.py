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


def _page(name):
    folder = resource("lectures")
    pages = {
        path.relative_to(folder).with_suffix("").as_posix(): path
        for path in sorted(folder.glob("**/*.md"))
        if not any(part.startswith("_") for part in path.relative_to(folder).parts)
    }
    if name not in pages:
        near = get_close_matches(str(name), pages, n=3, cutoff=0.3) or sorted(pages)
        msg = f"There is no page named {name!r}; the nearest are: {', '.join(near)}."
        raise FileNotFoundError(msg)
    return pages[name]
