"""Activation: whether a model has anything of a functional part at all; these rules have nothing that could be wrong."""

from __future__ import annotations

from collections.abc import Iterator

from bim.ifc import Entity, is_any, is_instance, value_of
from bim.normative.context import Context, instances_of
from bim.normative.rule import Judge, Result

_COLOURING = ("IfcIndexedColourMap",)


def _classes(*names: str) -> Judge:
    """The model has instances of one of these classes."""
    return lambda context: Result(len(context.model.of(*names)))


def _identified(context: Context, identifier: str, *classes: str) -> Result:
    """Products of these classes have a representation with this identifier."""
    return Result(sum(one.identifier == identifier and is_any(one.product, classes) for one in context.shown))


def _placed(*classes: str) -> Judge:
    """Products have a placement of these classes."""
    def judge(context: Context) -> Result:
        placements = (value_of(one, "ObjectPlacement") for one in context.model.of("IfcProduct"))
        return Result(sum(is_instance(one) and is_any(one, classes) for one in placements))
    return judge


def _box(context: Context) -> Result:
    return Result(sum(one.kind == "BoundingBox" for one in context.shown))


def _built(context: Context) -> Result:
    return Result(len(context.model.of("IfcBuiltElement" if context.schema == "IFC4X3" else "IfcBuildingElement")))


def _assembled(context: Context) -> Result:
    return Result(sum(whole.is_a("IfcElement") for part in context.model.of("IfcElement") for whole in context.wholes(part)))


def _related_by(context: Context, relation: str, attribute: str, *classes: str) -> Iterator[Entity]:
    """Object definitions with an association of this kind to an instance of these classes; to any, where none are given."""
    for rel, one in context.associated:
        what = value_of(rel, attribute) if rel.is_a(relation) else None
        if is_instance(what) and (not classes or is_any(what, classes)):
            yield one


def _classified(context: Context) -> Result:
    found = _related_by(context, "IfcRelAssociatesClassification", "RelatingClassification", "IfcClassificationReference")
    return Result(len(list(found)))


def _documented(context: Context) -> Result:
    relation = "IfcRelAssociatesDocument", "RelatingDocument"
    informed = [one for one in _related_by(context, *relation, "IfcDocumentInformation") if one.is_a("IfcObject")]
    return Result(len(informed) + len(list(_related_by(context, *relation, "IfcDocumentReference"))))


def _made_of(context: Context) -> Result:
    classes = () if context.schema == "IFC2X3" else ("IfcMaterialDefinition",)
    return Result(len(list(_related_by(context, "IfcRelAssociatesMaterial", "RelatingMaterial", *classes))))


def _coloured(context: Context) -> Result:
    styled = [one for one in context.model.of("IfcStyledItem") if is_instance(value_of(one, "Item"))]
    coloured = [one for one in context.model.of(*_COLOURING) if is_instance(value_of(one, "MappedTo"))]
    return Result(len(styled) + len(coloured) + _styled_materials(context))


def _styled_materials(context: Context) -> int:
    """Materials of objects that have a style."""
    styled = {one.RepresentedMaterial.id() for one in context.model.of("IfcMaterialDefinitionRepresentation")
              if is_instance(one.RepresentedMaterial) and any(item.is_a("IfcStyledItem") for shape in instances_of(one.Representations)
                                                              for item in instances_of(value_of(shape, "Items")))}
    if not styled:
        return 0
    used = {rel.RelatingMaterial.id(): rel.RelatingMaterial for rel, _ in context.associated
            if rel.is_a("IfcRelAssociatesMaterial") and is_instance(rel.RelatingMaterial)}
    return len(styled & {part.id() for whole in used.values() for part in context.model.file.traverse(whole)})


def _layered(context: Context) -> Result:
    shown = {one.representation.id(): one.representation for one in context.shown}
    assigned = [item for layer in context.model.of("IfcPresentationLayerAssignment")
                for item in instances_of(value_of(layer, "AssignedItems"))]
    if not assigned:
        return Result(0)
    drawn = shown.keys() | {item.id() for one in shown.values() for item in instances_of(value_of(one, "Items"))}
    return Result(sum(item.id() in drawn for item in assigned))


def _grouped(context: Context) -> Result:
    return Result(sum(one.is_a("IfcObject") for rel in context.model.of("IfcRelAssignsToGroup") if is_instance(rel.RelatingGroup)
                      for one in instances_of(rel.RelatedObjects)))


def _connected(context: Context) -> Result:
    ends = [(value_of(rel, "RelatingPort"), value_of(rel, "RelatedPort")) for rel in context.model.of("IfcRelConnectsPorts")]
    return Result(sum(all(is_instance(end) and end.is_a("IfcDistributionPort") for end in pair) for pair in ends))


def _measured(context: Context) -> Result:
    sets = ((value_of(rel, "RelatingPropertyDefinition"), rel) for rel in context.model.of("IfcRelDefinesByProperties"))
    return Result(sum(one.is_a("IfcObject") for what, rel in sets if is_instance(what) and what.is_a("IfcElementQuantity")
                      for one in instances_of(rel.RelatedObjects)))


def _owned(context: Context) -> Result:
    return Result(sum(is_instance(value_of(one, "OwnerHistory")) for one in context.model.of("IfcRoot")))



RULES: dict[str, Judge] = {
    "ANN000": lambda context: _identified(context, "Annotation", "IfcAnnotation"),
    "ASM000": _assembled,
    "AXG000": lambda context: _identified(context, "Axis", "IfcProduct"),
    "BBX000": _box,
    "BLT000": _built,
    "CLS000": _classified,
    "CTX000": _coloured,
    "DOC000": _documented,
    "GDP000": _placed("IfcGridPlacement"),
    "GRP000": _grouped,
    "LAY000": _layered,
    "LIP000": _placed("IfcLinearPlacement"),
    "LOP000": _placed("IfcLocalPlacement"),
    "MAT000": _made_of,
    "OJP000": _placed("IfcObjectPlacement"),
    "PJS000": _classes("IfcProject"),
    "POR000": _connected,
    "QTY000": _measured,
    "SPA000": _classes("IfcSpace", "IfcSpatialZone"),
    "VER000": _owned,
    "VRT000": _classes("IfcVirtualElement"),
}
