"""Bodies with known sizes, as triangles."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
FAR = np.array([812_345.6, 819_234.5, 0.0])
"""A place of HK1980 Grid, so that digits count."""


def box(low: tuple[float, float, float], high: tuple[float, float, float]) -> Floats:
    """(12, 3, 3) triangles of an upright box, facing outwards."""
    x, y, z = zip(low, high, strict=True)
    corner = np.array([[x[i], y[j], z[k]] for k in (0, 1) for j in (0, 1) for i in (0, 1)])
    sides = [(0, 2, 3, 1), (4, 5, 7, 6), (0, 1, 5, 4), (2, 6, 7, 3), (0, 4, 6, 2), (1, 3, 7, 5)]
    return corner[np.array([tri for a, b, c, d in sides for tri in ((a, b, c), (a, c, d))])]


def turned(corners: Floats, angle: float) -> Floats:
    """About the origin, anticlockwise in plan, radians."""
    c, s = np.cos(angle), np.sin(angle)
    return corners @ np.array([[c, s, 0], [-s, c, 0], [0, 0, 1.0]])
