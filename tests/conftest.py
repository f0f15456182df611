"""The book as a reader gets it: built by the command of `make site`, served, and a browser to look at it."""

import functools
import http.server
import os
import shutil
import subprocess
import threading
from contextlib import contextmanager
from pathlib import Path

import filelock
import pytest

from rethinking.commands.checkout import build_command

ROOT = Path(__file__).resolve().parents[1]
# The first of them draws nothing that nobody looks at, and needs half of the time.
BROWSERS = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "chrome"]
BROWSERS += ["/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"]  # macOS has it on no PATH
BROWSERS += [r"C:\Program Files\Google\Chrome\Application\chrome.exe"]
CHROMIUM = next(filter(None, map(shutil.which, BROWSERS)), None)
CHROMIUM_ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


# The longest files: a process would end alone with one. The first and the third take a browser through the book.
# The second does not, so no process waits while the other builds it.
FIRST = ("test_accessibility", "test_answers", "test_site")


def pytest_collection_modifyitems(items):
    """Begin with the files that take longest."""
    items.sort(key=lambda item: FIRST.index(item.path.stem) if item.path.stem in FIRST else len(FIRST))


@pytest.fixture(scope="session")
def build_book():
    """Return a function that builds the book in a folder as `make site` does, into another folder."""

    def build(lectures, output):
        return subprocess.run(
            build_command(lectures, output), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )

    return build


@pytest.fixture(scope="session")
def site(build_book, tmp_path_factory):
    """Return the folder of the built book; quick after `make site`, whose executed pages it shares."""
    base = tmp_path_factory.getbasetemp()
    output = (
        base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    ) / "site"  # one for all processes of the tests
    with filelock.FileLock(f"{output}.lock"):
        if not (output / "built").exists():
            result = build_book(ROOT / "lectures", output)
            if result.returncode:
                pytest.fail(f"the book does not build:\n{result.stdout}", pytrace=False)
            (output / "built").touch()
    return output / "_build" / "html"


@contextmanager
def served(folder):
    """Serve a folder, and give its address."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="session")
def served_site(site):
    """Return the address at which the built book is served."""
    with served(site) as address:
        yield address


@pytest.fixture(scope="session")
def browser():
    """Return a headless Chromium; without one the tests that look at pages are skipped, but fail where CI is set."""
    if CHROMIUM is None:
        advice = "There is no Chromium, so no page is looked at: install chromium-headless-shell, or Google Chrome."
        if os.environ.get("CI"):
            pytest.fail(advice, pytrace=False)
        pytest.skip(advice)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def bases(tmp_path_factory):
    """Return the addresses of a folder with the pages about graphs, on disk and served."""
    from graph_pages import write_page

    folder = tmp_path_factory.mktemp("graphs")
    for name in ("draw_a_graph", "graph_quiz"):
        write_page(name, folder)
    with served(folder) as address:
        yield {"file": folder.as_uri(), "http": address}
