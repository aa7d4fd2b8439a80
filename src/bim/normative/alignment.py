"""Alignments by their design parameters: what they nest, and whether the parameters of segments agree with each other."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator

from bim.ifc import Entity, is_any, is_instance, value_of
from bim.normative.context import Context, instances_of, is_empty, text_of
from bim.normative.rule import Fault, Judge, Result

LAYOUTS = ("IfcAlignmentHorizontal", "IfcAlignmentVertical", "IfcAlignmentCant")
_LENGTHS = {"IfcAlignmentHorizontal": "SegmentLength", "IfcAlignmentVertical": "HorizontalLength", "IfcAlignmentCant": "HorizontalLength"}
_RADIUS_SLACK = 1e-3
_NO_LENGTH = 1e-9
_DEEPEST = 50


def nested(whole: Entity, *classes: str) -> list[Entity]:
    """What an object nests, in order; only these classes, where some are given."""
    return _parts(whole, "IsNestedBy", classes)


def children(alignment: Entity) -> list[Entity]:
    """Alignments that are aggregated to an alignment."""
    return _parts(alignment, "IsDecomposedBy", ("IfcAlignment",))


def _parts(whole: Entity, inverse: str, classes: tuple[str, ...]) -> list[Entity]:
    return [part for rel in instances_of(value_of(whole, inverse)) for part in instances_of(value_of(rel, "RelatedObjects"))
            if not classes or is_any(part, classes)]


def alignments(context: Context) -> list[Entity]:
    """The alignments of a model that may have design parameters."""
    return context.model.of("IfcAlignment") if context.schema == "IFC4X3" else []


def layouts(context: Context) -> list[Entity]:
    """All layouts of a model."""
    return context.model.of(*LAYOUTS) if context.schema == "IFC4X3" else []


def _described(context: Context) -> Result:
    """ALB000."""
    return Result(sum(bool(nested(one, "IfcAlignmentHorizontal")) for one in alignments(context)))


def _structure(context: Context) -> Result:
    """ALB002."""
    whole, parts = alignments(context), layouts(context)
    faults = [fault for one in whole for fault in _alignment_faults(one)]
    faults += [fault for one in parts for fault in _layout_faults(one)]
    measured = sum(bool(nested(one) or _parts(one, "IsDecomposedBy", ())) for one in (*whole, *parts))
    return Result(measured, faults)


def _alignment_faults(alignment: Entity) -> Iterator[Fault]:
    for part in _parts(alignment, "IsDecomposedBy", ()):
        if not part.is_a("IfcAlignment"):
            yield Fault(part, f"{part.is_a()} is aggregated to an alignment", part.is_a(), "IfcAlignment", "nest or reference it instead")
    for name in LAYOUTS[:2]:
        if (count := len(nested(alignment, name))) > 1:
            yield Fault(alignment, f"the alignment nests {count} {name}", str(count), "1", "give each its own alignment")


def _layout_faults(layout: Entity) -> Iterator[Fault]:
    wanted = f"{layout.is_a()}Segment"
    for part in nested(layout):
        if not part.is_a("IfcAlignmentSegment"):
            yield Fault(part, f"{layout.is_a()} nests {part.is_a()}", part.is_a(), "IfcAlignmentSegment", "nest only segments in a layout")
            continue
        parameters = value_of(part, "DesignParameters")
        if is_instance(parameters) and parameters.is_a() != wanted:
            yield Fault(part, f"a segment of {layout.is_a()} has {parameters.is_a()}", parameters.is_a(), wanted, f"use {wanted}")


def _nesting(context: Context) -> Result:
    """ALB003."""
    allowed = (*LAYOUTS, "IfcReferent")
    pairs = [(one, part) for one in alignments(context) for part in nested(one)]
    return Result(len(pairs), (Fault(part, f"an alignment nests {part.is_a()}", part.is_a(), ", ".join(allowed),
                                     "aggregate or reference it instead") for _, part in pairs if not is_any(part, allowed)))


def _belonging(context: Context) -> Result:
    """ALB004."""
    found = alignments(context)
    return Result(len(found), (Fault(one, "the alignment is not aggregated to the project", "none", "IfcProject",
                                     "aggregate it to the project or to its parent alignment")
                               for one in found if not _in_project(context, one)))


def _in_project(context: Context, part: Entity, depth: int = 0) -> bool:
    return depth < _DEEPEST and any(whole.is_a("IfcProject") or _in_project(context, whole, depth + 1) for whole in context.wholes(part))


def _positions(context: Context) -> Result:
    """ALB005."""
    referents = context.model.of("IfcReferent") if context.schema == "IFC4X3" else []
    stations = [one for one in referents if text_of(one, "PredefinedType") in ("POSITION", "STATION")]
    positioned = {part.id() for rel in context.model.of("IfcRelPositions") if is_instance(value_of(rel, "RelatingPositioningElement"))
                  and rel.RelatingPositioningElement.is_a("IfcAlignment") for part in instances_of(value_of(rel, "RelatedProducts"))}
    return Result(len(stations), (Fault(one, "the referent is positioned by no alignment", "none", "IfcRelPositions",
                                        "relate it to its alignment by IfcRelPositions") for one in stations if one.id() not in positioned))


def _referents(context: Context) -> Result:
    """ALB010."""
    found = [one for one in alignments(context) if nested(one, "IfcAlignmentHorizontal")]
    return Result(len(found), (Fault(one, "the alignment nests no referent", "none", "IfcReferent", "nest at least its first station")
                               for one in found if not nested(one, "IfcReferent")))


def _radii(context: Context) -> Result:
    """ALB012."""
    parameters = [value_of(segment, "DesignParameters") for layout in layouts(context) if layout.is_a("IfcAlignmentVertical")
                  for segment in nested(layout, "IfcAlignmentSegment")]
    judged = [one for one in parameters if is_instance(one) and one.is_a("IfcAlignmentVerticalSegment")
              and text_of(one, "PredefinedType") != "CIRCULARARC"]
    return Result(len(judged), (fault for one in judged if (fault := _radius_fault(one)) is not None))


def _radius_fault(one: Entity) -> Fault | None:
    radius = value_of(one, "RadiusOfCurvature")
    if text_of(one, "PredefinedType") != "PARABOLICARC":
        return None if radius is None else Fault(one, f"a {one.PredefinedType} segment has a radius", f"{radius}", "null", "leave it out")
    bend = (one.EndGradient or 0.0) - (one.StartGradient or 0.0)
    wanted = one.HorizontalLength / bend if bend else math.inf
    if radius is not None and abs(radius - wanted) <= _RADIUS_SLACK:
        return None
    return Fault(one, "the radius of the parabola is not its length over the change of its gradient", f"{radius}", f"{wanted:.6f}",
                 "compute the radius from the gradients")


def _endings(context: Context) -> Result:
    """ALB015."""
    ends = [(layout, nested(layout, "IfcAlignmentSegment")[-1:]) for layout in layouts(context)]
    lengths = [(segment, value_of(value_of(segment, "DesignParameters"), _LENGTHS[layout.is_a()]))
               for layout, last in ends for segment in last]
    return Result(len(lengths), (Fault(one, "the last segment of the layout has a length", f"{length}", "0",
                                       "end the layout with a segment of no length")
                                 for one, length in lengths if not isinstance(length, float) or abs(length) > _NO_LENGTH))


def _placed_locally(context: Context) -> Result:
    """ALB030."""
    placed = [(one, value_of(one, "ObjectPlacement")) for one in alignments(context)]
    judged = [(one, placement) for one, placement in placed if is_instance(placement)]
    return Result(len(judged), (Fault(one, f"the alignment is placed by {placement.is_a()}", placement.is_a(), "IfcLocalPlacement",
                                      "place it by a local placement") for one, placement in judged
                                if not placement.is_a("IfcLocalPlacement")))


def _counted(alignment: Entity) -> tuple[int, int, int]:
    """How many horizontal, vertical and cant layouts an alignment nests."""
    counts = Counter(part.is_a() for part in nested(alignment, *LAYOUTS))
    return counts[LAYOUTS[0]], counts[LAYOUTS[1]], counts[LAYOUTS[2]]


def _written(counts: tuple[int, int, int]) -> str:
    return ", ".join(f"{count} {word}" for count, word in zip(counts, ("horizontal", "vertical", "cant"), strict=True) if count) or "none"


def _layout_fault(alignment: Entity, allowed: tuple[tuple[int, int, int], ...]) -> Iterator[Fault]:
    counts = _counted(alignment)
    if counts not in allowed:
        yield Fault(alignment, f"the alignment nests these layouts: {_written(counts)}", _written(counts),
                    " or ".join(map(_written, allowed)), "nest the layouts as concept template 4.1.4.4.1.1 says")


def _single(context: Context) -> Result:
    """ALB031; alignments that reuse the horizontal layout of another are judged by ALB032."""
    judged = [one for one in alignments(context) if nested(one) and is_empty(one, "IsDecomposedBy")
              and not any(whole.is_a("IfcAlignment") for whole in context.wholes(one))]
    return Result(len(judged), (fault for one in judged for fault in _layout_fault(one, ((1, 0, 0), (1, 1, 0), (1, 1, 1)))))


def _reusing(context: Context) -> Result:
    """ALB032."""
    parents = [one for one in alignments(context) if children(one)]
    faults = [fault for parent in parents for fault in _layout_fault(parent, ((1, 0, 0),))
              if not any(whole.is_a("IfcAlignment") for whole in context.wholes(parent))]
    for child in (child for parent in parents for child in children(parent)):
        faults += _layout_fault(child, ((0, 1, 0), (0, 1, 1)))
        if children(child):
            faults.append(Fault(child, "a child alignment has children of its own", "children", "none", "aggregate them to the parent"))
    return Result(len(parents), faults)


RULES: dict[str, Judge] = {
    "ALB000": _described, "ALB002": _structure, "ALB003": _nesting, "ALB004": _belonging, "ALB005": _positions, "ALB010": _referents,
    "ALB012": _radii, "ALB015": _endings, "ALB030": _placed_locally, "ALB031": _single, "ALB032": _reusing,
}
