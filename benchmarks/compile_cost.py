"""Where one compilation goes, and what nutpie's options change: CPU seconds with a warm PyTensor cache.

``callback`` is the part spent in ``numba.cfunc``, which wraps the compiled graph for the sampler and is not cached.
``rebuilt`` is a second compilation, of the same model built again in the same process.
"""

from unittest import mock

from measure import fresh, middle, run, stopwatch

OPTIONS = {
    "default": {},
    "cache=True": {"cache": True},
    "freeze_model=True": {"freeze_model": True},
    "freeze_model=True, cache=True": {"freeze_model": True, "cache": True},
}
MODELS = ("frogs", "Mundlak")


def one(model, options):
    """Return the cost of a first and of a second compilation, and how much of each is the callback's."""
    import models
    import numba
    import nutpie

    import rethinking as rt

    page, frogs, world = models.PAGE, rt.load_data("reedfrogs"), models.world()
    build = {"frogs": lambda: page.partial_pooling(frogs), "Mundlak": lambda: page.mundlak(world)}[model]
    make_callback, inside = numba.cfunc, []

    def timed_cfunc(*args, **kwargs):
        def decorator(function):
            with stopwatch() as cost:
                made = make_callback(*args, **kwargs)(function)
            inside.append(cost["cpu"])
            return made

        return decorator

    result = {}
    with mock.patch("numba.cfunc", timed_cfunc):
        for which in ("first", "rebuilt"):
            inside.clear()
            with stopwatch() as cost:
                nutpie.compile_pymc_model(build(), **options)
            result[which] = {"all": cost["cpu"], "callback": sum(inside)}
    return result


def report(quick, repeats):
    """Give a table for each model: medians over processes, after one that filled the caches."""
    for model in MODELS[:1] if quick else MODELS:
        rows = []
        for name, options in OPTIONS.items():
            _, *results = [fresh(__file__, model=model, options=options) for _ in range(1 + repeats)]
            columns = {f"{a}: {b}": middle(results, a, b) for a in ("first", "rebuilt") for b in ("all", "callback")}
            rows.append({"options": name, **columns})
        yield f"CPU seconds of compile_pymc_model, {model}", rows


if __name__ == "__main__":
    run(__file__, one, report)
