"""The graph explorer's script held against Python, on random graphs: same separations, same paths, same verdicts."""

import json
import random
import subprocess
from pathlib import Path

import networkx as nx
import pytest
from playwright._impl._driver import compute_driver_executable

from rethinking import CausalGraph
from rethinking.causal.drawing.explore import JS

N_GRAPHS = 300

ANSWERS = """
import { dSeparated, estimand, intervene, paths } from "./graph.mjs";
const cases = JSON.parse(await new Promise(done => {
  let text = "";
  process.stdin.on("data", part => (text += part)).on("end", () => done(text));
}));
const answer = ({ graph: whole, x, y, given, cut }) => {
  const graph = cut ? intervene(whole, x) : whole;
  const set = new Set(given);
  const { forbidden, backdoor } = estimand(graph, x, y);
  return {
    separated: dSeparated(graph, x, y, set),
    valid: !given.some(node => forbidden.has(node)) && dSeparated(backdoor, x, y, set),
    paths: paths(graph, x, y, set).map(({ text, kind, open, reason }) => [text, kind, open, reason]),
  };
};
process.stdout.write(JSON.stringify(cases.map(answer)));
"""


def run_node(script, folder, given):
    """Return what a script prints as JSON; node comes with Playwright, and the modules with the package."""
    (folder / "graph.mjs").write_text((JS / "graph.js").read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "script.mjs").write_text(script, encoding="utf-8")
    node, _ = compute_driver_executable()
    assert Path(node).exists(), "Playwright has lost its node: install the package playwright again."
    command = [node, folder / "script.mjs"]
    result = subprocess.run(command, input=json.dumps(given), capture_output=True, text=True, check=False, timeout=60)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def random_case(rng):
    """Return a random graph, two of its nodes, and a set to condition on."""
    nodes = [f"N{i}" for i in range(rng.randint(3, 8))]
    order = rng.sample(nodes, len(nodes))
    density = rng.uniform(0.2, 0.6)
    edges = [(a, b) for i, a in enumerate(order) for b in order[i + 1 :] if rng.random() < density]
    x, y, *rest = rng.sample(nodes, len(nodes))
    given = sorted(node for node in rest if rng.random() < 0.4)
    graph = {"nodes": nodes, "edges": edges}
    return {"graph": graph, "x": x, "y": y, "given": given, "cut": rng.random() < 0.2}


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """Return 300 cases, each with the graph in Python and with what the script says about it."""
    rng = random.Random(8)
    cases = [random_case(rng) for _ in range(N_GRAPHS)]
    found = run_node(ANSWERS, tmp_path_factory.mktemp("node"), cases)
    pairs = []
    for case, answer in zip(cases, found, strict=True):
        graph = nx.DiGraph(case["graph"]["edges"])
        graph.add_nodes_from(case["graph"]["nodes"])
        dag = CausalGraph(graph)
        pairs.append((case, dag.do(case["x"]) if case["cut"] else dag, answer))
    return pairs


def test_d_separation_is_that_of_networkx(answers):
    separated = [
        nx.is_d_separator(dag.to_networkx(), {case["x"]}, {case["y"]}, set(case["given"])) for case, dag, _ in answers
    ]
    assert [answer["separated"] for *_, answer in answers] == separated
    assert 0.1 < sum(separated) / N_GRAPHS < 0.9, "the cases should hold both answers often"


def test_paths_kinds_and_reasons_are_those_of_python(answers):
    for case, dag, answer in answers:
        paths = dag.paths(case["x"], case["y"], given=case["given"])
        expected = [[str(path), path.kind, path.open, path.reason] for path in paths]
        assert answer["paths"] == expected, (dag, case)
    assert sum(len(answer["paths"]) for *_, answer in answers) > 5 * N_GRAPHS


def test_verdicts_are_those_of_the_adjustment_criterion(answers):
    valid = [dag.is_adjustment_set(case["given"], case["x"], case["y"]) for case, dag, _ in answers]
    assert [answer["valid"] for *_, answer in answers] == valid
    assert 0.1 < sum(valid) / N_GRAPHS < 0.9


def test_the_sets_to_show_are_the_minimal_adjustment_sets():
    dag = CausalGraph("U -> X; U -> Y; S -> {W A M}; A -> M; {A M W} -> D", unobserved="U")
    sets = dag.explore("W", "D").data["sets"]
    assert sets["W"]["D"] == [["S"], ["A", "M"]]
    assert sets["X"]["Y"] == []
    assert "U" not in sets


def test_wrong_names_are_refused_in_a_sentence():
    dag = CausalGraph("U -> X; U -> Y; X -> Y", unobserved="U")
    with pytest.raises(ValueError, match="given has U, which nobody observed"):
        dag.explore("X", "Y", given={"U"})
    with pytest.raises(ValueError, match="outcome"):
        dag.explore("X", "Z")
