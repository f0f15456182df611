"""What sampling in the page costs: four chains of 1,000 draws by rt.live in Chromium, and by nutpie, already compiled.

Each model has a process of its own, in which the page is opened some times and the compiled model sampled as often;
both take 500 draws before those that count. *first picture* is the time from the start of sampling, workers included.
It needs Chromium and playwright, which the environment of the tests has: `.venv/bin/python benchmarks/in_the_page.py`.
"""

import shutil
import tempfile
from pathlib import Path
from statistics import median

from measure import fresh, run, stopwatch

import rethinking as rt

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
MODELS = ("frogs", "predators", "Mundlak", "latent Mundlak", "radon")


def one(name, repeats):
    """Return seconds of both, and what the page weighs."""
    from models import cases

    case = cases()[name]
    form = case.forms.get("page") or case.forms["integrated"]
    model = form.model(case.data)
    sampler = rt.Sampler(model)
    fits = []
    for seed in range(repeats):
        with stopwatch() as cost:
            fit = sampler.sample(1000, tune=500, chains=4, seed=seed)
        fits.append(cost["wall"])
    first = next(rv.name for rv in model.free_RVs if rv.type.ndim == 0)
    with stopwatch() as lowering:
        live = rt.live(model, plots=[first], fit=fit)
    pages = in_browser(live, repeats)
    weight = len("".join(live.functions.values()).encode()) + len(live.json.encode())
    return {
        "page": median(page["took"] for page in pages) / 1000,
        "first": median(page["first"] for page in pages) / 1000,
        "nutpie": median(fits),
        "lowering": lowering["cpu"],
        "weight": weight / 1000,
        "parameters": sum(value.size for value in model.initial_point().values()),
    }


def in_browser(live, repeats):
    """Return milliseconds until the first picture and until the last draw, for each time that the page is opened."""
    from playwright.sync_api import sync_playwright

    found = []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        page = Path(folder) / "page.html"
        page.write_text(f"<!doctype html><body>{live._repr_html_()}</body>", encoding="utf-8")
        path = next(filter(None, map(shutil.which, BROWSERS)))
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        for _ in range(repeats):
            tab = browser.new_page()
            tab.goto(page.as_uri())
            tab.wait_for_selector("[data-done]", timeout=60_000)
            data = tab.evaluate("({ ...document.querySelector('.rethinking-explorer').dataset })")
            found.append({name: float(data[name]) for name in ("first", "took")})
            tab.close()
        browser.close()
    return found


def report(quick, repeats):
    """Give one table."""
    rows = []
    for name in MODELS[:1] if quick else MODELS:
        cost = fresh(__file__, name=name, repeats=repeats)
        rows.append(
            {
                "model": name,
                "parameters": cost["parameters"],
                "page, s": cost["page"],
                "nutpie, s": cost["nutpie"],
                "page / nutpie": cost["page"] / cost["nutpie"],
                "first picture, s": cost["first"],
                "lowering, CPU s": cost["lowering"],
                "script and data, kB": cost["weight"],
            }
        )
    yield "Four chains of 1,000 draws", rows


if __name__ == "__main__":
    run(__file__, one, report)
