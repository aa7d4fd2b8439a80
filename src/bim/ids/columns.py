"""What an IDS can ask of a model, read once when it is first asked for: instances by class, types, attributes, materials, codes, wholes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from bim.finding import Finding
from bim.ids.facts import AttributeFact, Facts, facts
from bim.ids.properties import PropertyTable, property_table
from bim.ids.values import Plain
from bim.ifc import FAULTS, Entity, Model, is_any, is_instance, value_of
from bim.tables import descriptions
from bim.tables.relations import Relations, collect
from bim.units import Units, project_units, unit_kind

Mask = NDArray[np.bool_]
"""(n,) bool, one for each subject."""

_DEEP = 64
_MATERIAL_PARTS = ("ForLayerSet", "ForProfileSet", "Material", "MaterialLayers", "MaterialProfiles", "MaterialConstituents", "Materials")
_REFERENCES = ("IfcClassificationReference", "IfcClassification", "IfcClassificationNotation")
_DESCRIBED = ("IfcObjectDefinition", "IfcMaterialDefinition", "IfcMaterial", "IfcProfileDef")
_WHOLES = {
    "IFCRELAGGREGATES": (("IfcRelAggregates", "RelatedObjects", "RelatingObject"),),
    "IFCRELASSIGNSTOGROUP": (("IfcRelAssignsToGroup", "RelatedObjects", "RelatingGroup"),),
    "IFCRELCONTAINEDINSPATIALSTRUCTURE": (("IfcRelContainedInSpatialStructure", "RelatedElements", "RelatingStructure"),),
    "IFCRELNESTS": (("IfcRelNests", "RelatedObjects", "RelatingObject"),),
    "IFCRELVOIDSELEMENT IFCRELFILLSELEMENT": (("IfcRelVoidsElement", "RelatedOpeningElement", "RelatingBuildingElement"),
                                              ("IfcRelFillsElement", "RelatedBuildingElement", "RelatingOpeningElement")),
}


@dataclass(frozen=True, slots=True)
class Subjects:
    """Instances that something is asked of.

    Attributes:
        entities: the instances.
        numbers: (n,) int64, their ids.
    """

    entities: list[Entity]
    numbers: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.entities)

    def where(self, mask: Mask) -> Subjects:
        """Those that a mask (n,) keeps."""
        return Subjects(list(compress(self.entities, mask.tolist())), self.numbers[mask])


@dataclass(frozen=True, slots=True)
class Code:
    """A classification reference: the name of its system, and its code with those of the references above it."""

    system: str | None
    codes: tuple[str, ...]


class Columns:
    """The columns of one model; what cannot be read is left out, and told in `findings`."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.facts: Facts = facts(model.schema)
        self.findings: list[Finding] = []
        self._instances: dict[str, Subjects] = {}
        self._attributes: dict[tuple[str, str], dict[int, Plain | Entity | tuple[object, ...] | None]] = {}
        self._materials: dict[int, tuple[str, ...]] = {}
        self._codes: dict[int, Code] = {}
        self._ancestors: dict[tuple[str, int], tuple[Entity, ...]] = {}
        self._whole_tables: dict[str, dict[int, list[Entity]]] = {}

    @cached_property
    def relations(self) -> Relations:
        """Types, materials, classifications and property sets by instance."""
        found = collect(self.model)
        self.findings += found.findings
        return found

    @cached_property
    def units(self) -> Units:
        """The project's units."""
        return project_units(self.model)

    @cached_property
    def properties(self) -> PropertyTable:
        """All properties and quantities."""
        return property_table(self.model, self.relations, self.units, self.findings)

    @cached_property
    def present(self) -> tuple[str, ...]:
        """Classes that the file has instances of, in capitals; in IFC2X3 those too that a type object makes."""
        there = {name.upper() for name in self.model.file.types()}
        return (*there, *(name for name, occurrence in self.facts.occurrence_classes.items() if occurrence in there))

    def instances(self, name: str) -> Subjects:
        """Instances of a class, in capitals, without those of classes that derive from it."""
        if name not in self._instances:
            self._instances[name] = _subjects(self._of(name))
        return self._instances[name]

    def any_of(self, names: Iterable[str]) -> Subjects:
        """Instances of several classes, each once."""
        found = [self.instances(name) for name in dict.fromkeys(names)]
        if len(found) == 1:
            return found[0]
        return _subjects({one.id(): one for subjects in found for one in subjects.entities}.values())

    @cached_property
    def described(self) -> Subjects:
        """All that can have properties, classifications or materials."""
        return _subjects({one.id(): one for one in self.model.of(*_DESCRIBED)}.values())

    @cached_property
    def everything(self) -> Subjects:
        """All instances."""
        return _subjects(self.model.file)

    def _of(self, name: str) -> list[Entity]:
        occurrence = self.facts.occurrence_classes.get(name)
        if occurrence is not None and name not in self._own_classes:
            return [one for one in self.instances(occurrence).entities if self.classes(one)[-1] == name]
        declared = self.facts.classes.get(name)
        return list(self.model.file.by_type(declared.name(), False)) if declared is not None else []

    @cached_property
    def _own_classes(self) -> frozenset[str]:
        """Classes that the schema itself has."""
        return frozenset(name for name, entity in self.facts.classes.items() if entity.name().upper() == name)

    def classes(self, one: Entity) -> tuple[str, ...]:
        """The class of an instance, in capitals, and the one that its type object makes it in IFC2X3."""
        own = str(one.is_a()).upper()
        if self.facts.schema != "IFC2X3":
            return (own,)
        kind = self.relations.type_of.get(one.id())
        made = str(kind.is_a()).upper().removesuffix("TYPE") if kind is not None else ""
        return (own, made) if self.facts.occurrence_classes.get(made) == own else (own,)

    def type_of(self, one: Entity) -> Entity | None:
        """The type object of an occurrence; of a type object itself."""
        return one if is_any(one, ("IfcTypeObject",)) else self.relations.type_of.get(one.id())

    def predefined(self, one: Entity) -> tuple[str, ...]:
        """What an instance is predefined as: the word, the user's own where it has one, and USERDEFINED where that is stated."""
        kind = self.type_of(one)
        stated = [str(value) for value in (value_of(kind, "PredefinedType"), value_of(one, "PredefinedType")) if value]
        word = descriptions.predefined_type(one, kind) or value_of(kind, "ResourceType")
        first = next((value for value in stated if value != "NOTDEFINED"), "")
        return tuple(dict.fromkeys(filter(None, (word, first if first == "USERDEFINED" else ""))))

    def attribute(self, name: str, fact: AttributeFact) -> dict[int, Plain | Entity | tuple[object, ...] | None]:
        """Instance id -> an attribute's value in SI units, empty for an unknown logical; of all instances of a class in capitals."""
        key = name, fact.name
        if key not in self._attributes:
            found = {}
            for one in self.instances(name).entities:
                value = value_of(one, fact.name)
                if is_instance(value) and value.id() == 0:
                    value = value_of(value, "wrappedValue")
                if fact.kind == "logical" and value == "UNKNOWN":
                    value = ""
                found[one.id()] = self._in_si(value, one, fact) if isinstance(value, float) else value
            self._attributes[key] = found
        return self._attributes[key]

    def _in_si(self, value: float, one: Entity, fact: AttributeFact) -> float:
        """A number of an instance in SI units, from the unit that it names itself (a map conversion: by its CRS), else the project's."""
        own = value_of(value_of(one, "TargetCRS"), "MapUnit") or value_of(one, "Unit")
        unit = self.units.measure_unit(fact.data_type, own) if unit_kind(fact.data_type) else None
        return unit.to_si(value) if unit is not None else value

    def materials(self, one: Entity) -> tuple[str, ...] | None:
        """Names and categories of the materials of an instance, else of its type; None without a material."""
        kind = self.relations.type_of.get(one.id())
        definition = self.relations.material.get(one.id()) or (self.relations.material.get(kind.id()) if kind is not None else None)
        if definition is None:
            return None
        if definition.id() not in self._materials:
            self._materials[definition.id()] = tuple(dict.fromkeys(self._words(definition)))
        return self._materials[definition.id()]

    def _words(self, definition: Entity) -> Iterator[str]:
        for attribute in ("Name", "LayerSetName", "Category"):
            word = value_of(definition, attribute)
            if isinstance(word, str) and word:
                yield word
        for attribute in _MATERIAL_PARTS:
            for part in _many(value_of(definition, attribute)):
                yield from self._words(part)

    def codes(self, one: Entity) -> tuple[Code, ...]:
        """Classifications of an instance, and those of its type in systems that it has none of itself."""
        kind = self.relations.type_of.get(one.id())
        own = [self._code(reference) for reference in self._references.get(one.id(), ())]
        used = {code.system for code in own}
        of_type = [self._code(reference) for reference in self._references.get(kind.id(), ())] if kind is not None else []
        return (*own, *(code for code in of_type if code.system not in used))

    @cached_property
    def _references(self) -> dict[int, list[Entity]]:
        """Instance id -> classification references, of objects and of resources such as materials."""
        found = defaultdict(list, {number: list(references) for number, references in self.relations.classifications.items()})
        for name, related, relating in (("IfcExternalReferenceRelationship", "RelatedResourceObjects", "RelatingReference"),
                                        ("IfcMaterialClassificationRelationship", "ClassifiedMaterial", "MaterialClassifications")):
            for rel in self.model.of(name):
                references = [one for one in _many(value_of(rel, relating)) if is_any(one, _REFERENCES)]
                for one in _many(value_of(rel, related)):
                    found[one.id()].extend(references)
        return found

    def _code(self, reference: Entity) -> Code:
        if reference.id() not in self._codes:
            codes, at = [], reference
            for _ in range(_DEEP):
                if not is_instance(at) or is_any(at, ("IfcClassification",)):
                    break
                codes += [word for word in _spelled(at) if word]
                at = value_of(at, "ReferencedSource")
            system = value_of(at, "Name") if is_instance(at) and is_any(at, ("IfcClassification",)) else None
            self._codes[reference.id()] = Code(system, tuple(codes))
        return self._codes[reference.id()]

    def wholes(self, one: Entity, relation: str) -> tuple[Entity, ...]:
        """What an instance is a part of, near ones first, by one relation or, where it is empty, by all of them."""
        key = relation, one.id()
        if key not in self._ancestors:
            tables = [self._whole_table(name) for name in ((relation,) if relation else _WHOLES)]
            found: dict[int, Entity] = {}
            todo = [one]
            for at in todo:
                for table in tables:
                    for whole in table.get(at.id(), ()):
                        if whole.id() not in found and whole.id() != one.id():
                            found[whole.id()] = whole
                            todo.append(whole)
            self._ancestors[key] = tuple(found.values())
        return self._ancestors[key]

    def _whole_table(self, relation: str) -> dict[int, list[Entity]]:
        if relation not in self._whole_tables:
            table: dict[int, list[Entity]] = defaultdict(list)
            for name, parts, whole in _WHOLES[relation]:
                for rel in self.model.of(name):
                    try:
                        related, relating = self.relations.referred(rel, parts), self.relations.referred(rel, whole)
                    except FAULTS as error:
                        self.findings.append(self.model.fault(rel, error))
                        continue
                    for one in _many(related) if relating is not None else ():
                        table[one.id()].append(relating)
            self._whole_tables[relation] = table
        return self._whole_tables[relation]


def _subjects(entities: Iterable[Entity]) -> Subjects:
    found = list(entities)
    return Subjects(found, np.fromiter((one.id() for one in found), dtype=np.int64, count=len(found)))


def _many(value: Entity | tuple[Entity, ...] | None) -> tuple[Entity, ...]:
    return tuple(one for one in value if is_instance(one)) if isinstance(value, tuple) else (value,) if is_instance(value) else ()


def _spelled(reference: Entity) -> tuple[str | None, ...]:
    """The code of a reference, in its words of any schema."""
    facets = value_of(reference, "NotationFacets")
    if isinstance(facets, tuple):
        return (" ".join(str(value_of(facet, "NotationValue")) for facet in facets),)
    return (value_of(reference, "Identification"), value_of(reference, "ItemReference"))
