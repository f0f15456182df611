"""Names in messages: the one that was probably meant, and several as words."""

from collections.abc import Iterable
from difflib import get_close_matches

__all__ = ["listed", "nearest"]


def nearest(name: str, names: Iterable[str]) -> str | None:
    """Return the name that `name` was probably meant to be, upper and lower case alike, or None.

    Examples
    --------
    >>> nearest("survial", ["survival", "tank"])
    'survival'
    """
    folded = {other.casefold(): other for other in names}
    matches = get_close_matches(str(name).casefold(), folded, n=1)
    return folded[matches[0]] if matches else None


def listed(names: Iterable[str]) -> str:
    """Return names as words: commas, and "and" before the last.

    Examples
    --------
    >>> listed(["A", "B", "C"])
    'A, B and C'
    """
    *rest, last = [*names] or [""]
    return f"{', '.join(rest)} and {last}" if rest else last
