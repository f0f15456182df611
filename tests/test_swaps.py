"""Data that do not belong to a model are refused before compiled code sees them, or put in the model's order."""

import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pymc as pm
import pytest
import xarray as xr
from pymc.model.transform.optimization import freeze_dims_and_data

import rethinking as rt
from rethinking.sampling.given.inputs import ModelInputs

GROUPS, PEOPLE = list("abcd"), [f"p{i}" for i in range(12)]


def regression():
    """Return a model with a square matrix, index codes, a lookup by a scalar, and labels of every dim."""
    rng = np.random.default_rng(7)
    coords = {"group": GROUPS, "person": PEOPLE, "row": list("wxyz"), "column": list("klmn")}
    with pm.Model(coords=coords) as model:
        group = pm.Data("group_of", np.arange(12) % 4, dims="person")
        x = pm.Data("x", rng.normal(size=12), dims="person")
        y = pm.Data("y", rng.normal(size=12), dims="person")
        table = pm.Data("table", rng.normal(size=(4, 4)), dims=("row", "column"))
        new = pm.Data("new", np.array([0, 1, 2]))
        one = pm.Data("one", np.array(2, dtype="int64"))
        a = pm.Normal("a", 0, 1, dims="group")
        pm.Deterministic("predicted", a[new])
        pm.Deterministic("chosen", a[one])
        pm.Deterministic("entry", (table * a)[new, new])
        pm.Deterministic("last", a[-1])  # counts from the end on purpose
        pm.Normal("outcome", a[group] + x * table[0, 1], 1, observed=y, dims="person")
    return model


@pytest.fixture(scope="module")
def sampler():
    return rt.Sampler(regression())


def wrong_swaps(rng):
    """Yield the kind of a wrong swap and its data, for ever."""
    other = rng.permutation
    while True:
        past, size = int(rng.integers(4, 10**6)), int(rng.integers(3, 40))
        hole, shuffled = int(rng.integers(12)), other(12)
        if (shuffled == np.arange(12)).all():
            continue
        codes = np.arange(12) % 4
        yield "past the end", {"new": [0, past, 1, 0][: int(rng.integers(2, 5))]}
        yield "past the end, in the likelihood", {"group_of": np.where(np.arange(12) == hole, past, codes)}
        yield "a scalar past the end", {"one": past}
        yield "a missing code", {"group_of": np.where(np.arange(12) == hole, -1, codes)}
        yield "a missing code that only a prediction uses", {"new": other([0, 1, -int(rng.integers(1, 4))])}
        yield "a scalar below 0", {"one": -int(rng.integers(1, 4))}
        yield "a smaller table", {"table": rng.normal(size=(4, int(rng.integers(1, 3))))}
        yield "masked", {"y": np.ma.masked_array(rng.normal(size=12), np.arange(12) == hole)}
        yield "missing", {"y": np.where(np.arange(12) == hole, np.nan, 1.0)}
        yield "another length", {"y": np.zeros(size + 12)}
        yield "other dims", {"table": xr.DataArray(rng.normal(size=(4, 4)), dims=("column", "group"))}
        yield "a dim of another variable", {"y": xr.DataArray(rng.normal(size=12), dims=["group"])}
        labelled = xr.DataArray(rng.normal(size=12), dims=["person"], coords={"person": [PEOPLE[i] for i in shuffled]})
        yield "labelled in another order beside a plain array", {"y": labelled, "x": rng.normal(size=12)}
        yield "indexed in another order beside a plain array", {"y": labelled.to_series(), "x": rng.normal(size=12)}
        elsewhere = labelled.assign_coords(person=[f"q{i}" for i in range(12)])
        yield "labels of other people for one column of the table", {"y": elsewhere}
        yield "labels of two tables", {"y": labelled, "x": elsewhere, "group_of": codes}
        yield "half a code", {"group_of": codes + 0.5}
        yield "too large for its type", {"new": [0, 1, 2**40]}
        yield "two axes", {"y": rng.normal(size=(12, 1))}
        yield "complex", {"y": np.full(12, 1j)}


def refusal(function, *args):
    """Return the error that a call ends with, or None."""
    try:
        function(*args)
    except (TypeError, ValueError) as error:
        return str(error)
    return None


def test_of_200_wrong_swaps_none_is_silent(sampler):
    swaps = zip(range(200), wrong_swaps(np.random.default_rng(1)), strict=False)
    said = [(kind, refusal(sampler.prepared, data)) for _, (kind, data) in swaps]
    assert [kind for kind, sentence in said if sentence is None] == []
    assert [kind for kind, sentence in said if "\n" in sentence or len(sentence) >= 300] == []
    assert [kind for kind, sentence in said if not sentence.endswith(".")] == []


@pytest.mark.parametrize("codes", [[0, 1, 4, 0], [0, 1, -1, 0]])
def test_a_model_with_a_wrong_constant_index_is_refused(codes):
    with pm.Model() as model:
        a = pm.Normal("a", shape=3)
        pm.Deterministic("predicted", a[np.array(codes)])
        pm.Normal("y", a, observed=np.zeros(3))
    with pytest.raises(ValueError, match=r"index 4 is out of bounds|The index of 'a' has a negative code \(-1\)"):
        rt.sample(model)


@pytest.mark.parametrize("use", [lambda a, g: a.isel(group=g), lambda a, g: a.isel(group=g).set(0.0)])
def test_a_wrong_code_is_refused_in_a_model_of_named_dims(use):
    """Read or written: by the operations of PyTensor's arrays with dims."""
    import pymc.dims as pmd

    def model(codes):
        with pm.Model(coords={"group": range(3), "row": range(4)}) as model:
            a = pmd.Normal("a", 0, 1, dims="group")
            pmd.Deterministic("used", use(a, pmd.Data("g", codes, dims="row")))
            pmd.Normal("y", a, 1, observed=pmd.as_xtensor(np.zeros(3), dims=("group",)))
        return model

    with pytest.raises(ValueError, match=r"^'g' has a negative code \(-1\)"):
        rt.Sampler(model([0, 1, 2, -1]))
    sampler = rt.Sampler(model([0, 1, 2, 1]))
    with pytest.raises(ValueError, match=r"^'g' has a negative code \(-1\)"):
        sampler.sample(g=[0, 1, 2, -1])


def test_right_swaps_are_taken_wherever_their_labels_stand(sampler):
    rng = np.random.default_rng(3)
    table = xr.DataArray(
        rng.normal(size=(4, 4)), dims=("row", "column"), coords={"row": list("wxyz"), "column": list("klmn")}
    )
    people = pd.DataFrame({"x": rng.normal(size=12), "y": rng.normal(size=12)}, index=PEOPLE)
    expected, _ = sampler.prepared({"table": table.to_numpy(), **people.to_dict("series")})
    for _ in range(10):
        shuffled = people.iloc[rng.permutation(12)]
        turned = table.isel(row=rng.permutation(4), column=rng.permutation(4)).transpose("column", "row")
        given = {"x": shuffled["x"], "y": people["y"].iloc[rng.permutation(12)].rename_axis("person").to_xarray()}
        found, observed = sampler.prepared({"table": turned, **given})
        for name, values in expected.values.items():
            np.testing.assert_array_equal(found.values[name], values, err_msg=name)
        np.testing.assert_array_equal(observed["outcome"], people["y"])
        assert list(found.coords["person"]) == PEOPLE
    frame = turned.to_pandas().T
    np.testing.assert_array_equal(sampler.prepared({"table": frame})[0].values["table"], table)


def test_columns_without_dims_follow_the_labels_of_the_first():
    with pm.Model() as model:
        x, y = pm.Data("x", np.zeros(3)), pm.Data("y", np.zeros(3))
        pm.Normal("outcome", pm.Normal("slope") * x, 1, observed=y)
    people = pd.DataFrame({"x": [1.0, 2.0, 3.0], "y": [10.0, 20.0, 30.0]}, index=["Ada", "Bo", "Cy"])
    found = ModelInputs.of(model).replace(x=people["x"], y=people["y"].loc[["Cy", "Ada", "Bo"]])
    assert found.values["x"].tolist() == [1, 2, 3]
    assert found.values["y"].tolist() == [10, 20, 30]


def test_a_whole_new_table_brings_its_labels_in_one_order(sampler):
    rng = np.random.default_rng(4)
    names = [f"q{i}" for i in range(12)]
    new = xr.Dataset(
        {name: ("person", rng.normal(size=12)) for name in ("x", "y")} | {"group_of": ("person", np.arange(12) % 4)},
        {"person": names},
    )
    found, _ = sampler.prepared({"x": new["x"], "y": new["y"][::-1], "group_of": new["group_of"]})
    assert list(found.coords["person"]) == names
    np.testing.assert_array_equal(found.values["y"], new["y"])
    repeated = new.assign_coords(person=list("aabbccddeeff"))
    with pytest.raises(ValueError, match="another order, and they repeat"):
        sampler.prepared({"x": repeated["x"], "y": repeated["y"][::-1], "group_of": repeated["group_of"]})


@pytest.mark.parametrize("name", ["seed", "draws", "tune", "model", "self", "progress"])
def test_data_named_like_an_option_are_refused(name):
    with pm.Model() as model:
        pm.Normal("y", pm.Normal("mu"), 1, observed=pm.Data(name, np.zeros(3)))
    with pytest.raises(ValueError, match=f"must not be named like an option of sample, but '{name}' is"):
        rt.Sampler(model)
    with pytest.raises(ValueError, match="must not be named like an option"):
        rt.sample(model)


def test_a_model_whose_data_were_made_constants_is_refused_wherever_data_are_read():
    with pm.Model(coords={"row": range(8)}) as model:
        x = pm.Data("x", np.arange(8.0), dims="row")
        pm.Normal("y", pm.Normal("a") + x, 1, observed=np.arange(8.0), dims="row")
    constant, dt = freeze_dims_and_data(model), rt.sample(model, seed=1, draws=500, progress=False)
    for ask in (
        lambda: rt.sample(constant, seed=1),
        lambda: rt.Sampler(constant),
        lambda: rt.predict(constant, dt, "y"),
        lambda: rt.contrast(constant, dt, "y", {"x": [1.0, 0.0]}),
        lambda: rt.live(constant, plots=["a"]),
        lambda: rt.study(lambda rng: (rng, {"a": 0.0}), {"constant": lambda _: constant}, replicates=2, seed=1),
    ):
        with pytest.raises(ValueError, match="'x' must be replaceable, but is a constant in this model: give"):
            ask()


ONE_FIT = """
import hashlib
import sys
import numpy as np, pymc as pm, pytensor, pytensor.tensor as pt
import rethinking as rt

rng = np.random.default_rng(2)
x = rng.normal(size=100)
with pm.Model() as model:
    data, y = pm.Data("x", x), pm.Data("y", 1 + 0.5 * x + rng.normal(size=100))
    a, b, s = pm.Normal("a", 0, 1), pm.Normal("b", 0, 1), pm.Exponential("s", 1)
    pm.Deterministic("ratio", b / pm.math.exp(a).sum())
    if sys.argv[1:]:  # an operation that only PyTensor's own functions know
        a = pt.linalg.solve([[1.0, 1.0], [1.0, -1.0]], pt.stack([a, b]))[0]
    pm.Normal("outcome", a + b * data, s, observed=y)
assert pytensor.config.numba__fastmath
dt = rt.Sampler(model).sample(draws=200, tune=200, seed=3, log_likelihood=True)
assert pytensor.config.numba__fastmath
for group in ("posterior", "log_likelihood"):
    for name, values in sorted(dt[group].items()):
        print(group, name, hashlib.sha256(np.ascontiguousarray(values)).hexdigest())
"""


@pytest.mark.parametrize("by_pytensor", [False, True])
def test_a_cold_and_a_warm_cache_give_the_same_numbers_and_leave_the_configuration_alone(tmp_path, by_pytensor):
    command = [sys.executable, "-W", "ignore", "-c", ONE_FIT, *(["solve"] if by_pytensor else [])]
    flags = {"PYTENSOR_FLAGS": f"base_compiledir={tmp_path}", "RETHINKING_PROGRESS": "0"}
    runs = [run_with(command, flags) for _ in ("cold", "warm")]
    assert any(tmp_path.rglob("*.nbi" if by_pytensor else "*.o")), "if nothing is cached, this compares nothing"
    assert runs[0] == runs[1]
    assert runs[0].count("\n") == 5


def run_with(command, flags):
    result = subprocess.run(command, env=os.environ | flags, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_a_panic_is_an_error_of_that_fit_alone(sampler, monkeypatch):
    panic = type("PanicException", (BaseException,), {})
    original, calls = rt.Sampler.begin, []

    def second_panics(self, data, **options):
        running = original(self, data, **options)
        calls.append(data)
        if len(calls) == 2:
            running.background.cancel()
            monkeypatch.setattr(running.background, "wait", lambda: (_ for _ in ()).throw(panic("assertion failed")))
        return running

    monkeypatch.setattr(rt.Sampler, "begin", second_panics)
    with pytest.warns(rt.SweepWarning, match=r"1 of 3 points.*one=1: The sampler stopped with an internal error"):
        dt = sampler.sweep({"one": [0, 1, 2]}, seed=1)
    chosen, a = dt["posterior"]["chosen"], dt["posterior"]["a"]
    assert np.isnan(chosen.sel(one=1)).all()
    for one in (0, 2):
        np.testing.assert_array_equal(chosen.sel(one=one), a.sel(one=one).isel(group=one))
