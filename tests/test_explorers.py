"""Laws of the pictures that react: what they hold, what they weigh, and how they answer mouse and keyboard."""

import json
import re
from importlib.util import module_from_spec, spec_from_file_location
from xml.etree import ElementTree

import numpy as np
import pytest
import xarray as xr
from conftest import ROOT

import rethinking as rt
from rethinking.pictures import Explorer
from rethinking.pictures.chart import Chart, ticks

MOST_SCRIPT = 12_000
SVG = "{http://www.w3.org/2000/svg}"
SIGMAS = [0.1, 1.0, 5.0]


def sweep_of(raw, seed=1):
    """Return draws that lie between the mean of all and the raw estimates, nearer to these the larger sigma."""
    rng = np.random.default_rng(seed)
    weight = np.array(SIGMAS) / (np.array(SIGMAS) + 1)
    centre = np.mean(raw) + weight[:, None] * (np.asarray(raw) - np.mean(raw))
    draws = centre[:, None, None, :] + rng.normal(0, 0.01, (len(SIGMAS), 2, 100, len(raw)))
    return xr.DataArray(draws, dims=["sigma", "chain", "draw", "tank"], coords={"sigma": SIGMAS})


@pytest.fixture(scope="module")
def explorers():
    """Return one explorer of each kind, on the size of the pages'."""
    raw = np.linspace(0.05, 0.95, 48)
    graph = rt.CausalGraph("S -> {A M W}; A -> M; {A M W} -> D; U -> M; U -> D", unobserved="U")
    return {
        "graph": graph.explore("W", "D", node_props={"S": {"label": "<South> & 'all'"}}),
        "shrinkage": rt.shrinkage_explorer(raw, sweep_of(raw)),
        "prior": rt.prior_explorer(
            lambda rng, sd, rate: rt.invlogit(rng.normal(0, sd, 2000) + rng.exponential(1 / rate, 2000)),
            {"sd": np.arange(0.5, 10, 0.5), "rate": [0.5, 1, 2]},
            {"sd": 1.5, "rate": 1},
        ),
    }


def test_budgets_hold(explorers):
    for name, explorer in explorers.items():
        assert len(explorer.module.encode()) <= MOST_SCRIPT, name
        assert len(explorer.json.encode()) <= 200_000, name


def test_too_much_data_is_refused_before_it_reaches_a_page():
    with pytest.raises(ValueError, match="fewer positions"):
        Explorer("<svg/>", {"numbers": list(range(100_000))}, (), "Numbers.")


def test_modules_are_self_contained_and_in_anywidget_form(explorers):
    for explorer in explorers.values():
        assert not re.search(r"^\s*import\b|https?:|</script", explorer.module, flags=re.MULTILINE)
        assert re.findall(r"^export .*", explorer.module, flags=re.MULTILINE) == ["export default {"]


def test_text_in_the_data_cannot_end_the_script():
    explorer = Explorer("<svg/>", {"words": "</script><script>alert(1)"}, (), "Words.")
    assert "</script><script>" not in explorer._repr_html_()
    assert json.loads(explorer.json) == explorer.data


@pytest.fixture(scope="module")
def first_of_each():
    """Return what the book does to a page."""
    spec = spec_from_file_location("once", ROOT / "lectures" / "_ext" / "once.py")
    once = module_from_spec(spec)
    spec.loader.exec_module(once)
    return once.first_of_each


def test_what_explorers_share_stands_once_on_a_page_of_the_book(explorers, first_of_each):
    prior, graph = explorers["prior"]._repr_html_(), explorers["graph"]._repr_html_()
    page = first_of_each(f"{prior} between {graph}{explorers['shrinkage']._repr_html_()}")
    names = re.findall(r'data-once="(\w+)"', page)
    assert sorted(names) == sorted({*re.findall(r'data-once="(\w+)"', prior + graph)})
    assert page.startswith(f"{prior} between <div"), "the first is whole"
    assert page.count('<script type="module">') == 3
    assert all(explorer.still in page for explorer in explorers.values())
    assert first_of_each(page) == page


def test_the_still_stands_alone(explorers):
    for explorer in explorers.values():
        bundle = explorer._repr_mimebundle_()
        root = ElementTree.fromstring(bundle["image/svg+xml"])
        assert root.tag == f"{SVG}svg"
        assert root.get("aria-label")
        assert "color:" in root.get("style")
        assert explorer.still in bundle["text/html"]
        assert bundle["text/plain"].startswith("<Explorer: ")


def test_shrinkage_frames_are_the_posterior_means(explorers):
    data, raw = explorers["shrinkage"].data, np.linspace(0.05, 0.95, 48)
    chart = Chart((0, 49), (0, 1), "", "")
    means = sweep_of(raw).mean(("chain", "draw"))
    for i in range(len(SIGMAS)):
        moved = dict(zip(map(tuple, data["moves"]), data["frames"][i], strict=True))
        np.testing.assert_allclose(moved["estimate", "cy"], chart.y(means[i].to_numpy()), atol=0.11)
        assert (np.array(moved["interval", "y1"]) > moved["estimate", "cy"]).all(), "the lower end is below"
        assert (np.array(moved["interval", "y2"]) < moved["estimate", "cy"]).all()


def test_prior_bars_hold_all_draws_and_only_the_sliders_move_them():
    def simulate(rng, sd):
        return rng.normal(0.5, sd, 1000)

    explorer = rt.prior_explorer(simulate, {"sd": [0.05, 0.1, 0.1]}, bins=20)
    narrow, wide, again = ([sum(frame[1]), *frame[1]] for frame in explorer.data["frames"])
    assert wide == again
    # Area: heights in pixels times the width of a bar, on axes that hold five times an even spread.
    height = Chart((0, 1), (0, 5), "", "").y(0) - Chart((0, 1), (0, 5), "", "").y(5)
    assert wide[0] / height * 5 / 20 == pytest.approx(1, abs=0.01)
    assert narrow[0] < wide[0], "a bar that would leave the picture ends at its top"


def test_draws_beyond_the_picture_are_said_in_words_and_not_shared_out_among_the_bars():
    beyond, inside = [-0.1] * 3 + [1.1] * 5, np.linspace(0, 1, 12)
    explorer = rt.prior_explorer(lambda rng, sd: np.append(beyond, inside), {"sd": [1]}, bins=4)
    axes = Chart((0, 1), (0, 5), "", "")
    (heights,) = (frame[1] for frame in explorer.data["frames"])
    np.testing.assert_allclose(heights, axes.y(0) - axes.y(3 / 20 / 0.25), atol=0.06)
    (words,) = explorer.data["words"]
    assert words.endswith("40% is beyond the picture.")


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: rt.prior_explorer(lambda rng, sd: sd, {"sigma": [1]}), TypeError, "no argument 'sigma'"),
        (lambda: rt.prior_explorer(lambda rng, sd: sd, {"sd": []}), ValueError, "needs a list of one number or more"),
        (lambda: rt.prior_explorer(lambda rng, sd: sd, {"sd": [1, 2]}, {"sd": 1.4}), ValueError, "nearest is"),
        (lambda: rt.shrinkage_explorer([1, 2], sweep_of([1, 2, 3])), ValueError, "3 groups along 'tank'"),
        (lambda: rt.shrinkage_explorer([1, 2], sweep_of([1, 2]).isel(sigma=0)), ValueError, "needs the dims"),
    ],
)
def test_mistakes_are_named(call, error, says):
    with pytest.raises(error, match=says):
        call()


@pytest.mark.parametrize(("low", "high"), [(0, 1), (0, 49), (-6, 6), (0, 0.031), (12, 13000)])
def test_ticks_are_round_and_inside(low, high):
    found = np.array(ticks(low, high))
    assert 3 <= found.size <= 8
    assert (low <= found).all()
    assert (found <= high).all()
    steps = np.diff(found)
    np.testing.assert_allclose(steps, steps[0])
    assert np.isclose(steps[0] / 10 ** np.floor(np.log10(steps[0]) + 1e-9), [1, 2, 5, 10]).any()


@pytest.fixture(scope="module", params=[("light", 1280), ("dark", 1280), ("light", 390), ("dark", 390)], ids=str)
def tab(request, browser, explorers, first_of_each, tmp_path_factory):
    """Return a page with all explorers, opened from the file system, and what the browser complained about."""
    scheme, width = request.param
    ink, ground = ("#222832", "#ffffff") if scheme == "light" else ("#ced6dd", "#14181e")
    body = "".join(f'<section id="{name}">{each._repr_html_()}</section>' for name, each in explorers.items())
    body = first_of_each(body) if width == 390 else body  # the other pages are as a notebook shows them
    head = f'<meta name="viewport" content="width=device-width"><style>body{{color:{ink};background:{ground}}}</style>'
    page = tmp_path_factory.mktemp("explorers") / "page.html"
    page.write_text(f'<!doctype html><html lang="en"><head>{head}</head><body>{body}</body></html>', encoding="utf-8")
    with browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900}) as context:
        tab = context.new_page()
        tab.complaints = []
        tab.on("console", lambda message: tab.complaints.append(message.text))
        tab.on("pageerror", lambda error: tab.complaints.append(str(error)))
        tab.goto(page.as_uri())
        yield tab
        assert tab.complaints == []


@pytest.fixture
def graph(tab):
    section = tab.locator("#graph")
    section.get_by_role("button", name="Start again").click()
    return section


def test_no_explorer_is_wider_than_the_window(tab):
    assert tab.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def open_paths(graph):
    return [text.split(" \u2014 ")[0] for text in graph.locator("li").all_inner_texts() if text.startswith("open")]


def test_a_click_conditions_and_a_second_one_takes_it_back(graph):
    before = open_paths(graph)
    assert len(before) == 4
    graph.locator("[data-node=S]").click()
    assert open_paths(graph) == ["open causal: W \u2192 D"]
    assert "leaves the effect of W on D, and nothing else" in graph.get_by_role("status").inner_text()
    assert graph.locator("[data-node=S]").get_attribute("aria-pressed") == "true"
    graph.locator("[data-node=S]").click()
    assert open_paths(graph) == before


def test_the_keyboard_does_what_the_mouse_does(tab, graph):
    node = graph.get_by_role("button", name="condition on M")
    node.focus()
    tab.keyboard.press("Enter")
    assert "open biasing (backdoor): W \u2190 S \u2192 M \u2190 A \u2192 D" in open_paths(graph)
    assert node.evaluate("node => node === document.activeElement"), "the focus stays where it was"
    tab.keyboard.press("Space")
    assert node.get_attribute("aria-pressed") == "false"
    for _ in range(60):
        tab.keyboard.press("Tab")
        if tab.evaluate("document.activeElement.getAttribute('aria-label')") == "condition on A":
            return
    pytest.fail("Tab does not reach the variables")


def test_unobserved_variables_and_the_ends_cannot_be_conditioned_on(graph):
    for name in ("U", "W", "D"):
        node = graph.locator(f"[data-node={name}]")
        node.click()
        assert node.get_attribute("role") is None
    assert "nothing" in graph.get_by_role("status").inner_text()


def test_adjustment_sets_are_shown_one_after_the_other(graph):
    button = graph.get_by_role("button", name="Show an adjustment set")
    said = []
    for _ in range(2):
        button.click()
        said.append(graph.get_by_role("status").inner_text())
    assert said[0] == "Conditioning on {S} leaves the effect of W on D, and nothing else. (Set 1 of 1.)"
    graph.get_by_label("Exposure").select_option("M")
    button.click()
    assert "There is no set of observed variables" in graph.get_by_role("status").inner_text()


def test_an_intervention_cuts_the_arrows_into_the_exposure(graph):
    graph.get_by_role("button", name="do(W)").click()
    assert open_paths(graph) == ["open causal: W \u2192 D"]
    assert graph.locator(".cut").count() == 2, "line and head of S -> W"
    graph.get_by_role("button", name="Start again").click()
    assert graph.locator(".cut").count() == 0


def test_causal_and_biasing_paths_differ_by_more_than_colour(graph):
    dash = "path => getComputedStyle(path).strokeDasharray"
    assert graph.locator("path.causal").first.evaluate(dash) == "none"
    assert graph.locator("path.biasing").first.evaluate(dash) != "none"
    words = graph.locator("li").all_inner_texts()
    assert all(("causal" in text) != ("biasing" in text) for text in words)


def test_a_path_of_the_list_is_shown_alone(graph):
    graph.locator("li button", has_text="S \u2192 A \u2192 D").first.click()
    assert graph.locator("path.biasing").count() == 3
    assert graph.locator("path.causal").count() == 0


def test_an_outcome_that_was_conditioned_on_is_so_no_longer(graph):
    graph.locator("[data-node=M]").click()
    graph.get_by_label("Outcome").select_option("M")
    assert "M" not in graph.get_by_role("status").inner_text().split(" leave")[0]
    assert graph.locator("[data-node=M]").get_attribute("aria-pressed") is None
    assert graph.locator("[data-node=M]").get_attribute("fill") == "none"


def test_names_may_have_spaces_at_their_ends_and_inside(browser, tmp_path):
    """The text of an option loses such spaces, and a variable that is not there has no effect on anything."""
    dag = rt.CausalGraph([(" X", "Y"), ("a  b", " X"), ("a  b", "Y")])
    page = tmp_path / "page.html"
    page.write_text(f"<!doctype html><body>{dag.explore('a  b', 'Y')._repr_html_()}</body>", encoding="utf-8")
    with browser.new_context() as context:
        tab = context.new_page()
        tab.goto(page.as_uri())
        tab.get_by_label("Exposure").select_option(index=0)
        assert tab.get_by_label("Exposure").input_value() == " X"
        assert "leave a biasing path open" in tab.get_by_role("status").inner_text().replace("leaves", "leave")
        tab.get_by_role("button", name="Show an adjustment set").click()
        assert "and nothing else" in tab.get_by_role("status").inner_text()


def test_a_slider_moves_marks_and_words_and_the_keyboard_moves_the_slider(tab):
    section = tab.locator("#shrinkage")
    slider = section.get_by_role("slider")
    places = "marks => marks.map(mark => mark.getAttribute('cy'))"
    slider.focus()
    tab.keyboard.press("Home")
    before = section.locator("[data-mark=estimate]").evaluate_all(places)
    tab.keyboard.press("ArrowRight")
    after = section.locator("[data-mark=estimate]").evaluate_all(places)
    assert before != after
    assert section.get_by_role("status").inner_text().startswith("sigma = 1:")
    assert slider.get_attribute("aria-valuetext") == "sigma 1"
    assert section.locator("svg").get_attribute("aria-label").startswith("sigma = 1:")


def test_two_sliders_choose_one_of_all_combinations(tab, explorers):
    section = tab.locator("#prior")
    words = explorers["prior"].data["words"]
    first, second = section.get_by_role("slider").all()
    first.fill("18")
    second.fill("0")
    assert section.get_by_role("status").inner_text() == words[18 * 3]
    heights = section.locator("[data-mark=bar]").evaluate_all(
        "bars => bars.map(bar => Number(bar.getAttribute('height')))"
    )
    assert heights == explorers["prior"].data["frames"][18 * 3][1]


def test_without_scripts_the_still_remains(browser, explorers):
    with browser.new_context(java_script_enabled=False) as context:
        tab = context.new_page()
        tab.set_content("".join(explorer._repr_html_() for explorer in explorers.values()))
        assert tab.locator("svg").count() == 3
        assert tab.locator("button, input, select").count() == 0
