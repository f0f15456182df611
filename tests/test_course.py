"""The table of the course agrees with the book: its order, times, tables, weeks; and its words are found there."""

import re
from itertools import pairwise

import pytest
import yaml
from conftest import ROOT

from rethinking.book.course import PLACE, course, filled, timetable
from rethinking.book.pages import code_cells, page_paths
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


def prose(name):
    """Return what a page says outside its code, in lower case and on one line."""
    text = re.sub(r"^```\{code-cell\}.*?^```$", "", page_paths()[name].read_text(encoding="utf-8"), flags=re.M | re.S)
    return " ".join(text.split()).casefold()


@pytest.mark.parametrize("name", [name for name in COURSE if name[0].isdigit()])
def test_a_search_finds_the_concepts_of_a_lecture_on_its_page(name):
    words = COURSE[name].get("concepts", ())
    said = prose(name)
    missing = [word for word in words if not re.search(rf"(?<![\w-]){re.escape(word.casefold())}", said)]
    assert not missing, f"name other concepts in course.toml, or say these on the page: {missing}"


def entries():
    """Return the text of every entry of the glossary, by its term."""
    text = page_paths()["glossary"].read_text(encoding="utf-8").split("```{glossary}\n")[1].split("\n```")[0]
    return {entry.splitlines()[0]: "\n".join(entry.splitlines()[1:]) for entry in text.strip().split("\n\n")}


def test_the_glossary_is_in_order_without_repetition():
    terms = [re.sub(r"[^a-z0-9]", "", term.casefold()) for term in entries()]
    assert len(set(terms)) == len(terms)
    # Nearly: a term stands beside its relatives, such as R-hat beside the rank plot.
    assert not [(a, b) for a, b in pairwise(terms) if a[0] > b[0]]


@pytest.mark.parametrize("term", entries())
def test_a_page_that_the_glossary_points_to_uses_the_word(term):
    for name in re.findall(r"\{doc\}`([^`<]+)`", entries()[term]):
        said = prose(name)
        spellings = re.split(r" \(| and ", term.casefold().removesuffix(")"))
        assert any(all(stem(word) in said for word in one.split()) for one in spellings), (term, name)


def stem(word):
    """Return a word without an ending that changes in use: bounds and bounded, stratify and stratified."""
    return re.sub(r"(?:ation|ying|ing|ed|es|s|y|ies)$", "", word)


@pytest.mark.parametrize("row", re.findall(r"^\|.*\{doc\}.*$", page_paths()["words_in_pymc"].read_text("utf-8"), re.M))
def test_what_takes_the_place_of_a_word_of_r_is_at_work_on_the_page_that_the_row_names(row):
    call, (name,) = row.split("|")[2], re.findall(r"\{doc\}`([^`]+)`", row)
    code = "".join(source for _, _, source in code_cells(page_paths()[name].read_text(encoding="utf-8")))
    for word in re.findall(r"`(?:\w+\.)+(\w+)", call):
        assert word in code, (word, name)


def weeks(track):
    """Return the pages of a track by week."""
    found = {}
    for name, row in COURSE.items():
        for week in row.get("weeks", {}).get(track, ()):
            found.setdefault(week, []).append(name)
    return found


TRACKS = sorted({track for row in COURSE.values() for track in row.get("weeks", {})})


def test_a_track_has_ten_weeks_in_the_order_of_the_pages():
    assert TRACKS == ["A", "B", "semester"]
    for track in TRACKS:
        assert sorted(weeks(track)) == list(range(1, 11))
        firsts = [row["weeks"][track][0] for row in COURSE.values() if track in row.get("weeks", {})]
        assert firsts == sorted(firsts)
    assert all(len(pages) == 2 for pages in weeks("semester").values())


def test_every_lecture_has_its_week_and_its_concepts():
    lectures_of_the_course = [row for name, row in COURSE.items() if name[0].isdigit()]
    assert len(lectures_of_the_course) == 21
    assert all(row["weeks"] and len(row["concepts"]) >= 4 for row in lectures_of_the_course)


def test_a_page_is_read_after_those_of_its_track_that_it_needs():
    for track in TRACKS:
        taught = {name: row["weeks"][track] for name, row in COURSE.items() if track in row.get("weeks", {})}
        for name, own in taught.items():
            for needed in set(COURSE[name].get("needs", ())) & set(taught):
                assert taught[needed][0] <= own[0], (track, name, needed)


@pytest.mark.parametrize("track", TRACKS)
def test_a_timetable_names_every_page_of_its_track_and_shares_out_all_its_minutes(track):
    table = timetable(COURSE, track)
    taught = [name for name, row in COURSE.items() if track in row.get("weeks", {})]
    assert set(re.findall(r"\{doc\}`/([^`]+)`", table)) == set(taught)
    assert sorted(re.findall(r"</exercises/([^>]+)>", table)) == sorted(taught)
    minutes = sum(map(int, re.findall(r"\| (\d+) \| [^|]*\|$", table, re.MULTILINE)))
    assert abs(minutes - sum(COURSE[name]["minutes"] for name in taught)) <= len(weeks(track)) / 2


def test_every_comment_for_the_table_is_answered_and_a_misspelt_track_is_an_error():
    for name in ("intro", "tracks"):
        text = page_paths()[name].read_text(encoding="utf-8")
        assert PLACE.search(text)
        assert not re.search(r"^%", filled(text, COURSE), re.MULTILINE)
    with pytest.raises(KeyError, match="no_such"):
        filled("% timetable no_such", COURSE)
