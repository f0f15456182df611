"""Every number in the prose of a page is borne, and what only checks is out of the reader's way."""

import ast
import re

import pytest
from claims import _value, claims_of_cause, read_page, report, unborne

from rethinking.book.pages import code_cells, page_paths

PAGES = {name: path for name, path in page_paths().items() if not name.startswith("exercises/")}
FOLDED = {"hide-input", "hide-cell", "remove-input", "remove-cell"}


@pytest.mark.parametrize("name", PAGES)
def test_every_number_in_the_prose_is_borne_by_an_assertion_or_a_citation(name):
    loose = [f"line {number.line}: {number.text}" for number in unborne(PAGES[name].read_text(encoding="utf-8"))]
    assert not loose, f"nothing bears these numbers, see `python tests/claims.py {name}`"


def page_of(prose, code="pass", section="# Title"):
    return f"{section}\n\n{prose}\n\n```{{code-cell}} ipython3\n{code}\n```\n"


LOOSE = [
    "The mean is 1.62.",
    "The mean is -0.5 here.",
    "It takes ten worlds.",
    "Three hundred and thirty-one people came.",
    "It is three and a half hours.",
    "About half of them came.",
    "A third of the tanks died.",
    "It was right in one world out of five.",
    "It is three times as large.",
    "Coverage is 86 % there.",
    "The value $\\sigma = 1.61$ is best.",
    "| a | 7.25 |",
]


@pytest.mark.parametrize("prose", LOOSE)
def test_a_number_without_an_assertion_is_found(prose):
    assert len(unborne(page_of(prose))) == 1
    assert len(unborne(page_of(prose, "assert x == 12.75"))) == 1
    assert unborne(page_of(f"{prose[:-1]} {{cite}}`who2000`.")) == []


def test_a_number_is_found_in_captions_and_alternative_texts():
    figure = "mystnb:\n  image:\n    alt: Peaks at 3.25.\n  figure:\n    caption: Peaks at 4.5."
    cell = f"---\n{figure}\n---\nax.plot(3.25, 4.5)"
    assert [number.value for number in unborne(page_of("Text.", cell))] == [3.25, 4.5]


BORNE = {
    "The mean is 1.62.": "assert abs(x - 1.618) < 0.01",
    "The mean is -0.61 (0.16).": 'for name, (m, s) in {"b": (-0.607, 0.158)}.items():\n    assert abs(x[name] - m) < s',
    "The means were 1.3 and 2.7.": "exact = [1.3, 2.7]\nassert np.allclose(x, exact)",
    "It takes 9,930 answers.": "assert len(x) == 9930",
    "Ten thousand came.": "assert len(x) == 10_000",
    "Coverage is 86 %.": "assert round(x, 2) == 0.86",
    "About half of them came.": "assert abs(x - 0.5) < 0.1",
    "It was right in one world out of five.": "assert abs(x - 0.2) < 0.1",
    "Twice as many came.": "assert x == 2 * y",
    "The difference is 3.5.": "assert abs(x - (1.5 - -2.0)) < 0.1",
}


@pytest.mark.parametrize(("prose", "code"), BORNE.items())
def test_an_assertion_that_mentions_a_number_bears_it(prose, code):
    assert unborne(page_of(prose, code)) == []


def test_what_is_no_claim_is_left_alone():
    prose = """In 1948 layer 2 and `x[17]` met $\\sigma_{25}^{2} \\sim \\text{Normal}(0, 1.5)$, per 1000 adults.

    This page needs about 45 minutes, and {doc}`12_multilevel_models` for two reasons: 89 % intervals.

    $$
    x = 17.5
    $$
    """
    assert unborne(page_of(re.sub("^ +", "", prose, flags=re.MULTILINE))) == []


def test_numbers_in_words_have_values():
    words = {"Three hundred and thirty-one": 331, "ten thousand": 10_000, "three and a half": 3.5, "twenty-four": 24}
    assert {text: _value(text) for text in words} == words


def test_a_claim_of_cause_comes_with_what_stands_nearest():
    text = page_of("Tanks move because they are small. They are many.", "assert small")
    [(line, sentence, support)] = claims_of_cause(read_page(text))
    assert (line, sentence, support) == (3, "Tanks move because they are small.", "assertion, line 6")
    assert "**judge**" not in report("a page", _Written(text))
    assert "**judge**" in report("a page", _Written(page_of("Tanks move because they are small.")))


class _Written:
    """A page that was not written to a file."""

    def __init__(self, text):
        self.text = text

    def read_text(self, encoding):
        assert encoding == "utf-8"
        return self.text


def shows_nothing(tree, elsewhere):
    """Return whether a cell only asserts: it shows nothing, and no other cell uses a name of its own."""
    asserts = any(isinstance(node, ast.Assert) for node in ast.walk(tree))
    shows = any(isinstance(node, ast.Expr) for node in ast.walk(tree))
    bound = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    return asserts and not shows and not bound & elsewhere


# In the dictionary of R and Python the assertions are the text: they say what a call returns.
@pytest.mark.parametrize("name", [name for name in PAGES if name != "words_in_pymc"])
def test_cells_that_only_assert_are_folded(name):
    cells = [(tags, ast.parse(source)) for _, tags, source in code_cells(PAGES[name].read_text(encoding="utf-8"))]
    used = [{node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} for _, tree in cells]
    for number, (tags, tree) in enumerate(cells):
        elsewhere = set().union(*used[:number], *used[number + 1 :])
        assert FOLDED & set(tags) or not shows_nothing(tree, elsewhere), ast.unparse(tree)


@pytest.mark.parametrize("name", PAGES)
def test_what_refuses_bad_input_is_folded(name):
    """A function that mostly raises errors is for whoever changes the page, not for whoever reads it."""
    for _, tags, source in code_cells(PAGES[name].read_text(encoding="utf-8")):
        raises = len(re.findall(r"^ +raise ", source, flags=re.MULTILINE))
        assert raises < 2 or FOLDED & set(tags), source


def test_the_glossary_says_the_limits_that_the_package_has():
    import inspect

    from rethinking.sampling import diagnostics

    text = PAGES["glossary"].read_text(encoding="utf-8")
    source = inspect.getsource(diagnostics)
    assert "at most 1.01" in text
    assert "400 of each" in text
    assert "1.01" in source
    assert "400" in source
