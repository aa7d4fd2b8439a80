"""Triangles in space: where two surfaces cross, how far apart they are, and what lies inside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bim.clash.boxes import gaps, pairs_between

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_TOUCH_M = 1e-5
"""Triangles that reach less than this through each other only touch."""
_INSIDE = 0.8
"""Winding number above which a point may lie inside."""
_TINY = 1e-18
_TOGETHER = 1 << 15
_FIRST = 64
"""Pairs that are tried first, the nearest boxes; most often one of them decides."""
_SIDES = ((0, 1), (1, 2), (2, 0))


class TooMany(Exception):
    """More pairs of triangles would have to be compared than is allowed."""


@dataclass(frozen=True, slots=True)
class Crossings:
    """Where triangles go through each other.

    Attributes:
        points: (2, k, 3) ends of the segment that each pair has in common.
        depths: (k,) how far the two reach through each other's plane, on the shorter side.
        pairs: (k, 2) triangle of the first and of the second surface.
    """

    points: Floats
    depths: Floats
    pairs: Ints


def crossings(one: Floats, other: Floats, most: int) -> Crossings:
    """Where triangles (n, 3, 3) and (m, 3, 3) of one frame cross; where they only touch they do not.

    Args:
        most: pairs of triangles that may be compared.

    Raises:
        TooMany: there are more.
    """
    return crossings_of(one, other, _gathered(pairs_between(triangle_boxes(one), triangle_boxes(other)), most))


def crossings_of(one: Floats, other: Floats, pairs: Ints) -> Crossings:
    """Where triangles `pairs` (k, 2) of two surfaces cross."""
    return _together([_crossings_of(one, other, pairs[at:at + _TOGETHER]) for at in range(0, len(pairs), _TOGETHER)])


def triangle_boxes(corners: Floats) -> Floats:
    """(m, 2, 3) lowest and highest corner of triangles (m, 3, 3)."""
    return np.stack([corners.min(axis=1), corners.max(axis=1)], axis=1)


def nearest(one: Floats, other: Floats, within_m: float, most: int) -> tuple[float, Floats, Floats] | None:
    """The least distance between triangles (n, 3, 3) and (m, 3, 3), and the nearest points (3,) of both.

    None where they are further apart than `within_m`. Surfaces that cross have the distance 0.

    Raises:
        TooMany: more pairs of triangles than `most` come so near.
    """
    boxes = [triangle_boxes(one), triangle_boxes(other)]
    pairs = _gathered(pairs_between(boxes[0], boxes[1], within_m), most)
    away = gaps(boxes[0][pairs[:, 0]], boxes[1][pairs[:, 1]])
    order = np.argsort(away, kind="stable")
    best: tuple[float, Floats, Floats] | None = None
    at, step = 0, _FIRST
    while at < len(order) and (best is None or best[0] > 0):
        some, at, step = order[at:at + step], at + step, min(2 * step, _TOGETHER)
        if away[some[0]] > (within_m if best is None else best[0]):
            break
        found = _nearest_of(one[pairs[some, 0]], other[pairs[some, 1]])
        if found[0] <= (within_m if best is None else best[0]):
            best = found
    return best


def depths_inside(points: Floats, corners: Floats) -> Floats:
    """(n,) how far points (n, 3) lie inside the surface of triangles (m, 3, 3); 0 for those outside or on it."""
    found = np.zeros(len(points))
    for at in np.flatnonzero(winding(points, corners) > _INSIDE):
        again = np.broadcast_to(points[at], (len(corners), 3))
        away = [_to_faces(again, corners)[0], *(_segments(again, again, corners[:, i], corners[:, j])[0] for i, j in _SIDES)]
        found[at] = min(float(one.min()) for one in away)
    found[found <= _TOUCH_M] = 0.0
    return found


def winding(points: Floats, corners: Floats) -> Floats:
    """How often triangles (m, 3, 3) go round points (n, 3): 1 inside a closed surface, 0 outside, between them near holes.

    Sum of solid angles over 4 pi, each by the formula of van Oosterom and Strackee (1983).
    """
    found = np.zeros(len(points))
    step = max(1, _TOGETHER // max(1, len(corners)))
    columns = np.ascontiguousarray(corners.transpose(1, 2, 0))
    for at in range(0, len(points), step):
        some = points[at:at + step, None, :]
        (ax, ay, az), (bx, by, bz), (cx, cy, cz) = ([columns[k, axis] - some[:, :, axis] for axis in range(3)] for k in range(3))
        la, lb, lc = (np.sqrt(x * x + y * y + z * z) for x, y, z in ((ax, ay, az), (bx, by, bz), (cx, cy, cz)))
        top = ax * (by * cz - bz * cy) + ay * (bz * cx - bx * cz) + az * (bx * cy - by * cx)
        bottom = la * lb * lc + (ax * bx + ay * by + az * bz) * lc + (bx * cx + by * cy + bz * cz) * la + (cx * ax + cy * ay + cz * az) * lb
        found[at:at + step] = np.arctan2(top, bottom).sum(axis=1) / (2 * np.pi)
    return found


def _gathered(found: Iterator[Ints], most: int) -> Ints:
    kept, count = [np.zeros((0, 2), np.int64)], 0
    for pairs in found:
        count += len(pairs)
        if count > most:
            raise TooMany
        kept.append(pairs)
    return np.concatenate(kept)


def _together(found: list[Crossings]) -> Crossings:
    if not found:
        return Crossings(np.zeros((2, 0, 3)), np.zeros(0), np.zeros((0, 2), np.int64))
    return Crossings(np.concatenate([one.points for one in found], axis=1), np.concatenate([one.depths for one in found]),
                     np.concatenate([one.pairs for one in found]))


def _crossings_of(one: Floats, other: Floats, pairs: Ints) -> Crossings:
    """By the intervals in which the line that two planes share runs through the triangles (Moeller 1997)."""
    depths, points = _shared(one[pairs[:, 0]], other[pairs[:, 1]])
    at = np.flatnonzero(depths > 0)
    return Crossings(points[:, at], depths[at], pairs[at])


def _shared(one: Floats, other: Floats) -> tuple[Floats, Floats]:
    """(k,) how far triangles (k, 3, 3) reach through each other, 0 where they do not; (2, k, 3) ends of what they share."""
    first, second = _normals(one), _normals(other)
    above = np.einsum("kij,kj->ki", one - other[:, :1], second)
    over = np.einsum("kij,kj->ki", other - one[:, :1], first)
    depth = np.minimum(_through(above), _through(over))
    depth[depth <= _TOUCH_M] = 0.0
    at = np.flatnonzero(depth)
    points = np.zeros((2, len(depth), 3))
    along = _unit(np.cross(first[at], second[at]))
    origin = other[at, 0]
    low, high, start, level = _overlap(_ends(one[at], above[at]), _ends(other[at], over[at]), along, origin)
    for end, place in enumerate((low, high)):
        points[end, at] = start + along * (place - level)[:, None]
    depth[at[high - low <= _TOUCH_M]] = 0.0
    return depth, points


def _through(heights: Floats) -> Floats:
    """How far triangles reach to the shorter side of a plane, by the heights (k, 3) of their corners over it."""
    return np.asarray(np.maximum(0.0, np.minimum(heights.max(axis=1), -heights.min(axis=1))))


def _ends(corners: Floats, heights: Floats) -> Floats:
    """(2, k, 3) the two points where the sides of triangles meet a plane that parts them."""
    up = heights > 0
    lone = np.argmax(up == (up.sum(axis=1) == 1)[:, None], axis=1)
    row = np.arange(len(corners))
    tip, height = corners[row, lone], heights[row, lone]
    found = []
    for step in (1, 2):
        next_one = (lone + step) % 3
        share = height / (height - heights[row, next_one])
        found.append(tip + (corners[row, next_one] - tip) * share[:, None])
    return np.stack(found)


def _overlap(one: Floats, other: Floats, along: Floats, origin: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Where the intervals (2, k, 3) on a line overlap: from, to, a point of the line and where that lies on it."""
    first, second = (np.stack([_dot(end - origin, along) for end in ends]) for ends in (one, other))
    low = np.maximum(first.min(axis=0), second.min(axis=0))
    high = np.minimum(first.max(axis=0), second.max(axis=0))
    return low, high, one[0], first[0]


def _nearest_of(one: Floats, other: Floats) -> tuple[float, Floats, Floats]:
    """The least distance of triangles (k, 3, 3) to as many others, and the points of both."""
    best = np.full(len(one), np.inf)
    points = np.zeros((2, len(one), 3))

    def take(away: Floats, first: Floats, second: Floats) -> None:
        nearer = away < best
        best[nearer], points[0, nearer], points[1, nearer] = away[nearer], first[nearer], second[nearer]

    for i, j in _SIDES:
        for k, m in _SIDES:
            take(*_segments(one[:, i], one[:, j], other[:, k], other[:, m]))
        for own, faces, turned in ((one, other, False), (other, one, True)):
            away, feet = _to_faces(own[:, i], faces)
            take(away, *((feet, own[:, i]) if turned else (own[:, i], feet)))
    depth, shared = _shared(one, other)
    take(np.where(depth > 0, 0.0, np.inf), shared[0], shared[0])
    at = int(np.argmin(best))
    return float(best[at]), points[0, at], points[1, at]


def _segments(p: Floats, q: Floats, r: Floats, s: Floats) -> tuple[Floats, Floats, Floats]:
    """Distances between segments p-q and r-s, all (k, 3), and their nearest points (closest points of two clamped lines)."""
    u, v, w = q - p, s - r, p - r
    a, b, c, d, e = _dot(u, u), _dot(u, v), _dot(v, v), _dot(u, w), _dot(v, w)
    bottom = a * c - b * b
    skew = bottom > 1e-12 * a * c
    first = np.where(skew, np.clip((b * e - c * d) / np.where(skew, bottom, 1.0), 0, 1), 0.0)
    second = (b * first + e) / np.where(c > _TINY, c, 1.0)
    clipped = np.clip(second, 0, 1)
    again = np.clip((b * clipped - d) / np.where(a > _TINY, a, 1.0), 0, 1)
    first = np.where(second == clipped, first, again)
    on_one, on_other = p + u * first[:, None], r + v * clipped[:, None]
    return _length(on_one - on_other), on_one, on_other


def _to_faces(points: Floats, faces: Floats) -> tuple[Floats, Floats]:
    """Distances of points (k, 3) to the planes of triangles where the foot lies inside, else infinite; and the feet."""
    normal = _normals(faces)
    height = _dot(points - faces[:, 0], normal)
    feet = points - normal * height[:, None]
    inside = (normal != 0).any(axis=1)
    for first, second in _SIDES:
        inside &= _dot(np.cross(normal, faces[:, second] - faces[:, first]), feet - faces[:, first]) >= 0
    return np.where(inside, np.abs(height), np.inf), feet


def _normals(corners: Floats) -> Floats:
    """(k, 3) unit normals; 0 for triangles without an area."""
    return _unit(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]))


def _unit(vectors: Floats) -> Floats:
    length = _length(vectors)
    return np.asarray(vectors / np.where(length > 0, length, 1.0)[:, None])


def _dot(one: Floats, other: Floats) -> Floats:
    return np.asarray((one * other).sum(axis=1))


def _length(vectors: Floats) -> Floats:
    return np.asarray(np.sqrt((vectors * vectors).sum(axis=1)))
