"""Estimators that say what goes into their models: the same numbers, few models built, and no false word believed."""

import cloudpickle
import numpy as np
import pymc as pm
import pytest
import xarray as xr
from normal_worlds import N, normal_mean, simulate

import rethinking as rt
from rethinking.studies.choices import chosen
from rethinking.studies.design import prepare
from rethinking.studies.packing import packed
from rethinking.studies.sameness.identity import fingerprint

REPLICATES = 60


def heights(data):
    return {"heights": data["y"]}


def counting(build):
    """Return a function that notes which data it builds a model of, and the notes."""
    seen = []

    def counted(data):
        seen.append(data)
        return build(data)

    return counted, seen


def test_the_numbers_are_those_of_built_models_and_few_are_built():
    short = {"replicates": REPLICATES, "seed": 1, "draws": 50, "chains": 1, "tune": 50}
    plain, each = counting(normal_mean)
    expected = rt.study(simulate, {"right": plain}, **short)
    counted, few = counting(normal_mean)
    found = rt.study(simulate, {"right": rt.estimator(counted, heights)}, **short)
    xr.testing.assert_identical(found, expected)
    assert len(each) > REPLICATES
    assert len(few) <= 2 + 10 + 1  # compared with each other, held against the inputs, compiled


def test_what_stays_the_same_may_be_left_out():
    def known_noise(data):
        with pm.Model() as model:
            y, noise = pm.Data("heights", data["y"]), pm.Data("noise", 1.0)
            pm.Normal("height", pm.Normal("mu", 0, 1), noise, observed=y)
        return model

    options = {"replicates": 3, "seed": 1, "draws": 50, "chains": 1}
    said = rt.study(simulate, {"right": rt.estimator(known_noise, heights)}, **options)
    xr.testing.assert_identical(said, rt.study(simulate, {"right": known_noise}, **options))


def grouped(data):
    """Return a model with a free variable by group, and groups that the last world has one more of."""
    groups = np.arange(4 if data["last"] else 3)
    with pm.Model(coords={"group": groups}) as model:
        y, centre = pm.Data("heights", data["y"]), pm.Data("centre", 0.0 * groups, dims="group")
        effect = pm.Normal("effect", 0, 1, dims="group")
        pm.Normal("height", pm.Normal("mu", 0, 1) + (centre * effect).sum(), 1, observed=y)
    return model


def numbered(rng, worlds=None):
    """Return a world that knows whether it is that of the last replicate."""
    k = rng.bit_generator.seed_seq.spawn_key[0]
    data, truth = simulate(rng)
    return data | {"k": k, "last": k == REPLICATES - 1}, truth


def with_k(data):
    with normal_mean(data) as model:
        pm.Data("k", data["k"])
    return model


FALSE = {
    "other values": (normal_mean, lambda data: {"heights": data["y"] + 1e-9}, r"In replicate 0 .*other values of 'h"),
    "at the end": (normal_mean, lambda data: {"heights": data["y"] + data["last"]}, "In replicate 59 .*other values"),
    "other shape": (normal_mean, lambda data: {"heights": data["y"][1:]}, r"In replicate 0 .*pm\.Data\('heights'\)"),
    "left out": (with_k, heights, r"leave out 'k', which changes by replicate \d+: return it, too"),
    "unknown": (normal_mean, lambda data: {"height": data["y"]}, r"name 'height', .*\. Did you mean 'heights'\?"),
    "no mapping": (normal_mean, lambda data: data["y"], r"must be a dictionary.* but are an? \w*array"),
    "lengths": (grouped, heights, "'a' built two different models for two replicates.*number of groups fixed"),
}


@pytest.mark.parametrize(("build", "inputs", "says"), FALSE.values(), ids=FALSE)
def test_a_false_word_is_refused_in_one_sentence_before_anything_is_compiled(monkeypatch, build, inputs, says):
    monkeypatch.setattr("rethinking.studies.fits.CompiledModel", lambda *_, **__: pytest.fail("compiled"))
    with pytest.raises((TypeError, ValueError), match=says) as caught:
        rt.study(numbered, {"a": rt.estimator(build, inputs)}, replicates=REPLICATES, seed=1)
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 300
    assert message.endswith((".", "?"))


def test_a_world_in_the_middle_is_looked_at_too():
    """Of 60 worlds ten are looked at: if half of them are otherwise, this is seen but once in a thousand studies."""

    def sometimes(data):
        return {"heights": data["y"] + (data["k"] % 2 if not data["last"] else 0)}

    with pytest.raises(ValueError, match=r"In replicate \d*[13579] "):
        rt.study(numbered, {"a": rt.estimator(normal_mean, sometimes)}, replicates=REPLICATES, seed=1)


def test_a_world_in_which_the_groups_would_be_others_fails_alone():
    def some(data):
        n = 4 if data["k"] == 17 else 3
        return {"heights": data["y"], "centre": np.zeros(n)}

    def three(data):
        return grouped(data | {"last": False})

    with pytest.warns(rt.StudyWarning, match=r"1 \(17\): ValueError: The input 'centre'.*length 4 along 'group'"):
        found = rt.study(numbered, {"a": rt.estimator(three, some)}, replicates=20, seed=1, draws=50, chains=1, tune=50)
    assert list(np.flatnonzero(found["mean"].isnull().squeeze())) == [17]


def test_the_inputs_belong_to_what_a_store_recognises():
    one, other = (rt.estimator(normal_mean, inputs) for inputs in (heights, lambda data: {"heights": data["y"][:N]}))
    assert fingerprint(one) == fingerprint(rt.estimator(normal_mean, heights))
    assert len({fingerprint(one), fingerprint(other), fingerprint(normal_mean)}) == 3


def test_both_functions_are_sent_as_code_to_workers_that_lack_their_module():
    options = chosen(50, None, 1, 0.8, "diag", 0.89)
    design = prepare(simulate, {"right": rt.estimator(normal_mean, heights)}, None, 1, options, 3)
    sent = packed(design)
    loaded = cloudpickle.loads(sent)
    there = loaded.estimators["right"]
    assert there.build is not normal_mean, "sent by name"
    assert there.inputs is not heights, "sent by name"
    data, _ = loaded.simulated(0)
    np.testing.assert_array_equal(there.inputs(data)["heights"], simulate_again(1, 0))


def simulate_again(seed, k):
    return simulate(np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(k, 0))))[0]["y"]
