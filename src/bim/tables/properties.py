"""Property sets and quantities as JSON: occurrence over type, quantities in SI units, what has a unit both ways."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from bim.finding import Finding
from bim.ifc import FAULTS, Entity, is_any, stated, value_of
from bim.tables.relations import Relations
from bim.units import Unit, Units

Sets = dict[str, dict[str, Any]]

_FIRST_ATTRIBUTE = 4
"""Attributes before it are those of IfcRoot."""


@dataclass(slots=True)
class Described:
    """What property sets and quantities say of an object, by set name.

    Attributes:
        psets: property values as the file states them.
        quantities: in SI units.
        measures: everything that has a unit: `{value, unit, stated, stated_unit}`, the value in SI units; parts of a complex
            property as `whole.part`.
    """

    psets: Sets = field(default_factory=dict)
    quantities: Sets = field(default_factory=dict)
    measures: Sets = field(default_factory=dict)

    def copy(self) -> Described:
        """One that sets can be added to; the sets themselves are shared, and are replaced, never changed."""
        return Described(dict(self.psets), dict(self.quantities), dict(self.measures))


_Read = tuple[str, dict[str, Any], dict[str, Any]]
"""Name, values and measures of one property set or quantity set."""


class Properties:
    """Reads each property set once, however many objects share it; one that cannot be read is a Finding."""

    def __init__(self, relations: Relations, units: Units, findings: list[Finding]) -> None:
        self._relations = relations
        self._findings = findings
        self._units = units
        self._read: dict[int, _Read | None] = {}
        self._of_type: dict[int, Described] = {}

    def of(self, occurrence: Entity) -> Described:
        """What is said of an occurrence, that of its type included where it has no other value of its own."""
        kind = self._relations.type_of.get(occurrence.id())
        described = self.of_type(kind) if kind is not None else Described()
        own = self._relations.definitions.get(occurrence.id(), ())
        if own:
            described = described.copy()
            self._merge(own, described)
        return described

    def of_type(self, kind: Entity) -> Described:
        """What a type object says."""
        found = self._of_type.get(kind.id())
        if found is None:
            found = self._of_type[kind.id()] = Described()
            self._merge(value_of(kind, "HasPropertySets") or (), found)
        return found

    def _merge(self, definitions: Iterable[Entity], into: Described) -> None:
        for definition in definitions:
            read = self._values(definition)
            if read is None:
                continue
            name, values, measures = read
            target = into.quantities if is_any(definition, ("IfcElementQuantity",)) else into.psets
            target[name] = {**target[name], **values} if name in target else values
            if name in into.measures:
                into.measures[name] = {**_without(into.measures[name], values), **measures}
            elif measures:
                into.measures[name] = measures

    def _values(self, definition: Entity) -> _Read | None:
        number = definition.id()
        if number not in self._read:
            try:
                self._read[number] = self._fresh(definition)
            except FAULTS as error:
                self._findings.append(self._relations.model.fault(definition, error))
                self._read[number] = None
        return self._read[number]

    def _fresh(self, definition: Entity) -> _Read:
        name = str(stated(definition, "Name") or definition.is_a())
        measures: dict[str, Any] = {}
        if is_any(definition, ("IfcElementQuantity",)):
            return name, self._quantities(stated(definition, "Quantities"), measures, ""), measures
        if is_any(definition, ("IfcPropertySet",)):
            return name, self._properties(stated(definition, "HasProperties"), measures, ""), measures
        return name, _attributes(definition), measures

    def _quantities(self, quantities: Iterable[Entity] | None, measures: dict[str, Any], prefix: str) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for quantity in quantities or ():
            name = str(stated(quantity, "Name") or "")
            if is_any(quantity, ("IfcPhysicalComplexQuantity",)):
                values[name] = self._quantities(stated(quantity, "HasQuantities"), measures, f"{prefix}{name}.")
                continue
            value = plain(quantity[3])
            unit = self._units.quantity_unit(quantity)
            values[name] = _in_si(value, unit) if unit is not None and unit.si else value
            if unit is not None:
                measures[prefix + name] = _measure(value, unit)
        return values

    def _properties(self, given: Iterable[Entity] | None, measures: dict[str, Any], prefix: str) -> dict[str, Any]:
        """Name -> value of properties; those with a unit are added to the measures."""
        values: dict[str, Any] = {}
        for one in given or ():
            kind, name = one.is_a(), str(one[0] or "")
            measures.pop(prefix + name, None)
            if kind == "IfcComplexProperty":
                values[name] = self._properties(stated(one, "HasProperties"), measures, f"{prefix}{name}.")
                continue
            raw = one[2] if kind == "IfcPropertySingleValue" else None
            value = values[name] = _property(one, kind) if raw is None else plain(raw)
            if value is not None and (unit := self._unit(one, kind, raw)) is not None:
                measures[prefix + name] = _measure(value, unit)
        return values

    def _unit(self, one: Entity, kind: str, raw: Entity | None) -> Unit | None:
        if kind == "IfcPropertySingleValue":
            own = one[3]
        elif kind == "IfcPropertyListValue":
            raw, own = (one[2] or (None,))[0], stated(one, "Unit")
        elif kind == "IfcPropertyBoundedValue":
            raw = stated(one, "UpperBoundValue") or stated(one, "LowerBoundValue") or value_of(one, "SetPointValue")
            own = stated(one, "Unit")
        else:
            return None
        return self._units.measure_unit(raw.is_a(), own) if raw is not None else None


def plain(value: Any) -> Any:
    """A value of the engine as JSON: wrapped values unwrapped, entities by name, numbers finite."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, tuple | list):
        return [plain(part) for part in value]
    wrapped = value_of(value, "wrappedValue", value)
    if wrapped is not value:
        return plain(wrapped)
    return value_of(value, "Name") or value_of(value, "Identification") or str(value)


def _property(one: Entity, kind: str) -> Any:
    """The value of a property that has no parts."""
    if kind in ("IfcPropertySingleValue", "IfcPropertyEnumeratedValue", "IfcPropertyListValue"):
        return plain(one[2])
    if kind == "IfcPropertyBoundedValue":
        bounds = {"lower": stated(one, "LowerBoundValue"), "upper": stated(one, "UpperBoundValue"),
                  "set_point": value_of(one, "SetPointValue")}
        return {name: plain(bound) for name, bound in bounds.items() if bound is not None}
    if kind == "IfcPropertyTableValue":
        return {"defining": plain(stated(one, "DefiningValues")), "defined": plain(stated(one, "DefinedValues"))}
    return plain(value_of(one, "PropertyReference"))


def _attributes(definition: Entity) -> dict[str, Any]:
    """A predefined property set, such as IfcDoorLiningProperties: its attributes are its properties."""
    names = [definition.attribute_name(i) for i in range(_FIRST_ATTRIBUTE, len(definition))]
    return {name: plain(value) for name in names if (value := value_of(definition, name)) is not None}


def _measure(value: Any, unit: Unit) -> dict[str, Any]:
    value_si, sign = (_in_si(value, unit), unit.si) if unit.si else (value, unit.sign)
    return {"value": value_si, "unit": sign, "stated": value, "stated_unit": unit.sign}


def _in_si(value: Any, unit: Unit) -> Any:
    """A value, list or range of values in SI units; what is no number stays."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return plain(unit.to_si(value)) if unit.scale != 1.0 or unit.offset else value
    if isinstance(value, dict):
        return {name: _in_si(part, unit) for name, part in value.items()}
    return [_in_si(part, unit) for part in value]


def _without(measures: dict[str, Any], values: Iterable[str]) -> dict[str, Any]:
    """The measures but those that other values replace, with their parts."""
    replaced = set(values)
    return {name: one for name, one in measures.items() if name not in replaced and name.split(".")[0] not in replaced}
