"""Earthworks: where the ground was raised or cut for a taxiway and the road that passes under it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import shapely
from shapely import LineString

from sample_models.gis_ground import Array, heights
from sample_models.ifc_airfield import alignment, georeference
from sample_models.layout import APRON_MPD, Layout

PAVEMENT_HALF_WIDTH_M = 22.0
_BELOW_SURFACE_M = 0.15
"""How far the ground stays under the surface of a modelled pavement, so that it never shows through."""
_RAMP_M = 150.0
_CUT_HALF_LENGTH_M = 80.0
_CUT_SLOPE = 0.06


@dataclass(frozen=True, slots=True)
class Corridor:
    """Ground shaped along a line: flat across to `half_width_m`, then back to natural ground over `blend_m`.

    Attributes:
        line: (n, 3) points (E, N, level), EPSG:2326 and mPD.
    """

    line: Array
    half_width_m: float
    blend_m: float

    def shape(self, level: Array, east: Array, north: Array) -> Array:
        """`level` (mPD, at the points east, north) with this corridor built into it."""
        axis = LineString(self.line[:, :2])
        west, south, far_east, far_north = axis.buffer(self.half_width_m + self.blend_m).bounds
        near = (east > west) & (east < far_east) & (north > south) & (north < far_north)
        if not near.any():
            return level
        points = shapely.points(east[near], north[near])
        stations = shapely.line_locate_point(axis, shapely.points(self.line[:, :2]))
        built = np.interp(shapely.line_locate_point(axis, points), stations, self.line[:, 2])
        away = np.clip((shapely.distance(axis, points) - self.half_width_m) / self.blend_m, 0, 1)
        share = 1 - away * away * (3 - 2 * away)
        result = level.copy()
        result[near] = level[near] * (1 - share) + built * share
        return result


def finished(east: Array, north: Array) -> Array:
    """Finished ground in mPD at each point: the natural ground and every corridor, later ones cutting earlier ones."""
    east, north = np.asarray(east, dtype=float), np.asarray(north, dtype=float)
    level = heights(east, north)
    for corridor in corridors():
        level = corridor.shape(level, east, north)
    return level


@lru_cache(maxsize=1)
def corridors() -> tuple[Corridor, ...]:
    """The embankment of the bridged taxiway, then the cut of the road under it; the same at every scale."""
    layout = Layout(1.0)
    return (Corridor(_embankment(layout), PAVEMENT_HALF_WIDTH_M + 4.0, 60.0), Corridor(_cut(layout), 28.5, 5.0))


def taxiway_line(layout: Layout) -> Array:
    """(n, 3) points (E, N, mPD) of the surface on the centre line of the modelled taxiway, every 10 m."""
    length = alignment(layout).length
    return np.array([taxiway_point(layout, float(s)) for s in np.linspace(0.0, length, round(length / 10.0) + 1)])


def taxiway_point(layout: Layout, station_m: float) -> tuple[float, float, float]:
    """(E, N, mPD) of the surface on that centre line at a station."""
    x, y, height = alignment(layout).at(station_m)
    return (*georeference(layout).frame.to_grid(x, y), height)


def _embankment(layout: Layout) -> Array:
    surface = taxiway_line(layout)
    start, end = 2 * surface[0] - surface[1], 2 * surface[-1] - surface[-2]
    ramp, last = surface[0] + (start - surface[0]) * _RAMP_M / 10.0, surface[-1] + (end - surface[-1]) * 9.0
    levels = np.concatenate(([APRON_MPD], surface[:, 2] - _BELOW_SURFACE_M, heights(last[:1], last[1:2])))
    return np.column_stack((np.vstack((ramp[:2], surface[:, :2], last[:2])), levels))


def _cut(layout: Layout) -> Array:
    middle = sum(layout.BRIDGE_STATION_M) / 2
    rise = (APRON_MPD - layout.UNDERPASS_MPD) / _CUT_SLOPE
    rows = (
        (_CUT_HALF_LENGTH_M + rise, APRON_MPD), (_CUT_HALF_LENGTH_M, layout.UNDERPASS_MPD - _BELOW_SURFACE_M),
        (-_CUT_HALF_LENGTH_M, layout.UNDERPASS_MPD - _BELOW_SURFACE_M), (-_CUT_HALF_LENGTH_M - rise, APRON_MPD),
    )  # fmt: skip
    return np.array([(*layout.taxiway.to_grid(middle, across), level) for across, level in rows])
