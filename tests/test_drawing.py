"""The drawing says what the graph says: in SVG, in axes and in words."""

import os
import subprocess
import sys
from itertools import pairwise
from xml.etree import ElementTree

import matplotlib.pyplot as plt
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from rethinking.causal import draw_causal_graph
from rethinking.causal.drawing.looks import Look, read_looks
from rethinking.pictures.layout import text_size

SVG = "{http://www.w3.org/2000/svg}"

COURSE = {
    "fork": "Z>X Z>Y",
    "pipe": "X>Z Z>Y",
    "collider": "X>Z Y>Z",
    "descendant": "X>Z Z>A Z>Y",
    "group confound": "G>X G>Y X>Y Z>Y",
    "tank": "T>S D>S G>S P>S",
    "waffle": "S>W S>A S>M A>M A>D M>D W>D",
    "M-bias": "U>X U>Z V>Z V>Y X>Y",
    "butterfly": "A>Z A>X Z>X B>Z B>Y Z>Y X>Y C>X C>Y",
    "haunted": "G>P G>C P>C U>P U>C",
    "islands": "L>C L>P L>T P>C P>T C>T",
    "fertility": "A>C K>C U>C D>C D>U U>K A>K D>K",
    "front door": "U>X U>Y X>M M>Y",
    "survey": "X>R S>R E>R G>R Y>R U>R G>E Y>E E>P U>P",
    "measurement": "A>M A>D A>A* M>M* D>D* P>A* P>M* P>D*",
    "households": "HA>GAB HB>GAB HA>TAB HB>TAB HA>TBA HB>TBA TAB>GAB TBA>GAB",
}


def edges_of(text):
    return [tuple(edge.split(">")) for edge in text.split()]


def parsed(drawing):
    return ElementTree.fromstring(drawing.svg)


def texts(root):
    return ["\n".join(span.text or "" for span in text) for text in root.iter(f"{SVG}text")]


def bezier(curve, per_piece=40):
    """Points on joined cubic Bézier curves, by the Bernstein formula."""
    t = np.linspace(0, 1, per_piece)[:, None]
    pieces = [np.array(curve[i : i + 4]) for i in range(0, len(curve) - 1, 3)]
    return np.concatenate(
        [(1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t**2 * c + t**3 * d for a, b, c, d in pieces]
    )


def distance(points, x, y, rx, ry):
    """1 on the border of the oval, less inside, more outside."""
    return np.hypot((np.asarray(points)[..., 0] - x) / rx, (np.asarray(points)[..., 1] - y) / ry)


def oval_numbers(ellipse):
    return *ellipse.center, ellipse.width / 2, ellipse.height / 2


# What is drawn


@pytest.mark.parametrize("text", COURSE.values(), ids=COURSE)
def test_svg_has_every_name_once_and_one_arrow_per_edge(text):
    edges = edges_of(text)
    root = parsed(draw_causal_graph(edges))
    assert sorted(texts(root)) == sorted({name for edge in edges for name in edge})
    assert len(list(root.iter(f"{SVG}path"))) == len(list(root.iter(f"{SVG}polygon"))) == len(edges)


@pytest.mark.parametrize("direction", ["UD", "LR"])
@pytest.mark.parametrize("text", COURSE.values(), ids=COURSE)
def test_arrows_go_from_border_to_border_and_miss_every_other_node(text, direction):
    edges = edges_of(text)
    artists = draw_causal_graph(edges, graph_direction=direction).to_axes(Figure().subplots())
    ovals = {name: oval_numbers(ellipse) for name, ellipse in artists["nodes"].items()}
    assert list(artists["arrows"]) == list(artists["heads"]) == edges
    for (cause, effect), patch in artists["arrows"].items():
        points = bezier(patch.get_path().vertices)
        tip = artists["heads"][cause, effect].get_xy()[0]
        assert distance(points[0], *ovals[cause]) == pytest.approx(1, abs=0.03)
        assert distance(tip, *ovals[effect]) == pytest.approx(1, abs=0.03)
        assert all(distance(points, *ovals[name]).min() > 1 for name in ovals if name not in (cause, effect))


@pytest.mark.parametrize("text", COURSE.values(), ids=COURSE)
def test_nodes_do_not_overlap(text):
    root = parsed(draw_causal_graph(edges_of(text)))
    centres = [(float(e.get("cx")), float(e.get("cy")), float(e.get("rx"))) for e in root.iter(f"{SVG}ellipse")]
    gaps = [np.hypot(a[0] - b[0], a[1] - b[1]) - a[2] - b[2] for i, a in enumerate(centres) for b in centres[:i]]
    assert min(gaps) > 10


def test_svg_and_axes_have_the_same_shapes_in_the_same_places():
    drawing = draw_causal_graph(edges_of(COURSE["waffle"]), {"S": {"label": "South, S"}, "key": {"style": "dashed"}})
    root, artists = parsed(drawing), drawing.to_axes(Figure().subplots())
    in_svg = np.array([[float(e.get(key)) for key in ("cx", "cy", "rx", "ry")] for e in root.iter(f"{SVG}ellipse")])
    in_axes = np.array([oval_numbers(ellipse) for ellipse in artists["nodes"].values()])
    in_axes[:, 1] = drawing.shapes.top - in_axes[:, 1]
    np.testing.assert_allclose(in_svg, in_axes, atol=0.01)
    assert texts(root) == [label.get_text() for label in artists["labels"].values()]


@pytest.mark.parametrize(
    ("direction", "axis", "sign"),
    [("UD", 1, -1), ("TD", 1, -1), ("TB", 1, -1), ("BT", 1, 1), ("LR", 0, 1), ("RL", 0, -1)],
)
def test_arrows_point_the_way_asked_for(direction, axis, sign):
    ovals = {
        oval.name: (oval.x, oval.y) for oval in draw_causal_graph([("X", "Y")], None, None, direction).shapes.ovals
    }
    assert sign * (ovals["Y"][axis] - ovals["X"][axis]) > 40
    assert ovals["Y"][1 - axis] == pytest.approx(ovals["X"][1 - axis])


@pytest.mark.parametrize("direction", ["UD", "LR"])
def test_labels_of_arrows_stand_clear_of_nodes_and_beside_their_own_arrow(direction):
    edges = edges_of(COURSE["butterfly"])
    shapes = draw_causal_graph(edges, None, {edge: {"label": "some words"} for edge in edges}, direction).shapes
    curves = {arrow.edge: bezier(arrow.curve) for arrow in shapes.arrows}
    for words in shapes.words[-len(edges) :]:
        corners = [(words.x + dx, words.y + dy) for dx in (-35, 0, 35) for dy in (-7, 7)]
        assert all(distance(corners, oval.x, oval.y, oval.rx, oval.ry).min() > 1 for oval in shapes.ovals)
        away = np.abs(curves[words.of] - [words.x, words.y]) - [35, 7]
        assert np.hypot(*np.clip(away, 0, None).T).min() < 20


def test_everything_lies_inside_the_view_box():
    labels = {
        "A": {"label": "a very long name of a variable, A"},
        "unobserved by anyone in this study": {"style": "dashed"},
    }
    root = parsed(draw_causal_graph(edges_of(COURSE["butterfly"]), labels, {("A", "X"): {"label": "first"}}, "LR"))
    left, top, width, height = map(float, root.get("viewBox").split())
    assert (width, height) == (float(root.get("width")), float(root.get("height")))
    for oval in root.iter(f"{SVG}ellipse"):
        cx, cy, rx, ry = (float(oval.get(key)) for key in ("cx", "cy", "rx", "ry"))
        assert left <= cx - rx < cx + rx <= left + width
        assert top <= cy - ry < cy + ry <= top + height
    for path in root.iter(f"{SVG}path"):
        numbers = np.array(path.get("d")[1:].replace("C", " ").replace(",", " ").split(), dtype=float).reshape(-1, 2)
        points = bezier(numbers)
        assert ((points >= [left, top]) & (points <= [left + width, top + height])).all()


# Looks


@pytest.mark.parametrize(
    "marks",
    [
        {"node_props": {"U": {"style": "dashed"}}},
        {"node_props": {"U": {"style": "filled, dashed"}}},
        {"node_props": {"U": {"unobserved": True}}},
        {"node_props": {"U": {"latent": True, "label": "U"}}},
        {"unobserved": ["U"]},
        {"unobserved": "U"},
    ],
)
def test_every_way_to_mark_an_unobserved_node_dashes_it_and_says_so(marks):
    drawing = draw_causal_graph([("U", "X"), ("U", "Y"), ("X", "Y")], **marks)
    dashed = [oval.get("stroke-dasharray") is not None for oval in parsed(drawing).iter(f"{SVG}ellipse")]
    assert dashed == [True, False, False]
    assert drawing.alt.endswith(" U is unobserved.")
    nodes = drawing.to_axes(Figure().subplots())["nodes"]
    assert [ellipse.get_linestyle() in ("-", "solid") for ellipse in nodes.values()] == [False, True, True]


@pytest.mark.parametrize(
    ("props", "factor"),
    [({}, 1), ({"penwidth": 0.5}, 0.5), ({"penwidth": 3}, 3), ({"style": "bold", "penwidth": 2}, 4)],
)
def test_a_pen_is_as_many_lines_wide_as_it_says_and_bold_is_twice_as_wide(props, factor):
    assert read_looks({"X": props}, "node")["X"].width == factor * Look().width


def test_ink_comes_from_the_page_unless_a_colour_is_given():
    drawing = draw_causal_graph(
        [("X", "Y"), ("Z", "Y")],
        {"X": {"color": "red", "fontcolor": "C0", "style": "filled"}, "Z": {"fillcolor": "#00ff00"}},
        {("X", "Y"): {"color": "blue", "label": "1", "fontcolor": "blue", "style": "dotted,bold"}},
    )
    root = parsed(drawing)
    paints = [element.get(key) for element in root.iter() for key in ("fill", "stroke") if element.get(key)]
    assert set(paints) == {"none", "currentColor", "#ff0000", "#1f77b4", "#00ff00", "#0000ff"}
    first, _ = root.iter(f"{SVG}path")
    assert (first.get("stroke"), first.get("stroke-width"), first.get("stroke-dasharray")) == ("#0000ff", "3", "1.5 3")
    filled = [oval.get("fill") for oval in root.iter(f"{SVG}ellipse")]
    assert filled == ["#ff0000", "none", "#00ff00"]
    assert root.find(f"{SVG}rect") is None


def test_html_takes_the_ink_of_the_page_and_a_file_brings_one_that_reads_on_light_and_dark():
    drawing = draw_causal_graph([("X", "Y")])
    inline, file = (ElementTree.fromstring(text).get("style") for text in (drawing._repr_html_(), drawing._repr_svg_()))
    assert "max-width:100%" in inline
    assert ";color:" not in inline
    ink = luminance(file.split(";color:")[1])
    assert min(1.05 / (ink + 0.05), (ink + 0.05) / (luminance("#121212") + 0.05)) > 4


def luminance(color):
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(color)]
    return float(np.dot([0.2126, 0.7152, 0.0722], linear))


def test_matplotlib_ink_is_the_text_colour_of_the_style():
    with plt.rc_context({"text.color": "#123456"}):
        artists = draw_causal_graph([("X", "Y")], {"Y": {"color": "red"}}).to_axes(Figure().subplots())
    assert (
        to_rgb(artists["nodes"]["X"].get_edgecolor()[:3])
        == to_rgb(artists["labels"]["Y"].get_color())
        == to_rgb("#123456")
    )
    assert artists["nodes"]["Y"].get_edgecolor()[:3] == (1, 0, 0)


def test_a_name_without_edges_is_a_legend_below_the_graph():
    props = {"U": {"style": "dashed"}, "unobserved": {"style": "dashed"}, "in the\nmodel": {"style": "filled"}}
    drawing = draw_causal_graph([("U", "X")], props)
    assert texts(parsed(drawing)) == ["U", "X", "unobserved", "in the\nmodel"]
    ovals = {oval.name: oval for oval in drawing.shapes.ovals}
    floor = min(ovals[name].y - ovals[name].ry for name in "UX")
    assert floor > ovals["unobserved"].y + ovals["unobserved"].ry > ovals["in the\nmodel"].y + ovals["in the\nmodel"].ry
    assert ovals["unobserved"].look.dash == "dashed"
    assert "model" not in drawing.alt


def test_a_legend_wider_than_its_graph_widens_the_picture():
    words = "variables that nobody in this study has observed"
    drawing = draw_causal_graph([("U", "X")], {"U": {"style": "dashed"}, words: {"style": "dashed"}})
    narrow = draw_causal_graph([("U", "X")], {"U": {"style": "dashed"}})
    legend = next(each for each in drawing.shapes.words if each.text == words)
    assert narrow.shapes.width < legend.x + text_size(words, legend.size)[0]
    assert drawing.shapes.width >= legend.x + text_size(words, legend.size)[0]
    assert float(parsed(drawing).get("width")) > drawing.shapes.width


# Words


@pytest.mark.parametrize("text", COURSE.values(), ids=COURSE)
def test_alternative_text_names_every_edge(text):
    edges = edges_of(text)
    said = set()
    for clause in draw_causal_graph(edges).alt.removeprefix("Causal graph: ").removesuffix(".").split("; "):
        cause, effects = clause.split(" causes ")
        said |= {(cause, effect) for effect in effects.replace(" and ", ", ").split(", ")}
    assert said == set(edges)


def test_alternative_text_uses_labels_and_can_be_replaced():
    props = {"T": {"label": "tank\ntemperature"}, "S": {"label": "survival"}}
    made = draw_causal_graph([("T", "S"), ("P", "S")], props, {("P", "S"): {"label": "-2"}}, unobserved=["T", "P"])
    assert made.alt == (
        "Causal graph: tank temperature causes survival; P causes survival (-2). tank temperature and P are unobserved."
    )
    given_alt = draw_causal_graph([("T", "S")], alt='Heat & "survival"')
    for text in (given_alt.svg, given_alt._repr_html_()):
        root = ElementTree.fromstring(text)
        assert root.get("role") == "img"
        assert root.get("aria-label") == root.find(f"{SVG}title").text == 'Heat & "survival"'
        assert not [element for element in root.iter() if element.get("id")]


printable = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn", "Zl", "Zp")), min_size=1)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(cause=printable, label=printable)
def test_any_text_comes_back_as_it_was_given(cause, label):
    drawing = draw_causal_graph(
        [(cause, "effect")], {"effect": {"label": label}}, {(cause, "effect"): {"label": label}}
    )
    assert texts(parsed(drawing)) == [cause, label, label]


@pytest.mark.parametrize(
    "label", ["<b>bold</b>", "<<b>bold</b>>", "a \"b\" 'c' & \\n d", "β → Ω", "$x$ &lt; \\N \\G", "]]>"]
)
def test_markup_has_no_meaning(label):
    drawing = draw_causal_graph([("X", "Y")], {"X": {"label": label}}, {("X", "Y"): {"label": label}})
    assert texts(parsed(drawing)) == [label, "Y", label]
    figure = Figure()
    labels = drawing.to_axes(figure.subplots())["labels"]
    figure.canvas.draw()
    assert labels["X"].get_text() == labels["X", "Y"].get_text() == label
    assert not labels["X"].get_parse_math()


def test_what_xml_cannot_hold_is_replaced_and_line_ends_are_lines():
    root = parsed(draw_causal_graph([("X", "Y")], {"X": {"label": "a\x00b\r\nc\ud800"}}))
    assert texts(root)[0] == "a\ufffdb\nc\ufffd"


@pytest.mark.parametrize(
    "label", ["X", "WWWWWW", "survival, S", "number of tools, T", "two\nlines", "ONE\nTWO\nTHREE LINES"]
)
def test_labels_sit_at_the_centre_of_their_node_and_fit_into_it(label):
    figure = Figure(figsize=(8, 8))
    axes = figure.subplots()
    artists = draw_causal_graph([(label, "Y")]).to_axes(axes)
    ellipse, text = artists["nodes"][label], artists["labels"][label]
    figure.canvas.draw()
    assert text.get_position() == pytest.approx(ellipse.center)
    box = text.get_window_extent().transformed(axes.transData.inverted())
    assert np.mean([box.p0, box.p1], axis=0) == pytest.approx(ellipse.center, abs=1)
    assert box.width / ellipse.width < 0.97
    assert box.height / ellipse.height < 0.97


# Axes


@pytest.mark.parametrize("figsize", [(1, 4), (4, 1), (3, 3), (12, 9)])
def test_the_drawing_fits_its_axes_with_equal_scales_and_is_never_blown_up(figsize):
    figure = Figure(figsize=figsize)
    axes = figure.subplots()
    artists = draw_causal_graph(edges_of(COURSE["waffle"]), {"key": {"style": "dashed"}}).to_axes(axes)
    figure.canvas.draw()
    across = axes.transData.transform([(0, 0), (1, 0), (0, 1)])
    scale = across[1, 0] - across[0, 0]
    assert across[2, 1] - across[0, 1] == pytest.approx(scale)
    assert artists["labels"]["S"].get_fontsize() <= 12
    assert artists["labels"]["S"].get_fontsize() == pytest.approx(16 * scale * 72 / figure.dpi)
    frame = axes.get_window_extent()
    for ellipse in artists["nodes"].values():
        box = ellipse.get_window_extent()
        assert frame.x0 <= box.x0 < box.x1 <= frame.x1
        assert frame.y0 <= box.y0 < box.y1 <= frame.y1
    assert not axes.axison


def test_without_axes_the_current_ones_are_used():
    figure, (_, axes) = plt.subplots(1, 2)
    try:
        artists = draw_causal_graph([("X", "Y")]).to_axes()
        assert artists["nodes"]["X"].axes is axes
    finally:
        plt.close(figure)


# Behaviour


def test_the_same_graph_is_always_drawn_the_same():
    call = [edges_of(COURSE["butterfly"]), {"A": {"label": "age"}}, {("A", "Z"): {"label": "b"}}, "LR"]
    one, two = draw_causal_graph(*call), draw_causal_graph(*call)
    assert one == two
    assert one.svg == two.svg
    assert draw_causal_graph(iter(call[0] + call[0]), *call[1:]) == one


def test_nothing_is_printed_and_neither_dot_nor_fonts_are_looked_up(tmp_path):
    (tmp_path / "fonts.conf").write_text("<fontconfig><no-such-element/></fontconfig>")
    code = (
        "from rethinking.causal import draw_causal_graph\n"
        "drawing = draw_causal_graph([('X', 'Y')], {'X': {'label': 'β'}}, {('X', 'Y'): {'label': 'words'}})\n"
        "assert 'words' in drawing.svg"
    )
    env = os.environ | {"PATH": str(tmp_path), "FONTCONFIG_FILE": str(tmp_path / "fonts.conf")}
    run = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


def test_capfd_sees_nothing(capfd):
    drawing = draw_causal_graph(edges_of(COURSE["survey"]), {"X": {"label": "<b>"}}, {("G", "R"): {"label": "&"}})
    drawing.to_axes(Figure().subplots())
    assert drawing.svg
    assert capfd.readouterr() == ("", "")


def test_a_terminal_shows_the_words():
    assert repr(draw_causal_graph([("X", "Y")])) == "<CausalDrawing: Causal graph: X causes Y.>"


# Bad input


@st.composite
def acyclic(draw):
    n = draw(st.integers(2, 7))
    every = [(f"v{i}", f"v{j}") for i in range(n) for j in range(i + 1, n)]
    return draw(st.lists(st.sampled_from(every), min_size=1, unique=True))


@settings(deadline=None, derandomize=True, max_examples=50)
@given(edges=acyclic(), data=st.data())
def test_acyclic_graphs_are_drawn_and_an_edge_back_is_a_named_cycle(edges, data):
    assert len(draw_causal_graph(edges).shapes.arrows) == len(edges)
    graph = nx.DiGraph(edges)
    start = data.draw(st.sampled_from(sorted(name for name in graph if graph.out_degree(name))))
    end = data.draw(st.sampled_from(sorted(nx.descendants(graph, start))))
    with pytest.raises(ValueError, match="a causal graph has no cycle") as error:
        draw_causal_graph([*edges, (end, start)])
    ring = str(error.value).split(" has ")[2].split(":")[0].split(" -> ")
    assert ring[0] == ring[-1]
    assert set(pairwise(ring)) <= {*edges, (end, start)}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ({"edge_list": [("A", "B"), ("B", "C"), ("C", "A")]}, r"A -> B -> C -> A"),
        ({"edge_list": [("D", "B"), ("A", "B"), ("B", "A")]}, r"has B -> A -> B: remove or turn"),
        ({"edge_list": []}, "edge_list is empty"),
        ({"edge_list": None}, "edge_list is None"),
        ({"edge_list": "X->Y"}, "edge_list is 'X->Y'"),
        ({"edge_list": {("X", "Y"): 0.5}}, "edge_list is .*, but must be a list of pairs"),
        ({"edge_list": pd.DataFrame({("X", "Y"): [1]})}, "edge_list is a DataFrame, but must be a list of pairs"),
        ({"edge_list": ["XY"]}, "pair of names .* holds 'XY'"),
        ({"edge_list": [("X", "Y", "Z")]}, "pair of names"),
        ({"edge_list": [("X", 1)]}, "pair of names"),
        ({"edge_list": [("X", "")]}, "pair of names"),
        ({"edge_list": [("X", "X")]}, "'X' cannot cause itself"),
        ({"node_props": {"x": {"color": "red"}}}, "node_props names 'x', .* did you mean 'X'"),
        ({"node_props": {"Q": {"color": "red"}}}, "node_props names 'Q', .* the graph has X, Y, tank"),
        ({"node_props": {"tanks": {"color": "red"}}}, "did you mean 'tank'"),
        ({"node_props": {"group": {"label": "group, G"}}}, "node_props names 'group'"),
        ({"node_props": {"X": "dashed"}}, "node_props of 'X' is 'dashed', but must be a dictionary"),
        ({"node_props": {"X": {"colour": "red"}}}, "'colour': did you mean 'color'"),
        ({"node_props": {"X": {"style": "dashy"}}}, "style 'dashy': did you mean 'dashed'"),
        ({"node_props": {"X": {"color": "redd"}}}, "colour 'redd'"),
        ({"node_props": {"X": {"penwidth": "thick"}}}, "penwidth 'thick'"),
        ({"node_props": {"X": {"penwidth": -1}}}, "penwidth -1"),
        ({"edge_props": {("Y", "X"): {"color": "red"}}}, "Y -> X, .* did you mean X -> Y"),
        ({"edge_props": {"XY": {"color": "red"}}}, "edge_props names 'XY'"),
        ({"edge_props": {("X", "Y"): {"fillcolor": "red"}}}, "'fillcolor': did you mean 'color'"),
        ({"graph_direction": "DOWN"}, "graph_direction is 'DOWN', but must be one of UD, TD, TB, BT, LR, RL"),
        ({"graph_direction": []}, "graph_direction is"),
        ({"unobserved": ["U"]}, "unobserved names 'U', which is not in the graph: the graph has X, Y, tank"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(call, message):
    with pytest.raises(ValueError, match=message) as error:
        draw_causal_graph(**({"edge_list": [("X", "Y"), ("tank", "Y")]} | call))
    assert "\n" not in str(error.value)
    assert error.value.__cause__ is None
