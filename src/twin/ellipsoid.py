"""The WGS 84 ellipsoid: longitude, latitude and height to earth-centred coordinates and back, in float64."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

SEMI_MAJOR_M = 6_378_137.0
FLATTENING = 1 / 298.257223563
SEMI_MINOR_M = SEMI_MAJOR_M * (1 - FLATTENING)
_E2 = FLATTENING * (2 - FLATTENING)
_SECOND_E2 = _E2 / (1 - _E2)


def ecef(geodetic: Array) -> Array:
    """Earth-centred coordinates.

    Args:
        geodetic: (n, 3) float64, longitude and latitude in degrees, ellipsoidal height in metres.

    Returns:
        (n, 3) float64, metres, EPSG:4978.
    """
    lon, lat, height = np.radians(geodetic[:, 0]), np.radians(geodetic[:, 1]), geodetic[:, 2]
    radius = SEMI_MAJOR_M / np.sqrt(1 - _E2 * np.sin(lat) ** 2)
    across = (radius + height) * np.cos(lat)
    return np.stack([across * np.cos(lon), across * np.sin(lon), (radius * (1 - _E2) + height) * np.sin(lat)], axis=1)


def geodetic(points: Array) -> Array:
    """Longitude and latitude in degrees, ellipsoidal height in metres; exact to nanometres near the ground.

    Args:
        points: (n, 3) float64, metres, EPSG:4978.
    """
    x, y, z = points.T
    across = np.hypot(x, y)
    reduced = np.arctan2(z * SEMI_MAJOR_M, across * SEMI_MINOR_M)
    for _ in range(3):
        lat = np.arctan2(z + _SECOND_E2 * SEMI_MINOR_M * np.sin(reduced) ** 3,
                         across - _E2 * SEMI_MAJOR_M * np.cos(reduced) ** 3)
        reduced = np.arctan2((1 - FLATTENING) * np.sin(lat), np.cos(lat))
    radius = SEMI_MAJOR_M / np.sqrt(1 - _E2 * np.sin(lat) ** 2)
    height = across * np.cos(lat) + z * np.sin(lat) - radius * (1 - _E2 * np.sin(lat) ** 2)
    return np.stack([np.degrees(np.arctan2(y, x)), np.degrees(lat), height], axis=1)


def enu_matrix(lon_deg: float, lat_deg: float, height_m: float) -> Array:
    """(4, 4) float64 from local east, north, up in metres at this point to EPSG:4978."""
    lon, lat = np.radians(lon_deg), np.radians(lat_deg)
    matrix = np.eye(4)
    matrix[:3, 0] = (-np.sin(lon), np.cos(lon), 0)
    matrix[:3, 1] = (-np.sin(lat) * np.cos(lon), -np.sin(lat) * np.sin(lon), np.cos(lat))
    matrix[:3, 2] = (np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat))
    matrix[:3, 3] = ecef(np.array([[lon_deg, lat_deg, height_m]]))[0]
    return matrix
