"""Choice: which index a question is led by, counted in the indexes themselves since SQLite cannot weigh a bound range."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from csdi.filter.nearness import Place
from csdi.filter.terms import COMPARISONS, Call, Column, Constant, Term
from csdi.store.pairs import is_indexed, pairs
from csdi.store.plan import Plan
from csdi.store.sql import MARK, SLOT, compiled, filled, joined, question, quoted
from csdi.store.sqlite.dialect import SqliteDialect
from csdi.store.sqlite.layout import Layout
from csdi.store.sqlite.nearness import nearest_of, nearest_rows
from csdi.store.sqlite.tables import is_plain

_MANY = 20_000
"""So many rows are counted at most; a field that has them is as good as any other that has."""


def chosen_dialect(db: sqlite3.Connection, layout: Layout, plan: Plan) -> SqliteDialect:
    """The dialect for a plan. Where tests of several indexed fields have to hold, only the index with the fewest rows is used."""
    if plan.condition is None or plan.region is not None or plan.phrases is not None:
        return SqliteDialect(layout)
    tests: dict[str, list[Call]] = {}
    for name, test in _indexed_tests(plan.condition, layout):
        tests.setdefault(name, []).append(test)
    if len(tests) < 2:
        return SqliteDialect(layout)
    ways = _ways(layout, tests)
    best, fewest = ways[0], _MANY
    for way in ways if len(best) < len(tests) else []:
        if (rows := _count(db, layout, [term for name in way for term in tests[name]], fewest)) < fewest:
            best, fewest = way, rows
    return SqliteDialect(layout, passed_over=frozenset(tests) - set(best))


def nearest_fids(db: sqlite3.Connection, layout: Layout, plan: Plan, place: Place) -> list[int]:
    """Row numbers of the nearest rows that answer a plan and some more, nearest first as the index knows it.

    Where few rows answer it, they are measured; else the neighbourhood is searched for those that do.
    """
    count, dialect = plan.query.limit, chosen_dialect(db, layout, plan)
    if plan.is_everything:
        return nearest_rows(db, layout, place, count, None)
    rows = question(plan, dialect)
    if plan.region is not None or plan.phrases is not None or _has_few(db, layout, plan):
        return nearest_of(db, layout, place, count, rows)
    assert plan.condition is not None
    return nearest_rows(db, layout, place, count, compiled(plan.condition, SqliteDialect(layout, frozenset(layout.columns))))


def _has_few(db: sqlite3.Connection, layout: Layout, plan: Plan) -> bool:
    """Whether a test that an index answers leaves few rows."""
    tests = [term for _, term in _indexed_tests(plan.condition, layout)] if plan.condition is not None else []
    return any(_count(db, layout, [term], _MANY) < _MANY for term in tests)


def _ways(layout: Layout, tests: dict[str, list[Call]]) -> list[tuple[str, ...]]:
    """The fields whose tests one index can answer together, the best guess first: `x = 1 AND y > 2` where an index of x goes on with y."""
    seconds = {lead.name: second.name for lead, second, *_ in pairs(layout.schema, is_plain, lambda _: True)}
    ways = []
    for name, terms in tests.items():
        second = seconds.get(name, "")
        exact = any(term.name == "=" for term in terms)
        ways.append((name, second) if exact and second in tests else (name,))
    return sorted(ways, key=len, reverse=True)


def _indexed_tests(term: Term, layout: Layout) -> Iterator[tuple[str, Call]]:
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


def _count(db: sqlite3.Connection, layout: Layout, terms: list[Call], most: int) -> int:
    """Rows that meet all of these tests, at most `most`."""
    where = joined(" AND ", (compiled(term, SqliteDialect(layout)) for term in terms))
    asked = filled(f"SELECT count(*) FROM (SELECT 1 FROM {quoted(layout.table)} f WHERE {SLOT} LIMIT {most})", where)
    return int(db.execute(asked.text.replace(MARK, "?"), asked.params).fetchone()[0])
