"""Lecture 2: counting, the grid, errors of reading, against closed forms and the published numbers of the course."""

import numpy as np
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
