"""Lecture 16: densities by SciPy, the grid against the model and published numbers, and the published mistake."""

import numpy as np
import pymc as pm
import pytest
from pymc.model.transform.conditioning import remove_value_transforms
from scipy import stats

import rethinking as rt
from rethinking.sampling.given.inputs import without_starts

PAGE = rt.lecture("16_gaussian_processes")
BOTH = ["body", "group_size"]


@pytest.fixture(scope="module")
def tree():
    def simulate():
        return PAGE.simulate_tree(np.random.default_rng(301))

    return rt.load_data("Primates301_distance_matrix", otherwise=simulate)


@pytest.fixture(scope="module")
def primates(tree):
    def simulate():
        return PAGE.simulate_primates(np.random.default_rng(302), tree)[0]

    return rt.load_data("Primates301", otherwise=simulate)


@pytest.fixture(scope="module")
def small():
    """Return twelve species, so that dense matrices are quick."""
    tree = PAGE.simulate_tree(np.random.default_rng(1), species=12)
    return PAGE.simulate_primates(np.random.default_rng(2), tree)[0], tree


def density(model, of, values):
    """Return the log-density of some variables, given all on their own scale."""
    plain = remove_value_transforms(without_starts(model))
    point = {v.name: np.asarray(values[v.name], dtype=float) for v in plain.value_vars if v.name in values}
    point |= {v.name: np.zeros(v.type.shape) for v in plain.value_vars if v.name not in values}
    return float(plain.compile_logp(vars=[plain[name] for name in of], mode="FAST_COMPILE")(point))


@pytest.mark.parametrize("centred", [True, False])
@pytest.mark.parametrize("scientific", [True, False])
def test_the_models_of_tools_are_poisson_with_a_normal_of_distances(centred, scientific):
    kline2, apart = rt.load_data("Kline2"), rt.load_data("islandsDistMatrix")
    build = PAGE.tools_scientific_by_distance if scientific else PAGE.tools_by_distance
    # The matrix in another order: islands must keep their own neighbours.
    model = build(kline2, apart.iloc[::-1, ::-1], centred=centred)
    K = 0.3 * np.exp(-0.8 * apart.to_numpy() ** 2) + 0.01 * np.eye(10)
    z = np.random.default_rng(1).normal(size=10)
    a = np.linalg.cholesky(K) @ z
    values = {"eta_sq": 0.3, "rho_sq": 0.8, "a": a, "z": z, "a_bar": 3.2}
    rate = np.exp(3.2 + a)
    if scientific:
        level = np.log(1.3 / 0.6) + 0.25 * np.log(kline2["population"]).mean()
        values |= {"b": 0.25, "level": level, "total": 0.6 * (1 + 1.3 / 0.6)}
        fixed = pm.do(without_starts(model), {name: values[name] for name in ("b", "level", "total")})
        assert fixed["a_bar"].eval() == pytest.approx(1.3)
        rate = 1.3 / 0.6 * kline2["population"] ** 0.25 * np.exp(a)
    counted = stats.poisson(rate).logpmf(kline2["total_tools"]).sum()
    assert density(model, ["tools"], values) == pytest.approx(counted, abs=1e-8)
    if centred:
        together = stats.multivariate_normal(np.zeros(10), K).logpdf(a)
        assert density(model, ["a"], values) == pytest.approx(together, abs=1e-8)


def scores(primates):
    known = primates.dropna(subset=["brain", "body", "group_size"]).set_index("name")
    logs = np.log(known[["brain", "body", "group_size"]])
    return (logs - logs.mean()) / logs.std()


@pytest.mark.parametrize("predictors", [[], ["body"], ["group_size"], BOTH])
def test_predictors_are_columns_of_complete_cases(primates, predictors):
    brain, X = PAGE.in_scores(primates, predictors)
    mine = scores(primates)
    assert len(brain) == 151
    assert list(X) == ["a", *({"body": "b_M", "group_size": "b_G"}[each] for each in predictors)]
    np.testing.assert_allclose(brain, mine["brain"], atol=0.01)
    np.testing.assert_allclose(X.iloc[:, 1:], mine[predictors], atol=0.01)


def test_brownian_rows_have_the_density_of_correlated_species(small):
    primates, tree = small
    brain, X = PAGE.in_scores(primates, BOTH)
    b = np.array([0.1, 0.6, -0.2])
    model = PAGE.primates_brownian(primates, tree, BOTH)
    found = density(model, ["brain"], dict(zip(X, b, strict=True)) | {"sigma_sq": 0.3})
    R = (1 - tree / tree.to_numpy().max()).loc[brain.index, brain.index].to_numpy()
    whole = stats.multivariate_normal(X.to_numpy() @ b, 0.3 * R).logpdf(brain)
    assert found == pytest.approx(whole + np.linalg.slogdet(R)[1] / 2, abs=1e-8)
    plain = density(PAGE.primates_ordinary(primates, BOTH), ["brain"], dict(zip(X, b, strict=True)) | {"sigma_sq": 0.3})
    assert plain == pytest.approx(stats.norm(X.to_numpy() @ b, 0.3**0.5).logpdf(brain).sum(), abs=1e-8)


@pytest.mark.parametrize("predictors", [[], ["group_size"], BOTH])
def test_integrated_coefficients_are_those_of_a_joint_normal(small, predictors):
    """Condition the joint normal of coefficients and brains by hand, and compare density, mean and covariance."""
    primates, tree = small
    brain, X = PAGE.in_scores(primates, predictors)
    near = (tree / tree.to_numpy().max()).loc[brain.index, brain.index].to_numpy()
    S = np.diag([1.0, 0.25, 0.25][: X.shape[1]])
    columns, values = X.to_numpy(), {"eta_sq": 0.2, "rho": 2.4}
    total = columns @ S @ columns.T + 0.2 * np.exp(-2.4 * near) + 0.01 * np.eye(12)
    gain = S @ columns.T @ np.linalg.inv(total)
    mean, covariance = gain @ brain.to_numpy(), S - gain @ columns @ S
    model = PAGE.primates_ou(primates, tree, predictors)
    whole = stats.multivariate_normal(np.zeros(12), total).logpdf(brain)
    assert density(model, ["brain"], values) == pytest.approx(whole, abs=1e-7)
    fit, means, covariances = PAGE.on_a_grid(brain, X, near, [2.4], np.array([0.2]))
    assert fit[0, 0] == pytest.approx(whole, abs=1e-8)
    np.testing.assert_allclose(means[0, 0], mean, atol=1e-9)
    np.testing.assert_allclose(covariances[0, 0], covariance, atol=1e-9)
    # The model's draws, from its own standard scores.
    given = pm.do(model, values)
    drawn = np.array(pm.draw([given[name] for name in X], 4000, random_seed=1, mode="FAST_COMPILE"))
    assert (abs(drawn.mean(1) - mean) < 4.5 * np.sqrt(np.diag(covariance) / 4000)).all()
    sd = np.sqrt(np.diag(covariance))
    assert (abs((np.atleast_2d(np.cov(drawn)) - covariance) / np.outer(sd, sd)) < 4.5 * np.sqrt(2 / 4000)).all()


def test_the_form_with_history_is_the_same_model(small):
    primates, tree = small
    brain, X = PAGE.in_scores(primates, BOTH)
    near = (tree / tree.to_numpy().max()).loc[brain.index, brain.index].to_numpy()
    rng = np.random.default_rng(3)
    h, b = rng.normal(size=12), rng.normal(size=3)
    model = PAGE.primates_ou(primates, tree, BOTH, integrated=False)
    values = {"eta_sq": 0.2, "rho": 2.4, "h": h} | dict(zip(X, b, strict=True))
    by_hand = stats.multivariate_normal(np.zeros(12), 0.2 * np.exp(-2.4 * near)).logpdf(h)
    by_hand += stats.norm(h + X.to_numpy() @ b, 0.1).logpdf(brain).sum()
    by_hand += stats.norm(0, [1, 0.5, 0.5]).logpdf(b).sum()
    assert density(model, ["brain", "h", *X], values) == pytest.approx(by_hand, abs=1e-7)


def test_draws_from_the_grid_have_the_exact_moments(primates, tree):
    """Sum a grid twice as fine, and compare with the draws."""
    brain, X = PAGE.in_scores(primates, BOTH)
    near = PAGE.scaled(tree, brain.index).to_numpy()
    rates, variances = np.linspace(1.7, 4.3, 40), np.geomspace(0.004, 2.5, 121)
    fit, mean, covariance = PAGE.on_a_grid(brain, X, near, rates, variances)
    fit = fit + stats.norm(3, 0.25).logpdf(rates)[:, None] + stats.norm(1, 0.25).logpdf(variances) + np.log(variances)
    weight = np.exp(fit - fit.max())
    weight /= weight.sum()
    assert max(weight[0].sum(), weight[-1].sum(), weight[:, 0].sum(), weight[:, -1].sum()) < 1e-3
    drawn = PAGE.ou_exactly(brain, X, near, seed=4)["posterior"]
    for k, name in enumerate(X):
        exact = (weight * mean[..., k]).sum()
        sd = np.sqrt((weight * (covariance[..., k, k] + mean[..., k] ** 2)).sum() - exact**2)
        assert abs(drawn[name].mean() - exact) < 4.5 * sd / np.sqrt(4000)
        assert abs(drawn[name].std() / sd - 1) < 4.5 / np.sqrt(2 * 4000)
    for name, grid in [("rho", rates[:, None]), ("eta_sq", variances)]:
        exact = (weight * grid).sum()
        sd = np.sqrt((weight * grid**2).sum() - exact**2)
        assert abs(drawn[name].mean() - exact) < 4.5 * sd / np.sqrt(4000)


@pytest.mark.parametrize(
    ("predictors", "known"),
    [
        ([], {"a": (-0.593, 0.268), "eta_sq": (0.409, 0.057), "rho": (2.373, 0.241)}),
        (
            BOTH,
            {
                "b_G": (0.050, 0.023),
                "b_M": (0.834, 0.029),
                "eta_sq": (0.035, 0.007),
                "rho": (2.799, 0.249),
                "a": (-0.065, 0.076),
            },
        ),
    ],
)
def test_the_grid_finds_the_published_posterior(primates, tree, predictors, known):
    if primates.attrs["simulated"]:
        pytest.skip("the table of primates is not there")
    brain, X = PAGE.in_scores(primates, predictors)
    drawn = PAGE.ou_exactly(brain, X, PAGE.scaled(tree, brain.index), seed=5)["posterior"]
    for name, (mean, sd) in known.items():
        assert abs(drawn[name].mean() - mean) < 0.1 * sd + 0.0005
        assert abs(drawn[name].std() - sd) < 0.06 * sd + 0.0005


def test_the_published_mistake_is_both_slips_together(primates, tree):
    if primates.attrs["simulated"]:
        pytest.skip("the table of primates is not there")
    brain, X = PAGE.in_scores(primates, BOTH)
    rows = np.flatnonzero(primates["name"].isin(brain.index))
    column = tree.to_numpy()[np.ix_(rows, rows)][:, 0] / tree.to_numpy().max()
    found = PAGE.as_published(brain, X, np.abs(np.subtract.outer(column, column)))
    assert found["b_G"] == pytest.approx(0.108, abs=0.001)
    assert found["b_M"] == pytest.approx(0.901, abs=0.001)


def test_a_simulated_tree_is_one():
    """Of three distances in a tree whose tips are equally old, the two largest are the same."""
    d = PAGE.simulate_tree(np.random.default_rng(6), species=20).to_numpy()
    assert (d == d.T).all()
    assert (d.diagonal() == 0).all()
    assert (d[np.triu_indices(20, 1)] > 0).all()
    three = np.sort(np.stack(np.broadcast_arrays(d[:, :, None], d[:, None, :], d[None, :, :])), axis=0)
    np.testing.assert_array_equal(three[1], three[2])


def test_worlds_have_the_effects_that_they_say():
    tree = PAGE.simulate_tree(np.random.default_rng(7), species=120)
    table, truth = PAGE.simulate_primates(np.random.default_rng(8), tree, pace=3)
    logs = np.log(table[["brain", "body", "group_size"]]).to_numpy()
    ratio = logs[:, 1:].std(0) / logs[:, 0].std()
    assert truth == pytest.approx({"b_M": 0.8 * ratio[0], "b_G": 0.1 * ratio[1]})


def test_a_tree_takes_out_an_old_confounder_and_not_one_that_keeps_pace():
    tree = PAGE.simulate_tree(np.random.default_rng(9), species=80)
    error = {name: PAGE.compare(tree, worlds=8, **world)["mean error"] for name, world in PAGE.WORLDS.items()}
    none, old, alike = (each["Ornstein-Uhlenbeck"] for each in error.values())
    assert abs(none) < 0.06
    assert old < 0.7 * list(error.values())[1]["ordinary"]
    assert alike > 0.1


@pytest.mark.parametrize("centred", [True, False])
def test_simulated_tools_come_from_the_process(centred):
    kline2, apart = rt.load_data("Kline2"), rt.load_data("islandsDistMatrix")
    b = 0.3 if centred else None
    effects = [PAGE.simulate_tools(np.random.default_rng(k), kline2, apart, b)[1]["a"] for k in range(3000)]
    K = 0.4 * np.exp(-(apart.to_numpy() ** 2)) + 0.01 * np.eye(10)
    assert abs(np.cov(np.transpose(effects)) - K).max() < 5 * 0.41 * np.sqrt(2 / 3000)
