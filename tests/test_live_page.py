"""Laws of a model that is sampled in the page: what a reader may do to it, and what she sees then."""

import re

import numpy as np
import pymc as pm
import pytensor.tensor as pt
import pytest
import xarray as xr
from conftest import ROOT
from graph_pages import LOOK, serious

import rethinking as rt
from rethinking.in_page.scripts import workshop

N = 8
HOSTILE = '</script><img src="x" onerror="document.title=1">'
HOSTILE_NAME = HOSTILE.replace("/", "")  # PyMC takes no slash in a name


def line(name="slope", spread="spread"):
    """Return a straight line through eight points, whose prior has a slider, and a small fit of it."""
    rng = np.random.default_rng(1)
    x = np.linspace(-2, 2, N)
    with pm.Model(coords={"point": range(N)}) as model:
        spread = pm.Data(spread, 2.0)
        x_seen, y_seen = pm.Data("x", x, dims="point"), pm.Data("y", 1 + x + rng.normal(0, 0.5, N), dims="point")
        alpha, beta = pm.Normal("alpha", 0, 5), pm.Normal(name, 0, spread)
        sigma = pm.Exponential("sigma", 1)
        mu = pm.Deterministic("mu", alpha + beta * x_seen, dims="point")
        pm.Normal("seen", mu, sigma, observed=y_seen, dims="point")
    alpha, beta, sigma = rng.normal([1, 1, 0.6], 0.1, (2, 50, 3)).transpose(2, 0, 1)
    sample = ("chain", "draw")
    fit = xr.Dataset({"alpha": (sample, alpha), name: (sample, beta), "sigma": (sample, sigma)})
    fit["mu"] = ((*sample, "point"), alpha[..., None] + beta[..., None] * x)
    return model, fit


def explorer(name="slope", label="slope", spread="spread", **options):
    """Return the line as an explorer."""
    model, fit = line(name, spread)
    plots = {("x", "mu"): {"points": "y", "limits": (-4, 8)}, ("alpha", name): {}}
    plots[name] = {"label": label, "limits": (-2, 4)}
    edit = {"y": (-4, 8), "x": (-3, 3)}
    settings = {"draws": 400, "tune": 300, "fit": fit, "caption": "Points can be dragged."}
    return rt.live(model, {spread: [0.01, 0.5, 2, 10]}, plots, edit=edit, **settings | options)


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """Return the path of a page with the explorer."""
    path = tmp_path_factory.mktemp("live") / "page.html"
    head = '<meta name="viewport" content="width=device-width"><style>body{color-scheme:light dark}</style>'
    path.write_text(f'<!doctype html><html lang="en"><head>{head}</head><body>{explorer()._repr_html_()}</body></html>')
    return path


@pytest.fixture
def opened(browser, page):
    """Return a function that opens the page, and checks at the end that nothing complained or left the page."""
    contexts, complaints, asked = [], [], []

    def open_page(script="", **options):
        context = browser.new_context(**{"viewport": {"width": 1000, "height": 1200}} | options)
        contexts.append(context)
        tab = context.new_page()
        tab.add_init_script(script)
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        tab.on("console", lambda message: complaints.append(message.text))
        tab.on("request", lambda request: asked.append(request.url))
        tab.goto(page.as_uri())
        return tab

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints
    assert {re.sub(r"^(file|blob):.*", r"\1", address) for address in asked} <= {"file", "blob"}


def done(tab, times=1):
    """Wait until the page has sampled so many times, and return what it says."""
    asked = f"Number(document.querySelector('.rethinking-explorer').dataset.done) >= {times}"
    tab.wait_for_function(asked, timeout=20_000)
    return tab.inner_text("[role=status]"), tab.inner_text(".numbers")


def slope(said):
    """Return the posterior mean that the page says."""
    return float(re.search(r"mean (-?[\d.]+)", said)[1])


def test_budgets_hold():
    live = explorer()
    assert len(workshop().encode()) <= 12_000
    assert len("".join(live.functions.values()).encode()) + len(live.json.encode()) <= 40_000
    assert not re.search(r"\beval\b|new Function|https?:", live.module + live.expression)


def test_two_models_on_a_page_share_one_sampler(browser, tmp_path, monkeypatch):
    """In the book it stands once; in a notebook, where outputs come and go, each brings it and the first is used."""
    monkeypatch.syspath_prepend(ROOT / "lectures" / "_ext")
    from once import first_of_each

    first, second = explorer(draws=100, tune=100), explorer(spread="width", draws=100, tune=100)
    assert first.module == second.module
    both = first._repr_html_() + second._repr_html_()
    assert first_of_each(both).count("const workshop =") == both.count("const workshop =") / 2 == 1
    added = len(first_of_each(both)) - len(first._repr_html_())
    assert added < 40_000 + len(second.still)
    for body in [both, first_of_each(both)]:
        path = tmp_path / "page.html"
        path.write_text(f"<!doctype html><body>{body}</body>", encoding="utf-8")
        with browser.new_context(viewport={"width": 1000, "height": 4000}) as context:
            tab = context.new_page()
            tab.goto(path.as_uri())
            tab.wait_for_function("document.querySelectorAll('[data-done]').length == 2", timeout=20_000)
            assert (
                tab.locator("label", has_text="spread").count() == tab.locator("label", has_text="width").count() == 1
            )


def test_the_page_samples_and_a_slider_changes_the_posterior(opened):
    tab = opened()
    said, numbers = done(tab)
    assert abs(slope(said) - 1) < 0.4
    assert re.match(r"4 chains of 400 draws in .*largest R-hat 1\.0\d\d, smallest ESS \d.*0 divergences", numbers)
    tab.focus("input[type=range]")
    tab.keyboard.press("Home")
    narrow, _ = done(tab, 2)
    assert abs(slope(narrow)) < 0.1


def test_a_changed_datum_moves_the_line_and_rows_come_and_go(opened):
    tab = opened()
    before = slope(done(tab)[0])
    fields = tab.locator("input[type=number]")
    fields.nth(0).fill(str(N))
    fields.nth(0).press("Tab")
    fields.nth(1).fill("8")
    fields.nth(1).press("Tab")
    assert slope(done(tab, 2)[0]) > before + 0.3
    dots = tab.locator("[data-row]")
    assert dots.count() == N
    tab.get_by_role("button", name="Add a point").click()
    done(tab, 3)
    assert dots.count() == N + 1
    tab.get_by_role("button", name="Remove this point").click()
    done(tab, 4)
    assert dots.count() == N


def test_a_point_can_be_dragged(opened):
    tab = opened()
    before = slope(done(tab)[0])
    box = tab.locator(f'[data-row="{N - 1}"]').bounding_box()
    tab.mouse.move(box["x"] + 4, box["y"] + 4)
    tab.mouse.down()
    tab.mouse.move(box["x"] + 4, box["y"] + 124, steps=4)
    tab.mouse.up()
    assert slope(done(tab, 2)[0]) < before - 0.2


def test_a_value_out_of_its_limits_is_refused_in_a_sentence(opened):
    tab = opened()
    done(tab)
    field = tab.locator("input[type=number]").nth(1)
    kept = field.input_value()
    for wrong in ["99", ""]:
        field.fill(wrong)
        field.press("Tab")
        assert tab.inner_text("[role=status]") == "y must be a number from -4 to 8."
        assert field.input_value() == kept


def counties(most=(2, 5, 9)):
    """Return three counties of which a reader may take houses away, and a small fit of them."""
    county, place = np.repeat(range(3), most), np.concatenate([np.arange(n) for n in most])
    y = np.random.default_rng(1).normal([1, 1, 4], 0.3, (16, 3))[np.arange(16), county]
    with pm.Model(coords={"county": ["Aitkin", "</script>", "Cass"]}) as model:
        houses = pm.Data("houses", np.array(most), dims="county")
        level = pm.Normal("level", pm.Normal("mu", 2, 0.1), 0.5, dims="county")
        there = place < houses[county]
        pm.Potential("seen", pm.math.sum(there * pm.logp(pm.Normal.dist(level[county], 0.3), y)))
        pm.Deterministic("mean", pt.zeros(3)[county].inc(there * y) / houses, dims="county")
    sample = ("chain", "draw")
    levels = np.random.default_rng(2).normal([1, 1, 4], 0.1, (2, 50, 3))
    return model, xr.Dataset({"level": ((*sample, "county"), levels), "mu": (sample, levels[..., 0])})


def test_a_county_without_houses_is_like_the_population(browser, tmp_path):
    """Its limits are its own, its name is shown, its interval marked; without data it has no dot."""
    most = (2, 5, 9)
    model, fit = counties(most)
    plots = {"level": {"points": "mean", "limits": (-1, 6)}}
    live = rt.live(model, plots=plots, edit={"houses": (0, most)}, fit=fit, draws=400, tune=300)
    path = tmp_path / "page.html"
    path.write_text(f"<!doctype html><body>{live._repr_html_()}</body>", encoding="utf-8")
    with browser.new_context(viewport={"width": 1000, "height": 1200}) as context:
        tab = context.new_page()
        complaints = []
        tab.on("console", lambda message: complaints.append(message.text))
        tab.goto(path.as_uri())
        said, _ = done(tab)
        assert said.startswith("Aitkin, level: mean")
        row, houses = tab.locator("input[type=number]").all()
        row.fill("2")
        row.press("Tab")
        assert tab.inner_text("[role=status]").startswith("</script>, level: mean")
        row.fill("3")
        row.press("Tab")
        said = tab.inner_text("[role=status]")
        assert said.startswith("Cass, level: mean")
        assert slope(said) > 3.5
        assert (houses.get_attribute("max"), houses.input_value()) == ("9", "9")
        houses.fill("10")
        houses.press("Tab")
        assert tab.inner_text("[role=status]") == "houses must be a whole number from 0 to 9."
        dots, marked = tab.locator("[data-row]"), tab.locator('line[stroke="#d55e00"]')
        assert (dots.count(), marked.count()) == (3, 1)
        houses.fill("0")
        houses.press("Tab")
        said, _ = done(tab, 2)
        assert abs(slope(said) - 2) < 0.15
        assert (dots.count(), marked.count()) == (2, 1)
        assert tab.get_by_role("button", name="Add").count() == 0, "the model fixes how many counties there are"
    assert not complaints


@pytest.mark.parametrize(
    ("limits", "says"),
    [
        ((0, (2, 5)), "one number for each of its 3 rows"),
        ((0, ("a", "b", "c")), "one number for each of its 3 rows"),
        (((3, 0, 0), (2, 5, 9)), "above its upper limit"),
        ((0, (2, 5, np.inf)), "not finite"),
        ((0, (1, 5, 9)), "lie beyond"),
        ((9, 0), "two numbers that increase"),
        ([0, 2, 9], "two numbers that increase"),
        (0, "two numbers that increase"),
    ],
)
def test_limits_that_do_not_fit_the_rows_are_refused(limits, says):
    model, fit = counties()
    with pytest.raises(ValueError, match=says):
        rt.live(model, plots=["level"], edit={"houses": limits}, fit=fit)


def test_data_that_the_model_calls_impossible_are_said_to_be_so(browser, tmp_path):
    with pm.Model() as model:
        p = pm.Beta("p", 2, 2)
        pm.Binomial(
            "k", n=pm.Data("n", [5, 6], dims="row"), p=p, observed=pm.Data("seen", [2, 3], dims="row"), dims="row"
        )
    draws = xr.Dataset({"p": (("chain", "draw"), np.random.default_rng(1).beta(7, 8, (2, 50)))})
    path = tmp_path / "page.html"
    live = rt.live(model, plots=["p"], edit={"seen": (0, 9)}, fit=draws, draws=100, tune=100)
    path.write_text(f"<!doctype html><body>{live._repr_html_()}</body>")
    with browser.new_context() as context:
        tab = context.new_page()
        tab.goto(path.as_uri())
        before, _ = done(tab)
        field = tab.locator("input[type=number]").nth(1)
        field.fill("9")
        field.press("Tab")
        tab.wait_for_function("document.querySelector('[role=status]').textContent.startsWith('There is no posterior')")
        field.fill("5")
        field.press("Tab")
        assert slope(done(tab, 2)[0]) > slope(before)
        tab.get_by_role("button", name="Sample again").click()
        assert done(tab, 3)[0] != before


@pytest.mark.parametrize("refusal", ["throw new Error('none')", "setTimeout(() => this.onerror(new Event('error')))"])
def test_where_workers_are_refused_the_page_samples_itself(opened, refusal):
    worker = f"window.Worker = class {{ constructor() {{ {refusal}; }} postMessage() {{}} terminate() {{}} }};"
    said, _ = done(opened(worker))
    assert abs(slope(said) - 1) < 0.4


def test_it_fits_a_phone_in_the_dark(opened):
    tab = opened(color_scheme="dark", viewport={"width": 390, "height": 900})
    done(tab)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_serious(browser, tmp_path, scheme, width):
    """Neither where points are dragged nor where rows have names, before, after, and when something was refused."""
    model, fit = counties()
    rows = rt.live(model, plots={"level": {"points": "mean"}}, edit={"houses": (0, (2, 5, 9))}, fit=fit, draws=100)
    body = f"<main><h1>Live</h1>{explorer(draws=100)._repr_html_()}{rows._repr_html_()}</main>"
    path = tmp_path / "page.html"
    head = f'<title>Live</title><meta charset="utf-8"><meta name="viewport" content="width=device-width"><style>{LOOK}'
    path.write_text(f'<!doctype html><html lang="en"><head>{head}</style></head><body>{body}</body></html>', "utf-8")
    with browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 3000}) as context:
        tab = context.new_page()
        tab.goto(path.as_uri())
        assert serious(tab) == []
        tab.wait_for_function("document.querySelectorAll('[data-done]').length == 2", timeout=20_000)
        for field in tab.get_by_label("houses").all():
            field.fill("99")
            field.press("Tab")
        assert "houses must be" in tab.locator("[role=status]").last.inner_text()
        assert serious(tab) == []


def test_without_scripts_the_still_remains(browser, page):
    with browser.new_context(java_script_enabled=False) as context:
        tab = context.new_page()
        tab.goto(page.as_uri())
        label = tab.locator("svg").get_attribute("aria-label")
    assert re.fullmatch(r"A model .* slope: mean [\d.]+, 89 % interval [\d.]+ to [\d.]+\.", label)


def test_names_cannot_end_the_script(browser, tmp_path):
    hostile = explorer(HOSTILE_NAME, HOSTILE, HOSTILE_NAME + " ", caption=HOSTILE)
    path = tmp_path / "page.html"
    path.write_text(f"<!doctype html><body>{hostile._repr_html_()}</body>")
    with browser.new_context() as context:
        tab = context.new_page()
        tab.goto(path.as_uri())
        said, _ = done(tab)
        assert tab.title() != "1"
        assert tab.locator("img").count() == 0
    assert f"{HOSTILE}: mean" in said
