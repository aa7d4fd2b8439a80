"""Sink: batches of Features into the feature table of the GeoPackage and its side tables."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from typing import Any

import numpy as np
import shapely

from csdi.feature import Field, FieldType
from csdi.filter.instants import key_of
from csdi.store import words
from csdi.store.geojson import geometry_texts
from csdi.store.sql import quoted
from csdi.store.sqlite import blob
from csdi.store.sqlite.dialect import SqliteDialect
from csdi.store.sqlite.layout import Layout
from csdi.store.values import Batch, level_range

_UNKNOWN_LEVELS = (-1e9, 1e9)


class Sink:
    """Where batches of one Collection go: the feature table and its side tables."""

    def __init__(self, connection: sqlite3.Connection, layout: Layout, srs_id: int) -> None:
        self._db = connection
        self._layout = layout
        self._srs_id = srs_id
        self._fields = list(layout.schema.stored)
        self._properties = SqliteDialect(layout).properties_json(self._fields)
        self.fills_rtree = False
        names = [layout.id, *([layout.geometry] if layout.geometry else []), *(layout.columns[f.name] for f in self._fields)]
        columns = [quoted(name) for name in names]
        table = quoted(layout.table)
        self._insert = f"INSERT INTO {table} ({', '.join(columns)}, fid) VALUES ({', '.join('?' * (len(columns) + 1))})"
        self._update = f"UPDATE {table} SET {', '.join(f'{c} = ?' for c in columns)} WHERE fid = ?"

    def put(self, batch: Batch, fids: list[int], known: set[int]) -> None:
        """Insert or update the rows of a batch; `known` are the row numbers that exist."""
        columns: list[Iterable[Any]] = [batch.ids]
        if self._layout.geometry:
            columns.append(blob.encoded(batch.geometries, self._srs_id))
        columns += [_column(field, batch.properties) for field in self._fields]
        rows = list(zip(*columns, fids, strict=True))
        if known:
            self._db.executemany(self._update, [row for row in rows if row[-1] in known])
            rows = [row for row in rows if row[-1] not in known]
        self._db.executemany(self._insert, rows)
        self.put_sides(batch, fids, known)

    def put_sides(self, batch: Batch, fids: list[int], known: set[int]) -> None:
        """Fill the side tables for the rows of a batch; `known` are the row numbers that are in them already."""
        if self._layout.geometry:
            self._put_geometries(batch, fids, bool(known))
        if self._layout.words:
            self._put_words(batch, fids, known)

    def _put_geometries(self, batch: Batch, fids: list[int], replaces: bool) -> None:
        layout, verb = self._layout, "INSERT OR REPLACE" if replaces else "INSERT"
        texts = geometry_texts(batch.geometries, layout.collection.storage_crs)
        if layout.whole:  # written as it is read, from the row: one expression for both
            self._db.executemany(f"{verb} INTO {quoted(layout.texts)} SELECT ?, ?, {self._properties} FROM {quoted(layout.table)} f "
                                 "WHERE f.fid = ?", list(zip(fids, texts, fids, strict=True)))
        else:
            self._db.executemany(f"{verb} INTO {quoted(layout.texts)} VALUES (?, ?)", list(zip(fids, texts, strict=True)))
        bounds = shapely.bounds(batch.geometries)[:, (0, 2, 1, 3)]
        some = np.flatnonzero(~np.isnan(bounds[:, 0]))
        none = np.flatnonzero(np.isnan(bounds[:, 0]))
        if self.fills_rtree:
            rows = [(fids[i], *box) for i, box in zip(some.tolist(), bounds[some].tolist(), strict=True)]
            self._db.executemany(f"{verb} INTO {quoted(layout.rtree)} VALUES (?, ?, ?, ?, ?)", rows)
            self._forget(layout.rtree, "id", fids, none.tolist(), replaces)
        if layout.boxes:
            rows = self._solid_boxes(batch, fids, some.tolist(), bounds)
            self._db.executemany(f"{verb} INTO {quoted(layout.boxes)} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
            self._forget(layout.boxes, "fid", fids, none.tolist(), replaces)

    def _forget(self, table: str, key: str, fids: list[int], indexes: list[int], replaces: bool) -> None:
        """Features that have no geometry any more leave the index."""
        if replaces and indexes:
            self._db.executemany(f"DELETE FROM {quoted(table)} WHERE {key} = ?", [(fids[i],) for i in indexes])

    def _solid_boxes(self, batch: Batch, fids: list[int], indexes: list[int], bounds: Any) -> list[tuple[Any, ...]]:
        dx, dy = self._layout.offset
        shifted = ((bounds - np.array([dx, dx, dy, dy])) * self._layout.scale).tolist()
        rows = []
        for i in indexes:
            levels = level_range(batch.geometries[i], batch.properties[i], self._layout.schema)
            rows.append((fids[i], *shifted[i], *(levels or _UNKNOWN_LEVELS), *(levels or (None, None))))
        return rows

    def _put_words(self, batch: Batch, fids: list[int], known: set[int]) -> None:
        table = quoted(self._layout.words)
        if known:
            self._db.executemany(f"DELETE FROM {table} WHERE rowid = ?", [(fid,) for fid in fids if fid in known])
        documents = [words.document(self._layout.schema, properties) for properties in batch.properties]
        self._db.executemany(f"INSERT INTO {table} (rowid, body) VALUES (?, ?)",
                             [(fid, " ".join(tokens)) for fid, tokens in zip(fids, documents, strict=True) if tokens])


def _column(field: Field, properties: list[dict[str, Any]]) -> list[Any]:
    name = field.name
    if field.type is FieldType.JSON:
        return [None if (v := p[name]) is None else json.dumps(v, ensure_ascii=False, separators=(",", ":")) for p in properties]
    if field.type is FieldType.DATETIME:
        return [None if (v := p[name]) is None else key_of(v) + "Z" for p in properties]
    return [p[name] for p in properties]
