"""The graph itself: how it is written, read back, compared, refused, changed, drawn and simulated from."""

import copy
import dataclasses
import importlib
import keyword
import pickle
import pkgutil
import subprocess
import sys
from itertools import combinations
from xml.etree import ElementTree

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure

import rethinking as rt
from rethinking import causal
from rethinking.causal import text
from rethinking.causal.drawing.highlights import BIASING, CAUSAL
from rethinking.causal.queries.adjustment import adjustment_sets
from rethinking.causal.queries.paths import paths
from rethinking.causal.structure import Structure

SVG = "{http://www.w3.org/2000/svg}"

names = st.one_of(
    st.sampled_from(
        ["P", "class", "lambda", "None", "dag", "age of marriage", 'the "age"', "A*", "a-b", "β", "x\\", "1"]
    ),
    st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=6),
)


@st.composite
def graphs(draw):
    nodes = draw(st.lists(names, min_size=1, max_size=6, unique=True))
    edges = [pair for pair in combinations(nodes, 2) if draw(st.booleans())]
    graph = nx.DiGraph()
    graph.add_nodes_from(draw(st.permutations(nodes)))
    graph.add_edges_from(draw(st.permutations(edges)))
    return rt.CausalGraph(graph, unobserved=[name for name in nodes if draw(st.booleans())])


# Written, read and compared


@settings(deadline=None, derandomize=True, max_examples=300)
@given(dag=graphs())
def test_a_repr_pasted_back_is_the_graph_whatever_the_names(dag):
    again = eval(repr(dag), {"CausalGraph": rt.CausalGraph})
    assert again == dag
    assert hash(again) == hash(dag)
    assert repr(again) == repr(dag)
    assert rt.CausalGraph(dag.to_networkx()) == rt.CausalGraph(dag) == copy.deepcopy(dag) == dag
    assert pickle.loads(pickle.dumps(dag)) == dag
    assert set(dag.observed) | dag.unobserved == set(dag.nodes)


def edges_of(text):
    return set(rt.CausalGraph(text).edges)


@pytest.mark.parametrize(
    ("text", "edges"),
    [
        ("G -> X; X -> Y", "GX XY"),
        ("A -> B -> C", "AB BC"),
        ("A <- B -> C", "BA BC"),
        ("A -> B <- C", "AB CB"),
        ("A->B<-C", "AB CB"),
        ("A → B ← C", "AB CB"),
        ("\n A -> B\n B -> C ;\n", "AB BC"),
        ("A ->\n B", "AB"),
        ("A -> {B C} -> D", "AB AC BD CD"),
        ("{A, B} -> C", "AC BC"),
        ("dag { A -> B C -> D }", "AB CD"),
        ("dag {A->B;C->D}\n", "AB CD"),
        ('dag G {\nbb="0,0,1,1"\nA [exposure,pos="-1.2,0.5"]\nB [outcome]\nA -> B [beta=-0.3]\n}', "AB"),
        ("class -> def; def -> P", [("class", "def"), ("def", "P")]),
        ('"age of marriage" -> D', [("age of marriage", "D")]),
        ("dag -> A", [("dag", "A")]),
        ("A -> B; A -> B", "AB"),
    ],
)
def test_text_is_read(text, edges):
    assert edges_of(text) == set(map(tuple, edges.split() if isinstance(edges, str) else edges))


def test_all_ways_to_say_the_same_graph():
    graph = nx.DiGraph([("G", "X"), ("G", "Y"), ("X", "Y")])
    same = [
        rt.CausalGraph("G -> X; G -> Y; X -> Y", unobserved="G"),
        rt.CausalGraph("X <- G -> Y <- X", unobserved=["G"]),
        rt.CausalGraph("dag { X [exposure] Y [outcome] G [latent] G -> X G -> Y X -> Y }"),
        rt.CausalGraph("G [unobserved] -> {X Y}; X -> Y"),
        rt.CausalGraph(iter([("X", "Y"), ("G", "Y"), ("G", "X")]), unobserved={"G"}),
        rt.CausalGraph(graph, unobserved="G"),
    ]
    assert len(set(same)) == 1
    assert same[0] != rt.CausalGraph(graph)
    assert same[0] != rt.CausalGraph("X <- G -> Y; X -> Y; Z", unobserved="G")
    assert same[0] != "G -> X; G -> Y; X -> Y"


def test_a_double_arrow_is_an_unobserved_common_cause():
    dag = rt.CausalGraph("X -> Y; X <-> Y; Y <-> X; U_X_Y -> X")
    assert dag.unobserved == {"U_X_Y_"}
    assert set(dag.edges) == {("X", "Y"), ("U_X_Y_", "X"), ("U_X_Y_", "Y"), ("U_X_Y", "X")}


def test_a_graph_never_changes():
    dag = rt.CausalGraph("X -> Y")
    for name in ("edges", "nodes", "unobserved", "colour"):
        with pytest.raises(AttributeError, match=f"make a new one instead of setting '{name}'"):
            setattr(dag, name, ())
        with pytest.raises(AttributeError, match="does not change"):
            delattr(dag, name)
    dag.to_networkx().add_edge("Y", "X")
    assert dag == rt.CausalGraph("X -> Y")


def test_what_is_said_of_graphs_and_models_never_changes():
    modules = [
        importlib.import_module(each.name) for each in pkgutil.walk_packages(causal.__path__, "rethinking.causal.")
    ]
    records = {each for module in modules for each in vars(module).values() if dataclasses.is_dataclass(each)}
    assert len(records) > 10
    assert [each.__name__ for each in records if not each.__dataclass_params__.frozen] == []


def test_do_removes_the_arrows_into_a_variable_and_nothing_else():
    dag = rt.CausalGraph("U -> X -> Z -> Y; U -> Y; A", unobserved="U")
    assert dag.do("X") == rt.CausalGraph("X -> Z -> Y; U -> Y; A", unobserved="U")
    assert dag.do("X", "Y") == rt.CausalGraph("X -> Z; U; Y; A", unobserved="U")
    assert dag.do("A") == dag
    assert dag.do("X").adjustment_sets("X", "Y") == [frozenset()]


def test_questions_need_no_more_than_nodes_and_edges():
    dag = rt.CausalGraph("X <- G -> Y <- X; X -> C <- Y; U -> Y", unobserved="U")
    record = Structure(dag.nodes, dag.edges, dag.unobserved)
    assert isinstance(dag, Structure)
    assert (record.observed, record.to_networkx().edges) == (dag.observed, dag.to_networkx().edges)
    assert adjustment_sets(record, "X", "Y") == dag.adjustment_sets("X", "Y")
    assert paths(record, "X", "Y", {"C"}) == dag.paths("X", "Y", {"C"})
    assert record != dag, "a graph has no order; a record has"


# Bad input


@pytest.mark.parametrize(
    ("graph", "message"),
    [
        ("A -> B -> C -> A", "no cycle, but this one has A -> B -> C -> A"),
        ("A -> A", "'A' cannot cause itself"),
        ("A -> ", "at character 6, where it ends: expected a name"),
        ("-> A", "at character 1, where '-> A' begins: expected a name"),
        ("A B", "at character 3, where 'B' begins: expected an arrow"),
        ("A - B", "at character 3, where '- B' begins: expected an arrow"),
        ("A => B", "at character 3, where '=> B' begins: expected"),
        ("A -> B;\nC -- D", "at line 2, character 3, where '-- D' begins: expected an arrow"),
        ("A [latnt] -> B", "at character 4, where .* begins: expected 'latent', perhaps"),
        ("A [latent -> B", "at character 11, where '-> B' begins: expected ']' or one of latent, unobserved"),
        ("A [[latent]]", "at character 4"),
        ("dag { A -> B", "where it ends: expected '}'"),
        ("A -> B }", "character 8, where '}' begins: expected the end"),
        ("A -> {B", "where it ends: expected a name or '}'"),
        ('A -> "B', "character 6"),
        ("{A B} = 3", "character 7, where '= 3' begins: expected an arrow"),
        ("", "the graph is empty"),
        (" ;\n", "the graph is empty"),
        ([], "the graph is empty"),
        (["XY"], "a pair of names .* holds 'XY'"),
        ([("X", 1)], "a pair of names"),
        (3, "a causal graph is made of text .* not of 3"),
        (nx.Graph([("X", "Y")]), "this networkx graph has none: give a DiGraph"),
        (nx.DiGraph([(0, 1)]), "has the node 0"),
        (nx.DiGraph([("X", "Y"), ("Y", "X")]), "no cycle, but this one has X -> Y -> X"),
    ],
)
def test_what_is_no_graph_is_refused_in_one_sentence(graph, message):
    with pytest.raises(ValueError, match=message) as error:
        rt.CausalGraph(graph)
    assert "\n" not in str(error.value)
    assert error.value.__cause__ is None


@pytest.mark.parametrize(
    ("graph", "message"),
    [
        ('"' + '\\"' * 50_000, "character 1, .* expected a name"),
        ("A -> B;" * 200_000, "has at most 1,000,000 characters, but this one has 1,400,000"),
        (
            " ".join(["{", *map(str, range(200)), "} -> {", *(f"B{i}" for i in range(200)), "}"]),
            "at most 10,000 arrows",
        ),
        (
            f"{{{' '.join(f'A{i}' for i in range(70))}}} <-> {{{' '.join(f'B{i}' for i in range(70))}}};" * 3,
            "text has more",
        ),
        ([(f"A{i}", "Y") for i in range(10_001)], "at most 10,000 arrows"),
        (["N" * 300], "a pair of names"),
        ([("N" * 300, "Y")], "a name has at most 200 characters"),
    ],
)
def test_what_is_too_large_is_refused_in_one_sentence(graph, message):
    """At once, too: some of these took minutes."""
    with pytest.raises(ValueError, match=message) as error:
        rt.CausalGraph(graph)
    assert len(str(error.value)) < 300


def test_what_is_just_not_too_large_is_read():
    assert rt.CausalGraph("A -> B" + " " * (text.MOST_CHARACTERS - 6)).edges == rt.CausalGraph("A -> B").edges


def test_reading_takes_time_in_proportion_to_the_text(monkeypatch):
    """Counted in tokens looked at, for seconds depend on the machine."""
    looked = []
    original = text.Reader.at
    monkeypatch.setattr(text.Reader, "at", lambda self, *kinds: looked.append(1) or original(self, *kinds))
    for n in (1000, 2000):
        looked.clear()
        text.parse(";".join(f"A{i} -> A{i + 1}" for i in range(n)))
        assert len(looked) < 20 * n


FRAME = pd.DataFrame({"X": [1.0, 2.0], "Y": [2.0, 1.0], "Z": [0.0, 0.0]})
NO_NAMES = [3, None, 2.5, FRAME, ["X"], len]
NO_SETS = [3, 2.5, FRAME, {"X": 1}, [3], len]
NO_LIMITS = [0, -1, 2.5, "3", True, [3]]
NO_MAPPINGS = [3, "X", ["X"], FRAME["X"], len, {3: 4}]
RNG = np.random.default_rng(1)
WRONG = {
    "CausalGraph": (lambda dag, x: rt.CausalGraph(x), [3, None, FRAME, {"X": "Y"}, [3], len]),
    "unobserved": (lambda dag, x: rt.CausalGraph("X -> Y", unobserved=x), NO_SETS),
    "do": (lambda dag, x: dag.do(x), NO_NAMES),
    "adjustment_sets exposure": (lambda dag, x: dag.adjustment_sets(x, "Y"), NO_NAMES),
    "adjustment_sets outcome": (lambda dag, x: dag.adjustment_sets("X", x), NO_NAMES),
    "adjustment_sets effect": (
        lambda dag, x: dag.adjustment_sets("X", "Y", x),
        [3, None, "all", FRAME, ["total"], len],
    ),
    "adjustment_sets limit": (lambda dag, x: dag.adjustment_sets("X", "Y", limit=x), NO_LIMITS),
    "is_adjustment_set": (lambda dag, x: dag.is_adjustment_set(x, "X", "Y"), NO_SETS),
    "d_separated x": (lambda dag, x: dag.d_separated(x, "Y"), NO_NAMES),
    "d_separated given": (lambda dag, x: dag.d_separated("X", "Y", x), NO_SETS),
    "independencies": (lambda dag, x: dag.independencies(x), NO_LIMITS),
    "paths exposure": (lambda dag, x: dag.paths(x, "Y"), NO_NAMES),
    "paths given": (lambda dag, x: dag.paths("X", "Y", x), NO_SETS),
    "paths limit": (lambda dag, x: dag.paths("X", "Y", limit=x), NO_LIMITS),
    "instruments": (lambda dag, x: dag.instruments("X", x), NO_NAMES),
    "instruments limit": (lambda dag, x: dag.instruments("X", "Y", limit=x), NO_LIMITS),
    "front_door_sets": (lambda dag, x: dag.front_door_sets(x, "Y"), NO_NAMES),
    "simulate": (lambda dag, x: dag.simulate(x, 3), [1, None, np.random, "1", FRAME, len]),
    "simulate n": (lambda dag, x: dag.simulate(RNG, x), [-1, 2.5, "3", None, FRAME, True]),
    "simulate effects": (lambda dag, x: dag.simulate(RNG, 3, x), NO_MAPPINGS),
    "simulate an effect": (lambda dag, x: dag.simulate(RNG, 3, {"Z -> X": x}), ["a", None, np.inf, [1], FRAME, len]),
    "simulate values": (lambda dag, x: dag.simulate(RNG, 3, {"Z": x}), [[1, 2], [1, 2, 3, 4], FRAME, [[1], [2], [3]]]),
    "simulate noise": (lambda dag, x: dag.simulate(RNG, 3, noise=x), NO_MAPPINGS),
    "implied_covariance": (lambda dag, x: dag.implied_covariance(x), NO_MAPPINGS),
    "check": (lambda dag, x: dag.check(x), [3, None, {"X": [1]}, FRAME["X"], "data", FRAME.drop(columns="X")]),
    "check names": (lambda dag, x: dag.check(FRAME, x), NO_MAPPINGS),
    "check a name": (lambda dag, x: dag.check(FRAME, {"X": x}), [3, None, FRAME, ["X"], len, "W"]),
    "check prob": (lambda dag, x: dag.check(FRAME, prob=x), [89, 0, 1, "a", None, FRAME]),
    "draw": (lambda dag, x: dag.draw(x, "Y"), NO_NAMES),
    "draw given": (lambda dag, x: dag.draw("X", "Y", x), NO_SETS),
    "draw path": (lambda dag, x: dag.draw(path=x), [3, "X", [], ["X"], FRAME, ["X", "Z", "X"], [1, 2]]),
    "draw positions": (lambda dag, x: dag.draw(positions=x), [3, "X", FRAME, {"X": 3, "Y": 4, "Z": 5}, ["X"], {}]),
    "draw node_props": (lambda dag, x: dag.draw(node_props=x), [*NO_MAPPINGS, {"X": "dashed"}]),
    "draw edge_props": (lambda dag, x: dag.draw(edge_props=x), [*NO_MAPPINGS, {("Z", "X"): "dashed"}]),
    "draw direction": (lambda dag, x: dag.draw(graph_direction=x), [3, None, "up", ["UD"], FRAME, len]),
    "draw alt": (lambda dag, x: dag.draw(alt=x), [3, ["a"], FRAME, {"a": 1}, len, 2.5]),
    "to_axes": (lambda dag, x: dag.draw().to_axes(x), [3, "ax", Figure(), [Figure().subplots()], FRAME, len]),
    "explore": (lambda dag, x: dag.explore(x, "Y"), NO_NAMES),
    "explore given": (lambda dag, x: dag.explore("X", "Y", x), NO_SETS),
    "draw_causal_graph": (lambda dag, x: rt.draw_causal_graph(x), [3, None, "X -> Y", FRAME, [3], len, []]),
    "draw_causal_graph node_props": (lambda dag, x: rt.draw_causal_graph([("X", "Y")], x), NO_MAPPINGS),
    "draw_causal_graph edge_props": (lambda dag, x: rt.draw_causal_graph([("X", "Y")], None, x), NO_MAPPINGS),
    "draw_causal_graph unobserved": (lambda dag, x: rt.draw_causal_graph([("X", "Y")], unobserved=x), NO_SETS),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_type_is_refused_in_one_sentence(what):
    call, values = WRONG[what]
    optional = what.split()[-1] in ("limit", "alt", "positions", "node_props", "edge_props", "path", "names", "effects")
    for value in values:
        if value is None and (optional or what in ("independencies", "draw")):
            continue
        with pytest.raises((ValueError, TypeError)) as error:
            call(rt.CausalGraph("X <- Z -> Y"), value)
        said = str(error.value)
        assert "\n" not in said, said
        assert len(said) < 300, said
        assert said.endswith((".", "?")), said
        assert error.value.__cause__ is None
        assert "rethinking" in str(error.traceback[-1].path), (said, error.traceback[-1].path)


def test_unobserved_names_must_exist():
    with pytest.raises(ValueError, match="unobserved names 'u', which is not in the graph: did you mean 'U'"):
        rt.CausalGraph("U -> X", unobserved="u")


@pytest.mark.parametrize(
    "name", [*keyword.kwlist, *keyword.softkwlist, "P", "the age of marriage", "self", "__class__"]
)
def test_any_name_is_a_node(name):
    dag = rt.CausalGraph([(name, "X"), (name, "Y"), ("X", "Y")])
    assert dag.adjustment_sets("X", "Y") == [frozenset({name})]
    assert name in dag._repr_html_()
    assert list(dag.simulate(np.random.default_rng(1), 2)) == [name, "X", "Y"]


# Drawn


def strokes(drawing):
    return [path.get("stroke") for path in ElementTree.fromstring(drawing.svg).iter(f"{SVG}path")]


def test_jupyter_shows_the_drawing_and_the_terminal_the_text():
    dag = rt.CausalGraph("U -> X; U -> Y; X -> Y; A", unobserved="U")
    assert dag._repr_html_() == dag.draw()._repr_html_()
    assert dag._repr_svg_() == dag.draw().svg
    assert dag.draw().alt == "Causal graph: U causes X and Y; X causes Y; A stands alone. U is unobserved."
    dashed = [oval.get("stroke-dasharray") for oval in ElementTree.fromstring(dag.draw().svg).iter(f"{SVG}ellipse")]
    assert [bool(dash) for dash in dashed] == [True, False, False, False]


def test_a_drawing_shows_what_is_open_and_what_is_conditioned_on():
    dag = rt.CausalGraph("X <- G -> Y; X -> Y; X -> C <- Y")
    plain, adjusted, worse = (dag.draw("X", "Y", given=given_) for given_ in ([], "G", ["G", "C"]))
    assert strokes(plain) == [BIASING, BIASING, CAUSAL, "currentColor", "currentColor"]
    assert strokes(adjusted) == ["currentColor", "currentColor", CAUSAL, "currentColor", "currentColor"]
    assert strokes(worse) == ["currentColor", "currentColor", CAUSAL, BIASING, BIASING]
    assert plain.alt.endswith("Open backdoor path: X <- G -> Y.")
    assert worse.alt.endswith("Conditioned on: C, G. Open noncausal path: X -> C <- Y.")
    fills = [oval.get("fill") != "none" for oval in ElementTree.fromstring(worse.svg).iter(f"{SVG}ellipse")]
    assert fills == [name in "GC" for name in dag.nodes]


def test_a_path_is_highlighted():
    dag = rt.CausalGraph("X <- G -> Y; X -> Y")
    (_, backdoor) = dag.paths("X", "Y")
    for path in (backdoor, ["X", "G", "Y"]):
        drawing = dag.draw(path=path)
        assert strokes(drawing) == [BIASING, BIASING, "currentColor"]
        assert drawing.alt.endswith("Highlighted: X <- G -> Y.")
    assert strokes(dag.draw(path="XY")) == ["currentColor", "currentColor", CAUSAL]


def test_own_looks_win_and_keep_the_rest():
    dag = rt.CausalGraph("U -> X -> Y", unobserved="U")
    looks = {"node_props": {"U": {"label": "unknown"}}, "edge_props": {("X", "Y"): {"color": "red"}}}
    drawing = dag.draw("X", "Y", given="U", **looks)
    assert strokes(drawing) == ["currentColor", "#ff0000"]
    oval = next(ElementTree.fromstring(drawing.svg).iter(f"{SVG}ellipse"))
    assert oval.get("stroke-dasharray")
    assert oval.get("fill") == "currentColor"
    assert "unknown is unobserved" in drawing.alt


@pytest.mark.parametrize("shift", [(0, 0), (-3, 5)])
def test_nodes_go_where_they_are_put(shift):
    places = {"X": (0, 0), "Y": (2, 0), "G": (1, 1.5), "B": (1, 0)}
    dag = rt.CausalGraph("X <- G -> Y; X -> Y; B")
    moved = {name: (x + shift[0], y + shift[1]) for name, (x, y) in places.items()}
    shapes = dag.draw(positions=moved).shapes
    drawn = {oval.name: np.array([oval.x, oval.y]) for oval in shapes.ovals}
    for one, other in combinations(places, 2):
        np.testing.assert_allclose(drawn[one] - drawn[other], 80 * np.subtract(places[one], places[other]), atol=0.1)
    for oval in shapes.ovals:
        assert oval.rx - 1 <= oval.x <= shapes.width - oval.rx + 1
        assert oval.ry - 1 <= oval.y <= shapes.top - oval.ry + 1
    (past,) = [arrow.curve for arrow in shapes.arrows if arrow.edge == ("X", "Y")]
    middle = min(past, key=lambda point: abs(point[0] - drawn["B"][0]))
    assert abs(middle[1] - drawn["B"][1]) > 22, "an arrow goes round a node that is in the way"
    assert dag.draw(positions=moved).to_axes(Figure().subplots())["nodes"].keys() == places.keys()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ({"exposure": "X"}, "exposure and outcome go together"),
        ({"given": "Q"}, "given names 'Q'"),
        ({"path": ["X", "G", "B"]}, "path goes from G to B, but there is no arrow between them"),
        ({"path": ["X", "Q"]}, "path names 'Q'"),
        ({"positions": {"X": (0, 0)}}, "positions has no place for 'G'"),
        ({"positions": {"Q": (0, 0)}}, "positions names 'Q'"),
        ({"graph_direction": "DOWN"}, "graph_direction is 'DOWN'"),
        ({"node_props": {"Q": {"color": "red"}}}, "node_props names 'Q'"),
        ({"edge_props": {("Y", "X"): {"color": "red"}}}, "edge_props names Y -> X"),
    ],
)
def test_bad_drawings_are_refused_in_one_sentence(call, message):
    with pytest.raises(ValueError, match=message) as error:
        rt.CausalGraph("X <- G -> Y; X -> Y; B").draw(**call)
    assert "\n" not in str(error.value)


# Simulated from


@settings(deadline=None, derandomize=True, max_examples=30)
@given(seed=st.integers(0, 10**6))
def test_simulated_data_have_the_implied_covariance(seed):
    rng = np.random.default_rng(seed)
    nodes = list(rng.permutation(list("ABCDE")))
    edges = [(str(a), str(b)) for a, b in combinations(nodes, 2) if rng.random() < 0.5] or [("A", "B")]
    dag = rt.CausalGraph(edges)
    effects, noise = {edge: rng.uniform(-1, 1) for edge in dag.edges}, {name: rng.uniform(0.5, 2) for name in dag.nodes}
    data, implied = dag.simulate(rng, 40_000, effects, noise), dag.implied_covariance(effects, noise)
    assert list(data) == list(implied) == list(dag.nodes)
    sd = np.sqrt(np.outer(np.diag(implied), np.diag(implied)) + implied.to_numpy() ** 2) / 200
    assert (np.abs(data.cov() - implied) < 5.5 * sd).all(axis=None)


def test_simulation_depends_on_its_generator_only_and_defaults_to_ones():
    dag = rt.CausalGraph("X -> Z -> Y; X -> Y")
    one, two = (dag.simulate(np.random.default_rng(3), 5) for _ in range(2))
    assert one.equals(two)
    assert dag.implied_covariance().loc["X", "Y"] == pytest.approx(2)
    assert dag.implied_covariance({"X -> Y": -1}).loc["X", "Y"] == pytest.approx(0)
    assert dag.implied_covariance({"Y <- X": -1}).equals(dag.implied_covariance({("X", "Y"): -1}))


def test_values_and_functions_replace_the_linear_rule():
    dag = rt.CausalGraph("X -> Y -> S")
    rules = {"X": 2.0, "X -> Y": 3, "S": lambda rng, data: (data["Y"] + rng.normal(size=len(data)) > 6).astype(int)}
    data = dag.simulate(np.random.default_rng(1), 4000, rules, noise={"Y": 0.1})
    assert (data["X"] == 2).all()
    assert data["Y"].mean() == pytest.approx(6, abs=0.01)
    assert set(data["S"]) == {0, 1}
    assert data["S"].mean() == pytest.approx(0.5, abs=0.04)


def test_an_intervention_by_value_is_the_graph_after_do():
    dag = rt.CausalGraph("U -> X -> Y; U -> Y", unobserved="U")
    low, high = (dag.simulate(np.random.default_rng(2), 10, {"X": x, "X -> Y": 0.7})["Y"] for x in (0, 1))
    np.testing.assert_allclose(high - low, 0.7)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ({"effects": {("Y", "X"): 1}}, "effects names Y -> X, .* did you mean X -> Y"),
        ({"effects": {"Y -> X": 1}}, "effects names Y -> X"),
        ({"effects": {"Q": 1}}, "effects names 'Q'"),
        ({"effects": {"X -> Y -> Z": 1}}, "effects names 'X -> Y -> Z'"),
        ({"effects": {"X -> Y": "much"}}, "the effect of X on Y is 'much', but must be a finite number"),
        ({"effects": {"X -> Y": float("nan")}}, "the effect of X on Y is nan"),
        ({"noise": {"Q": 1}}, "noise names 'Q'"),
        ({"noise": {"X": -1}}, "the noise of X is -1, but must be a finite number of at least 0"),
    ],
)
def test_bad_effects_are_refused_in_one_sentence(call, message):
    with pytest.raises(ValueError, match=message) as error:
        rt.CausalGraph("X -> Y").simulate(np.random.default_rng(1), 3, **call)
    assert "\n" not in str(error.value)
    assert error.value.__cause__ is None


def test_no_covariance_for_what_is_not_linear():
    with pytest.raises(ValueError, match="the covariance is known for linear effects only: effects gives 'Y'"):
        rt.CausalGraph("X -> Y").implied_covariance({"Y": 1})


# Light


def test_import_loads_nothing_heavy():
    code = (
        "import sys, rethinking.causal as causal\n"
        "heavy = 'pymc pytensor arviz matplotlib pandas.core numpy.linalg networkx.classes scipy statsmodels'.split()\n"
        "print([name for name in heavy if name in sys.modules])\n"
        "dag = causal.CausalGraph('X <- G -> Y; X -> Y')\n"
        "dag.adjustment_sets('X', 'Y'), dag._repr_html_()\n"
        "print([name for name in ('pymc', 'pytensor', 'arviz', 'matplotlib', 'scipy') if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split("\n")[:2] == ["[]", "[]"]
