"""How the site build executes pages: when an execution is void, and what kernels are told.

jupyter-cache recognises a page by the code in it. A page computes with the package, the data, the style sheet and the
locked versions too, so each state of those gets an execution cache of its own, ``.jupyter_cache/<key>`` beside the
package. `make clean` removes them all.
"""

import os
from hashlib import sha256
from pathlib import Path

import pooch

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".jupyter_cache"
SOURCES = ("rethinking/**/*", "data/**/*", "lectures/_static/*.zarr/**/*", "mystyle.mplstyle", "requirements.lock")
KERNEL_CONFIG = 'c.InlineBackend.figure_formats = {"svg"}\n'


def cache_key(root, table_folders):
    """Return 12 hexadecimal digits that change with everything outside a page that the page computes with.

    Parameters
    ----------
    root : pathlib.Path
        The checkout; the contents of `SOURCES` in it count.
    table_folders : iterable of pathlib.Path
        Where `load_data` finds tables that are not bundled. Their names count, because a page has another result when
        one appears; their contents need not, because `load_data` accepts only one.
    """
    sources = {path for pattern in SOURCES for path in root.glob(pattern) if path.is_file() and path.suffix != ".pyc"}
    lines = [f"{path.relative_to(root).as_posix()} {sha256(path.read_bytes()).hexdigest()}" for path in sorted(sources)]
    tables = sorted({path.name for folder in table_folders for path in folder.glob("*")})
    return sha256("\n".join([*lines, *tables]).encode()).hexdigest()[:12]


def table_folders():
    """Return the folders outside the checkout in which `load_data` looks."""
    named = os.environ.get("RETHINKING_DATA")
    return [pooch.os_cache("rethinking"), *([Path(named)] if named else [])]


def choose_cache(_app, config):
    """Name the execution cache before MyST-NB reads its configuration."""
    config.nb_execution_cache_path = str(CACHE / cache_key(ROOT, table_folders()))


def prepare_kernels():
    """Give kernels this book's IPython profile instead of the reader's own, and no progress bars."""
    profile = CACHE / "ipython" / "profile_default"
    profile.mkdir(parents=True, exist_ok=True)
    (profile / "ipython_kernel_config.py").write_text(KERNEL_CONFIG, encoding="utf-8")
    os.environ["IPYTHONDIR"] = str(profile.parent)
    os.environ["RETHINKING_PROGRESS"] = "0"


def setup(app):
    """Connect to Sphinx."""
    prepare_kernels()
    app.connect("config-inited", choose_cache)
    return {"parallel_read_safe": False}
