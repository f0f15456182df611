"""The files around the code: what can be checked without a public host is checked here."""

import json
import subprocess
import sys
from collections import Counter

import pytest
import yaml
from conftest import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def test_workflows_follow_their_schema():
    assert WORKFLOWS
    schema = ["--builtin-schema", "vendor.github-workflows"]
    result = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", *schema, *WORKFLOWS], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_may_do_no_more_than_they_say(path):
    assert yaml.safe_load(path.read_text(encoding="utf-8"))["permissions"]["contents"] == "read"


def test_citation_file_names_what_to_cite_and_has_the_version_of_the_package():
    import rethinking

    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert {"cff-version", "message", "title", "authors"} <= citation.keys()
    assert citation["version"] == rethinking.__version__


def test_hooks_before_a_commit_are_the_linters_of_make_lint():
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"][0]["hooks"]
    commands = [hook["entry"].split()[0].removeprefix(".venv/bin/") for hook in hooks]
    recipe = (ROOT / "Makefile").read_text(encoding="utf-8").split("\nlint:")[1].split("\n\n")[0]
    assert set(commands) == {line.split()[0].removeprefix("$(BIN)/") for line in recipe.splitlines()[1:]}


def test_the_container_for_editors_is_json_that_opens_the_lab():
    container = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8"))
    assert container["postAttachCommand"] == "make lab"


def test_the_map_names_every_room_and_module_and_no_other():
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    lines = text.split("```text\n")[1].split("```")[0].splitlines()
    drawn = {room.replace("(top)", "."): set(modules) for room, *modules in map(str.split, lines)}
    package = ROOT / "rethinking"
    built = {}
    for path in package.rglob("*.py"):
        room = path.parent.relative_to(package).as_posix()
        if path.parts[len(package.parts)] not in {"data", "lectures"} and path.stem != "__init__":
            built.setdefault(room, set()).add(path.stem)
    assert drawn == built


def test_a_module_name_has_one_meaning():
    stems = Counter(path.stem for path in (ROOT / "rethinking").rglob("*.py") if path.stem != "__init__")
    stems.update(path.parent.name for path in (ROOT / "rethinking").rglob("*/__init__.py"))
    assert not {stem for stem, times in stems.items() if times > 1}


def test_the_nearest_name_is_found_in_one_place():
    package = ROOT / "rethinking"
    found = [path.name for path in package.rglob("*.py") if "difflib" in path.read_text(encoding="utf-8")]
    assert found == ["_names.py"]
