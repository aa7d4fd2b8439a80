"""Planes in metres: where lengths and areas of geometries from anywhere on Earth can be worked with."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import shapely
from numpy.typing import NDArray

from csdi.crs import CRS, CRS84, HK80, crs, transform

Shapes = NDArray[np.object_]
_CELL_DEG = 0.25
_STEP_M, _STEP_DEG = 300.0, 0.003
"""Edges this long deviate less than a millimetre when a straight line of one CRS is drawn in another."""
_MOST_STEPS = 2000


def plane_at(longitude: float, latitude: float) -> CRS:
    """A projected CRS in metres around a place: HK1980 Grid in Hong Kong, else a transverse Mercator through the place.

    Its lengths are true to 1 in 80 000 within 30 km of the place (scale of the projection: 1 + d²/2R²), 1 in 30 000 in Hong Kong.
    """
    west, south, east, north = HK80.area_of_use
    if west <= longitude <= east and south <= latitude <= north:
        return HK80
    return crs(f"+proj=tmerc +lat_0={latitude:.6f} +lon_0={longitude:.6f} +k=1 +x_0=0 +y_0=0 +datum=WGS84 +units=m +type=crs")


def by_plane(shapes: Shapes, source: CRS) -> Iterator[tuple[NDArray[np.int64], Shapes, CRS]]:
    """Geometries in planes: (their numbers, they themselves in the plane, the plane), grouped so that near ones share one.

    Args:
        shapes: (n,) geometries in `source`, x = east or longitude first; none missing or empty.

    Raises:
        OutsideAreaOfUse: a vertex has no place in the plane around the geometry's middle.
    """
    lonlat = carry(shapes, source, CRS84)
    boxes = shapely.bounds(lonlat)
    middles = np.column_stack([boxes[:, 0] + boxes[:, 2], boxes[:, 1] + boxes[:, 3]]) / 2
    west, south, east, north = HK80.area_of_use
    local = (boxes[:, 0] >= west) & (boxes[:, 2] <= east) & (boxes[:, 1] >= south) & (boxes[:, 3] <= north)
    if local.any():
        numbers = np.flatnonzero(local)
        yield numbers, carry(shapes[numbers], source, HK80), HK80
    others = np.flatnonzero(~local)
    cells = np.floor(middles[others] / _CELL_DEG).astype(np.int64)
    for cell in np.unique(cells, axis=0):
        numbers = others[(cells == cell).all(axis=1)]
        plane = plane_at(*(float(n) for n in middles[numbers].mean(axis=0)))
        yield numbers, carry(lonlat[numbers], CRS84, plane), plane


def carry(shapes: Shapes, source: CRS, target: CRS) -> Shapes:
    """Geometries in another CRS, with vertices added on long edges so that each stays where it lay.

    Args:
        shapes: (n,) geometries in `source`, x = east or longitude first.

    Returns:
        (n,) geometries in `target`, x = east or longitude first; z untouched.
    """
    if source == target or not len(shapes):
        return shapes
    if source.is_geographic == target.is_geographic:
        return transform(source, target).geometry(shapes)
    step = _STEP_DEG if source.is_geographic else _STEP_M / max(source.unit_to_metre, 1e-9)
    boxes = shapely.bounds(shapes)
    spans = np.nan_to_num(np.maximum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]))
    long = spans > step
    if long.any():
        shapes = shapes.copy()
        shapes[long] = shapely.segmentize(shapes[long], np.maximum(step, spans[long] / _MOST_STEPS))
    return transform(source, target).geometry(shapes)
