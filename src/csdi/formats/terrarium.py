"""Terrarium: heights packed into the colours of PNG tiles of the Web Mercator quad tree, unpacked into one raster.

Height in metres = red * 256 + green + blue / 256 - 32768.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.errors import RasterioError
from rasterio.transform import Affine, from_origin
from rasterio.windows import Window

from csdi.errors import FileBroken, ValueInvalid

HALF_WORLD_M = math.pi * 6378137.0
"""Half the side of the quad tree's square, metres of EPSG:3857."""
_SLIPPY = re.compile(r"(?:^|[/_-])(\d{1,2})[/_-](\d{1,7})[/_-](\d{1,7})\.png$", re.IGNORECASE)
_PIXELS = 400_000_000
_RED = (92, 165)
"""Values of red between 9 200 m below the sea and 9 500 m above it."""


def tile_of(path: Path) -> tuple[int, int, int] | None:
    """(z, x, y) of a tile as its path says: `z/x/y.png`, `z_x_y.png` or `z-x-y.png`; None when it says none."""
    found = _SLIPPY.search("/".join(path.parts[-3:]))
    if not found:
        return None
    z, x, y = (int(part) for part in found.groups())
    return (z, x, y) if z <= 24 and x < 2**z and y < 2**z else None


def is_packed(path: Path) -> bool:
    """Whether the colours are heights: the file is called so, or all its reds are heights of the Earth and its blues are noise."""
    try:
        with rasterio.open(path) as source:
            if source.count < 3 or source.dtypes[0] != "uint8":
                return False
            red, blue = source.read(1), source.read(3)
    except RasterioError:
        return False
    named = any("terrarium" in part.lower() for part in path.parts[-4:])
    within = _RED[0] <= int(red.min()) and int(red.max()) <= _RED[1]
    return within and (named or float(np.std(blue)) > 3 * float(np.std(red)))


def metres(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Heights of (3, rows, columns) colours, metres above the level of their source, (rows, columns)."""
    red, green, blue = rgb[:3].astype(np.float32)
    return np.asarray(red * 256 + green + blue / 256 - 32768, dtype=np.float32)


def unpack(path: Path, target: Path) -> Path:
    """A georeferenced PNG of packed heights as a GeoTIFF of metres, with the same place."""
    with rasterio.open(path) as source:
        _write(target, source.transform, source.width, source.height, source.crs, [(metres(source.read()), 0, 0)])
    return target


def mosaic(paths: Sequence[Path], target: Path) -> Path:
    """Tiles of one zoom level of packed heights as one GeoTIFF of metres in EPSG:3857; of several zoom levels the finest counts.

    Raises:
        ValueInvalid: together too large.
        FileBroken: a tile cannot be read, or is of another size.
    """
    places = {path: tile for path in paths if (tile := tile_of(path))}
    zooms = {z for z, _, _ in places.values()}
    z = max(zooms)
    chosen = {path: (x, y) for path, (level, x, y) in places.items() if level == z}
    size = _size(next(iter(chosen)))
    x0, x1 = min(x for x, _ in chosen.values()), max(x for x, _ in chosen.values()) + 1
    y0, y1 = min(y for _, y in chosen.values()), max(y for _, y in chosen.values()) + 1
    if (x1 - x0) * (y1 - y0) * size * size > _PIXELS:
        raise ValueInvalid(f"the tiles cover {(x1 - x0) * (y1 - y0)} places of the grid: too many for one raster", field="tiles",
                           remedy="give the tiles of one area")
    pixel = 2 * HALF_WORLD_M / 2**z / size
    place = from_origin(-HALF_WORLD_M + x0 * pixel * size, HALF_WORLD_M - y0 * pixel * size, pixel, pixel)
    tiles = ((metres(_colours(path, size)), (x - x0) * size, (y - y0) * size) for path, (x, y) in chosen.items())
    _write(target, place, (x1 - x0) * size, (y1 - y0) * size, "EPSG:3857", tiles)
    return target


def _write(target: Path, place: Affine, width: int, height: int, crs: object, tiles: object) -> None:
    profile = {"driver": "GTiff", "width": width, "height": height, "count": 1, "dtype": "float32", "crs": crs, "transform": place,
               "nodata": -32768.0, "tiled": True, "compress": "deflate", "sparse_ok": True}
    with rasterio.open(target, "w", **profile) as out:
        for values, column, row in tiles:  # type: ignore[attr-defined]
            out.write(values, 1, window=Window(column, row, values.shape[1], values.shape[0]))
        out.update_tags(VERTICAL="as in the Terrarium source")
        out.set_band_unit(1, "m")


def _size(path: Path) -> int:
    with rasterio.open(path) as source:
        return int(source.width)


def _colours(path: Path, size: int) -> NDArray[np.uint8]:
    try:
        with rasterio.open(path) as source:
            if (source.width, source.height) != (size, size) or source.count < 3:
                raise FileBroken(f"{path.name}: a tile of {source.width} x {source.height}, not {size} x {size}", file=str(path),
                                 remedy="give tiles of one size")
            return np.asarray(source.read([1, 2, 3]))
    except RasterioError as error:
        raise FileBroken(f"{path.name}: the pixels cannot be read ({str(error).splitlines()[0]})", file=str(path),
                         remedy="fetch the tile again") from None
