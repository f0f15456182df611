"""Before Sphinx reads the pages, those that changed are executed, several at a time; MyST-NB then finds them executed.

`rethinking.book.execution` executes and keeps them. MyST-NB looks into a cache of Jupyter's for each page, by its code;
that cache, in the folder of what is built, is filled anew for each build.
"""

import os
import shutil
import sys
from pathlib import Path

from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from myst_nb.core.read import create_nb_reader

from rethinking.book.execution import PageFailed, execute_pages


def execute_what_changed(app, env, docnames):
    """Execute the pages that are about to be read, and fill the cache for MyST-NB."""
    pages = {name: notebook for name in docnames if (notebook := read(env, name)) is not None}
    jobs = int(os.environ.get("JOBS") or 0) or None
    found = execute_pages(pages, Path(app.srcdir), jobs, say)
    failed = [str(page) for page in found if isinstance(page, PageFailed)]
    edited = [name for name in pages if sources(read(env, name)) != sources(pages[name])]
    failed += [f"{name} was edited while the pages were executed: build again." for name in edited]
    if failed:
        say("\n\n".join(failed))
        say(f"{len(failed)} of {len(pages)} pages failed, so nothing was built.")
        raise SystemExit(1)  # an exception would be wrapped into a page of others
    shutil.rmtree(env.mystnb_config.execution_cache_path, ignore_errors=True)
    cache = get_cache(env.mystnb_config.execution_cache_path)
    for page in found:
        bundle = CacheBundleIn(
            with_outputs(pages[page.name], page.notebook),
            page.name,
            data={"execution_seconds": page.cost["seconds"]},
        )
        cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)  # two pages may have one code
    app.executed_pages = found


def read(env, name):
    """Return a page as MyST-NB reads it, or None if it has no code."""
    path = env.doc2path(name)
    text = Path(path).read_text(encoding="utf-8")
    reader = create_nb_reader(path, env.myst_config, env.mystnb_config, text)
    return reader and reader.read(text)


def code_of(notebook):
    """Return the cells of code."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def sources(notebook):
    """Return the text of each cell of code."""
    return [cell.source for cell in code_of(notebook)]


def with_outputs(notebook, executed):
    """Return a page as MyST-NB reads it, with the outputs of the same page as it was executed."""
    for cell, source in zip(code_of(notebook), code_of(executed), strict=True):
        cell.outputs, cell.execution_count = source.outputs, source.execution_count
    shared = executed.metadata.keys() & {"language_info", "widgets"}
    notebook.metadata |= {key: executed.metadata[key] for key in shared}
    return notebook


def tell_what_it_cost(app, _exception):
    """Print a table of the pages, the slowest first."""
    pages = sorted(getattr(app, "executed_pages", ()), key=lambda page: -page.cost["seconds"])
    if not pages:
        return
    width = max(len(page.name) for page in pages)
    lines = [f"{'page':{width}}  seconds  compilations  fits"]
    for page in pages:
        seconds, compilations, fits = page.cost.values()
        where = "as it was" if page.stored else "executed"
        lines.append(f"{page.name:{width}}  {seconds:7.1f}  {compilations:12}  {fits:4}  {where}")
    ran = [page.cost["seconds"] for page in pages if not page.stored]
    lines.append(f"{len(ran)} of {len(pages)} pages executed, in {sum(ran):.0f} s of theirs.")
    say("\n".join(lines))


def say(line):
    """Say it at once, beside Sphinx's own messages and in `make page` too, which keeps those to itself."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def setup(app):
    """Connect to Sphinx; MyST-NB has read its configuration by then."""
    app.connect("env-before-read-docs", execute_what_changed)
    app.connect("build-finished", tell_what_it_cost)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
