"""Every shared GIS file is published with the right CRS and count, its faults told, its Chinese names found by two characters."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pyogrio
import pytest
import shapely

from csdi.blobs import Blobs
from csdi.layers import LayerOptions, LayerResult, add_layers
from csdi.query import Query
from csdi.store import Store, open_store
from tests.corpus import ROOT, corpus

FILES = sorted(path.name for path in (ROOT / "gis").iterdir() if path.suffix != ".md") if (ROOT / "gis").exists() else ["none"]
TABLES = {"hkia_frequencies.csv", "landsd_indoor_map_venues.csv", "td_carpark_vacancy_20251115.csv"}
CRS = {"hko_stations_4326.csv": "OGC:CRS84", "lcsd_facilities_dual_coords.csv": "OGC:CRS84", "hk1980_checkpoints.csv": "EPSG:2326",
       "hk80_geodetic_checkpoints.csv": "EPSG:2326"}
FAULTS = {
    "hk_landcover_b50k_2326.gpkg": {"geometry-repaired", "geometry-collapsed"},
    "landsd_buildings_station_carparks_4326.gpkg": {"geometry-missing", "attribute-program-text", "attribute-blanks"},
    "lcsd_facilities_dual_coords.csv": {"coordinates-disagree", "coordinates-differ"},
    "td_carpark_vacancy_20251115.csv": {"attribute-sentinel"},
    "td_carparks_4326.geojson": {"attribute-blanks"},
    "landsd_indoor_map_venues.csv": {"attribute-blanks"},
}
HONG_KONG = (113.0, 21.5, 115.0, 23.0)
CHINESE = re.compile("[\u4e00-\u9fff]{2}")

pytestmark = pytest.mark.corpus


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(f"sqlite:///{tmp_path}/site.gpkg")


def add(store: Store, folder: Path, path: Path) -> list[LayerResult]:
    return list(add_layers(store, Blobs(f"file://{folder}/blobs"), path, LayerOptions()))


@pytest.mark.parametrize("name", FILES)
def test_a_shared_file_is_published_with_its_crs_and_its_faults(store: Store, tmp_path: Path, name: str) -> None:
    path = corpus("gis", name)
    results = add(store, tmp_path, path)
    assert [r.result for r in results] == ["published"] * len(results)
    stated = re.search(r"_(\d{4})\.\w+$", name)
    expected = CRS.get(name) or ("OGC:CRS84" if name in TABLES else f"EPSG:{stated.group(1)}" if stated else "")
    assert {r.crs for r in results} == {expected}
    assert {f.code for r in results for f in r.findings} == FAULTS.get(name, set())
    for result in results:
        collection = store.collection(result.collection)
        assert collection.count == result.count
        if collection.schema.geometry:
            west, south, east, north = collection.extent.bbox.numbers[:4] if collection.extent.bbox else (0, 0, 0, 0)
            assert HONG_KONG[0] < west <= east < HONG_KONG[2]
            assert HONG_KONG[1] < south <= north < HONG_KONG[3]


@pytest.mark.parametrize("name", [name for name in FILES if not name.endswith(".tif")])
def test_counts_are_those_of_the_source(store: Store, tmp_path: Path, name: str) -> None:
    path = corpus("gis", name)
    found = {r.collection: r.count for r in add(store, tmp_path, path)}
    layers = [str(layer) for layer, _ in pyogrio.list_layers(path)]
    assert list(found.values()) == [pyogrio.read_info(path, layer=layer, force_feature_count=True)["features"] for layer in layers]


@pytest.mark.parametrize("name", [name for name in FILES if not name.endswith(".tif")])
def test_every_chinese_name_is_found_by_two_of_its_characters(store: Store, tmp_path: Path, name: str) -> None:
    for result in add(store, tmp_path, corpus("gis", name)):
        features = store.search(result.collection, Query(limit=1000)).features
        texts = [f for f in store.collection(result.collection).schema if f.text]
        for feature in features[:: max(1, len(features) // 20)]:
            words = " ".join(str(feature.properties.get(f.name) or "") for f in texts)
            pair = CHINESE.search(words)
            if pair:
                assert feature.id in {f.id for f in store.search(result.collection, Query(text=pair.group(), limit=10_000)).features}


def test_all_repaired_and_collapsed_geometries_are_listed_and_kept(store: Store, tmp_path: Path) -> None:
    (result,) = add(store, tmp_path, corpus("gis", "hk_landcover_b50k_2326.gpkg"))
    listed = {f.code: f.data for f in result.findings}
    assert listed["geometry-repaired"]["count"] == len(set(listed["geometry-repaired"]["ids"])) == 259
    shapes = {f.id: f.geometry for f in store.search(result.collection, Query(limit=10_000)).features}
    assert all(shape is not None and shape.is_valid for shape in shapes.values())
    thin = {id for id, shape in shapes.items() if shapely.get_dimensions(shape) < 2}
    assert thin == set(listed["geometry-collapsed"]["ids"])
    assert thin <= set(listed["geometry-repaired"]["ids"])


def test_published_layers_lie_in_a_file_that_other_programs_read(store: Store, tmp_path: Path) -> None:
    add(store, tmp_path, corpus("gis", "hkia_buildings_2326.gpkg"))
    with sqlite3.connect(tmp_path / "site.gpkg") as connection:
        assert connection.execute("SELECT srs_id FROM gpkg_geometry_columns WHERE table_name = 'hkia_buildings_2326'").fetchone() == (2326,)


def test_dirty_attributes_are_told_with_examples_and_ids(store: Store, tmp_path: Path) -> None:
    rows = ["a,5,2024-01-01", "b,N/A,2024-13-01", "c,7,2024-01-02", "d,8,2024-01-03", "e\ufffd,9,2024-01-03", "f,10,2024-01-03", "g,1 1,"]
    (tmp_path / "d.csv").write_text("name,floors,built\n" + "\n".join(rows) + "\n", encoding="utf-8")
    (result,) = add(store, tmp_path, tmp_path / "d.csv")
    found = {f.code: f.data for f in result.findings}
    assert found["attribute-null-text"] == {"column": "floors", "count": 1, "examples": ["N/A"], "ids": ["2"]}
    assert found["attribute-not-a-date"]["ids"] == ["2"]
    assert found["attribute-damaged-text"]["examples"] == ["e\ufffd"]
