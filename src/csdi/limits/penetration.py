"""How far bodies stand above surfaces, and where: exact for triangles over planes and cones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csdi.limits.patch import Patch
from csdi.limits.surface import Surface

Floats = NDArray[np.float64]
_AT_ONCE = 20_000
"""Triangles that are looked at together."""
_SAME_M = 1e-9
"""What is higher by less than this is not looked for."""


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
    boxes = _Boxes(bodies)
    found = []
    for surface in surfaces:
        worst = _Worst(len(bodies))
        for patch in surface.patches:
            _measure(boxes, patch, worst)
        found += [Penetration(int(body), surface, float(worst.depth[body]), tuple(worst.point[body].tolist()), float(worst.limit[body]))
                  for body in np.flatnonzero(worst.depth > tolerance_m)]
    return sorted(found, key=lambda one: (one.body, -one.depth_m))


class _Boxes:
    """Triangles with their boxes and the numbers of their bodies."""

    def __init__(self, bodies: Bodies) -> None:
        self.corners = bodies.corners
        self.low, self.high = np.asfortranarray(bodies.corners.min(axis=1)), np.asfortranarray(bodies.corners.max(axis=1))
        self.body = np.repeat(np.arange(len(bodies)), np.diff(bodies.starts))

    def near(self, patch: Patch) -> tuple[NDArray[np.int64], Floats]:
        """Triangles that may stand above a piece, and the metres that no point of each is higher above it."""
        west, south, east, north = patch.outline.bounds
        tall = np.flatnonzero(self.high[:, 2] > patch.lowest)
        low, high = self.low[tall], self.high[tall]
        found = tall[(high[:, 0] >= west) & (low[:, 0] <= east) & (high[:, 1] >= south) & (low[:, 1] <= north)]
        rise = self.high[found, 2] - patch.floors(self.low[found, :2], self.high[found, :2])
        return found[rise > 0], rise[rise > 0]


class _Worst:
    """Per body, its highest point above a surface so far."""

    def __init__(self, count: int) -> None:
        self.depth = np.zeros(count)
        self.point = np.zeros((count, 3))
        self.limit = np.zeros(count)

    def take(self, bodies: NDArray[np.int64], points: Floats, limits: Floats) -> None:
        """Look at points (k, 3) of bodies (k,) over levels (k,); NaN is no level."""
        depths = np.nan_to_num(points[:, 2] - limits, nan=-np.inf)
        best = _first(bodies, depths)
        owner = bodies[best]
        better = depths[best] > self.depth[owner]
        owner, best = owner[better], best[better]
        self.depth[owner], self.point[owner], self.limit[owner] = depths[best], points[best], limits[best]


def _measure(boxes: _Boxes, patch: Patch, worst: _Worst) -> None:
    """The most likely triangle of each body first, then corners, then what lies between: each leaves fewer that can be higher."""
    near, rise = boxes.near(patch)
    _corners(boxes, patch, near[_first(boxes.body[near], rise)], worst)
    for look in (_corners, _between):
        left = rise > worst.depth[boxes.body[near]] + _SAME_M
        near, rise = near[left], rise[left]
        for chosen in _parts(near):
            look(boxes, patch, chosen, worst)


def _corners(boxes: _Boxes, patch: Patch, chosen: NDArray[np.int64], worst: _Worst) -> None:
    points = boxes.corners[chosen].reshape(-1, 3)
    worst.take(np.repeat(boxes.body[chosen], 3), points, patch.levels(points[:, :2]))


def _between(boxes: _Boxes, patch: Patch, chosen: NDArray[np.int64], worst: _Worst) -> None:
    found = patch.candidates(boxes.corners[chosen])
    worst.take(boxes.body[chosen[found.triangles]], found.points, patch.levels(found.points[:, :2]))


def _first(bodies: NDArray[np.int64], values: Floats) -> NDArray[np.int64]:
    """Where each body of (k,) has its highest value."""
    order = np.lexsort((-values, bodies))
    return np.asarray(order[np.unique(bodies[order], return_index=True)[1]])


def _parts(numbers: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    return (numbers[start:start + _AT_ONCE] for start in range(0, len(numbers), _AT_ONCE))
