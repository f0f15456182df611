"""The book with a screen reader and without a mouse: axe-core, on every page as it is built."""

from pathlib import Path

import axe_playwright_python
import pytest
from conftest import ROOT
from test_site import pages

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js")
RUN = """
async rules => {
  await window.MathJax?.startup?.promise;
  const { violations, passes } = await axe.run(document, { resultTypes: ["violations"], ...rules });
  const brief = node => node.html.slice(0, 160);
  return {
    passes: passes.length,
    violations: violations.filter(({ impact }) => ["serious", "critical"].includes(impact))
      .map(({ id, nodes }) => [id, nodes.map(brief)]),
  };
}
"""


# The two schemes differ in colours alone.
RULES = {"light": {}, "dark": {"runOnly": ["color-contrast"]}}


@pytest.mark.parametrize("scheme", RULES)
def test_no_page_has_a_serious_violation(browser, site, served_site, scheme):
    found = {}
    with browser.new_context(color_scheme=scheme, viewport={"width": 1280, "height": 900}) as context:
        for page in pages(site):
            tab = context.new_page()
            tab.goto(f"{served_site}/{page}", wait_until="load")
            tab.add_script_tag(path=AXE)
            result = tab.evaluate(RUN, RULES[scheme])
            tab.close()
            assert result["passes"] > (10 if scheme == "light" else 0), "axe looked at the page"
            if result["violations"]:
                found[page] = result["violations"]
    assert found == {}


@pytest.fixture
def accessibility(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "lectures" / "_ext")
    import accessibility

    return accessibility


def test_repairs_touch_what_they_name_and_nothing_else(accessibility):
    citation = '<div role="list" class="citation-list"><div class="citation" id="a" role="doc-biblioentry">'
    assert 'id="a" role="listitem"' in accessibility.repair(citation)
    switch = '<summary aria-label="Toggle hidden content"><span>Show code cell source</span></summary>'
    assert accessibility.repair(switch) == "<summary><span>Show code cell source</span></summary>"
    assert accessibility.repair('<p role="doc-biblioentry">text</p>') == '<p role="doc-biblioentry">text</p>'
