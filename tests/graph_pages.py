"""The pages about graphs without the rest of the site: their own HTML, scripts and styles, as the book has them."""

import shutil
from pathlib import Path

import axe_playwright_python
import pytest
from conftest import ROOT

from rethinking.pictures.shell import STYLE

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js")
SERIOUS = """async () => (await axe.run(document, { resultTypes: ["violations"], preload: false })).violations
  .filter(({ impact }) => ["serious", "critical"].includes(impact))
  .map(({ id, nodes }) => [id, nodes.map(node => node.html)])"""
LOOK = """body { font-family: sans-serif; color: #222832; background: #ffffff; }
a { color: #0a7d91; }
@media (prefers-color-scheme: dark) { body { color: #ced6dd; background: #14181e; } a { color: #3fb1c5; } }"""


def write_page(name, folder):
    """Write a page of the book with nothing but its block of HTML, and return its path."""
    block = (ROOT / "lectures" / f"{name}.md").read_text(encoding="utf-8").split("```{raw} html\n")[1].split("\n```")[0]
    shutil.copytree(ROOT / "lectures" / "_extra", folder, dirs_exist_ok=True)
    style = f"<style>{STYLE.read_text(encoding='utf-8')}{LOOK}</style>"
    head = '<meta charset="utf-8"><link rel="icon" href="data:,"><meta name="viewport" content="width=device-width">'
    head += f"<title>Graphs</title>{style}"
    still = '<div class="tag_still-graph">A still picture.</div>'
    page = folder / f"{name}.html"
    body = f"<main><article><h1>Graphs</h1><h2>Of one's own</h2>{still}{block}</article></main>"
    page.write_text(f'<!doctype html><html lang="en"><head>{head}</head><body>{body}</body></html>', encoding="utf-8")
    return page


VIEWS = [("light", 1280, "file"), ("dark", 1280, "http"), ("light", 390, "http"), ("dark", 390, "file")]


def opened(context, base, name):
    """Yield a new tab with a page, and see that nothing went wrong in it."""
    tab = context.new_page()
    watch(tab, base)
    tab.home = f"{base}/{name}.html"
    tab.goto(tab.home)
    yield tab
    assert tab.complaints == []


def tabs_in_every_view(page):
    """Return a fixture: a page in every way in which it may be seen."""

    @pytest.fixture(params=VIEWS, ids=lambda view: "-".join(map(str, view)))
    def tab(request, browser, bases):
        scheme, width, protocol = request.param
        with browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900}) as context:
            yield from opened(context, bases[protocol], page)

    return tab


def tab_in_one_view(page):
    """Return a fixture: a page in one way."""

    @pytest.fixture
    def plain(browser, bases):
        with browser.new_context(viewport={"width": 1000, "height": 900}) as context:
            yield from opened(context, bases["file"], page)

    return plain


def watch(tab, base):
    """Note in `tab.complaints` what the browser complains about, what a page asks others for, and every dialog."""
    tab.complaints = []
    tab.on("console", lambda message: tab.complaints.append(message.text))
    tab.on("pageerror", lambda error: tab.complaints.append(str(error)))
    tab.on("dialog", lambda dialog: tab.complaints.append(f"dialog: {dialog.message}"))
    tab.on("request", lambda request: request.url.startswith((base, "data:")) or tab.complaints.append(request.url))


def serious(tab):
    """Return the serious violations that axe finds."""
    tab.add_script_tag(path=AXE)
    return tab.evaluate(SERIOUS)
