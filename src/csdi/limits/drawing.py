"""Surfaces as polygons with heights, for maps and for 3D: planes as they are, cones in flat pieces."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon

from csdi.limits.patch import Patch, Plane, Ring
from csdi.limits.surface import Surface

Floats = NDArray[np.float64]
_STEP = np.radians(2.0)
"""Angle of a flat piece of a cone: at 6 km it lies at most 0.92 m inside the arc."""


def drawn(surface: Surface) -> MultiPolygon:
    """The surface as polygons with z to 0.1 mm: HK1980 Grid east, north, mPD, metres; each counter-clockwise seen from above."""
    whole = MultiPolygon([part for patch in surface.patches for part in _parts(patch)])
    return shapely.transform(whole, lambda places: np.round(places, 4), include_z=True)


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
        levels = patch.origin[2] + (patch.corners - patch.origin[:2]) @ patch.gradient
        yield Polygon(np.column_stack([patch.corners, levels]))
        return
    assert isinstance(patch, Ring)
    outer = _offset(patch, patch.outer)
    top = patch.base + patch.slope * (patch.outer - patch.inner)
    if patch.inner <= 0:
        yield Polygon(np.column_stack([outer, np.full(len(outer), top)]))
        return
    inner = _offset(patch, patch.inner)
    for one, following in zip(range(len(outer)), [*range(1, len(outer)), 0], strict=True):
        corners = np.array([inner[one], outer[one], outer[following], inner[following]])
        yield Polygon(np.column_stack([corners, [patch.base, top, top, patch.base]]))


def _offset(ring: Ring, radius: float) -> Floats:
    """(n, 2) the line at one distance from the core, counter-clockwise; as many points for each radius."""
    corners = ring.corners
    if len(corners) == 1:
        return _arc(corners[0], radius, 0.0, 2 * np.pi)[:-1]
    sides = np.roll(corners, -1, axis=0) - corners
    outwards = np.arctan2(-sides[:, 0], sides[:, 1])
    return np.concatenate([_arc(corner, radius, before, before + (after - before) % (2 * np.pi))
                           for corner, before, after in zip(corners, np.roll(outwards, 1), outwards, strict=True)])


def _arc(middle: Floats, radius: float, start: float, stop: float) -> Floats:
    angles = np.linspace(start, stop, 1 + max(int(np.ceil((stop - start) / _STEP)), 1))
    return middle + radius * np.column_stack([np.cos(angles), np.sin(angles)])
