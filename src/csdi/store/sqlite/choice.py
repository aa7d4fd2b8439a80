"""Choice: which index a filter is led by, counted in the indexes themselves since SQLite cannot weigh a bound range."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from csdi.filter.terms import COMPARISONS, Call, Column, Constant, Term
from csdi.store.plan import Plan
from csdi.store.sql import MARK, SLOT, compiled, filled, joined, quoted
from csdi.store.sqlite.dialect import SqliteDialect
from csdi.store.sqlite.layout import Layout
from csdi.store.sqlite.tables import is_indexed

_MANY = 20_000
"""So many rows are counted at most; a field that has them is as good as any other that has."""


def chosen_dialect(db: sqlite3.Connection, layout: Layout, plan: Plan) -> SqliteDialect:
    """The dialect for a plan. Where tests of several indexed fields have to hold, only the index with the fewest rows is used."""
    if plan.condition is None or plan.region is not None or plan.phrases is not None:
        return SqliteDialect(layout)
    tests: dict[str, list[Term]] = {}
    for name, test in _indexed_tests(plan.condition, layout):
        tests.setdefault(name, []).append(test)
    if len(tests) < 2:
        return SqliteDialect(layout)
    best, fewest = next(iter(tests)), _MANY
    for name, terms in tests.items():
        if (rows := _count(db, layout, terms, fewest)) < fewest:
            best, fewest = name, rows
    return SqliteDialect(layout, passed_over=frozenset(tests) - {best})


def _indexed_tests(term: Term, layout: Layout) -> Iterator[tuple[str, Term]]:
    """(field, comparison) of those that must hold and that an index can answer."""
    if not isinstance(term, Call):
        return
    if term.name == "and":
        for arg in term.args:
            yield from _indexed_tests(arg, layout)
    elif term.name in COMPARISONS and term.name != "<>" and isinstance(term.args[1], Constant):
        column = term.args[0]
        if isinstance(column, Column) and column.field is not None and is_indexed(layout.schema, column.field):
            yield column.field.name, term


def _count(db: sqlite3.Connection, layout: Layout, terms: list[Term], most: int) -> int:
    """Rows that meet tests of one field, at most `most`."""
    where = joined(" AND ", (compiled(term, SqliteDialect(layout)) for term in terms))
    asked = filled(f"SELECT count(*) FROM (SELECT 1 FROM {quoted(layout.table)} f WHERE {SLOT} LIMIT {most})", where)
    return int(db.execute(asked.text.replace(MARK, "?"), asked.params).fetchone()[0])
