"""Analytic pieces of height limits: planes over convex polygons, level discs, and cones around them.

Places are HK1980 Grid east and north, levels mPD, all in metres. Each piece finds the highest point of triangles above
itself exactly, without sampling: on a plane among corners and crossings of edges, on a cone also along each edge.
"""

from __future__ import annotations

from collections.abc import Sequence
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
_ARC = 720
"""Segments of a quarter circle in drawn outlines; the measured piece is round."""


@dataclass(frozen=True)
class Candidates:
    """Points of triangles over a piece.

    Attributes:
        points: (k, 3) east, north, mPD.
        triangles: (k,) number of the triangle that each lies on.
    """

    points: Floats
    triangles: NDArray[np.int64]

    def some(self, chosen: NDArray[np.bool_]) -> Candidates:
        """Those that a mask of k marks."""
        return Candidates(self.points[chosen], self.triangles[chosen])

    @classmethod
    def joined(cls, parts: Sequence[Candidates]) -> Candidates:
        """All of several."""
        return cls(np.concatenate([np.zeros((0, 3)), *(one.points for one in parts)]),
                   np.concatenate([np.zeros(0, dtype=np.int64), *(one.triangles for one in parts)]))


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

    def floors(self, low: Floats, high: Floats) -> Floats:
        """Levels (n,) mPD that the piece is nowhere below in boxes from `low` (n, 2) to `high` (n, 2)."""
        ...

    def lowest_in(self, shape: BaseGeometry) -> Floats | None:
        """(3,) east, north, mPD of its lowest point over a shape on the ground (a point, lines, areas); None where it does not reach."""
        ...

    def candidates(self, corners: Floats) -> Candidates:
        """Points of triangles (m, 3, 3), all over the piece, among which each triangle has its highest above it, corners apart."""
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

    def floors(self, low: Floats, high: Floats) -> Floats:
        """Levels (n,) mPD that the piece is nowhere below in boxes from `low` (n, 2) to `high` (n, 2)."""
        return np.asarray(np.maximum(self._at(np.where(self.gradient > 0, low, high)), self.lowest))

    def lowest_in(self, shape: BaseGeometry) -> Floats | None:
        """(3,) east, north, mPD of its lowest point over a shape on the ground; None where it does not reach."""
        places = np.concatenate([shapely.get_coordinates(shape), shapely.get_coordinates(shapely.intersection(shape, self.outline))])
        places = places[self._inside(places)]
        levels = self._at(places)
        return np.array([*places[levels.argmin()], levels.min()]) if len(places) else None

    def candidates(self, corners: Floats) -> Candidates:
        """Crossings of edges with the sides of the polygon, and points of triangles over its corners."""
        found = Candidates.joined([self._crossings(corners), _over(corners, self.corners)])
        return found.some(self._inside(found.points[:, :2]))

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

    def _crossings(self, corners: Floats) -> Candidates:
        """Where edges of the triangles cross the lines of the sides."""
        start, stop = edges_of(corners)
        one, two = self._depths(start[:, :2]), self._depths(stop[:, :2])
        edge, side = np.nonzero(one * two < 0)
        share = one[edge, side] / (one[edge, side] - two[edge, side])
        return Candidates(start[edge] + (stop[edge] - start[edge]) * share[:, None], edge // 3)


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

    def floors(self, low: Floats, high: Floats) -> Floats:
        """Levels (n,) mPD that the piece is nowhere below in boxes from `low` (n, 2) to `high` (n, 2); infinite beyond the ring."""
        reach = np.linalg.norm(high - low, axis=1) / 2
        away = self._away((low + high) / 2) - reach
        return np.where(away > self.outer, np.inf, self.base + self.slope * np.maximum(away - self.inner, 0.0))

    def lowest_in(self, shape: BaseGeometry) -> Floats | None:
        """(3,) east, north, mPD of its lowest point over a shape on the ground; None where it does not reach.

        That is where the shape comes nearest to the core, or, for a shape that reaches over the inner border, on that.
        """
        nearest = shapely.get_coordinates(shapely.shortest_line(self._core, shape))[-1]
        near = float(self._away(nearest[None])[0])
        below = self.inner > 0 and near < self.inner
        outside = shapely.difference(shape, self._core.buffer(self.inner, quad_segs=_ARC)) if below else shape
        if near > self.outer + _EDGE_M or outside.is_empty:
            return None
        place = nearest if outside is shape else shapely.get_coordinates(shapely.shortest_line(self._core, outside))[-1]
        return np.array([*place, self.base + self.slope * max(near - self.inner, 0.0)])

    def candidates(self, corners: Floats) -> Candidates:
        """The best points of each edge, and where the borders lie furthest along the rise of each triangle."""
        found = Candidates.joined([self._along_edges(corners), *self._on_borders(corners)])
        return found.some(self._reached(self._away(found.points[:, :2])))

    @cached_property
    def corners(self) -> Floats:
        """(k, 2) corners of the core, each once, counter-clockwise."""
        points = shapely.get_coordinates(shapely.orient_polygons(self._core))
        return points[:-1] if self._core.geom_type == "Polygon" else points

    def _away(self, places: Floats) -> Floats:
        return np.asarray(shapely.distance(self._core, shapely.points(places)), dtype=np.float64)

    def _reached(self, away: Floats) -> NDArray[np.bool_]:
        return np.asarray((away <= self.outer + _EDGE_M) & ((away >= self.inner - _EDGE_M) if self.inner > 0 else True))

    def _along_edges(self, corners: Floats) -> Candidates:
        """The points of each edge at which it may be highest above the ring.

        Distance from the core is the least of those from its corners and its sides, so height above the cone is the greatest of
        heights above as many simple cones and ramps. Each is highest at its own summit, where the foot of the perpendicular
        passes a corner of the core, or on a border; a point that is none of these of the whole does no harm.
        """
        start, stop = edges_of(corners)
        step = stop - start
        shares = np.concatenate([self._to_corners(start, step), self._to_sides(start, step)])
        row, edge = np.nonzero((shares > 0) & (shares < 1))
        return Candidates(start[edge] + step[edge] * shares[row, edge][:, None], edge // 3)

    def _to_corners(self, start: Floats, step: Floats) -> Floats:
        """(c, e) shares of edges at the summits above the cones around corners of the core, and at the borders around those."""
        across = np.linalg.norm(step[:, :2], axis=1)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            rise = np.where(self.slope > 0, step[:, 2] / self.slope, np.nan) / across
            found = []
            for corner in self.corners:
                nearest = np.einsum("ij,ij->i", corner - start[:, :2], step[:, :2]) / across**2
                aside = np.linalg.norm(start[:, :2] + step[:, :2] * nearest[:, None] - corner, axis=1)
                found.append(nearest + aside / across * rise / np.sqrt(1 - rise**2))
                for radius in self._radii:
                    half = np.sqrt(radius**2 - aside**2) / across
                    found += [nearest - half, nearest + half]
        return np.stack(found)

    def _to_sides(self, start: Floats, step: Floats) -> Floats:
        """(c, e) shares of edges over the perpendiculars at the ends of the core's sides, and at the borders along those."""
        found = [np.zeros(len(start))]
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            for first, second in zip(self.corners, np.roll(self.corners, -1, axis=0), strict=True):
                along = (second - first) / max(float(np.linalg.norm(second - first)), 1e-300)
                normal = np.array([-along[1], along[0]])
                found += [(one - start[:, :2]) @ along / (step[:, :2] @ along) for one in (first, second)]
                found += [((first - start[:, :2]) @ normal + sign * radius) / (step[:, :2] @ normal)
                          for radius in self._radii for sign in (-1.0, 1.0)]
        return np.stack(found)

    @property
    def _radii(self) -> tuple[float, ...]:
        return tuple(radius for radius in (self.inner, self.outer) if radius > 0)

    def _on_borders(self, corners: Floats) -> list[Candidates]:
        """The points of triangles over the place of each border that lies furthest along their rise."""
        gradient, usable = _gradients(corners)
        length = np.linalg.norm(gradient, axis=1)
        rising = np.flatnonzero(usable & (length > 0))
        towards = gradient[rising] / length[rising][:, None]
        support = self.corners[np.argmax(towards @ self.corners.T, axis=1)]
        return [_on_triangles(corners, rising, support + towards * radius) for radius in self._radii]


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


def _over(corners: Floats, places: Floats) -> Candidates:
    """Points of triangles (m, 3, 3) that lie over the places (p, 2); upright triangles have none."""
    flat = np.flatnonzero(_gradients(corners)[1])
    low, high = corners[flat, :, :2].min(axis=1), corners[flat, :, :2].max(axis=1)
    triangle, place = np.nonzero(((places[None] >= low[:, None]) & (places[None] <= high[:, None])).all(axis=2))
    return _on_triangles(corners, flat[triangle], places[place])


def _on_triangles(corners: Floats, triangles: NDArray[np.int64], places: Floats) -> Candidates:
    """The point of each of these triangles over its own place (k, 2), of those that it lies over."""
    a, b, c = (corners[triangles, i] for i in range(3))
    u, v, w = (b - a)[:, :2], (c - a)[:, :2], places - a[:, :2]
    area = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
    s = (w[:, 0] * v[:, 1] - w[:, 1] * v[:, 0]) / area
    t = (u[:, 0] * w[:, 1] - u[:, 1] * w[:, 0]) / area
    level = a[:, 2] + s * (b - a)[:, 2] + t * (c - a)[:, 2]
    return Candidates(np.column_stack([places, level]), triangles).some((s >= 0) & (t >= 0) & (s + t <= 1))
