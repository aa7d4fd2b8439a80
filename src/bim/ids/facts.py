"""What an IFC schema says of classes, attributes and data types, as an IDS can name them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import ifcopenshell

_BASES = {"string": "string", "integer": "integer", "real": "double", "number": "double", "boolean": "boolean", "logical": "string",
          "binary": ""}
_BASES_BY_NAME = {"IfcDate": "date", "IfcDateTime": "dateTime", "IfcTime": "time", "IfcDuration": "duration", "IfcURIReference": "anyURI",
                  "IfcCountMeasure": "integer"}
"""Types whose XML base type is not that of the EXPRESS type beneath them."""

_KINDS_2X3 = {
    "IfcFurnishingElement": ("Furniture", "SystemFurnitureElement"),
    "IfcDistributionControlElement": ("Actuator", "Alarm", "Controller", "FlowInstrument", "Sensor"),
    "IfcEnergyConversionDevice": (
        "AirToAirHeatRecovery", "Boiler", "Chiller", "Coil", "Condenser", "CooledBeam", "CoolingTower", "ElectricGenerator",
        "ElectricMotor", "EvaporativeCooler", "Evaporator", "HeatExchanger", "Humidifier", "MotorConnection", "SpaceHeater", "Transformer",
        "TubeBundle", "UnitaryEquipment"),
    "IfcFlowController": ("AirTerminalBox", "Damper", "ElectricTimeControl", "FlowMeter", "ProtectiveDevice", "SwitchingDevice", "Valve"),
    "IfcFlowFitting": ("CableCarrierFitting", "DuctFitting", "JunctionBox", "PipeFitting"),
    "IfcFlowMovingDevice": ("Compressor", "Fan", "Pump"),
    "IfcFlowSegment": ("CableCarrierSegment", "CableSegment", "DuctSegment", "PipeSegment"),
    "IfcFlowStorageDevice": ("ElectricFlowStorageDevice", "Tank"),
    "IfcFlowTerminal": ("AirTerminal", "ElectricAppliance", "FireSuppressionTerminal", "Lamp", "LightFixture", "Outlet", "SanitaryTerminal",
                        "StackTerminal", "WasteTerminal"),
    "IfcFlowTreatmentDevice": ("DuctSilencer", "Filter"),
    "IfcEquipmentElement": ("VibrationIsolator",),
}
"""IFC2X3: the class of occurrences -> the classes of later schemas that their type objects make them (IDS mapping table)."""


@dataclass(frozen=True, slots=True)
class AttributeFact:
    """An attribute of a class.

    Attributes:
        kind: `value` for one with a value of its own, `logical` for one that can be unknown; `list`, `select` and `instance` for what can
            only be there or not; `derived` and `inverse` for what is not in a file.
        data_type: the IFC type of a value (`IfcLabel`), empty for a plain EXPRESS type.
        base: XML base type of a value (`string`).
        values: of an enumeration.
    """

    name: str
    kind: str
    data_type: str = ""
    base: str = ""
    values: tuple[str, ...] = ()

    @property
    def in_file(self) -> bool:
        """Whether a file states it, so that it can be asked for."""
        return self.kind not in ("derived", "inverse")


class Facts:
    """One schema; names of classes are those of IDS, in capitals."""

    def __init__(self, schema: str) -> None:
        self.schema = schema
        self._schema: Any = ifcopenshell.schema_by_name(schema)
        self._lineages: dict[str, tuple[str, ...]] = {}
        self._sets: dict[tuple[str, ...], frozenset[str]] = {}

    @cached_property
    def classes(self) -> dict[str, Any]:
        """Class -> its declaration; with classes of IFC2X3 that only a type object tells apart."""
        found = {entity.name().upper(): entity for entity in self._schema.entities()}
        for name, occurrence in self.occurrence_classes.items():
            found.setdefault(name, found[occurrence])
        return found

    @cached_property
    def concrete(self) -> frozenset[str]:
        """Classes that instances can be of."""
        return frozenset(name for name, entity in self.classes.items() if not entity.is_abstract())

    @cached_property
    def occurrence_classes(self) -> dict[str, str]:
        """IFC2X3: a class that a type object makes -> the class of the occurrence (`IFCFAN` -> `IFCFLOWMOVINGDEVICE`)."""
        if self.schema != "IFC2X3":
            return {}
        return {f"IFC{kind.upper()}": occurrence.upper() for occurrence, kinds in _KINDS_2X3.items() for kind in kinds}

    def lineage(self, name: str) -> tuple[str, ...]:
        """A class and those that it derives from, in capitals."""
        if name not in self._lineages:
            found, at = [], self.classes.get(name)
            while at is not None:
                found.append(at.name().upper())
                at = at.supertype()
            self._lineages[name] = tuple(found)
        return self._lineages[name]

    def attributes(self, name: str) -> dict[str, AttributeFact]:
        """Attribute -> what it is, of a class with all that it inherits."""
        return _attributes(self.schema, self.classes[name].name())

    @cached_property
    def all_attributes(self) -> tuple[AttributeFact, ...]:
        """Attributes that a file can state of any class, each once."""
        return self.attributes_of(self.concrete)

    def attributes_of(self, names: Iterable[str]) -> tuple[AttributeFact, ...]:
        """Attributes that a file can state of some classes, each once."""
        return tuple(dict.fromkeys(fact for name in names for fact in self.attributes(name).values() if fact.in_file))

    def predefined(self, name: str) -> tuple[str, ...]:
        """What instances of a class can be predefined as, by themselves or, in IFC2X3, by their type object; empty where by nothing."""
        own = self.attributes(name).get("PredefinedType")
        of_type = [self.attributes(kind).get("PredefinedType") for kind in (f"{name}TYPE", f"{name}STYLE") if kind in self.classes]
        found = own or next((one for one in of_type if one), None)
        return found.values if found else ()

    def having(self, *names: str) -> frozenset[str]:
        """Classes that instances can be of, with an attribute, inverse ones included, of one of these names."""
        key = ("having", *names)
        if key not in self._sets:
            self._sets[key] = frozenset(name for name in self.concrete if not self.attributes(name).keys().isdisjoint(names))
        return self._sets[key]

    def derived(self, *bases: str) -> frozenset[str]:
        """Classes that instances can be of, that are one of these or derive from one."""
        key = ("derived", *bases)
        if key not in self._sets:
            self._sets[key] = frozenset(name for name in self.concrete if not set(bases).isdisjoint(self.lineage(name)))
        return self._sets[key]

    @cached_property
    def data_types(self) -> dict[str, str]:
        """Data type in capitals -> its XML base type, empty for one without."""
        found: dict[str, str] = {}
        for declared in self._schema.declarations():
            if declared.as_enumeration_type() is not None:
                found[declared.name_uc()] = "string"
            elif declared.as_type_declaration() is not None:
                base = _base(declared.as_type_declaration())
                if base is not None:
                    found[declared.name_uc()] = base
        return found


@lru_cache(maxsize=8)
def facts(schema: str) -> Facts:
    """The facts of a schema, worked out as they are asked for."""
    return Facts(schema)


@lru_cache(maxsize=4096)
def _attributes(schema: str, name: str) -> dict[str, AttributeFact]:
    entity: Any = ifcopenshell.schema_by_name(schema).declaration_by_name(name).as_entity()
    made = {}
    for one, derived in zip(entity.all_attributes(), entity.derived(), strict=True):
        made[one.name()] = AttributeFact(one.name(), "derived") if derived else _fact(one.name(), one.type_of_attribute())
    for one in entity.all_inverse_attributes():
        made[one.name()] = AttributeFact(one.name(), "inverse")
    return made


def _fact(name: str, declared: Any) -> AttributeFact:
    data_type = ""
    while declared is not None:
        if declared.as_aggregation_type() is not None:
            return AttributeFact(name, "list", data_type)
        if declared.as_simple_type() is not None:
            plain = declared.as_simple_type().declared_type()
            kind = "logical" if plain == "logical" else "value"
            return AttributeFact(name, kind, data_type, _BASES_BY_NAME.get(data_type, _BASES[plain]))
        declaration = declared.as_named_type().declared_type()
        data_type = data_type or declaration.name()
        if declaration.as_select_type() is not None:
            return AttributeFact(name, "select", data_type)
        if declaration.as_enumeration_type() is not None:
            return AttributeFact(name, "value", data_type, "string", tuple(declaration.as_enumeration_type().enumeration_items()))
        if declaration.as_entity() is not None:
            return AttributeFact(name, "instance", data_type)
        declared = declaration.as_type_declaration().declared_type()
    return AttributeFact(name, "list", data_type)


def _base(declared: Any) -> str | None:
    """XML base type of a defined type; None for one of several values."""
    named = declared.name()
    if named in _BASES_BY_NAME:
        return _BASES_BY_NAME[named]
    for part in _beneath(declared.declared_type()):
        if part.as_simple_type() is not None:
            return _BASES[part.as_simple_type().declared_type()]
    return None


def _beneath(declared: Any) -> Iterator[Any]:
    while declared is not None:
        yield declared
        if declared.as_named_type() is None:
            return
        inner = declared.as_named_type().declared_type().as_type_declaration()
        declared = inner.declared_type() if inner is not None else None
