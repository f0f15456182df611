"""What numba compiles for us, quickly; and that nothing of its settings stays changed."""

import numba
import numpy as np
import pytest

from rethinking.sampling.compilation import repeatable


def compiled():
    """Return a function that is compiled here and now: whether for us is for the caller to say."""

    @numba.njit("void(float64[:], float64[:])")
    def put(target, source):
        target[...] = source

    return put


def test_our_code_refuses_a_wrong_shape_without_numba_s_text_functions():
    with repeatable():
        ours = compiled()
    target = np.zeros(2)
    ours(target, np.array([1.0, 2.0]))
    assert target.tolist() == [1, 2]
    with pytest.raises(ValueError, match=r"^cannot assign slice from input of different size$"):
        ours(target, np.zeros(3))
    with pytest.raises(ValueError, match=r"slice of shape \(2,\) from input of shape \(3,\)"):
        compiled()(target, np.zeros(3))


def test_numba_s_optimisation_is_put_back_also_after_an_error(monkeypatch):
    monkeypatch.delenv("NUMBA_OPT", raising=False)
    before = numba.config.OPT
    with repeatable():
        with pytest.raises(ZeroDivisionError), repeatable():
            assert 1 / (numba.config.OPT - 1)  # 1: the division fails
        assert numba.config.OPT == 1
    assert numba.config.OPT is before


def test_an_optimisation_that_the_user_asked_for_is_heeded(monkeypatch):
    monkeypatch.setenv("NUMBA_OPT", "3")
    before = numba.config.OPT
    with repeatable():
        assert numba.config.OPT is before
