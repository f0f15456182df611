"""What must hold of the analysis, before there are data and after."""

from pathlib import Path

import jupytext
import matplotlib as mpl
import numpy as np
import pymc as pm
import pytest
from graph import EXPOSURE, GRAPH, OUTCOME
from model import inputs, sleep_model
from simulation import simulate

import rethinking as rt

EFFECT = 0.4


@pytest.fixture(scope="module")
def model():
    return sleep_model(simulate(np.random.default_rng(1)))


def test_by_the_graph_the_model_estimates_the_effect(model):
    assert GRAPH.audit(model, EXPOSURE, OUTCOME).valid
    assert not GRAPH.is_adjustment_set({"workload", "mood"}, EXPOSURE, OUTCOME)


def test_the_simulation_obeys_the_graph():
    checked = GRAPH.check(simulate(np.random.default_rng(2), n=2000))
    assert checked["p"].min() > 0.001


def test_the_priors_expect_nights_that_people_have(model):
    nights = pm.draw(model["sleep"], 300, random_seed=3)
    assert np.mean((nights > 2) & (nights < 13)) > 0.95


def test_the_truth_comes_back_as_surely_as_planned(model):
    sampler, scores, widths = rt.Sampler(model), [], []
    for seed in range(8):
        world = simulate(np.random.default_rng([4, seed]), effect=EFFECT)
        dt = sampler.sample(seed=seed, **inputs(world))
        b = dt["posterior"]["b_walk"]
        scores.append(float((b.mean() - EFFECT) / b.std()))
        widths.append(float(b.quantile(0.945) - b.quantile(0.055)))
    assert abs(np.mean(scores)) < 4 / np.sqrt(8)
    assert 0.3 < np.std(scores) < 2
    assert np.median(widths) < 0.5  # as the plan says


def test_the_report_runs_from_top_to_bottom(monkeypatch):
    folder = Path(__file__).parent
    monkeypatch.chdir(folder)
    mpl.use("Agg")
    names = {"__name__": "report"}
    for cell in jupytext.read(folder / "report.md").cells:
        if cell.cell_type == "code":
            exec(compile(cell.source, "report.md", "exec"), names)
    assert names["effect"].attrs["verdict"].startswith("causal")
