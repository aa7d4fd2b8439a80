"""The writer of PostgreSQL: one transaction, Features by COPY, new tables where a Collection is replaced."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

import shapely
from psycopg import Connection, errors

from csdi.collection import Collection
from csdi.errors import CollectionExists
from csdi.extent import Extent
from csdi.feature import Feature, Field, FieldType
from csdi.filter.bind import bind
from csdi.filter.instants import moment_key
from csdi.filter.tree import Expression
from csdi.store import catalogue, words
from csdi.store.base import collection_missing
from csdi.store.geojson import feature_parts, geometry_texts
from csdi.store.pairs import is_indexed, pairs
from csdi.store.postgis.dialect import PostgisDialect, comparable, solid_box, tsvector
from csdi.store.postgis.layout import Layout
from csdi.store.postgis.render import run
from csdi.store.sql import SLOT, Fragment, bound, compiled, filled, joined, quoted
from csdi.store.summary import Box, Summary
from csdi.store.values import Batch, batches, level_range

_UNREAD = """
SELECT d.name FROM csdi.doomed d WHERE NOT EXISTS (
  SELECT 1 FROM pg_stat_activity a WHERE a.datname = current_database() AND a.pid <> pg_backend_pid()
  AND a.backend_xmin IS NOT NULL AND age(a.backend_xmin) >= age(d.xmin))"""
"""Tables given up by a transaction that every running one sees the end of."""

_SHORT = (FieldType.INTEGER, FieldType.NUMBER, FieldType.BOOLEAN, FieldType.DATE, FieldType.DATETIME)
"""What may follow in an index: an entry has at most 2.7 kB, and text has no limit."""
_OURS = re.compile("_x[0-9]+$|_p(_[0-9]+)+$")
"""Ends of the names of indexes on fields."""


class PostgisTransaction:
    """Changes on one connection between BEGIN and COMMIT. Tables that are done with are given up: see `sweep`."""

    def __init__(self, connection: Connection[Any]) -> None:
        self._db = connection
        self._change = int(self._one("SELECT change FROM csdi.state")) + 1
        self._unfinished: dict[str, Layout] = {}
        self._doomed: list[Layout] = []
        self._last: dict[str, int] = {}

    def create(self, collection: Collection) -> None:
        """See `Transaction.create`."""
        if self._find(collection.id) is not None:
            raise CollectionExists(f"there is a collection '{collection.id}' already", remedy="choose another id, or replace it",
                                   collection=collection.id)
        self._begin(catalogue.begun(collection))

    def describe(self, collection: Collection) -> None:
        """See `Transaction.describe`."""
        old = self._layout(collection.id)
        layout = old.extended(catalogue.described(old.collection, collection))
        for field in layout.schema.stored:
            if field.name not in old.columns:
                self._execute(f"ALTER TABLE {layout.name} ADD COLUMN {layout.definition(field)}")
        if collection.id not in self._unfinished:
            self._index_fields(layout)
        if layout.whole and list(old.schema.stored) != list(layout.schema.stored):
            tail = PostgisDialect(layout).tail_json(list(layout.schema.stored))
            self._execute(f"UPDATE {layout.name} AS f SET {layout.mine('tail')} = {tail}")
        if old.schema.counted != layout.schema.counted:
            self._create_counts(layout)
            if collection.id not in self._unfinished:
                self._recount_all(layout)
        if [f.name for f in old.schema.stored if f.text] != [f.name for f in layout.schema.stored if f.text]:
            self._rewrite_words(layout)
        self._save(layout)

    def drop(self, id: str) -> None:
        """See `Transaction.drop`."""
        self._doomed.append(self._layout(id))
        self._db.execute("DELETE FROM csdi.collections WHERE id = %s", (id,))
        self._unfinished.pop(id, None)

    def write(self, id: str, features: Iterable[Feature]) -> int:
        """See `Transaction.write`."""
        layout = self._layout(id)
        summary, given, added = Summary.of(layout.collection), 0, 0
        for batch in batches(features, layout.collection):
            fids, known = self._numbers(layout, batch)
            if known:
                if layout.schema.geometry:
                    summary.touch(self._box_of(layout, filled(f"f.fid = ANY({SLOT})", bound(known, "::bigint[]"))))
                self._recount(layout, -1, filled(f"fid = ANY({SLOT})", bound(known, "::bigint[]")))
                self._execute(f"DELETE FROM {layout.name} WHERE fid = ANY(%s)", (known,))
            self._copy(layout, batch, fids)
            self._recount(layout, 1, filled(f"fid = ANY({SLOT})", bound(fids, "::bigint[]")))
            summary.shrunk = summary.shrunk or bool(known)
            summary.add(batch)
            given, added = given + batch.given, added + len(fids) - len(known)
        self._count(layout, summary, added)
        return given

    def delete(self, id: str, filter: Expression | None = None, ids: Iterable[str] | None = None) -> int:
        """See `Transaction.delete`."""
        layout, conditions = self._layout(id), [Fragment("true")]
        if ids is not None:
            conditions.append(filled(f"f.{layout.mine('id')} = ANY({SLOT})", bound(list(ids), "::text[]")))
        if filter is not None:
            collection = layout.collection
            term = bind(filter, collection.schema, collection.storage_crs, collection.extent.bbox)
            conditions.append(compiled(term, PostgisDialect(layout)))
        chosen = joined(" AND ", conditions)
        summary = Summary.of(layout.collection)
        if layout.schema.geometry:
            summary.touch(self._box_of(layout, chosen))
        self._recount(layout, -1, chosen)
        gone = run(self._db, filled(f"DELETE FROM {layout.name} f WHERE {SLOT}", chosen)).rowcount
        summary.shrunk = bool(gone)
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
        """Indexes of new tables, and which tables are given up: the last thing before COMMIT."""
        for layout in self._unfinished.values():
            self._index_fields(layout)
            self._index_own(layout)
            self._recount_all(layout)
            self._execute(f"ANALYZE {layout.name}")
        self._db.execute("UPDATE csdi.state SET change = %s", (self._change,))
        for layout in self._doomed:
            for name in (layout.name, layout.counts_table) if layout.counts else (layout.name,):
                self._db.execute("INSERT INTO csdi.doomed VALUES (%s)", (name,))

    def _begin(self, collection: Collection) -> None:
        layout = Layout.of(collection, int(self._one("SELECT nextval('csdi.table_number')")))
        own = (f"""fid bigint PRIMARY KEY, {layout.mine('id')} text COLLATE "C" NOT NULL UNIQUE, {layout.mine('geometry')} geometry, """
               f"{layout.mine('head')} text, {layout.mine('tail')} text, {layout.mine('low')} float8, {layout.mine('high')} float8, "
               f"{layout.mine('words')} tsvector")
        columns = ", ".join([own, *(layout.definition(f) for f in layout.schema.stored)])
        self._execute(f"CREATE TABLE {layout.name} ({columns})")
        self._create_counts(layout)
        self._unfinished[collection.id] = layout
        self._last[layout.table] = 0
        self._save(layout)

    def _create_counts(self, layout: Layout) -> None:
        self._execute(f"DROP TABLE IF EXISTS {layout.counts_table}")
        if layout.counts:
            types = {name: layout.definition(layout.schema.field(name)).removeprefix(column)
                     for name, column in layout.counts.columns.items()}
            for statement in layout.counts.create(types):
                self._execute(statement)

    def _recount(self, layout: Layout, sign: int, which: Fragment) -> None:
        """Add rows to the counts or take them away. New tables are counted at the end."""
        if layout.counts is None or layout.collection.id in self._unfinished:
            return
        for statement in layout.counts.change(sign, SLOT):
            run(self._db, filled(statement, which))
        if self._one(layout.counts.excess()) > 0:
            for statement in layout.counts.sum_up():
                self._execute(statement)

    def _recount_all(self, layout: Layout) -> None:
        for statement in layout.counts.refill() if layout.counts else ():
            self._execute(statement)

    def _index_fields(self, layout: Layout) -> None:
        """The indexes that the schema wants, where they are not there; those that it does not want any more are dropped."""
        wanted = {f"{layout.table[-50:]}_x{number}": f"({comparable(layout, field)})" for number, field in enumerate(layout.schema)
                  if field.type is not FieldType.JSON and is_indexed(layout.schema, field)}
        places = {field.name: number for number, field in enumerate(layout.schema)}
        for fields in pairs(layout.schema, lambda field: not field.path, lambda field: field.type in _SHORT and not field.path):
            name = "_".join((f"{layout.table[-40:]}_p", *(str(places[field.name]) for field in fields)))
            wanted[name] = ", ".join((*map(layout.column, fields), "fid"))
        if layout.collection.id not in self._unfinished:
            there = self._execute("SELECT indexname FROM pg_indexes WHERE schemaname = 'csdi' AND tablename = %s", (layout.table,))
            for (name,) in there.fetchall():
                if _OURS.search(name) and name not in wanted:
                    self._execute(f"DROP INDEX csdi.{quoted(name)}")
        for name, indexed in wanted.items():
            self._execute(f"CREATE INDEX IF NOT EXISTS {quoted(name)} ON {layout.name} ({indexed})")

    def _index_own(self, layout: Layout) -> None:
        if layout.schema.geometry:
            self._execute(f"CREATE INDEX ON {layout.name} USING gist ({layout.mine('geometry')})")
        if layout.has_heights:
            self._execute(f"CREATE INDEX ON {layout.name} USING gist (({solid_box(layout)}))")
        if layout.has_words:
            self._execute(f'CREATE INDEX "{layout.table[:50]}_words" ON {layout.name} USING gin ({layout.mine("words")})')

    def _rewrite_words(self, layout: Layout) -> None:
        """Fill the full-text column anew where other fields are full text than before."""
        fields = [f for f in layout.schema.stored if f.text]
        columns = "".join(f", {layout.column(f)}" for f in fields)
        with self._db.cursor(name="csdi_words") as rows:
            rows.execute(f"SELECT fid{columns} FROM {layout.name}".encode())
            self._execute("CREATE TEMP TABLE csdi_words (fid bigint, words tsvector) ON COMMIT DROP")
            while some := rows.fetchmany(5000):
                found = [(row[0], words.document(layout.schema, dict(zip((f.name for f in fields), row[1:], strict=True))))
                         for row in some]
                with self._db.cursor().copy(b"COPY csdi_words FROM STDIN") as copy:
                    for fid, tokens in found:
                        copy.write_row((fid, tsvector(tokens)))
        self._execute(f"UPDATE {layout.name} f SET {layout.mine('words')} = w.words FROM csdi_words w WHERE w.fid = f.fid")
        self._execute("DROP TABLE csdi_words")
        if layout.has_words and layout.collection.id not in self._unfinished:
            self._execute(f'CREATE INDEX IF NOT EXISTS "{layout.table[:50]}_words" ON {layout.name} USING gin '
                          f"({layout.mine('words')})")

    def _find(self, id: str) -> Layout | None:
        found = self._db.execute("SELECT document, layout FROM csdi.collections WHERE id = %s", (id,)).fetchone()
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
        self._db.execute(
            "INSERT INTO csdi.collections VALUES (%s, %s, %s, %s) ON CONFLICT (id) DO UPDATE "
            "SET revision = excluded.revision, layout = excluded.layout, document = excluded.document",
            (collection.id, self._change, layout.text, catalogue.to_document(collection)))

    def _numbers(self, layout: Layout, batch: Batch) -> tuple[list[int], list[int]]:
        """Row number of each Feature, and those that exist already."""
        if layout.table not in self._last:
            self._last[layout.table] = int(self._one(f"SELECT coalesce(max(fid), 0) FROM {layout.name}"))
        known: dict[str, int] = {}
        if self._last[layout.table]:
            id = layout.mine("id")
            known = dict(self._execute(f"SELECT {id}, fid FROM {layout.name} WHERE {id} = ANY(%s)", (batch.ids,)).fetchall())
        fids = []
        for key in batch.ids:
            fid = known.get(key)
            if fid is None:
                self._last[layout.table] = fid = self._last[layout.table] + 1
            fids.append(fid)
        return fids, list(known.values())

    def _copy(self, layout: Layout, batch: Batch, fids: list[int]) -> None:
        schema, fields = layout.schema, list(layout.schema.stored)
        roles = ("id", "geometry", *(("head", "tail") if layout.whole else ("geojson",)), "low", "high", "words")
        names = ["fid", *map(layout.mine, roles), *map(layout.column, fields)]
        shapes = shapely.to_wkb(shapely.set_srid(batch.geometries, layout.srid), hex=True, include_srid=True)
        texts: list[Iterable[Any]] = [geometry_texts(batch.geometries, layout.collection.storage_crs)]
        if layout.whole:
            texts = list(zip(*map(feature_parts, batch.ids, texts[0], batch.properties), strict=True)) or [(), ()]
        levels = [level_range(g, p, schema) if layout.has_heights else None
                  for g, p in zip(batch.geometries, batch.properties, strict=True)]
        columns: list[Iterable[Any]] = [
            fids, batch.ids, shapes, *texts, (pair and pair[0] for pair in levels), (pair and pair[1] for pair in levels),
            (tsvector(words.document(schema, p)) if layout.has_words else None for p in batch.properties),
            *(_column(field, batch.properties) for field in fields)]
        with self._db.cursor().copy(f"COPY {layout.name} ({', '.join(names)}) FROM STDIN".encode()) as copy:
            for row in zip(*columns, strict=True):
                copy.write_row(row)

    def _count(self, layout: Layout, summary: Summary, added: int) -> None:
        """Bring count, extent and version of the Collection up to date."""
        collection, touched = layout.collection, summary.touched
        if summary.shrunk:
            summary = self._measured(layout)
        counted = replace(collection, extent=summary.extent, count=collection.count + added)
        self._save(replace(layout, collection=catalogue.changed(counted, touched)))

    def _box_of(self, layout: Layout, condition: Fragment) -> Box | None:
        """The box around the rows `f` that meet a condition."""
        row = run(self._db, filled(f"SELECT ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e) FROM (SELECT ST_Extent(f."
                                   f"{layout.mine('geometry')}) e FROM {layout.name} f WHERE {SLOT}) x", condition)).fetchall()[0]
        return None if row[0] is None else (row[0], row[1], row[2], row[3])

    def _measured(self, layout: Layout) -> Summary:
        """The summary of what the table holds now."""
        summary, schema = Summary.of(replace(layout.collection, extent=Extent())), layout.schema
        summary.add_box(self._box_of(layout, Fragment("true")))
        levels = self._execute(f"SELECT min({layout.mine('low')}), max({layout.mine('high')}) FROM {layout.name}").fetchone()
        summary.add_levels(levels if levels and levels[0] is not None else None)
        if schema.time:
            start, end = (layout.column(schema.field(name)) for name in (schema.time, schema.time_end or schema.time))
            row = self._execute(f"SELECT min({start}), max({end}), count(*) > count({end}) FROM {layout.name} "
                                f"WHERE {start} IS NOT NULL").fetchone()
            if row:
                summary.add_times(*(None if t is None else _key(t) for t in row[:2]), open_end=row[2])
        return summary

    def _execute(self, statement: str, params: tuple[Any, ...] = ()) -> Any:
        """Run a statement of ours; identifiers in it may hold percent signs where nothing is bound."""
        return self._db.execute(statement.encode(), params or None)

    def _one(self, statement: str) -> Any:
        row = self._execute(statement).fetchone()
        return row[0] if row else None


def sweep(db: Connection[Any]) -> None:
    """Drop the tables that were given up and that nobody can be reading: no transaction goes on that began before.

    To drop a table locks out who comes to read, as long as somebody is reading; so it is never waited for. What is left is
    dropped after a later change.
    """
    for (name,) in db.execute(_UNREAD).fetchall():
        try:
            with db.transaction():
                db.execute("SET LOCAL lock_timeout = '50ms'")
                db.execute("DELETE FROM csdi.doomed WHERE name = %s", (name,))
                db.execute(f"DROP TABLE IF EXISTS {name}".encode())
        except (errors.LockNotAvailable, errors.DeadlockDetected):
            continue


def _column(field: Field, properties: list[dict[str, Any]]) -> list[Any]:
    name = field.name
    if field.type is FieldType.JSON:
        return [None if (v := p[name]) is None else json.dumps(v, ensure_ascii=False, separators=(",", ":")) for p in properties]
    return [p[name] for p in properties]


def _key(value: Any) -> str:
    return moment_key(value) if isinstance(value, datetime) else str(value.isoformat())
