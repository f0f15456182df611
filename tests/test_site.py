"""Laws of the built book: clean in a browser, from one host, readable, light; and of the build that makes it."""

import re
import shutil
from dataclasses import dataclass, field
from html.parser import HTMLParser
from types import ModuleType
from urllib.parse import unquote, urlsplit

import nbformat
import pytest
import yaml
from conftest import ROOT

import rethinking as rt
from rethinking.book.course import course, summary
from rethinking.book.notebooks import gated, lecture_notebook, tags_of
from rethinking.commands.get import lectures
from rethinking.commands.parser import main
from rethinking.exercises.sheets import sheet_paths

PAGE_BUDGET = 1_500_000  # bytes of a page with its images

# Every table, formula, picture and block of code that something cuts off, or that scrolls without showing it.
CLIPPED = r"""
() => {
  const found = [];
  for (const element of document.querySelectorAll("article :is(table, pre, mjx-container, img, svg)")) {
    const box = element.getBoundingClientRect();
    if (!box.width || element.closest("mjx-assistive-mml") || element.parentElement.closest("mjx-container, svg"))
      continue;
    // The mathematics for screen readers, which nobody sees, is wider than what is typeset.
    const typeset = element.querySelector(":scope > mjx-math")?.getBoundingClientRect().right;
    const right = typeset ?? Math.max(box.right, box.left + element.scrollWidth);
    for (let around = element; around && around !== document.body; around = around.parentElement) {
      const { overflowX, backgroundImage } = getComputedStyle(around);
      if (overflowX === "visible" || right <= around.getBoundingClientRect().right + 1) continue;
      const what = `${element.outerHTML.slice(0, 80)} by ${right - around.getBoundingClientRect().right} px`;
      if (!/auto|scroll/.test(overflowX)) found.push(`cut off: ${what}`);
      else if (!backgroundImage.includes("gradient")) found.push(`scrolls unseen: ${what}`);
      break;
    }
  }
  return found;
}
"""

# What scrolls on a desktop, though the column has room for it if it is written with care.
SCROLLING = r"""
() => [...document.querySelectorAll('article :is(mjx-container[display="true"], :has(> table))')].map(each => {
  const { left, right } = each.getBoundingClientRect();
  const typeset = each.querySelector(":scope > mjx-math")?.getBoundingClientRect().right;
  return [(typeset ?? left + each.scrollWidth) - right, each.outerHTML.slice(0, 80)];
}).filter(([excess]) => innerWidth >= 1280 && excess > 1).map(([excess, html]) => `${html} by ${excess} px`)
"""

# Opens what is folded away: hints, solutions, cells, what a question covers; and returns how much of that there is,
# and what stays closed.
UNFOLD = r"""
() => {
  for (const choices of document.querySelectorAll(".rethinking-predict .choices"))
    choices.querySelector("button").click();
  const folded = [...document.querySelectorAll("article details:not([open])")];
  for (const details of folded) details.open = true;
  for (const hidden of document.querySelectorAll("article .toggle-hidden")) hidden.classList.remove("toggle-hidden");
  const closed = [...document.querySelectorAll("article :is(table, pre, mjx-container)")].filter(element =>
    !element.getBoundingClientRect().width && !element.closest("mjx-assistive-mml"));
  return [folded.length, closed.map(element => `still folded: ${element.outerHTML.slice(0, 80)}`)];
}
"""

# What is wrong on a page that the browser shows now, by kind. Text in code and in typeset mathematics is left out.
LOOK = r"""
async () => {
  await window.MathJax?.startup?.promise;
  for (const img of document.images) await img.decode().catch(() => {});
  const brief = element => element.outerHTML.slice(0, 120);
  const shown = selector => [...document.querySelectorAll(selector)];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode())
    if (!walker.currentNode.parentElement.closest("pre, code, script, style, mjx-container"))
      texts.push(walker.currentNode.data);
  const unnamed = img => img.closest("article") && !img.alt.trim() || /\.(png|svg|jpe?g)$/.test(img.alt);
  const hidden = svg => svg.closest("[aria-hidden=true], button, mjx-container");
  const named = svg => svg.hasAttribute("aria-label") || svg.querySelector(":scope > title");
  return {
    tex: texts.filter(text => /\\[a-zA-Z([]|\$\$/.test(text)).concat(
      shown(".math").filter(math => !math.querySelector("mjx-container")).map(brief),
      shown("mjx-merror").map(brief)),
    pictures: [...document.images].filter(img => unnamed(img) || !img.naturalWidth).map(brief).concat(
      shown("svg").filter(svg => !hidden(svg) && !named(svg)).map(brief)),
    width: [Math.max(document.documentElement.scrollWidth, document.body.scrollWidth) - innerWidth]
      .filter(excess => excess > 0).map(excess => `${excess} px too wide`),
    theme: document.documentElement.dataset.theme,
  };
}
"""
KINDS = ("messages", "hosts", "tex", "pictures", "width", "clipped", "scrolling")


@dataclass
class View:
    """What was noticed on every page, by page and kind."""

    scheme: str
    themes: set = field(default_factory=set)
    unfolded: int = 0
    faults: dict = field(default_factory=lambda: {kind: [] for kind in KINDS})

    def note(self, kind, page, what):
        self.faults[kind].append(f"{page}: {what}")

    def look(self, tab, page):
        found = tab.evaluate(LOOK)
        self.themes.add(found.pop("theme"))
        folded, closed = tab.evaluate(UNFOLD)
        self.unfolded += folded
        found["clipped"] = closed + tab.evaluate(CLIPPED)
        found["scrolling"] = tab.evaluate(SCROLLING)
        for kind, faults in found.items():
            for fault in faults:
                self.note(kind, page, fault)


def pages(site):
    """Return the names of the book's pages; index.html only forwards to the first."""
    names = (path.relative_to(site).as_posix() for path in site.glob("**/*.html"))
    return sorted(name for name in names if name != "index.html" and not name.startswith("_static/"))


VIEWS = {"http": ("light", [1280, 390]), "file": ("dark", [390, 1280])}


@pytest.fixture(scope="module", params=VIEWS)
def view(request, browser, site, served_site):
    """Load every page once in each scheme, then turn the device: to the other width, with all unfolded by then."""
    scheme, widths = VIEWS[request.param]
    base = served_site if request.param == "http" else site.as_uri()
    view = View(scheme)
    with browser.new_context(color_scheme=scheme, viewport={"width": widths[0], "height": 900}) as context:
        for page in pages(site):
            tab = context.new_page()
            watch(tab, view, page, base)
            tab.goto(f"{base}/{page}", wait_until="load")
            for width in widths:
                tab.set_viewport_size({"width": width, "height": 900})
                view.look(tab, f"{page} at {width}")
            tab.close()
    return view


def watch(tab, view, page, base):
    """Note what the browser complains about and what it asks others for."""

    def on_console(message):
        if message.type in {"error", "warning"}:
            view.note("messages", page, message.text)

    def on_request(request):
        if not request.url.startswith((base, "data:", "blob:")):
            view.note("hosts", page, request.url)

    tab.on("console", on_console)
    tab.on("pageerror", lambda error: view.note("messages", page, error))
    tab.on("request", on_request)


def test_browser_has_nothing_to_complain_about(view):
    assert view.faults["messages"] == []


def test_nothing_comes_from_another_host(view):
    assert view.faults["hosts"] == []


def test_mathematics_is_typeset(view):
    assert view.faults["tex"] == []


def test_every_picture_loads_and_has_a_text(view):
    assert view.faults["pictures"] == []


def test_no_page_is_wider_than_the_window(view):
    assert view.faults["width"] == []


def test_nothing_is_cut_off_without_a_visible_way_to_scroll(view):
    """Neither what is seen at once nor what is folded away, such as a solution."""
    assert view.faults["clipped"] == []
    assert view.unfolded > 100


def test_equations_and_tables_of_fits_fit_the_column_of_a_desktop(view):
    assert view.faults["scrolling"] == []


@pytest.mark.parametrize(
    ("style", "says"),
    [
        ("overflow: hidden", "cut off"),
        ("overflow: auto", "scrolls unseen"),
        ("overflow: auto; background: linear-gradient(red, blue)", None),
        ("overflow: hidden; width: 400px", None),
    ],
)
def test_what_is_cut_off_is_seen(browser, style, says):
    table = "<table style='width: 300px'><tr><td>wide</td></tr></table>"
    with browser.new_context() as context:
        tab = context.new_page()
        tab.set_content(f"<article><div style='width: 100px; {style}'>{table}</div></article>")
        found = tab.evaluate(CLIPPED)
    assert bool(found) is bool(says)
    assert all(says in line for line in found)


def test_book_follows_the_reader_s_colour_scheme(view):
    assert view.themes == {view.scheme}


def test_pages_are_light(site):
    def weight(page):
        images = {page.parent / name for name in re.findall(r'src="([^":]*_images/[^"]+)"', page.read_text("utf-8"))}
        return sum(path.stat().st_size for path in [page, *images])

    weights = {name: weight(site / name) for name in pages(site)}
    heavy = {name: size for name, size in weights.items() if size > PAGE_BUDGET}
    assert heavy == {}, "draw marks of many points with rasterized=True"


# What a page without scripts does not say or show, though it should.
MISSING = r"""
() => {
  const seen = each => each.checkVisibility({ visibilityProperty: true }) && each.getBoundingClientRect().width > 0;
  const all = selector => [...document.querySelectorAll(selector)];
  const says = (element, words) => [...element.querySelectorAll("p")].some(p => seen(p) && words.test(p.textContent));
  const needs = (words, each) => ![...each.querySelectorAll("svg[aria-label]")].some(seen) && !says(each, words);
  const untold = (selector, words) =>
    all(selector).length && !says(document, words) ? [`nothing is said of ${selector}`] : [];
  const folded = "details:not([open]), svg, .rethinking-progress, noscript";
  const wide = document.documentElement.scrollWidth - innerWidth;
  return [
    ...all("article .rethinking-explorer").filter(each => needs(/scripts are switched off/i, each)),
    ...all("article .rethinking-progress").filter(each => needs(/scripts are off/i, each)),
    ...all("article :is(p, table, pre, .cell_output, img, svg)").filter(each => !seen(each) &&
      (each.textContent.trim() || each.matches("img, svg")) && !each.parentElement.closest(folded)),
    ...all("article :is(button, input, select)").filter(each => seen(each) && !each.closest("[type=checkbox]")),
  ].map(each => each.outerHTML.slice(0, 120)).concat(
    untold("article .math", /scripts are off.*formulas/i),
    untold("#search-results", /javascript/i),
    wide > 0 ? [`${wide} px too wide`] : []);
}
"""


def test_the_book_can_be_read_with_scripts_off(browser, site):
    """Where something needs scripts is a still picture or a sentence; nothing is hidden, and no button is dead."""
    found = {}
    with browser.new_context(java_script_enabled=False) as context:
        for page in pages(site):
            tab = context.new_page()
            tab.goto((site / page).as_uri(), wait_until="load")
            assert tab.locator("#main-content").inner_text().strip(), page
            for width in (1280, 390):
                tab.set_viewport_size({"width": width, "height": 900})
                if missing := tab.evaluate(MISSING):
                    found[page, width] = missing
            tab.close()
    assert found == {}


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ('<div class="rethinking-explorer"><svg aria-label="A graph" width="9" height="9"></svg></div>', 0),
        ('<div class="rethinking-explorer"><p>Scripts are switched off.</p></div>', 0),
        ('<div class="rethinking-explorer"><p></p></div>', 1),
        ('<div class="rethinking-explorer"><p hidden>Scripts are switched off.</p></div>', 2),
        ('<div class="rethinking-progress"></div>', 1),
        ('<span class="math">x</span>', 1),
        ('<noscript><p>Scripts are off, so formulas are TeX.</p></noscript><span class="math">x</span>', 0),
        ('<p style="display: none">A figure</p>', 1),
        ("<details><summary>More</summary><p>A hint</p></details>", 0),
        ('<svg style="display: none"></svg>', 1),
        ("<button>Dead</button>", 1),
        ('<table style="width: 2000px"><tr><td>wide</td></tr></table>', 1),
    ],
)
def test_what_is_missing_with_scripts_off_is_seen(browser, body, found):
    with browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 900}) as context:
        tab = context.new_page()
        tab.set_content(f"<article>{body}</article>")
        assert len(tab.evaluate(MISSING)) == found


def test_what_explorers_share_stands_once_on_a_page(site):
    """The sampler, the script of graphs, the style."""
    shared = {
        page: re.findall(r' data-once="(\w+)"', (site / page).read_text(encoding="utf-8")) for page in pages(site)
    }
    assert [page for page, names in shared.items() if len(names) != len(set(names))] == []
    assert {"13_multilevel_adventures.html", "05_elemental_confounds.html"} <= {page for page in shared if shared[page]}


def test_the_script_of_questions_is_loaded_where_there_are_some(site):
    texts = {page: (site / page).read_text(encoding="utf-8") for page in pages(site)}
    loading = {page for page, text in texts.items() if "_static/questions.js" in text}
    needing = {page for page, text in texts.items() if re.search(r'class="rethinking-(box|predict)"', text)}
    assert loading == needing
    assert {f"exercises/{name}.html" for name in sheet_paths()} <= needing < set(texts)


@pytest.mark.parametrize("page", ["intro", "05_elemental_confounds", "12_multilevel_models"])
def test_explorers_of_the_book_answer(page, browser, served_site):
    """Press a variable of every graph and move a slider of every other explorer: words and picture change."""
    from playwright.sync_api import expect

    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        tab = context.new_page()
        tab.goto(f"{served_site}/{page}.html", wait_until="load")
        explorers = tab.locator(".rethinking-explorer").all()
        assert explorers
        for explorer in explorers:
            words, picture = explorer.get_by_role("status"), explorer.locator("svg").first
            before = words.inner_text(), picture.inner_html()
            if (nodes := explorer.locator("[data-node][role=button]")).count():
                nodes.first.click()
            else:
                explorer.get_by_role("slider").first.fill("0")
            expect(words).not_to_have_text(before[0], timeout=60_000)  # one that samples its model takes a second
            assert picture.inner_html() != before[1]


def test_the_front_page_says_on_one_screen_what_there_is_and_where_to_begin(browser, served_site):
    with browser.new_context(viewport={"width": 1280, "height": 800}) as context:
        tab = context.new_page()
        tab.goto(f"{served_site}/intro.html", wait_until="load")
        promise = tab.locator("article p", has_text=summary(course(ROOT / "lectures")))
        graph = tab.locator("article .rethinking-explorer svg").first
        for shown in [promise, *tab.locator("article a.sd-btn").all(), graph]:
            box = shown.bounding_box()
            assert box["y"] + box["height"] <= 800
        assert tab.locator("article a.sd-btn").count() == 3


def test_reference_has_every_public_name(site):
    ids = set(re.findall(r'id="rethinking\.(\w+)"', (site / "reference.html").read_text(encoding="utf-8")))
    functions = {name for name in rt.__all__ if not isinstance(getattr(rt, name), ModuleType)}
    assert functions - {"logit", "invlogit"} <= ids


def test_data_page_has_every_table(site):
    ids = set(re.findall(r'<details id="([^"]+)"', (site / "data.html").read_text(encoding="utf-8")))
    assert ids == set(rt.list_data()["name"])


def test_every_lecture_can_be_taken_along(site):
    for name, path in lectures().items():
        html = (site / f"{name}.html").read_text(encoding="utf-8")
        assert f'/lab/tree/notebooks/{path.stem}.ipynb"' in html
        assert f'href="{"../" * name.count("/")}_sources/{name}.ipynb"' in html
        assert nbformat.read(site / "_sources" / f"{name}.ipynb", as_version=4) == lecture_notebook(path)


@pytest.mark.parametrize("name", sheet_paths())
def test_no_download_of_a_sheet_holds_a_solution(site, name):
    """Open everything that the page links to, except other pages: one notebook, with every check and no answer."""
    page = site / "exercises" / f"{name}.html"
    links = {urlsplit(target).path for target in Links(page).targets if "_sources" in target}
    (target,) = links
    assert not (site / "_sources" / "exercises" / f"{name}.md").exists()
    notebook = nbformat.read((page.parent / target).resolve(), as_version=4)
    code = [cell.source for cell in notebook.cells]
    kept = 0
    for cell, inside in gated(sheet_paths()[name]):
        tags = tags_of(cell)
        if tags & {"solution", "wrong", "questions"} or (inside and cell.cell_type == "markdown"):
            assert cell.source not in code
        kept += "check" in tags
    assert kept
    assert sum(source.startswith("check(") for source in code) == kept


def test_paper_shows_what_is_folded_away(browser, served_site):
    with browser.new_context() as context:
        tab = context.new_page()
        tab.goto(f"{served_site}/exercises/05_elemental_confounds.html", wait_until="load")
        closed = "[...document.querySelectorAll('article details:not([open]), .toggle-hidden')].length"
        before = tab.evaluate(closed)
        assert before
        tab.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert tab.evaluate(closed) == 0
        tab.evaluate("dispatchEvent(new Event('afterprint'))")
        assert tab.evaluate(closed) == before


class Links(HTMLParser):
    """The targets that a page offers, and those that it links to."""

    def __init__(self, page):
        super().__init__()
        self.ids, self.targets = {""}, []
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.ids |= {found[key] for key in ("id", "name") if found.get(key)}
        self.targets += [found[key] for key in ("href", "src") if found.get(key)]


# Elements that hold no running text, and those that hold nothing.
APART = re.compile(r"h\d|pre|script|style|nav|svg|header|footer|title|dt|mjx-container")
VOID = {"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}


class Words(HTMLParser):
    """The running text of a page, in pieces: what is said, and where the link leads that it is in, if it is in one."""

    def __init__(self, page):
        super().__init__()
        self.open, self.pieces = [], []
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        if tag not in VOID:
            self.open.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        tags = [tag for tag, _ in self.open]
        classes = {name for _, attributes in self.open for name in (attributes.get("class") or "").split()}
        if "article" not in tags or any(map(APART.fullmatch, tags)) or classes & {"cell", "math", "admonition-title"}:
            return
        links = [attributes.get("href", "") for tag, attributes in self.open if tag == "a"]
        self.pieces.append((data, links[-1] if links else ""))


def test_the_first_use_of_a_term_leads_to_the_glossary(site):
    config = yaml.safe_load((ROOT / "lectures" / "_config.yml").read_text(encoding="utf-8"))
    unlinked, seen = [], set()
    for name in [*lectures(), *(f"exercises/{name}" for name in sheet_paths())]:
        pieces = Words(site / f"{name}.html").pieces
        for term, spellings in config["sphinx"]["config"]["terms_at_first_use"].items():
            pattern = re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, spellings))})(?![\w-])")
            link = next((link for said, link in pieces if pattern.search(said)), None)
            if link is not None:
                seen.add(term)
                if "glossary.html#term-" not in link:
                    unlinked.append(f"{name}: {term}")
    assert unlinked == []
    assert {"R-hat", "89 %"} <= seen


def test_every_lecture_names_its_neighbours_and_what_it_builds_on(site):
    rows = course(ROOT / "lectures")
    names = list(rows)
    for place, name in enumerate(names):
        linked = {
            (site / name).parent.joinpath(urlsplit(link).path).resolve()
            for said, link in Words(site / f"{name}.html").pieces
            if link
        }
        expected = [*names[max(place - 1, 0) : place], *names[place + 1 : place + 2], *rows[name].get("needs", ())]
        assert {(site / f"{each}.html").resolve() for each in expected} <= linked


def test_links_within_the_book_resolve(site):
    books = {path: Links(path) for path in site.glob("**/*.html") if path.relative_to(site).parts[0] != "_static"}
    broken, checked = [], 0
    for page, links in books.items():
        for target in links.targets:
            url = urlsplit(target)
            if url.scheme or url.netloc:
                continue
            checked += 1
            path = (page.parent / unquote(url.path)).resolve() if url.path else page
            if not path.is_file() or (path in books and unquote(url.fragment) not in books[path].ids):
                broken.append(f"{page.name}: {target}")
    assert broken == []
    assert checked > 100


def test_one_page_is_named_like_a_lecture_to_get(capsys):
    assert main(["page", "no such page"]) == 1
    assert "the nearest are" in capsys.readouterr().err


HEADER = """---
jupytext: {text_representation: {extension: .md, format_name: myst}}
kernelspec: {name: python3, display_name: Python 3}
---

# Page

"""


@pytest.fixture
def small_book(tmp_path):
    """Return a checkout whose book has the real configuration and one page, for the test to write."""
    lectures = tmp_path / "lectures"
    shutil.copytree(ROOT / "lectures" / "_ext", lectures / "_ext")
    shutil.copy(ROOT / "lectures" / "_config.yml", lectures)
    for name in ("_static", "_extra"):
        (lectures / name).mkdir()
    shutil.copy(ROOT / "lectures" / "_static" / "logo.svg", lectures / "_static")
    (lectures / "references.bib").touch()
    (lectures / "_toc.yml").write_text("format: jb-book\nroot: page\n")
    return tmp_path


def test_build_fails_on_a_failing_cell(build_book, small_book):
    (small_book / "lectures" / "page.md").write_text(HEADER + "```{code-cell}\n1 / 0\n```")
    result = build_book(small_book / "lectures", small_book)
    assert result.returncode != 0
    assert "division by zero" in result.stdout


def test_build_fails_on_warnings_every_time(build_book, small_book):
    noise = "```{code-cell}\nimport warnings\n\nwarnings.warn('noise')\n```"
    (small_book / "lectures" / "page.md").write_text(f"{HEADER}{noise}\n\n{{ref}}`nowhere`, {{cite:t}}`nobody`")
    for _ in range(2):  # a page that has not changed since must not pass for that
        result = build_book(small_book / "lectures", small_book)
        assert result.returncode != 0
        for complaint in ("stderr was found", "undefined label: 'nowhere'", 'could not find bibtex key "nobody"'):
            assert complaint in result.stdout
