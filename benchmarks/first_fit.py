"""What a model costs until its first draw, and what each gradient costs then: plain loops against PyTensor's functions.

``compile`` counts CPU seconds in a new process with an empty cache, after the imports; ``again`` is the same with what
the first process left in PyTensor's cache, where plain loops are kept whole.
"""

import tempfile

from measure import fresh, middle, run, stopwatch

WAYS = ("plain loops", "nutpie's own")
MODELS = (
    "frogs",
    "Mundlak",
    "latent Mundlak",
    "ordered answers",
    "correlated effects",
    "integrated radon",
    "lynx and hares",
)


def build(name):
    """Return one of the book's models."""
    import models
    import numpy as np

    import rethinking as rt

    if name == "ordered answers":
        page = rt.lecture("11_ordered_categories")
        return page.education(page.simulate_trolley(np.random.default_rng(11)))
    if name == "correlated effects":
        page = rt.lecture("14_correlated_features")
        return page.districts_correlated(rt.load_data("bangladesh"))
    if name == "lynx and hares":
        page = rt.lecture("19_generalized_linear_madness")
        return page.lynx_hare(page.simulate_lynx_hare(np.random.default_rng(19)))
    if name == "integrated radon":
        return models.RADON.integrated(rt.load_data("radon"))
    if name == "frogs":
        return models.PAGE.partial_pooling(rt.load_data("reedfrogs"))
    return getattr(models.PAGE, name.lower().replace(" ", "_"))(models.world())


def one(model, way):
    """Return the cost of a compilation, and of a gradient."""
    import numpy as np
    import nutpie
    from gradient_floor import compiled_loop, microseconds

    from rethinking.sampling.compiled import CompiledModel
    from rethinking.sampling.functions.compilation import repeatable
    from rethinking.sampling.lowered_model import LoweredModel

    made = build(model)
    names = [variable.name for variable in made.free_RVs]  # deterministics are NumPy's in both ways
    with stopwatch() as cost:
        if way == WAYS[0]:
            compiled = CompiledModel(made, recorded=names)._compiled
        else:
            with repeatable():
                compiled = nutpie.compile_pymc_model(made, var_names=names)
    assert isinstance(compiled, LoweredModel) == (way == WAYS[0])
    x = np.random.default_rng(1).normal(0, 0.1, compiled.n_dim)
    return {"compile": cost, "gradient": microseconds(compiled_loop(compiled), x, 0.1)}


def report(quick, repeats):
    """Give the table: medians over processes."""
    rows = []
    for model in MODELS[:1] if quick else MODELS:
        cold, warm, gradient = {}, {}, {}
        for way in WAYS:
            first, again = [], []
            for _ in range(1 if quick else repeats):
                with tempfile.TemporaryDirectory() as cache:
                    environment = {"PYTENSOR_FLAGS": f"base_compiledir={cache}"}
                    first.append(fresh(__file__, environment, model=model, way=way))
                    again.append(fresh(__file__, environment, model=model, way=way))
            cold[way], warm[way] = middle(first, "compile", "cpu"), middle(again, "compile", "cpu")
            gradient[way] = middle(again, "gradient")
        ours, theirs = WAYS
        rows.append({
            "model": model,
            "compile: loops": cold[ours], "nutpie": cold[theirs], "x": cold[theirs] / cold[ours],
            "again: nutpie": warm[theirs], "x ": warm[theirs] / warm[ours],
            "gradient, us: loops": gradient[ours], "nutpie ": gradient[theirs],
            "x  ": gradient[theirs] / gradient[ours],
        })  # fmt: skip
    yield "CPU seconds until the first draw, and microseconds of a gradient", rows


if __name__ == "__main__":
    run(__file__, one, report)
