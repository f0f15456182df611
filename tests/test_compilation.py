"""What numba compiles for us, quickly; and that nothing of its settings stays changed."""

import numba
import numpy as np
import pytest
from numba.np import arrayobj

from rethinking.sampling.functions.compilation import repeatable


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


def test_numba_s_own_message_is_put_back_also_after_an_error():
    theirs = arrayobj.raise_with_shape_context
    with pytest.raises(ZeroDivisionError), repeatable():
        assert 1 / (arrayobj.raise_with_shape_context is theirs)  # ours: the division fails
    assert arrayobj.raise_with_shape_context is theirs
