"""Scales go there and back, codes follow sorted labels, and bad input is refused."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

import rethinking as rt
from rethinking.transforms import unstandardize

columns = st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30).filter(lambda x: np.ptp(x) > 1e-3)


@given(columns)
def test_standardized_has_mean_zero_sd_one_and_a_way_back(values):
    x = np.array(values)
    z = rt.standardize(x)
    assert np.asarray(z).mean() == pytest.approx(0, abs=1e-8)
    assert np.sqrt(((z - z.mean()) ** 2).sum() / (len(x) - 1)) == pytest.approx(1)
    np.testing.assert_allclose(unstandardize(z), x, atol=1e-6)


@given(columns)
def test_centered_has_mean_zero_the_same_differences_and_a_way_back(values):
    z = rt.center(values)
    assert z.mean() == pytest.approx(0, abs=1e-8)
    np.testing.assert_allclose(np.diff(z), np.diff(values), atol=1e-8)
    np.testing.assert_allclose(unstandardize(z), values, atol=1e-8)


def test_denominator_is_n_minus_1():
    # 1, 2, 3 have sd 1 with n - 1 and 0.816 with n.
    assert rt.standardize([1, 2, 3]).tolist() == [-1, 0, 1]
    assert rt.standardize(pd.Series([1, 2, 3])).to_list() == [-1, 0, 1]


def test_same_kind_comes_back():
    series = pd.Series([3.0, 5.0, 10.0], index=list("xyz"), name="W")
    z = rt.standardize(series)
    assert isinstance(z, pd.Series)
    assert z.name == "W"
    assert z.index.to_list() == ["x", "y", "z"]
    pd.testing.assert_series_equal(unstandardize(z), series)
    for kind in (list, tuple, np.array):
        assert isinstance(rt.standardize(kind([3, 5, 10])), np.ndarray)
    array = rt.standardize(xr.DataArray([3.0, 5.0, 10.0], dims="site"))
    assert array.dims == ("site",)
    assert unstandardize(array).to_numpy().tolist() == pytest.approx([3, 5, 10])


def test_input_is_not_changed():
    series, array = pd.Series([1.0, 2.0, 4.0]), np.array([1.0, 2.0, 4.0])
    rt.standardize(series)
    rt.center(array)
    assert series.to_list() == array.tolist() == [1, 2, 4]
    assert series.attrs == {}


@pytest.mark.parametrize("kind", [np.array, pd.Series, lambda x: pd.Series(x).astype("Float64")])
def test_missing_values_are_left_out_and_stay(kind):
    z = rt.standardize(kind([1.0, np.nan, 2.0, 3.0]))
    assert np.isnan(np.asarray(z)).tolist() == [False, True, False, False]
    assert np.asarray(z)[[0, 2, 3]].tolist() == [-1, 0, 1]
    assert (z.attrs["mean"], z.attrs["sd"]) == (2, 1)


def test_memory_survives_what_a_page_does_with_it():
    z = rt.standardize(np.array([10.0, 20.0, 60.0]))
    assert unstandardize(z[1:]).tolist() == pytest.approx([20, 60])
    assert unstandardize(0, z) == pytest.approx(30)
    assert unstandardize([[0, 0], [0, 0]], z).tolist() == pytest.approx(np.full((2, 2), 30))
    draws = xr.DataArray(np.zeros((4, 5)), dims=("chain", "draw"))
    assert unstandardize(draws, z).dims == ("chain", "draw")
    assert float(unstandardize(draws, z)[0, 0]) == pytest.approx(30)


def test_going_back_twice_is_refused():
    z = rt.standardize(pd.Series([10.0, 20.0, 60.0]))
    with pytest.raises(TypeError, match="remembers no mean and sd"):
        unstandardize(unstandardize(z))
    with pytest.raises(TypeError, match="remembers no mean and sd"):
        unstandardize(unstandardize(rt.standardize([10.0, 20.0, 60.0])))


def test_column_of_a_frame_has_forgotten():
    frame = pd.DataFrame({"W": [1.0, 2.0, 4.0]})
    frame["Z"] = rt.standardize(frame["W"])
    with pytest.raises(TypeError, match="a column of a DataFrame forgets them"):
        unstandardize(frame["Z"])


def test_standardized_array_behaves_like_an_array():
    z = rt.standardize([1.0, 2.0, 4.0])
    assert type(z.mean()) is np.float64
    assert f"{z.max():.2f}" == "1.09"
    assert type(np.asarray(z)) is np.ndarray


@pytest.mark.parametrize("constant", [[2, 2, 2], [0.1] * 7, [5.0, np.nan, 5.0]])
def test_constant_cannot_be_standardized_but_centered(constant):
    with pytest.raises(ValueError, match="x must vary"):
        rt.standardize(constant)
    assert np.nanmax(np.abs(rt.center(constant))) == pytest.approx(0)


@pytest.mark.parametrize("function", [rt.standardize, rt.center])
@pytest.mark.parametrize("bad", [[1], [], 3.0, [[1, 2], [3, 4]], [1, np.inf], [np.nan, np.nan, 1.0]])
def test_not_a_column_of_numbers(function, bad):
    with pytest.raises(ValueError, match="one column of two or more finite numbers"):
        function(bad)


@pytest.mark.parametrize("function", [rt.standardize, rt.center])
@pytest.mark.parametrize("bad", [["a", "b"], pd.Series(["1", "2"]), pd.Series([1, "x"]), [None, 1]])
def test_text_is_not_numbers(function, bad):
    with pytest.raises(TypeError, match="x must hold numbers"):
        function(bad)


@given(st.floats(-30, 30))
def test_logit_undoes_invlogit(x):
    assert rt.logit(rt.invlogit(x)) == pytest.approx(x, rel=1e-2, abs=1e-9)


@given(st.floats(1e-9, 1 - 1e-9))
def test_logit_is_the_log_of_the_odds(p):
    assert rt.logit(p) == pytest.approx(np.log(p) - np.log1p(-p), rel=1e-6, abs=1e-9)
    assert rt.invlogit(rt.logit(p)) == pytest.approx(p)


def test_logit_keeps_kind_ends_and_missing_values():
    assert rt.logit([0, 0.5, 1]).tolist() == [-np.inf, 0, np.inf]
    series = rt.logit(pd.Series([0.5, np.nan], index=list("ab")))
    assert series["a"] == 0
    assert np.isnan(series["b"])


@pytest.mark.parametrize("bad", [1.5, -0.1, [0.2, 50], pd.Series([0.2, 1.01])])
def test_logit_refuses_what_is_no_probability(bad):
    with pytest.raises(ValueError, match="probabilities between 0 and 1"):
        rt.logit(bad)


@given(st.lists(st.sampled_from("zebra"), min_size=1))
def test_codes_follow_sorted_labels_and_lead_back(values):
    codes, labels = rt.index_of(values)
    assert labels.to_list() == sorted(set(values))
    assert labels[codes].to_list() == values


def test_codes_do_not_follow_the_order_of_appearance():
    clade = rt.load_data("milk")["clade"]
    codes, labels = rt.index_of(clade)
    assert labels.to_list() == ["Ape", "New World Monkey", "Old World Monkey", "Strepsirrhine"]
    assert codes[0] == 3
    assert pd.factorize(clade)[0][0] == 0


def test_order_of_categories_does_not_matter_unless_it_is_given():
    edu = pd.Series(pd.Categorical(["low", "high", "low"], categories=["low", "high"]))
    assert rt.index_of(edu)[1].to_list() == ["high", "low"]
    codes, labels = rt.index_of(edu, levels=["low", "middle", "high"])
    assert codes.tolist() == [0, 2, 0]
    assert labels.to_list() == ["low", "middle", "high"]


def test_gap_is_refused_until_somebody_decides():
    district = rt.load_data("bangladesh")["district"]
    with pytest.raises(ValueError, match=r"district 54 has no rows: keep the numbering \(61 slots.*drop.*60 slots"):
        rt.index_of(district)
    kept, slots = rt.index_of(district, levels=range(1, 62))
    assert (kept == district - 1).all()
    assert len(slots) == 61
    dropped, present = rt.index_of(district, levels="present")
    assert len(present) == 60
    assert 54 not in present
    assert set(dropped) == set(range(60))
    assert (present[dropped] == district).all()


def test_wide_gap_costs_nothing_and_is_counted():
    with pytest.raises(ValueError, match="series 4 and 999999999995 more have no rows"):
        rt.index_of([1, 2, 3, 10**12])


def test_whole_numbers_without_a_gap_and_fractions_pass():
    assert rt.index_of([7, 5, 6])[0].tolist() == [2, 0, 1]
    assert rt.index_of(pd.Series([4.0, 3.0]))[0].tolist() == [1, 0]
    assert rt.index_of([0.5, 9.5])[0].tolist() == [0, 1]
    assert rt.index_of([True, False])[0].tolist() == [1, 0]


@pytest.mark.parametrize(
    ("values", "levels", "message"),
    [
        (["a", None], None, "1 missing values"),
        ([1.0, np.nan], range(3), "1 missing values"),
        (["a", "q"], ["a", "b"], "series has the value 'q', which is not among the 2 levels"),
        ([1, 62], range(1, 62), "series has the value 62, which is not among the 61 levels"),
        (["a"], ["a", "a"], "levels must not repeat, but 'a' does"),
        (["a"], "presents", "a sequence of labels or 'present', but 'presents' came"),
        (["a", 1], None, "mixes kinds of labels"),
    ],
)
def test_index_refuses(values, levels, message):
    with pytest.raises(ValueError, match=message):
        rt.index_of(values, levels)


def test_the_code_of_a_missing_label_is_no_label_of_its_own():
    codes, _ = pd.factorize(np.array(["b", None, "a"], dtype=object))
    for levels in (None, "present"):
        with pytest.raises(ValueError, match="holds the code -1, which pandas gives to a missing label"):
            rt.index_of(pd.Series(codes), levels=levels)
    leaning = rt.index_of([-1, 1, 0], levels=[-1, 0, 1])  # said on purpose
    assert leaning[0].tolist() == [0, 2, 1]
