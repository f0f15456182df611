"""What bears each claim of a page: `python tests/claims.py [page ...]` prints tables of its numbers and its causes.

A number in the prose of a page (text, tables, captions and alternative texts of figures) must be borne by

- an **assertion** of the page that mentions it: the number, to the digits shown, is a constant of an ``assert``, of the
  loop around it, or of a literal that it names, such as ``exact = {"mu": (1.49, 0.05)}``; or
- a **citation** in the same paragraph.

So whoever writes "1.62" writes ``assert round(float(sigma.mean()), 2) == 1.62`` in a folded cell, and whoever writes
"ten worlds" writes ``assert len(worlds) == 10``.

What counts as a number: digits; numbers in words from ten upwards; fractions and factors ("half", "a third of",
"twice", "three times", "one out of five"). Signs are ignored, 0.89 is 89 %, and 1.62 is borne by 1.618.

What does not: code; displayed formulas, and in formulas distributions, subscripts and powers; years; the numbers of
lists; names with a number in them ("layer 2", "CC BY 4.0"); units ("per 1000 adults"); the minutes that a page takes;
89 % where it says what an interval is; whole numbers below ten in words, because most of them count what the sentence
itself names. Pages without code, such as the glossary, state no results.

A claim of cause is a sentence with a word such as "because" or "therefore". A script cannot tell whether a cause is
shown, so each is listed with what stands nearest to it, the assertions of its section and the citations of its
paragraph, for an author to judge; those without either come first.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from rethinking.book.pages import code_cells, page_paths

UNITS = re.findall(
    "[a-z]+",
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen",
)
TENS = re.findall("[a-z]+", "twenty thirty forty fifty sixty seventy eighty ninety")
WORDS = {word: value for value, word in enumerate(UNITS)} | {word: 10 * k for k, word in enumerate(TENS, 2)}
SCALES = {"hundred": 100, "thousand": 1000, "million": 1_000_000, "dozen": 12}
PARTS = {"half": 1 / 2, "third": 1 / 3, "quarter": 1 / 4, "fifth": 1 / 5, "tenth": 1 / 10, "hundredth": 1 / 100}
IN_WORDS = "|".join([*WORDS, *SCALES])
LABELS = "layer|line|courier|group|world|step|question|case|chapter|lecture|page|stratum|county|customer|tank|setting"
NAMES = re.compile(
    rf"\b(?:{LABELS})s? \d+(?:, \d+)*(?: (?:and|or|to) \d+)?\b|\b(?:CC BY|PyMC|ArviZ|BSD) \d[\w.-]*"
    r"|\b(?:19|20)\d\d\b(?! \w+s\b)|\bper (?:1000|hundred|thousand|million)\b"
    r"|\b89 (?:%|per ?cent)",
    re.IGNORECASE,
)

NUMBER = re.compile(r"(?<![\w.,/^_{])[-+]?(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?(?![\w])\s*(%|per ?cent)?")
SPELLED = re.compile(rf"\b(?:{IN_WORDS})(?:[ -](?:and )?(?:{IN_WORDS}))*\b(?: and a half\b)?", re.IGNORECASE)
SMALL = "|".join(UNITS[1:11])
PART = re.compile(
    rf"\b(?:(?P<n>a|an|one|two|three|four|every)[ -])?(?P<part>{'|'.join(PARTS)})s?\b"
    r"(?= of\b| (?:an?|the|as)\b|[,.;:)]|$)",
    re.IGNORECASE,
)
FACTOR = re.compile(rf"\b(?:{SMALL})(?= times\b)|\b(?:twice|doubles?|halves?)\b", re.IGNORECASE)
RATIO = re.compile(rf"\b(?P<a>{SMALL})(?: \w+)? out of (?P<b>{SMALL})\b", re.IGNORECASE)
CAUSE = re.compile(
    r"\b(?:because|therefore|hence|so that|that is why|reason|due to|owing to|the cause|makes?|made|leads? to|explains?"
    r"|brings?|brought|pulls?|exaggerates?|thanks to|as a result|costs?)\b",
    re.IGNORECASE,
)


class Number(NamedTuple):
    """A number in the prose: where, as written, its value, its decimals (None if it is a fraction in words)."""

    line: int
    text: str
    value: float
    decimals: int | None
    percent: bool = False


class Paragraph(NamedTuple):
    """Prose with the line on which it begins and the section (a heading's line) in which it stands."""

    line: int
    text: str
    section: int


class Page(NamedTuple):
    """What a page says and what it asserts: its paragraphs, constants of assertions by line, lines of headings."""

    prose: list[Paragraph]
    asserted: list[tuple[int, frozenset[float]]]
    headings: list[int]

    def section(self, line: int) -> int:
        """Return the line of the heading above a line."""
        return max((heading for heading in self.headings if heading <= line), default=0)


def read_page(text: str) -> Page:
    """Return the prose of a page and the constants of its assertions."""
    cells = [(line, source) for line, _, source in code_cells(text)]
    prose, headings = _prose(text)
    trees = [(line, ast.parse(_plain(source))) for line, source in cells]
    literals = {name: numbers for _, tree in trees for name, numbers in _literals(tree)}
    asserted = [found for line, tree in trees for found in _asserted(tree, line, literals)]
    return Page(prose, asserted, headings)


def _plain(source: str) -> str:
    """Return the source without the lines that are IPython's."""
    return "\n".join("" if line.startswith(("%", "!")) else line for line in source.splitlines())


def _prose(text: str) -> tuple[list[Paragraph], list[int]]:
    """Return the paragraphs of a page and the lines of its headings."""
    lines, paragraphs, headings = text.splitlines(), [], []
    held: list[str] = []
    start = section = 0
    fence, formula = "", False
    front = lines[:1] == ["---"]

    def close() -> None:
        if held:
            paragraphs.append(Paragraph(start, " ".join(held), section))
            held.clear()

    for number, line in enumerate(lines, 1):
        stripped = line.strip()
        if front:
            front = number == 1 or stripped != "---"
        elif fence:
            if stripped == "`" * len(fence) and fence.startswith("`"):
                fence = ""
            elif found := re.match(r"\s*(alt|caption): (.*)", line):
                paragraphs.append(Paragraph(number, found[2], section))
        elif stripped.startswith("$$") or formula:
            close()
            formula ^= stripped.count("$$") == 1
        elif found := re.match(r"(`{3,})\{(code-cell|eval-rst|currentmodule|include)\}", stripped):
            close()
            fence = found[1]
        elif stripped.startswith("#"):
            close()
            section = number
            headings.append(number)
        elif not stripped or re.match(r"[`:]{3,}|:[\w-]+:", stripped):
            close()
        else:
            if re.match(r"(?:[-*|]|\d+\.) ?", stripped):
                close()
            if not held:
                start = number
            held.append(re.sub(r"^(?:[-*]|\d+\.) ", "", stripped))
    close()
    return paragraphs, headings


def numbers(paragraph: Paragraph) -> Iterator[Number]:
    """Yield the numbers of a paragraph that need something to bear them."""
    text = _without_names(paragraph.text)
    if re.search(r"\bneeds? about\b.*\bminutes\b", text) or re.fullmatch(r"\|.*\| \d+ minutes \|.*", text):
        text = re.sub(r"\d+ minutes", "", text)
    for found in NUMBER.finditer(text):
        whole, decimals, percent = found.groups()
        value = float(whole.replace(",", "") + (decimals or ""))
        yield Number(paragraph.line, found[0].strip(), value, len(decimals or ".") - 1, bool(percent))
    for found in SPELLED.finditer(text):
        value = _value(found[0])
        if value >= 10 or value % 1:
            yield Number(paragraph.line, found[0], value, 0 if value % 1 == 0 else 1)
    for found in PART.finditer(text):
        many = {"two": 2, "three": 3, "four": 4}.get((found["n"] or "").lower(), 1)
        if found["n"] or found["part"].lower() == "half":
            yield Number(paragraph.line, found[0], many * PARTS[found["part"].lower()], None)
    for found in FACTOR.finditer(text):
        word = found[0].lower()
        yield Number(paragraph.line, found[0], WORDS.get(word, 0.5 if word.startswith("hal") else 2), 0)
    for found in RATIO.finditer(text):
        yield Number(paragraph.line, found[0], WORDS[found["a"].lower()] / WORDS.get(found["b"].lower(), 1), None)


def _without_names(text: str) -> str:
    """Return prose without code, links, roles, and what a formula defines; formulas keep the numbers they state."""
    text = re.sub(r"\{\w+(?::\w+)?\}`[^`]*`|`[^`]*`|\]\([^)]*\)|https?://\S+|<[^>]*>", " ", text)
    text = re.sub(r"\$([^$]*)\$", lambda found: _stated(found[1]), text)
    return NAMES.sub(" ", text)


def _stated(formula: str) -> str:
    """Return the numbers that a formula in the text states, not those of a distribution, a subscript or a power."""
    if re.search(r"\\text\{|\\sim|\\mathcal", formula):
        return " "
    formula = re.sub(r"[_^](?:\{[^{}]*\}|.)", " ", formula)
    return re.sub(r"\\[,; %]?|[{}]", " ", formula)


def _value(words: str) -> float:
    """Return the value of a number in words.

    >>> _value("Three hundred and thirty-one"), _value("ten thousand"), _value("three and a half")
    (331.0, 10000.0, 3.5)
    """
    total = part = 0.0
    for word in re.findall(r"[a-z]+", words.lower()):
        if word in WORDS:
            part += WORDS[word]
        elif word in SCALES and SCALES[word] >= 1000:
            total, part = total + max(part, 1) * SCALES[word], 0
        elif word in SCALES:
            part = max(part, 1) * SCALES[word]
    return total + part + 0.5 * words.lower().endswith("and a half")


def _constants(*nodes: ast.AST) -> Iterator[float]:
    """Yield the numbers in code, and what is computed from numbers alone."""
    for node in (inner for outer in nodes for inner in ast.walk(outer)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from (float(found[0]) for found in re.finditer(r"\d+(?:\.\d+)?", node.value))
        elif isinstance(node, (ast.Constant, ast.BinOp, ast.UnaryOp)):
            try:
                value = eval(compile(ast.Expression(node), "", "eval"), {"__builtins__": {}})
            except Exception:
                continue
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                yield abs(float(value))


def _names(*nodes: ast.AST) -> set[str]:
    return {inner.id for outer in nodes for inner in ast.walk(outer) if isinstance(inner, ast.Name)}


def _literals(tree: ast.Module) -> Iterator[tuple[str, frozenset[float]]]:
    """Yield the names that a cell gives to literals, such as TRUTH, with their numbers."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and _names(node.value) <= {"np", "pd"}:
            for name in {name for target in node.targets for name in _names(target)}:
                yield name, frozenset(_constants(node.value))


def _asserted(
    tree: ast.Module, line: int, literals: dict[str, frozenset[float]]
) -> Iterator[tuple[int, frozenset[float]]]:
    """Yield line and constants of each assertion, with those of the loops around it and of the literals it names."""

    def visit(nodes: list[ast.stmt], around: tuple[ast.AST, ...]) -> Iterator[tuple[int, frozenset[float]]]:
        for node in nodes:
            if isinstance(node, ast.Assert):
                named = _names(node.test, *around)
                of_names = (literals[name] for name in named if name in literals)
                yield line + node.lineno, frozenset(_constants(node.test, *around)).union(*of_names)
            within = (*around, node.iter) if isinstance(node, ast.For) else around
            if isinstance(node, (ast.For, ast.With, ast.If)):
                yield from visit(node.body, within)

    yield from visit(tree.body, ())


def bears(number: Number, constants: frozenset[float]) -> bool:
    """Return whether one of the constants is the number, to the digits shown."""
    scales = (1, 100) if number.percent else (1,)
    if number.decimals is None:
        return any(abs(c - number.value) < 0.02 * number.value for c in constants)
    slack = 0.5 * 10**-number.decimals if number.decimals else 0
    return any(abs(scale * c - number.value) <= slack + 1e-9 for c in constants for scale in scales)


def bearer(page: Page, paragraph: Paragraph, number: Number) -> str:
    """Return what bears a number, the nearest assertion before a citation; an empty text if nothing does."""
    for line, constants in sorted(page.asserted, key=lambda found: abs(found[0] - paragraph.line)):
        if bears(number, constants):
            return f"assertion, line {line}"
    if "{cite" in paragraph.text:
        return f"citation, line {paragraph.line}"
    return ""


def claims_of_cause(page: Page) -> Iterator[tuple[int, str, str]]:
    """Yield the line, the sentence and what stands nearest to it, for each claim of cause."""
    for paragraph in page.prose:
        near = [line for line, _ in page.asserted if page.section(line) == paragraph.section]
        near.sort(key=lambda line: abs(line - paragraph.line))
        cited = ["citation"] if "{cite" in paragraph.text else []
        support = ", ".join([*cited, *(f"assertion, line {line}" for line in near[:2])])
        for sentence in re.split(r"(?<=[.!?:])\s+", paragraph.text):
            if CAUSE.search(sentence):
                yield paragraph.line, sentence, support


def unborne(text: str) -> list[Number]:
    """Return the numbers in the prose of a page that nothing bears."""
    page = read_page(text)
    if "{code-cell}" not in text:
        return []
    return [number for p in page.prose for number in numbers(p) if not bearer(page, p, number)]


def report(name: str, path: Path) -> str:
    """Return the claims of a page as a Markdown table, what nothing bears first."""
    page = read_page(path.read_text(encoding="utf-8"))
    found = [(bearer(page, p, n), n.line, n.text) for p in page.prose for n in numbers(p)]
    causes = [(support, line, sentence.replace("|", " ")) for line, sentence, support in claims_of_cause(page)]
    first = {"key": lambda claim: (bool(claim[0]), claim[1])}
    rows = [f"| {line} | {text} | {by or '**nothing**'} |" for by, line, text in sorted(found, **first)]
    why = [f"| {line} | {text} | {by or '**judge**'} |" for by, line, text in sorted(causes, **first)]
    head = "\n\n| line | claim | borne by |\n|---|---|---|\n"
    return f"# {name}\n\n## Numbers{head}" + "\n".join(rows) + f"\n\n## Causes{head}" + "\n".join(why) + "\n"


def main(names: list[str]) -> None:
    """Print the claims of the pages named, or of all."""
    paths = {name: path for name, path in page_paths().items() if not name.startswith("exercises/")}
    for name in names or paths:
        sys.stdout.write(report(name, paths[name]) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
