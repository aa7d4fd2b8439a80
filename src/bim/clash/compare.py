"""Two bodies compared: what both fill, how near they come, and whether they are one and the same."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from bim.clash.scene import Scene
from bim.clash.solids import thickness
from bim.clash.triangles import crossings, depths_inside, nearest

Floats = NDArray[np.float64]

MOST_PAIRS = 2_000_000
"""Pairs of triangles of two bodies that are compared."""
_MOST_TESTS = 400_000
"""Triangles times points that are tried for lying inside."""
_POINTS = (8, 1_000)
"""The fewest and the most points that are tried, whatever the triangles."""
_SAME_SIZE = 1e-3


@dataclass(frozen=True, slots=True)
class Overlap:
    """What two bodies have in common.

    Attributes:
        depth_m: see `Clash.depth_m`.
        volume_m3: None where a surface is not closed.
        point: (3,) less the scene's origin.
    """

    depth_m: float
    volume_m3: float | None
    point: Floats


def overlap(scene: Scene, a: int, b: int, tolerance_m: float) -> Overlap | None:
    """What bodies `a` and `b` both fill where that is thicker than a tolerance; None for bodies that only touch.

    Raises:
        TooMany: surfaces that are not closed have too many triangles near each other.
    """
    first, second = scene.solid(a), scene.solid(b)
    if first is None or second is None:
        return _overlap_of_surfaces(scene, a, b, tolerance_m)
    parts = [part for part in first.common(second) if part.depth_m > tolerance_m]
    if not parts:
        return None
    return Overlap(parts[0].depth_m, sum(part.volume_m3 for part in parts), parts[0].centre)


def distance(scene: Scene, a: int, b: int, within_m: float) -> tuple[float, Floats] | None:
    """The distance between the surfaces of two bodies, 0 where they meet, and the middle (3,) of the shortest way between them.

    None where they are further apart than `within_m`.

    Raises:
        TooMany: too many triangles come so near.
    """
    boxes = scene.boxes[[a, b]]
    near = [_near(scene.corners(one), boxes[1 - at], within_m) for at, one in enumerate((a, b))]
    found = nearest(near[0], near[1], within_m, MOST_PAIRS)
    return None if found is None else (found[0], (found[1] + found[2]) / 2)


def is_same(scene: Scene, a: int, b: int, tolerance_m: float) -> bool:
    """Whether two bodies are one shape at one place: corners of each within a tolerance of the other's, and areas alike."""
    first, second = scene.pose(a), scene.pose(b)
    if [digest for digest, _ in first] == [digest for digest, _ in second] and all(
            np.allclose(one, other, rtol=0, atol=tolerance_m) for (_, one), (_, other) in zip(first, second, strict=True)):
        return True
    corners = [scene.corners(one).reshape(-1, 3) for one in (a, b)]
    sizes = [_area(points.reshape(-1, 3, 3)) for points in corners]
    if abs(sizes[0] - sizes[1]) > _SAME_SIZE * max(sizes):
        return False
    apart = [cKDTree(corners[1 - at]).query(corners[at], distance_upper_bound=2 * tolerance_m)[0].max() for at in (0, 1)]
    return bool(max(apart) <= tolerance_m)


def _overlap_of_surfaces(scene: Scene, a: int, b: int, tolerance_m: float) -> Overlap | None:
    """By the points that both have: where triangles cross, and corners of one inside the other.

    Those are the corners of what both fill, so its thickness is theirs. Where they show none, because faces of both lie in one plane,
    it is how far the middle of a triangle lies inside the other body; surfaces that enclose nothing there count by how far their
    triangles reach through each other.
    """
    boxes = scene.boxes[[a, b]]
    corners = [scene.corners(one) for one in (a, b)]
    near = [_near(corners[at], boxes[1 - at], 0.0) for at in (0, 1)]
    found = crossings(near[0], near[1], MOST_PAIRS)
    crossed = thickness(found.points.reshape(-1, 3)) if len(found.depths) > 1 else 0.0
    if crossed > tolerance_m and max(map(len, corners)) * _POINTS[0] > _MOST_TESTS:
        points = found.points.reshape(-1, 3)
        return Overlap(crossed, None, (points.min(axis=0) + points.max(axis=0)) / 2)
    inside = [_inside(near[at].reshape(-1, 3), corners[1 - at], boxes[1 - at])[0] for at in (0, 1)]
    points = np.concatenate([*found.points, *inside])
    depth = thickness(points) if len(points) > 3 else 0.0
    if depth <= tolerance_m:
        middles = [_inside(near[at].mean(axis=1), corners[1 - at], boxes[1 - at]) for at in (0, 1)]
        points = np.concatenate([points, *(places for places, _ in middles)])
        depth = max([depth, *np.concatenate([deep for _, deep in middles]).tolist(), *found.depths.tolist()])
    return Overlap(depth, None, (points.min(axis=0) + points.max(axis=0)) / 2) if depth > tolerance_m else None


def _inside(points: Floats, other: Floats, box: Floats) -> tuple[Floats, Floats]:
    """Those of the points (n, 3) that lie inside a surface with that box, of very many some; and how far inside."""
    points = np.unique(points[((points >= box[0]) & (points <= box[1])).all(axis=1)], axis=0)
    most = int(np.clip(_MOST_TESTS // max(1, len(other)), *_POINTS))
    points = points[:: -(-len(points) // most) or 1]
    deep = depths_inside(points, other) if len(points) else np.zeros(0)
    return points[deep > 0], deep[deep > 0]


def _near(corners: Floats, box: Floats, margin: float) -> Floats:
    """Triangles whose boxes come within a margin of a box (2, 3)."""
    meets = (corners.min(axis=1) <= box[1] + margin).all(axis=1) & (corners.max(axis=1) >= box[0] - margin).all(axis=1)
    return np.asarray(corners[meets])


def _area(corners: Floats) -> float:
    return float(np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1).sum() / 2)
