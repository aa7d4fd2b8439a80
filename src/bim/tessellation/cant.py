"""Cant: how far an alignment is raised above its gradient curve, and how far its cross-section is tilted.

IfcSegmentedReferenceCurve (ISO 16739-1:2024, 8.9.3.62): between the placements of two segments the deviation from the base curve
and the axes change as the curvature of the parent curve does, so that a clothoid gives a linear ramp and a Bloss or sine spiral
its own S-shape. Only the shape of that law counts, not its size: the ends are those of the placements.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bim.tessellation.body import Refused
from bim.tessellation.gradient import rows
from bim.tessellation.instances import Ref
from bim.tessellation.segments import Segment, read, segments_of
from bim.tessellation.transitions import Law, Laws

if TYPE_CHECKING:
    from bim.tessellation.source import Source

Floats = NDArray[np.float64]
_NO_LENGTH = 1e-9
_SAME = 1e-12
_MEET_M = 0.01


@dataclass(frozen=True, slots=True)
class Cant:
    """Ramps between placements.

    Attributes:
        begin: (m,) distances along the base curve where they begin.
        height, rise: (m,) superelevation at the beginning, and how much it grows to the end.
        tilt, roll: (m,) sine of the cross-slope at the beginning (positive: the right side is up), and how much that grows.
        laws: what the growth follows; `low` and `span` are the law at the beginning and its growth.
        end: distance where the last one ends.
        reach: distance from the curve at which the deflection of tilted things is judged, for the bend.
    """

    begin: Floats
    height: Floats
    rise: Floats
    tilt: Floats
    roll: Floats
    laws: Laws
    low: Floats
    span: Floats
    end: float
    reach: float

    def at(self, distance: Floats, *, ahead: bool = False) -> tuple[Floats, Floats, Floats, Floats]:
        """(superelevations, their slopes, sines of the cross-slope, bends), each (n,), at distances along the base curve."""
        row = rows(self.begin, distance, ahead=ahead)
        s = distance - self.begin[row]
        share = (self.laws.curvature(row, s) - self.low[row]) / self.span[row]
        first, second = (self.laws.curvature(row, s, n) / self.span[row] for n in (1, 2))
        rise, roll = self.rise[row], self.roll[row]
        bend = np.abs(rise * second) + self.reach * (np.abs(roll * second) + (roll * first) ** 2)
        return self.height[row] + rise * share, rise * first, self.tilt[row] + roll * share, bend


def cant_of(source: Source, ids: Any, end_point: Any) -> Cant:
    """The cant of an IfcSegmentedReferenceCurve's segments. Raises Refused."""
    near = _MEET_M / source.length_m
    segments = read(segments_of(source, ids), lambda one, after: abs(one.placement[0, 3] + one.length - after.placement[0, 3]) < near)
    long = [one for one in segments if abs(one.length) >= _NO_LENGTH]
    if not long:
        raise Refused("cant:empty")
    begin = np.array([one.placement[0, 3] for one in long])
    lengths = np.array([one.length for one in long])
    if (np.diff(begin) <= 0).any() or (lengths < 0).any():
        raise Refused("cant:order")
    ends = [one.placement for one in long[1:]] + [_closing(source, segments[-1], end_point, float(begin[-1] + lengths[-1]))]
    if (np.abs(begin[1:] - begin[:-1] - lengths[:-1]) > near).any():
        raise Refused("cant:gap")
    made = [_ramp(one, end) for one, end in zip(long, ends, strict=True)]
    laws = Laws.of([ramp[0] for ramp in made])
    row = np.arange(len(long))
    low, high = laws.curvature(row, np.zeros(len(long))), laws.curvature(row, lengths)
    table = np.array([ramp[1] for ramp in made])
    return Cant(begin, table[:, 0], table[:, 1], table[:, 2], table[:, 3], laws, low, high - low, float(begin[-1] + lengths[-1]),
                5.0 / source.length_m)


def _closing(source: Source, last: Segment, end_point: Any, end: float) -> Floats | None:
    """Placement of the end: the end point, or the closing segment of no length where it does lie at the end."""
    if isinstance(end_point, Ref):
        return source.axes(end_point)
    closes = abs(last.length) < _NO_LENGTH and abs(float(last.placement[0, 3]) - end) < _MEET_M / source.length_m
    return last.placement if closes else None


def _ramp(segment: Segment, end: Floats | None) -> tuple[Law, tuple[float, float, float, float]]:
    """The law of a segment's growth, and (height, rise, tilt, roll)."""
    height, tilt = float(segment.placement[1, 3]), _tilt(segment.placement)
    law = segment.law()
    if law is None:
        raise Refused(f"cant-segment:{segment.kind or 'missing'}")
    if end is None:
        if segment.kind != "IFCLINE" or abs(math.sin(segment.heading)) > _SAME:
            raise Refused("cant:no-end")
        return Law((0.0, 1.0)), (height, 0.0, tilt, 0.0)
    rise, roll = float(end[1, 3]) - height, _tilt(end) - tilt
    if not _varies(law, segment.length):
        law = Law((0.0, 1.0))
    return law, (height, rise, tilt, roll)


def _varies(law: Law, length: float) -> bool:
    laws = Laws.of([law])
    low, high = laws.curvature(np.zeros(2, np.int64), np.array([0.0, length]))
    return bool(abs(high - low) > _SAME * max(abs(high), abs(low), _SAME))


def _tilt(placement: Floats) -> float:
    """Sine of the cross-slope: how far the axis leans to the left, out of the plane of the curve's direction."""
    lean, up = float(placement[1, 2]), float(placement[2, 2])
    if up <= 0:
        raise Refused("cant:upside-down")
    return lean / math.hypot(lean, up)
