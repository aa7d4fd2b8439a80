"""Questions to PostgreSQL, of the present state or of one that is held."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

import numpy as np
import shapely
from numpy.typing import NDArray
from psycopg import Connection
from psycopg.errors import UndefinedTable

from csdi.collection import Collection
from csdi.crs import HeightModel
from csdi.errors import CsdiError, QueryError, StoreError
from csdi.feature import Feature, Field, FieldType
from csdi.filter.bind import column_of
from csdi.filter.instants import moment_key, rfc3339_of
from csdi.filter.nearness import Place, Solid
from csdi.query import Page, Query, encode_cursor
from csdi.store import catalogue, sql
from csdi.store.base import (
    Asking,
    Columns,
    JsonFeature,
    JsonPage,
    Sheet,
    TileLayer,
    collection_missing,
    feature_missing,
    query_of,
    scattered,
)
from csdi.store.counted import frequent, kept, tells_along
from csdi.store.nearness import others_of, ranked, shown, unordered
from csdi.store.plan import Plan, check_facet, plan_of
from csdi.store.postgis import pages, tile
from csdi.store.postgis.dialect import PostgisDialect
from csdi.store.postgis.layout import Layout
from csdi.store.postgis.render import run

T = TypeVar("T")
_LOG = logging.getLogger("csdi")
_TIMES = (FieldType.DATE, FieldType.DATETIME)
_PASSED_FOR_ONE = 3
"""In the time in which one row of conditions is measured, a third of a row that is near is passed by."""
_SPARE = 2
"""So many rows more than the nearest ones are asked for at first."""


Layouts = dict[str, tuple[int, Layout]]
"""Layouts by Collection, each with its revision."""


class PostgisReader:
    """What can be asked of Features in the schema `csdi` of a PostgreSQL database, in the state that a connection holds."""

    def __init__(self, db: Connection[Any] | None, heights: HeightModel | None, layouts: Layouts) -> None:
        self._db, self._heights, self._layouts = db, heights, layouts

    def collections(self) -> list[Collection]:
        """See `Reader.collections`."""
        def ask(db: Connection[Any]) -> list[Collection]:
            ids = [row[0] for row in db.execute("SELECT id FROM csdi.collections ORDER BY id")]
            return [self._layout(db, id).collection for id in ids]
        return self._asked(ask)

    def collection(self, id: str) -> Collection:
        """See `Reader.collection`."""
        return self._asked(lambda db: self._layout(db, id).collection, whole=False)

    def search(self, id: str, query: Query) -> Page:
        """See `Reader.search`."""
        def ask(db: Connection[Any]) -> Page:
            layout = self._layout(db, id)
            plan = plan_of(layout.collection, query, self._heights)
            shape = bool(layout.schema.geometry) and query.geometry
            rows, matched, following = self._page(db, layout, plan, _outputs(layout, plan.fields, shape=shape))
            return Page(_features(plan.fields, rows, shape=shape), matched, following)
        return self._asked(ask)

    def search_json(self, id: str, query: Asking) -> JsonPage:
        """See `Reader.search_json`."""
        return self._at_once(id, lambda db, revision, layout: pages.page_json(
            db, layout, revision, plan_of(layout.collection, query_of(query, layout.collection), self._heights), _key))

    def largest(self, id: str, query: Query) -> Columns:
        """See `Reader.largest`."""
        def ask(db: Connection[Any]) -> Columns:
            layout = self._layout(db, id)
            plan = plan_of(layout.collection, replace(query, cursor="", sort=()), self._heights)
            if plan.impossible or not layout.schema.geometry:
                return _columns(plan.fields, [], np.empty(0, object), more=False)
            return _largest(db, layout, plan)
        return self._asked(ask)

    def tile_layer(self, id: str, query: Query, sheet: Sheet) -> TileLayer | None:
        """See `Reader.tile_layer`."""
        def ask(db: Connection[Any]) -> TileLayer | None:
            layout = self._layout(db, id)
            plan = plan_of(layout.collection, replace(query, cursor="", sort=()), self._heights)
            if plan.impossible:
                return TileLayer(b"", 0)
            return tile.tile_layer(db, layout, plan, sheet) if tile.can_draw(layout, plan, sheet) else None
        try:
            return self._asked(ask)
        except QueryError as error:  # a geometry that PostGIS cannot cut; ours can
            _LOG.warning("a tile of %s is drawn without PostGIS: %s", id, error.message)
            return None

    def nearest(self, id: str, query: Query, solid: Solid) -> list[tuple[Feature, float]]:
        """See `Reader.nearest`."""
        def ask(db: Connection[Any]) -> list[tuple[Feature, float]]:
            layout = self._layout(db, id)
            plan = plan_of(layout.collection, unordered(query), self._heights)
            if plan.impossible or not layout.schema.geometry or not query.limit:
                return []
            place = Place.of(solid, layout.collection.storage_crs)
            return [(shown(feature, query, plan.fields), metres) for metres, feature in _nearest(db, layout, plan, place)]
        return self._asked(ask)

    def feature(self, id: str, feature_id: str) -> Feature:
        """See `Reader.feature`."""
        def ask(db: Connection[Any]) -> Feature:
            layout = self._layout(db, id)
            fields, shape = list(layout.schema.stored), bool(layout.schema.geometry)
            chosen = sql.filled(f"SELECT {', '.join(_outputs(layout, fields, shape=shape))} FROM {layout.name} f "
                                f"WHERE f.{layout.mine('id')} = {sql.SLOT}", sql.bound(feature_id))
            rows = run(db, chosen, binary=True).fetchall()
            if not rows:
                raise feature_missing(id, feature_id)
            return _features(fields, rows, shape=shape)[0]
        return self._asked(ask, whole=False)  # the layout of a moment ago names the same columns

    def feature_json(self, id: str, feature_id: str, permit: Callable[[Collection], object]) -> JsonFeature:
        """See `Reader.feature_json`."""
        def ask(db: Connection[Any], revision: int, layout: Layout) -> JsonFeature | None:
            permit(layout.collection)
            return pages.feature_json(db, layout, revision, feature_id)
        return self._at_once(id, ask)

    def count(self, id: str, query: Query) -> int:
        """See `Reader.count`."""
        def ask(db: Connection[Any]) -> int:
            layout = self._layout(db, id)
            return _count(db, layout, plan_of(layout.collection, replace(query, cursor=""), self._heights))
        return self._asked(ask)

    def values(self, id: str, field: str, query: Query | None = None, limit: int = 1000) -> list[tuple[Any, int]]:
        """See `Reader.values`."""
        return [(key[0], n) for key, n in self.counts(id, [field], query, limit)]

    def counts(self, id: str, fields: Sequence[str], query: Query | None = None, limit: int = 100_000) -> list[tuple[tuple[Any, ...], int]]:
        """See `Reader.counts`."""
        def ask(db: Connection[Any]) -> list[tuple[tuple[Any, ...], int]]:
            layout = self._layout(db, id)
            columns = [check_facet(column_of(layout.schema, field)) for field in fields]
            plan = plan_of(layout.collection, replace(query or Query(), cursor=""), self._heights)
            dialect, known = PostgisDialect(layout), layout.counts
            combination = kept(known, plan, fields)
            if known and combination is not None and known.are_kept(combination, columns):
                lists = ", ".join(f"coalesce(json_agg(v{place}), '[]')" for place in range(len(columns) + 1))
                asked = sql.filled(f"SELECT {lists} FROM ({sql.SLOT}) r", sql.kept_rows(plan, dialect, columns, known, combination))
                *values, numbers = run(db, asked).fetchall()[0]
                return frequent(values, numbers)[:limit]
            rows = run(db, sql.facets(plan, dialect, columns, limit, known)).fetchall()
            return [(tuple(rfc3339_of(moment_key(v)) if isinstance(v, datetime) else _key(v) for v in row[:-1]), row[-1]) for row in rows]
        return self._asked(ask)

    def change(self) -> int:
        """See `Reader.change`."""
        return self._asked(lambda db: int(db.execute("SELECT change FROM csdi.state").fetchall()[0][0]), whole=False)

    def _asked(self, ask: Callable[[Connection[Any]], T], *, whole: bool = True) -> T:  # noqa: ARG002
        """The answer from the state that is held; it is always `whole`."""
        assert self._db is not None
        return ask(self._db)

    def _at_once(self, id: str, ask: Callable[[Connection[Any], int, Layout], T | None]) -> T:
        """The answer of one statement, asked with what was known of the Collection a moment ago.

        `ask` gives None where the Collection has changed since; then, and where anything is wrong, what is known is renewed.
        """
        def attempt(db: Connection[Any]) -> T:
            known = self._layouts.get(id) if self._db is None else None
            for _ in range(3):
                fresh = known is None
                if known is None:
                    self._layout(db, id)
                    known = self._layouts[id]
                try:
                    answer = ask(db, *known)
                except (CsdiError, UndefinedTable):
                    if fresh:
                        raise
                    answer = None
                if answer is not None:
                    return answer
                known = None
            raise StoreError(f"collection '{id}' changes too often to be read", remedy="try again")
        return self._asked(attempt, whole=False)

    def _layout(self, db: Connection[Any], id: str) -> Layout:
        """The Collection's layout, parsed once for each revision."""
        found = db.execute("SELECT revision FROM csdi.collections WHERE id = %s", (id,)).fetchone()
        if found is None:
            raise collection_missing(id)
        known = self._layouts.get(id)
        if known is None or known[0] != found[0]:
            rows = db.execute("SELECT revision, document, layout FROM csdi.collections WHERE id = %s", (id,)).fetchall()
            if not rows:
                raise collection_missing(id)
            revision, document, text = rows[0]  # outside of a transaction this may be a later state than the one found above
            known = (revision, Layout.from_text(catalogue.from_document(document), text))
            self._layouts[id] = known
        return known[1]

    def _page(self, db: Connection[Any], layout: Layout, plan: Plan, outputs: list[str],
              ) -> tuple[list[tuple[Any, ...]], int | None, str]:
        """Rows of outputs, how many match in all, and the next cursor."""
        query, keys = plan.query, len(plan.order)
        counted = tells_along(layout.counts, plan)
        asked = sql.page(plan, PostgisDialect(layout), outputs, query.limit + 1, counted=counted)
        rows = run(db, asked, binary=True).fetchall() if query.limit else []
        matched = None
        if counted and rows:
            matched = int(rows[0][1 + keys])
        elif query.count:
            matched = len(rows) if counted or plan.tells_all(len(rows)) else _count(db, layout, plan)
        following = ""
        if len(rows) > query.limit > 0:
            rows.pop()
            last = rows[-1]
            following = encode_cursor(layout.collection.id, query.sort, [*map(_key, last[1:1 + keys]), last[0]])
        return [row[1 + keys + counted:] for row in rows], matched, following


def _count(db: Connection[Any], layout: Layout, plan: Plan) -> int:
    if plan.is_everything:
        return layout.collection.count
    return int(run(db, sql.count(plan, PostgisDialect(layout), layout.counts)).fetchall()[0][0])


def _nearest(db: Connection[Any], layout: Layout, plan: Plan, place: Place) -> list[tuple[float, Feature]]:
    """(metres, row) of the nearest rows of a plan. The index gives some more, that are about the nearest; enough once what it says to
    be farther than all of them is farther than the last that counts."""
    dialect, limit = PostgisDialect(layout), plan.query.limit
    fields = [*plan.fields, *others_of(layout.schema, plan.fields)]
    way, some = dialect.way(place), limit + limit // 2 + _SPARE
    if _are_rare(db, layout, plan):
        way = sql.filled(f"({sql.SLOT}) + 0", way)  # the index of boxes has no order for that, so that of the conditions is taken
    while True:
        asked = sql.foremost(plan, dialect, _outputs(layout, fields, shape=True), way, some)
        rows = run(db, asked, binary=True).fetchall()
        near = dict(zip((row[1] for row in rows), _features(fields, [row[2:] for row in rows], shape=True), strict=True))
        seen = ranked(layout.schema, near.items(), place)[:limit]
        if len(rows) < some or rows[-1][0] is None or (len(seen) == limit and dialect.least(place, rows[-1][0]) > seen[-1][0]):
            return [(metres, near[fid]) for metres, fid in seen]
        some *= 4


def _are_rare(db: Connection[Any], layout: Layout, plan: Plan) -> bool:
    """Whether it is cheaper to measure all rows that meet conditions than to go through what is near for those that do; known where
    counts are kept."""
    if plan.condition is None or kept(layout.counts, plan, ()) is None:
        return False
    return _count(db, layout, plan) ** 2 < _PASSED_FOR_ONE * plan.query.limit * layout.collection.count


def _outputs(layout: Layout, fields: list[Field], *, shape: bool) -> list[str]:
    """Id, fields and, last, geometry."""
    dialect = PostgisDialect(layout)
    geometry = [f"ST_AsBinary(f.{layout.mine('geometry')})"] if shape else []
    return [f"f.{layout.mine('id')}", *map(dialect.output, fields), *geometry]


def _features(fields: list[Field], rows: list[tuple[Any, ...]], *, shape: bool) -> list[Feature]:
    """Features from rows of id, fields and, last, geometry."""
    geometries: Any = [None] * len(rows)
    if shape:
        geometries = shapely.from_wkb(np.array([row[-1] for row in rows], object))
    names = [field.name for field in fields]
    return [Feature(row[0], geometry, dict(zip(names, map(_value, row[1:len(names) + 1]), strict=True)))
            for row, geometry in zip(rows, geometries, strict=True)]


def _largest(db: Connection[Any], layout: Layout, plan: Plan) -> Columns:
    """Sorted here where all fit into the limit: that spares PostgreSQL to weigh every row twice, and parallel workers for little."""
    dialect, limit = PostgisDialect(layout), plan.query.limit
    outputs = ["f.fid", *_outputs(layout, plan.fields, shape=True)]
    probe = sql.filled(f"SELECT count(*) FROM ({sql.SLOT}) c", sql.some_boxes(plan, dialect, ["1"], limit + 1))
    if run(db, probe).fetchall()[0][0] > limit:
        rows = run(db, sql.largest(plan, dialect, outputs, limit), binary=True).fetchall()
        return _columns(plan.fields, rows, shapely.from_wkb(np.array([row[-1] for row in rows], object)), more=True)
    tile.alone(db)
    rows = run(db, sql.some_boxes(plan, dialect, outputs, limit), binary=True).fetchall()
    shapes = np.asarray(shapely.from_wkb(np.array([row[-1] for row in rows], object)), object)
    bounds = shapely.bounds(shapes).reshape(-1, 4)
    size = np.max(bounds[:, 2:] - bounds[:, :2], axis=1, initial=0.0)
    order = np.lexsort((scattered(np.array([row[0] for row in rows], np.int64)), -size))
    return _columns(plan.fields, [rows[i] for i in order], shapes[order], more=False)


def _columns(fields: list[Field], rows: list[tuple[Any, ...]], shapes: NDArray[np.object_], *, more: bool) -> Columns:
    """Rows of row number, id and fields side by side."""
    columns: list[Any] = list(zip(*rows, strict=True)) if rows else [()] * (len(fields) + 2)
    properties = {field.name: [_value(v) for v in column] if field.type in _TIMES else column
                  for field, column in zip(fields, columns[2:], strict=False)}
    return Columns(columns[1], shapes, properties, more)


def _value(value: Any) -> Any:
    """A property as `Feature` has it."""
    if isinstance(value, datetime):
        return rfc3339_of(moment_key(value))
    return value.isoformat() if isinstance(value, date) else value


def _key(value: Any) -> Any:
    """A sort key as a cursor keeps it."""
    if isinstance(value, datetime):
        return moment_key(value)
    if isinstance(value, Decimal):
        return int(value)
    return value.isoformat() if isinstance(value, date) else value
