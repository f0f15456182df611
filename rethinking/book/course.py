"""The course as a table, ``lectures/course.toml``: one row a page, in the order of reading.

The home page, the timetables and the line at the head of each page are made from it.
"""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["beside", "course", "filled", "head", "overview", "summary", "timetable"]

# A comment alone on its line, in the text of a page, where something of the table goes.
PLACE = re.compile(r"^% (course|summary|timetable (\w+)|beside (\w+(?: \w+)*))$", re.MULTILINE)


def course(lectures: Path) -> dict[str, dict[str, Any]]:
    """Return the rows by the name of their page, in the order of reading; none if there is no table.

    Parameters
    ----------
    lectures : pathlib.Path
        The folder of the pages.

    Examples
    --------
    >>> from rethinking._resources import resource
    >>> course(resource("lectures"))["05_elemental_confounds"]["tables"]
    ['WaffleDivorce']
    """
    path = lectures / "course.toml"
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def head(name: str, rows: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the line at the head of a page in MyST: the pages that it needs, and its neighbours.

    Parameters
    ----------
    name : str
        Of the page.
    rows : mapping
        From `course`.

    Examples
    --------
    >>> rows = {"05_confounds": {"minutes": 75}, "12_levels": {"minutes": 90, "needs": ["05_confounds"]}}
    >>> head("12_levels", rows)
    'This page builds on {doc}`/05_confounds` · Previous: {doc}`/05_confounds`'
    """
    row, names = rows[name], list(rows)
    place = names.index(name)
    said = [f"This page builds on {', '.join(map(_link, row['needs']))}"] if row.get("needs") else []
    if place:
        said.append(f"Previous: {_link(names[place - 1])}")
    if place + 1 < len(names):
        said.append(f"Next: {_link(names[place + 1])}")
    return " · ".join(said)


def overview(rows: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the table of the home page in MyST.

    Examples
    --------
    >>> print(overview({"05_confounds": {"minutes": 75, "learn": "forks and pipes", "tables": []}}))
    | page | time | what you learn | data |
    |---|---|---|---|
    | {doc}`/05_confounds` | 75 minutes | forks and pipes | none |
    """
    lines = ["| page | time | what you learn | data |", "|---|---|---|---|"]
    for name, row in rows.items():
        data = ", ".join(row["tables"]) or row.get("data", "none")
        lines.append(f"| {_link(name)} | {row['minutes']} minutes | {row['learn']} | {data} |")
    return "\n".join(lines)


def summary(rows: Mapping[str, Mapping[str, Any]]) -> str:
    """Return how much there is, in a sentence.

    Examples
    --------
    >>> rows = {"05_confounds": {"minutes": 75, "tables": ["Howell1"]}, "cases/radon": {"minutes": 60, "tables": []}}
    >>> summary(rows)
    '1 lecture and 1 case study (2 hours to read), each with exercises that answer back, on 1 table of real data.'
    """
    lectures = sum(name[0].isdigit() for name in rows)
    hours = round(sum(row["minutes"] for row in rows.values()) / 60)
    tables = len({table for row in rows.values() for table in row["tables"]})
    what = f"{_count(lectures, 'lecture')} and {_count(len(rows) - lectures, 'case stud', 'y', 'ies')}"
    data = f"on {_count(tables, 'table')} of real data"
    return f"{what} ({hours} hours to read), each with exercises that answer back, {data}."


def timetable(rows: Mapping[str, Mapping[str, Any]], track: str) -> str:
    """Return the weeks of a track in MyST: pages with their sheets, minutes to read, tables.

    A page that has several weeks is read in as many parts, and its minutes are shared out.

    Raises
    ------
    KeyError
        If no page belongs to the track.

    Examples
    --------
    >>> print(timetable({"05_confounds": {"minutes": 70, "tables": [], "weeks": {"A": [1, 2]}}}, "A"))
    | week | pages | minutes | tables |
    |---|---|---|---|
    | 1 | {doc}`/05_confounds`, part 1 of 2 | 35 | none |
    | 2 | {doc}`/05_confounds`, part 2 of 2; {doc}`exercises </exercises/05_confounds>` | 35 | none |
    """
    weeks = {}
    for name, row in rows.items():
        taught = row.get("weeks", {}).get(track, ())
        for part, week in enumerate(taught, 1):
            weeks.setdefault(week, []).append((name, part, len(taught)))
    if not weeks:
        msg = f"No page of the course has weeks in a track {track!r}."
        raise KeyError(msg)
    lines = ["| week | pages | minutes | tables |", "|---|---|---|---|"]
    for week in sorted(weeks):
        pages = "<br>".join(_part(*each) for each in weeks[week])
        minutes = sum(rows[name]["minutes"] / parts for name, _, parts in weeks[week])
        tables = list(dict.fromkeys(table for name, _, _ in weeks[week] for table in rows[name]["tables"]))
        lines.append(f"| {week} | {pages} | {minutes:.0f} | {', '.join(tables) or 'none'} |")
    return "\n".join(lines)


def beside(rows: Mapping[str, Mapping[str, Any]], tracks: list[str]) -> str:
    """Return the list, in MyST, of the pages that belong to none of some tracks.

    Examples
    --------
    >>> beside({"05_confounds": {"weeks": {"A": [1]}}, "07_overfitting": {}}, ["A"])
    '{doc}`/07_overfitting`'
    """
    return ", ".join(_link(name) for name, row in rows.items() if not set(tracks) & set(row.get("weeks", ())))


def filled(text: str, rows: Mapping[str, Mapping[str, Any]]) -> str:
    r"""Return the text of a page with what its comments ask for: the table, timetables, how much there is.

    Examples
    --------
    >>> print(filled("# Home\n\n% beside A\n", {"07_overfitting": {}}))
    # Home
    <BLANKLINE>
    {doc}`/07_overfitting`
    """

    def answer(place):
        what, track, tracks = place.groups()
        if what == "course":
            return overview(rows)
        return summary(rows) if what == "summary" else timetable(rows, track) if track else beside(rows, tracks.split())

    return PLACE.sub(answer, text)


def _part(name, part, parts):
    said = _link(name) + (f", part {part} of {parts}" if parts > 1 else "")
    return said + (f"; {{doc}}`exercises </exercises/{name}>`" if part == parts else "")


def _count(number, noun, one="", many="s"):
    return f"{number} {noun}{one if number == 1 else many}"


def _link(name):
    return f"{{doc}}`/{name}`"
