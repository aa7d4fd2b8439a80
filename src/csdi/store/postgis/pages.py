"""Pages of Features as GeoJSON that PostgreSQL puts together: one statement, one row, one value for all Features."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from psycopg import Connection

from csdi.query import encode_cursor
from csdi.store import sql
from csdi.store.base import JsonPage
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
    counted = query.count and not plan.is_everything
    asked = filled(f"SELECT (SELECT revision = {SLOT} FROM csdi.collections WHERE id = {SLOT}), {SLOT}, p.* FROM ({SLOT}) p",
                   bound(revision), bound(layout.collection.id),
                   filled(f"({SLOT})", sql.count(plan, dialect)) if counted else Fragment("NULL"), _gathered(plan, dialect))
    same, matched, body, found, size, last, *keys = run(db, asked, binary=True).fetchall()[0]
    if not same:
        return None
    if query.count and not counted:
        matched = layout.collection.count
    if found <= query.limit or not query.limit:
        return JsonPage(body, found, matched)
    return JsonPage(body[:-size - 1], query.limit, matched, encode_cursor(layout.collection.id, query.sort, [*map(key, keys), last]))


def _gathered(plan: Plan, dialect: PostgisDialect) -> Fragment:
    """The Features of a page and one more: their text, how many, the size of the last, and row number and sort keys of that before."""
    limit = plan.query.limit
    if not limit:
        return Fragment("SELECT ''::bytea, 0, 0, 0")
    text = dialect.feature_json(plan.fields, geometry=plan.query.geometry)
    keys = "".join(f", (array_agg(q.k{i}))[{limit}]" for i in range(len(plan.order)))
    return filled(f"SELECT convert_to(coalesce(string_agg(q.feature, ','), ''), 'UTF8'), count(*), "
                  f"(array_agg(octet_length(q.feature)))[{limit + 1}], (array_agg(q.fid))[{limit}]{keys} FROM ({SLOT}) q",
                  sql.page(plan, dialect, [f"{text} AS feature"], limit + 1))
