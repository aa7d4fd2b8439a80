"""Asking a coverage: values at positions, along lines, and over areas, circles, corridors and boxes, in any CRS."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from csdi.coverages.coverage import Coverage, RangeField
from csdi.coverages.frame import Box, Floats, Frame, fitted, meet, require_size
from csdi.coverages.sampling import at_points, cut
from csdi.coverages.subset import Scale, Subset, carried, frame_of
from csdi.crs import CRS, CRS84, HK80, crs, transform
from csdi.errors import OutsideAreaOfUse, ValueInvalid
from csdi.formats.pixels import Pixels, inside

Levels = tuple[float, float]
"""Least and greatest height that is wanted."""
MOST_CELLS = 4_000_000
"""Values that an answer over a grid may have."""
MOST_POINTS = 100_000
_ARC = 64
"""Segments in a quarter of a circle: its radius is then true to 1 in 10 000."""
_EDGE = 0.003
"""Edges longer than this many degrees get vertices in between before they are carried into another CRS."""


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Values at points.

    Attributes:
        crs: of the coordinates.
        xy: (n, 2) float64, x = east or longitude first.
        values: (fields, n) float64, NaN where nothing is known.
    """

    crs: CRS
    xy: Floats
    values: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Values over a grid.

    Attributes:
        pixels: known only where they were asked for.
    """

    frame: Frame
    pixels: Pixels


def at_positions(coverage: Coverage, fields: Sequence[RangeField], xy: Floats, reference: CRS, levels: Levels | None = None) -> Points:
    """Values at positions, see `at_points`; a position where the CRS of the coverage is not defined has none.

    Args:
        xy: (n, 2) float64 in `reference`, x = east or longitude first.
        levels: heights that are wanted; others count as not known.
    """
    values = np.full((len(fields), len(xy)), np.nan)
    near = _near(coverage, xy, reference)
    if near.any():
        values[:, near] = at_points(coverage, transform(reference, coverage.crs).points(xy[near]), fields)
    _keep_levels(values, np.isfinite(values), fields, levels)
    return Points(reference, xy, values)


def along(coverage: Coverage, fields: Sequence[RangeField], line: Floats, reference: CRS,
          levels: Levels | None = None) -> tuple[Points, Floats]:
    """Values along a line: at its vertices, and between them at steps no longer than a pixel, as far as `MOST_POINTS` allow.

    Returns:
        the points, and (n,) how far along the vertices each is: 0 is the first vertex, 1 the second, 1.5 half way to the third.
    """
    places = _steps(coverage, line, reference)
    vertex = np.minimum(np.floor(places).astype(np.int64), max(len(line) - 2, 0))
    share = (places - vertex)[:, None]
    xy = line[vertex] * (1 - share) + line[np.minimum(vertex + 1, len(line) - 1)] * share
    return at_positions(coverage, fields, xy, reference, levels), places


def in_area(coverage: Coverage, fields: Sequence[RangeField], area: BaseGeometry, reference: CRS, *, scale: Scale | None = None,
            levels: Levels | None = None, width_m: float = math.inf, most: int = MOST_CELLS) -> Cells | None:
    """Values over an area: of the cells whose middle lies in it, or of those that it touches where it holds no middle.

    Args:
        area: polygons in `reference`, which is the CRS of the answer too, x = east or longitude first.
        scale: how fine the grid is; without it as fine as the coverage, or as an answer may be.
        width_m: how wide the area is, metres; where that may pass between the middles of cells, those count that it touches.
        most: values that the answer may have.

    Returns:
        None where the area lies beside the coverage.

    Raises:
        ValueInvalid: a scale that makes more values than that.
    """
    west, south, east, north = area.bounds
    frame = _grid(coverage, len(fields), (west, south, east, north), reference, scale, most)
    if frame is None:
        return None
    mask = inside(area, frame.affine, frame.rows, frame.columns, touched=_narrower_than_cells(frame, width_m))
    if not mask.any():
        mask = inside(area, frame.affine, frame.rows, frame.columns, touched=True)
    return _cells(coverage, fields, frame, levels, mask)


def in_box(coverage: Coverage, fields: Sequence[RangeField], box: Box, reference: CRS, *, scale: Scale | None = None,
           levels: Levels | None = None, most: int = MOST_CELLS) -> Cells | None:
    """Values of all cells that a box in `reference` touches; None beside the coverage. For the rest see `in_area`."""
    frame = _grid(coverage, len(fields), box, reference, scale, most)
    return None if frame is None else _cells(coverage, fields, frame, levels)


def circle(centre: Floats, radius_m: float, reference: CRS) -> BaseGeometry:
    """The circle of so many metres on the ground around (2,) x and y in `reference`, as a polygon there."""
    return _grown(shapely.Point(centre), radius_m, reference, flat=False)


def corridor(line: BaseGeometry, width_m: float, reference: CRS, near: Box) -> BaseGeometry | None:
    """What lies within half a width, metres on the ground, of a line in `reference`; its ends are cut off square.

    Args:
        near: a box in `reference`; parts of the line far from it are left out.
    """
    margin = width_m / 1e5 + _EDGE if reference.is_geographic else width_m / max(reference.unit_to_metre, 1e-9)
    part = shapely.intersection(line, shapely.box(near[0] - margin, near[1] - margin, near[2] + margin, near[3] + margin))
    grown = None if part.is_empty else _grown(part, width_m / 2, reference, flat=True)
    return None if grown is None or grown.is_empty else grown


def box_around(coverage: Coverage, reference: CRS) -> Box | None:
    """Where the coverage is, in `reference`; None where that is not defined there."""
    try:
        return carried(coverage.shape.box, coverage.crs, reference)
    except OutsideAreaOfUse:
        return None


def _grid(coverage: Coverage, values: int, box: Box, reference: CRS, scale: Scale | None, most: int) -> Frame | None:
    """The cells that answer for a box in `reference`: of the scale that was asked for, else no finer than an answer may be.

    `values` is how many a cell has.
    """
    frame = frame_of(coverage, Subset(reference, (box[0], box[2]), (box[1], box[3])), reference, scale)
    if frame is None:
        return None
    if scale is not None and scale != Scale():
        return require_size(frame, most, values=values, by="resolution-x")
    return fitted(frame, most, values=values)


def _narrower_than_cells(frame: Frame, width_m: float) -> bool:
    """Whether what is so wide may pass between the middles of cells."""
    metres = 111_320.0 if frame.crs.is_geographic else frame.crs.unit_to_metre
    return width_m < max(frame.width, frame.height) * metres * math.sqrt(2)


def _cells(coverage: Coverage, fields: Sequence[RangeField], frame: Frame, levels: Levels | None,
           mask: NDArray[np.bool_] | None = None) -> Cells:
    pixels = cut(coverage, frame, fields)
    known = pixels.known if mask is None else pixels.known & mask
    if levels is not None:
        low, high = np.float64(levels[0]), np.float64(levels[1])  # compared as doubles, whatever the raster's type
        known = known & (pixels.values >= low) & (pixels.values <= high)
    return Cells(frame, Pixels(pixels.values, known))


def _keep_levels(values: Floats, known: NDArray[np.bool_], fields: Sequence[RangeField], levels: Levels | None) -> None:
    if levels is None:
        return
    for index, one in enumerate(fields):
        if one.datum:
            beyond = known[index] & ((values[index] < levels[0]) | (values[index] > levels[1]))
            values[index, beyond] = np.nan


def _near(coverage: Coverage, xy: Floats, reference: CRS) -> NDArray[np.bool_]:
    """(n,) which places may lie in the coverage, so that no other is transformed to where its CRS is not defined."""
    box = box_around(coverage, reference)
    if box is None:
        return np.zeros(len(xy), bool)
    x, (west, south, east, north) = xy[:, 0], box
    across = ((x - west) % 360.0 <= east - west + 1e-9) if reference.is_geographic else (x >= west) & (x <= east)
    return np.asarray(across & (xy[:, 1] >= south) & (xy[:, 1] <= north), bool)


def _steps(coverage: Coverage, line: Floats, reference: CRS) -> Floats:
    """Places along a line, see `along`."""
    box = box_around(coverage, reference)
    if box is None or len(line) < 2:
        return np.arange(len(line), dtype=np.float64)
    middle = np.array([[(box[0] + box[2]) / 2, (box[1] + box[3]) / 2]])
    here = transform(reference, coverage.crs).points(middle)
    width, height = coverage.shape.pixel
    beside = transform(coverage.crs, reference).points(here + np.array([[width, 0.0], [0.0, height]]))
    pixel = np.abs(beside - middle).max(axis=0)
    counts = np.ones(len(line) - 1)
    for number, (start, end) in enumerate(itertools.pairwise(line)):
        if meet((*np.minimum(start, end), *np.maximum(start, end)), box):
            counts[number] = max(1.0, math.ceil(float(np.abs((end - start) / pixel).max())))
    if counts.sum() > MOST_POINTS:
        counts = np.maximum(1, np.floor(counts * MOST_POINTS / counts.sum()))
    steps = [number + np.arange(int(count)) / count for number, count in enumerate(counts)]
    return np.concatenate([*steps, [float(len(line) - 1)]])


def _grown(shape: BaseGeometry, metres: float, reference: CRS, *, flat: bool) -> BaseGeometry:
    """What lies within so many metres of a geometry, worked out on a plane around it."""
    plane = _plane(shape, reference)
    there, back = transform(reference, plane), transform(plane, reference)
    onto = there.geometry(_fine(shape, _EDGE if reference.is_geographic else _EDGE * 1e5))
    grown = shapely.buffer(onto, metres, quad_segs=_ARC, cap_style="flat" if flat else "round")
    return back.geometry(_fine(grown, max(300.0, metres / 50)))


def _plane(shape: BaseGeometry, reference: CRS) -> CRS:
    """HK1980 Grid in Hong Kong, else a transverse Mercator through the middle of the geometry."""
    west, south, east, north = transform(reference, CRS84).bbox(shape.bounds)[:4]
    area = HK80.area_of_use
    if area[0] <= west and east <= area[2] and area[1] <= south and north <= area[3]:
        return HK80
    middle = f"+lat_0={(south + north) / 2:.6f} +lon_0={(west + east) / 2:.6f}"
    return crs(f"+proj=tmerc {middle} +k=1 +x_0=0 +y_0=0 +datum=WGS84 +units=m +type=crs")


def _fine(shape: BaseGeometry, step: float) -> BaseGeometry:
    west, south, east, north = shape.bounds
    longest = max(east - west, north - south)
    return shapely.segmentize(shape, max(step, longest / 2000)) if longest > step else shape


def require_points(count: int) -> None:
    """Raises ValueInvalid for more positions than one answer holds."""
    if count > MOST_POINTS:
        raise ValueInvalid(f"{count} positions are more than an answer holds, the limit is {MOST_POINTS}", field="coords",
                           limit=MOST_POINTS, remedy="ask for them in parts")

