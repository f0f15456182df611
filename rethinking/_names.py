"""Names in messages: the one that was probably meant, and several as words."""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from itertools import islice

__all__ = ["alike", "kind_of", "listed", "nearest", "some", "told", "told_shapes"]

LONG = 80


def nearest(name: str, names: Iterable[str]) -> str | None:
    """Return the name that `name` was probably meant to be, upper and lower case alike, or None.

    Examples
    --------
    >>> nearest("survial", ["survival", "tank"])
    'survival'
    """
    return next(iter(alike(name, names, most=1)), None)


def alike(name: str, names: Iterable[str], most: int, cutoff: float = 0.6) -> list[str]:
    """Return the names that `name` may have been meant to be, the nearest first, upper and lower case alike.

    Examples
    --------
    >>> alike("Survival", ["survival", "survivor", "tank"], most=2)
    ['survival', 'survivor']
    """
    if len(str(name)) > LONG:
        return []
    folded = {other.casefold(): other for other in names}
    return [folded[match] for match in get_close_matches(str(name).casefold(), folded, n=most, cutoff=cutoff)]


def listed(names: Iterable[str]) -> str:
    """Return names as words: commas, and "and" before the last.

    Examples
    --------
    >>> listed(["A", "B", "C"])
    'A, B and C'
    """
    *rest, last = [*names] or [""]
    return f"{', '.join(rest)} and {last}" if rest else last


def some(names: Iterable[str], most: int = 8) -> str:
    """Return names with commas, cut short where there are many or long ones.

    Examples
    --------
    >>> some("ABCD", most=3)
    'A, B, C, ...'
    """
    shown = [*islice(map(str, names), most + 1)]
    text = ", ".join([*shown[:most], *(["..."] if len(shown) > most else [])])
    return text if len(text) <= LONG else f"{text[: LONG - 3]}..."


def told(value: object) -> str:
    """Return something wrong as a message shows it: itself if it is short, else what it is.

    Examples
    --------
    >>> told(3.5), told("age"), told(print), told(list(range(100)))
    ('3.5', "'age'", 'a function', 'a list')
    """
    if isinstance(value, str) and len(value) > LONG:
        return f"{value[: LONG - 3]!r}..."
    if isinstance(value, str | int | float | list | tuple | set | frozenset | dict | None):
        text = repr(value)
        if len(text) <= LONG and "\n" not in text and " at 0x" not in text:
            return text
    return kind_of(value)


def kind_of(value: object) -> str:
    """Return what something is, with its article.

    Examples
    --------
    >>> kind_of([]), kind_of(1), kind_of(None)
    ('a list', 'an int', 'None')
    """
    if value is None:
        return "None"
    kind = type(value).__name__
    kind = {"ndarray": "array", "builtin_function_or_method": "function"}.get(kind, kind)
    return f"{'an' if kind[0] in 'AEIOaeiou' else 'a'} {kind}"


def told_shapes(error: Exception) -> str:
    """Return why numbers did not go together, in a few words without those of NumPy.

    Examples
    --------
    >>> told_shapes(ValueError("operands could not be broadcast together with shapes (12,) (2,) "))
    'the shapes (12,) and (2,) do not go together'
    """
    said = (str(error).splitlines() or [""])[0]
    shapes = [*dict.fromkeys(re.findall(r"\(\d+,(?: ?\d+,?)*\)", said))]
    if "broadcast" in said:
        return f"the shapes {listed(shapes)} do not go together" if shapes else "lengths do not go together"
    return said[:120]
