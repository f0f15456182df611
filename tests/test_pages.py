"""Pages as modules, and what the multilevel page defines."""

import ast
import math
import subprocess
import sys

import jupytext
import numpy as np
import pymc as pm
import pytest
from scipy import stats

import rethinking as rt
from rethinking._resources import resource
from rethinking.book.pages import code_cells, page_paths

NAME = "12_multilevel_models"


@pytest.fixture(scope="module")
def page():
    return rt.lecture(NAME)


def test_only_definitions_run(page):
    assert callable(page.partial_pooling)
    assert not hasattr(page, "fits"), "a cell that is not tagged `define` was run"
    assert page.__file__.endswith(f"{NAME}.md")


def test_cells_are_those_that_jupytext_reads():
    for name, path in page_paths().items():
        text = path.read_text(encoding="utf-8")
        if "format_name: myst" not in text:  # a page without code that runs, whose fences are examples
            continue
        cells = [cell for cell in jupytext.reads(text, "md:myst").cells if cell.cell_type == "code"]
        found = code_cells(text)
        assert [source.rstrip("\n") for _, _, source in found] == [cell.source for cell in cells], name
        assert [tags for _, tags, _ in found] == [cell.metadata.get("tags", []) for cell in cells], name


def test_options_are_not_code():
    options = {":tags: [a]\n:alt: none": ["a"], "---\ntags: [a, b]\nfig: {x: 1}\n---": ["a", "b"], "---\nx: 1\n---": []}
    options["---\n---"] = []
    for written, tags in options.items():
        assert code_cells(f"text\n\n```{{code-cell}} ipython3\n{written}\n\nx = 1\n\ny = 2\n```\n") == [
            (4 + written.count("\n") + 1, tags, "x = 1\n\ny = 2\n")
        ]


def test_an_error_shows_the_line_of_the_page(page):
    with pytest.raises(KeyError) as error:
        page.fixed_sigma({})
    entry = error.traceback[-1]
    assert entry.path.name == f"{NAME}.md"
    assert entry.path.read_text(encoding="utf-8").splitlines()[entry.lineno].strip().startswith("D, S = frogs")


def test_a_page_is_read_without_jupyter():
    """Jupytext and the schemas that it loads take longer to import than most models take to sample."""
    code = "import sys, rethinking as rt; rt.lecture('12_multilevel_models'); print('jupytext' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout == "False\n"


def test_each_call_returns_a_module_of_its_own(page):
    assert rt.lecture(NAME) is not page


def test_unknown_page_names_the_nearest():
    with pytest.raises(FileNotFoundError, match="12_multilevel_models"):
        rt.lecture("12_multilevle_models")
    with pytest.raises(FileNotFoundError, match=r"could be cases/.*, cases/"):
        rt.lecture("cases/")


@pytest.mark.parametrize(("short", "name"), [("12", "12_multilevel_models"), ("radon", "cases/radon")])
def test_a_page_is_named_as_for_get(short, name):
    assert rt.lecture(short).__name__ == f"lectures.{name}"
    sheet = rt.lecture(f"exercises/{name}")
    assert sheet.__name__ == f"lectures.exercises/{name}"
    assert sheet.page.__name__ == f"lectures.{name}"


def test_tank_models_have_labelled_dims(page):
    frogs = rt.load_data("reedfrogs")
    for name in ["complete_pooling", "no_pooling", "partial_pooling", "fixed_sigma", "predators"]:
        model = getattr(page, name)(frogs)
        assert isinstance(model, pm.Model)
        assert model.named_vars_to_dims["S"] == ("tank",)
        assert list(model.coords["tank"]) == list(range(1, 49))


def test_exact_loo_agrees_with_brute_force(page):
    """Three tanks, sigma 1: leave each out by direct numerical integration of the joint density."""
    from scipy import integrate

    frogs = rt.load_data("reedfrogs").iloc[[0, 20, 40]]
    grid = np.linspace(-6, 8, 201)

    def normal(x, mean, sd):
        return math.exp(-(((x - mean) / sd) ** 2) / 2) / (sd * math.sqrt(2 * math.pi))

    def tank_evidence(alive, n, mean):
        def integrand(a):  # 1 / (1 + exp(a)) is the share that dies
            binomial = math.comb(n, alive) * math.exp(alive * a) / (1 + math.exp(a)) ** n
            return binomial * normal(a, mean, 1)

        return integrate.quad(integrand, mean - 8, mean + 8)[0]

    def evidence(rows):
        def integrand(mean):
            tanks = zip(rows["surv"].tolist(), rows["density"].tolist(), strict=True)
            return normal(mean, 0, 1.5) * math.prod(tank_evidence(*tank, mean) for tank in tanks)

        return integrate.quad(integrand, -6, 8, limit=100)[0]

    brute = [np.log(evidence(frogs) / evidence(frogs.drop(index=i))) for i in frogs.index]
    log_evidence = page.tank_log_evidence(frogs, grid, 1.0)
    np.testing.assert_allclose(page.exact_loo(log_evidence, stats.norm.logpdf(grid, 0, 1.5)), brute, atol=1e-6)


def test_effective_parameters_count_free_normal_groups(page):
    """With a flat prior each tank follows its own data alone: one parameter a tank."""
    frogs = rt.load_data("reedfrogs").query("2 < surv < density - 2")
    with pm.Model(coords={"tank": frogs.index}) as model:
        alpha = pm.Flat("alpha", dims="tank")
        pm.Binomial("S", n=frogs["density"], logit_p=alpha, observed=frogs["surv"], dims="tank")
    dt = rt.sample(model, seed=1)
    assert page.effective_parameters(dt, frogs) == pytest.approx(len(frogs), rel=0.05)


def test_simulated_confound_has_the_structure_of_its_graph(page):
    data = page.simulate_group_confound(np.random.default_rng(1), n_groups=500, n_ids=50_000)
    assert set(data) == {"X", "Y", "Z", "U", "group"}
    deviation = data["X"] - data["U"][data["group"]]
    assert abs(deviation.mean()) < 5 / 50_000**0.5
    assert abs(deviation.std() - 1) < 5 / 100_000**0.5
    p = rt.invlogit(-2 + data["X"] + data["U"][data["group"]] - 0.5 * data["Z"][data["group"]])
    assert abs((data["Y"] - p).mean()) < 5 * 0.5 / 50_000**0.5
    assert abs(np.corrcoef(data["U"], data["Z"])[0, 1]) < 5 / 500**0.5


def test_no_estimator_sees_the_unobserved_cause(page):
    data = page.simulate_group_confound(np.random.default_rng(1))
    blind = {**data, "U": None}
    for name, estimator in page.estimators.items():
        model = estimator(blind)
        assert {"beta_XY", "beta_ZY"} <= {rv.name for rv in model.free_RVs}, name


def test_group_means_with_an_empty_group(page):
    data = {"X": np.array([1.0, 3.0, 8.0]), "Z": np.zeros(3), "group": np.array([0, 0, 2])}
    np.testing.assert_allclose(page.group_means(data), [2.0, 4.0, 8.0])


def test_the_stand_in_for_trolley_has_the_shape_of_the_table(page):
    table = page.simulate_trolley(np.random.default_rng(1))
    assert table["id"].value_counts().to_list() == [30] * 331
    assert table["story"].nunique() == 12
    assert set(table["response"]) == set(range(1, 8))


def test_import_is_quick_to_start_and_leaves_pymc_alone():
    """Importing the package loads none of the heavy libraries."""
    code = "import sys, rethinking; print([m for m in ('pymc', 'arviz', 'pandas', 'matplotlib') if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


SOURCES = sorted(path for path in resource("lectures").glob("**/*.md") if "_build" not in path.parts)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_code_on_a_page_can_be_read_at_a_glance(path):
    """No cell over 25 lines, no line that the column of the book would cut off, and a header that makes it run."""
    text = path.read_text(encoding="utf-8")
    assert ("{code-cell}" in text) == ("format_name: myst" in text)
    cells = [cell for cell in jupytext.reads(text, "md:myst").cells if cell.cell_type == "code"]
    for cell in cells:
        lines = cell.source.splitlines()
        assert len(lines) <= 25, lines[0]
        assert max(map(len, lines), default=0) <= 80, max(lines, key=len)


FOLDED = {"hide-input", "hide-cell", "remove-input", "remove-cell", "solution"}


def validates(statement):
    """Return whether a statement is a function that only refuses what is wrong."""
    if not isinstance(statement, ast.FunctionDef):
        return False
    refuses = any(isinstance(node, ast.Raise) for node in ast.walk(statement))
    answers = any(isinstance(node, ast.Return) and node.value for node in ast.walk(statement))
    return refuses and (not answers or statement.name.startswith(("require", "checked")))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_what_only_asserts_or_refuses_is_folded(path):
    for _, tags, source in code_cells(path.read_text(encoding="utf-8")):
        shown = [one for one in ast.parse(source).body if not isinstance(one, ast.Import | ast.ImportFrom)]
        if shown and not FOLDED & set(tags):
            assert not all(isinstance(one, ast.Assert) for one in shown), source
            assert not any(map(validates, shown)), source
