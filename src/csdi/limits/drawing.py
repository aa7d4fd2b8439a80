"""Surfaces as polygons with heights, for maps and for 3D: planes as they are, cones in flat pieces."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from csdi.limits.patch import Patch, Plane, Ring
from csdi.limits.surface import Surface

Floats = NDArray[np.float64]
_STEP = np.radians(2.0)
"""Angle of a flat piece of a cone: at 6 km it lies at most 0.92 m inside the arc."""
_SQUARE_M = 3000.0
"""Side of a piece of a plane: over its diagonal the Earth curves by less than 0.4 m, and so much a flat piece lies too low in 3D."""


def drawn(surface: Surface) -> MultiPolygon:
    """The surface as polygons: HK1980 Grid east, north, mPD to 0.1 mm, metres; each counter-clockwise seen from above."""
    whole = MultiPolygon([part for patch in surface.patches for part in _parts(patch)])
    return shapely.transform(whole, lambda places: np.column_stack([places[:, :2], places[:, 2].round(4)]), include_z=True)


def steepest(surface: Surface) -> float:
    """Rise per metre along the steepest of its pieces."""
    return max(_rise(patch) for patch in surface.patches)


def highest(surface: Surface) -> float:
    """Its highest level, mPD."""
    return float(shapely.get_coordinates(drawn(surface), include_z=True)[:, 2].max())


def _rise(patch: Patch) -> float:
    if isinstance(patch, Plane):
        return float(np.linalg.norm(patch.gradient))
    assert isinstance(patch, Ring)
    return patch.slope


def _parts(patch: Patch) -> Iterator[Polygon]:
    if isinstance(patch, Plane):
        for part in _pieces(patch.outline):
            places = shapely.get_coordinates(part)[:-1]
            yield Polygon(np.column_stack([places, patch.origin[2] + (places - patch.origin[:2]) @ patch.gradient]))
        return
    assert isinstance(patch, Ring)
    top = patch.base + patch.slope * (patch.outer - patch.inner)
    if patch.inner <= 0:
        for part in _pieces(Polygon(_offset(patch, patch.outer))):
            places = shapely.get_coordinates(part)[:-1]
            yield Polygon(np.column_stack([places, np.full(len(places), top)]))
        return
    inner, outer = _offset(patch, patch.inner), _offset(patch, patch.outer)
    for one, following in zip(range(len(outer)), [*range(1, len(outer)), 0], strict=True):
        corners = np.array([inner[one], outer[one], outer[following], inner[following]])
        yield Polygon(np.column_stack([corners, [patch.base, top, top, patch.base]]))


def _pieces(shape: BaseGeometry) -> Iterator[Polygon]:
    """A convex polygon cut along a square grid, counter-clockwise; as it is where it is no larger than a square."""
    west, south, east, north = shape.bounds
    if max(east - west, north - south) <= _SQUARE_M:
        squares = [shape]
    else:
        squares = [shapely.box(x, y, x + _SQUARE_M, y + _SQUARE_M) for x in np.arange(west, east, _SQUARE_M)
                   for y in np.arange(south, north, _SQUARE_M)]
    for part in shapely.orient_polygons(shapely.intersection(shape, squares)):
        if part.geom_type == "Polygon" and part.area > 1e-6:
            yield part


def _offset(ring: Ring, radius: float) -> Floats:
    """(n, 2) the line at one distance from the core, counter-clockwise; as many points for each radius."""
    corners = ring.corners
    if len(corners) == 1:
        return _arc(corners[0], radius, 0.0, 2 * np.pi)[:-1]
    sides = np.roll(corners, -1, axis=0) - corners
    outwards = np.arctan2(-sides[:, 0], sides[:, 1])
    parts = []
    for corner, side, before, after in zip(corners, sides, np.roll(outwards, 1), outwards, strict=True):
        arc = _arc(corner, radius, before, before + (after - before) % (2 * np.pi))
        steps = int(np.linalg.norm(side) // _SQUARE_M) + 1
        parts += [arc, arc[-1] + side * (np.arange(1, steps) / steps)[:, None]]
    return np.concatenate(parts)


def _arc(middle: Floats, radius: float, start: float, stop: float) -> Floats:
    angles = np.linspace(start, stop, 1 + max(int(np.ceil((stop - start) / _STEP)), 1))
    return middle + radius * np.column_stack([np.cos(angles), np.sin(angles)])
