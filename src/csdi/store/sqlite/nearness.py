"""Nearness in the GeoPackage: rows within a distance of a box, and the nearest ones, from the R*Tree."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from csdi.filter.nearness import ANY_LEVEL, Place
from csdi.store.sql import MARK, SLOT, Fragment, bound, filled, joined, quoted
from csdi.store.sqlite.layout import Layout

_FIRST_M, _FIRST_MOST_M, _FAR_M = 2.0, 16.0, 1e8
"""Around a place is searched to the first distance, or to the second where that was needed before, and no farther than to the last."""
_SPARE = 64
"""So many rows more are asked for, since the index knows distances to millimetres only."""


@dataclass(slots=True)
class Spread:
    """How far apart the rows of a Collection were where their nearest were last asked for: there the next search begins.

    Attributes:
        metres: so far reached the nearest, divided by the cube root of their number.
    """

    metres: float = 0.0

    def first(self, count: int) -> float:
        """The distance to which so many are searched at first, in metres; never far, since it may be more crowded now."""
        return min(max(_FIRST_M, 1.1 * self.metres * math.cbrt(count)), _FIRST_MOST_M)


@dataclass(frozen=True, slots=True)
class _Gaps:
    """How far the boxes of an index are from a place, along each axis.

    Attributes:
        index, key: the R*Tree and its row number.
        apart: (dx, dy, dz) as expressions in metres, 0 where the boxes overlap.
        farthest: metres from where the numbers of the index are zero to the place, along an axis.
    """

    layout: Layout
    place: Place
    farthest: float

    @classmethod
    def of(cls, layout: Layout, place: Place) -> _Gaps:
        """Between the boxes of a layout's index and a place."""
        solid, (mx, my) = place.solid, place.scale
        dx, dy = layout.offset if layout.boxes else (0.0, 0.0)
        up = max(abs(solid.minz), abs(solid.maxz)) if solid.maxz < ANY_LEVEL else 0.0
        return cls(layout, place, max(abs(solid.minx - dx) * mx, abs(solid.maxx - dx) * mx, abs(solid.miny - dy) * my,
                                      abs(solid.maxy - dy) * my, up))

    @property
    def index(self) -> str:
        return quoted(self.layout.boxes or self.layout.rtree)

    @property
    def key(self) -> str:
        return "fid" if self.layout.boxes else "id"

    @property
    def apart(self) -> Fragment:
        """`dx`, `dy` and `dz` of an index row in metres, 0 where the boxes overlap; never more than they are."""
        (x0, x1, y0, y1), (west, east, south, north), (mx, my) = self._names, self._sides(0.0), self._metres
        dz = Fragment("0.0")
        if self.layout.boxes:
            dz = _gap("z0", "z1", self.place.solid.minz, self.place.solid.maxz)
        return filled(f"{SLOT} * {SLOT} AS dx, {SLOT} * {SLOT} AS dy, {SLOT} AS dz",
                      _gap(x0, x1, west, east), bound(mx), _gap(y0, y1, south, north), bound(my), dz)

    def within(self, metres: float) -> Fragment:
        """Index rows whose box meets the place grown by a distance."""
        (x0, x1, y0, y1), (west, east, south, north), solid = self._names, self._sides(metres), self.place.grown(metres)
        flat = f"{x0} <= {MARK} AND {x1} >= {MARK} AND {y0} <= {MARK} AND {y1} >= {MARK}"
        if not self.layout.boxes:
            return Fragment(flat, (east, west, north, south))
        return Fragment(f"{flat} AND z0 <= {MARK} AND z1 >= {MARK}", (east, west, north, south, solid.maxz, solid.minz))

    def rounding(self, metres: float) -> float:
        """By how many metres the 32-bit numbers of the index may be off along an axis, so near to the place."""
        return 1e-6 + 2.5e-7 * (self.farthest + metres)

    def reach(self, square: float) -> float:
        """The farthest in metres that a row can be whose distance has this square as the index knows it."""
        metres = math.sqrt(square)
        return metres + 2.0 * self.rounding(metres)

    @property
    def _names(self) -> tuple[str, str, str, str]:
        return ("x0", "x1", "y0", "y1") if self.layout.boxes else ("minx", "maxx", "miny", "maxy")

    def _sides(self, metres: float) -> tuple[float, float, float, float]:
        """West, east, south and north of the place as the index counts, grown by a distance."""
        (dx, dy), scale = (self.layout.offset, self.layout.scale) if self.layout.boxes else ((0.0, 0.0), 1.0)
        solid = self.place.grown(metres)
        return (solid.minx - dx) * scale, (solid.maxx - dx) * scale, (solid.miny - dy) * scale, (solid.maxy - dy) * scale

    @property
    def _metres(self) -> tuple[float, float]:
        """Metres of one unit of x and of y in the index."""
        (mx, my), scale = self.place.scale, self.layout.scale if self.layout.boxes else 1.0
        return mx / scale, my / scale


def near_boxes(layout: Layout, place: Place, metres: float) -> tuple[Fragment, Fragment]:
    """(the index of boxes, condition of its rows that may be within a distance of a place)"""
    gaps = _Gaps.of(layout, place)
    return Fragment(gaps.index), gaps.within(metres)


def near_rows(layout: Layout, place: Place, metres: float, sets: Sequence[Fragment] = ()) -> Fragment:
    """Row numbers within a distance of a place. The index rounds boxes outwards; where that may matter, the row is asked.

    Args:
        sets: queries of row numbers, all of which a row has to be among.
    """
    gaps, square, solid = _Gaps.of(layout, place), metres * metres, place.solid
    within = max(0.0, metres - 1.75 * gaps.rounding(metres))  # all axes may be off at once: by the root of three times as much
    surely = within * within if within else -1.0
    level = Fragment("0.0")
    if layout.boxes:
        level = Fragment(f"(SELECT max(0.0, coalesce(low, z0) - {MARK}, {MARK} - coalesce(high, z1)) FROM {gaps.index} WHERE fid = n.fid)",
                         (solid.maxz, solid.minz))
    exactly = filled(f"csdi_apart((SELECT {quoted(layout.geometry)} FROM {quoted(layout.table)} WHERE fid = n.fid), "
                     f"{', '.join([SLOT] * 7)}) <= {SLOT}",
                     *map(bound, (solid.minx, solid.miny, solid.maxx, solid.maxy, *place.scale)), level, bound(square))
    return filled(f"SELECT fid FROM (SELECT {gaps.key} AS fid, {SLOT} FROM {gaps.index} WHERE {SLOT}) n "
                  f"WHERE dx * dx + dy * dy + dz * dz <= {SLOT} AND (dx * dx + dy * dy + dz * dz <= {SLOT} OR {SLOT})",
                  gaps.apart, among(gaps.key, gaps.within(metres), sets), bound(square), bound(surely), exactly)


def among(key: str, meets: Fragment, sets: Sequence[Fragment]) -> Fragment:
    """A condition on rows of an index of boxes whose row numbers are in sets too; with the sign they are not looked up one by one."""
    return joined(" AND ", [meets, *(filled(f"+{key} IN ({SLOT})", rows) for rows in sets)])


def nearest_rows(db: sqlite3.Connection, layout: Layout, place: Place, count: int, fits: Fragment | None, spread: Spread) -> list[int]:
    """Row numbers of all rows that may be among the nearest `count`: from a box that grows; `spread` is brought up to date.

    Args:
        fits: a condition on rows `f`, None for all.
    """
    gaps, metres = _Gaps.of(layout, place), _FIRST_M if fits else spread.first(count)
    apart = gaps.apart
    join = filled(f" CROSS JOIN {quoted(layout.table)} f ON f.fid = n.fid WHERE {SLOT}", fits) if fits else Fragment("")
    while True:  # with the limit gaps are reckoned once for each row, not wherever they are used
        rows = _foremost(db, gaps, filled(f"(SELECT {gaps.key} AS fid, {SLOT} FROM {gaps.index} WHERE {SLOT} LIMIT -1) n{SLOT}",
                                          apart, gaps.within(metres), join), count)
        reach = gaps.reach(rows[count - 1][1]) if len(rows) >= count else _FAR_M
        if metres >= min(reach, _FAR_M):
            if fits is None:
                spread.metres = reach / math.cbrt(count)
            return [fid for fid, _ in rows]
        growth = 1.5 * math.cbrt(count / max(len(rows), 0.5))  # as if they were spread evenly
        metres = min(reach, metres * min(5.0, max(1.3, growth)))


def nearest_of(db: sqlite3.Connection, layout: Layout, place: Place, count: int, chosen: Fragment) -> list[int]:
    """As `nearest_rows`, of the few rows whose numbers `fid` a query gives."""
    gaps = _Gaps.of(layout, place)
    asked = filled(f"(SELECT c.fid, {SLOT} FROM ({SLOT}) c CROSS JOIN {gaps.index} b ON b.{gaps.key} = c.fid) n", gaps.apart, chosen)
    return [fid for fid, _ in _foremost(db, gaps, asked, count)]


def _foremost(db: sqlite3.Connection, gaps: _Gaps, tables: Fragment, count: int) -> list[tuple[int, float]]:
    """Rows of a FROM clause that may be among the nearest `count`, with the square of their distance as the index knows it."""
    most = count + _SPARE
    while True:
        asked = filled(f"SELECT n.fid, dx * dx + dy * dy + dz * dz AS d FROM {SLOT} ORDER BY d, n.fid LIMIT {SLOT}", tables, bound(most))
        rows: list[Any] = db.execute(asked.text.replace(MARK, "?"), asked.params).fetchall()
        if len(rows) <= count:
            return rows
        last = gaps.reach(rows[count - 1][1]) ** 2
        if len(rows) < most or rows[-1][1] > last:
            return [row for row in rows if row[1] <= last]
        most *= 4


def _gap(low: str, high: str, first: float, last: float) -> Fragment:
    return Fragment(f"max(0.0, {low} - {MARK}, {MARK} - {high})", (last, first))
