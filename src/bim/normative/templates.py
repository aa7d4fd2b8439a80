"""The property and quantity sets of the standard, from the template files that ifcopenshell carries, by schema."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import ifcopenshell

_FILES = {"IFC2X3": "Pset_IFC2X3.ifc", "IFC4": "Pset_IFC4_ADD2.ifc", "IFC4X3": "Pset_IFC4X3.ifc"}
_CLASSES = {"P_SINGLEVALUE": "IfcPropertySingleValue", "P_ENUMERATEDVALUE": "IfcPropertyEnumeratedValue",
            "P_BOUNDEDVALUE": "IfcPropertyBoundedValue", "P_LISTVALUE": "IfcPropertyListValue", "P_TABLEVALUE": "IfcPropertyTableValue",
            "P_REFERENCEVALUE": "IfcPropertyReferenceValue", "P_COMPLEX": "IfcComplexProperty", "Q_LENGTH": "IfcQuantityLength",
            "Q_AREA": "IfcQuantityArea", "Q_VOLUME": "IfcQuantityVolume", "Q_COUNT": "IfcQuantityCount", "Q_WEIGHT": "IfcQuantityWeight",
            "Q_TIME": "IfcQuantityTime"}


@dataclass(frozen=True, slots=True)
class PropertyTemplate:
    """One property or quantity of a standard set.

    Attributes:
        kind: class that it is written as, "" where the templates do not say.
        measure: type of a single value, "" likewise.
        values: what an enumerated value may be; empty where anything.
    """

    kind: str
    measure: str
    values: frozenset[str]


@dataclass(frozen=True, slots=True)
class SetTemplate:
    """A standard property or quantity set.

    Attributes:
        driven: `PSET_TYPEDRIVENOVERRIDE`, `PSET_OCCURRENCEDRIVEN` and so on; "" where the schema does not know it.
        applicable: classes that may have it, each with the predefined type it must be of, "" for any.
        properties: by name.
    """

    name: str
    driven: str
    applicable: tuple[tuple[str, str], ...]
    properties: dict[str, PropertyTemplate]


@lru_cache(maxsize=3)
def templates(schema: str) -> dict[str, SetTemplate]:
    """The standard sets of `IFC2X3`, `IFC4` or `IFC4X3` by name."""
    folder = Path(ifcopenshell.__file__).parent / "util" / "schema"
    file = ifcopenshell.open(str(folder / _FILES[schema]))
    return {one.Name: _set(one, schema) for one in file.by_type("IfcPropertySetTemplate")}


def _set(one: Any, schema: str) -> SetTemplate:
    pairs = [part.strip().partition("/") for part in (one.ApplicableEntity or "").split(",") if part.strip()]
    applicable = tuple((name, predefined.upper() or _in_name(one.Name, name, schema)) for name, _, predefined in pairs)
    driven = "" if schema == "IFC2X3" else one.TemplateType or ""
    return SetTemplate(one.Name, driven, applicable, {part.Name: _property(part) for part in one.HasPropertyTemplates})


def _property(one: Any) -> PropertyTemplate:
    if one.is_a("IfcComplexPropertyTemplate"):
        return PropertyTemplate(_CLASSES["P_COMPLEX"] if str(one.TemplateType).startswith("P_") else "", "", frozenset())
    values = one.Enumerators.EnumerationValues if one.Enumerators else ()
    return PropertyTemplate(_CLASSES.get(str(one.TemplateType), ""), (one.PrimaryMeasureType or "").strip(),
                            frozenset(str(value.wrappedValue) for value in values or ()))


def _in_name(set_name: str, entity: str, schema: str) -> str:
    """The predefined type that the name of an IFC2X3 set ends with: ELECTRICACTUATOR of Pset_ActuatorTypeElectricActuator."""
    start = f"Pset_{entity.removeprefix('Ifc')}"
    if schema != "IFC2X3" or not set_name.startswith(start):
        return ""
    ending = set_name.removeprefix(start).upper()
    return ending if ending in _predefined(entity) else ""


@lru_cache(maxsize=512)
def _predefined(entity: str) -> frozenset[str]:
    """The predefined types of an IFC2X3 class."""
    schema: Any = ifcopenshell.schema_by_name("IFC2X3")
    for attribute in schema.declaration_by_name(entity).as_entity().all_attributes():
        named = attribute.type_of_attribute().as_named_type()
        if attribute.name() == "PredefinedType" and named is not None:
            return frozenset(named.declared_type().as_enumeration_type().enumeration_items())
    return frozenset()
