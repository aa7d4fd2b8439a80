"""The Khronos glTF validator on the tiles of the sample, of its city, and of real models: no errors."""

from __future__ import annotations

from pathlib import Path

import pytest

from bim.intake import intake
from csdi.bootstrap import open_services
from csdi.crs import HeightModel
from csdi.layers import add_layers
from csdi.settings import read_settings
from tests.bim.corpus import corpus_file
from tests.twin.glb_validation import validated
from twin.city import City
from twin.tiler import build_tileset

SMALL = Path(__file__).parents[2] / "sample_models" / "small"
SAMPLE = ("terminal-arch", "terminal-structure", "terminal-mep", "carpark", "taxiway-bridge")
CORPUS = ("arch-office-a-ifc2x3", "arch-janesville-restaurant-ifc2x3", "str-hhs-office-ifc2x3", "infra-rail-track10-ifc4x3-epsg3065",
          "str-bernts-steel-ifc2x3", "geo-duplex-georeferenced-ifc2x3")


def tiles(path: Path) -> dict[str, bytes]:
    """All files of a model's tilesets, of elements and of spaces."""
    read = intake(path, model=path.stem, name=path.name)
    files: dict[str, bytes] = {}
    for shapes, rows in ((read.shapes, read.tables.elements), (read.space_shapes, read.tables.spaces)):
        build_tileset(shapes, [{"id": row.id, **row.properties} for row in rows], read.georeference, HeightModel.parse("hk"), files.__setitem__)
    return files


def assert_valid(files: dict[str, bytes], folder: Path) -> None:
    said = validated(files, folder)
    assert said
    assert {one["file"]: one["messages"] for one in said if one["errors"] or one["warnings"]} == {}


@pytest.mark.parametrize("name", SAMPLE)
def test_tiles_of_the_sample_are_valid(name: str, tmp_path: Path) -> None:
    assert_valid(tiles(SMALL / f"{name}.ifc"), tmp_path)


@pytest.mark.corpus
@pytest.mark.parametrize("name", CORPUS)
def test_tiles_of_real_models_are_valid(name: str, tmp_path: Path) -> None:
    assert_valid(tiles(corpus_file(f"ifc/{name}.ifc")), tmp_path)


def test_tiles_of_a_city_are_valid(tmp_path: Path) -> None:
    with open_services(read_settings(home=tmp_path / "home")) as services:
        list(add_layers(services.store, services.blobs, SMALL / "city_buildings.gpkg"))
        City.of(services, services.store.collection("city_buildings"), None).build()
        files = {name.replace("/", "-"): services.blobs.get(name) for name in services.blobs.names("tiles3d")}
    assert_valid(files, tmp_path)
