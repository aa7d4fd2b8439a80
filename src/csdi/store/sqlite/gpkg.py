"""GeoPackage 1.3: the tables that the standard asks for, and the declaration of our own beside them."""

from __future__ import annotations

import sqlite3

from csdi.collection import Collection
from csdi.crs import CRS, crs
from csdi.store.sql import quoted
from csdi.store.sqlite.layout import Layout

APPLICATION_ID = 0x47504B47
USER_VERSION = 10300
STORE_VERSION = 1
"""Version of our own tables, in `csdi_state`."""

_SCHEMA = """
CREATE TABLE gpkg_spatial_ref_sys (
  srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY, organization TEXT NOT NULL,
  organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
CREATE TABLE gpkg_contents (
  table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE, description TEXT DEFAULT '',
  last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
  min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
  CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_geometry_columns (
  table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL,
  z TINYINT NOT NULL, m TINYINT NOT NULL, CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name),
  CONSTRAINT uk_gc_table_name UNIQUE (table_name),
  CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
  CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id));
CREATE TABLE gpkg_extensions (
  table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL, scope TEXT NOT NULL,
  CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name));
CREATE TABLE csdi_state (one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL, change INTEGER NOT NULL);
CREATE TABLE csdi_collections (
  id TEXT NOT NULL PRIMARY KEY, revision INTEGER NOT NULL, layout TEXT NOT NULL, document TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE csdi_writing (one INTEGER PRIMARY KEY);
CREATE TABLE csdi_stale (collection TEXT NOT NULL, fid INTEGER NOT NULL, PRIMARY KEY (collection, fid)) WITHOUT ROWID;
"""

_RTREE = ("gpkg_rtree_index", "http://www.geopackage.org/spec120/#extension_rtree", "write-only")
_OURS = ("csdi_store", "Tables csdi_*: private to the csdi server, see docs/store.md of the csdi project", "read-write")
# GDAL lists tables that gpkg_contents does not name, as csdi_*, unless this extension of its own is declared.
_REGISTERED_ONLY = ("gdal_aspatial", "http://gdal.org/geopackage_aspatial.html", "read-write")

_RTREE_TRIGGERS = {
    "insert": """AFTER INSERT ON {t} WHEN (new.{g} NOT NULL AND NOT ST_IsEmpty(NEW.{g}))
BEGIN INSERT OR REPLACE INTO {r} VALUES ({new}); END""",
    "update1": """AFTER UPDATE OF {g} ON {t} WHEN OLD.{i} = NEW.{i} AND (NEW.{g} NOTNULL AND NOT ST_IsEmpty(NEW.{g}))
BEGIN INSERT OR REPLACE INTO {r} VALUES ({new}); END""",
    "update2": """AFTER UPDATE OF {g} ON {t} WHEN OLD.{i} = NEW.{i} AND (NEW.{g} ISNULL OR ST_IsEmpty(NEW.{g}))
BEGIN DELETE FROM {r} WHERE id = OLD.{i}; END""",
    "update3": """AFTER UPDATE ON {t} WHEN OLD.{i} != NEW.{i} AND (NEW.{g} NOTNULL AND NOT ST_IsEmpty(NEW.{g}))
BEGIN DELETE FROM {r} WHERE id = OLD.{i}; INSERT OR REPLACE INTO {r} VALUES ({new}); END""",
    "update4": """AFTER UPDATE ON {t} WHEN OLD.{i} != NEW.{i} AND (NEW.{g} ISNULL OR ST_IsEmpty(NEW.{g}))
BEGIN DELETE FROM {r} WHERE id IN (OLD.{i}, NEW.{i}); END""",
    "delete": """AFTER DELETE ON {t} WHEN old.{g} NOT NULL
BEGIN DELETE FROM {r} WHERE id = OLD.{i}; END""",
}

_FOREIGN = "NOT EXISTS (SELECT 1 FROM csdi_writing)"


def make_empty(connection: sqlite3.Connection) -> None:
    """The tables of an empty GeoPackage with our own, inside the open transaction."""
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {USER_VERSION}")
    for statement in _SCHEMA.split(";\n"):
        if statement.strip():
            connection.execute(statement)
    connection.execute("INSERT INTO csdi_state VALUES (1, ?, 0)", (STORE_VERSION,))
    wgs84 = crs("EPSG:4326")
    connection.executemany("INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, ?)", [
        ("Undefined Cartesian SRS", -1, "NONE", -1, "undefined", "undefined Cartesian coordinate reference system"),
        ("Undefined geographic SRS", 0, "NONE", 0, "undefined", "undefined geographic coordinate reference system"),
        (wgs84.name, 4326, "EPSG", 4326, wgs84.wkt1, "longitude and latitude in degrees"),
    ])
    for table in ("csdi_state", "csdi_collections", "csdi_writing", "csdi_stale"):
        _declare(connection, table, None, _OURS)
    _declare(connection, None, None, _REGISTERED_ONLY)


def srs_id(connection: sqlite3.Connection, reference: CRS) -> int:
    """The file's number of a CRS, registered when it is new. Compound and custom CRSs have no number but ours."""
    if reference.horizontal.code in ("OGC:CRS84", "EPSG:4326") and reference.dims == 2:
        return 4326
    authority, _, code = reference.code.partition(":")
    single = authority == "EPSG" and code.isdigit()
    found = connection.execute(
        "SELECT srs_id FROM gpkg_spatial_ref_sys WHERE (organization = ? AND organization_coordsys_id = ?) OR description = ?",
        ("EPSG" if single else "-", int(code) if single else 0, reference.code)).fetchone()
    if found:
        return int(found[0])
    number = int(code) if single else _next_number(connection)
    connection.execute("INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, ?)",
                       (reference.name, number, "EPSG" if single else "NONE", number, reference.wkt1, reference.code))
    return number


def _next_number(connection: sqlite3.Connection) -> int:
    highest = connection.execute("SELECT max(srs_id) FROM gpkg_spatial_ref_sys").fetchone()[0]
    return max(int(highest), 100_000) + 1


def register(connection: sqlite3.Connection, layout: Layout) -> None:
    """Name a feature table and its index in the tables of the standard, and our side tables as ours."""
    collection, table = layout.collection, layout.table
    number = srs_id(connection, crs(collection.storage_crs)) if layout.geometry else None
    connection.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, srs_id) VALUES (?, ?, ?, ?, ?)",
        (table, "features" if layout.geometry else "attributes", collection.id, collection.title_in("en"), number))
    if layout.geometry:
        kind = collection.schema.geometry.upper()
        connection.execute("INSERT INTO gpkg_geometry_columns VALUES (?, ?, ?, ?, ?, 0)",
                           (table, layout.geometry, kind, number, 2 if collection.schema.has_z else 0))
        _declare(connection, table, layout.geometry, _RTREE)
    for side in filter(None, (layout.texts, layout.boxes, layout.words)):
        _declare(connection, side, None, _OURS)
    if layout.counts:
        declare(connection, layout.counts_table)


def unregister(connection: sqlite3.Connection, layout: Layout) -> None:
    """Take a feature table and its side tables out of the tables of the standard."""
    for name in filter(None, (layout.table, layout.texts, layout.boxes, layout.words, layout.counts_table)):
        connection.execute("DELETE FROM gpkg_extensions WHERE table_name = ?", (name,))
    connection.execute("DELETE FROM gpkg_geometry_columns WHERE table_name = ?", (layout.table,))
    connection.execute("DELETE FROM gpkg_contents WHERE table_name = ?", (layout.table,))


def declare(connection: sqlite3.Connection, side: str) -> None:
    """Declare a side table of ours that came later."""
    connection.execute("DELETE FROM gpkg_extensions WHERE table_name = ?", (side,))
    _declare(connection, side, None, _OURS)


def describe(connection: sqlite3.Connection, layout: Layout, collection: Collection) -> None:
    """The title in the tables of the standard."""
    connection.execute("UPDATE gpkg_contents SET description = ? WHERE table_name = ?",
                       (collection.title_in("en"), layout.table))


def create_rtree_triggers(connection: sqlite3.Connection, layout: Layout) -> None:
    """The standard's triggers, which keep its index in step whoever writes."""
    g = quoted(layout.geometry)
    new = f"NEW.fid, ST_MinX(NEW.{g}), ST_MaxX(NEW.{g}), ST_MinY(NEW.{g}), ST_MaxY(NEW.{g})"
    for name, body in _RTREE_TRIGGERS.items():
        text = body.format(t=quoted(layout.table), g=g, r=quoted(layout.rtree), i="fid", new=new)
        connection.execute(f"CREATE TRIGGER {quoted(f'{layout.rtree}_{name}')} {text}")


def drop_rtree_triggers(connection: sqlite3.Connection, layout: Layout) -> None:
    """Take the standard's triggers away while we fill the index ourselves."""
    for name in _RTREE_TRIGGERS:
        connection.execute(f"DROP TRIGGER IF EXISTS {quoted(f'{layout.rtree}_{name}')}")


def create_watch_triggers(connection: sqlite3.Connection, layout: Layout) -> None:
    """Triggers that note what other programs edit: rows whose side tables are behind, and that something changed."""
    note = (f"INSERT OR IGNORE INTO csdi_stale VALUES ('{layout.collection.id}', {{row}}.fid); "
            "UPDATE csdi_state SET change = change + 1;")
    if layout.texts and layout.whole:
        behind = f"UPDATE {quoted(layout.texts)} SET properties = NULL WHERE fid = {{row}}.fid; "
        note = behind + note
    for event, row in (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD")):
        name = quoted(f"csdi_watch_{layout.table}_{event.lower()}")
        connection.execute(f"CREATE TRIGGER {name} AFTER {event} ON {quoted(layout.table)} WHEN {_FOREIGN} "
                           f"BEGIN {note.format(row=row)} END")


def _declare(connection: sqlite3.Connection, table: str | None, column: str | None, extension: tuple[str, str, str]) -> None:
    connection.execute("INSERT INTO gpkg_extensions VALUES (?, ?, ?, ?, ?)", (table, column, *extension))
