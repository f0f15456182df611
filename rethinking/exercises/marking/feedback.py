"""What a student is told about an answer: one sentence, and a box in Jupyter."""

from dataclasses import dataclass
from html import escape

__all__ = ["Feedback"]

# Symbol and word say what the colour says. The colours can be told apart by the colour-blind, and the ground is a veil
# over the page, so that the box is readable in light and dark.
LOOKS = {
    "right": ("\N{CHECK MARK}", "Right", "#009e73"),
    "wrong": ("\N{BALLOT X}", "Not yet", "#d55e00"),
    "open": ("\N{HORIZONTAL ELLIPSIS}", "Open", "#7f8c8d"),
}


@dataclass(frozen=True, repr=False)
class Feedback:
    """What is said about an answer. It is true if the answer is right, and the last line of a cell shows it.

    Attributes
    ----------
    verdict : {"right", "wrong", "open"}
        Open: nothing was answered yet.
    sentence : str
        What to say.
    mistake : str
        The name of the mistake that was recognised, for counting; empty if none was.

    Examples
    --------
    >>> Feedback("wrong", "Right size, wrong sign.", "wrong sign")
    ✗ Not yet. Right size, wrong sign.
    >>> bool(Feedback("right", "The path is closed."))
    True
    """

    verdict: str
    sentence: str
    mistake: str = ""

    def __bool__(self):
        return self.verdict == "right"

    def __repr__(self):
        symbol, word, _ = LOOKS[self.verdict]
        return f"{symbol} {word}. {self.sentence}"

    def _repr_html_(self):
        symbol, word, color = LOOKS[self.verdict]
        style = (
            f"border: 1px solid {color}; border-left-width: 0.5em; border-radius: 4px; padding: 0.6em 0.9em;"
            f" margin: 0.3em 0; background: {color}1f; color: inherit; max-width: 46em"
        )
        return (
            f'<div class="rethinking-feedback" role="status" style="{style}">'
            f"<strong>{symbol} {word}.</strong> {escape(self.sentence)}</div>"
        )
