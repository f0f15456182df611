"""What people install: a wheel that carries the data, the pages and the style sheet, and works away from a checkout."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import packages_distributions

import nbformat
import pytest
import xarray as xr
from conftest import ROOT
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Return a folder that holds the unpacked wheel and nothing else."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(folder / "site")
    return folder / "site"


def run(code, installed, cwd):
    env = {**os.environ, "PYTHONPATH": str(installed)}
    return subprocess.run(
        [sys.executable, "-c", code], cwd=cwd, env=env, capture_output=True, text=True, check=True
    ).stdout


def test_the_wheel_has_what_a_page_needs_and_nothing_that_was_built(installed):
    files = {path.relative_to(installed).as_posix() for path in installed.glob("**/*") if path.is_file()}
    assert {
        "rethinking/data/reedfrogs.csv",
        "rethinking/data/datasets.toml",
        "rethinking/lectures/12_multilevel_models.md",
        "rethinking/mystyle.mplstyle",
        "rethinking/pictures/shell.js",
        "rethinking/pictures/shell.css",
        "rethinking/causal/drawing/js/explorer.js",
        "rethinking/pictures/frames.js",
        "rethinking/lectures/_project/report.md",
    } <= files
    assert "rethinking/lectures/_static/five_estimators.zarr/zarr.json" in files
    builds = ("_ext", "_config.yml", "_toc.yml", "rebuild.py", ".png")
    assert not [name for name in files if any(part in name for part in builds)]
    assert not [name for name in files if "_build" in name or "__pycache__" in name or name.endswith(".ipynb")]


def test_the_installed_package_finds_its_data_pages_and_style(installed, tmp_path):
    code = """
import rethinking as rt
rt.use_style()
page = rt.lecture("12_multilevel_models")
print(rt.__file__, page.__file__, len(page.partial_pooling(rt.load_data("reedfrogs")).coords["tank"]))
"""
    package, page, tanks = run(code, installed, tmp_path).split()
    assert package.startswith(str(installed))
    assert page.startswith(str(installed))
    assert tanks == "48"


def command(arguments, installed, cwd):
    return subprocess.run(
        [sys.executable, "-m", "rethinking", *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_installed_package_gives_a_lecture_and_its_exercises_in_a_fresh_folder(installed, tmp_path):
    assert command(["get", "5"], installed, tmp_path).returncode == 0
    assert {path.name for path in tmp_path.iterdir()} == {
        "05_elemental_confounds.ipynb",
        "05_elemental_confounds_exercises.ipynb",
    }
    sheet = nbformat.read(tmp_path / "05_elemental_confounds_exercises.ipynb", as_version=4)
    cells = [cell.source for cell in sheet.cells if cell.cell_type == "code"]
    code = "\n".join([*cells, "print(check('age', {'S'}), check('age', set()))"])
    assert "Right" in run(code, installed, tmp_path)


def test_the_installed_package_begins_a_project(installed, tmp_path):
    assert command(["new", "walks"], installed, tmp_path).returncode == 0
    assert "# walks: the report" in (tmp_path / "walks" / "report.md").read_text(encoding="utf-8")
    assert command(["new", "walks"], installed, tmp_path).returncode == 1


def test_doctor_says_what_is_broken_and_goes_on(installed, tmp_path):
    broken = tmp_path / "site"
    shutil.copytree(installed, broken)
    (broken / "rethinking" / "data" / "reedfrogs.csv").write_text("density\n1\n")
    (broken / "pygraphviz.py").write_text("raise ImportError('no graphviz here')")
    (broken / "nutpie.py").write_text("raise ImportError('no nutpie here')")
    result = command(["doctor"], broken, tmp_path)
    said = dict(line[2:].split(": ", 1) for line in result.stdout.splitlines() if line[0] in "✓✗")
    assert result.returncode == 1
    assert "DataCorrupted" in said["data"]
    assert "no graphviz here" in said["drawing"]
    assert "pip install" in said["drawing"]
    assert "no nutpie here" in said["sampling"]
    assert "3 of 6 checks failed" in result.stdout
    assert "Traceback" not in result.stdout + result.stderr


def test_the_examples_of_the_readme_run_and_say_what_they_promise():
    names = {}
    for block in re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL):
        exec(block, names)
    assert isinstance(names["fits"], xr.DataTree)
    assert list(names["fits"]["posterior"]["sigma"].values) == [0.5, 1.0, 5.0]
    assert names["dag"].adjustment_sets("X", "Y") == []
    assert (
        names["dag"]
        .audit(names["page"].mundlak(names["data"]), "X", "Y", names={"Y": "outcome", "U": "group_of"})
        .valid
    )


def declared():
    """Return the requirements in pyproject.toml: those of the package, and those of its extras."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    always = {canonicalize_name(one.name): one for one in map(Requirement, project["dependencies"])}
    texts = [text for extra in project["optional-dependencies"].values() for text in extra]
    return always, {canonicalize_name(one.name): one for one in map(Requirement, texts)}


def imported_modules():
    """Return the libraries that the package imports, each with a file that does."""
    found = {}
    for path in (ROOT / "rethinking").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            else:
                names = [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
            found |= {name.split(".")[0]: path for name in names}
    return {name: path for name, path in found.items() if name not in sys.stdlib_module_names | {"rethinking"}}


def test_every_library_that_the_package_imports_is_declared():
    always, extras = declared()
    owners = packages_distributions()
    imported = imported_modules()
    assert {"numpy", "yaml", "zarr"} <= imported.keys()
    missing = {
        name: path.relative_to(ROOT).as_posix()
        for name, path in imported.items()
        if not {canonicalize_name(owner) for owner in owners.get(name, [])} & (always | extras).keys()
    }
    assert not missing


def test_the_lock_has_a_version_that_is_allowed_of_every_declared_library():
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    pairs = [line.split()[0].split("==") for line in lines if re.match(r"[\w.-]+==", line)]
    locked = {canonicalize_name(name): version for name, version in pairs}
    always, extras = declared()
    for name, requirement in (extras | always).items():
        assert locked[name] in requirement.specifier, name


def test_what_is_used_below_its_public_surface_is_bound_to_minor_versions():
    always, extras = declared()
    for requirement in (always["nutpie"], extras["simuk"]):
        assert any(one.operator == "<" and one.version.startswith("0.") for one in requirement.specifier)
