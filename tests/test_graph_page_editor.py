"""The page on which one draws a graph: mouse, finger, keyboard, text and address all draw, and nothing else happens."""

from urllib.parse import quote

import pytest
from conftest import ROOT
from graph_pages import opened, serious, tab_in_one_view, tabs_in_every_view

import rethinking as rt

MOST_BYTES = 100_000
PAGE = "draw_a_graph"
WAFFLES = "S -> W; S -> A; S -> M; A -> M; A -> D; M -> D; W -> D; W [exposure]; D [outcome]"
ATTACKS = ['"><img src=x onerror=alert(1)>', "</script><script>alert(1)</script>", "{{constructor}}", "__proto__"]


tab = tabs_in_every_view(PAGE)
plain = tab_in_one_view(PAGE)


def text(tab):
    return tab.get_by_label("The graph as text").input_value().split("\n")


def type_graph(tab, words):
    tab.get_by_label("The graph as text").fill(words)


def said(tab):
    return tab.locator(".graph-editor [role=status]").inner_text()


def answers(tab):
    return tab.locator(".graph-editor .answers").inner_text()


def spot(tab, x, y):
    box = tab.locator("svg.field").bounding_box()
    return box["x"] + x, box["y"] + y


def middle(tab, name):
    box = tab.get_by_role("button", name=f"variable {name}").locator("ellipse").last.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(tab, start, end):
    tab.mouse.move(*start)
    tab.mouse.down()
    tab.mouse.move(*end, steps=4)
    tab.mouse.up()


def draw_fork(tab):
    """Draw X <- A -> Y and X -> Y with the mouse."""
    for place in [(80, 240), (260, 240), (170, 60)]:
        tab.mouse.click(*spot(tab, *place))
    for cause, effect in [("X, exposure", "Y, outcome"), ("A", "X, exposure"), ("A", "Y, outcome")]:
        drag(tab, middle(tab, cause), middle(tab, effect))


FORK = ["X -> Y", "A -> X", "A -> Y", "X [exposure]", "Y [outcome]"]


def test_the_mouse_draws_and_the_graph_answers_at_once(tab):
    draw_fork(tab)
    assert text(tab) == FORK
    assert "X \u2190 A \u2192 Y is open: nothing on it is conditioned on." in answers(tab)
    tab.get_by_role("button", name="{A}").first.click()
    assert (
        "Adjusting for A leaves the total effect: X \u2190 A \u2192 Y is closed, the fork A is conditioned on."
        in answers(tab)
    )
    assert tab.get_by_role("button", name="{A}").first.get_attribute("aria-pressed") == "true"
    assert text(tab)[-1] == "A [adjusted]"
    assert tab.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert serious(tab) == []


def test_a_variable_goes_where_it_is_dropped(plain):
    draw_fork(plain)
    drag(plain, middle(plain, "A"), spot(plain, 500, 100))
    x, y = middle(plain, "A")
    assert (x, y) == pytest.approx(spot(plain, 500, 100), abs=1.5)
    assert text(plain) == FORK


def test_a_cycle_is_refused_with_a_sentence_while_it_is_drawn(tab):
    draw_fork(tab)
    type_graph(tab, "X -> B -> Y")
    drag(tab, middle(tab, "Y, outcome"), middle(tab, "X, exposure"))
    ring = "with Y \u2192 X this one would have Y \u2192 X \u2192 B \u2192 Y"
    assert said(tab) == f"A causal graph has no cycle, but {ring}. The arrow was not drawn."
    assert text(tab)[:2] == ["X -> B", "B -> Y"]
    drag(tab, middle(tab, "X, exposure"), middle(tab, "B"))
    assert said(tab) == "The arrow X \u2192 B is there already."


def tab_to(tab, name, back=False):
    """Press Tab until something of this name has the focus."""
    for _ in range(80):
        tab.keyboard.press("Shift+Tab" if back else "Tab")
        if tab.evaluate("(document.activeElement.ariaLabel ?? document.activeElement.textContent)") == name:
            return
    pytest.fail(f"Tab does not reach {name!r}")


def test_the_keyboard_does_everything(tab):
    press = tab.keyboard.press
    tab_to(tab, "Add a variable")
    for _ in range(3):
        press("Enter")
    for cause, effect in [("X, exposure", "Y, outcome"), ("A", "X, exposure"), ("A", "Y, outcome")]:
        tab_to(tab, f"variable {cause}")
        if tab.evaluate("document.activeElement.getAttribute('aria-pressed')") == "false":
            press("Enter")
        tab_to(tab, "Arrow from here")
        press("Enter")
        tab_to(tab, f"variable {effect}", back=True)
        press("Enter")
    assert text(tab) == FORK
    tab_to(tab, "variable A")
    press("ArrowRight")
    assert tab.evaluate("document.activeElement.ariaLabel") == "variable A", "the focus stays"
    tab_to(tab, "unobserved")
    press("Space")
    assert "no set of observed variables leaves it" in answers(tab)
    tab_to(tab, "arrow from A to Y", back=True)
    press("Delete")
    assert text(tab) == ["X -> Y", "A -> X", "X [exposure]", "Y [outcome]", "A [unobserved]"]
    tab_to(tab, "Undo")
    press("Enter")
    assert "A -> Y" in text(tab)


def test_a_finger_draws(browser, bases):
    with browser.new_context(viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True) as context:
        for tab in opened(context, bases["file"], PAGE):
            for place in [(80, 300), (260, 300)]:
                tab.touchscreen.tap(*spot(tab, *place))
            start, end = middle(tab, "X, exposure"), middle(tab, "Y, outcome")
            session = context.new_cdp_session(tab)
            ways = [
                ("touchStart", start),
                *(("touchMove", (start[0] + (end[0] - start[0]) * i / 5, end[1])) for i in range(1, 6)),
            ]
            for kind, (x, y) in ways:
                session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
            session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
            assert text(tab) == ["X -> Y", "X [exposure]", "Y [outcome]"]


def test_a_variable_is_renamed_marked_and_removed(plain):
    draw_fork(plain)
    plain.mouse.click(*middle(plain, "A"))
    plain.get_by_label("Name").fill("age of marriage")
    plain.keyboard.press("Enter")
    assert text(plain)[1] == '"age of marriage" -> X'
    plain.get_by_label("Name").fill("X")
    plain.keyboard.press("Enter")
    assert said(plain) == "There is a variable X already."
    inspector = plain.locator(".inspector")
    inspector.get_by_role("button", name="exposure").click()
    assert '"age of marriage" [exposure]' in text(plain)
    assert not any(line.startswith("X [") for line in text(plain))
    inspector.get_by_role("button", name="Remove").click()
    assert text(plain) == ["X -> Y", "Y [outcome]"]
    plain.get_by_role("button", name="Undo").click()
    assert '"age of marriage" -> X' in text(plain)


def test_an_arrow_is_turned_unless_that_closes_a_cycle(plain):
    type_graph(plain, "X -> M -> Y; X -> Y")
    plain.get_by_role("button", name="arrow from X to Y").focus()
    plain.keyboard.press("Enter")
    plain.get_by_role("button", name="Turn round").click()
    assert "would have Y \u2192 X \u2192 M \u2192 Y" in said(plain)
    plain.get_by_role("button", name="arrow from M to Y").focus()
    plain.keyboard.press("Enter")
    plain.get_by_role("button", name="Turn round").click()
    assert text(plain)[:3] == ["X -> M", "Y -> M", "X -> Y"]


def test_a_click_that_a_screen_reader_makes_selects(plain):
    type_graph(plain, "X -> Y")
    plain.locator("svg.field .oval").first.dispatch_event("click", {"detail": 0})
    assert plain.get_by_label("Name").input_value() == "X"


def test_text_is_drawn_while_it_is_typed_and_a_mistake_changes_nothing(tab):
    box = tab.get_by_label("The graph as text")
    box.press_sequentially("X -> Z <- Y")
    assert "X \u2192 Z \u2190 Y \u2014 the collider Z is not conditioned on" in answers(tab)
    box.press_sequentially("; Z ->")
    assert "expected a name" in tab.get_by_role("alert").inner_text()
    assert box.input_value() == "X -> Z <- Y; Z ->", "what one types stays"
    box.press_sequentially(" X")
    assert "has no cycle, but this one has Z -> X -> Z" in tab.get_by_role("alert").inner_text()
    box.fill("A -> A")
    assert "A cannot cause itself" in tab.get_by_role("alert").inner_text()
    assert tab.locator("svg.field .oval").count() == 3
    assert serious(tab) == []


def test_the_answers_are_those_of_python(tab):
    dag = rt.CausalGraph("Z -> X; X -> M; M -> Y; X -> Y; U -> X; U -> Y; C -> X; C -> Y", unobserved="U")
    type_graph(tab, "Z -> X; X -> M; M -> Y; X -> Y; U -> X; U -> Y; C -> X; C -> Y; U [unobserved]")
    assert dag.adjustment_sets("X", "Y") == []
    assert answers(tab).count("no set of observed variables leaves it.") == 2
    paths = [f"{'open' if p.open else 'blocked'} {kind(p)}: {p} \u2014 {p.reason}" for p in dag.paths("X", "Y")]
    shown = [
        line.replace("\u2192", "->").replace("\u2190", "<-") for line in tab.locator(".answers ol li").all_inner_texts()
    ]
    assert shown == paths
    claims = [f"{c.x} and {c.y}" + (f", given {rt_listed(c.given)}" if c.given else "") for c in dag.independencies()]
    items = tab.locator(".answers ul").all()
    assert items[0].locator("li").all_inner_texts() == claims
    assert items[1].locator("li").all_inner_texts() == ["Z"]
    assert [i.name for i in dag.instruments("X", "Y")] == ["Z"]


def kind(path):
    return "causal" if path.kind == "causal" else f"biasing ({path.kind})"


def rt_listed(names):
    *rest, last = sorted(names)
    return f"{', '.join(rest)} and {last}" if rest else last


def test_a_path_of_the_list_is_shown_alone(plain):
    type_graph(plain, WAFFLES)
    assert plain.locator("path.biasing").count() > 3
    plain.get_by_role("button", name="open biasing (backdoor): W \u2190 S \u2192 A \u2192 D").focus()
    assert plain.locator("path.biasing").count() == 3
    assert plain.locator("path.causal").count() == 0
    plain.keyboard.press("Enter")
    plain.mouse.move(0, 0)
    assert plain.locator("path.biasing").count() == 3, "pressed, it stays"


def test_an_address_brings_a_graph_and_takes_one(plain):
    plain.goto(f"{plain.home}#graph={quote(WAFFLES)}")
    assert text(plain)[-2:] == ["W [exposure]", "D [outcome]"]
    assert "{A, M}" in answers(plain)
    plain.get_by_label("As", exact=True).select_option("an address to send")
    address = plain.locator(".along pre").inner_text()
    plain.get_by_role("button", name="Put it in the address").click()
    assert plain.url == address
    before = text(plain)
    plain.get_by_role("button", name="Clear").click()
    assert text(plain) == [""]
    plain.goto("about:blank")
    plain.goto(address)
    assert text(plain) == before
    plain.evaluate("location.hash = 'graph=X -> Y <- Z'")
    plain.wait_for_function("document.querySelector('textarea').value.includes('Z -> Y')")
    plain.get_by_role("button", name="Undo").click()
    assert text(plain) == before, "what was there is not lost"


@pytest.mark.parametrize(
    ("code", "says"), [("%E0%A4%A", "signs are mixed up"), ("X -%3E", "expected a name"), ("X->Y->X", "no cycle")]
)
def test_a_wrong_address_is_said_to_be_wrong(plain, code, says):
    plain.goto("about:blank")
    plain.goto(f"{plain.home}#graph={code}")
    assert says in said(plain)
    assert plain.locator("svg.field .oval").count() == 0


def test_other_addresses_are_left_alone(plain):
    plain.goto(f"{plain.home}#how-to-draw")
    assert said(plain) == ""


@pytest.mark.parametrize("way", ["typed", "address", "renamed"])
@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_that_is_written_is_run_or_becomes_html(plain, attack, way):
    literal = '"' + attack.replace("\\", "\\\\").replace('"', '\\"') + '"'
    count = "[...document.querySelectorAll('script, img, iframe')].length"
    before = plain.evaluate(count)
    graph = f"{literal} [exposure] -> Y [outcome]; {literal} <- C -> Y"
    if way == "typed":
        type_graph(plain, graph)
    elif way == "address":
        plain.goto(f"{plain.home}#graph={quote(graph)}")
    else:
        type_graph(plain, "X -> Y; X <- C -> Y")
        plain.locator("svg.field .oval").first.dispatch_event("click", {"detail": 0})
        plain.get_by_label("Name").fill(attack)
        plain.keyboard.press("Enter")
    assert f"Exposure: {attack}." in plain.locator("svg.field").get_attribute("aria-label")
    for form in [
        "text for CausalGraph",
        "a simulation in NumPy",
        "a model in PyMC",
        "text for dagitty",
        "a picture (SVG)",
        "an address to send",
    ]:
        plain.get_by_label("As", exact=True).select_option(form)
        assert plain.locator(".along pre").inner_text().strip()
    assert f"{attack} \u2190 C \u2192 Y is open" in answers(plain)
    assert plain.evaluate(count) == before
    assert plain.evaluate("({}).polluted") is None


def test_what_is_copied_and_saved_is_what_is_shown(browser, bases):
    with browser.new_context(permissions=["clipboard-read", "clipboard-write"]) as context:
        for tab in opened(context, bases["http"], PAGE):
            type_graph(tab, WAFFLES)
            tab.get_by_label("As", exact=True).select_option("a simulation in NumPy")
            shown = tab.locator(".along pre").inner_text()
            assert shown.startswith("import numpy as np")
            tab.get_by_role("button", name="Copy").click()
            tab.wait_for_function("document.querySelector('[role=status]').textContent === 'Copied.'")
            assert tab.evaluate("navigator.clipboard.readText()") == shown
            with tab.expect_download() as download:
                tab.get_by_role("link", name="Save as a file").click()
            assert download.value.suggested_filename == "simulate.py"
            assert download.value.path().read_text(encoding="utf-8") == shown


def test_without_scripts_there_are_a_sentence_and_a_picture(browser, bases):
    with browser.new_context(java_script_enabled=False) as context:
        tab = context.new_page()
        tab.goto(f"{bases['file']}/draw_a_graph.html")
        assert tab.get_by_text("Scripts are switched off").is_visible()
        assert tab.get_by_text("A still picture.").is_visible()


def test_with_scripts_the_still_picture_is_gone(plain):
    assert not plain.get_by_text("A still picture.").is_visible()


def test_scripts_and_styles_are_light():
    files = [*(ROOT / "lectures" / "_extra" / "graphs").iterdir()]
    assert sum(path.stat().st_size for path in files) < MOST_BYTES
    for path in files:
        source = path.read_text(encoding="utf-8")
        assert not any(
            word in source for word in ("innerHTML", "eval(", "new Function", "document.write", "insertAdjacentHTML")
        )
        assert len(source.splitlines()) <= 320
