"""Boxes from one CRS to another: densified edges, cut to where a CRS is defined, the antimeridian and the poles."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from csdi.crs.reference import CRS
from csdi.errors import OutsideAreaOfUse, ValueInvalid

if TYPE_CHECKING:
    from csdi.crs.transform import Transform

Box = tuple[float, ...]
Between = Callable[[CRS, CRS], "Transform"]
_LONLAT = CRS("OGC:CRS84")
_STEPS_PER_EDGE = 32
_MARGIN_DEG = 10.0


def transform_box(transform: Transform, box: Box, between: Between) -> Box:
    """The smallest box in the target, with a margin for curved edges, that holds `box`; see `Transform.bbox`.

    `between` gives the transform of any two CRSs; with it a box is cut to where both CRSs are defined.
    """
    if len(box) not in (4, 6) or not np.isfinite(box).all():
        raise ValueInvalid(f"a box has four or six finite numbers, not {box}", field="bbox", value=str(box),
                           remedy="give minx,miny,maxx,maxy or minx,miny,minz,maxx,maxy,maxz")
    if transform.is_identity:
        return box
    flat, heights = _split(box)
    parts = _halves(flat) if transform.source.is_geographic else [flat]
    near = [cut for part in parts if (cut := _cut(part, _windows(transform.source, transform.target, between)))]
    if not near:
        raise OutsideAreaOfUse(f"the box {box} in {transform.source.code} lies far from where {transform.target.code} is used",
                               remedy="ask for a box nearer to the data, or name its CRS (bbox-crs)",
                               source=transform.source.code, target=transform.target.code)
    moved = [_moved(transform, part, heights, between) for part in near]
    return moved[0] if len(moved) == 1 else _union(moved, wraps=transform.target.is_geographic)


def _split(box: Box) -> tuple[Box, Box | None]:
    if len(box) == 4:
        return box, None
    return (box[0], box[1], box[3], box[4]), (box[2], box[5])


def _halves(box: Box) -> list[Box]:
    west, south, east, north = box
    return [box] if west <= east else [(west, south, 180.0, north), (-180.0, south, east, north)]


def _cut(box: Box, windows: tuple[Box, ...]) -> Box | None:
    for window in windows:
        box = (max(box[0], window[0]), max(box[1], window[1]), min(box[2], window[2]), min(box[3], window[3]))
    return box if box[0] <= box[2] and box[1] <= box[3] else None


@lru_cache(maxsize=512)
def _windows(source: CRS, target: CRS, between: Between) -> tuple[Box, ...]:
    """Boxes in `source` outside which it, or a projected target, is not defined."""
    if source.is_geocentric or source.is_vertical:
        return ()
    if source.is_geographic:
        return (_usable(target),) if target.is_projected else ()
    windows = []
    for reference in (source, target) if target.is_projected else (source,):
        try:
            windows.append(between(_LONLAT, source.horizontal).bbox(_usable(reference)))
        except OutsideAreaOfUse:
            continue
    return tuple(windows)


def _usable(reference: CRS) -> Box:
    """Longitudes and latitudes where a CRS may be computed: its area of use and ten degrees more; the world as it is."""
    west, south, east, north = reference.area_of_use
    if west > east or east - west > 350.0:
        return -180.0, south, 180.0, north
    return west - _MARGIN_DEG, max(south - _MARGIN_DEG, -90.0), east + _MARGIN_DEG, min(north + _MARGIN_DEG, 90.0)


def _moved(transform: Transform, box: Box, heights: Box | None, between: Between) -> Box:
    points = _ring(box)
    if heights is not None:
        points = np.concatenate([np.column_stack([points, np.full(len(points), z)]) for z in heights])
    moved = transform.points(points)
    low, high = _bounds(moved.reshape(-1, 4 * _STEPS_PER_EDGE, moved.shape[1]), transform.target.is_geographic)
    if transform.target.is_geographic and transform.source.is_projected:
        _with_poles(low, high, box, transform, between)
    return tuple(float(value) for value in (*low, *high))


def _ring(box: Box) -> NDArray[np.float64]:
    """(128, 2) float64: the ring of a box, 32 points from each corner to the next, the corner first."""
    west, south, east, north = box
    corners = np.array([(west, south), (east, south), (east, north), (west, north)])
    ratio = (np.arange(_STEPS_PER_EDGE) / _STEPS_PER_EDGE)[:, None]
    return np.concatenate([a * (1 - ratio) + b * ratio for a, b in zip(corners, np.roll(corners, -1, axis=0), strict=True)])


def _bounds(rings: NDArray[np.float64], geographic: bool) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Least and greatest coordinates of (k, 128, 2|3) rings, and what the edges may reach between their points."""
    if geographic and np.ptp(rings[..., 0]) > 180.0:
        rings = rings.copy()
        rings[..., 0] %= 360.0
    rounding = 1e-12 * np.abs(rings).max(axis=(0, 1))
    low = np.min([-_reach(-ring) for ring in rings], axis=0) - rounding
    high = np.max([_reach(ring) for ring in rings], axis=0) + rounding
    if geographic:
        low[1], high[1] = max(low[1], -90.0), min(high[1], 90.0)
        low[0], high[0] = _longitudes(low[0], high[0])
    return low, high


def _reach(ring: NDArray[np.float64]) -> NDArray[np.float64]:
    """The greatest value of each column of a (128, d) ring, plus the bend where the true peak is between points."""
    before, after = np.roll(ring, 1, axis=0), np.roll(ring, -1, axis=0)
    bend = np.abs(before - 2 * ring + after)
    bend[::_STEPS_PER_EDGE] = 0.0
    peak, column = ring.argmax(axis=0), np.arange(ring.shape[1])
    reach = ring[peak, column]
    for step in (-1, 1):
        beside = (peak + step) % len(ring)
        curve = np.maximum(bend[peak, column], bend[beside, column])
        is_flat = ring[peak, column] - ring[beside, column] <= curve
        reach = np.maximum(reach, ring[peak, column] + np.where(is_flat, curve / 2, 0.0))
    return np.asarray(reach, np.float64)


def _longitudes(west: float, east: float) -> tuple[float, float]:
    """The interval between -180 and 180; west > east where it crosses the antimeridian."""
    if east - west >= 360.0:
        return -180.0, 180.0
    if west >= 180.0:
        return west - 360.0, east - 360.0
    return (west, east - 360.0) if east > 180.0 else (max(west, -180.0), east)


def _with_poles(low: NDArray[np.float64], high: NDArray[np.float64], box: Box, transform: Transform, between: Between) -> None:
    """Widen to all longitudes if the projected box holds a pole."""
    _, south, _, north = transform.source.area_of_use
    for latitude, reached in ((-90.0, south < -89.0), (90.0, north > 89.0)):
        if not reached:
            continue
        x, y = between(_LONLAT, transform.source.horizontal).xy(0.0, latitude)
        if box[0] <= x <= box[2] and box[1] <= y <= box[3]:
            low[:2] = (-180.0, min(low[1], latitude))
            high[:2] = (180.0, max(high[1], latitude))


def _union(boxes: list[Box], *, wraps: bool) -> Box:
    half = len(boxes[0]) // 2
    array = np.array(boxes)
    low, high = array[:, :half].min(axis=0), array[:, half:].max(axis=0)
    if wraps:
        low[0], high[0] = boxes[0][0], boxes[1][half]
    return tuple(float(value) for value in (*low, *high))
