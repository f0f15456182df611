"""What the page on sums of contributions defines: layers, cells, the exact likelihood, splitting a total."""

import numpy as np
import pandas as pd
import pymc as pm
import pytest
import xarray as xr
from pymc.model.transform.conditioning import remove_value_transforms
from scipy import stats

import rethinking as rt

MEANS = [[20.0], [-2.0, 0.5, 1.5], [-1.5, -0.5, 0.5, 1.5]]
SPREADS = [[1.0], [0.5, 1.0, 1.5], [0.6, 0.9, 1.2, 1.5]]
SIZES = (1, 3, 4)


@pytest.fixture(scope="module")
def page():
    return rt.lecture("cases/sums_of_contributions")


@pytest.fixture
def sums(page):
    return page.simulate_sums(np.random.default_rng(1), MEANS, SPREADS, n=300)


def a_point(sizes, seed=1):
    """Return parameters on their own scale, by name, and the variances that they stand for."""
    rng = np.random.default_rng(seed)
    point = {"mean_0": rng.normal(20, 2), "b": rng.uniform(1, 3), "w": rng.dirichlet(np.ones(len(sizes)))}
    variances = [np.array([point["b"] * point["w"][0]])]
    for k, size in enumerate(sizes[1:], 1):
        for name in ("mean", "delta"):
            point[f"{name}_{k}"] = (drawn := rng.normal(0, 1, size)) - drawn.mean()
        excess = point[f"delta_{k}"] - point[f"delta_{k}"].min()
        variances.append(point["b"] * point["w"][k] + excess)
    return point, variances


def reference(sums, point, variances):
    """Return the log-density of each total, from the eight variances and SciPy."""
    mean, variance = point["mean_0"], variances[0][0]
    for k in range(1, len(variances)):
        code = sums[f"layer_{k}"]
        mean, variance = mean + point[f"mean_{k}"][code], variance + variances[k][code]
    return stats.norm.logpdf(sums["x"], mean, np.sqrt(variance))


@pytest.mark.parametrize(
    ("means", "spreads"), [(MEANS, SPREADS), (MEANS[::2] + MEANS[1:2], SPREADS[::2] + SPREADS[1:2])]
)
@pytest.mark.parametrize("form", ["by_row", "by_cell"])
def test_both_likelihoods_are_the_sum_of_normal_densities(page, means, spreads, form):
    """For layers 1, 3, 4 and 1, 4, 3; constants included."""
    sizes = tuple(map(len, means))
    sums = page.simulate_sums(np.random.default_rng(2), means, spreads, n=200)
    model = remove_value_transforms(getattr(page, form)(sums, sizes))
    observed = model.observed_RVs + model.potentials
    density = model.compile_logp(vars=observed, mode="FAST_COMPILE")
    for seed in range(3):
        point, variances = a_point(sizes, seed)
        expected = reference(sums, point, variances).sum()
        assert float(density(point)) == pytest.approx(expected, rel=1e-11)


def test_cells_of_one_row_and_unequal_cells_lose_nothing(page):
    """Cells of 1, 2 and 3 rows, and some without any."""
    sums = pd.DataFrame({
        "x": [3.0, 5.0, 4.0, 9.0, 8.5, 1.0],
        "layer_1": [0, 1, 1, 1, 1, 1],
        "layer_2": [0, 0, 0, 1, 1, 1],
    })  # fmt: skip
    table = page.summarise(sums, (1, 2, 2))
    assert table["n"].to_list() == [1, 2, 3]
    assert table["variance"].iloc[0] == 0
    model = remove_value_transforms(page.by_cell(sums, (1, 2, 2)))
    point, variances = a_point((1, 2, 2))
    density = model.compile_logp(vars=model.potentials, mode="FAST_COMPILE")
    assert float(density(point)) == pytest.approx(reference(sums, point, variances).sum(), rel=1e-12)


def test_simulated_cells_have_the_true_means_and_variances(page):
    n = 240_000
    sums = page.simulate_sums(np.random.default_rng(3), MEANS, SPREADS, n=n)
    mean, sd = page.true_cells(MEANS, SPREADS)
    table = page.summarise(sums, SIZES)
    assert (table["n"] > 0.9 * n / 12).all()
    assert (abs(table["mean"] - mean) < 4.5 * sd / np.sqrt(table["n"])).all()
    assert (abs(table["variance"] / sd**2 - 1) < 4.5 * np.sqrt(2 / table["n"])).all()
    assert mean[0] == pytest.approx(20 - 2 - 1.5)
    assert sd[-1] == pytest.approx(np.sqrt(1 + 1.5**2 + 1.5**2))


@pytest.mark.parametrize("sizes", [(1, 3, 4), (1, 4, 3), (1, 2), (1, 2, 3, 4)])
def test_rank_of_the_design_is_one_and_what_each_layer_adds(page, sizes):
    cells, design = page.taking_part(sizes)
    assert len(cells) == np.prod(sizes)
    assert (design.sum(1) == len(sizes)).all(), "each cell has one contributor of each layer"
    assert np.linalg.matrix_rank(design) == 1 + sum(n - 1 for n in sizes[1:])


def test_only_sums_of_variances_reach_the_likelihood(page, sums):
    """The shares move variance between layers and leave the density of the data alone; b does not."""
    model = remove_value_transforms(page.by_cell(sums, SIZES))
    density = model.compile_logp(vars=model.potentials, mode="FAST_COMPILE")
    point, _ = a_point(SIZES)
    moved = density(point | {"w": np.array([0.9, 0.05, 0.05])})
    assert moved == density(point | {"w": np.array([0.1, 0.2, 0.7])})
    assert abs(moved - density(point | {"b": 2 * point["b"]})) > 1
    for k, size in enumerate(SIZES):
        assert model[f"variance_{k}"].type.ndim == (k > 0), size


def test_contributions_given_their_sum_are_the_conditional_normal(page):
    """Add up exactly; means and covariances as by the formulas for a normal given a linear combination."""
    draws = 40_000
    m, v = np.array([20.0, 1.5, -0.5]), np.array([1.0, 2.25, 0.81])
    size = (1, draws)
    parameters = {}
    for k in range(3):
        for what, value in [("mean", m[k]), ("variance", v[k])]:
            dims = ("chain", "draw") if k == 0 else ("chain", "draw", f"contributor_{k}")
            others = np.full((*size, 2), 9.9)
            others[..., 1] = value
            parameters[f"{what}_{k}"] = (dims, others[..., 1] if k == 0 else others)
    posterior = xr.Dataset(parameters, {"contributor_1": range(2), "contributor_2": range(2)})
    parts = page.split(posterior, 25.0, [1, 1], np.random.default_rng(4))
    np.testing.assert_allclose(parts.sum("layer"), 25.0)
    parts = parts.transpose("layer", ...).to_numpy().reshape(3, -1)
    expected = m + v / v.sum() * (25 - m.sum())
    covariance = np.diag(v) - np.outer(v, v) / v.sum()
    np.testing.assert_allclose(parts.mean(1), expected, atol=4.5 * 1.2 / np.sqrt(draws))
    np.testing.assert_allclose(np.cov(parts), covariance, atol=4.5 * 2 / np.sqrt(draws))


def test_the_model_given_the_sum_keeps_the_likelihood_and_adds_standard_normals(page, sums):
    few = sums.iloc[:40]
    model = page.given_the_sum(few, SIZES)
    assert model["z"].owner.op.name == "standard_normal"
    drawn = pm.draw(model["contribution"], draws=3, random_seed=1, mode="FAST_COMPILE")
    assert drawn.shape == (3, 40, 3)
    np.testing.assert_allclose(drawn.sum(-1), np.tile(few["x"], (3, 1)))
    plain = remove_value_transforms(model)
    point, variances = a_point(SIZES)
    density = plain.compile_logp(vars=plain.observed_RVs, mode="FAST_COMPILE")
    point["z"] = np.random.default_rng(5).normal(size=(40, 3))
    assert float(density(point)) == pytest.approx(reference(few, point, variances).sum(), rel=1e-11)


def test_contributions_as_parameters_integrate_to_the_row_likelihood(page):
    """One total: the density of x given the parameters is that of the model with z averaged out by quadrature."""
    one = pd.DataFrame({"x": [21.0, 19.0], "layer_1": [0, 1], "layer_2": [1, 0]})
    model = remove_value_transforms(page.contributions(one, (1, 2, 2)))
    point, _ = a_point((1, 2, 2))
    point["w"] = np.array([0.6, 0.2, 0.2])  # wide enough for the quadrature
    variances = [point["b"] * point["w"][:1]]
    for k in (1, 2):
        variances.append(point["b"] * point["w"][k] + point[f"delta_{k}"] - point[f"delta_{k}"].min())
    density = model.compile_logp(vars=[*model.observed_RVs, model["z_1"], model["z_2"]], sum=False, mode="FAST_COMPILE")
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    total = 0.0
    for a, p in zip(nodes, weights, strict=True):
        for b, q in zip(nodes, weights, strict=True):
            observed = density(point | {"z_1": np.array([a, 0.0]), "z_2": np.array([b, 0.0])})[0]
            total += p * q * np.exp(observed[0]) / (2 * np.pi)
    assert np.log(total) == pytest.approx(reference(one, point, variances)[0], abs=1e-6)


def test_truth_is_recovered_where_identified_and_the_share_is_its_prior(page):
    """Chi-square of the twelve cells' sds against truth, and Beta(2, 4) for a share under Dirichlet(2, 2, 2)."""
    sums = page.simulate_sums(np.random.default_rng(7), MEANS, SPREADS)
    sampler = rt.Sampler(page.by_cell(sums, SIZES))
    dt = sampler.sample(seed=1, a=np.full(3, 2.0))
    cells, _ = page.taking_part(SIZES)
    for draws, truth in zip(page.of_cells(dt["posterior"], cells[:, 1:]), page.true_cells(MEANS, SPREADS), strict=True):
        error = draws.mean(("chain", "draw")) - truth
        sd = draws.std(("chain", "draw"))
        assert (abs(error) < 4 * sd).all()
        assert (sd < 0.06).all()
    for share in dt["posterior"]["w"].transpose("layer", ...):
        assert (page.quantile_gaps(share, stats.beta(2, 4), ess=2000) < 4).all()
    assert rt.convergence(dt)["divergences"][1] == 0


REFUSED_LAYERS = {
    "baseline not first": (
        [[1.0, -1.0], [0.0]],
        "first layer is the baseline and has one contributor.*sizes are \\(2, 1\\)",
    ),
    "only a baseline": ([[1.0]], "baseline and at least one more"),
    "an empty layer": ([[1.0], []], "none empty"),
    "one contributor in a later layer": ([[1.0], [0.0]], "cannot be told from the baseline"),
    "means that do not sum to zero": ([[1.0], [1.0, 2.0]], "layer 1 must sum to zero, but sum to 3"),
    "a missing mean": ([[np.nan], [1.0, -1.0]], "Means must be finite"),
}


@pytest.mark.parametrize(("means", "message"), REFUSED_LAYERS.values(), ids=REFUSED_LAYERS)
def test_the_generator_refuses_what_is_not_a_set_of_layers(page, means, message):
    with pytest.raises(ValueError, match=message):
        page.simulate_sums(np.random.default_rng(1), means, [np.ones(len(mean)) for mean in means], n=5)


def test_the_generator_refuses_spreads_that_do_not_fit(page):
    rng = np.random.default_rng(1)
    with pytest.raises(ValueError, match=r"mean and a spread, but there are \(1, 3, 4\) means and \(1, 3\) spreads"):
        page.simulate_sums(rng, MEANS, SPREADS[:2])
    with pytest.raises(ValueError, match="spreads positive"):
        page.simulate_sums(rng, MEANS, [[0.0], *SPREADS[1:]])


REFUSED_TABLES = {
    "a layer too few": (lambda t: t.drop(columns="layer_2"), r"need the columns \['x', 'layer_1', 'layer_2'\]"),
    "missing totals": (lambda t: t.assign(x=t["x"].where(t.index > 1)), "2 of 300 totals are missing"),
    "a label out of range": (lambda t: t.assign(layer_1=t["layer_1"] + 1), "layer_1 must hold 0 to 2, but row"),
    "a label that is no number": (
        lambda t: t.assign(layer_1="truck"),
        "layer_1 must hold 0 to 2, but row 0 holds truck",
    ),
    "a missing label": (lambda t: t.assign(layer_2=t["layer_2"].where(t.index > 0)), "layer_2 must hold 0 to 3"),
    "a contributor without sums": (lambda t: t[t["layer_2"] != 3], "Contributor 3 of layer_2 has no sums"),
}


@pytest.mark.parametrize("form", ["summarise", "by_row", "by_cell", "contributions", "given_the_sum"])
@pytest.mark.parametrize(("spoil", "message"), REFUSED_TABLES.values(), ids=REFUSED_TABLES)
def test_a_table_that_does_not_fit_is_refused_before_any_model_is_made(page, sums, form, spoil, message):
    with pytest.raises(ValueError, match=message):
        getattr(page, form)(spoil(sums), SIZES)
