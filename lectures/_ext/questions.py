"""Each question of an exercise sheet has a box on its page, which ``_static/questions.js`` fills and judges.

The executed sheet has its questions as data (`rethinking.exercises.boxes`). Here the places of the boxes are put before
the solutions, and the data at the end of the page; nothing is seen of them where scripts are off. The script is loaded
by the pages that have questions, or cover a figure (`predict`), alone; jupyter-book would let each page load it.
"""

import json
from html import escape

from docutils import nodes
from sphinx_exercise.nodes import exercise_subtitle, is_exercise_node, is_solution_node

from rethinking.book.master import read_check

PREFIX = "exercises/"
SCRIPT = "questions.js"
NEEDS = ('class="rethinking-predict"', 'id="rethinking-questions"')
PANEL = """<div class="rethinking-progress">
<p>Scripts are off, so this page has no boxes to answer in. Everything else on it works.</p></div>"""
BOX = '<div class="rethinking-box" data-question="{}" data-title="{}" data-check="{}" data-get="{}"></div>'


def put_boxes(app, doctree):
    """Put the places of boxes, the panel that counts, and the data into an executed exercise sheet."""
    name = app.env.docname
    page = next((page for page in getattr(app, "executed_pages", ()) if page.name == name), None)
    if page is None or not name.startswith(PREFIX):
        return
    titles = {each["label"]: title(each) for each in doctree.findall(is_exercise_node)}
    for solution in [*doctree.findall(is_solution_node)]:
        for call in calls(solution):
            words = read_check(call)[0], titles[solution["target_label"]], call, command(name)
            box = BOX.format(*map(escape, words))
            solution.parent.insert(solution.parent.index(solution), raw(box))
    note = next(each for each in doctree.findall(nodes.note) if "online" in each["classes"])
    note.parent.insert(note.parent.index(note) + 1, raw(PANEL))
    note.parent.append(raw(data(name, page.notebook.metadata["questions"])))


def title(exercise):
    """Return the title of an exercise; its number is not known yet."""
    return next(iter(exercise.findall(exercise_subtitle)), exercise.children[0]).astext()


def calls(solution):
    """Return the checks in a solution as they are written: the last line of each cell that is one."""
    cells = [each for each in solution.findall(nodes.container) if "tag_check" in each["classes"]]
    return [next(cell.findall(nodes.literal_block)).astext().strip().splitlines()[-1] for cell in cells]


def command(name):
    """Return the command that writes a sheet as a notebook.

    >>> command("exercises/05_elemental_confounds"), command("exercises/cases/radon")
    ('python -m rethinking get 5', 'python -m rethinking get radon')
    """
    stem = name.rpartition("/")[2]
    number = stem.partition("_")[0]
    return f"python -m rethinking get {int(number) if number.isdecimal() else stem}"


def data(name, questions):
    """Return questions as a script that is no code; ``<`` is escaped, so no text in it can end the script."""
    text = json.dumps(questions, ensure_ascii=False, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
    return f'<script type="application/json" id="rethinking-questions" data-sheet="{escape(name)}">{text}</script>'


def raw(html):
    """Return HTML as a node."""
    return nodes.raw("", html, format="html")


def take_script(_app, config):
    """Take the script from those that every page loads."""
    config.html_js_files = [file for file in config.html_js_files if file != SCRIPT]


def give_script(app, _pagename, _template, context, _doctree):
    """Let a page load the script if it needs it; within this event Sphinx adds a script to one page."""
    if any(mark in context.get("body", "") for mark in NEEDS):
        app.add_js_file(SCRIPT)


def setup(app):
    """Connect to Sphinx."""
    app.connect("config-inited", take_script)
    app.connect("doctree-read", put_boxes)
    app.connect("html-page-context", give_script)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
