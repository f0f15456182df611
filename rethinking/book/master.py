"""The otter-grader master of a sheet: what `otter assign` makes the archive for grading from."""

import ast

from nbformat import v4

from rethinking.book.notebooks import gated, tags_of

__all__ = ["master_notebook", "read_check"]

CONFIG = """# ASSIGNMENT CONFIG
init_cell: false
export_cell: false
check_all_cell: false
solutions_pdf: false
template_pdf: false
generate:
    show_stdout: true"""
TEST = '''""" # BEGIN TEST CONFIG
hidden: true
points: 1
""" # END TEST CONFIG
from rethinking.exercises import checker
feedback = checker({name!r})({arguments})
assert feedback, f"[{{feedback.mistake or 'other'}}] {{feedback.sentence}}"'''


def master_notebook(path, name):
    """Return a sheet in the raw-cell markup of `otter assign`: one question of one point for each check.

    The tests compute the answers, as the checks in the notebook do, so there is nothing in them to be read.

    Parameters
    ----------
    path : pathlib.Path
        Of the sheet.
    name : str
        Its name, as `checker` takes it.

    Returns
    -------
    nbformat.NotebookNode
    """
    cells, solution = [v4.new_raw_cell(CONFIG)], []
    for cell, _ in gated(path):
        tags = tags_of(cell)
        if "solution" in tags:
            solution.append(cell.source)
        elif "check" in tags:
            question, arguments = read_check(cell.source)
            cells += _question(question, "\n".join(solution), TEST.format(name=name, arguments=arguments))
            solution = []
        elif cell.cell_type == "code" and not tags & {"questions", "wrong", "starter"}:
            cells.append(v4.new_code_cell(cell.source))
    spec = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return v4.new_notebook(cells=cells, metadata={"kernelspec": spec})


def read_check(source):
    """Return the name of the question in a check cell, and the arguments of the call as text.

    Raises
    ------
    ValueError
        If the cell does not end with a call of ``check``.

    Examples
    --------
    >>> read_check('check("slope", fit, "beta")')
    ('slope', "'slope', fit, 'beta'")
    """
    last = ast.parse(source).body[-1]
    if not (
        isinstance(last, ast.Expr)
        and isinstance(last.value, ast.Call)
        and isinstance(last.value.func, ast.Name)
        and last.value.func.id == "check"
    ):
        msg = f"a cell tagged check ends with a call such as check('slope', slope), not with {source!r}"
        raise ValueError(msg)
    return ast.literal_eval(last.value.args[0]), ", ".join(map(ast.unparse, last.value.args))


def _question(question, solution, test):
    return [
        v4.new_raw_cell(f"# BEGIN QUESTION\nname: {question}"),
        v4.new_markdown_cell(f"Question {question}"),
        v4.new_raw_cell("# BEGIN SOLUTION"),
        v4.new_code_cell(f"# BEGIN SOLUTION NO PROMPT\n{solution}\n# END SOLUTION"),
        v4.new_raw_cell("# END SOLUTION"),
        v4.new_raw_cell("# BEGIN TESTS"),
        v4.new_code_cell(test),
        v4.new_raw_cell("# END TESTS"),
        v4.new_raw_cell("# END QUESTION"),
    ]
