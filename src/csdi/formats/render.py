"""Pictures of a raster: which zooms of the WebMercatorQuad grid show it well."""

from __future__ import annotations

from pathlib import Path

from rio_tiler.io import Reader


def zoom_range(path: Path) -> tuple[int, int]:
    """(lowest, highest) useful zoom of the raster in WebMercatorQuad."""
    with Reader(str(path)) as reader:
        return int(reader.minzoom), int(reader.maxzoom)
