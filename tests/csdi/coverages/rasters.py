"""Rasters whose values are known by a formula, written for tests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray
from rasterio.warp import Resampling, reproject

from csdi.collection import Collection, Kind
from csdi.coverages.coverage import Coverage, Shape, fields_of, is_photo
from csdi.crs import crs
from csdi.feature import Schema
from csdi.formats.pixels import open_raster

A, B, C = 0.013, -0.027, 40.0
"""z = A (x - x0) + B (y - y0) + C."""
ORIGIN = (810_000.0, 820_000.0)
PIXEL = 10.0
COLUMNS, ROWS = 300, 200


def plane(x: Any, y: Any, origin: tuple[float, float] = ORIGIN) -> Any:
    """The height at x, y."""
    return A * (np.asarray(x) - origin[0]) + B * (np.asarray(y) - origin[1]) + C


def centres(affine: Affine, columns: int, rows: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """x and y of the middles of pixels, each (rows, columns)."""
    column, row = np.meshgrid(np.arange(columns) + 0.5, np.arange(rows) + 0.5)
    return affine @ (column, row)  # type: ignore[no-any-return]


UPRIGHT = Affine(PIXEL, 0, ORIGIN[0], 0, -PIXEL, ORIGIN[1] + ROWS * PIXEL)


def write(path: Path, values: NDArray[Any], *, affine: Affine = UPRIGHT, epsg: int = 2326, nodata: float | None = None, **more: Any) -> Path:
    """(bands, rows, columns) as a GeoTIFF."""
    count, rows, columns = values.shape
    with rasterio.open(path, "w", driver="GTiff", width=columns, height=rows, count=count, dtype=values.dtype, crs=f"EPSG:{epsg}",
                       transform=affine, nodata=nodata, **more) as target:
        target.write(values)
    return path


def write_plane(path: Path, *, affine: Affine = UPRIGHT, columns: int = COLUMNS, rows: int = ROWS, dtype: str = "float64",
                nodata: float | None = None, hole: tuple[slice, slice] | None = None) -> Path:
    """The plane as a GeoTIFF in EPSG:2326; `hole` are rows and columns without data."""
    values = np.asarray(plane(*centres(affine, columns, rows)), dtype)[None]
    if hole is not None:
        values[(0, *hole)] = nodata
    return write(path, values, affine=affine, nodata=nodata)


@contextmanager
def opened(path: Path, *, elevation: bool = False) -> Iterator[Coverage]:
    """A file as a coverage without publishing it."""
    with open_raster(path) as raster, rasterio.open(path) as source:
        code = f"EPSG:{source.crs.to_epsg()}"
        header = raster.header
        collection = Collection("plane", {}, Schema((), "polygon"), code, "EPSG:5738" if elevation else "", Kind.COVERAGE,
                                details={"elevation": elevation})
        shape = Shape(crs(code), header.affine, header.width, header.height)
        smooth = header.bands[0].dtype not in ("uint8", "int8")
        yield Coverage(collection, shape, fields_of(collection, header.bands), header.bands, raster, smooth, is_photo(header.bands))


def bilinear_by_gdal(path: Path, xy: Sequence[tuple[float, float]]) -> list[float]:
    """Values at points by GDAL's own warper: a raster of one tiny pixel around each."""
    found = []
    with rasterio.open(path) as source:
        values = source.read(1)
        for x, y in xy:
            pixel = np.full((1, 1), np.nan)
            reproject(values, pixel, src_transform=source.transform, src_crs=source.crs, dst_crs=source.crs,
                      dst_transform=Affine(0.002, 0, x - 0.001, 0, -0.002, y + 0.001), resampling=Resampling.bilinear)
            found.append(float(pixel[0, 0]))
    return found
