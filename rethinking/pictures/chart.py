"""Axes for the still of an explorer: a frame, ticks and labels in the ink of the page, and room for marks."""

from dataclasses import dataclass
from html import escape

import numpy as np

__all__ = ["Chart", "mark"]

LEFT, RIGHT, TOP, BOTTOM = 58, 12, 12, 50
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

    Examples
    --------
    >>> chart = Chart((0, 10), (0, 1), "tank", "survival")
    >>> chart.x(0), chart.y(0)
    (58.0, 270.0)
    >>> chart.svg(mark("circle", "estimate", cx=chart.x(5), cy=chart.y(0.5), r=4), "One tank.").count("<circle")
    1
    """

    xlim: tuple[float, float]
    ylim: tuple[float, float]
    xlabel: str
    ylabel: str
    width: int = 540
    height: int = 320

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
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="rethinking-figure" role="img" aria-label="{escape(alt)}"'
            f' width="{self.width}" height="{self.height}" viewBox="0 0 {self.width} {self.height}"'
            ' font-family="Helvetica, Arial, sans-serif" style="max-width:100%;height:auto">'
            f"<title>{escape(alt)}</title>{self._axes()}{marks}</svg>"
        )

    def _axes(self):
        right, bottom = self.width - RIGHT, self.height - BOTTOM
        parts = [f'<path d="M{LEFT},{TOP}V{bottom}H{right}" fill="none" stroke="currentColor"/>']
        for value in ticks(*self.xlim):
            x = self.x(value)
            parts.append(f'<path d="M{x},{bottom}v5" stroke="currentColor"/>{_text(x, bottom + 20, f"{value:g}")}')
        for value in ticks(*self.ylim):
            y = self.y(value)
            parts.append(f'<path d="M{LEFT},{y}h-5" stroke="currentColor"/>')
            parts.append(_text(LEFT - 9, y + 5, f"{value:g}", "end"))
        parts.append(_text((LEFT + right) / 2, self.height - 8, self.xlabel))
        middle = (TOP + bottom) / 2
        parts.append(_text(16, middle, self.ylabel, turn=f' transform="rotate(-90 16 {middle})"'))
        return "".join(parts)


def mark(tag, name="", **attributes):
    """Return an SVG element; `name` is what a script finds it by, and underscores in attributes become hyphens.

    Examples
    --------
    >>> mark("line", "interval", x1=1.0, stroke_width=2)
    '<line data-mark="interval" x1="1.0" stroke-width="2"/>'
    """
    named = {"data-mark": name} if name else {}
    named |= {key.replace("_", "-"): value for key, value in attributes.items()}
    return f"<{tag} {' '.join(f'{key}="{escape(str(value))}"' for key, value in named.items())}/>"


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


def _text(x, y, words, anchor="middle", turn=""):
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text {place} font-size="{FONT}" fill="currentColor"{turn}>{escape(words)}</text>'


def _tenths(pixels):
    return np.round(pixels, 1).tolist()
