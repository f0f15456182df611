"""What the page reads, says and writes, held against Python: the language, the feedback, and the code to take along."""

import json
import random
import re
import subprocess
import sys
from xml.etree import ElementTree

import numpy as np
import pytest
from conftest import ROOT
from test_graph_page_engine import as_dag, random_case

import rethinking as rt
from rethinking.causal.text import parse
from rethinking.exercises.questions.graphs import AdjustmentSet, GoodControl, Independent

FOLDER = ROOT / "lectures" / "_extra" / "graphs"
SCRIPTS = ["engine", "text", "layout", "drawing", "page", "code", "feedback", "answers"]
HOSTILE = [
    '"><img src=x onerror=alert(1)>',
    "</script><script>alert(1)</script>",
    "a\\b 'c' \"d\"",
    "line\nbreak",
    "for",
    "np",
]
HOSTILE += [
    "b_X",
    "sigma",
    "intercept",
    "ü\u2028é",
    "\u0085{0} %s",
    '"""',
    "x" * 200,
    "\N{GRINNING FACE}",
    "# no comment",
    "data",
]


@pytest.fixture(scope="module")
def tab(browser):
    """Return a page with the scripts but without anything to see."""
    with browser.new_context() as context:
        tab = context.new_page()
        for name in SCRIPTS:
            tab.add_script_tag(path=FOLDER / f"{name}.js")
        yield tab


TEXTS = [
    "A -> B <- C",
    "A -> B; B -> C; D",
    'dag { U [latent] X <- U -> Y; bb="0,0,1,1" X [exposure,pos="-1,2"] Y [outcome] X -> Y [beta=-0.3] }',
    "digraph name { A -> {B C} }",
    "A <-> B; B <-> A; U_A_B",
    "A → B ← C ↔ D",
    '"age of marriage" -> D; "a\\"b\\\\" -> D',
    "A ->",
    "A - B",
    "A -> B [colour]",
    "A -> B [pos=]",
    "{A B} -> {C D} -> E",
    "",
    ";;",
    "dag {",
    "dag { A } B",
    "A B",
    '"open',
    "A [unobserved, latent] -> B",
    "dag",
    "dag -> A",
    "A -> {B; C, D",
    "-> A",
    "a -> b -> a",
    "A = 3",
    "dag { A = 3 }",
    "",
]


def in_python(text):
    """Return what Python reads, or the words of its refusal, quoted as JavaScript quotes."""
    try:
        nodes, edges, unobserved = parse(text)
    except ValueError as error:
        return re.sub(r"where (['\"])(.*)\1 begins", lambda match: f"where '{unescaped(match[2])}' begins", str(error))
    return [[*nodes], [*map(list, edges)], [*unobserved]]


def unescaped(shown):
    return shown.replace("\\'", "'")


def test_texts_are_read_as_python_reads_them(tab):
    rng = random.Random(3)
    pieces = [
        "A",
        "B",
        "C d",
        '"x y"',
        "->",
        "<-",
        "<->",
        ";",
        "\n",
        "{",
        "}",
        "[latent]",
        "[",
        "]",
        ",",
        "=",
        "dag",
        '"',
        "-",
        "1",
    ]
    texts = TEXTS + [" ".join(rng.choices(pieces, k=rng.randint(1, 9))) for _ in range(2000)]
    read = """texts => texts.map(text => {
      try { const { nodes, edges, unobserved } = GraphText.parse(text); return [nodes, edges, unobserved]; }
      catch (error) { return error.message; }
    })"""
    answers = [in_python(text) for text in texts]
    for text, found, expected in zip(texts, tab.evaluate(read, texts), answers, strict=True):
        if "perhaps" in expected:  # the page makes no guesses
            assert isinstance(found, str)
        else:
            assert found == expected, text
    assert sum(isinstance(answer, list) for answer in answers) > 100


def test_names_are_quoted_as_python_quotes_them(tab):
    names = [*HOSTILE, "A", "a b", "a-b", "ä", "→"]
    assert tab.evaluate("names => names.map(GraphText.quoted)", names) == [
        rt.causal.text.quoted(name) for name in names
    ]


FEEDBACK = """
cases => cases.map(({ graph, x, y, given }) => {
  const brief = ({ right, sentence }) => [right, sentence];
  const set = new Set(given);
  const sets = ["total", "direct"].flatMap(effect => [set, null].map(answer =>
    brief(GraphFeedback.adjustmentSet({ graph, x, y, effect }, answer))));
  const [control, ...rest] = given.filter(node => !graph.unobserved.includes(node));
  const question = { graph, x, y, effect: "total", given: new Set(rest) };
  const good = control ? brief(GraphFeedback.goodControl(question, control, true)) : null;
  return { sets, good, independent: brief(GraphFeedback.independent({ graph, x, y, given: set }, false)) };
})
"""


def test_feedback_has_the_sentences_of_python(tab):
    rng = random.Random(5)
    cases = [random_case(rng) for _ in range(400)]
    for case, found in zip(cases, tab.evaluate(FEEDBACK, cases), strict=True):
        dag, x, y, given = as_dag(case["graph"]), case["x"], case["y"], case["given"]
        marks = [
            AdjustmentSet(dag, x, y, effect).mark(answer)
            for effect in ("total", "direct")
            for answer in (set(given), None)
        ]
        assert found["sets"] == [[bool(mark), mark.sentence[0].upper() + mark.sentence[1:]] for mark in marks], (
            dag,
            case,
        )
        mark = Independent(dag, x, y, given).mark(False)
        assert found["independent"] == [bool(mark), mark.sentence]
        if found["good"]:
            control, *rest = [node for node in given if node not in dag.unobserved]
            mark = GoodControl(dag, control, x, y, rest).mark(True)
            assert found["good"] == [bool(mark), mark.sentence]


WRITE = """
graphs => graphs.map(graph => {
  const full = { exposure: null, outcome: null, adjusted: [], places: new Map(), ...graph };
  full.places = GraphLayout.arrange(full);
  const text = GraphText.write(full, true);
  const roles = full.exposure !== null;
  return {
    text, again: GraphText.write(GraphText.parse(text), true),
    python: GraphCode.causalGraph(full), dagitty: GraphCode.dagitty(full), simulation: GraphCode.simulation(full),
    model: roles ? GraphCode.model(full, "The name is " + full.exposure) : "",
    svg: GraphDrawing.file({ ...full, width: 640, height: 400 }),
    alt: GraphDrawing.alt(full),
  };
})
"""


def drawn(case):
    roles = {"exposure": case["x"], "outcome": case["y"]}
    adjusted = [node for node in case["given"] if node not in case["graph"]["unobserved"]]
    return {**case["graph"], **roles, "adjusted": adjusted}


def hostile_graph(rng):
    """Return a graph whose names try to break out of texts, literals and comments."""
    names = rng.sample(HOSTILE, 7)
    edges = [(a, b) for i, a in enumerate(names) for b in names[i + 1 :] if rng.random() < 0.5]
    return {
        "nodes": names,
        "edges": edges,
        "unobserved": names[:1],
        "exposure": names[1],
        "outcome": names[-1],
        "adjusted": names[2:4],
    }


@pytest.fixture(scope="module")
def written(tab):
    """Return graphs, half of them with hostile names, and everything that the page writes for them."""
    rng = random.Random(9)
    graphs = [drawn(random_case(rng)) for _ in range(60)] + [hostile_graph(rng) for _ in range(60)]
    pairs = list(zip(graphs, tab.evaluate(WRITE, graphs), strict=True))
    return [(graph, rt.CausalGraph(found["text"]), found) for graph, found in pairs]


def run(code):
    names = {}
    exec(compile(code, "page", "exec"), names)
    return names


def test_what_is_written_is_the_graph(written):
    for graph, dag, found in written:
        assert set(dag.nodes) == set(graph["nodes"])
        assert set(dag.edges) == {tuple(edge) for edge in graph["edges"]}
        assert dag.unobserved == set(graph["unobserved"])
        assert found["again"] == found["text"], "the page reads it back with marks and places"
        assert rt.CausalGraph(found["dagitty"]) == dag
        names = run(found["python"])
        assert names["dag"] == dag
        assert names["sets"] == dag.adjustment_sets(graph["exposure"], graph["outcome"])


class Unit:
    """Noise of which each call is a direction of its own: what a linear simulation makes of it is exact."""

    def __init__(self, n):
        self.rows = iter(np.eye(n))

    def normal(self, mean, sd, n):
        assert (mean, sd, n) == (0, 1, 1)
        return next(self.rows)


def test_the_simulation_has_the_covariance_that_the_graph_implies(written):
    for _, dag, found in written:
        simulated = run(found["simulation"].replace("simulate(np.random.default_rng(1), 1000)", "None"))["simulate"](
            Unit(len(dag.nodes)), 1
        )
        assert set(simulated) == set(dag.observed)
        rows = np.array([simulated[name] for name in dag.observed])
        implied = dag.implied_covariance(dict.fromkeys(dag.edges, 0.5)).loc[list(dag.observed), list(dag.observed)]
        np.testing.assert_allclose(rows @ rows.T, implied, atol=1e-12)
    names = run(written[-1][2]["simulation"])
    assert {len(column) for column in names["data"].values()} == {1000}


@pytest.mark.parametrize("kind", [slice(0, 60, 15), slice(60, 120, 15)], ids=["plain", "hostile"])
def test_the_model_estimates_the_effect_if_the_set_is_right(written, kind):
    """The audit reads the model: it conditions on the chosen set, and is valid exactly if that is an adjustment set."""
    for graph, dag, found in written[kind]:
        x, y = graph["exposure"], graph["outcome"]
        rng = np.random.default_rng(1)
        model = run(found["model"])["model_of"]({name: rng.normal(size=40) for name in dag.observed})
        adjusted = set(graph["adjusted"])
        called = re.findall(r'pm\.(?:Data|Normal)\((".*?(?<!\\)"), .*data\[(".*")\]\)', found["model"])
        names = {json.loads(column): json.loads(name) for name, column in called if name != column}
        judged = dag.audit(model, x, y, names=names)
        assert judged.conditions == adjusted
        assert judged.valid == dag.is_adjustment_set(adjusted, x, y)
        assert np.isfinite(model.point_logps(model.initial_point())[names.get(y, y)])


TAGS = {"svg", "g", "path", "polygon", "ellipse", "title", "text"}


def test_the_picture_is_an_svg_file_that_says_what_it_shows(written):
    for graph, _, found in written:
        root = ElementTree.fromstring(found["svg"])
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        assert {each.tag.split("}")[1] for each in root.iter()} <= TAGS
        assert len(root.findall(".//{*}ellipse")) == len(graph["nodes"])
        assert len(root.findall(".//{*}polygon")) == len(graph["edges"])
        assert root.get("aria-label").startswith("Causal graph")


def test_names_in_code_are_read_by_another_python_as_they_are(written):
    code = written[-1][2]["simulation"] + "\nimport json; print(json.dumps(sorted(data)))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(result.stdout) == sorted(written[-1][1].observed)


def test_variables_stand_apart_and_causes_above_their_effects(tab):
    rng = random.Random(2)
    graphs = [random_case(rng)["graph"] for _ in range(200)]
    found = tab.evaluate("graphs => graphs.map(graph => [...GraphLayout.arrange(graph)])", graphs)
    for graph, places in zip(graphs, map(dict, found), strict=True):
        at = np.array([places[node] for node in graph["nodes"]])
        assert ((at > 0) & (at < 1)).all()
        assert all(places[cause][1] < places[effect][1] for cause, effect in graph["edges"])
        gaps = np.abs(at[:, None] - at[None]).max(axis=2)[~np.eye(len(at), dtype=bool)]
        assert gaps.min() > 0.1
