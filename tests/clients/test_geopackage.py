"""The store's file as GeoPackage readers judge it: GDAL's validator, and names that every reader takes."""

from __future__ import annotations

import re
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.acceptance.shell import Shell
from tests.cite.__main__ import consistent_copy
from tests.ogc_api.site import SMALL
from tests.services import unavailable

VALIDATOR = "osgeo_utils.samples.validate_gpkg"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store of a site with layers in two CRSs, with and without heights, and a building model."""
    folder = tmp_path_factory.mktemp("geopackage")
    shell = Shell(folder / "home")
    names = ("lots.gpkg", "roads.geojson", "utilities.gpkg", "stands.geojson", "manholes.shp", "terrain.tif")
    assert shell.run("layers", "add", *(SMALL / name for name in names)).returncode == 0
    assert shell.run("models", "add", SMALL / "carpark.ifc").returncode == 0
    return consistent_copy(folder / "home" / "site.gpkg", folder / "site.gpkg")


@pytest.fixture
def db(file: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(file)) as connection:
        yield connection


def test_gdals_validator_finds_nothing(file: Path) -> None:
    if subprocess.run(["/usr/bin/python3", "-c", f"import {VALIDATOR}"], capture_output=True, check=False).returncode:
        unavailable("GDAL for Python is not installed (apt-get install python3-gdal)")
    done = subprocess.run(["/usr/bin/python3", "-m", VALIDATOR, "-k", "--warning-as-error", str(file)], capture_output=True, text=True,
                          timeout=120, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stdout + done.stderr


def test_names_of_tables_and_geometry_columns_are_plain(db: sqlite3.Connection) -> None:
    names = [name for row in db.execute("SELECT table_name, column_name FROM gpkg_geometry_columns") for name in row]
    assert [name for name in names if not re.fullmatch(r"[a-z][a-z0-9_]*", name)] == []


def test_extensions_name_tables_that_are_there(db: sqlite3.Connection) -> None:
    there = {name for (name,) in db.execute("SELECT name FROM sqlite_master")}
    assert {name for (name,) in db.execute("SELECT table_name FROM gpkg_extensions WHERE table_name IS NOT NULL")} <= there


def test_columns_have_types_of_the_standard(db: sqlite3.Connection) -> None:
    allowed = {"BOOLEAN", "TINYINT", "SMALLINT", "MEDIUMINT", "INT", "INTEGER", "FLOAT", "DOUBLE", "REAL", "TEXT", "BLOB", "DATE", "DATETIME",
               "GEOMETRY", "POINT", "LINESTRING", "POLYGON", "MULTIPOINT", "MULTILINESTRING", "MULTIPOLYGON", "GEOMETRYCOLLECTION"}
    for (table,) in db.execute("SELECT table_name FROM gpkg_contents").fetchall():
        for _, name, kind, *_ in db.execute(f"PRAGMA table_info('{table}')").fetchall():
            assert kind in allowed, (table, name, kind)


def test_the_file_is_sound(db: sqlite3.Connection) -> None:
    assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert db.execute("PRAGMA foreign_key_check").fetchall() == []
    wrong = db.execute("SELECT table_name FROM gpkg_contents WHERE last_change NOT GLOB '????-??-??T??:??:??.???Z'").fetchall()
    assert wrong == []
