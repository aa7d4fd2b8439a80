"""Bodies as triangles: their outline in plan, slices between two levels, and the height over a place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

Floats = NDArray[np.float64]
Place = tuple[float, float, float]
"""East, north, height, metres."""

_SLIVER_M2 = 1e-10
_HAIR_M = 1e-6
"""Half the width given to what has no area in plan, such as a vertical sheet."""
_ON_EDGE = 1e-9


@dataclass(frozen=True, slots=True)
class Outline:
    """A body seen from above.

    Attributes:
        shape: polygon or multipolygon, east and north less `origin`, metres.
        origin: (2,) east, north.
    """

    shape: BaseGeometry
    origin: Floats

    @property
    def on_grid(self) -> BaseGeometry:
        """The shape in east and north."""
        return shapely.transform(self.shape, lambda xy: xy + self.origin)


def outline_of(corners: Floats) -> Outline:
    """The exact outline of triangles (m, 3, 3) from above; what stands upright has the width of a hair."""
    origin = np.floor(corners.reshape(-1, 3)[:, :2].mean(axis=0))
    flat = corners[:, :, :2] - origin
    doubled = _doubled(flat)
    whole = _union(shapely.polygons(flat[doubled > _SLIVER_M2]))
    below = plan_pieces(flat[doubled <= _SLIVER_M2])  # what faces down lies under what faces up, unless the body is open
    shapely.prepare(around := shapely.buffer(whole, _HAIR_M))
    rest = below[~shapely.covers(around, below)]
    if len(rest):
        thin = shapely.get_dimensions(rest) < 2
        lines = shapely.buffer(shapely.union_all(rest[thin]), _HAIR_M, quad_segs=1)
        whole = shapely.union_all([whole, _union(rest[~thin]), lines])
    return Outline(whole, origin)


def _union(shapes: NDArray[np.object_]) -> BaseGeometry:
    return shapely.union_all(shapes) if len(shapes) else shapely.Polygon()


def hull_of(corners: Floats) -> BaseGeometry:
    """The convex hull of triangles (m, 3, 3) from above."""
    path: BaseGeometry = shapely.linestrings(corners.reshape(-1, corners.shape[-1])[:, :2])  # type: ignore[assignment]
    return shapely.convex_hull(path)


def plan_pieces(corners: Floats) -> NDArray[np.object_]:
    """(m,) what triangles (m, 3, 3) or (m, 3, 2) cover in plan: polygons; lines and points where they stand upright."""
    flat = corners[:, :, :2]
    found = np.empty(len(flat), dtype=object)
    solid = np.abs(_doubled(flat)) > _SLIVER_M2
    if solid.any():
        found[solid] = shapely.polygons(flat[solid])
    if not solid.all():
        found[~solid] = shapely.convex_hull(shapely.linestrings(flat[~solid]))
    return found


def _doubled(flat: Floats) -> Floats:
    """(m,) twice the area of triangles (m, 3, 2), less than 0 where they face down."""
    edges = flat[:, 1:] - flat[:, :1]
    return np.asarray(edges[:, 0, 0] * edges[:, 1, 1] - edges[:, 0, 1] * edges[:, 1, 0])


def clip_between(corners: Floats, low: float, high: float) -> Floats:
    """The parts of triangles (m, 3, 3) with heights from `low` to `high`, as triangles (k, 3, 3); both may be infinite."""
    if np.isfinite(low):
        corners = _above(corners, low)
    if np.isfinite(high):
        flip = np.array([1.0, 1.0, -1.0])
        corners = _above(corners * flip, -high) * flip
    return corners


def _above(corners: Floats, level: float) -> Floats:
    """The parts at or above a level."""
    over = corners[:, :, 2] >= level
    count = over.sum(axis=1)
    kept = [corners[count == 3]]
    for number in (1, 2):
        chosen = corners[count == number]
        if not len(chosen):
            continue
        lone = np.argmax((chosen[:, :, 2] >= level) == (number == 1), axis=1)  # the corner that is alone on its side comes first
        turned = np.take_along_axis(chosen, ((lone[:, None] + np.arange(3)) % 3)[:, :, None], axis=1)
        first, second, third = turned[:, 0], turned[:, 1], turned[:, 2]
        to_second, to_third = _crossing(first, second, level), _crossing(first, third, level)
        if number == 1:
            kept.append(np.stack([first, to_second, to_third], axis=1))
        else:
            kept += [np.stack([to_second, second, third], axis=1), np.stack([to_second, third, to_third], axis=1)]
    return np.concatenate(kept)


def _crossing(one: Floats, other: Floats, level: float) -> Floats:
    share = (level - one[:, 2]) / (other[:, 2] - one[:, 2])
    found: Floats = one + (other - one) * share[:, None]
    found[:, 2] = level
    return found


def height_at(corners: Floats, place: Floats) -> float:
    """The highest level of triangles (m, 3, 3) over a place (2,); that of the nearest corner where none lies there."""
    over = heights_over(corners, place)
    if len(over):
        return float(over.max())
    points = corners.reshape(-1, 3)
    away = np.hypot(points[:, 0] - place[0], points[:, 1] - place[1])
    return float(points[away <= away.min() + _HAIR_M, 2].max())


def heights_over(corners: Floats, place: Floats) -> Floats:
    """(k,) levels at which triangles (m, 3, 3) lie over or under a place (2,), in any order; upright ones are passed over."""
    shifted = corners - [*place, 0.0]
    a, b, c = shifted[:, 0], shifted[:, 1], shifted[:, 2]
    doubled = _cross(b - a, c - a)
    solid = np.abs(doubled) > _SLIVER_M2
    a, b, c, doubled = a[solid], b[solid], c[solid], doubled[solid]
    shares = np.stack([_cross(b, c), _cross(c, a), _cross(a, b)], axis=1) / doubled[:, None]
    inside = (shares >= -_ON_EDGE).all(axis=1)
    return np.asarray((shares[inside] * shifted[solid][inside, :, 2]).sum(axis=1))


def _cross(one: Floats, other: Floats) -> Floats:
    return np.asarray(one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0])
