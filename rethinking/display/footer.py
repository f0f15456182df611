"""The foot of a page: every fit on it, and what made it."""

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from math import prod
from typing import Never

from xarray import DataTree

import rethinking
from rethinking._names import kind_of
from rethinking.display.table import html_table
from rethinking.sampling.diagnostics import convergence, warn_unless_converged, worst_of

__all__ = ["PageFooter", "page_footer"]

MADE_WITH = ("pymc", "pytensor", "nutpie", "arviz", "numpy", "xarray")
HEAD = ["fit", "parameters", "draws", "divergences", "worst R-hat", "least ESS", "seconds"]
FEW = 12


@dataclass(frozen=True, repr=False)
class PageFooter:
    """The fits of a page and the versions that made it. The last line of a cell shows it.

    Attributes
    ----------
    rows : list of list of str
        One a fit: name, parameters, draws, divergences, worst R-hat, least ESS, seconds.
    summary : str
        All of them in one sentence.
    versions : dict of str to str
        Python and the packages, by name.
    """

    rows: list[list[str]]
    summary: str
    versions: dict[str, str]

    def _repr_html_(self) -> str:
        is_open = " open" if len(self.rows) <= FEW else ""
        table = html_table(HEAD, self.rows)
        details = (
            f"<details{is_open}><summary>{self.summary}</summary>"
            f'<div style="overflow-x:auto" tabindex="0" role="group" aria-label="fits">{table}</div></details>'
        )
        return f'<div class="rethinking-footer">{details if self.rows else ""}<p>Made with {self._made_with}.</p></div>'

    @property
    def _made_with(self) -> str:
        return ", ".join(f"{name} {number}" for name, number in self.versions.items())

    def __repr__(self) -> str:
        return f"{self.summary} Made with {self._made_with}."


def page_footer(fits: Mapping[str, DataTree] | Sequence[Never] = ()) -> PageFooter:
    """Return every fit of a page with its diagnostics, and the versions of everything that made it.

    Parameters
    ----------
    fits : mapping of str to xarray.DataTree
        Name to fit. A sweep is one fit with more dims: its row has the worst diagnostics of all its points.

    Returns
    -------
    PageFooter
        The last line of a cell shows it. Seconds are those of the sampling on the machine that built the page; the
        compilation comes before them.

    Raises
    ------
    TypeError
        If these are no fits by name.

    Warns
    -----
    ConvergenceWarning
        Once, naming the worst fit, if R-hat > 1.01, an ESS < 400 or a transition diverged. A page that turns this
        warning into an error stops there.

    Examples
    --------
    >>> import numpy as np, arviz as az
    >>> draws = np.random.default_rng(1).normal(size=(4, 1000, 3))
    >>> page_footer({"three means": az.from_dict({"posterior": {"mu": draws}})}).rows[0][:4]
    ['three means', '3', '4 x 1000', '0']
    """
    if not isinstance(fits, Mapping) and not (isinstance(fits, list | tuple) and not fits):
        msg = f"page_footer takes a dictionary of fits by name, such as {{'radon': dt}}, but got {kind_of(fits)}."
        raise TypeError(msg)
    fits = dict(fits)
    diagnosed = {name: convergence(dt) for name, dt in fits.items()}
    if diagnosed:
        warn_unless_converged(worst_of(diagnosed))
    rows = [_row(name, dt, diagnosed[name]) for name, dt in fits.items()]
    versions = {"rethinking": rethinking.__version__, "Python": platform.python_version()}
    versions |= {name: version(name) for name in MADE_WITH}
    return PageFooter(rows, _summary(fits, diagnosed), versions)


def _row(name, dt, worst):
    posterior = dt["posterior"]
    points, seconds = _points(posterior), posterior.attrs.get("sampling_time")
    n_points = prod(points.values())
    n_draws = posterior.sizes["chain"] * posterior.sizes["draw"]
    # The time of a sweep is that of all its points.
    known = seconds is not None and set(posterior.attrs.get("swept", ())) == set(points)
    return [
        name if n_points == 1 else f"{name} ({n_points} fits)",
        str(sum(values.size for values in posterior.data_vars.values()) // (n_draws * n_points)),
        f"{posterior.sizes['chain']} x {posterior.sizes['draw']}",
        str(worst["divergences"][1]),
        f"{worst['R-hat'][1]:.3f}",
        f"{min(worst['bulk ESS'][1], worst['tail ESS'][1]):.0f}",
        f"{seconds:.1f}" if known else "",
    ]


def _points(posterior):
    return {dim: posterior.sizes[dim] for dim in posterior.attrs.get("swept", ()) if dim in posterior.dims}


def _summary(fits, diagnosed):
    if not fits:
        return "No fits."
    worst = worst_of(diagnosed)
    n_fits = sum(prod(_points(dt["posterior"]).values()) for dt in fits.values())
    divergences = worst["divergences"][1] or "no"
    least = min(worst["bulk ESS"][1], worst["tail ESS"][1])
    return (
        f"{n_fits} fit{'s' if n_fits > 1 else ''}: {divergences} divergence{'s' if divergences != 1 else ''},"
        f" worst R-hat {worst['R-hat'][1]:.4f}, least ESS {least:.0f}."
    )
