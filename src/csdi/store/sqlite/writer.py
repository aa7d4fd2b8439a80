"""The writer of the GeoPackage: one transaction, Features in batches, every side table in step."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from csdi.collection import Collection
from csdi.crs import crs
from csdi.errors import CollectionExists
from csdi.extent import Extent
from csdi.feature import Feature, Field, FieldType
from csdi.filter.bind import bind
from csdi.filter.tree import Expression
from csdi.store import catalogue, words
from csdi.store.base import collection_missing
from csdi.store.sql import MARK, compiled, quoted
from csdi.store.sqlite import gpkg, tables
from csdi.store.sqlite.dialect import SqliteDialect, comparable
from csdi.store.sqlite.layout import Layout
from csdi.store.sqlite.repair import catch_up, stale_collections
from csdi.store.sqlite.sink import Sink
from csdi.store.summary import Box, Summary
from csdi.store.values import Batch, batches

_BULK = 1000
"""From so many Features on, the standard's triggers step aside and the index is filled directly."""


class SqliteTransaction:
    """Changes on one connection between BEGIN IMMEDIATE and COMMIT."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        self._change = int(connection.execute("SELECT change FROM csdi_state").fetchone()[0]) + 1
        self._unfinished: dict[str, Layout] = {}
        self._last: dict[str, int] = {}
        connection.execute("INSERT OR IGNORE INTO csdi_writing VALUES (1)")

    def repair(self) -> None:
        """Take in what another program edited."""
        for id in stale_collections(self._db):
            layout = self._find(id)
            if layout is not None:
                layout = catch_up(self._db, layout)
                layout = replace(layout, collection=catalogue.forgotten(layout.collection))
                summary = Summary.of(layout.collection)
                summary.shrunk = True
                self._count(layout, summary, 0)

    def create(self, collection: Collection) -> None:
        """See `Transaction.create`."""
        if self._find(collection.id) is not None:
            raise CollectionExists(f"there is a collection '{collection.id}' already", remedy="choose another id, or replace it",
                                   collection=collection.id)
        self._begin(catalogue.begun(collection))

    def describe(self, collection: Collection) -> None:
        """See `Transaction.describe`."""
        old = self._layout(collection.id)
        now = catalogue.described(old.collection, collection)
        layout = old.extended(now)
        for field in now.schema:
            if field.name not in old.schema:
                tables.add_column(self._db, layout, field)
        if collection.id not in self._unfinished:
            tables.create_indexes(self._db, layout)
        self._rewrite_words(old, layout)
        if old.schema.counted != layout.schema.counted:
            self._count_others(layout)
        if list(old.schema.stored) != list(layout.schema.stored):
            tables.rewrite_properties(self._db, layout)
        gpkg.describe(self._db, layout, now)
        self._save(layout)

    def drop(self, id: str) -> None:
        """See `Transaction.drop`."""
        tables.drop(self._db, self._layout(id))
        self._db.execute("DELETE FROM csdi_collections WHERE id = ?", (id,))
        self._db.execute("DELETE FROM csdi_stale WHERE collection = ?", (id,))
        self._unfinished.pop(id, None)
        self._last.pop(id, None)

    def write(self, id: str, features: Iterable[Feature]) -> int:
        """See `Transaction.write`."""
        layout = self._layout(id)
        summary, given, added = Summary.of(layout.collection), 0, 0
        sink = Sink(self._db, layout, gpkg.srs_id(self._db, crs(layout.collection.storage_crs)))
        for batch in batches(features, layout.collection):
            if layout.geometry and id not in self._unfinished and len(batch.ids) >= _BULK:
                gpkg.drop_rtree_triggers(self._db, layout)
                sink.fills_rtree = True
            sink.fills_rtree = sink.fills_rtree or id in self._unfinished
            fids, known = self._numbers(layout, batch)
            if known and layout.geometry:
                summary.touch(self._box_of(layout, "SELECT value FROM json_each(?)", (json.dumps(list(known)),)))
            self._recount(layout, -1, list(known))
            sink.put(batch, fids, known)
            self._recount(layout, 1, fids)
            summary.shrunk = summary.shrunk or bool(known)
            summary.add(batch)
            given, added = given + batch.given, added + len(fids) - len(known)
        if sink.fills_rtree and id not in self._unfinished:
            gpkg.create_rtree_triggers(self._db, layout)
        self._count(layout, summary, added)
        return given

    def delete(self, id: str, filter: Expression | None = None, ids: Iterable[str] | None = None) -> int:
        """See `Transaction.delete`."""
        layout = self._layout(id)
        conditions, params = ["1"], list[Any]()
        if ids is not None:
            conditions.append(f"f.{quoted(layout.id)} IN (SELECT value FROM json_each(?))")
            params.append(json.dumps(list(ids), ensure_ascii=False))
        if filter is not None:
            collection = layout.collection
            term = bind(filter, collection.schema, collection.storage_crs, collection.extent.bbox)
            fragment = compiled(term, SqliteDialect(layout))
            conditions.append(fragment.text.replace(MARK, "?"))
            params += fragment.params
        self._db.execute("CREATE TEMP TABLE IF NOT EXISTS csdi_gone (fid INTEGER PRIMARY KEY)")
        self._db.execute("DELETE FROM temp.csdi_gone")
        gone = self._db.execute(f"INSERT INTO temp.csdi_gone SELECT f.fid FROM {quoted(layout.table)} f "
                                f"WHERE {' AND '.join(conditions)}", params).rowcount
        touched = self._box_of(layout, "SELECT fid FROM temp.csdi_gone") if layout.geometry else None
        self._recount(layout, -1, None)
        for table, key in ((layout.table, "fid"), (layout.texts, "fid"), (layout.boxes, "fid"), (layout.words, "rowid")):
            if table:
                self._db.execute(f"DELETE FROM {quoted(table)} WHERE {key} IN (SELECT fid FROM temp.csdi_gone)")
        if layout.geometry and id in self._unfinished:
            self._db.execute(f"DELETE FROM {quoted(layout.rtree)} WHERE id IN (SELECT fid FROM temp.csdi_gone)")
        summary = Summary.of(layout.collection)
        summary.shrunk = bool(gone)
        summary.touch(touched)
        self._count(layout, summary, -gone)
        return gone

    def replace(self, collection: Collection, features: Iterable[Feature]) -> int:
        """See `Transaction.replace`."""
        old = self._find(collection.id)
        if old is not None:
            self.drop(collection.id)
        self._begin(catalogue.begun(collection, old.collection.version + 1 if old else 0))
        return self.write(collection.id, features)

    def finish(self) -> None:
        """Complete the new tables; the last thing before COMMIT."""
        for layout in self._unfinished.values():
            tables.finish(self._db, layout)
        self._db.execute("DELETE FROM csdi_writing")
        self._db.execute("UPDATE csdi_state SET change = ?", (self._change,))

    def _begin(self, collection: Collection) -> None:
        layout = Layout.of(collection, [name for (name,) in self._db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")])
        tables.create(self._db, layout)
        self._unfinished[collection.id] = layout
        self._save(layout)

    def _find(self, id: str) -> Layout | None:
        found = self._db.execute("SELECT document, layout FROM csdi_collections WHERE id = ?", (id,)).fetchone()
        return Layout.from_text(catalogue.from_document(found[0]), found[1]) if found else None

    def _layout(self, id: str) -> Layout:
        layout = self._find(id)
        if layout is None:
            raise collection_missing(id)
        return layout

    def _save(self, layout: Layout) -> None:
        collection = layout.collection
        if collection.id in self._unfinished:
            self._unfinished[collection.id] = layout
        self._db.execute("INSERT OR REPLACE INTO csdi_collections VALUES (?, ?, ?, ?)",
                         (collection.id, self._change, layout.text, catalogue.to_document(collection)))

    def _numbers(self, layout: Layout, batch: Batch) -> tuple[list[int], set[int]]:
        """Row number of each Feature, and those that exist already."""
        id, table = layout.collection.id, quoted(layout.table)
        if id not in self._last:
            self._last[id] = self._db.execute(f"SELECT coalesce(max(fid), 0) FROM {table}").fetchone()[0]
        known: dict[str, int] = {}
        if self._last[id]:
            known = dict(self._db.execute(
                f"SELECT f.{quoted(layout.id)}, f.fid FROM json_each(?) j CROSS JOIN {table} f ON f.{quoted(layout.id)} = j.value",
                (json.dumps(batch.ids, ensure_ascii=False),)))
        fids = []
        for key in batch.ids:
            fid = known.get(key)
            if fid is None:
                self._last[id] = fid = self._last[id] + 1
            fids.append(fid)
        return fids, set(known.values())

    def _count(self, layout: Layout, summary: Summary, added: int) -> None:
        """Bring count, extent and version of the Collection up to date."""
        collection, touched = layout.collection, summary.touched
        if summary.shrunk:
            summary = self._measured(layout)
        collection = catalogue.changed(replace(collection, extent=summary.extent, count=collection.count + added), touched)
        self._save(replace(layout, collection=collection))
        box = summary.box
        if layout.geometry and box and not summary.shrunk:
            self._db.execute("UPDATE gpkg_contents SET min_x = min(coalesce(min_x, ?1), ?1), min_y = min(coalesce(min_y, ?2), ?2), "
                             "max_x = max(coalesce(max_x, ?3), ?3), max_y = max(coalesce(max_y, ?4), ?4) WHERE table_name = ?5",
                             (*box, layout.table))
        self._db.execute("UPDATE gpkg_contents SET last_change = strftime('%Y-%m-%dT%H:%M:%fZ', 'now') WHERE table_name = ?",
                         (layout.table,))

    def _recount(self, layout: Layout, sign: int, fids: list[int] | None) -> None:
        """Add rows to the counts or take them away: those of these numbers, or in `csdi_gone`. New tables are counted at the end."""
        counts = layout.counts
        if counts is None or layout.collection.id in self._unfinished or fids == []:
            return
        listed, params = ("temp.csdi_gone", ()) if fids is None else ("json_each(?)", (json.dumps(fids),))
        for statement in counts.change(sign, f"fid IN (SELECT {'fid' if fids is None else 'value'} FROM {listed})"):
            self._db.execute(statement, params)
        if self._db.execute(counts.excess()).fetchone()[0] > 0:
            for statement in counts.sum_up():
                self._db.execute(statement)

    def _count_others(self, layout: Layout) -> None:
        """Other combinations of fields are counted than before."""
        tables.create_counts(self._db, layout)
        if layout.counts:
            gpkg.declare(self._db, layout.counts_table)
        if layout.collection.id not in self._unfinished:
            tables.recount(self._db, layout)

    def _box_of(self, layout: Layout, fids: str, params: tuple[Any, ...] = ()) -> Box | None:
        """The box around rows whose numbers a query gives, as the index has it: a little larger than they are."""
        box = self._db.execute(f"SELECT min(minx), min(miny), max(maxx), max(maxy) FROM {quoted(layout.rtree)} WHERE id IN ({fids})",
                               params).fetchone()
        return None if box[0] is None else (box[0], box[1], box[2], box[3])

    def _measured(self, layout: Layout) -> Summary:
        """The summary of what the tables hold now."""
        summary = Summary.of(replace(layout.collection, extent=Extent()))
        if layout.geometry:
            box = self._db.execute(f"SELECT min(minx), min(miny), max(maxx), max(maxy) FROM {quoted(layout.rtree)}").fetchone()
            summary.add_box(box if box[0] is not None else None)
            self._db.execute("UPDATE gpkg_contents SET min_x = ?, min_y = ?, max_x = ?, max_y = ? WHERE table_name = ?",
                             (*box, layout.table))
        if layout.boxes:
            levels = self._db.execute(f"SELECT min(low), max(high) FROM {quoted(layout.boxes)}").fetchone()
            summary.add_levels(levels if levels[0] is not None else None)
        schema = layout.schema
        if schema.time:
            start = comparable(layout, schema.field(schema.time))
            end = comparable(layout, schema.field(schema.time_end or schema.time))
            first, last, open_end = self._db.execute(
                f"SELECT min({start}), max({end}), count(*) > count({end}) FROM {quoted(layout.table)} "
                f"WHERE {start} IS NOT NULL").fetchone()
            summary.add_times(first, last, open_end=bool(open_end))
        return summary

    def _rewrite_words(self, old: Layout, new: Layout) -> None:
        """Fill the full-text index anew where other fields are full text than before."""
        before, now = ([f for f in layout.schema.stored if f.text] for layout in (old, new))
        if [f.name for f in before] == [f.name for f in now]:
            return
        if old.words:
            self._db.execute(f"DROP TABLE {quoted(old.words)}")
        if not new.words:
            return
        tables.create_words(self._db, new)
        gpkg.declare(self._db, new.words)
        columns = ", ".join(quoted(new.columns[f.name]) for f in now)
        rows = self._db.execute(f"SELECT fid, {columns} FROM {quoted(new.table)}")
        insert = f"INSERT INTO {quoted(new.words)} (rowid, body) VALUES (?, ?)"
        while some := rows.fetchmany(5000):
            found = [(row[0], words.document(new.schema, {f.name: _plain(f, v) for f, v in zip(now, row[1:], strict=True)}))
                     for row in some]
            self._db.executemany(insert, [(fid, " ".join(tokens)) for fid, tokens in found if tokens])


def _plain(field: Field, value: Any) -> Any:
    return json.loads(value) if field.type is FieldType.JSON and value is not None else value
