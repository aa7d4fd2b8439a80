"""Solids: closed bodies whose common volume can be measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import manifold3d
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull, QhullError

from bim.tessellation.body import Body
from bim.tessellation.topology import compact, solid
from csdi.geometry import Mesh

Floats = NDArray[np.float64]
_manifold: Any = manifold3d

_WELD_M = 1e-5
_MOST_DIRECTIONS = 256
_SAME = 1e-3


@dataclass(frozen=True, slots=True)
class Common:
    """A connected part of what two solids both fill.

    Attributes:
        volume_m3: of the part.
        depth_m: its least thickness, between two parallel planes.
        centre: (3,) middle of its box.
    """

    volume_m3: float
    depth_m: float
    centre: Floats


@dataclass(frozen=True, slots=True)
class Solid:
    """What a closed surface encloses, in a frame in metres; bodies of one solid that reach into each other count once."""

    held: Any

    @property
    def volume_m3(self) -> float:
        """Of all that it fills."""
        return float(self.held.volume())

    def placed(self, matrix: Floats) -> Solid:
        """The solid under a (4, 4) affine."""
        return Solid(self.held.transform(np.ascontiguousarray(matrix[:3])))

    def common(self, other: Solid) -> list[Common]:
        """The parts of what both fill, the deepest first; faces that only touch have nothing in common."""
        both = self.held ^ other.held
        if both.is_empty():
            return []
        found = []
        for part in both.decompose():
            volume = float(part.volume())
            if volume > 0:
                points = np.asarray(part.to_mesh64().vert_properties)[:, :3]
                found.append(Common(volume, thickness(points), (points.min(axis=0) + points.max(axis=0)) / 2))
        return sorted(found, key=lambda one: -one.depth_m)


def solid_of(mesh: Mesh) -> Solid | None:
    """The solid of a mesh; None where its surface is not closed, or encloses nothing."""
    body = solid(compact(Body(mesh.vertices, mesh.triangles)), _WELD_M)
    if not body.closed:
        return None
    made = _manifold.Manifold(_manifold.Mesh64(np.ascontiguousarray(body.vertices), body.triangles.astype(np.uint64)))
    if made.status() != _manifold.Error.NoError or made.is_empty():
        return None
    whole = _once(made)
    return Solid(whole) if whole.volume() > 0 else None


def united(parts: Sequence[Solid]) -> Solid:
    """Several solids as one."""
    if len(parts) == 1:
        return parts[0]
    return Solid(_manifold.Manifold.batch_boolean([part.held for part in parts], _manifold.OpType.Add))


def thickness(points: Floats) -> float:
    """The least distance between two parallel planes that hold points (n, 3) between them, one of them along a face of their hull.

    That is the thickness of the hull but where two edges are nearer than any face (a tetrahedron stood on an edge): there it is more.
    """
    local = points - points.mean(axis=0)
    try:
        normals = ConvexHull(local).equations[:, :3]
    except QhullError:
        normals = np.linalg.svd(local, full_matrices=False)[2]
    normals = np.concatenate([_distinct(normals), np.eye(3)])
    along = local @ normals.T
    return float(np.ptp(along, axis=0).min())


def _distinct(normals: Floats) -> Floats:
    """Those that differ by more than a thousandth; thinned out evenly where there are many."""
    grid = np.unique(np.round(normals / _SAME).astype(np.int64), axis=0, return_index=True)[1]
    kept = normals[grid]
    return np.asarray(kept[:: len(kept) // _MOST_DIRECTIONS + 1])


def _once(made: Any) -> Any:
    """Parts that overlap made one; where a part is a hollow of another, everything as it is."""
    parts = made.decompose()
    if len(parts) < 2 or any(part.volume() < 0 for part in parts):
        return made
    return _manifold.Manifold.batch_boolean(parts, _manifold.OpType.Add)
