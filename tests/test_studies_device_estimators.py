"""The five estimators on a device, here on the CPU, against what nutpie said of the same worlds and the book ships."""

import numpy as np
import pytest
import xarray as xr

import rethinking as rt

WORLDS, DESIGN = 200, (10, 8)


@pytest.fixture(scope="module")
def page():
    return rt.lecture("cases/five_estimators")


@pytest.fixture(scope="module")
def both(page):
    """Return the first worlds of a design by the device and by nutpie, each until it has 400 effective draws."""
    found = page.run_design(*DESIGN, replicates=WORLDS, engine="jax", chunk=WORLDS)
    stored = xr.open_zarr(page.STORED, chunks=None, consolidated=False).load()
    return found, stored.isel(design=page.DESIGNS.index(DESIGN), replicate=slice(WORLDS)).astype(float)


def inside(found):
    return ((found["lower"] <= found["truth"]) & (found["truth"] <= found["upper"])).astype(float)


def test_the_worlds_are_the_same(both):
    device, stored = both
    np.testing.assert_allclose(device["truth"], stored["truth"], rtol=1e-6)
    assert list(device["estimator"].values) == list(stored["estimator"].values)
    assert (device["failure"] == "").all()
    assert device["bad"].mean() < 0.05


def test_each_worlds_posterior_is_the_same_within_its_monte_carlo_error(both):
    device, stored = both
    # The stored fits have 400 effective draws or more, but for the few that are marked.
    noise = stored["sd"] * np.sqrt(1 / device["ess_bulk"] + 1 / 400)
    good = ~(device["bad"] | (stored["bad"] > 0))
    z = ((device["mean"] - stored["mean"]) / noise).where(good)
    assert abs(z).max() < 5
    assert z.std() < 1.2
    assert abs(np.log(device["sd"] / stored["sd"])).where(good).max() < 5 * (1 / 400) ** 0.5


@pytest.mark.parametrize("estimator", ["naive", "fixed effects", "multilevel", "Mundlak", "latent Mundlak"])
def test_bias_rmse_and_coverage_agree(both, estimator):
    device, stored = (one.sel(estimator=estimator) for one in both)
    paired = {
        "bias": device["mean"] - stored["mean"],
        "squared error": (device["mean"] - device["truth"]) ** 2 - (stored["mean"] - stored["truth"]) ** 2,
        "coverage": inside(device) - inside(stored),
    }
    for what, difference in paired.items():
        error = difference.std("replicate", ddof=1) / WORLDS**0.5
        assert (abs(difference.mean("replicate")) <= 3 * error).all(), what
