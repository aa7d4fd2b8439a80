"""Vector tile layers made by PostGIS itself, with places that our own transformation has worked out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from psycopg import Connection

from csdi.feature import FieldType
from csdi.store import sql
from csdi.store.base import Sheet, TileLayer
from csdi.store.plan import Plan
from csdi.store.postgis.dialect import PostgisDialect
from csdi.store.postgis.layout import Layout
from csdi.store.postgis.render import run
from csdi.store.sql import SLOT, Fragment, bound, filled, quoted

_SIMPLE = ("point", "multipoint", "linestring", "multilinestring", "polygon", "multipolygon")
"""Geometries that become one feature of a tile each; of a collection PostGIS draws only one kind."""
_NAME_BYTES = 63
_SHAPE, _NUMBER, _SIZE, _TIE = "csdi shape", "csdi number", "csdi size", "csdi tie"
_ID_NUMBER = ("CASE WHEN {id} ~ '^(0|[1-9][0-9]{{0,14}})$' THEN {id}::bigint "
              "ELSE 4503599627370496 + ('x' || left(md5({id}), 13))::bit(52)::bigint END")
"""As `csdi.tiles.mvt.numbered`."""
_UNIT = ("CASE ST_Dimension({}) WHEN 2 THEN ST_Reverse(ST_MakeEnvelope(0, 0, 1, 1)) "
         "WHEN 1 THEN ST_MakeLine(ST_Point(0, 0), ST_Point(1, 0)) END")
"""One unit of a polygon, wound as exteriors are, or of a line; points never vanish."""


def can_draw(layout: Layout, plan: Plan, sheet: Sheet) -> bool:
    """Whether PostGIS draws this as we would: simple geometries, single values, names that PostgreSQL does not cut off."""
    names = [sheet.id_key, *(field.name for field in plan.fields)]
    free = not {_SHAPE, _NUMBER, _SIZE, _TIE} & set(names) and all(len(name.encode()) <= _NAME_BYTES for name in names)
    return free and layout.schema.geometry in _SIMPLE and all(field.type is not FieldType.JSON for field in plan.fields)


def tile_layer(db: Connection[Any], layout: Layout, plan: Plan, sheet: Sheet) -> TileLayer | None:
    """The layer; None when there are more Features than the limit of the query."""
    dialect, limit = PostgisDialect(layout), plan.query.limit
    probe = filled(f"SELECT count(*) FROM ({SLOT}) c", sql.some_boxes(plan, dialect, ["1"], limit + 1))
    if run(db, probe).fetchall()[0][0] > limit:
        return None
    alone(db)
    body, count = run(db, _statement(layout, plan, sheet, dialect), binary=True).fetchall()[0]
    return TileLayer(bytes(body), int(count)) if count else TileLayer(b"", 0)


def alone(db: Connection[Any]) -> None:
    """No parallel workers until the end of the transaction: for a few thousand rows, starting them costs more than they do."""
    db.execute(b"SET LOCAL max_parallel_workers_per_gather = 0")


def _statement(layout: Layout, plan: Plan, sheet: Sheet, dialect: PostgisDialect) -> Fragment:
    """Rows brought to tile units, drawn in the order of their size, and encoded."""
    shape, id = f"f.{layout.mine('geometry')}", f"f.{layout.mine('id')}"
    a, b, c, d, e, f = sheet.affine
    upward = (a, b, -d, -e, c, sheet.extent - f)
    columns = {sheet.id_key: id, **{field.name: dialect.single(field) for field in plan.fields}, _NUMBER: _ID_NUMBER.format(id=id)}
    _, size = dialect.sized(None, alone=False)
    outputs = [*(f"{value} AS {quoted(name)}" for name, value in columns.items()),
               f"ST_SetSRID(ST_Affine(ST_Force2D({_cut(shape, layout, sheet)}), {_numbers(upward)}), 0) AS {quoted(_SHAPE)}",
               f"{size} AS {quoted(_SIZE)}", f"(f.fid * 2654435761) % 4294967296 AS {quoted(_TIE)}"]
    placed = sql.some_boxes(plan, dialect, outputs, plan.query.limit)
    shown = ", ".join(map(quoted, columns))
    return filled(f"SELECT ST_AsMVT(t, {SLOT}, {sheet.extent}, '{_SHAPE}', '{_NUMBER}'), count(t.{quoted(_SHAPE)}) FROM ("
                  f"SELECT {shown}, {_drawn(quoted(_SHAPE), sheet)} AS {quoted(_SHAPE)} FROM ({SLOT}) p "
                  f"ORDER BY {quoted(_SIZE)} DESC, {quoted(_TIE)}) t", bound(sheet.name, "::text"), placed)


def _cut(shape: str, layout: Layout, sheet: Sheet) -> str:
    """A geometry without what lies outside the domain."""
    domain = f"ST_MakeEnvelope({_numbers(sheet.domain)}, {layout.srid})"
    return f"CASE WHEN {shape} @ {domain} THEN {shape} ELSE ST_ClipByBox2D({shape}, {domain}) END"


def _numbers(values: Sequence[float]) -> str:
    return ", ".join(f"({float(value)!r})::float8" for value in values)


def _drawn(shape: str, sheet: Sheet) -> str:
    """A placed geometry clipped and rounded; one unit of it where rounding leaves nothing."""
    low, high = -sheet.buffer, sheet.extent + sheet.buffer
    window = f"ST_MakeBox2D(ST_Point(0, 0), ST_Point({sheet.extent}, {sheet.extent}))"
    around = f"ST_MakeEnvelope({low}, {low}, {high}, {high})"
    first = f"ST_GeometryN(ST_Points({shape}), 1)"
    x, y = (f"least(greatest(floor({place}), {low}), {high - 1})" for place in (f"ST_X({first})", f"{sheet.extent} - ST_Y({first})"))
    return (f"coalesce(ST_AsMVTGeom({shape}, {window}, {sheet.extent}, {sheet.buffer}, true), "
            f"CASE WHEN {shape} && {around} AND ST_Intersects({shape}, {around}) THEN ST_Translate({_UNIT.format(shape)}, {x}, {y}) END)")
