"""Analytic bodies for the tests of tessellation: boxes, prisms, rings of quads."""

from __future__ import annotations

import numpy as np

from bim.tessellation.body import Body
from bim.tessellation.rings import Rings, triangulated

CUBE_FACES = [[0, 3, 2, 1], [4, 5, 6, 7], [0, 1, 5, 4], [1, 2, 6, 5], [2, 3, 7, 6], [3, 0, 4, 7]]


def box(low, high, *, closed=True) -> Body:
    """An axis-parallel box; triangles face outwards."""
    (x0, y0, z0), (x1, y1, z1) = low, high
    points = np.array([[x0, y0, z0], [x1, y0, z0], [x1, y1, z0], [x0, y1, z0], [x0, y0, z1], [x1, y0, z1], [x1, y1, z1], [x0, y1, z1]], float)
    triangles, _, _ = triangulated(points, Rings.of([[face] for face in CUBE_FACES]))
    return Body(points, triangles.astype(np.int32), closed)


def turned(body: Body, angle_rad: float, axis: int = 2) -> Body:
    """The body turned about an axis through the origin."""
    a, b = [k for k in range(3) if k != axis]
    matrix = np.eye(4)
    matrix[a, a] = matrix[b, b] = np.cos(angle_rad)
    matrix[a, b], matrix[b, a] = -np.sin(angle_rad), np.sin(angle_rad)
    return body.placed(matrix)
