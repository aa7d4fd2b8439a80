"""Repair: what another program (QGIS) edited in the file is brought into our side tables."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace

from csdi.crs import crs
from csdi.feature import FieldType
from csdi.store.sql import quoted
from csdi.store.sqlite import gpkg, tables
from csdi.store.sqlite.layout import Layout
from csdi.store.sqlite.rows import features_of
from csdi.store.sqlite.sink import Sink
from csdi.store.values import batches


def is_stale(connection: sqlite3.Connection) -> bool:
    """Whether another program edited Features that our side tables do not know yet."""
    return connection.execute("SELECT 1 FROM csdi_stale LIMIT 1").fetchone() is not None


def stale_collections(connection: sqlite3.Connection) -> list[str]:
    """Ids of the Collections that another program edited."""
    return [row[0] for row in connection.execute("SELECT DISTINCT collection FROM csdi_stale")]


def catch_up(connection: sqlite3.Connection, layout: Layout) -> Layout:
    """Side tables of the edited rows, inside an open transaction; gives the layout with the new count."""
    fids = [row[0] for row in connection.execute("SELECT fid FROM csdi_stale WHERE collection = ?", (layout.collection.id,))]
    _mend_json(connection, layout)
    for at in range(0, len(fids), 5000):
        _renew(connection, layout, fids[at:at + 5000])
    tables.recount(connection, layout)
    connection.execute("DELETE FROM csdi_stale WHERE collection = ?", (layout.collection.id,))
    count = connection.execute(f"SELECT count(*) FROM {quoted(layout.table)}").fetchone()[0]
    return replace(layout, collection=replace(layout.collection, count=count))


def _renew(connection: sqlite3.Connection, layout: Layout, fids: list[int]) -> None:
    for table, key in ((layout.texts, "fid"), (layout.boxes, "fid"), (layout.words, "rowid")):
        if table:
            connection.executemany(f"DELETE FROM {quoted(table)} WHERE {key} = ?", [(fid,) for fid in fids])
    fields = list(layout.schema.stored)
    names = [layout.id, *(layout.columns[f.name] for f in fields), *([layout.geometry] if layout.geometry else [])]
    rows = connection.execute(f"SELECT fid, {', '.join(map(quoted, names))} FROM {quoted(layout.table)} "
                              "WHERE fid IN (SELECT value FROM json_each(?))", (json.dumps(fids),)).fetchall()
    if not rows:
        return
    features = features_of(fields, [row[1:] for row in rows], shape=bool(layout.geometry))
    sink = Sink(connection, layout, gpkg.srs_id(connection, crs(layout.collection.storage_crs)))
    for batch in batches(features, layout.collection):
        sink.put_sides(batch, [row[0] for row in rows], set())


def _mend_json(connection: sqlite3.Connection, layout: Layout) -> None:
    """Text that somebody typed into a JSON column becomes a JSON string."""
    for field in layout.schema.stored:
        if field.type is FieldType.JSON:
            column = quoted(layout.columns[field.name])
            connection.execute(f"UPDATE {quoted(layout.table)} SET {column} = json_quote({column}) WHERE NOT json_valid({column})")
