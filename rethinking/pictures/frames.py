"""Explorers without a script of their own: for each position of the sliders, where the marks of the still are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rethinking.pictures.chart import Chart
from rethinking.pictures.shell import Explorer

__all__ = ["Frame", "frames_explorer"]

SCRIPT = Path(__file__).parent / "frames.js"


@dataclass(frozen=True)
class Frame:
    """What the picture shows at one position of the sliders.

    Attributes
    ----------
    marks : mapping of (str, str) to sequence of float
        For the marks of a name and one of their attributes, the values: ``{("estimate", "cy"): [10.5, 20.0]}``.
    words : str
        What there is to see, in a sentence, which is shown and read out.
    """

    marks: Mapping[tuple[str, str], Sequence[float]]
    words: str


def label(position: float | str) -> str:
    """Return how a position of a slider is shown.

    >>> label(0.12345), label("collider")
    ('0.123', 'collider')
    """
    return position if isinstance(position, str) else f"{position:.3g}"


def named(positions: Sequence[float | str]) -> bool:
    """Return whether positions are names, which are chosen from a list; along numbers one slides."""
    return any(isinstance(position, str) for position in positions)


def frames_explorer(
    chart: Chart,
    draw,
    sliders: Mapping[str, Sequence[float | str]],
    frames: Sequence[Frame],
    start: int = 0,
    *,
    caption: str,
    alt: str,
) -> Explorer:
    """Return a chart with sliders, or lists of names, that choose between frames.

    Parameters
    ----------
    chart : Chart
        The axes, which stay.
    draw : callable
        From a frame to the SVG elements of its marks, which a script then moves.
    sliders : mapping of str to sequence of float or str
        Names and positions: numbers, or the names of what is shown.
    frames : sequence of Frame
        One for each combination of positions, the last slider fastest.
    start : int
        Which of them is the still.
    caption : str
        What the marks mean.
    alt : str
        What the picture is, in words.

    Returns
    -------
    Explorer
    """
    data = {
        "sliders": [[name, [label(value) for value in values], named(values)] for name, values in sliders.items()],
        "start": start,
        "moves": [list(key) for key in frames[0].marks],
        "frames": [list(frame.marks.values()) for frame in frames],
        "words": [frame.words for frame in frames],
        "caption": caption,
    }
    words = f"{alt} {frames[start].words}"
    return Explorer(chart.svg(draw(frames[start]), words), data, SCRIPT, words)
