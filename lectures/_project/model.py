"""The estimator: a model that conditions on what the graph asks for, and on nothing else."""

import pymc as pm


def inputs(data):
    """Return what the model takes from a table: arrays by the name that they have in the model."""
    return {"walk": data["walk"].to_numpy(), "workload": data["workload"].to_numpy(), "seen": data["sleep"].to_numpy()}


def sleep_model(data):
    """Return the model of the plan, with its priors; in `b_walk` is the effect, in hours."""
    taken = inputs(data)
    with pm.Model() as model:
        walk, workload = pm.Data("walk", taken["walk"]), pm.Data("workload", taken["workload"])
        alpha = pm.Normal("alpha", 7.5, 1)  # hours of sleep of those who do not walk
        b_walk = pm.Normal("b_walk", 0, 0.5)
        b_work = pm.Normal("b_work", 0, 0.05)  # for each hour of work in a week
        sigma = pm.Exponential("sigma", 1)
        mu = alpha + b_walk * walk + b_work * workload
        pm.Normal("sleep", mu, sigma, observed=pm.Data("seen", taken["seen"]))
    return model
