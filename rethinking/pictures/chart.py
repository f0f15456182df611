"""Axes for the still of an explorer: a frame, ticks and labels in the ink of the page, and room for marks."""

from dataclasses import dataclass

import numpy as np

from rethinking.pictures.svg import INK, element, figure, words

__all__ = ["Chart", "mark"]

LEFT, RIGHT, TOP, BOTTOM = 66, 12, 12, 50
FONT = 14


@dataclass(frozen=True)
class Chart:
    """Axes in CSS pixels.

    Attributes
    ----------
    xlim, ylim : (float, float)
        What the axes show.
    xlabel, ylabel : str
        Their labels, with units.
    width, height : int
        The size of the picture.
    yticks : bool
        Whether the vertical axis has numbers.

    Examples
    --------
    >>> chart = Chart((0, 10), (0, 1), "tank", "survival")
    >>> chart.x(0), chart.y(0)
    (66.0, 270.0)
    >>> chart.svg(mark("circle", "estimate", cx=chart.x(5), cy=chart.y(0.5), r=4), "One tank.").count("<circle")
    1
    """

    xlim: tuple[float, float]
    ylim: tuple[float, float]
    xlabel: str
    ylabel: str
    width: int = 540
    height: int = 320
    yticks: bool = True

    def x(self, values):
        """Return where values of the horizontal axis are, from the left, to a tenth of a pixel."""
        low, high = self.xlim
        return _tenths(LEFT + (np.asarray(values) - low) / (high - low) * (self.width - LEFT - RIGHT))

    def y(self, values):
        """Return where values of the vertical axis are, from the top, to a tenth of a pixel."""
        low, high = self.ylim
        return _tenths(TOP + (high - np.asarray(values)) / (high - low) * (self.height - TOP - BOTTOM))

    def svg(self, marks, alt):
        """Return the picture as an SVG element.

        Parameters
        ----------
        marks : str
            SVG elements, made by `mark`.
        alt : str
            What the picture says, in words.
        """
        return figure(self.axes() + marks, alt, self.width, self.height)

    def axes(self):
        """Return frame, ticks and labels as SVG elements."""
        right, bottom = self.width - RIGHT, self.height - BOTTOM
        parts = [element("path", d=f"M{LEFT},{TOP}V{bottom}H{right}", fill="none", stroke=INK)]
        for value in ticks(*self.xlim, most=min(7, (right - LEFT) // 45)):
            x = self.x(value)
            parts.append(element("path", d=f"M{x},{bottom}v5", stroke=INK))
            parts.append(words(f"{value:g}", x, bottom + 15, FONT))
        for value in ticks(*self.ylim) if self.yticks else []:
            y = self.y(value)
            parts.append(element("path", d=f"M{LEFT},{y}h-5", stroke=INK))
            parts.append(words(f"{value:g}", LEFT - 9, y, FONT, "end"))
        middle = (TOP + bottom) / 2
        parts.append(words(self.xlabel, (LEFT + right) / 2, self.height - 13, FONT))
        parts.append(words(self.ylabel, 11, middle, FONT, transform=f"rotate(-90 11 {middle})"))
        return "".join(parts)


def mark(tag, name="", **attributes):
    """Return an SVG element; `name` is what a script finds it by, and underscores in attributes become hyphens.

    Examples
    --------
    >>> mark("line", "interval", x1=1.0, stroke_width=2)
    '<line data-mark="interval" x1="1" stroke-width="2"/>'
    """
    return element(tag, data_mark=name or None, **attributes)


def ticks(low, high, most=7):
    """Return at most about seven round values between two limits.

    Examples
    --------
    >>> ticks(0, 1)
    [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    """
    rough = (high - low) / most
    power = 10.0 ** np.floor(np.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)
    values = np.arange(np.ceil(low / step - 1e-9), high / step + 1e-9) * step
    return [round(float(value), 12) + 0.0 for value in values]  # + 0.0 makes 0 of -0


def _tenths(pixels):
    return np.round(pixels, 1).tolist()
