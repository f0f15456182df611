"""``doctor``: try everything that a lecture needs, and say in one sentence what is wrong and what to do."""

import importlib.metadata
import importlib.util
import io
import platform
from time import perf_counter

__all__ = ["doctor"]

AGAIN = "install again: python -m pip install --upgrade --force-reinstall rethinking"


def doctor():
    """Run every check, print a line for each, and return 0, or 1 if one failed.

    Returns
    -------
    int
    """
    failed = 0
    for check, remedy in CHECKS.items():
        try:
            print(f"✓ {check()}")
        except Exception as error:
            failed += 1
            reason = str(error).strip().partition("\n")[0].rstrip(".")
            print(f"✗ {check.__name__.strip('_')}: {type(error).__name__}: {reason}. What to do: {remedy}.")
    print("All is well." if not failed else f"{failed} of {len(CHECKS)} checks failed.")
    return 1 if failed else 0


def _versions():
    from packaging.requirements import Requirement

    wanted = [Requirement(text) for text in importlib.metadata.requires("rethinking") or ()]
    found = {}
    for each in wanted:
        if each.marker is None or each.marker.evaluate({"extra": ""}):
            found[each.name] = importlib.metadata.version(each.name)
            if not each.specifier.contains(found[each.name], prereleases=True):
                msg = f"{each.name} is {found[each.name]}, and {each.specifier} is needed"
                raise RuntimeError(msg)
    shown = ", ".join(f"{name} {found[name]}" for name in ("pymc", "nutpie", "arviz") if name in found)
    return f"versions: Python {platform.python_version()}, {shown}"


def _data():
    from rethinking.datasets import list_data, load_data

    bundled = list_data().query("bundled")["name"]
    rows = sum(len(load_data(name)) for name in bundled)
    return f"data: {len(bundled)} tables with {rows} rows are what they should be"


def _pages():
    from rethinking.book.notebooks import lecture_notebook
    from rethinking.commands.get import lectures

    cells = sum(len(lecture_notebook(path).cells) for path in lectures().values())
    return f"pages: {len(lectures())} lectures with {cells} cells are there"


def _drawing():
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    from rethinking.causal import CausalGraph

    drawn = CausalGraph("U -> X; X -> Y").draw()._repr_svg_()
    figure = Figure()
    figure.subplots().plot([0, 1])
    FigureCanvasAgg(figure).print_png(io.BytesIO())
    return f"drawing: a graph ({len(drawn)} bytes of SVG) and a figure"


def _sampling():
    import numpy as np
    import pymc as pm

    from rethinking.sampling import Sampler, convergence

    y = np.random.default_rng(1).normal(2, 1, 100)
    start = perf_counter()
    with pm.Model() as model:
        mu, sigma = pm.Normal("mu", 0, 10), pm.Exponential("sigma", 1)
        pm.Normal("y", mu, sigma, observed=y)
    sampler = Sampler(model)
    compiled = perf_counter()
    dt = sampler.sample(seed=1, progress=False)
    sampled = perf_counter()
    mean, (_, rhat) = float(dt.children["posterior"].to_dataset()["mu"].mean()), convergence(dt)["R-hat"]
    if abs(mean - y.mean()) > 0.05 or not rhat < 1.02:
        msg = f"the posterior mean is {mean:.2f} instead of {y.mean():.2f} (R-hat {rhat:.2f})"
        raise RuntimeError(msg)
    return f"sampling: two parameters compiled in {compiled - start:.1f} s and sampled in {sampled - compiled:.1f} s"


def _jupyter():
    if importlib.util.find_spec("jupyterlab") is None:
        msg = "JupyterLab is not installed, so notebooks must be opened with something else"
        raise RuntimeError(msg)
    return f"jupyter: JupyterLab {importlib.metadata.version('jupyterlab')} opens the notebooks"


CHECKS = {
    _versions: AGAIN,
    _data: AGAIN,
    _pages: AGAIN,
    _drawing: "install the two libraries again: python -m pip install --force-reinstall pygraphviz matplotlib",
    _sampling: "empty PyTensor's cache with `pytensor-cache purge`, see that its folder may be written to, and "
    + AGAIN,
    _jupyter: "python -m pip install jupyterlab",
}
