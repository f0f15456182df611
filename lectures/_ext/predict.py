"""The directive ``predict``: a question that covers a figure and what is said of it, until the reader has guessed.

Its argument is the question and its body the list of guesses; ``_static/questions.js`` makes buttons of them. Where
scripts are off the question stands above its figure, and nothing is covered. It covers all that follows in its section.
"""

from html import escape

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

OPEN = '<div class="rethinking-predict" data-page="{}" data-question="{}">'


class Predict(SphinxDirective):
    """Put a question and its guesses between the marks that the script looks for."""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True

    def run(self):
        """Return the nodes."""
        words, messages = self.parse_inline(self.arguments[0], lineno=self.lineno)
        question = nodes.paragraph("", "", nodes.strong("", "Predict before you look. "), *words)
        guesses = self.parse_content_to_nodes()
        if len(guesses) != 1 or not isinstance(guesses[0], nodes.bullet_list):
            msg = "The body of predict is a list of guesses, and nothing else."
            raise self.error(msg)
        opened = OPEN.format(escape(self.env.docname), escape(nodes.make_id(self.arguments[0])))
        close = nodes.raw("", "</div>", format="html")
        return [nodes.raw("", opened, format="html"), question, *messages, *guesses, close]


def setup(app):
    """Connect to Sphinx."""
    app.add_directive("predict", Predict)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
