"""Meshes and the GeoJSON form of geometries."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from csdi.errors import ValueInvalid


@dataclass(frozen=True, slots=True)
class Mesh:
    """A triangle mesh in one frame.

    Attributes:
        vertices: (n, 3) float64, metres, x east-like, y north-like, z up.
        triangles: (m, 3) int32, indices into `vertices`, counter-clockwise seen from outside.
    """

    vertices: NDArray[np.float64]
    triangles: NDArray[np.int32]

    def __post_init__(self) -> None:
        if self.vertices.ndim != 2 or self.vertices.shape[1] != 3 or self.triangles.ndim != 2 or self.triangles.shape[1] != 3:
            raise ValueInvalid("a mesh has vertices (n, 3) and triangles (m, 3)", field="mesh",
                               value=f"{self.vertices.shape} and {self.triangles.shape}")

    @property
    def box(self) -> NDArray[np.float64]:
        """(2, 3) lowest and highest corner; NaN for an empty mesh."""
        if not len(self.vertices):
            return np.full((2, 3), np.nan)
        return np.vstack([self.vertices.min(axis=0), self.vertices.max(axis=0)])

    def placed(self, matrix: NDArray[np.float64]) -> Mesh:
        """This mesh under a (4, 4) affine matrix; triangles keep facing outwards under a mirror."""
        vertices = self.vertices @ matrix[:3, :3].T + matrix[:3, 3]
        mirrored = np.linalg.det(matrix[:3, :3]) < 0
        return Mesh(vertices, np.ascontiguousarray(self.triangles[:, ::-1]) if mirrored else self.triangles)


def mended(shapes: NDArray[np.object_], *, keep_collapsed: bool = False) -> NDArray[np.object_]:
    """Valid geometries (n,) for invalid ones, which cover what the outer rings cover less what the holes do.

    Where GEOS's method for that (`structure`) leaves something invalid, as it does of rings that run along themselves, the areas
    between all lines are taken instead.

    Args:
        keep_collapsed: whether what has no area left becomes lines or points; else it becomes empty.
    """
    found = np.asarray(shapely.make_valid(shapes, method="structure", keep_collapsed=keep_collapsed), object)
    still = np.flatnonzero(~shapely.is_valid(found))
    for index in still:
        parts = shapely.get_parts(shapely.make_valid(shapes[index]))
        areas = parts[shapely.get_dimensions(parts) == 2]
        found[index] = shapely.multipolygons(shapely.get_parts(areas))
    return found
