"""Obstacle evaluation surfaces: what stands above them is looked into, not refused (ICAO Annex 14 Volume I, section 4.3, Amendment 18)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPoint

from csdi.limits.edge import Edge, inner_edge, plane, sections
from csdi.limits.patch import Disc, Patch, Plane
from csdi.limits.runway import Runway
from csdi.limits.surface import Surface
from csdi.limits.tables import TableSet

Floats = NDArray[np.float64]
Sizes = Mapping[str, Any]


def around_thresholds(runways: Sequence[Runway], tables: TableSet, level: float) -> Iterator[Surface]:
    """Horizontal surfaces of all runways together, and those for straight-in approaches of each.

    Args:
        level: the aerodrome's reference level, mPD.
    """
    rows = [(runway, size) for runway in runways for end in runway.ends if end.approach and (size := tables.of_landing(runway, end))]
    tiered = [(runway, size["horizontal"]["tiers"]) for runway, size in rows if "horizontal" in size]
    tiers = sorted({(float(radius), float(height)) for _, given in tiered for radius, height in given})
    core = [runway.place(runway.threshold(end)) for runway, _ in tiered for end in (0, 1)]
    if tiers:
        hull = _hull(np.array(core))
        yield Surface("horizontal", tuple(Disc(hull, radius, level + height) for radius, height in tiers), "", "",
                      tables.id, tables.source, rows[0][1].confidence)
    straight = {runway.name: (runway, size) for runway, size in rows if "straight_in_approach" in size}
    for runway, size in straight.values():
        yield Surface("straight_in_approach", _straight_in(runway, size["straight_in_approach"], level), runway.name, "",
                      tables.id, tables.source, size.confidence)


def _straight_in(runway: Runway, given: Sizes, level: float) -> tuple[Patch, ...]:
    """The lower section around the thresholds and the upper one, a rectangle."""
    ends = sorted(runway.threshold(end) for end in (0, 1))
    lower = Disc(_hull(np.array([runway.place(one) for one in ends])), given["lower"]["radius"], level + given["lower"]["height"])
    upper, half = given["upper"], given["upper"]["width"] / 2
    start, stop = ends[0] - upper["beyond"], ends[1] + upper["beyond"]
    corners = np.array([runway.place(start, -half), runway.place(stop, -half), runway.place(stop, half), runway.place(start, half)])
    return lower, plane(corners, np.zeros(2), runway.place(0.0), level + upper["height"])


def precision_approach(runway: Runway, end: int, given: Sizes) -> Iterator[Plane]:
    """Approach, missed approach behind the threshold, what rises beside both, and the level rectangle between them."""
    top = runway.ends[end].threshold_mpd + given["transitional"]["above_threshold"]
    come = inner_edge(runway, end, given["approach"]["before_threshold"], given["approach"]["inner_edge"])
    after = given["missed_approach"]["after_threshold"]
    gone = inner_edge(runway, end, after, given["missed_approach"]["inner_edge"]).turned()
    between = Edge(runway, come.origin, come.sign, (-after, come.stations[0]), (gone.halves[0], come.halves[0]), come.levels)
    edges = [*sections(come, given["approach"]["sections"]), *sections(gone, given["missed_approach"]["sections"]), between]
    for edge in edges:
        yield edge.between()
    for edge in edges:
        yield from edge.rising(given["transitional"]["slope"], top)


def departure(runway: Runway, end: int, given: Sizes) -> Iterator[Plane]:
    """From the end of the runway or its clearway, `above` metres over it."""
    away = runway.ends[end]
    level, half = away.level + given["above"], given["inner_edge"] / 2
    origin, sign = (0.0, -1.0) if end == 0 else (runway.length_m, 1.0)
    start = Edge(runway, origin, sign, (away.clearway_m, away.clearway_m), (half, half), (level, level))
    return (edge.between() for edge in sections(start, given["sections"]))


def _hull(places: Floats) -> Floats:
    return np.array(shapely.get_coordinates(MultiPoint(places).convex_hull))
