"""The data sets of the book as DataFrames: where each comes from, what each column means, and nothing changed in them.

``data/datasets.toml`` describes them all. Some ship with the package; the others are looked up in a folder of yours, in
a cache, and at last in the book's public repository. Whatever the place, the bytes are checked before they are read.
"""

import functools
import hashlib
import io
import os
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from rethinking._downloads import MOST_BYTES, cache, downloaded
from rethinking._names import alike, kind_of
from rethinking._resources import resource
from rethinking._stand_ins import stand_in

BOOK = "https://raw.githubusercontent.com/rmcelreath/rethinking/ac1b3b2cda83f3e14096e2d997a6e30ad109eeee/data/"


class DataUnavailable(FileNotFoundError):
    """A data set that does not ship with the package was found in none of its places.

    A page that wants such a table catches this, says so visibly and goes on with a simulated stand-in.
    """


class DataCorrupted(ValueError):
    """A file is there but its sha256 is not the one in ``datasets.toml``, so it was not read."""


def load_data(
    name: str, delimiter: str | None = None, *, otherwise: Callable[[], pd.DataFrame] | None = None
) -> pd.DataFrame:
    """Return a data set as a new DataFrame, or a simulated stand-in for a page that must run without it.

    The values are those of the file; nothing is recoded, dropped or rescaled. The names of columns are the headers of
    the book's CSV files, so ``"Divorce SE"`` keeps its space (R shows it as ``Divorce.SE``). A whole-number column with
    missing values arrives as floats. Matrices (``islandsDistMatrix``, ``Primates301_distance_matrix``) have labelled
    rows and columns.

    A table that does not ship with the package is looked for in the folder named by the environment variable
    ``RETHINKING_DATA`` (if it is set), then in the cache ``pooch.os_cache("rethinking")``, and is then downloaded into
    that cache from the book's repository at one fixed commit.

    Parameters
    ----------
    name : str
        A name from `list_data`.
    delimiter : str, optional
        Ignored. Notebooks written for other ports pass it; here each table knows its own separator.
    otherwise : callable, optional
        What simulates a table with the columns that are needed, called without arguments, if the table is neither
        bundled, nor in the folder, nor in the cache; nothing is downloaded then, and one line says so where the result
        is read. Seed it: ``otherwise=lambda: simulate(np.random.default_rng(1))``.

    Returns
    -------
    pandas.DataFrame
        A fresh one at each call: changing it changes nothing else. ``attrs["simulated"]`` says whether it is a
        stand-in: what a page claims about the published numbers holds only where it is False.

    Raises
    ------
    TypeError
        If `name` is no text, or what `otherwise` gives is no DataFrame.
    ValueError
        If there is no data set of that name (the message has the nearest names), or `otherwise` gives columns that it
        does not have.
    DataUnavailable
        If a table that is not bundled is in none of its places and cannot be downloaded.
    DataCorrupted
        If the first file found is not, byte for byte, the one described in ``datasets.toml``.

    Examples
    --------
    >>> import rethinking as rt
    >>> rt.load_data("reedfrogs").head(2)
       density pred size  surv  propsurv
    0       10   no  big     9       0.9
    1       10   no  big    10       1.0
    >>> float(rt.load_data("islandsDistMatrix").loc["Tonga", "Hawaii"])
    5.037
    """
    entry = _entry(name)
    if otherwise is not None and not callable(otherwise):
        msg = f"otherwise must be a function that simulates the table, but is {kind_of(otherwise)}: put lambda: before."
        raise TypeError(msg)
    path = _at_hand(entry)
    if path is None and otherwise is not None:
        return stand_in(name, entry, otherwise)
    path = path or _download(name, entry)
    size = path.stat().st_size
    if size > MOST_BYTES:
        msg = f"{path} is not the data set {name!r}: it has {size:,} bytes, and no table has more than {MOST_BYTES:,}."
        raise DataCorrupted(msg)
    content = path.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != entry["sha256"]:
        msg = (
            f"{path} is not the data set {name!r}: expected sha256 {entry['sha256']}, found {found}; delete or replace "
            "the file (a bundled one comes back when rethinking is installed again)."
        )
        raise DataCorrupted(msg)
    table = _read_rda(name, path) if path.suffix == ".rda" else _read_csv(content, entry)
    table.attrs["simulated"] = False
    return table


def list_data() -> pd.DataFrame:
    """Return what there is: one row a data set.

    Returns
    -------
    pandas.DataFrame
        With the columns name, rows, columns, title, source, licence and bundled.

    Examples
    --------
    >>> import rethinking as rt
    >>> rt.list_data().query("name == 'reedfrogs'")[["rows", "columns", "bundled"]].to_dict("list")
    {'rows': [48], 'columns': [5], 'bundled': [True]}
    """
    sys.audit("rethinking.table", "*")
    rows = []
    for name, entry in _registry().items():
        width = entry["rows"] if "index" in entry else len(entry["columns"])
        facts = {key: entry[key] for key in ("title", "source", "licence", "bundled")}
        rows.append({"name": name, "rows": entry["rows"], "columns": width} | facts)
    return pd.DataFrame(rows)


def describe_data(name: str) -> pd.DataFrame:
    """Return what each column of a data set means.

    Parameters
    ----------
    name : str
        A name from `list_data`.

    Returns
    -------
    pandas.DataFrame
        With the columns column, meaning, unit (empty where there is none), type (integer, number, 0/1 or text) and
        missing (how many values). In a matrix ``*`` stands for every column. Its ``attrs`` hold title, source,
        licence, provenance and note.

    Raises
    ------
    ValueError
        If there is no data set of that name; the message has the nearest names.

    Examples
    --------
    >>> import rethinking as rt
    >>> milk = rt.describe_data("milk")
    >>> milk.loc[6:, ["column", "unit", "missing"]]
               column     unit  missing
    6            mass       kg        0
    7  neocortex.perc  percent       12
    >>> milk.attrs["source"]
    'Hinde and Milligan (2011), Evolutionary Anthropology 20:9-23'
    """
    entry = _entry(name)
    table = pd.DataFrame([{"column": column} | facts for column, facts in entry["columns"].items()])
    table.attrs = {key: entry.get(key, "") for key in ("title", "source", "licence", "provenance", "note")}
    return table.loc[:, ["column", "meaning", "unit", "type", "missing"]]


@functools.cache
def _registry():
    tables = tomllib.loads(resource("data/datasets.toml").read_text(encoding="utf-8"))
    return {name: tables[entry.get("same_as", name)] for name, entry in tables.items()}


def _entry(name):
    if not isinstance(name, str):
        msg = f"The name of a data set is needed, such as 'reedfrogs', but {kind_of(name)} came."
        raise TypeError(msg)
    sys.audit("rethinking.table", name)  # who builds the book listens, to run a page again when its tables change
    names = _registry()
    if name not in names:
        near = alike(name, names, most=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(map(repr, near))}? " if near else ""
        msg = f"There is no data set named {name!r}: {hint}rethinking.list_data() shows all {len(names)}."
        raise ValueError(msg)
    return names[name]


def _at_hand(entry):
    """Return the path of the first place on this machine that has the file, or None."""
    if entry["bundled"]:
        return resource(f"data/{entry['file']}")
    folder = os.environ.get("RETHINKING_DATA")
    if folder and not Path(folder).is_dir():
        msg = f"RETHINKING_DATA names {folder!r}, which is no folder seen from {Path.cwd()}: give an absolute path."
        raise DataUnavailable(msg)
    for place in [Path(folder), cache()] if folder else [cache()]:
        if (place / entry["file"]).is_file():
            return place / entry["file"]
    return None


def _download(name, entry):
    """Return the path of a file in the cache, downloaded if need be."""
    url = entry.get("url", BOOK + entry["file"])
    if not url:
        raise DataUnavailable(_nowhere(name, entry, "a download (no address is known)"))
    try:
        return downloaded(url, entry["sha256"], entry["file"])
    except OSError as error:
        raise DataUnavailable(_nowhere(name, entry, f"{url} ({type(error).__name__})")) from None
    except ValueError as error:
        msg = f"What {url} sent is not the data set {name!r}: {error}"
        raise DataCorrupted(msg) from None


def _nowhere(name, entry, address):
    folder = os.environ.get("RETHINKING_DATA", "not set")
    once = f"""run python -c "import rethinking as rt; rt.load_data('{name}')" once with a network, or """
    return (
        f"The data set {name!r} is in none of its four places - the package (it is not bundled), the folder "
        f"RETHINKING_DATA ({folder}), the cache {cache()}, {address}: "
        f"{once if entry.get('url') != '' else ''}set RETHINKING_DATA to a folder that has {entry['file']}."
    )


def _read_csv(content, entry):
    index = 0 if "index" in entry else None
    # Only these two mean missing: the defaults of pandas would also take a "None" or "null" that is a word.
    missing = {"keep_default_na": False, "na_values": ["", "NA"]}
    return pd.read_csv(io.BytesIO(content), sep=entry["separator"], index_col=index, **missing)


def _read_rda(name, path):
    try:
        import pyreadr
    except ModuleNotFoundError:
        msg = f"The data set {name!r} is an R file, which needs a package that is not installed: pip install pyreadr."
        raise DataUnavailable(msg) from None
    table = next(iter(pyreadr.read_r(path).values()))
    return table.rename_axis(index=_entry(name)["index"])
