"""Lecture 2: counting, the grid, errors of reading, against closed forms and the published numbers of the course."""

from itertools import product

import numpy as np
import pymc as pm
import pytest
from scipy import stats

import rethinking as rt

PAGE = rt.lecture("02_garden_of_forking_data")
GRID = np.linspace(0, 1, 1001)


def test_the_ways_of_nine_tosses_are_those_of_the_course():
    assert [PAGE.ways("WLWWWLWLW", share / 4) for share in range(5)] == [0, 27, 512, 729, 0]


@pytest.mark.parametrize(("water", "land"), [(6, 3), (0, 0), (0, 9), (4, 11), (3, 11), (2000, 3000)])
def test_the_grid_holds_the_beta_distribution(water, land):
    exact = stats.beta(water + 1, land + 1).pdf(GRID)
    assert np.allclose(PAGE.grid_posterior(water, land, GRID), exact / exact.sum(), atol=1e-12)


def test_four_waters_and_eleven_lands_on_eleven_shares():
    published = [0, 0.068, 0.300, 0.350, 0.203, 0.067, 0.012, 0.001, 0, 0, 0]
    assert np.allclose(PAGE.grid_posterior(4, 11, np.linspace(0, 1, 11)), published, atol=5e-4)


@pytest.mark.parametrize("error", [0.0, 0.1, 0.3])
def test_misread_throws_show_water_as_often_as_the_model_says(error):
    p, n = 0.2, 200_000
    water = PAGE.simulate_globe(np.random.default_rng(1), p, n, error).count("W")
    expected = p * (1 - error) + (1 - p) * error
    assert abs(water / n - expected) < 4 * np.sqrt(expected * (1 - expected) / n)
    posterior = PAGE.misclassified_posterior(water, n, error, GRID)
    assert abs(posterior @ GRID - p) < 0.01


def test_without_errors_of_reading_both_posteriors_are_one():
    assert np.allclose(PAGE.misclassified_posterior(6, 9, 0, GRID), PAGE.grid_posterior(6, 3, GRID))


def test_the_posterior_of_six_waters_and_its_quadratic_approximation():
    posterior = PAGE.grid_posterior(6, 3, GRID)
    mean = posterior @ GRID
    assert round(mean, 3) == 0.636
    assert round(GRID[posterior.argmax()], 3) == 0.667
    assert round(np.sqrt(posterior @ (GRID - mean) ** 2), 3) == 0.139
    mode = pm.find_MAP(
        model=PAGE.globe_model(6, 9),
        progressbar=False,
        return_inferencedata=True,
        jitter=False,
        compile_kwargs={"mode": "FAST_COMPILE"},
    )
    top = float(mode["posterior"]["p"].squeeze())
    log_density = PAGE.globe_model(6, 9).compile_logp(jacobian=False)

    def at(p):
        return float(log_density({"p_interval__": np.log(p / (1 - p))}))

    step = 1e-3
    bend = (at(top + step) - 2 * at(top) + at(top - step)) / step**2
    assert (round(top, 2), round((-bend) ** -0.5, 2)) == (0.67, 0.16)


def test_half_of_the_posterior_after_three_waters():
    """The middle half, and the narrowest half."""
    below = PAGE.grid_posterior(3, 0, GRID).cumsum()
    assert [round(GRID[np.searchsorted(below, share)], 1) for share in (0.25, 0.75)] == [0.7, 0.9]
    widths = {k: GRID[np.searchsorted(below, below[k] + 0.5)] - GRID[k] for k in np.flatnonzero(below < 0.5)}
    start = min(widths, key=widths.get)
    assert (round(GRID[start], 2), round(GRID[start] + widths[start], 2)) == (0.84, 1.0)


def predictive(water, land, throws=5):
    """Return the probabilities of the waters in the next throws, averaged over the grid of the page."""
    grid = np.linspace(0, 1, 4001)
    return stats.binom.pmf(np.arange(throws + 1)[:, None], throws, grid) @ PAGE.grid_posterior(water, land, grid)


def test_five_more_throws_after_four_waters_and_eleven_lands():
    assert round(predictive(4, 11)[3:].sum(), 4) == 0.1816


def test_five_more_throws_after_three_waters_and_eleven_lands():
    """The counts of the solution sheet are ten thousand draws; the exact numbers come from the beta-binomial."""
    exact = 10_000 * predictive(3, 11)
    assert np.round(exact).tolist() == [2817, 3522, 2348, 1006, 271, 36]
    drawn = np.array([2837, 3445, 2368, 1015, 297, 38])
    assert drawn.sum() == 10_000
    assert stats.chisquare(drawn, exact).pvalue > 0.01


def test_an_unknown_number_of_throws():
    throws = np.arange(1, 21)
    posterior = stats.binom.pmf(5, throws, 0.7)
    posterior = dict(zip(throws.tolist(), (posterior / posterior.sum()).round(3).tolist(), strict=True))
    assert max(posterior, key=posterior.get) == 7
    assert (posterior[6], posterior[7], posterior[8]) == (0.212, 0.222, 0.178)
    sheet = rt.lecture("exercises/02_garden_of_forking_data")
    assert np.allclose(list(posterior.values()), sheet.ways_of_five / sheet.ways_of_five.sum(), atol=5e-4)


def test_passengers_and_a_prize():
    """All coins of all ten, one by one: eight say heads, and the last ones are those who always do."""
    coins = np.array(list(product([True, False], repeat=10)))
    ways = {}
    for honest in range(11):
        said = coins.copy()
        said[:, honest:] = True
        ways[honest] = sum(said.sum(axis=1) == 8)
    assert (ways[10], ways[5], ways[3], ways[4], max(ways.values())) == (45, 320, 384, 384, 384)
