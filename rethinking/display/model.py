"""A model shown on a page: its graph, its mathematics and its priors."""

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from rethinking._arguments import require_seed
from rethinking._intervals import equal_tails
from rethinking._names import kind_of
from rethinking.display.notation import model_tex, symbol
from rethinking.display.plates import model_svg
from rethinking.display.priors import prior_intervals
from rethinking.display.table import html_table

if TYPE_CHECKING:
    import pymc as pm

__all__ = ["ModelCard", "show_model"]


@dataclass(frozen=True, repr=False)
class ModelCard:
    """A model, shown. The last line of a cell shows it.

    Attributes
    ----------
    svg : str
        The graph.
    tex : str
        The mathematics.
    priors : pandas.DataFrame
        The prior intervals: see `prior_intervals`.
    text : str
        The model as PyMC prints it.
    prob : float
        The probability in the intervals.
    """

    svg: str
    tex: str
    priors: Any
    text: str
    prob: float

    def _repr_html_(self) -> str:
        limits = [f"{self.prob:.0%}".replace("%", " %") + " of the prior", "from"]
        rows = [
            [rf"\({symbol(name)}\)", f"{_short(row.lower)} to {_short(row.upper)}", "exact" if row.exact else "draws"]
            for name, row in zip(self.priors.index, self.priors.itertuples(), strict=True)
        ]
        # MathJax reads only what has the class "math".
        return (
            '<div class="rethinking-model" style="max-width:100%">'
            f'<div style="overflow-x:auto" tabindex="0" role="group" aria-label="graph of the model">{self.svg}</div>'
            '<div class="math notranslate nohighlight" style="overflow-x:auto" tabindex="0" role="group"'
            f' aria-label="the model as mathematics">\\[{escape(self.tex)}\\]</div>'
            f'<div class="math" style="overflow-x:auto">{html_table(["parameter", *limits], rows)}</div></div>'
        )

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/html": self._repr_html_(), "text/plain": repr(self)}

    def __repr__(self) -> str:
        return self.text


def show_model(model: "pm.Model", prob: float = 0.89, seed: int = 0) -> ModelCard:
    """Return a model as a page shows it: graph with plates, mathematics in the notation of the page, and priors.

    Parameters
    ----------
    model : pymc.Model
    prob : float
        The probability in the prior intervals.
    seed : int
        For the intervals that need prior draws.

    Returns
    -------
    ModelCard
        The last line of a cell shows it.

    Raises
    ------
    TypeError, ValueError
        If what is given is no PyMC model, or `prob` or `seed` no such number.

    Examples
    --------
    >>> import pymc as pm
    >>> with pm.Model() as globe:
    ...     p = pm.Beta("p", 1, 1)
    ...     _ = pm.Binomial("W", 9, p, observed=6)
    >>> show_model(globe)
    p ~ Beta(1, 1)
    W ~ Binomial(9, p)
    """
    if not hasattr(model, "free_RVs"):
        msg = f"show_model shows a pymc.Model, but got {kind_of(model)}: call the function that returns the model."
        raise TypeError(msg)
    equal_tails(prob)
    require_seed(seed)
    return ModelCard(
        model_svg(model), model_tex(model), prior_intervals(model, prob, seed), str(model.str_repr()), prob
    )


def _short(value):
    """Return a number with two significant digits, with a true minus, and with a power of ten if it is very large."""
    text = f"{value:.2g}"
    if 1e-4 <= abs(value) < 1e6:
        return f"{float(text):,.10g}".replace("-", "\N{MINUS SIGN}")
    digits, _, power = text.replace("-", "\N{MINUS SIGN}", text.startswith("-")).partition("e")
    return rf"{digits} \(\times 10^{{{int(power)}}}\)" if power else digits
