import copy
import inspect
import subprocess
import sys
from itertools import combinations, pairwise

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from matplotlib import colors as mcolors
from matplotlib.backend_bases import RendererBase
from matplotlib.figure import Figure
from scipy.stats import cauchy, norm, t

from rethinking import plots
from rethinking.plots import (
    plot_bands,
    plot_contrast,
    plot_density,
    plot_errorbar,
    plot_errors,
    plot_estimates,
    plot_line,
    plot_performance,
    plot_scatter,
    plot_sensitivity,
    plot_shrinkage,
)

XS, YS = [1.0, 2.0, 4.0], [2.0, 4.0, 8.0]
LOWER, UPPER = [1.0, 0.5, 2.0], [0.25, 1.0, 3.0]
# 10,001 equally spaced draws and their squares: mean and quantiles are known without computing them.
EVEN = np.linspace(0, 1, 10_001)
EVEN_GROUPS = np.stack([EVEN, 1 + EVEN, EVEN**2], axis=1)


def estimator_draws(centres, names):
    """Evenly spaced draws around each centre, which has the shape (estimator, data_set)."""
    draws = np.asarray(centres)[:, :, None] + np.linspace(-0.5, 0.5, 1001)
    return xr.DataArray(draws, dims=["estimator", "data_set", "draw"], coords={"estimator": names})


ESTIMATES = estimator_draws([[0.0, 0.1], [2.0, 0.3], [0.6, 9.0]], ["naive", "multilevel", "mundlak"])


def small_study():
    """Return what a study says: two estimators of one estimand in four worlds, one of whose fits is marked."""
    dims, coords = ("estimator", "estimand", "replicate"), {"estimator": ["naive", "mundlak"], "estimand": ["mu"]}
    mean = xr.DataArray([[[0.5, 1.0, 1.5, 3.0]], [[0.75, 1.0, 1.25, 1.5]]], dims=dims, coords=coords)
    parts = {"mean": mean, "sd": 0 * mean + 0.5, "lower": mean - 1, "upper": mean + 1, "bad": mean > 2}
    return xr.Dataset(parts | {"truth": 0 * mean[0] + 1}, attrs={"prob": 0.89})


def small_contrast(*sizes):
    """Return draws of a contrast and of what it compares, with known means: 2, 1, 0 and so on along a dim."""
    arms = ["arm", "site"][: len(sizes)]
    labels = {dim: list("abcdef")[:n] for dim, n in zip(arms, sizes, strict=True)}
    steps = xr.DataArray(np.zeros(sizes), coords=labels, dims=arms)
    if arms:
        steps = steps - xr.DataArray(np.arange(sizes[0]), dims="arm")
    low = xr.DataArray(np.linspace(-0.5, 0.5, 1001), dims="draw")
    high = low + 2 + steps
    effect = (high - low + xr.DataArray(np.linspace(0.5, -0.5, 1001), dims="draw")).rename("weight")
    words = {"compare": "difference", "high": "sex = male", "low": "sex = female"}
    return effect.assign_coords(high=high, low=low).assign_attrs(words)


def small_surface():
    """Return draws of an effect over two strengths: 1 - gap * boost, give or take a half."""
    gap = xr.DataArray(np.arange(5.0), dims="gap", coords={"gap": np.arange(5.0)})
    boost = xr.DataArray([0.0, 1.0, 2.0], dims="boost", coords={"boost": [0.0, 1.0, 2.0]})
    noise = xr.DataArray(np.linspace(-0.5, 0.5, 1001), dims="draw")
    return (1 - gap * boost + noise).assign_attrs(compare="difference")


MARKS = {
    plot_scatter: (XS, YS),
    plot_line: (XS, YS),
    plot_errorbar: (XS, YS, LOWER, UPPER),
    plot_density: (EVEN,),
    plot_bands: (["a", "a", "b"],),
    plot_shrinkage: ([0.1, 0.2, 0.3], EVEN_GROUPS),
    plot_estimates: (ESTIMATES, 0.5),
    plot_errors: (small_study(), "mu"),
    plot_performance: (small_study(), "mu"),
    plot_contrast: (small_contrast(),),
    plot_sensitivity: (small_surface(),),
}
each_mark = pytest.mark.parametrize("mark", MARKS, ids=lambda mark: mark.__name__)


@pytest.fixture
def ax():
    return Figure().add_subplot()


@pytest.fixture
def pyplot():
    from matplotlib import pyplot

    with mpl.rc_context({"backend": "agg"}):
        yield pyplot
    pyplot.close("all")


def flatten(artists):
    """Single artists out of what a mark returns: an artist, a list, or a named tuple of these."""
    if isinstance(artists, list | tuple):
        return [single for part in artists for single in flatten(part)]
    return [] if artists is None else [artists]


def rgba(artist_colors):
    return mcolors.to_rgba_array(artist_colors)[:, :3].tolist()


@each_mark
def test_a_mark_returns_exactly_the_artists_it_added_to_the_given_axes(mark):
    ax, other = Figure().subplots(1, 2)
    before, elsewhere = set(ax.get_children()), set(other.get_children())
    returned = flatten(mark(*MARKS[mark], ax=ax))
    assert returned
    assert set(returned) == set(ax.get_children()) - before
    assert len(returned) == len(set(returned))
    assert set(other.get_children()) == elsewhere


@each_mark
def test_with_axes_given_pyplot_keeps_its_current_figure(mark, pyplot):
    current = pyplot.figure()
    mark(*MARKS[mark], ax=Figure().add_subplot())
    assert pyplot.gcf() is current
    assert current.axes == []
    assert pyplot.get_fignums() == [current.number]


@each_mark
def test_without_axes_a_mark_draws_on_the_current_ones(mark, pyplot):
    _, (first, second) = pyplot.subplots(1, 2)
    pyplot.sca(first)
    untouched = set(second.get_children())
    for artist in flatten(mark(*MARKS[mark])):
        assert artist in first.get_children()
    assert set(second.get_children()) == untouched


@each_mark
def test_inputs_stay_as_they_were(mark, ax):
    inputs = copy.deepcopy(MARKS[mark])
    mark(*inputs, ax=ax)
    for given, original in zip(inputs, MARKS[mark], strict=True):
        if isinstance(original, xr.Dataset | xr.DataArray):
            xr.testing.assert_identical(given, original)
        else:
            np.testing.assert_array_equal(given, original)


@each_mark
def test_a_mark_adds_no_legend_and_every_addition_to_the_ports_signature_is_keyword_only(mark, ax):
    mark(*MARKS[mark], ax=ax)
    assert ax.get_legend() is None
    assert inspect.signature(mark).parameters["ax"].kind is inspect.Parameter.KEYWORD_ONLY


def test_marks_without_pyplot_leave_it_unloaded_and_never_load_pymc():
    code = """
        import sys
        import rethinking.plots as plots
        from matplotlib.figure import Figure
        ax = Figure().add_subplot()
        plots.plot_scatter([1], [1], ax=ax)
        plots.plot_line([1], [1], ax=ax)
        plots.plot_errorbar([1], [1], [1], [1], ax=ax)
        plots.plot_bands(["a"], ax=ax)
        assert "xarray" not in sys.modules, "points and lines must not wait for xarray"
        plots.plot_density([1, 2, 4], ax=ax)
        plots.plot_shrinkage([1], [[1], [2]], ax=ax)
        plots.plot_estimates
        plots.use_style()
        assert not {"matplotlib.pyplot", "pymc"} & sys.modules.keys()
    """
    done = subprocess.run([sys.executable, "-c", inspect.cleandoc(code)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_namespace_lists_every_mark():
    assert set(plots.__all__) == {mark.__name__ for mark in MARKS} | {"use_style"}


CONTAINERS = {
    "list": list,
    "tuple": tuple,
    "array": np.array,
    "series": lambda values: pd.Series(values, index=[7, 8, 9]),
    "data array": lambda values: xr.DataArray(values, dims="state"),
}


@pytest.mark.parametrize("container", CONTAINERS.values(), ids=CONTAINERS)
def test_every_container_draws_the_same(container, ax):
    xs, ys, lower, upper = map(container, [XS, YS, LOWER, UPPER])
    assert plot_scatter(xs, ys, ax=ax).get_offsets().tolist() == [[1, 2], [2, 4], [4, 8]]
    (line,) = plot_line(xs, ys, ax=ax)
    assert np.array_equal(line.get_xydata(), [[1, 2], [2, 4], [4, 8]])
    segments = plot_errorbar(xs, ys, lower, upper, ax=ax).get_segments()
    assert np.array_equal(segments, [[[1, 1], [1, 2.25]], [[2, 3.5], [2, 5]], [[4, 6], [4, 11]]])


def test_single_numbers_draw_one_point_as_in_a_loop_over_a_data_array(ax):
    x, y = xr.DataArray([0.25, 0.5], dims="tank")
    assert plot_scatter(xs=x, ys=y, color="C1", alpha=0.8, ax=ax).get_offsets().tolist() == [[0.25, 0.5]]


def test_points_are_unfilled_and_labels_are_optional(ax):
    points = plot_scatter(XS, YS, ax=ax)
    assert len(points.get_facecolor()) == 0
    assert rgba(points.get_edgecolor()) == rgba(["C0"])
    assert ax.get_legend_handles_labels() == ([], [])
    assert len(plot_scatter(XS, YS, label=None, ax=ax).get_offsets()) == 3


@pytest.mark.parametrize("width", ["lw", "linewidth", "linewidths"])
def test_scatter_defaults_yield_to_the_caller_under_every_name_of_an_option(width, ax):
    points = plot_scatter(XS, YS, s=5, alpha=1, color="C1", facecolors="C2", zorder=60, **{width: 7}, ax=ax)
    assert points.get_sizes().tolist() == [5]
    assert points.get_linewidth().tolist() == [7]
    assert (points.get_alpha(), points.get_zorder()) == (1, 60)
    assert rgba(points.get_edgecolor()) == rgba(["C1"])
    assert rgba(points.get_facecolor()) == rgba(["C2"])


def test_a_marker_without_area_stays_visible_and_a_color_scale_works(ax):
    crosses = plot_scatter(XS, YS, marker="x", color="C3", ax=ax)
    assert rgba(crosses.get_edgecolor()) == rgba(["C3"])
    scaled = plot_scatter(XS, YS, c=[0.0, 1.0, 2.0], ax=ax)
    assert scaled.get_array().tolist() == [0, 1, 2]


def test_a_line_and_its_outline_are_one_artist_and_one_legend_entry(ax):
    (line,) = plot_line(XS, YS, color="C1", label="trend", ax=ax)
    assert ax.lines[:] == [line]
    assert [text.get_text() for text in ax.legend().get_texts()] == ["trend"]
    assert drawn(line, ax) == [("white", 5.0), ("C1", 3.0)]


def test_line_defaults_yield_to_the_caller(ax):
    (line,) = plot_line(XS, YS, lw=6, zorder=9, linestyle="--", ax=ax)
    assert (line.get_linewidth(), line.get_zorder(), line.get_linestyle()) == (6, 9, "--")
    assert drawn(line, ax)[0] == ("white", 8.0)
    (bare,) = plot_line(XS, YS, path_effects=[], ax=ax)
    assert len(drawn(bare, ax)) == 1


def test_a_table_draws_one_line_for_each_column(ax):
    lines = plot_line([0, 1], [[1, 2, 3], [4, 5, 6]], ax=ax)
    assert [line.get_ydata().tolist() for line in lines] == [[1, 4], [2, 5], [3, 6]]


class Recorder(RendererBase):
    """Keeps the color, width and end points of every path that it is asked to draw."""

    def __init__(self):
        super().__init__()
        self.paths = []

    def draw_path(self, gc, path, transform, rgbFace=None):
        self.paths.append((gc.get_rgb(), gc.get_linewidth(), transform.transform(path.vertices)))


def record(artist, ax):
    recorder = Recorder()
    ax.figure.draw_without_rendering()
    artist.draw(recorder)
    return recorder.paths


def drawn(line, ax):
    known = {mcolors.to_rgb(name): name for name in ("white", "C0", "C1")}
    return [(known[tuple(color[:3])], width) for color, width, _ in record(line, ax)]


@pytest.mark.parametrize("half", [3.0, 0.3, 0.02], ids=["longer than wide", "as wide", "shorter than wide"])
def test_round_caps_end_where_the_interval_ends_whatever_the_width(half, ax):
    ax.set_ylim(-5, 5)
    bar = plot_errorbar([0], [0], [half], [half], error_width=25, ax=ax)
    (_, width, ends) = record(bar, ax)[0]
    assert bar.get_capstyle() == "round"
    interval = ax.transData.transform([[0, -half], [0, half]])[:, 1]
    np.testing.assert_allclose([ends[0, 1] - width / 2, ends[1, 1] + width / 2], interval)
    assert 0 < width <= min(25, np.ptp(interval))


def test_a_bar_without_length_or_with_missing_error_is_not_drawn(ax):
    bars = plot_errorbar([0, 1, 2], [0, 0, 0], [0, np.nan, 1], [0, 1, 1], ax=ax)
    assert len(record(bars, ax)) == 1


def test_errorbar_has_the_signature_of_the_ports():
    ours = inspect.signature(plot_errorbar).parameters.values()
    positional = [(p.name, p.default) for p in ours if p.kind is p.POSITIONAL_OR_KEYWORD]
    empty = inspect.Parameter.empty
    names = [(name, empty) for name in ("xs", "ys", "error_lower", "error_upper")]
    assert positional == [*names, ("colors", "C0"), ("error_width", 12), ("alpha", 0.3)]


def test_errorbar_takes_one_color_or_one_each_and_its_defaults_yield(ax):
    bars = plot_errorbar(XS, YS, LOWER, UPPER, ["C0", "C1", "k"], 8, 0.5, label="error", zorder=7, ax=ax)
    assert rgba(bars.get_color()) == rgba(["C0", "C1", "k"])
    assert (bars.get_linewidth().tolist(), bars.get_alpha(), bars.get_zorder()) == ([8], 0.5, 7)
    assert ax.get_legend_handles_labels()[1] == ["error"]
    assert rgba(plot_errorbar(XS, YS, LOWER, UPPER, (0.1, 0.2, 0.3), ax=ax).get_color()) == [[0.1, 0.2, 0.3]]
    assert plot_errorbar(XS, YS, LOWER, UPPER, lw=3, capstyle="butt", ax=ax).get_linewidth().tolist() == [3]


def test_density_integrates_to_one_and_follows_the_exact_normal(ax):
    draws = norm.ppf((np.arange(4000) + 0.5) / 4000, loc=1.5, scale=0.2)
    x, density = plot_density(draws.reshape(4, 1000), ax=ax).line.get_data()
    assert np.trapezoid(density, x) == pytest.approx(1, abs=2e-3)
    assert x[density.argmax()] == pytest.approx(1.5, abs=0.02)
    np.testing.assert_allclose(density, norm.pdf(x, 1.5, 0.2), atol=0.03 * norm.pdf(0, 0, 0.2))


def test_density_of_a_positive_quantity_stays_positive_and_keeps_its_height_at_zero(ax):
    draws = -np.log1p(-(np.arange(8000) + 0.5) / 8000)
    x, density = plot_density(draws, ax=ax).line.get_data()
    assert x.min() > 0
    assert density[0] == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("prob", [0.5, 0.89])
def test_the_shade_ends_at_the_quantiles_and_holds_that_probability(prob, ax):
    curve = plot_density(10 * EVEN, prob=prob, color="C2", label="sigma", ax=ax)
    across, up = curve.interval.get_paths()[0].vertices.T
    assert (across.min(), across.max()) == pytest.approx((5 - 5 * prob, 5 + 5 * prob))
    enclosed = np.abs(np.sum(across[:-1] * up[1:] - across[1:] * up[:-1])) / 2
    assert enclosed == pytest.approx(prob, abs=0.01)
    assert rgba(curve.interval.get_facecolor()) == rgba([curve.line.get_color()]) == rgba(["C2"])
    assert ax.get_legend_handles_labels()[1] == ["sigma"]


def test_heavy_but_not_hopeless_tails_are_drawn(ax):
    draws = t.ppf((np.arange(4000) + 0.5) / 4000, df=3)
    x, density = plot_density(draws, ax=ax).line.get_data()
    assert density.max() == pytest.approx(t.pdf(0, df=3), rel=0.05)
    assert np.trapezoid(density, x) == pytest.approx(1, abs=2e-3)


def test_density_without_a_probability_has_no_shade(ax):
    curve = plot_density(EVEN, prob=None, ax=ax)
    assert curve.interval is None
    assert len(ax.collections) == 0


def test_bands_cover_the_groups_without_gap_and_name_themselves_in_the_middle(ax):
    bands = plot_bands(pd.Series([10, 10, 25, 10], index=[3, 1, 2, 0]), xs=[1, 2, 4, 7], ax=ax)
    ends = [(block.get_x(), block.get_x() + block.get_width()) for block in bands.blocks]
    assert ends == [(0.5, 3), (3, 5.5), (5.5, 8.5)]
    assert [name.get_text() for name in bands.names.get_xticklabels()] == ["10", "25", "10"]
    assert bands.names.get_xticks().tolist() == [1.75, 4.25, 7]
    assert all(left.get_facecolor() != right.get_facecolor() for left, right in pairwise(bands.blocks))


def test_a_title_stands_above_the_names_of_the_bands(ax):
    bands = plot_bands(["a", "b"], ax=ax)
    title = ax.set_title("tanks")
    ax.figure.draw_without_rendering()
    names = [name.get_window_extent() for name in bands.names.get_xticklabels()]
    assert title.get_window_extent().y0 >= max(box.y1 for box in names)


def test_shrinkage_points_are_the_inputs_and_the_draws_known_mean_and_quantiles(ax):
    raw = [0.9, 1.2, np.nan]
    marks = plot_shrinkage(raw, EVEN_GROUPS, xs=[5, 7, 9], ax=ax)
    np.testing.assert_array_equal(marks.raw.get_offsets().data[:2], [[5, 0.9], [7, 1.2]])
    np.testing.assert_allclose(marks.posterior.get_offsets(), [[5, 0.5], [7, 1.5], [9, 1 / 3]], rtol=1e-4)
    np.testing.assert_allclose(
        np.array(marks.interval.get_segments())[:, :, 1], [[0.055, 0.945], [1.055, 1.945], [0.055**2, 0.945**2]]
    )
    np.testing.assert_allclose([way[:, 1] for way in marks.shift.get_segments()[:2]], [[0.9, 0.5], [1.2, 1.5]])
    assert marks.population is None


def test_shrinkage_draws_may_be_a_data_array_with_dims_in_any_order(ax):
    draws = xr.DataArray(EVEN_GROUPS[:10_000].reshape(4, 2500, 3), dims=["chain", "draw", "tank"])
    from_array = plot_shrinkage(XS, draws.values, ax=ax)
    for order in (["chain", "draw", "tank"], ["tank", "draw", "chain"]):
        marks = plot_shrinkage(XS, draws.transpose(*order), ax=ax)
        np.testing.assert_allclose(marks.posterior.get_offsets(), from_array.posterior.get_offsets())
        np.testing.assert_allclose(marks.interval.get_segments(), from_array.interval.get_segments())


def test_shrinkage_sizes_set_the_area_of_raw_points_and_only_theirs(ax):
    marks = plot_shrinkage(XS, EVEN_GROUPS, sizes=[10, 25, 35], ax=ax)
    area = marks.raw.get_sizes()
    np.testing.assert_allclose(area / area[0], [1, 2.5, 3.5])
    assert np.ptp(marks.posterior.get_sizes()) == 0


def test_shrinkage_line_colors_and_legend(ax):
    marks = plot_shrinkage(XS, EVEN_GROUPS, population=EVEN, color=["C0", "C1", "C0"], raw_label="survived", ax=ax)
    assert marks.population.get_ydata() == pytest.approx([0.5, 0.5])
    assert rgba(marks.posterior.get_edgecolor()) == rgba(["C0", "C1", "C0"]) == rgba(marks.interval.get_color())
    legend = [text.get_text() for text in ax.legend().get_texts()]
    assert legend == ["survived", "posterior mean and interval", "population mean"]
    plot_shrinkage(XS, EVEN_GROUPS, label=None, raw_label=None, ax=ax)
    assert len(ax.get_legend_handles_labels()[1]) == 3


def test_estimates_put_the_first_row_on_top_and_name_the_rows(ax):
    marks = plot_estimates(ESTIMATES, 0.5, ax=ax)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["naive", "multilevel", "mundlak"]
    rows = ax.transData.transform(marks.mean.get_offsets())[:, 1].reshape(3, 2).mean(axis=1)
    ticks = ax.transData.transform([(0, y) for y in ax.get_yticks()])[:, 1]
    np.testing.assert_allclose(rows, ticks)
    assert np.all(np.diff(rows) < 0)


def test_estimates_are_mean_and_interval_and_hollow_when_they_miss_the_truth(ax):
    marks = plot_estimates(ESTIMATES.transpose("data_set", ...), 0.45, prob=0.9, ax=ax)
    centres = np.array([0.0, 0.1, 2.0, 0.3, 0.6, 9.0])
    np.testing.assert_allclose(marks.mean.get_offsets()[:, 0], centres, atol=1e-12)
    np.testing.assert_allclose(np.array(marks.interval.get_segments())[:, :, 0], np.add.outer(centres, [-0.45, 0.45]))
    assert marks.truth.get_xdata() == [0.45, 0.45]
    assert rgba(marks.mean.get_edgecolor()) == rgba(["C0", "C0", "C1", "C1", "C2", "C2"])
    assert rgba(marks.mean.get_facecolor()) == rgba(["C0", "C0", "white", "C1", "C2", "white"])


def test_estimates_of_one_data_set_sit_on_their_row_in_any_order_of_dims(ax):
    one = ESTIMATES.isel(data_set=0).rename(estimator="model").transpose("draw", "model")
    marks = plot_estimates(one, dim="model", ax=ax)
    assert marks.mean.get_offsets()[:, 1].tolist() == [0, 1, 2]
    assert marks.truth is None
    assert rgba(marks.mean.get_facecolor()) == rgba(["C0", "C1", "C2"])


NO_SAMPLE_DIM = xr.DataArray(XS, dims="tank")
TWO_GROUP_DIMS = xr.DataArray(np.zeros((2, 3, 3)), dims=["draw", "tank", "sex"])
REFUSED = {
    "negative lower": (plot_errorbar, (XS, YS, [1, -2, 1], UPPER), {}, "error_lower is a length .* contains -2"),
    "negative upper": (plot_errorbar, (XS, YS, LOWER, [1, np.nan, -3]), {}, "error_upper is a length .* contains -3"),
    "short ys": (plot_errorbar, (XS, YS[:2], LOWER, UPPER), {}, "xs and ys must be equally long, but hold 3 and 2"),
    "short error": (plot_errorbar, (XS, YS, LOWER, UPPER[:1]), {}, "xs and error_upper .* 3 and 1"),
    "table": (plot_errorbar, (XS, YS, [LOWER, UPPER], UPPER), {}, r"error_lower must have one dimension.*\(2, 3\)"),
    "few colors": (plot_errorbar, (XS, YS, LOWER, UPPER, ["C0", "C1"]), {}, "2 colors for 3 points"),
    "many colors": (plot_errorbar, (XS, YS, LOWER, UPPER, ["C0"] * 4), {}, "4 colors for 3 points"),
    "infinite draw": (plot_density, ([1, 2, np.inf, np.nan],), {}, "must be finite, but 2 of 4 are not"),
    "constant": (plot_density, ([3.0, 3.0],), {}, "at least two different draws"),
    "no draws": (plot_density, ([],), {}, "at least two different draws"),
    "cauchy": (plot_density, (cauchy.ppf((np.arange(4000) + 0.5) / 4000),), {}, "leave too little of a curve to see"),
    "mostly zero": (plot_density, ([0.0] * 99 + [1.0],), {}, "leave too little of a curve to see"),
    "percent": (plot_density, (EVEN,), {"prob": 89}, "prob must lie between 0 and 1, but is 89"),
    "unsorted": (plot_bands, (["a", "b"],), {"xs": [2, 1]}, "increase"),
    "empty": (plot_bands, ([],), {}, "at least one"),
    "band lengths": (plot_bands, (["a", "b"],), {"xs": [1]}, "labels and xs must be equally long"),
    "group count": (plot_shrinkage, (XS[:2], EVEN_GROUPS), {}, "raw and draws must be equally long, but hold 2 and 3"),
    "size count": (plot_shrinkage, (XS, EVEN_GROUPS), {"sizes": [1]}, "raw and sizes must be equally long"),
    "group colors": (plot_shrinkage, (XS, EVEN_GROUPS), {"color": ["C0"]}, "1 colors for 3 points"),
    "means": (plot_shrinkage, (XS, NO_SAMPLE_DIM), {}, "draws need a dim chain, draw or sample"),
    "flat": (plot_shrinkage, (XS, XS), {}, r"shape \(draws, groups\)"),
    "two groups": (plot_shrinkage, (XS, TWO_GROUP_DIMS), {}, r"one dim besides .* \('tank', 'sex'\)"),
    "prob of one": (plot_shrinkage, (XS, EVEN_GROUPS), {"prob": 1}, "prob must lie between"),
    "no such dim": (plot_estimates, (ESTIMATES,), {"dim": "model"}, "need the dim 'model'"),
    "too many dims": (plot_estimates, (ESTIMATES.expand_dims("n"),), {}, "at most one more"),
    "zero prob": (plot_estimates, (ESTIMATES,), {"prob": 0}, "prob must lie between"),
}


@pytest.mark.parametrize(("mark", "args", "kwargs", "message"), REFUSED.values(), ids=REFUSED)
def test_bad_input_gets_one_sentence_before_anything_is_drawn(mark, args, kwargs, message, ax):
    before = ax.get_children()
    with pytest.raises(ValueError, match=message) as refusal:
        mark(*args, **kwargs, ax=ax)
    assert "\n" not in str(refusal.value)
    assert str(refusal.value).count(". ") == 0
    assert ax.get_children() == before


@pytest.mark.parametrize(
    ("draws", "kind"), [(ESTIMATES.values, "an array"), (ESTIMATES.to_dataset(name="b"), "a Dataset")]
)
def test_estimates_need_a_data_array(draws, kind, ax):
    with pytest.raises(TypeError, match=f"draws must be a DataArray.* are {kind}"):
        plot_estimates(draws, ax=ax)


@pytest.fixture
def style():
    with mpl.rc_context():
        mpl.rcdefaults()
        plots.use_style()
        yield dict(mpl.rcParams)


# Severity 1.0 of Machado, Oliveira and Fernandes (2009), https://doi.org/10.1109/TVCG.2009.113, for linear RGB.
VISION = {
    "normal": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def linear(color):
    rgb = np.array(mcolors.to_rgb(color))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def lab(linear_rgb):
    to_xyz = np.array(
        [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
    )
    ratio = to_xyz @ np.clip(linear_rgb, 0, 1) / to_xyz.sum(axis=1)
    x, y, z = np.where(ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def contrast_with_white(color):
    return 1.05 / (linear(color) @ [0.2126, 0.7152, 0.0722] + 0.05)


def series(style):
    return [f"#{color.lstrip('#')}" for color in style["axes.prop_cycle"].by_key()["color"]]


def test_the_colour_arithmetic_on_known_answers():
    assert lab(linear("white")) == pytest.approx([100, 0, 0], abs=1e-3)
    assert lab(linear("red")) == pytest.approx([53.24, 80.09, 67.20], abs=0.02)
    assert contrast_with_white("black") == pytest.approx(21)
    assert contrast_with_white("#767676") == pytest.approx(4.54, abs=0.01)
    for matrix in VISION.values():
        assert np.asarray(matrix) @ linear("0.5") == pytest.approx(linear("0.5"), abs=1e-5)


@pytest.mark.parametrize("vision", VISION)
def test_series_colors_stay_apart_for_every_kind_of_colour_vision(vision, style):
    seen = [lab(np.asarray(VISION[vision]) @ linear(color)) for color in series(style)]
    assert len(seen) >= 6
    assert min(np.linalg.norm(a - b) for a, b in combinations(seen, 2)) > 17


def test_series_colors_differ_in_grey_and_stand_out_from_white(style):
    colors = series(style)
    lightness = [lab(linear(color))[0] for color in colors]
    assert min(abs(a - b) for a, b in combinations(lightness, 2)) > 5
    assert min(abs(a - b) for a, b in combinations(lightness[:3], 2)) > 10
    assert min(contrast_with_white(color) for color in colors) >= 3


@pytest.mark.parametrize("text", ["text.color", "axes.labelcolor", "xtick.labelcolor", "ytick.labelcolor"])
def test_text_is_dark_on_white(text, style):
    assert contrast_with_white(style[text]) >= 7


def test_a_figure_is_an_opaque_white_sheet_sharp_at_twice_the_column_width(style, tmp_path):
    with mpl.rc_context(style):
        fig = Figure()
        fig.add_subplot()
        fig.savefig(tmp_path / "figure.png")
    pixels = mpl.image.imread(tmp_path / "figure.png")
    assert pixels.shape[1] >= 2 * 700
    assert pixels.shape[2] == 3 or pixels[..., 3].min() == 1
    assert pixels[0, 0, :3].tolist() == [1, 1, 1]
    assert not fig.axes[0].spines["top"].get_visible()
    assert not fig.axes[0].spines["right"].get_visible()


def test_text_is_readable_when_the_page_is_as_narrow_as_a_phone(style):
    smallest = min(style[size] for size in ("font.size", "xtick.labelsize", "ytick.labelsize", "legend.fontsize"))
    points_per_inch, phone = 72, 360
    assert smallest / points_per_inch * phone / style["figure.figsize"][0] > 8


def x_of(artist):
    """Return the horizontal positions of an artist's points."""
    data = artist.get_xdata() if hasattr(artist, "get_xdata") else artist.get_offsets()[:, 0]
    return np.asarray(data, dtype=float)


def test_one_contrast_is_a_density_with_a_line_where_nothing_would_change(ax):
    marks = plot_contrast(small_contrast(), ax=ax)
    assert marks.interval is None
    assert marks.levels == ()
    assert x_of(marks.nothing).tolist() == [0, 0]
    assert ax.get_xlabel() == "difference of weight"
    assert len(ax.get_yticks()) == 0


@pytest.mark.parametrize(("compare", "place"), [("ratio", 1), ("lift", 0), ("marginal odds ratio", 1), ("mine", None)])
def test_where_nothing_would_change_depends_on_the_comparison(ax, compare, place):
    nothing = plot_contrast(small_contrast().assign_attrs(compare=compare), ax=ax).nothing
    assert (nothing is None) if place is None else (x_of(nothing).tolist() == [place, place])


def test_a_contrast_for_each_label_is_a_row_with_its_mean_and_interval(ax):
    effect = small_contrast(3)
    marks = plot_contrast(effect, prob=0.5, ax=ax)
    np.testing.assert_allclose(x_of(marks.effect), [2, 1, 0], atol=1e-12)
    ends = np.array([segment[:, 0] for segment in marks.interval.get_segments()])
    np.testing.assert_allclose(ends, np.add.outer([2, 1, 0], [-0.25, 0.25]), atol=1e-12)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b", "c"]
    assert ax.get_ylim()[0] > ax.get_ylim()[1], "the first row is on top"


def test_levels_are_drawn_beside_their_contrast_each_with_its_name(ax):
    other = Figure().add_subplot()
    marks = plot_contrast(small_contrast(), levels=other, ax=ax)
    assert len(marks.levels) == 2
    assert [label.get_text() for label in other.legend().get_texts()] == ["sex = male", "sex = female"]
    assert other.get_xlabel() == "average of weight"


def test_what_a_contrast_cannot_draw_is_refused(ax):
    with pytest.raises(ValueError, match="at most one dim"):
        plot_contrast(small_contrast(3, 2), ax=ax)
    for effect in (small_contrast(3), small_contrast().reset_coords(drop=True)):
        with pytest.raises(ValueError, match="Levels can be drawn for one contrast"):
            plot_contrast(effect, levels=ax, ax=ax)


def test_the_thick_line_of_a_sensitivity_is_where_the_sign_changes(ax):
    marks = plot_sensitivity(small_surface(), prob=0.5, ax=ax)
    assert ax.get_xlabel() == "gap"
    assert ax.get_ylabel() == "boost"
    for line, product in ((marks.sign, 1.0), (marks.unsure[0], 0.75), (marks.unsure[1], 1.25)):
        points = np.concatenate([path.vertices for path in line.get_paths()])
        # Along the lines of the grid, which are straight in one of the two, the product says exactly where.
        on_grid = np.isin(points[:, 0], np.arange(5)) & (points[:, 0] > 0)
        np.testing.assert_allclose(points[on_grid].prod(1), product, atol=1e-9)
        assert on_grid.any()
    assert 0 not in {float(label.get_text().replace("\N{MINUS SIGN}", "-")) for label in marks.labels}


def test_a_sensitivity_without_change_of_sign_has_no_thick_line(ax):
    surface = small_surface()
    assert plot_sensitivity(surface + 100, ax=ax).sign is None  # attrs are lost, and a difference is meant
    nowhere = plot_sensitivity((0 * surface).assign_attrs(compare="mine"), ax=ax)
    assert nowhere == (None, (), None, ())
    ratio = plot_sensitivity((surface + 1).assign_attrs(compare="ratio"), ax=ax)
    assert ratio.sign.levels.tolist() == [1.0]


def test_points_of_a_sensitivity_without_a_fit_are_left_out(ax):
    surface = small_surface()
    holed = surface.where((surface["gap"] < 4) | (surface["boost"] < 2))
    assert plot_sensitivity(holed, ax=ax).sign is not None


@pytest.mark.parametrize("strengths", [{"gap": 0}, {"gap": [0]}])
def test_a_sensitivity_needs_two_strengths(ax, strengths):
    with pytest.raises(ValueError, match="two strengths"):
        plot_sensitivity(small_surface().isel(strengths), ax=ax)
