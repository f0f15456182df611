"""A model's graph with its plates: PyMC finds the arrows, Graphviz the places.

An oval is a random variable, filled when it is observed; a box is data or something computed. A plate is a frame round
what is repeated, with the name and the length of its dim.
"""

from html import escape

import networkx as nx
import pymc as pm

from rethinking.pictures.layout import PLATE_FONT, Layout, oval_radii, place, text_size

__all__ = ["model_svg"]

FONT = 15
MARGIN = 4
HEAD = 4
# A wide graph shrinks no further than this, and scrolls instead.
READABLE = 0.75
FRAME = 'fill="none" stroke="currentColor"'


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
    observed = {rv.name for rv in model.observed_RVs}
    boxes = {name for name, shape in graph.nodes(data="shape") if shape == "box"}
    labels = {
        name: name if name in boxes else label.replace("\n~\n", "\n~ ") for name, label in graph.nodes(data="label")
    }
    radii = {name: _radii(label, name in boxes) for name, label in labels.items()}
    layout = place(radii, dict.fromkeys(graph.edges), plates=_plates(graph))
    parts = [_plate(words, *corners, layout.height) for words, corners in layout.plates.items()]
    parts += [_arrow(path, layout.height) for path in layout.arrows.values()]
    parts += [_node(layout, name, label, name in boxes, name in observed) for name, label in labels.items()]
    return _frame(layout, _describe(graph, model, observed), parts)


def _ordered(graph, names):
    """Return the graph in the order of the model: PyMC collects in sets, and the same model should look the same."""
    rank = {name: i for i, name in enumerate(names)}
    ordered = nx.DiGraph()
    ordered.add_nodes_from(sorted(graph.nodes(data=True), key=lambda node: rank.get(node[0], -1)))
    ordered.add_edges_from(sorted(graph.edges, key=lambda edge: [rank.get(end, -1) for end in edge]))
    return ordered


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


def _frame(layout: Layout, alt, parts):
    width, height = layout.width + 2 * MARGIN, layout.height + 2 * MARGIN
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="rethinking-figure" role="img" aria-label="{escape(alt)}"'
        f' width="{width:.0f}" height="{height:.0f}" viewBox="{-MARGIN} {-MARGIN} {width:.0f} {height:.0f}"'
        ' font-family="Helvetica, Arial, sans-serif" style="max-width:100%;height:auto;'
        f'min-width:{READABLE * width:.0f}px">'
        f"<title>{escape(alt)}</title>{''.join(parts)}</svg>"
    )


def _plate(words, low, high, top):
    (left, bottom), (right, upper) = low, high
    return (
        f'<rect x="{left:.1f}" y="{top - upper:.1f}" width="{right - left:.1f}" height="{upper - bottom:.1f}" rx="8"'
        f' {FRAME} stroke-opacity="0.6"/><text x="{right - 8:.1f}" y="{top - bottom - 8:.1f}" text-anchor="end"'
        f' font-size="{PLATE_FONT}" fill="currentColor">{escape(words)}</text>'
    )


def _arrow(path, top):
    start, *rest = (f"{x:.1f},{top - y:.1f}" for x, y in path.curve)
    (x, y), (tip_x, tip_y) = path.curve[-1], path.tip
    dx, dy = (tip_x - x) * HEAD / 10, (tip_y - y) * HEAD / 10
    corners = [path.tip, (x - dy, y + dx), (x + dy, y - dx)]
    head = " ".join(f"{a:.1f},{top - b:.1f}" for a, b in corners)
    return f'<path d="M{start}C{" ".join(rest)}" {FRAME}/><polygon points="{head}" fill="currentColor"/>'


def _node(layout, name, label, is_box, is_observed):
    (x, y), (rx, ry) = layout.centres[name], layout.radii[name]
    y = layout.height - y
    look = 'stroke="currentColor" stroke-width="1.5" fill="currentColor" fill-opacity="' + (
        '0.18"' if is_observed else '0"'
    )
    if is_box:
        shape = f'<rect x="{x - rx:.1f}" y="{y - ry:.1f}" width="{2 * rx:.1f}" height="{2 * ry:.1f}" rx="3" {look}/>'
    else:
        shape = f'<ellipse cx="{x:.1f}" cy="{y:.1f}" rx="{rx:.1f}" ry="{ry:.1f}" {look}/>'
    lines = label.split("\n")
    first = y + (0.35 - 1.2 * (len(lines) - 1) / 2) * FONT
    spans = "".join(
        f'<tspan x="{x:.1f}" y="{first + 1.2 * FONT * i:.1f}">{escape(line)}</tspan>' for i, line in enumerate(lines)
    )
    return f'{shape}<text text-anchor="middle" font-size="{FONT}" fill="currentColor">{spans}</text>'


def _describe(graph, model, observed):
    clauses = []
    for name in graph:
        if parents := [str(parent) for parent in graph.predecessors(name)]:
            clauses.append(f"{name} depends on {', '.join(parents)}")
    free = len(model.free_RVs)
    seen = f" Observed: {', '.join(sorted(observed))}." if observed else ""
    return f"Graph of a model with {free} free random variables: {'; '.join(clauses) or 'no arrows'}.{seen}"
