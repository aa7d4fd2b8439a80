"""Rings to triangles: polygons in space, with holes, convex ones by fan and the others by ear clipping, many at once."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import manifold3d
import numpy as np
from numpy.typing import NDArray

_manifold: Any = manifold3d
_Ints = NDArray[np.int64]
_Floats = NDArray[np.float64]

_FLAT = 1e-9
"""Sine of a turn, and height of a triangle over its base, below which three corners count as lying on one line."""
_FARTHEST = 1e12
_OVERLAP = 1e-3
"""Part of a polygon's area by which its triangles may differ before the polygon counts as crossing itself."""


@dataclass(frozen=True, slots=True)
class Rings:
    """Polygons as runs of point indices.

    Attributes:
        corners: (k,) point index of every corner of every ring, ring after ring; no ring repeats its first corner.
        sizes: (r,) corners of each ring.
        faces: (r,) face of each ring, ascending; the first ring of a face is its outer bound, the others are holes.
    """

    corners: _Ints
    sizes: _Ints
    faces: _Ints

    @classmethod
    def of(cls, faces: list[list[list[int]]]) -> Rings:
        """From lists: face, ring, corner."""
        rings = [ring for face in faces for ring in face]
        return cls(
            np.array([corner for ring in rings for corner in ring], dtype=np.int64),
            np.array([len(ring) for ring in rings], dtype=np.int64),
            np.array([number for number, face in enumerate(faces) for _ in face], dtype=np.int64),
        )

    @property
    def starts(self) -> _Ints:
        """(r,) where each ring begins in `corners`."""
        return np.cumsum(self.sizes) - self.sizes

    def picked(self, keep: NDArray[np.bool_]) -> Rings:
        """Only the rings where `keep` (r,) is true."""
        return Rings(self.corners[np.repeat(keep, self.sizes)], self.sizes[keep], self.faces[keep])

    def turned(self, turn: NDArray[np.bool_]) -> Rings:
        """Rings where `turn` (r,) is true run backwards, from the same first corner."""
        if not turn.any():
            return self
        ring, place = self._places()
        start, size = self.starts[ring], self.sizes[ring]
        return Rings(self.corners[np.where(turn[ring], start + (size - place) % size, start + place)], self.sizes, self.faces)

    def _places(self) -> tuple[_Ints, _Ints]:
        """(k,) ring of each corner and its number inside the ring."""
        ring = np.repeat(np.arange(len(self.sizes)), self.sizes)
        return ring, np.arange(len(self.corners)) - self.starts[ring]

    def following(self, steps: int = 1) -> _Ints:
        """(k,) for each place in `corners` the place `steps` further on in the same ring."""
        ring, place = self._places()
        return np.asarray(self.starts[ring] + (place + steps) % self.sizes[ring])


def sound(points: _Floats) -> NDArray[np.bool_]:
    """(n,) whether each point is finite and no farther out than any model reaches, in whatever unit."""
    return np.asarray((np.abs(points) < _FARTHEST).all(axis=1))


def cleaned(points: _Floats, rings: Rings) -> Rings:
    """Rings without corners that stand on the next one, and without what is no polygon any more.

    Args:
        points: (n, 3); equal points have equal coordinates.
        rings: a ring with fewer than three corners goes, and with an outer bound its face.
    """
    after = rings.corners[rings.following()]
    stays = (rings.corners != after) & (points[rings.corners] != points[after]).any(axis=1)
    sizes = np.add.reduceat(stays, rings.starts).astype(np.int64) if len(rings.sizes) else rings.sizes
    slim = Rings(rings.corners[stays], sizes, rings.faces)
    outer = np.diff(rings.faces, prepend=-1) != 0
    lost = np.unique(rings.faces[outer & (sizes < 3)])
    return slim.picked((sizes >= 3) & ~np.isin(rings.faces, lost))


def normals(points: _Floats, rings: Rings) -> _Floats:
    """(r, 3) Newell's normal of each ring, as long as the ring's area."""
    if not len(rings.sizes):
        return np.zeros((0, 3))
    ring = np.repeat(np.arange(len(rings.sizes)), rings.sizes)
    local = points[rings.corners] - points[rings.corners[rings.starts]][ring]
    return np.asarray(np.add.reduceat(cross(local, local[rings.following()]), rings.starts, axis=0) / 2)


def cross(a: _Floats, b: _Floats) -> _Floats:
    """Cross products of rows (n, 3); three times as fast as `np.cross`."""
    x = a[:, 1] * b[:, 2] - a[:, 2] * b[:, 1]
    y = a[:, 2] * b[:, 0] - a[:, 0] * b[:, 2]
    z = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
    return np.stack([x, y, z], axis=1)


def triangulated(points: _Floats, rings: Rings) -> tuple[_Ints, _Ints, NDArray[np.bool_]]:
    """Triangles of all faces; every corner is used, so faces that share edges stay joined.

    Args:
        points: (n, 3), sound.
        rings: cleaned; holes may run either way.

    Returns:
        Triangles (m, 3) as point indices, counter-clockwise about the normal of the face's outer ring; the face (m,) of each, ascending;
        and (m,) whether the polygon of that triangle crosses itself, so that its triangles cannot be right.
    """
    normal = normals(points, rings)
    single = ~np.isin(rings.faces, rings.faces[1:][np.diff(rings.faces) == 0])
    convex = single & _convex(points, rings, normal)
    fan, fan_face, flat = _fans(points, rings.picked(convex))
    general = ~(convex & ~np.isin(rings.faces, flat))
    keep = ~np.isin(fan_face, flat)
    ears, ears_face, crossing = _clipped(points, rings.picked(general), normal[general])
    faces = np.concatenate([fan_face[keep], ears_face])
    order = np.argsort(faces, kind="stable")
    crossed = np.concatenate([np.zeros(keep.sum(), bool), crossing])
    return np.concatenate([fan[keep], ears])[order], faces[order], crossed[order]


def _convex(points: _Floats, rings: Rings, normal: _Floats) -> NDArray[np.bool_]:
    """(r,) whether a ring turns left everywhere, once round in all."""
    if not len(rings.sizes):
        return np.zeros(0, bool)
    place, edge = rings.following(), points[rings.corners[rings.following()]] - points[rings.corners]
    unit = np.repeat(normal / np.maximum(np.linalg.norm(normal, axis=1), 1e-300)[:, None], rings.sizes, axis=0)
    onward = edge[place]
    sine = np.einsum("ij,ij->i", cross(edge, onward), unit)
    cosine = np.einsum("ij,ij->i", edge, onward)
    left = sine >= -_FLAT * (np.abs(cosine) + np.abs(sine))
    turns = np.add.reduceat(np.arctan2(sine, cosine), rings.starts)
    return np.asarray(np.logical_and.reduceat(left, rings.starts) & (np.abs(turns - 2 * np.pi) < 0.1))


def _fans(points: _Floats, rings: Rings) -> tuple[_Ints, _Ints, _Ints]:
    """Triangles of convex rings, the face of each, and faces in which three corners on one line made a flat triangle."""
    if not len(rings.sizes):
        return np.zeros((0, 3), np.int64), np.zeros(0, np.int64), np.zeros(0, np.int64)
    apex = _flattest(points, rings)
    ring = np.repeat(np.arange(len(rings.sizes)), rings.sizes - 2)
    number = np.arange(len(ring)) - (np.cumsum(rings.sizes - 2) - (rings.sizes - 2))[ring]
    start, size = rings.starts[ring], rings.sizes[ring]
    places = [start + (apex[ring] + step) % size for step in (np.zeros_like(number), number + 1, number + 2)]
    triangles = rings.corners[np.stack(places, axis=1)]
    a, b, c = (points[triangles[:, k]] for k in range(3))
    double = np.linalg.norm(cross(b - a, c - a), axis=1)
    longest = np.maximum.reduce([np.einsum("ij,ij->i", e, e) for e in (b - a, c - b, a - c)])
    face = rings.faces[ring]
    return triangles, face, np.unique(face[(double <= _FLAT * longest) & (size > 3)])


def _flattest(points: _Floats, rings: Rings) -> _Ints:
    """(r,) number of the corner with the least turn: a fan from a corner that lies on an edge has no flat triangle."""
    before, after = rings.corners[rings.following(-1)], rings.corners[rings.following()]
    into, out = points[rings.corners] - points[before], points[after] - points[rings.corners]
    length = np.linalg.norm(into, axis=1) * np.linalg.norm(out, axis=1)
    sine = np.linalg.norm(cross(into, out), axis=1) / np.maximum(length, 1e-300)
    flat = np.flatnonzero(sine <= _FLAT)
    apex = np.zeros(len(rings.sizes), np.int64)
    ring = np.repeat(np.arange(len(rings.sizes)), rings.sizes)[flat]
    apex[ring] = flat - rings.starts[ring]
    return apex


def _clipped(points: _Floats, rings: Rings, normal: _Floats) -> tuple[_Ints, _Ints, NDArray[np.bool_]]:
    """Triangles by ear clipping in the plane of each outer ring, the face of each, and whether its polygon crosses itself."""
    outer = np.flatnonzero(np.diff(rings.faces, prepend=-1) != 0)
    whose = np.repeat(np.arange(len(outer)), np.diff(np.append(outer, len(rings.faces))))
    along = np.einsum("ij,ij->i", normal, normal[outer][whose])
    hole = np.ones(len(rings.faces), bool)
    hole[outer] = False
    rings = rings.turned(hole & (along > 0))
    flat = _projected(points, rings, normal[outer][whose])
    net = np.bincount(whose, weights=np.where(hole, -np.abs(along), along), minlength=len(outer))
    area = net / np.maximum(np.linalg.norm(normal[outer], axis=1), 1e-300)
    starts = np.append(rings.starts, len(rings.corners))
    bounds = np.append(outer, len(rings.faces))
    triangles, counts = [np.zeros((0, 3), np.int64)], []
    for first, last in pairwise(bounds.tolist()):
        local = _ears([flat[starts[k]:starts[k + 1]] for k in range(first, last)])
        triangles.append(local + starts[first])
        counts.append(len(local))
    places, face = np.concatenate(triangles), np.repeat(np.arange(len(outer)), np.array(counts, np.int64))
    crossing = _crossing(flat, starts[bounds], places, face, area)
    return rings.corners[places], rings.faces[outer][face], crossing[face]


def _ears(rings: list[_Floats]) -> _Ints:
    """(m, 3) places in the rings laid end to end; outer ring first, counter-clockwise, holes clockwise, each (k, 2)."""
    return np.asarray(_manifold.triangulate(rings), dtype=np.int64).reshape(-1, 3)


def _crossing(flat: _Floats, starts: _Ints, triangles: _Ints, face: _Ints, area: _Floats) -> NDArray[np.bool_]:
    """(faces,) whether the triangles of a face cover more or less than its area: then its rings cross."""
    a, b, c = (flat[triangles[:, k]] for k in range(3))
    each = np.abs((b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])) / 2
    covered = np.bincount(face, weights=each, minlength=len(area))
    if not len(area):
        return np.zeros(0, bool)
    reach = np.maximum.reduceat(flat, starts[:-1]) - np.minimum.reduceat(flat, starts[:-1])
    return np.asarray(np.abs(covered - area) > _OVERLAP * np.maximum(area, 0.0) + _FLAT * np.sum(reach ** 2, axis=1))


def _projected(points: _Floats, rings: Rings, normal: _Floats) -> _Floats:
    """(k, 2) corners in a right-handed base of the plane across `normal` (r, 3), near the first corner of each ring's face."""
    length = np.linalg.norm(normal, axis=1)
    unit = np.where(length[:, None] > 0, normal / np.maximum(length, 1e-300)[:, None], [0.0, 0.0, 1.0])
    least = np.eye(3)[np.argmin(np.abs(unit), axis=1)] if len(unit) else np.zeros((0, 3))
    u = cross(least, unit)
    u /= np.linalg.norm(u, axis=1)[:, None]
    v = cross(unit, u)
    ring = np.repeat(np.arange(len(rings.sizes)), rings.sizes)
    outer = np.diff(rings.faces, prepend=-1) != 0
    first = points[rings.corners[rings.starts[np.maximum.accumulate(np.where(outer, np.arange(len(outer)), 0))]]]
    local = points[rings.corners] - first[ring]
    return np.stack([np.einsum("ij,ij->i", local, u[ring]), np.einsum("ij,ij->i", local, v[ring])], axis=1)
