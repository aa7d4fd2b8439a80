"""What GeoPackage 1.2 asks of a file, asked of the file of a store and of a download.

`make cite` runs OGC's own suite, and GDAL's validator has its say too.
"""

from __future__ import annotations

import re
import sqlite3
import struct
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import shapely

from csdi.collection import Collection
from csdi.feature import Feature, Field, FieldType, Schema
from csdi.formats.stream import Sheet, write_geopackage
from csdi.store import open_store
from csdi.store.sql import quoted
from tests.cite.__main__ import consistent_copy
from tests.contract.stores import EVERY_TYPE, collection, door, fill

TYPES = {"BOOLEAN", "TINYINT", "SMALLINT", "MEDIUMINT", "INT", "INTEGER", "FLOAT", "DOUBLE", "REAL", "TEXT", "BLOB", "DATE", "DATETIME"}
GEOMETRIES = ("GEOMETRY", "POINT", "LINESTRING", "POLYGON", "MULTIPOINT", "MULTILINESTRING", "MULTIPOLYGON", "GEOMETRYCOLLECTION")
"""By their number in WKB."""
KINDS = {"point": shapely.Point(114.1, 22.3), "linestring": shapely.LineString([(114, 22), (115, 23)]), "polygon": shapely.box(114, 22, 115, 23),
         "multipoint": shapely.MultiPoint([(114, 22), (115, 23)]), "multilinestring": shapely.MultiLineString([[(114, 22), (115, 23)]]),
         "multipolygon": shapely.MultiPolygon([shapely.box(114, 22, 115, 23)]), "geometry": shapely.Point(114.1, 22.3)}
CORE = {
    "gpkg_spatial_ref_sys": {("srs_name", "TEXT", 1, 0), ("srs_id", "INTEGER", 1, 1), ("organization", "TEXT", 1, 0),
                             ("organization_coordsys_id", "INTEGER", 1, 0), ("definition", "TEXT", 1, 0), ("description", "TEXT", 0, 0)},
    "gpkg_contents": {("table_name", "TEXT", 1, 1), ("data_type", "TEXT", 1, 0), ("identifier", "TEXT", 0, 0), ("description", "TEXT", 0, 0),
                      ("last_change", "DATETIME", 1, 0), ("min_x", "DOUBLE", 0, 0), ("min_y", "DOUBLE", 0, 0), ("max_x", "DOUBLE", 0, 0),
                      ("max_y", "DOUBLE", 0, 0), ("srs_id", "INTEGER", 0, 0)},
    "gpkg_geometry_columns": {("table_name", "TEXT", 1, 1), ("column_name", "TEXT", 1, 2), ("geometry_type_name", "TEXT", 1, 0),
                              ("srs_id", "INTEGER", 1, 0), ("z", "TINYINT", 1, 0), ("m", "TINYINT", 1, 0)},
    "gpkg_extensions": {("table_name", "TEXT", 0, 0), ("column_name", "TEXT", 0, 0), ("extension_name", "TEXT", 1, 0),
                        ("definition", "TEXT", 1, 0), ("scope", "TEXT", 1, 0)},
}
"""(name, type, not null, place in the primary key) of each column."""
KEYS = {"gpkg_contents": {("gpkg_spatial_ref_sys", "srs_id", "srs_id")},
        "gpkg_geometry_columns": {("gpkg_contents", "table_name", "table_name"), ("gpkg_spatial_ref_sys", "srs_id", "srs_id")}}
UNIQUE = {"gpkg_contents": {("table_name",), ("identifier",)}, "gpkg_geometry_columns": {("table_name", "column_name"), ("table_name",)},
          "gpkg_extensions": {("table_name", "column_name", "extension_name")}}

INSERT = "insert or replace into r values (new.i, st_minx(new.c), st_maxx(new.c), st_miny(new.c), st_maxy(new.c)); end"
TRIGGERS = {
    "insert": f"after insert on t when (new.c notnull and not st_isempty(new.c)) begin {INSERT}",
    "update1": f"after update of c on t when old.i = new.i and (new.c notnull and not st_isempty(new.c)) begin {INSERT}",
    "update2": "after update of c on t when old.i = new.i and (new.c isnull or st_isempty(new.c)) begin delete from r where id = old.i; end",
    "update3": "after update on t when old.i != new.i and (new.c notnull and not st_isempty(new.c)) "
               f"begin delete from r where id = old.i; {INSERT}",
    "update4": "after update on t when old.i != new.i and (new.c isnull or st_isempty(new.c)) "
               "begin delete from r where id in (old.i, new.i); end",
    "delete": "after delete on t when old.c notnull begin delete from r where id = old.i; end",
}
"""Annex F.3 with `t` for the table, `c` for its geometry, `i` for its key and `r` for the index."""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with Collections of every geometry and type, and of names that are awkward in SQL."""
    folder = tmp_path_factory.mktemp("geopackage")
    store = open_store(f"sqlite://{folder / 'home' / 'site.gpkg'}")
    fill(store, [door(n, name="門") for n in range(30)])
    fill(store, [door(1, geometry=None)], collection("notes", replace(EVERY_TYPE, geometry="")))
    for kind, shape in KINDS.items():
        fill(store, [Feature("1", shape, {"name": kind})], Collection(kind, {"en": kind}, Schema((Field("name"),), kind)))
    for id in ("lots-4326", "lots_4326", "order", "group", "rtree_x", "gpkg-y", "doors_data", "doors-idx"):
        fill(store, [Feature("1", shapely.Point(114, 22), {"select": 1.5, "name": id})],
             Collection(id, {"en": id}, Schema((Field("select", FieldType.NUMBER), Field("name", text=True)), "point")))
    solid = [Feature(str(n), shapely.force_3d(shapely.box(811000 + n, 819000, 811001 + n, 819001), z=5.5), {}) for n in range(9)]
    fill(store, [*solid, Feature("hollow", shapely.Polygon(), {}), Feature("nowhere", None, {})],
         Collection("solids", {"en": "Solids"}, Schema((Field("psets", FieldType.JSON), Field("fire", path=("psets", "Fire"), indexed=True)), "polygon",
                                                       has_z=True), storage_crs="EPSG:2326+5738", vertical_crs="EPSG:5738"))
    fill(store, [], Collection("empty", {"en": "Empty"}, Schema((Field("at", FieldType.DATETIME),), "point", time="at")))
    store.close()
    return consistent_copy(folder / "home" / "site.gpkg", folder / "site.gpkg")


@pytest.fixture(scope="module")
def download(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file as people get it who download a Collection."""
    target = tmp_path_factory.mktemp("download") / "lots-4326.gpkg"
    features = [Feature(str(n), shapely.box(811000 + n, 819000, 811001 + n, 819001), {"name": "地段", "at": "2024-01-01T00:00:00Z"}) for n in range(50)]
    sheet = Sheet("lots-4326", "Lots", (Field("name"), Field("at", FieldType.DATETIME)), "polygon", False, "EPSG:2326")
    write_geopackage(target, sheet, lambda: [[*features, Feature("nowhere", None, {})]])
    return target


@pytest.fixture
def db(file: Path) -> Iterator[sqlite3.Connection]:
    """The store's file."""
    with closing(sqlite3.connect(file)) as connection:
        yield connection


@pytest.fixture(params=["file", "download"])
def made(request: pytest.FixtureRequest) -> Path:
    """Each of the files."""
    return Path(request.getfixturevalue(request.param))


@pytest.fixture
def either(made: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(made)) as connection:
        yield connection


def tables(db: sqlite3.Connection, kind: str = "features") -> list[str]:
    return [name for (name,) in db.execute("SELECT table_name FROM gpkg_contents WHERE data_type = ? ORDER BY 1", (kind,))]


def test_the_header_is_that_of_a_geopackage_without_a_journal(made: Path) -> None:
    header = made.read_bytes()[:100]
    assert header[:16] == b"SQLite format 3\0"
    assert header[18:20] == b"\x01\x01", "a file in WAL mode is not read without its journal"
    assert header[68:72] == b"GPKG"
    assert 10200 <= struct.unpack(">I", header[60:64])[0] < 10400
    assert made.suffix == ".gpkg"


def test_the_file_is_whole_and_its_references_are_met(either: sqlite3.Connection) -> None:
    assert either.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert either.execute("PRAGMA foreign_key_check").fetchall() == []


def test_sqlite_before_3_9_can_open_it(either: sqlite3.Connection) -> None:
    """An index over an expression or a generated column makes the whole file unreadable there."""
    for name, kind in either.execute("SELECT name, type FROM sqlite_master WHERE type IN ('index', 'table')").fetchall():
        if kind == "index":
            assert all(row[1] != -2 for row in either.execute(f"PRAGMA index_xinfo({quoted(name)})")), name
    for name in (*tables(either), *tables(either, "attributes")):
        assert all(row[6] == 0 for row in either.execute(f"PRAGMA table_xinfo({quoted(name)})")), name


@pytest.mark.parametrize("table", CORE)
def test_tables_of_the_standard_are_as_it_says(either: sqlite3.Connection, table: str) -> None:
    columns = {(name, kind, notnull, key) for _, name, kind, notnull, _, key in either.execute(f"PRAGMA table_info({table})")}
    assert columns == CORE[table]
    keys = {(row[2], row[3], row[4]) for row in either.execute(f"PRAGMA foreign_key_list({table})")}
    assert keys == KEYS.get(table, set())
    unique = {tuple(row[2] for row in either.execute(f"PRAGMA index_info({quoted(index[1])})"))
              for index in either.execute(f"PRAGMA index_list({table})").fetchall() if index[2]}
    assert unique == UNIQUE.get(table, set())


def test_defaults_of_contents_mean_what_the_standard_says(either: sqlite3.Connection) -> None:
    defaults = {row[1]: row[4] for row in either.execute("PRAGMA table_info(gpkg_contents)") if row[4] is not None}
    assert set(defaults) == {"description", "last_change"}
    assert either.execute(f"SELECT ({defaults['description']}) = '', ({defaults['last_change']}) = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')").fetchone() == (1, 1)


def test_reference_systems_have_the_rows_that_must_be_there_and_all_that_are_used(either: sqlite3.Connection) -> None:
    rows = {row[0]: row[1:] for row in either.execute("SELECT srs_id, organization, organization_coordsys_id, definition FROM gpkg_spatial_ref_sys")}
    assert rows[-1] == ("NONE", -1, "undefined")
    assert rows[0] == ("NONE", 0, "undefined")
    assert rows[4326][:2] == ("EPSG", 4326)
    assert all(definition.startswith(("GEOGCS[", "PROJCS[", "COMPD_CS[")) for id, (_, _, definition) in rows.items() if id > 0)
    used = {id for (id,) in either.execute("SELECT srs_id FROM gpkg_contents WHERE srs_id IS NOT NULL UNION SELECT srs_id FROM gpkg_geometry_columns")}
    assert used <= set(rows)


def test_contents_lists_tables_that_are_there_with_times_and_boxes(either: sqlite3.Connection) -> None:
    there = {name for (name,) in either.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")}
    for name, kind, changed, srs, *box in either.execute("SELECT table_name, data_type, last_change, srs_id, min_x, min_y, max_x, max_y FROM gpkg_contents"):
        assert name in there
        assert kind in ("features", "attributes")
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", changed)
        assert (srs is None) == (kind == "attributes")
        assert box == [None] * 4 or (box[0] <= box[2] and box[1] <= box[3])


def test_every_table_has_a_whole_number_for_a_key_and_types_of_the_standard(either: sqlite3.Connection) -> None:
    for name in (*tables(either), *tables(either, "attributes")):
        columns = either.execute(f"PRAGMA table_info({quoted(name)})").fetchall()
        assert [(kind, notnull) for _, _, kind, notnull, _, key in columns if key] == [("INTEGER", 1)]
        assert all(kind in TYPES or kind in GEOMETRIES for _, _, kind, *_ in columns), columns


def test_names_of_tables_need_no_quotation_marks(db: sqlite3.Connection) -> None:
    named = dict(db.execute("SELECT identifier, table_name FROM gpkg_contents"))
    assert {named["lots-4326"], named["lots_4326"]} == {"lots_4326", "lots_4326_1"}
    assert len(set(named.values())) == len(named)
    for table in named.values():
        assert re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", table)
        db.execute(f"SELECT count(fid) FROM {table}").fetchone()
    for table, column in db.execute("SELECT table_name, column_name FROM gpkg_extensions WHERE column_name IS NOT NULL").fetchall():
        db.execute(f"SELECT count({column}) FROM {table}").fetchone()


def test_every_feature_table_has_one_geometry_column_that_is_described_as_it_is(either: sqlite3.Connection) -> None:
    described = {row[0]: row[1:] for row in either.execute("SELECT table_name, column_name, geometry_type_name, srs_id, z, m FROM gpkg_geometry_columns")}
    assert set(described) == set(tables(either))
    contents = dict(either.execute("SELECT table_name, srs_id FROM gpkg_contents"))
    for table, (column, kind, srs, z, m) in described.items():
        assert kind in GEOMETRIES
        assert srs == contents[table]
        assert z in (0, 1, 2)
        assert m == 0
        types = {name: declared for _, name, declared, *_ in either.execute(f"PRAGMA table_info({quoted(table)})")}
        assert types[column] == kind
        assert sum(declared in GEOMETRIES for declared in types.values()) == 1


def test_geometries_are_standard_blobs_of_the_type_and_system_that_their_column_has(either: sqlite3.Connection) -> None:
    seen = 0
    for table, column, kind, srs, z in either.execute("SELECT table_name, column_name, geometry_type_name, srs_id, z FROM gpkg_geometry_columns").fetchall():
        index = f"rtree_{table}_{column}"
        for fid, blob in either.execute(f"SELECT fid, {column} FROM {table} WHERE {column} IS NOT NULL").fetchall():
            magic, version, flags, own = struct.unpack("<2sBBi", blob[:8])
            assert (magic, version, own) == (b"GP", 0, srs)
            assert flags & 0b11100001 == 1, "little endian, of the standard's own kind, nothing reserved is set"
            body = blob[8 + (0, 32, 48, 48, 64)[flags >> 1 & 7]:]
            number = struct.unpack("<I", body[1:5])[0]
            assert number // 1000 in ((0,), (1,), (0, 1))[z]
            assert kind in ("GEOMETRY", GEOMETRIES[number % 1000])
            shape = shapely.from_wkb(body)
            assert bool(flags & 16) == shape.is_empty
            box = either.execute(f"SELECT minx, miny, maxx, maxy FROM {index} WHERE id = ?", (fid,)).fetchone()
            assert (box is None) == shape.is_empty
            assert box is None or box == pytest.approx(shape.bounds, rel=1e-6)
            seen += 1
    assert seen > 40


def test_the_index_and_its_triggers_are_those_of_the_standard(either: sqlite3.Connection) -> None:
    written = dict(either.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))
    indexed = either.execute("SELECT table_name, column_name, scope FROM gpkg_extensions WHERE extension_name = 'gpkg_rtree_index'").fetchall()
    assert {table for table, *_ in indexed} == set(tables(either))
    for table, column, scope in indexed:
        assert scope == "write-only"
        index = f"rtree_{table}_{column}"
        assert plain(written[index]) == f"create virtual table {index.lower()} using rtree(id, minx, maxx, miny, maxy)"
        for name, text in TRIGGERS.items():
            words = {"t": table, "c": column, "i": "fid", "r": index}
            expected = re.sub(r"\b[tcir]\b", lambda found, words=words: words[found[0]], text)  # type: ignore[misc]
            assert plain(written[f"{index}_{name}"]) == f"create trigger {index}_{name} {expected}".lower()


def plain(sql: str) -> str:
    """SQL in one case and spacing, without quotation marks, with each operator in one of its spellings."""
    text = re.sub(r"\s+", " ", re.sub("[,;]", r"\g<0> ", sql.replace('"', "").lower())).strip()
    return text.replace("not null", "notnull").replace("is null", "isnull")


def test_extensions_name_what_is_there_and_say_whom_they_concern(either: sqlite3.Connection) -> None:
    there = {name for (name,) in either.execute("SELECT name FROM sqlite_master")}
    for table, column, name, definition, scope in either.execute("SELECT * FROM gpkg_extensions").fetchall():
        assert table is None or table in there
        assert column is None or column in {row[1] for row in either.execute(f"PRAGMA table_info({quoted(table)})")}
        assert re.fullmatch(r"[A-Za-z0-9]+_[a-zA-Z0-9_]+", name)
        assert definition
        assert scope in ("read-write", "write-only")


def test_what_is_not_declared_is_not_there(db: sqlite3.Connection) -> None:
    """Tables and columns of extensions come with their row in `gpkg_extensions`; tiles, metadata and schema are not used."""
    names = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name GLOB 'gpkg*'")}
    assert names == set(CORE)
    declared = {name for (name,) in db.execute("SELECT DISTINCT extension_name FROM gpkg_extensions")}
    assert declared == {"gpkg_rtree_index", "csdi_store", "gdal_aspatial"}
    ours = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name GLOB 'csdi_*'")}
    listed = {name for (name,) in db.execute("SELECT table_name FROM gpkg_extensions WHERE extension_name = 'csdi_store'")}
    assert {name for name in ours if re.sub("_(rowid|node|parent|data|idx|content|docsize|config)$", "", name) not in listed - {name}} == listed
