"""`csdi crs`: what each verb prints, and that every example of its help runs."""

from __future__ import annotations

import csv
import io
import json
import re
import shlex
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from csdi.crs.grids import gtx
from csdi.crs.make_hk_grid import EGM96_UNDULATION_M
from csdi.crs_cli import app
from csdi.errors import CrsUnknown, FileBroken, PathMissing, TransformRefused, ValueInvalid


def run(*arguments: str, stdin: str | None = None) -> Result:
    result = CliRunner().invoke(app, list(arguments), input=stdin)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CSDI_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "hkgeoid.gtx").write_bytes(gtx(np.array(EGM96_UNDULATION_M) - 0.579, 113.5, 22.0, (0.25, 0.25)))
    return tmp_path / "home"


@pytest.mark.parametrize("verb", ["transform", "describe", "install-grid", "self-test"])
def test_the_example_of_each_verb_runs(verb: str) -> None:
    help_text = " ".join(run(verb, "--help").stdout.replace("│", " ").split())
    example = re.search(r"Example: csdi crs (.*?) (?:╭|Arguments|Options)", help_text)
    assert example
    assert run(*shlex.split(example[1])).exit_code == 0


def test_a_point_is_printed_with_its_operation_beside_it() -> None:
    result = run("transform", "--from", "EPSG:2326", "--to", "OGC:CRS84", "813259.7", "818940.16")
    assert result.stdout == "113.953573028 22.309278113\n"
    assert "EPSG:1825" in result.stderr


def test_a_point_below_datum_as_json() -> None:
    document = json.loads(run("transform", "--from", "HK80GRID + HKPD", "--to", "4979", "813259.7", "818940.16", "-5.1",
                              "--json").stdout)
    assert document["points"][0] == pytest.approx([113.953573030, 22.309278112, -8.638], abs=1e-3)
    assert document["operation"]["height_model"] == "hk"
    assert document["operation"]["accuracy_m"] == 1.0


def test_the_height_model_is_the_setting_or_the_option(monkeypatch: pytest.MonkeyPatch) -> None:
    point = ("transform", "--from", "EPSG:2326+5738", "--to", "CRS84h", "813259.7", "818940.16", "5")
    monkeypatch.setenv("CSDI_HEIGHT_MODEL", "constant:-3")
    assert run(*point).stdout.split()[2] == "2.0000"
    assert run(*point, "--heights", "constant:-4").stdout.split()[2] == "1.0000"
    with pytest.raises(TransformRefused):
        run(*point, "--heights", "none")


def test_an_epoch_is_taken() -> None:
    document = json.loads(run("transform", "--from", "EPSG:7912", "--to", "EPSG:2326", "113.95", "22.31", "--epoch", "2026.5",
                              "--json").stdout)
    assert "2026.5" in document["operation"]["note"]


def test_a_table_gains_columns_and_keeps_its_rows() -> None:
    table = "名稱,E,N,mPD\n機場客運大樓,813259.7,818940.16,5.1\n水泵,810000,819000,\n"
    result = run("transform", "--from", "EPSG:2326+5738", "--to", "CRS84h", "--csv", "-", stdin=table)
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert [row["名稱"] for row in rows] == ["機場客運大樓", "水泵"]
    assert float(rows[0]["to_x"]) == pytest.approx(113.953573030, abs=1e-8)
    assert float(rows[0]["to_z"]) == pytest.approx(1.562, abs=0.001)
    assert rows[1]["to_z"] == ""


def test_a_table_with_named_columns_as_json(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n819000,810000\n", encoding="utf-8-sig")
    document = json.loads(run("transform", "--from", "2326", "--to", "CRS84", "--csv", "t.csv", "--columns", "b,a", "--json").stdout)
    assert document["points"][0] == pytest.approx([113.921936, 22.309772], abs=1e-6)


@pytest.mark.parametrize(("table", "columns", "error"), [
    ("a,b\n1,2\n", None, ValueInvalid), ("E,N\n1,x\n", None, FileBroken), ("E,N\n", None, FileBroken), ("", None, FileBroken),
    ("E,N\n1\n", None, FileBroken), ("E,lon,N\n1,2,3\n", None, ValueInvalid), ("E,N\n1,2\n", "E", ValueInvalid),
    ("E,N\n1,2\n", "E,Q", ValueInvalid)])
def test_a_table_that_cannot_be_read_is_refused(table: str, columns: str | None, error: type[Exception]) -> None:
    more = ("--columns", columns) if columns else ()
    with pytest.raises(error):
        run("transform", "--from", "2326", "--to", "CRS84", "--csv", "-", *more, stdin=table)


def test_wrong_use_is_named() -> None:
    with pytest.raises(PathMissing):
        run("transform", "--from", "2326", "--to", "CRS84", "--csv", "none.csv")
    with pytest.raises(ValueInvalid):
        run("transform", "--from", "2326", "--to", "CRS84", "1")
    with pytest.raises(CrsUnknown):
        run("describe", "EPSG:1")


def test_a_crs_is_described() -> None:
    text = run("describe", "HK1980 Grid").stdout
    assert "EPSG:2326" in text
    assert "Northing (north), Easting (east)" in text
    assert json.loads(run("describe", "HKPD", "--json").stdout)["code"] == "EPSG:5738"


def test_a_grid_is_installed_into_the_home_folder(home: Path) -> None:
    document = json.loads(run("install-grid", "hkgeoid.gtx", "--uncertainty", "0.02", "--json").stdout)
    assert Path(document["path"]) == home / "grids" / "hkgeoid.gtx"
    assert document["setting"].endswith("hkgeoid.gtx?uncertainty=0.02")
    assert run("transform", "--from", "EPSG:2326+5738", "--to", "CRS84h", "813259.7", "818940.16", "5", "--heights",
               document["setting"]).exit_code == 0


def test_the_self_test_is_json_too() -> None:
    assert all(result["passed"] for result in json.loads(run("self-test", "--json").stdout))
