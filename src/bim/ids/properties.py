"""All properties of a model as columns: which subject has which set, which set has which property, and its distinct values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from bim.finding import Finding
from bim.ids.document import Value
from bim.ids.facts import facts
from bim.ids.values import Allowed, Plain, allowed, same_number
from bim.ifc import FAULTS, Entity, Model, is_any, is_instance, stated, value_of
from bim.tables.relations import Relations
from bim.units import Units

_QUANTITY_TYPES = {"IfcQuantityLength": "IFCLENGTHMEASURE", "IfcQuantityArea": "IFCAREAMEASURE", "IfcQuantityVolume": "IFCVOLUMEMEASURE",
                   "IfcQuantityCount": "IFCCOUNTMEASURE", "IfcQuantityWeight": "IFCMASSMEASURE", "IfcQuantityTime": "IFCTIMEMEASURE",
                   "IfcQuantityNumber": "IFCNUMERICMEASURE"}
_NO_BOUND = float("nan")

Rows = NDArray[np.int64]
"""Numbers of rows."""

_WITH_PROPERTIES = ("IfcPropertySet", "IfcElementQuantity")
_FIRST_ATTRIBUTE = 4
"""Attributes before it are those of IfcRoot."""


@dataclass(frozen=True, slots=True)
class Stated:
    """One value of a property, as the file states it.

    Attributes:
        shape: `single`; `list` for lists and enumerations; `bounded`, whose values are lower, upper and set point; `table`; `attribute` of
            a predefined set; `unsupported` for complex and reference properties, which IDS cannot check.
        types: IFC type in capitals of each value.
        values: in SI units; of a bounded one NaN where a bound is absent.
    """

    shape: str
    types: tuple[str, ...] = ()
    values: tuple[Plain, ...] = ()

    @property
    def null(self) -> bool:
        """Whether it has no value at all."""
        return not self.values and self.shape != "unsupported"

    @property
    def empty(self) -> bool:
        """Whether it has no value, or only empty text."""
        return self.shape != "unsupported" and all(value == "" for value in self.values)

    def is_of(self, data_type: str, bases: dict[str, str]) -> bool:
        """Whether it is of a data type, in capitals; `bases` are XML base types by data type."""
        if not data_type or self.shape == "unsupported":
            return not data_type
        if self.shape == "table":
            return data_type in self.types
        if self.shape == "attribute":
            return all(bases.get(one, "string") == bases.get(data_type) for one in self.types)
        return all(one == data_type for one in self.types)

    def meets(self, wanted: Allowed, data_type: str) -> bool:
        """Whether it has the value that is wanted: one of several must have it, all must be in a range."""
        if self.shape == "bounded":
            return bool(self.values) and self._between(wanted)
        values = [value for value, one in zip(self.values, self.types, strict=True)
                  if self.shape != "table" or one == data_type or not data_type]
        held = (wanted.holds(value) for value in values)
        return bool(values) and (all(held) if wanted.spans else any(held))

    def _between(self, wanted: Allowed) -> bool:
        """Whether lower and upper bound and set point lie in the range that is wanted, or about the value that is wanted.

        With a set point the value must be one of the three; without, it may lie anywhere between the bounds.
        """
        lower, upper, point = (float(value) for value in self.values)
        known = [value for value in (lower, upper, point) if value == value]
        if wanted.spans:
            low, high = (-np.inf if lower != lower else lower), (np.inf if upper != upper else upper)
            return wanted.holds(float(low)) and wanted.holds(float(high)) and all(wanted.holds(value) for value in known)
        if any(wanted.holds(value) for value in known) or point == point:
            return any(wanted.holds(value) for value in known)
        return any(_inside(literal, lower, upper) for literal in wanted.value.literals)

    def __str__(self) -> str:
        values = [value for value in self.values if value == value]
        return ", ".join(_shown(value) for value in values)


@dataclass(frozen=True, slots=True)
class PropertyTable:
    """Columns; a row of the first kind is one set of one subject, a row of the second one property of such a set.

    Attributes:
        row: (largest id + 2,) int64, instance id -> subject, -1 for one without properties.
        set_names, names, values: what the codes stand for.
        pair_subject, pair_set: (m,) int64, subject and code of the set's name.
        in_pair, name, value: (k,) int64, row of the set, code of the property's name, code of its value.
    """

    row: NDArray[np.int64]
    subjects: int
    set_names: tuple[str, ...]
    names: tuple[str, ...]
    values: tuple[Stated, ...]
    pair_subject: NDArray[np.int64]
    pair_set: NDArray[np.int64]
    in_pair: NDArray[np.int64]
    name: NDArray[np.int64]
    value: NDArray[np.int64]
    _hits: dict[tuple[Value, Value], tuple[Rows, Rows]] = field(default_factory=dict)

    def hits(self, group: Value, name: Value) -> tuple[Rows, Rows]:
        """Rows of the first kind whose set has one of some names, and rows of the second kind in those whose property has."""
        key = group, name
        if key not in self._hits:
            pairs = _allowed(self.set_names, group)[self.pair_set]
            self._hits[key] = np.flatnonzero(pairs), np.flatnonzero(pairs[self.in_pair] & _allowed(self.names, name)[self.name])
        return self._hits[key]


def _allowed(names: tuple[str, ...], value: Value) -> NDArray[np.bool_]:
    """(n,) bool, which names a value allows."""
    return np.fromiter((allowed(value).name(name) for name in names), dtype=np.bool_, count=len(names))


def property_table(model: Model, relations: Relations, units: Units, findings: list[Finding]) -> PropertyTable:
    """The table; what cannot be read is left out and told in `findings`."""
    return _Builder(model, relations, units, findings).built()


_Pairs = dict[str, dict[str, int]]
"""Set name -> property name -> code of the value."""


class _Builder:
    def __init__(self, model: Model, relations: Relations, units: Units, findings: list[Finding]) -> None:
        self._model = model
        self._relations = relations
        self._units = units
        self._findings = findings
        self._values: dict[Stated, int] = {}
        self._read: dict[int, tuple[str, dict[str, int]]] = {}
        self._of_type: dict[int, _Pairs] = {}

    def built(self) -> PropertyTable:
        described = dict(self._described())
        row = np.full(max(described, default=0) + 2, -1, dtype=np.int64)
        sets: dict[str, int] = {}
        names: dict[str, int] = {}
        pairs: list[tuple[int, int]] = []
        rows: list[tuple[int, int, int]] = []
        for subject, (number, merged) in enumerate(described.items()):
            row[number] = subject
            for group, properties in merged.items():
                rows += [(len(pairs), names.setdefault(name, len(names)), code) for name, code in properties.items()]
                pairs.append((subject, sets.setdefault(group, len(sets))))
        pair = np.array(pairs, dtype=np.int64).reshape(-1, 2)
        cell = np.array(rows, dtype=np.int64).reshape(-1, 3)
        return PropertyTable(row, len(described), tuple(sets), tuple(names), tuple(self._values),
                             pair[:, 0], pair[:, 1], cell[:, 0], cell[:, 1], cell[:, 2])

    def _described(self) -> Iterator[tuple[int, _Pairs]]:
        """Everything with properties: types, occurrences with those of their types beneath their own, materials and profiles."""
        definitions, type_of = self._relations.definitions, self._relations.type_of
        for kind in self._model.of("IfcTypeObject"):
            yield kind.id(), self._kind(kind)
        for number in {**definitions, **type_of}:
            kind = type_of.get(number)
            own = definitions.get(number, ())
            inherited = self._kind(kind) if kind is not None else {}
            if (own or inherited) and number not in self._of_type:
                yield number, self._merged(own, inherited) if own else inherited
        for number, extended in self._extended().items():
            yield number, self._merged(extended, {})

    def _kind(self, kind: Entity) -> _Pairs:
        number = kind.id()
        if number not in self._of_type:
            stated_sets = value_of(kind, "HasPropertySets") or ()
            self._of_type[number] = self._merged([*stated_sets, *self._relations.definitions.get(number, ())], {})
        return self._of_type[number]

    def _extended(self) -> dict[int, list[Entity]]:
        """Material or profile -> its properties."""
        found: dict[int, list[Entity]] = {}
        for name, of in (("IfcMaterialProperties", "Material"), ("IfcProfileProperties", "ProfileDefinition")):
            for one in self._model.of(name):
                described = value_of(one, of)
                if is_instance(described):
                    found.setdefault(described.id(), []).append(one)
        return found

    def _merged(self, definitions: Iterable[Entity], inherited: _Pairs) -> _Pairs:
        merged = dict(inherited)
        for definition in definitions:
            if not is_instance(definition):
                continue
            name, properties = self._definition(definition)
            if name:
                merged[name] = {**merged[name], **properties} if name in merged else properties
        return merged

    def _definition(self, definition: Entity) -> tuple[str, dict[str, int]]:
        """Name and properties of a set, read once; no name for one that cannot be read."""
        number = definition.id()
        if number not in self._read:
            try:
                self._read[number] = str(value_of(definition, "Name") or ""), dict(self._properties(definition))
            except FAULTS as error:
                self._findings.append(self._model.fault(definition, error))
                self._read[number] = "", {}
        return self._read[number]

    def _properties(self, definition: Entity) -> Iterator[tuple[str, int]]:
        held = next((value_of(definition, name) for name in ("HasProperties", "Quantities", "Properties", "ExtendedProperties")
                     if value_of(definition, name) is not None), None)
        if held is None and is_any(definition, ("IfcPropertySetDefinition",)) and not is_any(definition, _WITH_PROPERTIES):
            yield from self._attributes(definition)
        for one in held or ():
            if is_instance(one):
                yield str(one[0] or ""), self._coded(self._value(one))

    def _attributes(self, definition: Entity) -> Iterator[tuple[str, int]]:
        """The attributes of a set that the schema itself defines, such as IfcDoorLiningProperties."""
        types = attribute_types(definition.is_a(True))
        for place in range(_FIRST_ATTRIBUTE, len(definition)):
            value, (name, data_type) = definition[place], types[place]
            if value is None or isinstance(value, str | bool | int | float):
                unit = self._units.measure_unit(data_type) if isinstance(value, float) else None
                plain = unit.to_si(value) if unit is not None and isinstance(value, float) else value
                yield name, self._coded(Stated("attribute", (data_type.upper(),), (plain,)) if plain is not None else Stated("attribute"))

    def _coded(self, value: Stated) -> int:
        return self._values.setdefault(value, len(self._values))

    def _value(self, one: Entity) -> Stated:
        kind = one.is_a()
        if kind == "IfcPropertySingleValue":
            return self._shaped("single", [one[2]], one[3])
        if kind == "IfcPropertyEnumeratedValue":
            return self._shaped("list", one[2] or (), value_of(value_of(one, "EnumerationReference"), "Unit"))
        if kind == "IfcPropertyListValue":
            return self._shaped("list", one[2] or (), stated(one, "Unit"))
        if kind == "IfcPropertyBoundedValue":
            return self._bounded(one)
        if kind == "IfcPropertyTableValue":
            return self._table(one)
        if kind in _QUANTITY_TYPES:
            unit, value = self._units.quantity_unit(one), one[3]
            if value is None:
                return Stated("single")
            return Stated("single", (_QUANTITY_TYPES[kind],), (unit.to_si(value) if unit else value,))
        return Stated("unsupported")

    def _shaped(self, shape: str, given: Iterable[Entity | None], unit: Entity | None) -> Stated:
        read = [found for found in (self._plain(value, unit) for value in given) if found is not None]
        return Stated(shape, tuple(name for name, _ in read), tuple(value for _, value in read))

    def _bounded(self, one: Entity) -> Stated:
        given = [value_of(one, name) for name in ("LowerBoundValue", "UpperBoundValue", "SetPointValue")]
        read = [self._plain(value, value_of(one, "Unit")) for value in given]
        known = [found for found in read if found is not None]
        types = tuple(name for name, _ in known)
        if not known or any(isinstance(bound, str) for _, bound in known):
            return Stated("list" if known else "bounded", types, tuple(bound for _, bound in known))
        return Stated("bounded", types, tuple(found[1] if found is not None else _NO_BOUND for found in read))

    def _table(self, one: Entity) -> Stated:
        defining, defined = (self._shaped("table", value_of(one, f"{name}Values") or (), value_of(one, f"{name}Unit"))
                             for name in ("Defining", "Defined"))
        return Stated("table", defining.types + defined.types, defining.values + defined.values)

    def _plain(self, value: Entity | None, own: Entity | None) -> tuple[str, Plain] | None:
        """Type in capitals and value in SI units; None for none, and for a logical that is unknown."""
        if value is None or not is_instance(value):
            return None
        kind, plain = str(value.is_a()), value[0]
        if plain is None or (kind == "IfcLogical" and plain == "UNKNOWN"):
            return None
        if not isinstance(plain, str | bool | int | float):
            plain = str(plain)
        if isinstance(plain, float):
            unit = self._units.measure_unit(kind, own)
            plain = unit.to_si(plain) if unit is not None else plain
        return kind.upper(), plain


@lru_cache(maxsize=256)
def attribute_types(kind: str) -> tuple[tuple[str, str], ...]:
    """Name and IFC type of each attribute of a class (`IFC4.IfcDoorLiningProperties`)."""
    schema, _, name = kind.partition(".")
    return tuple((fact.name, fact.data_type) for fact in facts(schema).attributes(name.upper()).values() if fact.kind != "inverse")


def _inside(literal: str, lower: float, upper: float) -> bool:
    """Whether a number lies within bounds, of which one may be absent (NaN)."""
    try:
        wanted = float(literal)
    except ValueError:
        return False
    above = lower != lower or wanted >= lower or same_number(lower, wanted)
    below = upper != upper or wanted <= upper or same_number(upper, wanted)
    return above and below and not (lower != lower and upper != upper)


def _shown(value: Plain) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else f"{value:.12g}" if isinstance(value, float) else str(value)
