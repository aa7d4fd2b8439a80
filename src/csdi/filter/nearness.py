"""Nearness: how far the box of a Feature, with its heights, is from another box; the distance that `near` and `nearest` go by."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

ANY_LEVEL = 1e9
"""Beyond every height, in metres: a box whose heights are not known reaches from minus this to this, so only its place counts."""


@dataclass(frozen=True, slots=True)
class Solid:
    """A box with heights: x = east, y = north in the storage CRS of a Collection in metres, z in metres of its height datum."""

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
        known = [level for level in (low, high) if level is not None]
        if not known and geometry.has_z:
            known = [z for z in shapely.get_coordinates(geometry, include_z=True)[:, 2].tolist() if math.isfinite(z)]
        return cls(west, south, min(known, default=-ANY_LEVEL), east, north, max(known, default=ANY_LEVEL))

    @property
    def numbers(self) -> tuple[float, float, float, float, float, float]:
        """minx, miny, minz, maxx, maxy, maxz."""
        return self.minx, self.miny, self.minz, self.maxx, self.maxy, self.maxz

    def distance(self, other: Solid) -> float:
        """Metres between the two boxes, 0 where they meet."""
        return math.hypot(max(0.0, other.minx - self.maxx, self.minx - other.maxx),
                          max(0.0, other.miny - self.maxy, self.miny - other.maxy),
                          max(0.0, other.minz - self.maxz, self.minz - other.maxz))


def near(place: Solid, distance: float, args: list[Callable[[Any], Any]]) -> Callable[[Any], bool | None]:
    """A function that says whether a Feature is within a distance in metres of a place; unknown without a geometry.

    Args:
        place: in the storage CRS.
        distance: metres.
        args: what give geometry, lowest and highest level of a Feature.
    """
    def found(row: Any) -> bool | None:
        geometry, low, high = (arg(row) for arg in args)
        solid = None if geometry is None else Solid.around(geometry, low, high)
        return None if solid is None else place.distance(solid) <= distance
    return found
