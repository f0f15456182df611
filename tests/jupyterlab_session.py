"""A student at work: `python -m rethinking get`, JupyterLab in a browser, an answer, and what the check says.

    python tests/jupyterlab_session.py PICTURE.png

does it and takes the picture of the README.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from conftest import CHROMIUM, CHROMIUM_ARGS

SHEET = "05_elemental_confounds_exercises.ipynb"
BOX = ".rethinking-feedback"
SERVER = [
    "--no-browser",
    "--allow-root",
    "--ip=127.0.0.1",
    "--port=0",
    "--IdentityProvider.token=",
]


@contextmanager
def served(folder):
    """Yield the address of a JupyterLab that shows a folder and has no settings of anyone's."""
    home = folder / ".home"
    home.mkdir()
    settings = {f"JUPYTER_{kind}_DIR": str(home / kind) for kind in ("CONFIG", "DATA", "RUNTIME")}
    environment = {**os.environ, **settings, "HOME": str(home), "IPYTHONDIR": str(home), "RETHINKING_PROGRESS": "0"}
    log = home / "log"
    with log.open("w") as said:
        command = [sys.executable, "-m", "jupyterlab", *SERVER]
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=said, stderr=said)
    try:
        deadline = time.monotonic() + 60
        while not (found := re.search(r"http://127\.0\.0\.1:\d+", log.read_text())):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(log.read_text())
            time.sleep(0.2)
        yield found[0]
    finally:
        process.kill()  # asked to end, it waits for its kernel, and now and then without end; a kernel ends without it
        process.wait()


def get(folder):
    """Write the sheet as a student does."""
    command = [sys.executable, "-m", "rethinking", "get", "5"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


def open_sheet(tab, address):
    """Open the sheet and wait until its kernel is ready: the indicator of cells is idle before there is a kernel."""
    tab.goto(f"{address}/lab/tree/{SHEET}")
    tab.locator(".jp-CodeCell").first.wait_for(timeout=120_000)
    tab.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=120_000)


def answer(tab, before, after, verdict):
    """Replace the answer to the first question, run all cells, and return the first box that gives a verdict."""
    tab.locator(".jp-CodeCell", has_text=before).first.locator(".cm-content").click()
    tab.keyboard.press("Control+a")
    tab.keyboard.insert_text(after)
    tab.get_by_role("menuitem", name="Run", exact=True).click()
    tab.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    box = tab.locator(BOX, has_text=verdict).first
    box.wait_for(timeout=120_000)
    return box


def work_through(tab, address):
    """Answer the first question wrongly and then rightly; return what the check said to each, and leave the tab so."""
    open_sheet(tab, address)
    wrong = answer(tab, "adjust = ...", "adjust = set()", "Not yet").text_content()
    right = answer(tab, "adjust = set()", 'adjust = {"S"}', "Right")
    return wrong, right.text_content()


if __name__ == "__main__":
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as made:
        get(Path(made))
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGS)
        with served(Path(made)) as address:
            tab = browser.new_page(viewport={"width": 1100, "height": 840})
            work_through(tab, address)
            for button in tab.get_by_role("button", name="No", exact=True).all():
                button.click()  # news of Jupyter
            tab.locator(BOX, has_text="Right").first.evaluate("box => box.scrollIntoView({block: 'center'})")
            tab.wait_for_timeout(1000)
            tab.screenshot(path=sys.argv[1])
        browser.close()
