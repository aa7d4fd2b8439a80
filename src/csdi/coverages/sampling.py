"""Sampling: the values of a coverage over a frame in any CRS, and at points."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from csdi.coverages.coverage import Coverage, RangeField, Shape
from csdi.coverages.frame import Frame
from csdi.coverages.places import places
from csdi.formats.pixels import Pixels

Floats = NDArray[np.float64]
_STRIP = 1_000_000
"""Pixels that are worked on at once."""
_BLOCK = 1024
"""Points in the same square of so many pixels are read together."""


def cut(coverage: Coverage, frame: Frame, fields: Sequence[RangeField], *, exact: bool = True) -> Pixels:
    """The values over a frame: the raster's own numbers where the frame's pixels are the raster's or whole joins of them,
    else between them.

    Args:
        frame: in any CRS.
        exact: whether values are for use; else for the eye, to which a small part of a pixel does not matter.

    Returns:
        pixels in the raster's own type; what lies beside the raster is not known.

    Raises:
        OutsideAreaOfUse: the frame reaches where the raster's CRS is not defined.
        FileBroken: the pixels cannot be read.
    """
    bands = [f.band for f in fields]
    window = _own_window(coverage.shape, frame)
    if window is not None:
        return coverage.raster.read(bands, window[:2], window[2:], (frame.rows, frame.columns), smooth=coverage.smooth,
                                    exact=exact)
    strips = max(1, math.ceil(frame.size / _STRIP))
    edges = np.linspace(0, frame.rows, min(strips, frame.rows) + 1).astype(int)
    found = [_carried(coverage, frame.part((0, frame.columns, int(top), int(end))), bands, exact)
             for top, end in itertools.pairwise(edges)]
    return Pixels(np.concatenate([one.values for one in found], axis=1), np.concatenate([one.known for one in found], axis=1))


def at_points(coverage: Coverage, xy: Floats, fields: Sequence[RangeField]) -> Floats:
    """Values at points: bilinear between the middles of pixels, or of the pixel itself where in-between means nothing.

    A point within half a pixel of the raster's edge gets the value of the outermost middles. Where one of the four pixels is
    not known, the pixel counts that the point lies in.

    Args:
        xy: (n, 2) float64 in the CRS of the coverage, x = east or longitude first.

    Returns:
        (fields, n) float64, NaN where nothing is known.
    """
    column, row = _pixel_places(coverage.shape, xy[:, 0], xy[:, 1])
    found = np.full((len(fields), len(xy)), np.nan)
    inside = np.flatnonzero((column >= 0) & (column <= coverage.shape.columns) & (row >= 0) & (row <= coverage.shape.rows))
    if not len(inside):
        return found
    squares = (column[inside] // _BLOCK).astype(np.int64) + (row[inside] // _BLOCK).astype(np.int64) * 2**32
    for square in np.unique(squares):
        chosen = inside[squares == square]
        values, known = _around(coverage, column[chosen], row[chosen], [f.band for f in fields])
        found[:, chosen] = np.where(known, values, np.nan)
    return found


def _own_window(shape: Shape, frame: Frame) -> tuple[float, float, float, float] | None:
    """The raster's pixels that a frame is made of; None where it is not."""
    if not shape.upright or frame.crs != shape.crs:
        return None
    own = shape.frame
    left, top = (frame.west - own.west) / own.width, (own.north - frame.north) / own.height
    right, bottom = left + frame.columns * frame.width / own.width, top + frame.rows * frame.height / own.height
    edges = np.array([left, right, top, bottom])
    whole = np.rint(edges)
    if np.abs(edges - whole).max() > 1e-6 or left < -0.5 or top < -0.5 or right > own.columns + 0.5 or bottom > own.rows + 0.5:
        return None
    return (float(whole[0]), float(whole[1]), float(whole[2]), float(whole[3]))


def _carried(coverage: Coverage, frame: Frame, bands: list[int], exact: bool) -> Pixels:
    x, y = places(frame, coverage.crs, coverage.shape.pixel, close=1e-4 if exact else 0.1)
    column, row = _pixel_places(coverage.shape, x.ravel(), y.ravel())
    count, shape = len(bands), (frame.rows, frame.columns)
    dtype = np.result_type(*(coverage.bands[band - 1].dtype for band in bands))
    values, known = np.zeros((count, frame.size), dtype), np.zeros((count, frame.size), bool)
    inside = (column >= 0) & (column <= coverage.shape.columns) & (row >= 0) & (row <= coverage.shape.rows)
    if inside.any():
        joined = _joined(column.reshape(shape), row.reshape(shape))
        found, there = _around(coverage, column[inside], row[inside], bands, joined, exact)
        values[:, inside] = np.rint(found).astype(dtype) if dtype.kind in "iu" else found.astype(dtype)
        known[:, inside] = there
    return Pixels(values.reshape(count, *shape), known.reshape(count, *shape))


def _joined(column: Floats, row: Floats) -> float:
    """How many pixels of the raster lie side by side under one of the frame."""
    steps = [1.0]
    for axis in (0, 1):
        if column.shape[axis] > 1:
            across, down = np.diff(column, axis=axis), np.diff(row, axis=axis)
            steps.append(float(np.median(np.hypot(across, down))))
    return max(steps)


def _around(coverage: Coverage, column: Floats, row: Floats, bands: list[int], joined: float = 1.0,
            exact: bool = True) -> tuple[Floats, NDArray[np.bool_]]:
    """(bands, n) values and whether they are known, at places in pixels that lie in the raster.

    Where pixels of the answer are larger than the raster's, whole joins of them are read first, so that none is passed over.
    """
    shape = coverage.shape
    step = 1 if joined < 2 else 1 << math.floor(math.log2(joined))
    left, right = _span(column, shape.columns, step)
    top, bottom = _span(row, shape.rows, step)
    size = (max(1, math.ceil((bottom - top) / step)), max(1, math.ceil((right - left) / step)))
    right, bottom = min(left + size[1] * step, shape.columns), min(top + size[0] * step, shape.rows)
    pixels = coverage.raster.read(bands, (left, right), (top, bottom), size, smooth=coverage.smooth, exact=exact)
    across = (column - left) * size[1] / (right - left)
    down = (row - top) * size[0] / (bottom - top)
    return _nearest(pixels, across, down) if not coverage.smooth else _bilinear(pixels, across, down)


def _span(places: Floats, count: int, step: int) -> tuple[int, int]:
    """First and end of the joins of pixels around places, with two more on each side."""
    first, end = math.floor(float(places.min()) / step) - 2, math.ceil(float(places.max()) / step) + 2
    return max(0, first * step), min(count, end * step)


def _nearest(pixels: Pixels, across: Floats, down: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    column, row = _indexes(across, pixels.values.shape[2]), _indexes(down, pixels.values.shape[1])
    return pixels.values[:, row, column].astype(np.float64), pixels.known[:, row, column]


def _bilinear(pixels: Pixels, across: Floats, down: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    _, rows, columns = pixels.values.shape
    x, y = np.clip(across - 0.5, 0, columns - 1), np.clip(down - 0.5, 0, rows - 1)
    left, top = np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)
    total: Floats = np.zeros((len(pixels.values), len(x)))
    whole = np.ones(total.shape, bool)
    for below in (0, 1):
        for beside in (0, 1):
            share = np.abs(1 - below - (y - top)) * np.abs(1 - beside - (x - left))
            row, column = np.minimum(top + below, rows - 1), np.minimum(left + beside, columns - 1)
            known = pixels.known[:, row, column]
            total += np.where(known, pixels.values[:, row, column], 0).astype(np.float64) * share
            whole &= known | (share == 0)
    if whole.all():
        return total, whole
    values, known = _nearest(pixels, across, down)
    return np.where(whole, total, values), whole | known


def _indexes(places: Floats, count: int) -> NDArray[np.int64]:
    return np.clip(np.floor(places), 0, count - 1).astype(np.int64)


def _pixel_places(shape: Shape, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Columns and rows, in pixels from the outer corner of the first, of places; longitudes are turned to the raster's side."""
    a, b, c, d, e, f = shape.affine
    if shape.crs.is_geographic:
        west, _, east, _ = shape.box
        x = np.where((x < west) | (x > east), west + (x - west) % 360.0, x)
    dx, dy, area = x - c, y - f, a * e - b * d
    return (e * dx - b * dy) / area, (a * dy - d * dx) / area
