"""The engine of the page held against Python's, on 1,000 random graphs with unobserved nodes, for every question."""

import random
from itertools import pairwise

import pytest
from conftest import ROOT

from rethinking import CausalGraph
from rethinking.causal.queries.separators import minimal_separators

N_GRAPHS = 1000
SCRIPT = ROOT / "lectures" / "_extra" / "graphs" / "engine.js"
EFFECTS = ("total", "direct")

ANSWER = """
cases => cases.map(({ graph, x, y, given, turned }) => {
  const set = new Set(given), E = GraphEngine;
  const brief = ({ text, kind, open, node, reason }) => [text, kind, open, node, reason];
  const both = ask => ["total", "direct"].map(ask);
  return {
    paths: E.paths(graph, x, y, set).map(brief),
    separated: E.dSeparated(graph, x, y, set),
    sets: both(effect => E.adjustmentSets(graph, x, y, effect)),
    valid: both(effect => E.isAdjustmentSet(graph, set, x, y, effect)),
    instruments: both(effect => E.instruments(graph, x, y, effect).map(({ name, given }) => [name, given])),
    independencies: E.independencies(graph).map(({ x, y, given }) => [x, y, given]),
    testable: graph.edges.map(edge => E.isTestable(graph, edge)),
    cycle: E.cycleOf(graph, ...turned),
    cycleInList: E.cycle([...graph.edges, turned]),
  };
})
"""


def random_case(rng):
    """Return a random graph with unobserved nodes, two observed ones, a set to condition on, and a further arrow."""
    nodes = [f"N{i}" for i in range(rng.randint(4, 7))]
    order = rng.sample(nodes, len(nodes))
    density = rng.uniform(0.25, 0.65)
    edges = [(a, b) for i, a in enumerate(order) for b in order[i + 1 :] if rng.random() < density]
    rng.shuffle(edges)
    x, y, *rest = rng.sample(nodes, len(nodes))
    hidden = rng.sample(rest, rng.randint(0, min(3, len(rest))))
    given = sorted(node for node in rest if rng.random() < 0.35)
    graph = {"nodes": nodes, "edges": edges, "unobserved": hidden}
    return {"graph": graph, "x": x, "y": y, "given": given, "turned": tuple(rng.sample(nodes, 2))}


def as_dag(graph):
    text = [*(f"{a} -> {b}" for a, b in graph["edges"]), *graph["nodes"]]
    return CausalGraph("; ".join(text), unobserved=graph["unobserved"])


@pytest.fixture(scope="module")
def answers(browser):
    """Return the cases, each with its graph in Python and what the page's engine says about it."""
    rng = random.Random(22)
    cases = [random_case(rng) for _ in range(N_GRAPHS)]
    with browser.new_context() as context:
        tab = context.new_page()
        tab.add_script_tag(path=SCRIPT)
        found = tab.evaluate(ANSWER, cases)
    assert sum(bool(case["graph"]["unobserved"]) for case in cases) > N_GRAPHS / 2
    return [(as_dag(case["graph"]), case, answer) for case, answer in zip(cases, found, strict=True)]


def test_paths_and_the_node_that_decides(answers):
    for dag, case, answer in answers:
        found = dag.paths(case["x"], case["y"], case["given"])
        assert answer["paths"] == [[str(p), p.kind, p.open, p.node, p.reason] for p in found], (dag, case)
    assert sum(len(answer["paths"]) for *_, answer in answers) > 4 * N_GRAPHS


def test_d_separation(answers):
    truth = [dag.d_separated(case["x"], case["y"], case["given"]) for dag, case, _ in answers]
    assert [answer["separated"] for *_, answer in answers] == truth
    assert 0.1 < sum(truth) / N_GRAPHS < 0.9


def test_minimal_adjustment_sets(answers):
    counts = dict.fromkeys(range(3), 0)
    for dag, case, answer in answers:
        for effect, sets in zip(EFFECTS, answer["sets"], strict=True):
            assert sets == [sorted(each) for each in dag.adjustment_sets(case["x"], case["y"], effect)], (dag, case)
            counts[min(len(sets), 2)] += 1
    assert min(counts.values()) > 20, "none, one and several sets"


def test_given_sets_are_judged(answers):
    for dag, case, answer in answers:
        truth = [dag.is_adjustment_set(case["given"], case["x"], case["y"], effect) for effect in EFFECTS]
        assert answer["valid"] == truth, (dag, case)


def test_instruments(answers):
    seen = 0
    for dag, case, answer in answers:
        for effect, found in zip(EFFECTS, answer["instruments"], strict=True):
            expected = [[i.name, sorted(i.given)] for i in dag.instruments(case["x"], case["y"], effect)]
            assert found == expected, (dag, case)
            seen += any(given for _, given in found)
    assert seen > 20, "instruments that need a set, too"


def test_independencies(answers):
    for dag, case, answer in answers:
        expected = [[claim.x, claim.y, sorted(claim.given)] for claim in dag.independencies()]
        assert answer["independencies"] == expected, (dag, case)


def test_arrows_that_data_can_contradict(answers):
    """An arrow is testable if, without it, observed variables would separate its ends."""
    seen = {True: 0, False: 0}
    for dag, case, answer in answers:
        for edge, testable in zip(dag.edges, answer["testable"], strict=True):
            graph = dag.to_networkx()
            graph.remove_edge(*edge)
            separable = any(True for _ in minimal_separators(graph, *edge, set(dag.observed) - set(edge)))
            assert testable == (not set(edge) & dag.unobserved and separable), (dag, case, edge)
            seen[testable] += not set(edge) & dag.unobserved
    assert min(seen.values()) > 20


def test_cycles_are_found_where_python_refuses_them(answers):
    refused = 0
    for dag, case, answer in answers:
        edges = [*dag.edges, case["turned"]]
        try:
            CausalGraph(edges)
            expected = False
        except ValueError:
            expected = True
        refused += expected
        for found in (answer["cycle"], answer["cycleInList"]):
            assert (found is not None) == expected, (dag, case)
            if found:
                assert found[0] == found[-1]
                assert len(set(found)) == len(found) - 1
                assert set(pairwise(found)) <= set(edges)
    assert 0.1 < refused / N_GRAPHS < 0.9
