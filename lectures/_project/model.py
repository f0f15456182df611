"""The estimator: it conditions on what the graph asks for, and no more."""

import pymc as pm


def inputs(data):
    """Return what the model takes from a table, by the names of the model."""
    columns = {"walk": "walk", "workload": "workload", "seen": "sleep"}
    return {name: data[column].to_numpy() for name, column in columns.items()}


def sleep_model(data):
    """Return the model of the plan; its `b_walk` is the effect, in hours."""
    taken = inputs(data)
    with pm.Model() as model:
        walk = pm.Data("walk", taken["walk"])
        workload = pm.Data("workload", taken["workload"])
        seen = pm.Data("seen", taken["seen"])
        alpha = pm.Normal("alpha", 7.5, 1)  # hours of those who do not walk
        b_walk = pm.Normal("b_walk", 0, 0.5)
        b_work = pm.Normal("b_work", 0, 0.05)  # for an hour of work a week
        sigma = pm.Exponential("sigma", 1)
        mu = alpha + b_walk * walk + b_work * workload
        pm.Normal("sleep", mu, sigma, observed=seen)
    return model
