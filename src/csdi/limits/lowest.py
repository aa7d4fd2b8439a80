"""How high one may build: the lowest point of each surface over a place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from shapely.geometry.base import BaseGeometry

from csdi.limits.surface import Surface


@dataclass(frozen=True, slots=True)
class Lowest:
    """Where one surface is lowest over a place.

    Attributes:
        place: (2,) east, north, HK1980 Grid, metres.
        limit: level of the surface there, mPD.
    """

    surface: Surface
    place: tuple[float, float]
    limit: float


def lowest_limits(surfaces: Iterable[Surface], shape: BaseGeometry) -> list[Lowest]:
    """The lowest point of each surface that reaches over a shape (point, lines or areas, HK1980 Grid); the lowest surface first."""
    found = []
    for surface in surfaces:
        points = [point for patch in surface.patches if (point := patch.lowest_in(shape)) is not None]
        if points:
            east, north, level = min(points, key=lambda point: float(point[2])).tolist()
            found.append(Lowest(surface, (east, north), level))
    return sorted(found, key=lambda one: (one.limit, one.surface.id))
