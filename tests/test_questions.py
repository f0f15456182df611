"""Laws of the boxes on a sheet's page: they answer mouse and keyboard, keep what was answered, and break at nothing.

That they say what Python says is tested where the sheets are played, in `test_answers`.
"""

import json
from html import escape
from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr
from conftest import ROOT
from test_accessibility import AXE, RUN

import rethinking as rt
from rethinking.book.master import master_notebook
from rethinking.book.notebooks import sheet_notebook
from rethinking.exercises import AdjustmentSet, Estimate, GoodControl, Interval, Law, Mistake, Number, Numbers
from rethinking.exercises.boxes import boxes
from rethinking.exercises.sheets import checker, sheet_paths

STATIC = ROOT / "lectures" / "_static"
STYLE = (STATIC / "questions.css").read_text("utf-8")
KEY = "rethinking-answers"
SHEET = "exercises/test"
HOSTILE = ["</script>", '"><img src=x onerror=alert(1)>', "a b", "a"]
COLOURS = {
    "light": {"background": "#ffffff", "text-base": "#222832", "text-muted": "#48566b", "primary": "#176de8"},
    "dark": {"background": "#14181e", "text-base": "#ced6dd", "text-muted": "#9ca4af", "primary": "#539dfd"},
}
HEAD = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Sheet</title>
<meta name="viewport" content="width=device-width">
<style>:root {{ {colours} --pst-color-border: #999; }}
body {{ margin: 1rem; font-family: sans-serif; background: {background}; color: {text-base}; }} {style}</style>
<script src="{static}/questions.js"></script></head>
<body><main><h1>Sheet</h1>"""
PREDICT = """<div class="rethinking-predict" data-page="page" data-question="who"><p>Who moves?</p>
<ul><li>small</li><li>large</li></ul></div>
<div class="cell"><div class="cell_output"><p id="figure">A figure</p></div></div>
<p>It is the small.</p><section><p>Something else.</p></section>"""


def sheet():
    """Return the checks of a sheet with a question of each kind, and hostile names."""
    rng = np.random.default_rng(1)
    draws = xr.DataArray(rng.normal(2, 0.1, (4, 1000)), dims=["chain", "draw"])
    pairs = [(name, end) for name in HOSTILE for end in "XY"]
    dag = rt.CausalGraph([*pairs, ("X", "M"), ("M", "Y")])
    questions = {
        "number": Number(
            lambda: 0.254, 0.0005, [Mistake("odds", lambda: 0.34, "No </script> of <b>odds</b>, please.")]
        ),
        "numbers": Numbers(lambda: np.array([0.25, 0.75]), 0.001, total=1),
        "estimate": Estimate(lambda: draws),
        "interval": Interval(lambda: draws, 0.89),
        "choice": GoodControl(dag, "M", "X", "Y"),
        "set": AdjustmentSet(dag, "X", "Y"),
        "law": Law(lambda answer: None),
    }
    return SimpleNamespace(questions=tuple(questions), sheet=SimpleNamespace(questions=questions))


@pytest.fixture(scope="module")
def extension():
    """Return the Sphinx extension that writes the boxes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT / "lectures" / "_ext")
        import questions

        yield questions


@pytest.fixture(scope="module")
def write(extension, tmp_path_factory):
    """Return a function that writes the page of the sheet in a colour scheme, and returns its address on disk."""
    data = boxes(sheet())

    def write(scheme="light"):
        colours = COLOURS[scheme]
        variables = " ".join(f"--pst-color-{name}: {value};" for name, value in colours.items())
        words = [
            (name, f"Title of {name}", f'check("{name}", x)', "python -m rethinking get 5")
            for name in data["questions"]
        ]
        places = [extension.BOX.format(*map(escape, each)) for each in words]
        body = "".join([extension.PANEL, *places, PREDICT, extension.data(SHEET, data)])
        path = tmp_path_factory.mktemp("sheet") / "page.html"
        head = HEAD.format(colours=variables, static=STATIC.as_uri(), style=STYLE, **colours)
        path.write_text(f"{head}{body}</main></body></html>", encoding="utf-8")
        return path.as_uri()

    return write


def opened(context, address):
    """Return the page, with what the browser complains about, and what it asks for."""
    tab = context.new_page()
    tab.complaints, tab.requests = [], []
    tab.on("console", lambda message: message.type in {"error", "warning"} and tab.complaints.append(message.text))
    tab.on("pageerror", lambda error: tab.complaints.append(str(error)))
    tab.on("dialog", lambda dialog: dialog.accept())
    tab.on("request", lambda request: tab.requests.append(request.url))
    tab.goto(address, wait_until="load")
    return tab


@pytest.fixture(params=[("light", 1280), ("dark", 1280), ("light", 390), ("dark", 390)], ids=str)
def tab(request, browser, write):
    scheme, width = request.param
    with browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900}) as context:
        tab = opened(context, write(scheme))
        yield tab
        assert tab.complaints == []
        assert all(url.startswith(("file:", "blob:")) for url in tab.requests)


@pytest.fixture
def plain(browser, write):
    """Return a page in one scheme and width, for what does not depend on them."""
    with browser.new_context() as context:
        tab = opened(context, write())
        yield tab
        assert tab.complaints == []


def form(tab, name):
    return tab.get_by_role("form", name=f"Answer: Title of {name}", exact=True)


def panel(tab):
    return tab.locator(".rethinking-progress")


def stored(tab):
    return json.loads(tab.evaluate(f"localStorage.getItem('{KEY}')") or "{}")


def answer_all(tab):
    """Answer every question right, by the keyboard alone, from the top of the page to its end."""
    press = tab.keyboard.press

    def typed(*texts):
        for text in texts:
            press("Tab")
            tab.keyboard.type(text)
        press("Enter")
        press("Tab")  # over the button

    press("Tab")
    press("Tab")  # the two buttons of the panel
    typed("0.254")
    typed("[0.25, 0.75]")
    (estimate, interval) = (boxes(sheet())["questions"][name]["right"] for name in ("estimate", "interval"))
    typed(*map(str, estimate[:2]))
    typed(*map(str, interval[:2]))
    press("Tab")
    press("ArrowDown")  # to False; on its way it chooses
    press("Enter")
    press("Tab")
    for _ in HOSTILE:
        press("Tab")
        press("Space")
    for _ in ("M", "none", "button"):
        press("Tab")
    press("Enter")
    press("Tab")
    press("Space")


def test_a_sheet_is_answered_by_keyboard_alone_and_read_by_everybody(tab):
    answer_all(tab)
    said = tab.locator(".rethinking-box .said")
    assert said.all_inner_texts() == [text for text in said.all_inner_texts() if text.startswith("✓ Right. ")]
    assert said.count() == 6
    assert "7 of 7 answered." in panel(tab).inner_text()
    tab.add_script_tag(path=AXE)
    assert tab.evaluate(RUN, {})["violations"] == []
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing is wider than the window"
    assert tab.locator(".rethinking-box img").count() == 0, "a name is text"
    assert HOSTILE[1] in form(tab, "set").inner_text()


def test_wrong_answers_hear_why_as_text(plain):
    box = form(plain, "number")
    box.get_by_label("Number").fill("0.34")
    box.get_by_role("button").click()
    assert box.get_by_role("status").inner_text() == "✗ Not yet. No </script> of <b>odds</b>, please."
    box.get_by_label("Number").fill("")
    box.get_by_role("button").click()
    assert box.get_by_role("status").inner_text() == "… Open. Nothing is filled in yet: give your answer."
    assert "0 of 7 answered." in panel(plain).inner_text()


def test_no_set_and_a_set_exclude_each_other(plain):
    box = form(plain, "set")
    box.get_by_label("a b").check()
    box.get_by_label("no set does it").check()
    assert not box.get_by_label("a b").is_checked()
    box.get_by_role("button").click()
    assert "There is a set" in box.get_by_role("status").inner_text()
    box.get_by_label("M", exact=True).check()
    assert not box.get_by_label("no set does it").is_checked()


def test_answers_are_there_when_the_reader_comes_back_and_can_be_saved_and_forgotten(plain, tmp_path):
    answer_all(plain)
    kept = stored(plain)
    assert set(kept[SHEET]) == {"number", "numbers", "estimate", "interval", "choice", "set", "law"}
    plain.evaluate(
        f"localStorage.setItem('{KEY}', JSON.stringify({{...{json.dumps(kept)}, other: {{q: {{answer: []}}}}}}))"
    )
    plain.reload()
    assert "7 of 7 answered." in panel(plain).inner_text()
    assert form(plain, "number").get_by_label("Number").input_value() == "0.254"
    assert form(plain, "set").get_by_label(HOSTILE[0]).is_checked()
    assert form(plain, "choice").get_by_role("status").inner_text().startswith("✓ Right.")
    with plain.expect_download() as download:
        plain.get_by_role("button", name="Save all my answers as a file").click()
    download.value.save_as(tmp_path / "answers.json")
    assert json.loads((tmp_path / "answers.json").read_text("utf-8")) == stored(plain)
    plain.get_by_role("button", name="Start this sheet anew").click()
    assert "0 of 7 answered." in panel(plain).inner_text()
    assert form(plain, "number").get_by_label("Number").input_value() == ""
    assert stored(plain) == {SHEET: {}, "other": {"q": {"answer": []}}}, "the other sheets are left alone"


@pytest.mark.parametrize(
    "content",
    [
        *["", "{", "null", "[]", "3", '"text"', '{"exercises/test": 3}', '{"exercises/test": {"number": null}}'],
        '{"exercises/test": {"number": {"answer": [3]}, "set": {"answer": "M"}, "gone": {"answer": []}}}',
        '{"exercises/test": {"number": {"answer": []}, "set": {"answer": ["gone"]}, "choice": {"answer": null}}}',
        '{"exercises/test": {"choice": {"answer": ["maybe"]}, "law": {"answer": null}, "__proto__": {"answer": []}}}',
    ],
)
def test_corrupted_storage_breaks_nothing(plain, content):
    plain.evaluate("([key, text]) => localStorage.setItem(key, text)", [KEY, content])
    plain.reload()
    answer_right(plain)


REFUSED = "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError'); } });"
FULL = "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); };"


@pytest.mark.parametrize("script", [REFUSED, FULL], ids=["refused", "full"])
def test_a_browser_that_keeps_nothing_is_told_of_and_breaks_nothing(browser, write, script):
    with browser.new_context() as context:
        context.add_init_script(script)
        tab = opened(context, write())
        answer_right(tab)
        form(tab, "choice").get_by_label("False").check()
        form(tab, "choice").get_by_role("button").click()
        assert "2 of 7 answered. This browser keeps nothing" in panel(tab).inner_text()
        assert tab.complaints == []


def answer_right(tab):
    box = form(tab, "number")
    box.get_by_label("Number").fill("0.254")
    box.get_by_role("button").click()
    assert box.get_by_role("status").inner_text() == "✓ Right. That is the number."


def test_a_figure_is_covered_until_the_reader_has_guessed_or_asks(browser, write):
    with browser.new_context() as context:
        tab = opened(context, write())
        figure, answer = tab.locator("#figure"), tab.get_by_text("It is the small.")
        assert not figure.is_visible()
        assert not answer.is_visible()
        assert tab.get_by_text("Something else.").is_visible()
        tab.get_by_role("button", name="small").focus()
        tab.keyboard.press("Enter")
        assert figure.is_visible()
        assert answer.is_visible()
        assert tab.get_by_text("You guessed: small. Now look.").evaluate("each => each === document.activeElement")
        tab.reload()
        assert figure.is_visible()
        assert tab.get_by_text("You guessed: small.").is_visible()
        tab.evaluate("localStorage.clear()")
        tab.reload()
        assert not figure.is_visible()
        tab.emulate_media(media="print")
        assert figure.is_visible(), "paper cannot be asked"
        tab.emulate_media(media="screen")
        tab.get_by_role("button", name="Just show me the figure").click()
        assert figure.is_visible()
        assert tab.complaints == []


def test_without_scripts_nothing_is_covered_and_nothing_is_empty(browser, write):
    with browser.new_context(java_script_enabled=False) as context:
        tab = opened(context, write())
        assert tab.locator("#figure").is_visible()
        assert tab.get_by_text("Scripts are off").is_visible()
        heights = [each.bounding_box() for each in tab.locator(".rethinking-box").all()]
        assert heights == [None] * 7


def test_the_script_is_classic_small_and_evaluates_nothing():
    script = (STATIC / "questions.js").read_text("utf-8")
    assert len(script.encode()) < 20_000
    for word in (
        "eval(",
        "Function(",
        "innerHTML",
        "outerHTML",
        "insertAdjacent",
        "document.write",
        "import ",
        "fetch(",
    ):
        assert word not in script, word


def test_data_cannot_end_their_script(extension):
    made = extension.data("x", {"say": HOSTILE})
    assert made.count("<") == 2
    assert json.loads(made[made.index(">") + 1 : made.rindex("<")]) == {"say": HOSTILE}


@pytest.mark.parametrize("name", sheet_paths())
def test_notebooks_and_masters_hold_no_box(name):
    for notebook in (sheet_notebook(sheet_paths()[name]), master_notebook(sheet_paths()[name], name)):
        assert "questions" not in notebook.metadata
        assert not [cell for cell in notebook.cells if "boxes" in cell.source or cell.get("outputs")]


@pytest.mark.parametrize("name", sheet_paths())
def test_every_question_has_a_box_with_light_data(site, name):
    page = (site / "exercises" / f"{name}.html").read_text("utf-8")
    names = checker(name).questions
    assert [page.count(f'class="rethinking-box" data-question="{each}"') for each in names] == [1] * len(names)
    start = page.index('id="rethinking-questions"')
    data = page[page.index(">", start) + 1 : page.index("</script>", start)]
    assert set(json.loads(data)["questions"]) == set(names)
    assert len(data) < 60_000
    assert page.count("grades come from the autograder") == 1


@pytest.mark.parametrize("protocol", ["http", "file"])
def test_a_sheet_of_the_book_answers(browser, site, served_site, protocol):
    base = served_site if protocol == "http" else site.as_uri()
    with browser.new_context(viewport={"width": 390, "height": 900}) as context:
        tab = opened(context, f"{base}/exercises/05_elemental_confounds.html")
        box = tab.get_by_role("form", name="Answer: What stands between age and divorce")
        box.get_by_label("S", exact=True).check()
        box.get_by_role("button").click()
        assert box.get_by_role("status").inner_text().startswith("✓ Right. Adjusting for S leaves the total effect")
        assert "1 of 6 answered." in panel(tab).inner_text()
        tab.reload()
        assert "1 of 6 answered." in panel(tab).inner_text()
        assert tab.complaints == []
        assert all(url.startswith((base, "data:")) for url in tab.requests)


@pytest.mark.parametrize("page", ["02_garden_of_forking_data", "04_categories_and_curves", "12_multilevel_models"])
def test_lectures_cover_a_figure_and_show_it_without_scripts(browser, site, page):
    for on in (True, False):
        with browser.new_context(java_script_enabled=on) as context:
            tab = opened(context, f"{site.as_uri()}/{page}.html")
            questions = tab.locator(".rethinking-predict").all()
            assert questions
            for question in questions:
                figure = (
                    question.locator("xpath=following-sibling::*[1]").locator(".cell_output :is(figure, svg)").first
                )
                assert figure.is_visible() is not on
                if on:
                    question.get_by_role("button").first.click()
                    assert figure.is_visible()
