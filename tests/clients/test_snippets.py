"""The snippets of the pages, run as they are given: what people copy works."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pyogrio
import pytest
import rasterio

from tests.acceptance.shell import Server


def snippet(server: Server, collection: str, id: str) -> str:
    """The code of a snippet, as the portal gets it."""
    found: list[dict[str, Any]] = server.get(f"/api/collections/{collection}")["snippets"]
    return next(str(one["code"]) for one in found if one["id"] == id)


def python(code: str) -> str:
    """What the code prints."""
    done = subprocess.run([sys.executable, "-W", "error::UserWarning", "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("collection", ["lots", "roads", "elements"])
def test_owslib_reads_a_page(server: Server, collection: str) -> None:
    matched = server.get(f"/ogc/collections/{collection}/items?limit=1")["numberMatched"]
    said = python(snippet(server, collection, "owslib")).splitlines()
    assert said[0] == f"{matched} items"
    assert len(said) == 1 + min(matched, 100)


def test_geopandas_reads_a_table(server: Server) -> None:
    code = snippet(server, "lots", "geopandas").replace("table.head()", "len(table), table.crs, table.geometry.is_valid.all()")
    assert python(code).split()[0] == "38"


def test_owslib_searches_the_catalogue(server: Server) -> None:
    said = python(snippet(server, "records", "owslib").replace("水", "lots"))
    assert "lots" in said


def test_rasterio_reads_the_raster_from_here(server: Server) -> None:
    assert "EPSG:2326" in python(snippet(server, "terrain", "rasterio"))


def test_gdal_opens_what_its_command_names(server: Server) -> None:
    command = shlex.split(snippet(server, "lots", "gdal"))
    assert command[:4] == ["ogr2ogr", "-f", "GPKG", "lots.gpkg"]
    assert pyogrio.read_info(command[4], layer=command[5])["features"] == 38
    raster = shlex.split(snippet(server, "terrain", "gdal"))
    with rasterio.open(next(word for word in raster if word.startswith("/vsicurl/"))) as opened:
        assert opened.width > 0


def test_the_commands_run_where_the_programs_are(server: Server, tmp_path: Path) -> None:
    ran = [collection for collection, id in (("lots", "gdal"), ("terrain", "gdal"), ("lots", "curl"), ("records", "curl"))
           if run(snippet(server, collection, id), tmp_path)]
    if not ran:
        pytest.skip("neither GDAL's programs nor curl are here")


def run(command: str, folder: Path) -> bool:
    """Whether the program is there; then the command must work."""
    words = shlex.split(command)
    if not shutil.which(words[0]):
        return False
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    if words[0] == "curl":
        assert json.loads(done.stdout)["type"] == "FeatureCollection"
    return True


def test_the_address_for_vector_tiles_gives_tiles(server: Server) -> None:
    address = snippet(server, "lots", "qgis-tiles").replace("{z}", "0").replace("{x}", "0").replace("{y}", "0")
    with urllib.request.urlopen(address, timeout=30) as answer:
        assert answer.headers["content-type"] == "application/vnd.mapbox-vector-tile"
        assert answer.read()
