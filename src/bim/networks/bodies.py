"""Bodies of elements as snapping needs them: points, triangles, and the ends of what is long."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bim.shapes import Shapes

Points = NDArray[np.float64]
_CAP = 0.02
"""Part of the length within which points belong to an end."""
_RING = 16


@dataclass(frozen=True, slots=True)
class Body:
    """The shape of one element.

    Attributes:
        corners: (t, 3, 3) float64, corners of its triangles, metres, in a frame that all bodies of a question share.
        low, high: (3,) its box.
    """

    corners: Points
    low: Points
    high: Points

    @classmethod
    def of(cls, corners: Points) -> Body:
        """From the corners of its triangles, one at least."""
        flat = corners.reshape(-1, 3)
        return cls(corners, flat.min(axis=0), flat.max(axis=0))

    def ends(self) -> tuple[Tip, Tip]:
        """Both ends along its longest direction: the middle of each, and points on its rim."""
        points = np.unique(np.round(self.corners.reshape(-1, 3), 5), axis=0)
        middle = points.mean(axis=0)
        axis = np.linalg.svd(points - middle, full_matrices=False)[2][0]
        along = (points - middle) @ axis
        length = float(np.ptp(along)) or 1e-9
        near = max(_CAP * length, 1e-3)
        caps = (points[along <= along.min() + near], points[along >= along.max() - near])
        first, second = (Tip((cap.min(axis=0) + cap.max(axis=0)) / 2, cap[:: max(1, len(cap) // _RING)]) for cap in caps)
        return first, second

    def distance(self, points: Points) -> Points:
        """(n,) metres between points (n, 3) and the surface."""
        return np.min([_to_triangles(point, self.corners) for point in points], axis=1) if len(points) else np.zeros(0)


@dataclass(frozen=True, slots=True)
class Tip:
    """One end: its middle (3,) and points of its rim (k, 3), metres; a port has no rim."""

    middle: Points
    rim: Points

    @property
    def radius(self) -> float:
        """Metres from the middle to the rim, 0 for a port."""
        return float(np.linalg.norm(self.rim - self.middle, axis=1).mean()) if len(self.rim) else 0.0


def bodies_of(shapes: Shapes, model: str, keys: Set[str], matrix: Points | None = None) -> dict[str, Body]:
    """The bodies of elements of a model by feature id; `matrix` (4, 4) takes its frame into another one."""
    made = {}
    for key, corners in shapes.corners(keys).items():
        if len(corners):
            made[f"{model}:{key}"] = Body.of(corners if matrix is None else corners @ matrix[:3, :3].T + matrix[:3, 3])
    return made


def _to_triangles(point: Points, corners: Points) -> Points:
    """(t,) metres between a point and triangles, by the regions of the nearest point (Ericson, Real-Time Collision Detection, 5.1.5)."""
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    ab, ac, ap = b - a, c - a, point - a
    normal = np.cross(ab, ac)
    square = np.maximum(np.einsum("ij,ij->i", normal, normal), 1e-24)
    v = np.einsum("ij,ij->i", np.cross(ap, ac), normal) / square
    w = np.einsum("ij,ij->i", np.cross(ab, ap), normal) / square
    inside = (v >= 0) & (w >= 0) & (v + w <= 1)
    plane = np.abs(np.einsum("ij,ij->i", ap, normal)) / np.sqrt(square)
    rims = np.min([_to_segments(point, a, b), _to_segments(point, b, c), _to_segments(point, c, a)], axis=0)
    return np.asarray(np.where(inside, plane, rims))


def _to_segments(point: Points, start: Points, end: Points) -> Points:
    along = end - start
    t = np.einsum("ij,ij->i", point - start, along) / np.maximum(np.einsum("ij,ij->i", along, along), 1e-24)
    return np.asarray(np.linalg.norm(start + np.clip(t, 0.0, 1.0)[:, None] * along - point, axis=1))
