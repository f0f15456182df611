"""Mathematics that a cell printed is typeset too: Sphinx loads MathJax only where the text has some.

Where scripts are off nothing is typeset, and a page with mathematics says so.
"""

from docutils import nodes

OFF = "<noscript><p>Scripts are off, so formulas stand on this page as they are typed, in TeX.</p></noscript>"


def has_printed_math(doctree):
    """Return whether an output of a cell has mathematics: HTML of the class ``math``."""
    return any('class="math' in node.astext() for node in doctree.findall(nodes.raw))


def load_mathjax(app, doctree):
    """Tell the domain of mathematics of the page."""
    if has_printed_math(doctree):
        app.env.get_domain("math").data["has_equations"][app.env.docname] = True


def tell_without_scripts(_app, _pagename, _template, context, _doctree):
    """Say at the top of a page with mathematics what is missing where scripts are off."""
    if 'class="math' in context.get("body", ""):
        context["body"] = OFF + context["body"]


def setup(app):
    """Connect to Sphinx."""
    app.connect("doctree-read", load_mathjax)
    app.connect("html-page-context", tell_without_scripts)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
