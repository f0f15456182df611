"""The public names: those that pages and people's notebooks rely on, each with the type that editors show."""

import ast
import inspect
import re
import subprocess
import sys

import pytest
from conftest import ROOT

import rethinking as rt

# Whoever adds a name adds it here, and whoever takes one away breaks somebody's notebook.
ROOMS = {"causal", "distributions", "exercises", "parts", "plots"}
WARNINGS = {"ConvergenceWarning", "PredictionWarning", "StudyWarning", "SweepWarning"}
DATA = {"DataUnavailable", "describe_data", "list_data", "load_data"}
SCALES = {"center", "index_of", "invlogit", "logit", "standardize", "unstandardize"}
GRAPHS = {"CausalGraph", "GraphQuiz", "draw_causal_graph", "graph_quiz"}
FITS = {"Sampler", "convergence", "sample"}
ANSWERS = {"contrast", "contrast_table", "counterfactual", "digits", "predict", "sensitivity"}
STUDIES = {"calibrate", "estimator", "study", "study_seconds", "study_summary"}
PARTS = {"correlated_effects"}
PLOTS = {f"plot_{mark}" for mark in ("bands", "contrast", "density", "errorbar", "errors", "estimates", "line")}
PLOTS |= {f"plot_{mark}" for mark in ("performance", "scatter", "sensitivity", "shrinkage")} | {"use_style"}
PAGES = {"lecture", "live", "page_footer", "prior_explorer", "show_model", "shrinkage_explorer"}
NAMES = ROOMS | WARNINGS | DATA | SCALES | GRAPHS | FITS | ANSWERS | STUDIES | PARTS | PLOTS | PAGES

STUBS = sorted((ROOT / "rethinking").rglob("*.pyi"))


def stubbed(path):
    """Return the names that a stub exports, all of which editors see."""
    found = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom):
            found |= {alias.asname for alias in node.names if alias.asname == alias.name}
        elif isinstance(node, ast.AnnAssign):
            found.add(node.target.id)
    return found


def public():
    """Yield every public function and class of the package, and of its public rooms, with its name."""
    for room in (rt, *(getattr(rt, name) for name in sorted(ROOMS))):
        names = [name for name in getattr(room, "__all__", dir(room)) if not name.startswith("_")]
        for name in names:
            thing = getattr(room, name)
            if callable(thing) and getattr(thing, "__module__", "").startswith("rethinking"):
                yield f"{room.__name__}.{name}", thing


def signatures():
    """Yield every public function, and every public method of a public class, with its name."""
    for name, thing in public():
        if inspect.isfunction(thing):
            yield name, thing
            continue
        for own, method in vars(thing).items():
            function = getattr(method, "__func__", getattr(method, "fget", method))
            written = inspect.isfunction(function) and function.__module__.startswith("rethinking")
            if written and (not own.startswith("_") or own in {"__init__", "__call__"}):
                yield f"{name}.{own}", function


def test_the_public_names_are_those_that_were_promised():
    assert set(rt.__all__) == NAMES | {"__version__"} or set(rt.__all__) == NAMES
    assert stubbed(ROOT / "rethinking" / "__init__.pyi") == NAMES | {"__version__"}
    assert all(hasattr(rt, name) for name in NAMES)


@pytest.mark.parametrize("name", ["check", "audit", "draw", "explore", "simulate", "implied_covariance", "do", "paths"])
def test_a_graph_answers_what_was_promised(name):
    assert callable(getattr(rt.CausalGraph, name))


def test_everything_public_says_what_it_takes_and_what_comes_back():
    bare = []
    for name, function in signatures():
        own = inspect.signature(function)
        taken = [each for each in own.parameters.values() if each.name not in {"self", "cls"}]
        bare += [f"{name}({each.name})" for each in taken if each.annotation is each.empty]
        if own.return_annotation is own.empty and not name.endswith("__init__"):
            bare.append(f"{name} ->")
    assert not sorted(set(bare))


def test_a_type_checker_knows_every_public_name(tmp_path):
    """What a stub names without a type, or a module does not have, is unknown in an editor."""
    lines = [f"reveal_type(rt.{name})" for name in sorted(NAMES)]
    (tmp_path / "seen.py").write_text("\n".join(["import rethinking as rt", *lines]), encoding="utf-8")
    (tmp_path / "pyrightconfig.json").write_text('{"typeCheckingMode": "standard"}', encoding="utf-8")
    command = [sys.executable, "-m", "basedpyright", "--project", tmp_path, "--pythonpath", sys.executable]
    result = subprocess.run([*command, tmp_path / "seen.py"], capture_output=True, text=True, check=False, cwd=tmp_path)
    told = re.findall(r'Type of "rt\.(\w+)" is "(.*)', result.stdout)
    seen = dict(told)
    assert seen.keys() == NAMES, result.stdout
    assert not [name for name, kind in seen.items() if kind.startswith(("Unknown", "Any"))]


def test_the_type_checker_looks_away_only_where_pymc_asks_for_what_it_cannot_follow():
    marks = re.compile(r"#\s*(pyright:|type:\s*ignore|mypy:)")
    paths = [path for path in (ROOT / "rethinking").rglob("*.py*") if path.suffix in {".py", ".pyi"}]
    assert [path.name for path in paths if marks.search(path.read_text(encoding="utf-8"))] == ["distributions.py"]


def test_plots_need_no_pymc():
    code = "import sys, rethinking.plots as room; [getattr(room, name) for name in room.__all__]; print(*sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "rethinking.studies.summary" in result.stdout.split()
    assert "pymc" not in result.stdout.split()
