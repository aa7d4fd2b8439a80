"""Frames: upright grids of pixels in some CRS, and the arithmetic of cutting, snapping and scaling them."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from csdi.crs import CRS
from csdi.errors import ValueInvalid
from csdi.formats.pixels import Affine6

Box = tuple[float, float, float, float]
Floats = NDArray[np.float64]

SLIVER = 1e-3
"""A box that reaches less than this part of a pixel into a pixel does not touch it: coordinates are written with few digits."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A grid of pixels, north up.

    Attributes:
        crs: of the coordinates.
        west, north: outer corner of the first pixel, x = east or longitude.
        width, height: of a pixel, both positive, units of the CRS.
        columns, rows: how many pixels.
    """

    crs: CRS
    west: float
    north: float
    width: float
    height: float
    columns: int
    rows: int

    @classmethod
    def over(cls, crs: CRS, box: Box, columns: int, rows: int) -> Frame:
        """A grid of so many pixels that fills a box exactly."""
        return cls(crs, box[0], box[3], (box[2] - box[0]) / columns, (box[3] - box[1]) / rows, columns, rows)

    @property
    def box(self) -> Box:
        """Outer edges: minx, miny, maxx, maxy."""
        return (self.west, self.north - self.rows * self.height, self.west + self.columns * self.width, self.north)

    @property
    def affine(self) -> Affine6:
        """See `Header.affine`."""
        return (self.width, 0.0, self.west, 0.0, -self.height, self.north)

    @property
    def size(self) -> int:
        """How many pixels there are."""
        return self.columns * self.rows

    @property
    def x(self) -> Floats:
        """(columns,) x of the middles of pixels, from the west."""
        return self.west + (np.arange(self.columns, dtype=np.float64) + 0.5) * self.width

    @property
    def y(self) -> Floats:
        """(rows,) y of the middles of pixels, from the north."""
        return self.north - (np.arange(self.rows, dtype=np.float64) + 0.5) * self.height

    def window(self, box: Box) -> tuple[int, int, int, int] | None:
        """(first column, end, first row, end) of the pixels that a box touches; None where it touches none.

        A box of no width or height touches the pixels that it lies in.
        """
        columns = _touched((box[0] - self.west) / self.width, (box[2] - self.west) / self.width, self.columns)
        rows = _touched((self.north - box[3]) / self.height, (self.north - box[1]) / self.height, self.rows)
        return (*columns, *rows) if columns and rows else None

    def part(self, window: tuple[int, int, int, int]) -> Frame:
        """The pixels of a window."""
        left, right, top, bottom = window
        return replace(self, west=self.west + left * self.width, north=self.north - top * self.height, columns=right - left,
                       rows=bottom - top)

    def snapped(self, box: Box) -> Frame | None:
        """The pixels that a box touches; None where it touches none."""
        window = self.window(box)
        return None if window is None else self.part(window)

    def resized(self, columns: int, rows: int) -> Frame:
        """The same box with other pixels."""
        return Frame.over(self.crs, self.box, columns, rows)

    def scaled(self, across: float, down: float) -> Frame:
        """The same box with pixels so many times as wide and as high, as nearly as whole numbers of them allow."""
        return self.resized(max(1, round(self.columns / across)), max(1, round(self.rows / down)))


def _touched(low: float, high: float, count: int) -> tuple[int, int] | None:
    """First and end of the pixels between two places, in pixels; None beside the grid."""
    if high < -SLIVER or low > count + SLIVER or (high - low > 2 * SLIVER and (high <= SLIVER or low >= count - SLIVER)):
        return None
    first, end = math.floor(low + SLIVER), math.ceil(high - SLIVER)
    first = min(max(first, 0), count - 1)
    return first, min(max(end, first + 1), count)


def meet(one: Box, other: Box) -> Box | None:
    """What two boxes share; None where they do not meet."""
    west, south, east, north = max(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), min(one[3], other[3])
    return (west, south, east, north) if west <= east and south <= north else None


def fitted(frame: Frame, limit: int, *, values: int = 1) -> Frame:
    """The frame, or its box with larger pixels of the same shape, so that so many values of each stay within a limit."""
    factor = math.sqrt(frame.size * values / limit)
    if factor <= 1:
        return frame
    columns = min(max(1, math.floor(frame.columns / factor)), limit // values)
    return frame.resized(columns, min(max(1, math.floor(frame.rows / factor)), limit // (values * columns)))


def require_size(frame: Frame, limit: int, *, values: int = 1, by: str = "scale-factor") -> Frame:
    """The frame, if so many values of each of its pixels stay within a limit.

    `by` is the parameter of the request that makes pixels larger: `scale-factor`, `resolution-x` or `width`.

    Raises:
        ValueInvalid: naming a value of that parameter that would.
    """
    if frame.size * values <= limit:
        return frame
    factor = math.ceil(10 * math.sqrt(frame.size * values / limit)) / 10
    columns, rows = max(1, math.floor(frame.columns / factor)), max(1, math.floor(frame.rows / factor))
    cures = {"scale-factor": f"scale-factor={factor:g}", "resolution-x": f"resolution-x={columns}&resolution-y={rows}",
             "width": f"width={columns}&height={rows}"}
    many = f"{frame.columns} x {frame.rows} pixels" + (f" of {values} values" if values > 1 else "")
    raise ValueInvalid(f"{many} are more than an answer holds: the limit is {limit} values", field=by, limit=limit,
                       columns=frame.columns, rows=frame.rows, remedy=f"ask for a smaller area, or for larger pixels: {cures[by]}")
