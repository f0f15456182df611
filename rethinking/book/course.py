"""The course as a table, ``lectures/course.toml``: one row a page, in the order of reading.

The home page's table and the line at the head of each page are made from it.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["course", "head", "overview"]


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


def _link(name):
    return f"{{doc}}`/{name}`"
