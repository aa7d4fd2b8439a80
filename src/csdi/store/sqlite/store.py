"""The embedded store: questions to the GeoPackage."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from csdi.collection import Collection
from csdi.crs import HeightModel
from csdi.errors import SettingsInvalid, StoreUnavailable
from csdi.feature import Feature
from csdi.filter.bind import column_of
from csdi.filter.terms import Type
from csdi.query import Page, Query, encode_cursor
from csdi.store import catalogue, sql
from csdi.store.base import Capabilities, Columns, Sheet, TileLayer, Transaction, collection_missing, feature_missing
from csdi.store.plan import Plan, check_facet, plan_of
from csdi.store.sql import Fragment, quoted
from csdi.store.sqlite.choice import chosen_dialect
from csdi.store.sqlite.connections import Connections
from csdi.store.sqlite.dialect import SqliteDialect
from csdi.store.sqlite.layout import Layout
from csdi.store.sqlite.repair import is_stale
from csdi.store.sqlite.rows import columns_of, features_of, time_of
from csdi.store.sqlite.writer import SqliteTransaction


class SqliteStore:
    """Features in one GeoPackage file, in WAL mode."""

    def __init__(self, url: str, heights: HeightModel | None = None) -> None:
        self._path = _path_of(url)
        self._heights = heights
        self._connections = Connections(self._path)
        self._layouts: dict[str, tuple[int, Layout]] = {}
        self._seen = threading.local()
        self.change()

    @property
    def url(self) -> str:
        """`sqlite:///` and the absolute path."""
        return f"sqlite:///{self._path}"

    @property
    def capabilities(self) -> Capabilities:
        """Everything, in one file."""
        return Capabilities(persistent=True, many_processes=True, spatial_index=True, full_text=True)

    def collections(self) -> list[Collection]:
        """See `Reader.collections`."""
        with self._connections.reading() as db:
            ids = [row[0] for row in db.execute("SELECT id FROM csdi_collections ORDER BY id")]
            return [self._layout(db, id).collection for id in ids]

    def collection(self, id: str) -> Collection:
        """See `Reader.collection`."""
        with self._connections.reading() as db:
            return self._layout(db, id).collection

    def search(self, id: str, query: Query) -> Page:
        """See `Reader.search`."""
        with self._connections.reading() as db:
            layout = self._layout(db, id)
            plan = plan_of(layout.collection, query, self._heights)
            columns = [f"f.{quoted(layout.id)}", *(f"f.{quoted(layout.columns[f.name])}" for f in plan.fields)]
            shape = bool(layout.geometry) and query.geometry
            rows, matched, following = self._page(db, layout, plan, [*columns, *(["f." + quoted(layout.geometry)] if shape else [])])
            return Page(features_of(plan.fields, rows, shape=shape), matched, following)

    def search_json(self, id: str, query: Query) -> tuple[list[bytes], int | None, str]:
        """See `Reader.search_json`."""
        with self._connections.reading() as db:
            layout = self._layout(db, id)
            plan = plan_of(layout.collection, query, self._heights)
            whole = SqliteDialect(layout).feature_json(plan.fields, geometry=query.geometry)
            rows, matched, following = self._page(db, layout, plan, [f"CAST({whole} AS BLOB)"])
            return [row[0] for row in rows], matched, following

    def largest(self, id: str, query: Query) -> Columns:
        """See `Reader.largest`."""
        with self._connections.reading() as db:
            layout = self._layout(db, id)
            plan = plan_of(layout.collection, replace(query, cursor="", sort=()), self._heights)
            if plan.impossible or not layout.geometry:
                return columns_of(plan.fields, [], more=False)
            dialect = SqliteDialect(layout)
            names = [layout.id, *(layout.columns[f.name] for f in plan.fields), layout.geometry]
            rows = _run(db, sql.largest(plan, dialect, [f"f.{quoted(name)}" for name in names], query.limit + 1))
            return columns_of(plan.fields, rows[:query.limit], more=len(rows) > query.limit)

    def tile_layer(self, id: str, query: Query, sheet: Sheet) -> TileLayer | None:
        """See `Reader.tile_layer`. It never can."""

    def feature(self, id: str, feature_id: str) -> Feature:
        """See `Reader.feature`."""
        with self._connections.reading() as db:
            layout = self._layout(db, id)
            fields = list(layout.schema.stored)
            names = [layout.id, *(layout.columns[f.name] for f in fields), *([layout.geometry] if layout.geometry else [])]
            rows = db.execute(f"SELECT {', '.join(map(quoted, names))} FROM {quoted(layout.table)} "
                              f"WHERE {quoted(layout.id)} = ?", (feature_id,)).fetchall()
            if not rows:
                raise feature_missing(id, feature_id)
            return features_of(fields, rows, shape=bool(layout.geometry))[0]

    def count(self, id: str, query: Query) -> int:
        """See `Reader.count`."""
        with self._connections.reading() as db:
            layout = self._layout(db, id)
            plan = plan_of(layout.collection, replace(query, cursor=""), self._heights)
            return _count(db, layout, plan, chosen_dialect(db, layout, plan))

    def values(self, id: str, field: str, query: Query | None = None, limit: int = 1000) -> list[tuple[Any, int]]:
        """See `Reader.values`."""
        with self._connections.reading() as db:
            layout = self._layout(db, id)
            column = check_facet(column_of(layout.schema, field))
            plan = plan_of(layout.collection, replace(query or Query(), cursor=""), self._heights)
            rows = _run(db, sql.facets(plan, SqliteDialect(layout), column, limit))
            convert = _FACETS.get(column.type, _same)
            return [(None if value is None else convert(value), n) for value, n in rows]

    def change(self) -> int:
        """See `Reader.change`. Most calls read one word of shared memory."""
        db = self._connections.reader()
        version = db.execute("PRAGMA data_version").fetchone()[0]
        known: tuple[sqlite3.Connection, int, int] | None = getattr(self._seen, "change", None)
        if known is None or known[0] is not db or known[1] != version:
            if is_stale(db):
                self._catch_up()
            change = int(db.execute("SELECT change FROM csdi_state").fetchone()[0])
            version = db.execute("PRAGMA data_version").fetchone()[0]
            self._seen.change = known = (db, version, change)
        return known[2]

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """See `Store.transaction`."""
        with self._connections.writing() as db:
            work = SqliteTransaction(db)
            yield work
            work.finish()

    def close(self) -> None:
        """Close every connection of this process."""
        self._connections.close()

    def _catch_up(self) -> None:
        """Take in what another program edited in the file; if somebody is writing now, that is done later."""
        with suppress(StoreUnavailable), self._connections.writing(wait_s=1.0) as db:
            work = SqliteTransaction(db)
            work.repair()
            work.finish()

    def _layout(self, db: sqlite3.Connection, id: str) -> Layout:
        """The Collection's layout, parsed once for each revision."""
        found = db.execute("SELECT revision FROM csdi_collections WHERE id = ?", (id,)).fetchone()
        if found is None:
            raise collection_missing(id)
        known = self._layouts.get(id)
        if known is None or known[0] != found[0]:
            document, names = db.execute("SELECT document, layout FROM csdi_collections WHERE id = ?", (id,)).fetchone()
            known = (found[0], Layout.from_text(catalogue.from_document(document), names))
            self._layouts[id] = known
        return known[1]

    def _page(self, db: sqlite3.Connection, layout: Layout, plan: Plan, outputs: list[str],
              ) -> tuple[list[tuple[Any, ...]], int | None, str]:
        """Rows of outputs, how many match in all, and the next cursor."""
        query, keys = plan.query, len(plan.order)
        dialect = chosen_dialect(db, layout, plan)
        matched = _count(db, layout, plan, dialect) if query.count else None
        if not query.limit:
            return [], matched, ""
        rows = _run(db, sql.page(plan, dialect, outputs, query.limit + 1))
        following = ""
        if len(rows) > query.limit:
            rows.pop()
            last = rows[-1]
            following = encode_cursor(layout.collection.id, query.sort, [*last[1:1 + keys], last[0]])
        return [row[1 + keys:] for row in rows], matched, following


def _path_of(url: str) -> Path:
    rest = url.removeprefix("sqlite:")
    path = unquote(rest.removeprefix("//").partition("?")[0])
    if path.startswith("//"):
        path = path[1:]
    if not path.strip("/"):
        raise SettingsInvalid(f"the store URL '{url}' names no file", field="CSDI_STORE", value=url,
                              remedy="write sqlite:///absolute/path/site.gpkg")
    return Path(path).absolute()


def _run(db: sqlite3.Connection, fragment: Fragment) -> list[tuple[Any, ...]]:
    return db.execute(fragment.text.replace(sql.MARK, "?"), fragment.params).fetchall()


def _count(db: sqlite3.Connection, layout: Layout, plan: Plan, dialect: SqliteDialect) -> int:
    if plan.is_everything:
        return layout.collection.count
    return int(_run(db, sql.count(plan, dialect))[0][0])


def _same(value: Any) -> Any:
    return value


_FACETS: dict[Type, Callable[[Any], Any]] = {Type.BOOLEAN: bool, Type.DATETIME: time_of}
