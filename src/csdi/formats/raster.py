"""Raster files: any GDAL raster becomes a Cloud Optimized GeoTIFF, and what is known of it."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.errors import RasterioError, RasterioIOError
from rasterio.io import DatasetReader
from rio_cogeo.cogeo import cog_translate
from rio_cogeo.profiles import cog_profiles
from shapely.geometry import Polygon

from csdi.errors import CrsMissing, FileBroken, FormatUnknown

SUFFIXES = {".tif", ".tiff", ".asc", ".img", ".jp2", ".png", ".jpg", ".jpeg", ".webp", ".hgt", ".dem", ".vrt", ".bil", ".flt"}


@dataclass(frozen=True, slots=True)
class Raster:
    """What is known of a raster.

    Attributes:
        crs: as the file states it, or as given; "" when neither.
        outline: corners in that CRS, x first, upper left and then clockwise.
        resolution: (x, y) pixel size in CRS units.
        bands: one entry per band: name, dtype, nodata, min, max, unit.
        elevation: whether this is a height model (single band of numbers, said to be heights by tag or name).
        affine: (a, b, c, d, e, f): x = a*column + b*row + c and y = d*column + e*row + f of a pixel's first corner.
    """

    path: Path
    crs: str
    outline: Polygon
    resolution: tuple[float, float]
    size: tuple[int, int]
    bands: tuple[Mapping[str, Any], ...]
    tags: Mapping[str, str]
    elevation: bool
    affine: tuple[float, ...] = ()

    def details(self) -> dict[str, Any]:
        """JSON form, without path and outline."""
        return {"crs": self.crs, "resolution": list(self.resolution), "width": self.size[0], "height": self.size[1],
                "bands": [dict(band) for band in self.bands], "elevation": self.elevation, "tags": dict(self.tags),
                "affine": list(self.affine)}


def inspect(path: Path, crs: str = "") -> Raster:
    """Look at a raster; `crs` overrides what the file says.

    Raises:
        FormatUnknown: GDAL does not recognise the file as a raster.
        FileBroken: recognised, but the pixels cannot be read.
    """
    try:
        with rasterio.open(path) as source:
            return _look(path, source, crs)
    except RasterioIOError as error:
        text = str(error)
        if "not recognized" in text or "not a supported file format" in text:
            raise FormatUnknown(f"{path.name}: not a raster format that we read", file=str(path),
                                remedy="give a GeoTIFF, COG, ASCII grid, JPEG 2000 or PNG with a world file") from None
        raise FileBroken(f"{path.name}: the pixels cannot be read ({text.splitlines()[0]})", file=str(path),
                         remedy="the file is damaged or incomplete: export it again") from None


@contextmanager
def as_cog(raster: Raster) -> Iterator[Path]:
    """The raster as a Cloud Optimized GeoTIFF with overviews, in a temporary file; same CRS, same pixels (lossless).

    Raises:
        CrsMissing: neither the file nor the caller says in which CRS the raster is.
    """
    if not raster.crs:
        raise CrsMissing(f"{raster.path.name}: the raster does not say its CRS", file=str(raster.path),
                         remedy="name it: --crs EPSG:2326")
    profile: dict[str, Any] = dict(cog_profiles["deflate"])
    profile.update(predictor=_predictor(str(raster.bands[0]["dtype"])), blockxsize=256, blockysize=256)
    with tempfile.TemporaryDirectory(prefix="csdi-cog-") as folder:
        target = Path(folder) / "raster.tif"
        try:
            with rasterio.open(raster.path) as source, _with_crs(source, raster.crs) as dataset:
                cog_translate(dataset, target, profile, in_memory=False, quiet=True, forward_band_tags=True,
                              overview_resampling="bilinear" if raster.elevation else "average", use_cog_driver=False)
        except RasterioError as error:
            raise FileBroken(f"{raster.path.name}: the pixels cannot be read ({str(error).splitlines()[0]})",
                             file=str(raster.path), remedy="the file is damaged or incomplete: export it again") from error
        yield target


def sample(path: Path, xy: NDArray[np.float64], resampling_nodata: float = math.nan) -> NDArray[np.float64]:
    """Values of band 1 at points, bilinear; (n,) float64, NaN outside and where there is no data.

    `xy`: (n, 2) float64 in the raster's CRS, x = east first.
    """
    with rasterio.open(path) as source:
        return sample_open(source, xy, resampling_nodata)


def sample_open(source: DatasetReader, xy: NDArray[np.float64], missing: float = math.nan) -> NDArray[np.float64]:
    """As `sample`, from an open dataset: one windowed read around the points, at the overview that fits their spacing."""
    cols, rows = ~source.transform @ (xy[:, 0], xy[:, 1])
    cols, rows = np.asarray(cols, dtype=np.float64) - 0.5, np.asarray(rows, dtype=np.float64) - 0.5
    answer = np.full(len(xy), missing, dtype=np.float64)
    inside = (cols > -0.5) & (rows > -0.5) & (cols < source.width - 0.5) & (rows < source.height - 0.5)
    if not inside.any():
        return answer
    c0, r0 = max(int(np.floor(cols[inside].min())), 0), max(int(np.floor(rows[inside].min())), 0)
    c1 = min(int(np.ceil(cols[inside].max())) + 1, source.width)
    r1 = min(int(np.ceil(rows[inside].max())) + 1, source.height)
    c1, r1 = max(c1, c0 + 1), max(r1, r0 + 1)
    step = max(1, min((c1 - c0), (r1 - r0)) // 1024)
    window = rasterio.windows.Window(c0, r0, c1 - c0, r1 - r0)
    shape = (max(1, (r1 - r0) // step), max(1, (c1 - c0) // step))
    pixels = source.read(1, window=window, out_shape=shape, masked=True).astype(np.float64).filled(np.nan)
    scale_x, scale_y = shape[1] / (c1 - c0), shape[0] / (r1 - r0)
    answer[inside] = _bilinear(pixels, (cols[inside] - c0 + 0.5) * scale_x - 0.5, (rows[inside] - r0 + 0.5) * scale_y - 0.5)
    return answer


def _bilinear(pixels: NDArray[np.float64], x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    height, width = pixels.shape
    x, y = np.clip(x, 0, width - 1), np.clip(y, 0, height - 1)
    x0, y0 = np.floor(x).astype(int), np.floor(y).astype(int)
    x1, y1 = np.minimum(x0 + 1, width - 1), np.minimum(y0 + 1, height - 1)
    fx, fy = x - x0, y - y0
    top = pixels[y0, x0] * (1 - fx) + pixels[y0, x1] * fx
    low = pixels[y1, x0] * (1 - fx) + pixels[y1, x1] * fx
    exact: NDArray[np.float64] = top * (1 - fy) + low * fy
    nearest = pixels[np.rint(y).astype(int), np.rint(x).astype(int)]
    return np.where(np.isnan(exact), nearest, exact)


def _look(path: Path, source: DatasetReader, crs: str) -> Raster:
    a = source.transform
    corners = [a @ corner for corner in ((0, 0), (source.width, 0), (source.width, source.height), (0, source.height))]
    stated = crs or _crs_text(source.crs)
    bands = tuple(_band(source, i) for i in source.indexes)
    resolution = (math.hypot(a.a, a.d), math.hypot(a.b, a.e))
    return Raster(path, stated, Polygon(corners), resolution, (source.width, source.height), bands, dict(source.tags()),
                  _is_elevation(path, source), (a.a, a.b, a.c, a.d, a.e, a.f))


def _band(source: DatasetReader, index: int) -> dict[str, Any]:
    shape = (min(source.height, 512), min(source.width, 512))
    pixels = source.read(index, out_shape=shape, masked=True)
    empty = pixels.count() == 0
    nodata = source.nodatavals[index - 1]
    return {"name": source.descriptions[index - 1] or f"band {index}", "dtype": source.dtypes[index - 1],
            "unit": source.units[index - 1] or "", "nodata": None if nodata is None or math.isnan(nodata) else nodata,
            "min": None if empty else float(pixels.min()), "max": None if empty else float(pixels.max())}


def _is_elevation(path: Path, source: DatasetReader) -> bool:
    if source.count != 1 or source.dtypes[0] == "uint8":
        return False
    said = {key.upper(): value.lower() for key, value in source.tags().items()}
    if said.get("TYPE", "").startswith("vertical_offset"):
        return False
    words = path.stem.lower().replace("-", "_").split("_")
    return "VERTICAL" in said or any(word in {"dtm", "dem", "dsm", "terrain", "elevation", "heights"} for word in words)


def _crs_text(crs: Any) -> str:
    if not crs:
        return ""
    authority = crs.to_authority()
    return f"{authority[0]}:{authority[1]}" if authority else str(crs.to_wkt())


def _predictor(dtype: str) -> int:
    return 3 if dtype.startswith("float") else 2


@contextmanager
def _with_crs(source: DatasetReader, crs: str) -> Iterator[DatasetReader]:
    if source.crs is not None:
        yield source
        return
    with rasterio.vrt.WarpedVRT(source, src_crs=crs, crs=crs) as named:
        yield named
