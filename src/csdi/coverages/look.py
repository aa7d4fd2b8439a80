"""Looks: the values of a coverage as a picture; photographs as they are, heights in colours with the light from the north-west."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csdi.coverages.coverage import Coverage
from csdi.coverages.frame import Floats, Frame, meet
from csdi.coverages.sampling import cut
from csdi.coverages.subset import carried
from csdi.crs import CRS84, transform
from csdi.errors import OutsideAreaOfUse
from csdi.formats.pixels import Pixels

Picture = NDArray[np.uint8]
"""(rows, columns, 4): red, green, blue, opacity."""

_LAND = ((0.0, (104, 148, 104)), (0.12, (150, 180, 124)), (0.3, (206, 204, 152)), (0.5, (200, 168, 120)), (0.75, (158, 122, 98)),
         (1.0, (240, 238, 236)))
"""Colours of heights from the lowest to the highest of a raster."""
_VALUES = ((0.0, (44, 42, 92)), (0.25, (38, 104, 142)), (0.5, (48, 158, 130)), (0.75, (150, 202, 78)), (1.0, (250, 230, 80)))
"""Colours of other numbers, equal steps looking equal."""
_SUN = math.radians(315), math.radians(45)
"""Where the light comes from: clockwise from north, and above the horizon."""
_STRIP = 1_000_000
"""Pixels that are drawn at once."""
METRES_PER_DEGREE = 111_320.0


@dataclass(frozen=True, slots=True)
class Ramp:
    """Colours of values, in place of those that a coverage has without anybody saying.

    Attributes:
        stops: values in the unit of the coverage, rising.
        colours: red, green, blue from 0 to 255 and opacity from 0 to 1: of each stop, in between them mixed; with `steps` one more than
            there are stops: below the first stop, and from each stop on.
    """

    stops: tuple[float, ...]
    colours: tuple[tuple[float, float, float, float], ...]
    steps: bool = False

    def paint(self, values: Floats) -> Floats:
        """(rows, columns, 4): colours of values, opacity from 0 to 1."""
        colours = np.array(self.colours, np.float64)
        if self.steps:
            return np.asarray(colours[np.searchsorted(self.stops, values, side="right")], np.float64)
        return np.stack([np.interp(values, self.stops, colours[:, i]) for i in range(4)], axis=-1)


def look(coverage: Coverage, frame: Frame, *, exact: bool = False, ramp: Ramp | None = None) -> Picture:
    """The coverage over a frame as a picture, transparent where nothing is known.

    A ramp colours the first band. Without one:

    Bands of bytes are red, green and blue; a palette gives its colours; heights are coloured and shaded; other numbers are
    coloured from the least to the greatest that the raster has.
    """
    strips = -(-frame.size // _STRIP)
    if strips > 1 and frame.rows > 1:
        edges = np.linspace(0, frame.rows, min(strips, frame.rows) + 1).astype(int)
        return np.concatenate([_look(coverage, frame.part((0, frame.columns, int(top), int(end))), exact, ramp)
                               for top, end in itertools.pairwise(edges)])
    return _look(coverage, frame, exact, ramp)


def _look(coverage: Coverage, frame: Frame, exact: bool, ramp: Ramp | None) -> Picture:
    if ramp is not None:
        return _ramped(cut(coverage, frame, coverage.fields[:1], exact=exact), ramp)
    if coverage.photo:
        return _photo(cut(coverage, frame, coverage.fields, exact=exact), coverage)
    first = coverage.fields[:1]
    if coverage.bands[0].colours:
        return _palette(cut(coverage, frame, first, exact=exact), coverage.bands[0].colours)
    if coverage.bands[0].dtype == "uint8" and not coverage.collection.details.get("elevation"):
        pixels = cut(coverage, frame, first, exact=exact)
        return _opaque(np.repeat(pixels.values[0][..., None], 3, axis=2), pixels.known[0])
    if coverage.collection.details.get("elevation"):
        return _relief(coverage, frame, exact)
    pixels = cut(coverage, frame, first, exact=exact)
    return _opaque(_coloured(_share(pixels, coverage), _VALUES), pixels.known[0])


def _ramped(pixels: Pixels, ramp: Ramp) -> Picture:
    known = pixels.known[0]
    painted = ramp.paint(np.where(known, pixels.values[0], 0).astype(np.float64))
    picture = _opaque(painted[..., :3], known)
    picture[..., 3] = np.where(known, np.rint(painted[..., 3] * 255), 0)
    return picture


def look_within(coverage: Coverage, frame: Frame, ramp: Ramp | None = None) -> Picture | None:
    """As `look`, for a frame that may reach far beyond the coverage; None where they do not meet."""
    window = _seen(coverage, frame)
    if window is None:
        return None
    part = look(coverage, frame.part(window), ramp=ramp)
    if part.shape[:2] == (frame.rows, frame.columns):
        return part
    picture = np.zeros((frame.rows, frame.columns, 4), np.uint8)
    left, right, top, bottom = window
    picture[top:bottom, left:right] = part
    return picture


def _seen(coverage: Coverage, frame: Frame) -> tuple[int, int, int, int] | None:
    """The window of the frame in which the coverage lies."""
    try:
        shared = meet(carried(frame.box, frame.crs, coverage.crs), coverage.shape.box)
        return None if shared is None else frame.window(carried(shared, coverage.crs, frame.crs))
    except OutsideAreaOfUse:
        return None


def _photo(pixels: Pixels, coverage: Coverage) -> Picture:
    opacity = [i for i, band in enumerate(coverage.bands) if band.opacity]
    colours = [i for i in range(len(coverage.bands)) if i not in opacity][:3]
    known = np.asarray(pixels.known[colours].any(axis=0), bool)
    picture = _opaque(np.moveaxis(pixels.values[colours], 0, -1), known)
    if opacity:
        picture[..., 3] = np.where(known, pixels.values[opacity[0]], 0)
    return picture


def _palette(pixels: Pixels, colours: dict[int, tuple[int, int, int, int]]) -> Picture:
    table = np.zeros((max(colours) + 1, 4), np.uint8)
    for value, colour in colours.items():
        table[value] = colour
    picture = table[np.clip(pixels.values[0], 0, len(table) - 1)]
    picture[~pixels.known[0]] = 0
    return np.asarray(picture, np.uint8)


def _relief(coverage: Coverage, frame: Frame, exact: bool) -> Picture:
    """Colours by height, darker and lighter as slopes are turned from and to the light."""
    around = frame.part((-1, frame.columns + 1, -1, frame.rows + 1))
    pixels = cut(coverage, around, coverage.fields[:1], exact=exact)
    heights = np.where(pixels.known[0], pixels.values[0], np.nan).astype(np.float64)
    inner = Pixels(pixels.values[:, 1:-1, 1:-1], pixels.known[:, 1:-1, 1:-1])
    colours = _coloured(_share(inner, coverage), _LAND)
    light = _light(heights, *_ground(frame))
    return _opaque(np.clip(colours * (0.45 + 0.78 * light[..., None]), 0, 255).astype(np.uint8), inner.known[0])


def _light(heights: Floats, width_m: Floats, height_m: float) -> Floats:
    """(rows, columns) 0 to 1: how much light falls on each pixel; `heights` has one pixel more on every side.

    Horn's gradient (1981) over the eight neighbours; a neighbour that is not known counts as the pixel itself. Level ground has
    the sine of the sun's height.
    """
    middle = heights[1:-1, 1:-1]
    near = {(i, j): _or(heights[1 + i:heights.shape[0] - 1 + i, 1 + j:heights.shape[1] - 1 + j], middle)
            for i in (-1, 0, 1) for j in (-1, 0, 1)}
    east = (near[-1, 1] + 2 * near[0, 1] + near[1, 1] - near[-1, -1] - 2 * near[0, -1] - near[1, -1]) / (8 * width_m[:, None])
    north = (near[-1, -1] + 2 * near[-1, 0] + near[-1, 1] - near[1, -1] - 2 * near[1, 0] - near[1, 1]) / (8 * height_m)
    azimuth, altitude = _SUN
    toward = np.array([math.sin(azimuth) * math.cos(altitude), math.cos(azimuth) * math.cos(altitude), math.sin(altitude)])
    light = (toward[2] - east * toward[0] - north * toward[1]) / np.sqrt(1 + east**2 + north**2)
    return np.asarray(np.nan_to_num(np.clip(light, 0, 1), nan=toward[2]), np.float64)


def _ground(frame: Frame) -> tuple[Floats, float]:
    """(rows,) width of a pixel on the ground, row by row, and height in the middle; metres."""
    if frame.crs.is_geographic:
        return frame.width * METRES_PER_DEGREE * np.maximum(np.cos(np.radians(frame.y)), 1e-3), frame.height * METRES_PER_DEGREE
    unit = frame.crs.unit_to_metre
    scale = 1.0
    if frame.crs.code == "EPSG:3857":
        _, latitude = transform(frame.crs, CRS84).xy(frame.west, float(np.clip(frame.y[frame.rows // 2], -2e7, 2e7)))
        scale = math.cos(math.radians(float(latitude)))
    return np.full(frame.rows, frame.width * unit * scale), frame.height * unit * scale


def _share(pixels: Pixels, coverage: Coverage) -> Floats:
    """Where the values stand between the least and the greatest of the raster, 0 to 1."""
    values = pixels.values[0].astype(np.float64)
    low, high = coverage.fields[0].span or _span(values, pixels.known[0])
    return np.clip((np.where(pixels.known[0], values, low) - low) / max(high - low, 1e-12), 0, 1)


def _span(values: Floats, known: NDArray[np.bool_]) -> tuple[float, float]:
    return (float(values[known].min()), float(values[known].max())) if known.any() else (0.0, 1.0)


def _coloured(share: Floats, ramp: tuple[tuple[float, tuple[int, int, int]], ...]) -> Floats:
    stops, colours = [stop for stop, _ in ramp], np.array([colour for _, colour in ramp], np.float64)
    return np.stack([np.interp(share, stops, colours[:, i]) for i in range(3)], axis=-1)


def _opaque(colours: NDArray[np.float64] | Picture, known: NDArray[np.bool_]) -> Picture:
    picture = np.zeros((*known.shape, 4), np.uint8)
    picture[..., :3] = colours
    picture[..., 3] = np.where(known, 255, 0)
    picture[~known] = 0
    return picture


def _or(values: Floats, other: Floats) -> Floats:
    return np.where(np.isnan(values), other, values)
