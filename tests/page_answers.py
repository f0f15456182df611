"""What a reader may type into the box of a question, as the page gets it and as Python does: (texts, answer)."""

import itertools

import numpy as np

NONSENSE = ["about", "0.5 kg", "0,25", "1/2", "--1", "0x10", "1e", "nan", "-inf", "</script>", "NaN%"]


def typed(box, rng):
    """Return answers to a box: right ones, each mistake, near misses, other units and nonsense."""
    return KINDS[box["kind"]](box, rng)


def _numbers(box, rng):
    right, tolerance = box["right"], box["tolerance"]
    values = [right, *(value for value, _ in box["mistakes"]), -right, 100 * right, 2 * right, 0.0]
    values += [right + tolerance * times for times in (-3, -1.01, -0.99, 0.99, 1.01, 3)]
    values += [round(value, digits) for value in values for digits in range(5)]
    values += [*(right + 4 * tolerance * rng.normal(size=20))]
    texts = [*map(_text, values), *NONSENSE, "", "  "]
    return [([text], text) for text in texts]


def _lists(box, rng):
    right = np.array(box["right"])
    lists = [right, *(np.array(values) for values, _ in box["mistakes"]), right[::-1], -right, 2 * right]
    lists += [
        right + times * box["tolerance"] * sign for times in (0.9, 1.1) for sign in (1, (-1) ** np.arange(right.size))
    ]
    lists += [right + box["tolerance"] * rng.normal(size=right.size) for _ in range(10)]
    lists += [np.round(each, digits) for each in lists for digits in (2, 3, 4)] + [right[1:], right[:1]]
    rows = [[_text(value) for value in each] for each in lists]
    rows += [[*map(_text, right[1:]), word] for word in NONSENSE if "," not in word]
    made = [([between.join(row)], row) for between in (" ", ", ", "\n; ") for row in rows]
    return [*made, ([f"[{', '.join(rows[0])}]"], rows[0]), ([""], "")]


def _pairs(box, rng):
    right = np.array(box["right"][:2])
    pairs = [right, *(np.array(one[:2], float) for _, _, many in box["mistakes"] for one in many[:3])]
    pairs = [pair for pair in pairs if np.isfinite(pair).all()]
    for pair in [*pairs]:
        mean, sd = pair
        pairs += [(-mean, sd), (100 * mean, 100 * sd), (mean, 2 * sd), (mean, sd / 3), (mean**2, sd), (mean, -sd)]
    if box["squared"]:
        pairs.append((box["squared"], right[1]))
    scale = right[1] * np.array([0.3, 0.15])
    pairs += [right + scale * rng.normal(size=2) for _ in range(30)]
    pairs += [(round(a, i), round(b, j)) for a, b in pairs for i, j in ((1, 1), (2, 2), (3, 3), (4, 4), (2, 3))]
    return _of_two(pairs)


def _intervals(box, rng):
    right = np.array(box["right"][:2])
    known = [
        right,
        *(each[:2] for _, _, each in box["others"]),
        *(one[:2] for _, many in box["mistakes"] for one in many),
    ]
    pairs = [np.array(each, float) for each in known if None not in each[:2]]
    mean, sd = box["moments"]
    pairs += [(mean + 0.05 * sd, sd), (mean + 0.15 * sd, sd), (mean, sd), right[::-1], -right[::-1], 100 * right]
    pairs += [right + 0.1 * np.ptp(right) * rng.normal(size=2) for _ in range(30)]
    pairs += [np.round(pair, digits) for pair in pairs for digits in (1, 2, 3, 5)]
    return _of_two(pairs)


def _of_two(pairs):
    texts = [(_text(a), _text(b)) for a, b in pairs]
    texts += [each for word in NONSENSE for each in ((word, "1"), ("1", word))]
    return [(list(pair), pair) for pair in texts] + [(["", "1"], ""), (["1", " "], ""), (["", ""], "")]


def _sets(box, _rng):
    names = box["names"]
    sets = [each for size in range(len(names) + 1) for each in itertools.permutations(names, size)][:500]
    return [(None, None), *((list(each), set(each)) for each in sets)]


def _choices(_box, _rng):
    return [(["True"], True), (["False"], False), ([""], "")]


def _text(value):
    """Return a number as one types it."""
    return str(float(value)) if abs(value) < 1e15 else f"{value:.6g}"


KINDS = {
    "number": _numbers,
    "numbers": _lists,
    "estimate": _pairs,
    "interval": _intervals,
    "set": _sets,
    "choice": _choices,
}
