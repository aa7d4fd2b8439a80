"""PostgreSQL's dialect: native spatial predicates, cube for boxes with heights, JSON assembled inside the database."""

from __future__ import annotations

import json
import math

import shapely

from csdi.feature import Field, FieldType
from csdi.filter.nearness import Place
from csdi.filter.terms import GEOMETRY, NEAR, Call, Column, Constant, Type
from csdi.store import words
from csdi.store.nearness import METRES_PER_DEGREE
from csdi.store.postgis.layout import Layout
from csdi.store.region import Part, Region
from csdi.store.sql import SLOT, Fragment, Source, bound, filled, joined, quoted

_CASTS = {Type.STRING: '::text COLLATE "C"', Type.BOOLEAN: "::boolean", Type.DATE: "::date", Type.DATETIME: "::timestamptz",
          Type.ARRAY: "::jsonb"}
_NATIVE = {"s_intersects": "ST_Intersects", "s_disjoint": "ST_Disjoint", "s_equals": "ST_Equals", "s_touches": "ST_Touches",
           "s_crosses": "ST_Crosses", "s_within": "ST_Within", "s_contains": "ST_Contains", "s_overlaps": "ST_Overlaps"}
_TEMPLATES = {
    "+": f"({SLOT}::float8 + {SLOT}::float8)", "-": f"({SLOT}::float8 - {SLOT}::float8)",
    "*": f"({SLOT}::float8 * {SLOT}::float8)", "/": f"({SLOT}::float8 / nullif({SLOT}::float8, 0))",
    "div": f"trunc({SLOT}::float8 / nullif({SLOT}::float8, 0))", "%": f"csdi.modulo({SLOT}::float8, {SLOT}::float8)",
    "^": f"power({SLOT}::float8, {SLOT}::float8)", "casei": f"csdi.casei({SLOT})", "accenti": f"csdi.accenti({SLOT})",
    "day_start": f"(({SLOT})::timestamp AT TIME ZONE 'UTC')",
    "day_end": f"((({SLOT})::timestamp + interval '1 day' - interval '1 microsecond') AT TIME ZONE 'UTC')",
}
_FEW_BOXES = 1000
"""With so few in a region, rows are read and looked at."""
_FIELDS_PER_CALL = 45  # PostgreSQL functions take at most 100 arguments
_TIME = "'YYYY-MM-DD\"T\"HH24:MI:SS.US'"


class PostgisDialect:
    """The expressions of one Collection's table."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def column(self, column: Column) -> str:
        """See `Dialect.column`."""
        if column.field is None:
            return f"f.{self._layout.mine('geometry' if column == GEOMETRY else 'id')}"
        return comparable(self._layout, column.field, "f.")

    def constant(self, constant: Constant) -> Fragment:
        """See `Dialect.constant`."""
        value = constant.value
        if constant.type is Type.GEOMETRY:
            return self._shape(value)
        if constant.type is Type.PLACE:
            return Fragment("NULL")  # what is asked of a place goes by its parts
        if constant.type is Type.ARRAY:
            return bound(json.dumps(value, ensure_ascii=False), "::jsonb")
        if constant.type is Type.NUMBER:
            whole = "::bigint" if isinstance(value, int) and -(2**63) <= value < 2**63 else "::numeric"
            return bound(value, whole if isinstance(value, int) else "::float8")
        return bound(value, _CASTS[constant.type])

    def function(self, call: Call, args: list[Fragment], *, positive: bool) -> Fragment:  # noqa: ARG002 - PostGIS looks itself
        """See `Dialect.function`."""
        if call.name in _NATIVE:
            return filled(f"{_NATIVE[call.name]}({SLOT}, {SLOT})", *args)
        if call.name == NEAR:
            place, metres = (arg.value for arg in call.args[3:] if isinstance(arg, Constant))
            return self._is_near(place, metres)
        if call.name.startswith("a_"):
            both = [filled(f"({SLOT})::jsonb", arg) for arg in args]
            return filled(f"csdi.{call.name}({SLOT}, {SLOT})", *both)
        return filled(_TEMPLATES[call.name], *args)

    def source(self, region: Region | None, phrases: list[list[str]] | None, *, alone: bool) -> Source:  # noqa: ARG002 - one table
        """See `Dialect.source`."""
        conditions = []
        if region is not None and self._is_small(region):  # the planner takes every box for a two-hundredth of all there is
            return self._fenced(region, phrases)
        if region is not None:
            conditions.append(self._within(region))
        if phrases is not None:
            conditions.append(self.says(phrases))
        return Source(Fragment(f"{self._layout.name} f"), tuple(conditions))

    def _fenced(self, region: Region, phrases: list[list[str]] | None) -> Source:
        """Rows in a region before anything else is asked of them."""
        inside = filled(f"(SELECT * FROM {self._layout.name} f WHERE {SLOT} OFFSET 0) f", self._within(region))
        return Source(inside, () if phrases is None else (self.says(phrases),))

    def _is_small(self, region: Region) -> bool:
        """Whether so few boxes with heights lie in a region, if they are spread evenly, that no other index is worth asking."""
        extent, heights = self._layout.collection.extent.bbox, region.heights
        if heights is None or not self._layout.has_heights or extent is None or extent.minx > extent.maxx or not region.parts:
            return False
        (minx, miny, maxx, maxy), side = region.shape.bounds, self._layout.scale / METRES_PER_DEGREE
        share = [side * (maxx - minx) / max(extent.maxx - extent.minx, 1e-9), side * (maxy - miny) / max(extent.maxy - extent.miny, 1e-9)]
        if extent.minz is not None and extent.maxz is not None:
            share.append((heights[1] - heights[0]) / max(extent.maxz - extent.minz, 1e-3))
        return math.prod(min(max(part, 0.0), 1.0) for part in share) * self._layout.collection.count < _FEW_BOXES

    def says(self, phrases: list[list[str]]) -> Fragment:
        """See `Dialect.says`."""
        query = " & ".join(f"({_phrase(phrase)})" for phrase in phrases)
        return filled(f"f.{self._layout.mine('words')} @@ {SLOT}", bound(query, "::tsquery"))

    def sized(self, region: Region | None, *, alone: bool) -> tuple[Source, str]:  # noqa: ARG002 - one table holds all
        """See `Dialect.sized`. What is empty has no box, so it meets none."""
        shape = f"f.{self._layout.mine('geometry')}"
        size = f"greatest(ST_XMax({shape}) - ST_XMin({shape}), ST_YMax({shape}) - ST_YMin({shape}))"
        meets = Fragment(f"NOT ST_IsEmpty({shape})")
        if region is not None:
            meets = filled(f"{shape} && {SLOT}", self._shape(shapely.box(*region.shape.bounds)))
        return Source(Fragment(f"{self._layout.name} f"), (meets,)), size

    def _within(self, region: Region) -> Fragment:
        """Rows that meet the region."""
        if not region.parts:
            return Fragment("1 = 0")
        if region.holds_all and region.heights is None:
            return Fragment(f"NOT ST_IsEmpty(f.{self._layout.mine('geometry')})")
        meets = filled(f"ST_Intersects(f.{self._layout.mine('geometry')}, {SLOT})", self._shape(region.shape))
        if region.heights is None or not self._layout.has_heights:
            return meets
        meets += " IS TRUE"  # so that the index without heights is not asked, too: of all that lies above one another
        near = joined(" OR ", [self._near(part, region.heights) for part in region.parts])
        low, high = (f"f.{self._layout.mine(role)}" for role in ("low", "high"))
        levels = filled(f"({low} IS NULL OR ({low} <= {SLOT} AND {high} >= {SLOT}))",
                        bound(region.heights[1], "::float8"), bound(region.heights[0], "::float8"))
        return filled(f"(({SLOT}) AND {SLOT} AND {SLOT})", near, meets, levels)

    def rows(self) -> Fragment:
        """See `Dialect.rows`."""
        return Fragment(f"{self._layout.name} f")

    def lookup(self, inner: Fragment) -> Fragment:
        """See `Dialect.lookup`."""
        return filled(f"({SLOT}) k JOIN {self._layout.name} f ON f.fid = k.fid", inner)

    def feature_json(self, fields: list[Field], *, geometry: bool) -> str:
        """Expression that yields the whole GeoJSON Feature as text."""
        shape, own = geometry and bool(self._layout.schema.geometry), self._layout.mine
        if self._layout.whole and shape:
            head = f"f.{own('head')}"
        else:
            text = f"coalesce(f.{own('geojson')}, 'null')" if shape else "'null'"
            head = f"""'{{"type":"Feature","id":' || to_json(f.{own('id')})::text || ',"geometry":' || {text} || ',"properties":'"""
        return f"{head} || {self.kept_tail(fields)}"

    def kept_tail(self, fields: list[Field]) -> str:
        """As `tail_json`, which is kept where all fields are wanted."""
        whole = self._layout.whole and fields == list(self._layout.schema.stored)
        return f"f.{self._layout.mine('tail')}" if whole else self.tail_json(fields)

    def tail_json(self, fields: list[Field]) -> str:
        """Expression that yields the last of two parts of a Feature: the value of its properties, and its end."""
        return f"{self._properties_json(fields)} || '}}'"

    def output(self, field: Field) -> str:
        """A stored field as the driver gives it to Python."""
        return f"f.{self._layout.column(field)}"

    def single(self, field: Field) -> str:
        """A stored field that is not JSON as text, number or truth; times as `Feature` has them."""
        column = f"f.{self._layout.column(field)}"
        if field.type is FieldType.DATETIME:
            return _time_text(column)
        return f"to_char({column}, 'YYYY-MM-DD')" if field.type is FieldType.DATE else column

    def _properties_json(self, fields: list[Field]) -> str:
        groups = [fields[i:i + _FIELDS_PER_CALL] for i in range(0, len(fields), _FIELDS_PER_CALL)]
        portions = [f"json_build_object({', '.join(map(self._member_json, group))})::text" for group in groups]
        if not portions:
            return "'{}'"
        opened = [f"left({portion}, -1) || ','" for portion in portions[:-1]] + portions[-1:]
        return " || ".join([opened[0], *(f"substr({portion}, 2)" for portion in opened[1:])])

    def _member_json(self, field: Field) -> str:
        column, name = f"f.{self._layout.column(field)}", "'" + field.name.replace("'", "''") + "'"
        if field.type is FieldType.DATETIME:
            column = _time_text(column)
        if field.type is FieldType.NUMBER:
            # clients that guess types from values must not take a number for an integer: 100.0 stays 100.0, as on the other stores
            column = f"CASE WHEN {column} = trunc({column}) AND abs({column}) < 1e15 THEN ({column}::text || '.0')::json " \
                     f"ELSE to_json({column}) END"
        return f"{name}, {column}"

    def _shape(self, geometry: shapely.Geometry) -> Fragment:
        return bound(shapely.to_wkb(shapely.set_srid(geometry, self._layout.srid), hex=True, include_srid=True), "::geometry")

    def gap(self, place: Place) -> Fragment:
        """The distance in metres between a row's box and a place; null where a row has none."""
        geometry, low, high = (f"f.{self._layout.mine(role)}" for role in ("geometry", "low", "high"))
        (x0, y0, z0, x1, y1, z1), (mx, my) = place.solid.numbers, place.scale
        axes = [(f"ST_XMin({geometry})", f"ST_XMax({geometry})", x0, x1, mx), (f"ST_YMin({geometry})", f"ST_YMax({geometry})", y0, y1, my),
                (low, high, z0, z1, 1.0)]
        squares = [filled(f"power(greatest(0, {least} - {SLOT}, {SLOT} - {most}) * {SLOT}, 2)",
                          *(bound(number, "::float8") for number in (last, first, scale))) for least, most, first, last, scale in axes]
        return filled(f"(CASE WHEN NOT ST_IsEmpty({geometry}) THEN sqrt({SLOT}) END)", joined(" + ", squares))

    def within(self, place: Place, metres: float) -> Fragment:
        """Whether a row's box meets a place grown by a distance: what an index answers."""
        solid = place.grown(metres).numbers
        return self._meets(solid[:3], solid[3:])

    def way(self, place: Place) -> Fragment:
        """How far a row's box is from a place as the index measures: about, since its degrees have one length; null without a box."""
        solid = place.solid
        if not self._layout.has_heights:
            box = shapely.box(solid.minx, solid.miny, solid.maxx, solid.maxy)
            return filled(f"f.{self._layout.mine('geometry')} <#> {SLOT}", self._shape(box))
        return filled(f"{solid_box(self._layout, 'f.')} <-> {SLOT}", self._cube(solid.numbers[:3], solid.numbers[3:]))

    def least(self, place: Place, way: float) -> float:
        """Metres to a place that a row has at least, which the index says is so far or farther."""
        (mx, my), sides = place.scale, place.solid.numbers
        if not self._layout.has_heights:  # the index has numbers of 32 bits, whose boxes are a little larger than those of the rows
            return (way - max(map(abs, (sides[0], sides[1], sides[3], sides[4]))) * 2.0**-20) * min(mx, my)
        return way * min(mx / self._layout.scale, my / self._layout.scale, 1.0) * (1.0 - 1e-9) - 1e-6

    def _is_near(self, place: Place, metres: float) -> Fragment:
        return filled(f"({SLOT} AND {SLOT} <= {SLOT})", self.within(place, metres), self.gap(place), bound(metres, "::float8"))

    def _near(self, part: Part, heights: tuple[float, float]) -> Fragment:
        """Rows whose box with heights meets the part's."""
        minx, miny, maxx, maxy = part.outer
        return self._meets((minx, miny, heights[0]), (maxx, maxy, heights[1]))

    def _meets(self, low: tuple[float, float, float], high: tuple[float, float, float]) -> Fragment:
        """Rows whose box with heights, as it is indexed, meets another."""
        return filled(f"{solid_box(self._layout, 'f.')} && {SLOT}", self._cube(low, high))

    def _cube(self, low: tuple[float, float, float], high: tuple[float, float, float]) -> Fragment:
        """A box as boxes are indexed."""
        scale = self._layout.scale
        corners = ([float(x) * scale, float(y) * scale, float(z)] for x, y, z in (low, high))
        return filled(f"cube({SLOT}, {SLOT})", *(bound(corner, "::float8[]") for corner in corners))


def _time_text(column: str) -> str:
    text = f"to_char({column} AT TIME ZONE 'UTC', {_TIME})"
    return f"regexp_replace(regexp_replace({text}, '000$', ''), '\\.000$', '') || 'Z'"


def comparable(layout: Layout, field: Field, prefix: str = "") -> str:
    """A field in the form in which it is compared and indexed."""
    if not field.path:
        return prefix + layout.column(field)
    source = prefix + quoted(layout.columns[field.path[0]])
    steps = json.dumps(list(field.path[1:]), ensure_ascii=False)[1:-1]
    path = "'{" + steps.replace("'", "''") + "}'"
    value, kind = f"({source} #>> {path})", f"json_typeof({source} #> {path})"
    match field.type:
        case FieldType.STRING:
            return f"""(CASE WHEN {kind} = 'string' THEN {value} END COLLATE "C")"""
        case FieldType.NUMBER:
            return f"(CASE WHEN {kind} = 'number' THEN {value}::float8 END)"
        case FieldType.INTEGER:
            return f"(CASE WHEN {kind} = 'number' AND {value} ~ '^-?[0-9]+$' THEN {value}::numeric END)"
        case FieldType.BOOLEAN:
            return f"(CASE WHEN {kind} = 'boolean' THEN {value}::boolean END)"
        case FieldType.DATE:
            return f"((CASE WHEN {kind} = 'string' THEN csdi.instant({value}) END AT TIME ZONE 'UTC')::date)"
        case FieldType.DATETIME:
            return f"(CASE WHEN {kind} = 'string' THEN csdi.instant({value}) END)"
    return f"(CASE WHEN {kind} <> 'null' THEN {source} #> {path} END)"


def solid_box(layout: Layout, prefix: str = "") -> str:
    """The box with heights as it is indexed."""
    geometry, low, high = (prefix + layout.mine(role) for role in ("geometry", "low", "high"))
    scale = "" if layout.scale == 1.0 else f", {layout.scale!r}::float8"
    return f"csdi.solid_box({geometry}, {low}, {high}{scale})"


def tsvector(tokens: list[str]) -> str | None:
    """The tokens with their places, as PostgreSQL writes them; None for no tokens."""
    places: dict[str, list[int]] = {}
    for place, token in enumerate(tokens[:16000], 1):
        places.setdefault(token, []).append(place)
    return " ".join(f"{_lexeme(token)}:{','.join(map(str, at[:255]))}" for token, at in places.items()) or None


def _phrase(phrase: list[str]) -> str:
    lexemes = [_lexeme(token) for token in phrase]
    return " <-> ".join(lexemes) + (":*" if words.is_prefix(phrase[-1]) else "")


def _lexeme(token: str) -> str:
    return "'" + token.replace("\\", "\\\\").replace("'", "''") + "'"
