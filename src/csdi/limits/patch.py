"""Analytic pieces of height limits: planes over convex polygons, level discs, and cones around them.

Places are HK1980 Grid east and north, levels mPD, all in metres. Each piece finds the highest point of triangles above
itself exactly, without sampling: on a plane among corners and crossings of edges, on a cone also along each edge.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPoint, Polygon
from shapely.geometry.base import BaseGeometry

Floats = NDArray[np.float64]

_EDGE_M = 1e-6
"""What lies this near to the border of a piece belongs to it."""
_STEPS = 80
"""Halvings and thirds: 80 of them leave less than a micrometre of 10 km."""
_ARC = 720
"""Segments of a quarter circle in drawn outlines; the measured piece is round."""


class Patch(Protocol):
    """One analytic piece of a limit."""

    @property
    def outline(self) -> BaseGeometry:
        """The ground that it covers, for drawing and for indexes; arcs as chords of less than a centimetre."""
        ...

    @property
    def lowest(self) -> float:
        """Its lowest level, mPD."""
        ...

    def levels(self, places: Floats) -> Floats:
        """Levels (n,) mPD at places (n, 2); NaN where the piece does not reach."""
        ...

    def candidates(self, corners: Floats) -> Floats:
        """Points (k, 3) of triangles (m, 3, 3), all over the piece, among which is the one that is highest above it."""
        ...


@dataclass(frozen=True)
class Plane:
    """A plane over a convex polygon.

    Attributes:
        corners: (k, 2) east, north, counter-clockwise.
        gradient: (2,) rise per metre east and north.
        origin: (3,) a point of the plane.
    """

    corners: Floats
    gradient: Floats
    origin: Floats

    @cached_property
    def outline(self) -> BaseGeometry:
        """The polygon."""
        return Polygon(self.corners)

    @cached_property
    def lowest(self) -> float:
        """Its lowest level, mPD."""
        return float(self._at(self.corners).min())

    def levels(self, places: Floats) -> Floats:
        """Levels (n,) mPD at places (n, 2); NaN where the piece does not reach."""
        return np.where(self._inside(places), self._at(places), np.nan)

    def candidates(self, corners: Floats) -> Floats:
        """Corners over the polygon, crossings of edges with its sides, and points of triangles over its corners."""
        points = [corners.reshape(-1, 3), self._crossings(corners), _over(corners, self.corners)]
        found = np.concatenate(points)
        return found[self._inside(found[:, :2])]

    def _at(self, places: Floats) -> Floats:
        return np.asarray(self.origin[2] + (places - self.origin[:2]) @ self.gradient)

    @cached_property
    def _sides(self) -> tuple[Floats, Floats]:
        """Inward unit normals (k, 2) of the sides, and how far (k,) each lies along its own."""
        along = np.roll(self.corners, -1, axis=0) - self.corners
        along = along / np.linalg.norm(along, axis=1, keepdims=True)
        normals = np.stack([-along[:, 1], along[:, 0]], axis=1)
        return normals, np.einsum("ij,ij->i", normals, self.corners)

    def _depths(self, places: Floats) -> Floats:
        """(n, k) metres inside each side."""
        normals, offsets = self._sides
        return np.asarray(places @ normals.T - offsets)

    def _inside(self, places: Floats) -> NDArray[np.bool_]:
        return np.asarray((self._depths(places) >= -_EDGE_M).all(axis=1))

    def _crossings(self, corners: Floats) -> Floats:
        """(k, 3) where edges of the triangles cross the lines of the sides."""
        start, stop = edges_of(corners)
        one, two = self._depths(start[:, :2]), self._depths(stop[:, :2])
        edge, side = np.nonzero(one * two < 0)
        share = one[edge, side] / (one[edge, side] - two[edge, side])
        return np.asarray(start[edge] + (stop[edge] - start[edge]) * share[:, None])


@dataclass(frozen=True)
class Ring:
    """A cone that rises outwards around a convex core: level `base` at `inner` metres from it, up to `outer` metres.

    Attributes:
        core: (k, 2) east, north: corners of a convex polygon, the two ends of a line, or one point.
        slope: rise per metre outwards; 0 makes it level.
    """

    core: Floats
    inner: float
    outer: float
    base: float
    slope: float

    @cached_property
    def _core(self) -> BaseGeometry:
        return MultiPoint(self.core).convex_hull

    @cached_property
    def outline(self) -> BaseGeometry:
        """The ring."""
        outer = self._core.buffer(self.outer, quad_segs=_ARC)
        return outer if self.inner <= 0 else outer.difference(self._core.buffer(self.inner, quad_segs=_ARC))

    @property
    def lowest(self) -> float:
        """Its lowest level, mPD."""
        return self.base

    def levels(self, places: Floats) -> Floats:
        """Levels (n,) mPD at places (n, 2); NaN where the piece does not reach."""
        away = self._away(places)
        return np.where(self._reached(away), self.base + self.slope * np.maximum(away - self.inner, 0.0), np.nan)

    def candidates(self, corners: Floats) -> Floats:
        """Corners, the best points of each edge, and where the borders lie furthest along the rise of each triangle."""
        found = np.concatenate([corners.reshape(-1, 3), self._along_edges(corners), self._on_borders(corners)])
        return found[self._reached(self._away(found[:, :2]))]

    def _away(self, places: Floats) -> Floats:
        return np.asarray(shapely.distance(self._core, shapely.points(places)), dtype=np.float64)

    def _reached(self, away: Floats) -> NDArray[np.bool_]:
        return np.asarray((away <= self.outer + _EDGE_M) & ((away >= self.inner - _EDGE_M) if self.inner > 0 else True))

    def _along_edges(self, corners: Floats) -> Floats:
        """(k, 3) the points of each edge at which it may be highest above the cone.

        Distance from a convex core is convex along an edge, so height above the cone is concave: one maximum, which counts
        where it lies over the ring, else the nearest border does.
        """
        start, stop = edges_of(corners)
        near = self._near(start, stop)
        start, stop = start[near], stop[near]
        if not len(start):
            return np.zeros((0, 3))
        step = stop - start

        def away(share: Floats) -> Floats:
            return self._away((start + step * share[:, None])[:, :2])

        closest = _least(away, len(start))
        best = _least(lambda share: self.slope * away(share) - share * step[:, 2], len(start))
        zero, one = np.zeros(len(start)), np.ones(len(start))
        shares = [best, *(_border(away, closest, end, radius) for radius in (self.outer, self.inner) for end in (zero, one))]
        return np.concatenate([start + step * share[:, None] for share in shares])

    def _near(self, start: Floats, stop: Floats) -> NDArray[np.bool_]:
        """Edges that can rise above the ring's lowest level and come near it."""
        high = np.maximum(start[:, 2], stop[:, 2]) > self.base
        middle, reach = (start + stop)[:, :2] / 2, np.linalg.norm((stop - start)[:, :2], axis=1) / 2
        chosen = np.zeros(len(start), dtype=np.bool_)
        chosen[high] = self._away(middle[high]) <= self.outer + reach[high]
        return chosen

    def _on_borders(self, corners: Floats) -> Floats:
        """(k, 3) the points of triangles over the place of each border that lies furthest along their rise."""
        gradient, usable = _gradients(corners)
        corners, gradient = corners[usable], gradient[usable]
        length = np.linalg.norm(gradient, axis=1)
        corners, towards = corners[length > 0], gradient[length > 0] / length[length > 0][:, None]
        if not len(corners):
            return np.zeros((0, 3))
        support = self.core[np.argmax(towards @ self.core.T, axis=1)]
        found = [_on_triangles(corners, support + towards * radius) for radius in (self.inner, self.outer) if radius > 0]
        return np.concatenate(found) if found else np.zeros((0, 3))


def Disc(core: Floats, radius: float, level: float) -> Ring:  # noqa: N802  reads as the piece that it makes
    """A level piece: everything within `radius` metres of a convex core (k, 2), at `level` mPD."""
    return Ring(core, 0.0, radius, level, 0.0)


def edges_of(corners: Floats) -> tuple[Floats, Floats]:
    """Starts and ends (3 m, 3) of the edges of triangles (m, 3, 3)."""
    return corners.reshape(-1, 3), np.roll(corners, -1, axis=1).reshape(-1, 3)


def _gradients(corners: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Rise (m, 2) per metre of triangles (m, 3, 3), and which of them are not upright."""
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    usable = np.abs(normal[:, 2]) > 1e-9 * np.maximum(np.linalg.norm(normal, axis=1), 1e-300)
    safe = np.where(usable, normal[:, 2], 1.0)
    return -normal[:, :2] / safe[:, None], usable


def _over(corners: Floats, places: Floats) -> Floats:
    """(k, 3) points of triangles (m, 3, 3) that lie over the places (p, 2); upright triangles have none."""
    _, usable = _gradients(corners)
    flat = corners[usable]
    low, high = flat[:, :, :2].min(axis=1), flat[:, :, :2].max(axis=1)
    triangle, place = np.nonzero(((places[None] >= low[:, None]) & (places[None] <= high[:, None])).all(axis=2))
    return _on_triangles(flat[triangle], places[place])


def _on_triangles(corners: Floats, places: Floats) -> Floats:
    """(k, 3) the point of each triangle (m, 3, 3) over its own place (m, 2), of those that it lies over."""
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    u, v, w = (b - a)[:, :2], (c - a)[:, :2], places - a[:, :2]
    area = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
    s = (w[:, 0] * v[:, 1] - w[:, 1] * v[:, 0]) / area
    t = (u[:, 0] * w[:, 1] - u[:, 1] * w[:, 0]) / area
    held = (s >= 0) & (t >= 0) & (s + t <= 1)
    level = a[:, 2] + s * (b - a)[:, 2] + t * (c - a)[:, 2]
    return np.column_stack([places, level])[held]


def _least(value: object, count: int) -> Floats:
    """Shares (count,) of 0 to 1 at which a convex function is least, by thirds."""
    assert callable(value)
    low, high = np.zeros(count), np.ones(count)
    for _ in range(_STEPS):
        third = (high - low) / 3
        first, second = low + third, high - third
        left = value(first) <= value(second)
        high, low = np.where(left, second, high), np.where(left, low, first)
    return np.asarray((low + high) / 2)


def _border(away: object, inside: Floats, outside: Floats, radius: float) -> Floats:
    """Shares between two at which the distance is `radius`, by halves; the second one where it stays below."""
    assert callable(away)
    low, high = inside.copy(), outside.copy()
    for _ in range(_STEPS):
        middle = (low + high) / 2
        below = away(middle) <= radius
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.asarray(low)
