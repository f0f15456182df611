"""Published numbers against the models of a page: modes for those that are modes, means and sds for the others."""

import numpy as np
import pymc as pm

PLAIN = {"mode": "FAST_COMPILE"}  # by NumPy: an optimum is found before a compiler is done


def mode(model):
    """Return the mode of a model on the natural scale of its parameters, as a fit of one draw."""
    return pm.find_MAP(model=model, progressbar=False, return_inferencedata=True, jitter=False, compile_kwargs=PLAIN)


def assert_mode(model, rows, within=0.011):
    """Assert the mode of parameters, published to two digits."""
    found = mode(model)
    for name, value in rows.items():
        assert abs(float(draws(found, name).squeeze()) - value) < within, (name, float(draws(found, name).squeeze()))


def draws(fit, name):
    """Return the draws of "sigma", or of "alpha female" and "w 3": one label of a parameter."""
    name, _, label = name.partition(" ")
    values = fit["posterior"][name]
    if not label:
        return values
    labels = values[values.dims[-1]].to_numpy()
    return values.isel({values.dims[-1]: [str(each) for each in labels].index(label)})


def assert_means(fit, rows):
    """Assert mean and sd of parameters, as the rows of the course are to be held."""
    for name, (mean, sd) in rows.items():
        values = draws(fit, name)
        assert abs(values.mean() - mean) < max(0.015, 0.15 * sd), (name, float(values.mean()))
        assert abs(values.std() - sd) < max(0.006, 0.1 * sd), (name, float(values.std()))


def assert_interval(values, low, high, sd):
    """Assert an 89 % interval, whose ends have about twice the Monte-Carlo error of a mean."""
    assert np.allclose(values.quantile([0.055, 0.945]), [low, high], rtol=0, atol=0.006 + 0.2 * sd)
