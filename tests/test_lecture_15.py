"""Lecture 15: densities of networks against SciPy, two orders of one table, choices one by one, and names of groups."""

import itertools

import numpy as np
import pytest
from pymc.model.transform.conditioning import remove_value_transforms
from scipy import stats

import rethinking as rt

PAGE = rt.lecture("15_social_networks")
GIFTS = rt.load_data("KosterLeckie_dyads")
HOUSEHOLDS = rt.load_data("KosterLeckie_households")


@pytest.fixture(scope="module")
def monks():
    return rt.load_data("Monks", otherwise=lambda: PAGE.simulate_monks(np.random.default_rng(1)))


def log_density(model, point):
    plain = remove_value_transforms(model)
    return float(plain.compile_logp(mode="FAST_COMPILE")({k: np.asarray(v, dtype=float) for k, v in point.items()}))


def habits(rng, point, to_giving=0.0, to_receiving=0.0):
    """Return giving and receiving, and the log-density of what `habits_of` adds."""
    a, sigma_G, sigma_R, common = (point[name] for name in ("a", "sigma_G", "sigma_R", "GR_common"))
    rho = 2 * common - 1
    off = rho * sigma_G * sigma_R
    pair = stats.multivariate_normal([0, 0], [[sigma_G**2, off], [off, sigma_R**2]])
    G, R = pair.rvs(25, random_state=rng).T
    priors = stats.norm.logpdf(a) + stats.expon.logpdf([sigma_G, sigma_R]).sum() + stats.beta(2, 2).logpdf(common)
    return G + a + to_giving, R + to_receiving, priors + pair.logpdf(np.column_stack([G, R])).sum()


def ties(rng, point):
    """Return ties by pair and direction, and the log-density of what `ties_of` adds."""
    z = rng.normal(size=(300, 2))
    s = point["T_common"]
    x, y = np.sqrt(s) * z[:, 0], np.sqrt(1 - s) * z[:, 1]
    priors = stats.expon.logpdf(point["sigma_T"]) + stats.beta(2, 2).logpdf(s)
    return z, point["sigma_T"] * np.column_stack([x + y, x - y]), priors + stats.norm.logpdf(z).sum()


@pytest.mark.parametrize("name", ["dyads", "giving_receiving", "with_features"])
def test_the_models_of_gifts_have_the_density_of_their_formulas(name):
    rng = np.random.default_rng(3)
    point = {"a": 0.4, "sigma_T": 1.2, "T_common": 0.8}
    A, B = GIFTS["hidA"].to_numpy() - 1, GIFTS["hidB"].to_numpy() - 1
    z, T, expected = ties(rng, point)
    point["T_z"] = z
    arguments, moves = [GIFTS], [0.0, 0.0]
    if name == "with_features":
        effects = {"b_giving": 0.2, "b_receiving": -0.3, "b_association": 0.5}
        W = HOUSEHOLDS.set_index("hid")["hwealth"]
        W = ((W - W.mean()) / W.std()).loc[range(1, 26)].to_numpy()
        moves = [0.2 * W, -0.3 * W]
        together = (GIFTS["dass"] - GIFTS["dass"].mean()) / rt.standardize(PAGE.directed(GIFTS)["dass"]).attrs["sd"]
        T = T + 0.5 * together.to_numpy()[:, None]
        expected += stats.norm.logpdf(list(effects.values())).sum()
        point |= effects
        arguments.append(HOUSEHOLDS)
    if name == "dyads":
        level, expected = point["a"] + T, expected + stats.norm.logpdf(point["a"])
    else:
        point |= {"sigma_G": 0.9, "sigma_R": 0.4, "GR_common": 0.3}
        point["G"], point["R"], density = habits(rng, point, *moves)
        level = T + np.column_stack([point["G"][A] + point["R"][B], point["G"][B] + point["R"][A]])
        expected += density
    expected += stats.poisson.logpmf(GIFTS[["giftsAB", "giftsBA"]], np.exp(level)).sum()
    assert log_density(getattr(PAGE, name)(*arguments), point) == pytest.approx(expected, rel=1e-9)


def test_every_gift_keeps_its_giver_and_its_receiver():
    rows = PAGE.directed(GIFTS).set_index(["giver", "receiver"])["count"]
    assert len(rows) == 600
    for one in GIFTS.sample(20, random_state=1).itertuples():
        assert rows[one.hidA, one.hidB] == one.giftsAB
        assert rows[one.hidB, one.hidA] == one.giftsBA


def test_a_simulated_network_is_as_correlated_as_the_formula_of_the_page_says():
    parts = {"T_corr": 0.7, "sigma_T": 0.6, "sigma_G": 0.5, "sigma_R": 0.4, "rho_GR": -0.5}
    none = {"b_giving": 0, "b_receiving": 0, "b_association": 0, "a": 7.0}
    pairs, houses, truth = PAGE.simulate_network(np.random.default_rng(4), n=400, **parts, **none)
    logs = np.log(np.maximum(pairs[["giftsAB", "giftsBA"]], 1))
    spread, seen = PAGE.whole(**parts)
    both = np.concatenate([logs, logs.to_numpy()[:, ::-1]])
    assert abs(np.corrcoef(both.T)[0, 1] - seen) < 0.06
    assert abs(both.std() - spread) < 0.06
    assert len(houses) == 400
    assert truth["T_corr"] == 0.7


def test_a_matrix_has_each_tie_in_its_place():
    T = np.arange(1200.0).reshape(2, 300, 2)
    square = PAGE.matrix_of(GIFTS, T)
    pair = GIFTS.iloc[17]
    A, B = pair["hidA"].astype(int) - 1, pair["hidB"].astype(int) - 1
    assert square[1, A, B] == T[1, 17, 0]
    assert square[1, B, A] == T[1, 17, 1]
    assert np.trace(square[0]) == 0


def test_likes_and_dislikes_are_in_two_orders(monks):
    likes, dislikes = PAGE.ranks(monks, "like", PAGE.SAMPSON), PAGE.ranks(monks, "dislike", PAGE.TABLE)
    assert (likes.index == PAGE.SAMPSON).all()
    assert (dislikes.columns == PAGE.SAMPSON).all()
    assert (np.diag(likes) == 0).all()
    for kind, found, order in [("like", likes, PAGE.SAMPSON), ("dislike", dislikes, PAGE.TABLE)]:
        for one in monks.sample(20, random_state=1).itertuples():
            A, B = order[one.A - 1], order[one.B - 1]
            assert found.loc[A, B] == getattr(one, f"{kind}_AB")
            assert found.loc[B, A] == getattr(one, f"{kind}_BA")
    if not monks.attrs["simulated"]:  # the sums that Sampson printed under his table
        assert likes.sum().tolist() == [12, 13, 7, 12, 10, 3, 6, 6, 5, 0, 4, 9, 4, 3, 3, 2, 4, 8]
        assert dislikes.sum().tolist() == [3, 17, 13, 18, 0, 9, 5, 10, 0, 3, 0, 1, 4, 2, 0, 1, 7, 1]


def test_the_block_model_has_the_density_of_choices_made_one_by_one():
    """On a table without tied ranks: a first choice among 17, a second among 16, a third among 15."""
    monks, rng = PAGE.simulate_monks(np.random.default_rng(5)), np.random.default_rng(6)
    share = rng.dirichlet(np.ones(3), 18)
    point = {"share": share}
    expected = stats.dirichlet(np.full(3, 0.5)).logpdf(share.T).sum()
    for kind, order in [("like", PAGE.SAMPSON), ("dislike", PAGE.TABLE)]:
        tau, sigma, z, x = 2.0, 0.7, rng.normal(size=(3, 3)), rng.normal(size=18)
        point |= {f"tau_{kind}": tau, f"sigma_{kind}": sigma, f"z_{kind}": z, f"x_{kind}": x}
        expected += stats.expon.logpdf([tau, sigma]).sum() + stats.norm.logpdf(z).sum() + stats.norm.logpdf(x).sum()
        R = PAGE.ranks(monks, kind, order).to_numpy()
        for i in range(18):
            left = [j for j in range(18) if j != i]
            for rank in (3, 2, 1):
                score = {j: share[i] @ (tau * z) @ share[j] + sigma * x[j] for j in left}
                j = int(np.flatnonzero(R[i] == rank).item())
                expected += score[j] - np.log(sum(map(np.exp, score.values())))
                left.remove(j)
    assert log_density(PAGE.block_model(monks), point) == pytest.approx(expected, rel=1e-9)


def test_tied_choices_leave_each_other_free():
    R = PAGE.pd.DataFrame([[0, 3, 2, 2], [0, 0, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]])
    chose = PAGE.choices(R)
    assert chose["who"].tolist() == [0, 0, 0, 2]
    assert chose["whom"].tolist() == [1, 2, 3, 0]
    assert chose["free"].astype(int).tolist() == [[0, 1, 1, 1], [0, 0, 1, 1], [0, 0, 1, 1], [1, 1, 0, 1]]


def test_naming_groups_afterwards_undoes_any_exchange_of_names():
    rng = np.random.default_rng(7)
    base = rng.dirichlet(np.full(3, 0.3), 18)
    draws = np.array([rng.dirichlet(50 * row + 0.5, 200) for row in base]).swapaxes(0, 1)
    orders = list(itertools.permutations(range(3)))
    mixed = np.stack([one[:, list(orders[rng.integers(6)])] for one in draws]).reshape(2, 100, 18, 3)
    share = PAGE.az.convert_to_datatree({"share": mixed}, dims={"share": ["monk", "group"]})["posterior"]["share"]
    named = PAGE.relabelled(share).to_numpy().reshape(200, 18, 3)
    assert any(np.allclose(named, draws[:, :, list(order)]) for order in orders)
    before, after = (PAGE.belong_together(one).to_numpy() for one in (share, PAGE.relabelled(share)))
    np.testing.assert_allclose(before, after)
