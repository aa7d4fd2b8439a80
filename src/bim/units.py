"""Units of an IFC project: how many SI units one of the file's units is, and what both are called."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import lru_cache

from bim.ifc import FAULTS, Entity, Model, is_instance, value_of

PREFIXES = {
    "EXA": 1e18, "PETA": 1e15, "TERA": 1e12, "GIGA": 1e9, "MEGA": 1e6, "KILO": 1e3, "HECTO": 1e2, "DECA": 1e1, "DECI": 1e-1,
    "CENTI": 1e-2, "MILLI": 1e-3, "MICRO": 1e-6, "NANO": 1e-9, "PICO": 1e-12, "FEMTO": 1e-15, "ATTO": 1e-18,
}
_PREFIX_SIGNS = {
    "EXA": "E", "PETA": "P", "TERA": "T", "GIGA": "G", "MEGA": "M", "KILO": "k", "HECTO": "h", "DECA": "da", "DECI": "d",
    "CENTI": "c", "MILLI": "m", "MICRO": "µ", "NANO": "n", "PICO": "p", "FEMTO": "f", "ATTO": "a",
}
_POWERS = {"SQUARE_METRE": 2, "CUBIC_METRE": 3}
_BASE = {"GRAM": 1e-3}
_SIGNS = {
    "METRE": "m", "SQUARE_METRE": "m2", "CUBIC_METRE": "m3", "GRAM": "g", "SECOND": "s", "AMPERE": "A", "KELVIN": "K",
    "DEGREE_CELSIUS": "°C", "MOLE": "mol", "CANDELA": "cd", "RADIAN": "rad", "STERADIAN": "sr", "HERTZ": "Hz", "NEWTON": "N",
    "PASCAL": "Pa", "JOULE": "J", "WATT": "W", "COULOMB": "C", "VOLT": "V", "FARAD": "F", "OHM": "Ω", "SIEMENS": "S", "WEBER": "Wb",
    "TESLA": "T", "HENRY": "H", "LUMEN": "lm", "LUX": "lx", "BECQUEREL": "Bq", "GRAY": "Gy", "SIEVERT": "Sv",
}
_COHERENT = {"g": "kg", "°C": "K"}
_SAME_LENGTH = {"INCH": 0.0254, "FOOT": 0.3048, "YARD": 0.9144, "MILE": 1609.344, "US SURVEY FOOT": 1200 / 3937}
_CELSIUS_AT_ZERO = 273.15
_WITHOUT_UNIT = {"RATIO", "NORMALISEDRATIO", "POSITIVERATIO", "COUNT", "NUMERIC", "DESCRIPTIVE", "CONTEXTDEPENDENT", "PARAMETERVALUE"}
_SAME_KIND = {"POSITIVELENGTH": "LENGTH", "NONNEGATIVELENGTH": "LENGTH", "POSITIVEPLANEANGLE": "PLANEANGLE",
              "COMPOUNDPLANEANGLE": "PLANEANGLE"}
_DEFAULTS = {
    "LENGTHUNIT": "m", "AREAUNIT": "m2", "VOLUMEUNIT": "m3", "PLANEANGLEUNIT": "rad", "SOLIDANGLEUNIT": "sr", "MASSUNIT": "kg",
    "TIMEUNIT": "s", "THERMODYNAMICTEMPERATUREUNIT": "K", "ELECTRICCURRENTUNIT": "A", "ELECTRICVOLTAGEUNIT": "V",
    "FORCEUNIT": "N", "FREQUENCYUNIT": "Hz", "POWERUNIT": "W", "PRESSUREUNIT": "Pa", "ENERGYUNIT": "J", "ILLUMINANCEUNIT": "lx",
    "LUMINOUSFLUXUNIT": "lm", "LUMINOUSINTENSITYUNIT": "cd",
}

QUANTITY_UNITS = {
    "IfcQuantityLength": "LENGTHUNIT", "IfcQuantityArea": "AREAUNIT", "IfcQuantityVolume": "VOLUMEUNIT",
    "IfcQuantityWeight": "MASSUNIT", "IfcQuantityTime": "TIMEUNIT",
}


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as a file states it.

    Attributes:
        sign: what it is called: `mm`, `FOOT`, `W/(m2·K)`.
        si: the SI unit of the same kind: `m`; empty where it has none, such as a currency.
        scale: SI units in one.
        offset: SI units at its zero; not 0 for degrees Celsius and Fahrenheit.
    """

    sign: str
    si: str
    scale: float = 1.0
    offset: float = 0.0

    def to_si(self, value: float) -> float:
        """A value in this unit in SI units."""
        return value * self.scale + self.offset


@dataclass(frozen=True, slots=True)
class Units:
    """The project's units.

    Attributes:
        length: metres in one length unit; 1 where the file names none.
        angle: radians in one plane angle unit.
        scales: unit type (`AREAUNIT`) -> SI units in one; only what the file names.
        names: unit type -> the unit as the file writes it (`MILLI METRE`).
        by_kind: unit type -> the unit.
    """

    length: float = 1.0
    angle: float = 1.0
    scales: dict[str, float] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    by_kind: dict[str, Unit] = field(default_factory=dict)

    def quantity_unit(self, quantity: Entity) -> Unit | None:
        """The unit of an IfcPhysicalSimpleQuantity, its own or the project's; None for a count."""
        own = value_of(quantity, "Unit")
        return unit_of(own) if own is not None else self.of_kind(QUANTITY_UNITS.get(quantity.is_a(), ""))

    def measure_unit(self, measure: str, own: Entity | None = None) -> Unit | None:
        """The unit of a value of a measure type (`IfcLengthMeasure`), its own or the project's; None for one without a unit."""
        if own is not None:
            return unit_of(own)
        return self.of_kind(unit_kind(measure))

    def of_kind(self, kind: str) -> Unit | None:
        """The project's unit of a kind; the SI unit where it names none."""
        found = self.by_kind.get(kind)
        return found or (Unit(_DEFAULTS[kind], _DEFAULTS[kind]) if kind in _DEFAULTS else None)


@lru_cache(maxsize=512)
def unit_kind(measure: str) -> str:
    """`LENGTHUNIT` for `IfcPositiveLengthMeasure`; empty for a type without a unit."""
    if not measure.endswith("Measure"):
        return ""
    stem = measure.removeprefix("Ifc").removesuffix("Measure").upper()
    return "" if stem in _WITHOUT_UNIT else _SAME_KIND.get(stem, stem) + "UNIT"


def project_units(model: Model) -> Units:
    """The units that the IfcProject assigns."""
    stated = value_of(value_of(model.project, "UnitsInContext"), "Units")
    assigned = [one for one in stated if is_instance(one)] if isinstance(stated, tuple) else []
    scales: dict[str, float] = {}
    names: dict[str, str] = {}
    by_kind: dict[str, Unit] = {}
    for unit in assigned:
        kind = value_of(unit, "UnitType") or ("MONETARYUNIT" if value_of(unit, "Currency") else None)
        scale = unit_scale(unit)
        if kind and scale and kind not in scales:
            scales[kind] = scale
            names[kind] = unit_name(unit)
        found = unit_of(unit)
        if kind and found is not None:
            by_kind.setdefault(kind, found)
    return Units(scales.get("LENGTHUNIT", 1.0), scales.get("PLANEANGLEUNIT", 1.0), scales, names, by_kind)


def unit_of(unit: Entity) -> Unit | None:
    """The unit with its signs; None for one that cannot be read."""
    try:
        return _unit(unit)
    except (*FAULTS, ArithmeticError):
        return None


def unit_scale(unit: Entity | None) -> float | None:
    """SI units in one of this unit; None for a unit that is not a plain multiple of SI, or is broken."""
    try:
        scale = _scale(unit) if unit is not None else None
        return scale if scale is None or 0.0 < scale < math.inf else None
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
    words = [value_of(unit, "Prefix"), value_of(unit, "Name") or value_of(unit, "UserDefinedType")]
    return " ".join(word for word in words if isinstance(word, str) and word)


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


def _unit(unit: Entity) -> Unit | None:
    if unit.is_a("IfcMonetaryUnit"):
        return Unit(str(unit.Currency), "")
    if unit.is_a("IfcContextDependentUnit"):
        return Unit(unit.Name or "", "")
    scale = _scale(unit)
    if scale is None:
        return None
    if unit.is_a("IfcSIUnit"):
        sign = _SIGNS.get(unit.Name, unit.Name)
        offset = _CELSIUS_AT_ZERO if unit.Name == "DEGREE_CELSIUS" else 0.0
        return Unit(_PREFIX_SIGNS.get(unit.Prefix, "") + sign, _COHERENT.get(sign, sign), scale, offset)
    if unit.is_a("IfcConversionBasedUnit"):
        base = unit_of(unit.ConversionFactor.UnitComponent)
        offset = -(value_of(unit, "ConversionOffset") or 0.0) * scale
        return Unit(unit.Name or "", base.si if base is not None else "", scale, offset)
    parts = [(unit_of(element.Unit), element.Exponent) for element in unit.Elements or ()]
    return Unit(_product([(p.sign, n) for p, n in parts if p]), _product([(p.si, n) for p, n in parts if p]), scale)


def _product(parts: list[tuple[str, int]]) -> str:
    """`kg/m3`, `W/(m2·K)` of signs and exponents."""
    def powers(sign: int) -> list[str]:
        return [name + (str(abs(n)) if abs(n) != 1 else "") for name, n in parts if n * sign > 0]

    above, below = powers(1), powers(-1)
    under = f"({'·'.join(below)})" if len(below) > 1 else "".join(below)
    return ("·".join(above) or "1") + (f"/{under}" if below else "")
