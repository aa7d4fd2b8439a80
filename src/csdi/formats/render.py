"""Map tiles of a raster: PNG pictures in the WebMercatorQuad grid."""

from __future__ import annotations

import math
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from rio_tiler.colormap import cmap
from rio_tiler.errors import TileOutsideBounds
from rio_tiler.io import Reader

TILE = 256


def tile_png(path: Path, z: int, x: int, y: int, low: float | None = None, high: float | None = None) -> bytes | None:
    """One 256 x 256 PNG, transparent where there is no data; None outside the raster.

    Numbers (not bytes) are stretched from `low` to `high` over a colour ramp; photographs are shown as they are.
    """
    with Reader(str(path)) as reader:
        try:
            picture = reader.tile(x, y, z, tilesize=TILE, resampling_method="bilinear")
        except TileOutsideBounds:
            return None
    if picture.count >= 3 and picture.data.dtype == np.uint8:
        return bytes(picture.render(img_format="PNG"))
    if picture.count > 1:
        picture = picture.__class__(picture.array[:1])
    span = (_or(low, float(picture.array.min())), _or(high, float(picture.array.max())))
    picture.rescale(in_range=[span if span[1] > span[0] else (span[0], span[0] + 1)])
    return bytes(picture.render(img_format="PNG", colormap=_ramp("terrain")))


def zoom_range(path: Path) -> tuple[int, int]:
    """(lowest, highest) useful zoom of the raster in WebMercatorQuad."""
    with Reader(str(path)) as reader:
        return int(reader.minzoom), int(reader.maxzoom)


@lru_cache(maxsize=4)
def _ramp(name: str) -> Any:
    return cmap.get(name)


def _or(value: float | None, other: float) -> float:
    if value is None or not math.isfinite(value):
        return other if math.isfinite(other) else 0.0
    return value
