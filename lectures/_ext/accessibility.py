"""Repairs to what other packages write, so that a page can be used with a screen reader.

- docutils gives a list of citations the role ``list``, and its members a role that no list may have.
- MyST-NB names the switch of a hidden cell otherwise than it reads ("Toggle hidden content"), so that nobody who says
  what is written on it reaches it.
"""

import re

REPAIRS = [
    (re.compile(r'(<div class="citation"[^>]*) role="doc-biblioentry"'), r'\1 role="listitem"'),
    (re.compile(r'(<summary) aria-label="Toggle hidden content"'), r"\1"),
]


def repair(html):
    """Return the HTML of a page's body, repaired."""
    for pattern, replacement in REPAIRS:
        html = pattern.sub(replacement, html)
    return html


def repair_body(_app, _pagename, _template, context, _doctree):
    """Repair the body before the theme puts it into its frame."""
    if "body" in context:
        context["body"] = repair(context["body"])


def setup(app):
    """Connect to Sphinx."""
    app.connect("html-page-context", repair_body)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
