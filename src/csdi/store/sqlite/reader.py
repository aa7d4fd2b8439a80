"""Questions to the GeoPackage, of the present state or of one that is held."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

from csdi.collection import Collection
from csdi.crs import HeightModel
from csdi.feature import Feature, Field
from csdi.filter.bind import column_of
from csdi.filter.nearness import Place, Solid
from csdi.query import Page, Query, encode_cursor
from csdi.store import catalogue, sql
from csdi.store.base import Asking, Columns, JsonFeature, JsonPage, Sheet, TileLayer, collection_missing, feature_missing, query_of
from csdi.store.counted import kept, tells_along
from csdi.store.nearness import others_of, ranked, shown, unordered
from csdi.store.plan import Plan, check_facet, plan_of
from csdi.store.sql import Fragment, quoted
from csdi.store.sqlite import blob
from csdi.store.sqlite.choice import chosen_dialect, nearest_fids
from csdi.store.sqlite.dialect import SqliteDialect
from csdi.store.sqlite.facets import facets
from csdi.store.sqlite.layout import Layout
from csdi.store.sqlite.nearness import Spread
from csdi.store.sqlite.rows import columns_of, features_of

Reading = Callable[[], AbstractContextManager[sqlite3.Connection]]
"""Gives a connection inside a transaction that sees one committed state."""
Layouts = dict[str, tuple[int, Layout]]
"""Layouts by Collection, each with its revision."""


class SqliteReader:
    """What can be asked of Features in one GeoPackage file."""

    def __init__(self, reading: Reading, heights: HeightModel | None, layouts: Layouts) -> None:
        self._reading, self._heights, self._layouts = reading, heights, layouts
        self._spreads: dict[str, Spread] = {}

    def collections(self) -> list[Collection]:
        """See `Reader.collections`."""
        with self._reading() as db:
            ids = [row[0] for row in db.execute("SELECT id FROM csdi_collections ORDER BY id")]
            return [self._layout(db, id).collection for id in ids]

    def collection(self, id: str) -> Collection:
        """See `Reader.collection`."""
        with self._reading() as db:
            return self._layout(db, id).collection

    def search(self, id: str, query: Query) -> Page:
        """See `Reader.search`."""
        with self._reading() as db:
            layout = self._layout(db, id)
            plan = plan_of(layout.collection, query, self._heights)
            columns = [f"f.{quoted(layout.id)}", *(f"f.{quoted(layout.columns[f.name])}" for f in plan.fields)]
            shape = bool(layout.geometry) and query.geometry
            rows, matched, following = self._page(db, layout, plan, [*columns, *(["f." + quoted(layout.geometry)] if shape else [])])
            return Page(features_of(plan.fields, rows, shape=shape), matched, following)

    def search_json(self, id: str, query: Asking) -> JsonPage:
        """See `Reader.search_json`. The database puts the whole page together: one value instead of one for each Feature."""
        with self._reading() as db:
            layout = self._layout(db, id)
            plan = plan_of(layout.collection, query_of(query, layout.collection), self._heights)
            limit, (asked, dialect) = plan.query.limit, chosen_dialect(db, layout, plan)
            counted = _counts_along(layout, plan, dialect)
            rows = _run(db, sql.chosen(asked, dialect, limit + 1, counted=counted)) if limit else []
            matched = _matched(db, layout, plan, rows, counted=counted)
            fids = [row[0] for row in rows[:limit]]
            text = dialect.feature_json(plan.fields, geometry=plan.query.geometry)
            body = db.execute(f"SELECT CAST(group_concat({text}) AS BLOB) FROM {dialect.listed()}", (json.dumps(fids),)).fetchone()[0]
            return JsonPage(body or b"", len(fids), matched, _following(plan, rows))

    def largest(self, id: str, query: Query) -> Columns:
        """See `Reader.largest`."""
        with self._reading() as db:
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

    def nearest(self, id: str, query: Query, solid: Solid) -> list[tuple[Feature, float]]:
        """See `Reader.nearest`."""
        with self._reading() as db:
            layout = self._layout(db, id)
            plan = plan_of(layout.collection, unordered(query), self._heights)
            if plan.impossible or not layout.geometry or not query.limit:
                return []
            place = Place.of(solid, layout.collection.storage_crs)
            fids = nearest_fids(db, layout, plan, place, self._spreads.setdefault(id, Spread()))
            near = dict(zip(fids, _rows(db, layout, fids, [*plan.fields, *others_of(layout.schema, plan.fields)]), strict=True))
            seen = ranked(layout.schema, near.items(), place)[:query.limit]
            return [(shown(near[fid], query, plan.fields), metres) for metres, fid in seen]

    def feature(self, id: str, feature_id: str) -> Feature:
        """See `Reader.feature`."""
        with self._reading() as db:
            layout = self._layout(db, id)
            fields = list(layout.schema.stored)
            names = [layout.id, *(layout.columns[f.name] for f in fields), *([layout.geometry] if layout.geometry else [])]
            rows = db.execute(f"SELECT {', '.join(map(quoted, names))} FROM {quoted(layout.table)} "
                              f"WHERE {quoted(layout.id)} = ?", (feature_id,)).fetchall()
            if not rows:
                raise feature_missing(id, feature_id)
            return features_of(fields, rows, shape=bool(layout.geometry))[0]

    def feature_json(self, id: str, feature_id: str, permit: Callable[[Collection], object]) -> JsonFeature:
        """See `Reader.feature_json`."""
        with self._reading() as db:
            layout = self._layout(db, id)
            permit(layout.collection)
            dialect, fields = SqliteDialect(layout), list(layout.schema.stored)
            texts = (dialect.feature_json(fields, geometry=True), dialect.kept_properties(fields))
            shape = f"f.{quoted(layout.geometry)}" if layout.geometry else "NULL"
            row = db.execute(f"SELECT {', '.join(f'CAST({text} AS BLOB)' for text in texts)}, {shape} FROM {dialect.rows().text}"
                             f"{dialect.texts} WHERE f.{quoted(layout.id)} = ?", (feature_id,)).fetchone()
            if row is None:
                raise feature_missing(id, feature_id)
            return JsonFeature(layout.collection, row[0], row[1], None if row[2] is None else blob.iso_wkb(row[2]))

    def count(self, id: str, query: Query) -> int:
        """See `Reader.count`."""
        with self._reading() as db:
            layout = self._layout(db, id)
            plan = plan_of(layout.collection, replace(query, cursor=""), self._heights)
            return _count(db, layout, plan)

    def values(self, id: str, field: str, query: Query | None = None, limit: int = 1000) -> list[tuple[Any, int]]:
        """See `Reader.values`."""
        return [(key[0], n) for key, n in self.counts(id, [field], query, limit)]

    def counts(self, id: str, fields: Sequence[str], query: Query | None = None, limit: int = 100_000) -> list[tuple[tuple[Any, ...], int]]:
        """See `Reader.counts`."""
        with self._reading() as db:
            layout = self._layout(db, id)
            columns = [check_facet(column_of(layout.schema, field)) for field in fields]
            plan = plan_of(layout.collection, replace(query or Query(), cursor=""), self._heights)
            return facets(db, layout, plan, columns, limit)

    def change(self) -> int:
        """See `Reader.change`."""
        with self._reading() as db:
            return int(db.execute("SELECT change FROM csdi_state").fetchone()[0])

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
        asked, dialect = chosen_dialect(db, layout, plan)
        counted = _counts_along(layout, plan, dialect)
        rows = _run(db, sql.page(asked, dialect, outputs, query.limit + 1, counted=counted)) if query.limit else []
        matched = _matched(db, layout, plan, rows, counted=counted)
        return [row[1 + keys + counted:] for row in rows[:query.limit]], matched, _following(plan, rows)


def _rows(db: sqlite3.Connection, layout: Layout, fids: list[int], fields: list[Field]) -> list[Feature]:
    """Rows by their numbers, in that order, with these fields and their geometry."""
    names = [layout.id, *(layout.columns[f.name] for f in fields), layout.geometry]
    rows = db.execute(f"SELECT {', '.join(f'f.{quoted(name)}' for name in names)} FROM json_each(?) j CROSS JOIN "
                      f"{quoted(layout.table)} f ON f.fid = j.value", (json.dumps(fids),)).fetchall()
    return features_of(fields, rows, shape=True)


def _following(plan: Plan, rows: list[tuple[Any, ...]]) -> str:
    """The cursor behind a page of which one row more was asked for; rows begin with their number and sort keys."""
    query, keys = plan.query, len(plan.order)
    if len(rows) <= query.limit or not query.limit:
        return ""
    last = rows[query.limit - 1]
    return encode_cursor(plan.collection.id, query.sort, [*last[1:1 + keys], last[0]])


def _run(db: sqlite3.Connection, fragment: Fragment) -> list[tuple[Any, ...]]:
    return db.execute(fragment.text.replace(sql.MARK, "?"), fragment.params).fetchall()


def _counts_along(layout: Layout, plan: Plan, dialect: SqliteDialect) -> bool:
    """Whether a page says how many match: all of them are at hand while it is chosen."""
    return dialect.few and tells_along(layout.counts, plan)


def _matched(db: sqlite3.Connection, layout: Layout, plan: Plan, rows: list[tuple[Any, ...]], *, counted: bool) -> int | None:
    """How many match, when a page and one more are known: not counted where they say so, where they are all, or nobody asks."""
    if not plan.query.count:
        return None
    if plan.tells_all(len(rows)):
        return len(rows)
    return int(rows[0][1 + len(plan.order)]) if counted and rows else _count(db, layout, plan)


def _count(db: sqlite3.Connection, layout: Layout, plan: Plan) -> int:
    """How many match."""
    if plan.is_everything:
        return layout.collection.count
    if kept(layout.counts, plan, ()) is not None:
        return int(_run(db, sql.count(plan, SqliteDialect(layout), layout.counts))[0][0])
    return int(_run(db, sql.count(*chosen_dialect(db, layout, plan, all_rows=True), None))[0][0])
