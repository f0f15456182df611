"""Time for a log-density with its gradient: as nutpie calls it, against a kernel written by hand.

Both run in a compiled loop in this process; CPU time of the thread, median of seven loops.
"""

import time
from statistics import median

import numpy as np
from measure import fresh, middle, run

NAMES = ("frogs", "Mundlak", "radon, non-centred")


def pairs():
    """Return data, model and kernel by name."""
    import kernels
    import models

    import rethinking as rt

    table, data = rt.load_data("reedfrogs"), models.world()
    radon = models.radon_data()
    return {
        "frogs": (len(table), models.PAGE.partial_pooling(table), kernels.frogs(table)),
        "Mundlak": (len(data["X"]), models.PAGE.mundlak(data), kernels.mundlak(data)),
        "radon, non-centred": (len(radon), models.RADON.non_centred(radon), kernels.radon(radon)),
    }


def compiled_loop(compiled):
    """Return ``loop(n, x, gradient)``, which calls n times what nutpie hands to its sampler."""
    from numba import njit

    call, dim = compiled.compiled_logp_func.ctypes, compiled.n_dim
    data = np.ravel(compiled.user_data).view(np.uint8)

    @njit
    def repeat(n, x, gradient, logp, data):
        for _ in range(n):
            call(dim, x.ctypes, gradient.ctypes, logp.ctypes, data.ctypes)
        return logp[0]

    return lambda n, x, gradient: repeat(n, x, gradient, np.empty(1), data)


def kernel_loop(kernel):
    """Return the same loop for a kernel written by hand."""
    from numba import njit

    @njit
    def repeat(n, x, gradient):
        logp = 0.0
        for _ in range(n):
            logp = kernel(x, gradient)
        return logp

    return repeat


def microseconds(loop, x, seconds=0.2):
    """Return CPU microseconds of one call: the median of seven loops that last some seconds each."""
    gradient, n = np.empty_like(x), 1
    loop(1, x, gradient)  # compiles
    while (once := _timed(loop, n, x, gradient)) < seconds / 4:
        n *= 2
    n = max(1, int(n * seconds / once))
    return median(_timed(loop, n, x, gradient) / n for _ in range(7)) * 1e6


def _timed(loop, n, x, gradient):
    start = time.thread_time()
    loop(n, x, gradient)
    return time.thread_time() - start


def one(name, seconds):
    """Return both times of one model."""
    import nutpie

    observations, model, kernel = pairs()[name]
    compiled = nutpie.compile_pymc_model(model)
    x = np.random.default_rng(1).normal(0, 0.5, compiled.n_dim)
    loops = {"nutpie": compiled_loop(compiled), "by hand": kernel_loop(kernel)}
    gradients = [np.empty_like(x) for _ in loops]
    for loop, gradient in zip(loops.values(), gradients, strict=True):
        loop(1, x, gradient)
    np.testing.assert_allclose(*gradients, rtol=1e-8)
    return {
        "observations": observations,
        "parameters": len(x),
        **{k: microseconds(loop, x, seconds) for k, loop in loops.items()},
    }


def report(quick, repeats):
    """Give the table: medians over processes."""
    seconds = 0.02 if quick else 0.2
    found = {name: [fresh(__file__, name=name, seconds=seconds) for _ in range(repeats)] for name in NAMES}
    yield "Microseconds for one gradient", [{"model": name, **summary(results)} for name, results in found.items()]


def summary(results):
    """Return the cells of a row."""
    for result in results:
        result["ratio"] = result["nutpie"] / result["by hand"]
    columns = ("observations", "parameters", "nutpie", "by hand", "ratio")
    return {name: middle(results, name) for name in columns}


if __name__ == "__main__":
    run(__file__, one, report)
