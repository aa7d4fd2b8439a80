"""Alignments by their curves: how they are represented, and whether the curves say what the design parameters do."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from bim.ifc import Entity, is_instance, value_of
from bim.normative.alignment import LAYOUTS, children, layouts, nested
from bim.normative.context import Context, Shown, instances_of, text_of
from bim.normative.curves import one_class
from bim.normative.rule import Fault, Judge, Result, table

_PLANAR = ("IfcCompositeCurve", "IfcIndexedPolyCurve", "IfcPolyline")
_SPATIAL = ("IfcGradientCurve", "IfcSegmentedReferenceCurve", "IfcIndexedPolyCurve", "IfcPolyline", "IfcOffsetCurveByDistances")
_CURVES = {"IfcAlignmentHorizontal": "IfcCompositeCurve", "IfcAlignmentVertical": "IfcGradientCurve",
           "IfcAlignmentCant": "IfcSegmentedReferenceCurve"}
_NO_LENGTH = 1e-9
_DEEPEST = 10


def shown_by(context: Context, *classes: str) -> list[Shown]:
    """The representations of products of these classes."""
    return [one for one in context.shown if one.product.is_a() in classes] if context.schema == "IFC4X3" else []


def items_of(one: Shown) -> list[Entity]:
    """What a representation consists of."""
    return instances_of(value_of(one.representation, "Items"))


def curves_under(curve: Entity) -> Iterator[Entity]:
    """A curve, and the curves that it stands on: cant, gradient, plan."""
    for _ in range(_DEEPEST):
        yield curve
        base = value_of(curve, "BaseCurve")
        if not is_instance(base):
            return
        curve = base


def _present(context: Context) -> Result:
    """ALS000."""
    return Result(sum(bool(items_of(one)) for one in shown_by(context, "IfcAlignment")))


def _represented(name: str, kinds: tuple[str, ...], types: tuple[str, ...]) -> Judge:
    """ALS004 and ALS006 to ALS008: what represents an object of one class is an Axis of these types, of curves of these classes."""
    def judge(context: Context) -> Result:
        shown = shown_by(context, name)
        return Result(len(shown), (fault for one in shown for fault in _axis_faults(one, kinds, types)))
    return judge


def _axis_faults(one: Shown, kinds: tuple[str, ...], types: tuple[str, ...]) -> Iterator[Fault]:
    for attribute, value, allowed in (("RepresentationIdentifier", one.identifier, ("Axis",)), ("RepresentationType", one.kind, kinds)):
        if value not in allowed:
            yield _other(one.representation, f"{attribute} of {one.product.is_a()}", value, allowed)
    yield from _item_faults(one, types)


def _item_faults(one: Shown, types: tuple[str, ...]) -> Iterator[Fault]:
    for item in items_of(one):
        if item.is_a() not in types:
            yield _other(item, f"the curve of {one.product.is_a()}", item.is_a(), types)


def _other(entity: Entity, what: str, value: str, allowed: tuple[str, ...]) -> Fault:
    return Fault(entity, f"{what} is {value or 'not stated'}", value or "none", ", ".join(allowed), f"use {' or '.join(allowed)}")


def _alignment(context: Context) -> Result:
    """ALS005."""
    shown = shown_by(context, "IfcAlignment")
    return Result(len(shown), (fault for one in shown for fault in _alignment_faults(one)))


def _alignment_faults(one: Shown) -> Iterator[Fault]:
    if one.identifier not in ("FootPrint", "Axis"):
        yield _other(one.representation, "RepresentationIdentifier of IfcAlignment", one.identifier, ("FootPrint", "Axis"))
    if one.identifier == "FootPrint" and one.kind != "Curve2D":
        yield _other(one.representation, "RepresentationType of a FootPrint", one.kind, ("Curve2D",))
    allowed = {"Curve2D": (*_PLANAR, "IfcOffsetCurveByDistances"), "Curve3D": _SPATIAL}.get(one.kind) if one.identifier == "Axis" else None
    yield from _item_faults(one, allowed or (*_SPATIAL, "IfcCompositeCurve"))


def _item_counts(context: Context) -> Result:
    """ALS010."""
    segments = context.model.of("IfcAlignmentSegment") if context.schema == "IFC4X3" else []
    faults = []
    for one in shown_by(context, "IfcAlignmentSegment"):
        wanted, count = _curve_segments(value_of(one.product, "DesignParameters")), len(items_of(one))
        if count != wanted:
            faults.append(Fault(one.product, f"the segment is represented by {count} curve segments", str(count), str(wanted),
                                "represent a Helmert curve by two segments, all others by one"))
    return Result(len(segments), faults)


def _curve_segments(parameters: Entity | None) -> int:
    """How many curve segments stand for a segment with these parameters."""
    return 2 if is_instance(parameters) and text_of(parameters, "PredefinedType") == "HELMERTCURVE" else 1


def curves_of_alignments(context: Context) -> list[Entity]:
    """The composite curves, subclasses too, that represent alignments, each once, with those that they stand on."""
    found = {curve.id(): curve for one in shown_by(context, "IfcAlignment") for item in items_of(one) for curve in curves_under(item)}
    return [curve for curve in found.values() if curve.is_a("IfcCompositeCurve")]


def _one_class(context: Context) -> Result:
    """ALS011."""
    return one_class(curves_of_alignments(context))


def _by_length(context: Context) -> Result:
    """ALS012."""
    segments = [one for curve in curves_of_alignments(context) for one in instances_of(value_of(curve, "Segments"))
                if one.is_a("IfcCurveSegment")]
    measures = ((one, attribute, value_of(one, attribute)) for one in segments for attribute in ("SegmentStart", "SegmentLength"))
    stated = ((one, attribute, value.is_a() if is_instance(value) else "a plain number") for one, attribute, value in measures)
    return Result(len(segments), (_other(one, attribute, kind, ("IfcLengthMeasure",)) for one, attribute, kind in stated
                                  if kind != "IfcLengthMeasure"))


def _endings(context: Context) -> Result:
    """ALS015."""
    lasts = [last for one in shown_by(context, "IfcAlignment") for item in items_of(one)
             for last in instances_of(value_of(item, "Segments"))[-1:]]
    return Result(len(lasts), (fault for one in lasts for fault in _ending_faults(one)))


def _ending_faults(last: Entity) -> Iterator[Fault]:
    length = value_of(value_of(last, "SegmentLength"), "wrappedValue")
    if not isinstance(length, int | float) or abs(length) > _NO_LENGTH:
        yield Fault(last, "the last segment of the curve has a length", f"{length}", "0", "end the curve with a segment of no length")
    if text_of(last, "Transition") != "DISCONTINUOUS":
        yield _other(last, "the transition of the last segment", text_of(last, "Transition"), ("DISCONTINUOUS",))


def _own_layouts(context: Context, alignment: Entity) -> dict[str, Entity]:
    """Layouts of an alignment by class; the horizontal one of the parent where it reuses that."""
    found = {one.is_a(): one for one in reversed(nested(alignment, *LAYOUTS))}
    for parent in context.wholes(alignment):
        if found and parent.is_a("IfcAlignment") and LAYOUTS[0] not in found:
            found |= {one.is_a(): one for one in nested(parent, LAYOUTS[0])}
    return found


def _agreement(context: Context) -> Result:
    """ALB021."""
    judged = [(one, _own_layouts(context, one.product)) for one in shown_by(context, "IfcAlignment")]
    judged = [(one, found) for one, found in judged if found]
    return Result(len(judged), (fault for one, found in judged for item in items_of(one) for fault in _missing(one, item, found.keys())))


def _missing(one: Shown, item: Entity, found: Collection[str]) -> Iterator[Fault]:
    """Layouts that a curve needs and that are not there, and those that it leaves out."""
    kind = item.is_a()
    needed = {"IfcSegmentedReferenceCurve": "IfcAlignmentCant", "IfcGradientCurve": "IfcAlignmentVertical"}.get(kind)
    if kind in ("IfcIndexedPolyCurve", "IfcPolyline") and _is_spatial(item):
        needed = "IfcAlignmentVertical"
    if needed and needed not in found:
        yield Fault(one.product, f"the alignment is represented by {kind}, but has no {needed}", "none", needed, f"add {needed}")
    absent: tuple[str, ...] = {"IfcCompositeCurve": LAYOUTS[1:], "IfcGradientCurve": LAYOUTS[2:]}.get(kind, ())
    if one.identifier == "Axis":
        yield from (Fault(one.product, f"the axis is an {kind}, which leaves out the alignment's {name}", kind, _CURVES[name],
                          f"represent it by {_CURVES[name]}") for name in absent if name in found)


def _is_spatial(curve: Entity) -> bool:
    """Whether a polyline has three coordinates."""
    points = value_of(curve, "Points")
    if isinstance(points, tuple):
        return bool(points) and len(value_of(points[0], "Coordinates") or ()) == 3
    return is_instance(points) and points.is_a("IfcCartesianPointList3D")


def _pairs(context: Context) -> Iterator[tuple[Entity, list[Entity]]]:
    """Each layout with the segments of each curve that represents it: its own, and those of the alignments that use it."""
    for layout in layouts(context):
        users = [layout, *(whole for whole in context.wholes(layout, "IfcRelNests"))]
        users += [child for whole in users[1:] for child in children(whole) if layout.is_a() == LAYOUTS[0]]
        seen: set[int] = set()
        for one in (one for user in users for one in context.shown_of.get(user.id(), ())):
            for curve in (curve for item in items_of(one) for curve in curves_under(item)):
                if curve.is_a() == _CURVES[layout.is_a()] and curve.id() not in seen:
                    seen.add(curve.id())
                    yield layout, instances_of(value_of(curve, "Segments"))


def _segment_counts(context: Context) -> Result:
    """ALB022."""
    faults = []
    for layout, segments in _pairs(context):
        wanted = sum(_curve_segments(value_of(one, "DesignParameters")) for one in nested(layout, "IfcAlignmentSegment"))
        if len(segments) != wanted:
            faults.append(Fault(layout, f"the curve has {len(segments)} segments, the layout asks for {wanted}", str(len(segments)),
                                str(wanted), "write a curve segment for each segment of the layout"))
    return Result(len(layouts(context)), faults)


def _segment_types(context: Context) -> Result:
    """ALB023."""
    faults = [fault for layout, segments in _pairs(context) for fault in _type_faults(nested(layout, "IfcAlignmentSegment"), segments)]
    own = shown_by(context, "IfcAlignmentSegment")
    faults += [fault for one in own for fault in _type_faults([one.product], items_of(one))]
    return Result(len(layouts(context)) + len(own), faults)


def _type_faults(parts: list[Entity], segments: list[Entity]) -> Iterator[Fault]:
    expected = [part for part in parts for _ in range(_curve_segments(value_of(part, "DesignParameters")))]
    for part, segment in zip(expected, segments, strict=False):
        allowed = _parents_of(value_of(part, "DesignParameters"))
        parent = value_of(segment, "ParentCurve")
        if allowed and is_instance(parent) and parent.is_a() not in allowed:
            yield _other(part, f"the curve of a {part.DesignParameters.PredefinedType} segment", parent.is_a(), allowed)


def _parents_of(parameters: Entity | None) -> tuple[str, ...]:
    """Classes of the parent curve that stand for a segment with these parameters; none where that is not known."""
    if parameters is None or not is_instance(parameters):
        return ()
    kind, predefined = parameters.is_a(), text_of(parameters, "PredefinedType")
    return tuple(row["curve"] for row in table("segment_curves") if row["parameters"] == kind and row["type"] == predefined)


RULES: dict[str, Judge] = {
    "ALB021": _agreement, "ALB022": _segment_counts, "ALB023": _segment_types, "ALS000": _present,
    "ALS004": _represented("IfcAlignmentSegment", ("Segment",), ("IfcCurveSegment",)), "ALS005": _alignment,
    "ALS006": _represented("IfcAlignmentHorizontal", ("Curve2D",), _PLANAR),
    "ALS007": _represented("IfcAlignmentVertical", ("Curve3D",), ("IfcGradientCurve",)),
    "ALS008": _represented("IfcAlignmentCant", ("Curve3D",), ("IfcSegmentedReferenceCurve",)),
    "ALS010": _item_counts, "ALS011": _one_class, "ALS012": _by_length, "ALS015": _endings,
}
