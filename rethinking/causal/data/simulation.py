"""Data from a graph: linear and Gaussian unless told otherwise, so that any graph can be tried out."""

from collections.abc import Callable, Mapping
from graphlib import TopologicalSorter
from numbers import Integral
from typing import TYPE_CHECKING, Any

import lazy_loader

from rethinking._names import told
from rethinking.causal.edges import check_edge, check_mapping, check_name
from rethinking.causal.structure import Structure
from rethinking.causal.text import parse

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
else:
    np = lazy_loader.load("numpy")
    pd = lazy_loader.load("pandas")


__all__ = ["implied_covariance", "simulate"]

type Effects = Mapping[str | tuple[str, str], float | Callable]


def simulate(
    dag: Structure,
    rng: "np.random.Generator",
    n: int,
    effects: Effects | None = None,
    noise: Mapping[str, float] | None = None,
) -> "pd.DataFrame":
    r"""Return simulated data with a column for every variable, the unobserved ones included.

    Each variable is the weighted sum of its causes and noise of its own,

    .. math:: v_i = \sum_{j \in \text{causes of } i} b_{ji} v_j + \sigma_i \varepsilon_i,
              \qquad \varepsilon_i \sim \text{Normal}(0, 1),

    with every :math:`b` and :math:`\sigma` equal to 1 unless it is given.

    Parameters
    ----------
    rng : numpy.random.Generator
        Where the noise comes from.
    n : int
        Number of rows.
    effects : mapping, optional
        For an edge, ``("X", "Y")`` or ``"X -> Y"``, its coefficient. For a variable, a value (a number, or an array of
        n), which then does not listen to its causes, as in an intervention; or a function ``(rng, data) -> values``,
        where `data` is the DataFrame of what was simulated before, the causes included.
    noise : mapping, optional
        The standard deviation of the noise of a variable.

    Returns
    -------
    pandas.DataFrame
        n rows; columns in the order of `dag.nodes`. ``data[list(dag.observed)]`` is what a study would have.

    Raises
    ------
    ValueError
        If an edge or a variable is not in the graph, or a coefficient is not a finite number.

    Examples
    --------
    >>> import numpy as np
    >>> from rethinking.causal import CausalGraph
    >>> dag = CausalGraph("X -> Z -> Y")
    >>> data = dag.simulate(np.random.default_rng(1), 10_000, effects={"X -> Z": 2, ("Z", "Y"): 0.5})
    >>> data.cov().loc["X", "Y"].round(1)
    np.float64(1.0)
    >>> dag.simulate(np.random.default_rng(1), 3, effects={"Z": 0, "Y": lambda rng, data: data["Z"] + 1})["Y"].tolist()
    [1, 1, 1]
    """
    _check_draws(rng, n)
    weights, makers = _read_effects(dag, effects)
    spread = _read_noise(dag, noise)
    data = pd.DataFrame(index=range(n))
    for name in _causal_order(dag):
        if name not in makers:
            pushes = (weight * data[cause] for (cause, effect), weight in weights.items() if effect == name)
            data[name] = sum(pushes, start=0.0) + spread[name] * rng.standard_normal(n)
        else:
            made = makers[name](rng, data.copy()) if callable(makers[name]) else makers[name]
            data[name] = _column(made, name, n)
    return data.loc[:, list(dag.nodes)]


def implied_covariance(
    dag: Structure, effects: Effects | None = None, noise: Mapping[str, float] | None = None
) -> "pd.DataFrame":
    r"""Return the covariance matrix of the variables that `simulate` draws, without drawing.

    With the coefficients in a matrix :math:`B` (cause in the row, effect in the column) and
    :math:`D = \text{diag}(\sigma^2)`, it is :math:`(I - B)^{-\top} D (I - B)^{-1}`.

    Parameters
    ----------
    effects, noise : mapping, optional
        Coefficients by edge and standard deviations by variable, as in `simulate`; nothing else.

    Returns
    -------
    pandas.DataFrame
        A row and a column for every variable.

    Raises
    ------
    ValueError
        As `simulate`, or if a variable is given a value or a function.

    Examples
    --------
    >>> from rethinking.causal import CausalGraph
    >>> CausalGraph("X -> Y").implied_covariance({"X -> Y": 2})
         X    Y
    X  1.0  2.0
    Y  2.0  5.0
    """
    weights, makers = _read_effects(dag, effects)
    for name in makers:
        msg = f"the covariance is known for linear effects only: effects gives {name!r} values of its own."
        raise ValueError(msg)
    names, spread = list(dag.nodes), _read_noise(dag, noise)
    B = pd.DataFrame(0.0, names, names)
    for (cause, effect), weight in weights.items():
        B.loc[cause, effect] = weight
    total = np.linalg.inv(np.eye(len(names)) - B.to_numpy())
    D = np.diag([spread[name] ** 2 for name in names])
    return pd.DataFrame(total.T @ D @ total, names, names)


def _column(made: Any, name: str, n: int) -> Any:
    """Return values without an index, which pandas would go by: row i is row i."""
    if np.ndim(made) and np.shape(made) != (n,):
        msg = f"the values of {name!r} have the shape {np.shape(made)}, but must be one number or {n} of them."
        raise ValueError(msg)
    return made.array if isinstance(made, pd.Series) else made


def _check_draws(rng: object, n: object) -> None:
    if not isinstance(rng, np.random.Generator):
        msg = f"rng is {told(rng)}, but must be a generator such as numpy.random.default_rng(1)."
        raise ValueError(msg)
    if not isinstance(n, Integral) or isinstance(n, bool) or n < 0:
        msg = f"n is {told(n)}, but must be a whole number of rows."
        raise ValueError(msg)


def _causal_order(dag: Structure) -> list[str]:
    sorter = TopologicalSorter({name: [] for name in dag.nodes})
    for cause, effect in dag.edges:
        sorter.add(effect, cause)
    return list(sorter.static_order())


def _read_effects(dag: Structure, effects: Effects | None) -> tuple[dict[tuple[str, str], float], dict]:
    check_mapping(effects, "effects", "{'X -> Y': 0.5}")
    weights, makers = dict.fromkeys(dag.edges, 1.0), {}
    for key, value in (effects or {}).items():
        edge = _edge(key, dag.nodes)
        if edge is None:
            check_name(key, dag.nodes, "effects")
            makers[key] = value
        else:
            check_edge(edge, dag.edges, "effects")
            weights[edge] = _number(value, f"the effect of {edge[0]} on {edge[1]}")
    return weights, makers


def _edge(key: str | tuple[str, str], nodes: tuple[str, ...]) -> tuple[str, str] | None:
    if isinstance(key, str) and key not in nodes and ("->" in key or "<-" in key):
        edges = parse(key).edges
        return edges[0] if len(edges) == 1 else None
    return key if isinstance(key, tuple) else None


def _read_noise(dag: Structure, noise: Mapping[str, float] | None) -> dict[str, float]:
    check_mapping(noise, "noise", "{'X': 2}")
    spread = dict.fromkeys(dag.nodes, 1.0)
    for name, value in (noise or {}).items():
        check_name(name, dag.nodes, "noise")
        spread[name] = _number(value, f"the noise of {name}", least=0)
    return spread


def _number(value: Any, what: str, least: float = -float("inf")) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = float("nan")
    if not least <= number < float("inf") or number == -float("inf"):
        msg = f"{what} is {told(value)}, but must be a finite number{f' of at least {least}' if least == 0 else ''}."
        raise ValueError(msg)
    return number
