"""Fingerprints: the same in every process, others when anything that code reaches is another, or a refusal."""

import collections
import dataclasses
import datetime
import enum
import functools
import json
import os
import random
import re
import subprocess
import sys
import threading
import types
from pathlib import Path

import cloudpickle
import networkx as nx
import numpy as np
import pandas as pd
import pymc as pm
import pytensor.tensor as pt
import pytest
import xarray as xr
from scipy import stats

import rethinking as rt
from rethinking.studies.sameness.identity import fingerprint


@dataclasses.dataclass
class Rates:
    first: float
    more: list = dataclasses.field(default_factory=list)


class Slots:
    __slots__ = ("rate",)

    def __init__(self, rate):
        self.rate = rate


class Size(enum.Enum):
    SMALL, LARGE = 3, 4


Pair = collections.namedtuple("Pair", "a b")


def a_class(value):
    class Of:
        RATE = value

        def __call__(self, rng):
            return self.RATE

    return Of


def with_property(value):
    class Of:
        @property
        def rate(self):
            return value

        @staticmethod
        def other():
            return value

    return Of()


def keyword_only(value):
    def f(x, *, y=value):
        return x + y

    return f


def with_attribute(value):
    def f(x):
        return x * f.rate

    f.rate = value
    return f


def cached(value):
    @functools.lru_cache
    def f(x):
        return x + value

    return f


def frame_with_attrs(value):
    frame = pd.DataFrame({"a": [1]})
    frame.attrs["source"] = value
    return frame


def looped(value):
    loop = [value]
    loop.append(loop)
    return loop


KINDS = {
    "number": lambda v: v,
    "whole or true": lambda v: 1 if v == 3 else True,
    "nan beside": lambda v: [float("nan"), v],
    "text": lambda v: f"{v}",
    "bytes": lambda v: bytes([v]),
    "slice": lambda v: slice(v),
    "dict": lambda v: {"a": [v]},
    "order of a dict": lambda v: dict([("a", 1), ("b", 2)][:: 1 if v == 3 else -1]),
    "set": lambda v: {"a", "b", f"{v}"},
    "frozenset": lambda v: frozenset([v, "x"]),
    "deque": lambda v: collections.deque([v]),
    "counter": lambda v: collections.Counter([v]),
    "defaultdict": lambda v: collections.defaultdict(list, a=v),
    "namedtuple": lambda v: Pair(1, v),
    "namespace": lambda v: types.SimpleNamespace(a=v),
    "mappingproxy": lambda v: types.MappingProxyType({"a": v}),
    "list in itself": looped,
    "array": lambda v: np.array([1.0, v]),
    "dtype of an array": lambda v: np.array([1, 2], dtype="int64" if v == 3 else "int32"),
    "shape of an array": lambda v: np.zeros((v, 12 // v)),
    "array of objects": lambda v: np.array([1, "a", v], dtype=object),
    "mask": lambda v: np.ma.array([1, 2], mask=[v == 3, False]),
    "records": lambda v: np.array([(1, v)], dtype=[("a", int), ("b", float)]),
    "frame": lambda v: pd.DataFrame({"a": [1, v], "b": list("xy")}),
    "labels of a frame": lambda v: pd.DataFrame({"a": [1, 2]}, index=[0, v]),
    "attrs of a frame": frame_with_attrs,
    "series": lambda v: pd.Series([1.0, v]),
    "categories": lambda v: pd.Series(pd.Categorical(["a"], categories=["a", f"{v}"])),
    "missing": lambda v: pd.Series([None, v], dtype="Int64"),
    "index": lambda v: pd.MultiIndex.from_product([[1, v], ["a", "b"]]),
    "dates": lambda v: pd.date_range("2020-01-01", periods=v, tz="UTC"),
    "data array": lambda v: xr.DataArray([1.0, v], dims="t"),
    "labels of a data array": lambda v: xr.DataArray([1.0, 2.0], dims="t", coords={"t": ["a", f"{v}"]}),
    "dataset": lambda v: xr.Dataset({"x": ("t", [1, v])}),
    "tree": lambda v: xr.DataTree.from_dict({"/posterior": xr.Dataset({"x": ("t", [1, v])})}),
    "dataclass": lambda v: Rates(v),
    "list in a dataclass": lambda v: Rates(1, [v]),
    "slots": Slots,
    "enum": Size,
    "class attribute": a_class,
    "callable object": lambda v: a_class(v)(),
    "method": lambda v: a_class(v)().__call__,
    "property": with_property,
    "causal graph": lambda v: rt.CausalGraph(f"X -> Y{v}"),
    "networkx": lambda v: nx.DiGraph([(1, v)]),
    "partial": lambda v: functools.partial(pow, v),
    "keyword of a partial": lambda v: functools.partial(pow, exp=v),
    "keyword-only default": keyword_only,
    "attribute of a function": with_attribute,
    "cached function": cached,
    "function of a library": lambda v: pm.logp if v == 3 else pm.logcdf,
    "wrapped function": lambda v: functools.wraps(len)(lambda x: x + v),
    "vectorized function": lambda v: np.vectorize(lambda x: x + v),
    "distribution": lambda v: stats.norm(0, v),
    "polynomial": lambda v: np.polynomial.Polynomial([1, v]),
    "regular expression": lambda v: re.compile(f"{v}"),
    "path": lambda v: Path(f"{v}"),
    "date": lambda v: datetime.date(2020, 1, v),
    "dtype": lambda v: np.dtype("f8" if v == 3 else "f4"),
    "operation": lambda v: pt.exp if v == 3 else pt.sin,
}


def using(thing):
    def simulate(rng):
        return thing

    return simulate


def all_fingerprints():
    return {name: fingerprint(using(make(3))) for name, make in KINDS.items()}


@pytest.mark.parametrize("name", KINDS)
def test_the_same_thing_has_the_same_fingerprint_and_another_thing_another(name):
    make = KINDS[name]
    assert fingerprint(using(make(3))) == fingerprint(using(make(3)))
    assert fingerprint(using(make(3))) != fingerprint(using(make(4)))


def test_another_process_comes_to_the_same_fingerprints():
    code = f"import sys, json; sys.path.insert(0, {str(Path(__file__).parent)!r}); import test_studies_identity as t;"
    command = [sys.executable, "-c", code + "print(json.dumps(t.all_fingerprints()))"]
    run = subprocess.run(command, env=os.environ | {"PYTHONHASHSEED": "5"}, capture_output=True, text=True, check=True)
    assert json.loads(run.stdout) == all_fingerprints()


def test_use_leaves_a_fingerprint_as_it_is():
    things = [KINDS[name](3) for name in ("frame", "data array", "causal graph", "distribution", "cached function")]
    frame, array, dag, distribution, function = things
    before = [fingerprint(using(thing)) for thing in things]
    frame["a"].mean(), frame.loc[0], array.sum(), dag.adjustment_sets("X", "Y3"), distribution.ppf(0.1), function(1)
    assert [fingerprint(using(thing)) for thing in things] == before


@pytest.mark.parametrize(
    ("make", "remedy"),
    [
        (np.random.default_rng, "draw from the rng"),
        (np.random.RandomState, "draw from the rng"),
        (random.Random, "draw from the rng"),
        (pm.Model, "build the model inside"),
        (lambda: pt.scalar("x"), "build the model inside"),
        (lambda: iter([1]), "make a list of it"),
        (lambda: (i for i in "ab"), "make a list of it"),
        (threading.Lock, "make it inside"),
        (lambda: [rt.lecture("12_multilevel_models")], "make it inside"),
    ],
)
def test_what_has_no_fingerprint_is_refused_by_name(make, remedy):
    thing = make()
    with pytest.raises(TypeError, match=f"^simulate: thing is a .*{remedy}.*store=.$") as caught:
        fingerprint(lambda rng, box=None: [thing], "simulate")
    assert len(str(caught.value)) < 300


def test_a_fingerprint_follows_what_code_does_and_not_where_it_stands():
    def make(source):
        namespace = {"scale": 2}
        exec(source, namespace)
        return namespace["f"]

    plain = fingerprint(make("def f(x):\n    return scale * x"))
    assert plain == fingerprint(make("\n\n# a comment\ndef f(x):\n\n    return scale * x  # another"))
    documented = 'def f(x):\n    """{}"""\n    return scale * x'
    assert fingerprint(make(documented.format("Scale."))) == fingerprint(make(documented.format("Make larger.")))
    assert plain != fingerprint(make("def f(x):\n    return scale + x"))
    assert plain != fingerprint(make("scale = 3\ndef f(x):\n    return scale * x"))
    assert plain == fingerprint(make("import threading\nx = threading.Lock()\ndef f(x):\n    return scale * x"))
    helped = "def g(x):\n    return {}\ndef f(x):\n    return g(x)"
    assert fingerprint(make(helped.format("x"))) != fingerprint(make(helped.format("-x")))
    assert fingerprint(make("def f(x, y=1):\n    return x")) != fingerprint(make("def f(x, y=2):\n    return x"))
    assert fingerprint(make("def f(x, y):\n    return x")) != fingerprint(make("def f(x, *, y):\n    return x"))

    def power(n):
        return lambda x: x**n

    assert fingerprint(power(2)) == fingerprint(power(2))
    assert fingerprint(power(2)) != fingerprint(power(3))


def test_a_page_that_changes_changes_the_fingerprint():
    one, two = rt.lecture("12_multilevel_models"), rt.lecture("12_multilevel_models")
    assert fingerprint(one.mundlak) == fingerprint(two.mundlak)
    two.observed_variables = lambda data: None
    assert fingerprint(one.mundlak) != fingerprint(two.mundlak)
    assert fingerprint(lambda rng: one.simulate_group_confound(rng)) != fingerprint(lambda rng: one.naive(rng))


def test_a_file_beside_the_notebook_that_changes_changes_the_fingerprint(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "beside.py").write_text("RATE = 3\nOTHER = 1\n")

    def simulate(rng):
        import beside

        return rng.normal(beside.RATE)

    before = fingerprint(simulate)
    import beside

    beside.OTHER = 2
    assert fingerprint(simulate) == before
    beside.RATE = 4
    assert fingerprint(simulate) != before
    assert not {"beside"} & cloudpickle.list_registry_pickle_by_value()
    del sys.modules["beside"]
