"""How a node or an arrow looks, read from the Graphviz words that people already use.

Only words with a meaning here are accepted, so that a misspelled one is an error and not a drawing without it. What
is not given a colour takes the ink of its surroundings, which is what makes one drawing right on light and dark pages.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rethinking._names import nearest, told
from rethinking.causal.edges import check_name

__all__ = ["Look", "legend_names", "read_looks"]

EDGE_WORDS = ("label", "style", "color", "fontcolor", "penwidth")
NODE_WORDS = (*EDGE_WORDS, "fillcolor", "unobserved", "latent")
LINE_WIDTH = 1.5
STYLES = ("solid", "dashed", "dotted", "bold", "filled")


@dataclass(frozen=True, kw_only=True)
class Look:
    """The look of one node or arrow.

    A colour of None is the ink of the surroundings. A dashed node is an unobserved variable.
    """

    label: str = ""
    dash: str = "solid"
    width: float = LINE_WIDTH
    color: str | None = None
    fontcolor: str | None = None
    filled: bool = False
    fill: str | None = None


def read_looks(props: Mapping, kind: str) -> dict:
    """Return the look of every node or edge that has properties.

    Parameters
    ----------
    props : mapping
        Node or edge to a dictionary of Graphviz properties: ``label``, ``style`` (solid, dashed, dotted, bold, filled,
        several separated by commas), ``color``, ``fontcolor``, ``penwidth``; for nodes also ``fillcolor``,
        ``unobserved`` and ``latent``.
    kind : {"node", "edge"}
        What the properties belong to.

    Raises
    ------
    ValueError
        If a property, a style or a colour is unknown.

    Examples
    --------
    >>> read_looks({"U": {"style": "dashed", "color": "red"}}, "node")["U"].color
    '#ff0000'
    >>> read_looks({"U": {"colour": "red"}}, "node")
    Traceback (most recent call last):
    ValueError: node_props of 'U' has the property 'colour': did you mean 'color'?
    """
    return {owner: _look(own, f"{kind}_props of {owner!r}", kind) for owner, own in props.items()}


def legend_names(node_props: Mapping[str, Mapping], nodes: tuple[str, ...]) -> list[str]:
    """Return the names in `node_props` that no edge has and that explain a mark: ``"unobserved": {"style": "dashed"}``.

    A name that resembles a node, that has two letters at most, or that brings its own label is taken for a misspelled
    node and refused.

    Examples
    --------
    >>> legend_names({"U": {"style": "dashed"}, "unobserved": {"style": "dashed"}}, ("U", "X"))
    ['unobserved']
    """
    legend = [name for name in node_props if name not in nodes]
    for name in legend:
        if not isinstance(name, str) or len(name) <= 2 or "label" in node_props[name] or nearest(name, nodes):
            check_name(name, nodes, "node_props")
    return legend


def _look(props: Mapping, owner: str, kind: str) -> Look:
    _check_words(props, owner, NODE_WORDS if kind == "node" else EDGE_WORDS)
    styles = _styles(props.get("style", ""), owner)
    dashes = [style for style in styles if style in ("dashed", "dotted")]
    color, fontcolor, fill = (_color(props.get(word), owner) for word in ("color", "fontcolor", "fillcolor"))
    return Look(
        label="\n".join(str(props.get("label", "")).splitlines()),
        dash="dashed" if props.get("unobserved") or props.get("latent") else next(iter(dashes), "solid"),
        width=_width(props.get("penwidth", 1), owner) * (2 if "bold" in styles else 1),
        color=color,
        fontcolor=fontcolor,
        filled="filled" in styles or fill is not None,
        fill=fill or color,
    )


def _check_words(props: Mapping, owner: str, words: tuple[str, ...]) -> None:
    if not isinstance(props, Mapping):
        msg = f"{owner} is {told(props)}, but must be a dictionary such as {{'style': 'dashed'}}."
        raise ValueError(msg)
    for word in props:
        _check_word(word, words, f"{owner} has the property {word!r}")


def _styles(text: str, owner: str) -> list[str]:
    styles = [style.strip() for style in str(text).split(",") if style.strip()]
    for style in styles:
        _check_word(style, STYLES, f"{owner} has the style {style!r}")
    return styles


def _check_word(word: str, words: tuple[str, ...], what: str) -> None:
    if word not in words:
        near = nearest(str(word), words)
        msg = f"{what}: " + (f"did you mean {near!r}?" if near else f"known are {', '.join(words)}.")
        raise ValueError(msg)


def _color(value: Any, owner: str) -> str | None:
    if value is None or value == "":
        return None
    from matplotlib.colors import is_color_like, to_hex

    if not is_color_like(value):
        msg = f"{owner} has the colour {value!r}, unknown to Matplotlib: give one such as 'red' or '#d55e00'."
        raise ValueError(msg)
    return to_hex(value)


def _width(value: float, owner: str) -> float:
    try:
        width = float(value)
    except (TypeError, ValueError):
        width = 0
    if not width > 0:
        msg = f"{owner} has the penwidth {value!r}, but must have a number above 0."
        raise ValueError(msg)
    return LINE_WIDTH * width
