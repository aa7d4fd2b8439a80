"""Surfaces around aerodromes built from runways and tables of dimensions (ICAO Annex 14 Volume I, chapter 4).

Everything is built along the grid line between the runway's ends, HK1980 Grid and mPD, metres. Each side of a surface is a plane,
because levels change evenly along the centre line, along approaches and across; only what surrounds the aerodrome is round.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPoint

from csdi.errors import ValueInvalid
from csdi.limits.edge import Edge, beside, inner_edge, plane, sections
from csdi.limits.evaluation import around_thresholds, departure, precision_approach
from csdi.limits.patch import Disc, Plane, Ring
from csdi.limits.runway import Runway
from csdi.limits.surface import Surface
from csdi.limits.tables import Dimensions, TableSet

Floats = NDArray[np.float64]

_END_OF_STRIP = "end-of-strip"


def surfaces_of(runways: Sequence[Runway], tables: TableSet, level: float) -> list[Surface]:
    """All surfaces of an aerodrome.

    Args:
        level: the aerodrome's reference level, mPD, from which horizontal surfaces are measured.

    Raises:
        ValueInvalid: a runway for which the tables have no row; no runway.
    """
    if not runways:
        raise ValueInvalid("an aerodrome has at least one runway", field="runways")
    around = _around(runways, tables, level)
    top = next((one.patches[0].lowest for one in around if one.kind == "inner_horizontal"), level)
    return [*(surface for runway in runways for surface in _of_runway(runway, tables, top)), *around,
            *around_thresholds(runways, tables, level)]


def _around(runways: Sequence[Runway], tables: TableSet, level: float) -> list[Surface]:
    """Inner horizontal and conical surface: within the largest radius of the hull of all strips' ends, and around it."""
    landings = [(runway, size) for runway in runways for end in runway.ends
                if end.approach and "inner_horizontal" in (size := tables.of_landing(runway, end))]
    if not landings:
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
    strip = max((size for size in landings if size and "strip" in size), key=lambda size: float(size["strip"]["half_width"]), default=None)
    if strip is not None:
        said = (tables.id, tables.source, strip.confidence)
        if strip["strip"].get("limits", True):
            yield Surface("strip", tuple(_strip(runway, strip)), runway.name, "", *said)
        upper = _top(runway, strip, top)
        sides = [*_beside_strip(runway, strip, upper)]
        sides += [piece for end in (0, 1) if (size := landings[end]) for piece in _beside_approach(runway, end, size, upper)]
        yield Surface("transitional", tuple(sides), runway.name, "", *said)
    for end, size in enumerate(landings):
        if size is not None:
            yield from _of_landing(runway, end, size, tables, top)
    for end in (0, 1):
        if (size := tables.of_takeoff(runway)) and runway.ends[end].takeoff:
            yield from _of_takeoff(runway, end, size, tables)


def _of_landing(runway: Runway, end: int, size: Dimensions, tables: TableSet, top: float) -> Iterator[Surface]:
    said = (runway.name, runway.ends[end].designator, tables.id, tables.source, size.confidence)
    if "approach_surface" in size:
        yield Surface("approach", tuple(_approach(runway, end, size)), *said)
    if "inner_approach" in size:
        upper = _top(runway, size, top)
        yield Surface("inner_approach", (_inner_approach(runway, end, size),), *said)
        yield Surface("inner_transitional", tuple(_inner_transitional(runway, end, size, upper)), *said)
        if "balked_landing" in size:
            yield Surface("balked_landing", (_balked(runway, end, size, upper),), *said)
    if "precision_approach" in size:
        yield Surface("precision_approach", tuple(precision_approach(runway, end, size["precision_approach"])), *said)


def _of_takeoff(runway: Runway, end: int, size: Dimensions, tables: TableSet) -> Iterator[Surface]:
    said = (runway.name, runway.ends[end].designator, tables.id, tables.source, size.confidence)
    if "climb" in size:
        yield Surface("takeoff_climb", (_climb(runway, end, size),), *said)
    if "departure" in size:
        yield Surface("instrument_departure", tuple(departure(runway, end, size["departure"])), *said)


def _top(runway: Runway, size: Dimensions, top: float) -> float:
    """Where what rises beside a runway ends, mPD: above the higher threshold where the table says so, else the inner horizontal surface."""
    above = size["transitional"].get("above_thresholds")
    return top if above is None else max(end.threshold_mpd for end in runway.ends) + float(above)


def _strip_reach(runway: Runway, size: Dimensions) -> tuple[float, float]:
    beyond = float(size["strip"]["beyond"])
    return -beyond, runway.length_m + beyond


def _strip(runway: Runway, size: Dimensions) -> Iterator[Plane]:
    for edge in beside(runway, float(size["strip"]["half_width"]), *_strip_reach(runway, size)):
        yield edge.between()


def _beside_strip(runway: Runway, size: Dimensions, top: float) -> Iterator[Plane]:
    for edge in beside(runway, float(size["strip"]["half_width"]), *_strip_reach(runway, size)):
        yield from edge.rising(float(size["transitional"]["slope"]), top)


def _outwards(runway: Runway, end: int) -> tuple[float, float]:
    """Where a landing threshold lies on the ruler, and the sign of the direction from which aircraft come."""
    return runway.threshold(end), -1.0 if end == 0 else 1.0


def _approach_edges(runway: Runway, end: int, size: Dimensions) -> Iterator[Edge]:
    given = size["approach_surface"]
    start = inner_edge(runway, end, float(given["before_threshold"]), given["inner_edge"])
    return sections(start, [(length, slope, given["divergence"]) for length, slope in given["sections"]])


def _approach(runway: Runway, end: int, size: Dimensions) -> Iterator[Plane]:
    for edge in _approach_edges(runway, end, size):
        yield edge.between()


def _beside_approach(runway: Runway, end: int, size: Dimensions, top: float) -> Iterator[Plane]:
    for edge in _approach_edges(runway, end, size):
        yield from edge.rising(float(size["transitional"]["slope"]), top)


def _width(given: Mapping[str, float], name: str, runway: Runway) -> float:
    """A width, that for code letter F where the tables have one."""
    return float(given.get(f"{name}_f", given[name]) if runway.letter == "F" else given[name])


def _inner_approach_edge(runway: Runway, end: int, size: Dimensions) -> Edge:
    given = size["inner_approach"]
    start = inner_edge(runway, end, float(given["before_threshold"]), _width(given, "width", runway))
    return next(sections(start, [(given["length"], given["slope"], 0.0)]))


def _inner_approach(runway: Runway, end: int, size: Dimensions) -> Plane:
    return _inner_approach_edge(runway, end, size).between()


def _after_threshold(runway: Runway, end: int, after: float | str, size: Dimensions) -> float:
    """Metres behind a landing threshold, at most to the far end of the runway; or those to the end of the strip."""
    origin = runway.threshold(end)
    remaining = runway.length_m - origin if end == 0 else origin
    return remaining + float(size["strip"]["beyond"]) if after == _END_OF_STRIP else min(float(after), remaining)


def _balked_edge(runway: Runway, end: int, size: Dimensions, top: float) -> Edge:
    """From its inner edge behind the threshold up to the level `top`."""
    given = size["balked_landing"]
    origin, sign = _outwards(runway, end)
    start = _after_threshold(runway, end, given["after_threshold"], size)
    level = float(np.interp(origin - sign * start, *runway.profile))
    length = max((top - level) / given["slope"], 1.0)
    half = _width(given, "inner_edge", runway) / 2
    return Edge(runway, origin, -sign, (start, start + length), (half, half + length * given["divergence"]),
                (level, level + length * given["slope"]))


def _balked(runway: Runway, end: int, size: Dimensions, top: float) -> Plane:
    return _balked_edge(runway, end, size, top).between()


def _inner_transitional(runway: Runway, end: int, size: Dimensions, top: float) -> Iterator[Plane]:
    """Beside the inner approach, the runway behind it, and the balked landing surface where there is one."""
    given = size["inner_transitional"]
    slope, upright = float(given["slope"]), float(given.get("upright", 0.0))
    near = _inner_approach_edge(runway, end, size)
    far = [_balked_edge(runway, end, size, top)] if "balked_landing" in size else []
    behind = far[0].stations[0] if far else _after_threshold(runway, end, given["after_threshold"], size)
    ends = sorted((near.origin + near.sign * near.stations[0], near.origin - near.sign * behind))
    for edge in (near, *beside(runway, near.halves[0], *ends), *far):
        yield from edge.raised(upright).rising(slope, top)


def _climb(runway: Runway, end: int, size: Dimensions) -> Plane:
    """Towards an end: from beyond it or its clearway, spreading to the final width and on at that."""
    given, away = size["climb"], runway.ends[end]
    origin, sign = (0.0, -1.0) if end == 0 else (runway.length_m, 1.0)
    start = max(float(given["beyond_end"]), away.clearway_m)
    half, final = given["inner_edge"] / 2, given["final_width"] / 2
    spread = min((final - half) / given["divergence"], given["length"])
    far = half + spread * given["divergence"]
    stations = ((start, half), (start + spread, far), (start + given["length"], far))
    edge = Edge(runway, origin, sign, (start, stations[-1][0]), (half, far), (away.level, away.level + given["length"] * given["slope"]))
    corners = [edge.place(station, -across) for station, across in stations]
    corners += [edge.place(station, across) for station, across in reversed(stations)]
    return plane(np.array(corners), runway.along * sign * given["slope"], edge.place(start, 0.0), away.level)
