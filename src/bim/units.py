"""Units of an IFC project: how many SI units one of the file's units is."""

from __future__ import annotations

from dataclasses import dataclass, field

from bim.ifc import FAULTS, Entity, Model, value_of

PREFIXES = {
    "EXA": 1e18, "PETA": 1e15, "TERA": 1e12, "GIGA": 1e9, "MEGA": 1e6, "KILO": 1e3, "HECTO": 1e2, "DECA": 1e1, "DECI": 1e-1,
    "CENTI": 1e-2, "MILLI": 1e-3, "MICRO": 1e-6, "NANO": 1e-9, "PICO": 1e-12, "FEMTO": 1e-15, "ATTO": 1e-18,
}
_POWERS = {"SQUARE_METRE": 2, "CUBIC_METRE": 3}
_BASE = {"GRAM": 1e-3}
_SAME_LENGTH = {"INCH": 0.0254, "FOOT": 0.3048, "YARD": 0.9144, "MILE": 1609.344, "US SURVEY FOOT": 1200 / 3937}

QUANTITY_UNITS = {
    "IfcQuantityLength": "LENGTHUNIT", "IfcQuantityArea": "AREAUNIT", "IfcQuantityVolume": "VOLUMEUNIT",
    "IfcQuantityWeight": "MASSUNIT", "IfcQuantityTime": "TIMEUNIT",
}


@dataclass(frozen=True, slots=True)
class Units:
    """The project's units.

    Attributes:
        length: metres in one length unit; 1 where the file names none.
        angle: radians in one plane angle unit.
        scales: unit type (`AREAUNIT`) -> SI units in one; only what the file names.
        names: unit type -> the unit as the file writes it (`MILLI METRE`).
    """

    length: float = 1.0
    angle: float = 1.0
    scales: dict[str, float] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    def quantity_scale(self, quantity: Entity) -> float:
        """SI units in one unit of an IfcPhysicalSimpleQuantity; 1 where the unit is not known."""
        own = value_of(quantity, "Unit")
        if own is not None:
            return unit_scale(own) or 1.0
        return self.scales.get(QUANTITY_UNITS.get(quantity.is_a(), ""), 1.0)


def project_units(model: Model) -> Units:
    """The units that the IfcProject assigns."""
    assigned = value_of(value_of(model.project, "UnitsInContext"), "Units") or ()
    scales: dict[str, float] = {}
    names: dict[str, str] = {}
    for unit in assigned:
        kind = value_of(unit, "UnitType")
        scale = unit_scale(unit)
        if kind and scale and kind not in scales:
            scales[kind] = scale
            names[kind] = unit_name(unit)
    return Units(scales.get("LENGTHUNIT", 1.0), scales.get("PLANEANGLEUNIT", 1.0), scales, names)


def unit_scale(unit: Entity | None) -> float | None:
    """SI units in one of this unit; None for a unit that is not a plain multiple of SI, or is broken."""
    try:
        return _scale(unit) if unit is not None else None
    except (*FAULTS, ArithmeticError):
        return None


def _scale(unit: Entity) -> float | None:
    if unit.is_a("IfcSIUnit"):
        return (PREFIXES.get(unit.Prefix, 1.0) ** _POWERS.get(unit.Name, 1)) * _BASE.get(unit.Name, 1.0)
    if unit.is_a("IfcConversionBasedUnit"):
        return _converted(unit)
    if unit.is_a("IfcDerivedUnit"):
        return _derived(unit)
    return None


def unit_name(unit: Entity) -> str:
    """`MILLI METRE`, `FOOT`: the unit as the file writes it."""
    return " ".join(filter(None, [value_of(unit, "Prefix"), value_of(unit, "Name") or value_of(unit, "UserDefinedType")]))


def _converted(unit: Entity) -> float | None:
    factor = unit.ConversionFactor
    value = value_of(value_of(factor, "ValueComponent"), "wrappedValue")
    if isinstance(value, int | float):
        component = unit_scale(factor.UnitComponent)
        return float(value) * component if component else None
    return _SAME_LENGTH.get((unit.Name or "").upper())


def _derived(unit: Entity) -> float | None:
    scale = 1.0
    for element in unit.Elements or ():
        part = unit_scale(element.Unit)
        if part is None:
            return None
        scale *= part ** element.Exponent
    return scale
