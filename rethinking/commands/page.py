"""``page``: build one page of the book with its sheet, in a checkout."""

import subprocess
import sys
import sysconfig
from pathlib import Path

import yaml

from rethinking._resources import resource
from rethinking.book.pages import find_page, page_paths
from rethinking.exercises.sheets import sheet_paths

__all__ = ["page"]


def page(name):
    """Execute one page and its exercises if they changed, build them, and print where they are; return the status.

    The other pages are not read, so what points to them stays plain text. `make site` is what checks links.

    Parameters
    ----------
    name : str
        A number, a name or a part of one.

    Returns
    -------
    int
        0, or that of the build if it failed.

    Raises
    ------
    LookupError
        If the name fits no page, or several.
    FileNotFoundError
        If this is no checkout: an installed package has no configuration of the book.
    """
    lectures = resource("lectures")
    if not (lectures / "_config.yml").is_file():
        msg = "pages are built in a checkout of the project; elsewhere `python -m rethinking get 12` gives notebooks."
        raise FileNotFoundError(msg)
    name = find_page(name, [each for each in page_paths() if not each.startswith("exercises/")])
    folder = lectures / "_build" / "page" / name
    folder.mkdir(parents=True, exist_ok=True)
    more = [f"exercises/{name}"] if name in sheet_paths() else []
    toc = {"format": "jb-book", "root": name, "chapters": [{"file": each} for each in [*more, *LOOKED_UP]]}
    (folder / "_toc.yml").write_text(yaml.safe_dump(toc), encoding="utf-8")
    book = Path(sysconfig.get_path("scripts"), "jupyter-book")
    command = [book, "build", lectures, "--toc", folder / "_toc.yml", "--path-output", folder, "--all", "--quiet"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    for line in result.stderr.splitlines():
        if not any(kind in line for kind in ELSEWHERE):
            print(line, file=sys.stderr)
    if result.returncode == 0:
        print((folder / "_build" / "html" / f"{name}.html").as_uri())
    return result.returncode


LOOKED_UP = ("glossary", "bibliography")
# Warnings about what the other pages have, and of kernels that they are on TCP.
ELSEWHERE = ("[myst.xref_missing]", "unknown document", "toctree contains", "[IPKernelApp]")
