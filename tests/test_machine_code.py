"""Laws of machine code: what Python computes, bit for bit where both use the same functions; nothing leaks."""

import ast
import inspect
import math
import resource
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy import special

from rethinking.lowering import NotCovered
from rethinking.machine_code import REALS, WHOLES, library, native, pieces

NAMES = {"math": math, "np": np, "inf": math.inf, "nan": math.nan, "gammaln": math.lgamma, **vars(pieces)}
TAKEN = {"x": REALS, "out": REALS, "codes": WHOLES}


def run(lines, x=(), codes=(), size=1):
    """Return what a function writes into `out`, as machine code and by Python."""
    body = "\n    ".join(lines.strip().splitlines())
    text = f"def run(x, out, codes):\n    {body}\n    return\n"
    x, codes = np.array(x, dtype=float), np.array(codes, dtype=np.int64)
    ours, theirs = np.full(size, -7.0), np.full(size, -7.0)
    native(text, "run", TAKEN).ctypes(x.ctypes.data, ours.ctypes.data, codes.ctypes.data)
    names = dict(NAMES)
    exec(text, names)
    with np.errstate(all="ignore"):
        names["run"](x, theirs, codes)
    return ours, theirs


def assert_alike(lines, x=(), codes=(), size=1):
    ours, theirs = run(lines, x, codes, size)
    np.testing.assert_array_equal(ours, theirs)
    return ours


FAR = [
    -np.inf,
    -800.0,
    -40.0,
    -3.5,
    -1e-9,
    -0.0,
    0.0,
    1e-300,
    0.4,
    1.0,
    7.25,
    19.99,
    20.01,
    60.0,
    800.0,
    np.inf,
    np.nan,
]
EXACT = {
    "softplus": lambda x: -special.log_expit(-x), "sigmoid": special.expit, "digamma": special.digamma,
    "erfcx": special.erfcx, "sign": np.sign,
    "log1mexp": lambda x: np.log1p(-np.exp(x)) if x < -1 else math.log(-np.expm1(x)),
}  # fmt: skip


@pytest.mark.parametrize("name", EXACT)
def test_a_piece_is_scipys_function(name):
    where = {
        "log1mexp": [-40.0, -1.0, -1e-9],
        "digamma": [-2.5, 1e-4, 0.5, 3.0, 40.0],
        "erfcx": [-3.0, 0.4, 19.0, 50.0],
    }
    found = native(inspect.getsource(pieces), name, {}).ctypes
    for x in where.get(name, FAR):
        assert found(x) == pytest.approx(float(EXACT[name](x)), rel=1e-12, abs=1e-300, nan_ok=True), x


@pytest.mark.parametrize("name", ["maximum", "minimum"])
def test_the_larger_and_the_smaller_of_two_are_numpys(name):
    found = native(inspect.getsource(pieces), name, {}).ctypes
    for x in FAR:
        for y in FAR:
            np.testing.assert_array_equal(found(x, y), getattr(np, name)(x, y))


@pytest.mark.parametrize(
    "name", ["exp", "log", "log1p", "expm1", "sqrt", "sin", "erf", "erfc", "cosh", "atan", "lgamma"]
)
def test_functions_of_the_c_library_are_pythons(name):
    for x in (0.3, 1.0, 7.25):
        ours, theirs = run(f"out[0] = math.{name}(x[0])", [x])
        assert ours == pytest.approx(theirs, rel=1e-14)


def test_a_factor_and_equations_with_it_are_numpys():
    rng = np.random.default_rng(1)
    a = rng.normal(size=(5, 5))
    matrix, right = a @ a.T + np.eye(5), rng.normal(size=(5, 2))
    lines = """
lower = np.zeros(25)
cholesky(x, lower, 5)
for i in range(25):
    out[i] = lower[i]
solve_triangular(lower, x[25:], out[25:], 5, 2, 1, 0)"""
    found = assert_alike(lines, [*matrix.ravel(), *right.ravel()], size=35)
    np.testing.assert_allclose(found[:25].reshape(5, 5), np.linalg.cholesky(matrix), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(np.linalg.cholesky(matrix) @ found[25:].reshape(5, 2), right, rtol=1e-12, atol=1e-12)


def test_numbers_loops_and_conditions_are_pythons():
    lines = """
total = 0.0
any_below = False
for i in range(6):
    for j in range(i, 6):
        total += x[j] * i - 0.5 / (j + 1)
    any_below = (any_below != 0) | (x[i] < -1)
    out[i] = (1.0 if x[i] > 0 else -x[i]) if i != 2 else 2 * i - 7
k = codes[1]
while k > codes[0]:
    k -= 1
    total -= k
if total > 0 and any_below != 0:
    out[6] = total
else:
    out[6] = -total
out[7] = int(x[3]) + float(k) + (x[0] == x[0]) + np.floor(x[4])
out[8] = np.array([x[1], 2.0])[1] + math.isinf(x[5]) + math.isnan(x[5]) + abs(x[0])
out[9] = math.pi * inf if x[0] >= 3 else nan"""
    assert_alike(lines, [0.7, -1.5, 2.25, -3.75, 4.5, np.inf], [2, 9], size=10)


@pytest.mark.parametrize("sign", ["<", "<=", ">", ">=", "==", "!="])
def test_comparisons_are_pythons(sign):
    lines = f"""
for i in range(4):
    out[i] = 1.0 if x[i] {sign} 2.0 else 0.0
for i in range(3):
    out[4 + i] = 1.0 if codes[i] {sign} 2 else 0.0
    out[7 + i] = (1.0 if codes[i] {sign} 1.5 else 0.0) + (2.0 if x[0] {sign} codes[i] else 0.0)"""
    assert_alike(lines, [1.0, 2.0, 3.0, np.nan], [1, 2, 3], size=10)


def test_an_entry_that_is_not_chosen_is_not_read():
    lines = """
out[0] = x[codes[0]] if codes[0] < 2 else 0.5
out[1] = 1.0 if codes[0] < 2 and x[codes[0]] > 0 else 2.0"""
    assert assert_alike(lines, [1.0, 2.0], [2**45], size=2).tolist() == [0.5, 2.0]


@pytest.mark.parametrize("size", ["3", "codes[0]", "3 * 40"])
def test_an_array_begins_with_zeros_each_time_it_is_made(size):
    lines = f"""
for k in range(3):
    v = np.zeros({size})
    out[k] = v[0] + v[2]
    v.fill(k + 0.5)
    v[2] += 1
    out[3 + k] = v[0] + v[2]"""
    assert assert_alike(lines, codes=[90], size=6).tolist() == [0, 0, 0, 2, 4, 6]


@pytest.mark.skipif(sys.platform == "win32", reason="the standard library says there not how much memory was needed")
def test_the_memory_of_arrays_is_given_back():
    lines = ["def run(n: int) -> float:", " for i in range(200):", "  v = np.zeros(n)", "  v.fill(i)", " return v[0]"]
    text = "\n".join(lines)
    found = native(text, "run", {}).ctypes
    assert found(10**6) == 199
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(10):
        found(10**6)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - most < 100_000, "kilobytes; 8 GB would be lost"


def test_threads_have_arrays_of_their_own():
    text = """
def run(x: float) -> float:
    v = np.zeros(2000)
    for i in range(2000):
        v[i] = math.exp(-x * i)
    total = 0.0
    for i in range(2000):
        total += v[i]
    return total
"""
    found = native(text, "run", {}).ctypes
    alone = [found(k / 50) for k in range(50)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(found, [k / 50 for k in range(50)] * 20)) == alone * 20


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("out[0] = sum([x[0], x[1]])", "[x[0], x[1]]"),
        ("out[0] = math.gamma(x[0])", "gamma"),
        ("out[0] = x[x[0]]", "real as an index"),
        ("out[0] = math.atan2(x[0])", "atan2"),
        ("out[0] = x[0] ** 2", "Pow"),
        ("del x", "del x"),
        ("with x: pass", "with x"),
        ("codes = x", "reals as a number"),
        ("n = 0\nn += 0.5", "real as whole"),
        ("n = 2\nout[0] = 1.0 if n > x else 0.0", "reals"),
    ],
)
def test_what_is_not_translated_is_named(line, said):
    with pytest.raises(NotCovered) as error:
        run(line, [1.0, 2.0])
    assert said in str(error.value)


HALF = "def half(x: float) -> float:\n    return x / 2"


def test_a_text_is_compiled_once_and_a_damaged_file_is_written_anew(tmp_path, monkeypatch):
    first = native(HALF, "half", {}, tmp_path)
    (file,) = tmp_path.iterdir()
    whole = file.read_bytes()
    for damaged in (whole[:100], b"", whole[:-1] + bytes([whole[-1] ^ 1])):
        file.write_bytes(damaged)
        assert native(HALF, "half", {}, tmp_path).ctypes(3.0) == first.ctypes(3.0) == 1.5
        assert file.read_bytes() == whole
    assert native(HALF.replace("2", "4"), "half", {}, tmp_path).ctypes(3.0) == 0.75

    def called(assembly):
        msg = "compiled again"
        raise AssertionError(msg)

    monkeypatch.setattr(library, "_compiled", called)
    assert native(HALF, "half", {}, tmp_path).ctypes(3.0) == 1.5


def test_a_folder_that_cannot_be_written_is_no_harm(tmp_path):
    (tmp_path / "file").touch()
    assert native(HALF, "half", {}, tmp_path / "file" / "inside").ctypes(3.0) == 1.5


def test_a_function_that_the_c_library_lacks_is_not_covered(monkeypatch):
    monkeypatch.setattr(library.binding, "address_of_symbol", lambda name: None if name == "lgamma" else 1)
    with pytest.raises(NotCovered, match="lgamma"):
        native("def f(x: float) -> float:\n    return math.lgamma(x)", "f", {})


def test_every_piece_can_be_translated():
    for node in ast.parse(inspect.getsource(pieces)).body:
        if isinstance(node, ast.FunctionDef):
            native(inspect.getsource(pieces), node.name, {})
