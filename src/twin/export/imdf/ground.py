"""Ground: sums and differences of outlines in metres about their middle, given and answered in CRS84."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from csdi.geometry import mended

_GAP_M = 0.75
"""Half of the thickest wall that is closed between two rooms."""
_GRID_DEG = 1e-9
_LEAST_M2 = 0.01
_DEGREE_M = 111_320.0
_REACH_M = 30_000.0


@dataclass(frozen=True, slots=True)
class Ground:
    """Metres east and north of a place, true to a thousandth within some kilometres.

    Attributes:
        middle: longitude, latitude.
    """

    middle: tuple[float, float]

    @classmethod
    def of(cls, shapes: Sequence[BaseGeometry]) -> Ground:
        """About the middle of shapes; about 0, 0 without any."""
        if not len(shapes):
            return cls((0.0, 0.0))
        west, south, east, north = shapely.total_bounds(np.array(shapes, dtype=object)).tolist()
        return cls(((west + east) / 2, (south + north) / 2))

    def reaches(self, shapes: Sequence[BaseGeometry]) -> bool:
        """Whether shapes are near enough for these metres."""
        bounds = shapely.bounds(np.array(shapes, dtype=object)).reshape(-1, 2)
        return bool((np.abs(bounds - self.middle) * self._scale <= _REACH_M).all())

    @property
    def _scale(self) -> NDArray[np.float64]:
        return np.array([_DEGREE_M * np.cos(np.radians(self.middle[1])), _DEGREE_M])

    def metres(self, shape: BaseGeometry) -> BaseGeometry:
        """A shape in metres."""
        return shapely.transform(shape, lambda points: (points - self.middle) * self._scale)

    def degrees(self, shape: BaseGeometry) -> BaseGeometry:
        """A shape in degrees again."""
        return shapely.transform(shape, lambda points: np.round(points / self._scale + self.middle, 9))

    def around(self, shapes: Iterable[BaseGeometry], margin_m: float) -> BaseGeometry:
        """What covers all shapes, the gaps of walls between them closed, with a margin around."""
        plain = [self.metres(shape) for shape in shapes]
        closed = shapely.buffer(shapely.buffer(shapely.union_all(plain, grid_size=1e-4), _GAP_M, join_style="mitre"), margin_m - _GAP_M,
                                join_style="mitre")
        return self._tidy(shapely.union_all([closed, *plain], grid_size=1e-4))

    def less(self, shapes: Iterable[BaseGeometry | None], others: Iterable[BaseGeometry | None]) -> BaseGeometry:
        """What shapes cover and others do not."""
        areas = [part for shape in shapes if shape is not None for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
        one = shapely.union_all([self.metres(shape) for shape in areas], grid_size=1e-4)
        other = shapely.union_all([self.metres(shape) for shape in others if shape is not None], grid_size=1e-4)
        return self._tidy(shapely.difference(one, other, grid_size=1e-4))

    def _tidy(self, shape: BaseGeometry) -> BaseGeometry:
        """Its areas that are worth showing, valid in degrees; one polygon where there is one."""
        parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon" and part.area >= _LEAST_M2]
        made = self.degrees(shapely.MultiPolygon(parts))
        if not made.is_valid:
            made = mended(np.array([made], dtype=object))[0]
        areas = [one for one in shapely.get_parts(made) if one.geom_type == "Polygon"]
        return areas[0] if len(areas) == 1 else shapely.MultiPolygon(areas)
