"""The benchmarks' own parts: hand-written kernels are the model, both forms have one density, tables and ratios."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from conftest import ROOT
from pymc.model.transform.conditioning import remove_value_transforms
from scipy import stats

import rethinking as rt


@pytest.fixture(autouse=True)
def _benchmarks_on_path(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "benchmarks")


def small_radon():
    """Return the first counties: with houses of both kinds, of one kind, and of many."""
    return rt.load_data("radon").query("county_code < 8")


def split(model, x):
    """Return a point of the model from one vector, in the order of its free variables, as nutpie has it."""
    start = model.initial_point()
    names = [model.rvs_to_values[rv].name for rv in model.free_RVs]
    ends = np.cumsum([np.size(start[name]) for name in names])
    parts = np.split(x, ends[:-1])
    return {name: part.reshape(np.shape(start[name])) for name, part in zip(names, parts, strict=True)}


@pytest.mark.parametrize("name", ["frogs", "mundlak", "radon"])
def test_kernel_by_hand_has_the_density_and_gradient_of_the_model(name):
    import kernels
    import models

    data, build = {
        "frogs": (rt.load_data("reedfrogs"), models.PAGE.partial_pooling),
        "mundlak": (models.world(), models.PAGE.mundlak),
        "radon": (models.radon_data(), models.RADON.non_centred),
    }[name]
    model, kernel = build(data), getattr(kernels, name)(data)
    logp = model.compile_logp(mode="FAST_COMPILE")
    dlogp = model.compile_dlogp(model.free_RVs, mode="FAST_COMPILE")
    rng, offsets = np.random.default_rng(4), []
    size = sum(np.size(v) for v in model.initial_point().values())
    for scale in (0.1, 0.5, 1.5):
        x, gradient = rng.normal(0, scale, size), np.full(size, np.nan)
        density = kernel(x, gradient)
        point = split(model, x)
        np.testing.assert_allclose(gradient, dlogp(point), rtol=1e-8, atol=1e-8)
        offsets.append(density - logp(point))
    np.testing.assert_allclose(offsets, offsets[0], rtol=1e-9)


def density_of_data(model, point):
    """Return the log-density of all that a model observes, given its free variables by name on their own scale."""
    plain = remove_value_transforms(model)
    return float(plain.compile_logp(vars=plain.observed_RVs, mode="FAST_COMPILE")(point))


def test_integrating_the_effects_out_keeps_the_likelihood():
    """The multivariate normal of all houses, with covariance Z S Z' + sigma^2 I, up to one constant."""
    import models

    radon = small_radon()
    counties = np.eye(8)[radon["county_code"]]
    floor = radon["floor"].to_numpy()[:, None]
    differences = []
    for point in ([1.4, -0.6, 0.3, 0.4, 0.7], [1.0, 0.2, 1.5, 0.1, 1.2], [0.5, -1.0, 0.05, 0.8, 0.5]):
        mu_a, mu_b, sigma_a, sigma_b, sigma = point
        effects = sigma_a**2 * counties @ counties.T + sigma_b**2 * (counties * floor) @ (counties * floor).T
        covariance = effects + sigma**2 * np.eye(len(radon))
        joint = stats.multivariate_normal.logpdf(radon["log_radon"], mu_a + mu_b * floor[:, 0], covariance)
        names = ("mu_a", "mu_b", "sigma_a", "sigma_b", "sigma")
        named = dict(zip(names, map(np.asarray, point), strict=True))
        differences.append(joint - density_of_data(models.RADON.integrated(radon), named))
    np.testing.assert_allclose(differences, differences[0], rtol=1e-9)


def test_effects_drawn_afterwards_have_their_conditional_distribution():
    """Mean and covariance of (a, b) of each county by the formulas of Bayesian linear regression."""
    import models

    radon = small_radon()
    point = {"mu_a": 1.4, "mu_b": -0.6, "sigma_a": 0.4, "sigma_b": 0.6, "sigma": 0.7}
    posterior = xr.Dataset({name: (("chain", "draw"), np.full((2, 20_000), value)) for name, value in point.items()})
    effects = xr.Dataset(models.RADON.draw_effects(posterior, radon))
    prior, prior_mean = np.diag([0.4**-2, 0.6**-2]), np.array([1.4, -0.6])
    for county, houses in radon.groupby("county_code"):
        design = np.column_stack([np.ones(len(houses)), houses["floor"]])
        covariance = np.linalg.inv(prior + design.T @ design / 0.7**2)
        mean = covariance @ (prior @ prior_mean + design.T @ houses["log_radon"].to_numpy() / 0.7**2)
        draws = np.stack([effects[name].isel(county=county).to_numpy().ravel() for name in "ab"])
        np.testing.assert_allclose(draws.mean(1), mean, atol=5 * 0.6 / 40_000**0.5)
        np.testing.assert_allclose(np.cov(draws), covariance, atol=0.01)


FORMS = [("radon", "non-centred"), ("predators", "page"), ("Mundlak", "page"), ("latent Mundlak", "page")]


@pytest.mark.parametrize(("name", "form"), FORMS)
def test_our_form_is_the_textbook_s_model(name, form):
    """The joint density of what both forms share differs by a Jacobian alone, which is known."""
    import models

    case = models.cases()[name]
    theirs, ours = case.textbook(case.data), case.forms[form].model(case.data)
    rng = np.random.default_rng(3)
    plain_ours, plain_theirs = (remove_value_transforms(m) for m in (ours, theirs))
    density_ours, density_theirs = (m.compile_logp(mode="FAST_COMPILE") for m in (plain_ours, plain_theirs))
    gaps = []
    for _ in range(3):
        point = {v.name: np.abs(rng.normal(0.8, 0.3, np.shape(s))) for v, s in _points(plain_ours)}
        posterior = xr.Dataset(
            {
                name: (
                    ("chain", "draw", *(["tank"] if name == "alpha" else ["j"] * np.ndim(value))),
                    np.array(value)[None, None],
                )
                for name, value in point.items()
            }
        )
        derived = {n: np.asarray(v)[0, 0] for n, v in case.forms[form].parameters(posterior, case.data).items()}
        known = {**point, **derived}
        jacobian = {
            "radon": 85 * np.log(point.get("sigma_a", 1) * point.get("sigma_b", 1)),
            "latent Mundlak": -30 * np.log(point.get("beta_UX", 1)),
        }.get(name, 0.0)
        theirs_at = {v.name: known[v.name] for v in plain_theirs.value_vars}
        gaps.append(float(density_ours(point) - density_theirs(theirs_at)) - jacobian)
    np.testing.assert_allclose(gaps, 0, atol=1e-6)


def _points(model):
    start = model.initial_point()
    return [(v, start[v.name]) for v in model.value_vars]


def test_table_is_markdown_that_pandas_reads_back(tmp_path):
    import measure

    rows = [{"what": "a", "seconds": 0.12345, "n": 3}, {"what": "longer", "seconds": 1234.5, "n": 50_000}]
    lines = measure.table(rows).splitlines()
    assert len({len(line) for line in lines}) == 1, "columns are not aligned"
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert cells[0] == ["what", "seconds", "n"]
    assert [set(rule) for rule in cells[1]] == [{"-"}, {"-", ":"}, {"-", ":"}]
    assert cells[2:] == [["a", "0.123", "3"], ["longer", "1,234", "50,000"]]


def test_ratios_are_to_our_median_warm_run():
    import sigma_grid

    def runs(*cpu):
        return [{"total": {"cpu": c, "wall": c}, "more": {"cpu": c / 10, "wall": c / 10}} for c in cpu]

    rows = sigma_grid.summary({"theirs": runs(99, 30, 32, 50), "Sampler.sweep": runs(50, 4, 9, 8)})
    theirs, ours = rows
    assert (theirs["CPU s"], theirs["cold CPU s"], theirs["x"]) == (32, 99, 4)
    assert (ours["CPU s"], ours["x"], ours["x "]) == (8, 1, 1)


def test_speed_is_effective_draws_by_sampling_seconds_against_our_best():
    import ess_per_second

    def runs(ess, seconds, mean):
        cost = {"cpu": seconds, "wall": seconds / 2}
        result = {"ess": ess, "sampling": cost, "first": {"cpu": 10.0, "wall": 10.0}, "rhat": 1.0, "diverging": 0}
        return [{**result, "mean": [mean], "error": [0.3]} for _ in range(3)]

    results = {"ours, a": runs(1000, 1.0, 0.0), "ours, b": runs(1000, 0.5, 0.0), "peer": runs(100, 2.0, 1.0)}
    rows = {row["method"]: row for row in ess_per_second.summary(results)}
    assert [rows[name]["x"] for name in results] == [2, 1, 40]
    assert rows["peer"]["ESS/wall s"] == 100
    assert rows["peer"]["ESS/CPU s "] == 10
    assert rows["peer"]["apart"] == pytest.approx(1 / np.hypot(0.3, 0.3))


def test_exponent_of_a_power_is_the_power():
    import growth

    sizes = np.array([10, 50, 700])
    assert growth.exponent(sizes, 3 * sizes**1.5) == pytest.approx(1.5)


def test_stopwatch_counts_work_of_this_process_and_of_children():
    import subprocess
    import sys

    import measure

    code = "import time\nwhile time.process_time() < 0.3: pass"
    with measure.stopwatch() as child:
        subprocess.run([sys.executable, "-c", code], check=True)
    assert child["cpu"] >= 0.3
    assert measure.difference({"cpu": 3.0, "wall": 2.0}, {"cpu": 1.0, "wall": 5.0}) == {"cpu": 2.0, "wall": 1e-3}


def test_cells_hold_all_that_the_radon_likelihood_needs():
    import models

    radon = small_radon()
    counts, means, within = models.RADON.cells(radon)
    assert counts.sum() == len(radon)
    total = (counts * means**2).sum() + within
    assert total == pytest.approx(float((radon["log_radon"] ** 2).sum()))
    assert isinstance(radon, pd.DataFrame)


def test_forms_of_a_hidden_markov_model_have_one_density(monkeypatch):
    """The sum over last days, the recursion, the scan; counts and a sum for each animal; a Bernoulli and a mixture."""
    import hidden_markov

    monkeypatch.setattr(hidden_markov.PAGE, "DAYS", hidden_markov.PAGE.DAYS[40:50])
    for world, point in {
        "president": {"phi": 0.03, "alive": 0.4, "dead": 0.02},
        "captures": {"phi": 0.07, "detect": 0.4},
        "paternity": {"a": -1.2, "sigma": 0.8, "tau": 0.3, "z": np.linspace(-2, 2, 200), "x": np.linspace(2, -1, 400)},
    }.items():
        densities = []
        for build in hidden_markov.WORLDS[world][0].values():
            model = remove_value_transforms(build())
            logp = model.compile_logp(mode="FAST_COMPILE")
            densities.append(float(logp({name: np.asarray(value) for name, value in point.items()})))
        np.testing.assert_allclose(densities, densities[0], rtol=1e-9)
