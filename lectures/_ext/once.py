"""What several explorers of a page share, such as a sampler of 12 kB, stands once on the page.

An output in a notebook may be shown alone, so each holds all that it needs (`rethinking.pictures.shell`). What they
share is named by what is in it, in ``data-once``; on a page of the book all but the first of one name are left out.
"""

import re

SHARED = re.compile(r'<(style|script) data-once="(\w+)">.*?</\1>\n?', re.DOTALL)


def first_of_each(html):
    """Return the HTML of a page without what it has already.

    >>> first_of_each('<style data-once="a">b</style> <style data-once="a">b</style>')
    '<style data-once="a">b</style> '
    """
    seen = set()

    def keep(found):
        is_new = found[2] not in seen
        seen.add(found[2])
        return found[0] if is_new else ""

    return SHARED.sub(keep, html)


def shorten(_app, _pagename, _template, context, _doctree):
    """Shorten the body before the theme puts it into its frame."""
    if "body" in context:
        context["body"] = first_of_each(context["body"])


def setup(app):
    """Connect to Sphinx."""
    app.connect("html-page-context", shorten)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
