"""Subsets: which part of a coverage is wanted, in which CRS and how fine, and the frame that this makes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from csdi.coverages.coverage import Coverage, Shape
from csdi.coverages.frame import Box, Frame, meet
from csdi.crs import CRS, CRS84, transform
from csdi.errors import OutsideAreaOfUse, ValueInvalid

Side = tuple[float | None, float | None]
LARGEST_SIDE = 100_000
"""Pixels along one side of what may be asked for."""


@dataclass(frozen=True, slots=True)
class Subset:
    """A box, open where nothing is said.

    Attributes:
        crs: of the coordinates.
        x, y: least and greatest coordinate, x = east or longitude; None is open.
    """

    crs: CRS
    x: Side = (None, None)
    y: Side = (None, None)


@dataclass(frozen=True, slots=True)
class Scale:
    """How fine the answer is; at most one of the two says it.

    Attributes:
        factors: how many times as wide ("x") and as high ("y") pixels become.
        counts: how many pixels there are along "x" and "y"; an axis that is not named keeps the shape of pixels.
    """

    factors: Mapping[str, float] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)

    def applied(self, frame: Frame) -> Frame:
        """The frame at this scale.

        Raises:
            ValueInvalid: more pixels than a request may name.
        """
        if self.counts:
            across, down = self.counts.get("x"), self.counts.get("y")
            columns = across or max(1, round(frame.columns * (down or 1) / frame.rows))
            rows = down or max(1, round(frame.rows * (across or 1) / frame.columns))
            return _sized(frame, columns, rows)
        across_by, down_by = self.factors.get("x", 1.0), self.factors.get("y", 1.0)
        if across_by == down_by == 1:
            return frame
        return _sized(frame, max(1, round(frame.columns / across_by)), max(1, round(frame.rows / down_by)))


def frame_of(coverage: Coverage, subset: Subset | None, target: CRS, scale: Scale | None = None) -> Frame | None:
    """The grid that answers: the raster's own pixels that the subset touches, or in another CRS pixels as large on the ground.

    Args:
        target: the CRS of the answer, two-dimensional.

    Returns:
        None when the subset lies beside the coverage.

    Raises:
        ValueInvalid: too many pixels along a side.
        OutsideAreaOfUse: the coverage does not reach into where `target` is defined.
    """
    shape = coverage.shape
    box: Box | None = shape.box if subset is None else box_in(shape, subset, shape.crs)
    if box is None:
        return None
    frame = shape.frame.snapped(box) if target == shape.crs else _elsewhere(shape, subset, target)
    return None if frame is None else (scale or Scale()).applied(frame)


def exact_frame(subset: Subset | None, scale: Scale) -> Frame | None:
    """So many pixels over just the box of a subset; None for one with an open side."""
    if subset is None:
        return None
    (west, east), (south, north) = subset.x, subset.y
    if west is None or east is None or south is None or north is None:
        return None
    return scale.applied(Frame.over(subset.crs, _not_flat((west, south, east, north), 1e-6, 1e-6), 1, 1))


def box_in(shape: Shape, subset: Subset, target: CRS) -> Box | None:
    """The part of a subset that may hold pixels, as a box in another CRS; None when there is none."""
    try:
        whole = carried(shape.box, shape.crs, subset.crs)
    except OutsideAreaOfUse:
        return None
    asked = (_or(subset.x[0], -math.inf), _or(subset.y[0], -math.inf), _or(subset.x[1], math.inf), _or(subset.y[1], math.inf))
    box = meet(asked, whole)
    if box is None or target == subset.crs:
        return box
    if box == whole and target == shape.crs:
        return shape.box
    return carried(box, subset.crs, target)


def carried(box: Box, source: CRS, target: CRS) -> Box:
    """A box in `target` around a box in `source`; one that crosses the antimeridian becomes all longitudes.

    What lies beyond where `target` is used is left out if it has no image there, such as a pole in Web Mercator.

    Raises:
        OutsideAreaOfUse: they have nothing in common.
    """
    try:
        west, south, east, north = transform(source, target).bbox(box)[:4]
    except OutsideAreaOfUse:
        used = transform(CRS84, source).bbox(target.area_of_use)
        cut = meet(box, (used[0], used[1], used[2], used[3]))
        if cut is None:
            raise
        west, south, east, north = transform(source, target).bbox(cut)[:4]
    return (west, south, east, north) if west <= east else (-180.0, south, 180.0, north)


def ground_pixel(shape: Shape, target: CRS, box: Box) -> tuple[float, float]:
    """Width and height, in `target`, of pixels as large as the raster's in the middle of a box there."""
    middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    x, y = transform(target, shape.crs).xy(*middle)
    width, height = shape.pixel
    change = transform(shape.crs, target)
    left, low = change.xy([float(x) - width / 2, float(x)], [float(y), float(y) - height / 2])
    right, high = change.xy([float(x) + width / 2, float(x)], [float(y), float(y) + height / 2])
    across, down = (math.hypot(float(right[i] - left[i]), float(high[i] - low[i])) for i in (0, 1))
    if target.is_geographic and not shape.crs.is_geographic:
        across, down = abs(float(right[0] - left[0])), abs(float(high[1] - low[1]))
    return across, down


def _elsewhere(shape: Shape, subset: Subset | None, target: CRS) -> Frame | None:
    """A grid in another CRS over what the subset and the coverage share."""
    whole = carried(shape.box, shape.crs, target)
    box: Box | None = whole
    if subset is not None:
        asked = box_in(shape, subset, target)
        box = None if asked is None else meet(asked, whole)
    if box is None:
        return None
    width, height = ground_pixel(shape, target, box)
    box = _not_flat(box, width, height)
    columns, rows = ((box[2] - box[0]) / width, (box[3] - box[1]) / height)
    return Frame.over(target, box, max(1, math.ceil(columns - 0.01)), max(1, math.ceil(rows - 0.01)))


def _not_flat(box: Box, width: float, height: float) -> Box:
    """A box of no width or height becomes one pixel around it."""
    west, south, east, north = box
    if east - west < width * 1e-6:
        west, east = (west + east - width) / 2, (west + east + width) / 2
    if north - south < height * 1e-6:
        south, north = (south + north - height) / 2, (south + north + height) / 2
    return (west, south, east, north)


def _sized(frame: Frame, columns: int, rows: int) -> Frame:
    if max(columns, rows) > LARGEST_SIDE:
        raise ValueInvalid(f"{columns} x {rows} pixels are more than an answer holds", field="scale-size", limit=LARGEST_SIDE,
                           remedy=f"at most {LARGEST_SIDE} along a side")
    return frame.resized(columns, rows)


def _or(value: float | None, other: float) -> float:
    return other if value is None else value
