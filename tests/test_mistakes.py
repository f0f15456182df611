"""The table of mistakes: what a newcomer types in place of what is meant meets one kind sentence, before any work.

Each row is a call as it would be typed. A row that returns is as wrong as one with a stack of somebody's internals.
"""

import ast
import re
from collections import Counter

import arviz as az
import numpy as np
import nutpie
import pandas as pd
import pymc as pm
import pytest
import xarray as xr
from matplotlib import pyplot
from matplotlib.figure import Figure

import rethinking as rt

# Names, numbers and options of every function get these in turn.
NO_NAME = ["frame", "[1, 2]", "function", "fit", "None", "nan", "-1", "2.5"]
NO_NUMBER = ["frame", "'many'", "[7]", "function", "fit", "2.5", "-1", "True"]
NO_SHARE = ["frame", "'high'", "89", "0", "-0.5", "nan", "None", "function"]
NO_MODEL = ["frame", "function", "fit", "None", "'model'", "[1, 2]", "2.5"]
NO_FIT = ["frame", "function", "model", "None", "'fit'", "[1, 2]", "nan"]
NO_MAPPING = ["frame", "['x']", "function", "fit", "'x'", "nan", "-1"]
NO_AXES = ["fig", "axes", "'ax'", "[1, 2]", "frame", "function", "3"]
NO_STUDY = ["frame", "fit", "None", "'study'", "[1, 2]", "function", "nan"]
NO_NUMBERS = ["fit", "function", "None", "{'a': 1}", "['a', object()]", "1j", "model"]
NO_DRAWS = ["frame", "function", "None", "'draws'", "[1, 2]", "fit", "nan"]
NO_SEED = ["2.5", "'one'", "-1", "[1]", "frame", "True", "rng"]

# A call with a place for what is wrong, and what is put there.
TABLE = [
    ("load_data({})", [*NO_NAME, "'reedfrog'", "'reedfrogs', otherwise=frame", "'reedfrogs', otherwize=function"]),
    ("describe_data({})", [*NO_NAME, "'milks'"]),
    ("lecture({})", [*NO_NAME, "'99'", "'radom'"]),
    ("CausalGraph({})", ["frame", "None", "function", "fit", "nan", "2.5", "'X -> X'", "'X -> Y -> X'", "'X - Y'"]),
    ("CausalGraph('X -> Y', unobserved={})", ["frame", "fit", "2.5", "function", "['U']", "'x'"]),
    ("dag.adjustment_sets({}, 'Y')", [*NO_NAME, "'x'", "'Y'"]),
    ("dag.adjustment_sets('X', 'Y', effect={})", ["frame", "None", "'totl'", "2.5", "function", "['total']"]),
    ("dag.is_adjustment_set({}, 'X', 'Y')", ["frame", "fit", "function", "None", "2.5", "['Q']", "'X'"]),
    ("dag.d_separated('X', {})", [*NO_NAME, "'q'"]),
    ("dag.paths('X', {})", [*NO_NAME, "'q'"]),
    ("dag.independencies(limit={})", ["frame", "'all'", "0", "-1", "2.5", "True"]),
    ("dag.instruments('X', {})", [*NO_NAME, "'q'"]),
    ("dag.front_door_sets('X', {})", [*NO_NAME, "'q'"]),
    ("dag.do({})", [*NO_NAME, "'q'"]),
    ("dag.simulate({}, 10)", ["1", "None", "frame", "'rng'", "2.5", "[1]", "np.random"]),
    ("dag.simulate(rng, {})", ["frame", "'many'", "-1", "2.5", "None", "nan"]),
    ("dag.implied_covariance({})", NO_MAPPING),
    ("dag.check({})", ["fit", "function", "None", "'data'", "[1, 2]", "model", "frame[['X']]"]),
    ("dag.audit({}, 'X', 'Y')", ["frame", "function", "fit", "None", "'model'", "[1, 2]"]),
    ("dag.draw({})", ["frame", "fit", "function", "2.5", "'q'", "nan"]),
    ("dag.explore('X', {})", [*NO_NAME, "'q'"]),
    ("draw_causal_graph({})", ["frame", "None", "function", "fit", "[1, 2]", "[]", "'X -> Y'", "[('X', 'X')]"]),
    ("Sampler({})", NO_MODEL),
    ("Sampler(model, freeze={})", ["'yes'", "frame", "None", "1", "function", "[True]"]),
    ("sample({})", NO_MODEL),
    ("sample(model, draws={})", [*NO_NUMBER, "0"]),
    ("sample(model, {})", ["random_seed=1", "draw=100", "tunes=1", "target_accept=95", "tune=0", "seed=-1"]),
    ("sampler.sample({})", ["frame", "draws=0", "chains=0", "cores=0", "x='a'", "x=['a'] * 12", "x=[1, 2]", "y=fit"]),
    ("sampler.sample(group_of={})", ["[-1] * 12", "[0.5] * 12", "'a'", "None", "[[1], [2, 3]]", "[9] * 12"]),
    ("sampler.sweep({})", [*NO_MAPPING, "{}", "{'sd': []}", "{'x': [1]}", "{'sdd': [1]}"]),
    ("sampler.begin({})", NO_MAPPING),
    ("sampler.prepared({})", NO_MAPPING),
    ("sampler.finish({})", NO_FIT),
    ("correlated_effects({}, ('tank', 'feature'), 2, 1)", [*NO_NAME, "''", "'taken'"]),
    ("correlated_effects('e', {}, 2, 1)", ["'tank'", "('tank',)", "None", "frame", "('tnak', 'feature')", "fit"]),
    ("correlated_effects('e', {}, 2, 1)", ["('tank', 'tank')", "('tank', 'alone')", "('tank', 2)", "function"]),
    ("correlated_effects('e', ('tank', 'feature'), {}, 1)", ["frame", "0", "-2", "nan", "None", "True", "[1, 2]"]),
    ("correlated_effects('e', ('tank', 'feature'), 2, {})", ["'wide'", "0", "-1.0", "[1, 2, 3]", "None", "model", "nan",
                                                            "sigma", "function", "[[1, 2]]"]),
    ("dyad_pair({}, ('tank', 'feature'), 2, 1)", [*NO_NAME, "''", "'taken'"]),
    ("dyad_pair('e', {}, 2, 1)", ["'tank'", "('tank',)", "None", "frame", "('tnak', 'feature')", "fit", "function"]),
    ("dyad_pair('e', {}, 2, 1)", ["('tank', 'tank')", "('tank', 'alone')", "('tank', 2)", "('feature', 'tank')"]),
    ("dyad_pair('e', ('tank', 'feature'), {}, 1)", ["frame", "0", "-2", "nan", "None", "True", "[1, 2]"]),
    ("dyad_pair('e', ('tank', 'feature'), 2, {})", ["'wide'", "0", "-1.0", "[1, 2]", "None", "model", "nan", "sigma"]),
    ("convergence({})", [*NO_FIT, "fit['posterior']"]),
    ("predict({}, fit, 'y')", NO_MODEL),
    ("predict(model, {}, 'y')", NO_FIT),
    ("predict(model, fit, {})", [*NO_NAME, "'z'"]),
    ("predict(model, fit, 'y', do={})", [*NO_MAPPING, "{'z': 1}", "{'x': 'a'}"]),
    ("predict(model, fit, 'y', {})", ["kind='mean'", "kind=frame", "groups=frame", "data=function", "seed=2.5"]),
    ("contrast(model, fit, 'y', {})", [*NO_MAPPING, "{}", "{'x': 1}", "{'x': [1]}"]),
    ("contrast(model, fit, 'y', do, {})", ["by=frame", "by=2.5", "weights=fit", "weights='w'", "compare='ratios'",
                                           "compare=frame", "dag='X -> Y'", "names=['x']", "prob=0.9"]),
    ("counterfactual(model, fit, 'y', do={}, unit=0)", NO_MAPPING),
    ("counterfactual(model, fit, 'y', do={'x': 0}, unit={})", ["frame", "'q'", "99", "-1", "[]", "function"]),
    ("sensitivity({}, 'y', do, {'sd': [1.0]})", NO_MODEL),
    ("sensitivity(model, 'y', do, {})", [*NO_MAPPING, "{'sdd': [1.0]}"]),
    ("contrast_table({})", NO_DRAWS),
    ("contrast_table(effect, prob={})", NO_SHARE),
    ("digits({}, 0.1)", ["'1'", "None", "frame", "[1]", "function", "1j"]),
    ("digits(1.0, {})", ["'1'", "None", "frame", "[1]", "-1", "nan"]),
    ("study({}, {'a': function}, replicates=2, seed=1)", ["frame", "fit", "None", "'f'", "[1, 2]", "2.5"]),
    ("study(function, {}, replicates=2, seed=1)", [*NO_MAPPING, "{}", "{'a': 1}"]),
    ("study(function, {'a': function}, replicates={}, seed=1)", [*NO_NUMBER, "0", "None"]),
    ("study(function, {'a': function}, replicates=2, seed={})", [*NO_SEED, "None"]),
    ("study(function, {'a': function}, replicates=2, seed=1, {})", [
        "draws=0", "tune=0", "chains=0", "prob=2", "prob='0.9'", "target_accept=95", "cores=0", "seconds=-1",
        "adaptation='full'", "estimands=2.5", "estimands=function", "client='here'", "store=2.5", "progress='no'",
        "engine='jaxx'", "engine=frame", "precision='half'", "chunk=0", "chunk=64", "engine='jax', cores=2",
        "engine='jax', adaptation='low_rank'", "engine='jax', chunk='all'"]),
    ("estimator({}, function)", ["frame", "fit", "None", "'f'", "[1, 2]", "model", "2.5"]),
    ("estimator(function, {})", ["frame", "fit", "None", "'f'", "{'x': 1}", "2.5"]),
    ("study_seconds({})", NO_STUDY),
    ("study_summary({})", NO_STUDY),
    ("calibrate({}, seed=1)", NO_MODEL),
    ("calibrate(model, {})", ["seed=None", "seed=2.5", "seed=1, simulations=0", "seed=1, kept='all'",
                              "seed=1, draws='many'", "seed=1, simulator=frame", "seed=1, draw=1",
                              "seed=1, engine='jaxx'", "seed=1, engine='jax', cores=2"]),
    ("standardize({})", [*NO_NUMBERS, "2.5", "[1, 1]", "frame"]),
    ("center({})", [*NO_NUMBERS, "2.5", "frame"]),
    ("unstandardize({})", [*NO_NUMBERS, "[1, 2]"]),
    ("logit({})", [*NO_NUMBERS, "89", "-1"]),
    ("invlogit({})", NO_NUMBERS),
    ("index_of({})", ["None", "'text'", "2.5", "function", "model", "fit", "frame", "[-1, 0]", "[1, None]"]),
    ("index_of(['a', 'b'], {})", ["function", "fit", "2.5", "'presnt'", "['a']", "['a', 'a', 'b']"]),
    ("parts.covariance_from_distance({}, 'l1', rate=1)", [*NO_NUMBERS, "frame", "[1, 2]", "nan", "[[1, 0], [0, 1]]"]),
    ("parts.covariance_from_distance(apart, {}, rate=1)", ["'l3'", "frame", "None", "2", "'pagel'", "'brown'"]),
    ("parts.covariance_from_distance(apart, 'l1', rate={})", ["frame", "None", "'slow'", "-1", "[1, 2]", "fit"]),
    ("parts.covariance_from_distance(apart, 'l2', rate=1, {})", ["nugget=frame", "variance='a'", "variance=-1",
                                                                 "height=2", "dims='island'", "dims=2.5"]),
    ("graph_quiz({})", ["1", "None", "frame", "'rng'", "2.5", "[1]"]),
    ("graph_quiz(rng, {})", ["'adjustmnt'", "frame", "2.5", "size=2.5", "size=99", "size='big'", "size=frame"]),
    ("exercises.checker({})", [*NO_NAME, "'12_multilevel'"]),
    ("page_footer({})", ["fit", "frame", "None", "'fit'", "[fit]", "function", "{'a': frame}"]),
    ("show_model({})", NO_MODEL),
    ("show_model(model, prob={})", NO_SHARE),
    ("show_model(model, seed={})", NO_SEED),
    ("prior_explorer({}, {'sd': [1, 2]})", ["frame", "fit", "None", "'f'", "[1]", "2.5"]),
    ("prior_explorer(prior, {})", [*NO_MAPPING, "{'sd': []}", "{'sdd': [1]}", "{'sd': ['a']}"]),
    ("prior_explorer(prior, {'sd': [1, 2]}, {})", ["'one'", "{'sd': 9}", "{'q': 1}", "bins=2.5", "xlim=1",
                                                   "xlim=(1, 0)", "seed='a'", "xlabel=None", "prob=89"]),
    ("live({}, plots=['b'])", NO_MODEL),
    ("live(model, {}, ['b'])", [*NO_MAPPING, "{'sdd': [1]}", "{'sd': []}", "{'sd': ['a']}", "{'sd': [1, -1]}",
                                "{'x': [1]}"]),
    ("live(model, plots={})", [*NO_NAME, "[]", "['bb']", "[['b']]", "{'b': 1}", "{'b': {'color': 1}}", "[('b',)]",
                               "{'b': {'limits': (1, 0)}}", "{'a': {'points': 'q'}}", "{'b': {'label': 2}}"]),
    ("live(model, plots=['b'], {})", ["edit=['x']", "edit={'xx': (0, 1)}", "edit={'x': 1}", "edit={'x': (0, 1)}",
                                      "fit=frame", "fit=2.5", "draws=0", "tune='a'", "prob=89", "seed='a'",
                                      "caption=1"]),
    ("shrinkage_explorer([1, 2], {})", NO_DRAWS),
    ("shrinkage_explorer({}, swept)", ["'raw'", "['a', 'b']", "function", "fit", "[1, 2, 3]", "None"]),
    ("shrinkage_explorer([1, 2], swept, {})", ["'sd'", "frame", "ylim=1", "start=9", "start='a'", "population=[1]"]),
    ("plot_scatter({}, [1, 2])", [*NO_NUMBERS, "[1]"]),
    ("plot_scatter([1, 2], [1, 2], ax={})", NO_AXES),
    ("plot_line({}, [1, 2])", [*NO_NUMBERS, "[1]"]),
    ("plot_line([1, 2], [1, 2], ax={})", NO_AXES),
    ("plot_errorbar([1, 2], {}, [1, 1], [1, 1])", NO_NUMBERS),
    ("plot_errorbar([1, 2], [1, 2], [1, 1], {})", [*NO_NUMBERS, "[-1, 1]"]),
    ("plot_errorbar([1, 2], [1, 2], [1, 1], [1, 1], {})", ["3", "['C0']", "alpha='a'", "error_width=fig", "ax=fig"]),
    ("plot_bands({}, ax=ax)", ["fit", "function", "[]", "None", "model", "[['a'], ['b']]"]),
    ("plot_bands(['a', 'b'], {})", ["xs='a'", "xs=[2, 1]", "xs=[1]", "xs=fit", "ax=fig", "ax=axes"]),
    ("plot_density({}, ax=ax)", ["fit", "function", "None", "'draws'", "[1]", "[1, nan]", "model"]),
    ("plot_density([1, 2, 3], prob={})", ["frame", "'high'", "89", "0", "-0.5", "nan"]),
    ("plot_estimates({}, dim='group', ax=ax)", NO_DRAWS),
    ("plot_estimates(draws, {})", ["'truth', dim='group'", "frame, dim='group'", "dim='groop'", "dim=2.5", "dim=frame",
                                   "dim='group', prob=89", "dim='group', ax=fig"]),
    ("plot_shrinkage({}, draws, ax=ax)", [*NO_NUMBERS, "[1]"]),
    ("plot_shrinkage([1, 2], {}, ax=ax)", ["function", "None", "'draws'", "[1, 2]", "fit", "nan"]),
    ("plot_shrinkage([1, 2], draws, {})", ["population='a'", "sizes='big'", "xs=[1]", "color=3", "prob=89", "ax=fig"]),
    ("plot_contrast({}, ax=ax)", NO_DRAWS),
    ("plot_contrast(effect, {})", ["levels=fig", "levels='yes'", "prob=89", "ax=axes", "color=frame", "color=3"]),
    ("plot_sensitivity({}, ax=ax)", [*NO_DRAWS, "effect"]),
    ("plot_errors({}, 'mu')", NO_STUDY),
    ("plot_errors(found, {})", ["'nu'", "frame", "None", "2.5", "function", "['mu']", "'mu', ax=fig"]),
    ("plot_performance({}, 'mu')", NO_STUDY),
    ("plot_performance(found, 'mu', {})", ["'biass'", "frame", "None", "dim='q'", "dim=frame", "ax=fig"]),
]  # fmt: skip
ROWS = [call.replace("{}", wrong, 1) if "{}" in call else call for call, all_wrong in TABLE for wrong in all_wrong]

# What takes no arguments, is given by the package alone, or answers wrong input with feedback instead of an error.
WITHOUT = {"list_data", "use_style", "GraphQuiz"}
INTERNALS = re.compile(
    r"pytensor|nutpie|ufunc|<class|<module|<function|object at 0x|has no attribute|not subscriptable|not iterable"
    r"|unhashable|not supported between|broadcast|truth value|could not be? convert|cannot directly|NoneType|\n"
    r"|numpy\.(?!random\.default_rng)|xarray\.|pandas\."
)
# The interpreter's own words for an argument that a function does not have.
PYTHON = re.compile(r"\w+(\.\w+)*\(\) (got an unexpected keyword|missing \d|takes \d|got multiple)")


def in_a_model(part):
    """Return a part of models as a function that is called in one."""

    def call(*args, **kwargs):
        with pm.Model(coords={"tank": range(3), "feature": ["a", "b"], "alone": ["a"]}):
            pm.Data("taken", 1.0)
            return part(*args, **kwargs)

    return call


@pytest.fixture(scope="module")
def names():
    rng = np.random.default_rng(1)
    with pm.Model(coords={"group": ["a", "b"]}) as model:
        x, group = pm.Data("x", rng.normal(size=12)), pm.Data("group_of", np.arange(12) % 2)
        sd = pm.Data("sd", 1.0)
        mu = pm.Normal("a", 0, sd, dims="group")[group] + pm.Normal("b", 0, 1) * x
        pm.Normal("y", mu, 1, observed=rng.normal(size=12))
    held = {"x": model["x"].get_value(), "group_of": np.arange(12) % 2, "sd": 1.0}
    posterior = {"a": rng.normal(size=(2, 50, 2)), "b": rng.normal(size=(2, 50))}
    fit = az.from_dict({"posterior": posterior, "constant_data": held}, dims={"a": ["group"]},
                       coords={"group": ["a", "b"]})  # fmt: skip
    one = xr.DataArray(posterior["b"], dims=["chain", "draw"], name="y", attrs={"compare": "difference"})
    dims = ("estimator", "estimand", "replicate")
    stated = {name: (dims, [[[0.0, 1.0]]]) for name in ("mean", "sd", "lower", "upper", "bad")}
    found = xr.Dataset(stated | {"truth": (dims[1:], [[0.0, 1.0]])}, {"estimator": ["e"], "estimand": ["mu"]})
    fig = Figure()
    axes = fig.subplots(1, 2)
    given = {name: getattr(rt, name) for name in rt.__all__}
    return given | {
        "np": np, "nan": np.nan, "rng": rng, "model": model, "fit": fit, "found": found, "effect": one,
        "draws": fit["posterior"]["a"], "swept": fit["posterior"]["a"].expand_dims(sigma=[1.0, 2.0]),
        "correlated_effects": in_a_model(rt.correlated_effects), "sigma": pm.Exponential.dist(1),
        "dyad_pair": in_a_model(rt.parts.dyad_pair),
        "sampler": rt.Sampler(model), "dag": rt.CausalGraph("Z -> X; G -> X; G -> Y; X -> Y"),
        "frame": pd.DataFrame(rng.normal(size=(9, 2)), columns=["X", "Q"]), "fig": fig, "axes": axes, "ax": axes[0],
        "apart": np.array([[0.0, 1], [1, 0]]),
        "function": lambda x=0: x, "prior": lambda rng, sd: rng.normal(0, sd, 9), "do": {"x": [1.0, 0.0]},
    }  # fmt: skip


@pytest.mark.parametrize("call", ROWS)
def test_a_mistake_meets_one_kind_sentence_before_any_work(call, names, monkeypatch):
    worked = []
    for name in ("sample", "compile_pymc_model"):
        monkeypatch.setattr(nutpie, name, lambda *_, **__: worked.append(call))
    try:
        returned = eval(call, dict(names))
    except (TypeError, ValueError, FileNotFoundError) as error:
        said = str(error)
    else:
        pytest.fail(f"{call} is silent: {type(returned).__name__}")
    assert not worked
    assert not pyplot.get_fignums()
    assert not INTERNALS.search(said.replace("'nutpie'", ""))  # in quotes it is what engine= takes
    assert len(said) < 300
    if not PYTHON.match(said):
        assert said.endswith((".", "?"))
        first, *more = re.split(r"(?<=[.?]) (?=[A-Z])", said)
        assert all(sentence.startswith(("Did you mean", "What a model")) for sentence in more), first


def test_every_public_function_meets_at_least_six_mistakes():
    met = Counter(ast.unparse(ast.parse(row, mode="eval").body.func).split(".")[-1] for row in ROWS)
    functions = {name for name in rt.__all__ if callable(getattr(rt, name)) and not name.endswith(("Warning", "able"))}
    methods = {name for kind in (rt.CausalGraph, rt.Sampler) for name in vars(kind) if name[0] != "_"}
    methods -= {"observed", "unobserved", "to_networkx", "nodes", "edges", "inputs"}
    assert {name for name in functions | methods if met[name] < 6} <= WITHOUT | {"DataUnavailable"}
    assert len({*ROWS}) >= 250
