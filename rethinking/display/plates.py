"""A model's graph with its plates: PyMC finds the arrows, Graphviz the places.

An oval is a random variable, filled when it is observed; a box is data or something computed. A plate is a frame round
what is repeated, with the name and the length of its dim. PyMC also draws an arrow from an outcome to the data that
were observed of it; here no arrow enters data, and data that are nothing but observed values are the filled oval.
"""

import networkx as nx
import pymc as pm

from rethinking.pictures.layout import PLATE_FONT, oval_radii, place, text_size
from rethinking.pictures.svg import INK, arrow, element, figure, words

__all__ = ["model_svg"]

FONT = 15
MARGIN = 4
# A wide graph shrinks no further than this, and scrolls instead.
READABLE = 0.75
# Of more parents than this, every other one stands a row higher, so that the graph is not as wide.
SIDE_BY_SIDE = 4


def model_svg(model):
    """Return the graph of a model as an SVG element in the ink of the page.

    Parameters
    ----------
    model : pymc.Model

    Examples
    --------
    >>> import pymc as pm
    >>> with pm.Model() as globe:
    ...     p = pm.Beta("p", 1, 1)
    ...     _ = pm.Binomial("W", 9, p, observed=6)
    >>> model_svg(globe).count("<ellipse")
    2
    """
    graph = _ordered(pm.model_to_networkx(model), list(model.named_vars))
    _leave_out_observing(graph, {data.name for data in model.data_vars})
    observed = {rv.name for rv in model.observed_RVs}
    boxes = {name for name, shape in graph.nodes(data="shape") if shape == "box"}
    labels = {name: _label(name, label, name in boxes, model) for name, label in graph.nodes(data="label")}
    radii = {name: _radii(label, name in boxes) for name, label in labels.items()}
    layout = place(radii, dict.fromkeys(graph.edges), plates=_plates(graph), rows=_rows(graph))
    parts = [_plate(label, *corners, layout.height) for label, corners in layout.plates.items()]
    parts += [_arrow(path, layout.height) for path in layout.arrows.values()]
    parts += [_node(layout, name, label, name in boxes, name in observed) for name, label in labels.items()]
    alt, narrowest = _describe(graph, model, observed), READABLE * (layout.width + 2 * MARGIN)
    return figure("".join(parts), alt, layout.width, layout.height, MARGIN, f"min-width:{narrowest:.0f}px")


def _ordered(graph, names):
    """Return the graph in the order of the model: PyMC collects in sets, and the same model should look the same."""
    rank = {name: i for i, name in enumerate(names)}
    ordered = nx.DiGraph()
    ordered.add_nodes_from(sorted(graph.nodes(data=True), key=lambda node: rank.get(node[0], -1)))
    ordered.add_edges_from(sorted(graph.edges, key=lambda edge: [rank.get(end, -1) for end in edge]))
    return ordered


def _leave_out_observing(graph, data):
    """Take the arrows into data out of the graph, and the data that stand alone then."""
    observed = [(outcome, values) for outcome, values in graph.edges if values in data]
    graph.remove_edges_from(observed)
    graph.remove_nodes_from([values for _, values in observed if not graph.degree(values)])


def _rows(graph):
    rows = {}
    for effect in graph:
        causes = [cause for cause in graph.predecessors(effect) if graph.degree(cause) == 1]
        if len(causes) > SIDE_BY_SIDE:
            rows |= {(cause, effect): 2 for cause in causes[1::2]}
    return rows


def _label(name, label, is_box, model):
    """Return the words of a node; PyMC's for a random variable are in small letters, such as Halfcauchy."""
    if is_box:
        return name
    kind = getattr(getattr(model[name].owner, "op", None), "_print_name", None)
    return f"{name}\n~ {kind[0]}" if kind else label.replace("\n~\n", "\n~ ")


def _radii(label, is_box):
    if not is_box:
        return oval_radii(label, FONT)
    width, height = text_size(label, FONT)
    return width / 2 + 8, height / 2 + 5


def _plates(graph):
    """Return the nodes of each plate, by what PyMC calls it: the dims and their lengths."""
    plates = {}
    for name, cluster in graph.nodes(data="cluster"):
        if cluster:
            plates.setdefault(cluster.removeprefix("cluster"), []).append(name)
    return plates


def _plate(label, low, high, top):
    (left, bottom), (right, upper) = low, high
    place = {"x": left, "y": top - upper, "width": right - left, "height": upper - bottom, "rx": 8}
    frame = element("rect", **place, fill="none", stroke=INK, stroke_opacity=0.6)
    return frame + words(label, right - 8, top - bottom - 8 - 0.35 * PLATE_FONT, PLATE_FONT, "end")


def _arrow(path, top):
    return arrow([(x, top - y) for x, y in path.curve], (path.tip[0], top - path.tip[1]), {})


def _node(layout, name, label, is_box, is_observed):
    (x, y), (rx, ry) = layout.centres[name], layout.radii[name]
    y = layout.height - y
    look = {"stroke": INK, "stroke_width": 1.5, "fill": INK, "fill_opacity": 0.18 if is_observed else 0}
    if is_box:
        shape = element("rect", x=x - rx, y=y - ry, width=2 * rx, height=2 * ry, rx=3, **look)
    else:
        shape = element("ellipse", cx=x, cy=y, rx=rx, ry=ry, **look)
    return shape + words(label, x, y, FONT)


def _describe(graph, model, observed):
    clauses = []
    for name in graph:
        if parents := [str(parent) for parent in graph.predecessors(name)]:
            clauses.append(f"{name} depends on {', '.join(parents)}")
    free = len(model.free_RVs)
    seen = f" Observed: {', '.join(sorted(observed))}." if observed else ""
    return f"Graph of a model with {free} free random variables: {'; '.join(clauses) or 'no arrows'}.{seen}"
