"""The book with a screen reader and without a mouse: axe-core, on every page as it is built."""

from pathlib import Path

import axe_playwright_python
import pytest
from conftest import ROOT
from test_site import pages

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js")
RUN = """
async rules => {
  const { violations, passes } = await axe.run(document, { resultTypes: ["violations"], ...rules });
  const brief = node => node.html.slice(0, 160);
  return {
    passes: passes.map(({ id }) => id),
    violations: violations.filter(({ impact }) => ["serious", "critical"].includes(impact))
      .map(({ id, nodes }) => [id, nodes.map(brief)]),
  };
}
"""
# The two schemes differ in colours alone.
RULES = {"light": {}, "dark": {"runOnly": ["color-contrast"]}}

# Joins words to the text around them, but for the first of each look in both schemes: a page has thousands of words in
# code and in drawn mathematics, in a handful of looks, and axe takes its time for each. What says more than its look,
# by a role or a name, stays. Returns how many it joined.
THIN = """
() => {
  const root = document.documentElement, scheme = root.dataset.theme;
  const plain = each => !each.getAttributeNames().some(name => /^(aria-.*|id|lang|role|tabindex|title)$/.test(name));
  const worded = "article :is(span, em, code, strong), mjx-math *, mjx-assistive-mml *";
  const words = [...document.querySelectorAll(worded)].filter(plain);
  const looks = new Map(words.map(each => [each, ""])), seen = new Set();
  for (root.dataset.theme of ["light", "dark"]) {
    const behind = new Map([[null, ""]]);
    const ground = each => {
      if (!behind.has(each)) {
        const { backgroundColor, backgroundImage, opacity } = getComputedStyle(each);
        behind.set(each, `${ground(each.parentElement)} ${backgroundColor} ${backgroundImage} ${opacity}`
          .replace(" rgba(0, 0, 0, 0) none 1", ""));
      }
      return behind.get(each);
    };
    for (const each of words) {
      const { color, fontSize, fontWeight } = getComputedStyle(each);
      looks.set(each, [looks.get(each), color, fontSize, fontWeight, ground(each)].join());
    }
  }
  root.dataset.theme = scheme;
  const again = words.filter(each => seen.size === seen.add(looks.get(each)).size);
  for (const each of again) each.replaceWith(...each.childNodes);
  return again.length;
}
"""


def test_no_page_has_a_serious_violation(browser, site, served_site):
    found = {}
    with browser.new_context(color_scheme="light", viewport={"width": 1280, "height": 900}) as context:
        for page in pages(site):
            tab = context.new_page()
            tab.goto(f"{served_site}/{page}", wait_until="load")
            tab.add_script_tag(path=AXE)
            tab.add_style_tag(content="* { transition: none !important; }")  # colours on their way from one scheme
            tab.evaluate("async () => await window.MathJax?.startup?.promise")
            tab.evaluate(THIN)
            results = look(tab)
            tab.close()
            assert len(results["light"]["passes"]) > 10
            assert all("color-contrast" in of["passes"] for of in results.values())
            found |= {(page, scheme): of["violations"] for scheme, of in results.items() if of["violations"]}
    assert found == {}


def look(tab):
    """Return what axe says of a page, by scheme."""
    results = {}
    for scheme, rules in RULES.items():
        tab.emulate_media(color_scheme=scheme)
        tab.evaluate("scheme => { document.documentElement.dataset.theme = scheme; }", scheme)
        results[scheme] = tab.evaluate(RUN, rules)
    return results


@pytest.mark.parametrize("bad", ["em.seldom", "mjx-mi"])
def test_a_word_that_is_hard_to_read_is_found_among_many(browser, bad):
    """In the dark scheme alone, and behind words that look alike in the light one."""
    words = "<em>word</em> " * 20 + "<em class='seldom'>word</em> <mjx-math><mjx-mi>sin</mjx-mi></mjx-math>"
    dark = "[data-theme=dark] body { background: #111; color: #eee; }"
    style = f"<style>{dark} [data-theme=dark] {bad} {{ color: #333; }}</style>"
    with browser.new_context() as context:
        tab = context.new_page()
        tab.set_content(f"<html lang='en' data-theme='light'>{style}<article><p>{words}</p></article></html>")
        tab.add_script_tag(path=AXE)
        joined = tab.evaluate(THIN)
        by_scheme = {scheme: dict(of["violations"]) for scheme, of in look(tab).items()}
    assert joined >= 19
    assert "color-contrast" not in by_scheme["light"]
    assert len(by_scheme["dark"]["color-contrast"]) == 1


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
