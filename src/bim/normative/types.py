"""Types and occurrences: what each of them states of itself."""

from __future__ import annotations

from bim.ifc import Entity, is_any, is_instance
from bim.normative.context import Context, instances_of, is_empty, text_of
from bim.normative.rule import Fault, Judge, Result

_STAIR_PARTS = ("IfcRailing", "IfcSlab", "IfcStairFlight")
_OWN_WORDS = ("ElementType", "ProcessType", "ResourceType")


def _predefined(context: Context) -> Result:
    """OJT001."""
    user = [one for one in context.model.of("IfcObject")
            if text_of(one, "PredefinedType") == "USERDEFINED" and one.id() not in context.types]
    kinds = context.model.of("IfcTypeObject")
    user_kinds = [one for one in kinds if text_of(one, "PredefinedType") == "USERDEFINED"]
    faults = [_wordless(one, "ObjectType") for one in user if is_empty(one, "ObjectType")]
    faults += [_wordless(one, "ElementType") for one in user_kinds if all(is_empty(one, word) for word in _OWN_WORDS)]
    typed = _typed(context) if context.schema != "IFC2X3" else []
    faults += [Fault(one, f"{one.is_a()} states a predefined type besides the {kind} of its type object", text_of(one, "PredefinedType"),
                     "null", "leave it to the type object") for one, kind in typed if not is_empty(one, "PredefinedType")]
    return Result(len(user) + len(user_kinds) + len(typed), faults)


def _wordless(one: Entity, attribute: str) -> Fault:
    return Fault(one, f"{one.is_a()} is USERDEFINED, but {attribute} does not say what it is", "blank", attribute, f"fill in {attribute}")


def _typed(context: Context) -> list[tuple[Entity, str]]:
    """Occurrences whose type object states what they are, and its predefined type."""
    stated = ((one, text_of(kind, "PredefinedType")) for one, kind in context.types.items())
    return [(context.model.by_id(one), predefined) for one, predefined in stated if predefined not in ("", "NOTDEFINED")]


def _filling(name: str, attribute: str, own: str) -> Judge:
    """BLT001 and BLT002: how doors and windows state the way they open or are parted."""
    def judge(context: Context) -> Result:
        user = [one for one in context.model.of(name, f"{name}Type") if not is_empty(one, own) and one.id() not in context.types]
        faults = [Fault(one, f"{own} is given, but {attribute} is not USERDEFINED", text_of(one, attribute) or "none", "USERDEFINED",
                        f"set {attribute} to USERDEFINED or leave {own} out") for one in user if text_of(one, attribute) != "USERDEFINED"]
        typed = [one for one in context.model.of(name) if one.id() in context.types and context.types[one.id()].is_a(f"{name}Type")]
        faults += [Fault(one, f"{one.is_a()} states {attribute}, which its type object does", text_of(one, attribute), "null",
                         f"leave {attribute} to the type object") for one in typed if not is_empty(one, attribute)]
        return Result(len(user) + len(typed), faults)
    return judge


def _stairs(context: Context) -> Result:
    """BLT003."""
    stairs = context.model.of("IfcStair")
    parts = [(rel.RelatingObject, part) for rel in context.model.of("IfcRelAggregates")
             if is_instance(rel.RelatingObject) and rel.RelatingObject.is_a("IfcStair") for part in instances_of(rel.RelatedObjects)]
    return Result(len(stairs), (Fault(stair, f"{part.is_a()} is no part of a stair", part.is_a(), ", ".join(_STAIR_PARTS),
                                      "compose the stair of flights, slabs and railings")
                                for stair, part in parts if not is_any(part, _STAIR_PARTS)))


def _cables(context: Context) -> Result:
    """SYS001."""
    cables = context.model.of("IfcCableSegment") if context.schema == "IFC4X3" else []
    faults = []
    for cable in cables:
        ports = [part for rel in cable.IsNestedBy or () for part in instances_of(rel.RelatedObjects) if part.is_a("IfcDistributionPort")]
        flows = sorted(text_of(port, "FlowDirection") for port in ports)
        if flows != ["SINK", "SOURCE"]:
            faults.append(Fault(cable, "a cable segment has one port as source and one as sink", ", ".join(flows) or "no port",
                                "SINK, SOURCE", "give it two ports"))
    return Result(len(cables), faults)


RULES: dict[str, Judge] = {
    "BLT001": _filling("IfcDoor", "OperationType", "UserDefinedOperationType"),
    "BLT002": _filling("IfcWindow", "PartitioningType", "UserDefinedPartitioningType"),
    "BLT003": _stairs, "OJT001": _predefined, "SYS001": _cables,
}
