"""What the page on radon defines."""

import arviz as az
import numpy as np
import pymc as pm
import pytest
from pymc.model.transform.conditioning import remove_value_transforms
from scipy import stats

import rethinking as rt


@pytest.fixture(scope="module")
def page():
    return rt.lecture("cases/radon")


@pytest.fixture
def radon():
    """Return the first counties: with houses of both kinds, of one kind, and of many."""
    return rt.load_data("radon").query("county_code < 8")


def density(model, point):
    """Return the log-density at a point given on the parameters' own scale."""
    return float(remove_value_transforms(model).compile_logp(mode="FAST_COMPILE")(point))


def test_non_centred_form_is_the_textbook_s_up_to_the_jacobian(page, radon):
    rng, population = (
        np.random.default_rng(1),
        {"mu_a": 1.3, "mu_b": -0.5, "sigma_a": 0.4, "sigma_b": 0.2, "sigma": 0.8},
    )
    z = {"z_a": rng.normal(size=8), "z_b": rng.normal(size=8)}
    effects = page.effects(population | z)
    left = density(page.non_centred(radon), population | z)
    right = density(page.centred(radon), population | effects)
    assert left - right == pytest.approx(8 * np.log(0.4 * 0.2))


def test_county_predictors_that_do_nothing_leave_the_model_as_it_was(page, radon):
    point = {"mu_a": 1.3, "mu_b": -0.5, "sigma_a": 0.4, "sigma_b": 0.2, "sigma": 0.8}
    point |= {"z_a": np.linspace(-1, 1, 8), "z_b": np.linspace(2, -2, 8)}
    plain = density(page.non_centred(radon), point)
    model = page.county_predictors(radon, ["log_uranium"])
    assert density(model, point | {"gamma": np.zeros(1)}) - plain == pytest.approx(-0.5 * np.log(2 * np.pi))
    # A slope on uranium is the same as effects that follow uranium.
    uranium = radon.groupby("county_code")["log_uranium"].first()
    shift = 0.7 * (uranium - uranium.mean()).to_numpy() / point["sigma_a"]
    moved = density(page.non_centred(radon), point | {"z_a": point["z_a"] + shift})
    moved += 0.5 * ((point["z_a"] + shift) ** 2 - point["z_a"] ** 2).sum()
    normal = -0.5 * (np.log(2 * np.pi) + 0.7**2)
    assert density(model, point | {"gamma": np.array([0.7])}) == pytest.approx(moved + normal)


def test_cells_of_a_table_without_first_floors(page, radon):
    n, mean, within = page.cells(radon.query("floor == 0").assign(floor=0))
    assert n.shape == mean.shape == (8, 2)
    assert (n[:, 1] == 0).all()
    assert within > 0


def test_simulated_radon_has_the_spreads_asked_for(page):
    table = rt.load_data("radon")
    truth = {"mu_a": 2.0, "mu_b": 1.0, "sigma_a": 0.5, "sigma_b": 0.25, "sigma": 0.75}
    worlds = [page.simulate_radon(np.random.default_rng(seed), table, truth) for seed in range(40)]
    for name, population in [("a", "mu_a"), ("b", "mu_b")]:
        effects = np.concatenate([hidden[name] for _, hidden in worlds])
        sd = truth[f"sigma_{name}"]
        assert abs(effects.mean() - truth[population]) < 4 * sd / effects.size**0.5
        assert abs(effects.std() - sd) < 4 * sd / (2 * effects.size) ** 0.5
    world, hidden = worlds[0]
    county, floor = table["county_code"], table["floor"]
    noise = world["log_radon"] - hidden["a"][county] - hidden["b"][county] * floor
    assert abs(noise.std() - 0.75) < 4 * 0.75 / (2 * 919) ** 0.5
    assert table["log_radon"].equals(rt.load_data("radon")["log_radon"])


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        ("log_radon", np.nan, "log_radon lacks 1 finite"),
        ("floor", 2, "floor must be 0"),
        ("county_code", -1, r"holds \[-1, 0, 1"),
        ("county_code", 9, r"holds \[0, .*, 7, 9\]"),
    ],
)
def test_bad_tables_are_refused_by_every_model(page, radon, column, value, says):
    bad = radon.astype({"log_radon": float}).reset_index(drop=True)
    bad.loc[0, column] = value
    makers = [page.pooled, page.unpooled, page.centred, page.non_centred, page.integrated, page.cells]
    makers += [lambda table: page.county_predictors(table, ["log_uranium"])]
    makers += [lambda table: page.simulate_radon(np.random.default_rng(1), table)]
    for make in makers:
        with pytest.raises(ValueError, match=says):
            make(bad)


def test_a_county_without_houses_is_refused(page, radon):
    with pytest.raises(ValueError, match=r"with a house in each county, but holds \[0, 1, 2, 4"):
        page.centred(radon.query("county_code != 3"))
    with pytest.raises(ValueError, match=r"holds \[\]: use pandas"):
        page.centred(radon.iloc[:0])


def test_what_cannot_be_identified_or_simulated_is_refused(page, radon):
    single = radon.drop_duplicates(["county_code", "floor"])
    with pytest.raises(ValueError, match="sigma is not identified"):
        page.integrated(single)
    with pytest.raises(ValueError, match="Spreads must be positive"):
        page.simulate_radon(np.random.default_rng(1), radon, page.TRUTH | {"sigma": 0})
    with pytest.raises(ValueError, match="finite value for each county"):
        page.county_predictors(radon.assign(log_uranium=np.nan), ["log_uranium"])


def test_closed_form_is_the_posterior_by_brute_force(page):
    """One group of five points: a grid over a, b and log sigma2."""
    x, y = np.array([-1.0, 0.0, 0.5, 1.0, 2.0]), np.array([0.2, 1.0, 1.1, 1.9, 2.6])
    a, b, log_s2 = np.meshgrid(np.linspace(-3, 5, 161), np.linspace(-3, 5, 161), np.linspace(-4, 3, 71), indexing="ij")
    s2 = np.exp(log_s2)
    squares = sum((yi - a - b * xi) ** 2 for xi, yi in zip(x, y, strict=True)) + (a**2 + b**2) / 100
    log_p = -0.5 * squares / s2 - (5 + 2) / 2 * log_s2 - 2 * log_s2 - 1 / s2  # 2 + 1 of the prior, less the Jacobian
    weight = np.exp(log_p - log_p.max())
    weight /= weight.sum()
    moments = [((v * weight).sum(), (v**2 * weight).sum()) for v in (a, b)]
    mean, sd, sigma2 = page.closed_form(x, y, np.zeros(5, int))
    np.testing.assert_allclose(mean, [m for m, _ in moments], atol=0.005)
    np.testing.assert_allclose(sd, [(q - m**2) ** 0.5 for m, q in moments], rtol=0.02)
    assert sigma2 == pytest.approx((s2 * weight).sum(), rel=0.02)


def test_groups_by_index_are_fitted_as_the_closed_form_says(page):
    x, y, group = page.simulate_groups(np.random.default_rng(3), n=20, a=(0, 1, 2), b=(1, 0, -1))
    dt = rt.sample(page.by_index(x, y, group), seed=1)
    mean, sd, _ = page.closed_form(x, y, group)
    draws = dt["posterior"]
    found = np.concatenate([draws[name].mean(("chain", "draw")) for name in "ab"])
    error = np.concatenate([az.mcse(draws.to_dataset())[name] for name in "ab"])
    assert (np.abs(found - mean) < 4.5 * error).all()
    assert (error < 0.1 * sd).all()


@pytest.mark.parametrize(
    ("x", "y", "group", "says"),
    [
        ([1, 2], [1, 2, 3], [0, 0, 1], "equally long"),
        ([1, 2, 3], [1, 2, 3], [[0, 0, 1]], "equally long"),
        ([1, np.nan, 3], [1, 2, 3], [0, 0, 1], "must be finite"),
        ([1, 2, 3], [1, 2, np.inf], [0, 0, 1], "must be finite"),
        ([1, 2, 3], [1, 2, 3], [0, 0, 2], r"holds \[0, 2\]"),
        ([1, 2, 3], [1, 2, 3], [-1, 0, 1], r"holds \[-1, 0, 1\]"),
        ([], [], [], r"holds \[\]"),
    ],
)
def test_bad_groups_are_refused(page, x, y, group, says):
    for function in (page.by_index, page.closed_form):
        with pytest.raises(ValueError, match=says):
            function(x, y, group)


def test_intercepts_and_slopes_of_different_numbers_are_refused(page):
    with pytest.raises(ValueError, match="one number a group, but have 2, 3"):
        page.simulate_groups(np.random.default_rng(1), a=(1, 2), b=(1, 2, 3))


def test_houses_that_were_taken_away_are_as_if_never_measured(page, radon):
    basements = radon[radon["floor"] == 0]
    counts = basements.groupby("county").size().sort_values(kind="stable")
    point = {"mu_a": 1.3, "sigma_a": 0.4, "sigma": 0.8, "a": np.linspace(0, 2, len(counts))}
    level = dict(zip(counts.index, point["a"], strict=True))

    def likelihood(houses):
        return stats.norm.logpdf(houses["log_radon"], houses["county"].map(level), point["sigma"]).sum()

    model = page.basements(radon)
    full, left = density(model, point), counts.to_numpy().copy()
    left[[0, -1]] = 0, 2
    with model:
        pm.set_data({"houses": left})
    fewer = dict(zip(counts.index, left, strict=True))
    kept = basements[basements.groupby("county").cumcount() < basements["county"].map(fewer)]
    assert len(kept) == left.sum() < len(basements)
    assert full - density(model, point) == pytest.approx(likelihood(basements) - likelihood(kept))
