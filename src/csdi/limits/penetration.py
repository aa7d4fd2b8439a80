"""How far bodies stand above surfaces, and where: exact for triangles over planes and cones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csdi.limits.patch import Patch
from csdi.limits.surfaces import Surface

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Bodies:
    """Triangles of several bodies.

    Attributes:
        corners: (m, 3, 3) east, north, mPD of the triangles, HK1980 Grid, metres, those of one body together.
        starts: (n + 1,) where the triangles of each of the n bodies begin, and where the last ones end.
    """

    corners: Floats
    starts: NDArray[np.int64]

    @classmethod
    def of(cls, bodies: Sequence[Floats]) -> Bodies:
        """From the triangles (k, 3, 3) of each body."""
        starts = np.cumsum([0, *(len(body) for body in bodies)])
        return cls(np.concatenate([np.zeros((0, 3, 3)), *bodies]), starts.astype(np.int64))

    def __len__(self) -> int:
        return len(self.starts) - 1


@dataclass(frozen=True, slots=True)
class Penetration:
    """The highest point of one body above one surface.

    Attributes:
        body: its number in the Bodies.
        depth_m: metres above the surface, measured upwards.
        place: (3,) east, north, mPD of that point.
        limit: level of the surface there, mPD.
    """

    body: int
    surface: Surface
    depth_m: float
    place: tuple[float, float, float]
    limit: float


def penetrations(bodies: Bodies, surfaces: Sequence[Surface], tolerance_m: float = 0.0) -> list[Penetration]:
    """The worst point of each body over each surface that it stands above by more than a tolerance.

    Ordered by body, the deepest first.
    """
    if not len(bodies.corners):
        return []
    low, high = bodies.corners.min(axis=1), bodies.corners.max(axis=1)
    body_of = np.repeat(np.arange(len(bodies)), np.diff(bodies.starts))
    found: dict[tuple[int, int], Penetration] = {}
    for number, surface in enumerate(surfaces):
        for patch in surface.patches:
            for body, place, limit in _over(bodies.corners, low, high, body_of, patch):
                depth = place[2] - limit
                before = found.get((body, number))
                if depth > tolerance_m and (before is None or depth > before.depth_m):
                    east, north, height = place.tolist()
                    found[body, number] = Penetration(body, surface, float(depth), (east, north, height), limit)
    return sorted(found.values(), key=lambda one: (one.body, -one.depth_m))


def _over(corners: Floats, low: Floats, high: Floats, body_of: NDArray[np.int64], patch: Patch) -> list[tuple[int, Floats, float]]:
    """(body, point (3,), level) of the highest point of each body above one piece."""
    west, south, east, north = patch.outline.bounds
    near = (high[:, 2] > patch.lowest) & (high[:, 0] >= west) & (low[:, 0] <= east) & (high[:, 1] >= south) & (low[:, 1] <= north)
    found = []
    for body in np.unique(body_of[near]):
        points = patch.candidates(corners[near & (body_of == body)])
        if len(points):
            levels = patch.levels(points[:, :2])
            best = int(np.nanargmax(points[:, 2] - levels))
            found.append((int(body), points[best], float(levels[best])))
    return found
