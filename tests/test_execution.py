"""A page of the book is executed again when, and only when, something that it used has changed."""

import importlib.metadata
import os
import shutil

import jupytext
import nbformat
import pytest
from conftest import ROOT

from rethinking.book.archive import Archive
from rethinking.book.execution import PageFailed, execute_pages
from rethinking.commands.autograder import require_solved

HEADER = """---
jupytext: {text_representation: {extension: .md, format_name: myst}}
kernelspec: {name: python3, display_name: Python 3}
---

# Page

"""
PAGES = {
    "plain": "1 + 1",
    "samples": "from rethinking.sampling import convergence",
    "tables": """
import rethinking as rt
rt.load_data("milk")
try:
    rt.load_data("Trolley")
except rt.DataUnavailable:
    print("simulated")""",
    "defines": ":tags: [define]\nanswer = 42",
    "borrows": "import rethinking as rt\nrt.lecture('defines').answer",
    "styled": "import rethinking as rt\nrt.use_style()",
    "stored": "from pathlib import Path\nPath('_static/study.zarr/mean').read_text()",
}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """Return a small project, its own package in it, with pages that have been executed."""
    root = tmp_path_factory.mktemp("checkout")
    ignore = shutil.ignore_patterns("__pycache__")
    for name in ("rethinking", "data"):
        shutil.copytree(ROOT / name, root / name, ignore=ignore)
    shutil.copy(ROOT / "mystyle.mplstyle", root)
    lectures = root / "lectures"
    (lectures / "_static" / "study.zarr").mkdir(parents=True)
    (lectures / "_static" / "study.zarr" / "mean").write_text("0.5")
    (lectures / "_config.yml").touch()
    for name, code in PAGES.items():
        (lectures / f"{name}.md").write_text(f"{HEADER}```{{code-cell}}\n{code}\n```\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(root))
        patch.setenv("RETHINKING_DATA", str(root / "tables"))
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        (root / "tables").mkdir()
        patch.setenv("https_proxy", "http://127.0.0.1:9")  # no download
        executed = execute_pages(PAGES, lectures, 2)
        assert not [page for page in executed if isinstance(page, PageFailed)]
        yield root


def stale(root):
    archive = Archive(root / "lectures")
    return {name for name in PAGES if archive.find(name) is None}


@pytest.mark.parametrize(
    ("name", "again"),
    [
        ("rethinking/commands/get.py", set()),
        ("rethinking/exercises/quiz.py", set()),
        ("rethinking/book/archive.py", set()),
        ("rethinking/sampling/mixing.py", {"samples"}),
        ("rethinking/datasets.py", {"tables"}),
        ("rethinking/book/pages.py", {"borrows"}),
        ("data/milk.csv", {"tables"}),
        ("data/reedfrogs.csv", set()),
        ("tables/Trolley.csv", {"tables"}),
        ("tables/Laffer.csv", set()),
        ("lectures/_static/study.zarr/mean", {"stored"}),
        ("mystyle.mplstyle", {"styled"}),
        ("requirements.lock", set()),  # the versions that are installed count
    ],
)
def test_a_file_runs_the_pages_again_that_used_it(checkout, name, again):
    assert stale(checkout) == set()
    path = checkout / name
    before = path.read_bytes() if path.exists() else None
    path.write_bytes((before or b"") + b"\n# changed")
    try:
        assert stale(checkout) == again
    finally:
        path.unlink() if before is None else path.write_bytes(before)
    assert stale(checkout) == set()


@pytest.mark.parametrize(
    ("name", "old", "new", "again"),
    [
        ("plain", "# Page", "# Another title", set()),
        ("plain", "1 + 1", "1 + 2", {"plain"}),
        ("defines", "# Page", "# Another title", set()),
        ("defines", "answer = 42", "answer = 43", {"defines", "borrows"}),
    ],
)
def test_a_page_runs_again_for_its_own_code_and_for_definitions_that_it_borrows(checkout, name, old, new, again):
    path = checkout / "lectures" / f"{name}.md"
    text = path.read_text()
    path.write_text(text.replace(old, new))
    try:
        assert stale(checkout) == again
    finally:
        path.write_text(text)


@pytest.mark.parametrize(("entry", "again"), [("milk", {"tables"}), ("reedfrogs", set())])
def test_a_description_runs_the_pages_again_that_loaded_its_table(monkeypatch, checkout, entry, again):
    described = (ROOT / "data" / "datasets.toml").read_text(encoding="utf-8")
    changed = checkout / "changed"
    (changed / "data").mkdir(parents=True, exist_ok=True)
    head, table, rest = described.partition(f"\n[{entry}]\n")
    assert table
    (changed / "data" / "datasets.toml").write_text(f"{head}{table}changed = true\n{rest}", encoding="utf-8")
    monkeypatch.setattr("rethinking.book.uses.resource", lambda name: changed / name)
    assert stale(checkout) == again


@pytest.mark.parametrize(
    ("package", "again"),
    [
        ("pymc", {"samples"}),
        ("ipykernel", set(PAGES)),
        ("jax", set()),  # named by a library that would load it when it is used
        ("ruff", set()),
    ],
)
def test_a_new_version_runs_the_pages_again_that_imported_it(monkeypatch, checkout, package, again):
    now = importlib.metadata.version
    monkeypatch.setattr("importlib.metadata.version", lambda name: "0.0" if name == package else now(name))
    assert stale(checkout) == again


def test_a_file_that_changed_while_the_page_ran_is_not_taken_for_the_one_it_used(tmp_path):
    lectures = tmp_path / "lectures"
    lectures.mkdir()
    (lectures / "_config.yml").touch()
    (lectures / "page.md").write_text(HEADER)
    (tmp_path / "module.py").write_text("x = 1")
    for begun, found in [(os.stat(tmp_path / "module.py").st_mtime - 1, False), (2e12, True)]:
        archive = Archive(lectures)
        archive.keep("page", HEADER, nbformat.v4.new_notebook(), {"file module.py"}, begun, seconds=1.0)
        assert (Archive(lectures).find("page") is not None) is found


def test_a_page_that_is_edited_while_it_runs_is_not_taken_for_the_new_one(tmp_path):
    (tmp_path / "_config.yml").touch()
    edit = "from pathlib import Path\npage = Path('page.md')\n"
    edit += "page.write_text(page.read_text().replace('one', 'two'))\n'one'"
    (tmp_path / "page.md").write_text(f"{HEADER}```{{code-cell}}\n{edit}\n```\n")
    (page,) = execute_pages(["page"], tmp_path)
    assert page.notebook.cells[-1].outputs[0]["data"]["text/plain"] == "'one'"
    assert Archive(tmp_path).find("page") is None


def outputs(pages):
    return [[cell.get("outputs") for cell in page.notebook.cells] for page in pages]


def test_two_at_a_time_give_what_one_after_another_gives_and_the_second_time_nothing_runs(tmp_path):
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "_config.yml").touch()
        for k in range(2):
            code = f"print(os.environ['OPENBLAS_NUM_THREADS'])\nnp.random.default_rng({k}).normal(size=3)"
            (tmp_path / folder / f"page{k}.md").write_text(
                f"{HEADER}```{{code-cell}}\nimport os, numpy as np\n{code}\n```\n"
            )
    names, said = ["page0", "page1"], []
    one, two = execute_pages(names, tmp_path / "one", 1), execute_pages(names, tmp_path / "two", 2, said.append)
    assert outputs(one) == outputs(two)
    assert outputs(one)[0] != outputs(one)[1]
    assert outputs(two)[0][1][0]["text"] == "1\n"  # a thread each: those of one page would wait for those of the other
    assert [line.split(":")[0] for line in said[1:]] == ["1 of 2", "2 of 2"]
    again = execute_pages(names, tmp_path / "two", 2)
    assert [page.stored for page in again] == [True, True]
    assert outputs(again) == outputs(two)


def test_a_page_that_fails_says_where_and_is_tried_again(tmp_path):
    (tmp_path / "_config.yml").touch()
    (tmp_path / "page.md").write_text(f"{HEADER}```{{code-cell}}\n1 / 0\n```\n")
    for _ in range(2):
        (page,) = execute_pages(["page"], tmp_path)
        assert isinstance(page, PageFailed)
        assert "ZeroDivisionError" in str(page)
        assert "page.md" in str(page)


def test_the_graders_are_made_of_solutions_that_pass():
    sheet = jupytext.reads('```{code-cell}\n:tags: [check]\ncheck("age", 3)\n```\n', fmt="md:myst")
    (cell,) = sheet.cells
    for said, passes in [("✓ Right. It is.", True), ("✗ Not yet. Another sign.", False)]:
        cell.outputs = [nbformat.v4.new_output("execute_result", {"text/plain": said})]
        if passes:
            require_solved(sheet, "sheet")
        else:
            with pytest.raises(ValueError, match="Another sign"):
                require_solved(sheet, "sheet")
