"""What a product is called and classed as: type, materials, groups, classifications, containment; as JSON values."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from bim.ifc import Entity, value_of
from bim.tables.relations import Relations

_DEEP = 16


def predefined_type(product: Entity, kind: Entity | None) -> str | None:
    """The predefined type, that of the type object first; the user's own word where it is USERDEFINED."""
    if kind is not None:
        of_type = value_of(kind, "PredefinedType")
        if of_type == "USERDEFINED" or not of_type:
            of_type = value_of(kind, "ElementType") or value_of(kind, "ProcessType")
        if of_type and of_type != "NOTDEFINED":
            return str(of_type)
    own = value_of(product, "PredefinedType")
    return (value_of(product, "ObjectType") if own == "USERDEFINED" or not own else str(own)) or None


def materials(product: Entity, kind: Entity | None, relations: Relations) -> list[str]:
    """Names of the product's materials from the outside of a layer set in, or of its type's."""
    definition = relations.material.get(product.id())
    if definition is None and kind is not None:
        definition = relations.material.get(kind.id())
    names = [name for name in _material_names(definition) if name] if definition is not None else []
    for name in names:
        if not isinstance(name, str):
            raise TypeError(f"the name of a material is {name!r}")
    return names


def groups(product: Entity, relations: Relations) -> dict[str, list[dict[str, Any]]]:
    """`{id, name, class}` of its `systems`, `zones` and other `groups`."""
    made: dict[str, list[dict[str, Any]]] = {"systems": [], "zones": [], "groups": []}
    for group in relations.groups.get(product.id(), ()):
        made[group_kind(group)].append({"id": group.GlobalId, "name": spoken_name(group), "class": group.is_a()})
    return made


def group_kind(group: Entity) -> str:
    """Of `zones`, `systems` and `groups`; a zone is a system in some schemas, but not here."""
    return "zones" if group.is_a("IfcZone") else "systems" if group.is_a("IfcSystem") else "groups"


def classifications(product: Entity, kind: Entity | None, relations: Relations) -> list[dict[str, Any]]:
    """`{system, code, name, on}` of its classification references; those on its type for systems that it does not use itself."""
    own = [_reference(one) | {"on": "object"} for one in relations.classifications.get(product.id(), ())]
    used = {one["system"] for one in own}
    inherited = relations.classifications.get(kind.id(), ()) if kind is not None else ()
    all_of_them = own + [one | {"on": "type"} for one in map(_reference, inherited) if one["system"] not in used]
    return [one for at, one in enumerate(all_of_them) if one not in all_of_them[:at]]


def documents(product: Entity, kind: Entity | None, relations: Relations) -> list[dict[str, Any]]:
    """`{id, name, description, location, on}` of the documents that it refers to, and of those of its type."""
    own = [_document(one) | {"on": "object"} for one in relations.documents.get(product.id(), ())]
    of_type = relations.documents.get(kind.id(), ()) if kind is not None else ()
    return own + [_document(one) | {"on": "type"} for one in of_type]


def containment(path: Iterable[Entity], key: Callable[[Entity], str]) -> list[dict[str, Any]]:
    """`{id, class, name}` of the spatial structure around a product, from the site inwards."""
    return [{"id": key(one), "class": one.is_a(), "name": spoken_name(one)} for one in path]


def spoken_name(entity: Entity) -> str | None:
    """The name, else the long name."""
    return text_of(entity, "Name") or text_of(entity, "LongName") or None


def text_of(entity: Entity, attribute: str) -> str | None:
    """An attribute that is text; None where it is absent or something else, which is said where the instance has a row."""
    value = value_of(entity, attribute)
    return value if isinstance(value, str) else None


def address(postal: Entity | None) -> str | None:
    """The lines of a postal address, the town, the region and the country, on one line."""
    lines = [*(value_of(postal, "AddressLines") or ()), *(value_of(postal, name) for name in ("Town", "Region", "PostalCode", "Country"))]
    return ", ".join(line for line in lines if line) or None


def _material_names(definition: Entity) -> list[str | None]:
    if definition.is_a("IfcMaterial"):
        return [definition.Name]
    for usage, target in (("IfcMaterialLayerSetUsage", "ForLayerSet"), ("IfcMaterialProfileSetUsage", "ForProfileSet")):
        if definition.is_a(usage):
            return _material_names(value_of(definition, target))
    for parts in ("MaterialLayers", "MaterialProfiles", "MaterialConstituents"):
        if (members := value_of(definition, parts)) is not None:
            return [value_of(value_of(member, "Material"), "Name") for member in members]
    if definition.is_a("IfcMaterialList"):
        return [material.Name for material in definition.Materials or ()]
    return [value_of(value_of(definition, "Material"), "Name")]


def _reference(reference: Entity) -> dict[str, Any]:
    if reference.is_a("IfcClassificationNotation"):
        facets = reference.NotationFacets or ()
        return {"system": None, "code": " ".join(facet.NotationValue for facet in facets), "name": None}
    if reference.is_a("IfcClassification"):
        return {"system": reference.Name, "code": None, "name": None}
    code = value_of(reference, "Identification") or value_of(reference, "ItemReference")
    return {"system": _system(reference), "code": code, "name": reference.Name}


def _document(document: Entity) -> dict[str, Any]:
    """A reference's own words, else those of the document that it refers to."""
    information = value_of(document, "ReferencedDocument") or (value_of(document, "ReferenceToDocument") or (None,))[0]
    number = ("Identification", "ItemReference", "DocumentId")

    def said(*names: str) -> Any:
        return next((value for one in (document, information) for name in names if (value := value_of(one, name))), None)

    return {"id": said(*number), "name": said("Name"), "description": said("Description"), "location": said("Location")}


def _system(reference: Entity) -> str | None:
    at: Entity | None = reference
    for _ in range(_DEEP):
        if at is None or at.is_a("IfcClassification"):
            break
        at = value_of(at, "ReferencedSource")
    return at.Name if at is not None and at.is_a("IfcClassification") else None
