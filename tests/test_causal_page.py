"""What the page on elemental confounds defines."""

import numpy as np
import pytest

import rethinking as rt


@pytest.fixture(scope="module")
def page():
    return rt.lecture("05_elemental_confounds")


@pytest.mark.parametrize("name", ["fork", "pipe", "collider", "descendant"])
def test_simulated_worlds_agree_with_their_graphs_and_not_with_the_others(page, name):
    """Fork and pipe imply the same, so data cannot tell them apart; everything else they can."""
    same = {"fork": {"fork", "pipe"}, "pipe": {"fork", "pipe"}}.get(name, {name})
    for seed in range(3):
        data = page.simulate_confound(np.random.default_rng([5, seed]), name, n=20_000)
        passes = {
            other
            for other, dag in page.confounds.items()
            if set(dag.nodes) <= set(data) and not dag.check(data, prob=0.999)["contradicted"].any()
        }
        assert passes - {"fork", "pipe"} == same - {"fork", "pipe"}
        assert name in passes


def test_simulated_states_have_the_effects_asked_for(page):
    data = page.simulate_divorce(np.random.default_rng(1), n=200_000, **{"M -> D": 0.5})
    assert list(data) == ["MedianAgeMarriage", "Marriage", "Divorce"]
    A, M, D = (data[column] for column in data)
    slopes = np.linalg.lstsq(np.column_stack([A, M]), D, rcond=None)[0]
    np.testing.assert_allclose(slopes, [-0.6, 0.5], atol=0.01)
    assert np.polyfit(A, M, 1)[0] == pytest.approx(-0.7, abs=0.01)


def test_the_regression_is_what_its_predictors_say(page):
    data = page.standardized(rt.load_data("WaffleDivorce"))
    assert data.std(ddof=1).to_numpy() == pytest.approx(1)
    for predictors in ["A", "M", "AM"]:
        model = page.regression(data, predictors)
        assert {rv.name for rv in model.free_RVs} == {"alpha", "sigma", *(f"beta_{name}" for name in predictors)}
        audit = page.divorce.audit(model, predictors[0], "D", effect="direct")
        assert audit.conditions == set(predictors[1:])
