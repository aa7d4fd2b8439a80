"""Airport height limits: zones with the highest permitted level in mPD, stepped from the obstacle limitation surfaces.

The surfaces are those of Annex 14 for a precision approach runway of code number 4. Zones do not overlap: where two
surfaces meet, the lower one rules. A zone's limit is the level of its lowest edge, so it is never too high.
This is sample data, not the statutory plan.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import shapely
from shapely import Polygon
from shapely.geometry.base import BaseGeometry

from sample_models.gis_files import Layer, Names, geometries
from sample_models.gis_runways import STRIP_HALF_WIDTH_M, Band
from sample_models.layout import Layout, Runway

AERODROME_MPD = 8.5
INNER_HORIZONTAL_M = 45.0
INNER_RADIUS_M = 4000.0
OUTER_LIMIT_MPD = 153.5
"""Level at the outer edge of the conical surface; beyond it there is no zone."""
TRANSITIONAL_SLOPE = 1 / 7
_SIDE_STEP_M = 35.0
_CONE_STEP_M = 400.0
_APPROACH_STEP_M = 400.0
_NAMES = {
    "strip": ("Runway strip", "升降帶"), "transitional": ("Transitional surface", "過渡面"),
    "approach": ("Approach surface", "進近面"), "inner": ("Inner horizontal surface", "內水平面"),
    "conical": ("Conical surface", "錐形面"),
}  # fmt: skip


class Zone(NamedTuple):
    """One piece of ground under one limit."""

    surface: str
    runway: str
    limit_mpd: float
    shape: BaseGeometry


def height_limits(layout: Layout) -> Layer:
    """All zones, lowest limit first."""
    rows = [(zone, part) for zone in zones(layout) for part in _polygons(zone.shape)]
    return Layer(
        "height-limits", "height_limits.fgb", Names("Airport height limits", "機場高度限制", "机场高度限制"),
        "Highest permitted level in mPD around the runways, stepped from obstacle limitation surfaces. Sample data only, "
        "not the statutory plan.",
        ("aerodrome", "height restriction", "obstacle limitation surface", "高度限制"),
        geometries([part for _, part in rows]),
        {
            "zone_id": [f"HL-{i:04d}" for i in range(1, len(rows) + 1)],
            "surface": [zone.surface for zone, _ in rows],
            "runway": [zone.runway for zone, _ in rows],
            "limit_mpd": [zone.limit_mpd for zone, _ in rows],
            "name_en": [_NAMES[zone.surface][0] for zone, _ in rows],
            "name_tc": [_NAMES[zone.surface][1] for zone, _ in rows],
        },
        heights="HKPD",
    )  # fmt: skip


def limit_at(shape: BaseGeometry) -> float:
    """Lowest limit in mPD over `shape` (EPSG:2326), infinite outside all zones."""
    tree, limits = _index()
    return float(limits[tree.query(shape, predicate="intersects")].min(initial=np.inf))


def zones(layout: Layout) -> list[Zone]:
    """The zones as a partition of the ground, lowest limit first."""
    return list(_partition(layout.runways))


@lru_cache(maxsize=1)
def _index() -> tuple[shapely.STRtree, np.ndarray[tuple[int], np.dtype[np.float64]]]:
    rows = zones(Layout(1.0))
    return shapely.STRtree([row.shape for row in rows]), np.array([row.limit_mpd for row in rows])


@lru_cache(maxsize=1)
def _partition(runways: tuple[Runway, ...]) -> tuple[Zone, ...]:
    rows = [Band(runway) for runway in runways]
    candidates = [zone for band in rows for zone in (*_beside(band), *_before(band))]
    candidates += _around(rows)
    outer = candidates[-1].shape
    taken: BaseGeometry = Polygon()
    result = []
    for zone in sorted(candidates, key=lambda z: z.limit_mpd):
        free = shapely.intersection(zone.shape, outer).difference(taken)
        free = shapely.set_precision(free, 0.01)
        if free.area > 1.0:
            result.append(zone._replace(shape=free))
            taken = shapely.union(taken, zone.shape)
    return tuple(result)


def _beside(band: Band) -> Iterator[Zone]:
    """The strip itself and the transitional steps along it."""
    level = band.runway.elevation_mpd
    yield Zone("strip", band.name, level, band.strip)
    for step in range(1, 10):
        half = STRIP_HALF_WIDTH_M + step * _SIDE_STEP_M
        shape = band.rectangle(-60.0, band.length_m + 60.0, 2 * half)
        limit = level + (step - 1) * _SIDE_STEP_M * TRANSITIONAL_SLOPE
        yield Zone("transitional", band.name, round(limit, 1), shape)


def _before(band: Band) -> Iterator[Zone]:
    """Approach steps before both thresholds, with transitional steps at their sides."""
    displaced, level = band.runway.displaced_m, band.runway.elevation_mpd
    for end in (0, 1):
        for index in range(16):
            near, far = index * _APPROACH_STEP_M, (index + 1) * _APPROACH_STEP_M
            rise = _approach_rise(near)
            name = band.runway.designators[end]
            yield Zone("approach", name, round(level + rise, 1), _trapezoid(band, end, displaced, near, far, 0.0))
            if rise < INNER_HORIZONTAL_M:
                for step in range(1, 10):
                    side = _trapezoid(band, end, displaced, near, far, step * _SIDE_STEP_M)
                    limit = level + rise + (step - 1) * _SIDE_STEP_M * TRANSITIONAL_SLOPE
                    if limit < AERODROME_MPD + INNER_HORIZONTAL_M:
                        yield Zone("transitional", name, round(limit, 1), side)


def _approach_rise(distance_m: float) -> float:
    """Rise above the threshold: 2 % for 3000 m, 2.5 % for 3600 m."""
    return 0.02 * min(distance_m, 3000.0) + 0.025 * min(max(distance_m - 3000.0, 0.0), 3600.0)


def _trapezoid(band: Band, end: int, displaced: float, near: float, far: float, wider: float) -> Polygon:
    start = displaced - 60.0
    corners = []
    for distance, side in ((near, -1), (near, 1), (far, 1), (far, -1)):
        half = STRIP_HALF_WIDTH_M + 0.15 * distance + wider
        along = start - distance
        corners.append(band.point(along if end == 0 else band.length_m - along, side * half))
    return Polygon(corners)


def _around(rows: list[Band]) -> list[Zone]:
    """Inner horizontal surface and the steps of the conical one, around the hull of all strips."""
    hull = shapely.union_all([band.strip for band in rows]).convex_hull
    base = AERODROME_MPD + INNER_HORIZONTAL_M
    result = [Zone("inner", "", base, hull.buffer(INNER_RADIUS_M, quad_segs=16))]
    for step in range(5):
        ring = hull.buffer(INNER_RADIUS_M + (step + 1) * _CONE_STEP_M, quad_segs=16)
        result.append(Zone("conical", "", base + step * _CONE_STEP_M * 0.05, ring))
    return result


def _polygons(shape: BaseGeometry) -> list[Polygon]:
    return [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon" and part.area > 1.0]
