"""The GeoPackage as others see it: valid, opened by GDAL and QGIS, edited by them; and files that are not ours."""

from __future__ import annotations

import re
import shutil
import sqlite3
import subprocess
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import shapely

from csdi.collection import Collection
from csdi.errors import SettingsInvalid, StoreIncompatible, StoreUnavailable
from csdi.extent import BBox
from csdi.feature import Feature, Field, FieldType, Schema
from csdi.filter import parse
from csdi.query import Query
from csdi.store import Store, open_store, sql
from csdi.store.plan import plan_of
from csdi.store.sqlite.choice import chosen_dialect
from csdi.store.sqlite.layout import Layout
from tests.contract.stores import EVERY_TYPE, as_geojson, collection, door, fill

SOLID = Schema((Field("name", text=True), Field("base", FieldType.NUMBER), Field("id", FieldType.INTEGER)), geometry="polygon", has_z=True)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "site.gpkg"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite://{path}")
    yield opened
    opened.close()


def blocks(store: Store) -> None:
    made = Collection("blocks", {"en": "Blocks"}, SOLID, storage_crs="EPSG:2326+5738", vertical_crs="EPSG:5738")
    shapes = [shapely.force_3d(shapely.box(811000 + n, 819000, 811001 + n, 819001), z=5.5) for n in range(9)]
    fill(store, [Feature(f"b{n}", shape, {"name": "客運大樓", "base": n / 3, "id": n}) for n, shape in enumerate(shapes)], made)


def test_a_missing_file_becomes_an_empty_geopackage(store: Store, path: Path) -> None:
    assert store.collections() == []
    with sqlite3.connect(path) as db:
        assert db.execute("PRAGMA application_id").fetchone() == (0x47504B47,)
        assert db.execute("PRAGMA user_version").fetchone() == (10300,)
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert [r[0] for r in db.execute("SELECT srs_id FROM gpkg_spatial_ref_sys ORDER BY 1")] == [-1, 0, 4326]
    db.close()


def test_gdal_sees_the_collections_and_nothing_else(store: Store, path: Path) -> None:
    blocks(store)
    fill(store, [door(n, name="門") for n in range(5)])
    fill(store, [door(1, geometry=None)], collection("notes", replace(EVERY_TYPE, geometry="")))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        layers = dict(pyogrio.list_layers(path))
        info = pyogrio.read_info(path, layer="blocks")
        meta, _, geometry, fields = pyogrio.raw.read(path, layer="blocks", bbox=(811000.5, 818000, 811002.5, 820000))
    assert layers == {"blocks": "3D Polygon", "doors": "Unknown", "notes": None} or layers["blocks"] == "Polygon Z"
    assert set(layers) == {"blocks", "doors", "notes"}
    assert info["features"] == 9
    assert list(info["fields"]) == ["id_1", "name", "base", "id"]
    assert "Hong Kong 1980 Grid" in info["crs"]
    assert "Hong Kong Principal Datum" in info["crs"]
    assert info["capabilities"]["fast_spatial_filter"]
    assert sorted(fields[0]) == ["b0", "b1", "b2"]
    assert list(meta["fields"]) == ["id_1", "name", "base", "id"]
    assert shapely.get_coordinates(shapely.from_wkb(geometry[0]), include_z=True)[0, 2] == 5.5


def test_the_standard_index_is_the_one_its_triggers_make(store: Store, path: Path) -> None:
    fill(store, [door(n) for n in range(20)])
    with store.transaction() as change:
        change.write("doors", [door(n, geometry=shapely.Point(n, n)) for n in range(5, 1500)])
        change.write("doors", [door(2, geometry=None), door(3, geometry=shapely.Point()), door(2000)])
        change.delete("doors", parse("id in ('d7', 'd8')"))
    with sqlite3.connect(path) as db:
        entries = {row[0]: row[1:] for row in db.execute("SELECT id, minx, miny FROM rtree_doors_geom")}
        rows = dict(db.execute("SELECT id, fid FROM doors"))
        triggers = [r[0] for r in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'rtree_doors%'")]
    db.close()
    assert set(entries) == {fid for id, fid in rows.items() if id not in ("d2", "d3")}
    assert entries[rows["d900"]] == (900, 900)
    assert len(triggers) == 6


def test_what_gdal_edits_is_found(store: Store, path: Path) -> None:
    fill(store, [door(n, name="水泵") for n in range(3)])
    seen = store.change()
    table = {"name": np.array(["風機"], object), "note": np.array(["drawn"], object)}
    pyogrio.raw.write(path, shapely.to_wkb(np.array([shapely.Point(50, 5)], object)), list(table.values()), list(table), layer="doors",
                      geometry_type="Unknown", crs="EPSG:4326", append=True, driver="GPKG")
    assert store.change() > seen
    found = store.search("doors", Query(text="風機", bbox=BBox(49, 4, 51, 6))).features
    assert [f.properties["note"] for f in found] == ["drawn"]
    assert store.collection("doors").count == 4
    box = store.collection("doors").extent.bbox
    assert box is not None
    assert box.minx == pytest.approx(50, abs=1e-4)
    assert b"[50.0,5.0]" in store.search_json("doors", Query(text="風機")).body


def test_edits_and_deletions_of_others_are_found_after_opening(path: Path) -> None:
    store = open_store(f"sqlite://{path}")
    blocks(store)
    store.close()
    db = sqlite3.connect(path)
    for name in ("ST_IsEmpty", "ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY"):
        db.create_function(name, 1, lambda blob: 0)
    db.execute("UPDATE blocks SET name = 'New 新' WHERE id_1 = 'b1'")
    db.execute("DELETE FROM blocks WHERE id_1 = 'b2'")
    db.commit()
    db.close()
    store = open_store(f"sqlite://{path}")
    assert [f.id for f in store.search("blocks", Query(text="新")).features] == ["b1"]
    assert store.count("blocks", Query(text="客運")) == 7
    assert store.collection("blocks").count == 8
    store.close()


def test_properties_that_others_edit_are_served_at_once(store: Store, path: Path) -> None:
    blocks(store)
    db = sqlite3.connect(path)
    for function in ("ST_IsEmpty", "ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY"):
        db.create_function(function, 1, lambda blob: 0)
    db.execute("UPDATE blocks SET name = '水泵' WHERE fid = 3")
    db.commit()
    db.close()

    def names() -> list[str]:
        return [one["properties"]["name"] for one in as_geojson(store, "blocks", Query(limit=4))]

    assert names() == ["客運大樓", "客運大樓", "水泵", "客運大樓"]
    store.change()  # takes in the edit
    assert names() == ["客運大樓", "客運大樓", "水泵", "客運大樓"]


def test_a_field_that_came_later_is_in_the_json_of_old_features(store: Store) -> None:
    blocks(store)
    known = store.collection("blocks")
    with store.transaction() as change:
        change.describe(replace(known, schema=replace(known.schema, fields=(*known.schema.fields, Field("owner")))))
    assert as_geojson(store, "blocks", Query(limit=1))[0]["properties"] == {
        "name": "客運大樓", "base": 0.0, "id": 0, "owner": None}


def test_files_from_before_properties_were_kept_as_text_are_read_and_written(store: Store, path: Path) -> None:
    blocks(store)
    expected = store.search_json("blocks", Query())
    store.close()
    with sqlite3.connect(path) as db:
        db.execute("DROP TRIGGER csdi_watch_blocks_insert")
        db.execute("DROP TRIGGER csdi_watch_blocks_update")
        db.execute("ALTER TABLE csdi_geojson_blocks DROP COLUMN properties")
        db.execute("UPDATE csdi_collections SET layout = json_remove(layout, '$.whole'), revision = revision + 1")
    old = open_store(f"sqlite://{path}")
    assert old.search_json("blocks", Query()) == expected
    feature = old.feature("blocks", "b1")
    with old.transaction() as change:
        change.write("blocks", [replace(feature, properties={**feature.properties, "name": "水泵"})])
    assert as_geojson(old, "blocks", Query())[1]["properties"]["name"] == "水泵"
    old.close()


def test_the_header_of_a_blob_is_the_standards(store: Store, path: Path) -> None:
    blocks(store)
    with sqlite3.connect(path) as db:
        blob = db.execute("SELECT geom FROM blocks").fetchone()[0]
        srs = db.execute("SELECT srs_id, definition FROM gpkg_spatial_ref_sys "
                         "WHERE srs_id = (SELECT srs_id FROM gpkg_contents)").fetchone()
    db.close()
    assert blob[:4] == b"GP\x00\x01"
    assert int.from_bytes(blob[4:8], "little") == srs[0]
    assert shapely.from_wkb(blob[8:]).has_z
    assert srs[1].startswith("COMPD_CS")


def test_indexes_are_used(store: Store, path: Path) -> None:
    fill(store, [door(n, name=f"n{n}", floor=n) for n in range(10)])
    with sqlite3.connect(path) as db:
        indexed = {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'doors'")}
        plan = db.execute("EXPLAIN QUERY PLAN SELECT f.fid FROM doors f WHERE f.fire = 'x'").fetchone()[3]
    db.close()
    assert {"csdi_index_doors_name", "csdi_index_doors_fire", "csdi_index_doors_seen"} <= indexed
    assert "csdi_index_doors_fire" in plan


@pytest.mark.parametrize(("text", "index"), [
    ("name >= 'same' AND floor > 17", "csdi_(index|pair)_doors_floor"), ("floor > 17 AND name >= 'same'", "csdi_(index|pair)_doors_floor"),
    ("name = 'same' AND floor > 17", r"csdi_pair_doors_name_floor\w* \(name=\? AND floor>\?\)"),
    ("floor > 17 AND name = 'same'", r"csdi_pair_doors_name_floor\w* \(name=\? AND floor>\?\)"),
    ("floor > 17 AND name = 'same' AND fire = 'x'", "csdi_(index|pair)_doors_fire")])
def test_a_filter_is_led_by_the_index_with_the_fewest_rows(store: Store, path: Path, text: str, index: str) -> None:
    fill(store, [door(n, name="same", floor=n) for n in range(20)])
    query = Query(filter=parse(text))
    assert [feature.properties["floor"] for feature in store.search("doors", query).features] == ([] if "fire" in text else [18, 19])
    made = store.collection("doors")
    layout = Layout.of(made)
    with sqlite3.connect(path) as db:
        condition = plan_of(made, query).condition
        assert condition is not None
        asked = sql.compiled(condition, chosen_dialect(db, layout, plan_of(made, query))[1])
        steps = db.execute(f"EXPLAIN QUERY PLAN SELECT f.fid FROM doors f WHERE {asked.text.replace(sql.MARK, '?')}", asked.params)
        assert re.search(index, steps.fetchone()[3])
    db.close()


def test_indexes_follow_the_schema(store: Store, path: Path) -> None:
    """A field that comes to be indexed joins the indexes on several; one that ceases to be leaves them."""
    fill(store, [door(1)])
    made = store.collection("doors")

    def indexes(**indexed: bool) -> str:
        fields = tuple(replace(field, indexed=indexed.get(field.name, field.indexed)) for field in made.schema)
        with store.transaction() as change:
            change.describe(replace(made, schema=replace(made.schema, fields=fields)))
        with sqlite3.connect(path) as db:
            found = db.execute("SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'doors' AND name GLOB 'csdi*'").fetchall()
        db.close()
        return " ".join(sorted(name for (name,) in found))

    before = indexes()
    assert "csdi_pair_doors_name_floor" in before
    fewer = indexes(floor=False)
    assert "floor" not in fewer
    assert "csdi_pair_doors_name_" in fewer
    assert indexes(floor=True) == before


def test_a_geopackage_of_others_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.gpkg"
    pyogrio.raw.write(path, shapely.to_wkb(np.array([shapely.Point(1, 2)], object)), [np.array([1])], ["a"],
                      layer="x", geometry_type="Point",
                      crs="EPSG:4326", driver="GPKG")
    with pytest.raises(StoreIncompatible, match=r"layers add"):
        open_store(f"sqlite://{path}")


def test_files_that_are_no_store_are_refused(tmp_path: Path) -> None:
    text = tmp_path / "text.gpkg"
    text.write_text("This is not a database at all. " * 100)
    with pytest.raises(StoreUnavailable, match="not a SQLite database"):
        open_store(f"sqlite://{text}")
    assert text.read_text().startswith("This is not")
    plain = tmp_path / "plain.db"
    with sqlite3.connect(plain) as db:
        db.execute("CREATE TABLE a (b)")
    db.close()
    with pytest.raises(StoreIncompatible, match="not a GeoPackage"):
        open_store(f"sqlite://{plain}")
    with pytest.raises(StoreUnavailable, match="directory"):
        open_store(f"sqlite://{tmp_path}")
    with pytest.raises(StoreUnavailable):
        open_store(f"sqlite://{text}/below.gpkg")


def test_a_store_of_another_version_is_refused(store: Store, path: Path) -> None:
    store.close()
    with sqlite3.connect(path) as db:
        db.execute("UPDATE csdi_state SET version = 99")
    db.close()
    with pytest.raises(StoreIncompatible, match="version 99"):
        open_store(f"sqlite://{path}")


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:", "mysql://x", "", "site.gpkg"])
def test_urls_of_no_store_are_refused(url: str) -> None:
    with pytest.raises(SettingsInvalid):
        open_store(url)


QGIS_SCRIPT = """
import os, sys
from qgis.core import QgsApplication, QgsVectorLayer
application = QgsApplication([], False); application.initQgis()
for name in sys.argv[2:]:
    layer = QgsVectorLayer(f"{sys.argv[1]}|layername={name}", name, "ogr")
    print(name, layer.isValid(), layer.featureCount(), layer.crs().isValid(), ",".join(f.name() for f in layer.fields()),
          flush=True)
os._exit(0)  # tearing QGIS down is not what is tested
"""


@pytest.mark.qgis
def test_qgis_opens_the_file_as_it_lies(store: Store, path: Path) -> None:
    python = "/usr/bin/python3"
    if not shutil.which(python) or subprocess.run([python, "-c", "import qgis.core"], capture_output=True).returncode:
        pytest.skip("no python3-qgis on this machine")
    blocks(store)
    fill(store, [door(n) for n in range(3)])
    environment = {"QT_QPA_PLATFORM": "offscreen", "HOME": str(path.parent), "PATH": "/usr/bin:/bin"}
    ran = subprocess.run([python, "-c", QGIS_SCRIPT, str(path), "blocks", "doors"], env=environment, capture_output=True,
                         text=True, timeout=120)
    lines = [line for line in ran.stdout.splitlines() if line.startswith(("blocks", "doors"))]
    assert lines[0] == "blocks True 9 True fid,id_1,name,base,id"
    assert lines[1].startswith("doors True 3 True fid,id,name,note,floor")
