"""Nearness: how far the box of a Feature, with its heights, is from another box; the distance that `near` and `nearest` go by."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from csdi.crs import crs

_A, _E2 = 6_378_137.0, 0.006_694_379_990_141_3
"""Semi-major axis and the square of the first eccentricity of WGS 84."""
ANY_LEVEL = 1e9
"""Beyond every height, in metres: a box whose heights are not known reaches from minus this to this, so only its place counts."""


@dataclass(frozen=True, slots=True)
class Solid:
    """A box with heights: x = east or longitude in the storage CRS of a Collection, z in metres of its height datum."""

    minx: float
    miny: float
    minz: float
    maxx: float
    maxy: float
    maxz: float

    @classmethod
    def around(cls, geometry: BaseGeometry, low: float | None = None, high: float | None = None) -> Solid | None:
        """The box around a geometry; its heights are `low` and `high` (one stands for both), else the z of the geometry.

        None for an empty geometry.
        """
        if geometry.is_empty:
            return None
        west, south, east, north = geometry.bounds
        low, high = heights(geometry, low, high)
        return cls(west, south, low, east, north, high)

    @property
    def numbers(self) -> tuple[float, float, float, float, float, float]:
        """minx, miny, minz, maxx, maxy, maxz."""
        return self.minx, self.miny, self.minz, self.maxx, self.maxy, self.maxz


def heights(geometry: BaseGeometry, low: float | None = None, high: float | None = None) -> tuple[float, float]:
    """Lowest and highest level of a geometry: those given (one stands for both), else by its z; beyond all where nothing is known."""
    known = [level for level in (low, high) if level is not None]
    if not known and geometry.has_z:
        known = [z for z in shapely.get_coordinates(geometry, include_z=True)[:, 2].tolist() if math.isfinite(z)]
    return min(known, default=-ANY_LEVEL), max(known, default=ANY_LEVEL)


@dataclass(frozen=True, slots=True)
class Place:
    """A box to measure from.

    Attributes:
        solid: in the storage CRS of a Collection.
        scale: (metres per unit of x, metres per unit of y) around it. In a CRS of degrees the plane that touches WGS 84 in the middle of
            the box is measured in: right to 1 mm within 100 m, to 1 in 1 000 within 10 km.
    """

    solid: Solid
    scale: tuple[float, float]

    @classmethod
    def of(cls, solid: Solid, storage_crs: str) -> Place:
        """The place of a box in this CRS."""
        reference = crs(storage_crs).horizontal
        if not reference.is_geographic:
            return cls(solid, (reference.unit_to_metre, reference.unit_to_metre))
        return cls(solid, _metres_per_degree((solid.miny + solid.maxy) / 2))

    def distance(self, other: Solid) -> float:
        """Metres to another box in the same CRS, 0 where they meet."""
        mine, (mx, my) = self.solid, self.scale
        return math.hypot(max(0.0, other.minx - mine.maxx, mine.minx - other.maxx) * mx,
                          max(0.0, other.miny - mine.maxy, mine.miny - other.maxy) * my,
                          max(0.0, other.minz - mine.maxz, mine.minz - other.maxz))

    def grown(self, metres: float) -> Solid:
        """The box with so many metres more on every side."""
        mine, (mx, my) = self.solid, self.scale
        return Solid(mine.minx - metres / mx, mine.miny - metres / my, mine.minz - metres,
                     mine.maxx + metres / mx, mine.maxy + metres / my, mine.maxz + metres)


def near(place: Place, distance: float, args: list[Callable[[Any], Any]]) -> Callable[[Any], bool | None]:
    """A function that says whether a Feature is within a distance in metres of a place; unknown without a geometry.

    Args:
        place: what is measured from.
        distance: metres.
        args: what give geometry, lowest and highest level of a Feature.
    """
    def found(row: Any) -> bool | None:
        geometry, low, high = (arg(row) for arg in args)
        solid = None if geometry is None else Solid.around(geometry, low, high)
        return None if solid is None else place.distance(solid) <= distance
    return found


def _metres_per_degree(latitude: float) -> tuple[float, float]:
    """Of longitude and of latitude on WGS 84: its radii of curvature in the prime vertical and in the meridian."""
    sine = math.sin(math.radians(latitude))
    bend = 1.0 - _E2 * sine * sine
    across, along = _A / math.sqrt(bend), _A * (1.0 - _E2) / bend**1.5
    return math.radians(across) * max(math.cos(math.radians(latitude)), 1e-9), math.radians(along)
