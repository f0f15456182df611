"""What a notebook keeps of the lines that say how far work is: nothing, and without widgets too."""

import os

import pytest
from nbclient import NotebookClient
from nbformat import v4

WORK = {
    "sample": "_ = sampler.sample(seed=1)",
    "sweep": "_ = sampler.sweep({'sd': [1.0, 2.0]}, seed=1)",
    "study": "_ = rt.study(simulate, {'mean': mean}, replicates=4, seed=1)",
    "calibrate": "_ = rt.calibrate(mean({'y': np.zeros(5)}), simulations=3, seed=1)",
}
BEFORE = """
import sys
sys.modules["ipywidgets"] = None  # as if it were not installed
import numpy as np, pymc as pm, rethinking as rt
from rethinking import _progress
_progress.AT_MOST_EVERY = 0  # even what is done at once is shown

def mean(data):
    with pm.Model() as model:
        sd = pm.Data("sd", 1.0)
        pm.Normal("height", pm.Normal("mu", 0, 1), sd, observed=pm.Data("y", data["y"]))
    return model

def simulate(rng):
    mu = rng.normal()
    return {"y": rng.normal(mu, 1, size=5)}, {"mu": mu}

sampler = rt.Sampler(mean({"y": np.arange(5.0)}))
"""


@pytest.fixture(scope="module")
def executed():
    cells = map(v4.new_code_cell, [BEFORE, *WORK.values()])
    client = NotebookClient(v4.new_notebook(cells=list(cells)), timeout=600, kernel_name="python3")
    client.shown = []  # what was ever on display
    take = client.output

    def output(outs, msg, display_id, cell_index):
        client.shown.append((cell_index, msg["content"]))
        return take(outs, msg, display_id, cell_index)

    client.output = output
    environment = {name: value for name, value in os.environ.items() if name != "RETHINKING_PROGRESS"}
    client.execute(env=environment)
    return client


@pytest.mark.parametrize("what", WORK)
def test_a_notebook_shows_one_line_and_keeps_none(executed, what):
    number = 1 + list(WORK).index(what)
    shown = [content for index, content in executed.shown if index == number]
    assert len(shown) == 1
    assert "% done, about" in shown[0]["data"]["text/html"]
    (kept,) = executed.nb.cells[number].outputs
    assert kept["output_type"] == "display_data"
    assert kept["data"]["text/html"] == ""
