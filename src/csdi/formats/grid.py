"""Grids: pixels of a raster around a place as numbers, whole and undecimated, and masks as outlines and files."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray
from rasterio.errors import RasterioError
from rasterio.features import rasterize, shapes
from rasterio.io import MemoryFile
from rasterio.windows import Window
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from csdi.errors import FileBroken, ValueInvalid

Floats = NDArray[np.float64]
Affine6 = tuple[float, float, float, float, float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Pixels in memory.

    Attributes:
        values: (rows, columns) float64, NaN where there is no data.
        affine: (a, b, c, d, e, f): x = a*column + b*row + c and y = d*column + e*row + f of a pixel's corner that is first in
            both; x = east or longitude.
    """

    values: Floats
    affine: Affine6

    @property
    def pixel(self) -> tuple[float, float]:
        """Width and height of a pixel, units of the CRS."""
        a, b, _, d, e, _ = self.affine
        return math.hypot(a, d), math.hypot(b, e)

    def centres(self, rows: NDArray[Any], columns: NDArray[Any]) -> Floats:
        """(n, 2) x and y of the middles of pixels."""
        a, b, c, d, e, f = self.affine
        across, down = np.asarray(columns, float) + 0.5, np.asarray(rows, float) + 0.5
        return np.column_stack([a * across + b * down + c, d * across + e * down + f])

    def at(self, xy: Floats) -> Floats:
        """Values between pixel middles, bilinear; NaN outside the grid and where one of the four pixels knows none.

        Args:
            xy: (n, 2) float64, x = east first. Within half a pixel of the edge the outermost middles count.

        Returns:
            (n,) float64.
        """
        column, row = ~Affine(*self.affine) @ (xy[:, 0], xy[:, 1])
        rows, columns = self.values.shape
        inside = (column >= 0) & (column <= columns) & (row >= 0) & (row <= rows)
        found = np.full(len(xy), np.nan)
        across, down = np.clip(column[inside] - 0.5, 0, columns - 1), np.clip(row[inside] - 0.5, 0, rows - 1)
        left, top = np.floor(across).astype(np.int64), np.floor(down).astype(np.int64)
        right, below = np.minimum(left + 1, columns - 1), np.minimum(top + 1, rows - 1)
        u, v = across - left, down - top
        upper = _mix(self.values[top, left], self.values[top, right], u)
        lower = _mix(self.values[below, left], self.values[below, right], u)
        found[inside] = _mix(upper, lower, v)
        return found


def _mix(one: Floats, other: Floats, share: Floats) -> Floats:
    """Between two values; a value with no share does not count, known or not."""
    return np.where(share == 0, one, np.where(share == 1, other, one + (other - one) * share))


def read_grid(path: Path, box: tuple[float, float, float, float], *, band: int = 1, most: int = 25_000_000) -> Grid | None:
    """The pixels that a box touches, and one more on each side; None where the box lies beside the raster.

    Args:
        box: minx, miny, maxx, maxy in the raster's CRS, x = east first.
        band: number of the band, from 1.
        most: how many pixels may be read.

    Raises:
        ValueInvalid: there is no such band, or the box has more than `most` pixels.
        FileBroken: the pixels cannot be read.
    """
    try:
        with rasterio.open(path) as source:
            if not 1 <= band <= source.count:
                raise ValueInvalid(f"the raster has no band {band}", field="band", value=band, remedy=f"1 to {source.count}")
            window = _window(source, box)
            if window is None:
                return None
            if window.width * window.height > most:
                raise ValueInvalid(f"{window.width:.0f} x {window.height:.0f} pixels are too many, the limit is {most}", field="extent",
                                   limit=most, remedy="ask for a smaller area")
            pixels = source.read(band, window=window, masked=True).astype(np.float64).filled(np.nan)
            return Grid(pixels, _six(source.window_transform(window)))
    except RasterioError as error:
        raise FileBroken(f"the raster cannot be read: {str(error).splitlines()[0]}", remedy="publish it again") from error


def _window(source: Any, box: tuple[float, float, float, float]) -> Window | None:
    minx, miny, maxx, maxy = box
    column, row = ~source.transform @ (np.array([minx, maxx, minx, maxx]), np.array([miny, miny, maxy, maxy]))
    left, right = max(math.floor(column.min()) - 1, 0), min(math.ceil(column.max()) + 1, source.width)
    top, bottom = max(math.floor(row.min()) - 1, 0), min(math.ceil(row.max()) + 1, source.height)
    beside = column.max() < 0 or column.min() > source.width or row.max() < 0 or row.min() > source.height
    return None if beside or left >= right or top >= bottom else Window(left, top, right - left, bottom - top)


def _six(affine: Any) -> Affine6:
    return (affine.a, affine.b, affine.c, affine.d, affine.e, affine.f)


def inside(grid: Grid, geometry: BaseGeometry, *, touched: bool = False) -> NDArray[np.bool_]:
    """(rows, columns) of the pixels whose middle lies in a geometry, or with `touched` of all that it touches."""
    burnt = rasterize([(geometry, 1)], out_shape=grid.values.shape, transform=Affine(*grid.affine), all_touched=touched, dtype="uint8")
    return np.asarray(burnt, dtype=bool)


def outlines(mask: NDArray[np.bool_], affine: Affine6) -> list[BaseGeometry]:
    """Polygons along the edges of the pixels that a mask marks; neighbours share one, corners do not join."""
    found = shapes(mask.astype(np.uint8), mask=mask, connectivity=4, transform=Affine(*affine))
    return [shape(outline) for outline, _ in found]


def as_geotiff(values: NDArray[Any], affine: Affine6, crs: str, *, nodata: float | None = None) -> bytes:
    """One band as a compressed GeoTIFF; `crs` is a code or WKT."""
    profile = {"driver": "GTiff", "height": values.shape[0], "width": values.shape[1], "count": 1, "dtype": values.dtype.name, "crs": crs,
               "transform": Affine(*affine), "compress": "deflate", "nodata": nodata}
    with MemoryFile() as memory:
        with memory.open(**profile) as target:
            target.write(values, 1)
        return bytes(memory.read())
