"""Groups, and the placement of parts."""

from __future__ import annotations

from collections import defaultdict

from bim.ifc import Entity, is_instance, value_of
from bim.normative.context import Context, instances_of
from bim.normative.rule import Fault, Judge, Result


def _acyclic(context: Context) -> Result:
    """GRP001."""
    members: dict[int, set[int]] = defaultdict(set)
    for rel in context.model.of("IfcRelAssignsToGroup"):
        if is_instance(value_of(rel, "RelatingGroup")):
            members[rel.RelatingGroup.id()] |= {one.id() for one in instances_of(rel.RelatedObjects) if one.is_a("IfcGroup")}
    groups = context.model.of("IfcGroup")
    return Result(len(groups), (Fault(group, "the group is a member of itself", "a cycle", "none", "take it out of its members")
                                for group in groups if group.id() in _reached(members, group.id())))


def _reached(members: dict[int, set[int]], group: int) -> set[int]:
    """All direct and indirect members of a group that are groups."""
    reached: set[int] = set()
    new = set(members.get(group, ()))
    while new:
        reached |= new
        new = {one for known in new for one in members.get(known, ())} - reached
    return reached


def _relative(context: Context) -> Result:
    """OJP001."""
    if context.schema == "IFC4X3":
        return Result(0)
    pairs = [(part, whole) for part in context.model.of("IfcElement") for whole in context.wholes(part) if whole.is_a("IfcElement")]
    return Result(len(pairs), (fault for part, whole in pairs if (fault := _placement_fault(part, whole)) is not None))


def _placement_fault(part: Entity, whole: Entity) -> Fault | None:
    placement, wanted = value_of(part, "ObjectPlacement"), value_of(whole, "ObjectPlacement")
    if not is_instance(placement) or not placement.is_a("IfcLocalPlacement"):
        kind = placement.is_a() if is_instance(placement) else "none"
        return Fault(part, "a part is placed by a local placement", kind, "IfcLocalPlacement", "place it relative to its whole")
    relative_to = value_of(placement, "PlacementRelTo")
    if not is_instance(relative_to) or not is_instance(wanted) or relative_to.id() != wanted.id():
        return Fault(part, "a part is placed relative to its whole", f"#{relative_to.id()}" if is_instance(relative_to) else "none",
                     f"#{wanted.id()}" if is_instance(wanted) else "the placement of the whole", "place it relative to its whole")
    return None


RULES: dict[str, Judge] = {"GRP001": _acyclic, "OJP001": _relative}
