"""The pictures of a study show its numbers: errors in every world, and bias, RMSE and coverage with their errors."""

import numpy as np
import pytest
import xarray as xr
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure

import rethinking as rt


@pytest.fixture
def found():
    rng = np.random.default_rng(1)
    dims = ("estimator", "estimand", "replicate")
    coords = {"estimator": ["a", "b", "c"], "estimand": ["mu", "tau"]}
    truth = xr.DataArray(rng.normal(size=(2, 12)), dims=dims[1:], coords={"estimand": ["mu", "tau"]})
    mean = truth + xr.DataArray(rng.normal(0.3, 1, size=(3, 2, 12)), dims=dims, coords=coords)
    mean = mean.transpose(*dims)
    bad = xr.zeros_like(mean, dtype=bool)
    bad[0, 0, 3] = True
    made = {"mean": mean, "sd": xr.ones_like(mean), "lower": mean - 1, "upper": mean + 1.5, "bad": bad, "truth": truth}
    return xr.Dataset(made, attrs={"prob": 0.89})


@pytest.fixture
def ax():
    return Figure().add_subplot()


def test_errors_are_drawn_where_they_are_and_hollow_where_the_interval_misses(found, ax):
    marks = rt.plot_errors(found, "mu", ax=ax)
    one = found.sel(estimand="mu")
    error = (one["mean"] - one["truth"]).to_numpy()
    np.testing.assert_allclose(marks.mean.get_offsets()[:, 0], error.ravel())
    np.testing.assert_array_equal(np.round(marks.mean.get_offsets()[:, 1]), np.repeat([0, 1, 2], 12))
    segments = np.array(marks.interval.get_segments())[:, :, 0]
    np.testing.assert_allclose(segments, np.column_stack([error.ravel() - 1, error.ravel() + 1.5]))
    missed = ((error > 1) | (error < -1.5)).ravel()
    assert missed.any()
    hollow = (marks.mean.get_facecolors() == to_rgba("white")).all(1)
    np.testing.assert_array_equal(hollow, missed)
    np.testing.assert_allclose(marks.bad.get_offsets(), marks.mean.get_offsets()[[3]])
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b", "c"]
    assert rt.plot_errors(found, "tau", ax=ax).bad is None


@pytest.mark.parametrize(("measure", "right"), [("bias", 0), ("coverage", 0.89), ("rmse", None)])
def test_performance_by_row_is_the_summary(found, ax, measure, right):
    marks = rt.plot_performance(found, "tau", measure, ax=ax)
    table = rt.study_summary(found).loc["tau"]
    for row, (name, bar) in enumerate(zip("abc", marks.estimators, strict=True)):
        assert bar.get_label() == name
        np.testing.assert_allclose(bar.lines[0].get_xydata(), [[table[measure][name], row]])
        ((start, end),) = bar.lines[2][0].get_segments()
        ends = table[measure][name] + np.array([-1, 1]) * table[f"{measure}_se"][name]
        ends = np.clip(ends, 0, 1) if measure == "coverage" else ends  # a share ends at 0 and 1
        np.testing.assert_allclose([start[0], end[0]], ends)
    assert (marks.right is None) == (right is None)
    assert right is None or list(marks.right.get_xdata()) == [right, right]


def test_performance_along_a_further_dim(found, ax):
    both = xr.concat([found, found.assign(mean=found["mean"] + 1)], xr.IndexVariable("size", [5, 50]))
    both["truth"] = both["truth"].isel(size=0)
    marks = rt.plot_performance(both, "mu", dim="size", ax=ax)
    bias = rt.study_summary(found).loc["mu"]["bias"]
    for name, bar in zip("abc", marks.estimators, strict=True):
        np.testing.assert_allclose(bar.lines[0].get_xydata(), [[5, bias[name]], [50, bias[name] + 1]])
    with pytest.raises(ValueError, match=r"there is \['size'\]: select one value"):
        rt.plot_performance(both, "mu", ax=ax)
    with pytest.raises(ValueError, match="select one value"):
        rt.plot_errors(both, "mu", ax=ax)


def test_what_is_not_there_is_told(found, ax):
    with pytest.raises(ValueError, match="no estimand 'nu'; it has: mu, tau"):
        rt.plot_errors(found, "nu", ax=ax)
    with pytest.raises(ValueError, match="measure must be"):
        rt.plot_performance(found, "mu", "width", ax=ax)
    assert not ax.has_data()
