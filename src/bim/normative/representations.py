"""Representations: their identifiers, types and contexts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

from bim.ifc import Entity, is_instance, value_of
from bim.normative.context import Context, Shown, instances_of, is_empty, text_of
from bim.normative.rule import Fault, Judge, Result, table

_CONTEXT_TYPES = ("Model", "Plan", "NotDefined")
_SPACE_BODIES = ("SweptSolid", "Clipping", "Brep", "Tessellation")


@lru_cache(maxsize=16)
def _values(kind: str, schema: str) -> frozenset[str]:
    """Standard values of an `identifier`, or of the type of a `shape` or `topology` representation."""
    return frozenset(row["value"] for row in table("representation_values") if row["kind"] == kind and schema in row["schemas"].split())


def _boxes(context: Context) -> Result:
    """BBX001."""
    boxes = [one for one in context.shown if one.identifier == "Box" or one.kind == "BoundingBox"]
    return Result(len(boxes), (Fault(one.representation, "a bounding box has the identifier Box and the type BoundingBox",
                                     f"{one.identifier}, {one.kind}", "Box, BoundingBox", "correct identifier and type")
                               for one in boxes if one.identifier != "Box" or one.kind != "BoundingBox"))


def _spaces(context: Context) -> Result:
    """GEM002."""
    spaces, shown = context.model.of("IfcSpace"), context.shown_of
    return Result(len(spaces), (fault for space in spaces for fault in _space_faults(space, shown.get(space.id(), []))))


def _space_faults(space: Entity, shown: list[Shown]) -> Iterator[Fault]:
    bodies = [one for one in shown if one.identifier == "Body"]
    if len(bodies) != 1:
        yield Fault(space, "a space has one body", str(len(bodies)), "1", "export spaces with their volume")
    for one in bodies:
        if one.kind not in _SPACE_BODIES:
            yield Fault(one.representation, f"the body of a space is no {one.kind}", one.kind, ", ".join(_SPACE_BODIES),
                        "export the space as extrusion or faces")
        if one.kind == "Brep" and sum(other.identifier == "FootPrint" for other in shown) != 1:
            yield Fault(space, "a space whose body is a Brep has one footprint besides", "none", "FootPrint", "export its footprint too")


def _unique(context: Context) -> Result:
    """GEM003."""
    judged = [found for found in context.shown_of.values() if any(one.identifier for one in found)]
    faults = []
    for found in judged:
        counts = Counter(one.identifier for one in found if one.identifier)
        faults += [Fault(found[0].product, f"{found[0].product.is_a()} has {count} representations '{identifier}'", str(count), "1",
                         "merge them, or give them other identifiers") for identifier, count in counts.items() if count > 1]
    return Result(len(judged), faults)


def _standard(context: Context) -> Result:
    """GEM004."""
    shown = list({one.representation.id(): one for one in context.shown if one.identifier or one.kind}.values())
    return Result(len(shown), (fault for one in shown for fault in _value_faults(one, context.schema)))


def _value_faults(one: Shown, schema: str) -> Iterator[Fault]:
    if one.identifier and one.identifier not in _values("identifier", schema):
        yield _no_standard(one.representation, "RepresentationIdentifier", one.identifier, _values("identifier", schema))
    topology = one.representation.is_a("IfcTopologyRepresentation")
    if one.kind and (topology or one.representation.is_a("IfcShapeRepresentation")):
        allowed = _values("topology" if topology else "shape", schema)
        if one.kind not in allowed:
            yield _no_standard(one.representation, "RepresentationType", one.kind, allowed)


def _no_standard(one: Entity, attribute: str, value: str, allowed: frozenset[str]) -> Fault:
    return Fault(one, f"{attribute} '{value}' is no value of the standard", value, ", ".join(sorted(allowed)),
                 "use a value of the standard")


def _empty_buildings(context: Context) -> Result:
    """GEM005."""
    shown = context.shown_of
    buildings = [one for one in context.model.of("IfcBuilding") if is_empty(one, "ContainsElements") and is_empty(one, "IsDecomposedBy")]
    identified = ((one, [part.identifier for part in shown.get(one.id(), ())]) for one in buildings)
    return Result(len(context.model.of("IfcBuilding")), (
        Fault(one, "a building without contents has a body", ", ".join(found) or "none", "Body", "add contents or a body")
        for one, found in identified if not found or set(found) != {"Body"}))


def _contexts(context: Context) -> Result:
    """GEM051."""
    holders = context.model.of("IfcProject" if context.schema == "IFC2X3" else "IfcContext")
    faults = []
    for holder in holders:
        contexts = instances_of(value_of(holder, "RepresentationContexts"))
        if not contexts:
            faults.append(Fault(holder, f"{holder.is_a()} has no geometric context", "none", "IfcGeometricRepresentationContext",
                                "add a context of the type Model"))
        faults += [Fault(one, f"{one.is_a()} is no geometric context", one.is_a(), "IfcGeometricRepresentationContext",
                         "use a geometric context") for one in contexts if not one.is_a("IfcGeometricRepresentationContext")]
        faults += [Fault(one, "the type of the context is none of the standard", text_of(one, "ContextType") or "none",
                         ", ".join(_CONTEXT_TYPES), "set ContextType to Model or Plan")
                   for one in contexts if text_of(one, "ContextType") not in _CONTEXT_TYPES]
    return Result(len(holders), faults)


def _subcontexts(context: Context) -> Result:
    """GEM052."""
    if context.schema == "IFC2X3":
        return Result(0)
    contexts = context.model.of("IfcGeometricRepresentationContext")
    subs = [one for one in contexts if one.is_a("IfcGeometricRepresentationSubContext")]
    parents = {one.ParentContext.id() for one in subs if is_instance(one.ParentContext)}
    faults = [Fault(one, "the context has no subcontext", "none", "a subcontext such as Body", "add subcontexts for Body and Axis")
              for one in contexts if one not in subs and one.id() not in parents]
    allowed = _values("identifier", context.schema)
    faults += [_no_standard(one, "ContextIdentifier", text_of(one, "ContextIdentifier"), allowed) for one in subs
               if text_of(one, "ContextIdentifier") not in allowed]
    return Result(len(contexts), faults)


def _mapped(context: Context) -> Result:
    """MPD001."""
    judged = 0
    faults = []
    for one in context.model.of("IfcShapeRepresentation"):
        sources = [value_of(value_of(item, "MappingSource"), "MappedRepresentation")
                   for item in instances_of(value_of(one, "Items")) if item.is_a("IfcMappedItem")]
        mapped = [source for source in sources if is_instance(source)]
        judged += bool(mapped)
        own = text_of(one, "RepresentationIdentifier")
        faults += [Fault(one, "a mapped representation has another identifier than what maps it", its, own, "give both one identifier")
                   for source in mapped if (its := text_of(source, "RepresentationIdentifier")) != own]
        kinds = sorted({text_of(source, "RepresentationType") for source in mapped})
        if len(kinds) > 1:
            faults.append(Fault(one, "it maps representations of several types", ", ".join(kinds), "one type", "split the representation"))
    return Result(judged, faults)


RULES: dict[str, Judge] = {
    "BBX001": _boxes, "GEM002": _spaces, "GEM003": _unique, "GEM004": _standard, "GEM005": _empty_buildings, "GEM051": _contexts,
    "GEM052": _subcontexts, "MPD001": _mapped,
}
