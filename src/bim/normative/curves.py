"""Curves: points that repeat, arcs without a bend, segments of several classes, and profiles that mirror."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from bim.ifc import Entity, is_instance, value_of
from bim.normative.context import Context, instances_of
from bim.normative.loops import Flags, Floats, Ints, Loops, repeating
from bim.normative.rule import Fault, Judge, Result

_SEGMENTED = ("IfcGradientCurve", "IfcSegmentedReferenceCurve")


def one_class(curves: list[Entity]) -> Result:
    """Whether curves have segments of one class each, gradient and segmented reference curves those of IfcCurveSegment."""
    faults = []
    for curve in curves:
        kinds = sorted({segment.is_a() for segment in instances_of(value_of(curve, "Segments"))})
        wanted = "IfcCurveSegment" if curve.is_a() in _SEGMENTED else "one class"
        if len(kinds) > 1 or (wanted != "one class" and kinds and kinds != [wanted]):
            faults.append(Fault(curve, f"{curve.is_a()} has segments of {' and '.join(kinds)}", ", ".join(kinds), wanted,
                                "write all segments as IfcCurveSegment"))
    return Result(len(curves), faults)


def _one_class(context: Context) -> Result:
    """GEM011."""
    return one_class(context.model.of("IfcCompositeCurve") if context.schema == "IFC4X3" else [])


def _distinct(context: Context) -> Result:
    """GEM111."""
    lines, loops, tolerance = context.polylines, context.polyloops, context.precision
    closed = _closed(lines, tolerance)
    open_ended = _trimmed(lines, closed)
    repeated = [loops.ids[loops.judged(lambda corners: repeating(corners, tolerance))],
                open_ended.ids[open_ended.judged(lambda corners: repeating(corners, tolerance))]]
    faults = [Fault(context.model.by_id(id), "it has a point twice", "equal points", "distinct points", "leave the repeated point out")
              for ids in repeated for id in ids.tolist()]
    faults += [Fault(one, "it is closed by another point in the same place", "two instances", "one instance",
                     "close it with the very point that it begins with") for one in _closed_by_another(context, lines.ids[closed])]
    return Result(len(lines) + len(loops), faults)


def _closed(lines: Loops, tolerance: float) -> Flags:
    """(r,) whether the last point of each stands where the first does."""
    found = np.zeros(len(lines), bool)
    some = lines.counts > 1
    first, last = lines.starts[some], (lines.starts + lines.counts - 1)[some]
    found[some] = np.linalg.norm(lines.points[last] - lines.points[first], axis=1) <= tolerance
    return found


def _trimmed(lines: Loops, closed: Flags) -> Loops:
    """The lines without the last point of the closed ones."""
    stays = np.ones(len(lines.points), bool)
    stays[(lines.starts + lines.counts - 1)[closed]] = False
    return Loops(lines.ids, lines.points[stays], lines.counts - closed)


def _closed_by_another(context: Context, ids: Ints) -> Iterator[Entity]:
    for one in map(context.model.by_id, ids.tolist()):
        points = instances_of(value_of(one, "Points"))
        if points and points[0].id() != points[-1].id():
            yield one


def point_table(listed: Entity | None) -> Floats:
    """(n, 2) or (n, 3) of an IfcCartesianPointList; a list of points with unequal numbers of coordinates has none."""
    rows = value_of(listed, "CoordList") or ()
    return np.array(rows, np.float64) if len({len(row) for row in rows}) == 1 else np.zeros((0, 3))


def _indexed(curve: Entity) -> tuple[Floats, list[tuple[str, list[int]]]]:
    """(n, 2) or (n, 3) points of an IfcIndexedPolyCurve, and for each segment its class and the places of its points from 0."""
    points = point_table(value_of(curve, "Points"))
    segments = value_of(curve, "Segments")
    if not segments:
        return points, [("IfcLineIndex", list(range(len(points))))]
    places = [(one.is_a(), [int(place) - 1 for place in value_of(one, "wrappedValue")]) for one in segments]
    return points, [(kind, [place for place in known if 0 <= place < len(points)]) for kind, known in places]


def _no_stutter(context: Context) -> Result:
    """GEM112."""
    curves = context.model.of("IfcIndexedPolyCurve")
    faults = []
    for curve in curves:
        points, segments = _indexed(curve)
        steps = np.array([pair for _, places in segments for pair in pairwise(places)], np.int64).reshape(-1, 2)
        short = np.linalg.norm(points[steps[:, 1]] - points[steps[:, 0]], axis=1) <= context.precision
        if short.any():
            where = ", ".join(f"{first + 1}-{second + 1}" for first, second in steps[short][:10].tolist())
            faults.append(Fault(curve, "points that follow one another are the same within the precision", where, "distinct points",
                                "leave the repeated points out"))
    return Result(len(curves), faults)


def _bent(context: Context) -> Result:
    """GEM113."""
    curves = context.model.of("IfcIndexedPolyCurve")
    faults = []
    for curve in curves:
        points, segments = _indexed(curve)
        straight = [places for kind, places in segments
                    if kind == "IfcArcIndex" and len(places) == 3 and _bend(points[places]) <= context.precision]
        if straight:
            faults.append(Fault(curve, "the points of an arc lie on one line within the precision", str([p + 1 for p in straight[0]]),
                                "three points off one line", "write a line in place of the arc"))
    return Result(len(curves), faults)


def _bend(corners: Floats) -> float:
    """Height over the longest side of the triangle of three points (3, 2) or (3, 3)."""
    first, second = corners[1] - corners[0], corners[2] - corners[0]
    longest = max(np.linalg.norm(first), np.linalg.norm(second), np.linalg.norm(second - first))
    doubled = float((first @ first) * (second @ second) - (first @ second) ** 2)
    return float(np.sqrt(max(doubled, 0.0)) / longest) if longest > 0 else 0.0


def _unmirrored(context: Context) -> Result:
    """SWE002; IFC2X3 has no class for mirrored profiles."""
    if context.schema == "IFC2X3":
        return Result(0)
    derived = [one for one in context.model.of("IfcDerivedProfileDef") if one.is_a() == "IfcDerivedProfileDef"]
    tapered = [value_of(one, attribute) for one in context.model.of("IfcExtrudedAreaSolidTapered", "IfcRevolvedAreaSolidTapered")
               for attribute in ("SweptArea", "EndSweptArea")]
    tapered = [one for one in tapered if is_instance(one) and one.is_a() in ("IfcDerivedProfileDef", "IfcMirroredProfileDef")]
    judged = {one.id(): one for one in (*derived, *tapered)}
    return Result(len(judged), (Fault(one, "the profile is mirrored by its operator", "a negative determinant", "a positive one",
                                      "use IfcMirroredProfileDef, or mirror the outline itself")
                                for one in judged.values() if _mirrors(one)))


def _mirrors(profile: Entity) -> bool:
    """Whether the operator of a derived profile turns its plane over: the axes of a two-dimensional operator form a left-handed pair."""
    if profile.is_a("IfcMirroredProfileDef"):
        return True
    operator = value_of(profile, "Operator")
    axes = [value_of(value_of(operator, axis), "DirectionRatios") for axis in ("Axis1", "Axis2")]
    turned = axes[0] is not None and axes[1] is not None and axes[0][0] * axes[1][1] - axes[0][1] * axes[1][0] < 0
    scale = value_of(operator, "Scale")
    second = value_of(operator, "Scale2")
    return turned != ((scale if scale is not None else 1.0) * (second if second is not None else scale if scale is not None else 1.0) < 0)


RULES: dict[str, Judge] = {"GEM011": _one_class, "GEM111": _distinct, "GEM112": _no_stutter, "GEM113": _bent, "SWE002": _unmirrored}
