"""Heights of rasters as files have them: in feet, scaled, with numbers that stand for none; made metres before they are published."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.errors import RasterioError
from rasterio.io import DatasetReader
from rasterio.transform import Affine
from scipy import ndimage

from csdi.errors import FileBroken
from csdi.finding import Finding
from csdi.formats.raster import Raster, inspect

_METRES = {"ft": 0.3048, "foot": 0.3048, "feet": 0.3048, "international foot": 0.3048, "us-ft": 1200 / 3937, "us survey foot": 1200 / 3937,
           "ftus": 1200 / 3937, "cm": 0.01, "centimetre": 0.01, "mm": 0.001, "millimetre": 0.001, "dm": 0.1, "decimetre": 0.1}
"""Metres for one unit of a band; what is not here is metres."""
_LOWEST_M, _HIGHEST_M = -11_100.0, 8_900.0
"""No ground and no floor of a sea lies beyond."""
_STAND_FOR_NONE = (-9999.0, -32768.0, -32767.0, 32767.0, 9999.0, 65535.0)
_NODATA = -9999.0
_LOOKED_AT, _MOST_BOXES = 2048, 10


@dataclass(frozen=True, slots=True)
class _Reading:
    """How stored numbers become metres."""

    scale: float
    offset: float
    unit: str

    @classmethod
    def of(cls, source: DatasetReader) -> _Reading:
        return cls(float(source.scales[0]), float(source.offsets[0]), (source.units[0] or "").strip().casefold())

    @property
    def factor(self) -> float:
        return _METRES.get(self.unit, 1.0)

    @property
    def is_plain(self) -> bool:
        return (self.scale, self.offset, self.factor) == (1.0, 0.0, 1.0)

    def metres(self, stored: NDArray[np.float64]) -> NDArray[np.float64]:
        """Heights of stored numbers, NaN for those that stand for none."""
        with np.errstate(over="ignore", invalid="ignore"):
            heights = (stored * self.scale + self.offset) * self.factor
        return np.where(np.isin(stored, _STAND_FOR_NONE) | ~((heights >= _LOWEST_M) & (heights <= _HIGHEST_M)), np.nan, heights)


@contextmanager
def in_metres(found: Raster) -> Iterator[tuple[Raster, tuple[Finding, ...]]]:
    """A height model in metres, with one number for places without a height; the file itself where it is that already.

    Raises:
        FileBroken: its pixels cannot be read.
    """
    if not found.elevation:
        yield found, ()
        return
    try:
        with rasterio.open(found.path) as source:
            reading = _Reading.of(source)
            none = sum(int(np.isnan(heights).sum()) - missing for _, heights, missing in _blocks(source, reading))
            missing = _holes(source, found.path.name)
            if reading.is_plain and not none:
                yield found, missing
                return
            with tempfile.TemporaryDirectory(prefix="csdi-heights-") as folder:
                path = Path(folder) / found.path.name
                _write(source, reading, path)
                made = replace(inspect(path, found.crs), path=path, tags=found.tags, elevation=True)
                yield made, (*_told(found, reading, none), *missing)
    except RasterioError as error:
        raise FileBroken(f"{found.path.name}: the pixels cannot be read ({str(error).splitlines()[0]})", file=str(found.path),
                         remedy="the file is damaged or incomplete: export it again") from error


def _blocks(source: DatasetReader, reading: _Reading) -> Iterator[tuple[rasterio.windows.Window, NDArray[np.float64], int]]:
    """Windows of the first band, their heights with NaN for none, and how many of those the file itself says are none."""
    for _, window in source.block_windows(1):
        stored = source.read(1, window=window, masked=True)
        stated = np.ma.getmaskarray(stored)
        heights = reading.metres(np.ma.getdata(stored).astype(np.float64))
        heights[stated] = np.nan
        yield window, heights, int(stated.sum())


def _holes(source: DatasetReader, name: str) -> tuple[Finding, ...]:
    """Areas that the file says are without a height and that heights surround; what reaches the edge is taken for what lies outside.

    They are looked for at a cell size of `_LOOKED_AT` cells along the longer side.
    """
    step = max(1.0, max(source.width, source.height) / _LOOKED_AT)
    shape = max(1, round(source.height / step)), max(1, round(source.width / step))
    areas, count = ndimage.label(source.read_masks(1, out_shape=shape) == 0)
    edge = np.unique(np.concatenate([areas[0], areas[-1], areas[:, 0], areas[:, -1]]))
    sizes = np.bincount(areas.ravel(), minlength=count + 1)
    sizes[[0, *edge]] = 0
    largest = [int(label) for label in np.argsort(-sizes) if sizes[label]]
    if not largest:
        return ()
    to_crs = source.transform @ Affine.scale(source.width / shape[1], source.height / shape[0])
    boxes = []
    objects = ndimage.find_objects(areas)
    for rows, columns in (objects[label - 1] for label in largest[:_MOST_BOXES]):
        corners = np.array([to_crs @ (x, y) for x in (columns.start, columns.stop) for y in (rows.start, rows.stop)])
        boxes.append([*corners.min(0).round(3).tolist(), *corners.max(0).round(3).tolist()])
    share = float(sizes.sum()) / areas.size
    said = f"{len(largest)} holes ({share:.2%} of the area) have no height; terrain is drawn at 0 mPD there"
    return (Finding("height-hole", "warning", said, name, measured=str(len(largest)), expected="0",
                    cure="fill them, or publish a model that covers them",
                    data={"count": len(largest), "boxes": boxes, "crs": str(source.crs or "")}),)


def _write(source: DatasetReader, reading: _Reading, path: Path) -> None:
    profile = {"driver": "GTiff", "width": source.width, "height": source.height, "count": 1, "dtype": "float32", "crs": source.crs,
               "transform": source.transform, "nodata": _NODATA, "tiled": True, "compress": "deflate"}
    with rasterio.open(path, "w", **profile) as target:
        target.update_tags(**source.tags())
        for window, heights, _ in _blocks(source, reading):
            target.write(np.nan_to_num(heights, nan=_NODATA).astype(np.float32), 1, window=window)


def _told(found: Raster, reading: _Reading, none: int) -> tuple[Finding, ...]:
    name = found.path.name
    told = []
    if reading.factor != 1.0:
        told.append(Finding("height-unit", "note", f"heights were turned from {reading.unit} into metres", name, measured=reading.unit,
                            expected="m"))
    if (reading.scale, reading.offset) != (1.0, 0.0):
        told.append(Finding("height-scale", "note", f"heights times {reading.scale:g} plus {reading.offset:g} were worked out", name,
                            measured=f"{reading.scale:g}, {reading.offset:g}", expected="1, 0"))
    if none:
        told.append(Finding("height-none", "warning", f"{none} pixels hold numbers that can be no height; they are without one", name,
                            measured=str(none), expected="0", cure="say in the file which number stands for none (nodata)",
                            data={"count": none}))
    return tuple(told)
