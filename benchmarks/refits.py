"""Whether refitting costs memory: how much the process has grown after 300 refits to other data, in MB.

The first refits fill caches and pools of threads, so they do not count, and neither does what malloc holds in reserve:
that depends on what else the computer does, because a thread that waits long makes malloc open another reserve.
"""

import ctypes
import gc
from contextlib import suppress

import numpy as np
import psutil
import pymc as pm

import rethinking as rt

WARM_UP, REFITS, MOST = 100, 300, 5.0


def grown() -> float:
    """Return by how many MB the resident memory has grown over the refits."""
    rng = np.random.default_rng(1)
    with pm.Model() as model:
        x, y = pm.Data("x", rng.normal(size=200)), pm.Data("y", rng.normal(size=200))
        slope, sd = pm.Normal("slope", 0, 1), pm.Exponential("sd", 1)
        pm.Normal("outcome", slope * x, sd, observed=y)
    sampler = rt.Sampler(model)
    for i in range(WARM_UP + REFITS):
        if i == WARM_UP:
            before = in_use()
        sampler.sample(seed=i, progress=False, log_likelihood=i % 10 == 0, y=rng.normal(size=200))
    return (in_use() - before) / 1e6


def in_use() -> int:
    """Return the bytes of this process that are in use."""
    gc.collect()
    with suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)  # on other systems, the reserve counts
    return psutil.Process().memory_info().rss


if __name__ == "__main__":
    more = grown()
    print(f"{REFITS} refits: {more:+.1f} MB (at most {MOST:g})")
    raise SystemExit(more > MOST)
