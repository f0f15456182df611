"""Every executed page can be taken along: as a notebook to download, and opened in JupyterLab.

The theme has a download button that offers a notebook where there is one; here it gets the one that
`python -m rethinking get` writes: without outputs, and of an exercise sheet without its solutions and questions.
JupyterLab is the one that `make lab` starts, at its usual address on the reader's own machine; `make lab` has written
the notebooks there.
"""

from pathlib import Path, PurePosixPath

import nbformat

from rethinking.book.notebooks import lecture_notebook, sheet_notebook

LAB = "http://localhost:8888/lab/tree/notebooks/"
HEADER = "format_name: myst"


def is_notebook(app, pagename):
    """Return whether a page has code that runs."""
    source = Path(app.srcdir, f"{pagename}.md")
    return source.is_file() and HEADER in source.read_text(encoding="utf-8")[:400]


def notebook_name(pagename):
    """Return the name of the notebook that `get` writes."""
    stem = PurePosixPath(pagename).name
    return f"{stem}_exercises.ipynb" if pagename.startswith("exercises/") else f"{stem}.ipynb"


def write_notebook(app, pagename, _template, context, _doctree):
    """Write the page as a notebook beside its source, and tell the theme's download button of it."""
    if not is_notebook(app, pagename):
        return
    is_sheet = pagename.startswith("exercises/")
    if is_sheet:
        context["sourcename"] = ""  # its text has the solutions; nor is it copied then
    context["ipynb_source"] = PurePosixPath(pagename).with_name(notebook_name(pagename)).as_posix()
    target = Path(app.outdir, "_sources", context["ipynb_source"])
    target.parent.mkdir(parents=True, exist_ok=True)
    make = sheet_notebook if is_sheet else lecture_notebook
    nbformat.write(make(Path(app.srcdir, f"{pagename}.md")), target)


def change_buttons(app, pagename, _template, context, _doctree):
    """Put JupyterLab among the ways to take a lecture along, and leave out the text of a sheet."""
    if not is_notebook(app, pagename):
        return
    for group in context.get("header_buttons", []):
        if group.get("label") == "download-buttons":
            if not context["sourcename"]:
                group["buttons"] = [one for one in group["buttons"] if one["label"] != "download-source-button"]
            if "/" in pagename or pagename[0].isdigit():  # what `get` writes; not the home page and the like
                group["buttons"].insert(0, lab_button(pagename))


def lab_button(pagename):
    """Return the button that opens the notebook of a page in JupyterLab."""
    return {
        "type": "link",
        "url": f"{LAB}{notebook_name(pagename)}",
        "text": "JupyterLab",
        "tooltip": "Open in the JupyterLab that `make lab` started",
        "icon": "fas fa-flask",
        "label": "open-in-lab-button",
    }


def setup(app):
    """Connect to Sphinx: before and after the theme makes its buttons (500)."""
    app.connect("html-page-context", write_notebook, priority=400)
    app.connect("html-page-context", change_buttons, priority=600)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
