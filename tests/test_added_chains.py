"""Chains that are added to a fit bring new draws, not those of its first chains once more."""

import numpy as np
from normal_worlds import exact, normal_mean, simulate

from rethinking.studies import fits
from rethinking.studies.design import prepare


def test_added_chains_are_not_copies_of_the_first(monkeypatch):
    options = {"draws": 150, "tune": 200, "chains": 2, "until_enough": True, "prob": 0.89}
    options |= {"target_accept": 0.8, "adaptation": "diag"}
    design = prepare(simulate, {"right": normal_mean}, None, 3, options, 2)
    seen, original = [], fits._statistics

    def watched(draws, prob):
        seen.append(draws)
        return original(draws, prob)

    monkeypatch.setattr(fits, "_statistics", watched)
    replicates = list(fits.Fitter(design).run(range(2)))
    assert len(replicates) == 2
    assert not any(replicate.failures for replicate in replicates)
    for _, draws in {draws[0, 0, 0]: draws[0] for draws in seen}.items():  # of each replicate, all its chains
        assert len(draws) > 2
        assert len(np.unique(draws[:, 0])) == len(draws)
        assert np.abs(np.corrcoef(draws)[np.triu_indices(len(draws), 1)]).max() < 0.6
    for replicate in replicates:
        mean, sd = exact(design.simulated(replicate.k)[0])
        assert abs(replicate.row[0, 0, 1] - mean) < 5 * sd / 400**0.5
