"""Obstacle limitation surfaces built from runways and tables of dimensions (ICAO Annex 14 Volume I, chapter 4).

Everything is built along the grid line between the runway's ends, HK1980 Grid and mPD, metres. Each side of a surface is a plane,
because levels change evenly along the centre line, along approaches and across; only what surrounds the aerodrome is round.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPoint
from shapely.geometry.base import BaseGeometry

from csdi.errors import ValueInvalid
from csdi.limits.patch import Disc, Patch, Plane, Ring
from csdi.limits.runway import Runway
from csdi.limits.tables import Dimensions, TableSet

Floats = NDArray[np.float64]

KINDS: Mapping[str, Mapping[str, str]] = {
    "strip": {"en": "Runway strip", "zh-Hant": "跑道升降帶", "zh-Hans": "跑道升降带"},
    "approach": {"en": "Approach surface", "zh-Hant": "進近面", "zh-Hans": "进近面"},
    "transitional": {"en": "Transitional surface", "zh-Hant": "過渡面", "zh-Hans": "过渡面"},
    "inner_horizontal": {"en": "Inner horizontal surface", "zh-Hant": "內水平面", "zh-Hans": "内水平面"},
    "conical": {"en": "Conical surface", "zh-Hant": "錐形面", "zh-Hans": "锥形面"},
    "takeoff_climb": {"en": "Take-off climb surface", "zh-Hant": "起飛爬升面", "zh-Hans": "起飞爬升面"},
    "inner_approach": {"en": "Inner approach surface", "zh-Hant": "內進近面", "zh-Hans": "内进近面"},
    "inner_transitional": {"en": "Inner transitional surface", "zh-Hant": "內過渡面", "zh-Hans": "内过渡面"},
    "balked_landing": {"en": "Balked landing surface", "zh-Hant": "複飛面", "zh-Hans": "复飞面"},
}
"""Kind -> its name in three languages."""
_END_OF_STRIP = "end-of-strip"


@dataclass(frozen=True)
class Surface:
    """One surface.

    Attributes:
        kind: one of `KINDS`.
        runway: both designators; "" for what surrounds the whole aerodrome.
        end: designator of the end that it belongs to; "" where it belongs to both.
        patches: the pieces that it is made of.
        table: id of the set of tables; `source` names the document, `confidence` how well it is known.
    """

    kind: str
    patches: tuple[Patch, ...]
    runway: str = ""
    end: str = ""
    table: str = ""
    source: str = ""
    confidence: str = ""

    @property
    def id(self) -> str:
        """Such as `approach-07L`, unique within one aerodrome and set of tables."""
        return "-".join(filter(None, [self.kind.replace("_", "-"), (self.end or self.runway).replace("/", "-")]))

    @property
    def outline(self) -> BaseGeometry:
        """The ground that it covers."""
        return shapely.union_all([patch.outline for patch in self.patches])

    def levels(self, places: Floats) -> Floats:
        """Levels (n,) mPD at places (n, 2), the lowest where pieces overlap; NaN where it does not reach."""
        found = np.stack([patch.levels(places) for patch in self.patches])
        lowest = np.where(np.isnan(found), np.inf, found).min(axis=0)
        return np.where(np.isinf(lowest), np.nan, lowest)


def surfaces_of(runways: Sequence[Runway], tables: TableSet, level: float) -> list[Surface]:
    """All surfaces of an aerodrome.

    Args:
        level: the aerodrome's reference level, mPD, from which the inner horizontal surface is measured.

    Raises:
        ValueInvalid: a runway for which the tables have no row; no runway.
    """
    if not runways:
        raise ValueInvalid("an aerodrome has at least one runway", field="runways")
    around = _around(runways, tables, level)
    top = next((one.patches[0].lowest for one in around if one.kind == "inner_horizontal"), level)
    return [*(surface for runway in runways for surface in _of_runway(runway, tables, top)), *around]


def _around(runways: Sequence[Runway], tables: TableSet, level: float) -> list[Surface]:
    """Inner horizontal and conical surface: within the largest radius of the hull of all strips' ends, and around it."""
    landings = [(runway, tables.of_landing(runway, end)) for runway in runways for end in runway.ends if end.approach]
    if not landings or "inner_horizontal" not in landings[0][1]:
        return []
    sizes = max((size for _, size in landings), key=lambda size: (size["inner_horizontal"]["radius"], size["conical"]["height"]))
    core = np.concatenate([[runway.place(-size["strip"]["beyond"]), runway.place(runway.length_m + size["strip"]["beyond"])]
                           for runway, size in landings])
    hull = np.array(shapely.get_coordinates(MultiPoint(core).convex_hull))
    inner, cone = sizes["inner_horizontal"], sizes["conical"]
    top = level + inner["height"]
    outer = inner["radius"] + cone["height"] / cone["slope"]
    said = (tables.id, tables.source, sizes.confidence)
    return [Surface("inner_horizontal", (Disc(hull, inner["radius"], top),), "", "", *said),
            Surface("conical", (Ring(hull, inner["radius"], outer, top, cone["slope"]),), "", "", *said)]


def _of_runway(runway: Runway, tables: TableSet, top: float) -> Iterator[Surface]:
    landings = [tables.of_landing(runway, end) if end.approach else None for end in runway.ends]
    strip = max((size for size in landings if size), key=lambda size: float(size["strip"]["half_width"]), default=None)
    if strip is not None:
        said = (tables.id, tables.source, strip.confidence)
        yield Surface("strip", tuple(_strip(runway, strip)), runway.name, "", *said)
        sides = [*_beside_strip(runway, strip, top)]
        sides += [piece for end in (0, 1) if (size := landings[end]) for piece in _beside_approach(runway, end, size, top)]
        yield Surface("transitional", tuple(sides), runway.name, "", *said)
    for end, size in enumerate(landings):
        if size is not None:
            yield from _of_landing(runway, end, size, tables, top)
    climb = tables.of_takeoff(runway)
    for end in (0, 1):
        if climb is not None and runway.ends[end].takeoff:
            yield Surface("takeoff_climb", (_climb(runway, end, climb),), runway.name, runway.ends[end].designator, tables.id,
                          tables.source, climb.confidence)


def _of_landing(runway: Runway, end: int, size: Dimensions, tables: TableSet, top: float) -> Iterator[Surface]:
    said = (runway.name, runway.ends[end].designator, tables.id, tables.source, size.confidence)
    yield Surface("approach", tuple(_approach(runway, end, size)), *said)
    if "inner_approach" in size:
        yield Surface("inner_approach", (_inner_approach(runway, end, size),), *said)
        yield Surface("balked_landing", (_balked(runway, end, size, top),), *said)
        yield Surface("inner_transitional", tuple(_inner_transitional(runway, end, size, top)), *said)


@dataclass(frozen=True, slots=True)
class _Edge:
    """A line on the ground from which a plane rises sideways: stations, distances from the centre line, levels at its two ends.

    Stations are metres outwards from `origin` on the ruler, in direction `sign`.
    """

    runway: Runway
    origin: float
    sign: float
    stations: tuple[float, float]
    halves: tuple[float, float]
    levels: tuple[float, float]

    def place(self, station: float, across: float) -> Floats:
        """(2,) east, north; `across` to the left of the direction of the stations."""
        return self.runway.place(self.origin + self.sign * station, self.sign * across)

    def between(self) -> Plane:
        """The plane between this edge and the same one on the other side of the centre line."""
        (near, far), (low, high) = self.stations, self.halves
        corners = np.array([self.place(near, -low), self.place(far, -high), self.place(far, high), self.place(near, low)])
        rise = (self.levels[1] - self.levels[0]) / (far - near)
        return _plane(corners, self.runway.along * self.sign * rise, self.place(near, 0.0), self.levels[0])

    def rising(self, slope: float, top: float) -> Iterator[Plane]:
        """The two planes that rise from this edge, and from that on the other side, to the level `top`, where they start below it."""
        edge = self._below(top)
        if edge is None:
            return
        (near, far), (low, high) = edge.stations, edge.halves
        reach = [(top - level) / slope for level in edge.levels]
        along, spread = (edge.levels[1] - edge.levels[0]) / (far - near), (high - low) / (far - near)
        for side in (1.0, -1.0):
            corners = np.array([edge.place(near, side * low), edge.place(far, side * high), edge.place(far, side * (high + reach[1])),
                                edge.place(near, side * (low + reach[0]))])
            gradient = self.sign * (self.runway.along * (along - slope * spread) + self.runway.across * side * slope)
            yield _plane(corners, gradient, edge.place(near, side * low), edge.levels[0])

    def _below(self, top: float) -> _Edge | None:
        """The part of the edge that lies below a level."""
        first, last = self.levels
        if first >= top and last >= top:
            return None
        shares = [0.0, 1.0]
        if (first < top) != (last < top):
            shares[int(last >= top)] = (top - first) / (last - first)

        def cut(pair: tuple[float, float]) -> tuple[float, float]:
            return pair[0] + (pair[1] - pair[0]) * shares[0], pair[0] + (pair[1] - pair[0]) * shares[1]

        return _Edge(self.runway, self.origin, self.sign, cut(self.stations), cut(self.halves), cut(self.levels))


def _plane(corners: Floats, gradient: Floats, place: Floats, level: float) -> Plane:
    """A plane over corners in either order; two corners at one place are one."""
    kept = corners[np.linalg.norm(corners - np.roll(corners, 1, axis=0), axis=1) > 1e-9]
    x, y = kept[:, 0] - kept[0, 0], kept[:, 1] - kept[0, 1]
    turned = float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y))
    return Plane(kept if turned > 0 else kept[::-1].copy(), np.asarray(gradient, np.float64), np.array([*place, level]))


def _strip_edges(runway: Runway, half: float, start: float, stop: float) -> Iterator[_Edge]:
    """Edges along the runway at one distance from the centre line, cut where the levels' profile bends."""
    stations, levels = runway.profile
    cuts = [start, *(float(one) for one in stations if start < one < stop), stop]
    for near, far in pairwise(cuts):
        yield _Edge(runway, 0.0, 1.0, (near, far), (half, half),
                    (float(np.interp(near, stations, levels)), float(np.interp(far, stations, levels))))


def _strip_reach(runway: Runway, size: Dimensions) -> tuple[float, float]:
    beyond = float(size["strip"]["beyond"])
    return -beyond, runway.length_m + beyond


def _strip(runway: Runway, size: Dimensions) -> Iterator[Plane]:
    for edge in _strip_edges(runway, float(size["strip"]["half_width"]), *_strip_reach(runway, size)):
        yield edge.between()


def _beside_strip(runway: Runway, size: Dimensions, top: float) -> Iterator[Plane]:
    for edge in _strip_edges(runway, float(size["strip"]["half_width"]), *_strip_reach(runway, size)):
        yield from edge.rising(float(size["transitional"]["slope"]), top)


def _outwards(runway: Runway, end: int) -> tuple[float, float]:
    """Where a landing threshold lies on the ruler, and the sign of the direction from which aircraft come."""
    return runway.threshold(end), -1.0 if end == 0 else 1.0


def _approach_edges(runway: Runway, end: int, size: Dimensions) -> Iterator[_Edge]:
    given = size["approach_surface"]
    origin, sign = _outwards(runway, end)
    level = runway.ends[end].threshold_mpd
    station, half = float(given["before_threshold"]), given["inner_edge"] / 2
    for reach, slope in given["sections"]:
        next_half = half + reach * given["divergence"]
        yield _Edge(runway, origin, sign, (station, station + reach), (half, next_half), (level, level + reach * slope))
        station, half, level = station + reach, next_half, level + reach * slope


def _approach(runway: Runway, end: int, size: Dimensions) -> Iterator[Plane]:
    for edge in _approach_edges(runway, end, size):
        yield edge.between()


def _beside_approach(runway: Runway, end: int, size: Dimensions, top: float) -> Iterator[Plane]:
    for edge in _approach_edges(runway, end, size):
        yield from edge.rising(float(size["transitional"]["slope"]), top)


def _width(given: Mapping[str, float], name: str, runway: Runway) -> float:
    """A width, that for code letter F where the tables have one."""
    return float(given.get(f"{name}_f", given[name]) if runway.letter == "F" else given[name])


def _inner_approach_edge(runway: Runway, end: int, size: Dimensions) -> _Edge:
    given = size["inner_approach"]
    origin, sign = _outwards(runway, end)
    level, half, start = runway.ends[end].threshold_mpd, _width(given, "width", runway) / 2, float(given["before_threshold"])
    return _Edge(runway, origin, sign, (start, start + given["length"]), (half, half), (level, level + given["length"] * given["slope"]))


def _inner_approach(runway: Runway, end: int, size: Dimensions) -> Plane:
    return _inner_approach_edge(runway, end, size).between()


def _balked_edge(runway: Runway, end: int, size: Dimensions, top: float) -> _Edge:
    """From its inner edge behind the threshold up to the inner horizontal surface."""
    given = size["balked_landing"]
    origin, sign = _outwards(runway, end)
    remaining = runway.length_m - origin if end == 0 else origin
    after = given["after_threshold"]
    start = remaining + float(size["strip"]["beyond"]) if after == _END_OF_STRIP else min(float(after), remaining)
    level = float(np.interp(origin - sign * start, *runway.profile))
    length = max((top - level) / given["slope"], 1.0)
    half = _width(given, "inner_edge", runway) / 2
    return _Edge(runway, origin, -sign, (start, start + length), (half, half + length * given["divergence"]),
                 (level, level + length * given["slope"]))


def _balked(runway: Runway, end: int, size: Dimensions, top: float) -> Plane:
    return _balked_edge(runway, end, size, top).between()


def _inner_transitional(runway: Runway, end: int, size: Dimensions, top: float) -> Iterator[Plane]:
    """Beside the inner approach, the runway between the two inner edges, and the balked landing surface."""
    slope = float(size["inner_transitional"]["slope"])
    near, far = _inner_approach_edge(runway, end, size), _balked_edge(runway, end, size, top)
    yield from near.rising(slope, top)
    ends = sorted((near.origin + near.sign * near.stations[0], far.origin + far.sign * far.stations[0]))
    for edge in _strip_edges(runway, near.halves[0], *ends):
        yield from edge.rising(slope, top)
    yield from far.rising(slope, top)


def _climb(runway: Runway, end: int, size: Dimensions) -> Plane:
    """Towards an end: from beyond it or its clearway, spreading to the final width and on at that."""
    given, away = size["climb"], runway.ends[end]
    origin, sign = (0.0, -1.0) if end == 0 else (runway.length_m, 1.0)
    start = max(float(given["beyond_end"]), away.clearway_m)
    half, final = given["inner_edge"] / 2, given["final_width"] / 2
    spread = min((final - half) / given["divergence"], given["length"])
    far = half + spread * given["divergence"]
    stations = ((start, half), (start + spread, far), (start + given["length"], far))
    edge = _Edge(runway, origin, sign, (start, stations[-1][0]), (half, far), (away.level, away.level + given["length"] * given["slope"]))
    corners = [edge.place(station, -across) for station, across in stations]
    corners += [edge.place(station, across) for station, across in reversed(stations)]
    return _plane(np.array(corners), runway.along * sign * given["slope"], edge.place(start, 0.0), away.level)
