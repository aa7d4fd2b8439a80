"""Distances between segments and triangles in space."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_TINY = 1e-18


def segment_to_triangle(start: Floats, end: Floats, corners: Floats) -> tuple[Floats, Floats]:
    """From a segment, (3,) to (3,), to triangles (n, 3, 3): distances (n,) and the points (n, 3) of the triangles that are nearest.

    The least distance is at a crossing (0), between the segment and an edge, or between an end of the segment and the face.
    """
    best = np.full(len(corners), np.inf)
    where = np.zeros((len(corners), 3))

    def take(away: Floats, points: Floats) -> None:
        nearer = away < best
        best[nearer], where[nearer] = away[nearer], points[nearer]

    for first, second in ((0, 1), (1, 2), (2, 0)):
        take(*_segment_to_segments(start, end, corners[:, first], corners[:, second]))
    take(*_point_to_faces(start, corners))
    take(*_point_to_faces(end, corners))
    take(*_crossings(start, end, corners))
    return best, where


def _segment_to_segments(start: Floats, end: Floats, first: Floats, second: Floats) -> tuple[Floats, Floats]:
    """Distances to segments (n, 3) to (n, 3), and the nearest points of those (closest points of two clamped lines)."""
    along, across = end - start, second - first
    apart = start - first
    a, e, b = float(along @ along), _dot(across, across), across @ along
    c, f = apart @ along, _dot(across, apart)
    bottom = a * e - b * b
    skew = bottom > 1e-12 * a * e
    s = np.where(skew, np.clip((b * f - c * e) / np.where(skew, bottom, 1.0), 0, 1), 0.0)
    solid = e > _TINY
    t = np.where(solid, (b * s + f) / np.where(solid, e, 1.0), 0.0)
    clipped = np.clip(t, 0, 1)
    if a > _TINY:
        s = np.where((t == clipped) & solid, s, np.clip((b * clipped - c) / a, 0, 1))
    points = first + across * clipped[:, None]
    return _length(start + along * s[:, None] - points), points


def _point_to_faces(point: Floats, corners: Floats) -> tuple[Floats, Floats]:
    """Distances to the planes of triangles where the foot lies inside, else infinite; and the feet."""
    first, normal, squared = _planes(corners)
    height = _dot(point - first, normal) / squared
    feet = point - normal * height[:, None]
    away = np.where(_inside(feet, corners, normal), np.abs(height) * np.sqrt(squared), np.inf)
    return away, feet


def _crossings(start: Floats, end: Floats, corners: Floats) -> tuple[Floats, Floats]:
    """0 where the segment crosses a triangle, else infinite; and the crossings."""
    first, normal, _ = _planes(corners)
    below, above = _dot(start - first, normal), _dot(end - first, normal)
    apart = below - above
    crosses = (below * above <= 0) & (np.abs(apart) > _TINY)
    share = np.where(crosses, below / np.where(crosses, apart, 1.0), 0.0)
    points = start + (end - start) * share[:, None]
    return np.where(crosses & _inside(points, corners, normal), 0.0, np.inf), points


def _planes(corners: Floats) -> tuple[Floats, Floats, Floats]:
    """A corner, the normal (twice the area long) and its squared length; 1 for triangles without an area."""
    first = corners[:, 0]
    normal = np.cross(corners[:, 1] - first, corners[:, 2] - first)
    squared = _dot(normal, normal)
    return first, normal, np.where(squared > _TINY, squared, 1.0)


def _inside(points: Floats, corners: Floats, normal: Floats) -> NDArray[np.bool_]:
    found = _dot(normal, normal) > _TINY
    for first, second in ((0, 1), (1, 2), (2, 0)):
        side = np.cross(corners[:, second] - corners[:, first], points - corners[:, first])
        found &= _dot(side, normal) >= 0
    return found


def _dot(one: Floats, other: Floats) -> Floats:
    return np.asarray(np.einsum("ij,ij->i", one, other))


def _length(vectors: Floats) -> Floats:
    return np.asarray(np.sqrt(_dot(vectors, vectors)))
