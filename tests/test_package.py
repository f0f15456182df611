"""What people install: a wheel that carries the data, the pages and the style sheet, and works away from a checkout."""

import os
import re
import shutil
import subprocess
import sys
import zipfile

import nbformat
import pytest
import xarray as xr
from conftest import ROOT


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
