"""Georeference of a sample model: its map conversion and what must agree with it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from csdi.crs import CRS84, HK80, transform
from sample_models.layout import Frame, Point

_ECCENTRICITY2 = 0.00669437999014
"""First eccentricity squared of WGS 84."""


@dataclass(frozen=True)
class Georeference:
    """Where a model lies.

    Attributes:
        frame: model x, y in metres to EPSG:2326.
        height_mpd: HKPD height of the model's z = 0.
    """

    frame: Frame
    height_mpd: float

    def to_model(self, e: float, n: float) -> Point:
        """Model x, y in metres of a grid point."""
        (ax, ay), (e0, n0) = self.frame.axis, self.frame.origin
        return ax * (e - e0) + ay * (n - n0), ax * (n - n0) - ay * (e - e0)

    @property
    def longitude_latitude(self) -> Point:
        """WGS 84 longitude and latitude of the model's origin, degrees."""
        return longitude_latitude(self.frame.origin)

    @property
    def true_north(self) -> Point:
        """Unit vector of true north in model x, y."""
        angle = math.radians(self.frame.bearing_deg + grid_north_azimuth_deg(self.frame.origin))
        return math.cos(angle), math.sin(angle)


def longitude_latitude(point: Point) -> Point:
    """WGS 84 longitude and latitude in degrees of (E, N) in EPSG:2326."""
    lon, lat = transform(HK80, CRS84).points([point])[0]
    return float(lon), float(lat)


def grid_north_azimuth_deg(point: Point) -> float:
    """Azimuth of grid north against true north at (E, N), degrees; about -0.09 at the airport."""
    (lon0, lat0), (lon1, lat1) = (longitude_latitude((point[0], point[1] + d)) for d in (-500.0, 500.0))
    middle = math.radians((lat0 + lat1) / 2)
    meridian = (1 - _ECCENTRICITY2) / (1 - _ECCENTRICITY2 * math.sin(middle) ** 2)
    return math.degrees(math.atan2((lon1 - lon0) * math.cos(middle), (lat1 - lat0) * meridian))


def compound_angle(degrees: float) -> tuple[int, int, int, int]:
    """IfcCompoundPlaneAngleMeasure: degrees, minutes, seconds and millionths, all of one sign.

    >>> compound_angle(-22.5)
    (-22, -30, 0, 0)
    """
    sign = -1 if degrees < 0 else 1
    millionths = round(abs(degrees) * 3600 * 1_000_000)
    seconds, millionths = divmod(millionths, 1_000_000)
    minutes, seconds = divmod(seconds, 60)
    whole, minutes = divmod(minutes, 60)
    return sign * whole, sign * minutes, sign * seconds, sign * millionths
