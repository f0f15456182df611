"""Repairs to what other packages write, so that a page can be used with a screen reader.

- docutils gives a list of citations the role ``list``, and its members a role that no list may have.
- MyST-NB names the switch of a hidden cell otherwise than it reads ("Toggle hidden content"), so that nobody who says
  what is written on it reaches it.
- The theme's switch of a page's sections in the sidebar is an arrow without a name.
"""

import re
from pathlib import Path

REPAIRS = [
    (re.compile(r'(<div class="citation"[^>]*) role="doc-biblioentry"'), r'\1 role="listitem"'),
    (re.compile(r'(<summary) aria-label="Toggle hidden content"'), r"\1"),
]

SWITCH = '<summary><span class="toctree-toggle"'
NAMED_SWITCH = SWITCH.replace("<summary>", '<summary aria-label="Show or hide the sections">')


def repair(html):
    """Return the HTML of a page's body, repaired."""
    for pattern, replacement in REPAIRS:
        html = pattern.sub(replacement, html)
    return html


def repair_body(_app, _pagename, _template, context, _doctree):
    """Repair the body before the theme puts it into its frame."""
    if "body" in context:
        context["body"] = repair(context["body"])


def repair_sidebars(app, exception):
    """Name the switches in all pages; the theme writes them after every event that has the page."""
    if exception is None:
        for page in Path(app.outdir).rglob("*.html"):
            text = page.read_text(encoding="utf-8")
            if SWITCH in text:
                page.write_text(text.replace(SWITCH, NAMED_SWITCH), encoding="utf-8")


def setup(app):
    """Connect to Sphinx."""
    app.connect("html-page-context", repair_body)
    app.connect("build-finished", repair_sidebars)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
