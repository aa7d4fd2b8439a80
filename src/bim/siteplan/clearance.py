"""Clearance: the distance in space from a body to pipes, cables and alignments, and to zones with a floor and a roof."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from bim.siteplan.bodies import Place, heights_over
from bim.siteplan.segments import segment_to_triangle
from bim.siteplan.setback import nearest_edge

Floats = NDArray[np.float64]
_TOGETHER = 50_000
_ASIDE_M = np.array([1.3e-6, 0.7e-6])
"""A vertical ray is moved by this, so that it does not run along the edges of triangles."""


@dataclass(frozen=True)
class Strand:
    """A line with a thickness.

    Attributes:
        points: (k, 3) axis, east, north, height; k is at least 2.
        radius_m: of what lies around it.
        wanted_m: the clearance that is asked for.
    """

    points: Floats
    radius_m: float = 0.0
    wanted_m: float = 0.0

    @cached_property
    def reach_m(self) -> float:
        """How far from the axis something still matters."""
        return self.radius_m + self.wanted_m


@dataclass(frozen=True, slots=True)
class Nearest:
    """What a body comes closest to, measured against what is asked for.

    Attributes:
        distance_m: from surface to surface; 0 where they touch or meet.
        place: the point of the body.
        number: of the strand or zone.
    """

    distance_m: float
    place: Place
    number: int


class Strands:
    """Many strands, asked about body by body."""

    def __init__(self, strands: Sequence[Strand]) -> None:
        self._wanted = np.array([strand.wanted_m for strand in strands])
        self._of = np.repeat(np.arange(len(strands)), [len(strand.points) - 1 for strand in strands])
        self._starts = np.concatenate([strand.points[:-1] for strand in strands] or [np.zeros((0, 3))])
        self._ends = np.concatenate([strand.points[1:] for strand in strands] or [np.zeros((0, 3))])
        self._reach = np.array([strand.reach_m for strand in strands])[self._of] if strands else np.zeros(0)
        self._low, self._high = np.minimum(self._starts, self._ends), np.maximum(self._starts, self._ends)

    def nearest(self, corners: Floats) -> Nearest | None:
        """The strand with the least of (distance - wanted distance) to triangles (m, 3, 3); None where none is within its reach.

        A strand that runs wholly inside a closed body has the distance 0.
        """
        low, high = corners.min(axis=(0, 1)), corners.max(axis=(0, 1))
        gaps = _box_gap(self._low, self._high, low, high) - self._reach
        close = np.flatnonzero(gaps < 0)
        origin, least = np.floor((low + high) / 2), 0.0
        local, nearest = corners - origin, None
        for at in close[np.argsort(gaps[close])]:
            if gaps[at] >= least:
                break
            found = _against(local, self._starts[at] - origin, self._ends[at] - origin, float(self._reach[at]), least)
            if found is not None:
                least, place = found
                number = int(self._of[at])
                nearest = Nearest(max(0.0, least + float(self._wanted[number])), _place(place + origin), number)
        return nearest


def _against(local: Floats, start: Floats, end: Floats, reach: float, least: float) -> tuple[float, Floats] | None:
    """(distance - reach, point of the body) of one segment, where that is less than `least`."""
    gaps = _box_gap(local.min(axis=1), local.max(axis=1), np.minimum(start, end), np.maximum(start, end)) - reach
    close = np.flatnonzero(gaps < least)
    close = close[np.argsort(gaps[close])]
    best: tuple[float, Floats] | None = None
    for first in range(0, len(close), _TOGETHER):
        some = close[first:first + _TOGETHER]
        if gaps[some[0]] >= least:
            break
        away, points = segment_to_triangle(start, end, local[some])
        at = int(np.argmin(away))
        if away[at] - reach < least:
            least = float(away[at]) - reach
            best = (least, points[at])
    if best is None or best[0] > -reach:
        return (-reach, start) if -reach < least and _encloses(local, start) else best
    return best


def nearest_zone(corners: Floats, zones: Sequence[BaseGeometry], low: float = -math.inf, high: float = math.inf) -> Nearest | None:
    """The zone that is nearest to triangles (m, 3, 3), each a polygon from level `low` to `high`; None without zones.

    Without levels the distance is the one in plan.
    """
    beside = nearest_edge(corners, zones, low, high)
    best = None if beside is None else Nearest(beside.distance_m, beside.place, beside.edge)
    for level, sign in ((high, 1.0), (low, -1.0)):
        if math.isfinite(level) and zones:
            for found in _over_lid(corners, zones, level, sign):
                best = found if best is None or found.distance_m < best.distance_m else best
    return best


def _over_lid(corners: Floats, zones: Sequence[BaseGeometry], level: float, sign: float) -> list[Nearest]:
    """To the rims of lids at a level, and straight down (or up) to the lids."""
    found: list[Nearest] = []
    points = corners.reshape(-1, 3)
    points = points[(points[:, 2] - level) * sign >= 0]
    for number, zone in enumerate(zones):
        rims = [shapely.get_coordinates(ring) for part in shapely.get_parts(zone) for ring in (part.exterior, *part.interiors)]
        far = _far(corners, zone)
        rim = Strands([Strand(np.column_stack([ring, np.full(len(ring), level)]), wanted_m=far) for ring in rims]).nearest(corners)
        if rim is not None:
            found.append(Nearest(rim.distance_m, rim.place, number))
        over = points[shapely.contains_xy(zone, points[:, 0], points[:, 1])]
        if len(over):
            at = int(np.argmin(np.abs(over[:, 2] - level)))
            found.append(Nearest(float(abs(over[at, 2] - level)), _place(over[at]), number))
    return found


def _far(corners: Floats, zone: BaseGeometry) -> float:
    """A distance within which the zone's rim surely lies."""
    minx, miny, maxx, maxy = zone.bounds
    low, high = corners.min(axis=(0, 1)), corners.max(axis=(0, 1))
    return float(max(high[0], maxx) - min(low[0], minx) + max(high[1], maxy) - min(low[1], miny) + high[2] - low[2] + 1e5)


def _box_gap(low: Floats, high: Floats, other_low: Floats, other_high: Floats) -> Floats:
    """Distances (n,) between boxes (n, 3) and one box (3,)."""
    apart = np.maximum(0.0, np.maximum(other_low - high, low - other_high))
    return np.asarray(np.sqrt((apart * apart).sum(axis=-1)))


def _encloses(corners: Floats, point: Floats) -> bool:
    """Whether a closed body holds a point: the surface over it is met an odd number of times."""
    over = heights_over(corners, point[:2] + _ASIDE_M)
    return bool((over > point[2]).sum() % 2)


def _place(point: Floats) -> Place:
    return float(point[0]), float(point[1]), float(point[2])
