"""Mathematics that a cell printed is typeset too: Sphinx loads MathJax only where the text has some."""

from docutils import nodes


def has_printed_math(doctree):
    """Return whether an output of a cell has mathematics: HTML of the class ``math``."""
    return any('class="math' in node.astext() for node in doctree.findall(nodes.raw))


def load_mathjax(app, doctree):
    """Tell the domain of mathematics of the page."""
    if has_printed_math(doctree):
        app.env.get_domain("math").data["has_equations"][app.env.docname] = True


def setup(app):
    """Connect to Sphinx."""
    app.connect("doctree-read", load_mathjax)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
