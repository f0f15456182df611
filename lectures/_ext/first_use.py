"""A term of art is linked to the glossary where a page first uses it, so that nobody has to think of it.

The configuration says which words are meant: ``terms_at_first_use`` maps a term of the glossary to what pages say.
Words that a page uses in their everyday sense too (path, prior, draw) are for its author to link, with `{term}`.
"""

import re

from docutils import nodes
from sphinx.util import logging
from sphinx.util.nodes import make_refnode

LOGGER = logging.getLogger(__name__)
# Here a word is not running text, or is a link already.
ELSEWHERE = (nodes.title, nodes.reference, nodes.raw, nodes.literal_block, nodes.math, nodes.rubric, nodes.term)


def link_first_uses(app, doctree, docname):
    """Link the first use of each term on a page, unless the page links the term itself before."""
    terms = app.env.domaindata["std"]["terms"]
    glossary = {place for place, _ in terms.values()}
    for term, said in app.config.terms_at_first_use.items():
        if term.lower() not in terms:
            if glossary:
                LOGGER.warning("terms_at_first_use names %r, which is not in the glossary", term)
            continue
        place, label = terms[term.lower()]
        if docname != place:
            link_first_use(app, doctree, docname, spelled(said), (place, label))


def spelled(words):
    """Return a pattern that finds whole words of several spellings."""
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, words))})(?![\w-])")


def link_first_use(app, doctree, docname, pattern, target):
    """Link the first place where a pattern is found in running text, or leave it if that is a link already."""
    for text in doctree.findall(nodes.Text):
        found = pattern.search(text)
        if not found or inside(text, ELSEWHERE[:1] + ELSEWHERE[2:]):
            continue
        if inside(text, nodes.reference):
            return
        if inside(text, nodes.literal):
            outer, before, inner, after = text.parent, "", text.parent.deepcopy(), ""
        else:
            outer, inner = text, nodes.inline("", found[0], classes=["std", "std-term"])
            before, after = text[: found.start()], text[found.end() :]
        link = make_refnode(app.builder, docname, *target, inner)
        parts = [nodes.Text(before), link, nodes.Text(after)]
        outer.parent.replace(outer, [part for part in parts if isinstance(part, nodes.Element) or part])
        return


def inside(node, kinds):
    """Return whether a node lies in one of some kinds."""
    while (node := node.parent) is not None:
        if isinstance(node, kinds):
            return True
    return False


def setup(app):
    """Connect to Sphinx; the words are the configuration's."""
    app.add_config_value("terms_at_first_use", {}, "env")
    app.connect("doctree-resolved", link_first_uses)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
