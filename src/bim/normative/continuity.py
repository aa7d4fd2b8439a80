"""Continuity of alignment curves, and positions along them: what the segments compute to against what the file states."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from bim.ifc import Entity, is_instance, value_of
from bim.normative.alignment_shape import curves_under, items_of, shown_by
from bim.normative.context import Context, instances_of
from bim.normative.rule import Fault, Judge, Result
from bim.tessellation.body import Refused
from bim.tessellation.linear_placement import linear_axes
from bim.tessellation.segments import Segment, segments_of
from bim.tessellation.source import Source
from bim.tessellation.transitions import Laws

_UNREAD = (Refused, TypeError, ValueError, IndexError, KeyError, AttributeError, OverflowError, ZeroDivisionError)
_ULPS = 16.0


@dataclass(frozen=True, slots=True)
class _End:
    """Where a segment ends in its plane, and the direction there (radians)."""

    x: float
    y: float
    heading: float


def _ends(segment: Segment) -> list[_End]:
    """Where a segment ends, by each way that exporters measure its length: along the curve, and for polynomials along their x axis."""
    law, s = segment.law(), np.array([abs(segment.length)])
    if law is not None:
        laws, row = Laws.of([law]), np.zeros(1, np.int64)
        way = laws.moved(row, s, np.array([segment.heading]))[0]
        return [_moved(segment, float(way[0]), float(way[1]), segment.heading + float(laws.turned(row, s)[0]))]
    graph, cosine, sine = segment.graph(), math.cos(segment.heading), math.sin(segment.heading)
    (way,), turned, _ = graph.at(segment.start, s)
    along = _moved(segment, cosine * way[0] - sine * way[1], sine * way[0] + cosine * way[1], segment.heading + float(turned[0]))
    tilt = segment.heading - math.atan(graph.slope(segment.start))
    rise, grade, _ = graph.over(segment.start, tilt, s)
    return [along, _moved(segment, float(s[0]), float(rise[0]), math.atan(float(grade[0])))]


def _moved(segment: Segment, x: float, y: float, heading: float) -> _End:
    return _End(float(segment.placement[0, 3]) + x, float(segment.placement[1, 3]) + y, heading)


Apart = Callable[[Segment, _End, Segment], tuple[float, float]]


def _plan_gaps(segment: Segment, end: _End, after: Segment) -> tuple[float, float]:
    """Distance from the end of a segment to the next one, and how far their tangents part over its length; file unit."""
    turn = abs(math.remainder(end.heading - after.heading, math.tau))
    return _distance(end, after), turn * abs(segment.length)


def _profile_gaps(segment: Segment, end: _End, after: Segment) -> tuple[float, float]:
    """Distance from the end of a segment to the next one, and the difference of their gradients; nothing where it has no length."""
    return _distance(end, after), abs(math.tan(end.heading) - math.tan(after.heading)) if segment.length else 0.0


def _distance(end: _End, after: Segment) -> float:
    return math.dist((end.x, end.y), (float(after.placement[0, 3]), float(after.placement[1, 3])))


def _continuous(name: str, kind: str, apart: Apart) -> Judge:
    """ALS016 and ALS017: the segments of curves of one class in representations of one type follow one another."""
    def judge(context: Context) -> Result:
        curves = {curve.id(): curve for one in shown_by(context, "IfcAlignment") if one.kind == kind for item in items_of(one)
                  for curve in curves_under(item) if curve.is_a() == name}
        joints = [joint for curve in curves.values() for joint in _joints(context.source, curve)]
        found = ((one, _least(segment, after, apart, context.precision)) for one, segment, after in joints)
        return Result(len(joints), (fault for one, gaps in found for fault in _gap_faults(one, gaps, context.precision)))
    return judge


def _joints(source: Source, curve: Entity) -> Iterator[tuple[Entity, Segment, Segment]]:
    """Each segment of a curve that can be evaluated, as the file has it and as read, with the one behind it."""
    listed = instances_of(value_of(curve, "Segments"))
    try:
        segments = segments_of(source, source.args(curve.id())[0])
    except _UNREAD:
        return
    for one, (segment, after) in zip(listed, pairwise(segments), strict=False):
        yield one, segment, after


def _least(segment: Segment, after: Segment, apart: Apart, precision: float) -> tuple[float, float]:
    """The gaps behind a segment by the reading that fits best; none where it cannot be evaluated."""
    readings = [segment] if segment.other is None else [segment, _other_reading(segment)]
    try:
        gaps = [apart(reading, end, after) for reading in readings for end in _ends(reading)]
    except _UNREAD:
        return 0.0, 0.0
    slack = _ULPS * float(np.spacing(np.abs(after.placement[:2, 3]).max()))
    place, turn = min(gaps, key=lambda gap: (max(gap) > precision + slack, gap))
    return max(0.0, place - slack), turn


def _other_reading(segment: Segment) -> Segment:
    start, length = segment.other or (segment.start, segment.length)
    return Segment(segment.placement, start, length, segment.kind, segment.args)


def _gap_faults(one: Entity, gaps: tuple[float, float], precision: float) -> Iterator[Fault]:
    for gap, what in zip(gaps, ("place", "direction"), strict=True):
        if gap > precision:
            yield Fault(one, f"the next segment does not begin in the {what} in which this one ends", f"{gap:.9g}",
                        f"at most {precision:g}", "correct the placement of the next segment, or the length of this one")


def _linear_positions(context: Context) -> Result:
    """LIP002."""
    placements = context.model.of("IfcLinearPlacement") if context.schema == "IFC4X3" else []
    return Result(len(placements), (fault for one in placements if (fault := _position_fault(context, one)) is not None))


def _position_fault(context: Context, one: Entity) -> Fault | None:
    position, relative = value_of(one, "CartesianPosition"), value_of(one, "RelativePlacement")
    if not is_instance(position):
        return Fault(one, "the linear placement does not state its position as coordinates", "none", "CartesianPosition",
                     "write the computed placement as CartesianPosition")
    try:
        wanted, stated = linear_axes(context.source, relative.id()), context.source.axes(position.id())
    except _UNREAD:
        return None
    gap = float(np.abs(wanted - stated).max())
    if gap <= context.precision + _ULPS * float(np.spacing(np.abs(wanted).max())):
        return None
    return Fault(one, "the coordinates of the linear placement are not those at its distance along the curve", f"{gap:.9g} apart",
                 f"at most {context.precision:g}", "compute CartesianPosition from the curve")


RULES: dict[str, Judge] = {
    "ALS016": _continuous("IfcCompositeCurve", "Curve2D", _plan_gaps), "ALS017": _continuous("IfcGradientCurve", "Curve3D", _profile_gaps),
    "LIP002": _linear_positions,
}
