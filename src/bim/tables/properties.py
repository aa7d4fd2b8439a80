"""Property sets and quantities as JSON: occurrence over type, quantities in SI units."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from bim.ifc import Entity, value_of
from bim.tables.relations import Relations
from bim.units import Units

Sets = dict[str, dict[str, Any]]

_FIRST_ATTRIBUTE = 4
"""Attributes before it are those of IfcRoot."""


class Properties:
    """Reads each property set once, however many objects share it."""

    def __init__(self, relations: Relations, units: Units) -> None:
        self._relations = relations
        self._units = units
        self._read: dict[int, dict[str, Any]] = {}
        self._of_type: dict[int, tuple[Sets, Sets]] = {}

    def of(self, occurrence: Entity) -> tuple[Sets, Sets]:
        """(property sets, quantities) by set name, those of the type included where the occurrence has no other value."""
        kind = self._relations.type_of.get(occurrence.id())
        psets, quantities = self.of_type(kind) if kind is not None else ({}, {})
        own = self._relations.definitions.get(occurrence.id(), ())
        if own:
            psets = {name: dict(values) for name, values in psets.items()}
            quantities = {name: dict(values) for name, values in quantities.items()}
            self._merge(own, psets, quantities)
        return psets, quantities

    def of_type(self, kind: Entity) -> tuple[Sets, Sets]:
        """(property sets, quantities) that a type object carries."""
        if kind.id() not in self._of_type:
            made: tuple[Sets, Sets] = ({}, {})
            self._merge(value_of(kind, "HasPropertySets") or (), *made)
            self._of_type[kind.id()] = made
        return self._of_type[kind.id()]

    def _merge(self, definitions: Iterable[Entity], psets: Sets, quantities: Sets) -> None:
        for definition in definitions:
            target = quantities if definition.is_a("IfcElementQuantity") else psets
            target.setdefault(definition.Name or definition.is_a(), {}).update(self._values(definition))

    def _values(self, definition: Entity) -> dict[str, Any]:
        found = self._read.get(definition.id())
        if found is None:
            found = self._read[definition.id()] = self._fresh(definition)
        return found

    def _fresh(self, definition: Entity) -> dict[str, Any]:
        if definition.is_a("IfcElementQuantity"):
            return self._quantities(definition.Quantities)
        if definition.is_a("IfcPropertySet"):
            return properties(definition.HasProperties)
        return _attributes(definition)

    def _quantities(self, quantities: Iterable[Entity] | None) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for quantity in quantities or ():
            if quantity.is_a("IfcPhysicalComplexQuantity"):
                values[quantity.Name or ""] = self._quantities(quantity.HasQuantities)
            else:
                raw = quantity[3]
                values[quantity.Name or ""] = plain(raw * self._units.quantity_scale(quantity)) if _is_real(raw) else plain(raw)
        return values


def properties(given: Iterable[Entity] | None) -> dict[str, Any]:
    """Property name -> value of IfcProperties, as JSON."""
    return {one[0] or "": _property(one) for one in given or ()}


def plain(value: Any) -> Any:
    """A value of the engine as JSON: wrapped values unwrapped, entities by name, numbers finite."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, tuple | list):
        return [plain(part) for part in value]
    if hasattr(value, "wrappedValue"):
        return plain(value.wrappedValue)
    return value_of(value, "Name") or value_of(value, "Identification") or str(value)


def _property(one: Entity) -> Any:
    kind = one.is_a()
    if kind == "IfcPropertySingleValue":
        return plain(one[2])
    if kind in ("IfcPropertyEnumeratedValue", "IfcPropertyListValue"):
        return plain(one[2])
    if kind == "IfcComplexProperty":
        return properties(one.HasProperties)
    if kind == "IfcPropertyBoundedValue":
        bounds = {"lower": one.LowerBoundValue, "upper": one.UpperBoundValue, "set_point": value_of(one, "SetPointValue")}
        return {name: plain(bound) for name, bound in bounds.items() if bound is not None}
    if kind == "IfcPropertyTableValue":
        return {"defining": plain(one.DefiningValues), "defined": plain(one.DefinedValues)}
    return plain(value_of(one, "PropertyReference"))


def _attributes(definition: Entity) -> dict[str, Any]:
    """A predefined property set, such as IfcDoorLiningProperties: its attributes are its properties."""
    names = [definition.attribute_name(i) for i in range(_FIRST_ATTRIBUTE, len(definition))]
    return {name: plain(value) for name in names if (value := value_of(definition, name)) is not None}


def _is_real(value: Any) -> bool:
    return isinstance(value, float | int) and not isinstance(value, bool)
