"""Choice: which indexes a question is led by, counted in the indexes themselves since SQLite cannot weigh a bound range."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from itertools import takewhile

from csdi.filter.nearness import Place
from csdi.filter.terms import COMPARISONS, NEAR, Call, Column, Constant, Term, both, conjuncts
from csdi.store.pairs import is_indexed, pairs
from csdi.store.plan import Plan
from csdi.store.sql import MARK, SLOT, Fragment, compiled, filled, joined, question, quoted
from csdi.store.sqlite.dialect import SqliteDialect
from csdi.store.sqlite.layout import Layout
from csdi.store.sqlite.nearness import Spread, near_boxes, near_rows, nearest_of, nearest_rows
from csdi.store.sqlite.tables import is_plain

_MANY = 20_000
"""So many rows are counted at most; a field that has them is as good as any other that has."""
_MANY_TO_COUNT = 200_000
"""The same where all rows have to be found, since all that match are counted."""
_FEW = 500
"""With so few rows left, looking at each is cheaper than asking another index."""
_FEW_BOXES = 1_500
"""With so few boxes a question in space is led by them, and what else it tests is mostly looked up in their rows."""
_SET_FOR_ROW = 5
"""So many row numbers are brought together in the time in which one row is read."""
_BOXES_FOR_ONE = 5
"""So many boxes that meet a place are passed in the time in which the box of one row is looked up."""


def chosen_dialect(db: sqlite3.Connection, layout: Layout, plan: Plan, *, all_rows: bool = False) -> tuple[Plan, SqliteDialect]:
    """The dialect for a plan, and what of the plan is left to be tested by it; `all_rows` where every row is needed, not a page.

    Several tests that indexes answer are brought together as sets of row numbers, so that only rows are read which pass them all.
    """
    if plan.impossible or (plan.condition is None and plan.region is None):
        return plan, SqliteDialect(layout)
    parts = list(conjuncts(plan.condition))
    spaces = [part for part in parts if isinstance(part, Call) and part.name == NEAR]
    everywhere = plan.region is not None and plan.region.holds_all and plan.region.heights is None
    if plan.region is None and not spaces and plan.phrases is not None:
        return _in_words(db, layout, plan, parts, plan.phrases)
    if everywhere or (plan.region is None and not spaces):
        return _by_values(db, layout, plan, most=_MANY_TO_COUNT if all_rows else _MANY)
    return _in_space(db, layout, plan, [part for part in parts if part not in spaces], spaces)


def _in_space(db: sqlite3.Connection, layout: Layout, plan: Plan, parts: list[Term], spaces: list[Call]) -> tuple[Plan, SqliteDialect]:
    """Led by the index of boxes, or by the smallest of the others where that has fewer rows."""
    plain, boxes = SqliteDialect(layout), _boxes(layout, plan, spaces)
    sets, in_box = _sets_beside(db, layout, [part for part in parts if _indexed_field(part, layout)], boxes)
    wanted = [_set_of(layout, part) for _, part in sets]
    leads = wanted.pop(0) if sets and in_box >= _BOXES_FOR_ONE * sets[0][0] else None
    wanted += [near_rows(layout, *_place(space)) for space in (spaces if plan.region is not None else spaces[1:])]
    if plan.phrases is not None:
        wanted.append(plain.word_rows(plan.phrases))
    asked = near_rows(layout, *_place(spaces[0]), wanted) if plan.region is None else plain.region_rows(plan.region, wanted)
    if leads is not None:
        asked = filled(f"SELECT r.fid FROM ({SLOT}) c CROSS JOIN ({SLOT}) r ON r.fid = c.fid", leads, asked)
    taken = [part for _, part in sets]
    rest = both(*(part for part in parts if part not in taken))
    return _led(plan, rest), SqliteDialect(layout, frozenset(layout.columns), asked, few=True)


def _sets_beside(db: sqlite3.Connection, layout: Layout, parts: list[Term], boxes: tuple[Fragment, Fragment],
                 ) -> tuple[list[tuple[int, Term]], int]:
    """(rows and test of each part whose rows are worth bringing together with boxes, fewest first; how many boxes there are, at most
    so many as matter)"""
    if not parts:
        return [], 0
    in_box = _limited(db, filled(f"SELECT 1 FROM {SLOT} WHERE {SLOT}", *boxes), _FEW_BOXES)
    most = min(_MANY, _SET_FOR_ROW * in_box) if in_box < _FEW_BOXES else _MANY
    sets = sorted(((rows, part) for part in parts if (rows := _count(db, layout, [part], most)) < most), key=lambda one: one[0])
    if sets and in_box == _FEW_BOXES:
        in_box = _limited(db, filled(f"SELECT 1 FROM {SLOT} WHERE {SLOT}", *boxes), _BOXES_FOR_ONE * sets[0][0])
    return sets, in_box


def _boxes(layout: Layout, plan: Plan, spaces: list[Call]) -> tuple[Fragment, Fragment]:
    """(the index of boxes that is asked first, what it is asked)"""
    if plan.region is None:
        return near_boxes(layout, *_place(spaces[0]))
    return SqliteDialect(layout).region_boxes(plan.region)


def _in_words(db: sqlite3.Connection, layout: Layout, plan: Plan, parts: list[Term], phrases: list[list[str]],
              ) -> tuple[Plan, SqliteDialect]:
    """Led by the full-text index, whose rows are looked for among those of other indexes before any is read."""
    plain = SqliteDialect(layout)
    sets = [part for part in parts if _indexed_field(part, layout) and _count(db, layout, [part], _MANY) < _MANY]
    if not sets:
        return plan, plain
    asked = joined(" AND ", [plain.word_rows(phrases), *(filled(f"+rowid IN ({SLOT})", _set_of(layout, part)) for part in sets)])
    rest = both(*(part for part in parts if part not in sets))
    return _led(plan, rest), SqliteDialect(layout, frozenset(layout.columns), asked, few=True)


def _by_values(db: sqlite3.Connection, layout: Layout, plan: Plan, *, most: int) -> tuple[Plan, SqliteDialect]:
    """Where tests of several indexed fields have to hold, the index with the fewest rows leads; what others say of those comes from
    the others' indexes, as long as they do not have very many more rows."""
    if plan.condition is None or plan.region is not None or plan.phrases is not None:
        return plan, SqliteDialect(layout)
    parts, tests = list(conjuncts(plan.condition)), dict[str, list[Term]]()
    for part in parts:
        if name := _indexed_field(part, layout):
            tests.setdefault(name, []).append(part)
    if len(tests) < 2:
        return plan, SqliteDialect(layout)
    best, fewest = _best_way(db, layout, tests, most)
    passed_over = frozenset(tests) - set(best)
    sets = [[term for name in best for term in tests[name]]]
    if _FEW < fewest < most:
        sets += [terms for name, terms in tests.items() if name in passed_over and _count(db, layout, terms, most) < most]
    if len(sets) < 2:
        return plan, SqliteDialect(layout, passed_over)
    first, *others = sets
    asked = joined(" AND ", [_set_of(layout, *first), *(filled(f"+f.fid IN ({SLOT})", _set_of(layout, *terms)) for terms in others)])
    taken = [term for terms in sets for term in terms]
    rest = both(*(part for part in parts if part not in taken))
    return _led(plan, rest), SqliteDialect(layout, frozenset(layout.columns), asked, few=True)


def _best_way(db: sqlite3.Connection, layout: Layout, tests: dict[str, list[Term]], most: int) -> tuple[tuple[str, ...], int]:
    """The fields whose index has the fewest rows, and how many, at most `most`; not counted where one index answers all tests."""
    ways = _ways(layout, tests)
    best, fewest = ways[0], most
    for way in ways if len(best) < len(tests) else []:
        if (rows := _count(db, layout, [term for name in way for term in tests[name]], fewest)) < fewest:
            best, fewest = way, rows
    return best, fewest


def _led(plan: Plan, rest: Term | None) -> Plan:
    """The plan of which all but `rest` is in where its rows come from."""
    return replace(plan, condition=rest, region=None, phrases=None, led=True)


def nearest_fids(db: sqlite3.Connection, layout: Layout, plan: Plan, place: Place, spread: Spread) -> list[int]:
    """Row numbers of the nearest rows that answer a plan and some more, nearest first as the index knows it.

    Where few rows answer it, they are measured; else the neighbourhood is searched for those that do.
    """
    count = plan.query.limit
    if plan.is_everything:
        return nearest_rows(db, layout, place, count, None, spread)
    parts = list(conjuncts(plan.condition))
    few = any(_indexed_field(part, layout) and _count(db, layout, [part], _MANY) < _MANY for part in parts)
    if few or plan.region is not None or plan.phrases is not None:
        return nearest_of(db, layout, place, count, question(*chosen_dialect(db, layout, plan, all_rows=True)))
    assert plan.condition is not None
    return nearest_rows(db, layout, place, count, compiled(plan.condition, SqliteDialect(layout, frozenset(layout.columns))), spread)


def _ways(layout: Layout, tests: dict[str, list[Term]]) -> list[tuple[str, ...]]:
    """The fields whose tests one index can answer together, the best guess first: `x = 1 AND y > 2` where an index of x goes on with y."""
    ways: list[tuple[str, ...]] = [(name,) for name in tests]
    for several in pairs(layout.schema, is_plain, lambda _: True):
        way = list[str]()
        for field in takewhile(lambda field: field.name in tests, several):
            way.append(field.name)
            if not any(isinstance(term, Call) and term.name == "=" for term in tests[field.name]):
                break
        ways.append(tuple(way))
    return sorted(filter(None, ways), key=len, reverse=True)


def _indexed_field(term: Term, layout: Layout) -> str:
    """The field whose index answers a comparison; "" for none."""
    if not isinstance(term, Call) or term.name not in COMPARISONS or term.name == "<>" or not isinstance(term.args[1], Constant):
        return ""
    column = term.args[0]
    return column.name if isinstance(column, Column) and column.field is not None and is_indexed(layout.schema, column.field) else ""


def _place(near: Call) -> tuple[Place, float]:
    place, metres = (arg.value for arg in near.args[3:] if isinstance(arg, Constant))
    return place, metres


def _set_of(layout: Layout, *terms: Term) -> Fragment:
    """The numbers `fid` of the rows that pass tests, from an index alone."""
    where = joined(" AND ", (compiled(term, SqliteDialect(layout)) for term in terms))
    return filled(f"SELECT f.fid FROM {quoted(layout.table)} f WHERE {SLOT}", where)


def _count(db: sqlite3.Connection, layout: Layout, terms: list[Term], most: int) -> int:
    """Rows that meet all of these tests, at most `most`."""
    where = joined(" AND ", (compiled(term, SqliteDialect(layout)) for term in terms))
    return _limited(db, filled(f"SELECT 1 FROM {quoted(layout.table)} f WHERE {SLOT}", where), most)


def _limited(db: sqlite3.Connection, rows: Fragment, most: int) -> int:
    """How many rows a query has, at most `most`."""
    return int(db.execute(f"SELECT count(*) FROM ({rows.text.replace(MARK, '?')} LIMIT {most})", rows.params).fetchone()[0])
