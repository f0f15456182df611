"""Every executed page can be taken along: as a notebook to download, and opened in JupyterLab.

The theme has a download button that offers a notebook where there is one; here it gets one, without outputs, made from
the page's text. JupyterLab is the one that `make lab` starts, at its usual address on the reader's own machine.
"""

from pathlib import Path

import jupytext

LAB = "http://localhost:8888/lab/tree/"
HEADER = "format_name: myst"


def is_notebook(app, pagename):
    """Return whether a page has code that runs."""
    source = Path(app.srcdir, f"{pagename}.md")
    return source.is_file() and HEADER in source.read_text(encoding="utf-8")[:400]


def write_notebook(app, pagename, _template, context, _doctree):
    """Write the page as a notebook beside its source, and tell the theme's download button of it."""
    if not is_notebook(app, pagename):
        return
    context["ipynb_source"] = f"{pagename}.ipynb"
    target = Path(app.outdir, "_sources", context["ipynb_source"])
    target.parent.mkdir(parents=True, exist_ok=True)
    jupytext.write(jupytext.read(Path(app.srcdir, f"{pagename}.md")), target, fmt="ipynb")


def link_to_lab(app, pagename, _template, context, _doctree):
    """Put JupyterLab among the ways to take the page along."""
    if not is_notebook(app, pagename):
        return
    for group in context.get("header_buttons", []):
        if group.get("label") == "download-buttons":
            group["buttons"].insert(
                0,
                {
                    "type": "link",
                    "url": f"{LAB}{pagename}.md",
                    "text": "JupyterLab",
                    "tooltip": "Open in the JupyterLab that `make lab` started",
                    "icon": "fas fa-flask",
                    "label": "open-in-lab-button",
                },
            )


def setup(app):
    """Connect to Sphinx: before and after the theme makes its buttons (500)."""
    app.connect("html-page-context", write_notebook, priority=400)
    app.connect("html-page-context", link_to_lab, priority=600)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
