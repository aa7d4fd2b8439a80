"""Pixels: windows of rasters in their own numbers and at any size, and pixels written as GeoTIFF, COG, PNG or JPEG."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray
from rasterio.enums import ColorInterp, Resampling
from rasterio.errors import RasterioError
from rasterio.features import rasterize
from rasterio.io import DatasetReader, MemoryFile
from rasterio.shutil import copy as save_as
from rasterio.windows import Window
from shapely.geometry.base import BaseGeometry

from csdi.errors import FileBroken

Affine6 = tuple[float, float, float, float, float, float]
Span = tuple[float, float]
MOST_EXACT = 25_000_000
"""Pixels that are read for one answer where overviews would not be exact."""


@dataclass(frozen=True, slots=True)
class Band:
    """One band.

    Attributes:
        nodata: the number that stands for no data; None where there is none.
        colours: red, green, blue and opacity (0 to 255) by value, of a band with a palette.
        opacity: whether the band says how opaque the others are.
    """

    name: str
    dtype: str
    unit: str
    nodata: float | None
    colours: dict[int, tuple[int, int, int, int]] | None = None
    opacity: bool = False


@dataclass(frozen=True, slots=True)
class Header:
    """A raster without its pixels.

    Attributes:
        affine: (a, b, c, d, e, f): x = a*column + b*row + c and y = d*column + e*row + f of a pixel's first corner; x = east first.
    """

    width: int
    height: int
    affine: Affine6
    bands: tuple[Band, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Pixels:
    """Numbers of some bands over a window.

    Attributes:
        values: (bands, rows, columns) in the type of the bands.
        known: (bands, rows, columns) bool, False where there is no data.
    """

    values: NDArray[Any]
    known: NDArray[np.bool_]


class Raster:
    """An open raster; not to be shared between threads."""

    def __init__(self, source: DatasetReader, base: DatasetReader) -> None:
        self._source, self._base = source, base
        self.header = Header(source.width, source.height, _six(source.transform), tuple(_band(source, i) for i in source.indexes))

    def read(self, bands: Sequence[int], columns: Span, rows: Span, shape: tuple[int, int], *, smooth: bool, exact: bool = True) -> Pixels:
        """A window at a size of its own.

        Args:
            bands: numbers of bands, from 1.
            columns, rows: first and last edge of the window in pixels, inside the raster.
            shape: (rows, columns) of the answer.
            smooth: whether values in between mean anything: means are taken where pixels are joined, else the nearest counts.
            exact: whether joins are made of the pixels themselves, up to `MOST_EXACT` of them; else overviews serve, which may
                be off by half of one of their pixels.

        Raises:
            FileBroken: the pixels cannot be read.
        """
        window = Window(columns[0], rows[0], columns[1] - columns[0], rows[1] - rows[0])
        same = shape == (window.height, window.width)
        how = Resampling.nearest if same or not smooth else Resampling.average if shape[0] <= window.height else Resampling.bilinear
        try:
            source = self._base if exact and window.width * window.height <= MOST_EXACT else self._source
            found = source.read(list(bands), window=window, out_shape=(len(bands), *shape), masked=True, resampling=how)
        except RasterioError as error:
            raise FileBroken(f"the raster cannot be read: {str(error).splitlines()[0]}", remedy="publish it again") from error
        known = ~np.ma.getmaskarray(found)
        if found.dtype.kind == "f":
            known &= np.isfinite(found.data)
        return Pixels(found.data, known)


@contextmanager
def open_raster(path: Path) -> Iterator[Raster]:
    """A raster for a `with` block. Raises FileBroken."""
    try:
        source, base = rasterio.open(path), rasterio.open(path, OVERVIEW_LEVEL="NONE")
    except RasterioError as error:
        raise FileBroken(f"the raster cannot be opened: {str(error).splitlines()[0]}", remedy="publish it again") from error
    with source, base:
        yield Raster(source, base)


def as_geotiff(pixels: Pixels, affine: Affine6, crs: str, bands: Sequence[Band], *, cloud_optimized: bool = False) -> bytes:
    """The pixels as a compressed GeoTIFF; what is not known is marked by the bands' own number for it, or else by a mask.

    Args:
        crs: code or WKT.
        cloud_optimized: in tiles and with overviews, as Cloud Optimized GeoTIFF wants it.
    """
    values, nodata = _filled(pixels, bands)
    count, height, width = values.shape
    profile = {"driver": "GTiff", "height": height, "width": width, "count": count, "dtype": values.dtype.name, "crs": crs,
               "transform": Affine(*affine), "compress": "deflate", "nodata": nodata,
               "predictor": 3 if values.dtype.kind == "f" else 2, "tiled": width > 256 and height > 256}
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True), MemoryFile() as memory:
        with memory.open(**profile) as target:
            target.write(values)
            if nodata is None and not pixels.known.all():
                target.write_mask(pixels.known.any(axis=0))
            for number, band in enumerate(bands, start=1):
                target.set_band_description(number, band.name)
                target.set_band_unit(number, band.unit)
        return _optimized(memory) if cloud_optimized else bytes(memory.getbuffer())


def as_picture(rgba: NDArray[np.uint8], form: str) -> bytes:
    """(rows, columns, 3 or 4) red, green, blue and opacity as `PNG`, or as `JPEG`, which knows no opacity."""
    layers = np.ascontiguousarray(np.moveaxis(rgba[..., :3] if form == "JPEG" else rgba, -1, 0))
    return _encoded(layers, form)


def as_png_values(values: NDArray[Any]) -> bytes:
    """(1 to 4, rows, columns) uint8 or uint16 as the numbers of a PNG."""
    return _encoded(np.ascontiguousarray(values), "PNG")


def numbered(shapes: Sequence[BaseGeometry], rows: int, columns: int) -> NDArray[np.int32]:
    """(rows, columns): number, from 1, of the last shape in which the middle of a pixel lies, 0 in none; x to the right and y downwards,
    in pixels.
    """
    if not shapes:
        return np.zeros((rows, columns), np.int32)
    burnt = rasterize(((shape, number) for number, shape in enumerate(shapes, 1)), out_shape=(rows, columns), transform=Affine.identity(),
                      dtype="int32")
    return np.asarray(burnt, np.int32)


def inside(shape: BaseGeometry, affine: Affine6, rows: int, columns: int, *, touched: bool = False) -> NDArray[np.bool_]:
    """(rows, columns) of the pixels whose middle lies in a geometry, or with `touched` of all that it touches."""
    burnt = rasterize([(shape, 1)], out_shape=(rows, columns), transform=Affine(*affine), all_touched=touched, dtype="uint8")
    return np.asarray(burnt, bool)


def _encoded(layers: NDArray[Any], form: str) -> bytes:
    profile = {"driver": form, "height": layers.shape[1], "width": layers.shape[2], "count": len(layers), "dtype": layers.dtype.name,
               "transform": Affine.scale(2, -2)}
    options = {"quality": 85} if form == "JPEG" else {"zlevel": 4}
    with MemoryFile() as memory:
        with memory.open(**profile, **options) as target:
            target.write(layers)
        return bytes(memory.getbuffer())


def _optimized(memory: MemoryFile) -> bytes:
    with tempfile.TemporaryDirectory(prefix="csdi-cog-") as folder:
        path = Path(folder) / "cut.tif"
        with memory.open() as source:
            save_as(source, path, driver="COG", compress="DEFLATE", predictor="YES", blocksize=256, overview_resampling="average")
        return path.read_bytes()


def _filled(pixels: Pixels, bands: Sequence[Band]) -> tuple[NDArray[Any], float | None]:
    """Values with a number for what is not known, and that number; None where a mask has to say it."""
    stated = {band.nodata for band in bands}
    nodata = stated.pop() if len(stated) == 1 else None
    if pixels.values.dtype.kind == "f":
        nodata = np.nan if nodata is None else nodata
    if nodata is None:
        return pixels.values, None
    return np.where(pixels.known, pixels.values, np.asarray(nodata, pixels.values.dtype)), nodata


def _band(source: DatasetReader, number: int) -> Band:
    nodata = source.nodatavals[number - 1]
    kind = source.colorinterp[number - 1]
    colours = source.colormap(number) if kind is ColorInterp.palette else None
    return Band(source.descriptions[number - 1] or "", source.dtypes[number - 1], source.units[number - 1] or "",
                None if nodata is None or np.isnan(nodata) else float(nodata), colours, kind is ColorInterp.alpha)


def _six(affine: Any) -> Affine6:
    return (affine.a, affine.b, affine.c, affine.d, affine.e, affine.f)
