"""Distances and boxes over the ground, of longitudes and latitudes in degrees (WGS 84)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Box = tuple[float, float, float, float]
"""West, south, east, north."""
_A_M, _E2 = 6_378_137.0, 0.00669437999014
"""Semi-major axis and first eccentricity squared of WGS 84."""


def inside(lonlat: Floats, box: Box) -> Bools:
    """Which of (n, 2) longitudes and latitudes lie in a box; unknown ones do not."""
    west, south, east, north = box
    with np.errstate(invalid="ignore"):
        return (lonlat[:, 0] >= west) & (lonlat[:, 0] <= east) & (lonlat[:, 1] >= south) & (lonlat[:, 1] <= north)


def vectors_m(here: Floats, there: Floats) -> Floats:
    """(n, 2) metres east and north from `there` to `here`, both longitude and latitude; by the radii of curvature of WGS 84."""
    sine = np.sin(np.radians(np.clip(np.nan_to_num(there[:, 1]), -89.9, 89.9)))
    root = np.sqrt(1.0 - _E2 * sine**2)
    east = np.radians(here[:, 0] - there[:, 0]) * _A_M / root * np.sqrt(1.0 - sine**2)
    return np.column_stack([east, np.radians(here[:, 1] - there[:, 1]) * _A_M * (1.0 - _E2) / root**3])


def distance_m(here: Floats, there: Floats) -> Floats:
    """(n,) metres, infinity where either is not known."""
    return np.asarray(np.nan_to_num(np.hypot(*vectors_m(here, there).T), nan=np.inf))
