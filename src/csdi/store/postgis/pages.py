"""Features as GeoJSON that PostgreSQL puts together: one statement and one row for a Feature, or for a page of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import shapely
from psycopg import Connection

from csdi.query import encode_cursor
from csdi.store import sql
from csdi.store.base import JsonFeature, JsonPage, feature_missing
from csdi.store.counted import Counts, tells_along
from csdi.store.plan import Plan
from csdi.store.postgis.dialect import PostgisDialect
from csdi.store.postgis.layout import Layout
from csdi.store.postgis.render import run
from csdi.store.sql import SLOT, Fragment, bound, filled


def page_json(db: Connection[Any], layout: Layout, revision: int, plan: Plan, key: Callable[[Any], Any]) -> JsonPage | None:
    """The page, with how many match in all; None where the Collection is not in this revision any more.

    All is asked for in one statement, so that it is of one state outside of a transaction, too. `key` makes a sort key of a
    cursor of a value.
    """
    query, dialect = plan.query, PostgisDialect(layout)
    asked = filled(f"SELECT {SLOT}, {SLOT}, p.* FROM ({SLOT}) p", _is_current(layout, revision), _matched(plan, dialect, layout.counts),
                   _gathered(plan, dialect, counted=tells_along(layout.counts, plan)))
    same, matched, body, found, size, last, *more = run(db, asked, binary=True).fetchall()[0]
    if not same:
        return None
    if found <= query.limit or not query.limit:
        return JsonPage(body, found, matched)
    last_keys = map(key, more[:len(plan.order)])
    return JsonPage(body[:-size - 1], query.limit, matched, encode_cursor(layout.collection.id, query.sort, [*last_keys, last]))


def _matched(plan: Plan, dialect: PostgisDialect, counts: Counts | None) -> Fragment:
    """How many match; PostgreSQL does not count them where the page `p` holds all that there is."""
    if not plan.query.count:
        return Fragment("NULL")
    if plan.is_everything:
        return bound(plan.collection.count, "::bigint")
    if tells_along(counts, plan):
        return Fragment("p.n")
    counted = filled(f"({SLOT})", sql.count(plan, dialect, counts))
    return filled(f"CASE WHEN p.found <= {plan.query.limit} THEN p.found ELSE {SLOT} END", counted) if plan.tells_all(0) else counted


def feature_json(db: Connection[Any], layout: Layout, revision: int, feature_id: str) -> JsonFeature | None:
    """The Feature; None where the Collection is not in this revision any more. Raises FeatureMissing."""
    dialect, fields = PostgisDialect(layout), list(layout.schema.stored)
    texts = [f"convert_to({text}, 'UTF8')" for text in (dialect.feature_json(fields, geometry=True), dialect.kept_tail(fields))]
    asked = filled(f"SELECT {SLOT}, {', '.join(texts)}, ST_AsBinary(f.{layout.mine('geometry')}) FROM (SELECT 1) one "
                   f"LEFT JOIN {layout.name} f ON f.{layout.mine('id')} = {SLOT}", _is_current(layout, revision), bound(feature_id))
    same, body, tail, wkb = run(db, asked, binary=True).fetchall()[0]
    if not same:
        return None
    if body is None:
        raise feature_missing(layout.collection.id, feature_id)
    if wkb is not None:
        wkb = shapely.to_wkb(shapely.from_wkb(wkb), byte_order=1, flavor="iso")
    return JsonFeature(layout.collection, body, tail[:-1], wkb)


def _is_current(layout: Layout, revision: int) -> Fragment:
    return filled(f"(SELECT revision = {SLOT} FROM csdi.collections WHERE id = {SLOT})", bound(revision), bound(layout.collection.id))


def _gathered(plan: Plan, dialect: PostgisDialect, *, counted: bool) -> Fragment:
    """The Features of a page and one more: their text, how many, the size of the last, row number and sort keys of that before; where
    `counted`, last, how many match."""
    limit = plan.query.limit
    if not limit:
        return Fragment("SELECT ''::bytea, 0 AS found, 0, 0")
    text = dialect.feature_json(plan.fields, geometry=plan.query.geometry)
    keys = "".join(f", (array_agg(q.k{i}))[{limit}]" for i in range(len(plan.order))) + (", coalesce(max(q.n), 0) AS n" if counted else "")
    return filled(f"SELECT convert_to(coalesce(string_agg(q.feature, ','), ''), 'UTF8'), count(*) AS found, "
                  f"(array_agg(octet_length(q.feature)))[{limit + 1}], (array_agg(q.fid))[{limit}]{keys} FROM ({SLOT}) q",
                  sql.page(plan, dialect, [f"{text} AS feature"], limit + 1, counted=counted))
