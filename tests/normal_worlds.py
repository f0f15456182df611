"""A world whose posterior has a closed form, and the study of it that tests repeat, interrupt and send about."""

import os
import sys
import time

import pymc as pm

import rethinking as rt

N, NOISE = 5, 1.0


def simulate(rng):
    """Return heights and the mean that was drawn from the estimator's own prior."""
    mu = rng.normal(0, 1)
    return {"y": rng.normal(mu, NOISE, size=N)}, {"mu": mu}


def normal_mean(data, noise=NOISE):
    with pm.Model() as model:
        y = pm.Data("heights", data["y"])
        pm.Normal("height", pm.Normal("mu", 0, 1), noise, observed=y)
    return model


def exact(data, noise=NOISE):
    """Return mean and sd of the posterior."""
    precision = 1 + N / noise**2
    return data["y"].sum() / noise**2 / precision, precision**-0.5


def slowly(rng):
    """Be the same world, and tell who waits that the study is under way."""
    time.sleep(0.01)
    sys.stdout.write("under way\n")
    sys.stdout.flush()
    return simulate(rng)


def on_a_disk_that_fills_up(rng):
    """Be the same world, and let this process write no file of more than ten bytes from the eighth world on."""
    import resource

    on_a_disk_that_fills_up.worlds += 1
    if on_a_disk_that_fills_up.worlds == 8:
        resource.setrlimit(resource.RLIMIT_FSIZE, (10, resource.RLIM_INFINITY))
    return simulate(rng)


on_a_disk_that_fills_up.worlds = 0

if __name__ == "__main__":
    how, store = sys.argv[1:]
    os.environ["RETHINKING_PROGRESS"] = "0"
    rt.study(globals()[how], {"right": normal_mean}, replicates=200, seed=3, store=store, cores=1)
