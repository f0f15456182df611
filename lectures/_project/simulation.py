"""A world that obeys the graph, and whose answer is known."""

import numpy as np
import pandas as pd

import rethinking as rt


def simulate(rng, n=130, effect=0.4):
    """Return n people; walking adds `effect` hours to everybody's night."""
    workload = rng.normal(0, 8, n)  # hours a week, more or less than 40
    walk = rng.binomial(1, rt.invlogit(-0.1 * workload))
    sleep = rng.normal(7.5 + effect * walk - 0.03 * workload, 0.8)
    mood = rng.normal(walk + (sleep - 7.5), 1.0)
    columns = {"workload": workload, "walk": walk, "sleep": sleep}
    return pd.DataFrame(columns | {"mood": np.round(mood)})
