"""One pass over the relationships of a model: who belongs to what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from bim.finding import Finding
from bim.ifc import FAULTS, Entity, Model, value_of

_DEEP = 64
"""Longest chain of wholes that is followed; a longer one is a circle."""


@dataclass(slots=True)
class Relations:
    """Related instances by instance id.

    Attributes:
        container: element -> the spatial structure that contains it.
        whole: part -> what it is aggregated or nested into, the opening it fills, or the host it voids.
        type_of: occurrence -> its type object.
        definitions: occurrence -> property sets and quantities, in file order.
        material: occurrence or type -> its material definition.
        groups: member -> groups, systems and zones.
        classifications: occurrence or type -> classification references.
    """

    container: dict[int, Entity] = field(default_factory=dict)
    whole: dict[int, Entity] = field(default_factory=dict)
    type_of: dict[int, Entity] = field(default_factory=dict)
    definitions: dict[int, list[Entity]] = field(default_factory=lambda: defaultdict(list))
    material: dict[int, Entity] = field(default_factory=dict)
    groups: dict[int, list[Entity]] = field(default_factory=lambda: defaultdict(list))
    classifications: dict[int, list[Entity]] = field(default_factory=lambda: defaultdict(list))
    findings: list[Finding] = field(default_factory=list)

    def containment(self, product: Entity) -> list[Entity]:
        """The spatial structure around a product, from the outermost (the site) inwards; without the project."""
        path: list[Entity] = []
        at: Entity | None = self._first_container(product)
        while at is not None and len(path) < _DEEP:
            if not at.is_a("IfcProject"):
                path.append(at)
            at = self.whole.get(at.id())
        return path[::-1]

    def _first_container(self, product: Entity) -> Entity | None:
        at: Entity | None = product
        for _ in range(_DEEP):
            if at is None:
                return None
            if at is not product and _is_spatial(at):
                return at
            found = self.container.get(at.id())
            if found is not None:
                return found
            at = self.whole.get(at.id())
        return None


def collect(model: Model) -> Relations:
    """All relations of the model that tell what a product is and where it belongs; one that cannot be read is a Finding."""
    made = Relations()
    readers: dict[str, Callable[[Entity], None]] = {
        "IfcRelContainedInSpatialStructure": lambda rel: _first(made.container, rel.RelatedElements, rel.RelatingStructure),
        **_wholes(made.whole),
        "IfcRelDefinesByType": lambda rel: _first(made.type_of, rel.RelatedObjects, rel.RelatingType),
        "IfcRelDefinesByProperties":
            lambda rel: _append(made.definitions, rel.RelatedObjects, _unpacked(rel.RelatingPropertyDefinition)),
        "IfcRelAssociatesMaterial": lambda rel: _first(made.material, rel.RelatedObjects, rel.RelatingMaterial),
        "IfcRelAssignsToGroup": lambda rel: _append(made.groups, rel.RelatedObjects, [rel.RelatingGroup]),
        "IfcRelAssociatesClassification":
            lambda rel: _append(made.classifications, rel.RelatedObjects, [rel.RelatingClassification]),
    }
    for name, read in readers.items():
        for rel in model.of(name):
            try:
                read(rel)
            except FAULTS as error:
                made.findings.append(model.fault(rel, error))
    return made


def _wholes(whole: dict[int, Entity]) -> dict[str, Callable[[Entity], None]]:
    """In order of strength: the first one that tells a part's whole counts."""
    return {
        "IfcRelAggregates": lambda rel: _first(whole, rel.RelatedObjects, rel.RelatingObject),
        "IfcRelNests": lambda rel: _first(whole, rel.RelatedObjects, rel.RelatingObject),
        "IfcRelFillsElement": lambda rel: _first(whole, [rel.RelatedBuildingElement], rel.RelatingOpeningElement),
        "IfcRelVoidsElement": lambda rel: _first(whole, [rel.RelatedOpeningElement], rel.RelatingBuildingElement),
        "IfcRelAdheresToElement": lambda rel: _first(whole, value_of(rel, "RelatedSurfaceFeatures"), rel.RelatingElement),
    }


def _first(table: dict[int, Entity], related: Iterable[Entity] | None, relating: Entity | None) -> None:
    for one in related or ():
        if one is not None and relating is not None:
            table.setdefault(one.id(), relating)


def _append(table: dict[int, list[Entity]], related: Iterable[Entity] | None, relating: Iterable[Entity | None]) -> None:
    there = [one for one in relating if one is not None]
    for one in related or ():
        if one is not None:
            table[one.id()].extend(there)


def _unpacked(definition: Entity | None) -> list[Entity]:
    if definition is not None and definition.is_a("IfcPropertySetDefinitionSet"):
        return list(definition.wrappedValue)
    return [definition]


def _is_spatial(entity: Entity) -> bool:
    return bool(entity.is_a("IfcSpatialStructureElement") or entity.is_a("IfcSpatialElement"))
