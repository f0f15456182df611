"""The table of the course agrees with the book: its order, its times, its tables."""

import re

import pytest
import yaml
from conftest import ROOT

from rethinking.book.course import course
from rethinking.commands.get import lectures

LECTURES = ROOT / "lectures"
COURSE = course(LECTURES)


def files(part):
    """Return every file below a part of the table of contents, in order."""
    if isinstance(part, list):
        return [file for each in part for file in files(each)]
    if isinstance(part, dict):
        return ([part["file"]] if "file" in part else []) + files(list(part.values()))
    return []


def test_the_book_has_the_pages_of_the_course_in_their_order_each_with_its_sheet_after_it():
    contents = files(yaml.safe_load((LECTURES / "_toc.yml").read_text(encoding="utf-8")))
    assert [name for name in contents if name in lectures()] == list(COURSE)
    assert set(COURSE) == set(lectures())
    for name in COURSE:
        assert contents[contents.index(name) + 1] == f"exercises/{name}"


@pytest.mark.parametrize("name", COURSE)
def test_a_page_says_what_its_row_says(name):
    text = lectures()[name].read_text(encoding="utf-8")
    assert re.findall(r"needs about (\d+) minutes", text) == [str(COURSE[name]["minutes"])]
    assert set(re.findall(r"load_data\(\s*[\"'](\w+)[\"']", text)) == set(COURSE[name]["tables"])


@pytest.mark.parametrize("name", COURSE)
def test_a_page_needs_only_pages_before_it(name):
    names = list(COURSE)
    assert set(COURSE[name].get("needs", ())) <= set(names[: names.index(name)])
