"""Lecture 21: hidden states against all histories, an integral, the numbers of the course, and known truths."""

from itertools import product

import numpy as np
import pytensor.tensor as pt
import pytest
from scipy import special, stats

import rethinking as rt

PAGE = rt.lecture("21_hidden_markov_models")
DEAD = {40: 0.000, 48: 0.027, 50: 0.685, 52: 0.869, 56: 0.942, 60: 0.950}


@pytest.fixture(scope="module")
def president():
    return rt.sample(PAGE.president(PAGE.DAYS), 2000, seed=1, target_accept=0.95)["posterior"].to_dataset()


def listed(start, move, emit):
    """Return each history of a chain with its log-probability, one by one."""
    days, states = emit.shape
    for history in product(range(states), repeat=days):
        logp = start[history[0]] + emit[0, history[0]]
        for t in range(1, days):
            logp += move[history[t - 1], history[t]] + emit[t, history[t]]
        yield history, logp


def any_chain(seed, days=5, states=3):
    """Return logarithms of a chain in which every move is possible."""
    rng = np.random.default_rng(seed)
    start, move = rng.dirichlet(np.ones(states)), rng.dirichlet(np.ones(states), states)
    return np.log(start), np.log(move), np.log(rng.uniform(size=(days, states)))


def test_death_days_have_the_numbers_of_the_course():
    _, mean, sd = PAGE.exact_days(PAGE.DAYS)
    assert (round(mean, 4), round(sd, 4)) == (0.0194, 0.0139)
    dead = PAGE.dead_exactly(PAGE.DAYS)
    assert {day: round(dead[day - 1], 3) for day in DEAD} == DEAD


def test_exact_days_are_an_average_over_rates():
    """The Beta integrals against a plain Monte-Carlo sum over rates drawn from the prior."""
    days, rng = np.array([0, 1, 1, 0, 1, 0, 0]), np.random.default_rng(3)
    rates = [rng.beta(1, b, 100_000) for b in (50, 4, 100)]
    chain = PAGE.two_states(days, *rates)
    both = np.exp(np.array(PAGE.forward(*chain)) + PAGE.backward(*chain[1:]))
    weight = both[0].sum(axis=0)
    dead = both[:, 1].mean(axis=1) / weight.mean()
    np.testing.assert_allclose(dead, PAGE.dead_exactly(days), atol=0.01)
    _, mean, _ = PAGE.exact_days(days)
    assert abs((weight * rates[0]).mean() / weight.mean() - mean) < 0.001


def test_the_sampler_finds_the_exact_answer(president):
    _, mean, sd = PAGE.exact_days(PAGE.DAYS)
    assert abs(president["phi"].mean() - mean) < 0.1 * sd
    assert abs(president["phi"].std() - sd) < 0.1 * sd
    flat = president.stack(sample=("chain", "draw"))
    chain = PAGE.two_states(PAGE.DAYS, *(flat[name].to_numpy() for name in ("phi", "alive", "dead")))
    found = PAGE.smoothed(*chain)[:, 1].mean(axis=-1)
    assert np.abs(found - PAGE.dead_exactly(PAGE.DAYS)).max() < 0.02
    drawn = PAGE.draw_states(np.random.default_rng(2), *chain).mean(axis=-1)
    assert np.abs(drawn - found).max() < 4 * 0.5 / np.sqrt(8000)


@pytest.mark.parametrize("seed", range(3))
def test_forward_is_the_sum_over_all_histories(seed):
    start, move, emit = any_chain(seed)
    rows = np.array(PAGE.forward(start, move, emit))
    histories = list(listed(start, move, emit))
    assert special.logsumexp(rows[-1]) == pytest.approx(special.logsumexp([logp for _, logp in histories]), abs=1e-10)
    for t in range(len(emit)):
        early = list(listed(start, move, emit[: t + 1]))
        here = [special.logsumexp([logp for one, logp in early if one[t] == state]) for state in range(3)]
        np.testing.assert_allclose(rows[t], here, atol=1e-10)
        share = [special.logsumexp([logp for one, logp in histories if one[t] == state]) for state in range(3)]
        np.testing.assert_allclose(PAGE.smoothed(start, move, emit)[t], special.softmax(share), atol=1e-10)
    np.testing.assert_allclose(PAGE.filtered(start, move, emit)[-1], PAGE.smoothed(start, move, emit)[-1], atol=1e-12)


def test_forward_is_the_same_in_a_model():
    start, move, emit = any_chain(7)
    rows = PAGE.forward(pt.as_tensor(start), list(map(pt.as_tensor, move)), list(map(pt.as_tensor, emit)), at=pt)
    np.testing.assert_allclose(rows[-1].eval(), PAGE.forward(start, move, emit)[-1], atol=1e-10)


def test_smoothed_states_are_the_gradient_by_what_was_seen():
    """d log Pr(data) / d log Pr(what was seen | state) is the probability of the state."""
    start, move, emit = any_chain(8)
    total = lambda emit: special.logsumexp(PAGE.forward(start, move, emit)[-1])  # noqa: E731
    slope = np.zeros_like(emit)
    for at in np.ndindex(*emit.shape):
        step = np.zeros_like(emit)
        step[at] = 1e-5
        slope[at] = (total(emit + step) - total(emit - step)) / 2e-5
    np.testing.assert_allclose(slope, PAGE.smoothed(start, move, emit), atol=1e-8)


def test_drawn_histories_have_their_probabilities():
    start, move, emit = any_chain(9, days=3, states=2)
    many = 40_000
    chain = [np.repeat(one[..., None], many, axis=-1) for one in (start, move, emit)]
    drawn = PAGE.draw_states(np.random.default_rng(1), *chain)
    histories = list(listed(start, move, emit))
    for (one, _), p in zip(histories, special.softmax([logp for _, logp in histories]), strict=True):
        share = (drawn == np.array(one)[:, None]).all(axis=0).mean()
        assert abs(share - p) < 4.5 * np.sqrt(p * (1 - p) / many)


def test_a_model_of_illness_that_never_comes_is_the_model_of_death():
    days, rates = PAGE.DAYS[38:52], (0.03, 0.4, 0.02)
    ill = special.logsumexp(PAGE.forward(*PAGE.three_states(days, *rates, 0.0, 0.1))[-1])
    two = special.logsumexp(PAGE.forward(*PAGE.two_states(days, *rates))[-1])
    closed = special.logsumexp(PAGE.log_days(days, *rates, len(days)).eval())
    assert ill == pytest.approx(two, abs=1e-10)
    assert closed == pytest.approx(two, abs=1e-10)


def test_the_model_of_illness_has_the_density_of_its_chain():
    days = PAGE.DAYS[44:51]
    model = PAGE.president_ill(days)
    rates = {"phi": 0.03, "alive": 0.4, "dead": 0.02, "ill": 0.05, "recover": 0.2}
    inputs = {f"{name}_logodds__": np.array(special.logit(value)) for name, value in rates.items()}
    chain = PAGE.three_states(days, *rates.values())
    expected = special.logsumexp(PAGE.forward(*chain)[-1])
    values = model.replace_rvs_by_values(model.potentials)
    found = model.compile_fn(values, inputs=model.value_vars, mode="FAST_COMPILE")(inputs)
    assert float(found[0]) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("since", ["birth", "sighting"])
def test_captures_are_the_sum_over_years_of_death_animal_by_animal(since):
    captures, _ = PAGE.simulate_captures(np.random.default_rng(4), animals=30, years=6, phi=0.2, detect=0.3)
    phi, detect, total = 0.15, 0.4, 0.0
    for seen in captures.to_numpy():
        if since == "sighting":
            if not seen.any():
                continue
            seen = seen[seen.argmax() :]
        ends = []
        for last in range(1, len(seen) + 1):
            alive, gone = seen[:last], seen[last:]
            looked = alive[1:] if since == "sighting" else alive
            p = (1 - phi) ** (last - 1) * (phi if len(gone) else 1) * (not gone.any())
            ends.append(p * np.prod(np.where(looked, detect, 1 - detect)))
        total += np.log(sum(ends))
    model = PAGE.capture_recapture(captures, since)
    inputs = {"phi_logodds__": np.array(special.logit(phi)), "detect_logodds__": np.array(special.logit(detect))}
    found = model.compile_fn(
        model.replace_rvs_by_values(model.potentials), inputs=model.value_vars, mode="FAST_COMPILE"
    )(inputs)
    assert float(found[0]) == pytest.approx(total, abs=1e-9)


def test_silences_and_sightings_are_all_that_can_happen():
    for m in range(5):
        by_end = [0.9 ** min(k, m) * 0.6 ** min(k, m) * (0.1 if k < m else 1.0) for k in range(m + 1)]
        assert np.exp(PAGE.log_silence(m, 0.1, 0.4).eval()) == pytest.approx(sum(by_end), abs=1e-12)


def test_mortality_is_recovered_and_a_last_sighting_is_no_death():
    captures, _ = PAGE.simulate_captures(np.random.default_rng(5), animals=2000)
    sampler = rt.Sampler(PAGE.capture_recapture(captures))
    for since in ("birth", "sighting"):
        counts = PAGE.histories_as_counts(captures, since)
        posterior = sampler.sample(1000, seed=1, **counts)["posterior"]
        for name, truth in [("phi", 0.05), ("detect", 0.5)]:
            assert abs(posterior[name].mean() - truth) < 3.5 * posterior[name].std()
    assert PAGE.last_as_death(captures).ppf(0.001) > 0.06
    seen = captures[captures.any(axis=1)]
    posterior = sampler.sample(1000, seed=1, **PAGE.histories_as_counts(seen))["posterior"]
    assert posterior["phi"].mean() < 0.05 - 1.6 * posterior["phi"].std()


def test_simulated_presidents_die_and_are_seen_at_their_rates():
    rng, worlds = np.random.default_rng(6), 4000
    made = [PAGE.simulate_president(rng, 30, 0.1, 0.6, 0.2) for _ in range(worlds)]
    last = np.array([one for _, one in made])
    for day in (1, 5, 30):
        p = 0.9 ** (day - 1)
        assert abs((last >= day).mean() - p) < 4 * np.sqrt(p * (1 - p) / worlds) + 1e-12
    days = np.array([one for one, _ in made])
    lives = np.arange(1, 31) <= last[:, None]
    for state, chance in [(lives, 0.6), (~lives, 0.2)]:
        assert abs(days[state].mean() - chance) < 4 * np.sqrt(chance * (1 - chance) / state.sum())


def test_predicted_days_are_those_of_the_simulation(president):
    one = president.isel(chain=[0], draw=[0])
    rates = [float(one[name].squeeze()) for name in ("phi", "alive", "dead")]
    rng = np.random.default_rng(7)
    drawn = PAGE.draw_days(*(np.full(4000, rate) for rate in rates), np.arange(1, 61), rng=rng, size=(4000,))
    made = np.array([PAGE.simulate_president(rng, 60, *rates)[0] for _ in range(4000)])
    assert drawn.shape == (4000, 60)
    assert stats.ks_2samp(drawn.sum(axis=1), made.sum(axis=1)).pvalue > 1e-3
