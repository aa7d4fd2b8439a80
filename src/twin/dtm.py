"""Digital terrain models: heights on a grid in some CRS, asked at longitudes and latitudes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csdi import crs
from csdi.errors import ValueInvalid
from twin.ellipsoid import Array

Sample = Callable[[Array], Array]
"""(n, 2) longitude, latitude in degrees to (n,) heights in metres HKPD, NaN where none is known."""


@dataclass(frozen=True, slots=True, eq=False)
class Dtm:
    """Heights in memory, north up.

    Attributes:
        heights: (rows, columns) float, metres HKPD, first row in the north, NaN where none is known.
        origin: x and y of the outer corner in the north-west, in `source`.
        pixel: width and height of a pixel, both positive, units of `source`.
        source: the CRS of the grid.
    """

    heights: NDArray[np.float32] | Array
    origin: tuple[float, float]
    pixel: tuple[float, float]
    source: str

    def __post_init__(self) -> None:
        if self.heights.ndim != 2 or not self.heights.size or min(self.pixel) <= 0:
            raise ValueInvalid("a terrain model is a grid (rows, columns) with pixels of positive size", field="dtm",
                               value=str(self.heights.shape))

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north in degrees."""
        rows, columns = self.heights.shape
        (x, y), (width, height) = self.origin, self.pixel
        box = crs.transform(self.source, crs.CRS84).bbox((x, y - rows * height, x + columns * width, y))
        return (box[0], box[1], box[2], box[3])

    @property
    def resolution_m(self) -> float:
        """The height of a pixel on the ground, metres."""
        _, south, _, north = self.bounds
        return float(max((north - south) * 111_320.0 / self.heights.shape[0], 0.01))

    def __call__(self, lonlat: Array) -> Array:
        """Heights between pixel centres, bilinear; NaN outside and where the nearest pixel knows none.

        Args:
            lonlat: (n, 2) float64, longitude and latitude in degrees.

        Returns:
            (n,) float64, metres HKPD.
        """
        places = crs.transform(crs.CRS84, self.source).points(lonlat)
        column = (places[:, 0] - self.origin[0]) / self.pixel[0] - 0.5
        row = (self.origin[1] - places[:, 1]) / self.pixel[1] - 0.5
        rows, columns = self.heights.shape
        inside = (column >= -0.5) & (column <= columns - 0.5) & (row >= -0.5) & (row <= rows - 0.5)
        result = np.full(len(lonlat), np.nan)
        result[inside] = self._between(row[inside], column[inside])
        return result

    def _between(self, row: Array, column: Array) -> Array:
        """Bilinear over the known ones of four pixels."""
        limit = np.array(self.heights.shape) - 1
        total, weight = np.zeros(len(row)), np.zeros(len(row))
        top, left = np.floor(row), np.floor(column)
        for down in (0, 1):
            for across in (0, 1):
                share = np.abs(1 - down - (row - top)) * np.abs(1 - across - (column - left))
                pixel = self.heights[np.clip(top + down, 0, limit[0]).astype(np.int64),
                                     np.clip(left + across, 0, limit[1]).astype(np.int64)].astype(np.float64)
                known = np.isfinite(pixel)
                total += np.where(known, pixel, 0) * share
                weight += np.where(known, share, 0)
        return np.where(weight > 0.25, total / np.where(weight > 0, weight, 1), np.nan)
