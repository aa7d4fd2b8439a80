"""Facets in the GeoPackage: how often values occur, in one piece where the counts are kept just as they are asked for."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any

from csdi.filter.terms import Column, Type
from csdi.store import sql
from csdi.store.counted import frequent, kept
from csdi.store.plan import Plan
from csdi.store.sql import MARK, SLOT, Fragment, filled
from csdi.store.sqlite.choice import chosen_dialect
from csdi.store.sqlite.dialect import SqliteDialect
from csdi.store.sqlite.layout import Layout
from csdi.store.sqlite.rows import time_of

Counted = list[tuple[tuple[Any, ...], int]]
"""Values of some fields together, and how many Features have them."""


def facets(db: sqlite3.Connection, layout: Layout, plan: Plan, columns: Sequence[Column], limit: int) -> Counted:
    """Combinations of values with their counts, most frequent first, then by values, none last; at most `limit`."""
    dialect, counts = SqliteDialect(layout), layout.counts
    combination = kept(counts, plan, [column.name for column in columns])
    if counts is None or combination is None or not counts.are_kept(combination, columns):
        asked, led = (plan, dialect) if combination is not None else chosen_dialect(db, layout, plan, all_rows=True)
        rows = _run(db, sql.facets(asked, led, columns, limit, counts if combination is not None else None))
        return list(zip(zip(*_shown(columns, list(zip(*rows, strict=True))[:-1]), strict=True), map(itemgetter(-1), rows), strict=True))
    *values, numbers = _lists(db, sql.kept_rows(plan, dialect, columns, counts, combination), len(columns) + 1)
    return frequent(_shown(columns, values), numbers)[:limit]


def _lists(db: sqlite3.Connection, rows: Fragment, width: int) -> list[list[Any]]:
    """The columns of a query, each as one text: to make thousands of rows costs several times as much."""
    gathered = ", ".join(f"json_group_array(v{place})" for place in range(width))
    return [json.loads(text) for text in _run(db, filled(f"SELECT {gathered} FROM ({SLOT})", rows))[0]]


def _shown(columns: Sequence[Column], values: Sequence[Sequence[Any]]) -> list[Sequence[Any]]:
    """The values of each column as `Feature` has them."""
    made = [_MADE.get(column.type) for column in columns]
    return [[value if value is None else make(value) for value in one] if make else one for make, one in zip(made, values, strict=False)]


def _run(db: sqlite3.Connection, fragment: Fragment) -> list[tuple[Any, ...]]:
    return db.execute(fragment.text.replace(MARK, "?"), fragment.params).fetchall()


_MADE: dict[Type, Callable[[Any], Any]] = {Type.BOOLEAN: bool, Type.DATETIME: time_of}
