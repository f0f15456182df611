"""What a page simulates in place of a table that is not on this machine: checked, marked and said."""

import sys
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from rethinking._names import kind_of
from rethinking._progress import in_notebook

__all__ = ["stand_in"]


def stand_in(name: str, entry: Mapping[str, Any], otherwise: Callable[[], pd.DataFrame]) -> pd.DataFrame:
    """Return what a page simulates in place of a table, marked as such, and say so in one line."""
    table = otherwise()
    if not isinstance(table, pd.DataFrame):
        msg = f"otherwise must return a DataFrame in place of {name!r}, but returned {kind_of(table)}."
        raise TypeError(msg)
    unknown = [] if "index" in entry else [column for column in table if column not in entry["columns"]]
    if unknown:
        msg = f"The stand-in for {name!r} has the column {unknown[0]!r}, which the table does not have."
        raise ValueError(msg)
    _say(
        f"The table {name} is not on this machine, so simulated numbers stand in for it here, not the published ones."
        f" To get it, run `rt.load_data({name!r})` once with a network, or set `RETHINKING_DATA` to a folder that has"
        " it."
    )
    table = table.copy()
    table.attrs["simulated"] = True
    return table


def _say(sentence):
    """Show a sentence where the result is read: as a note in a notebook, else as a line of text.

    It is no warning, because a page shown without a table is as it should be.
    """
    if in_notebook():
        from IPython.display import display

        display({"text/plain": sentence, "text/markdown": f"> **Simulated stand-in.** {sentence}"}, raw=True)
    else:
        sys.stdout.write(f"{sentence}\n")
