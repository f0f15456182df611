"""What a graph answers, held against numbers: the covariance that linear-Gaussian models of random graphs imply."""

import random
from itertools import chain, combinations
from typing import NamedTuple

import networkx as nx
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import rethinking as rt

exact = settings(deadline=None, derandomize=True, max_examples=150)


class Case(NamedTuple):
    """A graph, its exposure X and outcome Y, and several parametrisations: (effects, covariance) each."""

    dag: rt.CausalGraph
    worlds: list


@st.composite
def cases(draw, most=7):
    n = draw(st.integers(3, most))
    names = draw(st.permutations(["X", "Y", *"ABCDE"[: n - 2]]))
    pairs = list(combinations(names, 2))
    edges = [pair for pair in pairs if draw(st.booleans())]
    assume(edges)
    hidden = [name for name in names if name not in "XY" and draw(st.integers(0, 3)) == 0]
    dag = rt.CausalGraph(as_text(edges, names), unobserved=hidden)
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    return Case(dag, [world(rng, dag) for _ in range(3)])


def as_text(edges, names):
    return "; ".join([*(f"{a} -> {b}" for a, b in edges), *names])


def world(rng, dag):
    effects = {edge: rng.uniform(0.4, 1.6) * rng.choice([-1, 1]) for edge in dag.edges}
    noise = {name: rng.uniform(0.5, 2) for name in dag.nodes}
    return effects, dag.implied_covariance(effects, noise)


def subsets(names):
    names = sorted(names)
    return map(set, chain.from_iterable(combinations(names, size) for size in range(len(names) + 1)))


def slope(covariance, of, on, among=()):
    """The coefficient of `on` in the regression of `of` on it and the others."""
    predictors = [on, *sorted(among)]
    return np.linalg.solve(covariance.loc[predictors, predictors], covariance.loc[predictors, of])[0]


def partial_covariance(covariance, x, y, given):
    given = sorted(given)
    K = covariance.loc[given, given].to_numpy()
    return covariance.loc[x, y] - covariance.loc[x, given] @ np.linalg.inv(K) @ covariance.loc[given, y]


def total_effect(effects, cause, outcome):
    """The sum over causal paths of the products of coefficients."""
    if cause == outcome:
        return 1.0
    return sum(b * total_effect(effects, child, outcome) for (parent, child), b in effects.items() if parent == cause)


def truth(effects, effect):
    return total_effect(effects, "X", "Y") if effect == "total" else effects.get(("X", "Y"), 0.0)


def always(holds, case):
    """Whether something holds in every parametrisation, so that it is the graph's doing and no coincidence."""
    return all(holds(effects, covariance) for effects, covariance in case.worlds)


# Adjustment


@pytest.mark.parametrize("effect", ["total", "direct"])
@exact
@given(case=cases())
def test_a_set_is_valid_exactly_when_its_regression_returns_the_effect(effect, case):
    for group in subsets(set(case.dag.observed) - {"X", "Y"}):
        right = always(lambda b, S, z=group: np.isclose(slope(S, "Y", "X", z), truth(b, effect), atol=1e-8), case)
        assert case.dag.is_adjustment_set(group, "X", "Y", effect) is right, (case.dag, group)


@pytest.mark.parametrize("effect", ["total", "direct"])
@exact
@given(case=cases(most=8))
def test_the_minimal_sets_are_the_valid_ones_without_a_valid_part_and_all_of_them(effect, case):
    valid = [
        group
        for group in subsets(set(case.dag.observed) - {"X", "Y"})
        if case.dag.is_adjustment_set(group, "X", "Y", effect)
    ]
    minimal = [group for group in valid if not any(other < group for other in valid)]
    found = case.dag.adjustment_sets("X", "Y", effect)
    assert found == sorted(map(frozenset, minimal), key=lambda group: (len(group), sorted(group)))
    assert case.dag.adjustment_sets("X", "Y", effect, limit=1) in ([], *([group] for group in found))


def test_a_large_graph_is_answered_at_once_and_too_many_sets_are_refused():
    ladder = "; ".join(f"X <- A{i} -> B{i} -> Y" for i in range(20))
    dag = rt.CausalGraph(ladder)
    (one,) = dag.adjustment_sets("X", "Y", limit=1)
    assert len(one) == 20
    assert dag.is_adjustment_set(one, "X", "Y")
    with pytest.raises(ValueError, match="more than 10000 minimal adjustment sets: ask for some of them, with limit=1"):
        dag.adjustment_sets("X", "Y")


@settings(deadline=None, derandomize=True, max_examples=20)
@given(seed=st.integers(0, 10**6))
def test_twelve_nodes_are_no_work(seed):
    """Every answer about a dense graph of twelve nodes, where enumerating subsets would be thousands of tests."""
    rng = np.random.default_rng(seed)
    names = [f"v{i}" for i in range(12)]
    edges = [pair for pair in combinations(names, 2) if rng.random() < 0.3]
    dag = rt.CausalGraph(as_text(edges, names), unobserved=[name for name in names[1:-1] if rng.random() < 0.2])
    for group in dag.adjustment_sets("v0", "v11"):
        assert dag.is_adjustment_set(group, "v0", "v11")
    assert all(dag.d_separated(claim.x, claim.y, claim.given) for claim in dag.independencies())


# Independence


@exact
@given(case=cases(), data=st.data())
def test_d_separation_is_zero_partial_covariance(case, data):
    x, y = data.draw(st.permutations(case.dag.nodes))[:2]
    for group in subsets(set(case.dag.nodes) - {x, y}):
        zero = always(lambda _, S, z=group: abs(partial_covariance(S, x, y, z)) < 1e-9, case)
        separated = case.dag.d_separated(x, y, group)
        assert separated is zero
        assert separated is nx.is_d_separator(nx.DiGraph(case.dag.to_networkx()), {x}, {y}, group)
        assert separated is not any(path.open for path in case.dag.paths(x, y, group))


@exact
@given(case=cases())
def test_implied_independencies_are_minimal_and_complete(case):
    dag, expected = case.dag, set()
    for x, y in combinations(sorted(dag.observed), 2):
        true = [group for group in subsets(set(dag.observed) - {x, y}) if dag.d_separated(x, y, group)]
        expected |= {(x, y, frozenset(z)) for z in true if not any(other < z for other in true)}
    found = [(claim.x, claim.y, claim.given) for claim in dag.independencies()]
    assert len(found) == len(set(found))
    assert set(found) == expected


# Paths


@exact
@given(case=cases(), data=st.data())
def test_the_deciding_node_decides(case, data):
    """Change what is known about the node that decides, and the path changes or has another node that decides."""
    dag = case.dag
    group = data.draw(st.sets(st.sampled_from(sorted(set(dag.nodes) - {"X", "Y"})), max_size=3))
    for path in dag.paths("X", "Y", group):
        assert set(path.edges) <= set(dag.edges)
        assert (path.nodes[0], path.nodes[-1]) == ("X", "Y")
        if path.node is None:
            assert path.open
            assert "collider" not in path.roles.values()
            continue
        collider = path.roles[path.node] == "collider"
        assert collider or not path.open
        below = {path.node} | nx.descendants(dag.to_networkx(), path.node)
        if collider and not path.open:
            assert not below & group
            changed = group | {path.node}
        elif collider:
            assert below & group
            changed = group - below
        else:
            changed = group - {path.node}
        (again,) = [other for other in dag.paths("X", "Y", changed) if other.nodes == path.nodes]
        assert (again.open, again.node) != (path.open, path.node) or (again.open and again.node is not None)


@exact
@given(case=cases())
def test_kinds_of_paths(case):
    for path in case.dag.paths("X", "Y"):
        assert (path.kind == "causal") is nx.is_path(case.dag.to_networkx(), path.nodes)
        assert (path.kind == "backdoor") is case.dag.to_networkx().has_edge(path.nodes[1], "X")
        if path.kind == "noncausal":
            assert not path.open


# Instruments and front doors


@pytest.mark.parametrize("effect", ["total", "direct"])
@exact
@given(case=cases())
def test_instruments_return_the_effect(effect, case):
    found = case.dag.instruments("X", "Y", effect)
    for name, given_ in [(instrument.name, instrument.given) for instrument in found]:
        assert not {name, *given_} & {*case.dag.unobserved, "X", "Y"}
        for effects, S in case.worlds:
            ratio = partial_covariance(S, name, "Y", given_) / partial_covariance(S, name, "X", given_)
            assert ratio == pytest.approx(truth(effects, effect), abs=1e-7)


@exact
@given(case=cases())
def test_every_variable_that_works_as_an_instrument_given_ancestors_is_found(case):
    dag, graph = case.dag, case.dag.to_networkx()
    found = {instrument.name for instrument in dag.instruments("X", "Y")}
    mediators = nx.descendants(graph, "X") & (nx.ancestors(graph, "Y") | {"Y"})
    assert not found & nx.descendants(graph, "X"), "an instrument is not affected by the exposure"
    affected = mediators.union(*(nx.descendants(graph, name) for name in mediators))
    for name in set(dag.observed) - {"X", "Y"} - nx.descendants(graph, "X"):
        usable = (nx.ancestors(graph, name) | nx.ancestors(graph, "Y")) & set(dag.observed) - affected - {
            "X",
            "Y",
            name,
        }
        works = any(always(is_instrument(name, z), case) for z in subsets(usable))
        assert works is (name in found), (dag, name)


def test_no_instrument_is_said_only_where_there_is_none():
    """By brute force over all Z and W that the exposure does not affect, and mediators for the direct effect."""
    rng, some, none = random.Random(1), 0, 0
    for _ in range(600):
        names = list("XYABCD")[: rng.randint(4, 6)]
        order, density = rng.sample(names, len(names)), rng.uniform(0.25, 0.6)
        edges = [pair for pair in combinations(order, 2) if rng.random() < density] + [("X", "Y")]
        graph = nx.DiGraph(edges)
        if not nx.is_directed_acyclic_graph(graph):
            continue
        graph.add_nodes_from(names)
        dag = rt.CausalGraph(graph, unobserved=[name for name in names[2:] if rng.random() < 0.3])
        for effect in ("total", "direct"):
            backdoor = graph.copy()
            kept = nx.ancestors(graph, "Y") | {"Y"} if effect == "total" else {"Y"}
            backdoor.remove_edges_from([("X", child) for child in graph["X"] if child in kept])
            usable = set(dag.observed) - {"X", "Y"} - nx.descendants(graph, "Y")
            unaffected = usable - nx.descendants(graph, "X")
            held = unaffected if effect == "total" else unaffected | (usable & nx.ancestors(graph, "Y"))
            expected = any(
                nx.is_d_separator(backdoor, {z}, {"Y"}, w) and not nx.is_d_separator(backdoor, {z}, {"X"}, w)
                for z in unaffected
                for w in map(set, subsets(held - {z}))
            )
            assert bool(dag.instruments("X", "Y", effect)) is expected, (dag, effect)
            some, none = some + expected, none + (not expected)
    assert min(some, none) > 100


def is_instrument(name, given_):
    def holds(effects, S):
        strength = partial_covariance(S, name, "X", given_)
        expected = truth(effects, "total") * strength
        return abs(strength) > 1e-9 and np.isclose(partial_covariance(S, name, "Y", given_), expected, atol=1e-7)

    return holds


@exact
@given(case=cases())
def test_front_doors_return_the_effect_and_are_minimal(case):
    found = case.dag.front_door_sets("X", "Y")
    assert not any(a < b for a in found for b in found)
    for group in found:
        for effects, S in case.worlds:
            through = sum(slope(S, m, "X") * slope(S, "Y", m, {"X", *group - {m}}) for m in group)
            assert through == pytest.approx(truth(effects, "total"), abs=1e-7)


# Textbook cases with published answers: (graph, unobserved, adjustment sets for the total and for the direct effect)

TEXTBOOK = {
    "fork": ("X <- Z -> Y", "", ["Z"], ["Z"]),
    "fork with an effect": ("X <- Z -> Y <- X", "", ["Z"], ["Z"]),
    "pipe": ("X -> Z -> Y", "", [""], ["Z"]),
    "collider": ("X -> Z <- Y; X -> Y", "", [""], [""]),
    "descendant": ("X -> Z -> Y; Z -> D", "", [""], ["Z"]),
    "M-bias": ("X <- U -> Z <- V -> Y; X -> Y", "UV", [""], [""]),
    "grandparents": ("G -> P -> C; G -> C; P <- U -> C", "U", [""], None),
    "bias amplification": ("Z -> X -> Y; X <- U -> Y", "U", None, None),
    "front door": ("X -> M -> Y; X <- U -> Y", "U", None, None),
    "case-control": ("X -> Y -> Z", "", [""], [""]),
    "two roads": ("X <- U <- A -> C -> Y; U -> B <- C; X -> Y", "U", ["A", "C"], ["A", "C"]),
    "waffles": ("S -> W; S -> A; S -> M; A -> M; A -> D; M -> D; W -> D", "", ["S", "AM"], ["S", "AM"]),
    "divorce, rate": ("A -> M -> D; A -> D", "", ["A"], ["A"]),
    "butterfly": (
        "A -> Z <- B; A -> X; Z -> X; B -> Y; Z -> Y; X -> Y; X <- C -> Y",
        "",
        ["ACZ", "BCZ"],
        ["ACZ", "BCZ"],
    ),
}
ROLES = {"grandparents": ("G", "C"), "waffles": ("W", "D"), "divorce, rate": ("M", "D")}


@pytest.mark.parametrize("name", TEXTBOOK)
def test_textbook_adjustment_sets(name):
    text, hidden, total, direct = TEXTBOOK[name]
    dag, roles = rt.CausalGraph(text, unobserved=list(hidden)), ROLES.get(name, ("X", "Y"))
    assert dag.adjustment_sets(*roles) == [frozenset(group) for group in total or []]
    assert dag.adjustment_sets(*roles, effect="direct") == [frozenset(group) for group in direct or []]


@pytest.mark.parametrize(
    ("name", "given_", "why"),
    [
        ("pipe", "Z", "a mediator"),
        ("collider", "Z", "a collider"),
        ("descendant", "D", "a descendant of a mediator"),
        ("M-bias", "Z", "a collider between unobserved causes"),
        ("grandparents", "P", "a mediator and collider: neither the total nor the direct effect"),
        ("case-control", "Z", "an effect of the outcome"),
        ("bias amplification", "Z", "an instrument"),
        ("two roads", "B", "a collider on the road that is open, and no help on the other"),
    ],
)
def test_textbook_bad_controls(name, given_, why):
    text, hidden, *_ = TEXTBOOK[name]
    dag, roles = rt.CausalGraph(text, unobserved=list(hidden)), ROLES.get(name, ("X", "Y"))
    assert not dag.is_adjustment_set(set(given_), *roles), why


def test_textbook_instruments_and_front_doors():
    def dag(name):
        text, hidden, *_ = TEXTBOOK[name]
        return rt.CausalGraph(text, unobserved=list(hidden))

    assert [(i.name, i.given) for i in dag("bias amplification").instruments("X", "Y")] == [("Z", frozenset())]
    assert dag("front door").front_door_sets("X", "Y") == [frozenset("M")]
    assert dag("front door").instruments("X", "Y") == []
    assert dag("M-bias").instruments("X", "Y") == [], "an unobserved variable is no instrument"
    assert dag("bias amplification").front_door_sets("X", "Y") == []
    assert dag("case-control").front_door_sets("Y", "X") == [frozenset()], "no effect, nothing to intercept"


@pytest.mark.parametrize(
    ("graph", "doors"),
    [
        ("X -> M -> Y; X <- U -> Y; X -> Y", []),  # a causal path goes past M
        ("X -> M -> Y; X <- V -> M", []),  # an open backdoor path from X to M
        ("X -> M -> Y; X <- U -> Y; M <- V -> Y", []),  # one from M to Y that X does not block
        ("X -> M -> N -> Y; X <- U -> Y", ["M", "N"]),
        ("X -> M -> Y; X -> N -> Y; X <- U -> Y", ["MN"]),
        ("X -> M -> Y; X <- U -> Y; M <- A -> B -> Y", ["AM", "BM"]),  # a set may need who is no mediator
    ],
)
def test_what_makes_a_front_door(graph, doors):
    dag = rt.CausalGraph(graph, unobserved=[name for name in "UV" if name in graph])
    assert dag.front_door_sets("X", "Y") == [frozenset(door) for door in doors]


def test_textbook_independencies():
    waffles = rt.CausalGraph(TEXTBOOK["waffles"][0])
    assert list(map(str, waffles.independencies())) == ["A _||_ W | S", "M _||_ W | S", "D _||_ S | A, M, W"]
    assert rt.CausalGraph("A -> M; A -> D; M -> D").independencies() == []
    assert list(map(str, rt.CausalGraph("A -> M; A -> D").independencies())) == ["D _||_ M | A"]


def test_adjust_for_nothing_and_no_set_are_told_apart():
    assert rt.CausalGraph("X -> Y").adjustment_sets("X", "Y") == [frozenset()]
    assert rt.CausalGraph("Y -> X").adjustment_sets("X", "Y") == []


def test_paths_of_the_two_roads():
    dag = rt.CausalGraph("X <- U <- A -> C -> Y; U -> B <- C; X -> Y", unobserved="U")
    assert list(map(repr, dag.paths("X", "Y", given={"B"}))) == [
        "<open causal path X -> Y: nothing on it is conditioned on>",
        "<open backdoor path X <- U -> B <- C -> Y: the collider B is conditioned on>",
        "<open backdoor path X <- U <- A -> C -> Y: nothing on it is conditioned on>",
    ]
    through = rt.CausalGraph("X -> C <- Y; C -> D -> E").paths("X", "Y", given={"E"})
    assert [path.reason for path in through] == ["the collider C is conditioned on through its descendant E"]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda dag: dag.adjustment_sets("x", "Y"), "exposure names 'x', .* did you mean 'X'"),
        (lambda dag: dag.adjustment_sets("X", "outcom"), "outcome names 'outcom', .* the graph has X, Y, U, Z"),
        (lambda dag: dag.adjustment_sets("X", "X"), "exposure and outcome are both 'X'"),
        (lambda dag: dag.adjustment_sets("U", "Y"), "the exposure 'U' is unobserved"),
        (lambda dag: dag.instruments("X", "U"), "the outcome 'U' is unobserved"),
        (lambda dag: dag.front_door_sets("U", "Y"), "the exposure 'U' is unobserved"),
        (lambda dag: dag.adjustment_sets("X", "Y", effect="causal"), "effect is 'causal', but must be 'total' or 'dir"),
        (lambda dag: dag.is_adjustment_set({"X"}, "X", "Y"), "given holds 'X', which the question is about"),
        (lambda dag: dag.is_adjustment_set({"z"}, "X", "Y"), "given names 'z', .* did you mean 'Z'"),
        (lambda dag: dag.d_separated("X", "X"), "x and y are both 'X'"),
        (lambda dag: dag.d_separated("X", "Y", {"Y"}), "given holds 'Y'"),
        (lambda dag: dag.paths("X", "X"), "exposure and outcome are both 'X'"),
        (lambda dag: dag.paths("X", "Q"), "outcome names 'Q'"),
        (lambda dag: dag.do("Q"), "do names 'Q'"),
    ],
)
def test_bad_questions_are_refused_in_one_sentence(call, message):
    with pytest.raises(ValueError, match=message) as error:
        call(rt.CausalGraph("X -> Y; X <- U -> Y; Z -> Y", unobserved="U"))
    assert "\n" not in str(error.value)
    assert error.value.__cause__ is None


def test_a_set_with_an_unobserved_member_is_not_one_to_adjust_for():
    dag = rt.CausalGraph("X -> Y; X <- U -> Y", unobserved="U")
    assert not dag.is_adjustment_set({"U"}, "X", "Y")
    assert rt.CausalGraph(dag.edges).is_adjustment_set({"U"}, "X", "Y")
