"""SQL written once: conditions, pages, counts and facets over a dialect that holds only what differs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from csdi.filter.terms import COMPARISONS, Call, Column, Constant, Term
from csdi.store.counted import COMBINATION, NUMBER, Counts, kept
from csdi.store.plan import Plan
from csdi.store.region import Region

MARK = "\ue000"
"""Where a bound parameter stands in a fragment's text; each driver has its own sign for it."""

SLOT = "\ue001"
"""Where a fragment goes in a template."""


@dataclass(frozen=True, slots=True)
class Fragment:
    """A piece of SQL with its bound parameters, in the order of the marks."""

    text: str
    params: tuple[Any, ...] = ()

    def __add__(self, other: Fragment | str) -> Fragment:
        if isinstance(other, str):
            return Fragment(self.text + other, self.params)
        return Fragment(self.text + other.text, self.params + other.params)


def bound(value: Any, cast: str = "") -> Fragment:
    """A parameter."""
    return Fragment(MARK + cast, (value,))


def joined(separator: str, fragments: Iterable[Fragment]) -> Fragment:
    """Fragments with text between them."""
    parts = list(fragments)
    return Fragment(separator.join(p.text for p in parts), tuple(v for p in parts for v in p.params))


def filled(template: str, *fragments: Fragment) -> Fragment:
    """A template whose slots are the fragments, in order."""
    first, *rest = template.split(SLOT)
    text = first + "".join(f.text + part for f, part in zip(fragments, rest, strict=True))
    return Fragment(text, tuple(v for f in fragments for v in f.params))


def quoted(name: str) -> str:
    """An identifier."""
    return '"' + name.replace('"', '""').replace(MARK, "").replace(SLOT, "") + '"'


@dataclass(frozen=True, slots=True)
class Source:
    """Where rows come from: FROM clause, the conditions that go with it, and the row number to order and page by."""

    tables: Fragment
    conditions: tuple[Fragment, ...] = ()
    row: str = "f.fid"


class Dialect(Protocol):
    """What differs between databases. The feature table has the alias `f` and the row number `f.fid`."""

    def column(self, column: Column) -> str:
        """A property as an expression that compares as its type does."""
        ...

    def constant(self, constant: Constant) -> Fragment:
        """A literal as a bound parameter."""
        ...

    def function(self, call: Call, args: list[Fragment], *, positive: bool) -> Fragment:
        """An operator that is not plain SQL; `positive` when only a true answer matters, so an index may help."""
        ...

    def source(self, region: Region | None, phrases: list[list[str]] | None, *, alone: bool) -> Source:
        """Rows that meet a region, and in whose full text all phrases occur; `alone` when only their numbers are asked for."""
        ...

    def says(self, phrases: list[list[str]]) -> Fragment:
        """Whether all phrases occur in the full text of a row `f`."""
        ...

    def sized(self, region: Region | None, *, alone: bool) -> tuple[Source, str]:
        """Rows whose box meets a region, and the expression of the longer side of a row's box; `alone` when no other column of
        the row is asked for."""
        ...

    def rows(self) -> Fragment:
        """FROM clause of all rows `f`."""
        ...

    def lookup(self, inner: Fragment) -> Fragment:
        """FROM clause that joins chosen row numbers `k.fid` to their rows `f`."""
        ...


def compiled(term: Term, dialect: Dialect, *, positive: bool = True) -> Fragment:
    """A bound term as SQL."""
    if isinstance(term, Column):
        return Fragment(dialect.column(term))
    if isinstance(term, Constant):
        return dialect.constant(term)
    inside = positive and term.name in ("and", "or")
    args = [compiled(arg, dialect, positive=inside) for arg in term.args]
    if term.name in ("and", "or"):
        return filled(f"({SLOT})", joined(f" {term.name.upper()} ", args))
    if term.name == "not":
        return filled(f"(NOT {SLOT})", args[0])
    if term.name in COMPARISONS:
        return filled(f"({SLOT} {term.name} {SLOT})", *args)
    if term.name == "isnull":
        return filled(f"({SLOT} IS NULL)", args[0])
    if term.name == "in":
        return filled(f"({SLOT} IN ({SLOT}))", args[0], joined(", ", args[1:]))
    if term.name == "like":
        return filled(f"({SLOT} LIKE {SLOT} ESCAPE '\\')", *args)
    return dialect.function(term, args, positive=positive)


def page(plan: Plan, dialect: Dialect, outputs: Sequence[str], limit: int, *, counted: bool = False) -> Fragment:
    """One page: row number `fid`, sort keys `k0`, `k1`, ..., where `counted` how many match, then `outputs` (expressions over `f`),
    in order."""
    if plan.is_everything and not plan.order and not plan.query.offset:  # in the order of the table: nothing to choose first
        conditions = [_after(plan, dialect, "f.fid")] if plan.after is not None else []
        return filled(f"SELECT {', '.join(['f.fid', *outputs])} FROM {SLOT}{SLOT} ORDER BY f.fid LIMIT {SLOT}", dialect.rows(),
                      _where(conditions), bound(limit))
    again = [f"k.k{i}{' DESC' if down else ''} NULLS LAST" for i, (_, down) in enumerate(plan.order)]
    head = ["k.fid", *(f"k.k{i}" for i in range(len(plan.order))), *(["k.n"] if counted else [])]
    return filled(f"SELECT {', '.join([*head, *outputs])} FROM {SLOT} ORDER BY {', '.join([*again, 'k.fid'])}",
                  dialect.lookup(chosen(plan, dialect, limit, counted=counted)))


def chosen(plan: Plan, dialect: Dialect, limit: int, *, counted: bool = False) -> Fragment:
    """Which rows a page consists of: row number `fid`, sort keys `k0`, `k1`, ... and, where `counted`, how many match, `n`; in order."""
    if plan.after is not None and len(plan.order) == 1 and plan.after[0] is not None and plan.region is None and plan.phrases is None:
        return _continued(plan, dialect, limit)
    source, conditions = _question(plan, dialect, alone=not plan.order)
    row = source.row
    if plan.after is not None:
        conditions.append(_after(plan, dialect, row))
    keys = [dialect.column(column) for column, _ in plan.order]
    named = "".join(f", {key} AS k{i}" for i, key in enumerate(keys))
    if counted:  # all of them first: else a database that takes them in the order of the page goes through the whole table
        rows = filled(f"WITH m AS MATERIALIZED (SELECT {row} AS fid{named} FROM {SLOT}{SLOT}) "
                      "SELECT m.*, (SELECT count(*) FROM m) AS n FROM m", source.tables, _where(conditions))
        keys, row = [f"m.k{i}" for i in range(len(keys))], "m.fid"
    else:
        rows = filled(f"SELECT {row} AS fid{named} FROM {SLOT}{SLOT}", source.tables, _where(conditions))
    order = [f"{key}{' DESC' if down else ''} NULLS LAST" for key, (_, down) in zip(keys, plan.order, strict=True)]
    return filled(f"{SLOT} ORDER BY {', '.join([*order, row])} LIMIT {SLOT} OFFSET {SLOT}", rows, bound(limit), bound(plan.query.offset))


def _continued(plan: Plan, dialect: Dialect, limit: int) -> Fragment:
    """As `chosen`, behind a value of the one key: an index finds its place. First what has a value, then what has none."""
    assert plan.after is not None
    (column, down), (key, last) = plan.order[0], plan.after
    value, literal = dialect.column(column), dialect.constant(Constant(key, column.type))
    source, conditions = _question(plan, dialect)
    sign, order = ("<", " DESC") if down else (">", "")
    behind = filled(f"({value} {sign}= {SLOT} AND ({value} {sign} {SLOT} OR {source.row} > {SLOT}))", literal, literal, bound(last))
    parts = [filled(f"SELECT * FROM (SELECT {source.row} AS fid, {value} AS k0 FROM {SLOT}{SLOT} ORDER BY {by} LIMIT {SLOT}) p",
                    source.tables, _where([*conditions, test]), bound(limit))
             for test, by in ((behind, f"{value}{order}, {source.row}"), (Fragment(f"{value} IS NULL"), source.row))]
    return filled(f"SELECT fid, k0 FROM ({SLOT}) b ORDER BY k0{order} NULLS LAST, fid LIMIT {SLOT}",
                  joined(" UNION ALL ", parts), bound(limit))


def largest(plan: Plan, dialect: Dialect, outputs: Sequence[str], limit: int) -> Fragment:
    """The rows with the largest boxes, largest first; ties in a scattered order that stays the same."""
    source, size, conditions = _sized(plan, dialect, alone=plan.condition is None and plan.phrases is None)
    scattered = f"({source.row} * 2654435761) % 4294967296"
    inner = filled(f"SELECT {source.row} AS fid, {size} AS size, {scattered} AS tie FROM {SLOT}{SLOT} ORDER BY 2 DESC, 3 LIMIT {SLOT}",
                   source.tables, _where(conditions), bound(limit))
    return filled(f"SELECT {', '.join(outputs)} FROM {SLOT} ORDER BY k.size DESC, k.tie", dialect.lookup(inner))


def some_boxes(plan: Plan, dialect: Dialect, outputs: Sequence[str], limit: int) -> Fragment:
    """Any rows that `largest` chooses from, in no order: cheap where all of them are wanted."""
    source, _, conditions = _sized(plan, dialect, alone=False)
    return filled(f"SELECT {', '.join(outputs)} FROM {SLOT}{SLOT} LIMIT {SLOT}", source.tables, _where(conditions), bound(limit))


def _sized(plan: Plan, dialect: Dialect, *, alone: bool) -> tuple[Source, str, list[Fragment]]:
    source, size = dialect.sized(plan.region, alone=alone)
    conditions = [*source.conditions]
    if plan.phrases is not None:
        conditions.append(dialect.says(plan.phrases))
    if plan.condition is not None:
        conditions.append(compiled(plan.condition, dialect))
    return source, size, conditions


def count(plan: Plan, dialect: Dialect, counts: Counts | None) -> Fragment:
    """How many rows match; from the counts that are kept, where they tell."""
    source, conditions = _question(plan, dialect, alone=True)
    number = kept(counts, plan, ())
    if counts is None or number is None:
        return filled(f"SELECT count(*) FROM {SLOT}{SLOT}", source.tables, _where(conditions))
    return filled(f"SELECT CAST(coalesce(sum({NUMBER}), 0) AS bigint) FROM {counts.table} f{SLOT}",
                  _where([*conditions, Fragment(f"f.{COMBINATION} = {number}")]))


def facets(plan: Plan, dialect: Dialect, columns: Sequence[Column], limit: int, counts: Counts | None) -> Fragment:
    """Distinct values of properties with their counts, last, most frequent first; from the counts that are kept, where they tell."""
    source, conditions = _question(plan, dialect)
    tables, number, places, some = source.tables, "count(*)", range(1, len(columns) + 1), ""
    combination = kept(counts, plan, [column.name for column in columns])
    if counts is not None and combination is not None:
        tables, number, some = Fragment(f"{counts.table} f"), f"CAST(sum({NUMBER}) AS bigint)", f" HAVING sum({NUMBER}) <> 0"
        conditions.append(Fragment(f"f.{COMBINATION} = {combination}"))
    values = ", ".join(f"{dialect.column(column)} AS v{place}" for column, place in zip(columns, places, strict=True))
    ordered = ", ".join([f"{len(columns) + 1} DESC", *(f"{place} NULLS LAST" for place in places)])
    return filled(f"SELECT {values}, {number} AS n FROM {SLOT}{SLOT} GROUP BY {', '.join(map(str, places))}{some} "
                  f"ORDER BY {ordered} LIMIT {SLOT}", tables, _where(conditions), bound(limit))


def kept_rows(plan: Plan, dialect: Dialect, columns: Sequence[Column], counts: Counts, combination: int) -> Fragment:
    """What is kept of a combination: values `v0`, `v1`, ... and, last, a number to be added to others of these values."""
    _, conditions = _question(plan, dialect)
    conditions.append(Fragment(f"f.{COMBINATION} = {combination}"))
    values = "".join(f"{dialect.column(column)} AS v{place}, " for place, column in enumerate(columns))
    return filled(f"SELECT {values}{NUMBER} AS v{len(columns)} FROM {counts.table} f{SLOT}", _where(conditions))


def question(plan: Plan, dialect: Dialect) -> Fragment:
    """The numbers `fid` of all rows that match, in no order."""
    source, conditions = _question(plan, dialect, alone=True)
    return filled(f"SELECT {source.row} AS fid FROM {SLOT}{SLOT}", source.tables, _where(conditions))


def foremost(plan: Plan, dialect: Dialect, outputs: Sequence[str], way: Fragment, limit: int) -> Fragment:
    """The first rows of a plan in the order of a way, which an index has: the way, row number, then `outputs` (expressions over `f`)."""
    source, conditions = _question(plan, dialect)
    inner = filled(f"SELECT {source.row} AS fid, {SLOT} AS way FROM {SLOT}{SLOT} ORDER BY 2 LIMIT {SLOT}", way, source.tables,
                   _where(conditions), bound(limit))
    return filled(f"SELECT {', '.join(['k.way', 'k.fid', *outputs])} FROM {SLOT} ORDER BY 1", dialect.lookup(inner))


def _question(plan: Plan, dialect: Dialect, *, alone: bool = False) -> tuple[Source, list[Fragment]]:
    """Where the rows of a plan come from, and their conditions; `alone` when no column of theirs is used besides."""
    region, phrases = (None, None) if plan.impossible else (plan.region, plan.phrases)
    source = dialect.source(region, phrases, alone=alone and plan.condition is None and not plan.impossible)
    conditions = [*source.conditions]
    if plan.impossible:
        conditions.append(Fragment("1 = 0"))
    if plan.condition is not None:
        conditions.append(compiled(plan.condition, dialect))
    return source, conditions


def _where(conditions: list[Fragment]) -> Fragment:
    return filled(f" WHERE {SLOT}", joined(" AND ", conditions)) if conditions else Fragment("")


def _after(plan: Plan, dialect: Dialect, row: str) -> Fragment:
    """Rows behind the sort key of the last Feature of the page before; nulls come last."""
    assert plan.after is not None
    *keys, last = plan.after
    condition = filled(f"{row} > {SLOT}", bound(last))
    for (column, down), key in reversed(list(zip(plan.order, keys, strict=True))):
        value = dialect.column(column)
        if key is None:
            condition = filled(f"({value} IS NULL AND {SLOT})", condition)
        else:
            literal = dialect.constant(Constant(key, column.type))
            condition = filled(f"({value} {'<' if down else '>'} {SLOT} OR {value} IS NULL OR ({value} = {SLOT} AND {SLOT}))",
                               literal, literal, condition)
    return condition
