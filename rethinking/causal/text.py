r"""Causal graphs as text, in a subset of the language of dagitty [1]_.

A **statement** is a chain of names and arrows, ``A -> B <- C``, or a name alone, for a variable that nothing touches.
Statements end with a semicolon or with the line; inside ``dag { ... }`` a space is enough. The arrow ``A <-> B`` is
short for an unobserved common cause, and ``A -> {B C}`` for ``A -> B; A -> C``. Words in brackets after a name describe
it: ``[latent]`` and ``[unobserved]`` mean unobserved; the others of dagitty are read and have no meaning here.
A name with a space, a hyphen or another mark of the language is written in quotes, ``"age of marriage" -> D``.

References
----------
.. [1] Textor, van der Zander, Gilthorpe, Liskiewicz and Ellison (2016). Robust causal inference using directed acyclic
   graphs: the R package 'dagitty'. International Journal of Epidemiology 45, 1887-1894.
"""

import re
from itertools import product
from typing import NamedTuple

from rethinking._names import nearest

__all__ = ["GraphText", "parse", "quoted"]

ARROWS = {"->": "->", "<-": "<-", "<->": "<->", "→": "->", "←": "<-", "↔": "<->"}
HIDING = ("latent", "unobserved")
WORDS = (*HIDING, "exposure", "outcome", "adjusted", "selected", "observed", "pos", "beta", "label")
MOST_CHARACTERS = 1_000_000
MOST_EDGES = 10_000
TOKEN = re.compile(
    r"""(?P<space>[^\S\n]+) | (?P<arrow><->|->|<-|[→←↔]) | (?P<quoted>"(?:[^"\\]|\\.)+")
    | (?P<open>"(?:[^"\\]|\\.)*+)
    | (?P<name>[^\s;,{}\[\]="<>→←↔-]+) | (?P<mark>[;,\n{}\[\]=]) | (?P<other>.)""",
    re.VERBOSE,
)


class Token(NamedTuple):
    """A piece of the text: its kind (arrow, name, a mark, end or other), what it stands for, and where it starts."""

    kind: str
    value: str
    start: int


class GraphText(NamedTuple):
    """What a text says: names in the order of appearance, edges (cause, effect), and which names are unobserved."""

    nodes: tuple[str, ...]
    edges: tuple[tuple[str, str], ...]
    unobserved: tuple[str, ...]


def parse(text: str) -> GraphText:
    """Return the names, edges and unobserved names of a graph written as text.

    Parameters
    ----------
    text : str
        Statements such as ``"G -> X; G -> Y"``, or ``"dag { U [latent] U -> X }"``.

    Raises
    ------
    ValueError
        If the text cannot be read, with the place and what was expected there.

    Examples
    --------
    >>> parse("A <- B -> C; U [latent]").edges
    (('B', 'A'), ('B', 'C'))
    >>> parse("A <-> B")
    GraphText(nodes=('A', 'B', 'U_A_B'), edges=(('U_A_B', 'A'), ('U_A_B', 'B')), unobserved=('U_A_B',))
    >>> parse("A - B")
    Traceback (most recent call last):
    ValueError: the graph cannot be read at character 3, where '- B' begins: expected an arrow (->, <- or <->), ';' or
    the end.
    """
    reader = Reader(text)
    reader.graph()
    nodes, hidden = dict.fromkeys(reader.nodes), dict.fromkeys(reader.hidden)
    edges = dict.fromkeys(reader.edges)
    for pair in dict.fromkeys(tuple(sorted(pair)) for pair in reader.confounded):
        cause = "_".join(["U", *pair])
        while cause in nodes:
            cause += "_"
        nodes[cause] = hidden[cause] = None
        edges |= dict.fromkeys((cause, effect) for effect in pair)
    return GraphText(tuple(nodes), tuple(edges), tuple(hidden))


def quoted(name: str) -> str:
    r"""Return a name as `parse` reads it back: in quotes if it needs them.

    Examples
    --------
    >>> print(quoted("age"), quoted("age of marriage"), quoted('the "age"'))
    age "age of marriage" "the \"age\""
    """
    match = TOKEN.fullmatch(name)
    if match and match.lastgroup == "name":
        return name
    return '"' + re.sub(r'(["\\])', r"\\\1", name) + '"'


class Reader:
    """A text, and how far it has been read."""

    def __init__(self, text: str):
        if len(text) > MOST_CHARACTERS:
            msg = f"the text of a graph has at most {MOST_CHARACTERS:,} characters, but this one has {len(text):,}."
            raise ValueError(msg)
        self.text, self.tokens, self.i = text, _tokens(text), 0
        self.nodes, self.edges, self.confounded, self.hidden = [], [], [], []
        self.in_braces = False

    def graph(self) -> None:
        """Read everything."""
        self.skip("\n", ";")
        self.in_braces = self.header()
        self.skip("\n", ";")
        while not self.at("end", "}"):
            self.statement()
            if not (self.in_braces and self.at("name")) and not self.at("end", "}", ";", "\n"):
                self.fail("an arrow (->, <- or <->), ';' or the end")
            self.skip("\n", ";")
        if self.in_braces:
            self.take("}", "'}'")
            self.skip("\n", ";")
        self.take("end", "the end")

    def header(self) -> bool:
        """Read ``dag {`` or ``dag name {`` if it is there."""
        kinds = [token.kind for token in self.tokens[self.i : self.i + 3]]
        length = 2 if kinds[:2] == ["name", "{"] else 3 if kinds[:2] == ["name", "name"] else 0
        if self.tokens[self.i].value not in ("dag", "digraph") or "{" not in kinds[length - 1 : length]:
            return False
        self.i += length
        return True

    def statement(self) -> None:
        """Read a chain, or a setting of dagitty's such as ``bb="0,0,1,1"``, which has no meaning here."""
        left = self.term()
        if self.at("=") and self.in_braces and len(left) == 1:
            self.value()
            self.nodes.pop()
        while self.at("arrow"):
            arrow = self.next().value
            self.skip("\n")
            right = self.term()
            if len(left) * len(right) + len(self.edges) + len(self.confounded) > MOST_EDGES:
                msg = f"a causal graph has at most {MOST_EDGES:,} arrows, but this text has more: draw a part of it."
                raise ValueError(msg)
            pairs = [pair[::-1] if arrow == "<-" else pair for pair in product(left, right)]
            (self.confounded if arrow == "<->" else self.edges).extend(pairs)
            left = right

    def term(self) -> list[str]:
        """Read a name, or names in braces."""
        if not self.at("{"):
            return [self.name()]
        self.next()
        self.skip("\n", ",", ";")
        names = []
        while not self.at("}"):
            names.append(self.name("a name or '}'"))
            self.skip("\n", ",", ";")
        self.next()
        return names

    def name(self, expected: str = "a name") -> str:
        """Read a name and the words in brackets after it."""
        name = self.take("name", expected)
        self.nodes.append(name)
        if self.at("["):
            self.next()
            while not self.at("]"):
                if self.word() in HIDING:
                    self.hidden.append(name)
                self.skip(",", "\n")
            self.next()
        return name

    def word(self) -> str:
        """Read a word in brackets, with or without a value."""
        word = self.tokens[self.i].value
        if not self.at("name") or word not in WORDS:
            near = nearest(word, WORDS) if self.at("name") else None
            self.fail(f"{near!r}, perhaps" if near else f"']' or one of {', '.join(WORDS)}")
        self.next()
        if self.at("="):
            self.value()
        return word

    def value(self) -> None:
        """Read ``=`` and what follows it."""
        self.next()
        self.i += self.tokens[self.i].value == "-"
        self.take("name", "a value")

    def at(self, *kinds: str) -> bool:
        """Return whether the next token is of one of the kinds."""
        return self.tokens[self.i].kind in kinds

    def next(self) -> Token:
        """Return the next token and pass over it; the end stays."""
        token = self.tokens[self.i]
        self.i += token.kind != "end"
        return token

    def skip(self, *kinds: str) -> None:
        """Pass over tokens of the kinds."""
        while self.at(*kinds):
            self.next()

    def take(self, kind: str, expected: str) -> str:
        """Return the value of the next token, which must be of the kind."""
        if not self.at(kind):
            self.fail(expected)
        return self.next().value

    def fail(self, expected: str) -> None:
        """Raise the error that says where reading stopped."""
        start = self.tokens[self.i].start
        before = self.text[:start].split("\n")
        line = f"line {len(before)}, " if "\n" in self.text else ""
        rest = self.text[start:].split("\n")[0].strip()
        where = f"where {rest[:20]!r} begins" if rest else "where it ends"
        msg = f"the graph cannot be read at {line}character {len(before[-1]) + 1}, {where}: expected {expected}."
        raise ValueError(msg)


def _tokens(text: str) -> list[Token]:
    tokens = []
    for match in TOKEN.finditer(text):
        kind, value = str(match.lastgroup), match[0]
        if kind == "quoted":
            kind, value = "name", re.sub(r"\\(.)", r"\1", value[1:-1], flags=re.DOTALL)
        elif kind == "arrow":
            value = ARROWS[value]
        if kind != "space":
            tokens.append(Token(value if kind == "mark" else kind, value, match.start()))
    return [*tokens, Token("end", "", len(text))]
