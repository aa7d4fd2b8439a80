"""SQLite's dialect: R*Trees joined first, Python functions for what SQLite lacks, JSON assembled inside the database."""

from __future__ import annotations

import json
from collections.abc import Sequence

import shapely

from csdi.feature import Field, FieldType
from csdi.filter.terms import GEOMETRY, NEAR, Call, Column, Constant, Type
from csdi.store import words
from csdi.store.region import Part, Region
from csdi.store.sql import SLOT, Fragment, Source, bound, filled, joined, quoted
from csdi.store.sqlite import nearness
from csdi.store.sqlite.layout import Layout

_INFIX = {"+": "+", "-": "-", "*": "*"}
_FUNCTIONS = {"div": "csdi_div", "%": "csdi_mod", "^": "csdi_pow", "casei": "csdi_casei", "accenti": "csdi_accenti"}
_FIELDS_PER_CALL = 60  # SQLite functions take at most 127 arguments


class SqliteDialect:
    """The expressions of one Collection's tables; no index is used of the fields `passed_over`.

    `lead` is a query for the numbers `fid` of the only rows that are to be looked at, in place of region and phrases; `few` where so
    few rows can match that they are counted while a page is chosen.
    """

    def __init__(self, layout: Layout, passed_over: frozenset[str] = frozenset(), lead: Fragment | None = None, *, few: bool = False,
                 ) -> None:
        self._layout = layout
        self._passed_over = passed_over
        self._lead = lead
        self.few = few

    def column(self, column: Column) -> str:
        """See `Dialect.column`. A time is compared without its Z: then text order is time order."""
        if column.field is None:
            return f"f.{quoted(self._layout.geometry if column == GEOMETRY else self._layout.id)}"
        expression = comparable(self._layout, column.field, "f.")
        return f"+{expression}" if column.field.name in self._passed_over else expression

    def constant(self, constant: Constant) -> Fragment:
        """See `Dialect.constant`."""
        if constant.type is Type.GEOMETRY:
            return bound(shapely.to_wkb(constant.value))
        if constant.type is Type.PLACE:
            return Fragment("NULL")  # what is asked of a place goes by its parts
        if constant.type is Type.ARRAY:
            return bound(json.dumps(constant.value, ensure_ascii=False))
        return bound(constant.value)

    def function(self, call: Call, args: list[Fragment], *, positive: bool) -> Fragment:
        """See `Dialect.function`."""
        name = call.name
        if name in _INFIX:
            return filled(f"(CAST({SLOT} AS REAL) {name} {SLOT})", *args)
        if name == "/":
            return filled(f"(CAST({SLOT} AS REAL) / {SLOT})", *args)
        if name == "day_start":
            return filled(f"({SLOT} || 'T00:00:00.000')", args[0])
        if name == "day_end":
            return filled(f"({SLOT} || 'T23:59:59.999999')", args[0])
        if name == NEAR:
            return self._is_near(call, positive=positive)
        exact = filled(f"{_FUNCTIONS.get(name, 'csdi_' + name)}({SLOT})", joined(", ", args))
        near = self._near(call) if positive and name.startswith("s_") else None
        return filled(f"({SLOT} AND {SLOT})", near, exact) if near else exact

    def source(self, region: Region | None, phrases: list[list[str]] | None, *, alone: bool) -> Source:
        """See `Dialect.source`. CROSS JOIN keeps SQLite from asking another index first."""
        table, words_table = quoted(self._layout.table), quoted(self._layout.words)
        match = bound(" AND ".join(_phrase(phrase) for phrase in phrases or ()))
        if self._lead is not None:
            rows = "" if alone else f" CROSS JOIN {table} f ON f.fid = l.fid"
            return Source(filled(f"({SLOT}) l{rows}", self._lead), (), "l.fid")
        if region is None and phrases is None:
            return Source(Fragment(f"{table} f"))
        if region is None:  # the full-text index gives its rows in order: a page is read without sorting
            rows = "" if alone else f" CROSS JOIN {table} f ON f.fid = w.rowid"
            return Source(Fragment(f"{words_table} w{rows}"), (filled(f"w.{words_table} MATCH {SLOT}", match),), "w.rowid")
        says = () if phrases is None else (self.says(phrases),)
        if region.holds_all and region.heights is None:
            # The flags of a GeoPackage blob stay below 16 unless the geometry is empty.
            return Source(Fragment(f"{table} f"), (Fragment(f"substr(f.{quoted(self._layout.geometry)}, 4, 1) < x'10'"), *says))
        return Source(filled(f"({SLOT}) r CROSS JOIN {table} f ON f.fid = r.fid", self.region_rows(region)), says)

    def region_rows(self, region: Region, sets: Sequence[Fragment] = ()) -> Fragment:
        """Numbers `fid` of the rows that meet a region and are in all sets; a geometry is looked at only where the index cannot tell."""
        heights = region.heights if self._layout.boxes else None
        exact = filled(f"csdi_s_intersects((SELECT {quoted(self._layout.geometry)} FROM {quoted(self._layout.table)} WHERE fid = "
                       f"{'b.id' if heights is None else 'b.fid'}), {SLOT})", bound(shapely.to_wkb(region.shape)))
        found = [self._meeting(part, heights, exact, sets) for part in region.parts]
        return joined(" UNION ", found) if found else Fragment("SELECT 0 AS fid WHERE 0")

    def region_boxes(self, region: Region) -> tuple[Fragment, Fragment]:
        """(the index of boxes, condition of its rows that meet the first part of a region)"""
        return self._index(region.parts[0], region.heights if self._layout.boxes else None)

    def says(self, phrases: list[list[str]]) -> Fragment:
        """See `Dialect.says`."""
        return filled(f"f.fid IN ({SLOT})", self.word_rows(phrases))

    def word_rows(self, phrases: list[list[str]]) -> Fragment:
        """Numbers of the rows in whose full text all phrases occur."""
        table, match = quoted(self._layout.words), bound(" AND ".join(_phrase(phrase) for phrase in phrases))
        return filled(f"SELECT rowid AS fid FROM {table} WHERE {table} MATCH {SLOT}", match)

    def sized(self, region: Region | None, *, alone: bool) -> tuple[Source, str]:
        """See `Dialect.sized`. The R*Tree alone knows the boxes; it leaves out what is empty."""
        rows = "" if alone else f" CROSS JOIN {quoted(self._layout.table)} f ON f.fid = b.id"
        tables = Fragment(f"{quoted(self._layout.rtree)} b{rows}")
        size = "max(b.maxx - b.minx, b.maxy - b.miny)"
        if region is None:
            return Source(tables, (), "b.id"), size
        whole = Part(region.shape, region.shape.bounds, None)
        meets = _overlap(whole, ("b.minx", "b.miny", "b.maxx", "b.maxy"), (0.0, 0.0))
        return Source(tables, (meets,), "b.id"), size

    def rows(self) -> Fragment:
        """See `Dialect.rows`."""
        return Fragment(f"{quoted(self._layout.table)} f")

    def lookup(self, inner: Fragment) -> Fragment:
        """See `Dialect.lookup`."""
        return filled(f"({SLOT}) k CROSS JOIN {quoted(self._layout.table)} f ON f.fid = k.fid", inner)

    def listed(self) -> str:
        """FROM clause of the rows `f` whose numbers a JSON array lists, in its order, with their texts."""
        return f"json_each(?) j CROSS JOIN {quoted(self._layout.table)} f ON f.fid = j.value{self.texts}"

    @property
    def texts(self) -> str:
        """What brings to rows `f` their texts `g`, which JSON is made of."""
        return f" LEFT JOIN {quoted(self._layout.texts)} g ON g.fid = f.fid" if self._layout.texts else ""

    def feature_json(self, fields: list[Field], *, geometry: bool) -> str:
        """Expression that yields the whole GeoJSON Feature as text."""
        shape = "coalesce(g.geometry, 'null')" if geometry and self._layout.texts else "'null'"
        return (f"""'{{"type":"Feature","id":' || json_quote(f.{quoted(self._layout.id)}) || ',"geometry":' || {shape}"""
                f""" || ',"properties":' || {self.kept_properties(fields)} || '}}'""")

    def kept_properties(self, fields: list[Field]) -> str:
        """Expression that yields properties as text, which are kept where all are wanted."""
        made = self.properties_json(fields)
        if self._layout.texts and self._layout.whole and fields == list(self._layout.schema.stored):
            return f"coalesce(g.properties, {made})"  # none where another program has just edited the row
        return made

    def properties_json(self, fields: list[Field]) -> str:
        """Expression that yields properties as text: `json_object` in portions.

        All but the last lose their closing brace, all but the first their opening one.
        """
        groups = [fields[i:i + _FIELDS_PER_CALL] for i in range(0, len(fields), _FIELDS_PER_CALL)]
        portions = [f"json_object({', '.join(map(self._member_json, group))})" for group in groups]
        if not portions:
            return "'{}'"
        opened = [f"substr({portion}, -1, -2000000000) || ','" for portion in portions[:-1]] + portions[-1:]
        return " || ".join([opened[0], *(f"substr({portion}, 2)" for portion in opened[1:])])

    def _member_json(self, field: Field) -> str:
        column = f"f.{quoted(self._layout.columns[field.name])}"
        name = "'" + field.name.replace("'", "''") + "'"
        match field.type:
            case FieldType.BOOLEAN:
                return f"{name}, CASE {column} WHEN 1 THEN json('true') WHEN 0 THEN json('false') END"
            case FieldType.NUMBER:
                return f"{name}, {_number_json(column)}"
            case FieldType.JSON:
                return f"{name}, json({column})"
            case FieldType.DATETIME:
                return f"{name}, replace({column}, '.000Z', 'Z')"
        return f"{name}, {column}"

    def _meeting(self, part: Part, heights: tuple[float, float] | None, exact: Fragment, sets: Sequence[Fragment]) -> Fragment:
        """Numbers `fid` of the rows of the index `b` that meet a part and are in all sets: their box lies in it, or they do exactly."""
        index, meets = self._index(part, heights)
        if heights is None:
            meets = nearness.among("id", meets, sets)
            inside = _inside(part, ("minx", "miny", "maxx", "maxy"), (0.0, 0.0))
            return filled(f"SELECT id AS fid FROM {SLOT} b WHERE {SLOT} AND ({SLOT} OR {SLOT})", index, meets, inside, exact)
        low, high = heights
        more = 1e-6 + 5e-7 * max(abs(low), abs(high))  # the index rounds; exact levels are beside it and cost a look of their own
        level = filled(f"((z0 <= {SLOT} AND z1 >= {SLOT}) OR low IS NULL OR (low <= {SLOT} AND high >= {SLOT}))",
                       *map(bound, map(float, (high - more, low + more, high, low))))
        inside = _inside(part, ("x0", "y0", "x1", "y1"), self._layout.offset, self._layout.scale)
        return filled(f"SELECT fid FROM {SLOT} b WHERE {SLOT} AND {SLOT} AND ({SLOT} OR {SLOT})", index, nearness.among("fid", meets, sets),
                      level, inside, exact)

    def _index(self, part: Part, heights: tuple[float, float] | None) -> tuple[Fragment, Fragment]:
        """(the index of boxes, condition of its rows that meet a part)"""
        layout = self._layout
        if heights is None:
            return Fragment(quoted(layout.rtree)), _overlap(part, ("minx", "miny", "maxx", "maxy"), (0.0, 0.0))
        meets = _overlap(part, ("x0", "y0", "x1", "y1"), layout.offset, layout.scale)
        meets = filled(f"{SLOT} AND z0 <= {SLOT} AND z1 >= {SLOT}", meets, bound(heights[1]), bound(heights[0]))
        return Fragment(quoted(layout.boxes)), meets

    def _is_near(self, call: Call, *, positive: bool) -> Fragment:
        place, metres = (arg.value for arg in call.args[3:] if isinstance(arg, Constant))
        near = filled(f"f.fid IN ({SLOT})", nearness.near_rows(self._layout, place, metres))
        shape = f"f.{quoted(self._layout.geometry)}"
        return near if positive else filled(f"(CASE WHEN substr({shape}, 4, 1) < x'10' THEN {SLOT} END)", near)

    def _near(self, call: Call) -> Fragment | None:
        """Rows whose box meets that of the literal: no others can stand in the relation (but for s_disjoint)."""
        shapes = [arg.value for arg in call.args if isinstance(arg, Constant)]
        if call.name == "s_disjoint" or GEOMETRY not in call.args or len(shapes) != 1 or shapes[0].is_empty:
            return None
        part = Part(shapes[0], shapes[0].bounds, None)
        return filled(f"f.fid IN (SELECT id FROM {quoted(self._layout.rtree)} WHERE {SLOT})",
                      _overlap(part, ("minx", "miny", "maxx", "maxy"), (0.0, 0.0)))


def comparable(layout: Layout, field: Field, prefix: str = "") -> str:
    """A field's column in the form in which it is compared and indexed."""
    column = prefix + quoted(layout.columns[field.name])
    return f"rtrim({column}, 'Z')" if field.type is FieldType.DATETIME and not field.path else column


def derived_value(layout: Layout, field: Field) -> str:
    """The expression of a derived field: what lies at its path, if it has the field's type."""
    source = quoted(layout.columns[field.path[0]])
    path = "'$" + "".join(f'."{step}"' for step in field.path[1:]).replace("'", "''") + "'"
    types = {FieldType.STRING: "'text'", FieldType.INTEGER: "'integer'", FieldType.NUMBER: "'integer', 'real'",
             FieldType.BOOLEAN: "'true', 'false'"}.get(field.type)
    value = f"json_extract({source}, {path})"
    if types:
        return f"CASE WHEN json_type({source}, {path}) IN ({types}) THEN {value} END"
    if field.type is FieldType.JSON:
        return f"({source} -> {path})"
    form = "'%Y-%m-%d'" if field.type is FieldType.DATE else "'%Y-%m-%dT%H:%M:%f'"
    return (f"CASE WHEN json_type({source}, {path}) = 'text' AND {value} GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-*' "
            f"THEN strftime({form}, {value}) END")


def _overlap(part: Part, names: tuple[str, str, str, str], offset: tuple[float, float], scale: float = 1.0) -> Fragment:
    (x0, y0, x1, y1), (dx, dy) = part.outer, offset
    minx, miny, maxx, maxy = names
    return _numbered(f"{minx} <= {SLOT} AND {maxx} >= {SLOT} AND {miny} <= {SLOT} AND {maxy} >= {SLOT}",
                               ((x1 - dx) * scale, (x0 - dx) * scale, (y1 - dy) * scale, (y0 - dy) * scale))


def _inside(part: Part, names: tuple[str, str, str, str], offset: tuple[float, float], scale: float = 1.0) -> Fragment:
    """Whether what a box is around surely meets the part: it touches every side of its box, so it does where the box lies inside along
    one axis, and ends inside along the other. The index rounds boxes outwards, which counts where they end."""
    if part.inner is None:
        return Fragment("0")
    (x0, y0, x1, y1), (dx, dy), (minx, miny, maxx, maxy) = part.inner, offset, names
    within, ends = [], []
    for low, high, first, last in ((minx, maxx, (x0 - dx) * scale, (x1 - dx) * scale), (miny, maxy, (y0 - dy) * scale, (y1 - dy) * scale)):
        off = 1e-9 + 2.5e-7 * max(abs(first), abs(last))
        within.append(_numbered(f"{low} >= {SLOT} AND {high} <= {SLOT}", (first, last)))
        ends.append(_numbered(f"({high} >= {SLOT} AND {high} <= {SLOT} OR {low} >= {SLOT} AND {low} <= {SLOT})",
                              (first + off, last, first, last - off)))
    return filled(f"({SLOT} AND {SLOT} OR {SLOT} AND {SLOT})", within[0], ends[1], within[1], ends[0])


def _numbered(template: str, values: tuple[float, ...]) -> Fragment:
    return filled(template, *(bound(float(value)) for value in values))


def _phrase(phrase: list[str]) -> str:
    text = '"' + " ".join(phrase) + '"'
    return f"{text} *" if words.is_prefix(phrase[-1]) else text


def _number_json(column: str) -> str:
    """SQLite writes 15 digits; where those are not the number, Python writes it."""
    return (f"CASE WHEN abs({column}) BETWEEN 1e-5 AND 1e15 AND CAST(CAST({column} AS TEXT) AS REAL) = {column} "
            f"OR {column} = 0 THEN {column} ELSE json(csdi_number({column})) END")
