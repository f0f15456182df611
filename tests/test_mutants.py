"""The mutations that `make mutants` draws from: each is one change of what a module computes."""

import ast
import json
import signal

import pytest
from conftest import ROOT
from mutations import mutated, mutations, sampled

SOURCE = '''"""Words: 1 < 2."""
LIMIT: "int" = 3

def kept(values: list[int] = [], most=0.5):
    """Return 1 + 1."""
    values.sort()
    found = [v for v in values if v < most and not v == -LIMIT]
    if found:
        raise ValueError(f"{len(found) + 1}")
    for one, other in zip(found, values, strict=True):
        return None
    return max(found) - LIMIT
'''


def test_each_kind_of_change_is_made_once():
    assert [(each.was, each.now, each.lines.start) for each in mutations(SOURCE)] == [
        ("3", "4", 2),
        ("0.5", "1.0", 4),
        ("values.sort()", "pass", 6),
        ("v < most and (not v == -LIMIT)", "v < most or not v == -LIMIT", 7),
        ("v < most", "v <= most", 7),
        ("not v == -LIMIT", "v == -LIMIT", 7),
        ("v == -LIMIT", "v != -LIMIT", 7),
        ("-LIMIT", "LIMIT", 7),
        ("if found: ...", "if not found: ...", 8),
        ("raise ValueError(f'{len(found) + 1}')", "pass", 9),
        ("return max(found) - LIMIT", "return None", 12),
        ("max(found) - LIMIT", "max(found) + LIMIT", 12),
        ("max", "min", 12),
    ]
    assert [each.in_function for each in mutations(SOURCE)] == [False] * 2 + [True] * 11


def test_a_mutant_is_the_module_with_one_line_changed():
    whole = ast.unparse(ast.parse(SOURCE)).splitlines()
    for each in mutations(SOURCE):
        changed = mutated(SOURCE, each.number).splitlines()
        assert sum(one != other for one, other in zip(whole, changed, strict=True)) == 1


def test_a_mutant_is_known_by_its_statement_before_and_after():
    found = {each.was: (each.before, each.after) for each in mutations(SOURCE)}
    assert found["v < most"] == (
        "found = [v for v in values if v < most and (not v == -LIMIT)]",
        "found = [v for v in values if v <= most and (not v == -LIMIT)]",
    )
    assert found["values.sort()"] == ("values.sort()", "pass")
    assert found["if found: ..."] == ("if found: ...", "if not found: ...")


def test_what_is_listed_as_equivalent_is_a_mutant_still():
    listed = json.loads((ROOT / "tests" / "equivalent_mutants.json").read_text(encoding="utf-8"))
    for file, reasons in listed.items():
        source = (ROOT / "rethinking" / file).read_text(encoding="utf-8")
        assert reasons.keys() <= {f"{each.before}  ->  {each.after}" for each in mutations(source)}, file


def test_a_changed_line_changes_the_sample_only_there(tmp_path):
    (tmp_path / "room").mkdir()
    (tmp_path / "room" / "words.py").write_text(SOURCE)
    every = sampled(tmp_path, ["room"], 100, 1)
    assert len(every) == len(mutations(SOURCE))
    half = set(sampled(tmp_path, ["room"], len(every) // 2, 1))
    assert half < set(every)
    assert half != set(sampled(tmp_path, ["room/words"], len(every) // 2, 2))
    (tmp_path / "room" / "words.py").write_text(
        f"LEAST = 0 < 1\n{SOURCE}".replace("values.sort()", "values.sort(key=abs)")
    )
    again = set(sampled(tmp_path, ["room"], len(every) // 2, 1))
    assert len(half & again) >= len(half) - 4  # three that are new, and one that is gone


def test_tests_that_were_stopped_from_outside_say_nothing_of_a_mutant():
    pytest.importorskip("resource")  # limits of processes, which Windows lacks
    from forked_tests import ended

    codes = [0, 1, 2, 4, 5, None, -signal.SIGKILL, -signal.SIGXCPU, -signal.SIGSEGV]
    said = ["passed", "failed", "failed", *["unknown"] * 4, "endless", "failed"]
    assert [ended(code) for code in codes] == said
